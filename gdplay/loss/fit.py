"""A data set met by a model: rows prepared, a loss, its derivatives and its minimum."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, combinations_with_replacement
from math import comb

import numpy as np

from gdplay.arrays import Array, Indices
from gdplay.datasets import MAX_TEST_SIZE, Data, DataSet, split
from gdplay.knobs import Knobs, knob
from gdplay.loss.kernels import Kernel
from gdplay.loss.minibatches import ROOM, MiniBatches, TiledBatches
from gdplay.loss.models import Model
from gdplay.loss.newton import Progress, newton, newton_seconds, searched
from gdplay.loss.on_plane import half_squares
from gdplay.loss.problem import Descent, LinearRows, Problem
from gdplay.memory import Memory, memory_of, remembered

MAX_QUADRATIC = 30
"""More columns than this are not squared and multiplied: parameters would run into thousands."""

MAX_COLUMNS = 500
"""Features of higher degree may make so many columns."""

DEGREES = {"linear": 1, "quadratic": 2, "cubic": 3, "quartic": 4, "quintic": 5, "sextic": 6}
"""The degree of each kind of features: of one column powers up to it, of more all products too."""


_START = 1
"""What tells a seed's random start from its order of the rows."""


def n_columns(n_features: int, features: str) -> int:
    """Return how many columns a kind of features makes of so many raw ones."""
    degree = DEGREES[features]
    return comb(n_features + degree, degree) - 1


@dataclass(frozen=True)
class Prepared:
    """Rows as the model sees them, and how they were made from raw ones."""

    X: Array
    y: Array
    X_test: Array
    y_test: Array
    train_rows: Indices
    test_rows: Indices
    feature_names: tuple[str, ...]
    mean: Array
    scale: Array
    kernel: Kernel
    compressed: Array
    free: Array
    """1 where the penalty acts, 0 at a bias, (n_params, 1)."""

    def part(self, *, test: bool) -> tuple[Indices, Array, Array]:
        """Return the rows held out, or those trained on: their places in the data, X and y."""
        if test:
            return self.test_rows, self.X_test, self.y_test
        return self.train_rows, self.X, self.y


