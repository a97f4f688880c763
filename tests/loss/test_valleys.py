"""The floor of a valley, walked both ways, on valleys whose floor is known."""

import numpy as np
import pytest

from gdplay.loss import valleys
from gdplay.loss.valleys import BOWL, floor_around


def along(floor):
    """A narrow valley along the first axis with a floor of that height."""
    return lambda points: floor(points[..., 0]) + 1e4 * points[..., 1] ** 2


RISES, FALLS, LEVEL = (True, False, False), (False, True, False), (False, False, True)


@pytest.mark.parametrize(
    ("floor", "ways"),
    [
        (np.abs, {RISES}),
        (lambda x: x, {RISES, FALLS}),
        (lambda x: -(x**2), {FALLS}),
        (lambda x: 0 * x, {LEVEL}),
        (lambda x: 1e-9 * x, {LEVEL}),
        (lambda x: 1e3 + 5e-5 * x, {LEVEL}),
        (lambda x: np.maximum(x, 0), {RISES, LEVEL}),
        (lambda x: np.minimum(x, 0), {FALLS, LEVEL}),
        (lambda x: np.where(x < 0, np.nan, x), {RISES, (False, False, False)}),
        (lambda x: np.where(np.abs(x - 0.05) < 0.01, 1.0, 0 * x), {LEVEL}),
    ],
)
def test_a_floor_rises_falls_or_stays_level_each_way_as_its_valley_does(floor, ways):
    *found, ends = floor_around(along(floor), np.zeros(2))
    assert set(zip(*found, strict=True)) == ways
    assert sorted(np.sign(ends[:, 0])) == [-1, 1]


def test_a_floor_that_bends_is_followed():
    def bent(points):
        return 1e3 * (points[..., 1] - 0.05 * points[..., 0] ** 2) ** 2

    *found, ends = floor_around(bent, np.zeros(2))
    assert found == [(False, False), (False, False), (True, True)]
    assert ends[:, 1] == pytest.approx(0.05 * ends[:, 0] ** 2, rel=0.01)
    assert floor_around(lambda points: (points**2).sum(-1), np.zeros(2))[:3] == BOWL[:3]


def steps(place):
    """How far a walk of 32 steps leads, the first a hundredth of 1 + |place|, each 1.2 the last."""
    return 0.01 * (1 + np.linalg.norm(place)) * (1.2**32 - 1) / 0.2


@pytest.mark.parametrize("place", [(0.0, 0.0), (30.0, 0.0)])
def test_a_walk_leads_so_far_that_its_first_step_is_a_share_of_how_far_out_it_begins(place):
    found = floor_around(along(lambda x: 0 * x), np.array(place))
    far = np.sort(found.ends[:, 0] - place[0])
    np.testing.assert_allclose(far, [-steps(place), steps(place)], rtol=1e-9)
    assert found.ends.shape == BOWL.ends.shape


def by_angle(heights, other=9.0):
    """A loss that depends on the direction from the origin alone: low at some angles."""

    def loss(points):
        angles = np.arctan2(points[..., 1], points[..., 0])
        found = np.full(angles.shape, other)
        for angle, height in heights.items():
            found[np.abs(np.exp(1j * angles) - np.exp(1j * angle)) < 1e-9] = height
        return found

    return loss


def test_a_walk_sets_out_to_the_lowest_place_around_and_to_the_lowest_of_those_opposite():
    step = np.pi / 128
    first, aside, opposite = 70 * step, 134 * step, (70 + 128 + 40) * step
    loss = by_angle({first: 0, aside: 1, opposite: 2})
    np.testing.assert_allclose(valleys._ways(loss, np.zeros(2), 0.5), [first, opposite])
    # Nothing opposite is known: straight on.
    alone = by_angle({first: 0}, np.nan)
    one, other = valleys._ways(alone, np.zeros(2), 0.5)
    assert one == pytest.approx(first)
    assert np.exp(1j * other) == pytest.approx(-np.exp(1j * first))


@pytest.mark.parametrize(
    ("angle", "turned"), [(0.9, 0.9), (-1.0, -1.0), (2.5, 1.05), (-2.5, -1.05)]
)
def test_a_floor_is_followed_where_it_turns_by_a_third_of_a_half_turn_at_most(angle, turned):
    target = np.array([np.cos(angle), np.sin(angle)])
    height = lambda points: np.linalg.norm(points - target, axis=-1)  # noqa: E731
    heading, lowest = valleys._ahead(height, np.zeros((1, 2)), np.zeros(1), 1.0)
    wide = abs(angle) > np.pi / 3
    assert heading[0] == pytest.approx(turned, abs=0.04 if wide else 1e-7)
    assert lowest[0] == pytest.approx(2 * np.sin(abs(angle - heading[0]) / 2), abs=1e-7)
