"""What somebody expects of runs before seeing them, as a value, and how it compares with them.

A ranking says who is lowest and who is lost; a drawing holds a line for each run.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import inf, isfinite
from typing import NamedTuple

import numpy as np

from gdplay.arrays import Array, Indices
from gdplay.engine.training import Status, Trace
from gdplay.experiment import Experiment, labels
from gdplay.theory.landscape import bounded
from gdplay.theory.measures import AXES, METRICS, Metric, over_seeds, recorded, reference
from gdplay.words import joined, number, quantity

MOST_LENGTH = 3000
"""The longest text of a prediction, in characters: it travels in a link."""

MOST_PLACES = 64
"""So many runs can be spoken of."""

FEWEST_POINTS, MOST_POINTS = 5, 24
"""So many points a drawn line has."""

DIGITS = 4
"""Significant figures of a drawn point: a hand draws no finer."""

TIE = 0.01
"""Runs whose values differ by no more than this share are level: either order is right."""

LEAST = 1e-12
"""Values below this share of the start's are rounding, and count as this."""


@dataclass(frozen=True)
class Ranking:
    """Who is lowest once all runs have had as much as the shortest of them.

    Attributes
    ----------
    order : tuple of int
        Places of the runs thought to last, the lowest first (of an accuracy, the highest).
    lost : tuple of int
        Places of the runs thought to be lost.
    metric : key of METRICS
    along : key of AXES
    """

    order: tuple[int, ...]
    lost: tuple[int, ...] = ()
    metric: str = "loss"
    along: str = "epochs"

    def __post_init__(self) -> None:
        object.__setattr__(self, "lost", tuple(sorted(self.lost)))
        _check(self.metric, self.along, self.places)

    @property
    def places(self) -> tuple[int, ...]:
        """The runs spoken of."""
        return self.order + self.lost


def _check(metric: str, along: str, places: Sequence[int]) -> None:
    if metric not in ASKED:
        raise ValueError(f"metric must be one of {', '.join(ASKED)}; got {metric!r}")
    if along not in AXES:
        raise ValueError(f"along must be one of {', '.join(AXES)}; got {along!r}")
    if not places or len(set(places)) < len(places) or not set(places) <= set(range(MOST_PLACES)):
        raise ValueError(
            f"places must be one or more, each once, from 0 to {MOST_PLACES - 1}; got "
            f"{str(tuple(places))[:60]}"
        )


ASKED = tuple(key for key, metric in METRICS.items() if metric.of is not None)
"""The metrics that can be predicted: those of parameters, which all runs have at any time."""


def asked(metrics: Sequence[str]) -> str:
    """Return which metric is predicted where some are drawn."""
    return metrics[0] if metrics[0] in ASKED else "loss"


# As text


def text_of(prediction: Ranking) -> str:
    """Return a prediction in characters that links leave alone; `read` reads it back."""
    parts = [".".join(map(str, places)) or _NONE for places in (prediction.order, prediction.lost)]
    return "~".join(["rank", prediction.metric, prediction.along, *parts])


_NONE = "none"
_PLACES = re.compile(r"[0-9]{1,2}(\.[0-9]{1,2})*")


def read(text: str) -> Ranking:
    """Return the prediction that a text describes.

    Raises
    ------
    ValueError
        One sentence that names what is wrong with it.
    """
    if not isinstance(text, str) or len(text) > MOST_LENGTH:
        raise ValueError(f"a prediction must be a text of at most {MOST_LENGTH} characters")
    kind, *parts = text.split("~")
    if kind != "rank" or len(parts) != 4:
        raise ValueError("a prediction must be rank~metric~axis~places~places lost")
    metric, along, order, lost = parts
    return Ranking(_places(order), _places(lost), metric[:20], along[:20])


def _places(text: str) -> tuple[int, ...]:
    if text == _NONE:
        return ()
    if not _PLACES.fullmatch(text):
        raise ValueError(f"places must be whole numbers with points between; got {text[:20]!r}")
    return tuple(map(int, text.split(".")))


# What is asked


def reach(
    experiment: Experiment,
    places: Collection[int],
    along: str,
    seconds: Sequence[float] | None = None,
) -> float:
    """Return how much of what is counted `along` an axis all of some runs have had by their end.

    `seconds` holds the seconds per update of each run, for `along="seconds"`.
    """
    return min(end_of(experiment, place, along, seconds) for place in places)