@dataclass(frozen=True)
class Fit(Knobs, Problem):
    """A model's mean loss on a data set's training rows, plus l2/2 |weights|^2 (biases go free).

    Parameters
    ----------
    dataset : DataSet
    model : Model
        Must suit the data set's target.
    features : {"linear", "quadratic", "cubic", "quartic", "quintic", "sextic"}
        "quadratic" adds squares and products of the columns, "cubic" also those of three, and so
        on up to the sixth degree.
    standardize : bool
        Shift and scale each column to mean 0 and standard deviation 1 over the training rows;
        constant columns become zero.
    ddof : {0, 1}
        Whether that deviation divides by n or by n - 1.
    test_size : float
        Share of rows held out, 0 to 0.9, stratified by class.
    split_seed : int
    objective : {"half_mse", "mse", "log_loss"} or None
        None takes the model's usual one.
    l2 : float
        Strength of the penalty, 0 to 1e3.

    Raises
    ------
    ValueError
        If a value is out of range, or the model does not suit the data set.
    """

    dataset: DataSet
    model: Model
    features: str = knob(
        "linear",
        choices=tuple(DEGREES),
        help="Quadratic features add squares and products of the columns, cubic ones those of "
        "three, and so on.",
    )
    standardize: bool = knob(
        False, help="Give every column mean 0 and standard deviation 1 over the training rows."
    )
    ddof: int = knob(
        0, 0, 1,
        help="Standardise by the standard deviation of the population (divided by n) or of a "
        "sample (by n - 1).",
    )  # fmt: skip
    test_size: float = knob(0.0, 0.0, MAX_TEST_SIZE, help="Share of the rows held out for testing.")
    split_seed: int = knob(0, 0, 2**31 - 1, help="Which rows are held out.")
    objective: str | None = knob(
        None,
        kind=str,
        choices=("half_mse", "mse", "log_loss"),
        help="Half the mean squared error, the mean squared error, or the log loss.",
    )
    l2: float = knob(0.0, 0.0, 1e3, help="Penalty l2/2 |w|² on the weights, not on the bias.")

    def __post_init__(self) -> None:
        super().__post_init__()
        if not any(map(self.model.suits, self.dataset.readings)):
            raise ValueError(
                f"Fit.model {self.model.key!r} does not suit the data set {self.dataset.key!r}"
            )
        known = [self.model.objectives_for(n) for n in self.dataset.readings if self.model.suits(n)]
        if self.objective is None:
            object.__setattr__(self, "objective", known[0][0])
        if not any(self.objective in objectives for objectives in known):
            several = ", ".join(dict.fromkeys(chain.from_iterable(known)))
            raise ValueError(
                f"Fit.objective must be one of {several} for the model {self.model.key!r}; "
                f"got {self.objective!r}"
            )
        if self.features == "quadratic" and self.dataset.n_features > MAX_QUADRATIC:
            raise ValueError(
                f"Fit.features 'quadratic' takes at most {MAX_QUADRATIC} columns; "
                f"{self.dataset.key!r} has {self.dataset.n_features}"
            )
        degree, n_features = DEGREES[self.features], self.dataset.n_features
        if degree > 2 and (count := n_columns(n_features, self.features)) > MAX_COLUMNS:
            raise ValueError(
                f"Fit.features {self.features!r} may make at most {MAX_COLUMNS} columns; "
                f"of {n_features} they make {count}"
            )

    # Rows

    @cached_property
    def prepared(self) -> Prepared:
        """The rows and what was learned from them, shared by equal fits."""
        return _prepare(self)

    @property
    def X(self) -> Array:
        """Training rows as the model sees them, (n, d), without a column for the bias."""
        return self.prepared.X

    @property
    def y(self) -> Array:
        """Training targets (n,): numbers, or class indices as floats."""
        return self.prepared.y

    @property
    def data(self) -> Data:
        """The data set's raw rows, with the target as the model reads it."""
        return self.dataset.read_as(self.n_classes)

    @property
    def memory(self) -> Memory | None:
        """Where what is made of the rows is kept; None where all may share it."""
        return memory_of(self.dataset)

    @property
    def targets(self) -> Array:
        return self.y

    @cached_property
    def n_samples(self) -> int:
        return len(self.y)

    @cached_property
    def n_classes(self) -> int:
        """Number of classes; 0 for regression."""
        return next(
            n
            for n in self.dataset.readings
            if self.model.suits(n) and self.objective in self.model.objectives_for(n)
        )

    @property
    def quadratic(self) -> bool:
        return self.n_classes == 0 and self.model.convex

    @property
    def no_minimum(self) -> str:
        return super().no_minimum if self.model.convex else "No minimum of a network is known"

    @property
    def usual(self) -> Array:
        start = self.drawn_start(0, 0)
        return super().usual if start is None else start

    def drawn_start(self, seed: int, index: int) -> Array | None:
        rng = np.random.default_rng((seed, index, _START))
        return self.model.start(self.X.shape[1], self.n_classes, rng)

    @property
    def subject(self) -> str:
        return f"{self.dataset.title}, {self.model.title.lower()}"

    @cached_property
    def param_names(self) -> tuple[str, ...]:
        return self.model.param_names(self.prepared.feature_names, self.data.class_names)

    @cached_property
    def param_titles(self) -> tuple[str, ...]:
        weights = tuple(f"weight of {name}" for name in self.prepared.feature_names)
        return self.model.param_names(weights, self.data.class_names)

    @property
    def n_test(self) -> int:
        return len(self.prepared.y_test)

    @property
    def cost(self) -> int:
        return len(self.prepared.compressed) * self.prepared.kernel.n_sums

    @property
    def seconds(self) -> tuple[float, float]:
        return self.prepared.kernel.seconds

    def transform(self, raw: Array) -> Array:
        """Return raw rows (m, d_raw) as the model sees them, (m, d)."""
        prepared = self.prepared
        return (_expand(np.asarray(raw, dtype=float), self.features) - prepared.mean) * (
            prepared.scale
        )

    # Loss

    @cached_property
    def _factor(self) -> float:
        return (2.0 if self.objective == "mse" else 1.0) / self.n_samples

    def value(self, theta: Array) -> Array:
        prepared = self.prepared
        loss = self._factor * prepared.kernel.sums(prepared.compressed[None], theta)
        return loss + self._penalty(theta) if self.l2 else loss

    def value_and_grad(self, theta: Array, block: Array | None = None) -> tuple[Array, Array]:
        prepared, factor = self.prepared, self._factor
        if block is None:
            block = prepared.compressed[None]
        else:
            factor *= self.n_samples / block.shape[1]
        loss, grad = prepared.kernel.sums_and_grads(block, theta)
        loss *= factor
        grad *= factor
        if self.l2:
            loss += self._penalty(theta)
            grad += self.l2 * prepared.free * theta
        return loss, grad

    def descent(self, rows: int, shape: tuple[int, int, int]) -> Descent:
        if rows * shape[0] * shape[2] > ROOM // 2:  # outputs don't fit: tiles, losses at once
            return super().descent(rows, shape)
        share = self._factor * self.n_samples / rows
        return MiniBatches(self.prepared.kernel, rows, shape, share, self._decay)

    def full_descent(self, shape: tuple[int, int, int]) -> tuple[Descent, Sequence[Array]]:
        kernel, rows = self.prepared.kernel, self.prepared.compressed
        if len(rows) * shape[0] * shape[2] > ROOM // 2:
            return TiledBatches(kernel, rows, shape, self._factor, self._decay), ()
        whole = MiniBatches(kernel, len(rows), shape, self._factor, self._decay)
        return whole, whole.batch(rows)

    def linear_rows(self, order: Indices) -> LinearRows | None:
        if not self.quadratic:
            return None
        block = self.prepared.kernel.rows[order]
        factor = self._factor * self.n_samples
        return LinearRows(block[..., :-1], block[..., -1], factor, self._decay)

    @property
    def _decay(self) -> Array | None:
        return self.l2 * self.prepared.free if self.l2 else None

    def _on_grid(self, plane: Array, x: Array, y: Array) -> Array:
        prepared = self.prepared
        loss = self._factor * prepared.kernel.slice_sums(prepared.compressed, plane, x, y)
        if self.l2:
            loss += self.l2 * half_squares((prepared.free.T * plane).T, x, y)
        return loss

    def _penalty(self, theta: Array) -> Array:
        return np.asarray(0.5 * self.l2 * (self.prepared.free * theta**2).sum(axis=1))

    def gather(self, rows: Indices) -> Array:
        return self.prepared.kernel.rows[rows]

    def hessian(self, params: Array) -> Array:
        prepared = self.prepared
        curvature = self._factor * prepared.kernel.hessian(np.asarray(params, dtype=float))
        return curvature + np.diag(self.l2 * prepared.free[:, 0])

    def _hessians(self, points: Array, block: Array | None) -> Array:
        if block is None:
            return super()._hessians(points, None)
        factor = self._factor * self.n_samples / block.shape[1]
        ridge = np.diag(self.l2 * self.prepared.free[:, 0])
        kernels = map(self.prepared.kernel.of_rows, block)
        return np.array([
            [factor * kernel.hessian(point) + ridge for point in row]
            for kernel, row in zip(kernels, points, strict=True)
        ])  # fmt: skip

    def products(self, params: Array, directions: Array) -> Array:
        prepared, along = self.prepared, self.points(directions)
        sums = prepared.kernel.products(np.asarray(params, dtype=float), along)
        products = self._factor * sums + self.l2 * prepared.free[:, 0] * along
        return np.asarray(products.reshape(np.shape(directions)))

    def minimum(self) -> Array | None:
        """Return a minimiser (n_params,), or None where there is no finite one.

        Least squares: the closed form, of least norm where there are many. Log loss: Newton's
        method; None where the classes can be separated and nothing penalises large weights, or
        a class has no rows. Of a network none is known.
        """
        return _minimum(self)

    def test_loss(self, params: Array) -> Array | None:
        prepared = self.prepared
        if not len(prepared.y_test):
            return None
        held_out = self.model.bind(prepared.X_test, prepared.y_test, self.n_classes, self.objective)
        points = self.points(params)
        sums = np.empty(len(points))
        for tile in self._tiles(len(points)):
            sums[tile] = held_out.sums(held_out.rows[None], points[tile].T[None])[0]
        factor = self._factor * self.n_samples / len(prepared.y_test)
        return np.asarray(factor * sums.reshape(np.shape(params)[:-1]))

    # Predictions

    def predict(self, params: Array, X: Array) -> Array:
        """Return predictions (..., m) for rows `X (m, d)` as the model sees them.

        Numbers for regression, class indices (as floats) for classification.
        """
        return self.model.predict(self.outputs(params, X), self.n_classes)

    def outputs(self, params: Array, X: Array) -> Array:
        """Return what comes before the decision: (..., m), or (..., m, K) for softmax."""
        return self.model.outputs(np.asarray(params, dtype=float), np.asarray(X, dtype=float))

    def raw(self, params: Array) -> Array:
        """Return parameters per raw unit of each column, (..., n_params) -> (..., n_params).

        With standardised columns (x - m) / s a weight w is w / s per raw unit, and the bias
        b - sum(w m / s); else they are as they were, as are a network's later layers. Predictions
        are the same.
        """
        params = np.array(params, dtype=float)
        scale, mean = self.prepared.scale, self.prepared.mean
        count = self.model.n_on_columns(len(scale), self.n_params)
        blocks = params[..., :count].reshape(-1, len(scale) + 1)
        blocks[..., 1:] *= scale
        blocks[..., :1] -= (blocks[..., 1:] * mean).sum(axis=-1, keepdims=True)
        params[..., :count] = blocks.reshape(*params.shape[:-1], count)
        return params

    def accuracy(self, params: Array, *, test: bool = False) -> Array:
        """Return the share of rows classified rightly, (..., n_params) -> (...).

        Raises
        ------
        ValueError
            For regression, and for `test=True` without test rows.
        """
        _, X, y = self.prepared.part(test=test)
        if not self.n_classes or not len(y):
            raise ValueError("accuracy needs a classification data set with rows to judge by")
        points = self.points(params)
        right = [
            np.mean(self.predict(p, X) == y) if np.isfinite(p).all() else np.nan for p in points
        ]
        return np.array(right).reshape(np.shape(params)[:-1])


