"""Sweeps: every rate trained as it would be alone, and a fair account of how each ended."""

from dataclasses import replace

import numpy as np
import pytest

import gdplay as gd
from gdplay.optimizers import RATES
from gdplay.studies.sweeps import (
    Sweep,
    Swept,
    limits_of,
    rates_around,
    within,
)
from gdplay.teaching.defaults import default_fit
from gdplay.theory.measures import Reference

LINE = gd.default_experiment().problem
START = gd.default_experiment().start
VARIANTS = (gd.Run(gd.SGD()), gd.Run(gd.SGD(), 32), gd.Run(gd.Momentum(), 8))


def small(**changes):
    return replace(
        Sweep(LINE, VARIANTS, (0.01, 0.1, 0.3), START, epochs=4, seed=3, n_seeds=3), **changes
    )


def made(losses, diverged=None, lowest=0.0):
    """A finished sweep of one line with these losses (P, S, E + 1)."""
    losses = np.array(losses, dtype=float)
    gone = np.zeros(losses.shape[:2], bool) if diverged is None else np.array(diverged)
    rates = tuple(0.1 * (i + 1) for i in range(len(losses)))
    asked = Sweep(LINE, (gd.Run(gd.SGD()),), rates, epochs=losses.shape[2] - 1 or 1)
    origin = Reference(np.zeros(2), lowest, True)
    return Swept(asked, (losses,), gone[None], origin)


# Training


def test_each_run_of_a_sweep_is_trained_as_it_would_be_alone():
    asked = small()
    swept = gd.sweep(asked)
    for line in range(3):
        for place in range(3):
            (trace,) = gd.train(asked.alone(line, place))
            np.testing.assert_allclose(swept.losses[line][place], trace.loss, rtol=1e-9)


def test_a_run_alone_has_its_rate_and_all_else_of_its_line_and_the_sweep():
    found = small().alone(2, 1)
    assert found == gd.Experiment(
        LINE, (gd.Run(gd.Momentum(lr=0.1), 8),), START, epochs=4, seed=3, n_seeds=3
    )


def test_runs_stand_line_after_line_and_rate_after_rate():
    rates = [run.optimizer.lr for run in small().experiment.runs]
    sizes = [run.batch_size for run in small().experiment.runs]
    assert rates == [0.01, 0.1, 0.3] * 3
    assert sizes == [None] * 3 + [32] * 3 + [8] * 3


def test_a_line_may_have_epochs_of_its_own():
    runs = (VARIANTS[0], replace(VARIANTS[1], epochs=9))
    swept = gd.sweep(small(runs=runs))
    assert [losses.shape for losses in swept.losses] == [(3, 3, 5), (3, 3, 10)]
    last, same = swept.line(0, 9), swept.line(0)
    assert np.array_equal(last.median, same.median)
    assert not np.array_equal(swept.line(1, 9).median, swept.line(1, 4).median)


def test_what_came_out_cannot_be_changed_by_who_reads_it():
    with pytest.raises(ValueError, match="read-only"):
        gd.sweep(small()).losses[0][0, 0, 0] = 1.0


def test_progress_is_told_and_a_stopped_sweep_is_no_divergence():
    seen = []

    def progress(done, total):
        seen.append((done, total))
        return len(seen) < 2

    swept = gd.sweep(small(epochs=300), progress=progress)
    assert len(seen) == 2
    assert 0 <= seen[0][0] < seen[0][1]
    assert not swept.diverged.any()
    assert np.isnan(swept.line(2).median).all()
    assert swept.line(2).best is None
    assert not swept.line(2).diverged.any()


@pytest.mark.parametrize("rates", [(0.1, 0.01), (0.1, 0.1)])
def test_rates_that_do_not_ascend_are_refused(rates):
    with pytest.raises(ValueError, match=r"Sweep\.rates must ascend"):
        small(rates=rates)


def test_a_rate_out_of_range_is_refused_when_the_sweep_is_made():
    with pytest.raises(ValueError, match=r"SGD\.lr"):
        small(rates=(0.1, 1e9))


# How lines ended


def test_a_diverged_seed_counts_as_worst_and_never_vanishes():
    nan = np.nan
    swept = made(
        [[[9, 1], [9, 2], [9, 3]], [[9, 0], [9, 5], [9, nan]], [[9, 0], [9, nan], [9, nan]]],
        [[False] * 3, [False, False, True], [False, True, True]],
    )
    line = swept.line(0)
    assert line.median.tolist() == [2, 5, np.inf]
    assert line.low.tolist() == [1.2, 1.0, np.inf]
    assert line.high.tolist() == [2.8, np.inf, np.inf]
    assert line.diverged == pytest.approx([0, 1 / 3, 2 / 3])
    assert line.best == 0


def test_before_it_diverged_a_seed_counts_with_what_it_had():
    swept = made([[[9, 20, np.nan]]], [[True]])
    assert swept.line(0, 1).median == [20]
    assert swept.line(0, 1).diverged == [0]
    assert swept.line(0, 2).diverged == [1]


