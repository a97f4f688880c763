"""What is fitted: the models, what each predicts and which losses it knows."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np

from gdplay.arrays import Array, Indices
from gdplay.knobs import Knobs, knob
from gdplay.loss.kernels import Kernel, LeastSquares, LogLoss, SoftmaxLoss
from gdplay.loss.network_code import network_code
from gdplay.loss.networks import (
    ACTIVATIONS,
    Head,
    Margins,
    NetworkLoss,
    Shares,
    Squares,
    Wiring,
)
from gdplay.registry import table


@dataclass(frozen=True)
class Model(Knobs):
    """A menu entry: what it predicts, which losses it knows, which data it suits.

    Attributes
    ----------
    linear : bool
        Whether scores are linear in the parameters, so that rows bend along their scores alone and
        each row's Hessian is known.
    code : mapping from objectives to str
        `loss(params, X, y)` and `gradient(params, X, y)` in Python, for scripts without gdplay: the
        mean over rows whose first column is 1. Where there are classes, their number is N_CLASSES.
    bend : float, optional
        The most that a row's loss bends along its scores, which are then linear; None where that
        is not known.
    convex : bool
        Whether what is a minimum nearby is one everywhere, so that the minimum can be computed.
    """

    key = ""
    title = ""
    about = ""
    objectives: ClassVar[tuple[str, ...]] = ()
    code: ClassVar[Mapping[str, str]] = MappingProxyType({})
    linear: ClassVar[bool]
    bend: ClassVar[float | None]
    convex: ClassVar[bool] = True

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        # A model made from another one bends in its own way: what it claims, it says itself.
        cls.linear = bool(cls.__dict__.get("linear"))
        cls.bend = cls.__dict__.get("bend")

    def suits(self, n_classes: int) -> bool:
        """Whether it can learn a target of `n_classes` classes (0: a number)."""
        raise NotImplementedError

    def objectives_for(self, n_classes: int) -> tuple[str, ...]:
        """Return the losses it knows for such a target, its usual one first."""
        return self.objectives

    def bind(self, X: Array, y: Array, n_classes: int, objective: str | None = None) -> Kernel:
        """Return the kernel for rows `X (n, d)` and targets `y (n,)`; None: its usual loss."""
        raise NotImplementedError

    def code_for(self, n_features: int, n_classes: int, objective: str) -> str:
        """Return the `code` of an objective on rows of so many columns; "" where there is none."""
        return self.code.get(objective, "")

    def start(self, n_features: int, n_classes: int, rng: np.random.Generator) -> Array | None:
        """Return where training begins if nobody says where, (n_params,); None: at zero."""
        return None

    def biases(self, n_features: int, n_params: int) -> Indices:
        """Return the places of the biases among the parameters."""
        return np.arange(0, n_params, n_features + 1)

    def n_on_columns(self, n_features: int, n_params: int) -> int:
        """Return how many parameters, the first ones, are a bias or multiply a column."""
        return n_params

    def param_names(
        self, feature_names: tuple[str, ...], class_names: tuple[str, ...]
    ) -> tuple[str, ...]:
        """Return the parameters' names: the bias first, then a weight per feature."""
        return ("bias", *feature_names)

    def predict(self, scores: Array, n_classes: int) -> Array:
        """Return predictions from `outputs`."""
        return scores

    def outputs(self, params: Array, X: Array) -> Array:
        """Return what comes before the decision: (..., m[, K])."""
        return np.asarray(params[..., :1] + params[..., 1:] @ X.T)


_SQUARES_CODE = '''\
def loss(params, X, y):
    """{title}."""
    residual = X @ params - y
    return np.mean(residual**2){loss}


def gradient(params, X, y):
    """Return the slope of that loss, a number for each parameter."""
    residual = X @ params - y
    return {gradient}X.T @ residual / len(y)'''

_LOGISTIC_CODE = '''\
def loss(params, X, y):
    """The log loss, mean of log(1 + exp(score)) - y score: small where y = 1 has a high score."""
    score = X @ params
    return np.mean(np.logaddexp(0, (1 - 2 * y) * score))


def gradient(params, X, y):
    """Return the slope of that loss: each row pulls by what its probability is off."""
    probability = 1 / (1 + np.exp(-(X @ params)))
    return X.T @ (probability - y) / len(y)'''

_SOFTMAX_CODE = '''\
def scores(params, X):
    """Return a linear score for each row and class, shifted so that a row's highest is 0."""
    scores = X @ params.reshape(N_CLASSES, -1).T
    return scores - scores.max(axis=1, keepdims=True)


def loss(params, X, y):
    """The log loss: minus the mean logarithm of the probability of each row's own class."""
    score = scores(params, X)
    own = score[np.arange(len(y)), y.astype(int)]
    return np.mean(np.log(np.exp(score).sum(axis=1)) - own)


def gradient(params, X, y):
    """Return the slope of that loss: each row pulls by what its probabilities are off."""
    exps = np.exp(scores(params, X))
    off = exps / exps.sum(axis=1, keepdims=True) - np.eye(N_CLASSES)[y.astype(int)]
    return (off.T @ X).ravel() / len(y)'''