def _monomials(n_features: int, features: str) -> Iterator[tuple[int, ...]]:
    """Yield the columns whose products are added, degree by degree."""
    for degree in range(2, DEGREES[features] + 1):
        yield from combinations_with_replacement(range(n_features), degree)


def _expand(raw: Array, features: str) -> Array:
    added = (raw[:, factors].prod(axis=1) for factors in _monomials(raw.shape[1], features))
    return np.column_stack([raw, *added])


_RAISED = ("", "", "²", "³", "⁴", "⁵", "⁶")


def _expanded_names(names: tuple[str, ...], features: str) -> tuple[str, ...]:
    added = (
        " · ".join(names[i] + _RAISED[power] for i, power in Counter(factors).items())
        for factors in _monomials(len(names), features)
    )
    return (*names, *added)


_CONSTANT = 1e-12
"""Tolerance: a column is constant that spreads by no more than this share of its mean."""


@remembered(16)
def _prepare(fit: Fit) -> Prepared:
    data = fit.data
    train, test = split(data.y, bool(fit.n_classes), fit.test_size, fit.split_seed)
    raw = _expand(data.X, fit.features)
    mean, scale = np.zeros(raw.shape[1]), np.ones(raw.shape[1])
    if fit.standardize:
        mean, spread = raw[train].mean(axis=0), raw[train].std(axis=0)
        spread *= np.sqrt(len(train) / max(1, len(train) - fit.ddof))
        constant = spread <= _CONSTANT * np.abs(mean)
        scale = np.divide(1, spread, out=np.zeros_like(spread), where=~constant)
    X = (raw - mean) * scale
    y = data.y.astype(float)
    kernel = fit.model.bind(X[train], y[train], fit.n_classes, fit.objective)
    names = _expanded_names(data.feature_names, fit.features)
    free = np.ones((kernel.n_params, 1))
    free[fit.model.biases(X.shape[1], kernel.n_params)] = 0
    prepared = Prepared(
        X[train], y[train], X[test], y[test], train, test, names, mean, scale,
        kernel, kernel.compressed(), free,
    )  # fmt: skip
    for value in vars(prepared).values():
        if isinstance(value, np.ndarray):
            value.setflags(write=False)
    return prepared


