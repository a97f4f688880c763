"""The face that everything trainable shows: a mean loss over rows, as a function of parameters."""

from abc import ABC, abstractmethod
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]

_TILE = 1 << 16
"""How many doubles a tile of work may hold: small enough to stay in the cache."""


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

    @abstractmethod
    def gather(self, rows: Indices) -> Array:
        """Return the rows at `rows (S, B)` in the form `value_and_grad` takes, (S, B, ...)."""

    @abstractmethod
    def hessian(self, params: Array) -> Array:
        """Return the second derivatives of the loss at `params (n_params,)`, a square matrix."""

    @abstractmethod
    def minimum(self) -> Array | None:
        """Return a minimiser (n_params,), or None where there is no finite one."""

    @property
    def cost(self) -> int:
        """How many doubles one evaluation of the loss over all rows touches, about."""
        return self.n_samples

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
        size = max(1, _TILE // self.cost)
        return (slice(i, i + size) for i in range(0, n_points, size))
