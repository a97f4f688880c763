"""Batches for a kernel: gradients first, the losses of many batches at once afterwards."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence

import numpy as np

from gdplay.arrays import Array, Indices
from gdplay.loss.kernels import LEAST_ROWS, Kernel
from gdplay.loss.problem import Descent

ROOM = 1 << 17
"""Speed: how many doubles a stretch of updates may leave behind, 1 MB, to stay in the cache."""

_TILE = 1 << 15
"""Speed: how many outputs a tile of all rows may have, small enough to stay in the cache."""

_SMALL = 1 << 12
"""Speed: up to so many outputs it pays to spread a rate over them."""


class Batches(Descent):
    """Batches for a kernel, S orders of the rows and C configurations.

    Parameters
    ----------
    kernel : Kernel
    rows : int
        Rows that are worked on together, at most.
    shape : tuple (S, Q, C)
        Of the parameters.
    share : float
        What turns a sum over rows of a full-sized batch into its mean objective.
    decay : ndarray of shape (Q, 1) or None
        Strength of the penalty on each parameter.
    """

    def __init__(
        self,
        kernel: Kernel,
        rows: int,
        shape: tuple[int, int, int],
        share: float,
        decay: Array | None,
    ) -> None:
        self._kernel, self._rows, self._decay, self.share = kernel, rows, decay, share
        self._columns = shape[2]
        self._small = shape[0] * rows * shape[2] <= _SMALL
        self.width = rows if self._small else 1

    def gradient(self, i: int, block: Sequence[Array], theta: Array) -> Array:
        # Scaled only now: where rows cancel, the sum is zero exactly, as some rules need it.
        grad = self._pulled(i, block, theta)
        if self.share != 1:
            grad *= self.share
        if self._decay is not None:
            grad += self._decay * theta
        return grad

    def step(self, i: int, block: Sequence[Array], theta: Array, rate: Array, out: Array) -> None:
        self._pulled(i, block, theta, rate, out)
        out += theta
        if self._decay is not None:
            out += rate[:, :1] * (self._decay / self.share) * theta

    @abstractmethod
    def _pulled(
        self,
        i: int,
        block: Sequence[Array],
        theta: Array,
        rate: Array | None = None,
        out: Array | None = None,
    ) -> Array:
        """Return the gradient of the sum over the rows, times `rate`, in `out` if given.

        That of a short batch is scaled to a full-sized one.
        """

    def losses(self, theta: Array) -> Array:
        losses = self.share * self._sums(len(theta))
        if self._decay is not None:
            losses += 0.5 * (self._decay * theta**2).sum(axis=2)
        return losses

    @abstractmethod
    def _sums(self, count: int) -> Array:
        """Return the sums over the rows (T, S, C) of the first T updates' losses, likewise."""

    def _cut(self, block: Array, rows: int) -> Iterator[Sequence[Array]]:
        """Cut rows (S, m, q) into batches: inputs transposed, inputs, the rest."""
        x, others = self._kernel.inputs(block), self._kernel.others(block)
        if self._small:
            others = tuple(map(self._spread, others))
        parts = (x, x, *others)
        shape = (len(block), block.shape[1] // rows, rows)
        batches = [part.reshape(*shape, part.shape[2]).swapaxes(0, 1) for part in parts]
        batches[0] = batches[0].swapaxes(2, 3)
        return zip(*batches, strict=True)

    def _spread(self, part: Array) -> Array:
        """Return what is one number a row as one a row and configuration."""
        return part.repeat(self._columns, axis=2) if part.shape[2] == 1 else part


class MiniBatches(Batches):
    """Batches of one size.

    What the loop can do without is left for later: each update writes what its rows' losses can be
    read from into slots, and `losses` reads a whole stretch of slots with a few calls.
    """

    def __init__(
        self,
        kernel: Kernel,
        rows: int,
        shape: tuple[int, int, int],
        share: float,
        decay: Array | None,
    ) -> None:
        super().__init__(kernel, rows, shape, share, decay)
        S, _, C = shape
        self.most = max(1, min(self.most, ROOM // (kernel.n_slots * S * rows * C)))
        self._slots = np.empty((kernel.n_slots, self.most, S, rows, C))
        # Views, made once: the loop would pay for each anew.
        self._views = list(zip(*map(list, self._slots), strict=True))
        self._short: dict[int, int] = {}

    def batch(self, rows: Array) -> Sequence[Array]:
        """Return rows (n, q) that all orders share as one batch."""
        return next(self._cut(rows[None], len(rows)))

    def blocks(self, order: Indices) -> Iterator[Sequence[Array]]:
        block = self._kernel.rows[order]
        rest = order.shape[1] % self._rows
        whole = order.shape[1] - rest
        yield from self._cut(block[:, :whole], self._rows)
        if rest:
            yield from self._cut(block[:, whole:], rest)

    def _pulled(
        self,
        i: int,
        block: Sequence[Array],
        theta: Array,
        rate: Array | None = None,
        out: Array | None = None,
    ) -> Array:
        transposed, x, *others = block
        kernel, slots, rows = self._kernel, self._views[i], x.shape[1]
        if rows < self._rows:
            self._short[i] = rows
            slots = tuple(slot[:, :rows] for slot in slots)
            rate = None if rate is None else rate[:, :rows]
        outputs = kernel.forward(x, others, theta, slots)
        grad = kernel.pull(transposed, kernel.slopes(outputs, others, slots, rate), out)
        if rows < self._rows:
            grad *= self._rows / rows
        return grad

    def _sums(self, count: int) -> Array:
        slots = self._slots[:, :count]
        sums = self._kernel.losses(*slots)
        for i, rows in self._short.items():
            sums[i] = self._kernel.losses(*slots[:, i, :, :rows]) * (self._rows / rows)
        self._short.clear()
        return sums


class TiledBatches(Batches):
    """All rows in every batch, cut once into tiles that stay in the cache one after the other."""

    def __init__(
        self,
        kernel: Kernel,
        rows: Array,
        shape: tuple[int, int, int],
        share: float,
        decay: Array | None,
    ) -> None:
        S, _, C = shape
        together = min(len(rows), max(LEAST_ROWS, _TILE // (S * C)))
        super().__init__(kernel, together, shape, share, decay)
        whole = len(rows) // together * together
        self._tiles = [*self._cut(rows[None, :whole], together)]
        if whole < len(rows):
            self._tiles += self._cut(rows[None, whole:], len(rows) - whole)
        self._slots = np.empty((kernel.n_slots, S, together, C))
        self._totals = np.empty((self.most, S, C))

    def _pulled(
        self,
        i: int,
        block: Sequence[Array],
        theta: Array,
        rate: Array | None = None,
        out: Array | None = None,
    ) -> Array:
        kernel, total = self._kernel, self._totals[i]
        grad = np.empty(theta.shape) if out is None else out
        grad[:], total[:] = 0, 0
        for transposed, x, *others in self._tiles:
            rows = x.shape[1]
            slots = tuple(self._slots[:, :, :rows])
            outputs = kernel.forward(x, others, theta, slots)
            total += kernel.losses(*slots)
            times = None if rate is None else rate[:, :rows]
            grad += kernel.pull(transposed, kernel.slopes(outputs, others, slots, times))
        return grad

    def _sums(self, count: int) -> Array:
        return self._totals[:count]
