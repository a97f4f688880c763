"""Optimizers: the rules that turn a gradient into a step."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from gdplay.arrays import Array
from gdplay.knobs import Knobs, knob, knobs
from gdplay.registry import table

SYMBOLS = MappingProxyType(
    {
        "lr": r"\eta", "beta": r"\beta", "rho": r"\rho", "b1": r"\beta_1", "b2": r"\beta_2",
        "eps": r"\epsilon", "weight_decay": r"\lambda", "momentum_decay": r"\psi", "v_max": "w",
    }
)  # fmt: skip
"""How formulas write the fields of rules and states, where not by the field's own name."""


def _lr(default: float) -> Any:
    return knob(default, 1e-8, 1e3, log=True, help="Learning rate: the size of each step.")


def _decay(default: float, help: str) -> Any:
    return knob(default, 0.0, 0.9999, help=help)


def _eps(default: float) -> Any:
    return knob(default, 1e-16, 1.0, log=True, help="Keeps the division away from zero.")


def _weight_decay(default: float) -> Any:
    return knob(default, 0.0, 1.0, help="Share of each parameter taken off, times the rate.")


@dataclass(frozen=True)
class Optimizer(Knobs, ABC):
    r"""An update rule: a pure pair of functions, elementwise over the parameters.

    Its numbers may also be arrays that broadcast along the last axis of the parameters (see
    `stack`), so a rule computes with them and never branches on them.

    Attributes
    ----------
    key, title : str
        What links hold (it never changes), and what people read.
    formula : str
        The update in LaTeX: parameters \theta, gradient g, learning rate \eta.
    about : str
        One sentence for a learner.
    linear : bool
        Whether step and state are linear in gradient and state (an array or None), so that
        updates on a quadratic loss can be composed.
    plain : bool
        Whether the step is the gradient times the rate and nothing is remembered: what theory
        says of noisy gradients is about that.
    limit_formula : str
        `limit` in symbols, as people write it; empty where there is none.
    lr : float
        Learning rate. `update` is handed the scheduled one and never reads it.
    """

    key = ""
    title = ""
    formula = ""
    about = ""
    linear = False
    plain = False
    limit_formula = ""

    lr: float = _lr(1e-3)

    @abstractmethod
    def init(self, params: Array) -> Any:
        """Return the state before the first update, for parameters of this shape.

        Parameters
        ----------
        params : ndarray of any shape

        Returns
        -------
        state : None, ndarray or NamedTuple
            What the rule remembers; its arrays have the shape of `params`.
        """

    @abstractmethod
    def update(
        self, grad: Array, state: Any, params: Array, lr: float | Array
    ) -> tuple[Array, Any]:
        """Return the step to add to the parameters, and the new state; change no argument.

        Parameters
        ----------
        grad : ndarray
            The gradient at `params`, of the same shape.
        state : None, ndarray or NamedTuple
            From `init`, or from the update before.
        params : ndarray
        lr : float or ndarray
            Learning rate of this update, already scheduled; broadcasts against `params`.

        Returns
        -------
        step : ndarray
            What to add to `params`, of the same shape.
        state : None, ndarray or NamedTuple
        """

    def between(self, grad: Array, state: Any, new_state: Any) -> Mapping[str, float | Array]:
        """Return, by symbol, what `formula` names besides gradient, state and fields.

        It is for showing an update's numbers, from the states before and after it.
        """
        return {}

    def limit(self, largest: float) -> float | None:
        """Return the largest stable rate on a full batch whose curvature is `largest`, or None.

        On a quadratic the roots of the rule's characteristic polynomial leave the unit circle
        there. Infinite where nothing bends upwards; None where no limit follows from the
        curvature alone.
        """
        return None

    def contraction(self, bend: float) -> float | None:
        """Return by how much a full-batch update shrinks the distance along one direction, or None.

        The factor per update in the long run, where the loss bends by `bend` along it; above 1
        the distance grows. None where it does not follow from the curvature alone.
        """
        return None


def _limit(share: float, largest: float) -> float:
    """Return a limit that is `share` times the plain step's, 2/L."""
    return 2 * share / largest if largest > 0 else np.inf


