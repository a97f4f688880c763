"""How each run went near its end, in words: smoothly, between levels, hovering, up or down."""

from collections.abc import Mapping, Sequence
from math import sqrt
from typing import NamedTuple

import numpy as np

from gdplay.arrays import Array
from gdplay.engine.training import Status, Trace
from gdplay.experiment import Experiment
from gdplay.theory.curvature import stability_limit
from gdplay.theory.endings import CHANGE, FEWEST, Ending, cycle, trend
from gdplay.theory.landscape import LEVEL
from gdplay.theory.measures import Reference, over_seeds, share_of_rises
from gdplay.theory.minima import largest_bends, minima, nearest, point
from gdplay.words import joined, number

ROUNDING = 1e-25
"""Tolerance: an excess below this share of its start is what is left of the digits of numbers."""


class Manner(NamedTuple):
    """How one run went: what groups it with others, what is said of it, and how wide it moved."""

    verb: str
    words: str = ""
    span: float = 0.0


SMOOTH = ("fell at every step", "kept falling", "never rose", "was at the minimum but for rounding")
"""What runs are said to have done together, in this order."""

FELL = "fell on the whole"

RESTLESS = ("hovered", "swung")
"""What the widest run is told of in full, and others in brief."""


def near_the_end(
    experiment: Experiment,
    traces: Sequence[Trace],
    names: Sequence[str],
    origin: Reference,
    last: Mapping[int, Ending],
) -> str:
    """Tell of every run how it went near its end; "" where none moved.

    Parameters
    ----------
    experiment : Experiment
    traces : sequence of Trace
    names : sequence of str
        In Markdown.
    origin : Reference
        What the excess is measured from.
    last : mapping from place to Ending
        The last losses of the runs to tell of.
    """
    ends = {p: end for p, end in last.items() if len(end.loss) > 1}
    if not ends:
        return ""
    manners = {p: manner(experiment, p, traces[p], end, origin) for p, end in ends.items()}
    parts = [*_together(names, manners), *_fell(names, ends, manners), *_alone(names, manners)]
    wild = sorted((p for p in ends if manners[p].verb in RESTLESS), key=lambda p: -manners[p].span)
    parts += [f"{names[p]} {manners[p].verb}{_full(ends[p], manners[p])}" for p in wild[:1]]
    also = [f"; {names[p]} {manners[p].verb} at {manners[p].words}" for p in wild[1:]]
    short = any(traces[p].status[0] is Status.CANCELLED for p in ends)
    when = "In the last updates made" if short else "Near the end"
    return f"{when} {'; '.join(parts)}{''.join(also)}."


def manner(
    experiment: Experiment, place: int, trace: Trace, end: Ending, origin: Reference
) -> Manner:
    """Return how a run went near its end."""
    smooth = _smooth(end, origin)
    if smooth is not None:
        return smooth
    excess = end.loss - origin.loss
    if origin.exact and excess.max() <= ROUNDING * (float(trace.loss[0, 0]) - origin.loss):
        return Manner(SMOOTH[3])
    levels = cycle(end.loss) if end.stride == 1 else None
    if levels is not None:
        return Manner("bounced", _levels(*levels) + _too_fast(experiment, place, trace))
    noisy = _is_noisy(experiment, place)
    half = end.half - origin.loss
    way = trend(half)
    if way < 0 or (not way and not noisy and _sinks(half)):
        return Manner(FELL)
    if way > 0:
        steps = "at every step" if share_of_rises(end.loss) == 1 else "on the whole"
        return Manner(f"rose {steps}")
    low, high = _width(excess)
    if low == high and not noisy:
        return Manner("stayed", f" at a loss of {number(float(end.loss[-1]))}")
    hovers = noisy and end.loss.max() <= trace.loss[0, 0]
    width = f"about {low}" if low == high else f"{low} to {high}"
    return Manner(RESTLESS[0] if hovers else RESTLESS[1], width, float(np.std(excess)))


def _sinks(half: Array) -> bool:
    """Whether the peaks of a swing without noise sink; of few losses whether the last are lower."""
    first, middle, last = (float(third.max(initial=-np.inf)) for third in np.array_split(half, 3))
    few = len(half) <= FEWEST
    return last <= CHANGE * first and (few or last <= sqrt(CHANGE) * middle)


