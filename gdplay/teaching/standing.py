"""How runs stand at some time: in one metric, along one axis, the median over their seeds."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import inf, isfinite, nan
from typing import NamedTuple

import numpy as np

from gdplay.arrays import Array, Indices
from gdplay.engine.training import Status, Trace
from gdplay.experiment import Experiment, labels, start_of
from gdplay.theory.landscape import bounded
from gdplay.theory.measures import (
    AXES,
    Metric,
    Reference,
    lost_when,
    over_seeds,
    recorded,
    reference,
)

TIE = 0.01
"""Runs whose values differ by no more than this share are level: either order is right."""

LEAST = 1e-12
"""Tolerance: an excess below this share of the lowest loss is rounding."""


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
    cost = seconds[place] if seconds else nan
    n = experiment.problem.n_samples
    return np.asarray(AXES[along].at(experiment.runs[place], n, cost, updates), dtype=float)


def begin_of(experiment: Experiment, metric: Metric, origin: Reference) -> float:
    """Return a metric of parameters at the start, where all runs are alike."""
    assert metric.of is not None
    return float(metric.of(experiment.problem, origin, start_of(experiment)[None])[0])


@dataclass(frozen=True)
class Truth:
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
        """Tell when a lost run was lost, or in how many of its seeds."""
        return lost_when(self.experiment, place, self.traces[place])

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
        right = np.minimum(np.searchsorted(at, amounts, side="left"), len(at) - 1)
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
    if not (isfinite(y0) and isfinite(y1)):
        return y1 if share > 0 else y0
    if y0 > 0 and y1 > 0:
        return float(y0 ** (1 - share) * y1**share)
    return (1 - share) * y0 + share * y1


def level(a: float, b: float, least: float = 0.0) -> bool:
    """Whether two values are too near for either to be called the lower."""
    most = max(abs(a), abs(b))
    return a == b or most <= least or abs(a - b) <= TIE * most < inf


def stands_at(truth: Truth, places: Sequence[int], at: float) -> "Standing":
    """Return how runs stand once all have had so much of what is counted."""
    values = {place: float(truth.values(place, np.array([at]))[0]) for place in places}
    gone = {place for place in places if truth.lost(place)}
    last = sorted(set(places) - gone, key=values.__getitem__, reverse=not truth.metric.falls)
    return Standing(truth, values, last, gone)


class Standing(NamedTuple):
    """How runs stand at one time: their values, those that last, best first, and those lost."""

    truth: Truth
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


def counted(amount: float, along: str) -> str:
    """Return an amount of what is counted along an axis in words."""
    return AXES[along].words(int(amount) if amount == int(amount) else amount)