def _larger_root(total: float, product: float) -> float:
    """Return the larger modulus of the two numbers with this sum and this product."""
    apart = total**2 - 4 * product
    return float(np.sqrt(product) if apart < 0 else (abs(total) + np.sqrt(apart)) / 2)


def _mean(decay: float, old: Array, new: Array) -> Array:
    """Return the running mean that keeps the share `decay` of `old`."""
    # Not old + (1 - decay) (new - old): that loses a small `new` beside a large `old`.
    return decay * old + (1 - decay) * new


@dataclass(frozen=True)
class SGD(Optimizer):
    """Step straight down the gradient.

    theta <- theta - lr g        (Cauchy, 1847; Robbins & Monro, 1951, for noisy gradients)
    """

    key = "sgd"
    title = "Plain step"
    formula = r"\theta \leftarrow \theta - \eta\, g"
    about = "Goes straight downhill, by the learning rate times the slope."
    linear = True
    plain = True
    limit_formula = "2/L"

    def init(self, params: Array) -> None:
        """Remember nothing."""

    def update(
        self, grad: Array, state: None, params: Array, lr: float | Array
    ) -> tuple[Array, None]:
        return -lr * grad, None

    def limit(self, largest: float) -> float:
        return _limit(1.0, largest)

    def contraction(self, bend: float) -> float:
        return abs(1 - self.lr * bend)


@dataclass(frozen=True)
class Momentum(Optimizer):
    """Let past gradients carry the step on: fast along a ravine, slow to turn.

    v <- beta v + g;   theta <- theta - lr v        (Polyak, 1964)
    """

    key = "momentum"
    title = "Momentum"
    formula = r"""\begin{aligned}
v &\leftarrow \beta v + g \\
\theta &\leftarrow \theta - \eta\, v
\end{aligned}"""
    about = "Rolls like a heavy ball: past slopes carry it on along a ravine and over bumps."
    linear = True
    limit_formula = "2(1+β)/L"

    lr: float = _lr(1e-3)
    beta: float = _decay(0.9, "How much of the last velocity survives.")

    def init(self, params: Array) -> Array:
        return np.zeros_like(params)

    def update(
        self, grad: Array, velocity: Array, params: Array, lr: float | Array
    ) -> tuple[Array, Array]:
        velocity = self.beta * velocity + grad
        return -lr * velocity, velocity

    def limit(self, largest: float) -> float:
        return _limit(1 + self.beta, largest)

    def contraction(self, bend: float) -> float:
        """Take the larger root, in modulus, of z^2 - (1 + b - lr h) z + b (Polyak, 1964)."""
        return _larger_root(self.beta + (1 - self.lr * bend), self.beta)


@dataclass(frozen=True)
class Nesterov(Optimizer):
    """Momentum that looks one step ahead, and so brakes earlier.

    v <- beta v + g;   theta <- theta - lr (g + beta v)

    The gradient is taken at theta itself, which stands for the point ahead.
    (Nesterov, 1983; in this form Sutskever, Martens, Dahl & Hinton, 2013, and torch.optim.SGD)
    """

    key = "nesterov"
    title = "Nesterov"
    formula = r"""\begin{aligned}
v &\leftarrow \beta v + g \\
\theta &\leftarrow \theta - \eta\, (g + \beta v)
\end{aligned}"""
    about = "Momentum that looks ahead to where it is going, so it overshoots less."
    linear = True
    limit_formula = "2(1+β)/((1+2β)L)"

    lr: float = _lr(1e-3)
    beta: float = _decay(0.9, "How much of the last velocity survives.")

    def init(self, params: Array) -> Array:
        return np.zeros_like(params)

    def update(
        self, grad: Array, velocity: Array, params: Array, lr: float | Array
    ) -> tuple[Array, Array]:
        velocity = self.beta * velocity + grad
        return -lr * (grad + self.beta * velocity), velocity

    def limit(self, largest: float) -> float:
        return _limit((1 + self.beta) / (1 + 2 * self.beta), largest)

    def contraction(self, bend: float) -> float:
        """Take the larger root, in modulus, of z^2 - (1 + b)(1 - lr h) z + b (1 - lr h).

        (Lessard, Recht & Packard, 2016, arXiv:1408.3595)
        """
        stays = 1 - self.lr * bend
        return _larger_root((1 + self.beta) * stays, self.beta * stays)


