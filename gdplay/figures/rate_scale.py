"""The scale under a slider, as a browser is told of it: words, zones and marks."""

from collections.abc import Sequence
from dataclasses import replace
from math import isfinite
from typing import Any

import numpy as np

from gdplay.experiment import Experiment
from gdplay.optimizers import Optimizer
from gdplay.theory.curvature import curvature
from gdplay.theory.limits import Mark, in_short, marks, verdict, zones
from gdplay.theory.minima import minima, point, where_words
from gdplay.words import number


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
        The rules that the slider drives; where all are alike but for the rate, words tell what
        each rate does: in a few plain words, and in a sentence with its limit.
    rates : sequence of float
        What the slider offers, ascending.
    plainly : bool
        Whether 2/L alone is marked, for people who have met no other limit.
    """
    problem, n = experiment.problem, experiment.problem.n_samples
    limit, bands = curvature(problem).limit, zones(problem, rules)
    sizes = [run.rows(n) for run in experiment.runs]
    alike = {repr(replace(rule, lr=1.0)): rule for rule in rules}
    rule = next(iter(alike.values())) if len(alike) == 1 else None
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
        "words": [in_short(problem, rule, rate, who) for rate in rates] if rule else [],
        "verdicts": [verdict(problem, replace(rule, lr=rate), rate) for rate in rates]
        if rule
        else [],
        "zones": [
            {"key": zone.key, "about": zone.about, "end": end}
            for zone, end in zip(bands, ends, strict=True)
        ],
        "marks": [_mark(mark, rates) for mark in limits],
    }


def who_takes_all(experiment: Experiment) -> str:
    """Return what takes all rows for a step, where there is anything else; "" where all runs do."""
    n = experiment.problem.n_samples
    whole = {run.rows(n) == n for run in experiment.runs}
    return {(True,): "", (False, True): "batch"}.get(tuple(sorted(whole)), "a full batch")


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
