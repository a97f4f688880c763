"""The scale under a slider, as a browser is told of it: words, zones and marks."""

from collections.abc import Sequence
from dataclasses import replace
from math import isfinite
from typing import Any

import numpy as np

from gdplay.experiment import Experiment, start_of
from gdplay.optimizers import Optimizer
from gdplay.theory.curvature import curvature, stability_limit
from gdplay.theory.headway import HARDLY, slow_until
from gdplay.theory.limits import FULL_BATCHES, Mark, Zone, in_short, marks, verdict, zones
from gdplay.theory.minima import minima, point, where_words
from gdplay.words import number, quantity


def rate_scale(
    experiment: Experiment,
    rules: Sequence[Optimizer],
    rates: Sequence[float],
    *,
    plainly: bool = False,
) -> dict[str, Any]:
    """Return what each of some rates is of 2/L and does, and the limits among them.

    Parameters
    ----------
    experiment : Experiment
        What limits follow from: the problem, and the runs' batch sizes.
    rules : sequence of Optimizer
        The rules that the slider drives. Words tell what each rate does where all are alike but for
        the rate, and else of the runs that take all rows, if these are: in a few plain words, and
        in a sentence with its limit.
    rates : sequence of float
        What the slider offers, ascending.
    plainly : bool
        Whether 2/L alone is marked, for people who have met no other limit.
    """
    problem, n = experiment.problem, experiment.problem.n_samples
    limit, sizes = curvature(problem).limit, [run.rows(n) for run in experiment.runs]
    rule, by = _rule_told(experiment, rules)
    slow = slow_rate(experiment, rule) if rule else 0.0
    bands = _with_slow(zones(problem, [rule] if rule else []), experiment, slow)
    places = minima(problem)
    at = f" at {point(places[0])}" if where_words(problem) != curvature(problem).where else ""
    ends = [min(max(place(zone.end, rates), 0.0), 1.0) for zone in bands]
    limits = marks(problem, rules, sizes)
    if plainly:
        limits = [mark for mark in limits if mark.label == "2/L"]
    who = who_takes_all(experiment)
    return {
        "options": list(rates),
        "says": [f"{number(rate / limit)} of 2/L{at}" for rate in rates] if isfinite(limit) else [],
        "words": [
            in_short(problem, rule, rate, who, slow=rate < slow) if rule else DIFFER
            for rate in rates
        ],
        "verdicts": [by + _sentence(experiment, rule, rate, slow) for rate in rates]
        if rule
        else [],
        "zones": [
            {"key": zone.key, "about": by + zone.about, "end": end}
            for zone, end in zip(bands, ends, strict=True)
        ],
        "marks": [_mark(mark, rates) for mark in limits],
    }


DIFFER = "the rules differ: no one limit"
"""What is said of a rate that moves rules of several kinds."""


def _rule_told(experiment: Experiment, rules: Sequence[Optimizer]) -> tuple[Optimizer | None, str]:
    """Return the rule that words are about, and what names it where there are others.

    It is that of all runs, or of those that take all rows; None where these differ, too.
    """
    n = experiment.problem.n_samples
    whole = [run.optimizer for run in experiment.runs if run.rows(n) == n]
    for some, names in ((rules, False), (whole, True)):
        alike = {repr(replace(rule, lr=1.0)): rule for rule in some}
        if len(alike) == 1:
            (rule,) = alike.values()
            has_limit = stability_limit(rule, curvature(experiment.problem).L) is not None
            if has_limit or not names:
                return rule, f"{rule.title}: " if names else ""
    return None, ""


def slow_rate(experiment: Experiment, rule: Optimizer) -> float:
    """Return the rate up to which full batches hardly move in the updates that they make here."""
    every = range(1 + len(experiment.more_starts))
    starts = [start_of(experiment, index).tolist() for index in every]
    return slow_until(experiment.problem, rule, starts, _epochs(experiment))


def _epochs(experiment: Experiment) -> int:
    """Return how long runs over all rows are, which make an update an epoch."""
    n = experiment.problem.n_samples
    own = [experiment.epochs_of(run) for run in experiment.runs if run.rows(n) == n]
    return max(own, default=experiment.epochs)


def _with_slow(bands: Sequence[Zone], experiment: Experiment, slow: float) -> list[Zone]:
    """Return the zones with one before them where full batches hardly move."""
    if not bands or not slow:
        return list(bands)
    return [Zone("still", f"hardly move in {_span(experiment)}", slow), *bands]


def _span(experiment: Experiment) -> str:
    return quantity(_epochs(experiment), "epoch" if experiment.problem.n_samples > 1 else "update")


def _sentence(experiment: Experiment, rule: Optimizer, rate: float, slow: float) -> str:
    told = verdict(experiment.problem, replace(rule, lr=rate), rate)
    if rate >= slow:
        return told
    share = f"{100 * HARDLY:g} % of the way down"
    return f"{told}; but {_span(experiment)} make less than {share}"


def who_takes_all(experiment: Experiment) -> str:
    """Return what takes all rows for a step, where there is anything else; "" where all runs do."""
    n = experiment.problem.n_samples
    whole = {run.rows(n) == n for run in experiment.runs}
    return {(True,): "", (False, True): "batch"}.get(tuple(sorted(whole)), FULL_BATCHES)


def _mark(mark: Mark, rates: Sequence[float]) -> dict[str, Any]:
    return {
        "label": mark.label,
        "rate": number(mark.rate),
        "plain": f"2/L = {number(mark.rate)}" if mark.label == "2/L" else "",
        "about": mark.about,
        "weight": mark.weight,
        "at": place(mark.rate, rates),
    }


def place(rate: float, options: Sequence[float]) -> float:
    """Return where a rate stands on a slider with these options, 0 to 1, or outside.

    The options are evenly spaced on the screen whatever they hold; between two of them the scale
    is logarithmic.
    """
    if len(options) < 2:
        return 0.0
    logs = np.log(np.array(options))
    steps = np.arange(len(options))
    at = float(np.interp(np.log(rate), logs, steps) / steps[-1])
    if options[0] <= rate <= options[-1]:
        return at
    return -1.0 if rate < options[0] else 2.0
