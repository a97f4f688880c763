"""What is read off a trace: excess loss, distance, accuracy, when a run arrived."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from gdplay.arrays import Array, Indices
from gdplay.engine.training import DIVERGED_AT, MAX_PATH, Status, Trace
from gdplay.experiment import SEEDS, Experiment, Run, seeds_differ_in
from gdplay.loss.fit import Fit
from gdplay.loss.problem import Problem
from gdplay.memory import ROOM, Shelf, memory_of
from gdplay.registry import table
from gdplay.theory.landscape import LEVEL, best_seen
from gdplay.words import duration, number, quantity

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
Notes = Callable[[Trace], tuple[Indices, Array]]


def _always(problem: Problem) -> bool:
    return True


@dataclass(frozen=True)
class Metric:
    """A value to draw against time: `of(problem, reference, params)`, or noted while training."""

    key: str
    title: str
    about: str
    of: Values | None = None
    """None where it belongs to the run, not to parameters (batch losses)."""
    falls: bool = True
    """Whether lower is better."""
    notes: Notes | None = None
    """Where there is no `of`: the updates (T,) after which it was noted, and the values (S, T)."""
    suits: Callable[[Problem], bool] = _always
    """Whether it means something for a problem."""
    lacks: str = ""
    """Why it means nothing on rows that it does not suit."""
    taken: str = ""
    """When a loss is taken and on which rows; `{when}` stands for when parameters are looked at."""
    estimated: str = ""
    """Its title where the best seen stands for the minimum, if that is another."""
    costly: bool = False
    """Whether it has neither `of` nor `notes`, and takes a study of its own at few states."""
    level: float | None = None
    """A value that is worth a line."""

    @property
    def is_loss(self) -> bool:
        """Whether it may stand beside other losses of the same run."""
        return bool(self.taken)

    @property
    def name(self) -> str:
        """The title without what stands in brackets."""
        return self.title.split(" (")[0]

    def over(self, origin: Reference) -> str:
        """Return the title, which says what it is measured from."""
        return self.title if origin.exact else self.estimated or self.title


def without_rows(title: str, problem: Problem) -> str:
    """Return a metric's title as people call it on a function, which is trained on no rows."""
    if problem.n_samples > 1:
        return title
    return title.split(" (")[0].replace("Training loss", "Loss").replace("training loss", "loss")


def titled(title: str, problem: Problem) -> str:
    """Return a metric's title over its curve: a training loss says that it holds the penalty."""
    if isinstance(problem, Fit) and problem.l2:
        title = title.replace("loss (all rows)", "loss (all rows, with the penalty)")
    return without_rows(title, problem)


def _loss(problem: Problem, origin: Reference, params: Array) -> Array:
    return losses(problem, params)


def _excess(problem: Problem, origin: Reference, params: Array) -> Array:
    return np.asarray(losses(problem, params) - origin.loss)


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
    return problem.accuracy(params) if _classifies(problem) else _nowhere(params)  # type: ignore[attr-defined]


def _means(trace: Trace) -> tuple[Indices, Array]:
    return trace.updates[1:], trace.running_loss[:, 1:]


def _batches(trace: Trace) -> tuple[Indices, Array]:
    return trace.path_updates[1:], trace.batch_loss[None, 1:]


def _fits(problem: Problem) -> bool:
    return isinstance(problem, Fit)


def _classifies(problem: Problem) -> bool:
    return isinstance(problem, Fit) and problem.n_classes > 0


def _tests(problem: Problem) -> bool:
    return isinstance(problem, Fit) and problem.test_size > 0


