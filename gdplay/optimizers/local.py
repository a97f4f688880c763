"""Rules that ask for more than a gradient: a matrix, a Hessian, losses around, or the minimum.

All work in the training loop's layout: parameters (S, Q, C), matrices (S, Q, Q, C), and of each
column a number (S, 1, C) or, where a state holds it, (S, C). A column never sees another one.
"""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple

import numpy as np

from gdplay.arrays import Array, Flags
from gdplay.knobs import knob
from gdplay.optimizers.rule import (
    CURVATURE,
    HESSIAN,
    LOSS,
    MATRIX,
    MINIMUM,
    NOTHING,
    THETA,
    Line,
    Look,
    Optimizer,
    Sight,
    rate_knob,
)
from gdplay.registry import table

FLAT = 1e-12
"""Tolerance: where the loss bends by less than this share of its most, it counts as flat."""

SEEN = 1e-4
"""Tolerance: up to this share of the longest, the root of summed squared gradients is rounding."""

MOST_TRIES = 60
"""Tolerance: after so many tries a step is shorter than a parameter's last digit."""


_SHARE = "How much of the rule's own step is taken: 1 is all of it."


@dataclass(frozen=True)
class LocalRule(Optimizer):
    """A rule that is told what it `needs` of the loss where it stands.

    Attributes
    ----------
    carries : tuple of str
        The parts of its state, a named tuple, that the next update reads; zero at first. The
        others tell what the last update measured.
    """

    carries: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def update(
        self,
        grad: Array,
        state: Any,
        params: Array,
        lr: float | Array,
        local: Sight = NOTHING,
    ) -> tuple[Array, Any]:
        """Return the step and the new state, as `Optimizer.update` does.

        `local` holds what the rule needs.
        """

    def moved(
        self, grad: Array, state: Any, params: Array, lr: float | Array, look: Look
    ) -> tuple[Array, Any]:
        return self.update(grad, state, params, lr, look())

    def memory(self, state: Any) -> dict[str, Array]:
        """Return what is remembered for each parameter alone, by its symbol."""
        return {symbol: getattr(state, symbol) for symbol in self.memory_names}

    def begins(self) -> dict[str, float]:
        return dict.fromkeys(self.carries, 0.0)


def _after(name: str) -> Callable[[Any, Array, Any, Any], float | Array]:
    """Return what tells a line's value: a part of the state after the update."""

    def value(rule: Any, grad: Array, before: Any, after: Any) -> float | Array:
        part: float | Array = getattr(after, name)
        return part

    return value


def _square(grad: Array) -> Array:
    """Return the squared length of each column's gradient, (S, 1, C)."""
    return np.asarray((grad * grad).sum(axis=1, keepdims=True))


def _scaled(matrices: Array, scale: Callable[[Array], Array], grad: Array) -> Array:
    """Return the gradients with their parts along each matrix's own directions scaled, (S, Q, C).

    `scale` is told the eigenvalues (S, Q, C), NaN where a matrix is not finite.
    """
    stacked = np.moveaxis(matrices, -1, 1)
    whole = np.asarray(np.isfinite(stacked).all(axis=(2, 3)))
    values, ways = np.linalg.eigh(np.where(whole[:, :, None, None], stacked, 0.0))
    values[~whole] = np.nan
    # As stacks of small products: a column's digits do not depend on how many there are.
    rows = np.ascontiguousarray(np.moveaxis(grad, -1, 1))[:, :, None]
    along = (rows @ ways)[:, :, 0] * np.moveaxis(scale(np.moveaxis(values, 1, -1)), -1, 1)
    return np.asarray(np.moveaxis((ways @ along[..., None])[..., 0], 1, -1))


_TOGETHER = "A matrix takes all slopes together: in brackets stands what each parameter gets of it."


class MatrixState(NamedTuple):
    """A root (S, Q, Q, C) of the sum of gradients times themselves, and the direction last taken.

    The sum G is the transposed root times the root: formed, it would hold half of the digits.
    """

    root: Array
    d: Array


