"""Batches of kernels: gradients, steps and losses by hand, short batches and tiles among them."""

import numpy as np
import pytest

from gdplay.loss.kernels import LeastSquares, LogLoss
from gdplay.loss.minibatches import ROOM, MiniBatches, TiledBatches
from gdplay.loss.problem import STRETCH

RNG = np.random.default_rng(4)
X, Y = RNG.normal(size=(5, 2)), RNG.normal(size=5)
SQUARES = LeastSquares(X, Y)
DECAY = np.array([[0.0], [0.3], [0.3]])
S, C = 2, 3
THETA = RNG.normal(size=(S, 3, C))
ORDER = np.array([[4, 0, 3, 1, 2], [1, 2, 0, 4, 3]])


def by_hand(rows, theta, decay):
    """Return the mean loss over some rows, half squared, with its penalty; and the gradient."""
    x = np.column_stack([np.ones(len(rows)), X[rows]])
    residual = x @ theta - Y[rows]
    penalty = 0.0 if decay is None else (decay[:, 0] * theta**2).sum() / 2
    pull = 0.0 if decay is None else decay[:, 0] * theta
    return (residual**2).mean() / 2 + penalty, x.T @ residual / len(rows) + pull


@pytest.mark.parametrize("decay", [None, DECAY], ids=["free", "penalised"])
def test_batches_of_two_of_five_rows_are_averaged_over_their_own(decay):
    batches = MiniBatches(SQUARES, 2, (S, 3, C), 1 / 2, decay)
    blocks = list(batches.blocks(ORDER))
    thetas = np.stack([THETA, 2 * THETA, 1 - THETA])
    grads = [batches.gradient(i, block, thetas[i]) for i, block in enumerate(blocks)]
    losses = batches.losses(thetas)
    assert losses.shape == (3, S, C)
    for i, s, c in np.ndindex(3, S, C):
        rows = ORDER[s, 2 * i : 2 * i + 2]
        loss, grad = by_hand(rows, thetas[i, s, :, c], decay)
        assert losses[i, s, c] == pytest.approx(loss), (i, s, c)
        assert grads[i][s, :, c] == pytest.approx(grad), (i, s, c)
    # Nothing of a short batch is left for the next stretch.
    batches.gradient(0, blocks[0], THETA)
    batches.gradient(1, blocks[1], THETA)
    batches.gradient(2, blocks[1], THETA)
    again = batches.losses(np.stack([THETA] * 3))
    assert again[2] == pytest.approx(again[1])


@pytest.mark.parametrize("decay", [None, DECAY], ids=["free", "penalised"])
def test_a_step_leads_to_theta_minus_the_rate_times_the_gradient(decay):
    batches = MiniBatches(SQUARES, 2, (S, 3, C), 1 / 2, decay)
    lr = np.array([0.1, 0.2, 0.4])
    rate = np.broadcast_to(-lr * batches.share, (1, batches.width, C))
    for i, block in enumerate(batches.blocks(ORDER)):
        out = np.empty_like(THETA)
        batches.step(i, block, THETA, rate, out)
        for s, c in np.ndindex(S, C):
            grad = by_hand(ORDER[s, 2 * i : 2 * i + 2], THETA[s, :, c], decay)[1]
            assert out[s, :, c] == pytest.approx(THETA[s, :, c] - lr[c] * grad), (i, s, c)


def test_no_short_batch_comes_where_the_rows_divide_evenly():
    batches = MiniBatches(SQUARES, 2, (S, 3, C), 1 / 2, None)
    assert [block[1].shape[1] for block in batches.blocks(ORDER[:, :4])] == [2, 2]
    assert [block[1].shape[1] for block in batches.blocks(ORDER)] == [2, 2, 1]