def _smooth(end: Ending, origin: Reference) -> Manner | None:
    """Return how a run went whose loss never rose; None of others."""
    if share_of_rises(end.loss):
        return None
    if np.all(np.diff(end.loss) < 0):
        return Manner(SMOOTH[0] if end.stride == 1 else SMOOTH[1])
    if origin.exact and end.loss.max() - origin.loss <= origin.dust:
        return Manner(SMOOTH[3])
    if np.ptp(end.loss) <= LEVEL * np.abs(end.loss).max():
        return Manner("stood still", f" at a loss of {number(float(end.loss[-1]))}")
    return Manner(SMOOTH[2])


def _levels(period: int, low: float, high: float) -> str:
    """Return between which losses a run bounced."""
    if number(low) == number(high):
        return f" at a loss of {number(low)}"
    if period == 2:
        return f" between a loss of {number(low)} and one of {number(high)}"
    return f" round {period} losses, from {number(low)} to {number(high)}"


def _too_fast(experiment: Experiment, place: int, trace: Trace) -> str:
    """Tell of a function how a rate stands to its limit at the minimum that lies nearest."""
    problem, run = experiment.problem, experiment.runs[place]
    if not len(minima(problem)):
        return ""
    near = nearest(problem, trace.params[0, -2:].mean(axis=0))
    limit = stability_limit(run.optimizer, largest_bends(problem)[near])
    if limit is None or not run.schedule.constant or not 0 < limit < run.optimizer.lr:
        return ""
    name = "2/L" if run.optimizer.plain else "its limit"
    at = f"at the nearest minimum, {point(minima(problem)[near])}"
    return f": its rate is {number(run.optimizer.lr / limit)} times {name} {at}"


def _is_noisy(experiment: Experiment, place: int) -> bool:
    n = experiment.problem.n_samples
    return experiment.runs[place].rows(n) < n or experiment.gradient_noise > 0


def _width(excess: Array) -> tuple[str, str]:
    """Return between which two values an excess mostly is."""
    low, _, high = (number(max(float(part), 0.0), 2) for part in over_seeds(excess))
    return low, high


# In words


def _together(names: Sequence[str], manners: Mapping[int, Manner]) -> list[str]:
    """Tell which runs went smoothly, each way once."""
    parts = []
    for verb in SMOOTH:
        who = [names[p] for p, one in manners.items() if one.verb == verb]
        many = verb.replace("was", "were") if len(who) > 1 else verb
        parts += [f"{joined(who)} {many}"] if who else []
    return parts


def _fell(
    names: Sequence[str], ends: Mapping[int, Ending], manners: Mapping[int, Manner]
) -> list[str]:
    """Tell which runs fell on the whole, and how often they rose."""
    who = [p for p, one in manners.items() if one.verb == FELL]
    if not who:
        return []
    shares = sorted({round(100 * share_of_rises(ends[p].loss)) for p in who})
    rises = f"{shares[0]} %" if len(shares) == 1 else f"{shares[0]} to {shares[-1]} %"
    its, loss = ("its", "its loss") if len(who) == 1 else ("their", "their losses")
    steps = f"{rises} of {its} steps raised the loss"
    stride = max(ends[p].stride for p in who)
    if stride > 1:
        steps = f"{loss}, looked at every {stride} updates, rose {rises} of the time"
    return [f"{joined([names[p] for p in who])} {FELL}, though {steps}"]


def _alone(names: Sequence[str], manners: Mapping[int, Manner]) -> list[str]:
    """Tell which runs bounce, stand still or rise, one by one."""
    others = (*SMOOTH, FELL, *RESTLESS)
    return [
        f"{names[p]} {one.verb}{one.words}" for p, one in manners.items() if one.verb not in others
    ]


def _full(end: Ending, one: Manner) -> str:
    """Return how wide a run hovers or swings, and how often it rose."""
    rises = f"{100 * share_of_rises(end.loss):.0f} %"
    steps = f"{rises} of its steps raised the loss"
    if end.stride > 1:
        steps = f"its loss, looked at every {end.stride} updates, rose {rises} of the time"
    return f", mostly at an excess of {one.words}: {steps}"
