"""Rules that take each parameter on its own: all they ask for is its gradient."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from gdplay.arrays import Array
from gdplay.knobs import knob
from gdplay.optimizers.rule import THETA, Line, Optimizer, rate_knob
from gdplay.registry import table


def _eps(default: float) -> Any:
    about = "Keeps the division away from zero."
    return knob(default, 1e-16, 1.0, log=True, help=about, symbol=r"\epsilon")


def _decay(default: float, symbol: str, help: str) -> Any:
    return knob(default, 0.0, 0.9999, help=help, symbol=symbol)


def _weight_decay(default: float) -> Any:
    about = "Share of each parameter taken off, times the rate."
    return knob(default, 0.0, 1.0, help=about, symbol=r"\lambda")


_MEAN = r"<\beta_1>* <m> + (1 - <\beta_1>)*\, <g>"
_SQUARE = r"<\beta_2>* <v> + (1 - <\beta_2>)*\, <g>^2"
_DIVISOR = r"\sqrt{<v> / <(1 - \beta_2^t)>} + <\epsilon>"
_UPDATES = Line("t", value=lambda rule, grad, before, after: after.t)
_FROM_ZERO = (
    Line(
        r"(1 - \beta_1^t)",
        r"1 - <\beta_1>^<t>",
        lambda rule, grad, before, after: 1 - rule.b1**after.t,
    ),
    Line(
        r"(1 - \beta_2^t)",
        r"1 - <\beta_2>^<t>",
        lambda rule, grad, before, after: 1 - rule.b2**after.t,
    ),
)
"""Adam's kin: running means, and what corrects them for their start at zero."""

_MEANS_CODE = """\
t = t + 1
m = b1 * m + (1 - b1) * grad
v = b2 * v + (1 - b2) * grad**2"""


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
    lines = (Line(THETA, r"<\theta> - <\eta>*\, <g>"),)
    code = "params = params - lr * grad"
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
    lines = (
        Line("v", r"<\beta>* <v> + <g>"),
        Line(THETA, r"<\theta> - <\eta>*\, <v>"),
    )
    code = """\
v = beta * v + grad
params = params - lr * v"""
    about = "Rolls like a heavy ball: past slopes carry it on along a ravine and over bumps."
    memory_names = MappingProxyType({"v": "velocity"})
    linear = True
    limit_formula = "2(1+β)/L"

    lr: float = rate_knob(1e-3)
    beta: float = _decay(0.9, r"\beta", "How much of the last velocity survives.")

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
    lines = (
        Line("v", r"<\beta>* <v> + <g>"),
        Line(THETA, r"<\theta> - <\eta>*\, (<g> + <\beta>* <v>)"),
    )
    code = """\
v = beta * v + grad
params = params - lr * (grad + beta * v)"""
    about = "Momentum that looks ahead to where it is going, so it overshoots less."
    memory_names = MappingProxyType({"v": "velocity"})
    linear = True
    limit_formula = "2(1+β)/((1+2β)L)"

    lr: float = rate_knob(1e-3)
    beta: float = _decay(0.9, r"\beta", "How much of the last velocity survives.")

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
    lines = (
        Line("v", "<v> + <g>^2"),
        Line(THETA, r"<\theta> - <\eta>*\, \frac{<g>}{\sqrt{<v>} + <\epsilon>}"),
    )
    code = """\
v = v + grad**2
params = params - lr * grad / (np.sqrt(v) + eps)"""
    about = "Gives every parameter its own rate, which shrinks as its slopes add up."
    memory_names = MappingProxyType({"v": "sum of squares"})

    lr: float = rate_knob(1e-2)
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
    lines = (
        Line("v", r"<\rho>* <v> + (1 - <\rho>)*\, <g>^2"),
        Line(THETA, r"<\theta> - <\eta>*\, \frac{<g>}{\sqrt{<v>} + <\epsilon>}"),
    )
    code = """\
v = rho * v + (1 - rho) * grad**2
params = params - lr * grad / (np.sqrt(v) + eps)"""
    about = "Divides every slope by its usual recent size, so steep and flat directions keep pace."
    memory_names = MappingProxyType({"v": "mean square"})

    lr: float = rate_knob(1e-2)
    rho: float = _decay(0.99, r"\rho", "How much of the mean squared gradient survives.")
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
    lines = (
        Line("v", r"<\rho>* <v> + (1 - <\rho>)*\, <g>^2"),
        Line(
            "d",
            r"\frac{\sqrt{<u> + <\epsilon>}}{\sqrt{<v> + <\epsilon>}}*\, <g>",
            lambda rule, grad, before, after: rule._way(grad, before.u, after.v),
        ),
        Line("u", r"<\rho>* <u> + (1 - <\rho>)*\, <d>^2"),
        Line(THETA, r"<\theta> - <\eta>*\, <d>"),
    )
    code = """\
v = rho * v + (1 - rho) * grad**2
step = np.sqrt((u + eps) / (v + eps)) * grad
u = rho * u + (1 - rho) * step**2
params = params - lr * step"""
    about = "Sets its own step length from the steps it took before; it starts very slowly."
    memory_names = MappingProxyType({"v": "mean square", "u": "mean squared step"})

    lr: float = rate_knob(1.0)
    rho: float = _decay(0.9, r"\rho", "How much of the two running means survives.")
    eps: float = _eps(1e-6)

    def init(self, params: Array) -> AdaDeltaState:
        return AdaDeltaState(np.zeros_like(params), np.zeros_like(params))

    def update(
        self, grad: Array, state: AdaDeltaState, params: Array, lr: float | Array
    ) -> tuple[Array, AdaDeltaState]:
        v = _mean(self.rho, state.v, grad * grad)
        step = self._way(grad, state.u, v)
        return -lr * step, AdaDeltaState(v, _mean(self.rho, state.u, step * step))

    def _way(self, grad: Array, u: Array, v: Array) -> Array:
        way: Array = np.sqrt((u + self.eps) / (v + self.eps)) * grad
        return way


