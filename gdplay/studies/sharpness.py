"""How sharply the loss bends along each run's path, against what its rate can bear."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from gdplay.arrays import Array, Indices
from gdplay.engine.training import Progress, Trace, train
from gdplay.experiment import Experiment, Run, labels
from gdplay.theory.curvature import stability_limit
from gdplay.theory.measures import recorded
from gdplay.theory.sharpness import sharpness as largest
from gdplay.words import number, quantity

POINTS = 60
"""So many states of each path are looked at, evenly, the first and the last included."""

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
        How many updates raised that loss; None where a batch is not all rows.
    lost : bool
        Whether it diverged.
    """

    place: int
    name: str
    updates: Indices
    largest: Array
    share: Array | None
    loss: Array
    rises: int | None
    lost: bool

    @property
    def settled(self) -> float:
        """The median share over the last quarter of the updates; NaN without a share."""
        if self.share is None:
            return np.nan
        return float(np.median(self.share[self.updates >= 0.75 * self.updates[-1]]))

    @property
    def words(self) -> str:
        """Where the curvature went, how near to its limit that is, and what the loss did."""
        where = f"the largest curvature went from {number(self.largest[0])} to "
        head = f"**{self.name}**: {where}{number(self.largest[-1])}"
        if self.lost:
            return f"{head}, and the run diverged."
        if self.share is None:
            return f"{head}; its rule knows no limit by curvature."
        rises = f" {self._rose}" if self.rises is not None else ""
        return (
            f"{head}. Over the last quarter its rate was {number(self.settled)} times the "
            f"stability limit there: {_judged(self.settled)}.{rises}"
        )

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
    """The reading: each run's curvature along its path."""

    runs: tuple[Bend, ...]

    @property
    def words(self) -> str:
        """A sentence or two for each run."""
        return "  \n".join(run.words for run in self.runs)


def read(experiment: Experiment, traces: Sequence[Trace], points: int = POINTS) -> Sharpness:
    """Return how sharply the loss bends along the recorded paths of seed 0.

    Parameters
    ----------
    experiment : Experiment
    traces : sequence of Trace
        Of its runs.
    points : int
        How many states of each path to look at, 2 or more.
    """
    names = labels(experiment)
    return Sharpness(
        tuple(
            _bend(experiment, place, names[place], trace, points)
            for place, trace in enumerate(traces)
        )
    )


def _bend(experiment: Experiment, place: int, name: str, trace: Trace, points: int) -> Bend:
    run, problem = experiment.runs[place], experiment.problem
    updates, states = recorded(trace)
    keep = _evenly(updates, points)
    updates, states = updates[keep], states[keep]
    bends = largest(problem, states)
    whole = run.rows(problem.n_samples) == problem.n_samples
    total = run.updates_per_epoch(problem.n_samples) * experiment.epochs_of(run)
    lost = trace.diverged_at[0] >= 0
    return Bend(
        place,
        name,
        updates,
        bends,
        _share(run, updates, total, bends),
        problem.loss(states),
        int(np.count_nonzero(np.diff(trace.loss[0]) > 0)) if whole else None,
        lost,
    )


def _evenly(updates: Indices, points: int) -> Indices:
    """Return the places of states that lie evenly among the updates, both ends included."""
    wanted = np.linspace(updates[0], updates[-1], points)
    return np.unique(np.searchsorted(updates, wanted).clip(0, len(updates) - 1))


def _share(run: Run, updates: Indices, total: int, bends: Array) -> Array | None:
    """Return the scheduled rate of the next update over what each curvature lets the rule bear."""
    if stability_limit(run.optimizer, 1.0) is None:
        return None
    rates = run.optimizer.lr * run.schedule.factors(total, 0, total)
    limits = np.array([stability_limit(run.optimizer, bend) for bend in bends.tolist()])
    return np.where(np.isnan(bends), np.nan, rates[np.minimum(updates, total - 1)] / limits)


def sharpness(
    experiment: Experiment, *, points: int = POINTS, progress: Progress | None = None
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
        How many states of each path to look at.
    progress : callable, optional
        As in `train`.
    """
    alone = replace(experiment, n_seeds=1)
    return read(alone, train(alone, progress=progress), points)
