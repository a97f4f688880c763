"""The lowest place of a function: found where there is one, and where there is none, why."""

import numpy as np
import pytest

import gdplay as gd
from gdplay.loss import search
from gdplay.loss.expressions import Expression
from gdplay.loss.search import SIDE, _level_on

FOUND = {
    "0.1*x**2 + 2*y**2": (0, 0),
    "x**2 + 4*y**2 - 8*x - 16*y": (4, 2),
    "(1 - x)**2 + 100*(y - x**2)**2": (1, 1),
    "(x**2 + y - 11)**2 + (x + y**2 - 7)**2": (3, 2),
    "(x + 2*y - 7)**2 + (2*x + y - 5)**2": (1, 3),
    "x**2 + (y**2 - 1)**2": (0, 1),
    "x**4 + y**4": (0, 0),
    "x**20 + y**2": (0, 0),
    "x**2": (0, 0),
    "abs(x - 1.3) + abs(y + 0.7)": (1.3, -0.7),
    "sqrt(x**2 + y**2)": (0, 0),
    "sqrt(x) + y**2": (0, 0),
    "(x - 50)**2 + (y + 3000)**2": (50, -3000),
    "x**2 + y**2 + 1/x**2 + 1/y**2": (1, 1),
    "-exp(-x**2 - y**2)": (0, 0),
    "1e10*x**2 + y**2": (0, 0),
    "exp(x**2) + y**2": (0, 0),
    "(x - sqrt(2))**2 + y**2": (2**0.5, 0),
    "x**2*exp(-x) + y**2": (0, 0),
    "exp(-x)*y**2": (0, 0),
    "1 - exp(-x**2) + y**2": (0, 0),
    "20 + x**2 + y**2 - 10*(cos(2*pi*x) + cos(2*pi*y))": (0, 0),
    # Wells that the grid does not meet.
    "-exp(-(x - 205)**2) + y**2": (205, 0),
    "-exp(-(x - 100)**2 - y**2)": (100, 0),
    "x**2/(1 + x**2) + y**2 - 2*exp(-(x - 40)**2)": (39.9999921973, 0),
    "-exp(-(x + y - 100)**2) + (x - y)**2": (50, 50),
    "-exp(-(2*x - 3*y - 60)**2 - (y + 40)**2)": (-30, -40),
    # Kinks far out.
    "abs(x - 123) + abs(y + 77)": (123, -77),
    "exp(abs(x - 50)) + y**2": (50, 0),
    # Kinks that no search along the axes follows, and a cusp.
    "abs(3*x - 2*y) + abs(x + y - 1)": (0.4, 0.6),
    "abs(x - 2*y) + 0.01*(x - 3)**2": (3, 1.5),
    "100*sqrt(abs(y - 0.01*x**2)) + 0.01*abs(x + 10)": (-10, 1),
}  # fmt: skip


@pytest.mark.parametrize("text", FOUND)
def test_the_minimum_is_that_of_the_literature_or_of_plain_sight(text):
    f = Expression(text)
    np.testing.assert_allclose(f.minimum(), FOUND[text], atol=1e-8)
    count = f"{SIDE**2:,}".replace(",", "\u202f")
    found = f": the lowest place found from {count} starts in |x|, |y| ≤ 10"
    far = " and from where linear parts of it are zero" if np.abs(FOUND[text]).max() > 10 else ""
    assert f.how.startswith("Minimum at (")
    more = f.how.partition(f"{found}{far}.")[2]
    assert ("found, to six decimals; there may be more." in more) == (len(f.minima) > 1)


