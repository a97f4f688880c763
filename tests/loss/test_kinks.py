"""Descents where there is no slope: what is read around a point, and where they end."""

import numpy as np
import pytest

from gdplay.loss.kinks import COMPASS, compass, shortest, slid
from gdplay.loss.kinks import _ring as ring


def tent(points):
    """Two kinks that cross at (1, -2), one ten times as steep."""
    return np.abs(points[..., 0] - 1) + 10 * np.abs(points[..., 1] + 2)


def tent_slope(points):
    return np.sign(points - [1, -2]) * [1, 10]


STARTS = np.array([[3.0, 4.0], [-2.5, -2.0], [1.0, 0.3]])


def test_slopes_are_read_in_eight_directions_evenly_around_and_in_the_middle():
    first, second = ring(0), ring(1)
    np.testing.assert_array_equal(first[0], [0, 0])
    turns = np.arange(8) * np.pi / 4
    np.testing.assert_allclose(first[1:], np.c_[np.cos(turns), np.sin(turns)], atol=1e-15)
    golden = np.pi * (3 - 5**0.5)
    np.testing.assert_allclose(second[1], [np.cos(golden), np.sin(golden)])


def test_searches_look_along_the_eight_directions_of_a_compass():
    assert sorted(map(tuple, COMPASS)) == [
        (-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("vectors", "nearest"),
    [
        ([(3, 4)], (3, 4)),
        ([(2, 0), (0, 2)], (1, 1)),
        ([(1, 1), (3, 1)], (1, 1)),
        ([(-1, 2), (3, 2)], (0, 2)),
        ([(1, 1), (-1, 1), (0, -1)], (0, 0)),
        ([(1, 1), (-1, 1), (0, 3)], (0, 1)),
        ([(-1, 0.5), (-1, -0.5)], (-1, 0)),
        ([(np.nan, 1), (2, 0), (0, 2)], (1, 1)),
        ([(np.inf, 1), (2, 1)], (2, 1)),
        ([(np.nan, np.nan), (np.nan, 1)], (0, 0)),
    ],
)
def test_the_shortest_vector_between_others_is_that_of_geometry(vectors, nearest):
    np.testing.assert_allclose(shortest(np.array([vectors], float)), [nearest], atol=1e-12)


def test_descents_slide_along_a_kink_to_where_kinks_cross():
    np.testing.assert_allclose(slid(tent, tent_slope, STARTS), [(1, -2)] * 3, atol=1e-8)
    assert slid(tent, tent_slope, np.empty((0, 2))).shape == (0, 2)


def test_searches_along_eight_directions_come_to_where_kinks_cross_too():
    np.testing.assert_allclose(compass(tent, STARTS), [(1, -2)] * 3, atol=1e-12)
    lake = lambda points: np.where((points**2).sum(-1) < 9, np.inf, (points**2).sum(-1))  # noqa: E731
    assert lake(compass(lake, np.array([[3.5, 0.0]])))[0] == pytest.approx(9, abs=1e-9)


def test_eight_directions_lead_to_all_neighbours_of_a_place_on_a_grid():
    ways = [(-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)]
    assert list(map(tuple, COMPASS.tolist())) == ways
