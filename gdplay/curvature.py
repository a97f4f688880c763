"""How steep a loss bends, and the learning rates that follow from it."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from gdplay.optimizers import SGD, Momentum, Nesterov, Optimizer
from gdplay.problem import Problem

FLAT = 1e-10
"""Eigenvalues below this share of the largest count as zero (softmax and collinear columns)."""


@dataclass(frozen=True)
class Curvature:
    """The Hessian's spectrum in a nutshell, and where it was taken.

    Attributes
    ----------
    where : {"everywhere", "at the minimum", "at zero"}
        Least squares bends the same everywhere, so that what follows is exact; elsewhere it is
        local.
    L : float
        Largest eigenvalue.
    mu : float
        Smallest eigenvalue above 1e-10 L.
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
        """2/L: plain full-batch descent on a quadratic converges below it and grows above."""
        return 2 / self.L

    @property
    def best(self) -> float:
        """2/(L + mu): the fixed rate with the fastest guaranteed decrease (Polyak, 1964)."""
        return 2 / (self.L + self.mu)


@lru_cache(maxsize=128)
def curvature(problem: Problem) -> Curvature:
    """Return the curvature of `problem`, at its minimum where it has one, otherwise at zero."""
    minimum = problem.minimum()
    point = np.zeros(problem.n_params) if minimum is None else minimum
    where = "at zero" if minimum is None else "at the minimum"
    eigenvalues = np.linalg.eigvalsh(problem.hessian(point))
    steep = eigenvalues[eigenvalues > FLAT * eigenvalues[-1]]
    where = "everywhere" if problem.quadratic else where
    return Curvature(where, float(steep[-1]), float(steep[0]))


def stability_limit(rule: Optimizer, largest: float) -> float | None:
    """Return the largest stable rate of `rule` on a full batch with curvature `largest`, or None.

    Plain 2/L; heavy ball 2(1 + b)/L; Nesterov 2(1 + b)/((1 + 2b)L). Adaptive rules have none that
    follows from the curvature alone. Source: the roots of each rule's characteristic polynomial on
    a quadratic leave the unit circle there.
    """
    if isinstance(rule, Momentum):
        return 2 * (1 + rule.beta) / largest
    if isinstance(rule, Nesterov):
        return 2 * (1 + rule.beta) / ((1 + 2 * rule.beta) * largest)
    return 2 / largest if isinstance(rule, SGD) else None
