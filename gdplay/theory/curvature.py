"""How steep a loss bends, and the learning rates that follow from it."""

from dataclasses import dataclass

import numpy as np

from gdplay.arrays import Array
from gdplay.loss.fit import Fit
from gdplay.loss.problem import Problem
from gdplay.memory import remembered
from gdplay.optimizers import Optimizer

FLAT = 1e-10
"""Eigenvalues below this share of the largest count as zero (softmax and collinear columns)."""


@dataclass(frozen=True)
class Curvature:
    """The Hessian's spectrum in a nutshell, and where it was taken.

    Attributes
    ----------
    where : {"everywhere", "at the minimum", "at zero", "at the usual start", "at this point"}
        Least squares bends the same everywhere, so that what follows is exact; elsewhere it is
        local.
    L : float
        Largest eigenvalue; zero or below where nothing bends upwards (plateaus and summits).
    mu : float
        Smallest eigenvalue above 1e-10 L; NaN where nothing bends upwards. Directions that bend
        downwards do not count: at a saddle, `Spectrum.values[0]` shows them.
    """

    where: str
    L: float
    mu: float

    @property
    def condition(self) -> float:
        """The condition number L / mu."""
        return self.L / self.mu

    @property
    def limit(self) -> float:
        """2/L: plain full-batch descent on a quadratic converges below it and grows above.

        Infinite where nothing bends upwards.
        """
        return 2 / self.L if self.L > 0 else np.inf

    @property
    def best(self) -> float:
        """2/(L + mu): the fixed rate with the fastest guaranteed decrease (Polyak, 1964)."""
        return 2 / (self.L + self.mu)


@dataclass(frozen=True, eq=False)
class Spectrum:
    """The Hessian's eigenvalues and directions at a point; Q = n_params.

    Attributes
    ----------
    where : {"everywhere", "at this point"}
        Whether they are the same at all other points.
    values : ndarray of shape (Q,)
        Ascending; negative where the loss bends downwards.
    vectors : ndarray of shape (Q, Q)
        Column j is the unit direction in which the loss bends by `values[j]`.
    """

    where: str
    values: Array
    vectors: Array


@remembered(128)
def curvature(problem: Problem) -> Curvature:
    """Return the curvature of `problem`, at its minimum where it has one and bends there.

    Otherwise at zero; of a function, at its usual start.
    """
    minimum, usual = problem.minimum(), problem.usual
    other = (usual, "at the usual start" if usual.any() else "at zero")
    if minimum is None:
        return _curvature(problem, *other)
    hessian = problem.hessian(minimum)
    bends = np.isfinite(hessian).all() and (hessian.any() or not usual.any())
    return _curvature(problem, *((minimum, "at the minimum") if bends else other))


def curvature_at(problem: Problem, params: Array) -> Curvature:
    """Return the curvature of `problem` at `params (n_params,)`.

    Raises
    ------
    ValueError
        If the Hessian there is not finite.
    """
    return _curvature(problem, params, "at this point")


def _curvature(problem: Problem, params: Array, where: str) -> Curvature:
    eigenvalues = np.linalg.eigvalsh(_hessian(problem, params))
    L = float(eigenvalues[-1])
    mu = float(eigenvalues[eigenvalues > FLAT * L][0]) if L > 0 else np.nan
    return Curvature("everywhere" if problem.quadratic else where, L, mu)


def spectrum(problem: Problem, params: Array) -> Spectrum:
    """Return the eigenvalues and directions of the Hessian at `params (n_params,)`.

    Raises
    ------
    ValueError
        If the Hessian there is not finite.
    """
    where = "everywhere" if problem.quadratic else "at this point"
    return Spectrum(where, *np.linalg.eigh(_hessian(problem, params)))


def _hessian(problem: Problem, params: Array) -> Array:
    hessian = problem.hessian(params)
    if not np.isfinite(hessian).all():
        raise ValueError("params must lie where the Hessian is finite; the loss has none here")
    return hessian


@remembered(128)
def global_bound(problem: Problem) -> float | None:
    """Return the least L that no Hessian of `problem` exceeds at any params, or None if unknown.

    Below 2 over it, every plain full-batch step lowers the loss, wherever it is taken. With A the
    rows [1, x] and D the weights' places, it is the largest eigenvalue of c A'A/n + l2 D, where c
    bounds how much a row's loss bends along its scores:

    - least squares: 1 for half the mean square, 2 for the mean square; the bound is L itself;
    - logistic: p(1 - p) <= 1/4, reached at zero (Bohning & Lindsay, 1988, Annals of the Institute
      of Statistical Mathematics 40);
    - softmax: diag(p) - pp' <= 1/2, reached where two classes share the probability (Bohning,
      1992, Annals of the Institute of Statistical Mathematics 44). With more than two classes the
      loss comes as near to the bound as one likes, but only far from zero.
    """
    if problem.quadratic:
        return curvature(problem).L
    if not isinstance(problem, Fit) or problem.model.bend is None:
        return None
    rows = np.column_stack([np.ones(problem.n_samples), problem.X])
    bend = problem.model.bend / problem.n_samples * rows.T @ rows
    bend[1:, 1:] += problem.l2 * np.eye(len(bend) - 1)
    return float(np.linalg.eigvalsh(bend)[-1])


def stability_limit(rule: Optimizer, largest: float) -> float | None:
    """Return the largest stable rate of `rule` on a full batch with curvature `largest`, or None.

    Plain 2/L; heavy ball 2(1 + b)/L; Nesterov 2(1 + b)/((1 + 2b)L): the rule's own `limit`.
    """
    return rule.limit(largest)


def contraction(rule: Optimizer, eigenvalue: float) -> float | None:
    """Return by how much a full-batch update shrinks the distance along one direction, or None.

    The rule's own `contraction` where the loss bends by `eigenvalue`: the factor per update in the
    long run; above 1 the distance grows. The excess loss shrinks by its square.
    """
    return rule.contraction(eigenvalue)