OTHERS = {
    "(x**2 + y - 11)**2 + (x + y**2 - 7)**2": gd.SURFACES["himmelblau"].minima,
    "abs(abs(x) - 1) + abs(y)": [((1, 0), 0), ((-1, 0), 0)],
    "x**2/(1 + x**2) + y**2 - 2*exp(-(x - 40)**2)": [((39.9999921973, 0), -1.000625), ((0, 0), 0)],
    "x**4 + (y**2 - 1)**4/16": [((0, 1), 0), ((0, -1), 0)],
    # A line of them, a winding line of kinks along which it falls on, and one place as good as any.
    "(x**2 - 1)**2": [((1, 0), 0)],
    "100*sqrt(abs(y - 0.01*x**2)) + 0.01*abs(x + 10)": [((-10, 1), 0)],
    "abs(x) + x + sin(y)": [((-0.5, -np.pi / 2), -1)],
}  # fmt: skip


@pytest.mark.parametrize("text", OTHERS)
def test_minima_beside_the_lowest_are_found_where_they_stand_alone_the_lowest_first(text):
    found = Expression(text).minima
    values = [value for _, value in found]
    np.testing.assert_allclose(values, [value for _, value in OTHERS[text]], atol=1e-6)
    assert values == pytest.approx(sorted(values), abs=1e-9)
    for place, _ in OTHERS[text]:
        assert min(np.abs(np.subtract(place, one.place)).max() for one in found) < 1e-6


def test_without_a_lowest_place_hollows_are_no_minima():
    assert Expression("x**3 - 3*x + y**2").minima == ()


NOT_FOUND = {
    "5 + x**2 + y**2 + 5*x*y": ("falls without end far out", "At (0, 0) its slope is zero"),
    "x**3 - 3*x + y**2": ("falls without end far out", "At (−1, 0) its slope is zero"),
    "x + y": ("falls without end far out", ""),
    "-x**2 - exp(y)": ("falls without end far out", ""),
    "log(x**2 + y**2)": ("falls without end near (0, 0)", ""),
    "tan(x) + y**2": ("falls without end near (", ""),
    "exp(-x) + y**2": ("the farther out the lower", ""),
    "tanh(x) + y**2": ("the farther out the lower", ""),
    "1/(1 + x**2)": ("the farther out the lower", ""),
    "exp(-10*x) + y**2": ("the farther out the lower", ""),
    "1/x + x + y**2": ("falls without end near (0, 0)", "At (−1, 0) its slope is zero"),
    "(x*y - 1)**2 + x**2": ("it falls on and on, as far out as (", "At (0, 0)"),
    "-exp(-(x**2 - 10000)**2 - y**2)": ("none of 1 681 starts in |x|, |y| ≤ 10 leads to one", ""),
    "x**2/y**2 + y**2": ("the nearer to (0, 0) the lower, and there it has no value", ""),
    "x**2/(y - 1/3)**2 + (y - 1/3)**2": ("the nearer to (0, 0.333) the lower, and there", ""),
    "(x**2 + y**2)**2/(x**2 + y**2)": ("the nearer to (0, 0) the lower, and there", ""),
    "log(x) + x + y**2": ("falls without end near (0, 0)", ""),
    "x**2 + y**2 + sign(x + y)": ("the lowest values stand beside a leap, near (0, 0)", ""),
}


@pytest.mark.parametrize("text", NOT_FOUND)
def test_where_there_is_no_minimum_it_is_said_why(text):
    f = Expression(text)
    why, saddle = NOT_FOUND[text]
    why = why.replace("1 681", "1\u202f681")
    assert f.minimum() is None
    assert why in f.how
    assert saddle in f.how
    assert ("saddle" in f.how) == bool(saddle)
    assert f.how.startswith((f.no_minimum, "There is no minimum"))


TAILS = [
    "exp(-exp(x)) + y**2", "exp(-(2*x + y)**2) + (x - 2*y)**2", "tanh(x*y)",
    "exp(-exp(x)) + (y - x**2)**2", "exp(-10*x) + (x*y - 1)**2",
    "(y - sin(x))**2 + exp(-10*x)", "tanh(5*x) + (y - x**2)**2",
    "exp(-10*x) + abs(y - x**2)", "abs(x - 2*y) + exp(-10*x)",
]  # fmt: skip


