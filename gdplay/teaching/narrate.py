"""An experiment and its traces in plain sentences: only what the traces support.

Sentences are Markdown. They speak of seed 0; numbers have three significant figures.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from gdplay.engine.training import Status, Trace
from gdplay.experiment import Experiment, Run, labels, start_of
from gdplay.loss.fit import Fit
from gdplay.teaching.manners import near_the_end
from gdplay.theory.crossings import crossing
from gdplay.theory.curvature import curvature, stability_limit
from gdplay.theory.endings import Ending, ending
from gdplay.theory.landscape import LEVEL, got_lower
from gdplay.theory.limits import noisy_limit
from gdplay.theory.measures import (
    AXES,
    Arrival,
    Axis,
    Reference,
    bound_of,
    first_within,
    lost_at,
    may_return,
    over_seeds,
    recorded,
    reference,
)
from gdplay.theory.minima import where_words
from gdplay.words import joined, number, quantity

SHARE = 0.1
"""The first sentence tells when each run came within this share ("a tenth") of the excess."""

LEFT = 1 / 3
"""A run left a level again that so many of its last losses lie above."""


def narrate(
    experiment: Experiment,
    traces: Sequence[Trace],
    shown: Collection[int] | None = None,
    along: str = "epochs",
    seconds: Sequence[float] | None = None,
) -> list[str]:
    """Return a few sentences on what these runs did, the most telling first.

    Parameters
    ----------
    experiment : Experiment
    traces : sequence of Trace
    shown : collection of int, optional
        The places of the runs to speak of; all by default.
    along : key of AXES
        What is counted.
    seconds : sequence of float, optional
        Seconds per update of each run, for `along="seconds"`.
    """
    places = range(len(traces)) if shown is None else sorted(shown)
    if not places:
        return ["All runs are hidden. Show one to see what it does."]
    names, origin = labels(experiment), reference(experiment, traces)
    names = tuple(f"**{name}**" for name in names)
    begun = [place for place in places if _begun(traces[place])]
    well = [place for place in begun if got_lower(traces[place])]
    sentences = [_cut_short(experiment, traces, names, places)]
    if well:
        counts = _Counts(experiment, AXES[along], seconds)
        last = {place: ending(experiment.problem, traces[place]) for place in well}
        sentences.append(_arrivals(counts, traces, names, origin, last, places))
        sentences.append(near_the_end(experiment, traces, names, origin, last))
        sentences += [_stopped(experiment, traces[place], names[place]) for place in well]
    sentences += [_searched(traces[place], names[place]) for place in begun]
    sentences += [_crossed(experiment, traces[place], names[place]) for place in begun]
    for place in begun:
        if place not in well:
            run = experiment.runs[place]
            sentences.append(_trouble(experiment, run, traces[place], names[place]))
    sentences += [
        _no_minimum(experiment, origin),
        _orders(experiment, traces, names, origin, places),
    ]
    return [sentence for sentence in sentences if sentence]


def _no_minimum(experiment: Experiment, origin: Reference) -> str:
    if origin.exact:
        return ""
    problem = experiment.problem
    if not isinstance(problem, Fit):
        head = f"**{problem.no_minimum}**"
    elif problem.model.convex:
        head = (
            "This loss has **no finite minimum** (larger weights always lower it, and nothing "
            "penalises them)"
        )
    else:
        head = "A network's loss has **many valleys**, and the lowest place of all is not known"
    return f"{head}, so excess is measured from the best loss seen."


# What a visitor stopped


def _begun(trace: Trace) -> bool:
    """Whether a run was not stopped before its first update."""
    return trace.status[0] is not Status.CANCELLED or int(recorded(trace)[0][-1]) > 0


def _cut_short(
    experiment: Experiment, traces: Sequence[Trace], names: Sequence[str], places: Sequence[int]
) -> str:
    """Tell how far the runs had come that were stopped."""
    parts, waiting = [], []
    for place in places:
        run, trace, name = experiment.runs[place], traces[place], names[place]
        if not _begun(trace):
            waiting.append(name)
        elif trace.status[0] is Status.CANCELLED:
            updates = int(recorded(trace)[0][-1])
            epochs = number(updates / run.updates_per_epoch(experiment.problem.n_samples))
            of = quantity(experiment.epochs_of(run), "epoch")
            parts.append(f"{name} after {epochs} of {of} ({quantity(updates, 'update')})")
    if not waiting:
        return f"Training was **stopped**: {joined(parts)}." if parts else ""
    before = f"before {joined(waiting)} had begun"
    return f"Training was **stopped** {before}{f': {joined(parts)}' if parts else ''}."


# Who arrived when


class _Counts(NamedTuple):
    """What is counted of an experiment: along which axis, by seconds per update where they are."""

    experiment: Experiment
    axis: Axis
    seconds: Sequence[float] | None

    def at(self, place: int, update: int, axis: Axis | None = None) -> float:
        """Return how much a run had of what is counted, or of another axis, by an update."""
        run, n = self.experiment.runs[place], self.experiment.problem.n_samples
        cost = self.seconds[place] if self.seconds else np.nan
        return float((axis or self.axis).at(run, n, cost, np.array([update]))[0])

    @property
    def other(self) -> Axis:
        """What is told beside it."""
        return AXES["epochs" if self.axis.key == "updates" else "updates"]


class _Near(NamedTuple):
    """A run that came near, sorted by what is counted."""

    amount: float
    name: str
    place: int
    at: Arrival


def _arrivals(
    counts: _Counts,
    traces: Sequence[Trace],
    names: Sequence[str],
    origin: Reference,
    last: Mapping[int, Ending],
    places: Sequence[int],
) -> str:
    """Tell after how much of what is counted each run came near, earliest first."""
    problem = counts.experiment.problem
    if problem.loss(start_of(counts.experiment)) - origin.loss <= origin.dust:
        return f"The start is {origin.title}: there is nothing to descend."
    what = "excess loss" if origin.exact else "gap to the best loss seen"
    near = {p: first_within(problem, traces[p], origin, SHARE) for p in last}
    order = sorted(_Near(counts.at(p, at.update), names[p], p, at) for p, at in near.items() if at)
    if not order:
        return _nobody(counts, traces, names, what, places)
    parts = [f"{item.name} after {_when(counts, item)}" for item in order]
    parts += [f"{names[p]} {_not(counts, p, traces[p])}" for p, at in near.items() if not at]
    head = f"The {what} fell to a tenth of its start: {joined(parts)}."
    gone = [item.name for item in order if _left(last[item.place], traces[item.place], origin)]
    again = f" {joined(gone)} left it again." if gone else ""
    return f"{head}{_otherwise(counts, order)}{again}"


def _left(last: Ending, trace: Trace, origin: Reference) -> bool:
    """Whether a run that came near is not there at its end."""
    level = SHARE * (float(trace.loss[0, 0]) - origin.loss)
    above = last.loss - origin.loss > max(level, origin.dust)
    since = above[int(np.argmin(above)) :]  # where it came near at last, if it did so late
    return float(np.mean(since)) >= LEFT


def _nobody(
    counts: _Counts,
    traces: Sequence[Trace],
    names: Sequence[str],
    what: str,
    places: Sequence[int],
) -> str:
    budgets = {_not(counts, p, traces[p]) for p in places}
    within = budgets.pop().removeprefix("not ") if len(budgets) == 1 else "within its epochs"
    nobody = "No run" if len(places) == len(traces) else "None of these runs"
    who = f"{names[places[0]]} did not bring" if len(places) == 1 else f"{nobody} brought"
    return f"{who} the {what} down to a tenth of its start {within}."


def _when(counts: _Counts, item: _Near) -> str:
    """Return when a run came near, in what is counted and in brackets otherwise."""
    about = "" if item.at.exact else "about "
    if counts.axis.key == "seconds":
        about = "about "  # as long as an update took when it was measured
    amount = f"{about}{counts.axis.words(item.amount)}"
    if counts.experiment.problem.n_samples == 1 and counts.axis.key != "seconds":
        return amount  # an epoch is an update
    beside = counts.other.words(counts.at(item.place, item.at.update, counts.other))
    return f"{amount} ({beside})"


def _not(counts: _Counts, place: int, trace: Trace) -> str:
    if trace.status[0] is Status.CANCELLED:
        return "not before it was stopped"
    run = counts.experiment.runs[place]
    n_epochs = counts.experiment.epochs_of(run)
    last = n_epochs * run.updates_per_epoch(counts.experiment.problem.n_samples)
    return f"not within {counts.axis.words(counts.at(place, last))}"


def _otherwise(counts: _Counts, order: Sequence[_Near]) -> str:
    """Tell who needed least of what else can be counted, where that is sure and another."""

    def amount(item: _Near, update: int) -> float:
        return counts.at(item.place, update, counts.other)

    least = min(order, key=lambda item: amount(item, item.at.update))
    most = amount(least, least.at.update)
    surely = all(item is least or amount(item, item.at.before) > most for item in order)
    if not surely or least.amount == order[0].amount:
        return ""
    return f" Counted in {counts.other.title}, {least.name} was first."


# When they stopped


def _stopped(experiment: Experiment, trace: Trace, name: str) -> str:
    if trace.status[0] is not Status.CONVERGED:
        return ""
    norms = np.linalg.norm(experiment.problem.gradient(trace.params[0]), axis=1)
    epoch = int(np.argmax(norms < experiment.tol))
    return (
        f"{name} stopped after {quantity(epoch, 'epoch')}: "
        f"its full gradient had become shorter than {number(experiment.tol)}."
    )


def _searched(trace: Trace, name: str) -> str:
    """Tell what a line search cost beside its updates; "" of other rules."""
    if trace.tries is None:
        return ""
    made = int(np.isfinite(trace.tries[0]).sum()) - 1
    tries, updates = int(trace.tries[0, made]), int(trace.updates[made])
    cost = f"{quantity(updates, 'update')}, {quantity(tries, 'evaluation')} of the loss"
    return f"{name} took {cost}."


def _crossed(experiment: Experiment, trace: Trace, name: str) -> str:
    """Tell that a step leads over a pole, or over where the function has no value; "" of others."""
    first = crossing(experiment.problem, trace)
    if first is None:
        return ""
    what = "a pole" if first.pole else "a place where the function has no value"
    parts = zip(experiment.problem.param_titles, first.place, strict=True)
    where = joined([f"{title} = {number(value)}" for title, value in parts])
    return (
        f"{name} jumped over {what} at update {quantity(first.update)}, near {where}: a step "
        "follows the slope where it begins and does not see what lies on its way."
    )


# What went wrong


def _trouble(experiment: Experiment, run: Run, trace: Trace, name: str) -> str:
    """Tell that a run diverged or ended above its start, and what its rate is in units of 2/L."""
    diverged = trace.status[0] is Status.DIVERGED
    if diverged:
        at = quantity(lost_at(experiment.problem, trace))
        what = f"{name} had diverged by update {at}"
        if may_return(experiment.problem, run, trace):
            what = (
                f"{name} went out of bounds by update {at}, its loss over "
                f"{number(bound_of(trace))}, and was followed no further"
            )
    else:
        short = trace.status[0] is Status.CANCELLED
        what = f"{name} {'stood' if short else 'ended'} higher than it began"
        what += " when it was stopped" if short else ""
    return f"{what}{_why(experiment, run, diverged)}."


def _why(experiment: Experiment, run: Run, diverged: bool) -> str:
    facts = curvature(experiment.problem)
    limit = stability_limit(run.optimizer, facts.L)
    if limit is None or not np.isfinite(limit):
        return ""
    rows = run.rows(experiment.problem.n_samples)
    full = rows == experiment.problem.n_samples
    ratio, whose = run.optimizer.lr / limit, "limit" if full else "full-batch limit"
    where = "" if facts.where == "everywhere" else f" {where_words(experiment.problem)}"
    rate = "rate" if run.schedule.constant else "highest rate"
    text = (
        f": its {rate} {number(run.optimizer.lr)} is {_apart(ratio, 1)} times the {whose} "
        f"{number(limit)} that the curvature{where} sets"
    )
    if ratio > 1 and run.optimizer.plain:
        return f"{text} (ηL = {_apart(2 * ratio, 2)} > 2)"
    if full or ratio > 1:
        return text
    return f"{text}, but {_noise_words(experiment, run, diverged)}"


def _noise_words(experiment: Experiment, run: Run, diverged: bool) -> str:
    """Tell why small batches are in trouble at a rate that is well for all rows."""
    rows = run.rows(experiment.problem.n_samples)
    limit = noisy_limit(experiment.problem, rows) if run.optimizer.plain else None
    if limit is not None and run.optimizer.lr > limit:
        ratio = _apart(run.optimizer.lr / limit, 1)
        return f"{ratio} times the limit {number(limit)} of batches of {quantity(rows, 'row')}"
    noisy = f"gradients of {quantity(rows, 'row')} are noisy"
    return "small batches can diverge below it" if diverged else noisy


def _apart(value: float, border: int) -> str:
    """Return a value that does not read as its border unless it is."""
    return number(value) if number(value) != str(border) else f"{value:.10g}"


# All orders of the rows


def _orders(
    experiment: Experiment,
    traces: Sequence[Trace],
    names: Sequence[str],
    origin: Reference,
    places: Sequence[int],
) -> str:
    """Tell what else other orders of the rows did to the runs that depend on them."""
    n_orders = len(traces[0].status)
    shuffled = [
        p for p in places if experiment.runs[p].depends_on_order(experiment.problem.n_samples)
    ]
    if n_orders == 1 or not shuffled:
        return ""
    parts = []
    for place in shuffled:
        diverged = sum(status is Status.DIVERGED for status in traces[place].status)
        if 0 < diverged < n_orders:
            parts.append(f"{diverged} made {names[place]} diverge")
    parts += _beaten(traces, names, places)
    ratios = {place: _spread(traces[place], origin) for place in shuffled}
    widest = max(ratios, key=lambda place: ratios[place])
    if ratios[widest] >= 2:
        parts.append(
            f"the largest final excess loss of {names[widest]} is {number(ratios[widest])} times "
            "its smallest"
        )
    more = f"; of all {n_orders}, {joined(parts)}" if parts else ""
    who = "it" if shuffled == [*places] else joined([names[place] for place in shuffled])
    return f"So {who} went in the first of {n_orders} orders of the rows{more}."


def _beaten(traces: Sequence[Trace], names: Sequence[str], places: Sequence[int]) -> list[str]:
    """Tell in how many orders of the rows the run that is lowest in most ended below the next."""
    ends = {p: np.where(np.isfinite(e := traces[p].loss[:, -1]), e, np.inf) for p in places}
    order = sorted(places, key=lambda place: float(over_seeds(ends[place]).median))
    if len(order) < 2 or Status.CANCELLED in traces[order[0]].status + traces[order[1]].status:
        return []
    first, second = order[:2]
    wins = int(np.sum(ends[first] < ends[second]))
    return [f"{names[first]} ended lower than {names[second]} in {wins}"] if wins else []


def _spread(trace: Trace, origin: Reference) -> float:
    """Return the largest final excess as a multiple of the smallest; 1 where that means nothing."""
    ends = trace.loss[:, -1] - origin.loss
    if not np.isfinite(ends).all() or ends.min() <= max(origin.dust, LEVEL * ends.max()):
        return 1.0
    return float(ends.max() / ends.min())