@dataclass(frozen=True)
class FullAdaGrad(LocalRule):
    """AdaGrad with the whole matrix of products of gradients, not its diagonal alone.

    G <- G + g g';   theta <- theta - lr G^(-1/2) g

    Directions in which no gradient went yet are left alone (the pseudo-inverse). G is kept as
    R'R with a triangular R, whose singular values are the roots of G's eigenvalues: so they keep
    their digits where nearly all gradients went one way.
    (Duchi, Hazan & Singer, 2011, Adaptive Subgradient Methods, Journal of Machine Learning
    Research 12, section 1.1)
    """

    key = "full_adagrad"
    title = "Full-matrix AdaGrad"
    lines = (
        Line(r"((\textstyle\sum g g^\top)^{-1/2} g)", value=_after("d")),
        Line(THETA, r"<\theta> - <\eta>*\, <((\textstyle\sum g g^\top)^{-1/2} g)>"),
    )
    code = f"""\
before = np.broadcast_to(root, (len(grad), len(grad)))
root = np.linalg.qr(np.vstack([before, grad]), mode="r")
_, values, ways = np.linalg.svd(root)
unseen = values <= {SEEN:g} * values.max()
along = np.where(unseen, 0, ways @ grad / np.where(unseen, 1, values))
params = params - lr * along @ ways"""
    aside = _TOGETHER
    about = "AdaGrad that also sees how slopes go together, so that it turns along with a valley."
    needs = frozenset({MATRIX})
    carries = ("root",)

    lr: float = rate_knob(0.1)

    def init(self, params: Array) -> MatrixState:
        S, Q, C = params.shape
        return MatrixState(np.zeros((S, Q, Q, C)), np.zeros((S, Q, C)))

    def update(
        self,
        grad: Array,
        state: MatrixState,
        params: Array,
        lr: float | Array,
        local: Sight = NOTHING,
    ) -> tuple[Array, MatrixState]:
        rows, root = np.moveaxis(grad, 1, -1)[:, :, None], np.moveaxis(state.root, -1, 1)
        stacked = np.concatenate([root, rows], axis=2)
        whole = np.asarray(np.isfinite(stacked).all(axis=(2, 3)))
        stacked[~whole] = 0.0
        root = np.asarray(np.linalg.qr(stacked, mode="r"), dtype=float)
        _, values, ways = np.linalg.svd(root)
        unseen = values <= SEEN * values.max(axis=2, keepdims=True)
        along = (ways @ rows.swapaxes(2, 3))[..., 0]
        along = np.divide(along, values, out=np.zeros_like(values), where=~unseen)
        d = (along[:, :, None] @ ways)[:, :, 0]
        d[~whole] = np.nan
        d = np.moveaxis(d, 1, -1)
        return -lr * d, MatrixState(np.moveaxis(root, 1, -1), d)


class NewtonState(NamedTuple):
    """The direction last taken."""

    d: Array


@dataclass(frozen=True)
class Newton(LocalRule):
    """Go to where the loss would be flat if it bent everywhere as it bends here.

    theta <- theta - lr H^-1 g

    H is the Hessian over the rows at hand. Directions in which it is flat are left alone (the
    pseudo-inverse), and where it bends downwards the step leads uphill, to a saddle or a summit.
    (Nocedal & Wright, 2006, Numerical Optimization, section 2.2)
    """

    key = "newton"
    title = "Newton’s method"
    lines = (
        Line("(H^{-1} g)", value=_after("d")),
        Line(THETA, r"<\theta> - <\eta>*\, <(H^{-1} g)>"),
    )
    code = f"""\
values, ways = np.linalg.eigh(hessian(params, rows))
flat = np.abs(values) <= {FLAT:g} * np.abs(values).max()
along = np.where(flat, 0, ways.T @ grad / np.where(flat, 1, values))
params = params - lr * ways @ along"""
    aside = _TOGETHER
    about = "Divides the slope by the curvature: on any bowl one step reaches the minimum."
    needs = frozenset({HESSIAN})
    relative = True

    lr: float = rate_knob(1.0, _SHARE)

    def init(self, params: Array) -> NewtonState:
        return NewtonState(np.zeros(params.shape))

    def update(
        self,
        grad: Array,
        state: NewtonState,
        params: Array,
        lr: float | Array,
        local: Sight = NOTHING,
    ) -> tuple[Array, NewtonState]:
        d = _scaled(local.hessian, _inverse, grad)
        return -lr * d, NewtonState(d)


def _inverse(values: Array) -> Array:
    """Return one over each eigenvalue (S, Q, C), zero where it is flat."""
    flat = np.abs(values) <= FLAT * np.abs(values).max(axis=1, keepdims=True)
    return np.divide(1, values, out=np.zeros_like(values), where=~flat)


class ArmijoState(NamedTuple):
    """Tries so far, and the last update's own: how many, and the rate that it took; (S, C)."""

    t: Array
    tries: Array
    rate: Array


