"""How noisy gradients of few rows are, which rates they allow, and where descent then hovers.

All of it is about the plain step on batches drawn with replacement: B rows, each drawn anew. Near
the minimum the offset e from it follows e <- (I - lr h) e - lr g, where h and g are the batch's
own Hessian and its gradient at the minimum. For least squares that is exact everywhere; for log
losses it is local, as the rows' Hessians change away from the minimum.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from gdplay.arrays import Array, Indices
from gdplay.loss.fit import Fit
from gdplay.loss.problem import Problem
from gdplay.memory import remembered
from gdplay.theory.curvature import FLAT, curvature, spectrum

_MAX_STEPS = 200
"""Tolerance: an iteration that takes longer is given up."""

_RESIDUAL = 1e-7
"""Tolerance: of an eigenvalue, wrong by this at most, and by about its square over the gap."""

_PASSES = 2
"""Tolerance: a step is made orthogonal so often. Once would lose up to a digit a step, twice is
enough (Giraud et al., 2005, doi:10.1007/s00211-005-0615-4)."""

_ACCURACY = 1e-12
"""Tolerance: of a linear system's residual, relative to its right side."""

_SURE = _RESIDUAL
"""How near to its limit, relative to it, a rate still has a floor.

The floor grows like one over this distance, of which an error in the limit takes its share, and
the limit is sure to `_RESIDUAL` only, though mostly far better. The linear system's condition is
at most one over the distance, too, so that down to here it leaves about eight digits.
"""

Operator = Callable[[Array], Array]


def noise_covariance(problem: Problem, params: Array) -> Array:
    """Return the covariance (n_params, n_params) of single rows' gradients at `params`.

    Over all rows, ddof 0. The gradient of B rows drawn with replacement has this covariance over
    B. A penalty is the same in every row's gradient and adds no noise.
    """
    noise = _row_noise(problem, params)
    return noise.T @ noise / len(noise)


def _row_noise(problem: Problem, params: Array) -> Array:
    """Return each row's gradient minus the mean of all, (n_samples, n_params)."""
    n = problem.n_samples
    theta = np.broadcast_to(problem.points(params)[:, :, None], (n, problem.n_params, 1))
    gradients = problem.value_and_grad(theta, problem.gather(np.arange(n)[:, None]))[1][..., 0]
    return np.asarray(gradients - gradients.mean(axis=0))


@remembered(256)
def mean_square_limit(problem: Problem, batch_size: int) -> float | None:
    """Return the rate at which the plain step on `batch_size` rows stops being stable.

    Below it, the mean squared offset from the minimum stays bounded; above it, the mean grows
    without bound, though a single run may survive a while. With S the second moment of the offset,

        S <- S - lr (H S + S H) + lr^2 M(S),   M(S) = H S H + E[(h - H) S (h - H)] / B

    with h a row's own Hessian and H their mean. The map is self-adjoint and keeps covariances
    covariances, so that its spectral radius is its largest eigenvalue, and the limit is one over
    the largest eigenvalue of M against S -> H S + S H. (Mulayoff & Michaeli, 2024,
    arXiv:2306.07850, where rows are drawn without replacement)

    Parameters
    ----------
    problem : Problem
        Exact for least squares; for log losses and curved surfaces local, at the minimum.
    batch_size : int
        Rows per update, drawn with replacement. From n_samples on it is the full batch: 2/L.

    Returns
    -------
    limit : float or None
        None where there is no finite minimum, or the rows' own Hessians are not known (networks).
        At any number of parameters, in about a second for 650.

    Raises
    ------
    ValueError
        If `batch_size` is below 1.
    """
    _check_size(batch_size)
    if problem.minimum() is None:
        return None
    if batch_size >= problem.n_samples:
        return curvature(problem).limit
    moments = _moments(problem)
    if moments is None:
        return None
    return 1 / _largest(moments.scaled(batch_size), _packed(np.eye(len(moments.bends))))


def _check_size(batch_size: int) -> None:
    if batch_size < 1:
        raise ValueError(f"batch_size must be 1 or more; got {batch_size}")


