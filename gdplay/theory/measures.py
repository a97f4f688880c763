"""What is read off a trace: excess loss, distance, accuracy, when a run arrived."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from gdplay.arrays import Array, Indices
from gdplay.engine.training import MAX_PATH, Status, Trace
from gdplay.experiment import Experiment, Run
from gdplay.loss.fit import Fit
from gdplay.loss.problem import Problem
from gdplay.registry import table
from gdplay.theory.landscape import LEVEL, best_seen
from gdplay.words import quantity

NEAR = 0.01
"""A run has arrived where its excess loss stays at or under this share of the start's."""


DUST = 1e-12
"""An excess below this share of the loss itself is lost in rounding, and counts as none."""


class Reference(NamedTuple):
    """What excess and distance are measured from: the minimum, or the best any run has seen."""

    params: Array
    loss: float
    exact: bool

    @property
    def title(self) -> str:
        """In words."""
        return "the minimum" if self.exact else "the best seen"

    @property
    def dust(self) -> float:
        """The excess loss that cannot be told from none."""
        return DUST * abs(self.loss)


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
    falls: bool = True
    """Whether lower is better."""


def _loss(problem: Problem, origin: Reference, params: Array) -> Array:
    return problem.loss(params)


def _excess(problem: Problem, origin: Reference, params: Array) -> Array:
    return np.asarray(problem.loss(params) - origin.loss)


def _test(problem: Problem, origin: Reference, params: Array) -> Array:
    loss = problem.test_loss(params)
    return _nowhere(params) if loss is None else loss


def _nowhere(params: Array) -> Array:
    return np.full(params.shape[:-1], np.nan)


def _distance(problem: Problem, origin: Reference, params: Array) -> Array:
    return np.asarray(np.linalg.norm(params - origin.params, axis=-1))


def _gradient(problem: Problem, origin: Reference, params: Array) -> Array:
    return np.asarray(np.linalg.norm(problem.gradient(params), axis=-1))


def _accuracy(problem: Problem, origin: Reference, params: Array) -> Array:
    classifies = isinstance(problem, Fit) and problem.n_classes
    return problem.accuracy(params) if classifies else _nowhere(params)  # type: ignore[attr-defined]


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


Places = Callable[[Run, int, float, Indices], Array]


@dataclass(frozen=True)
class Axis:
    """What a curve runs along: `at(run, n_samples, seconds, updates)` is where updates stand.

    `seconds` is what one update takes.
    """

    key: str
    title: str
    at: Places


def _epochs(run: Run, n: int, seconds: float, updates: Indices) -> Array:
    return np.asarray(updates / run.updates_per_epoch(n))


def _updates(run: Run, n: int, seconds: float, updates: Indices) -> Array:
    return updates.astype(float)


def _examples(run: Run, n: int, seconds: float, updates: Indices) -> Array:
    """Count rows batch by batch: only an epoch's last batch can be short."""
    rows, per_epoch = run.rows(n), run.updates_per_epoch(n)
    epochs, more = np.divmod(updates, per_epoch)
    return np.asarray(epochs * float(min(per_epoch * rows, n)) + more * rows)


def _seconds(run: Run, n: int, seconds: float, updates: Indices) -> Array:
    return np.asarray(seconds * updates)


AXES = table(
    Axis("epochs", "epochs", _epochs),
    Axis("updates", "updates", _updates),
    Axis("examples", "examples seen", _examples),
    Axis("seconds", "seconds (measured here)", _seconds),
)


# Over seeds


class Seeds(NamedTuple):
    """How seeds stand: their median, and the band from the 10th to the 90th percentile."""

    low: Array
    median: Array
    high: Array


def over_seeds(values: npt.ArrayLike, axis: int = 0) -> Seeds:
    """Return the percentiles over seeds, between two neighbours in proportion.

    The one definition for curves, tables and words (Hyndman & Fan, 1996, type 7). Values may be
    infinite, as a lost seed's are, which then stands behind all others; NaN, where one is not
    known, makes NaN.
    """
    ordered = np.sort(np.moveaxis(np.asarray(values, dtype=float), axis, 0), axis=0)
    unknown = np.isnan(ordered[-1])
    low, median, high = (np.where(unknown, np.nan, _between(ordered, q)) for q in (0.1, 0.5, 0.9))
    return Seeds(low, median, high)


