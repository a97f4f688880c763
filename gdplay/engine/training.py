"""Training: every run and every seed of an experiment in lock-step, and what came out."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, NamedTuple

import numpy as np

from gdplay.arrays import Array, Flags, Indices
from gdplay.engine.lockstep import Group, Note, plan, stretches
from gdplay.engine.pace import seconds_per_end
from gdplay.engine.sketches import loss_sketch
from gdplay.experiment import Experiment, start_of, with_start
from gdplay.words import html_table, number, quantity

MAX_PATH = 2000
"""A path holds at most this many states; longer ones are thinned."""

CLOSELY = 400
"""The first updates, where a path turns most, are all kept; later ones evenly."""

MAX_EPOCHS = 5000
"""A trace holds at most about this many ends of epochs; of longer runs evenly many."""

_LEG = 1000
"""Speed: so many epochs of a longer run are written down before those are chosen that are kept."""

_JUDGED = 0.1
"""Speed: so long, in seconds, may judging what is written down take: nobody is asked meanwhile."""

_ENDS = 1 << 21
"""Speed: so many doubles of ends of epochs are written down at once, 16 MB, or of one epoch."""

DIVERGED_AT = 1e6
"""A training loss above this many times max(1, loss at the start) counts as divergence."""

SEEDS_SHOWN = 10
"""Layout: so many seeds have a row in a notebook."""

Progress = Callable[[int, int], bool]


class Status(Enum):
    """How a seed ended, with a sentence's worth of meaning."""

    CONVERGED = "the full gradient fell below the tolerance"
    EXHAUSTED = "all epochs ran"
    DIVERGED = "the loss grew without bound"
    CANCELLED = "it was stopped"


@dataclass(frozen=True, eq=False)
class Trace:
    """What one run did; read-only arrays, S = n_seeds, E' + 1 ends of epochs, 0 being the start.

    Where an experiment has several starts, each of the S rows is one of them.

    Attributes
    ----------
    epochs : ndarray of int, shape (E' + 1,)
        After which epochs the rows below stand: all up to 5 000, of longer runs about so many,
        evenly, the start and the last included.
    params : ndarray of shape (S, E' + 1, n_params)
        At the start and these epochs' ends; NaN after divergence.
    loss : ndarray of shape (S, E' + 1)
        Training loss over all rows, penalty included, at `params`.
    running_loss : ndarray of shape (S, E' + 1)
        Mean of the batch losses inside the epoch, each taken before its update and weighted by its
        rows; row 0 is NaN.
    test_loss : ndarray of shape (S, E' + 1) or None
        Loss over the held-out rows, without the penalty; None without such rows.
    updates : ndarray of shape (E' + 1,)
        Updates made so far.
    path : ndarray of shape (T, n_params)
        Seed 0 after single updates, T at most 2 000: all of the first 400, later ones thinned
        evenly, the start and the last finite state included. Empty when not recorded.
    path_updates : ndarray of shape (T,)
        The update after which each state of the path was reached; 0 is the start.
    batch_loss : ndarray of shape (T,)
        Loss of the batch that made that update, before it; NaN at the start.
    status : tuple of Status, length S
    diverged_at : tuple of int, length S
        The update at which divergence was seen, or -1.
    tries : ndarray of shape (S, E' + 1) or None
        How many losses a rule that searches along its line has tried so far; None of others, and
        NaN where `params` are.
    """

    epochs: Indices
    params: Array
    loss: Array
    running_loss: Array
    test_loss: Array | None
    updates: Indices
    path: Array
    path_updates: Indices
    batch_loss: Array
    status: tuple[Status, ...]
    diverged_at: tuple[int, ...]
    tries: Array | None = None

    def __post_init__(self) -> None:
        for value in vars(self).values():
            if isinstance(value, np.ndarray):
                value.setflags(write=False)

    def _repr_html_(self) -> str:
        """Return a sketch of the loss for notebooks, and a row for each of the first seeds."""
        last = np.isfinite(self.loss).cumsum(axis=1).argmax(axis=1)
        rows = [
            (
                str(seed),
                number(self.loss[seed, 0]),
                number(self.loss[seed, end]),
                quantity(int(self.updates[end])),
                self.status[seed].value,
            )
            for seed, end in enumerate(last[:SEEDS_SHOWN].tolist())
        ]
        caption = f"{quantity(len(self.loss), 'seed')}, {quantity(int(self.updates[-1]), 'update')}"
        shown = loss_sketch(self.epochs, self.loss[:SEEDS_SHOWN])
        return shown + html_table(
            caption,
            ("seed", "loss at the start", "last loss", "after updates", "how it ended"),
            rows,
        )


