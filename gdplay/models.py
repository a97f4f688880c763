"""What is fitted: predictions, losses per row and their derivatives, vectorised over runs.

A model meets data in a *kernel*: it folds targets into rows once, so that the training loop does
as little as possible per update. Shapes: theta (S, Q, C), block (S or 1, B, q); see `Problem`.
Sums over rows are returned; the caller divides by the number of rows the sum stands for.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from itertools import chain
from typing import ClassVar

import numpy as np

from gdplay.knobs import Knobs
from gdplay.problem import Array
from gdplay.registry import table


class Kernel(ABC):
    """One model's arithmetic on one set of rows."""

    rows: Array
    n_params: int

    @abstractmethod
    def sums(self, block: Array, theta: Array) -> Array:
        """Return the summed loss of the rows in `block`, (S, C)."""

    @abstractmethod
    def sums_and_grads(self, block: Array, theta: Array) -> tuple[Array, Array]:
        """Return the summed loss (S, C) and its gradient (S, Q, C)."""

    @abstractmethod
    def hessian(self, params: Array) -> Array:
        """Return the Hessian of the summed loss over all rows at `params (Q,)`, (Q, Q)."""

    def compressed(self) -> Array:
        """Return rows with the same sums as `rows`, fewer where algebra allows."""
        return self.rows


class LeastSquares(Kernel):
    """Half squared residuals r^2 / 2 with r = [1, x] theta - y; a row holds [1, x, -y]."""

    def __init__(self, X: Array, y: Array) -> None:
        self.rows = np.column_stack([np.ones(len(X)), X, -y])
        self.n_params = X.shape[1] + 1

    def sums(self, block: Array, theta: Array) -> Array:
        residual = block[..., :-1] @ theta + block[..., -1:]
        return np.asarray(0.5 * np.einsum("sbc,sbc->sc", residual, residual))

    def sums_and_grads(self, block: Array, theta: Array) -> tuple[Array, Array]:
        x = block[..., :-1]
        residual = x @ theta
        residual += block[..., -1:]
        loss = 0.5 * np.einsum("sbc,sbc->sc", residual, residual)
        return loss, x.swapaxes(1, 2) @ residual

    def hessian(self, params: Array) -> Array:
        x = self.rows[:, :-1]
        return np.asarray(x.T @ x)

    def compressed(self) -> Array:
        """The R of a QR factorisation: |Z theta| = |R theta| with at most d + 2 rows."""
        if len(self.rows) <= self.rows.shape[1]:
            return self.rows
        return np.asarray(np.linalg.qr(self.rows, mode="r"))


class LogLoss(Kernel):
    """log(1 + exp(-2 r)), half margin r = (y - 1/2) [1, x] theta; a row holds (y - 1/2) [1, x]."""

    def __init__(self, X: Array, y: Array) -> None:
        self.rows = (y[:, None] - 0.5) * np.column_stack([np.ones(len(X)), X])
        self.n_params = X.shape[1] + 1

    @staticmethod
    def _loss(half_margin: Array) -> Array:
        tail = np.log1p(np.exp(-2 * np.abs(half_margin)))
        return np.asarray((np.maximum(-2 * half_margin, 0) + tail).sum(axis=1))

    def sums(self, block: Array, theta: Array) -> Array:
        return self._loss(block @ theta)

    def sums_and_grads(self, block: Array, theta: Array) -> tuple[Array, Array]:
        half_margin = block @ theta
        return self._loss(half_margin), block.swapaxes(1, 2) @ (np.tanh(half_margin) - 1)

    def hessian(self, params: Array) -> Array:
        slope = np.tanh(self.rows @ params)
        return np.asarray((self.rows * (1 - slope**2)[:, None]).T @ self.rows)