@dataclass(frozen=True)
class Armijo(LocalRule):
    """Try the rate, and shorten it until the loss falls enough: backtracking.

    alpha = lr shrink^k with the first k = 0, 1, ... of which
    f(theta - alpha g) <= f(theta) - c alpha |g|^2;   theta <- theta - alpha g

    f is the loss over the rows at hand. Where none of 60 tries will do, nothing moves.
    (Armijo, 1966, Pacific Journal of Mathematics 16; Nocedal & Wright, 2006, section 3.1)
    """

    key = "armijo"
    title = "Armijo backtracking"
    lines = (
        Line("k", value=lambda rule, grad, before, after: after.tries - 1),
        Line(r"\alpha", r"<\eta>*\, <\rho>^{<k>}", _after("rate")),
        Line(THETA, r"<\theta> - <\alpha>*\, <g>"),
    )
    code = f"""\
loss, square, rate = height(params, rows), np.sum(grad**2), lr
for tries in range(1, {MOST_TRIES} + 1):
    if height(params - rate * grad, rows) <= loss - c * rate * square:
        break
    rate = rate * shrink
else:
    rate = 0.0
t = t + tries
params = params - rate * grad"""
    aside = "k counts the tries that were too long: the loss did not fall enough."
    about = "Tries a long step and shortens it until the loss falls enough; each try costs a loss."
    needs = frozenset({LOSS})
    searches = True
    carries = ("t",)
    relative = True

    lr: float = rate_knob(1.0)
    shrink: float = knob(
        0.5, 0.01, 0.99, help="What a step that is too long is shortened by.", symbol=r"\rho"
    )
    c: float = knob(
        1e-4, 1e-10, 0.5, log=True,
        help="How much of the fall that the slope promises has to come.",
    )  # fmt: skip

    def init(self, params: Array) -> ArmijoState:
        S, _, C = params.shape
        return ArmijoState(np.zeros((S, C)), np.zeros((S, C)), np.zeros((S, C)))

    def update(
        self,
        grad: Array,
        state: ArmijoState,
        params: Array,
        lr: float | Array,
        local: Sight = NOTHING,
    ) -> tuple[Array, ArmijoState]:
        square = _square(grad)
        own = (np.broadcast_to(part, square.shape) for part in (lr, self.c, self.shrink))
        line = _Search(params, grad, local.loss(params), square, *own)
        rate, tries = _searched(line, local, MOST_TRIES)
        return -rate * grad, ArmijoState(state.t + tries[:, 0], tries[:, 0], rate[:, 0])

    def told(self, state: ArmijoState) -> str:
        """Return how many losses were tried, of one run."""
        now, so_far = float(state.tries), float(state.t)
        return f"Losses tried: {now:.0f} in this update, {so_far:.0f} so far."


class _Search(NamedTuple):
    """Columns whose step is searched for: where they stand, their slopes, and the rule's numbers.

    The first two have the shape (S, Q, C), all others (S, 1, C).
    """

    params: Array
    grad: Array
    loss: Array
    square: Array
    rate: Array
    c: Array
    shrink: Array


MANY = 64
"""Speed: of fewer columns all are tried to the end, which takes no longer."""


def _searched(line: _Search, local: Sight, left: int) -> tuple[Array, Array]:
    """Return the rate that each column takes, 0 if none of the tries left, and how many it took.

    Once fewer than half of them go on, they are tried among themselves.
    """
    params, grad, loss, square, rate, c, shrink = line
    tries, going = np.zeros(square.shape), np.ones(square.shape, dtype=bool)
    for k in range(1, left + 1):
        tries = tries + going
        low = local.loss(params - rate * grad) <= loss - c * rate * square
        going = going & ~np.asarray(low, bool)
        count = np.count_nonzero(going)
        if not count:
            return rate, tries
        rate = np.where(going, rate * shrink, rate)
        if local.apart and MANY < 2 * count < going.size:
            few = _Search(*(_columns(part, going) for part in line._replace(rate=rate)))
            rates, more = _searched(few, local, left - k)
            rate[going], tries[going] = rates.ravel(), tries[going] + more.ravel()
            return rate, tries
    return np.where(going, 0.0, rate), tries


def _columns(part: Array, chosen: Flags) -> Array:
    """Return the chosen columns (S, 1, C) of a part (S, Q, C) side by side, (1, Q, P)."""
    flat = part.swapaxes(0, 1).reshape(part.shape[1], -1)
    return np.ascontiguousarray(flat[None][:, :, chosen.ravel()])


class PolyakState(NamedTuple):
    """What the last update measured, (S, C): f, f at the minimum, |g|^2, and the rate taken."""

    loss: Array
    least: Array
    square: Array
    rate: Array