def test_the_band_holds_eight_tenths_of_the_seeds():
    values = np.arange(11.0)[:, None]
    line = made([np.hstack([values, values])]).line(0)
    assert (line.low, line.median, line.high) == ([1], [5], [9])


def test_the_best_rate_is_the_smallest_that_rounding_cannot_tell_from_the_lowest():
    swept = made([[[9, 1 + 1e-14]], [[9, 1.0]], [[9, 1 + 1e-9]]])
    assert swept.line(0).best == 0
    assert made([[[9, 1 + 1e-9]], [[9, 1.0]]]).line(0).best == 1


def test_where_everything_diverged_there_is_no_best():
    assert made([[[9, np.nan]]], [[True]]).line(0).best is None


def test_full_batches_lose_their_hold_at_the_limit_and_not_before():
    limit = gd.curvature(LINE).limit
    rates = (0.9 * limit, 0.99 * limit, 1.01 * limit, 1.1 * limit)
    swept = gd.sweep(Sweep(LINE, (gd.Run(gd.SGD()),), rates, START, epochs=400))
    ends = swept.line(0).median
    assert (ends[:2] < 1.01 * swept.origin.loss).all()
    assert (ends[2:] > 100 * swept.start).all()


# Rates


@pytest.mark.parametrize("n", [5, 40, 300])
def test_rates_are_evenly_spaced_on_a_logarithmic_scale_around_the_limit(n):
    rates = np.array(rates_around(LINE, n))
    assert len(rates) == n
    limit = gd.curvature(LINE).limit
    assert rates[[0, -1]] == pytest.approx([1e-3 * limit, 2 * limit], rel=0.05)
    steps = np.diff(np.log(rates))
    assert (steps > 0).all()
    assert steps == pytest.approx(np.full(n - 1, np.log(2000) / (n - 1)), abs=0.11)


def test_rates_are_round_where_there_are_few():
    assert all(rate == float(f"{rate:.1e}") for rate in rates_around(LINE, 40))


def test_rates_that_no_rule_takes_are_shifted_as_a_whole():
    for low, high in ((1e-25, 1e-22), (1e6, 1e9)):
        rates = rates_around(LINE, 5, low=low, high=high)
        assert RATES[0] <= rates[0] < rates[-1] <= RATES[1]
        assert rates[-1] / rates[0] == pytest.approx(1000)


@pytest.mark.parametrize("name", ["diabetes", "breast_cancer", "wine", "linnerud"])
def test_where_squares_of_raw_columns_are_steep_rates_lie_around_the_limit(name):
    fit = replace(default_fit(gd.DATASETS[name]), features="quadratic", standardize=False)
    rates = rates_around(fit)
    assert rates[-1] == pytest.approx(2 * gd.curvature(fit).limit, rel=0.05)
    assert len(set(rates)) == 40


@pytest.mark.parametrize(
    ("size", "along", "amount", "epochs"),
    [
        (None, "epochs", 7, 7), (32, "epochs", 7, 7), (1, "epochs", 7, 7),
        (None, "updates", 70, 70), (32, "updates", 70, 10), (1, "updates", 700, 3),
        (1, "updates", 70, 1), (32, "examples", 2000, 10), (1, "examples", 2000, 10),
        (None, "updates", 1e9, 100_000), (32, "updates", 69.9999, 9),
    ],
)  # fmt: skip
def test_a_budget_buys_whole_epochs_at_least_one(size, along, amount, epochs):
    assert within(gd.Run(gd.SGD(), size), LINE, along, amount).epochs == epochs


def test_a_budget_of_seconds_buys_what_updates_cost():
    run = gd.Run(gd.SGD(), 32)  # 7 updates an epoch
    assert within(run, LINE, "seconds", 0.7, seconds=0.01).epochs == 10


def test_predicted_limits_are_each_lines_own():
    fit = LINE
    runs = (gd.Run(gd.Momentum()), gd.Run(gd.SGD(), 8), gd.Run(gd.Adam()), gd.Run(gd.Momentum(), 8))
    assert limits_of(fit, runs) == [
        gd.stability_limit(gd.Momentum(), gd.curvature(fit).L), gd.mean_square_limit(fit, 8),
        None, None,
    ]  # fmt: skip


def test_what_is_not_said_is_as_in_an_experiment():
    runs = (gd.Run(gd.SGD(lr=0.1)),)
    assert Sweep(LINE, VARIANTS[:1], (0.1,), START).experiment == gd.Experiment(LINE, runs, START)


def test_after_no_epoch_a_line_stands_at_the_start_and_by_itself_at_its_last():
    swept = made([[[9, 5, 3]], [[9, 4, 2]]])
    assert [swept.line(0, epoch).median.tolist() for epoch in (0, 1, 2, 7)] == [
        [9, 9], [5, 4], [3, 2], [3, 2]
    ]  # fmt: skip
    assert swept.line(0).median.tolist() == swept.lines()[0].median.tolist() == [3, 2]
    assert swept.lines(1)[0].median.tolist() == [5, 4]
    assert [swept.column(0, epoch) for epoch in (0, 2, None)] == [0, 2, 2]
