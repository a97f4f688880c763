"""A step over a pole is found, wherever it is in the step, and no other step is taken for one."""

from types import SimpleNamespace

import numpy as np
import pytest

import gdplay as gd
from gdplay.loss import grammar
from gdplay.loss.surfaces.texts import tree_of
from gdplay.theory.crossings import crossing


def crossed(text, *ends, updates=None):
    trace = SimpleNamespace(path=np.array(ends), path_updates=np.array(updates or range(len(ends))))
    return crossing(gd.Expression(text), trace)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("1/x", 0), ("1/x**2 + y**2", 0), ("1/(x - 0.3) + y", 0.3), ("-1/abs(x + 0.7)", -0.7),
        ("tan(x/4)", 2 * np.pi), ("log(abs(x)) + y**2", 0), ("3 - log(abs(x)) - y", 0),
    ],
)  # fmt: skip
@pytest.mark.parametrize(("begin", "end"), [(-0.9, 7.0), (7.0, -0.75), (-2.5, 6.9)])
def test_a_pole_is_found_wherever_it_lies_in_a_step(text, place, begin, end):
    found = crossed(text, (begin, 1.0), (end, 1.5))
    assert (found.update, found.pole) == (1, True)
    assert found.place[0] == pytest.approx(place, abs=1e-3 * abs(end - begin))


def test_a_pole_beside_the_begin_of_a_long_step_is_found():
    found = crossed("1/x", (-0.01, 2.0), (1000.0, 2.0))
    assert found.pole
    np.testing.assert_allclose(found.place, [0, 2], atol=1)


@pytest.mark.parametrize(
    "text",
    [
        "x**2 + y**2",
        "1/(0.001 + x**2)",
        "1/x + 1/(y + 9)*0",
        "abs(x)**0.5",
        "sqrt(x + 30)",
        "exp(5*x)",
    ],
)
def test_steps_over_whole_ground_cross_none(text):
    begin = 0.5 if text.startswith("1/x") else -20.0
    assert crossed(text, (begin, 1.0), (2.0, 1.5), (1.0, -1.0)) is None


def test_a_stretch_without_a_value_is_no_pole():
    found = crossed("sqrt(x**2 - 1)", (-3.0, 0.0), (-2.0, 0.0), (3.0, 0.0))
    assert (found.update, found.pole) == (2, False)
    assert abs(found.place[0]) <= 1


def test_only_single_updates_between_known_states_count():
    assert crossed("1/x", (-1.0, 0.0), (1.0, 0.0), updates=(400, 407)) is None
    assert crossed("log(x)", (-1.0, 0.0), (1.0, 0.0)) is None  # it begins where nothing is
    assert crossed("1/x", (1.0, 0.0)) is None
    assert crossed("1/x", (1.0, 0.0), (2.0, 0.0), (-1.0, 0.0), updates=(5, 6, 7)).update == 7


def test_what_has_rows_has_no_poles():
    base = gd.default_experiment()
    (trace, *_) = gd.train(base)
    assert crossing(base.problem, trace) is None


@pytest.mark.parametrize(
    ("text", "may"),
    [
        ("x**2*y - 3", False),
        ("exp(x)/2", False),
        ("x/y", True),
        ("3 + log(x)", True),
        ("x**0.5", True),
    ],
)
def test_which_functions_may_break(text, may):
    assert grammar.may_break(tree_of(text)) is may


def test_a_place_is_told_to_a_thousandth_of_the_steps_length():
    """The first step is 1 000 long, and at 0 it is at 1.00086 across; the second is 0.01 long."""
    assert crossed("1/x", (-1.23456, 1.0), (998.76544, 1.7)).place.tolist() == [0.0, 1.0]
    short = crossed("1/(x - 0.123456789)", (0.12, 0.2), (0.13, 0.2000123)).place
    assert short.tolist() == [0.12346, 0.2]


def test_a_pole_beyond_the_end_of_a_step_is_not_crossed():
    assert crossed("1/x", (-3.0, 1.0), (-1.0, 1.0)) is None
    assert crossed("1/x", (3.0, 1.0), (1.0, 1.0)) is None
    assert crossed("1/x", (3.0, 1.0), (1.0, 1.0), (-1.0, 1.0)).update == 2


@pytest.mark.parametrize("size", ["1e-16", "1e-8", "1", "1e8"])
def test_a_pole_is_found_whatever_the_function_is_large(size):
    for begin, end in ((-0.9, 7.0), (7.0, -0.75), (-2.5, 6.9)):
        found = crossed(f"{size}/(x - 0.3)", (begin, 1.0), (end, 1.0))
        assert found.pole
        assert found.place.tolist() == [0.3, 1]


def test_a_place_that_is_rounded_to_zero_has_no_minus():
    found = crossed("1/x", (-3.0, -1e-5), (5.0, -1e-5))
    assert found.place.tolist() == [0, 0]
    assert not np.signbit(found.place).any()
