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
        ([(np.inf, 1), (-np.inf, 2)], (0, 0)),
        ([(0.3, 0), (0, 0.3)], (0.15, 0.15)),
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


def pits(*places):
    """Level ground with holes of one point each, every one deeper than those before."""

    def loss(points):
        heights = np.zeros(points.shape[:-1])
        for depth, place in enumerate(places, 1):
            heights[(points == place).all(axis=-1)] = -depth
        return heights

    return loss


def test_a_search_steps_by_half_first_as_starts_stand_and_halves_what_leads_nowhere():
    start = np.array([[3.0, 4.0]])
    ways = [(x, y) for x in (-0.5, 0, 0.5) for y in (-0.5, 0, 0.5) if x or y]
    around = [(3 + x, 4 + y) for x, y in ways]
    for place in [*around, (3.0, 4.25), (2.875, 4.125)]:
        assert compass(pits(place), start).tolist() == [list(place)], place
    assert compass(pits((3.5, 4), (4, 4), (4, 3.75)), start).tolist() == [[4, 3.75]]
    assert compass(pits((4.0, 5.0)), start).tolist() == start.tolist()


def test_a_descent_tries_lengths_from_four_on_however_small_the_slope():
    start, slope = np.array([[3.0, 4.0]]), np.array([-3e-7, 4e-7])
    for length in (4, 2, 0.25):
        end = start + length * np.array([0.6, -0.8])
        near = lambda p, end=end: -1.0 * (np.abs(p - end).max(axis=-1) < 1e-9)  # noqa: E731
        found = slid(near, lambda p: np.broadcast_to(slope, p.shape), start)
        np.testing.assert_allclose(found, end, atol=1e-8, err_msg=str(length))


def test_slopes_are_read_on_circles_of_a_tenth_and_then_of_a_quarter_of_that_each():
    seen = []

    def level(circle):
        seen.append(circle)
        return np.ones(circle.shape)

    slid(lambda p: np.zeros(p.shape[:-1]), level, np.array([[3.0, 4.0]]))
    sizes = [np.linalg.norm(circle[:, 0] - [3, 4], axis=1) for circle in seen]
    for k, size in enumerate(sizes[:4]):
        np.testing.assert_allclose(size, [0, *[0.1 / 4**k] * 8], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(seen[1][:, 0], [3, 4] + 0.025 * ring(1), rtol=1e-12)
    assert 0.1 / 4 ** len(sizes) < 1e-10 <= 0.1 / 4 ** (len(sizes) - 1)
