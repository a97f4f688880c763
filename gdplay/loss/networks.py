"""Multilayer perceptrons: forward, back-propagation and curvature for many runs at once.

A layer's parameters are a matrix, a row for each of its units: the unit's bias, then its weights.
Inputs and hidden outputs carry a column of ones before them, so that one product serves both.
Shapes within: activations (S, C, B, units), with S orders of the rows, C runs and B rows.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise, starmap
from typing import Any, NamedTuple

import numpy as np

from gdplay.arrays import Array, Flags, Indices
from gdplay.loss.kernels import Kernel, margin_losses, sums_of_logs

_ROOM = 1 << 18
"""Speed: how many doubles of a layer's outputs are worked on together."""

_CALLS, _LAYER, _UNIT = 1.5e-5, 1e-5, 2e-8
"""Speed: seconds that an update's calls take, those for each layer, and each row's unit."""


class Activation(NamedTuple):
    """What a hidden unit makes of its sum, and how that rises and bends, told by its output."""

    of: Callable[[Array, Array], Any]
    """Writes into its second argument what it makes of the first; both may be one array."""
    slope: Callable[[Array], Array]
    bend: Callable[[Array], Array]


def _sigmoid(sums: Array, out: Array) -> None:
    """1 / (1 + exp(-z)) by tanh, which knows no overflow."""
    np.multiply(sums, 0.5, out=out)
    np.tanh(out, out=out)
    out += 1
    out *= 0.5


