"""Schedules against noise: a constant rate hovers where it is predicted to, falling ones settle."""

from dataclasses import replace

import numpy as np
import pytest

import gdplay as gd
from gdplay.schedules import SCHEDULES, Constant, Cosine, Exponential, Inverse, Step
from gdplay.studies.schedules import USUAL, _ending, read, schedule_runs, sizes_of
from gdplay.words import number
from tests.studies.lines import separable

HOME = gd.default_experiment()
LINE = HOME.problem
START = HOME.start
ROUND = gd.Fit(gd.DATASETS["line"], gd.MODELS["linear"], standardize=True)
"""y = 1 + 2 x + noise with x standardised: L = 1 in every direction."""
FAR = (-2.0, -2.0)


def test_descent_hovers_at_a_constant_rate_and_a_falling_one_settles():
    experiment = gd.Experiment(ROUND, (gd.Run(gd.SGD(), 1),), FAR, epochs=20)
    runs = schedule_runs(experiment, 1, ["constant", "inverse"])
    assert runs.runs[0].optimizer.lr == 0.1  # a sixth of the mean-square limit
    assert (runs.epochs, runs.runs[1].schedule) == (20, Inverse(half_life=200))
    constant, inverse = gd.train(runs, record_path=False)
    base = float(ROUND.loss(ROUND.minimum()))
    reading = read(runs, (constant, inverse))
    hover = reading.constant.hover
    assert 4e-3 < hover < 4e-2
    assert hover == pytest.approx(reading.floor, rel=0.35)
    assert np.median(inverse.loss[:, -1]) - base < hover / 8


def test_schedules_are_drawn_per_update_and_the_page_says_how_many_make_an_epoch():
    runs = schedule_runs(HOME, 10, list(SCHEDULES))
    updates = 20 * runs.epochs
    taken = [run.schedule for run in runs.runs]
    assert [type(s) for s in taken] == [Constant, Step, Exponential, Inverse, Cosine]
    ends = [schedule.factors(updates)[-1] for schedule in taken]
    assert ends == pytest.approx([1, 0.5**4, 0.01, 1 / 21, 0], abs=2e-3)


def test_the_words_are_the_numbers_of_the_reading():
    runs = schedule_runs(HOME, 1, ["constant", "step", "cosine"])
    reading = read(runs, gd.train(runs, record_path=False))
    constant, step, cosine = reading.decays
    assert reading.words == (
        f"At the constant rate {number(reading.rate)} the excess loss stays at "
        f"{number(constant.hover)} on average over the last half (sampling with replacement; "
        f"predicted {number(reading.floor)}). **Steps** ends at {number(step.end)}, "
        f"{number(constant.end / step.end)} times lower than the constant rate. **Cosine** ends "
        f"at {number(cosine.end)}, {number(constant.end / cosine.end)} times lower than the "
        "constant rate."
    )
    assert reading.legend.startswith("11 orders of the rows, drawn with replacement; lines are")
    assert reading.legend.endswith("here an epoch has 200 updates.")