@dataclass(frozen=True)
class LinearRegression(Model):
    """Predict a number as bias + weights . x."""

    key = "linear"
    title = "Linear regression"
    about = "Predicts a number: a bias plus a weight for each feature."
    objectives = ("half_mse", "mse")
    code = MappingProxyType(
        {
            "half_mse": _SQUARES_CODE.format(
                title="Half the mean squared error", loss=" / 2", gradient=""
            ),
            "mse": _SQUARES_CODE.format(title="The mean squared error", loss="", gradient="2 * "),
        }
    )
    linear = True

    def suits(self, n_classes: int) -> bool:
        return n_classes == 0

    def bind(self, X: Array, y: Array, n_classes: int, objective: str | None = None) -> Kernel:
        return LeastSquares(X, y)


@dataclass(frozen=True)
class LogisticRegression(Model):
    """Predict the probability of the second of two classes, sigmoid(bias + weights . x)."""

    key = "logistic"
    title = "Logistic regression"
    about = "Predicts the probability of the second of two classes."
    objectives = ("log_loss",)
    code = MappingProxyType({"log_loss": _LOGISTIC_CODE})
    linear = True
    bend = 0.25  # p(1 - p), reached at zero

    def suits(self, n_classes: int) -> bool:
        return n_classes == 2

    def bind(self, X: Array, y: Array, n_classes: int, objective: str | None = None) -> Kernel:
        return LogLoss(X, y)

    def predict(self, scores: Array, n_classes: int) -> Array:
        return (scores > 0).astype(float)


@dataclass(frozen=True)
class SoftmaxRegression(Model):
    """Predict a probability for each class, softmax of one linear score per class."""

    key = "softmax"
    title = "Softmax regression"
    about = "Predicts a probability for every class: one linear score per class."
    objectives = ("log_loss",)
    code = MappingProxyType({"log_loss": _SOFTMAX_CODE})
    linear = True
    bend = 0.5  # the largest eigenvalue of diag(p) - pp', where two classes share the probability

    def suits(self, n_classes: int) -> bool:
        return n_classes >= 2

    def bind(self, X: Array, y: Array, n_classes: int, objective: str | None = None) -> Kernel:
        return SoftmaxLoss(X, y, n_classes)

    def param_names(
        self, feature_names: tuple[str, ...], class_names: tuple[str, ...]
    ) -> tuple[str, ...]:
        per_class = ([f"{name} ({c})" for name in ("bias", *feature_names)] for c in class_names)
        return tuple(chain.from_iterable(per_class))

    def outputs(self, params: Array, X: Array) -> Array:
        by_class = params.reshape(*params.shape[:-1], -1, X.shape[1] + 1)
        scores = by_class[..., :1] + by_class[..., 1:] @ X.T
        return np.asarray(np.moveaxis(scores, -2, -1))

    def predict(self, scores: Array, n_classes: int) -> Array:
        return np.asarray(scores.argmax(axis=-1), dtype=float)


MAX_PARAMS = 5000
"""A network with more parameters than this is refused."""