def _between(ordered: Array, share: float) -> Array:
    """Return the percentile `share`, 0 to 1, of `ordered (S, ...)`, which ascends."""
    place = share * (len(ordered) - 1)
    below, above = ordered[int(np.floor(place))], ordered[int(np.ceil(place))]
    with np.errstate(invalid="ignore"):
        between = below + (place - np.floor(place)) * (above - below)
    return np.asarray(np.where(np.isfinite(above), between, above))


# Arriving


def epochs_to_arrive(
    trace: Trace, origin: Reference, share: float = NEAR
) -> tuple[int | None, ...]:
    """Return, per seed, the first epoch's end from which the excess stays at or under a share.

    The share is of the excess at the start; None where that doesn't happen. Of long runs the ends
    that were kept are looked at.
    """
    excess = trace.loss - origin.loss
    inside = excess <= np.maximum(share * excess[:, :1], origin.dust)
    stays = np.logical_and.accumulate(inside[:, ::-1], axis=1)[:, ::-1]
    return tuple(int(trace.epochs[np.argmax(row)]) if row.any() else None for row in stays)


def affordable(problem: Problem, most: int = 500) -> int:
    """Return for how many states, 60 to `most`, a loss over all rows is quickly found."""
    return int(np.clip(4e6 // problem.cost, 60, most))


class Arrival(NamedTuple):
    """When a path first came near, as far as it was looked at.

    Attributes
    ----------
    update : int
        The first update seen to be near.
    before : int
        The last update looked at before it; `update` itself where that is the start.
    exact : bool
        Whether every update up to there was looked at.
    """

    update: int
    before: int
    exact: bool


def first_within(problem: Problem, trace: Trace, origin: Reference, share: float) -> Arrival | None:
    """Return when seed 0 first came within a share of the excess at the start, or None.

    Paths were thinned when recorded, and long ones of costly problems are thinned again.
    """
    updates, states = recorded(trace)
    keep = thinned(updates, affordable(problem, MAX_PATH))
    excess = problem.loss(states[keep]) - origin.loss
    near = np.flatnonzero(excess <= np.maximum(share * excess[:1], origin.dust))
    if not len(near):
        return None
    counts = updates[keep][: near[0] + 1]
    return Arrival(int(counts[-1]), int(counts[-2:][0]), bool(np.all(np.diff(counts) <= 1)))


def may_return(problem: Problem, run: Run, trace: Trace) -> bool:
    """Whether seed 0 counts as diverged for its height alone, and might have come back.

    Adaptive rules, falling rates and losses that are no quadratics can bring a run back from any
    finite height. A steady linear rule on least squares does not.
    """
    if trace.status[0] is not Status.DIVERGED:
        return False
    if problem.quadratic and run.optimizer.linear and run.schedule.constant:
        return False
    return not len(trace.path) or int(trace.path_updates[-1]) == trace.diverged_at[0]


def divergence_words(problem: Problem, run: Run, trace: Trace) -> str:
    """Return how and when a run that counts as diverged ended: "diverged at update 12"."""
    how = "went out of bounds" if may_return(problem, run, trace) else "diverged"
    return f"{how} at update {quantity(trace.diverged_at[0])}"


def recorded(trace: Trace) -> tuple[Indices, Array]:
    """Return the updates (T,) after which seed 0's finite states (T, n_params) were recorded.

    Those of its path; the epochs' ends where no path was kept.
    """
    if len(trace.path):
        return trace.path_updates, trace.path
    finite = np.isfinite(trace.params[0]).all(axis=1)
    return trace.updates[finite], trace.params[0][finite]


def last_losses(problem: Problem, trace: Trace, most: int = 250) -> Array:
    """Return the training loss at seed 0's last recorded states: at most `most`, or a quarter."""
    updates, states = recorded(trace)
    late = states[updates >= 0.75 * updates[-1]]
    return problem.loss(late[-affordable(problem, most) :])


def share_of_rises(loss: Array) -> float:
    """Return the share of steps that raised `loss (T,)`; rounding does not count."""
    return float(np.mean(np.diff(loss) > LEVEL * np.abs(loss[:-1])))


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