@dataclass(frozen=True)
class AdaGrad(Optimizer):
    """Give each parameter its own rate, smaller the more gradient it has seen.

    v <- v + g^2;   theta <- theta - lr g / (sqrt(v) + eps)        (Duchi, Hazan & Singer, 2011)
    """

    key = "adagrad"
    title = "AdaGrad"
    formula = r"""\begin{aligned}
v &\leftarrow v + g^2 \\
\theta &\leftarrow \theta - \eta\, \frac{g}{\sqrt{v} + \epsilon}
\end{aligned}"""
    about = "Gives every parameter its own rate, which shrinks as its slopes add up."

    lr: float = _lr(1e-2)
    eps: float = _eps(1e-10)

    def init(self, params: Array) -> Array:
        return np.zeros_like(params)

    def update(
        self, grad: Array, square: Array, params: Array, lr: float | Array
    ) -> tuple[Array, Array]:
        square = square + grad * grad
        return -lr * grad / (np.sqrt(square) + self.eps), square


@dataclass(frozen=True)
class RMSProp(Optimizer):
    """Divide each gradient by its own recent size.

    v <- rho v + (1 - rho) g^2;   theta <- theta - lr g / (sqrt(v) + eps)

    (Tieleman & Hinton, 2012, Neural Networks for Machine Learning, lecture 6.5)
    """

    key = "rmsprop"
    title = "RMSProp"
    formula = r"""\begin{aligned}
v &\leftarrow \rho v + (1 - \rho)\, g^2 \\
\theta &\leftarrow \theta - \eta\, \frac{g}{\sqrt{v} + \epsilon}
\end{aligned}"""
    about = "Divides every slope by its usual recent size, so steep and flat directions keep pace."

    lr: float = _lr(1e-2)
    rho: float = _decay(0.99, "How much of the mean squared gradient survives.")
    eps: float = _eps(1e-8)

    def init(self, params: Array) -> Array:
        return np.zeros_like(params)

    def update(
        self, grad: Array, square: Array, params: Array, lr: float | Array
    ) -> tuple[Array, Array]:
        square = _mean(self.rho, square, grad * grad)
        return -lr * grad / (np.sqrt(square) + self.eps), square


class AdaDeltaState(NamedTuple):
    """Running means of the squared gradient and of the squared step (before the rate)."""

    v: Array
    u: Array


@dataclass(frozen=True)
class AdaDelta(Optimizer):
    """Make steps as long as recent steps, measured in recent gradients.

    v <- rho v + (1 - rho) g^2;   d = sqrt(u + eps) / sqrt(v + eps) g
    u <- rho u + (1 - rho) d^2;   theta <- theta - lr d        (Zeiler, 2012, arXiv:1212.5701)
    """

    key = "adadelta"
    title = "AdaDelta"
    formula = r"""\begin{aligned}
v &\leftarrow \rho v + (1 - \rho)\, g^2 \\
d &= \frac{\sqrt{u + \epsilon}}{\sqrt{v + \epsilon}}\, g \\
u &\leftarrow \rho u + (1 - \rho)\, d^2 \\
\theta &\leftarrow \theta - \eta\, d
\end{aligned}"""
    about = "Sets its own step length from the steps it took before; it starts very slowly."

    lr: float = _lr(1.0)
    rho: float = _decay(0.9, "How much of the two running means survives.")
    eps: float = _eps(1e-6)

    def init(self, params: Array) -> AdaDeltaState:
        return AdaDeltaState(np.zeros_like(params), np.zeros_like(params))

    def update(
        self, grad: Array, state: AdaDeltaState, params: Array, lr: float | Array
    ) -> tuple[Array, AdaDeltaState]:
        v = _mean(self.rho, state.v, grad * grad)
        step = np.sqrt((state.u + self.eps) / (v + self.eps)) * grad
        return -lr * step, AdaDeltaState(v, _mean(self.rho, state.u, step * step))

    def between(
        self, grad: Array, state: AdaDeltaState, new_state: AdaDeltaState
    ) -> Mapping[str, float | Array]:
        return {"d": np.sqrt((state.u + self.eps) / (new_state.v + self.eps)) * grad}


