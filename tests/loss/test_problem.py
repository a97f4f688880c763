"""What a problem is by default: half squared distances from three rows, by hand."""

import numpy as np
import pytest

from gdplay.arrays import TILE
from gdplay.loss.problem import STRETCH, Descent, Problem

PLACES = np.array([[0.0, 0.0], [2.0, 0.0], [0.0, 4.0]])


class Distances(Problem):
    """The mean of |theta - row|^2 / 2: its Hessian is the unit matrix, its minimum the mean."""

    n_samples = len(PLACES)
    param_names = ("u", "v")
    quadratic = True
    targets = PLACES[:, 0]

    def value(self, theta):
        return self.value_and_grad(theta)[0]

    def value_and_grad(self, theta, block=None):
        block = PLACES[None] if block is None else block
        apart = theta[:, None] - block[..., None]
        return (apart**2).sum(axis=2).mean(axis=1) / 2, apart.mean(axis=1)

    def gather(self, rows):
        return PLACES[rows]

    def hessian(self, params):
        return np.eye(2) if self.quadratic else np.diag(1 + np.asarray(params))

    def minimum(self):
        return PLACES.mean(axis=0)


class Bent(Distances):
    quadratic = False


ROWS = Distances()


def test_a_loss_and_a_gradient_have_the_shape_of_their_points():
    """At zero the distances are 0, 2 and 4: the mean of 0, 2 and 8."""
    points = np.zeros((4, 5, 2))
    assert ROWS.loss(points).shape == (4, 5)
    assert ROWS.gradient(points).shape == points.shape
    assert ROWS.loss(np.zeros(2)) == pytest.approx(10 / 3)
    assert ROWS.gradient(np.zeros(2)) == pytest.approx([-2 / 3, -4 / 3])
    assert ROWS.gradient(np.array([1.0, 1.0]), [1, 2]) == pytest.approx([0, -1])


def test_a_tile_holds_as_many_points_as_there_is_room_for(monkeypatch):
    for tile, sizes in (
        (3 * ROWS.cost, [3, 3, 1]),
        (3 * ROWS.cost - 1, [2, 2, 2, 1]),
        (0, [1] * 7),
    ):
        monkeypatch.setattr("gdplay.loss.problem.TILE", tile)
        spans = [len(range(7)[part]) for part in ROWS._tiles(7)]
        assert spans == sizes, tile


def test_more_points_than_a_tile_holds_are_as_good(monkeypatch):
    points = np.arange(7.0)[:, None] * [1.0, 2.0]
    expected = ((points[:, None] - PLACES) ** 2).sum(axis=2).mean(axis=1) / 2
    for tile in (1, 3 * ROWS.cost, TILE):
        monkeypatch.setattr("gdplay.loss.problem.TILE", tile)
        assert ROWS.loss(points) == pytest.approx(expected)
        assert ROWS.gradient(points) == pytest.approx(points - PLACES.mean(axis=0))


def test_points_must_end_in_as_many_values_as_there_are_parameters():
    for shape in ((), (3,), (2, 1)):
        with pytest.raises(ValueError, match="params must end in 2 values"):
            ROWS.points(np.zeros(shape))
    assert ROWS.points(np.zeros(2)).shape == (1, 2)
    assert ROWS.points(np.zeros((3, 4, 2))).shape == (12, 2)


def test_a_grid_is_by_y_then_x_and_infinite_where_there_is_no_number():
    axes = np.array([[1.0, 0.0], [1.0, 1.0]])
    grid = ROWS.on_grid(np.zeros(2), axes, np.array([0.0, 1.0, np.nan]), np.array([0.0, 2.0]))
    assert grid.shape == (2, 3)
    assert grid[0, :2] == pytest.approx([10 / 3, (1 + 1 + 17) / 6])
    assert grid[1, 1] == pytest.approx(ROWS.loss(np.array([3.0, 2.0])))
    assert np.isinf(grid[:, 2]).all()


def test_what_nobody_says_of_a_problem():
    assert (ROWS.n_params, ROWS.n_test, ROWS.cost) == (2, 0, 3)
    assert ROWS.subject == "Distances"
    assert ROWS.param_titles == ("u", "v")
    assert ROWS.usual.tolist() == [0, 0]
    assert ROWS.middle() == pytest.approx([2 / 3, 4 / 3])
    assert ROWS.drawn_start(0, 0) is None
    assert ROWS.test_loss(np.zeros(2)) is None
    assert ROWS.linear_rows(np.array([[0, 1]])) is None
    assert not ROWS.no_minimum.endswith(".")
    update, row = ROWS.seconds
    assert 1e-6 < update < 1e-4
    assert 1e-10 < row < 1e-7


def test_second_derivatives_come_in_the_layout_of_the_loop():
    theta = np.arange(24.0).reshape(3, 2, 4)
    assert ROWS.bends(theta) == pytest.approx(np.tile(np.eye(2)[None, ..., None], (3, 1, 1, 4)))
    bends = Bent().bends(theta)
    assert bends.shape == (3, 2, 2, 4)
    assert bends[2, :, :, 3].tolist() == [[1 + 19, 0], [0, 1 + 23]]
    assert Bent().products(np.array([1.0, 2.0]), np.array([[1.0, 1.0]])).tolist() == [[2, 3]]


def test_gradients_of_batches_one_after_the_other():
    descent = ROWS.descent(2, (1, 2, 1))
    assert isinstance(descent, Descent)
    assert (descent.most, descent.width, descent.share) == (STRETCH, 1, 1.0)
    theta, order = np.zeros((1, 2, 1)), np.array([[2, 1, 0]])
    blocks = list(descent.blocks(order))
    assert [descent.rows_of(block).tolist() for block in blocks] == [[[[0, 4], [2, 0]]], [[[0, 0]]]]
    grads = [descent.gradient(i, block, theta)[0, :, 0] for i, block in enumerate(blocks)]
    assert [grad.tolist() for grad in grads] == [[-1, -2], [0, 0]]
    assert descent.losses(np.zeros((2, 1, 2, 1)))[:, 0, 0].tolist() == [5, 0]
    out = np.empty_like(theta)
    descent.step(0, blocks[0], theta, np.full((1, 1, 1), -0.5), out)
    assert out[0, :, 0].tolist() == [0.5, 1]
    whole, block = ROWS.full_descent((1, 2, 1))
    assert whole.rows_of(block) is None
    assert whole.gradient(0, block, theta)[0, :, 0] == pytest.approx([-2 / 3, -4 / 3])