@pytest.mark.parametrize("text", TAILS)
def test_a_tail_that_is_level_to_the_last_digit_is_no_minimum_however_it_winds(text):
    f = Expression(text)
    assert f.minimum() is None
    assert f.how.startswith("No minimum was found: from (")
    assert ") on, one way, it hardly changes any more" in f.how
    assert f.no_minimum == "No minimum was found"


HALF_FLAT = {
    "abs(x) + x + y**2": 0, "abs(x) - x + y**2": 0, "(abs(x) + x)**2 + y**2": 0,
    "abs(x) + x + abs(y) + y": 0, "abs(x - y) + x - y + (x + y)**2": 0,
    "(abs(1 - x - y) + 1 - x - y)/2": 0, "tanh(abs(x) + x) + y**2": 0,
    "sign(x) + y**2": -1, "sign(x) + sign(y)": -2, "abs(x) + x + sin(y)": -1,
    "abs(x - 60) + x - 60 + (y - 1)**2": 0, "sqrt(x**2 + y**2) + x": 0,
    "sqrt(x**2 + y**2) - x + y**2": 0, "sqrt((x - 3)**2 + (y + 1)**2) + x": 3,
}  # fmt: skip


@pytest.mark.parametrize("text", HALF_FLAT)
def test_what_is_flat_one_way_and_rises_the_other_has_its_minimum_wherever_it_is_flat(text):
    f = Expression(text)
    assert f.loss(f.minimum()) == pytest.approx(HALF_FLAT[text], abs=1e-12)
    assert "), one of several places as low: the lowest place found" in f.how


@pytest.mark.parametrize(
    ("text", "level"),
    [("-exp(-exp(x)) + (y - sin(x))**2", False), ("(y - sin(x))**2", True), ("x**2", False)],
)
def test_a_piece_is_level_where_its_floor_is_both_ways_however_it_winds(text, level):
    f = Expression(text)
    assert _level_on(lambda place: (f.loss, f.around), np.array([[8.0, np.sin(8.0)]])) == level


HALF_TAILS = [
    "exp(-exp(y)) + abs(x)",
    "exp(-exp(x)) + abs(y) + y",
    "exp(-10*x) + abs(x - y) + x - y",
    "exp(-exp(y))",
    "exp(-exp(x)) + sqrt((y - 1)**2) + y",
]


@pytest.mark.parametrize("text", HALF_TAILS)
def test_a_tail_beside_a_kink_is_still_a_tail(text):
    assert Expression(text).minimum() is None


@pytest.mark.parametrize("text", ["abs(x*y - 1) + 0.01*x**2", "abs(x - 2*y) + exp(-x)"])
def test_a_kink_along_which_it_falls_on_is_no_minimum(text):
    assert Expression(text).how.startswith("No minimum was found: ")


SEVERAL = {
    "(y - x**2)**2": True, "x**2": True, "(x*y - 1)**2": True, "(y - exp(x))**2": True,
    "abs(x - 2*y)": True, "cos(x) + y**2": True, "x**4 - 2*x**2 + y**2": True,
    "1e-12*x**4 + y**2": False, "1e-9*abs(x) + y**2": False, "1e-9*x**2 + y**2": False,
    "(x + y)**2 + 1e-9*(x - y)**2": False, "x**4 + y**4": False,
    "(x**2 + y**2 - 1)**2 + 0.1*x": False,
}  # fmt: skip


@pytest.mark.parametrize("text", SEVERAL)
def test_where_other_places_are_as_low_it_is_said(text):
    f = Expression(text)
    assert f.minimum() is not None
    assert ("), one of several places as low: the lowest" in f.how) == SEVERAL[text]


def test_the_place_of_the_minimum_is_said():
    assert Expression("x**2 + 4*y**2 - 8*x - 16*y").how.startswith("Minimum at (4, 2): ")


def test_of_places_that_are_alike_the_one_nearest_to_the_origin_is_taken():
    f = Expression("cos(x) + cos(y)")
    np.testing.assert_allclose(f.minimum(), [np.pi, np.pi], atol=1e-9)


# Piece by piece


