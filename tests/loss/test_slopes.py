"""Derivatives in symbols: as short as people write them, and the same as those in numbers."""

import numpy as np
import pytest

from gdplay.loss.grammar import evaluated, parse, written
from gdplay.loss.jets import variables
from gdplay.loss.slopes import slope
from tests.loss.test_jets import TEXTS


@pytest.mark.parametrize(
    ("text", "in_x", "in_y"),
    [
        ("0.1*x**2 + 2*y**2", "0.2*x", "4*y"),
        ("x**2 + 4*y**2 - 8*x - 16*y", "2*x - 8", "8*y - 16"),
        ("5 + x**2 + y**2 + 5*x*y", "2*x + 5*y", "2*y + 5*x"),
        ("-sin(x)*2", "-(2*cos(x))", "0"),
        ("exp(-x)/y", "-(exp(-x)/y)", "-(exp(-x)/y**2)"),
        ("log(x) + 2**y", "1/x", "2**y*log(2)"),
        ("(x - y)*3", "3", "-3"),
        ("x**3/3", "x**2", "0"),
        ("x**2/3", "2*x/3", "0"),
        ("sin(exp(x*y))", "y*cos(exp(x*y))*exp(x*y)", "x*cos(exp(x*y))*exp(x*y)"),
    ],
)
def test_derivatives_are_written_as_people_write_them(text, in_x, in_y):
    assert [written(slope(parse(text), name)) for name in "xy"] == [in_x, in_y]


@pytest.mark.parametrize("text", TEXTS)
def test_derivatives_in_symbols_and_in_numbers_are_the_same(text):
    x, y = np.array([1.1, 0.9]), np.array([0.8, 1.2])
    jet = evaluated(parse(text), *variables(x, y, bends=False))
    shown = [evaluated(slope(parse(text), name), x, y) * np.ones(2) for name in "xy"]
    np.testing.assert_allclose(shown, jet.slope, rtol=1e-12, atol=1e-12)
