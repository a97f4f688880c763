"""An experiment and its traces in plain sentences: only what the traces support.

Sentences are Markdown. They speak of seed 0; numbers have three significant figures.
"""

from collections.abc import Sequence

import numpy as np

from gdplay.curvature import curvature, stability_limit
from gdplay.experiment import Experiment, Run, labels
from gdplay.landscape import got_lower
from gdplay.measures import Reference, affordable, first_within, reference
from gdplay.problem import Array
from gdplay.training import Status, Trace

SHARE = 0.1
"""The first sentence tells when each run came within this share of the excess at the start."""


def narrate(experiment: Experiment, traces: Sequence[Trace]) -> list[str]:
    """Return two to five sentences on what these runs did, the most telling first."""
    names, origin = labels(experiment), reference(experiment, traces)
    well = [place for place, trace in enumerate(traces) if got_lower(trace)]
    sentences = []
    if well:
        sentences.append(_arrivals(experiment, traces, names, origin, well))
        sentences += _manner(experiment, traces, names, well)
    for place, trace in enumerate(traces):
        if place not in well:
            sentences.append(_trouble(experiment, experiment.runs[place], trace, names[place]))
    if not origin.exact:
        sentences.append(
            "This loss has **no finite minimum** (the classes can be separated and nothing "
            "penalises large weights), so excess is measured from the best loss seen."
        )
    return sentences


# Who arrived when


def _arrivals(
    experiment: Experiment,
    traces: Sequence[Trace],
    names: Sequence[str],
    origin: Reference,
    well: Sequence[int],
) -> str:
    """Tell after how many epochs each run came near, earliest first."""
    n = experiment.problem.n_samples
    found = []
    for place in well:
        spot = first_within(experiment.problem, traces[place], origin, SHARE)
        epochs = spot[0] / experiment.runs[place].updates_per_epoch(n) if spot else np.inf
        found.append((epochs, place, spot))
    told = [
        _arrival(experiment, names[place], epochs, spot, place)
        for epochs, place, spot in sorted(found, key=lambda item: item[0])
    ]
    what = "excess loss" if origin.exact else "gap to the best loss seen"
    return f"The {what} fell to a tenth of its start: {_joined(told)}.{_by_updates(names, found)}"


def _by_updates(
    names: Sequence[str], found: Sequence[tuple[float, int, tuple[int, int] | None]]
) -> str:
    """Tell who needed fewest updates, where that is not who needed fewest epochs."""
    there = [(spot, epochs, place) for epochs, place, spot in found if spot]
    if len(there) < 2:
        return ""
    (latest, _), _, fewest = min(there)
    surely = all(before > latest for (_, before), _, place in there if place != fewest)
    if not surely or fewest == min(there, key=lambda item: item[1])[2]:
        return ""
    return f" Counted in updates, **{names[fewest]}** was first."


def _arrival(
    experiment: Experiment, name: str, epochs: float, spot: tuple[int, int] | None, place: int
) -> str:
    if spot is None:
        limit = experiment.epochs_of(experiment.runs[place])
        return f"**{name}** not within {_count(limit, 'epoch')}"
    updates = spot[0]
    about = "about " if updates - spot[1] > 1 else ""
    return f"**{name}** after {about}{_epochs(epochs)} ({_count(updates, 'update')})"


def _epochs(epochs: float) -> str:
    text = f"{epochs:.3g}" if epochs < 100 else f"{epochs:.0f}"
    return f"{text} epoch" if text == "1" else f"{text} epochs"


# How they moved


def _manner(
    experiment: Experiment, traces: Sequence[Trace], names: Sequence[str], well: Sequence[int]
) -> list[str]:
    """Tell who went down smoothly at the end, and who hovers most."""
    ends = {p: end for p in well if len(end := last_losses(experiment, traces[p])) >= 4}
    smooth = [f"**{names[p]}**" for p in ends if not share_of_rises(ends[p])]
    restless = [p for p in ends if share_of_rises(ends[p]) >= 0.2]
    told = [f"{_joined(smooth)} fell at every step seen"] if smooth else []
    if restless:
        most = max(restless, key=lambda p: float(np.std(ends[p])))
        rises = share_of_rises(ends[most])
        told.append(f"**{names[most]}** hovered: {rises:.0%} of its steps raised the loss")
    return [f"In the last quarter {' and '.join(told)}."] if told else []


def last_losses(experiment: Experiment, trace: Trace) -> Array:
    """Return the training loss at the recorded states of seed 0's last quarter, at most 250."""
    late = trace.path_updates >= 0.75 * trace.path_updates[-1:].sum()
    return experiment.problem.loss(trace.path[late][-affordable(experiment.problem, 250) :])


def share_of_rises(loss: Array) -> float:
    """Return the share of steps that raised `loss`; under 1e-9 of it counts as standing still."""
    return float(np.mean(np.diff(loss) > 1e-9 * np.abs(loss[:-1])))


# What went wrong


def _trouble(experiment: Experiment, run: Run, trace: Trace, name: str) -> str:
    """Tell that a run diverged or ended above its start, and what its rate is in units of 2/L."""
    if trace.status[0] is Status.CANCELLED:
        return f"**{name}** was stopped."
    if trace.status[0] is Status.DIVERGED:
        what = f"**{name}** diverged at {_ordinal_update(trace.diverged_at[0])}"
    else:
        what = f"**{name}** ended higher than it began"
    return f"{what}{_why(experiment, run)}."


def _why(experiment: Experiment, run: Run) -> str:
    facts = curvature(experiment.problem)
    limit = stability_limit(run.optimizer, facts.L)
    if limit is None:
        return ""
    ratio, rate = run.optimizer.lr / limit, f"{run.optimizer.lr:.3g}"
    full = run.variant(experiment.problem.n_samples) == "batch"
    if full and experiment.problem.quadratic and ratio > 1:
        return f": its rate {rate} is {ratio:.3g} times the limit {limit:.3g} of this loss"
    there = "" if facts.where == "everywhere" else f" (curvature taken {facts.where})"
    smaller = "; small batches blow up below that limit" if not full and ratio <= 1 else ""
    return (
        f": its rate {rate} is {ratio:.3g} times the full-batch limit {limit:.3g}{there}{smaller}"
    )


def _ordinal_update(number: int) -> str:
    return f"update {number:,}".replace(",", " ")


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}".replace(",", " ")


def _joined(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
