"""What an own function calculates at each update: as jets do, by no call that it can do without."""

import numpy as np
import pytest

from gdplay.loss.expressions import Expression
from gdplay.loss.grammar import evaluated, parse
from gdplay.loss.jets import variables
from gdplay.loss.tapes import tape, value_tape
from tests.loss.test_jets import TEXTS

SHALLOW = "0.1*x**2 + 2*y**2"


@pytest.mark.parametrize(
    "text", [*TEXTS, "0*x + 0/y", "x**y + 2**x", "x - x + sign(y)", "x**2", "exp(y)"]
)
def test_a_tape_gives_what_jets_give(text):
    tree, points = parse(text), np.random.default_rng(0).normal(size=(2, 3, 4)) ** 2
    with np.errstate(all="ignore"):
        value, *slopes = tape(tree)(*points)
        jet = evaluated(tree, *variables(*points, bends=False))
    np.testing.assert_allclose(value, jet.value, rtol=1e-14)
    np.testing.assert_allclose(np.broadcast_arrays(*slopes, jet.value)[:2], jet.slope, rtol=1e-13)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("x + y", 1),
        ("x**2 + y**2", 5),
        ("sin(x)*y", 4),
        ("x**4", 5),  # x², its square, x³ as two products, times 4
        ("exp(x*y)", 4),
        ("exp(x*y)*exp(x*y)", 9),
        (SHALLOW, 9),
    ],
)
def test_a_tape_makes_no_call_that_it_can_do_without(text, count):
    assert len(tape(parse(text)).calls) == count


def test_the_calls_of_a_tape_are_by_numpys_own_names_and_the_last_place_of_one_is_none():
    # x and y, 2 and 0 (the slope in y), then x times 2 (that in x), and the square.
    assert tape(parse("x**2")) == (
        (2, 0), ((np.multiply, 0, 2), (np.square, 0, -1)), (5, 4, 3),
    )  # fmt: skip
    for text, name in {"-x": np.negative, "x**-1": np.reciprocal, "x*y": np.multiply}.items():
        assert name in [call[0] for call in tape(parse(text)).calls], text


@pytest.mark.parametrize(("power", "by_products"), [(3, True), (16, True), (17, False), (-3, True)])
def test_whole_powers_up_to_sixteen_are_products(power, by_products):
    calls = {function for function, *_ in tape(parse(f"x**{power}")).calls}
    assert (np.power not in calls) == by_products
    assert np.multiply in calls


@pytest.mark.parametrize(
    "text", ["x^3*y - 2*x/(1 + y^2)", "x**y", "2**x + x**-1", "sin(x)^4*pi + e"]
)
def test_a_tape_of_values_alone_calculates_as_the_text_says_to_the_last_digit(text):
    x, y = np.random.default_rng(0).normal(size=(2, 500)) * 3
    tree = parse(text)
    with np.errstate(all="ignore"):
        (values,) = value_tape(tree)(x, y)
        np.testing.assert_array_equal(values, evaluated(tree, x, y))


def test_what_is_nothing_in_a_product_of_numbers_is_not_left_out_of_the_value():
    with np.errstate(invalid="ignore"):
        value, _, _ = tape(parse("0*x + y"))(np.array([np.inf]), np.ones(1))
    assert np.isnan(value)


def test_slopes_that_are_the_same_everywhere_fill_the_gradient():
    value, grad = Expression("3*x - y").value_and_grad(np.ones((5, 2, 3)))
    assert value.shape == (5, 3)
    np.testing.assert_array_equal(grad, np.broadcast_to([[3.0], [-1.0]], (5, 2, 3)))