def until(trace: Trace, epochs: int) -> Trace:
    """Return what fewer epochs leave behind of a run without a tolerance.

    After `epochs` the trace has a row. The batch loss of the last update is NaN where the path left
    that out.
    """
    count = int(np.searchsorted(trace.epochs, epochs)) + 1
    last = int(trace.updates[count - 1])
    by_seed = ("params", "loss", "running_loss", *_also(trace))
    cut = {name: getattr(trace, name)[:, :count] for name in by_seed}
    cut |= {name: getattr(trace, name)[:count] for name in ("epochs", "updates")}
    keep = trace.path_updates <= last
    path, updates, batch_loss = trace.path[keep], trace.path_updates[keep], trace.batch_loss[keep]
    if len(updates) and updates[-1] < last < trace.path_updates[-1]:
        path = np.vstack([path, trace.params[0, count - 1]])
        updates, batch_loss = np.append(updates, last), np.append(batch_loss, np.nan)
    lost = tuple(at if at <= last else -1 for at in trace.diverged_at)
    status = tuple(
        Status.EXHAUSTED if ended is Status.DIVERGED and at < 0 else ended
        for ended, at in zip(trace.status, lost, strict=True)
    )
    cut |= {"path": path, "path_updates": updates, "batch_loss": batch_loss}
    return replace(trace, **cut, status=status, diverged_at=lost)


def _also(trace: Trace) -> list[str]:
    """Return what a trace has by seed that not every trace has."""
    return [name for name in ("test_loss", "tries") if getattr(trace, name) is not None]


def from_start(trace: Trace, index: int) -> Trace:
    """Return what a run of a function did from one of several starts, as if from there alone.

    The path of the first is as recorded; others are told by the ends of updates that are kept.
    """
    if len(trace.status) == 1:
        return trace
    row = slice(index, index + 1)
    of_row: dict[str, object] = {
        name: getattr(trace, name)[row]
        for name in ("params", "loss", "running_loss", "status", "diverged_at", *_also(trace))
    }
    if index:
        whole = np.isfinite(trace.params[index]).all(axis=1)
        batch_loss = trace.running_loss[index, whole]
        path, updates = trace.params[index, whole], trace.updates[whole]
        of_row |= {"path": path, "path_updates": updates, "batch_loss": batch_loss}
    return replace(trace, **of_row)  # type: ignore[arg-type]


def by_start(
    experiment: Experiment, traces: Sequence[Trace]
) -> list[tuple[Experiment, tuple[Trace, ...]]]:
    """Return of each start the experiment from there alone, and its traces."""
    if not experiment.more_starts:
        return [(experiment, tuple(traces))]
    return [
        (with_start(experiment, index), tuple(from_start(trace, index) for trace in traces))
        for index in range(1 + len(experiment.more_starts))
    ]


@dataclass
class _Record:
    """What the loop writes down for a group. Axes: epoch or state, S, Q, C; paths: seed 0 alone.

    `latest` is the last finite state so far, and `end_loss` the last batch loss of each epoch.
    `running` sums the batch losses of an epoch, each as a share of a full one. Of epochs it holds
    a leg: those from `begin`, the last end of the leg before, on, which itself is known by then and
    left out. `tries` are those of epochs that traces keep, where the rule searches.
    """

    ends: Array
    running: Array
    path: Array
    path_updates: Indices
    batch_loss: Array
    end_loss: Array
    latest: Array
    latest_loss: Array
    broken_at: Indices
    tries: Array | None = None
    reached: int = 0
    begin: int = 0

    def next_leg(self) -> None:
        """Begin at the last end of an epoch."""
        self.begin += len(self.running)
        self.ends[:] = np.nan
        self.running[:] = 0


