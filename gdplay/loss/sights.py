"""What rules that ask for more than a gradient are told of a problem, and whether it can tell."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from gdplay.arrays import Array
from gdplay.loss.problem import Problem
from gdplay.loss.surfaces import Surface
from gdplay.memory import remembered
from gdplay.optimizers import Optimizer, Sight
from gdplay.optimizers.rule import CURVATURE, HESSIAN, LOSS, MATRIX, MINIMUM

FEW = 32
"""Of more parameters no rule gets a matrix: each of its updates would take too long."""

_FLAT = 1e-10
"""Tolerance: curvature below this share of the largest counts as none."""


class _Known(NamedTuple):
    """The least loss, and the curvatures at the minimum: NaN where they are not known."""

    least: float
    largest: float
    smallest: float


@remembered(128)
def _known(problem: Problem) -> _Known:
    minimum = problem.minimum() if problem.n_params <= FEW else None
    if minimum is None:
        return _Known(np.nan, np.nan, np.nan)
    least = float(problem.loss(minimum))
    bends = problem.hessian(minimum)
    values = np.linalg.eigvalsh(bends) if np.isfinite(bends).all() else np.array([])
    bent = values[values > _FLAT * values.max(initial=0)]
    largest, smallest = (bent[-1], bent[0]) if bent.size else (np.nan, np.nan)
    return _Known(least, float(largest), float(smallest))


def lack(problem: Problem, rule: Optimizer) -> str:
    """Return why a rule cannot be used on a problem, without a full stop; "" where it can."""
    if rule.needs & {HESSIAN, MATRIX, CURVATURE, MINIMUM} and problem.n_params > FEW:
        return f"it takes at most {FEW} parameters, and here are {problem.n_params}"
    if rule.needs & {MINIMUM, CURVATURE} and not np.isfinite(_known(problem).least):
        return "it has to know the minimum, and none is known here"
    if CURVATURE in rule.needs and not np.isfinite(_known(problem).largest):
        return "it has to know how the loss bends at the minimum, and it does not bend there"
    return ""


Looker = Callable[[Array, Array | None], Sight]
"""From where columns stand, (S, Q, C), and the rows at hand to what a rule needs to know there."""


def looker(problem: Problem, needs: frozenset[str]) -> Looker:
    """Return what tells a rule what it needs of a problem.

    The rows at hand are as `Problem.value_and_grad` takes them; None is all of them.
    """
    known = _known(problem) if needs & {MINIMUM, CURVATURE} else _Known(np.nan, np.nan, np.nan)
    told = Sight(largest=known.largest, smallest=known.smallest, least=known.least)

    def look(theta: Array, block: Array | None) -> Sight:
        sight = told
        if LOSS in needs:
            sight = sight._replace(
                loss=lambda points: _losses(problem, points, block),
                apart=isinstance(problem, Surface),  # a loss over rows is summed by a product
            )
        if HESSIAN in needs:
            sight = sight._replace(hessian=problem.bends(theta, block))
        return sight

    return look


def _losses(problem: Problem, points: Array, block: Array | None) -> Array:
    """Return the mean loss over the rows at hand, (S, 1, C)."""
    if block is None:
        return problem.value(points)[:, None]
    return problem.value_and_grad(points, block)[0][:, None]