ACTIVATIONS = {
    "tanh": Activation(np.tanh, lambda a: 1 - a * a, lambda a: 2 * a * (a * a - 1)),
    "relu": Activation(
        lambda sums, out: np.maximum(sums, 0.0, out=out),
        lambda a: np.where(a > 0, 1.0, 0.0),
        np.zeros_like,
    ),
    "sigmoid": Activation(_sigmoid, lambda a: a * (1 - a), lambda a: a * (1 - a) * (1 - 2 * a)),
    "linear": Activation(
        lambda sums, out: np.copyto(out, sums), np.ones_like, np.zeros_like
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Wiring:
    """How many units each layer has, from the inputs to the outputs, and what hidden ones do."""

    sizes: tuple[int, ...]
    activation: str

    @cached_property
    def shapes(self) -> tuple[tuple[int, int], ...]:
        """The shape of each layer's matrix, (units, 1 + inputs)."""
        return tuple((n_out, n_in + 1) for n_in, n_out in pairwise(self.sizes))

    @property
    def n_params(self) -> int:
        return sum(rows * columns for rows, columns in self.shapes)

    @property
    def biases(self) -> Indices:
        """The places of the biases among the parameters."""
        return np.flatnonzero(np.concatenate([_first_columns(shape) for shape in self.shapes]))

    @cached_property
    def _cuts(self) -> tuple[tuple[slice, tuple[int, int]], ...]:
        """The places of each layer's parameters, and their shape."""
        ends = [0, *accumulate(rows * columns for rows, columns in self.shapes)]
        return tuple(zip(starmap(slice, pairwise(ends)), self.shapes, strict=True))

    def split(self, params: Array) -> list[Array]:
        """Return each layer's matrix (..., units, 1 + inputs), views of `params (..., Q)`."""
        lead = params.shape[:-1]
        return [params[..., place].reshape(*lead, *shape) for place, shape in self._cuts]

    def forward(self, matrices: Sequence[Array], x: Array) -> tuple[list[Array], Array]:
        """Return what each layer takes (..., B, 1 + inputs), and what the last puts out."""
        of, taken = ACTIVATIONS[self.activation].of, [x]
        for matrix in matrices[:-1]:
            sums = np.matmul(taken[-1], matrix.swapaxes(-1, -2))
            outputs = np.empty((*sums.shape[:-1], sums.shape[-1] + 1))
            outputs[..., 0] = 1
            of(sums, outputs[..., 1:])
            taken.append(outputs)
        return taken, np.matmul(taken[-1], matrices[-1].swapaxes(-1, -2))

    def start(self, init: str, rng: np.random.Generator) -> Array:
        """Return drawn weights and biases of zero, (Q,).

        "xavier": uniform within sqrt(6 / (inputs + units)) (Glorot & Bengio, 2010, AISTATS 9);
        "he": normal with standard deviation sqrt(2 / inputs) (He et al., 2015, arXiv:1502.01852).
        """
        return np.concatenate([_drawn(init, shape, rng).ravel() for shape in self.shapes])


def _first_columns(shape: tuple[int, int]) -> Flags:
    marks = np.zeros(shape, dtype=bool)
    marks[:, 0] = True
    return marks.ravel()


def _drawn(init: str, shape: tuple[int, int], rng: np.random.Generator) -> Array:
    units, n_in = shape[0], shape[1] - 1
    if init == "xavier":
        most = np.sqrt(6 / (n_in + units))
        weights = rng.uniform(-most, most, (units, n_in))
    else:
        weights = rng.normal(0.0, np.sqrt(2 / n_in), (units, n_in))
    return np.column_stack([np.zeros(units), weights])


# What becomes of the outputs


class Head(ABC):
    """The loss of a network's outputs (S, C, B, K); a row's target stands in `columns`.

    Slots are those of a `Kernel`, (S, B, C).
    """

    n_slots = 1

    @abstractmethod
    def columns(self, y: Array) -> Array:
        """Return what rows carry of their targets (n,), (n, q)."""

    @abstractmethod
    def forward(self, outputs: Array, target: Any, slots: Sequence[Array]) -> Array:
        """Write into slots what losses are read from, and return what `slopes` takes."""

    @abstractmethod
    def slopes(self, state: Array, target: Any, slots: Sequence[Array], times: Any) -> Array:
        """Return d loss / d output (S, C, B, K), multiplied by `times (S, B, C)` or None."""

    @abstractmethod
    def losses(self, *slots: Array) -> Array:
        """Return summed losses (..., C) of slots (..., B, C)."""

    @abstractmethod
    def turned(self, state: Array, slots: Sequence[Array], change: Array) -> Array:
        """Return how slopes (B, K) change with outputs that change by (P, B, K); S = C = 1."""

    def kept(self, target: Array) -> Any:
        """Return targets in the form that `forward` and `slopes` take."""
        return target


def _by_row(outputs: Array) -> Array:
    """Return a single output (S, C, B, 1) as slots have it, (S, B, C)."""
    return outputs[..., 0].swapaxes(1, 2)


def _by_run(values: Array) -> Array:
    """Return numbers (S, B, C) as outputs have them, (S, C, B, 1)."""
    return values.swapaxes(1, 2)[..., None]


class Squares(Head):
    """Half squared residuals of one output; with `signs` the targets 0 and 1 count as -1 and 1."""

    def __init__(self, *, signs: bool = False) -> None:
        self._signs = signs

    def columns(self, y: Array) -> Array:
        return np.asarray(-(2 * y - 1 if self._signs else y)[:, None])

    def forward(self, outputs: Array, target: Any, slots: Sequence[Array]) -> Array:
        (residual,) = slots
        return np.asarray(np.add(_by_row(outputs), target, out=residual))

    def slopes(self, state: Array, target: Any, slots: Sequence[Array], times: Any) -> Array:
        return _by_run(state if times is None else state * times)

    def losses(self, *slots: Array) -> Array:
        (residual,) = slots
        return np.asarray(0.5 * np.einsum("...bc,...bc->...c", residual, residual))

    def turned(self, state: Array, slots: Sequence[Array], change: Array) -> Array:
        return change


class Margins(Head):
    """log(1 + exp(-r)) with the margin r = (2 y - 1) output."""

    n_slots = 2

    def columns(self, y: Array) -> Array:
        return np.asarray((2 * y - 1)[:, None])

    def forward(self, outputs: Array, target: Any, slots: Sequence[Array]) -> Array:
        margin, power = slots
        np.multiply(_by_row(outputs), target, out=margin)
        return np.exp(margin, out=power)

    def slopes(self, state: Array, target: Any, slots: Sequence[Array], times: Any) -> Array:
        divisor: Array = -1 - state
        return _by_run(np.divide(target if times is None else target * times, divisor, out=divisor))

    def losses(self, *slots: Array) -> Array:
        return margin_losses(*slots)

    def turned(self, state: Array, slots: Sequence[Array], change: Array) -> Array:
        wrong = 1 / (1 + state[0])
        return np.asarray(wrong * (1 - wrong) * change)


class Shares(Head):
    """-log p_y with p = softmax(outputs)."""

    n_slots = 2

    def __init__(self, n_classes: int) -> None:
        self._n_classes = n_classes

    def columns(self, y: Array) -> Array:
        return np.asarray(np.eye(self._n_classes)[y.astype(int)])

    def kept(self, target: Array) -> Any:
        return target == 1

    def forward(self, outputs: Array, target: Any, slots: Sequence[Array]) -> Array:
        total, right = slots
        outputs -= np.maximum.reduce(outputs, axis=3, keepdims=True)
        np.add.reduce(outputs, axis=3, out=right.swapaxes(1, 2), where=target[:, None])
        np.exp(outputs, out=outputs)
        np.add.reduce(outputs, axis=3, out=total.swapaxes(1, 2))
        return outputs

    def slopes(self, state: Array, target: Any, slots: Sequence[Array], times: Any) -> Array:
        total = _by_run(slots[0])
        scale: Any = 1.0 if times is None else _by_run(times)
        slopes = state * (scale / total)
        np.subtract(slopes, scale, out=slopes, where=target[:, None])
        return np.asarray(slopes)

    def losses(self, *slots: Array) -> Array:
        total, right = slots
        return np.asarray(sums_of_logs(total) - right.sum(axis=-2))

    def turned(self, state: Array, slots: Sequence[Array], change: Array) -> Array:
        shares = state[0, 0] / slots[0][0]
        return np.asarray(shares * (change - (shares * change).sum(axis=2, keepdims=True)))


# A network's arithmetic on rows


class _Passed(NamedTuple):
    """What went forward: each layer's matrix and what it took, and what its loss is read from."""

    matrices: list[Array]
    taken: list[Array]
    last: Array
    """What the head returned; after `slopes` those of the outputs, (S, C, B, K)."""


class NetworkLoss(Kernel):
    """The loss of a network's outputs; a row holds [1, x, target]."""

    def __init__(self, X: Array, y: Array, wiring: Wiring, head: Head) -> None:
        self.wiring, self.head, self.n_params = wiring, head, wiring.n_params
        self.rows = np.column_stack([np.ones(len(X)), X, head.columns(y)])
        self.n_slots, self._columns = head.n_slots, X.shape[1] + 1
        self.n_sums = sum(wiring.sizes[1:])
        self.seconds = _CALLS + _LAYER * len(wiring.sizes), _UNIT * self.n_sums

    def inputs(self, block: Array) -> Array:
        return block[..., : self._columns]

    def others(self, block: Array) -> tuple[Any, ...]:
        return (self.head.kept(block[..., self._columns :]),)

    def forward(self, x: Array, others: Sequence[Any], theta: Array, slots: Sequence[Array]) -> Any:
        by_run = theta.swapaxes(1, 2)
        matrices = self.wiring.split(np.ascontiguousarray(by_run))
        taken, outputs = self.wiring.forward(matrices, x[:, None])
        return _Passed(matrices, taken, self.head.forward(outputs, others[0], slots))

    def slopes(
        self,
        outputs: Any,
        others: Sequence[Any],
        slots: Sequence[Array],
        times: Array | None = None,
    ) -> Any:
        matrices, taken, state = outputs
        return _Passed(matrices, taken, self.head.slopes(state, others[0], slots, times))

    def losses(self, *slots: Array) -> Array:
        return self.head.losses(*slots)

    def pull(self, transposed: Array, slopes: Any, out: Array | None = None) -> Array:
        """Propagate the outputs' slopes back, layer by layer."""
        matrices, taken, delta = slopes
        S, C = delta.shape[:2]
        if out is None:
            out = np.empty((S, self.n_params, C))
        grads = out.swapaxes(1, 2) if C == 1 else np.empty((S, C, self.n_params))
        slope = ACTIVATIONS[self.wiring.activation].slope
        parts = self.wiring.split(grads)
        for layer in reversed(range(len(parts))):
            np.matmul(delta.swapaxes(2, 3), taken[layer], out=parts[layer])
            if layer:
                delta = np.matmul(delta, matrices[layer][..., 1:])
                delta *= slope(taken[layer][..., 1:])
        if C > 1:
            out[...] = grads.swapaxes(1, 2)
        return out

    def slice_sums(self, rows: Array, plane: Array, x: Array, y: Array) -> Array:
        places = plane[0] + np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2) @ plane[1:]
        together = self._together(len(rows))
        sums = [
            self.sums(rows[None], places[first : first + together].T[None])[0]
            for first in range(0, len(places), together)
        ]
        return np.concatenate(sums).reshape(len(y), len(x))

    def _together(self, n_rows: int) -> int:
        """Return at how many points so many rows are worked on together."""
        return -(-_ROOM // (n_rows * max(self.wiring.sizes)))

    def hessian(self, params: Array) -> Array:
        products = self.products(params, np.eye(self.n_params))
        return np.asarray((products + products.T) / 2)

    def products(self, params: Array, directions: Array) -> Array:
        together = self._together(len(self.rows))
        parts = [
            _turned(self, params, directions[first : first + together])
            for first in range(0, len(directions), together)
        ]
        return np.concatenate(parts) if parts else np.zeros_like(directions)


def _turned(kernel: NetworkLoss, params: Array, directions: Array) -> Array:
    """Return how the gradient over all rows changes along directions (P, Q).

    The gradient's own arithmetic, differentiated along each direction: R{.} of Pearlmutter, 1994,
    Neural Computation 6.
    """
    wiring, head, rows = kernel.wiring, kernel.head, kernel.rows[None]
    _, slope, bend = ACTIVATIONS[wiring.activation]
    slots = tuple(np.empty((head.n_slots, 1, len(kernel.rows), 1)))
    with np.errstate(over="ignore"):
        passed = kernel.forward(
            kernel.inputs(rows), kernel.others(rows), params[None, :, None], slots
        )
        delta = head.slopes(passed.last, kernel.others(rows)[0], slots, None)[0, 0]
    matrices = [matrix[0, 0] for matrix in passed.matrices]
    taken = [a[0, 0] for a in passed.taken]
    turns = wiring.split(directions)
    sums, changes = _carried(matrices, taken, turns, slope)
    turned = head.turned(passed.last, slots, sums[-1])
    result = np.empty(directions.shape)
    parts = wiring.split(result)
    for layer in reversed(range(len(parts))):
        parts[layer][:] = turned.swapaxes(1, 2) @ taken[layer]
        if layer:
            parts[layer][..., 1:] += delta.T @ changes[layer]
            weights, a = matrices[layer][:, 1:], taken[layer][:, 1:]
            back = delta @ weights
            turned = turned @ weights + delta @ turns[layer][..., 1:]
            turned = turned * slope(a) + back * bend(a) * sums[layer - 1]
            delta = back * slope(a)
    return result


def _carried(
    matrices: Sequence[Array],
    taken: Sequence[Array],
    turns: Sequence[Array],
    slope: Callable[[Array], Array],
) -> tuple[list[Array], list[Array]]:
    """Return how each layer's sums change (P, B, units), and what it takes (P, B, inputs)."""
    sums = [taken[0] @ turns[0].swapaxes(1, 2)]
    changes = [np.array([])]  # what the first takes never changes
    for layer in range(1, len(matrices)):
        changes.append(slope(taken[layer][:, 1:]) * sums[-1])
        own = taken[layer] @ turns[layer].swapaxes(1, 2)
        sums.append(own + changes[-1] @ matrices[layer][:, 1:].T)
    return sums, changes
