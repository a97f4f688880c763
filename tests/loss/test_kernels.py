"""Kernels by hand: two rows, and what their losses, slopes and curvatures come to."""

import math

import numpy as np
import pytest

from gdplay.loss.kernels import LeastSquares, LogLoss, SoftmaxLoss, margin_losses, sums_of_logs

RESIDUAL = LeastSquares(np.array([[1.0], [3.0]]), np.array([2.0, 5.0]))
THETA = np.array([0.5, 1.0])[None, :, None]
ROWS = np.array([[2.0], [-1.0]])
THIRDS = SoftmaxLoss(ROWS, np.array([0.0, 2.0]), 3)
"""Where all its parameters are zero, each of three classes has a third."""


def at_once(kernel, theta):
    """Return the summed loss over all rows and its gradient, of one run."""
    sums, grads = kernel.sums_and_grads(kernel.rows[None], theta)
    assert kernel.sums(kernel.rows[None], theta) == pytest.approx(sums)
    return float(sums[0, 0]), grads[0, :, 0]


def test_two_residuals_by_hand():
    """0.5 + 1 - 2 = -0.5 and 0.5 + 3 - 5 = -1.5."""
    assert RESIDUAL.rows.tolist() == [[1, 1, -2], [1, 3, -5]]
    assert RESIDUAL.n_params == 2
    loss, grad = at_once(RESIDUAL, THETA)
    assert loss == (0.25 + 2.25) / 2
    assert grad.tolist() == [-2, -0.5 - 4.5]
    assert RESIDUAL.hessian(np.zeros(2)).tolist() == [[2, 4], [4, 10]]
    assert RESIDUAL.products(np.zeros(2), np.array([[1.0, -1.0]])).tolist() == [[-2, -6]]


def test_rows_beyond_a_tile_count_as_much():
    """Of so many runs sixteen rows make a tile, and here are forty."""
    kernel = LeastSquares(np.arange(40.0)[:, None], np.ones(40))
    theta = np.broadcast_to(np.array([[[2.0], [0.0]]]), (1, 2, 1 << 12))
    sums, grads = kernel.sums_and_grads(kernel.rows[None], theta)
    assert sums[0, [0, -1]].tolist() == [20, 20]
    assert grads[0, :, -1].tolist() == [40, sum(range(40))]
    assert kernel.sums(kernel.rows[None], theta)[0, -1] == 20


def test_rows_are_kept_until_there_are_more_than_columns():
    for n in (2, 3):
        kernel = LeastSquares(np.arange(n)[:, None] + 1.0, np.ones(n))
        assert kernel.compressed() is kernel.rows, n
    kernel = LeastSquares(np.arange(4)[:, None] + 1.0, np.ones(4))
    assert kernel.compressed().shape == (3, 3)
    assert kernel.compressed().T @ kernel.compressed() == pytest.approx(kernel.rows.T @ kernel.rows)
    assert LogLoss(ROWS, np.array([0.0, 1.0])).compressed().shape == (2, 2)


def test_a_margin_of_log_three_is_a_chance_of_three_quarters():
    """So the loss is log 4/3, its slope -1/4 and its curvature 3/16, at x = 2 and class 1."""
    kernel = LogLoss(np.array([[2.0]]), np.array([1.0]))
    params = np.array([math.log(3) - 1, 0.5])
    loss, grad = at_once(kernel, params[None, :, None])
    assert loss == pytest.approx(math.log(4 / 3), rel=1e-14)
    assert grad == pytest.approx([-1 / 4, -2 / 4])
    assert kernel.hessian(params) == pytest.approx(3 / 16 * np.array([[1, 2], [2, 4]]))
    # The other class turns the margin round, and with it the slope.
    kernel = LogLoss(np.array([[2.0]]), np.array([0.0]))
    loss, grad = at_once(kernel, params[None, :, None])
    assert loss == pytest.approx(math.log(4), rel=1e-14)
    assert grad == pytest.approx([3 / 4, 6 / 4])
    assert (kernel.n_params, kernel.n_slots) == (2, 2)


@pytest.mark.parametrize("n", [1, 3, 64, 65, 200])
@pytest.mark.parametrize("margin", [-800.0, -40.0, -1.0, 0.0, 6.0, 7.0, 40.0])
def test_equal_margins_have_so_many_times_one_loss(n, margin):
    margins = np.full((n, 2), margin)
    margins[:, 1] = 0
    with np.errstate(all="ignore"):
        found = margin_losses(margins, np.exp(margins))
    assert found == pytest.approx([n * np.logaddexp(0, -margin), n * math.log(2)], rel=2e-13)


@pytest.mark.parametrize("columns", [1, 32, 33, 40])
@pytest.mark.parametrize("n", [1, 64, 65, 130])
def test_the_logs_of_twos_add_up(n, columns):
    factors = np.full((n, columns), 2.0)
    assert sums_of_logs(factors) == pytest.approx(np.full(columns, n * math.log(2)), rel=1e-14)
    assert sums_of_logs(np.stack([factors, factors**2])).shape == (2, columns)