def end_of(
    experiment: Experiment, place: int, along: str, seconds: Sequence[float] | None = None
) -> float:
    """Return how much of what is counted `along` an axis a run has had by its end."""
    run = experiment.runs[place]
    last = experiment.epochs_of(run) * run.updates_per_epoch(experiment.problem.n_samples)
    return float(_amounts(experiment, place, along, seconds, np.array([last]))[0])


def _amounts(
    experiment: Experiment,
    place: int,
    along: str,
    seconds: Sequence[float] | None,
    updates: Indices,
) -> Array:
    cost = seconds[place] if seconds else 0.0
    n = experiment.problem.n_samples
    return np.asarray(AXES[along].at(experiment.runs[place], n, cost, updates), dtype=float)


def suits(prediction: Ranking, experiment: Experiment) -> bool:
    """Whether a prediction speaks of what an experiment has."""
    there = METRICS[prediction.metric].suits(experiment.problem)
    return there and max(prediction.places) < len(experiment.runs)


def question(
    experiment: Experiment, kind: str, places: Collection[int], metric: str, along: str
) -> str:
    """Return in Markdown what is to be said of some runs: `kind` is "rank" or "draw"."""
    about = METRICS[metric]
    name, seeds = about.name.lower(), quantity(experiment.n_seeds)
    median = "" if experiment.n_seeds == 1 else f" (the median over {seeds} orders of the rows)"
    if kind == "draw":
        each = "each run's" if len(places) > 1 else "the run's"
        return f"**What do you expect? Draw {each} {name}{median}** into the empty axes."
    when = "when the shortest run ends"
    if along != "seconds":  # which are only measured when the runs are shown
        when = f"after {_counted(reach(experiment, places, along), along)}"
    best = "lowest" if about.falls else "highest"
    return f"**What do you expect? Whose {name} is {best} {when}{median}, and is any run lost?**"


def _counted(amount: float, along: str) -> str:
    return AXES[along].words(int(amount) if amount == int(amount) else amount)


# How it compares


class Verdict(NamedTuple):
    """How a prediction compares with what the runs did.

    Attributes
    ----------
    right : bool
        Whether the order is right, and who is lost.
    words : str
        Whether it is, and what the order is, in Markdown.
    sentences : dict from place to str
        One sentence a run, in Markdown.
    """

    right: bool
    words: str
    sentences: dict[int, str]


def score(
    prediction: Ranking,
    experiment: Experiment,
    traces: Sequence[Trace],
    *,
    seconds: Sequence[float] | None = None,
    shown: Collection[int] | None = None,
) -> Verdict:
    """Return how a prediction compares with what the runs did.

    Of several orders of the rows the median counts, and a run is lost if half of them or more are.

    Parameters
    ----------
    prediction : Ranking
    experiment : Experiment
    traces : sequence of Trace
    seconds : sequence of float, optional
        Seconds per update of each run, where the prediction counts them.
    shown : collection of int, optional
        The runs to speak of; all that were predicted by default.

    Raises
    ------
    ValueError
        If the prediction speaks of what the experiment has not, or of no run shown.
    """
    places = [p for p in prediction.places if shown is None or p in shown]
    if not suits(prediction, experiment) or not places:
        raise ValueError("a prediction must be of the experiment's own metrics and of runs shown")
    truth = _Truth(experiment, traces, METRICS[prediction.metric], prediction.along, seconds)
    return _ranked(prediction, truth, places)