class AdamState(NamedTuple):
    """Updates made, and the running means of the gradient and of its square."""

    t: int
    m: Array
    v: Array


@dataclass(frozen=True)
class _Moments(Optimizer):
    """Adam's kin: running means of the gradient and of its square, corrected for their start."""

    b1: float = _decay(0.9, r"\beta_1", "How much of the mean gradient survives.")
    b2: float = _decay(0.999, r"\beta_2", "How much of the mean squared gradient survives.")
    eps: float = _eps(1e-8)

    def _means(self, grad: Array, state: "AdamState | AMSGradState | NAdamState") -> AdamState:
        """Return the updates made and both means, with one more gradient."""
        m = _mean(self.b1, state.m, grad)
        v = _mean(self.b2, state.v, grad * grad)
        return AdamState(state.t + 1, m, v)

    def _step(self, t: int, m: Array, v: Array, lr: float | Array) -> Array:
        # Numerator and denominator times sqrt(1 - b2^t), which saves a pass over the parameters.
        root = (1 - self.b2**t) ** 0.5
        step: Array = (-lr * root / (1 - self.b1**t)) * m / (np.sqrt(v) + self.eps * root)
        return step


@dataclass(frozen=True)
class Adam(_Moments):
    """Momentum divided by the gradient's recent size, both corrected for their start at zero.

    m <- b1 m + (1 - b1) g;   v <- b2 v + (1 - b2) g^2
    theta <- theta - lr m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + eps)

    (Kingma & Ba, 2015, arXiv:1412.6980)
    """

    key = "adam"
    title = "Adam"
    lines = (
        Line("m", _MEAN),
        Line("v", _SQUARE),
        _UPDATES,
        *_FROM_ZERO,
        Line(THETA, rf"<\theta> - <\eta>*\, \frac{{<m> / <(1 - \beta_1^t)>}}{{{_DIVISOR}}}"),
    )
    code = f"""\
{_MEANS_CODE}
params = params - lr * m / (1 - b1**t) / (np.sqrt(v / (1 - b2**t)) + eps)"""
    about = "Momentum and a rate of its own for every parameter; first steps are all one rate long."
    memory_names = MappingProxyType({"m": "mean gradient", "v": "mean square"})

    lr: float = rate_knob(1e-3)

    def init(self, params: Array) -> AdamState:
        return AdamState(0, np.zeros_like(params), np.zeros_like(params))

    def update(
        self, grad: Array, state: AdamState, params: Array, lr: float | Array
    ) -> tuple[Array, AdamState]:
        state = self._means(grad, state)
        return self._step(*state, lr), state


class AMSGradState(NamedTuple):
    """Adam's state, and the largest squared mean so far."""

    t: int
    m: Array
    v: Array
    v_max: Array


