"""Derivatives that are carried along: against differences of extended precision, and exact."""

from decimal import Decimal

import numpy as np
import pytest

from gdplay.loss.grammar import evaluated, parse
from gdplay.loss.jets import FUNCTIONS, MOST_FACTORS, Jet, power, variables

INSIDE = {"acos": 0.4, "asin": 0.4, "log": 1.3, "sqrt": 1.3, "abs": -0.7}
STEP = np.longdouble(1e-4)

TEXTS = [
    *(f"{name}({INSIDE.get(name, 0.8)}*x)*y**2 + {name}({INSIDE.get(name, 0.8)} + 0*y)*y"
      for name in FUNCTIONS),
    "x*y - 3*x/y + (1 - x)/(2 - y**3)", "-x**3 + 2**x + x**y - y**0.5", "x**-2*y**1 + x**0",
    "5 - (x - 2)*3 + 2/x + pi*e**-y", "sin(x*y)*exp(-x**2/2) + tanh(x/y)/sqrt(x)",
]  # fmt: skip


def differences(text, x, y):
    """Return slopes and second derivatives by central differences of 64 bits, to about 1e-11."""
    tree, h = parse(text), STEP

    def f(i, j):
        at = (np.longdouble(x) + i * h, np.longdouble(y) + j * h)
        return evaluated(tree, *at, np.longdouble)

    def first(i, j):  # five points: the error is of fourth order
        return (8 * (f(i, j) - f(-i, -j)) - (f(2 * i, 2 * j) - f(-2 * i, -2 * j))) / (12 * h)

    def second(i, j):
        near, far = f(i, j) + f(-i, -j), f(2 * i, 2 * j) + f(-2 * i, -2 * j)
        return (16 * near - far - 30 * f(0, 0)) / (12 * h * h)

    xx, yy = second(1, 0), second(0, 1)
    cross = (second(1, 1) - xx - yy) / 2
    return np.array([first(1, 0), first(0, 1)]), np.array([xx, cross, yy])


@pytest.mark.parametrize("text", TEXTS)
def test_derivatives_are_those_of_differences_in_extended_precision(text):
    x, y = 1.1, 0.8
    jet = evaluated(parse(text), *variables(np.array(x), np.array(y), bends=True))
    slopes, bends = differences(text, x, y)
    assert jet.value == pytest.approx(float(evaluated(parse(text), x, y)), rel=1e-15)
    np.testing.assert_allclose(jet.slope, slopes.astype(float), rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(jet.bend, bends.astype(float), rtol=1e-8, atol=1e-8)


def test_jets_of_any_shape_are_those_of_each_point_and_first_order_is_enough_for_slopes():
    tree = parse("sin(x)*y**3/(1 + x**2) - 2")
    x, y = np.random.default_rng(3).normal(size=(2, 4, 3))
    many = evaluated(tree, *variables(x, y, bends=True))
    assert many.slope.shape == (2, 4, 3)
    assert many.bend.shape == (3, 4, 3)
    one = evaluated(tree, *variables(x[2, 1], y[2, 1], bends=True))
    np.testing.assert_array_equal(many.bend[:, 2, 1], one.bend)
    flat = evaluated(tree, *variables(x, y, bends=False))
    assert flat.bend is None
    np.testing.assert_array_equal(flat.slope, many.slope)


def test_powers_of_zero_have_the_slopes_that_they_have():
    for text, slope, bend in [("x", 1, 0), ("x**2", 0, 2), ("x**3", 0, 0), ("x**0 + x**1", 1, 0)]:
        jet = evaluated(parse(text), *variables(np.zeros(1), np.zeros(1), bends=True))
        assert (jet.slope[0], jet.bend[0]) == (slope, bend), text


def test_exact_decimals_stay_exact():
    ones = [np.array([Decimal(text)], dtype=object) for text in ("0.3", "-1.7")]
    jet = evaluated(parse("0.1*x**2 + y**3/4 - x*y"), *variables(*ones, bends=True), Decimal)
    assert jet.value.item() == Decimal("0.009") - Decimal("1.22825") + Decimal("0.51")
    assert jet.slope[:, 0].tolist() == [Decimal("1.76"), Decimal("1.8675")]
    assert [float(bend) for bend in jet.bend[:, 0]] == [0.2, -1, -2.55]


def test_at_its_kink_the_slope_of_abs_counts_as_zero():
    jet: Jet = evaluated(parse("abs(x)"), *variables(np.zeros(1), np.zeros(1), bends=True))
    assert not jet.slope.any()
    assert not jet.bend.any()


def test_whole_powers_of_floats_are_products_to_the_last_digits_and_take_none_of_numpys():
    x = np.array([-1.7, -0.3, 0.0, 0.9, 2.4, np.inf, -np.inf, np.nan])
    with np.errstate(all="ignore"):
        for n in range(-MOST_FACTORS, MOST_FACTORS + 1):
            np.testing.assert_allclose(power(x, np.float64(n)), x ** float(n), rtol=4e-15)
        for n in (0.5, 2.5, -1.5, MOST_FACTORS + 1.0):
            np.testing.assert_array_equal(power(x, n), x**n)
    assert power(x, np.float64(3))[3] == 0.9 * 0.9 * 0.9
    exact = power(np.array([Decimal("0.3")]), Decimal(3))
    assert exact.tolist() == [Decimal("0.027")]
