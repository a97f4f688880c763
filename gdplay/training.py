"""Training: every run and every seed of an experiment in lock-step, and what came out.

Runs of one kind (rule, batch size, sampling, short batches, epochs) are one group: their
parameters stand side by side in `theta (S, Q, C)`, S orders of the rows, Q coordinates, C runs,
and each NumPy call serves them all. Columns never mix, so company changes nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import groupby

import numpy as np
import numpy.typing as npt

from gdplay.experiment import Experiment, Run
from gdplay.optimizers import Optimizer, stack
from gdplay.problem import Array, Indices, Problem
from gdplay.sampling import SAMPLINGS, orders

MAX_PATH = 2000
"""A path holds at most this many states; longer ones are thinned evenly."""

DIVERGED_AT = 1e6
"""A training loss above this many times max(1, loss at the start) counts as divergence."""

_GATHER = 1 << 17
_BUFFER = 1 << 18

Progress = Callable[[int, int], bool]
Flags = npt.NDArray[np.bool_]


class Status(Enum):
    """How a seed ended, with a sentence's worth of meaning."""

    CONVERGED = "the full gradient fell below the tolerance"
    EXHAUSTED = "all epochs ran"
    DIVERGED = "the loss grew without bound"
    CANCELLED = "it was stopped"


@dataclass(frozen=True, eq=False)
class Trace:
    """What one run did; read-only arrays, S = n_seeds, E = the run's epochs.

    Attributes
    ----------
    params : ndarray of shape (S, E + 1, n_params)
        At the start and each epoch's end; NaN after divergence.
    loss : ndarray of shape (S, E + 1)
        Training loss over all rows, penalty included, at `params`.
    running_loss : ndarray of shape (S, E + 1)
        Mean of the batch losses inside the epoch, each taken before its update; row 0 is NaN.
    test_loss : ndarray of shape (S, E + 1) or None
        Loss over the held-out rows, without the penalty; None without such rows.
    updates : ndarray of shape (E + 1,)
        Updates made so far.
    path : ndarray of shape (T, n_params)
        Seed 0 after single updates, T at most 2 000, thinned evenly, the start and the last finite
        state included. Empty when not recorded.
    path_updates : ndarray of shape (T,)
        The update after which each state of the path was reached; 0 is the start.
    batch_loss : ndarray of shape (T,)
        Loss of the batch that made that update, before it; NaN at the start.
    status : tuple of Status, length S
    diverged_at : tuple of int, length S
        The update at which divergence was seen, or -1.
    """

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

    def __post_init__(self) -> None:
        for value in vars(self).values():
            if isinstance(value, np.ndarray):
                value.setflags(write=False)


@dataclass(frozen=True)
class _Group:
    """Runs that train together, and where they stand in the experiment."""

    places: tuple[int, ...]
    runs: tuple[Run, ...]
    rows: int
    per_epoch: int
    epochs: int
    n_orders: int

    @property
    def n_updates(self) -> int:
        return self.per_epoch * self.epochs


@dataclass
class _Record:
    """What the loop writes down for a group. Axes: epoch or state, S, Q, C; paths: seed 0 alone.

    `latest` is the last finite state so far, and `end_loss` the last batch loss of each epoch.
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
    reached: int = 0


def train(
    experiment: Experiment, *, progress: Progress | None = None, record_path: bool = True
) -> tuple[Trace, ...]:
    """Train every run of `experiment` and return one `Trace` per run, in order.

    Parameters
    ----------
    experiment : Experiment
    progress : callable, optional
        `progress(done, total) -> bool` in updates, called every few dozen; False cancels all
        that is not done.
    record_path : bool
        Whether to keep the paths of seed 0.

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
            record = _descend(experiment, group, wanted, record_path)
            for column, place in enumerate(group.places):
                traces[place] = _trace(experiment, group, record, column)
            done += group.n_updates
    wanted(0)
    return tuple(traces[place] for place in range(len(experiment.runs)))