@dataclass(frozen=True)
class AMSGrad(_Moments):
    """Adam whose divisor never shrinks, so that a rare large gradient is not forgotten.

    m <- b1 m + (1 - b1) g;   v <- b2 v + (1 - b2) g^2;   w <- max(w, v)
    theta <- theta - lr m / (1 - b1^t) / (sqrt(w / (1 - b2^t)) + eps)

    (Reddi, Kale & Kumar, 2018; with Adam's corrections as in torch.optim.Adam(amsgrad=True))
    """

    key = "amsgrad"
    title = "AMSGrad"
    lines = (
        Line("m", _MEAN),
        Line("v", _SQUARE),
        Line("w", r"\max(<w>, <v>)"),
        _UPDATES,
        *_FROM_ZERO,
        Line(
            THETA,
            r"<\theta> - <\eta>*\, \frac{<m> / <(1 - \beta_1^t)>}"
            r"{\sqrt{<w> / <(1 - \beta_2^t)>} + <\epsilon>}",
        ),
    )
    code = f"""\
{_MEANS_CODE}
v_max = np.maximum(v_max, v)
params = params - lr * m / (1 - b1**t) / (np.sqrt(v_max / (1 - b2**t)) + eps)"""
    about = "Adam with a longer memory: a large slope, once seen, keeps the steps small."
    memory_names = MappingProxyType(
        {"m": "mean gradient", "v": "mean square", "w": "largest mean square"}
    )

    lr: float = rate_knob(1e-3)

    def init(self, params: Array) -> AMSGradState:
        return AMSGradState(0, np.zeros_like(params), np.zeros_like(params), np.zeros_like(params))

    def update(
        self, grad: Array, state: AMSGradState, params: Array, lr: float | Array
    ) -> tuple[Array, AMSGradState]:
        t, m, v = self._means(grad, state)
        v_max = np.maximum(state.v_max, v)
        return self._step(t, m, v_max, lr), AMSGradState(t, m, v, v_max)


@dataclass(frozen=True)
class AdamW(_Moments):
    """Adam that also shrinks the parameters, apart from the gradient.

    theta <- theta - lr weight_decay theta, then Adam's step        (Loshchilov & Hutter, 2019)
    """

    key = "adamw"
    title = "AdamW"
    lines = (
        Line("m", _MEAN),
        Line("v", _SQUARE),
        _UPDATES,
        *_FROM_ZERO,
        Line(
            THETA,
            "<\\theta> - <\\eta>*\\, <\\lambda>*\\, <\\theta>\n    "
            rf"- <\eta>*\, \frac{{<m> / <(1 - \beta_1^t)>}}{{{_DIVISOR}}}",
        ),
    )
    code = f"""\
{_MEANS_CODE}
step = m / (1 - b1**t) / (np.sqrt(v / (1 - b2**t)) + eps)
params = params - lr * weight_decay * params - lr * step"""
    about = "Adam that also pulls every parameter a little towards zero at each step."
    memory_names = MappingProxyType({"m": "mean gradient", "v": "mean square"})

    lr: float = rate_knob(1e-3)
    weight_decay: float = _weight_decay(1e-2)

    def init(self, params: Array) -> AdamState:
        return AdamState(0, np.zeros_like(params), np.zeros_like(params))

    def update(
        self, grad: Array, state: AdamState, params: Array, lr: float | Array
    ) -> tuple[Array, AdamState]:
        state = self._means(grad, state)
        return self._step(*state, lr) - (lr * self.weight_decay) * params, state


class NAdamState(NamedTuple):
    """Adam's state, and the product of the momenta so far (one number a configuration)."""

    t: int
    m: Array
    v: Array
    product: float | Array