class AdamState(NamedTuple):
    """Updates made, and the running means of the gradient and of its square."""

    t: int
    m: Array
    v: Array


@dataclass(frozen=True)
class Adam(Optimizer):
    """Momentum divided by the gradient's recent size, both corrected for their start at zero.

    m <- b1 m + (1 - b1) g;   v <- b2 v + (1 - b2) g^2
    theta <- theta - lr m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + eps)

    (Kingma & Ba, 2015, arXiv:1412.6980)
    """

    key = "adam"
    title = "Adam"
    formula = r"""\begin{aligned}
m &\leftarrow \beta_1 m + (1 - \beta_1)\, g \\
v &\leftarrow \beta_2 v + (1 - \beta_2)\, g^2 \\
\theta &\leftarrow \theta - \eta\, \frac{m / (1 - \beta_1^t)}{\sqrt{v / (1 - \beta_2^t)} + \epsilon}
\end{aligned}"""
    about = "Momentum and a rate of its own for every parameter; first steps are all one rate long."

    lr: float = _lr(1e-3)
    b1: float = _decay(0.9, "How much of the mean gradient survives.")
    b2: float = _decay(0.999, "How much of the mean squared gradient survives.")
    eps: float = _eps(1e-8)

    def init(self, params: Array) -> AdamState:
        return AdamState(0, np.zeros_like(params), np.zeros_like(params))

    def update(
        self, grad: Array, state: AdamState, params: Array, lr: float | Array
    ) -> tuple[Array, AdamState]:
        state = _adam_state(self, grad, state)
        return _adam_step(self, state.t, state.m, state.v, lr), state


def _adam_state(rule: "Adam | AdamW", grad: Array, state: AdamState) -> AdamState:
    m = _mean(rule.b1, state.m, grad)
    v = _mean(rule.b2, state.v, grad * grad)
    return AdamState(state.t + 1, m, v)


def _adam_step(
    rule: "Adam | AMSGrad | AdamW", t: int, m: Array, v: Array, lr: float | Array
) -> Array:
    # Numerator and denominator times sqrt(1 - b2^t), which saves a pass over the parameters.
    root = (1 - rule.b2**t) ** 0.5
    step: Array = (-lr * root / (1 - rule.b1**t)) * m / (np.sqrt(v) + rule.eps * root)
    return step


class AMSGradState(NamedTuple):
    """Adam's state, and the largest squared mean so far."""

    t: int
    m: Array
    v: Array
    v_max: Array


@dataclass(frozen=True)
class AMSGrad(Optimizer):
    """Adam whose divisor never shrinks, so that a rare large gradient is not forgotten.

    m <- b1 m + (1 - b1) g;   v <- b2 v + (1 - b2) g^2;   w <- max(w, v)
    theta <- theta - lr m / (1 - b1^t) / (sqrt(w / (1 - b2^t)) + eps)

    (Reddi, Kale & Kumar, 2018; with Adam's corrections as in torch.optim.Adam(amsgrad=True))
    """

    key = "amsgrad"
    title = "AMSGrad"
    formula = r"""\begin{aligned}
m &\leftarrow \beta_1 m + (1 - \beta_1)\, g \\
v &\leftarrow \beta_2 v + (1 - \beta_2)\, g^2 \\
w &\leftarrow \max(w, v) \\
\theta &\leftarrow \theta - \eta\, \frac{m / (1 - \beta_1^t)}{\sqrt{w / (1 - \beta_2^t)} + \epsilon}
\end{aligned}"""
    about = "Adam with a longer memory: a large slope, once seen, keeps the steps small."

    lr: float = _lr(1e-3)
    b1: float = _decay(0.9, "How much of the mean gradient survives.")
    b2: float = _decay(0.999, "How much of the mean squared gradient survives.")
    eps: float = _eps(1e-8)

    def init(self, params: Array) -> AMSGradState:
        return AMSGradState(0, np.zeros_like(params), np.zeros_like(params), np.zeros_like(params))

    def update(
        self, grad: Array, state: AMSGradState, params: Array, lr: float | Array
    ) -> tuple[Array, AMSGradState]:
        m = _mean(self.b1, state.m, grad)
        v = _mean(self.b2, state.v, grad * grad)
        state = AMSGradState(state.t + 1, m, v, np.maximum(state.v_max, v))
        return _adam_step(self, state.t, m, state.v_max, lr), state