@remembered(64)
def _minimum(fit: Fit) -> Array | None:
    if not fit.model.convex:
        return None
    params = _closed_form(fit) if fit.quadratic else _search(fit)
    if params is not None:
        params.setflags(write=False)
    return params


def _closed_form(fit: Fit) -> Array:
    rows, ridge = fit.prepared.compressed, np.sqrt(fit.l2 / fit._factor)
    penalty = np.diag(ridge * fit.prepared.free[:, 0])
    A = np.vstack([rows[:, :-1], penalty])
    b = np.concatenate([-rows[:, -1], np.zeros(len(penalty))])
    return np.asarray(np.linalg.lstsq(A, b)[0])


def _search(fit: Fit) -> Array | None:
    seconds = newton_seconds(fit.n_samples, fit.n_params)
    return searched(fit, seconds, lambda progress: _newton(fit, progress))


def _newton(fit: Fit, progress: Progress) -> Array | None:
    if len(np.unique(fit.y)) < fit.n_classes:
        return None  # a class without rows: its bias falls for ever
    columns = np.column_stack([np.ones(len(fit.X)), fit.X])
    columns = columns / np.maximum(np.linalg.norm(columns, axis=0), 1e-300)
    n_scores = fit.n_params // columns.shape[1]
    start = np.zeros(fit.n_params)
    pull = _pull(np.diag(fit.hessian(start)), n_scores)
    rank = int(np.linalg.matrix_rank(columns)) * max(1, n_scores - 1)
    rank += np.count_nonzero(np.diag(pull)) // n_scores

    def curvature(params: Array) -> Array:
        return fit.hessian(params) + pull

    def separated(params: Array) -> bool:
        return not fit.l2 and _separates(fit, params)

    return newton(
        fit.loss,
        fit.gradient,
        curvature,
        start,
        rank=0 if fit.l2 else rank,
        unbounded=separated,
        progress=progress,
    )


def _pull(bend: Array, n_scores: int) -> Array:
    """Return curvature for softmax's flat directions, so that rounding carries nothing there.

    The same added to every class changes no probability, and there the gradient is zero: what is
    found is the minimum of least norm.
    """
    if n_scores == 1:
        return np.zeros((len(bend), len(bend)))
    per_class = np.diag(bend[: len(bend) // n_scores])
    return np.asarray(np.tile(per_class, (n_scores, n_scores)), dtype=float)


def _separates(fit: Fit, params: Array) -> bool:
    """Whether every training row's own class has the highest score, so that scaling up helps."""
    y, scores = fit.y.astype(int), fit.outputs(params, fit.X)
    if scores.ndim == 1:
        scores = np.column_stack([-scores, scores])
    own = scores[np.arange(len(y)), y]
    scores[np.arange(len(y)), y] = -np.inf
    return bool(np.all(own > scores.max(axis=1)))
