"""Rates crossed with batch sizes: budgets are kept, and cells tell what their runs did."""

from dataclasses import replace

import numpy as np
import pytest

import gdplay as gd
from gdplay.engine.training import Status
from gdplay.studies.rate_by_batch import Budget, budget_of, cells, granted, grid, sizes_up_to
from gdplay.studies.sweeps import Sweep, sweep
from gdplay.teaching.defaults import default_fit
from gdplay.theory.measures import AXES


def standard_line() -> gd.Fit:
    return replace(default_fit(gd.DATASETS["line"]), standardize=True)


def cost(problem: object, run: gd.Run) -> float:
    """Return made-up seconds per update: 1 µs and a hundredth for every row."""
    return 1e-6 * (1 + 0.01 * run.rows(200))


def used(run: gd.Run, along: str, n: int = 200) -> float:
    updates = np.array([run.epochs * run.updates_per_epoch(n)])
    return float(AXES[along].at(run, n, cost(None, run), updates)[0])


@pytest.mark.parametrize(
    ("n", "sizes"),
    [
        (1, (1,)),
        (2, (1, 2)),
        (3, (1, 2, 3)),
        (64, (1, 2, 4, 8, 16, 32, 64)),
        (150, (1, 2, 4, 8, 16, 32, 64, 150)),
        (200, (1, 2, 4, 8, 16, 32, 64, 128, 200)),
    ],
)
def test_sizes_are_powers_of_two_and_all_rows(n, sizes):
    assert sizes_up_to(n) == sizes


@pytest.mark.parametrize("passes", [1, 3])
@pytest.mark.parametrize("along", list(AXES))
def test_every_batch_size_gets_as_many_whole_epochs_as_the_budget_holds(along, passes):
    fit = standard_line()
    held = budget_of(fit, along, passes, cost)
    for run in grid(fit, held, cost).runs:
        assert used(run, along) <= held.amount * (1 + 1e-9)
        assert used(replace(run, epochs=run.epochs + 1), along) > held.amount


def test_what_a_budget_means_for_single_rows_and_all_rows():
    fit = standard_line()
    epochs = grid(fit, budget_of(fit, "epochs", 20, cost), cost).runs
    assert {run.epochs for run in epochs} == {20}
    updates = grid(fit, Budget("updates", 200.0), cost).runs
    assert [updates[0].epochs, updates[-1].epochs] == [1, 200]
    seconds = grid(fit, budget_of(fit, "seconds", 1, cost), cost).runs
    # 200 updates of 1.01 µs last as long as 67 of 3 µs.
    assert [seconds[0].epochs, seconds[-1].epochs] == [1, 67]


def test_a_budget_below_one_epoch_still_gives_one():
    run = granted(gd.Run(gd.SGD(), 1), standard_line(), Budget("updates", 3.0), cost)
    assert run.epochs == 1


def test_a_cell_is_the_median_end_of_its_run():
    fit = standard_line()
    asked = grid(fit, Budget("epochs", 3.0), cost, start=(-2.0, -2.0), seed=4)
    found = cells(sweep(asked))
    alone = gd.train(asked.alone(4, 9))[0]
    median = np.sort(alone.loss[:, -1])[2] - float(fit.loss(fit.minimum()))
    assert found.values[4, 9] == pytest.approx(median, rel=1e-9)
    start = float(fit.loss(np.array([-2.0, -2.0])) - fit.loss(fit.minimum()))
    assert found.start == pytest.approx(start)
    assert found.exact


