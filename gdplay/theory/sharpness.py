"""How steep a loss bends at most at a point, and along what: its Hessian's largest eigenvalues."""

from collections.abc import Callable
from time import perf_counter

import numpy as np

from gdplay.arrays import Array
from gdplay.loss.problem import Problem
from gdplay.memory import remembered

EXACT = 160
"""Speed: up to so many parameters all eigenvalues are computed; of more the largest alone."""

ALONE, TOGETHER = 40, 0.35
"""Speed: Lanczos takes so many products with a vector, about; in one with many each takes so much
of one with a single vector."""

TOLERANCE = 1e-8
"""Tolerance: how well the largest of many eigenvalues is known, as a share of it."""


def sharpness(
    problem: Problem, params: Array, *, progress: Callable[[int, int], bool] | None = None
) -> Array:
    """Return the largest eigenvalue of the Hessian at `params (..., n_params)`, (...).

    By all eigenvalues where parameters are few, else by the method of Lanczos on products of the
    Hessian with vectors (SciPy's `eigsh`); NaN where the Hessian is not finite, and from where
    `progress(done, total)` returned False.
    """
    points = problem.points(params)
    of = _exact if problem.n_params <= EXACT else _lanczos
    values = np.full(len(points), np.nan)
    with np.errstate(all="ignore"):
        for place, point in enumerate(points):
            if progress is not None and not progress(place, len(points)):
                break
            values[place] = of(problem, point)
    return values.reshape(np.shape(params)[:-1])


@remembered(64)
def seconds_each(problem: Problem) -> float:
    """Return about how many seconds the largest eigenvalue at one state takes, measured here.

    By a product of the Hessian with one vector, of which Lanczos takes some dozens; a product with
    as many as there are parameters takes about a third as long for each.
    """
    vector = np.ones(problem.n_params)
    begin = perf_counter()
    problem.products(np.zeros(problem.n_params), vector)
    product = perf_counter() - begin
    return product * (TOGETHER * problem.n_params if problem.n_params <= EXACT else ALONE)


def _exact(problem: Problem, params: Array) -> float:
    hessian = problem.hessian(params) if np.isfinite(params).all() else np.array(np.nan)
    return float(np.linalg.eigvalsh(hessian)[-1]) if np.isfinite(hessian).all() else np.nan


def _lanczos(problem: Problem, params: Array) -> float:
    if not (np.isfinite(params).all() and np.isfinite(problem.products(params, params)).all()):
        return np.nan
    return float(_largest(problem, params, 1)[0][0])


def sharpest(problem: Problem, params: Array) -> Array:
    """Return the two directions in which the loss bends most at `params (n_params,)`.

    Both of length 1, (2, n_params), the sharpest first, the largest entry of each above zero.
    """
    if problem.n_params <= EXACT:
        vectors = np.linalg.eigh(problem.hessian(params))[1]
    else:
        vectors = _largest(problem, params, 2)[1]
    rows = vectors.T[:-3:-1]
    return np.asarray(rows * np.sign(rows[[0, 1], np.abs(rows).argmax(axis=1)])[:, None])


def _largest(problem: Problem, params: Array, count: int) -> tuple[Array, Array]:
    """Return the `count` largest eigenvalues of the Hessian, ascending, and their vectors."""
    from scipy.sparse.linalg import LinearOperator, eigsh

    def product(vector: Array) -> Array:
        return problem.products(params, vector.ravel())

    start = np.random.default_rng(0).normal(size=problem.n_params)
    whole = LinearOperator((len(params), len(params)), matvec=product, dtype=np.float64)
    values, vectors = eigsh(whole, k=count, which="LA", v0=start, tol=TOLERANCE)
    ascending = np.argsort(values)
    return values[ascending], vectors[:, ascending]