@dataclass(frozen=True)
class NAdam(_Moments):
    """Adam with Nesterov's look ahead, its momentum warming up.

    mu_t = b1 (1 - 0.96^(t momentum_decay) / 2);   P_t = mu_1 mu_2 ... mu_t
    n = (1 - mu_t) / (1 - P_t) g + mu_{t+1} / (1 - P_{t+1}) m
    theta <- theta - lr n / (sqrt(v / (1 - b2^t)) + eps)        (Dozat, 2016)
    """

    key = "nadam"
    title = "NAdam"
    lines = (
        Line("m", _MEAN),
        Line("v", _SQUARE),
        _UPDATES,
        Line(
            r"\mu_t",
            r"<\beta_1>* \left(1 - \tfrac{1}{2}*\, 0.96^{\,<t>* <\psi>}\right)",
            lambda rule, grad, before, after: rule._momentum(after.t),
        ),
        Line(
            r"\mu_{t+1}",
            value=lambda rule, grad, before, after: rule._momentum(after.t + 1),
        ),
        Line(r"\prod_{i \le t} \mu_i", value=lambda rule, grad, before, after: after.product),
        Line(
            r"\prod_{i \le t+1} \mu_i",
            value=lambda rule, grad, before, after: after.product * rule._momentum(after.t + 1),
        ),
        Line(
            "n",
            "\\frac{1 - <\\mu_t>}{1 - <\\prod_{i \\le t} \\mu_i>}*\\, <g>\n    "
            r"+ \frac{<\mu_{t+1}>}{1 - <\prod_{i \le t+1} \mu_i>}*\, <m>",
            lambda rule, grad, before, after: rule._ahead(grad, after),
        ),
        _FROM_ZERO[1],
        Line(THETA, rf"<\theta> - <\eta>*\, \frac{{<n>}}{{{_DIVISOR}}}"),
    )
    code = f"""\
{_MEANS_CODE}
mu = b1 * (1 - 0.96 ** (t * momentum_decay) / 2)
mu_next = b1 * (1 - 0.96 ** ((t + 1) * momentum_decay) / 2)
product = product * mu
ahead = (1 - mu) / (1 - product) * grad + mu_next / (1 - product * mu_next) * m
params = params - lr * ahead / (np.sqrt(v / (1 - b2**t)) + eps)"""
    about = "Adam that looks ahead the way Nesterov's momentum does."
    memory_names = MappingProxyType({"m": "mean gradient", "v": "mean square"})

    lr: float = rate_knob(2e-3)
    momentum_decay: float = knob(
        4e-3, 0.0, 1.0, help="How fast the momentum warms up to b1.", symbol=r"\psi"
    )

    def init(self, params: Array) -> NAdamState:
        return NAdamState(0, np.zeros_like(params), np.zeros_like(params), 1.0)

    def update(
        self, grad: Array, state: NAdamState, params: Array, lr: float | Array
    ) -> tuple[Array, NAdamState]:
        t, m, v = self._means(grad, state)
        mu, mu_next = self._momentum(t), self._momentum(t + 1)
        product = state.product * mu
        root = (1 - self.b2**t) ** 0.5
        rate = -lr * root
        step = (rate * (1 - mu) / (1 - product)) * grad
        step += (rate * mu_next / (1 - product * mu_next)) * m
        step /= np.sqrt(v) + self.eps * root
        return step, NAdamState(t, m, v, product)

    def _ahead(self, grad: Array, state: NAdamState) -> Array:
        mu, mu_next = self._momentum(state.t), self._momentum(state.t + 1)
        product = state.product
        ahead: Array = (1 - mu) / (1 - product) * grad
        return ahead + mu_next / (1 - product * mu_next) * state.m

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
    lines = (
        Line(
            THETA,
            "<\\theta> - <\\eta>* \\left(\n    "
            r"\operatorname{sign}(<\beta_1>* <m> + (1 - <\beta_1>)*\, <g>)"
            r" + <\lambda>*\, <\theta> \right)",
        ),
        Line("m", r"<\beta_2>* <m> + (1 - <\beta_2>)*\, <g>"),
    )
    code = """\
direction = np.sign(b1 * m + (1 - b1) * grad)
params = params - lr * (direction + weight_decay * params)
m = b2 * m + (1 - b2) * grad"""
    about = "Looks only at the direction of each slope, and moves every parameter equally far."
    memory_names = MappingProxyType({"m": "mean gradient"})

    lr: float = rate_knob(1e-4)
    b1: float = _decay(0.9, r"\beta_1", "How much the mean gradient counts in the direction.")
    b2: float = _decay(0.99, r"\beta_2", "How much of the mean gradient survives.")
    weight_decay: float = _weight_decay(0.0)

    def init(self, params: Array) -> Array:
        return np.zeros_like(params)

    def update(
        self, grad: Array, mean: Array, params: Array, lr: float | Array
    ) -> tuple[Array, Array]:
        direction = np.sign(_mean(self.b1, mean, grad)) + self.weight_decay * params
        return -lr * direction, _mean(self.b2, mean, grad)


ELEMENTWISE = table(
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
