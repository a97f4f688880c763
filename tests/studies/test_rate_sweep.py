"""Rate sweeps: what is compared, where it is best and lost, and the words for it."""

from dataclasses import replace
from importlib import import_module
from types import SimpleNamespace

import numpy as np
import pytest

import gdplay as gd
from gdplay.engine import cost
from gdplay.studies.rate_sweep import (
    LINES,
    LOST,
    QUIET,
    first_step,
    first_steps,
    lines_of,
    read,
    sweep_of,
)
from gdplay.studies.sweeps import Sweep, Swept, limits_of, too_much
from gdplay.theory.measures import Reference
from gdplay.words import escaped, number

HOME = gd.default_experiment()
LINE = HOME.problem
START = HOME.start
ROUND = gd.Fit(gd.DATASETS["line"], gd.MODELS["linear"], standardize=True)
FAR = (-2.0, -2.0)


def experiment_of(name):
    return gd.default_experiment(gd.DATASETS[name])


# What to run


def test_a_sweep_compares_the_runs_whatever_their_rates():
    runs = (*HOME.runs, replace(HOME.runs[0], optimizer=gd.SGD(lr=0.3)))
    found, names = lines_of(replace(HOME, runs=runs), "runs")
    assert [run.batch_size for run in found] == [None, 10, 1]
    assert names == ("Batch", "Mini-batch", "Stochastic")


def test_a_sweep_ends_at_twice_the_plain_steps_limit_and_at_eight_times_that_for_other_rules():
    limit = gd.curvature(ROUND).limit
    home = replace(HOME, problem=ROUND, epochs=2)
    for lines, most in (("runs", 2), ("replacement", 2), ("optimizers", 8)):
        assert sweep_of(home, lines).rates[-1] == pytest.approx(most * limit)


def test_a_sweep_can_compare_optimizers_and_batch_sizes():
    found, names = lines_of(HOME, "optimizers")
    assert len(found) == len(names) == 6
    assert {run.batch_size for run in found} == {None}
    found, names = lines_of(HOME, "replacement")
    assert [run.batch_size for run in found] == [1, 2, 4, 8, 16, 32]
    assert {run.sampling for run in found} == {"with replacement"}
    assert lines_of(experiment_of("linnerud"), "replacement")[1][-1] == "B = 16"
    two = replace(HOME, problem=replace(LINE, dataset=replace(gd.DATASETS["line"], n_samples=2)))
    assert lines_of(two, "replacement")[1] == ("B = 1",)


@pytest.mark.parametrize("name", ["line", "digits"])
def test_a_sweep_is_hundreds_of_runs_or_cut_down_to_a_few_seconds(name):
    asked = sweep_of(experiment_of(name), "runs")
    count = len(asked.experiment.runs) * asked.n_seeds
    assert count > 1000 if name == "line" else count >= 42
    assert cost.work(asked.experiment).seconds <= QUIET or asked.epochs == 1


def test_full_batches_need_no_seeds():
    assert sweep_of(HOME, "optimizers").n_seeds == 1
    assert sweep_of(HOME, "runs").n_seeds == 11


# What came out


@pytest.fixture(scope="module")
def swept():
    limit = gd.curvature(LINE).limit
    rates = tuple(np.geomspace(0.01, 3, 12) * limit)
    runs = (gd.Run(gd.SGD()), gd.Run(gd.SGD(), 1))
    return gd.sweep(Sweep(LINE, runs, rates, START, epochs=20, n_seeds=5))


def test_full_batches_lose_hold_above_2_over_l_and_are_well_below_it(swept):
    end = read(swept, ["all", "one"]).curves[0]
    limit = gd.curvature(LINE).limit
    assert end.gone.min() > limit > end.rates.max()
    assert end.best[0] < limit


def test_an_earlier_epoch_shows_that_epochs_losses(swept):
    early = read(swept, ["all", "one"], 1).curves[0]
    expected = swept.losses[0][early.known, 0, 1] - swept.origin.loss
    np.testing.assert_allclose(early.y, expected, rtol=1e-9)


