"""The scales under sliders of other numbers than rates: shares that survive, and epochs."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from gdplay.experiment import Experiment
from gdplay.figures.rate_scale import slow_rate, who_takes_all
from gdplay.loss.problem import Problem
from gdplay.optimizers import Optimizer
from gdplay.theory.curvature import contraction, curvature, stability_limit
from gdplay.theory.limits import in_short, verdict
from gdplay.words import number, quantity

_ROUND = (0.0, 0.5, 0.9, 0.99, 0.999)
"""Shares that are named under their slider."""

_TENS = tuple(10**digits for digits in range(6))
"""Epochs that are named under theirs."""

_ABOUT = {"still": "hardly move", "calm": "converge", "gone": "diverge, or cannot settle"}


def decay_scale(experiment: Experiment, field: str, shares: Sequence[float]) -> dict[str, Any]:
    """Return how far back a rule looks by each share that survives an update, and what that does.

    Parameters
    ----------
    experiment : Experiment
        Of the one run that the slider moves, at its rate, which stays.
    field : str
        The number of the rule that the slider moves.
    shares : sequence of float
        What the slider offers, ascending, 0 or more and below 1.
    """
    problem, who = experiment.problem, who_takes_all(experiment)
    rules = [replace(experiment.runs[0].optimizer, **{field: share}) for share in shares]
    slow = [rule.lr < slow_rate(experiment, rule) for rule in rules]
    names = [(i, number(share), "") for i, share in enumerate(shares) if share in _ROUND]
    return {
        "options": list(shares),
        "says": [f"{quantity(round(1 / (1 - share)), 'update')} back" for share in shares],
        # It is not the rate that is too large here.
        "words": [
            in_short(problem, rule, rule.lr, who, slow=still).split(": ")[-1]
            for rule, still in zip(rules, slow, strict=True)
        ],
        "verdicts": [verdict(problem, each, each.lr) for each in rules],
        "zones": _zones(problem, rules, slow),
        "marks": [
            _mark(len(shares), *name) for name in sorted([*names, *_quickest(problem, rules)])
        ],
    }


def epochs_scale(experiment: Experiment, counts: Sequence[float]) -> dict[str, Any]:
    """Return how many updates runs make in so many epochs."""
    n, runs = experiment.problem.n_samples, experiment.runs
    each = sorted({run.updates_per_epoch(n) for run in runs if run.epochs is None} or {1})
    ends = [each[0], each[-1]][: len(each)]
    names = [(i, quantity(int(count)), "") for i, count in enumerate(counts) if count in _TENS]
    return {
        "options": [int(count) for count in counts],
        "says": [_updates([int(count) * end for end in ends]) for count in counts],
        "words": [],
        "verdicts": [],
        "zones": [],
        "marks": [_mark(len(counts), *name) for name in names],
    }


def _updates(ends: Sequence[int]) -> str:
    """Return "30 to 3 000 updates", or "30 updates" where all runs make as many."""
    first, last = quantity(ends[0]), quantity(ends[-1], "update")
    return last if len(ends) == 1 else f"{first} to {last}"


def _mark(n_options: int, place: int, label: str, about: str) -> dict[str, Any]:
    at = place / max(n_options - 1, 1)
    plain = "" if about else label
    return {"label": label, "rate": label, "plain": plain, "about": about, "weight": 1, "at": at}


def _zones(
    problem: Problem, rules: Sequence[Optimizer], slow: Sequence[bool]
) -> list[dict[str, Any]]:
    """Return where full batches converge and where they do not, in turn; none where none knows."""
    limits = [stability_limit(rule, curvature(problem).L) for rule in rules]
    keys = [
        None if limit is None else "still" if still else "calm" if rule.lr < limit else "gone"
        for rule, limit, still in zip(rules, limits, slow, strict=True)
    ]
    if None in keys:
        return []
    zones, count = [], 0
    for key, some in groupby(keys):
        count += len(list(some))
        end = min(1.0, (count - 0.5) / max(len(keys) - 1, 1))
        zones.append({"key": key, "about": _ABOUT[str(key)], "end": end})
    return zones


def _quickest(problem: Problem, rules: Sequence[Optimizer]) -> list[tuple[int, str, str]]:
    """Return where full batches settle quickest near the minimum; nothing where none knows."""
    facts = curvature(problem)
    if facts.where not in ("everywhere", "at the minimum"):
        return []
    factors = [[contraction(rule, bend) for bend in (facts.mu, facts.L)] for rule in rules]
    slowest = [max(known) for each in factors if len(known := [f for f in each if f is not None])]
    if len(slowest) < len(rules) or min(slowest) >= 1:
        return []
    about = "Where full batches settle quickest at this rate, in the long run."
    return [(slowest.index(min(slowest)), "quickest", about)]