METRICS = table(
    Metric(
        "loss",
        "Training loss (all rows)",
        "The loss over every training row.",
        _loss,
        taken="{when}, on all rows",
    ),
    Metric(
        "excess",
        "Excess training loss",
        "Training loss minus its lowest value.",
        _excess,
        estimated="Excess training loss, over the best seen",
    ),
    Metric(
        "running",
        "Running epoch mean",
        "Mean of an epoch's batch losses, each taken before its update: what training logs print.",
        notes=_means,
        suits=_fits,
        taken="of each epoch's mini-batch losses",
    ),
    Metric(
        "batch",
        "Mini-batch loss",
        "Loss of the batch that made each update, before it.",
        notes=_batches,
        suits=_fits,
        taken="before each update, on its own rows",
    ),
    Metric(
        "test",
        "Test loss",
        "Loss over the rows held out, without the penalty.",
        _test,
        suits=_tests,
        lacks="no rows are held out",
        taken="{when}, on the rows held out",
    ),
    Metric(
        "distance",
        "Distance to the minimum",
        "Length of the way left.",
        _distance,
        estimated="Distance to the best seen",
    ),
    Metric("gradient", "Gradient norm (all rows)", "Length of the full gradient.", _gradient),
    Metric(
        "accuracy",
        "Training accuracy",
        "Share of rows classified rightly.",
        _accuracy,
        False,
        suits=_classifies,
        lacks="a number is predicted",
    ),
    Metric(
        "sharpness",
        "Sharpness over limit (ηL/2)",
        "Largest curvature at each state, times the rate, over what the rule can bear.",
        costly=True,
        level=1.0,
    ),
)


def metrics_for(problem: Problem) -> tuple[str, ...]:
    """Return the keys of the metrics that mean something for `problem`."""
    return tuple(key for key, metric in METRICS.items() if metric.suits(problem))


def metrics_left_out(problem: Problem) -> str:
    """Return which metrics mean nothing on a problem's rows and why, in sentences; may be ""."""
    if not isinstance(problem, Fit):  # which has no rows of which to tell
        return ""
    left_out = (metric for metric in METRICS.values() if not metric.suits(problem))
    return " ".join(f"{metric.name} is not on offer: {metric.lacks}." for metric in left_out)


def together(keys: Sequence[str], problem: Problem) -> tuple[str, ...]:
    """Return which of some metrics can be drawn in one picture.

    The first that means something for `problem`, with the other losses where it is one; the
    training loss where none does.
    """
    there = [key for key in keys if METRICS[key].suits(problem)] or ["loss"]
    return picked((), there)


def picked(before: Sequence[str], after: Sequence[str]) -> tuple[str, ...]:
    """Return which metrics are drawn when others are picked.

    What is new decides: losses stand together, any other metric alone, and never none at all.
    """
    if not after:
        return tuple(before)
    first = next((key for key in after if key not in before), after[0])
    beside = METRICS[first].is_loss
    return tuple(key for key in after if key == first or (beside and METRICS[key].is_loss))


Places = Callable[[Run, int, float, Indices], Array]


@dataclass(frozen=True)
class Axis:
    """What a curve runs along: `at(run, n_samples, seconds, updates)` is where updates stand.

    `seconds` is what one update takes.
    """

    key: str
    title: str
    at: Places
    head: str
    """Over a column of amounts."""
    write: Callable[[float], str]
    """An amount as people read it."""
    thing: str = ""
    """What is counted; empty where an amount has its unit already."""
    even: bool = False
    """Whether an epoch takes as much of it for every run, whatever its batch size."""

    def words(self, amount: float) -> str:
        """Return "2.5 epochs", "1 320 updates" or "1.34 ms"."""
        text = self.write(amount)
        return f"{text} {self.thing}{'' if amount == 1 else 's'}" if self.thing else text


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


def _amount(value: float) -> str:
    return quantity(int(value)) if value == int(value) else number(value)


AXES = table(
    Axis("epochs", "epochs", _epochs, "Epochs", _amount, "epoch", even=True),
    Axis("updates", "updates", _updates, "Updates", _amount, "update"),
    Axis("examples", "examples seen", _examples, "Examples", _amount, "example", even=True),
    Axis("seconds", "seconds (measured here)", _seconds, "Time", duration),
)

CROWDED = 20
"""Where one run makes so many times the updates of another, an axis of them is logarithmic."""