def test_adams_first_step_is_the_rate_whatever_the_gradients_size():
    grad = np.array([3.0, -0.2])
    for scale in (1e-3, 1.0, 1e3):
        adam = first_step(gd.Adam(lr=0.1), grad * scale)
        plain = first_step(gd.SGD(lr=0.1), grad * scale)
        assert adam == pytest.approx([-0.1, 0.1], rel=1e-3)
        assert plain == pytest.approx(-0.1 * grad * scale)
    told = first_steps(HOME).words
    assert "Adam's 1.000, 1.000, 1.000 times η" in told
    slope = np.abs(LINE.gradient(np.array(HOME.start))).max()
    assert f"{slope:#.4g}, " in told


def test_one_run_tells_little():
    runs = (gd.Run(gd.SGD(), 1),)
    swept = gd.sweep(Sweep(ROUND, runs, (0.1,), FAR, epochs=5, n_seeds=50))
    ends = swept.losses[0][0, :, -1] - swept.origin.loss
    assert ends.max() / ends.min() > 30
    told = read(swept, ["Stochastic"], 5).words
    assert "50 orders of the rows" in told
    assert f"ended {number(ends.max() / ends.min())} times as high as the best" in told


def test_the_words_of_the_sweep_are_its_numbers(swept):
    names, limits = ("Batch", "Mini-batch"), limits_of(LINE, swept.sweep.runs)
    words = read(swept, names).words
    for place, name in enumerate(names):
        line = swept.line(place)
        value = line.median[line.best] - swept.origin.loss
        rate = swept.sweep.rates[line.best]
        assert f"**{escaped(name)}** {number(value)} at rate {number(rate)}" in words
        gone = line.median - swept.origin.loss > 10 * (swept.start - swept.origin.loss)
        first = swept.sweep.rates[int(np.argmax(gone))]
        assert f"**{escaped(name)}** from {number(first)} on" in words
    assert f"(limit {number(limits[0])})" in words
    assert f"(mean-square limit {number(limits[1])})" in words


def test_where_the_start_has_no_slope_there_is_no_first_step():
    bowl = gd.SURFACES["bowl"]
    flat = gd.Experiment(bowl, (gd.Run(gd.SGD()),), tuple(bowl.minimum().tolist()))
    assert first_steps(flat) is None


def test_a_line_that_is_shorter_than_the_epoch_is_read_at_its_last():
    runs = (gd.Run(gd.SGD(), epochs=3), gd.Run(gd.SGD()))
    swept = gd.sweep(Sweep(LINE, runs, (0.1, 0.2), START, epochs=5))
    base = swept.origin.loss
    short, whole = read(swept, ["short", "whole"], 4).curves
    np.testing.assert_array_equal(short.y, swept.losses[0][:, 0, 3] - base)
    np.testing.assert_array_equal(whole.y, swept.losses[1][:, 0, 4] - base)
    last = read(swept, ["short", "whole"])
    assert last.epoch == 5
    np.testing.assert_array_equal(last.curves[1].y, swept.losses[1][:, 0, 5] - base)


def test_the_legend_counts_the_runs_and_says_what_its_limits_rest_on(swept):
    legend = read(swept, ["all", "one"]).legend
    assert legend.startswith(
        "120 runs from one start: 12 rates × 2 lines × 5 orders of the rows. Lines are medians"
    )
    assert f"ended over {LOST:.0f} times as high as it began" in legend
    assert "(those of batches for sampling with replacement" in legend
    moons = gd.Experiment(experiment_of("moons").problem, (gd.Run(gd.SGD()),), epochs=2)
    legend = read(gd.sweep(sweep_of(moons, "runs")), ["all"]).legend
    assert legend.endswith("Dotted: predicted limits (taken at the minimum).")
    assert "bands" not in legend


def test_what_a_line_is_called_is_shown_as_it_is(swept):
    assert r"**a\*b** " in read(swept, ["a*b", "one"]).words


# As a notebook asks


@pytest.mark.parametrize("lines", LINES)
def test_a_notebook_asks_for_a_sweep_and_gets_its_words(lines):
    reading = gd.studies.rate_sweep(replace(HOME, epochs=2), lines)
    assert [curve.name for curve in reading.curves] == list(lines_of(HOME, lines)[1])
    assert reading.words.startswith("Lowest excess loss after 2 epochs: ")
    assert np.isfinite([curve.best for curve in reading.curves]).all()