@dataclass(frozen=True)
class AdamW(Optimizer):
    """Adam that also shrinks the parameters, apart from the gradient.

    theta <- theta - lr weight_decay theta, then Adam's step        (Loshchilov & Hutter, 2019)
    """

    key = "adamw"
    title = "AdamW"
    formula = r"""\begin{aligned}
m &\leftarrow \beta_1 m + (1 - \beta_1)\, g \\
v &\leftarrow \beta_2 v + (1 - \beta_2)\, g^2 \\
\theta &\leftarrow \theta - \eta\, \lambda\, \theta
    - \eta\, \frac{m / (1 - \beta_1^t)}{\sqrt{v / (1 - \beta_2^t)} + \epsilon}
\end{aligned}"""
    about = "Adam that also pulls every parameter a little towards zero at each step."

    lr: float = _lr(1e-3)
    b1: float = _decay(0.9, "How much of the mean gradient survives.")
    b2: float = _decay(0.999, "How much of the mean squared gradient survives.")
    eps: float = _eps(1e-8)
    weight_decay: float = _weight_decay(1e-2)

    def init(self, params: Array) -> AdamState:
        return AdamState(0, np.zeros_like(params), np.zeros_like(params))

    def update(
        self, grad: Array, state: AdamState, params: Array, lr: float | Array
    ) -> tuple[Array, AdamState]:
        state = _adam_state(self, grad, state)
        step = _adam_step(self, state.t, state.m, state.v, lr)
        return step - (lr * self.weight_decay) * params, state


class NAdamState(NamedTuple):
    """Adam's state, and the product of the momenta so far (one number a configuration)."""

    t: int
    m: Array
    v: Array
    product: float | Array


@dataclass(frozen=True)
class NAdam(Optimizer):
    """Adam with Nesterov's look ahead, its momentum warming up.

    mu_t = b1 (1 - 0.96^(t momentum_decay) / 2);   P_t = mu_1 mu_2 ... mu_t
    n = (1 - mu_t) / (1 - P_t) g + mu_{t+1} / (1 - P_{t+1}) m
    theta <- theta - lr n / (sqrt(v / (1 - b2^t)) + eps)        (Dozat, 2016)
    """

    key = "nadam"
    title = "NAdam"
    formula = r"""\begin{aligned}
m &\leftarrow \beta_1 m + (1 - \beta_1)\, g \\
v &\leftarrow \beta_2 v + (1 - \beta_2)\, g^2 \\
\mu_t &= \beta_1 \left(1 - \tfrac{1}{2}\, 0.96^{\,t \psi}\right) \\
n &= \frac{1 - \mu_t}{1 - \prod_{i \le t} \mu_i}\, g
    + \frac{\mu_{t+1}}{1 - \prod_{i \le t+1} \mu_i}\, m \\
\theta &\leftarrow \theta - \eta\, \frac{n}{\sqrt{v / (1 - \beta_2^t)} + \epsilon}
\end{aligned}"""
    about = "Adam that looks ahead the way Nesterov's momentum does."

    lr: float = _lr(2e-3)
    b1: float = _decay(0.9, "How much of the mean gradient survives.")
    b2: float = _decay(0.999, "How much of the mean squared gradient survives.")
    eps: float = _eps(1e-8)
    momentum_decay: float = knob(4e-3, 0.0, 1.0, help="How fast the momentum warms up to b1.")

    def init(self, params: Array) -> NAdamState:
        return NAdamState(0, np.zeros_like(params), np.zeros_like(params), 1.0)

    def update(
        self, grad: Array, state: NAdamState, params: Array, lr: float | Array
    ) -> tuple[Array, NAdamState]:
        t = state.t + 1
        m = _mean(self.b1, state.m, grad)
        v = _mean(self.b2, state.v, grad * grad)
        mu, mu_next = self._momentum(t), self._momentum(t + 1)
        product = state.product * mu
        root = (1 - self.b2**t) ** 0.5
        rate = -lr * root
        step = (rate * (1 - mu) / (1 - product)) * grad
        step += (rate * mu_next / (1 - product * mu_next)) * m
        step /= np.sqrt(v) + self.eps * root
        return step, NAdamState(t, m, v, product)

    def between(
        self, grad: Array, state: NAdamState, new_state: NAdamState
    ) -> Mapping[str, float | Array]:
        mu, mu_next = self._momentum(new_state.t), self._momentum(new_state.t + 1)
        product = new_state.product
        ahead = (1 - mu) / (1 - product) * grad + mu_next / (1 - product * mu_next) * new_state.m
        return {
            r"\mu_t": mu,
            r"\mu_{t+1}": mu_next,
            r"\prod_{i \le t} \mu_i": product,
            r"\prod_{i \le t+1} \mu_i": product * mu_next,
            "n": ahead,
        }

    def _momentum(self, t: int) -> float:
        mu: float = self.b1 * (1 - 0.5 * 0.96 ** (t * self.momentum_decay))
        return mu


