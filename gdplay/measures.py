"""What is read off a trace: excess loss, distance, accuracy, when a run arrived."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from gdplay.experiment import Experiment, Run
from gdplay.fit import Fit
from gdplay.landscape import best_seen
from gdplay.problem import Array, Indices, Problem
from gdplay.registry import table
from gdplay.training import Trace

NEAR = 0.01
"""A run has arrived where its excess loss stays at or under this share of the start's."""


class Reference(NamedTuple):
    """What excess and distance are measured from: the minimum, or the best any run has seen."""

    params: Array
    loss: float
    exact: bool

    @property
    def title(self) -> str:
        """In words."""
        return "the minimum" if self.exact else "the best seen"


def reference(experiment: Experiment, traces: Sequence[Trace]) -> Reference:
    """Return the minimum of the problem, or the best epoch's end of any run where it has none."""
    minimum = experiment.problem.minimum()
    params = best_seen(traces) if minimum is None else minimum
    return Reference(params, float(experiment.problem.loss(params)), minimum is not None)


# Values along a run

Values = Callable[[Problem, Reference, Array], Array]


@dataclass(frozen=True)
class Metric:
    """A value of the parameters to draw against time: `of(problem, reference, params)`."""

    key: str
    title: str
    about: str
    of: Values | None = None
    """None where it belongs to the run, not to parameters (batch losses)."""
    log: bool = True


def _loss(problem: Problem, origin: Reference, params: Array) -> Array:
    return problem.loss(params)


def _excess(problem: Problem, origin: Reference, params: Array) -> Array:
    return np.asarray(problem.loss(params) - origin.loss)


def _test(problem: Problem, origin: Reference, params: Array) -> Array:
    loss = problem.test_loss(params)
    return np.full(params.shape[:-1], np.nan) if loss is None else loss


def _distance(problem: Problem, origin: Reference, params: Array) -> Array:
    return np.linalg.norm(params - origin.params, axis=-1)


def _gradient(problem: Problem, origin: Reference, params: Array) -> Array:
    return np.linalg.norm(problem.gradient(params), axis=-1)


def _accuracy(problem: Problem, origin: Reference, params: Array) -> Array:
    return problem.accuracy(params) if isinstance(problem, Fit) else np.full(params.shape[:-1], 0.0)


METRICS = table(
    Metric("loss", "Training loss (all rows)", "The loss over every training row.", _loss),
    Metric("excess", "Excess training loss", "Training loss minus its lowest value.", _excess),
    Metric(
        "running",
        "Running epoch mean",
        "Mean of an epoch's batch losses, each taken before its update: what training logs print.",
    ),
    Metric("batch", "Mini-batch loss", "Loss of the batch that made each update, before it."),
    Metric("test", "Test loss", "Loss over the rows held out, without the penalty.", _test),
    Metric("distance", "Distance to the minimum", "Length of the way left.", _distance),
    Metric("gradient", "Gradient norm (all rows)", "Length of the full gradient.", _gradient),
    Metric("accuracy", "Training accuracy", "Share of rows classified rightly.", _accuracy, False),
)


def metrics_for(problem: Problem) -> tuple[str, ...]:
    """Return the keys of the metrics that mean something for `problem`."""
    fit = problem if isinstance(problem, Fit) else None
    missing = set()
    if fit is None or not fit.n_classes:
        missing.add("accuracy")
    if fit is None or not fit.test_size:
        missing.add("test")
    if fit is None:
        missing |= {"running", "batch"}
    return tuple(key for key in METRICS if key not in missing)


@dataclass(frozen=True)
class Axis:
    """What a curve runs along: `per_update(run, n_samples, seconds)` units an update."""

    key: str
    title: str
    per_update: Callable[[Run, int, float], float]


AXES = table(
    Axis("epochs", "epochs", lambda run, n, seconds: 1 / run.updates_per_epoch(n)),
    Axis("updates", "updates", lambda run, n, seconds: 1.0),
    Axis(
        "examples",
        "examples seen",
        lambda run, n, seconds: (
            min(run.updates_per_epoch(n) * run.rows(n), n) / run.updates_per_epoch(n)
        ),
    ),
    Axis("seconds", "seconds (measured here)", lambda run, n, seconds: seconds),
)


# Arriving


def epochs_to_arrive(
    trace: Trace, origin: Reference, share: float = NEAR
) -> tuple[int | None, ...]:
    """Return, per seed, the first epoch's end from which the excess stays at or under a share.

    The share is of the excess at the start; None where that doesn't happen.
    """
    excess = trace.loss - origin.loss
    inside = excess <= share * excess[:, :1]
    stays = np.logical_and.accumulate(inside[:, ::-1], axis=1)[:, ::-1]
    return tuple(int(np.argmax(row)) if row.any() else None for row in stays)


def affordable(problem: Problem, most: int = 500) -> int:
    """Return for how many states, 60 to `most`, a loss over all rows is quickly found."""
    return int(np.clip(4e6 // problem.cost, 60, most))


def first_within(
    problem: Problem, trace: Trace, origin: Reference, share: float
) -> tuple[int, int] | None:
    """Return the update at which seed 0's path first came within a share of the excess, or None.

    The second number is the last update looked at before it: one less where none was left out.
    """
    keep = thinned(trace.path_updates, affordable(problem))
    if not len(keep):
        return None
    excess = problem.loss(trace.path[keep]) - origin.loss
    inside = np.nonzero(excess <= share * excess[0])[0]
    if not len(inside):
        return None
    at = int(inside[0])
    updates = trace.path_updates[keep]
    return int(updates[at]), int(updates[max(at - 1, 0)])


def final_params(trace: Trace, seed_index: int = 0) -> Array:
    """Return the last finite parameters at an epoch's end of a seed, (n_params,)."""
    rows = trace.params[seed_index]
    return np.asarray(rows[np.isfinite(rows).all(axis=1)][-1])


def thinned(updates: Indices, most: int = 500) -> Indices:
    """Return indices into `updates (T,)`, at most about `most`: dense early, even later, the last.

    Half of them are spaced evenly and half geometrically, so that a fall in the first of
    thousands of updates keeps its shape.
    """
    count = len(updates)
    if count <= most:
        return np.arange(count)
    even = np.linspace(0, count - 1, most // 2)
    early = np.geomspace(1, count - 1, most // 2)
    return np.unique(np.concatenate([even, early]).round().astype(int))
