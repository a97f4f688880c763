"""What updates cost: more rows cost little, and the same time makes many or few updates."""

from dataclasses import replace

import numpy as np
import pytest

import gdplay as gd
from gdplay.engine.cost import seconds_per_update
from gdplay.studies.update_costs import (
    Finish,
    Race,
    Times,
    race_seconds,
    read,
    update_costs_runs,
)
from gdplay.teaching.defaults import default_fit
from gdplay.theory.measures import reference


def test_more_rows_cost_little_per_update_and_much_less_per_epoch():
    """Belief 17: batch size only changes noise. And 2: in seconds, B = 1 is the slow one."""
    line = replace(default_fit(gd.DATASETS["line"]), standardize=True)
    fit = replace(line, dataset=replace(gd.DATASETS["line"], n_samples=10_000))
    one, some, every = (seconds_per_update(fit, gd.Run(gd.SGD(), size)) for size in (1, 32, None))
    assert some < 8 * one  # measured 1.1 to 1.4 times; a busy machine may disturb either
    assert every > some
    assert np.ceil(10_000 / 32) * some < 0.25 * 10_000 * one


def test_the_words_about_times_hold_the_ratios():
    times = Times((1, 2, 32, 200), (5e-6, 5e-6, 6e-6, 2e-5), 200)
    assert "1.2 times as long" in times.words
    assert "all 200 rows 4 times" in times.words
    assert "takes 4.2 % of the time" in times.words  # 7 updates of 6 µs against 200 of 5
    np.testing.assert_allclose(times.epochs, (1e-3, 5e-4, 7 * 6e-6, 2e-5))


def test_all_rows_are_compared_with_fewer():
    assert "An update with 8 rows" in Times((1, 4, 8, 16), (1e-6,) * 4, 16).words
    assert "An update with 1 row " in Times((1,), (1e-6,), 1).words


def test_every_run_of_the_race_has_the_same_seconds():
    experiment = gd.default_experiment()
    plan, amount = update_costs_runs(experiment), race_seconds(experiment)
    assert [run.rows(200) for run in plan.runs] == [200, 10, 1]
    assert len({run.optimizer.lr for run in plan.runs}) == 1
    for run in plan.runs:
        each = seconds_per_update(plan.problem, run) * run.updates_per_epoch(200)
        assert run.epochs * each <= amount * (1 + 1e-9) < (run.epochs + 1) * each


def test_the_race_is_run_once_and_to_its_end_whatever_the_experiment_asks_for():
    plan = update_costs_runs(replace(gd.default_experiment(), n_seeds=9, tol=0.1))
    assert (plan.n_seeds, plan.tol) == (1, 0.0)


def test_the_race_lasts_as_long_as_three_epochs_of_single_rows():
    experiment = gd.default_experiment()
    single = gd.Run(gd.SGD(), 1)
    epoch = 200 * seconds_per_update(experiment.problem, single)
    assert race_seconds(experiment) == pytest.approx(3 * epoch)


def test_as_a_notebook_asks_for_it_its_words_hold_its_numbers():
    experiment = gd.default_experiment()
    reading = gd.studies.update_costs(experiment)
    assert reading.times.sizes == (1, 2, 4, 8, 16, 32, 64, 128, 200)
    traces = gd.train(update_costs_runs(experiment))
    base = float(experiment.problem.loss(experiment.problem.minimum()))
    for end, trace in zip(reading.race.ends, traces, strict=True):
        assert end.updates == trace.updates[-1]
        assert end.value == pytest.approx(trace.loss[0, -1] - base)
        count = f"{end.updates:,}".replace(",", "\u202f")
        assert f"B = {end.batch_size} makes {count} updates" in reading.words
    assert reading.words.startswith(reading.times.words)
    assert "by excess loss" in reading.words


def test_without_a_minimum_the_race_is_told_by_the_loss():
    fit = replace(default_fit(gd.DATASETS["wine"]), l2=0.0)
    wine = replace(gd.default_experiment(gd.DATASETS["wine"]), problem=fit)
    reading = gd.studies.update_costs(wine)
    assert "by loss:" in reading.words
    assert "minimum" not in reading.words
    trace = gd.train(update_costs_runs(wine))[0]
    assert reading.race.ends[0].value == trace.loss[0, -1]


@pytest.mark.parametrize(("share", "arrived"), [(0.5, True), (3.0, False)])
def test_an_end_that_rounding_cannot_tell_from_the_minimum_has_arrived(share, arrived):
    plan = update_costs_runs(gd.default_experiment())
    traces = gd.train(plan, record_path=False)
    origin = reference(plan, traces)
    close = replace(traces[0], loss=np.array([[9.0, origin.loss + share * origin.dust]]))
    assert read(plan, (close, *traces[1:])).race.ends[0].arrived == arrived


def test_what_diverged_or_arrived_is_told_instead_of_a_number():
    ends = (
        Finish(200, 9, np.nan, diverged=True, arrived=False),
        Finish(32, 1, 1e-17, diverged=False, arrived=True),
        Finish(1, 2000, 0.5, diverged=False, arrived=False),
    )
    assert Race(0.0025, 0.1, True, ends).words == (
        "In 2.5 ms at η = 0.1, by excess loss: B = 200 diverged; B = 32 makes 1 update and ends at "
        "the minimum (to rounding); B = 1 makes 2\u202f000 updates and ends at 0.5."
    )