def plan(experiment: Experiment) -> list[_Group]:
    """Return the groups of runs that train together."""
    n = experiment.problem.n_samples

    def kind(place: int) -> tuple[str, int, str, bool, int]:
        run = experiment.runs[place]
        rows = run.rows(n)
        whole = rows == n
        return (
            run.optimizer.key,
            rows,
            "" if whole else run.sampling,
            not whole and run.drop_last,
            experiment.epochs_of(run),
        )

    groups = []
    for (_, rows, sampling, _, epochs), members in groupby(
        sorted(range(len(experiment.runs)), key=kind), kind
    ):
        places = tuple(members)
        runs = tuple(experiment.runs[place] for place in places)
        shuffled = bool(sampling) and SAMPLINGS[sampling].random
        groups.append(
            _Group(
                places,
                runs,
                rows,
                runs[0].updates_per_epoch(n),
                epochs,
                experiment.n_seeds if shuffled else 1,
            )
        )
    return groups


@dataclass(frozen=True)
class Work:
    """What an experiment costs, before it is run.

    Attributes
    ----------
    updates : int
        Updates of all runs, seeds in lock-step counted once.
    seconds : float
        About how long training takes on a small server, within a factor of three.
    doubles : int
        How many numbers the traces hold, about.
    """

    updates: int
    seconds: float
    doubles: int


def work(experiment: Experiment) -> Work:
    """Estimate what training `experiment` costs, without training."""
    updates, seconds, doubles = 0, 0.0, 0
    n, n_params = experiment.problem.n_samples, experiment.problem.n_params
    for group in plan(experiment):
        columns = group.n_orders * len(group.runs)
        rows = min(group.rows, experiment.problem.cost) if group.rows == n else group.rows
        updates += group.n_updates
        seconds += group.n_updates * (15e-6 + 3e-9 * columns * n_params * (rows + 10))
        seconds += 3e-9 * (group.epochs + 1) * columns * experiment.problem.cost * n_params
        ends = (group.epochs + 1) * experiment.n_seeds * (n_params + 2)
        doubles += len(group.runs) * (ends + min(group.n_updates, MAX_PATH) * (n_params + 2))
    return Work(updates, seconds, doubles)


def start_of(experiment: Experiment) -> Array:
    """Return the start, (n_params,)."""
    if experiment.start is None:
        return np.zeros(experiment.problem.n_params)
    return np.array(experiment.start)