def test_a_sweep_of_what_is_not_known_is_refused_with_the_choices():
    with pytest.raises(ValueError, match="lines must be one of runs, optimizers, replacement"):
        gd.studies.rate_sweep(HOME, "sizes")


def test_where_there_is_no_minimum_values_are_losses_themselves():
    saddle = gd.SURFACES["plain_saddle"]
    runs = (gd.Run(gd.SGD()),)
    swept = gd.sweep(Sweep(saddle, runs, (0.05, 0.1), saddle.start, epochs=3))
    told = read(swept, ["all"])
    assert not told.exact
    assert told.start == saddle.loss(np.array(saddle.start))
    np.testing.assert_array_equal(told.curves[0].y, swept.lines()[0].median)


def test_runs_with_many_epochs_of_their_own_are_swept_in_as_little_as_fits():
    home = gd.default_experiment()
    long = tuple(gd.Run(gd.SGD(), epochs=2000 + more) for more in range(5))
    noisy = gd.Run(gd.SGD(), 32, epochs=1)  # for its sake all are run in several orders
    plan = sweep_of(replace(home, runs=(*long, noisy)), "runs")
    assert too_much(plan, "") == ""


def test_a_sweep_that_is_too_dear_is_cut_down_step_by_step(monkeypatch):
    tried = []

    def refuse(plan, _):
        tried.append((len(plan.rates), plan.n_seeds, plan.epochs))
        return "too much"

    module = import_module("gdplay.studies.rate_sweep")  # the package has a function of that name
    monkeypatch.setattr(module, "too_much", refuse)
    monkeypatch.setattr(module, "QUIET", np.inf)
    assert sweep_of(gd.default_experiment(), "batch sizes").n_seeds == 1
    assert tried == [(40, 11, 30), (28, 5, 30), (20, 3, 30), (20, 3, 7), (14, 1, 3), (14, 1, 1)]


def test_before_any_epoch_all_stand_at_the_start(swept):
    start = read(swept, ["all", "one"], 0)
    assert start.epoch == 0
    for curve in start.curves:
        np.testing.assert_array_equal(curve.y, np.full(12, swept.start - swept.origin.loss))
    assert gd.studies.rate_sweep(replace(HOME, epochs=2), epoch=0).epoch == 0


SINGLE = (gd.Run(gd.SGD(), 1),)


def made(ends, runs=SINGLE):
    """Return a finished sweep of lines with these last losses (R, P, S), two epochs long."""
    ends = np.array(ends, dtype=float)
    losses = np.stack([np.full_like(ends, 100.0), np.full_like(ends, 50.0), ends], axis=-1)
    rates = tuple(0.1 * (i + 1) for i in range(ends.shape[1]))
    plan = Sweep(LINE, runs, rates, START, epochs=2, n_seeds=ends.shape[2])
    return Swept(plan, tuple(losses), np.isnan(ends), Reference(np.zeros(2), 0.0, True))


@pytest.mark.parametrize(
    ("ends", "ratio"),
    [
        ([[9, 9, 9], [2, 3, 5]], 2.5),  # at the best rate, 0.2
        ([[9, 9, 9], [4, 4.1, 4.2]], 1.05), ([[9, 9, 9], [4, 4.1, 4.19]], None),
        ([[9, 9], [2, 5]], None),  # two orders are too few
        ([[9, 9, 9], [0, 1, 2]], None), ([[9, 9, 9], [1, 1, np.nan]], None),
    ],
)  # fmt: skip
def test_orders_end_apart_by_what_the_worst_is_of_the_best_at_the_best_rate(ends, ratio):
    found = read(made([ends]), ["one"]).apart
    assert (found is None) if ratio is None else found == ("one", pytest.approx(ratio))


def test_the_line_with_the_fewest_rows_tells_how_far_orders_end_apart():
    runs = (gd.Run(gd.SGD()), gd.Run(gd.SGD(), 1), gd.Run(gd.SGD(), 10))
    swept = made([[[1, 1, 1]], [[1, 2, 4]], [[1, 1, 9]]], runs)
    reading = read(swept, ["all", "one", "ten"])
    assert reading.apart == ("one", 4)
    assert reading.words == (
        "Lowest excess loss after 2 epochs: **all** 1 at rate 0.1, **one** 2 at rate 0.1, **ten** "
        "1 at rate 0.1. One run tells little: at **one**'s best rate the worst of 3 orders of the "
        "rows ended 4 times as high as the best."
    )
    early = read(swept, ["all", "one", "ten"], 1)
    assert early.apart is None  # all are at 50 there
    assert early.words.startswith("Lowest excess loss after 1 epoch: **all** 50 at rate 0.1, ")