@dataclass(frozen=True)
class Lion(Optimizer):
    """Step by the sign alone: every parameter moves by exactly the learning rate.

    theta <- theta - lr (sign(b1 m + (1 - b1) g) + weight_decay theta);   m <- b2 m + (1 - b2) g

    (Chen et al., 2023, Symbolic Discovery of Optimization Algorithms, arXiv:2302.06675)
    """

    key = "lion"
    title = "Lion"
    formula = r"""\begin{aligned}
\theta &\leftarrow \theta - \eta \left(
    \operatorname{sign}(\beta_1 m + (1 - \beta_1)\, g) + \lambda\, \theta \right) \\
m &\leftarrow \beta_2 m + (1 - \beta_2)\, g
\end{aligned}"""
    about = "Looks only at the direction of each slope, and moves every parameter equally far."

    lr: float = _lr(1e-4)
    b1: float = _decay(0.9, "How much the mean gradient counts in the direction.")
    b2: float = _decay(0.99, "How much of the mean gradient survives.")
    weight_decay: float = _weight_decay(0.0)

    def init(self, params: Array) -> Array:
        return np.zeros_like(params)

    def update(
        self, grad: Array, mean: Array, params: Array, lr: float | Array
    ) -> tuple[Array, Array]:
        direction = np.sign(_mean(self.b1, mean, grad)) + self.weight_decay * params
        return -lr * direction, _mean(self.b2, mean, grad)


OPTIMIZERS = table(
    SGD(),
    Momentum(),
    Nesterov(),
    AdaGrad(),
    RMSProp(),
    AdaDelta(),
    Adam(),
    AMSGrad(),
    AdamW(),
    NAdam(),
    Lion(),
)


def stack(rules: Sequence[Optimizer]) -> Optimizer:
    """Return one rule that updates several configurations at once.

    Parameters
    ----------
    rules : sequence of Optimizer
        C rules of one class.

    Returns
    -------
    stacked : Optimizer
        Of that class, each number an array of shape (C,) along the last axis of the parameters.
        It is for computing only: it has no hash and does not compare.

    Raises
    ------
    ValueError
        If there are no rules, or they are of several classes.
    """
    kinds = {type(rule): None for rule in rules}
    if len(kinds) != 1:
        names = ", ".join(kind.__name__ for kind in kinds) or "none"
        raise ValueError(f"rules must be one or more of a single class; got {names}")
    stacked: Optimizer = object.__new__(type(rules[0]))
    for name in knobs(stacked):
        numbers = np.array([getattr(rule, name) for rule in rules], dtype=np.float64)
        object.__setattr__(stacked, name, numbers)
    return stacked
