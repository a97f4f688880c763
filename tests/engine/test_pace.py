"""What judging runs at an epoch's end takes, in units of the loss over all rows."""

from dataclasses import replace

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