def test_cells_are_lost_where_runs_diverged_or_ended_above_their_start():
    fit = standard_line()
    runs = (gd.Run(gd.SGD(), 1, epochs=20), gd.Run(gd.SGD(), None, epochs=10))
    asked = Sweep(fit, runs, (0.1, 1.9, 2.1, 6.0), (-2.0, -2.0), n_seeds=5)
    found = cells(sweep(asked))
    np.testing.assert_array_equal(found.lost[1], [0, 0, 1, 1])  # 2.1: a little above 2/L = 2
    assert np.isfinite(found.values[1, 2])
    assert found.lost[0, 0] == 0
    assert found.lost[0, 3] == 1
    assert np.isinf(found.values[0, 3])
    statuses = gd.train(asked.alone(0, 1))[0]
    above = [
        status is Status.DIVERGED or loss[-1] > loss[0]
        for status, loss in zip(statuses.status, statuses.loss, strict=True)
    ]
    assert found.lost[0, 1] == np.mean(above)


def test_the_winner_is_the_cell_with_the_lowest_value():
    fit = standard_line()
    found = cells(sweep(grid(fit, Budget("epochs", 5.0), cost, start=(-2.0, -2.0))))
    flat = np.where(np.isfinite(found.values), found.values, np.inf)
    assert found.values[found.winner] == flat.min()
    assert [flat[r].argmin() for r in range(len(flat))] == list(found.best)


def test_of_cells_that_rounding_cannot_tell_apart_the_smallest_batch_wins():
    fit = replace(standard_line(), dataset=replace(gd.DATASETS["line"], noise=0.0))
    found = cells(sweep(grid(fit, Budget("epochs", 300.0), cost, start=(-2.0, -2.0), n_seeds=1)))
    assert found.winner[0] == 0


def test_there_is_no_winner_where_all_diverged():
    fit = standard_line()
    asked = Sweep(fit, (gd.Run(gd.SGD(), 1, epochs=20),), (30.0, 50.0), (-2.0, -2.0))
    assert cells(sweep(asked)).winner is None


def test_without_a_minimum_cells_hold_the_loss_itself():
    separable = replace(default_fit(gd.DATASETS["wine"]), l2=0.0)
    asked = grid(separable, Budget("epochs", 1.0), cost, n_seeds=1)
    found = cells(sweep(asked))
    assert not found.exact
    assert found.values[0, 0] == pytest.approx(gd.train(asked.alone(0, 0))[0].loss[0, -1])
    assert found.start == pytest.approx(float(separable.loss(np.zeros(separable.n_params))))


def test_per_epoch_single_rows_win_and_per_update_all_rows_do():
    """Beliefs 2 and 11: faster per what? A larger batch makes fewer updates, not worse ones."""
    fit, start = standard_line(), (-2.0, -2.0)
    runs = (gd.Run(gd.SGD(), 1), gd.Run(gd.SGD(), None))
    ends = []
    for held in (Budget("epochs", 3.0), Budget("updates", 200.0)):
        given = tuple(granted(run, fit, held, cost) for run in runs)
        ends.append(cells(sweep(Sweep(fit, given, (0.05,), start, n_seeds=9))).values[:, 0])
    (single, full), (one_epoch, many) = ends
    assert single < 0.02
    assert full == pytest.approx(16.9, rel=0.1)
    assert many < 1e-6 < 1e-4 < one_epoch


def test_small_batches_have_lower_limits_than_all_rows():
    """Belief 4: 2/L holds for SGD."""
    limits = [gd.mean_square_limit(standard_line(), size) for size in (1, 2, 4, 8, 16, 32, 200)]
    np.testing.assert_allclose(limits[:6], [0.80, 1.14, 1.45, 1.68, 1.83, 1.91], atol=0.02)
    assert limits[-1] == pytest.approx(2.0)


def test_single_rows_are_lost_at_rates_that_all_rows_stand():
    fit = standard_line()
    asked = Sweep(
        fit, (gd.Run(gd.SGD(), 1, epochs=20), gd.Run(gd.SGD(), None, epochs=20)),
        (0.6, 1.6, 1.9), (-2.0, -2.0), n_seeds=9,
    )  # fmt: skip
    lost = cells(sweep(asked)).lost
    np.testing.assert_array_equal(lost[1], 0)
    assert lost[0, 0] == 0
    assert lost[0, 2] > 0.5
