"""What judging runs at an epoch's end takes, in units of the loss over all rows."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

import gdplay as gd
from gdplay.engine.lockstep import plan
from gdplay.engine.pace import SLOPE, seconds_per_end, seconds_per_loss

LINE = gd.default_experiment()


def test_full_batches_have_their_loss_and_others_and_tolerances_take_more():
    """A loss for batches, 1.4 more for a slope that a tolerance is held against."""
    one = seconds_per_loss(LINE.problem)
    for size, tol, wanted in ((None, 0, 0), (None, 0.1, SLOPE), (5, 0, 1), (5, 0.1, 1 + SLOPE)):
        runs = (gd.Run(gd.SGD(lr=0.1), size), gd.Run(gd.SGD(lr=0.2), size))
        (group,) = plan(replace(LINE, runs=runs, tol=tol, n_seeds=1))
        found = seconds_per_end(replace(LINE, runs=runs, tol=tol), group)
        assert found == pytest.approx(2 * wanted * one), (size, tol)
    assert 0 < one < 1e-3


def test_seconds_are_those_of_rows_and_parameters_for_the_loss_the_slope_and_held_out_rows():
    wide = SimpleNamespace(n_samples=100, n_test=10, cost=400, seconds=(1.0, 1e-8), n_params=30)
    a_row = 1e-8 + 30 * 5e-10
    assert seconds_per_loss(wide) == pytest.approx(100 * a_row)
    # Least squares touch less than a number a row.
    assert seconds_per_loss(SimpleNamespace(**vars(wide) | {"cost": 7})) == pytest.approx(7 * a_row)
    group = SimpleNamespace(rows=20, n_orders=3, runs=(None, None))
    ends = seconds_per_end(SimpleNamespace(problem=wide, tol=0.5), group)
    assert ends == pytest.approx(3 * 2 * (100 * (1 + SLOPE) + 10) * a_row)