def test_a_run_hovers_at_its_mean_over_orders_and_the_second_half_of_its_epochs():
    runs = schedule_runs(HOME, 10, ["constant"])
    (trace,) = gd.train(runs, record_path=False)
    (decay,) = read(runs, (trace,)).decays
    late = trace.loss[:, (runs.epochs + 1) // 2 :]
    assert decay.hover == pytest.approx(late.mean() - LINE.loss(LINE.minimum()))
    assert decay.end == pytest.approx(np.median(late[:, -1]) - LINE.loss(LINE.minimum()))


def test_without_the_constant_rate_nothing_is_compared_with_it():
    runs = schedule_runs(HOME, 10, ["inverse"])
    reading = read(runs, gd.train(runs, record_path=False))
    assert reading.constant is None
    assert reading.words == f"**Inverse time** ends at {number(reading.decays[0].end)}."


def test_a_run_that_diverges_is_said_to_and_is_no_number():
    runs = schedule_runs(HOME, 1, ["inverse"])
    wild = tuple(replace(run, optimizer=gd.SGD(lr=50.0)) for run in runs.runs)
    runs = replace(runs, runs=wild)
    assert read(runs, gd.train(runs)).words == "**Inverse time** diverged."


def test_the_rows_to_choose_from_are_those_of_the_runs_or_the_usual_ones():
    assert sizes_of(HOME) == [1, 10]
    assert sizes_of(replace(HOME, runs=(gd.Run(gd.SGD()),))) == [1, 10]
    assert schedule_runs(HOME, 5).runs[0].batch_size == 1


def test_runs_take_about_4000_updates_in_10_to_100_epochs_and_one_order_where_there_is_much():
    batch = replace(HOME, runs=(gd.Run(gd.SGD(), 150),))
    taken = {size: schedule_runs(HOME, size).epochs for size in sizes_of(HOME)}
    assert taken == {1: 20, 10: 100}
    assert schedule_runs(batch, 150).epochs == 100
    large = replace(LINE, dataset=replace(gd.DATASETS["line"], n_samples=1000))
    assert schedule_runs(replace(HOME, problem=large), 1).epochs == 10
    assert (schedule_runs(HOME).n_seeds, schedule_runs(HOME, 10).n_seeds) == (11, 11)
    digits = gd.default_experiment(gd.DATASETS["digits"])
    assert schedule_runs(digits).n_seeds == 1


def test_a_notebook_asks_for_schedules_and_gets_their_words():
    reading = gd.studies.schedules(HOME, 10)
    assert [decay.name for decay in reading.decays] == [SCHEDULES[key].title for key in USUAL]
    assert reading.words.startswith("At the constant rate ")
    assert reading.per_epoch == 20


def test_a_function_has_no_noise_to_settle_and_is_refused():
    bowl = gd.SURFACES["bowl"]
    with pytest.raises(ValueError, match="this problem has no rows"):
        gd.studies.schedules(gd.Experiment(bowl, (gd.Run(gd.SGD()),)))


@pytest.mark.parametrize(
    ("end", "constant", "words"),
    [
        (1.0, 2.0, "ends at 1, 2 times lower than the constant rate"),
        (2.0, 1.0, "ends at 2, 2 times higher than the constant rate"),
        (1.0, 0.0, "ends at 1"), (0.0, 1.0, "ends at 0"), (1.0, None, "ends at 1"),
        (np.nan, 1.0, "diverged"), (np.inf, 1.0, "diverged"),
    ],
)  # fmt: skip
def test_an_end_is_compared_with_the_constant_rates_where_both_are_above_zero(end, constant, words):
    assert _ending(end, constant) == words


def test_without_a_minimum_values_are_losses_themselves():
    runs = schedule_runs(separable(), keys=["constant"])
    traces = gd.train(replace(runs, epochs=3), record_path=False)
    reading = read(replace(runs, epochs=3), traces)
    assert not reading.exact
    assert reading.decays[0].end == np.median(traces[0].loss[:, -1])
    assert reading.decays[0].hover == pytest.approx(traces[0].loss[:, 2:].mean())


def test_of_two_orders_bands_are_drawn_and_updates_are_counted_from_none():
    runs = schedule_runs(HOME, 10, ["constant", "cosine"])
    reading = read(runs, gd.train(runs, record_path=False))
    assert "bands hold 80 %" in reading._replace(n_seeds=2).legend
    assert "bands" not in reading._replace(n_seeds=1).legend
    cosine = reading.decays[1]
    total = 20 * runs.epochs
    assert (cosine.steps[0], cosine.steps[-1]) == (0, total - 1)
    assert len(cosine.steps) <= 400
    assert cosine.rates[0] == reading.rate
    np.testing.assert_allclose(
        cosine.rates, reading.rate * (1 + np.cos(np.pi * cosine.steps / total)) / 2, atol=1e-12
    )
