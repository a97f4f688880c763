"""Poles and jumps are gaps, and steep but whole ground is none."""

import numpy as np
import pytest

from gdplay.loss.expressions import Expression

AXIS = np.linspace(-3, 3, 60)  # 0 is none of its points, and lies in the middle between two


def ground(text):
    return Expression(text).on_grid(np.zeros(2), np.eye(2), AXIS, AXIS)


@pytest.mark.parametrize("text", ["1/x", "abs(x)/x", "sign(x) + y", "x**-3", "atan(1/x) + y**2"])
def test_beside_a_pole_or_a_jump_there_is_a_gap_and_nowhere_else(text):
    gap = np.isnan(ground(text))
    np.testing.assert_array_equal(np.flatnonzero(gap.any(axis=0)), [29, 30])
    assert gap[:, 29:31].all()


def test_poles_aslant_are_found_along_both_axes():
    gap = np.isnan(ground("1/(x - y + 0.05)"))
    assert gap.any(axis=0).sum() > 50
    assert gap.any(axis=1).sum() > 50
    assert gap.mean() < 0.1


@pytest.mark.parametrize(
    "text", ["x**2 + y**2", "tanh(400*x)", "1/(0.001 + x**2)", "exp(5*x)/(1 + y**2)", "abs(x)"]
)
def test_whole_ground_has_no_gap_however_steep(text):
    assert np.isfinite(ground(text)).all()


@pytest.mark.parametrize(("text", "is_gap"), [("2*x + 0.13*sign(x)", 1), ("3*x + 0.1*sign(x)", 0)])
def test_a_jump_is_a_gap_where_it_makes_half_of_a_rise_between_two_points(text, is_gap):
    # Points stand 6/59 apart: the ground rises by 0.20 and jumps by 0.26, then by 0.31 and 0.20.
    assert np.isnan(ground(text)).all(axis=0).tolist() == [
        bool(is_gap) and place in (29, 30) for place in range(60)
    ]


@pytest.mark.parametrize(("jump", "gaps"), [(0.5, 0), (5, 2)])
def test_a_jump_of_less_than_a_fiftieth_of_the_middle_half_of_all_heights_is_no_gap(jump, gaps):
    # Heights reach from -300 to 300, so the middle half are 300 apart.
    text = f"100*y + {jump}*sign(x)"
    assert np.isnan(ground(text)).any(axis=0).sum() == gaps


def test_where_there_is_no_finite_loss_there_is_a_gap():
    assert np.isnan(ground("log(x)")[:, :30]).all()
    assert np.isfinite(ground("log(x)")[:, 30:]).all()
    far = Expression("exp(x**2)").on_grid(np.zeros(2), np.eye(2), 10 * AXIS, AXIS)
    assert np.isnan(far[:, [0, -1]]).all()