class SoftmaxLoss(Kernel):
    """-log p_y with p = softmax(W [1, x]); a row holds [1, x, one-hot y]; W class after class."""

    def __init__(self, X: Array, y: Array, n_classes: int) -> None:
        one_hot = np.eye(n_classes)[y.astype(int)]
        self.rows = np.column_stack([np.ones(len(X)), X, one_hot])
        self.width = X.shape[1] + 1
        self.n_classes = n_classes
        self.n_params = self.width * n_classes

    def _logits(self, block: Array, theta: Array) -> Array:
        """Return logits (S, B, K, C), shifted so that the largest of each row is 0."""
        S, _, C = theta.shape
        by_class = theta.reshape(S, self.n_classes, self.width, C).swapaxes(1, 2)
        logits = block[..., : self.width] @ by_class.reshape(S, self.width, -1)
        logits = logits.reshape(S, -1, self.n_classes, C)
        return np.asarray(logits - logits.max(axis=2, keepdims=True))

    def _loss(self, block: Array, logits: Array, total: Array) -> Array:
        right = (block[..., self.width :, None] * logits).sum(axis=(1, 2))
        return np.asarray(np.log(total).sum(axis=1) - right)

    def sums(self, block: Array, theta: Array) -> Array:
        logits = self._logits(block, theta)
        return self._loss(block, logits, np.exp(logits).sum(axis=2))

    def sums_and_grads(self, block: Array, theta: Array) -> tuple[Array, Array]:
        S, _, C = theta.shape
        logits = self._logits(block, theta)
        shares = np.exp(logits)
        total = shares.sum(axis=2)
        shares /= total[:, :, None]
        shares -= block[..., self.width :, None]
        flat = shares.reshape(S, -1, self.n_classes * C)
        grad = (block[..., : self.width].swapaxes(1, 2) @ flat).reshape(S, self.width, -1, C)
        return self._loss(block, logits, total), grad.swapaxes(1, 2).reshape(theta.shape)

    def hessian(self, params: Array) -> Array:
        x = np.ascontiguousarray(self.rows[:, : self.width])
        shares = np.exp(self._logits(self.rows[None], params[None, :, None])[0, :, :, 0])
        shares /= shares.sum(axis=1, keepdims=True)
        weighted = (shares[:, :, None] * x[:, None]).reshape(len(x), -1)
        result = np.asarray(-(weighted.T @ weighted))
        for first in range(0, self.n_params, self.width):
            own = slice(first, first + self.width)
            result[own, own] += weighted[:, own].T @ x
        return result


@dataclass(frozen=True)
class Model(Knobs):
    """A menu entry: what it predicts, which losses it knows, which data it suits."""

    key = ""
    title = ""
    about = ""
    objectives: ClassVar[tuple[str, ...]] = ()

    def suits(self, n_classes: int) -> bool:
        """Whether it can learn a target of `n_classes` classes (0: a number)."""
        raise NotImplementedError

    def bind(self, X: Array, y: Array, n_classes: int) -> Kernel:
        """Return the kernel for rows `X (n, d)` and targets `y (n,)`."""
        raise NotImplementedError

    def param_names(
        self, feature_names: tuple[str, ...], class_names: tuple[str, ...]
    ) -> tuple[str, ...]:
        """Return the parameters' names: the bias first, then a weight per feature."""
        return ("bias", *feature_names)

    def predict(self, scores: Array) -> Array:
        """Return predictions from `outputs`."""
        return scores

    def outputs(self, params: Array, X: Array) -> Array:
        """Return what comes before the decision, linear in the parameters: (..., m[, K])."""
        return np.asarray(params[..., :1] + params[..., 1:] @ X.T)


@dataclass(frozen=True)
class LinearRegression(Model):
    """Predict a number as bias + weights . x."""

    key = "linear"
    title = "Linear regression"
    about = "Predicts a number: a bias plus a weight for each feature."
    objectives = ("half_mse", "mse")

    def suits(self, n_classes: int) -> bool:
        return n_classes == 0

    def bind(self, X: Array, y: Array, n_classes: int) -> Kernel:
        return LeastSquares(X, y)


@dataclass(frozen=True)
class LogisticRegression(Model):
    """Predict the probability of the second of two classes, sigmoid(bias + weights . x)."""

    key = "logistic"
    title = "Logistic regression"
    about = "Predicts the probability of the second of two classes."
    objectives = ("log_loss",)

    def suits(self, n_classes: int) -> bool:
        return n_classes == 2

    def bind(self, X: Array, y: Array, n_classes: int) -> Kernel:
        return LogLoss(X, y)

    def predict(self, scores: Array) -> Array:
        return (scores > 0).astype(float)


@dataclass(frozen=True)
class SoftmaxRegression(Model):
    """Predict a probability for each class, softmax of one linear score per class."""

    key = "softmax"
    title = "Softmax regression"
    about = "Predicts a probability for every class: one linear score per class."
    objectives = ("log_loss",)

    def suits(self, n_classes: int) -> bool:
        return n_classes >= 2

    def bind(self, X: Array, y: Array, n_classes: int) -> Kernel:
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

    def predict(self, scores: Array) -> Array:
        return np.asarray(scores.argmax(axis=-1), dtype=float)


MODELS = table(LinearRegression(), LogisticRegression(), SoftmaxRegression())