@dataclass(frozen=True)
class _Truth:
    """What the runs did, in one metric along one axis."""

    experiment: Experiment
    traces: Sequence[Trace]
    metric: Metric
    along: str
    seconds: Sequence[float] | None

    def lost(self, place: int) -> bool:
        """Whether half of a run's seeds or more diverged."""
        status = self.traces[place].status
        return 2 * sum(one is Status.DIVERGED for one in status) >= len(status)

    def leaves(self, place: int) -> bool:
        """Whether a run that was not lost kept growing: it may be called lost, or not."""
        return not self.lost(place) and not bounded(self.traces[place])

    def lost_words(self, place: int) -> str:
        """Tell when a lost run was lost: its first seed that was."""
        gone = [update for update in self.traces[place].diverged_at if update >= 0]
        return f"at update {quantity(gone[0])}" if len(gone) == 1 else (
            f"in {len(gone)} of {len(self.traces[place].status)} orders of the rows"
        )  # fmt: skip

    def end(self, places: Sequence[int]) -> float:
        """Return how much all of some runs had by their end, or until they were stopped."""
        ends = [end_of(self.experiment, p, self.along, self.seconds) for p in places]
        for place in places:
            if Status.CANCELLED in self.traces[place].status:
                ends.append(float(self.amounts(place, recorded(self.traces[place])[0][-1:])[0]))
        return min(ends)

    def amounts(self, place: int, updates: Indices) -> Array:
        """Return where updates stand on the axis."""
        return _amounts(self.experiment, place, self.along, self.seconds, updates)

    def values(self, place: int, amounts: Array) -> Array:
        """Return a run's metric at some amounts: as its curve goes, worst where it was lost.

        Between two states a positive metric changes by equal factors, as lines on a logarithmic
        axis do.
        """
        trace, worst = self.traces[place], inf if self.metric.falls else 0.0
        updates, states = self._states(trace)
        at = self.amounts(place, updates)
        right = np.searchsorted(at, amounts, side="left").clip(0, len(at) - 1)
        left = np.maximum(right - 1, 0)
        known = self._medians(states, np.unique([left, right]), worst)
        values = np.array([
            _between(at[[i, j]], (known[i], known[j]), amount)
            for i, j, amount in zip(left.tolist(), right.tolist(), amounts, strict=True)
        ])  # fmt: skip
        if self.lost(place) and len(trace.status) == 1:
            gone = self.amounts(place, np.array([trace.diverged_at[0]]))[0]
            values[amounts >= gone] = worst
        return values

    def _states(self, trace: Trace) -> tuple[Indices, Array]:
        """Return updates (T,) and states there, (S, T, n_params)."""
        if len(trace.status) > 1:
            return trace.updates, trace.params
        updates, path = recorded(trace)
        return updates, path[None]

    def _medians(self, states: Array, wanted: Indices, worst: float) -> dict[int, float]:
        assert self.metric.of is not None
        origin = reference(self.experiment, self.traces)
        with np.errstate(all="ignore"):
            values = self.metric.of(self.experiment.problem, origin, states[:, wanted])
        values = np.where(np.isfinite(values), values, worst)
        medians = values[0] if len(values) == 1 else over_seeds(values).median
        return dict(zip(wanted.tolist(), medians.tolist(), strict=True))

    @property
    def least(self) -> float:
        """Values below this are rounding."""
        origin = reference(self.experiment, self.traces)
        return max(origin.dust, LEAST * abs(origin.loss)) if self.metric.key == "excess" else 0.0


def _between(ends: Array, values: tuple[float, float], at: float) -> float:
    """Return the value at a place between two, or at the nearer end."""
    (x0, x1), (y0, y1) = ends, values
    share = float(np.clip((at - x0) / (x1 - x0), 0, 1)) if x1 > x0 else 1.0
    if share in (0, 1) or not (isfinite(y0) and isfinite(y1)):
        return y1 if share > 0 else y0
    if y0 > 0 and y1 > 0:
        return float(y0 ** (1 - share) * y1**share)
    return y0 + share * (y1 - y0)


def level(a: float, b: float, least: float = 0.0) -> bool:
    """Whether two values are too near for either to be called the lower."""
    a, b = max(a, least) if a > 0 else a, max(b, least) if b > 0 else b
    return a == b or abs(a - b) <= TIE * max(abs(a), abs(b))


# A ranking


def _ranked(prediction: Ranking, truth: _Truth, places: Sequence[int]) -> Verdict:
    at = truth.end(places)
    values = {place: float(truth.values(place, np.array([at]))[0]) for place in places}
    gone = {place for place in places if truth.lost(place)}
    last = sorted(set(places) - gone, key=lambda place: _height(truth, values[place]))
    stands = _Standing(truth, values, last, gone)
    said = [place for place in prediction.order if place in places]
    leaves = {place for place in last if truth.leaves(place)}
    ordered, named = _agrees(said, stands), gone <= set(places) - set(said) <= gone | leaves
    words = f"**{_OUTCOMES[ordered, named]}** {_order_words(stands, prediction, at)}"
    sentences = {
        place: _run_words(place, said.index(place) + 1 if place in said else 0, stands)
        for place in sorted(places)
    }
    return Verdict(ordered and named, words, sentences)