def train(
    experiment: Experiment,
    *,
    progress: Progress | None = None,
    record_path: bool = True,
    moved: Array | None = None,
) -> tuple[Trace, ...]:
    """Train every run of `experiment` and return one `Trace` per run, in order.

    Parameters
    ----------
    experiment : Experiment
    progress : callable, optional
        `progress(done, total) -> bool` in updates, called every few milliseconds of small work
        and a few hundred updates of large; False cancels all that is not done.
    record_path : bool
        Whether to keep the paths of seed 0.
    moved : ndarray of shape (runs, n_params), optional
        What is added to where each run starts, all its seeds alike.

    Notes
    -----
    A seed has diverged at the first update where parameters are non-finite, or at the first
    epoch's end where the training loss is non-finite or above 1e6 x max(1, loss at the start).
    """
    groups = plan(experiment)
    total = sum(group.n_updates for group in groups)
    traces: dict[int, Trace] = {}
    done, cancelled = 0, False

    def wanted(made: int) -> bool:
        nonlocal cancelled
        cancelled = cancelled or (progress is not None and not progress(done + made, total))
        return not cancelled

    with np.errstate(all="ignore"):
        for group in groups:
            ends = _Ends(experiment, group)
            record = _descend(experiment, group, wanted, record_path, ends, moved)
            traces |= zip(group.places, _traces(experiment, group, record, ends), strict=True)
            done += group.n_updates
    wanted(0)
    return tuple(traces[place] for place in range(len(experiment.runs)))


def _descend(
    experiment: Experiment,
    group: Group,
    wanted: Callable[[int], bool],
    record_path: bool,
    ends: "_Ends",
    moved: Array | None,
) -> _Record:
    """Run the loop of one group and write down what it does, and how its epochs end."""
    shape = (group.n_orders, experiment.problem.n_params, len(group.runs))
    starts = np.stack([start_of(experiment, index) for index in range(group.n_orders)])[:, :, None]
    theta = np.broadcast_to(starts, shape)
    if moved is not None:
        theta = starts + moved[list(group.places)].T
    record = _new_record(theta, group, record_path, leg_of(experiment, group))
    coming = stretches(experiment, group, theta, _counter(record, group))
    share = _last_share(group, experiment.problem.n_samples)
    while record.reached < group.n_updates:
        if np.all(record.broken_at >= 0) or not wanted(record.reached):
            break
        states, losses = next(coming)
        while len(states):
            end = (record.begin + len(record.running)) * group.per_epoch
            if record.reached == end:
                ends.judge(record)
                record.next_leg()
                if not wanted(record.reached):
                    break
                continue
            room = end - record.reached
            _write_down(record, group, share, states[:room], losses[:room])
            states, losses = states[room:], losses[room:]
    ends.judge(record)
    return record


def _counter(record: _Record, group: Group) -> Note | None:
    """Return what writes down how many losses were tried; None where the rule does not search."""
    if not group.runs[0].optimizer.searches:
        return None
    kept = kept_epochs(group.epochs)
    places = {int(epoch) * group.per_epoch: place for place, epoch in enumerate(kept)}
    S, C = record.broken_at.shape
    record.tries = tries = np.zeros((len(kept), S, C))

    def count(made: int, state: Any) -> None:
        if made in places:
            tries[places[made]] = state.t

    return count