def local(loss):
    """The surroundings of a function that is written in NumPy, by differences."""

    def around(points, step=1e-4):
        x, y = step * np.eye(2)
        gradient = np.stack(
            [(loss(points + each) - loss(points - each)) / (2 * step) for each in (x, y)], axis=-1
        )
        hessian = [
            (
                loss(points + a + b) - loss(points + a - b) - loss(points - a + b)
                + loss(points - a - b)
            ) / (4 * step**2)
            for a in (x, y)
            for b in (x, y)
        ]  # fmt: skip
        shape = (len(points), 2, 2)
        return search.Local(loss(points), gradient, np.stack(hessian, axis=-1).reshape(shape))

    return around


def bowl(points):
    return (points**2).sum(axis=-1)


def test_a_newton_step_divides_by_the_hessian_with_its_bends_made_positive():
    rng = np.random.default_rng(0)
    half, gradient = rng.normal(size=(9, 2, 2)), rng.normal(size=(9, 2))
    hessian = half + half.swapaxes(1, 2)
    here = search.Local(np.zeros(9), gradient, hessian)
    bends, vectors = np.linalg.eigh(hessian)
    along = np.einsum("pij,pi->pj", vectors, gradient) / np.abs(bends)
    expected = -np.einsum("pij,pj->pi", vectors, along)
    np.testing.assert_allclose(search._newton_step(here), expected, rtol=1e-6)
    solved = np.linalg.solve(hessian, gradient[..., None])[..., 0]
    np.testing.assert_allclose(search._solved(hessian, gradient), solved, rtol=1e-9)
    with np.errstate(all="ignore"):
        assert (search._solved(np.zeros((1, 2, 2)), np.ones((1, 2))) == 0).all()


def test_a_step_is_no_longer_than_ten_times_one_and_how_far_out_it_begins():
    points, step = np.array([[3.0, 4.0]] * 2), np.array([[0.0, -300.0], [30.0, 40.0]])
    np.testing.assert_allclose(search._no_longer(step, points), [[0, -60], [30, 40]])
    np.testing.assert_array_equal(search._no_longer(0 * step, points), 0 * step)


def test_starts_are_followed_from_where_no_neighbour_lies_lower_and_the_lowest_first():
    starts = search.grid()
    assert starts.shape == (41, 41, 2)
    assert starts[0, 0].tolist() == [-10, -10]
    assert starts[1, 2].tolist() == [-9, -9.5]
    heights = np.full((41, 41), 5.0)
    heights[:, 20:] = np.arange(21)[None, :] + np.arange(41)[:, None] * 100
    heights[30:, :20] = np.inf
    heights[5, 5] = heights[7, 9] = 1
    heights[20, 3] = 2
    found = search._basins(starts, heights)
    kept = [tuple(starts[place]) for place in ((0, 20), (7, 9), (5, 5), (20, 3))]
    assert list(map(tuple, found[:4])) == kept
    assert len(found) == search.MOST_BASINS
    assert np.linalg.norm(found[4]) <= np.linalg.norm(found[-1])


LEAPS = {
    "sign": (lambda p: np.sign(p[..., 0]), True),
    "pole": (lambda p: np.where(p[..., 0] > 0, 1 / p[..., 0], 0), True),
    "kink": (lambda p: 1e3 * np.abs(p[..., 0]), False),
    "steep bowl": (lambda p: 1e12 * p[..., 0] ** 2, False),
    "small": (lambda p: 0.02 * np.sign(p[..., 0]), False),
    "far up": (lambda p: 1e3 + np.sign(p[..., 0]), False),
    "edge": (lambda p: np.where(p[..., 0] < 0, np.nan, p[..., 0]), False),
}


@pytest.mark.parametrize("name", LEAPS)
def test_a_leap_is_as_high_close_by_as_farther_aside(name):
    loss, leaps = LEAPS[name]
    with np.errstate(all="ignore"):
        assert search._leaps(loss, np.zeros((1, 2))).tolist() == [leaps]


