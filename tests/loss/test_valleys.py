"""The floor of a valley, walked both ways, on valleys whose floor is known."""

import numpy as np
import pytest

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