def test_a_stretch_holds_what_there_is_room_for_and_one_update_at_least():
    assert MiniBatches(SQUARES, 1, (1, 3, 1), 1.0, None).most == STRETCH
    assert MiniBatches(SQUARES, ROOM // 4, (1, 3, 1), 1.0, None).most == 4
    assert MiniBatches(SQUARES, ROOM // 8, (2, 3, 1), 1.0, None).most == 4
    assert MiniBatches(SQUARES, ROOM // 8, (1, 3, 2), 1.0, None).most == 4
    logs = LogLoss(X, (Y > 0).astype(float))
    assert MiniBatches(logs, ROOM // 8, (1, 3, 1), 1.0, None).most == 4
    assert MiniBatches(SQUARES, 2 * ROOM, (1, 3, 1), 1.0, None).most == 1


def test_a_rate_is_spread_over_the_rows_of_small_batches_alone():
    assert MiniBatches(SQUARES, 2, (S, 3, C), 1 / 2, None).width == 2
    # Up to 4096 outputs: orders times rows times runs.
    for shape, rows, width in [((4, 3, 32), 32, 32), ((4, 3, 33), 32, 1), ((5, 3, 32), 32, 1)]:
        assert MiniBatches(SQUARES, rows, shape, 1.0, None).width == width, shape


@pytest.mark.parametrize("decay", [None, DECAY], ids=["free", "penalised"])
@pytest.mark.parametrize("n", [5, 20, 37])
def test_tiles_add_up_to_all_rows(n, decay):
    """Of sixteen rows each: so many runs share them that no more fit the cache."""
    runs = 1 << 12
    draw = np.random.default_rng(n)
    x, y = draw.normal(size=(n, 2)), draw.normal(size=n)
    theta = np.broadcast_to(THETA[:1, :, :1], (1, 3, runs)).copy()
    batches = TiledBatches(LeastSquares(x, y), LeastSquares(x, y).rows, theta.shape, 1 / n, decay)
    ones = np.column_stack([np.ones(n), x])
    residual = ones @ theta[0, :, 0] - y
    pull = 0 if decay is None else decay[:, 0] * theta[0, :, 0]
    expected = ones.T @ residual / n + pull
    grad = batches.gradient(0, (), theta)
    assert grad[0, :, [0, -1]] == pytest.approx(np.stack([expected, expected]))
    out = np.empty_like(theta)
    batches.step(1, (), theta, np.full((1, batches.width, 1), -0.5 / n), out)
    assert out[0, :, -1] == pytest.approx(theta[0, :, 0] - 0.5 * expected)
    penalty = 0 if decay is None else (decay[:, 0] * theta[0, :, 0] ** 2).sum() / 2
    losses = batches.losses(np.stack([theta, theta]))
    assert losses.shape == (2, 1, runs)
    assert losses[:, 0, -1] == pytest.approx([(residual**2).mean() / 2 + penalty] * 2)


def test_what_is_one_number_a_row_is_one_a_run_too_in_small_batches_alone():
    small = MiniBatches(LeastSquares(X, Y), 2, (S, 3, C), 1 / 2, None)
    ((*_, number),) = small.blocks(ORDER[:, :2])
    assert number.shape == (S, 2, C)
    np.testing.assert_array_equal(number, np.repeat(number[:, :, :1], C, axis=2))
    several = np.ones((S, 2, 2))
    assert small._spread(several) is several


@pytest.mark.parametrize(
    ("runs", "sizes"), [(1024, [32, 5]), (600, [37]), (4096, [16, 16, 5]), (1100, [29, 8])]
)
def test_a_tile_holds_sixteen_rows_or_as_many_as_stay_in_the_cache(runs, sizes):
    """2^15 outputs: 32 rows of 1024 runs, 29 of 1100."""
    kernel = LeastSquares(RNG.normal(size=(37, 2)), RNG.normal(size=37))
    batches = TiledBatches(kernel, kernel.rows, (1, 3, runs), 1 / 37, None)
    assert [x.shape[1] for _, x, *_ in batches._tiles] == sizes
