"""Faults of an experiment that one change mends: what is wrong, and the experiment without it.

Nothing is trained for them: they follow from the problem and from what the runs did. A fault is
named only where theory says that the change mends it.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from gdplay.arrays import Array
from gdplay.engine.training import Status, Trace
from gdplay.experiment import Experiment, Run, labels
from gdplay.loss.fit import Fit
from gdplay.sampling import SAMPLINGS
from gdplay.teaching import carry
from gdplay.theory.curvature import curvature, global_bound, stability_limit
from gdplay.theory.landscape import got_lower
from gdplay.theory.limits import noisy_limit
from gdplay.theory.measures import Reference, epochs_to_arrive, reference
from gdplay.words import joined, number, quantity

SAFE = 0.9
"""A rate that is too large is brought to this share of its limit."""

ROUNDER = 4.0
"""Tolerance: standardising is worth it where it makes the bowl rounder by this factor."""

LONG = 10.0
"""Tolerance: a bowl whose steepest way bends so many times as much as its flattest is a ravine."""

SORTED = 0.5
"""Tolerance: neighbouring targets differ by less than this share of what chance would make of them,
squared, where rows come sorted."""

STANDS = 0.8
"""Tolerance: an excess stands still if its last quarter is no lower than this share of the one
before."""

SETTLED = 5.0
"""Tolerance: after so many of its slowest time constants only noise holds a run above the
minimum."""

SMALL = 0.25
"""A last batch with at most this share of the others' rows is short."""


class Mend(NamedTuple):
    """One change that mends a fault.

    Attributes
    ----------
    words : str
        The fault, in Markdown; of rates, which `narrate` finds fault with, what would do.
    label : str
        The change, in a few words.
    experiment : Experiment
        The experiment with it.
    note : str
        What else became of it; empty where nothing did.
    slower : bool
        Whether it lowers the rates of runs that ran away.
    """

    words: str
    label: str
    experiment: Experiment
    note: str = ""
    slower: bool = False


def mends(
    experiment: Experiment, traces: Sequence[Trace], shown: Collection[int] | None = None
) -> list[Mend]:
    """Return what would mend the runs `shown` (all by default), the gravest fault first."""
    places = [p for p in range(len(traces)) if shown is None or p in shown]
    if any(Status.CANCELLED in traces[place].status for place in places):
        return []
    origin = reference(experiment, traces)
    found = (
        _smaller_rates(experiment, traces, places),
        _standardised(experiment, traces, origin, places),
        _reshuffled(experiment, traces, origin, places),
        _dropped(experiment, traces, origin, places),
    )
    return [mend for mend in found if mend is not None]


def _with_runs(experiment: Experiment, changed: dict[int, Run]) -> Experiment:
    runs = [changed.get(place, run) for place, run in enumerate(experiment.runs)]
    return replace(experiment, runs=tuple(runs))


def _names(experiment: Experiment, places: Iterable[int]) -> str:
    names = labels(experiment)
    return joined([f"**{names[place]}**" for place in places])


# Rates above their limit


def _smaller_rates(
    experiment: Experiment, traces: Sequence[Trace], places: Sequence[int]
) -> Mend | None:
    """Bring the rates of runs that ran away below their limits.

    Where all did, at one rate, they keep one: that of the lowest limit.
    """
    limits = {place: _broken_limit(experiment, place, traces[place]) for place in places}
    rates = {
        place: float(f"{SAFE * limit:.2g}") for place, limit in limits.items() if limit is not None
    }
    if not rates:
        return None
    runs = experiment.runs
    if len(rates) == len(runs) and len({run.optimizer.lr for run in runs}) == 1:
        rates = dict.fromkeys(rates, min(rates.values()))
    told = list(dict.fromkeys(rates.values()))
    label = f"rate{'s' * (len(told) > 1)} {joined([number(rate) for rate in told])}"
    parts = []
    for rate in told:
        same = [place for place in rates if rates[place] == rate]
        lowest = min(same, key=lambda place: limits[place] or np.inf)
        parts.append(
            f"{_names(experiment, same)} {'is' if len(same) == 1 else 'are'} stable at a rate of "
            f"{number(rate)}, {SAFE:g} times {_limit_named(experiment, runs[lowest])}"
        )
    changed = {
        place: replace(runs[place], optimizer=replace(runs[place].optimizer, lr=rate))
        for place, rate in rates.items()
    }
    return Mend(f"{'; '.join(parts)}.", label, _with_runs(experiment, changed), slower=True)


def _limit_named(experiment: Experiment, run: Run) -> str:
    """Return "2/L", or of another limit what it is of and its number."""
    problem, limit = experiment.problem, safe_limit(experiment, run)
    assert limit is not None
    rows = run.rows(problem.n_samples)
    if rows < problem.n_samples:
        of = f"of {quantity(rows, 'row')} per update"
    elif not run.optimizer.plain:
        of = f"of {run.optimizer.title}"
    elif np.isclose(limit, curvature(problem).limit):
        return "2/L"
    else:
        of = "that holds everywhere"
    return f"the limit {of}, {number(limit)}"


def _broken_limit(experiment: Experiment, place: int, trace: Trace) -> float | None:
    """Return the limit that the rate of a run that ran away lies above, None where none does."""
    run = experiment.runs[place]
    limit = safe_limit(experiment, run)
    return None if limit is None or _went_well(trace) or run.optimizer.lr <= limit else limit