def test_the_rise_beside_a_point_is_that_to_its_lowest_neighbour_in_its_own_units():
    slope = lambda p: 3 + p[..., 0] + 2 * p[..., 1]  # noqa: E731
    points = np.array([[0.0, 0.0], [3.0, 4.0]])
    expected = [-3 * 0.01 / 4, -3 * 0.06 / 15]
    np.testing.assert_allclose(search._rise(slope, points, 0.01), expected)
    np.testing.assert_allclose(search._rise(bowl, points[:1], 0.01), [1e-4])


def test_a_minimum_is_at_rest_and_a_slope_a_saddle_a_kink_and_a_leap_are_not():
    place = np.zeros((1, 2))
    shapes = {
        bowl: True,
        (lambda p: bowl(p) + 1e-3 * p[..., 0]): False,
        (lambda p: p[..., 0] ** 2 - p[..., 1] ** 2): False,
        (lambda p: np.where(p[..., 0] == 0, 0.0, 1.0)): False,
    }
    for loss, rests in shapes.items():
        assert search._at_rest(loss, local(loss), place).tolist() == [rests]
    assert search._at_a_kink(lambda p: np.abs(p).sum(axis=-1), place).tolist() == [True]
    assert search._at_a_kink(lambda p: p[..., 0], place).tolist() == [False]


def test_a_place_is_told_with_six_decimals_where_it_is_as_good_there():
    points = np.array([[1e-8, -1e-8], [0.5, 0.25]])
    rounded = search._rounded(local(bowl), points)
    np.testing.assert_array_equal(rounded, [[0, 0], [0.5, 0.25]])
    assert not np.signbit(rounded).any()  # nobody reads of a place at -0
    off = np.array([1 / 3, 0.0])
    aside = lambda p: 1e6 * bowl(p - off)  # noqa: E731
    np.testing.assert_array_equal(search._rounded(local(aside), off[None]), off[None])


def test_of_minima_alike_the_nearest_is_best_then_the_one_to_the_right_then_the_upper():
    level = lambda p: 0 * p[..., 0]  # noqa: E731
    points = np.array([[-1.0, 0], [0, -1], [0, 1], [1, 0], [5, 5]])
    assert search._best(level, local(level), points).tolist() == [1, 0]
    assert search._best(level, local(level), points[:3]).tolist() == [0, 1]
    hill = lambda p: -p[..., 0]  # noqa: E731
    assert search._best(hill, local(hill), points).tolist() == [5, 5]


def test_a_saddle_is_the_nearest_to_the_origin_and_none_where_all_bends_point_up():
    rows = lambda p: np.cos(p[..., 0] - 1) + p[..., 1] ** 2  # noqa: E731
    np.testing.assert_allclose(search._saddle(local(rows)), [1, 0], atol=1e-4)
    assert search._saddle(local(bowl)) is None


def test_it_plunges_beside_a_pole_and_not_beside_a_step():
    pole = lambda p: -1 / np.abs(p[..., 0])  # noqa: E731
    slope = lambda p: search.Local(  # noqa: E731
        pole(p), np.stack([np.sign(p[..., 0]) / p[..., 0] ** 2, 0 * p[..., 0]], -1), None
    )
    place = np.array([[1e-4, 0.0]])
    assert search._plunges(pole, slope, np.array([[1e-6, 0.0]])).tolist() == [True]
    assert search._plunges(bowl, local(bowl), place).tolist() == [False]
    step = lambda p: np.sign(p[..., 0])  # noqa: E731
    level = lambda p: search.Local(step(p), np.zeros((len(p), 2)), None)  # noqa: E731
    assert search._plunges(step, level, np.zeros((1, 2))).tolist() == [False]


def test_where_nothing_bends_a_newton_step_leads_downhill_as_far_as_steps_go():
    flat = search.Local(np.zeros(2), np.array([[3.0, 4.0], [0, 0]]), np.zeros((2, 2, 2)))
    with np.errstate(all="ignore"):
        step = search._newton_step(flat)
    assert np.linalg.norm(step[0]) > 1e100
    np.testing.assert_allclose(step[0] / np.linalg.norm(step[0]), [-0.6, -0.8])
    np.testing.assert_array_equal(step[1], 0)
    np.testing.assert_allclose(search._no_longer(step[:1], np.zeros((1, 2))), [[-6, -8]])


