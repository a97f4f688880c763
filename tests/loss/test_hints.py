"""What a function's text tells: where its linear parts meet, its smooth pieces, level rays."""

import numpy as np
import pytest

from gdplay.loss import hints
from gdplay.loss.grammar import parse, written
from gdplay.loss.hints import FARTHEST, MOST_LINES, level_along, meetings, piece

MEETINGS = {
    "exp(-(x - 205)**2) + y**2": [(0, 0), (205, 0)],
    "sin(2*x + 6)*abs(y - 4)": [(-3, 0), (-3, 4), (0, 0), (0, 4)],
    "exp(x + y - 10)*(x - y)**2": [(0, 0), (0, 10), (5, 5), (10, 0)],
    "x**2 + y**2": [(0, 0)],
    "sin(x - y)*sin(x - y - 1)": [(0, -1), (0, 0), (1, 0)],
    f"abs(x - {FARTHEST:g}) + exp(y - {2 * FARTHEST:g})": [(0, 0), (FARTHEST, 0)],
}


@pytest.mark.parametrize("text", MEETINGS)
def test_searches_start_where_two_linear_parts_are_zero(text):
    found = meetings(parse(text))
    np.testing.assert_allclose(found, MEETINGS[text], atol=1e-9)
    assert not np.signbit(found[found == 0]).any()


def test_of_many_linear_parts_the_first_are_taken():
    text = "+".join(f"abs(x-{i})" for i in range(1, MOST_LINES + 5))
    assert not len(meetings(parse(f"sin({text})*abs(y)")))
    assert len(meetings(parse(f"abs(y)+{text}"))) == MOST_LINES - 1


PIECES = [
    ("abs(x) + x", (-2, 0), "-x + x"),
    ("abs(x) + x", (2, 0), "x + x"),
    ("abs(x) + abs(y)", (3, 0), "x + abs(y)"),
    ("sign(x - 3)*y + abs(abs(y) - 5)", (1, 2), "-1*y + (-(y - 5))"),
    ("sign(x - 3)*y + abs(abs(y) - 5)", (4, -7), "1*y + (-y - 5)"),
    ("abs(x)", (0.5e-9, 0), "abs(x)"),
    ("abs(x)", (1.5e-9, 0), "x"),
    ("abs(x - 1e6)", (1e6 + 5e-4, 0), "abs(x - 1000000)"),
    ("abs(x - 1e6)", (1e6 + 5e-3, 0), "x - 1000000"),
]


@pytest.mark.parametrize(("text", "place", "smooth"), PIECES)
def test_a_piece_goes_on_as_the_function_is_at_a_place(text, place, smooth):
    assert written(piece(parse(text), np.array(place, float))) == written(parse(smooth))


@pytest.mark.parametrize(
    ("text", "place", "heading", "expected"),
    [
        ("sqrt(x**2 + y**2) + x", (0, 0), (-1, 0), True),
        ("sqrt(x**2 + y**2) + x", (0, 0), (1, 0), False),
        ("sqrt(x**2 + y**2) + x", (0, 1), (-1, 0), False),
        ("sqrt((x - 3)**2 + y**2) + x", (1, 0), (-1, 1e-17), True),
        ("sqrt((x - 3)**2 + y**2) + x", (1, 0), (1, 0), False),
        ("(x**2 + y**2)**0.5 + 0.6*x + 0.8*y", (0, 0), (-0.6, -0.8), True),
        ("sqrt(x**2 + 1) + x", (0, 0), (-1, 0), False),
        ("abs(x) + x - sign(-x)/2", (-1, 3), (-1, 2), True),
        ("abs(x) + x", (-1, 3), (1, 0), False),
        ("x**2*y - y*x*x + 3*x/2 - 1.5*x", (1, 2), (1, 3), True),
        ("x**2*y + -y*x*x*1.001", (1, 2), (1, 3), False),
        ("sin(x - 2*y)", (1, 2), (2, 1), True),
        ("exp(-x)", (40, 0), (1, 0), False),
        ("1/x - 1/x", (1, 1), (1, 0), False),
        ("-x + abs(x)", (1, 0), (1, 0), True),
        ("-x - abs(x)", (-1, 0), (-1, 0), True),
        ("x**1 - x", (1, 1), (1, 0), True),
        ("x**8 - x**4*x**4", (1, 1), (1, 0), True),
        ("(x**2 + y**2)**0.25 + 0.6*x + 0.8*y", (0, 0), (-0.6, -0.8), False),
        ("x", (0, 0), (1.5e-12, 1), False),
        ("x", (0, 0), (0.5e-12, 1), True),
    ],
)
def test_a_ray_is_level_where_the_text_has_no_length_along_it(text, place, heading, expected):
    assert level_along(parse(text), np.array(place, float), np.array(heading)) == expected


def test_a_square_of_rising_numbers_has_its_root_and_nothing_else_has():
    assert hints._root(np.array([4.0, 12.0, 9.0])).tolist() == [2.0, 3.0]
    # So has one that rounding alone keeps from being a square, at any size.
    assert hints._root(np.array([4e12, 12e12 + 1, 9e12])).tolist() == [2e6, 3e6]
    assert hints._root(np.array([4e12, 12e12 + 100, 9e12])) is None
    for line in ([4.0, -12.0, 9.0], [4.0, 11.0, 9.0], [4.0, 12.0], [4.0, 12.0, 9.0, 1.0]):
        assert hints._root(np.array(line)) is None


def test_powers_that_rounding_alone_has_left_are_dropped_at_any_size():
    one, other = np.array([0.0, 1e6]), np.array([3.0, -1e6 + 1e-7])
    assert hints._combined("+", [one, other]).tolist() == [3]
    assert hints._combined("-", [one, -other]).tolist() == [3]
    whole = hints._combined("+", [one, np.array([3.0, -1e6 + 1e-5])])
    assert whole == pytest.approx([3, 1e-5], rel=1e-3)


@pytest.mark.parametrize(
    ("line", "side"),
    [([0, 2], 1), ([0.5, 0.2], 1), ([-1, -3], -1), ([-0.5, 0], -1), ([1, -1], 0), ([0, 0, 3], 1)],
)
def test_a_polynomial_has_a_side_where_all_its_coefficients_have(line, side):
    assert hints._side(np.array(line, float)) == side
    known = [np.array(line, float)]
    if side:
        assert hints._combined("abs", known).tolist() == [abs(part) for part in line]
        assert hints._combined("sign", known).tolist() == [side]
    else:
        assert hints._combined("abs", known) is None