def test_so_many_rows_that_each_product_holds_share_a_logarithm():
    """64 factors of 10^4 fit a double, 128 would not."""
    for columns in (1, 40):
        factors = np.full((128, columns), 1e4)
        assert sums_of_logs(factors) == pytest.approx(np.full(columns, 128 * math.log(1e4)))


def test_three_equal_classes_by_hand():
    """Each row's loss is log 3, and each class pulls by a third, its own by minus two thirds."""
    loss, grad = at_once(THIRDS, np.zeros((1, 6, 1)))
    assert loss == pytest.approx(2 * math.log(3))
    first, second = np.array([1.0, 2.0]) / 3, np.array([1.0, -1.0]) / 3
    expected = [-2 * first + second, first + second, first - 2 * second]
    assert grad == pytest.approx(np.concatenate(expected))
    around = np.eye(3) / 3 - np.full((3, 3), 1 / 9)
    x = np.array([[1.0, 2.0], [1.0, -1.0]])
    hessian = np.kron(around, x.T @ x)
    assert THIRDS.hessian(np.zeros(6)) == pytest.approx(hessian)
    directions = np.arange(12.0).reshape(2, 6) - 4
    assert THIRDS.products(np.zeros(6), directions) == pytest.approx(directions @ hessian)


def test_a_gradient_by_class_is_written_where_one_says_or_into_a_new_array():
    slopes = np.arange(6.0).reshape(1, 3, 2, 1)
    x = THIRDS.inputs(THIRDS.rows[None]).swapaxes(1, 2)
    out = np.empty((1, 6, 1))
    assert THIRDS.pull(x, slopes, out) is out
    assert THIRDS.pull(x, slopes).tolist() == out.tolist()
    assert out[0, :, 0].tolist() == [0 + 1, 0 - 1, 2 + 3, 4 - 3, 4 + 5, 8 - 5]


@pytest.mark.parametrize(
    ("kernel", "params"),
    [
        (RESIDUAL, THETA[0, :, 0]),
        (LogLoss(ROWS, np.array([1.0, 0.0])), np.array([0.3, -0.4])),
        (THIRDS, np.array([0.1, 0.2, -0.3, 0.4, 0.5, -0.6])),
    ],
    ids=["squares", "log", "softmax"],
)
def test_a_slice_of_the_loss_is_the_loss_on_it(kernel, params):
    plane = np.stack([params, np.roll(params, 1) + 1, np.cos(params)])
    x, y = np.array([-1.0, 0.5, 2.0]), np.array([0.0, 3.0])
    found = kernel.slice_sums(kernel.rows, plane, x, y)
    assert found.shape == (2, 3)
    for j, i in np.ndindex(2, 3):
        at = plane[0] + x[i] * plane[1] + y[j] * plane[2]
        assert found[j, i] == pytest.approx(at_once(kernel, at[None, :, None])[0]), (j, i)


def test_a_step_of_slopes_times_a_rate_is_the_rate_times_them():
    rate = np.array([[[-0.5]]])
    for kernel in (RESIDUAL, LogLoss(ROWS, np.array([1.0, 0.0])), THIRDS):
        theta, block = np.full((1, kernel.n_params, 1), 0.25), kernel.rows[None]
        found = []
        for times in (None, rate):
            slots = tuple(np.empty((kernel.n_slots, 1, len(kernel.rows), 1)))
            outputs = kernel.forward(kernel.inputs(block), kernel.others(block), theta, slots)
            found.append(kernel.slopes(outputs, kernel.others(block), slots, times) + 0)
        assert found[1] == pytest.approx(-0.5 * found[0]), type(kernel).__name__


def test_a_softmax_takes_longer_with_every_class_and_updates_take_microseconds():
    four = SoftmaxLoss(ROWS, np.array([0.0, 3.0]), 4)
    two = SoftmaxLoss(ROWS, np.array([0.0, 1.0]), 2)
    assert [kernel.n_sums for kernel in (two, THIRDS, four)] == [1, 2, 3]
    assert four.seconds[1] == pytest.approx(2 * two.seconds[1])
    for kernel in (RESIDUAL, LogLoss(ROWS, np.array([1.0, 0.0])), THIRDS):
        update, row = kernel.seconds
        assert 1e-6 < update < 1e-4, type(kernel).__name__
        assert 1e-10 < row < 1e-7, type(kernel).__name__


def test_some_rows_have_a_kernel_of_their_own():
    second = RESIDUAL.of_rows(RESIDUAL.rows[1:])
    assert at_once(second, THETA)[0] == 2.25 / 2
    assert len(RESIDUAL.rows) == 2
