"""How far full batches get in so many updates, from the curvature alone."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from gdplay.arrays import Array
from gdplay.loss.problem import Problem
from gdplay.memory import remembered
from gdplay.optimizers import Optimizer
from gdplay.theory.curvature import FLAT, contraction, curvature, global_bound, spectrum

HARDLY = 0.1
"""Who makes a smaller share of the way down to the minimum hardly moves."""

_ROUNDS, _RATES = 6, 64
"""Tolerance: so often the rate is looked for among so many, each time between two of the last."""

_LOWEST = 1e-12
"""Tolerance: the lowest rate that is looked at, as a share of the limit."""

_MOST = 2000
"""Speed: with memory no more updates are followed; what is slow for longer is on no slider."""


def slow_until(
    problem: Problem, rule: Optimizer, starts: Sequence[Sequence[float]], updates: int
) -> float:
    """Return the rate up to which full-batch descent hardly moves, from whichever start.

    0 where that does not follow from the curvature: it does for least squares and a rule that is
    linear in the gradients, and for the plain step where no Hessian exceeds a bound.

    Parameters
    ----------
    problem : Problem
    rule : Optimizer
        At any rate.
    starts : sequence of n_params floats each
    updates : int
    """
    rule = replace(rule, lr=1.0)
    return min(_slow_from(problem, rule, tuple(map(float, start)), updates) for start in starts)


@remembered(256)
def _slow_from(problem: Problem, rule: Optimizer, start: tuple[float, ...], updates: int) -> float:
    origin, limit = np.array(start), rule.limit(curvature(problem).L)
    if problem.quadratic:
        return _on_a_bowl(problem, rule, origin, updates, limit)
    return _below_a_bound(problem, rule, origin, updates)


def _on_a_bowl(
    problem: Problem, rule: Optimizer, start: Array, updates: int, limit: float | None
) -> float:
    """Return it where every direction goes its own way: the excess is the sum of h c^2 / 2.

    There the loss bends by h, and c is what is left of the distance after all updates.
    """
    minimum = problem.minimum()
    if minimum is None or limit is None or not np.isfinite(limit):
        return 0.0
    known = spectrum(problem, start)
    bent = known.values > FLAT * known.values[-1]
    bends, away = known.values[bent], known.vectors[:, bent].T @ (start - minimum)
    first = float(bends @ away**2)
    if first == 0 or contraction(rule, 1.0) is None or (updates > _MOST and not rule.plain):
        return 0.0
    low, high = _LOWEST * limit, limit / 2
    for _ in range(_ROUNDS):
        rates = np.geomspace(low, high, _RATES)
        shares = 1 - _left(rule, bends, away, rates, updates) ** 2 @ bends / first
        quick = int(np.argmax(shares >= HARDLY))
        if shares[quick] < HARDLY:
            return high
        low, high = float(rates[max(quick - 1, 0)]), float(rates[quick])
    return low


def _left(rule: Optimizer, bends: Array, away: Array, rates: Array, updates: int) -> Array:
    """Return what is left of the distances `away` along each direction at each rate, (R, H)."""
    lr = rates[:, None]
    if rule.plain:
        return np.asarray(away * (1 - lr * bends) ** updates)
    at = np.broadcast_to(away, (len(rates), len(away))).copy()
    memory = rule.init(at)
    for _ in range(updates):
        step, memory = rule.update(bends * at, memory, at, lr)
        at += step
    return at


def _below_a_bound(problem: Problem, rule: Optimizer, start: Array, updates: int) -> float:
    """Return a rate that is surely slow where the loss is convex and its Hessians have a bound.

    A plain step lowers a convex loss by at most lr |g|^2, and below 2 over the bound no gradient
    is larger than the first.
    """
    bound = global_bound(problem)
    if bound is None or not rule.plain:
        return 0.0
    minimum = problem.minimum()
    least = 0.0 if minimum is None else float(problem.loss(minimum))  # no log loss is below zero
    steep = float(np.sum(problem.gradient(start) ** 2))
    if steep == 0:
        return 0.0
    return min(HARDLY * (float(problem.loss(start)) - least) / (updates * steep), 2 / bound)
