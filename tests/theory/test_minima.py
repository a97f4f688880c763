"""Of several minima: how each bends, and what a rate does at the others."""

import numpy as np
import pytest

import gdplay as gd
from gdplay.theory.limits import marks, verdict
from gdplay.theory.minima import (
    largest_bends,
    minima,
    nearest,
    other_limits,
    point,
    settling_words,
    where_words,
)

HIMMELBLAU = gd.SURFACES["himmelblau"]
LINE = gd.default_experiment().problem


def bend(x, y):
    """The largest curvature of (x^2 + y - 11)^2 + (x + y^2 - 7)^2, by hand."""
    cross = 4 * (x + y)
    hessian = [[12 * x * x + 4 * y - 42, cross], [cross, 12 * y * y + 4 * x - 26]]
    return np.linalg.eigvalsh(hessian)[-1]


def test_every_minimum_of_a_function_has_its_largest_curvature():
    places = minima(HIMMELBLAU)
    assert places.shape == (4, 2)
    np.testing.assert_allclose(largest_bends(HIMMELBLAU), [bend(*at) for at in places], rtol=1e-6)
    assert largest_bends(LINE) == ()
    assert minima(LINE).shape == (0, 2)
    assert largest_bends(gd.SURFACES["ackley"])[0] == 0  # a kink


def test_a_run_is_bound_for_the_minimum_that_lies_nearest():
    at = minima(HIMMELBLAU)[nearest(HIMMELBLAU, np.array([3.0, -1.0]))]
    np.testing.assert_allclose(at, (3.584428, -1.848127), atol=1e-6)
    assert nearest(HIMMELBLAU, np.array([3.1, 1.8])) == 0


def test_where_curvature_is_taken_names_the_minimum_where_there_are_several():
    assert where_words(HIMMELBLAU) == "at the minimum (3, 2)"
    assert where_words(gd.SURFACES["rosenbrock"]) == "at the minimum"
    assert where_words(gd.SURFACES["bowl"]) == where_words(LINE) == "everywhere"
    assert where_words(gd.SURFACES["ackley"]) == "at the usual start"


def test_a_place_is_written_without_a_minus_before_zero():
    assert point((-0.0, 1.5)) == "(0, 1.5)"


# 2/L is .0243 at (3, 2), and .0248, .0149 and .0190 at the others.
@pytest.mark.parametrize(
    ("rate", "words"),
    [
        (0.014, "descent can settle there and at the 3 others"),
        (0.018, "descent can settle there, not at 1 of the 3 others"),
        (0.022, "descent can settle there, not at 2 of the 3 others"),
        (0.0245, "descent cannot settle there, only at 1 of the 3 others"),
        (0.025, "descent cannot settle there, nor at any other minimum"),
    ],
)
def test_a_verdict_says_at_which_minima_a_rate_lets_descent_settle(rate, words):
    said = verdict(HIMMELBLAU, gd.SGD(lr=rate), rate)
    head, what = said.split(": ")
    assert head.endswith("2/L at the minimum (3, 2)") or rate == 0.0245
    assert what.split(";")[0] == words
    well = sum(rate <= 2 / bend(*at) for at in minima(HIMMELBLAU)[1:])
    assert (str(3 - well if rate < 0.0243 else well) in words) or well in (0, 3)


def test_two_minima_that_bend_alike_are_told_together():
    saddle = gd.SURFACES["saddle"]
    assert settling_words(saddle, 2.0, 0.1) == " there and at the other minimum"
    assert other_limits(saddle) == "; at the other minimum 2/L is 0.25"
    camel = gd.SURFACES["three_hump_camel"]
    assert settling_words(camel, 2.0, 0.2) == " there alone"
    assert other_limits(camel) == "; at the 2 others 2/L is 0.163"


def test_where_there_is_one_minimum_or_none_nothing_is_said_of_others():
    for problem in (LINE, *(gd.SURFACES[key] for key in ("rosenbrock", "ackley", "monkey_saddle"))):
        assert settling_words(problem, 2.0, 0.1) == other_limits(problem) == ""


def test_the_mark_of_the_limit_tells_of_the_other_minima():
    (mark,) = (mark for mark in marks(HIMMELBLAU, [], []) if mark.label == "2/L")
    assert mark.about.endswith(
        "L is taken at the minimum (3, 2); at the 3 others 2/L is 0.0149 to 0.0248."
    )


def test_where_no_minimum_is_known_the_verdict_says_where_the_curvature_was_taken():
    said = verdict(gd.SURFACES["monkey_saddle"], gd.SGD(lr=0.2), 0.2)
    assert said.startswith("0.6 times 2/L: L is taken at the usual start; there is no ")
    said = verdict(gd.SURFACES["ackley"], gd.SGD(lr=0.2), 0.2)
    assert said == "Nothing bends upwards at the usual start: curvature sets no limit"
