"""Rates that show what a rate does: too small, right, too large; and a usual one."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from gdplay.engine.training import Trace, train
from gdplay.experiment import Experiment, Run
from gdplay.loss.problem import Problem
from gdplay.optimizers import OPTIMIZERS, Optimizer, allowed
from gdplay.theory.curvature import Curvature, contraction, curvature, stability_limit
from gdplay.theory.measures import DUST, share_of_rises

_LARGE = 1.05
_TRIES = 12


class Telling(NamedTuple):
    """Three rates that show what a rate does: a fortieth of the limit, the best, and too much."""

    small: float
    right: float
    large: float


def usual_rate(rule: Optimizer, facts: Curvature) -> float:
    """Return a round rate at three quarters of a rule's limit, or of 2/L where it has none."""
    return float(f"{0.75 * (stability_limit(rule, facts.L) or facts.limit):.0e}")


def own_rule(experiment: Experiment, key: str) -> Optimizer:
    """Return the visitor's rule of that kind: their first run's, else the table's, at a usual rate.

    `key` is one of `OPTIMIZERS` that has a limit.
    """
    for run in experiment.runs:
        if run.optimizer.key == key:
            return run.optimizer
    rule = OPTIMIZERS[key]
    rate = usual_rate(rule, curvature(experiment.problem))
    return replace(rule, lr=allowed(rate))


def telling_rates(
    problem: Problem, rule: Optimizer, start: tuple[float, ...] | None = None, updates: int = 60
) -> Telling:
    """Return rates for full-batch descent by `rule`: too small, right, too large.

    Placed by the curvature: the right one is where the rule's slowest direction is fastest, the
    small one a fortieth of its limit or less, where an update takes off no more than a tenth of
    that, and the large one 1.05 times the limit. Where the loss is no quadratic, the right one is
    halved until no update out of so many from `start` raises the loss.

    Raises
    ------
    ValueError
        For adaptive rules, and where nothing bends upwards: there is no limit.
    """
    facts = curvature(problem)
    limit = stability_limit(rule, facts.L)
    if limit is None or not np.isfinite(limit):
        raise ValueError(f"{rule.title} has no limit that follows from the curvature here")
    right = best_rate(rule, facts)
    if not problem.quadratic:
        right = _falling(problem, rule, start, updates, right)
    return Telling(_small(rule, facts, limit, right), right, _LARGE * limit)


def _small(rule: Optimizer, facts: Curvature, limit: float, right: float) -> float:
    def cut(rate: float) -> float:
        return 1 - slowest(replace(rule, lr=rate), facts)

    small = limit / 40
    while cut(small) > cut(right) / 10:  # with momentum a wide range of rates is equally fast
        small /= 2
    return small


def best_rate(rule: Optimizer, facts: Curvature) -> float:
    """Return the rate below the limit whose worse contraction, of L and mu, is the lowest.

    2/(L + mu) for the plain step; for others the best of 400 on a logarithmic scale. Momentum
    has a range of them, of which the middle is taken.
    """
    if rule.plain:
        return facts.best
    limit = stability_limit(rule, facts.L)
    assert limit is not None
    rates = np.geomspace(1e-4 * limit, 0.999 * limit, 400)
    factors = np.array([slowest(replace(rule, lr=rate), facts) for rate in rates])
    alike = np.flatnonzero(factors <= factors.min() * (1 + DUST))
    return float(rates[alike[len(alike) // 2]])


def slowest(rule: Optimizer, facts: Curvature) -> float:
    """Return the factor per full-batch update of the direction that shrinks least, L's or mu's."""
    return max(contraction(rule, bend) or 0.0 for bend in (facts.L, facts.mu))


def _falling(
    problem: Problem, rule: Optimizer, start: tuple[float, ...] | None, updates: int, rate: float
) -> float:
    """Return the first of `rate` and its halves at which full-batch descent only falls."""
    rates = [rate / 2**i for i in range(_TRIES)]
    runs = tuple(Run(replace(rule, lr=allowed(rate))) for rate in rates)
    traces = train(Experiment(problem, runs, start, updates), record_path=False)
    calm = [rate for rate, trace in zip(rates, traces, strict=True) if _falls(trace)]
    return float(calm[0] if calm else rates[-1])


def _falls(trace: Trace) -> bool:
    loss = trace.loss[0]
    return bool(np.isfinite(loss).all() and share_of_rises(loss) == 0)