def test_a_median_more_than_ten_times_as_high_as_the_start_is_lost():
    (curve,) = read(made([[[5, 5, 5], [999, 999, 999], [1001] * 3, [np.nan] * 3]]), ["a"]).curves
    assert curve.known.tolist() == [0, 1]
    assert curve.lost.tolist() == [2, 3]
    assert curve.gone.tolist() == pytest.approx([0.3, 0.4])
    assert curve.best == (0.1, 5)
    nowhere = read(made([[[np.nan] * 3]]), ["a"])
    assert nowhere.curves[0].best is None
    (limit,) = limits_of(LINE, SINGLE)
    assert nowhere.words == (
        f"Far above the start (crosses): **a** from 0.1 on (mean-square limit {number(limit)})."
    )


def test_of_two_orders_bands_are_drawn_and_of_one_none():
    assert "bands hold 80 % of the orders" in read(made([[[1, 2]]]), ["a"]).legend
    assert "bands" not in read(made([[[1]]]), ["a"]).legend
    assert "1 run from one start: 1 rate × 1 line × 1 order" in read(made([[[1]]]), ["a"]).legend


@pytest.mark.parametrize(("seconds", "first"), [(2.99, True), (3.01, False)])
def test_a_sweep_takes_three_seconds_at_most(monkeypatch, seconds, first):
    module = import_module("gdplay.studies.rate_sweep")
    monkeypatch.setattr(module, "work", lambda plan: SimpleNamespace(seconds=seconds))
    plan = sweep_of(HOME, "runs")
    assert (len(plan.rates), plan.n_seeds) == ((40, 11) if first else (14, 1))


def test_first_steps_are_those_of_the_steepest_parameter_at_three_sizes_of_the_gradient():
    bowl = gd.Experiment(gd.Expression("x**2 + 4*y**2"), (gd.Run(gd.SGD()),), (1.0, -1.0))
    found = first_steps(bowl)
    assert found.name == "y"
    assert found.plain == pytest.approx((0.008, 8, 8000))
    assert found.adam == pytest.approx((1, 1, 1), rel=1e-5)
    assert "first plain step of y is 0.008000, 8.000, 8000. times η long" in found.words


def test_a_sweep_that_takes_too_long_is_cut_down_to_one_epoch_and_never_below(monkeypatch):
    asked = []

    def too_long(experiment):
        asked.append((experiment.n_seeds, experiment.epochs))
        return replace(cost.work(experiment), seconds=np.inf)

    monkeypatch.setitem(sweep_of.__globals__, "work", too_long)
    own = tuple(replace(run, epochs=7) for run in HOME.runs)
    plan = sweep_of(replace(HOME, runs=own, epochs=5, n_seeds=1), "runs")
    assert {run.epochs for run in plan.runs} == {None}
    assert asked == [(11, 5), (5, 5), (3, 5), (3, 1), (1, 1), (1, 1)]
    assert (plan.n_seeds, plan.epochs) == (1, 1)
    monkeypatch.undo()
    whole = sweep_of(replace(HOME, runs=own, epochs=5), "runs")
    assert {run.epochs for run in whole.runs} == {7}


def test_where_every_rate_ends_far_above_its_start_there_is_no_best():
    assert read(made([[[2e3], [1e6]]]), ["one"]).curves[0].best is None
    assert read(made([[[2e3], [50.0]]]), ["one"]).curves[0].best == (0.2, 50.0)


def test_a_run_is_lost_by_its_excess_over_the_minimum_whatever_lies_below_that():
    high = replace(made([[[150.0], [191.0]]]), origin=Reference(np.zeros(2), 90.0, True))
    (curve,) = read(high, ["one"]).curves
    assert curve.best == (0.1, 60.0)
    np.testing.assert_array_equal(curve.y, [60.0])
    np.testing.assert_array_equal(curve.lost, [1])