def leg_of(experiment: Experiment, group: Group) -> int:
    """Return how many epochs are written down before their ends are judged."""
    most = group.epochs if group.epochs <= MAX_EPOCHS else _LEG
    states = group.n_orders * len(group.runs) * experiment.problem.n_params
    most = min(most, _ENDS // states)
    seconds = seconds_per_end(experiment, group)
    return max(1, min(most, int(_JUDGED / seconds)) if seconds else most)


def _new_record(theta: Array, group: Group, record_path: bool, leg: int) -> _Record:
    S, Q, C = theta.shape
    updates = path_updates(group.n_updates) if record_path else np.arange(0)
    record = _Record(
        ends=np.full((leg + 1, S, Q, C), np.nan),
        running=np.zeros((leg, S, C)),
        path=np.full((len(updates), Q, C), np.nan),
        path_updates=updates,
        batch_loss=np.full((len(updates), C), np.nan),
        end_loss=np.full((leg + 1, C), np.nan),
        latest=theta[0].copy(),
        latest_loss=np.full(C, np.nan),
        broken_at=np.full((S, C), -1, dtype=np.intp),
    )
    record.ends[0] = theta
    record.path[:1] = theta[0]
    return record


def path_updates(n_updates: int) -> Indices:
    """Return the updates after which a path's states are kept, the start and the end included."""
    if n_updates < MAX_PATH:
        return np.arange(n_updates + 1)
    stride = -(-n_updates // (MAX_PATH - CLOSELY - 2))
    later = np.arange(CLOSELY - CLOSELY % stride, n_updates, stride)
    return np.unique(np.concatenate([np.arange(CLOSELY), later, [n_updates]]))


def kept_epochs(n_epochs: int) -> Indices:
    """Return the epochs after which a trace has rows, the start and the last included."""
    stride = -(-n_epochs // MAX_EPOCHS)
    return np.append(np.arange(0, n_epochs, stride), n_epochs)


def _last_share(group: Group, n_samples: int) -> float:
    """Return the rows of an epoch's last batch as a share of a full one."""
    rest = min(group.per_epoch * group.rows, n_samples) - (group.per_epoch - 1) * group.rows
    return rest / group.rows


def _write_down(
    record: _Record, group: Group, last_share: float, states: Array, losses: Array
) -> None:
    """Copy what matters of the states after the next updates, (T, S, Q, C)."""
    first, count, per_epoch = record.reached, len(states), group.per_epoch
    numbers = np.arange(first + 1, first + count + 1)
    is_end = numbers % per_epoch == 0
    ended = numbers[is_end] // per_epoch - record.begin
    record.ends[ended] = states[is_end]
    low, high = np.searchsorted(record.path_updates, (first + 1, first + count + 1))
    places = record.path_updates[low:high] - first - 1
    record.path[low:high] = states[places, 0]
    record.reached = first + count
    starts = np.flatnonzero((numbers - 1) % per_epoch == 0)
    starts = starts if len(starts) and starts[0] == 0 else np.append(0, starts)
    epochs = (first + starts) // per_epoch - record.begin
    weights = np.where(is_end, last_share, 1.0)[:, None, None] if last_share < 1 else 1.0
    record.running[epochs] += np.add.reduceat(losses * weights, starts, axis=0)
    record.end_loss[ended] = losses[is_end, 0]
    record.batch_loss[low:high] = losses[places, 0]
    _note_breaks(record, first, states, losses)


def _note_breaks(record: _Record, first: int, states: Array, losses: Array) -> None:
    """Note where parameters stopped being finite, and the last state before."""
    # What is not finite never becomes so again: the last state tells whether any is not.
    whole, count = record.broken_at < 0, len(states)
    good = np.full(whole.shape, count)
    for s, c in zip(*np.nonzero(whole & ~np.isfinite(states[-1]).all(axis=1)), strict=True):
        good[s, c] = np.argmin(np.isfinite(states[:, s, :, c]).all(axis=1))
        record.broken_at[s, c] = first + good[s, c] + 1
    if len(record.path):
        for c in np.flatnonzero(whole[0] & (good[0] > 0)):
            record.latest[:, c] = states[good[0, c] - 1, 0, :, c]
            record.latest_loss[c] = losses[good[0, c] - 1, 0, c]


_NEVER = np.iinfo(np.intp).max


class _Leg(NamedTuple):
    """All ends of a leg's epochs: (L,), then (R, L, n_params), (R, L) and (R, L)."""

    epochs: Indices
    params: Array
    loss: Array
    running: Array


class _Stop(NamedTuple):
    """Where a row stopped at an epoch's end: what it repeats from there on if it has converged."""

    epoch: int
    params: Array
    loss: float
    running: float
    batch_loss: float


class _Ends:
    """How the epochs of a group end; a row is one run's order of the rows, run after run.

    Every end is looked at, some are kept.

    Attributes
    ----------
    epochs : ndarray of shape (K,)
        Those that are kept.
    params, loss, running, tested : ndarray of shape (R, K, n_params), (R, K), (R, K) and (R, K)
        The last is the loss over the held-out rows, or None without such rows.
    until : ndarray of shape (R,)
        The last update worth keeping; `_NEVER` where all are.
    diverged_at : ndarray of shape (R,)
        The update at which divergence was seen, or -1.
    stops, converged : dict and set
        Where rows stopped at the end of an epoch, and which did because they had converged.
    """

    def __init__(self, experiment: Experiment, group: Group) -> None:
        self._problem, self._tol, self._group = experiment.problem, experiment.tol, group
        n_rows = group.n_orders * len(group.runs)
        self.epochs = kept_epochs(group.epochs)
        self.until, self.diverged_at = np.full(n_rows, _NEVER), np.full(n_rows, -1)
        self.stops: dict[int, _Stop] = {}
        self.converged: set[int] = set()

    def judge(self, record: _Record) -> None:
        """Find divergence and convergence in a leg, and keep what is to be kept of it."""
        leg = self._leg(record)
        finite = np.asarray(np.isfinite(leg.params).all(axis=2))
        self._find_divergence(record, leg, finite)
        blank = (leg.epochs * self._group.per_epoch > self.until[:, None]) | ~finite
        for values in leg[1:]:
            values[blank] = np.nan
        if self._tol > 0:
            self._find_convergence(record, leg)
        self._keep(leg)

    def _leg(self, record: _Record) -> _Leg:
        group, problem = self._group, self._problem
        last = min(record.begin + len(record.running), group.epochs)
        epochs = np.arange(record.begin, last + 1)
        params = _rows(record.ends[: len(epochs)])
        loss, running = np.full((2, *params.shape[:2]), np.nan)
        running[:, 1:] = _rows(record.running[: len(epochs) - 1]) / (
            group.per_epoch - 1 + _last_share(group, problem.n_samples)
        )
        asked = np.asarray(np.isfinite(params).all(axis=2))
        if group.rows == problem.n_samples:  # full batches' losses are those of the epoch before
            loss[:, :-1], asked[:, : record.reached - record.begin] = running[:, 1:], False
        loss[asked] = problem.loss(params if asked.all() else params[asked]).reshape(-1)
        return _Leg(epochs, params, loss, running)

    def _find_divergence(self, record: _Record, leg: _Leg, finite: Flags) -> None:
        if not record.begin:
            self._highest = DIVERGED_AT * np.maximum(1, leg.loss[:, :1])
        loss, updates = leg.loss, leg.epochs * self._group.per_epoch
        too_high = finite & ~(np.isfinite(loss) & (loss <= self._highest))
        place = np.argmax(too_high, axis=1)
        by_loss = np.where(too_high.any(axis=1), updates[place], _NEVER)
        by_params = record.broken_at.T.reshape(-1)
        at = np.minimum(by_loss, np.where(by_params >= 0, by_params, _NEVER))
        for row in np.flatnonzero((at < _NEVER) & (self.until == _NEVER)).tolist():
            self.until[row] = self.diverged_at[row] = at[row]
            if by_loss[row] == at[row]:
                self._stop(record, leg, row, int(place[row]))

    def _find_convergence(self, record: _Record, leg: _Leg) -> None:
        """Find the first epoch whose full gradient is below the tolerance."""
        small = np.linalg.norm(self._problem.gradient(leg.params), axis=2) < self._tol
        for row in np.flatnonzero(small.any(axis=1)).tolist():
            if row not in self.converged:
                self.converged.add(row)
                self._stop(record, leg, row, int(np.argmax(small[row])))
                self.until[row] = self.stops[row].epoch * self._group.per_epoch
                self.diverged_at[row] = -1

    def _stop(self, record: _Record, leg: _Leg, row: int, place: int) -> None:
        end_loss = float(record.end_loss[place, row // self._group.n_orders])
        values = leg.loss[row, place], leg.running[row, place], end_loss
        self.stops[row] = _Stop(int(leg.epochs[place]), leg.params[row, place].copy(), *values)

    def _keep(self, leg: _Leg) -> None:
        if len(leg.epochs) == len(self.epochs):
            _, self.params, self.loss, self.running = leg
            self.tested = self._problem.test_loss(self.params)
            return
        if not leg.epochs[0]:
            n_rows, _, n_params = leg.params.shape
            self.params = np.full((n_rows, len(self.epochs), n_params), np.nan)
            self.loss, self.running = np.full((2, n_rows, len(self.epochs)), np.nan)
            self.tested = self.loss.copy() if self._problem.n_test else None
        # A later leg begins with the last end of the one before, of which it knows less.
        first = leg.epochs[0] + (leg.epochs[0] > 0)
        mine = (first <= self.epochs) & (self.epochs <= leg.epochs[-1])
        places = self.epochs[mine] - leg.epochs[0]
        for kept, values in zip((self.params, self.loss, self.running), leg[1:], strict=True):
            kept[:, mine] = values[:, places]
        if self.tested is not None:
            self.tested[:, mine] = self._problem.test_loss(self.params[:, mine])

    def repeat(self) -> None:
        """Fill in, once all is run, what rows that have converged repeat."""
        for row in self.converged:
            epoch, params, loss, running, _ = self.stops[row]
            after = self.epochs > epoch
            self.params[row, after] = params
            self.loss[row, after], self.running[row, after] = loss, running
            if self.tested is not None:
                self.tested[row, after] = self._tested_at(row, epoch, params)

    def _tested_at(self, row: int, epoch: int, params: Array) -> float:
        """Return the test loss where a row stopped: read off, where that end was kept."""
        assert self.tested is not None
        place = np.searchsorted(self.epochs, epoch)
        if self.epochs[place] == epoch:
            return float(self.tested[row, place])
        return float(np.asarray(self._problem.test_loss(params)))

    def statuses(self, cut_short: bool) -> tuple[Status, ...]:
        """Return how each row ended."""

        def status(row: int, at: int) -> Status:
            if row in self.converged:
                return Status.CONVERGED
            if at >= 0:
                return Status.DIVERGED
            return Status.CANCELLED if cut_short else Status.EXHAUSTED

        return tuple(status(row, at) for row, at in enumerate(self.diverged_at.tolist()))


def _traces(experiment: Experiment, group: Group, record: _Record, ends: _Ends) -> Iterator[Trace]:
    """Yield the trace of each run of a group."""
    ends.repeat()
    tested, tries = ends.tested, None if record.tries is None else _rows(record.tries)
    status = ends.statuses(record.reached < group.n_updates)
    repeats = max(1, experiment.n_seeds // group.n_orders)  # starts are rows of one seed
    for column in range(len(group.runs)):
        mine = slice(column * group.n_orders, (column + 1) * group.n_orders)
        path, path_updates, batch_loss = _path(record, column, ends)
        yield Trace(
            epochs=ends.epochs,
            params=_for_each(ends.params[mine], repeats),
            loss=_for_each(ends.loss[mine], repeats),
            running_loss=_for_each(ends.running[mine], repeats),
            test_loss=None if tested is None else _for_each(tested[mine], repeats),
            updates=ends.epochs * group.per_epoch,
            path=path,
            path_updates=path_updates,
            batch_loss=batch_loss,
            status=status[mine] * repeats,
            diverged_at=tuple(ends.diverged_at[mine].tolist()) * repeats,
            tries=None if tries is None else _for_each(_counted(tries, ends)[mine], repeats),
        )


def _counted(tries: Array, ends: _Ends) -> Array:
    """Return how many losses were tried (R, K), with those of rows that stopped repeated."""
    counted = np.where(np.isfinite(ends.loss), tries, np.nan)
    for row in ends.converged:
        last = np.searchsorted(ends.epochs, ends.stops[row].epoch)
        counted[row, last:] = tries[row, last]
    return counted


def _for_each(rows: Array, repeats: int) -> Array:
    """Return rows for each seed, where several see one order that was trained once."""
    return rows if repeats == 1 else np.repeat(rows, repeats, axis=0)


def _rows(values: Array) -> Array:
    """Return values (E, S, ..., C) as one row per run and seed, (C S, E, ...)."""
    by_run = np.moveaxis(values, (-1, 1), (0, 1))
    return np.ascontiguousarray(by_run).reshape(-1, len(values), *values.shape[2:-1])


def _path(record: _Record, column: int, ends: _Ends) -> tuple[Array, Indices, Array]:
    """Return seed 0's path, its update numbers and batch losses, up to where it ended."""
    if not len(record.path):
        return record.path[:, :, column], record.path_updates, record.batch_loss[:, column]
    row, broken_at = column * len(record.broken_at), int(record.broken_at[0, column])
    finite = record.reached if broken_at < 0 else broken_at - 1
    last = min(finite, int(ends.until[row]))
    keep = record.path_updates <= last
    path = record.path[keep, :, column]
    updates, batch_loss = record.path_updates[keep], record.batch_loss[keep, column]
    if len(updates) and updates[-1] < last:
        # Thinning left the last state out.
        state, loss = record.latest[:, column], record.latest_loss[column]
        if last < finite:  # it stopped at an epoch's end
            state, loss = ends.stops[row].params, ends.stops[row].batch_loss
        path = np.vstack([path, state])
        updates, batch_loss = np.append(updates, last), np.append(batch_loss, loss)
    return path, updates, batch_loss