def _went_well(trace: Trace) -> bool:
    return got_lower(trace) and Status.DIVERGED not in trace.status


def safe_limit(experiment: Experiment, run: Run) -> float | None:
    """Return the rate below which a run is stable wherever it stands, or None where none is known.

    On all rows it is the rule's own limit for the largest curvature anywhere; on fewer the plain
    step's mean-square limit, which is exact for least squares.
    """
    problem = experiment.problem
    if run.rows(problem.n_samples) < problem.n_samples:
        plain = run.optimizer.plain and problem.quadratic
        return noisy_limit(problem, run.rows(problem.n_samples)) if plain else None
    bound = global_bound(problem)
    return None if not bound else stability_limit(run.optimizer, bound)


# Raw columns


def _standardised(
    experiment: Experiment, traces: Sequence[Trace], origin: Reference, places: Sequence[int]
) -> Mend | None:
    """Standardise the columns of a fit whose bowl is a ravine that a full-batch run is still in."""
    fit = experiment.problem
    if not isinstance(fit, Fit) or fit.standardize or not fit.quadratic or not origin.exact:
        return None
    slow = [p for p in places if _in_ravine(experiment, p, traces[p], origin)]
    better = replace(fit, standardize=True)
    before, after = curvature(fit).condition, curvature(better).condition
    if not slow or before < LONG or before < ROUNDER * after:
        return None
    carried = carry.on_fit(experiment, better)
    words = (
        f"The loss is a ravine that holds {_names(experiment, slow)} up: it bends "
        f"{number(before)} times as much one way as another, and {_bends(after)} with "
        "standardised columns."
    )
    return Mend(words, "standardise", carried.experiment, carried.words)


def _bends(condition: float) -> str:
    times = number(condition)
    return "equally all ways" if times == "1" else f"{times} times"


def _in_ravine(experiment: Experiment, place: int, trace: Trace, origin: Reference) -> bool:
    run, n = experiment.runs[place], experiment.problem.n_samples
    follows = bool(run.optimizer.limit_formula) and run.rows(n) == n
    return follows and _went_well(trace) and None in epochs_to_arrive(trace, origin)


# The order of the rows, and the last batch


def _reshuffled(
    experiment: Experiment, traces: Sequence[Trace], origin: Reference, places: Sequence[int]
) -> Mend | None:
    """Reshuffle rows whose order holds runs above the minimum."""
    fixed = [
        place
        for place, run in _standing(experiment, traces, origin, places)
        if not SAMPLINGS[run.sampling].random and _sorts(experiment, run)
    ]
    if not fixed:
        return None
    changed = {p: replace(experiment.runs[p], sampling="reshuffle") for p in fixed}
    verb = "meets" if len(fixed) == 1 else "meet"
    words = (
        f"{_names(experiment, fixed)} {verb} the rows sorted by their target in every epoch: the "
        "last ones pull alike, away from the minimum."
    )
    return Mend(words, "reshuffle", _with_runs(experiment, changed))


def _sorts(experiment: Experiment, run: Run) -> bool:
    """Whether rows come sorted by their target, or nearly."""
    fit = experiment.problem
    if not isinstance(fit, Fit):
        return False
    order = next(SAMPLINGS[run.sampling].draw(np.random.default_rng(0), fit.y))
    y = np.asarray(fit.y, dtype=float)[order]
    return bool(np.mean(np.diff(y) ** 2) < SORTED * 2 * np.var(y))


def _dropped(
    experiment: Experiment, traces: Sequence[Trace], origin: Reference, places: Sequence[int]
) -> Mend | None:
    """Drop the last batches that are so short that their noise holds runs above the minimum."""
    n = experiment.problem.n_samples
    short = {
        place: n % run.rows(n)
        for place, run in _standing(experiment, traces, origin, places)
        if not run.drop_last
        and run.sampling == "reshuffle"
        and 0 < n % run.rows(n) <= SMALL * run.rows(n)
    }
    if not short:
        return None
    changed = {p: replace(experiment.runs[p], drop_last=True) for p in short}
    parts = [
        f"{_names(experiment, [place])} ends each epoch with {quantity(left, 'row')}, whose mean "
        f"gets the full step of {quantity(experiment.runs[place].rows(n))}"
        for place, left in short.items()
    ]
    return Mend(f"{joined(parts)}.", "drop the short batch", _with_runs(experiment, changed))


def _standing(
    experiment: Experiment, traces: Sequence[Trace], origin: Reference, places: Sequence[int]
) -> Iterator[tuple[int, Run]]:
    """Give runs on some of the rows that came down and then stand still above the minimum."""
    n = experiment.problem.n_samples
    for place in places:
        run, trace = experiment.runs[place], traces[place]
        steady = run.schedule.constant and run.optimizer.plain
        if not (steady and run.rows(n) < n and origin.exact and _went_well(trace)):
            continue
        arrived = run.optimizer.lr * curvature(experiment.problem).mu * int(trace.updates[-1])
        if arrived > SETTLED and _stands(trace.loss.mean(axis=0) - origin.loss, origin):
            yield place, run


def _stands(excess: Array, origin: Reference) -> bool:
    """Whether an excess over epochs (E + 1,) no longer falls."""
    quarter = len(excess) // 4
    if quarter < 2:
        return False
    before, last = (float(np.median(excess[-k * quarter :][:quarter])) for k in (2, 1))
    return last > origin.dust and last >= STANDS * before