def _descend(
    experiment: Experiment, group: _Group, wanted: Callable[[int], bool], record_path: bool
) -> _Record:
    """Run the loop of one group."""
    problem, total = experiment.problem, group.n_updates
    rule = _rule(group.runs)
    rates = np.stack([r.optimizer.lr * r.schedule.factors(total) for r in group.runs], axis=1)
    shape = (group.n_orders, problem.n_params, len(group.runs))
    theta = np.broadcast_to(start_of(experiment)[:, None], shape).copy()
    state = rule.init(theta)
    record = _new_record(theta, group, record_path)
    feed = _batches(problem, group, experiment.seed)
    size = int(min(64, max(1, _BUFFER // theta.size), total))
    states = np.empty((size, *shape))
    losses = np.empty((size, shape[0], shape[2]))
    for first in range(0, total, size):
        if np.all(record.broken_at >= 0) or not wanted(first):
            break
        count = min(size, total - first)
        for i in range(count):
            losses[i], grad = problem.value_and_grad(theta, next(feed))
            step, state = rule.update(grad, state, theta, rates[first + i])
            theta = np.add(theta, step, out=states[i])
        _write_down(record, group, first, states[:count], losses[:count])
    return record


def _rule(runs: Sequence[Run]) -> Optimizer:
    """Return the runs' rule; numbers become arrays only where runs differ in more than the rate."""
    alike = {replace(run.optimizer, lr=1.0) for run in runs}
    return alike.pop() if len(alike) == 1 else stack([run.optimizer for run in runs])


def _batches(problem: Problem, group: _Group, seed: int) -> Iterator[Array | None]:
    """Yield each update's rows: None for a full batch, else (S, B, q)."""
    if group.rows == problem.n_samples:
        while True:
            yield None
    used = min(group.per_epoch * group.rows, problem.n_samples)
    for order in orders(group.runs[0].sampling, problem.targets, seed, group.n_orders):
        width = problem.gather(order[:, :1]).size
        chunk = group.rows * max(1, _GATHER // (group.rows * width))
        for first in range(0, used, chunk):
            block = problem.gather(order[:, first : min(first + chunk, used)])
            for row in range(0, block.shape[1], group.rows):
                yield block[:, row : row + group.rows]


def _new_record(theta: Array, group: _Group, record_path: bool) -> _Record:
    S, Q, C = theta.shape
    stride = max(1, -(-group.n_updates // (MAX_PATH - 2)))
    kept = np.unique(np.append(np.arange(0, group.n_updates + 1, stride), group.n_updates))
    if not record_path:
        kept = kept[:0]
    record = _Record(
        ends=np.full((group.epochs + 1, S, Q, C), np.nan),
        running=np.zeros((group.epochs, S, C)),
        path=np.full((len(kept), Q, C), np.nan),
        path_updates=kept,
        batch_loss=np.full((len(kept), C), np.nan),
        end_loss=np.full((group.epochs + 1, C), np.nan),
        latest=theta[0].copy(),
        latest_loss=np.full(C, np.nan),
        broken_at=np.full((S, C), -1, dtype=np.intp),
    )
    record.ends[0] = theta
    record.path[:1] = theta[0]
    return record


def _write_down(record: _Record, group: _Group, first: int, states: Array, losses: Array) -> None:
    """Copy what matters of the states after updates first + 1, first + 2, ..."""
    count = len(states)
    numbers = np.arange(first + 1, first + count + 1)
    is_end = numbers % group.per_epoch == 0
    record.ends[numbers[is_end] // group.per_epoch] = states[is_end]
    record.end_loss[numbers[is_end] // group.per_epoch] = losses[is_end, 0]
    np.add.at(record.running, (numbers - 1) // group.per_epoch, losses)
    low, high = np.searchsorted(record.path_updates, (first + 1, first + count + 1))
    kept = record.path_updates[low:high] - first - 1
    record.path[low:high] = states[kept, 0]
    record.batch_loss[low:high] = losses[kept, 0]
    record.reached = first + count
    # What is not finite never becomes so again: the last state tells whether any is not.
    whole = record.broken_at < 0
    good = np.full(whole.shape, count)
    for s, c in zip(*np.nonzero(whole & ~np.isfinite(states[-1]).all(axis=1)), strict=True):
        good[s, c] = np.argmin(np.isfinite(states[:, s, :, c]).all(axis=1))
        record.broken_at[s, c] = first + good[s, c] + 1
    for c in np.flatnonzero(whole[0] & (good[0] > 0)):
        record.latest[:, c] = states[good[0, c] - 1, 0, :, c]
        record.latest_loss[c] = losses[good[0, c] - 1, 0, c]


def _trace(experiment: Experiment, group: _Group, record: _Record, column: int) -> Trace:
    """Judge one run: find divergence and convergence, blank what came after, make it read-only."""
    problem = experiment.problem
    updates = np.arange(group.epochs + 1) * group.per_epoch
    params = np.moveaxis(record.ends[..., column], 0, 1).copy()
    finite = np.asarray(np.isfinite(params).all(axis=2))
    loss = np.full(finite.shape, np.nan)
    loss[finite] = problem.loss(params[finite])
    stop, diverged_at = _divergence(loss, finite, record.broken_at[:, column], updates)
    running = np.empty_like(loss)
    running[:, 0] = np.nan
    running[:, 1:] = record.running[..., column].T / group.per_epoch
    blank = (updates > stop[:, None]) | ~finite
    params[blank] = loss[blank] = running[blank] = np.nan
    repeat_from = _convergence(experiment, params)
    diverged_at = np.where(np.array(repeat_from) >= 0, -1, diverged_at)
    for s, epoch in enumerate(repeat_from):
        if epoch >= 0:
            for values in (params, loss, running):
                values[s, epoch + 1 :] = values[s, epoch]
    if repeat_from[0] >= 0:
        stop[0] = min(stop[0], updates[repeat_from[0]])
    path, path_updates, batch_loss = _path(record, column, stop[0], group.per_epoch)
    repeats = experiment.n_seeds // group.n_orders
    status = _statuses(diverged_at, repeat_from, record.reached < group.n_updates)
    test_loss = problem.test_loss(params)
    return Trace(
        params=np.repeat(params, repeats, axis=0),
        loss=np.repeat(loss, repeats, axis=0),
        running_loss=np.repeat(running, repeats, axis=0),
        test_loss=None if test_loss is None else np.repeat(test_loss, repeats, axis=0),
        updates=updates,
        path=path,
        path_updates=path_updates,
        batch_loss=batch_loss,
        status=status * repeats,
        diverged_at=tuple(int(at) for at in diverged_at) * repeats,
    )


def _divergence(
    loss: Array, finite: Flags, broken_at: Indices, updates: Indices
) -> tuple[Indices, Indices]:
    """Return, per seed, the last update worth keeping and the update of divergence (or -1)."""
    limit = DIVERGED_AT * np.maximum(1, loss[:, :1])
    never = np.iinfo(np.intp).max
    too_high = finite & ~(np.isfinite(loss) & (loss <= limit))
    by_loss = np.where(too_high.any(axis=1), updates[np.argmax(too_high, axis=1)], never)
    by_params = np.where(broken_at >= 0, broken_at, never)
    at = np.minimum(by_loss, by_params)
    return at, np.where(at < never, at, -1)


def _convergence(experiment: Experiment, params: Array) -> list[int]:
    """Return, per seed, the first epoch whose full gradient is below the tolerance, or -1."""
    if experiment.tol <= 0:
        return [-1] * len(params)
    small = np.linalg.norm(experiment.problem.gradient(params), axis=2) < experiment.tol
    return [int(np.argmax(row)) if row.any() else -1 for row in small]


def _path(record: _Record, column: int, stop: int, per_epoch: int) -> tuple[Array, Indices, Array]:
    """Return seed 0's path, its update numbers and batch losses, up to where it ended."""
    broken_at = int(record.broken_at[0, column])
    finite = record.reached if broken_at < 0 else broken_at - 1
    last = min(finite, stop)
    keep = record.path_updates <= last
    path = record.path[keep, :, column]
    updates, batch_loss = record.path_updates[keep], record.batch_loss[keep, column]
    if len(updates) and updates[-1] < last:
        # Thinning left the last state out.
        state, loss = record.latest[:, column], record.latest_loss[column]
        if last < finite:  # it stopped at an epoch's end
            epoch = last // per_epoch
            state, loss = record.ends[epoch, 0, :, column], record.end_loss[epoch, column]
        path = np.vstack([path, state])
        updates, batch_loss = np.append(updates, last), np.append(batch_loss, loss)
    return path, updates, batch_loss


def _statuses(
    diverged_at: Indices, converged: Sequence[int], cut_short: bool
) -> tuple[Status, ...]:
    def status(at: int, epoch: int) -> Status:
        if epoch >= 0:
            return Status.CONVERGED
        if at >= 0:
            return Status.DIVERGED
        return Status.CANCELLED if cut_short else Status.EXHAUSTED

    return tuple(status(at, epoch) for at, epoch in zip(diverged_at, converged, strict=True))