def crowds(experiment: Experiment, along: str) -> bool:
    """Whether short runs would lie on the edge of an even axis, so that it opens logarithmic."""
    n = experiment.problem.n_samples
    counts = [experiment.epochs_of(run) * run.updates_per_epoch(n) for run in experiment.runs]
    return not AXES[along].even and max(counts) >= CROWDED * min(counts)


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


_KNOWN = Shelf(ROOM // 8, name="losses along paths")
"""Speed: so much room have losses that took long to find."""

_DEAR = 1 << 20
"""Speed: what touches fewer doubles is found anew sooner than it is looked up."""


def losses(problem: Problem, states: Array) -> Array:
    """Return the training loss at `states (..., n_params)`, as `problem.loss` does.

    The paths, the curves and the words of a run look at the same states; where that takes long,
    it is done once.
    """
    if problem.cost * states[..., 0].size < _DEAR or memory_of(problem) is not None:
        return problem.loss(states)
    key = problem, states.shape, blake2b(np.ascontiguousarray(states).data).digest()
    known: Array | None = _KNOWN.get(key)
    if known is None:
        known = problem.loss(states)
        known.flags.writeable = False
        _KNOWN.keep(key, known)
    return known


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
    excess = losses(problem, states[keep]) - origin.loss
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


def divergence_words(problem: Problem, run: Run, trace: Trace, update: int | None = None) -> str:
    """Return how and when a run that counts as diverged ended: "diverged at update 12".

    When is where it left its bound, or at an `update`.
    """
    how = "went out of bounds" if may_return(problem, run, trace) else "diverged"
    return f"{how} at update {quantity(lost_at(problem, trace) if update is None else update)}"


def bound_of(trace: Trace) -> float:
    """Return the loss above which seed 0 counts as diverged."""
    return DIVERGED_AT * max(1.0, float(trace.loss[0, 0]))


def lost_at(problem: Problem, trace: Trace) -> int:
    """Return the update from which seed 0 counts as lost, -1 where it does not.

    That is the first state recorded above the bound of the loss: training itself looks there at
    the ends of epochs only, which come hundreds of updates later with small batches.
    """
    if trace.status[0] is not Status.DIVERGED:
        return -1
    updates, states = recorded(trace)
    looks = thinned(updates, affordable(problem, MAX_PATH))
    above = _above(problem, states, bound_of(trace), looks)
    return trace.diverged_at[0] if above is None else int(updates[above])


def lost_when(experiment: Experiment, place: int, trace: Trace) -> str:
    """Return when a run was lost: "at update 12", "in 3 of 20 orders of the rows"; "" if never.

    Of several starts, "from 1 of 3 starts". Seeds that are alike are lost at one update.
    """
    several = "start" if experiment.more_starts else seeds_differ_in(experiment, (place,))
    gone, count = sum(one is Status.DIVERGED for one in trace.status), len(trace.status)
    if not gone:
        return ""
    if count == 1 or not several:
        return f"at update {quantity(lost_at(experiment.problem, trace))}"
    which = "all" if several == "start" and gone == count else f"{gone} of"
    return f"{'from' if several == 'start' else 'in'} {which} {count} {SEEDS[several][1]}"


def _above(problem: Problem, states: Array, bound: float, looks: Indices) -> int | None:
    """Return the first of `states (T, n_params)` above a bound, found between two `looks`."""
    with np.errstate(all="ignore"):
        over = np.flatnonzero(~(losses(problem, states[looks]) <= bound))
        if not len(over):
            return None
        first = int(over[0])
        between = np.arange(looks[max(first - 1, 0)], looks[first] + 1)
        return int(between[np.argmax(~(problem.loss(states[between]) <= bound))])


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
    return losses(problem, late[-affordable(problem, most) :])


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
    return _spread(len(updates), most)


@lru_cache(maxsize=128)
def _spread(count: int, most: int) -> Indices:
    """Return at most about `most` of `count` places: made once for runs of one length."""
    if count <= most:
        kept = np.arange(count)
    else:
        even = np.linspace(0, count - 1, most // 2)
        early = np.geomspace(1, count - 1, most // 2)
        kept = np.unique(np.concatenate([even, early]).round().astype(int))
    kept.setflags(write=False)
    return kept