@remembered(256)
def noise_floor(problem: Problem, rate: float, batch_size: int) -> float | None:
    """Return the excess loss at which the plain step hovers in the long run, on average.

    tr(H S) / 2 at the fixed point of the second moment's recursion (see `mean_square_limit`) with
    the rows' noise C at the minimum:

        H S + S H - lr M(S) = lr / B C

    Parameters
    ----------
    problem : Problem
        Exact for least squares; for log losses local, good at small rates.
    rate : float
        The constant learning rate, above 0.
    batch_size : int
        Rows per update, drawn with replacement. Reshuffled rows hover much lower. From n_samples
        on it is the full batch, without noise.

    Returns
    -------
    floor : float or None
        Infinite from the mean-square limit on, and already from a relative 1e-7 below it, because
        the limit is not known any nearer. None where there is no limit.

    Raises
    ------
    ValueError
        If `rate` or `batch_size` is out of range.
    """
    if not rate > 0:
        raise ValueError(f"rate must be above 0; got {rate}")
    limit = mean_square_limit(problem, batch_size)
    if limit is None:
        return None
    moments = None if batch_size >= problem.n_samples else _moments(problem)
    if moments is None:
        return 0.0 if rate < limit else np.inf
    if rate >= limit * (1 - _SURE):
        return np.inf
    image = moments.scaled(batch_size)
    noise = _packed(rate / batch_size * moments.scale * moments.noise)
    second_moment = moments.scale * _unpacked(_solve(lambda S: S - rate * image(S), noise))
    return float(0.5 * moments.bends @ np.diag(second_moment))


def small_rate_floor(problem: Problem, rate: float, batch_size: int) -> float | None:
    """Return what `noise_floor` tends to at small rates, or None where there is no minimum.

    lr / (4 B) tr C: without M, the trace of H S + S H = lr / B C is 2 tr(H S). (Mandt, Hoffman &
    Blei, 2017, arXiv:1704.04289)

    Raises
    ------
    ValueError
        If `batch_size` is below 1.
    """
    _check_size(batch_size)
    minimum = problem.minimum()
    if minimum is None:
        return None
    if batch_size >= problem.n_samples:
        return 0.0
    noise = _row_noise(problem, minimum)
    return float(rate / (4 * batch_size) * (noise**2).sum() / len(noise))


@dataclass(frozen=True, eq=False)
class _Moments:
    """How rows move second moments at the minimum, along the r directions that bend at all.

    Attributes
    ----------
    bends : ndarray of shape (r,)
        The Hessian's eigenvalues.
    directions : ndarray of shape (Q, r)
        Their eigenvectors.
    rows : ndarray of shape (n, w)
        The rows [1, x].
    score_bends : ndarray of shape (n, K, K)
        How each row's loss bends along its K scores: with s these, kron(s, x x') is its Hessian.
    noise : ndarray of shape (r, r)
        Covariance of the rows' gradients.
    """

    bends: Array
    directions: Array
    rows: Array
    score_bends: Array
    noise: Array

    @property
    def scale(self) -> Array:
        """One over the root of S -> H S + S H, which is diagonal along the Hessian's directions."""
        return (self.bends[:, None] + self.bends) ** -0.5

    def scaled(self, batch_size: int) -> Operator:
        """Return M between two roots of the inverse of S -> H S + S H, a symmetric map.

        It takes and gives packed matrices. On whole ones it would be symmetric only as long as
        they are, and what rounding leaves of asymmetry grows in Krylov spaces until it rules.
        """
        scale, bends = self.scale, self.bends
        mean = self._turned(self._summed(self.score_bends))

        def apply(second_moment: Array) -> Array:
            S = scale * _unpacked(second_moment)
            spread = self._row_terms(S) - mean @ S @ mean
            return _packed(scale * (bends[:, None] * S * bends + spread / batch_size))

        return apply

    def _row_terms(self, S: Array) -> Array:
        """Return E[h S h] over the rows for a symmetric S, h without the penalty."""
        along_scores = self._along_scores(self.directions @ S @ self.directions.T)
        return self._turned(self._summed(self.score_bends @ along_scores @ self.score_bends))

    def _turned(self, matrix: Array) -> Array:
        return self.directions.T @ matrix @ self.directions

    def _along_scores(self, S: Array) -> Array:
        """Return the second moment of each row's scores, (n, K, K), from that of params (Q, Q)."""
        x, (n, K, _) = self.rows, self.score_bends.shape
        width = x.shape[1]
        result = np.empty((n, K, K))
        for k, block in enumerate(S.reshape(K, width, -1)):
            half = (x @ block[:, k * width :]).reshape(n, K - k, width)
            result[:, k, k:] = result[:, k:, k] = (half @ x[:, :, None])[..., 0]
        return result

    def _summed(self, per_row: Array) -> Array:
        """Return the mean over rows of kron(per_row, x x'), (Q, Q), for `per_row (n, K, K)`."""
        x, (n, K, _) = self.rows, self.score_bends.shape
        width = x.shape[1]
        result = np.empty((K, width, K, width))
        for k in range(K):
            weighted = (per_row[:, k, k:, None] * x[:, None]).reshape(n, -1)
            result[k, :, k:] = (x.T @ weighted).reshape(width, K - k, width) / n
            result[k:, :, k] = result[k, :, k:].swapaxes(0, 1)
        return result.reshape(K * width, -1)


