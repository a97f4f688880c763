"""The face that everything trainable shows: a mean loss over rows, as a function of parameters."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from gdplay.arrays import TILE, Array, Indices


class LinearRows(NamedTuple):
    """Rows whose gradients are affine in the parameters, T one after the other, of S orders.

    Attributes
    ----------
    x : ndarray of shape (S, T, Q)
    minus_y : ndarray of shape (S, T)
        A row's residual is x theta + minus_y, its loss factor/2 times the residual squared.
    factor : float
    decay : ndarray of shape (Q, 1) or None
        Strength of the penalty on each parameter.
    """

    x: Array
    minus_y: Array
    factor: float
    decay: Array | None


SECONDS = 1.1e-5, 1e-8
"""Speed: that an update takes beside its products: its calls, and each of its rows."""

STRETCH = 256
"""Speed: how many updates are made at most before what they left behind is looked at."""


class Problem(ABC):
    """A mean loss over rows, of `n_params` parameters.

    Two layouts are used. People's: `params (..., n_params)`. The training loop's: `theta (S, Q, C)`
    with S orders of the rows, Q = n_params coordinates and C configurations that share each order.
    """

    @property
    @abstractmethod
    def n_samples(self) -> int:
        """How many training rows there are."""

    @property
    @abstractmethod
    def param_names(self) -> tuple[str, ...]:
        """The parameters' names, in order."""

    @property
    def subject(self) -> str:
        """What is minimised, in a few words."""
        return type(self).__name__

    @property
    def param_titles(self) -> tuple[str, ...]:
        """What people call the parameters: no weight is called as the column that it multiplies."""
        return self.param_names

    @property
    @abstractmethod
    def quadratic(self) -> bool:
        """Whether the Hessian is the same everywhere, so that facts about curvature are exact."""

    @property
    @abstractmethod
    def targets(self) -> Array:
        """The training targets (n,), which "sorted by target" sorts by."""

    @property
    def n_params(self) -> int:
        """How many parameters there are."""
        return len(self.param_names)

    @abstractmethod
    def value(self, theta: Array) -> Array:
        """Return the training loss (S, C) over all rows at `theta (S, Q, C)`."""

    @abstractmethod
    def value_and_grad(self, theta: Array, block: Array | None = None) -> tuple[Array, Array]:
        """Return the mean loss (S, C) and its gradient (S, Q, C) at `theta (S, Q, C)`.

        `block` holds gathered rows; None means every row exactly once.
        """

    def descent(self, rows: int, shape: tuple[int, int, int]) -> "Descent":
        """Return what makes gradients of mini-batches of `rows` at parameters (S, Q, C)."""
        return Descent(self, rows, shape)

    def full_descent(self, shape: tuple[int, int, int]) -> tuple["Descent", Sequence[Array]]:
        """Return what makes gradients over all rows, and the batch that it takes every time."""
        return Descent(self, self.n_samples, shape), ()

    def linear_rows(self, order: Indices) -> LinearRows | None:
        """Return the rows `order (S, T)` where their gradients are affine, else None."""
        return None

    @abstractmethod
    def gather(self, rows: Indices) -> Array:
        """Return the rows at `rows (S, B)` in the form `value_and_grad` takes, (S, B, ...)."""

    @abstractmethod
    def hessian(self, params: Array) -> Array:
        """Return the second derivatives of the loss at `params (n_params,)`, a square matrix."""

    def bends(self, theta: Array, block: Array | None = None) -> Array:
        """Return the second derivatives (S, Q, Q, C) of the mean loss at `theta (S, Q, C)`.

        `block` holds gathered rows, as in `value_and_grad`.
        """
        points = np.moveaxis(theta, 1, -1)
        return np.moveaxis(self._hessians(points, block), 1, -1)

    def _hessians(self, points: Array, block: Array | None) -> Array:
        """Return the Hessians (S, C, Q, Q) at points (S, C, Q)."""
        if self.quadratic:
            return np.broadcast_to(self.hessian(points[0, 0]), (*points.shape, self.n_params))
        return np.array([[self.hessian(point) for point in row] for row in points])

    def products(self, params: Array, directions: Array) -> Array:
        """Return the Hessian at `params (n_params,)` times `directions (..., n_params)`."""
        return np.asarray(np.asarray(directions) @ self.hessian(params))

    @abstractmethod
    def minimum(self) -> Array | None:
        """Return a minimiser (n_params,), or None where there is no finite one."""

    @property
    def no_minimum(self) -> str:
        """Where there is none: what is to be said of the minimum, without a full stop."""
        return "There is no finite minimum"

    @property
    def usual(self) -> Array:
        """Where curvature is taken that cannot be taken at a minimum, (n_params,)."""
        return np.zeros(self.n_params)

    def drawn_start(self, seed: int, index: int) -> Array | None:
        """Return where an order of the rows starts if nobody says where, (n_params,); None: zero.

        It depends on the seed and on the order's index alone.
        """
        return None

    def middle(self) -> Array | None:
        """Return what pictures are centred on (n_params,); None: the best parameters seen."""
        return self.minimum()

    @property
    def n_test(self) -> int:
        """Number of rows held out."""
        return 0

    @property
    def cost(self) -> int:
        """How many doubles one evaluation of the loss over all rows touches, about."""
        return self.n_samples

    @property
    def seconds(self) -> tuple[float, float]:
        """About how long an update takes beside its products: its calls, and each of its rows."""
        return SECONDS

    def loss(self, params: Array) -> Array:
        """Return the training loss over all rows, penalty included: (..., n_params) -> (...)."""
        points = self.points(params)
        result = np.empty(len(points))
        for tile in self._tiles(len(points)):
            result[tile] = self.value(points[tile].T[None])[0]
        return result.reshape(np.shape(params)[:-1])

    def gradient(self, params: Array, rows: Indices | None = None) -> Array:
        """Return the mean gradient over `rows` (None: all): (..., n_params) -> (..., n_params)."""
        points = self.points(params)
        block = None if rows is None else self.gather(np.asarray(rows, dtype=np.intp)[None])
        result = np.empty_like(points)
        for tile in self._tiles(len(points)):
            result[tile] = self.value_and_grad(points[tile].T[None], block)[1][0].T
        return result.reshape(np.shape(params))

    def on_grid(self, origin: Array, axes: Array, x: Array, y: Array) -> Array:
        """Return the training loss on a grid of a plane; inf where it overflows.

        Parameters
        ----------
        origin : ndarray of shape (n_params,)
        axes : ndarray of shape (2, n_params)
            Any two directions; they need not be independent.
        x, y : ndarray of shape (G1,) and (G2,)

        Returns
        -------
        ndarray of shape (G2, G1)
            At `[j, i]` the loss at `origin + x[i] axes[0] + y[j] axes[1]`.
        """
        with np.errstate(all="ignore"):
            loss = self._on_grid(np.vstack([origin, axes]), x, y)
        return np.where(np.isnan(loss), np.inf, loss)

    def _on_grid(self, plane: Array, x: Array, y: Array) -> Array:
        return self.loss(plane[0] + np.stack(np.meshgrid(x, y), axis=-1) @ plane[1:])

    def test_loss(self, params: Array) -> Array | None:
        """Return the loss over held-out rows without the penalty, or None without such rows."""
        return None

    def points(self, params: Array) -> Array:
        """Return `params (..., n_params)` as a list of points, (P, n_params)."""
        params = np.asarray(params, dtype=float)
        if params.ndim == 0 or params.shape[-1] != self.n_params:
            raise ValueError(f"params must end in {self.n_params} values; got shape {params.shape}")
        return params.reshape(-1, self.n_params)

    def _tiles(self, n_points: int) -> Iterator[slice]:
        size = max(1, TILE // self.cost)
        return (slice(i, i + size) for i in range(0, n_points, size))


class Descent:
    """Gradients of one mini-batch after another, S orders of the rows and C configurations each.

    Attributes
    ----------
    most : int
        How many updates may follow each other before their losses are read.
    width : int
        Speed: over how many rows of a batch a steady rate is spread, as equal shapes are multiplied
        in half the time.
    share : float
        What a step's rate is to be multiplied with beforehand, where gradients are sums over rows.
    """

    most = STRETCH
    width = 1
    share = 1.0

    def __init__(self, problem: Problem, rows: int, shape: tuple[int, int, int]) -> None:
        self._problem, self._rows = problem, rows
        self._losses = np.empty((self.most, shape[0], shape[2]))

    def blocks(self, order: Indices) -> Iterator[Sequence[Array]]:
        """Yield the batches of rows `order (S, m)`, the last one short where m leaves a rest."""
        block = self._problem.gather(order)
        for first in range(0, order.shape[1], self._rows):
            yield (block[:, first : first + self._rows],)

    def rows_of(self, block: Sequence[Array]) -> Array | None:
        """Return a batch's rows as they were gathered; None where it is all of them."""
        return block[0] if block else None

    def gradient(self, i: int, block: Sequence[Array], theta: Array) -> Array:
        """Return the mean gradient (S, Q, C) over a batch, the i-th of this stretch."""
        self._losses[i], grad = self._problem.value_and_grad(theta, *block)
        return grad

    def step(self, i: int, block: Sequence[Array], theta: Array, rate: Array, out: Array) -> None:
        """Write into `out` where the plain step leads: theta + rate x gradient.

        `rate`, minus a learning rate times `share`, has shape (S or 1, `width` or 1, C or 1).
        """
        np.multiply(rate[:, :1], self.gradient(i, block, theta), out=out)
        out += theta

    def losses(self, theta: Array) -> Array:
        """Return the mean batch losses (T, S, C) of the first T updates of this stretch.

        `theta (T, S, Q, C)` holds the parameters before each of them.
        """
        return self._losses[: len(theta)]