@dataclass(frozen=True)
class Polyak(LocalRule):
    """Step as long as it takes if the loss fell evenly to its known least value.

    theta <- theta - lr (f - f*) / |g|^2 g

    f is the loss over the rows at hand, f* that at the minimum over all rows; where f is below
    it nothing moves. (Polyak, 1969, Minimization of unsmooth functionals, USSR Computational
    Mathematics and Mathematical Physics 9; for mini-batches Loizou et al., 2021, arXiv:2002.10542)
    """

    key = "polyak"
    title = "Polyak’s step"
    lines = (
        Line("f", value=_after("loss")),
        Line(r"f_{\star}", value=_after("least")),
        Line(r"\lVert g \rVert^2", value=_after("square")),
        Line(
            r"\alpha",
            r"\max\left(0, \frac{<f> - <f_{\star}>}{<\lVert g \rVert^2>}\right)",
            _after("rate"),
        ),
        Line(THETA, r"<\theta> - <\eta>* <\alpha>*\, <g>"),
    )
    code = """\
square = np.sum(grad**2)
gap = max(height(params, rows) - LEAST, 0)
params = params - (lr * gap / square * grad if square > 0 else 0)"""
    about = "Knows how low the loss can get, and sizes each step by how far it still is above."
    needs = frozenset({LOSS, MINIMUM})
    relative = True

    lr: float = rate_knob(1.0, _SHARE)

    def init(self, params: Array) -> PolyakState:
        S, _, C = params.shape
        return PolyakState(*np.zeros((4, S, C)))

    def update(
        self,
        grad: Array,
        state: PolyakState,
        params: Array,
        lr: float | Array,
        local: Sight = NOTHING,
    ) -> tuple[Array, PolyakState]:
        loss, square = local.loss(params), _square(grad)
        gap = np.maximum(loss - local.least, 0.0)
        rate = np.divide(gap, square, out=np.zeros_like(gap), where=square != 0)
        least = np.full(loss.shape, local.least)
        parts = (part[:, 0] for part in (loss, least, square, rate))
        return -lr * rate * grad, PolyakState(*parts)


class HeavyBallState(NamedTuple):
    """The velocity, and the curvatures that the last update was told."""

    v: Array
    largest: float
    smallest: float


@dataclass(frozen=True)
class HeavyBall(LocalRule):
    """Momentum with the rate and the momentum that are best where the curvature is known.

    alpha = 4 / (sqrt L + sqrt mu)^2;   beta = ((sqrt L - sqrt mu) / (sqrt L + sqrt mu))^2
    v <- beta v + g;   theta <- theta - lr alpha v

    On a bowl the distance shrinks by (sqrt k - 1) / (sqrt k + 1) an update in the long run, with
    k = L / mu. (Polyak, 1964, Some methods of speeding up the convergence of iteration methods)
    """

    key = "heavy_ball"
    title = "Heavy ball, tuned"
    lines = (
        Line("L", value=_after("largest")),
        Line(r"\mu", value=_after("smallest")),
        Line(
            r"\alpha",
            r"\frac{4}{(\sqrt{<L>} + \sqrt{<\mu>})^2}",
            lambda rule, grad, before, after: rule.tuned(after.largest, after.smallest)[0],
        ),
        Line(
            r"\beta",
            r"\left(\frac{\sqrt{<L>} - \sqrt{<\mu>}}{\sqrt{<L>} + \sqrt{<\mu>}}\right)^2",
            lambda rule, grad, before, after: rule.tuned(after.largest, after.smallest)[1],
        ),
        Line("v", r"<\beta>* <v> + <g>"),
        Line(THETA, r"<\theta> - <\eta>* <\alpha>*\, <v>"),
    )
    code = """\
high, low = np.sqrt(LARGEST), np.sqrt(SMALLEST)
v = ((high - low) / (high + low)) ** 2 * v + grad
params = params - lr * 4 / (high + low) ** 2 * v"""
    about = "Momentum whose rate and momentum are computed from the steepest and flattest bend."
    memory_names = MappingProxyType({"v": "velocity"})
    needs = frozenset({CURVATURE})
    carries = ("v",)
    relative = True

    lr: float = rate_knob(1.0, _SHARE)

    def init(self, params: Array) -> HeavyBallState:
        return HeavyBallState(np.zeros(params.shape), np.nan, np.nan)

    def update(
        self,
        grad: Array,
        state: HeavyBallState,
        params: Array,
        lr: float | Array,
        local: Sight = NOTHING,
    ) -> tuple[Array, HeavyBallState]:
        alpha, beta = self.tuned(local.largest, local.smallest)
        v = beta * state.v + grad
        return -lr * alpha * v, HeavyBallState(v, local.largest, local.smallest)

    def tuned(self, largest: float, smallest: float) -> tuple[float, float]:
        """Return the best rate and momentum for these curvatures."""
        high, low = float(np.sqrt(largest)), float(np.sqrt(smallest))
        return 4 / (high + low) ** 2, ((high - low) / (high + low)) ** 2


LOCAL = table(FullAdaGrad(), Newton(), Armijo(), Polyak(), HeavyBall())