_OUTCOMES = {
    (True, True): "Right.",
    (True, False): "The order is right; who is lost is not.",
    (False, True): "Not in that order.",
    (False, False): "Not so.",
}
"""By whether the order is right, and who is lost."""


def _height(truth: _Truth, value: float) -> float:
    """Return what is the lower, the better."""
    return value if truth.metric.falls else -value


class _Standing(NamedTuple):
    """How runs stand at one time: their values, those that last, best first, and those lost."""

    truth: _Truth
    values: dict[int, float]
    last: list[int]
    lost: set[int]

    def level(self, a: int, b: int) -> bool:
        """Whether neither of two runs that last can be called the lower."""
        return level(self.values[a], self.values[b], self.truth.least)

    def span(self, place: int) -> range:
        """Return the positions, from 1, that a run that lasts can be said to have."""
        at = self.last.index(place)
        level = [i for i, other in enumerate(self.last) if self.level(place, other)]
        return range(min(at, *level) + 1, max(at, *level) + 2)

    def name(self, place: int) -> str:
        """Return a run's name in Markdown."""
        return f"**{labels(self.truth.experiment)[place]}**"


def _agrees(said: Sequence[int], stands: _Standing) -> bool:
    """Whether no run that lasts was said to be before a lower one."""
    order = [place for place in said if place in stands.last]
    pairs = [(a, b) for i, a in enumerate(order) for b in order[i + 1 :]]
    return all(stands.level(a, b) or stands.last.index(a) < stands.last.index(b) for a, b in pairs)


def _order_words(stands: _Standing, prediction: Ranking, at: float) -> str:
    """Tell the true order."""
    groups: list[list[int]] = []
    for place in stands.last:
        if groups and stands.level(groups[-1][0], place):
            groups[-1].append(place)
        else:
            groups.append([place])
    lost = joined([stands.name(p) for p in sorted(stands.lost)]) if stands.lost else ""
    were = "were" if len(stands.lost) > 1 else "was"
    if not groups:
        return f"{lost} {were} lost."
    parts = [_group_words(group, stands) for group in groups]
    best = "lowest" if stands.truth.metric.falls else "highest"
    first = f"{parts[0]} {'are' if len(groups[0]) > 1 else 'is'} {best}"
    order = ", then ".join([first, *parts[1:]])
    return (
        f"After {_counted(at, prediction.along)} {order}{f'; {lost} {were} lost' if lost else ''}."
    )


def _group_words(group: Sequence[int], stands: _Standing) -> str:
    names = joined([stands.name(place) for place in group])
    return names if len(group) == 1 else f"{names} (level, within 1 %: either order is right)"


ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth")


def ordinal(position: int) -> str:
    """Return "first", "second" ... for 1, 2, ..."""
    return ORDINALS[position - 1] if position <= len(ORDINALS) else f"number {position}"


def _run_words(place: int, said: int, stands: _Standing) -> str:
    """Tell how a run stands beside what was said: its position, or 0 for lost."""
    name, claim = stands.name(place), ordinal(said) if said else "lost"
    if place in stands.lost:
        when = stands.truth.lost_words(place)
        told = ", as you said" if not said else f"; you said it would be {claim}"
        return f"{name} was lost {when}{told}."
    span, value = stands.span(place), stands.values[place]
    where = " or ".join(dict.fromkeys(ordinal(i) for i in (span[0], span[-1])))
    times = _times(value, stands)
    if not said and stands.truth.leaves(place):
        return f"{name} is on its way out, as you said: it stands at {number(value)} and grows."
    if said in span:
        return f"{name} is {where}, as you said, at {number(value)}{times}."
    return f"{name} is {where}, at {number(value)}{times}; you said {claim}."


def _times(value: float, stands: _Standing) -> str:
    """Tell how far a value lies from the best, where that is a factor."""
    best = stands.values[stands.last[0]]
    if not stands.truth.metric.falls or best <= stands.truth.least or value <= (1 + TIE) * best:
        return ""
    return f", {number(value / best)} times the lowest"
