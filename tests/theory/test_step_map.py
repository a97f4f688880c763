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
    for update in range(1, 30):
        own = ghost(LINE.problem, replay(LINE, 2, update), ground(LINE))
        assert own is not None
        assert own.minimum is None, update
    assert ghost(LINE.problem, replay(LINE, 0, 5), ground(LINE)) is None
    assert ghost(SURFACES["bowl"].problem, replay(SURFACES["bowl"], 0, 1), ground(LINE)) is None


def test_a_close_up_holds_the_step_in_its_middle() -> None:
    step, whole = replay(LINE, 2, 5900), ground(LINE)
    far, near = (step_map.ground(LINE.problem, whole, step, near) for near in (False, True))
    ends = np.stack([step.params, step.new_params])
    assert near.x.mean() == pytest.approx(ends[:, 0].mean())
    assert near.y.mean() == pytest.approx(ends[:, 1].mean())
    assert np.ptp(near.x) < 0.2 * np.ptp(far.x)
    shape = np.ptp(whole.x) / np.ptp(whole.y)
    assert np.ptp(near.x) / np.ptp(near.y) == pytest.approx(shape)
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


def test_a_step_inside_the_map_leaves_it_as_it_is_and_one_that_overflowed_too() -> None:
    step, whole = replay(LINE, 1, 5), ground(LINE)
    assert step_map.ground(LINE.problem, whole, step, near=False) is whole
    lost = replace(step, new_params=np.array([np.inf, 0.0]))
    for near in (False, True):
        assert step_map.ground(LINE.problem, whole, lost, near) is whole


def test_a_map_that_grows_leaves_a_little_room_beyond_the_step_and_holds_all_it_held() -> None:
    step, whole = replay(LINE, 1, 5), ground(LINE)
    beyond = np.array([whole.x[-1] + 2 * np.ptp(whole.x), whole.y[0] - np.ptp(whole.y)])
    land = step_map.ground(LINE.problem, whole, replace(step, new_params=beyond), near=False)
    assert (land.x[0], land.y[-1]) == (whole.x[0], whole.y[-1])
    # 6 % of what start and step span, of three widths and two heights.
    assert land.x[-1] - beyond[0] == pytest.approx(0.06 * 3 * np.ptp(whole.x))
    assert beyond[1] - land.y[0] == pytest.approx(0.06 * 2 * np.ptp(whole.y))


ARROWS = {
    "line": (LINE, 1, 5),
    "one row": (LINE, 2, 3000),
    "all rows": (LINE, 0, 1),
    **{key: (experiment, 0, 3) for key, experiment in SURFACES.items()},
    "digits": (FITS["digits softmax"], 2, 7),
}


@pytest.mark.parametrize("name", ARROWS)
def test_both_arrows_are_negative_gradients_at_one_round_scale_that_suits_the_map(
    name: str,
) -> None:
    experiment, run, update = ARROWS[name]
    step, land = replay(experiment, run, update), ground(experiment)
    drawn = step_map.arrows(step, land)
    assert float(f"{drawn.scale:.1g}") == drawn.scale
    np.testing.assert_allclose(drawn.full, -drawn.scale * (land.plane.dual @ step.full_gradient))
    np.testing.assert_allclose(drawn.batch, -drawn.scale * (land.plane.dual @ step.gradient))
    size = np.array([np.ptp(land.x), np.ptp(land.y)])
    longest = max(float(np.linalg.norm(arrow / size)) for arrow in (drawn.full, drawn.batch))
    made = float(np.linalg.norm(land.plane.dual @ step.step / size))
    wanted = max(step_map.ARROW, min(1.6 * made, 1.0))
    assert wanted / 3 / 2 <= longest <= wanted * 1.5
    ends = land.plane.coordinates(step.params) + np.stack([drawn.full, drawn.batch])
    low, high = np.array([[side[i] for side in (land.x, land.y)] for i in (0, -1)])
    if not np.all((low <= ends) & (ends <= high)):
        assert longest <= wanted / 3, "as short as it may be"
    elif longest < 0.66 * wanted:
        here = land.plane.coordinates(step.params)
        further = here + 2 * (ends - here)
        assert not np.all((low < further) & (further < high)), "no longer one has room"


def test_a_short_step_is_drawn_so_many_times_as_long_that_it_is_seen() -> None:
    land = ground(LINE)
    size = np.array([np.ptp(land.x), np.ptp(land.y)])
    for update in (1, 5900):
        step = replay(LINE, 2, update)
        share = float(np.linalg.norm(land.plane.dual @ step.step / size))
        times = step_map.enlarged(step, land)
        assert (times > 1) == (share < step_map.SHORT)
        assert share * times >= step_map.SHORT
        assert share * times <= step_map.ARROW or times == 1
        assert float(f"{times:.1g}") == times
    still = replace(step, new_params=step.params, step=np.zeros(2))
    assert step_map.enlarged(still, land) == 1


