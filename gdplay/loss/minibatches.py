"""Mini-batches for a kernel: gradients first, the losses of many batches at once afterwards."""

from collections.abc import Iterator, Sequence

import numpy as np

from gdplay.arrays import Array, Indices
from gdplay.loss.models import Kernel
from gdplay.loss.problem import Descent

ROOM = 1 << 17
"""Speed: how many doubles a stretch of updates may leave behind, 1 MB, to stay in the cache."""


class MiniBatches(Descent):
    """Mini-batches of one size for a kernel, S orders of the rows and C configurations.

    What the loop can do without is left for later: `gradient` writes each row's output into a
    slot, and `losses` reads a whole stretch of slots with a few calls.

    Parameters
    ----------
    kernel : Kernel
    rows : int
        Rows in a batch of full size.
    shape : tuple (S, Q, C)
        Of the parameters.
    factor : float
        What turns a row's loss into its share of the objective (2 for "mse").
    decay : ndarray of shape (Q, 1) or None
        Strength of the penalty on each parameter.
    """

    def __init__(
        self,
        kernel: Kernel,
        rows: int,
        shape: tuple[int, int, int],
        factor: float,
        decay: Array | None,
    ) -> None:
        S, _, C = shape
        self._kernel, self._rows, self._factor, self._decay = kernel, rows, factor, decay
        self.most = max(1, min(self.most, ROOM // (kernel.n_slots * S * rows * C)))
        self._slots = np.empty((kernel.n_slots, self.most, S, rows, C))
        # Views, made once: the loop would pay for each anew.
        self._views = list(zip(*map(list, self._slots), strict=True))
        self._short: dict[int, int] = {}

    def blocks(self, order: Indices) -> Iterator[Sequence[Array]]:
        block = self._kernel.rows[order]
        whole = order.shape[1] // self._rows * self._rows
        yield from self._cut(block[:, :whole], self._rows)
        if whole < order.shape[1]:
            yield from self._cut(block[:, whole:], order.shape[1] - whole)

    def _cut(self, block: Array, rows: int) -> Iterator[Sequence[Array]]:
        """Cut rows (S, m, q) into batches: inputs transposed and scaled, inputs, the rest."""
        x, scale = self._kernel.inputs(block), self._factor / rows
        parts = (x if scale == 1 else x * scale, x, *self._kernel.others(block))
        shape = (len(block), block.shape[1] // rows, rows)
        batches = [part.reshape(*shape, part.shape[2]).swapaxes(0, 1) for part in parts]
        batches[0] = batches[0].swapaxes(2, 3)
        return zip(*batches, strict=True)

    def gradient(self, i: int, block: Sequence[Array], theta: Array) -> Array:
        transposed, x, *others = block
        kernel, slots = self._kernel, self._views[i]
        if x.shape[1] < self._rows:
            self._short[i] = x.shape[1]
            slots = tuple(slot[:, : x.shape[1]] for slot in slots)
        outputs = kernel.forward(x, others, theta, slots)
        grad = kernel.pull(transposed, kernel.slopes(outputs, others, slots))
        if self._decay is not None:
            grad += self._decay * theta
        return grad

    def losses(self, theta: Array) -> Array:
        slots = self._slots[:, : len(theta)]
        losses = self._kernel.losses(*slots)
        losses *= self._factor / self._rows
        for i, rows in self._short.items():
            losses[i] = self._kernel.losses(*slots[:, i, :, :rows]) * (self._factor / rows)
        self._short.clear()
        if self._decay is not None:
            losses += 0.5 * (self._decay * theta**2).sum(axis=2)
        return losses
