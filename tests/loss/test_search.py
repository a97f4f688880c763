"""The lowest place of a function: found where there is one, and where there is none, why."""

import numpy as np
import pytest

from gdplay.loss.expressions import Expression
from gdplay.loss.search import SIDE

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
}  # fmt: skip


@pytest.mark.parametrize("text", FOUND)
def test_the_minimum_is_that_of_the_literature_or_of_plain_sight(text):
    f = Expression(text)
    np.testing.assert_allclose(f.minimum(), FOUND[text], atol=2e-9)
    count = f"{SIDE**2:,}".replace(",", "\u202f")
    assert f.how.startswith("Minimum at (")
    assert f.how.endswith(f": the lowest place found from {count} starts in |x|, |y| ≤ 10.")


NOT_FOUND = {
    "5 + x**2 + y**2 + 5*x*y": ("falls without end far out", "At (0, 0) its slope is zero"),
    "x**3 - 3*x + y**2": ("falls without end far out", "At (-1, 0) its slope is zero"),
    "x + y": ("falls without end far out", ""),
    "-x**2 - exp(y)": ("falls without end far out", ""),
    "log(x**2 + y**2)": ("falls without end near (0, 0)", ""),
    "tan(x) + y**2": ("falls without end near (", ""),
    "exp(-x) + y**2": ("the farther out the lower", ""),
    "tanh(x) + y**2": ("the farther out the lower", ""),
    "1/(1 + x**2)": ("the farther out the lower", ""),
    "exp(-10*x) + y**2": ("the farther out the lower", ""),
    "exp(-exp(x)) + y**2": ("the farther out the lower", ""),
    "exp(-(2*x + y)**2) + (x - 2*y)**2": ("no place was found that is lowest", "At (0, 0)"),
    "tanh(x*y)": ("the farther out the lower", ""),
    "(x*y - 1)**2 + x**2": ("no place was found that is lowest", "At (0, 0)"),
    "-exp(-(x - 100)**2 - y**2)": ("no place was found that is lowest", ""),
}


@pytest.mark.parametrize("text", NOT_FOUND)
def test_where_there_is_no_minimum_it_is_said_why(text):
    f = Expression(text)
    why, saddle = NOT_FOUND[text]
    assert f.minimum() is None
    assert why in f.how
    assert saddle in f.how
    assert ("saddle" in f.how) == bool(saddle)


def test_the_place_of_the_minimum_is_said():
    assert Expression("x**2 + 4*y**2 - 8*x - 16*y").how.startswith("Minimum at (4, 2): ")


def test_of_places_that_are_alike_the_one_nearest_to_the_origin_is_taken():
    f = Expression("cos(x) + cos(y)")
    np.testing.assert_allclose(f.minimum(), [np.pi, np.pi], atol=1e-9)
