"""What rules are told of a problem: numbers of paraboloids and of three rows, by hand."""

import numpy as np
import pytest

import gdplay as gd
from gdplay.loss.sights import FEW, lack, looker
from gdplay.optimizers.rule import CURVATURE, HESSIAN, LOSS, MATRIX, MINIMUM

BOWL = gd.Expression("2*x**2 + 0.5*y**2 + 3")
TROUGH = gd.Expression("(x - 1)**2 + 0*y")
SLOPE = gd.Expression("x + y")
LINE = gd.default_experiment().problem
ALL = frozenset({LOSS, HESSIAN, CURVATURE, MINIMUM, MATRIX})
PLACES = np.array([[[1.0, 0.0], [2.0, 0.0]]])


class Needing(gd.SGD):
    def __init__(self, *needs):
        super().__init__()
        object.__setattr__(self, "needs", frozenset(needs))


class Wide:
    """A problem of so many parameters, of which nothing else may be asked."""

    def __init__(self, n_params):
        self.n_params = n_params

    def minimum(self):
        raise AssertionError("of many parameters no minimum is sought")


class Level(Wide):
    """Its least loss is 7, and there it bends as one says."""

    def __init__(self, bends):
        super().__init__(len(bends))
        self.bends = bends

    def minimum(self):
        return np.zeros(self.n_params)

    def loss(self, params):
        return np.asarray(7.0)

    def hessian(self, params):
        return self.bends


def test_a_paraboloid_bends_by_four_and_one_above_three():
    seen = looker(BOWL, ALL)(PLACES, None)
    assert (seen.largest, seen.smallest, seen.least) == pytest.approx((4, 1, 3))
    assert seen.hessian.shape == (1, 2, 2, 2)
    assert seen.hessian[0, :, :, 1] == pytest.approx(np.diag([4, 1]))
    assert seen.loss(PLACES) == pytest.approx(np.array([[[2 + 2 + 3, 3]]]))


def test_where_a_trough_is_flat_it_has_no_curvature():
    seen = looker(TROUGH, frozenset({CURVATURE}))(PLACES, None)
    assert (seen.largest, seen.smallest, seen.least) == pytest.approx((2, 2, 0), abs=1e-12)


def test_the_largest_and_the_least_curvature_are_told_however_slight_and_none_that_is_nothing():
    for bends, largest, smallest in (
        ([1, 2, 4], 4, 1),
        ([1e-12, 2e-12, 3e-12], 3e-12, 1e-12),
        ([0, 1e-11, 2, 5], 5, 2),
        ([1e-9, 1], 1, 1e-9),
        ([-1, 3], 3, 3),
    ):
        seen = looker(Level(np.diag(bends)), frozenset({CURVATURE}))(PLACES, None)
        assert (seen.largest, seen.smallest) == pytest.approx((largest, smallest)), bends


def test_a_rule_is_told_no_more_than_it_needs():
    seen = looker(BOWL, frozenset())(PLACES, None)
    assert np.isnan([seen.largest, seen.smallest, seen.least]).all()
    assert seen.hessian.size == 0
    assert np.isnan(seen.loss(PLACES)).all()
    seen = looker(BOWL, frozenset({MINIMUM}))(PLACES, None)
    assert seen.least == pytest.approx(3)
    assert seen.hessian.size == 0


def test_a_loss_is_that_of_the_rows_at_hand():
    seen = looker(LINE, frozenset({LOSS, HESSIAN}))
    rows = np.array([[0, 5, 9]])
    theta = np.array([[[0.5], [1.0]]])
    residual = 0.5 + LINE.X[rows[0], 0] - LINE.y[rows[0]]
    sight = seen(theta, LINE.gather(rows))
    assert sight.loss(theta) == pytest.approx(np.full((1, 1, 1), (residual**2).mean() / 2))
    x = np.column_stack([np.ones(3), LINE.X[rows[0]]])
    assert sight.hessian[0, :, :, 0] == pytest.approx(x.T @ x / 3)
    whole = seen(theta, None).loss(theta)
    assert whole.shape == (1, 1, 1)
    assert whole[0, 0, 0] == pytest.approx(float(LINE.loss(theta[0, :, 0])))


@pytest.mark.parametrize("need", [HESSIAN, MATRIX, CURVATURE, MINIMUM])
def test_matrices_are_for_thirty_two_parameters_and_no_more(need):
    assert FEW == 32
    assert lack(Wide(FEW + 1), Needing(need)) == "it takes at most 32 parameters, and here are 33"
    assert lack(Wide(FEW + 1), Needing(LOSS)) == ""
    if need in (HESSIAN, MATRIX):
        assert lack(Wide(FEW), Needing(need)) == ""


def test_what_a_problem_cannot_tell_is_said():
    for need in (MINIMUM, CURVATURE):
        assert lack(BOWL, Needing(need)) == ""
        assert "none is known" in lack(SLOPE, Needing(need)), need
    for bends in (0.0, -1.0, np.inf):
        flat = Level(np.diag([bends, bends]))
        assert "does not bend there" in lack(flat, Needing(CURVATURE)), bends
        assert lack(flat, Needing(MINIMUM)) == "", bends
        seen = looker(flat, frozenset({CURVATURE}))(PLACES, None)
        assert seen.least == 7, bends
        assert np.isnan([seen.largest, seen.smallest]).all(), bends
    assert lack(SLOPE, Needing(LOSS, HESSIAN, MATRIX)) == ""
    assert lack(SLOPE, gd.SGD()) == ""
