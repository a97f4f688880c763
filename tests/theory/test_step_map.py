"""An update on a plane: the batch's own loss, its minimum, and the part of the map to look at."""

from dataclasses import replace

import numpy as np
import pytest

import gdplay as gd
from gdplay.engine.replay import batch_loss, replay
from gdplay.theory import step_map
from gdplay.theory.step_map import ghost
from tests.updates import FITS, LINE, SURFACES, ground


def test_the_ghost_is_the_batchs_own_loss() -> None:
    step, land = replay(LINE, 1, 5), ground(LINE)
    own = ghost(LINE.problem, step, land)
    assert own is not None
    for i, j in ((0, 0), (3, 20), (40, 7)):
        params = land.plane.params(np.array([own.x[i], own.y[j]]))
        assert own.loss[j, i] == pytest.approx(batch_loss(LINE.problem, params, step.rows))
    assert (own.x[0], own.x[-1], own.y[0], own.y[-1]) == (
        land.x[0], land.x[-1], land.y[0], land.y[-1]
    )  # fmt: skip


def test_the_batchs_minimum_is_least_squares_on_its_rows() -> None:
    step, land = replay(LINE, 1, 5), ground(LINE)
    own = ghost(LINE.problem, step, land)
    X = np.column_stack([np.ones(len(step.rows)), LINE.problem.X[step.rows]])
    best = np.linalg.lstsq(X, LINE.problem.y[step.rows])[0]
    assert own is not None
    assert own.minimum == pytest.approx(best, abs=1e-8)


def test_the_batchs_minimum_is_where_its_slope_on_the_plane_ends() -> None:
    base = FITS["iris softmax"]
    experiment = replace(base, runs=(gd.Run(gd.SGD(lr=0.05), 60),))
    step, land = replay(experiment, 0, 1), ground(experiment)
    own = ghost(experiment.problem, step, land)
    assert own is not None
    assert own.minimum is not None
    slope = experiment.problem.gradient(land.plane.params(own.minimum), step.rows)
    assert np.abs(land.plane.axes @ slope).max() < 1e-7


def test_one_row_has_no_minimum_of_its_own_and_all_rows_have_no_ghost() -> None:
    assert ghost(LINE.problem, replay(LINE, 2, 5), ground(LINE)).minimum is None  # type: ignore[union-attr]
    assert ghost(LINE.problem, replay(LINE, 0, 5), ground(LINE)) is None
    assert ghost(SURFACES["bowl"].problem, replay(SURFACES["bowl"], 0, 1), ground(LINE)) is None


def test_a_close_up_holds_the_step_in_its_middle() -> None:
    step, whole = replay(LINE, 2, 5900), ground(LINE)
    far, near = (step_map.ground(LINE.problem, whole, step, near) for near in (False, True))
    ends = np.stack([step.params, step.new_params])
    assert near.x.mean() == pytest.approx(ends[:, 0].mean())
    assert near.y.mean() == pytest.approx(ends[:, 1].mean())
    assert np.ptp(near.x) < 0.2 * np.ptp(far.x)
    shares = np.abs(ends[1] - ends[0]) / [np.ptp(near.x), np.ptp(near.y)]
    assert shares.max() == pytest.approx(1 / 3, rel=1e-6)


def test_the_map_grows_for_a_step_that_leaves_it() -> None:
    wild = replace(LINE, runs=(*LINE.runs, gd.Run(gd.SGD(lr=2.0))))
    step = replay(wild, 3, 4)
    whole = ground(wild)
    land = step_map.ground(wild.problem, whole, step, near=False)
    for spot in (step.params, step.new_params, [whole.x[0], whole.y[0]]):
        assert land.x[0] <= spot[0] <= land.x[-1]
        assert land.y[0] <= spot[1] <= land.y[-1]