def test_a_hole_is_a_place_without_a_value_between_places_that_have_one():
    def with_a_hole(p):
        return np.where((p == 0).all(axis=-1), np.nan, p[..., 0])

    def right_half(p):
        return np.where(p[..., 0] > 0, p[..., 0], np.nan)

    near = np.array([2e-7, -3e-7])
    assert search._hole(with_a_hole, near, np.empty((0, 2))).tolist() == [0, 0]
    assert search._hole(right_half, np.array([2e-7, 0.0]), np.empty((0, 2))) is None
    assert search._hole(bowl, near, np.empty((0, 2))) is None
    # Where the hole is no round place a hint tells of it; a hint far off does not.
    third = np.array([1 / 3, 0.0])
    for hints, found in ((third, True), (third + 0.1, False)):
        aside = search._hole(lambda p: with_a_hole(p - third), third + 2e-8, hints[None])
        assert (aside is not None) == found
        assert not found or aside.tolist() == third.tolist()


def test_a_floor_is_a_line_where_descent_from_its_ends_does_not_lead_back():
    ends, best = np.array([[2.0, 0.0], [-2.0, 0.0]]), np.zeros(2)
    trough, slight = (lambda p: p[..., 1] ** 2), (lambda p: p[..., 1] ** 2 + 1e-3 * p[..., 0] ** 2)
    level, sloped = ((True, True), (True, False))
    with np.errstate(all="ignore"):
        for loss, floor, line in (
            (trough, level, True),
            (slight, level, False),
            (trough, sloped, False),
        ):
            for at in (best, np.array([5.0, 0.0])):
                there = search.Floor((False, False), (False, False), floor, ends + at)
                moved = lambda p, loss=loss, at=at: loss(p - at)  # noqa: E731
                assert search._is_line(moved, local(moved), at, there) == line


def test_it_runs_out_where_it_is_level_one_way_and_higher_the_other():
    def floor(rises, level):
        return search.Floor(rises, (False, False), level, np.zeros((2, 2)))

    still, best = floor((False, False), (False, False)), np.zeros(2)
    ramp = lambda p: np.maximum(p[..., 0], 0) + p[..., 1] ** 2  # noqa: E731
    trough = lambda p: p[..., 1] ** 2  # noqa: E731
    with np.errstate(all="ignore"):
        assert search._runs_out(ramp, local(ramp), best, still)
        assert not search._runs_out(trough, local(trough), best, still)
        assert not search._runs_out(bowl, local(bowl), best, still)
        # As a walk along its floor has found.
        assert search._runs_out(bowl, local(bowl), best, floor((True, False), (False, True)))
        assert not search._runs_out(bowl, local(bowl), best, floor((False, False), (False, True)))


def test_of_a_search_that_came_to_nothing_it_is_said_where_it_was_led():
    nowhere = np.empty((0, 2))
    ends = np.array([[3.0, 0.0], [40.0, 7.0]])
    slope = lambda p: -p[..., 0]  # noqa: E731
    assert search._unfound(slope, ends, nowhere) == "it falls on and on, as far out as (40, 7)"
    step = lambda p: np.sign(p[..., 0] - 3) + (p[..., 0] > 30)  # noqa: E731
    beside = search._unfound(step, ends - [1e-7, 0], nowhere)
    assert beside == "the lowest values stand beside a leap, near (3, 0)"
    none = search._unfound(bowl, ends[:1], nowhere)
    assert none == search._unfound(bowl, nowhere, nowhere)
    assert none.replace("\u202f", " ") == "none of 1 681 starts in |x|, |y| ≤ 10 leads to one"


