"""How sharply the loss bends along each run's path, against what its rate can bear."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from gdplay.arrays import Array, Indices
from gdplay.engine.training import Progress, Trace, train
from gdplay.experiment import SEEDS, Experiment, Run, labels, seeds_differ_in
from gdplay.loss.problem import Problem
from gdplay.theory.curvature import stability_limit
from gdplay.theory.measures import recorded
from gdplay.theory.sharpness import seconds_each
from gdplay.theory.sharpness import sharpness as largest
from gdplay.words import number, quantity

POINTS = 12, 60
"""So few states of each path are looked at, and so many: evenly, both ends included."""

ROOM = 15_000_000
"""As many states as there is room for: a state takes rows times parameters of it."""

NEAR = 0.05
"""So near to its limit, as a share of it, a run is at the edge of stability."""


class Bend(NamedTuple):
    """How sharply the loss bends along a run's path; T states at most.

    Attributes
    ----------
    place : int
        Which run it is.
    name : str
    updates : ndarray of shape (T,)
        After so many updates.
    largest : ndarray of shape (T,)
        The largest eigenvalue of the Hessian there, over all rows.
    share : ndarray of shape (T,) or None
        The scheduled rate over the rule's stability limit at that curvature, eta L / 2 for the
        plain step: above 1 a full-batch step overshoots so far that it cannot settle. None for
        rules whose steps know no such limit.
    loss : ndarray of shape (T,)
        Training loss over all rows.
    rises : int or None
        How many updates raised that loss; None where gradients are not exact: a batch is not all
        rows, or they are noisy.
    lost : bool
        Whether it diverged.
    per_epoch : int
        Updates in an epoch.
    limit : str
        What the rule can bear, in symbols; "" without a limit.
    rows : tuple of two ints
        How many rows make a gradient, and how many there are.
    """

    place: int
    name: str
    updates: Indices
    largest: Array
    share: Array | None
    loss: Array
    rises: int | None
    lost: bool
    per_epoch: int
    limit: str
    rows: tuple[int, int]

    @property
    def late(self) -> Array:
        """The share over the last quarter of the updates; empty without a share."""
        if self.share is None:
            return np.empty(0)
        return np.asarray(self.share[self.updates >= 0.75 * self.updates[-1]])

    @property
    def settled(self) -> float:
        """The median share over the last quarter of the updates; NaN without a share."""
        return float(np.median(self.late)) if self.share is not None else np.nan

    @property
    def crossing(self) -> float | None:
        """The epoch at which the share is first seen at 1 or more; None where it never is."""
        if self.share is None:
            return None
        above = self.updates[self.share >= 1]
        return float(above[0] / self.per_epoch) if len(above) else None

    @property
    def words(self) -> str:
        """Where the curvature went, how near to its limit that is, and what the loss did."""
        where = f"the largest curvature went from {number(self.largest[0])} to "
        head = f"**{self.name}**: {where}{number(self.largest[-1])}"
        if self.lost:
            return f"{head}, and the run diverged."
        if self.share is None:
            return f"{head}; its rule knows no limit by curvature."
        low, high = (number(float(end)) for end in (self.late.min(), self.late.max()))
        stays = f"between {low} and {high} (median {number(self.settled)})"
        ratio = "ηL/2" if self.limit == "2/L" else f"Its rate over its limit there, {self.limit},"
        late = f"stays {f'at {low}' if low == high else stays} in the last quarter"
        text = f"{head}. {ratio} {self._crossed}, and {late}"
        if self.rises is None:
            return f"{text}. {self._yardstick}"
        return f"{text}: {_judged(self.settled)}. {self._rose}"

    @property
    def _crossed(self) -> str:
        """When the share reached 1, or how near it came."""
        assert self.share is not None
        if self.crossing is None:
            return f"never reaches 1 (at most {number(float(np.nanmax(self.share)))})"
        if not self.crossing:
            return f"begins at {number(float(self.share[0]))}, not below 1"
        return f"reaches 1 by epoch {number(self.crossing)}"

    @property
    def _yardstick(self) -> str:
        """What the line at 1 is worth where gradients are not those of all rows."""
        size, n = self.rows
        noise = f"made of {size} of {n} rows" if size < n else "noisy"
        return f"Its gradients are {noise}: for them the line at 1 is a yardstick, not an edge."

    @property
    def _rose(self) -> str:
        """How often the loss rose on its way down."""
        if not self.rises:
            return "The loss never rose."
        way = "still fell" if self.loss[-1] < self.loss[0] else "rose"
        ends = f"from {number(self.loss[0])} to {number(self.loss[-1])}"
        return f"The loss rose at {quantity(self.rises, 'update')}, and {way} {ends} on the whole."


def _judged(share: float) -> str:
    if abs(share - 1) <= NEAR:
        return "the edge of stability"
    return "stable" if share < 1 else "beyond it, so that it cannot settle"


class Sharpness(NamedTuple):
    """The reading: each run's curvature along its path, of several seeds the first's.

    `seeds` says in what each run's seeds differ: see `seeds_differ_in`.
    """

    runs: tuple[Bend, ...]
    seeds: tuple[str, ...]

    @property
    def words(self) -> str:
        """A sentence or two for each run."""
        return self.words_of(range(len(self.runs)))

    def words_of(self, places: Iterable[int]) -> str:
        """Return a sentence or two for each of some runs."""
        places = [*places]
        kinds = dict.fromkeys(self.seeds[place] for place in places if self.seeds[place])
        first = [f"Of the first {SEEDS[kind][0]} alone:" for kind in kinds]
        return "  \n".join([*first, *(self.runs[place].words for place in places)])


def read(
    experiment: Experiment,
    traces: Sequence[Trace],
    points: int | None = None,
    *,
    progress: Progress | None = None,
) -> Sharpness:
    """Return how sharply the loss bends along the recorded paths of seed 0.

    Parameters
    ----------
    experiment : Experiment
    traces : sequence of Trace
        Of its runs.
    points : int
        How many states of each path to look at, 2 or more; as `POINTS` and `ROOM` say by default.
    progress : callable, optional
        As in `train`; states not looked at when it returned False are NaN.
    """
    paths = [_looked_at(experiment.problem, trace, points) for trace in traces]
    counts = [len(updates) for updates, _ in paths]
    ends = np.cumsum([0, *counts])

    def share_done(begin: int) -> Progress | None:
        return None if progress is None else lambda done, _: progress(begin + done, int(ends[-1]))

    each = enumerate(zip(traces, paths, strict=True))
    return Sharpness(
        tuple(
            _bend(experiment, place, trace, path, share_done(int(ends[place])))
            for place, (trace, path) in each
        ),
        _seeds(experiment),
    )


def _seeds(experiment: Experiment) -> tuple[str, ...]:
    return tuple(seeds_differ_in(experiment, (place,)) for place in range(len(experiment.runs)))


def estimate(experiment: Experiment, traces: Sequence[Trace]) -> float:
    """Return about how many seconds `read` takes, measured here by a product with the Hessian."""
    paths = (_looked_at(experiment.problem, trace, None) for trace in traces)
    states = sum(len(updates) for updates, _ in paths)
    return states * seconds_each(experiment.problem)


def _looked_at(problem: Problem, trace: Trace, points: int | None) -> tuple[Indices, Array]:
    """Return the updates (T,) after which states (T, n_params) are looked at, and those states."""
    if points is None:
        points = int(np.clip(ROOM // (problem.n_samples * problem.n_params), *POINTS))
    updates, states = recorded(trace)
    keep = _evenly(updates, points)
    return updates[keep], states[keep]


def _bend(
    experiment: Experiment,
    place: int,
    trace: Trace,
    path: tuple[Indices, Array],
    progress: Progress | None,
) -> Bend:
    run, problem, (updates, states) = experiment.runs[place], experiment.problem, path
    bends, n = largest(problem, states, progress=progress), problem.n_samples
    exact = run.rows(n) == n and not experiment.gradient_noise
    total = run.updates_per_epoch(n) * experiment.epochs_of(run)
    return Bend(
        place=place,
        name=labels(experiment)[place],
        updates=updates,
        largest=bends,
        share=_share(run, updates, total, bends),
        loss=problem.loss(states),
        rises=int(np.count_nonzero(np.diff(trace.loss[0]) > 0)) if exact else None,
        lost=trace.diverged_at[0] >= 0,
        per_epoch=run.updates_per_epoch(n),
        limit=run.optimizer.limit_formula,
        rows=(run.rows(n), n),
    )


def _evenly(updates: Indices, points: int) -> Indices:
    """Return the places of states that lie evenly among the updates, both ends included."""
    wanted = np.linspace(updates[0], updates[-1], points)
    return np.unique(np.searchsorted(updates, wanted).clip(0, len(updates) - 1))


def _share(run: Run, updates: Indices, total: int, bends: Array) -> Array | None:
    """Return the scheduled rate of the next update over what each curvature lets the rule bear."""
    if not run.optimizer.limit_formula:
        return None
    rates = run.optimizer.lr * run.schedule.factors(total, 0, total)
    limits = np.array([stability_limit(run.optimizer, bend) for bend in bends.tolist()])
    return np.where(np.isnan(bends), np.nan, rates[np.minimum(updates, total - 1)] / limits)


def sharpness(
    experiment: Experiment, *, points: int | None = None, progress: Progress | None = None
) -> Sharpness:
    """Return how sharply the loss bends along the path of each run, seed 0.

    Full-batch descent at a constant rate goes where the loss bends ever more, until eta L / 2 is
    about 1, and stays there: the edge of stability (Cohen et al., 2021, arXiv:2103.00065). Small
    batches stay at flatter places.

    Parameters
    ----------
    experiment : Experiment
        Any model, rule and schedule.
    points : int
        How many states of each path to look at, as in `read`.
    progress : callable, optional
        As in `train`.
    """
    alone = replace(experiment, n_seeds=1)
    reading = read(alone, train(alone, progress=progress), points)
    return reading._replace(seeds=_seeds(experiment))