@remembered(8)
def _moments(problem: Problem) -> _Moments | None:
    """Return how rows move second moments at the minimum, or None where that is not known."""
    minimum = problem.minimum()
    if minimum is None or not (isinstance(problem, Fit) and problem.model.linear):
        return None
    bends = spectrum(problem, minimum)
    bent = bends.values > FLAT * bends.values[-1]
    directions = np.ascontiguousarray(bends.vectors[:, bent])
    rows = np.column_stack([np.ones(problem.n_samples), problem.X])
    noise = _row_noise(problem, minimum) @ directions
    return _Moments(
        bends.values[bent],
        directions,
        rows,
        _score_bends(problem, minimum),
        noise.T @ noise / len(noise),
    )


def _score_bends(fit: Fit, params: Array) -> Array:
    """Return the second derivatives of each row's loss by its K scores, (n, K, K).

    1 or 2 for squares; diag(p) - pp' for the log loss, of which logistic has the first entry.
    """
    if fit.quadratic:
        return np.full((fit.n_samples, 1, 1), 2.0 if fit.objective == "mse" else 1.0)
    scores = fit.outputs(params, fit.X)
    n_scores = 1 if scores.ndim == 1 else scores.shape[1]
    if n_scores == 1:
        scores = np.column_stack([scores, np.zeros_like(scores)])
    shares = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    bends = shares[:, :, None] * (np.eye(shares.shape[1]) - shares[:, None])
    return np.asarray(bends[:, :n_scores, :n_scores])


def _packed(matrix: Array) -> Array:
    """Return a symmetric matrix (r, r) as a vector of the same length, (r (r + 1) / 2,)."""
    upper, weights = _packing(len(matrix))
    return np.asarray(matrix[upper] * weights)


def _unpacked(vector: Array) -> Array:
    """Return the symmetric matrix (r, r) that `_packed` made a vector of."""
    r = int((2 * len(vector)) ** 0.5)
    (rows, columns), weights = _packing(r)
    matrix = np.empty((r, r))
    matrix[rows, columns] = matrix[columns, rows] = vector / weights
    return matrix


@lru_cache(maxsize=8)
def _packing(r: int) -> tuple[tuple[Indices, Indices], Array]:
    """Return where the upper half of an (r, r) matrix stands, and what its numbers weigh."""
    rows, columns = np.triu_indices(r)
    return (rows, columns), np.where(rows == columns, 1.0, 2**0.5)


def _largest(apply: Operator, start: Array) -> float:
    """Return the largest eigenvalue of a symmetric map, by Lanczos' method from `start`.

    `start` must not be orthogonal to its eigenvector.
    """
    basis = np.empty((_MAX_STEPS + 1, len(start)))
    basis[0] = start / np.linalg.norm(start)
    within = np.zeros((_MAX_STEPS, _MAX_STEPS))
    for step in range(_MAX_STEPS):
        image = apply(basis[step])
        for _ in range(_PASSES):
            along = basis[: step + 1] @ image
            image -= along @ basis[: step + 1]
            within[: step + 1, step] += along
        left = float(np.linalg.norm(image))
        values, vectors = np.linalg.eigh(within[: step + 1, : step + 1], UPLO="U")
        if left * abs(vectors[-1, -1]) <= _RESIDUAL * values[-1]:
            break
        basis[step + 1] = image / left
    return float(values[-1])


def _solve(apply: Operator, target: Array) -> Array:
    """Return the solution of apply(x) = target, positive definite, by conjugate gradients."""
    solution, residual = np.zeros_like(target), target
    direction, size = target, float(np.vdot(target, target))
    enough = _ACCURACY**2 * size
    for _ in range(_MAX_STEPS):
        if size <= enough:
            break
        image = apply(direction)
        step = size / float(np.vdot(direction, image))
        solution, residual = solution + step * direction, residual - step * image
        size, before = float(np.vdot(residual, residual)), size
        direction = residual + size / before * direction
    return solution
