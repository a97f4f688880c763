"""Hovering: single rows stay above the minimum at a constant rate and settle at a falling one."""

from dataclasses import replace

import numpy as np
import pytest

import gdplay as gd
from gdplay.studies.hovering import Hovering, hovering_runs, read, rising_runs, usual_rate
from gdplay.teaching.defaults import default_fit, default_rate


def experiment(**more) -> gd.Experiment:
    """Return the line of the teaching notes: standardised, L = 1, from (-2, -2)."""
    fit = replace(default_fit(gd.DATASETS["line"]), standardize=True)
    return gd.Experiment(fit, (gd.Run(gd.SGD()),), start=(-2.0, -2.0), **more)


@pytest.fixture(scope="module")
def reading() -> Hovering:
    return gd.studies.hovering(experiment(), rate=0.1)


def test_single_rows_hover_at_a_constant_rate_and_settle_at_a_falling_one(reading):
    """Belief 7: SGD converges to the minimum."""
    assert reading.epochs == 20
    assert np.mean(reading.constant) == pytest.approx(1.06e-2, rel=0.35)
    assert np.mean(reading.falling) == pytest.approx(3.7e-5, rel=0.6)


def test_one_run_tells_little():
    """Belief 21: one run tells."""
    plan = replace(hovering_runs(experiment(), 0.1), epochs=5)
    reading = read(plan, gd.train(plan))
    assert len(reading.constant) == 50
    lowest = plan.problem.loss(plan.problem.minimum())
    for trace, ends in zip(gd.train(plan), (reading.constant, reading.falling), strict=True):
        np.testing.assert_array_equal(ends, np.sort(trace.loss[:, -1] - lowest))
    assert reading.constant[-1] / reading.constant[0] > 50
    text = reading._replace(rises={1: 0.5, 200: 0.0}).words
    assert f"{reading.constant[-1] / reading.constant[0]:.3g} times as high" in text
    assert "**One run tells little**" in text
    assert "50 % with B = 1, 0 % with B = 200" in text


def test_half_of_the_late_updates_on_few_rows_raise_the_full_loss(reading):
    """Belief 13: a good update lowers the loss."""
    assert list(reading.rises) == [1, 8, 32, 200]
    assert reading.rises[200] == 0
    for size in (1, 8, 32):
        assert 0.35 < reading.rises[size] < 0.6


def test_its_words_hold_its_numbers(reading):
    level, falling = np.median(reading.constant), np.median(reading.falling)
    assert f"At η = 0.1 (solid) single rows are at {level:.3g} after 20 epochs" in reading.words
    assert f", {level / falling:.3g} times lower." in reading.words
    shares = ", ".join(f"{100 * s:.0f} % with B = {b}" for b, s in reading.rises.items())
    assert shares in reading.words


def test_a_rate_that_falls_too_fast_is_not_said_to_end_lower(reading):
    turned = reading._replace(constant=reading.falling, falling=reading.constant)
    assert "not lower yet" in turned.words


def test_of_runs_that_diverged_no_ends_are_told(reading):
    gone = reading._replace(constant=np.append(reading.constant[1:], np.inf))
    assert gone.words.startswith("**Updates that raise the loss**")
    assert gone._replace(rises={}).words == ""


def test_runs_are_of_single_rows_and_fewer_epochs_on_large_data():
    constant, falling = hovering_runs(experiment(seed=3)).runs
    assert (constant.batch_size, falling.batch_size) == (1, 1)
    assert constant.optimizer == falling.optimizer == gd.SGD(lr=usual_rate(experiment().problem))
    assert falling.schedule.half_life == 200
    large = replace(experiment().problem, dataset=replace(gd.DATASETS["line"], n_samples=10_000))
    assert hovering_runs(gd.Experiment(large, (gd.Run(gd.SGD()),))).epochs == 4
    rising = rising_runs(experiment())
    assert [run.batch_size for run in rising.runs] == [1, 8, 32, 200]
    assert all(run.schedule.constant for run in rising.runs)
    assert rising.n_seeds == 1


def test_the_usual_rate_is_that_of_the_default_experiment_and_a_tenth_on_a_function():
    fit = experiment().problem
    assert usual_rate(fit) == default_rate(fit)
    assert usual_rate(gd.SURFACES["booth"]) == 0.1


def test_without_a_minimum_there_is_nothing_to_hover_around():
    fit = replace(default_fit(gd.DATASETS["wine"]), l2=0.0)
    with pytest.raises(ValueError, match="finite minimum"):
        gd.studies.hovering(gd.Experiment(fit, (gd.Run(gd.SGD()),)))


def test_50_orders_are_run_for_20_epochs_and_fewer_where_single_rows_make_too_many_updates():
    plan = hovering_runs(experiment(tol=1.0))
    assert (plan.n_seeds, plan.epochs, plan.tol) == (50, 20, 0.0)
    assert [run.batch_size for run in plan.runs] == [1, 1]
    assert plan.runs[1].schedule.half_life == 200
    line = experiment().problem
    for rows, epochs in ((4000, 10), (5000, 8), (10_000, 4)):
        many = replace(line, dataset=replace(line.dataset, n_samples=rows))
        assert hovering_runs(replace(experiment(), problem=many)).epochs == epochs


@pytest.mark.parametrize(
    ("ends", "told"),
    [
        ([1.0, 2.0, 2.9], "Of 3 orders of the rows at the constant rate, the worst ends 2.9 times"),
        ([1.0, 2.0, 3.0], "**One run tells little**: of 3 orders of the rows at the constant"),
        ([0.0, 2.0, 3.0], None),
    ],
)
def test_one_run_tells_little_where_the_worst_order_ends_three_times_as_high(reading, ends, told):
    made = reading._replace(constant=np.array(ends), falling=np.array([0.5, 1.0, 1.5]), rises={})
    parts = made.words.split("  \n\n")
    assert parts[0] == (
        "At η = 0.1 (solid) single rows are at 2 after 20 epochs; at η/(1 + t/200) (dashed) at 1, "
        "2 times lower."
    )
    assert parts[1].startswith(told) if told else parts[1:] == []
