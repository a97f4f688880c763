"""Losses per row and their derivatives, vectorised over runs and orders of the rows.

A model meets data in a *kernel*: it folds targets into rows once, so that the training loop does
as little as possible per update. Shapes: theta (S, Q, C), block (S or 1, B, q); see `Problem`.
Sums over rows are returned; the caller divides by the number of rows the sum stands for.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from copy import copy
from typing import Any

import numpy as np

from gdplay.arrays import Array
from gdplay.loss.on_plane import half_squares, log_losses

_TOGETHER = 64
"""Speed: so many rows share a logarithm. Not as many as just don't overflow: that would depend on
other runs."""

_FEW = 32
"""Speed: up to so many columns one call for all products beats a call for each, 2 to 17 times."""

_LOW = 1e-3
"""Tolerance: below this mean, the rounding of 1 + e would show in log(1 + e)."""

_TILE = 1 << 15
"""Speed: how many outputs a tile of rows may have, small enough to stay in the cache."""

LEAST_ROWS = 16
"""Speed: so many rows a tile has at least, however many runs share them."""


class Kernel(ABC):
    """One model's arithmetic on one set of rows.

    A gradient is made in steps, so that the training loop pays for no more than it needs:
    `forward` writes into *slots* what each row's loss can be read from later, `slopes` turns its
    result into d loss / d output, and `pull` carries that back to the parameters.
    """

    rows: Array
    n_params: int
    seconds: tuple[float, float] = (2.7e-5, 1e-7)
    """Speed: seconds that an update's calls take, and each row's outputs; as of a model unknown."""
    n_slots = 1
    """How many numbers (S, B, C) `forward` writes for `losses` to read."""
    n_sums = 1
    """About how many sums each row makes on its way to a loss."""

    def inputs(self, block: Array) -> Array:
        """Return what multiplies the parameters, a view (S, B, W)."""
        return block

    def others(self, block: Array) -> tuple[Any, ...]:
        """Return what else of the rows `forward` and `slopes` need, (S, B, ...)."""
        return ()

    @abstractmethod
    def forward(self, x: Array, others: Sequence[Any], theta: Array, slots: Sequence[Array]) -> Any:
        """Write into `slots`, `n_slots` arrays (S, B, C), and return what `slopes` takes."""

    @abstractmethod
    def slopes(
        self,
        outputs: Any,
        others: Sequence[Any],
        slots: Sequence[Array],
        times: Array | None = None,
    ) -> Any:
        """Return d loss / d output from the result of `forward`, which it may overwrite.

        `times` multiplies them, (S or 1, B or 1, C or 1): a step is made of slopes times a rate.
        """

    @abstractmethod
    def losses(self, *slots: Array) -> Array:
        """Return summed losses (..., C) from slots (..., B, C) as `forward` left them."""

    def pull(self, transposed: Array, slopes: Any, out: Array | None = None) -> Array:
        """Return inputs' slopes as a gradient (S, Q, C); `transposed` is `inputs` (S, W, B)."""
        return np.matmul(transposed, slopes, out)

    def sums(self, block: Array, theta: Array) -> Array:
        """Return the summed loss of the rows in `block`, (S, C)."""
        sums = np.zeros(theta.shape[::2])
        with np.errstate(over="ignore", divide="ignore"):  # infinity gives the right limits
            for slots, _, _ in self._passes(block, theta):
                sums += self.losses(*slots)
        return sums

    def sums_and_grads(self, block: Array, theta: Array) -> tuple[Array, Array]:
        """Return the summed loss (S, C) and its gradient (S, Q, C)."""
        sums, grads = np.zeros(theta.shape[::2]), np.zeros(theta.shape)
        with np.errstate(over="ignore", divide="ignore"):
            for slots, tile, outputs in self._passes(block, theta):
                sums += self.losses(*slots)
                slopes = self.slopes(outputs, self.others(tile), slots)
                grads += self.pull(self.inputs(tile).swapaxes(1, 2), slopes)
        return sums, grads

    def _passes(self, block: Array, theta: Array) -> Iterator[tuple[tuple[Array, ...], Array, Any]]:
        """Go forward through tiles of rows that stay in the cache: yield slots, tile, outputs."""
        S, _, C = theta.shape
        rows = max(LEAST_ROWS, _TILE // (S * C))
        for first in range(0, block.shape[1], rows):
            tile = block[:, first : first + rows]
            slots = tuple(np.empty((self.n_slots, S, tile.shape[1], C)))
            yield slots, tile, self.forward(self.inputs(tile), self.others(tile), theta, slots)

    @abstractmethod
    def slice_sums(self, rows: Array, plane: Array, x: Array, y: Array) -> Array:
        """Return the summed loss of `rows` at plane[0] + x_i plane[1] + y_j plane[2], (G2, G1)."""

    @abstractmethod
    def hessian(self, params: Array) -> Array:
        """Return the Hessian of the summed loss over all rows at `params (Q,)`, (Q, Q)."""

    def of_rows(self, rows: Array) -> "Kernel":
        """Return the kernel of some rows, (B, ...)."""
        kernel = copy(self)
        kernel.rows = rows
        return kernel

    def products(self, params: Array, directions: Array) -> Array:
        """Return the products of that Hessian with directions (P, Q), (P, Q)."""
        return np.asarray(directions @ self.hessian(params))

    def compressed(self) -> Array:
        """Return rows with the same sums as `rows`, fewer where algebra allows."""
        return self.rows


class LeastSquares(Kernel):
    """Half squared residuals r^2 / 2 with r = [1, x] theta - y; a row holds [1, x, -y]."""

    seconds = 6e-6, 1e-9
    """Speed: as measured."""

    def __init__(self, X: Array, y: Array) -> None:
        self.rows = np.column_stack([np.ones(len(X)), X, -y])
        self.n_params = X.shape[1] + 1

    def inputs(self, block: Array) -> Array:
        return block[..., :-1]

    def others(self, block: Array) -> tuple[Any, ...]:
        return (block[..., -1:],)

    def forward(
        self, x: Array, others: Sequence[Any], theta: Array, slots: Sequence[Array]
    ) -> Array:
        (residual,), (minus_y,) = slots, others
        np.matmul(x, theta, out=residual)
        residual += minus_y
        return residual

    def slopes(
        self,
        outputs: Array,
        others: Sequence[Any],
        slots: Sequence[Array],
        times: Array | None = None,
    ) -> Array:
        return outputs if times is None else outputs * times

    def losses(self, *slots: Array) -> Array:
        (residual,) = slots
        return np.asarray(0.5 * np.einsum("...bc,...bc->...c", residual, residual))

    def slice_sums(self, rows: Array, plane: Array, x: Array, y: Array) -> Array:
        residual = rows[:, :-1] @ plane.T
        residual[:, 0] += rows[:, -1]
        return half_squares(residual, x, y)

    def hessian(self, params: Array) -> Array:
        x = self.rows[:, :-1]
        return np.asarray(x.T @ x)

    def compressed(self) -> Array:
        """The R of a QR factorisation: |Z theta| = |R theta| with at most d + 2 rows."""
        if len(self.rows) <= self.rows.shape[1]:
            return self.rows
        return np.asarray(np.linalg.qr(self.rows, mode="r"))


class LogLoss(Kernel):
    """log(1 + exp(-r)), margin r = (2 y - 1) [1, x] theta; a row holds (2 y - 1) [1, x]."""

    seconds = 9e-6, 1.2e-8
    """Speed: as measured."""
    n_slots = 2

    def __init__(self, X: Array, y: Array) -> None:
        self.rows = (2 * y[:, None] - 1) * np.column_stack([np.ones(len(X)), X])
        self.n_params = X.shape[1] + 1

    def forward(
        self, x: Array, others: Sequence[Any], theta: Array, slots: Sequence[Array]
    ) -> Array:
        margin, power = slots
        np.matmul(x, theta, out=margin)
        return np.exp(margin, out=power)

    def slopes(
        self,
        outputs: Array,
        others: Sequence[Any],
        slots: Sequence[Array],
        times: Array | None = None,
    ) -> Array:
        """-1 / (1 + exp(r)), which keeps its digits where it is small.

        By tanh it would take 13 ns an output rather than 6 on processors without AVX-512.
        """
        divisor: Array = -1 - outputs
        return np.divide(1 if times is None else times, divisor, out=divisor)

    def losses(self, *slots: Array) -> Array:
        return margin_losses(*slots)

    def slice_sums(self, rows: Array, plane: Array, x: Array, y: Array) -> Array:
        return log_losses(-(plane @ rows.T)[:, None], x, y)

    def hessian(self, params: Array) -> Array:
        slope = np.tanh(self.rows @ params / 2)
        return np.asarray((self.rows * ((1 - slope**2) / 4)[:, None]).T @ self.rows)


def margin_losses(margin: Array, power: Array) -> Array:
    """Return summed log(1 + exp(-r)), (..., C), of margins r (..., B, C) and `power`, exp(r)."""
    losses = sums_of_logs(1 + 1 / power)
    plain = (losses >= _LOW * margin.shape[-2]) & (losses < np.inf)
    if not plain.all():
        margin = margin.swapaxes(-1, -2)[~plain]
        each = np.log1p(np.exp(-np.abs(margin))) + np.maximum(-margin, 0)
        losses[~plain] = each.sum(axis=-1)
    return losses


def sums_of_logs(factors: Array) -> Array:
    """Return summed logs (..., C) of factors (..., B, C): logs of products, as those take longer.

    Infinite where a product overflows.
    """
    n, columns = factors.shape[-2:]
    firsts = np.arange(0, n, _TOGETHER)
    if columns <= _FEW:
        return np.asarray(np.log(np.multiply.reduceat(factors, firsts, axis=-2)).sum(axis=-2))
    parts = (factors[..., first : first + _TOGETHER, :] for first in firsts)
    return np.asarray(sum(np.log(np.multiply.reduce(part, axis=-2)) for part in parts))


_SOFTMAX_CALLS, _SOFTMAX_SCORE = 2.7e-5, 1.3e-8
"""Speed: seconds that an update's calls take, and each row's score of a class."""


class SoftmaxLoss(Kernel):
    """-log p_y with p = softmax(W [1, x]); a row holds [1, x, one-hot y]; W class after class."""

    def __init__(self, X: Array, y: Array, n_classes: int) -> None:
        one_hot = np.eye(n_classes)[y.astype(int)]
        self.rows = np.column_stack([np.ones(len(X)), X, one_hot])
        self.width = X.shape[1] + 1
        self.n_classes = n_classes
        self.n_params = self.width * n_classes
        self.seconds = _SOFTMAX_CALLS, _SOFTMAX_SCORE * n_classes
        self.n_sums = max(1, n_classes - 1)

    n_slots = 2

    def inputs(self, block: Array) -> Array:
        return block[..., : self.width]

    def others(self, block: Array) -> tuple[Any, ...]:
        return (block[..., self.width :] == 1,)

    def _by_class(self, params: Array) -> Array:
        """Return parameters or a gradient (S, Q, C) as a view by class, (S, K, W, C)."""
        return params.reshape(len(params), self.n_classes, self.width, -1)

    def _logits(self, x: Array, theta: Array) -> Array:
        """Return logits (S, K, B, C), shifted so that the largest of each row is 0."""
        logits: Array = np.matmul(x[:, None], self._by_class(theta))
        logits -= np.maximum.reduce(logits, axis=1, keepdims=True)
        return logits

    def forward(
        self, x: Array, others: Sequence[Any], theta: Array, slots: Sequence[Array]
    ) -> Array:
        (total, right), (own,) = slots, others
        logits = self._logits(x, theta)
        np.add.reduce(logits, axis=1, out=right, where=own.swapaxes(1, 2)[..., None])
        np.exp(logits, out=logits)
        np.add.reduce(logits, axis=1, out=total)
        return logits

    def slopes(
        self,
        outputs: Array,
        others: Sequence[Any],
        slots: Sequence[Array],
        times: Array | None = None,
    ) -> Array:
        (total, _), (own,) = slots, others
        scale: Any = 1.0 if times is None else times[:, None]
        outputs *= scale / total[:, None]
        np.subtract(outputs, scale, out=outputs, where=own.swapaxes(1, 2)[..., None])
        return outputs

    def losses(self, *slots: Array) -> Array:
        total, right = slots
        return np.asarray(sums_of_logs(total) - right.sum(axis=-2))

    def pull(self, transposed: Array, slopes: Array, out: Array | None = None) -> Array:
        if out is None:
            out = np.empty((len(slopes), self.n_params, slopes.shape[3]))
        np.matmul(transposed[:, None], slopes, out=self._by_class(out))
        return out

    def slice_sums(self, rows: Array, plane: Array, x: Array, y: Array) -> Array:
        by_class = plane.reshape(3, self.n_classes, self.width)
        scores = rows[:, : self.width] @ by_class.swapaxes(1, 2)
        right = rows[:, self.width :] == 1
        others = scores[:, ~right].reshape(3, len(rows), self.n_classes - 1)
        odds = others - scores[:, right][..., None]
        return log_losses(odds.swapaxes(1, 2), x, y)

    def _shares(self, x: Array, params: Array) -> Array:
        """Return the probability of each class, (n, K)."""
        shares = np.exp(self._logits(x[None], params[None, :, None])[0, :, :, 0].T)
        return np.asarray(shares / shares.sum(axis=1, keepdims=True))

    def products(self, params: Array, directions: Array) -> Array:
        x = np.ascontiguousarray(self.rows[:, : self.width])
        shares = self._shares(x, params)
        along = x @ directions.reshape(-1, self.n_classes, self.width).swapaxes(1, 2)
        turned = shares * (along - (shares * along).sum(axis=2, keepdims=True))
        return np.asarray((turned.swapaxes(1, 2) @ x).reshape(directions.shape))

    def hessian(self, params: Array) -> Array:
        x = np.ascontiguousarray(self.rows[:, : self.width])
        shares = self._shares(x, params)
        weighted = (shares[:, :, None] * x[:, None]).reshape(len(x), -1)
        result = np.asarray(-(weighted.T @ weighted))
        for first in range(0, self.n_params, self.width):
            own = slice(first, first + self.width)
            result[own, own] += weighted[:, own].T @ x
        return result