def test_where_nothing_slopes_the_scale_is_one_and_arrows_have_no_length() -> None:
    step, land = replay(LINE, 1, 5), ground(LINE)
    none = np.zeros(2)
    drawn = step_map.arrows(replace(step, gradient=none, full_gradient=none), land)
    assert drawn.scale == 1
    assert not drawn.full.any()
    assert not drawn.batch.any()


def test_a_minimum_of_the_batch_beyond_the_map_is_not_marked() -> None:
    step, land = replay(LINE, 1, 5), ground(LINE)
    own = ghost(LINE.problem, step, land)
    assert own is not None
    assert own.minimum is not None
    for side, at in (("x", own.minimum[0]), ("y", own.minimum[1])):
        for beyond in (np.linspace(at + 0.01, at + 1, 5), np.linspace(at - 1, at - 0.01, 5)):
            elsewhere = ghost(LINE.problem, step, replace(land, **{side: beyond}))
            assert elsewhere is not None
            assert elsewhere.minimum is None


def test_an_arrow_may_grow_until_the_first_edge_that_it_points_to() -> None:
    """From (2, 1) on a map of 10 by 4."""
    step = replace(replay(LINE, 1, 5), params=np.array([2.0, 1.0]))
    land = replace(ground(LINE), x=np.linspace(0, 10, 11), y=np.linspace(0, 4, 5))

    @np.errstate(all="ignore")
    def room_of(*ways):
        return step_map._room(step, land, *map(np.array, ways))

    for way, room in (
        ((1, 0), 8), ((-1, 0), 2), ((0, 1), 3), ((0, -1), 1), ((2, 1), 3), ((-1, -4), 0.25),
        ((0, 0), np.inf),
    ):  # fmt: skip
        assert room_of(way) == room, way
    assert room_of([1, 0], [0, 1]) == 3


def test_a_minimum_of_the_batch_in_the_outermost_cells_is_marked() -> None:
    """The lowest of 48 places is one before the last, and the minimum beyond that."""
    step, land = replay(LINE, 1, 5), ground(LINE)
    own = ghost(LINE.problem, step, land)
    assert own is not None
    assert own.minimum is not None
    cell = 1e-3
    middle = [np.linspace(at - 5 * cell, at + 5 * cell, 5) for at in own.minimum]
    for place, at in enumerate(own.minimum):
        for ends in ((at - 46.4 * cell, at + 0.6 * cell), (at - 0.6 * cell, at + 46.4 * cell)):
            sides = list(middle)
            sides[place] = np.linspace(*ends, 5)
            found = ghost(LINE.problem, step, replace(land, x=sides[0], y=sides[1]))
            assert found is not None
            assert found.minimum == pytest.approx(own.minimum, abs=1e-8)


def test_a_scale_has_one_digit_and_is_no_more_than_there_is_room_for() -> None:
    for value, most, scale in (
        (0.37, 1, 0.4), (0.37, 0.39, 0.3), (370, 360, 300), (0.96, 0.97, 0.9), (0.96, 1, 1),
    ):  # fmt: skip
        assert step_map._round(value, most) == scale, value


@pytest.mark.parametrize(("share", "side"), [(100, 16), (400, 20), (1e4, 48)])
def test_a_batchs_loss_is_drawn_at_as_many_places_as_its_rows_and_parameters_allow(
    monkeypatch: pytest.MonkeyPatch, share: float, side: int
) -> None:
    step, land = replay(LINE, 1, 5), ground(LINE)
    monkeypatch.setattr(step_map, "_WORK", share * len(step.rows) * LINE.problem.n_params)
    own = ghost(LINE.problem, step, land)
    assert own is not None
    assert own.loss.shape == (side, side)


def test_arrows_outreach_a_long_step_and_where_it_is_not_finite_take_their_usual_share() -> None:
    step, land = replay(LINE, 1, 5), ground(LINE)
    size = np.array([np.ptp(land.x), np.ptp(land.y)])
    step = replace(step, params=land.plane.params(np.array([land.x.mean(), land.y.mean()])))
    usual = step_map.arrows(step, land).scale
    made = float(np.linalg.norm(land.plane.dual @ step.step / size))
    for share, length in ((0.4, 0.64), (np.nan, step_map.ARROW)):
        drawn = step_map.arrows(replace(step, step=step.step * share / made), land)
        longest = max(float(np.linalg.norm(arrow / size)) for arrow in (drawn.full, drawn.batch))
        assert longest == pytest.approx(length, rel=0.35)
        assert (drawn.scale == usual) == np.isnan(share)