@dataclass(frozen=True)
class Network(Model):
    """Predict by layers of units, each an activation of a bias plus weighted inputs.

    A number and the score of the second of two classes are one output, more classes one each.

    Parameters
    ----------
    hidden : tuple of int
        How many units each hidden layer has: 1 to 3 layers of 1 to 16.
    activation : {"tanh", "relu", "sigmoid", "linear"}
        What hidden units make of their sums.
    init : {"xavier", "he"}
        How weights are drawn at the start; see `Wiring.start`.
    """

    key = "mlp"
    title = "Neural network"
    about = "Predicts by layers of units, each a bend of a weighted sum of the layer before."
    objectives = ("half_mse", "mse", "log_loss")
    convex = False

    hidden: tuple[int, ...] = knob(
        (16,), 1, 16, kind=int, most=3, help="How many units each hidden layer has."
    )
    activation: str = knob(
        "tanh", choices=tuple(ACTIVATIONS), help="What hidden units make of their sums."
    )
    init: str = knob("xavier", choices=("xavier", "he"), help="How weights are drawn at first.")

    def suits(self, n_classes: int) -> bool:
        return n_classes != 1

    def objectives_for(self, n_classes: int) -> tuple[str, ...]:
        if n_classes == 2:
            return ("log_loss", "half_mse", "mse")
        return ("log_loss",) if n_classes else ("half_mse", "mse")

    def no_objectives(self, n_classes: int) -> str:
        """Return which losses such a target leaves out and why, a sentence; "" where none."""
        if n_classes == 0:
            return "The log loss takes classes, and here a number is predicted."
        if n_classes > 2:
            return f"Squared errors take a number, or two classes, and here are {n_classes}."
        return ""

    def wiring(self, n_features: int, n_classes: int) -> Wiring:
        """Return the sizes of all layers.

        Raises
        ------
        ValueError
            If it has more than `MAX_PARAMS` parameters.
        """
        wiring = self._wired(n_features, n_classes)
        if wiring.n_params > MAX_PARAMS:
            raise ValueError(
                f"Network.hidden must leave a network at most {MAX_PARAMS} parameters; "
                f"{self.hidden} on {n_features} columns has {wiring.n_params}"
            )
        return wiring

    def n_params(self, n_features: int, n_classes: int) -> int:
        """Return how many parameters it has, or would have where they are too many."""
        return self._wired(n_features, n_classes).n_params

    def _wired(self, n_features: int, n_classes: int) -> Wiring:
        n_outputs = n_classes if n_classes > 2 else 1
        return Wiring((n_features, *self.hidden, n_outputs), self.activation)

    def bind(self, X: Array, y: Array, n_classes: int, objective: str | None = None) -> Kernel:
        head: Head = Squares(signs=n_classes == 2)
        if n_classes and objective in (None, "log_loss"):
            head = Margins() if n_classes == 2 else Shares(n_classes)
        return NetworkLoss(X, y, self.wiring(X.shape[1], n_classes), head)

    def code_for(self, n_features: int, n_classes: int, objective: str) -> str:
        return network_code(self.wiring(n_features, n_classes), n_classes, objective)

    def start(self, n_features: int, n_classes: int, rng: np.random.Generator) -> Array | None:
        return self.wiring(n_features, n_classes).start(self.init, rng)

    def biases(self, n_features: int, n_params: int) -> Indices:
        return self._wiring(n_features, n_params).biases

    def n_on_columns(self, n_features: int, n_params: int) -> int:
        return self.hidden[0] * (n_features + 1)

    def param_names(
        self, feature_names: tuple[str, ...], class_names: tuple[str, ...]
    ) -> tuple[str, ...]:
        layers = self.unit_names(class_names)
        inputs = [feature_names, *layers[:-1]]
        return tuple(
            f"{name} ({unit})"
            for names, units in zip(inputs, layers, strict=True)
            for unit in units
            for name in ("bias", *names)
        )

    def unit_names(self, class_names: tuple[str, ...]) -> list[tuple[str, ...]]:
        """Return what the units of each layer are called, outputs last."""
        hidden = [
            tuple(f"unit {layer}.{unit}" for unit in range(1, size + 1))
            for layer, size in enumerate(self.hidden, 1)
        ]
        return [*hidden, class_names if len(class_names) > 2 else ("output",)]

    def _wiring(self, n_features: int, n_params: int) -> Wiring:
        """Return the sizes of all layers of a network with so many parameters."""
        first = (n_features, *self.hidden)
        rest = n_params - Wiring(first, self.activation).n_params
        return Wiring((*first, rest // (self.hidden[-1] + 1)), self.activation)

    def layers(self, params: Array, n_features: int) -> list[tuple[Array, Array]]:
        """Return each layer's weights (..., n_in, n_out) and biases (..., n_out), views.

        Hidden layers first, then the outputs. `params (..., n_params)`; `n_features` is how many
        columns the model sees, `fit.X.shape[1]`.
        """
        wiring = self._wiring(n_features, params.shape[-1])
        return [(m[..., 1:].swapaxes(-1, -2), m[..., 0]) for m in wiring.split(params)]

    def activations(self, params: Array, X: Array) -> list[Array]:
        """Return what each layer puts out for rows `X (m, d)`, (..., m, n_out), outputs last.

        Outputs come before the decision: a number, or scores of classes.
        """
        wiring = self._wiring(X.shape[1], params.shape[-1])
        rows = np.column_stack([np.ones(len(X)), X])
        taken, outputs = wiring.forward(wiring.split(params), rows)
        return [*(each[..., 1:] for each in taken[1:]), outputs]

    def outputs(self, params: Array, X: Array) -> Array:
        outputs = self.activations(params, X)[-1]
        return outputs[..., 0] if outputs.shape[-1] == 1 else outputs

    def predict(self, scores: Array, n_classes: int) -> Array:
        if n_classes > 2:
            return np.asarray(scores.argmax(axis=-1), dtype=float)
        return (scores > 0).astype(float) if n_classes else scores


MODELS = table(LinearRegression(), LogisticRegression(), SoftmaxRegression(), Network())

OBJECTIVES = {
    "half_mse": "Half mean squared error",
    "mse": "Mean squared error",
    "log_loss": "Log loss",
}
"""What people call the losses that models know."""


def as_network(model: Model) -> Network | None:
    """Return a model that is a network as one, None where it is another."""
    return model if isinstance(model, Network) else None