@pytest.mark.parametrize(
    ("share", "said"), [(0.2, "ever more level"), (0.25, "without end far out")]
)
def test_it_falls_without_end_where_it_falls_by_more_than_one_from_the_last_ring_but_one(
    share, said
):
    """Rings grow tenfold, so -share log(x² + y² + 1) falls by 4.6 shares from one to the next."""
    assert said in Expression(f"-{share}*log(x**2 + y**2 + 1)").how


def test_the_lowest_of_places_are_kept_each_once():
    points = np.array([[2.0, 0], [1, 0], [1 + 1e-9, 0], [0, 0], [3, 0]])
    assert search._few(bowl, points).tolist() == [[0, 0], [1, 0], [2, 0], [3, 0]]
    many = np.column_stack([np.arange(40.0)[::-1], np.zeros(40)])
    assert search._few(bowl, many)[:, 0].tolist() == list(range(search.MOST_SLIDES))


def test_a_newton_step_is_exact_where_it_bends_slightly():
    here = search.Local(np.zeros(1), np.array([[3.0, -4.0]]), np.diag([0.01, -0.02])[None])
    np.testing.assert_allclose(search._newton_step(here), [[-300, 200]], rtol=1e-6)


@pytest.mark.parametrize(
    ("rings", "said"),
    [
        ([0, 0, 0, 0, 0, -0.5], "the farther out the lower"),
        ([0, -0.5, -0.6, -0.7, -0.8, -0.9], "the farther out the lower"),
        ([-1, -0.5, -1.5, -1.6, -1.7, -1.8], ""),  # it rises in between
        ([0, 0, 0, 0, 0, 0], ""),
        ([0, 0, 0, 0, 0, -1.5], "without end far out"),
        ([5, 4, 3, 2, 1, 0.5], ""),  # it is lower near the origin
    ],
)
def test_far_out_it_falls_or_grows_ever_more_level_or_neither(rings, said):
    """Heights at ten, a hundred, ... a million from the origin, and evenly between."""

    def loss(p):
        away = np.log10(np.maximum(np.linalg.norm(p, axis=-1), 1e-9))
        return np.interp(away, np.arange(1, 7), rings, left=0)

    found = search._endless(loss, local(loss), np.empty((0, 2)))
    assert said in found
    assert bool(found) == bool(said)


def test_polishing_takes_the_steps_whose_slope_is_lower():
    near = np.array([[1e-9, -2e-9], [3.0, 4.0]])
    with np.errstate(all="ignore"):
        assert np.abs(search._polished(local(bowl), near)).max() < 1e-9


def test_where_a_loss_looks_level_one_way_it_is_asked_whether_it_is_there():
    def asked_right(place, heading):
        return heading[0] <= 1e-9

    ramp = lambda p: np.maximum(p[..., 0], 0)  # noqa: E731
    assert search._levels(ramp, asked_right, np.zeros(2))
    assert not search._levels(
        ramp, lambda place, heading: not asked_right(place, heading), np.zeros(2)
    )
    assert not search._levels(bowl, lambda place, heading: True, np.zeros(2))


def test_it_runs_out_where_it_is_level_as_far_as_it_has_values():
    ramp = lambda p: np.where(p[..., 0] < -50, np.nan, np.maximum(p[..., 0], 0)) + p[..., 1] ** 2  # noqa: E731
    still = search.Floor((False, False), (False, False), (False, False), np.zeros((2, 2)))
    with np.errstate(all="ignore"):
        assert search._runs_out(ramp, local(ramp), np.zeros(2), still)


def test_of_points_that_are_alike_to_six_decimals_one_slides():
    points = np.array([[2.0, 0.0], [1.0, 0.0], [1.0 + 2e-7, 0.0], [1.0, 2e-6]])
    assert search._few(bowl, points).tolist() == [[1.0, 0.0], [1.0, 2e-6], [2.0, 0.0]]


def test_where_a_function_has_no_pieces_it_is_level_beyond_all_kinks():
    places = np.zeros((1, 2))
    assert search._level_on(lambda place: None, places)
    assert not search._level_on(lambda place: (bowl, local(bowl)), places)
