"""One update in full: its rows, their gradients, the rule's state, the rate and the step."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from threading import Lock
from typing import Any, NamedTuple

import numpy as np

from gdplay.arrays import Array, Indices
from gdplay.engine.noise import noise_of
from gdplay.engine.training import DIVERGED_AT
from gdplay.experiment import Experiment, Run, start_of
from gdplay.loss.fit import Fit
from gdplay.loss.problem import Problem
from gdplay.loss.sights import looker
from gdplay.memory import remembered
from gdplay.sampling import orders

_KEPT, _ORDERS = 1 << 19, 1 << 17
"""Speed: a run's kept moments, and its kept orders, hold about this many numbers at most."""

_MOMENTS = 1024
"""Speed: so many moments of a run are kept at most."""

_TILE = 1 << 18
"""Speed: how many doubles of rows are worked on together."""


@dataclass(frozen=True, eq=False)
class Step:
    """One update of one run; read-only arrays, B rows in the batch, Q parameters.

    Attributes
    ----------
    update, epoch, batch : int
        Which update of the run, in which epoch, and which of the epoch's; each counts from 1.
    n_batches : int
        Updates in an epoch.
    rows : ndarray of shape (B,)
        The batch, as indices into the training rows, in the order in which they are taken.
    params, new_params : ndarray of shape (Q,)
        Before and after.
    outputs : ndarray of shape (B,) or (B, K), or None
        What the model puts out for each row, before the decision; None on a surface.
    predictions : ndarray of shape (B,) or None
        Numbers, or class indices as floats.
    losses, gradients : ndarray of shape (B,), (B, Q)
        Each row's own, without the penalty.
    loss, new_loss : float
        The batch's, penalty included, before and after.
    gradient : ndarray of shape (Q,)
        What the rule is given: the mean of the rows' gradients, plus the penalty's, plus noise on
        a function where that is asked for.
    penalty, penalty_gradient : float, ndarray of shape (Q,)
        The penalty's part of `loss` and `gradient`; zero without one.
    state, new_state : None, ndarray of shape (Q,) or NamedTuple of such, matrices and numbers
        What the rule remembers.
    lr : float
        The learning rate of this update, schedule included.
    step : ndarray of shape (Q,)
        What was added to the parameters.
    full_loss, new_full_loss, full_gradient : float, float, ndarray of shape (Q,)
        Over all training rows, penalty included; the gradient is the one before.
    """

    update: int
    epoch: int
    batch: int
    n_batches: int
    rows: Indices
    params: Array
    new_params: Array
    outputs: Array | None
    predictions: Array | None
    losses: Array
    gradients: Array
    loss: float
    new_loss: float
    gradient: Array
    penalty: float
    penalty_gradient: Array
    state: Any
    new_state: Any
    lr: float
    step: Array
    full_loss: float
    new_full_loss: float
    full_gradient: Array

    def __post_init__(self) -> None:
        for value in vars(self).values():
            if isinstance(value, np.ndarray):
                value.setflags(write=False)


def replay(experiment: Experiment, run: int, update: int, seed_index: int = 0) -> Step:
    """Return one update of a run of `experiment`, as `train` makes it.

    The run is made again up to there, alone. Moments of it are kept, so that updates beside one
    already asked for cost next to nothing.

    Parameters
    ----------
    experiment : Experiment
    run : int
        The run's index in `experiment.runs`.
    update : int
        Which update, from 1 to the run's last.
    seed_index : int
        Which order of the rows, 0 to n_seeds - 1.

    Raises
    ------
    ValueError
        If there is no such run, order or update: a run that has diverged, or that stopped because
        its gradient was small, makes no more of them.
    """
    _check("run", run, 0, len(experiment.runs) - 1)
    _check("seed_index", seed_index, 0, experiment.n_seeds - 1)
    alone = replace(experiment, runs=(experiment.runs[run],), n_seeds=1, more_starts=())
    tape = _tape(alone, seed_index)
    _check("update", update, 1, tape.n_updates)
    with tape.lock, np.errstate(all="ignore"):
        return _step(tape, tape.before(update))


def _check(name: str, value: int, low: int, high: int) -> None:
    if not isinstance(value, int | np.integer) or not low <= value <= high:
        raise ValueError(f"{name} must be a whole number from {low} to {high}; got {value!r}")


def batch_loss(problem: Problem, params: Array, rows: Indices) -> Array:
    """Return the mean loss over some rows, penalty included: (..., n_params) -> (...)."""
    points, block = problem.points(params), problem.gather(rows[None])
    result = np.empty(len(points))
    size = max(1, _TILE // max(1, block.size))
    for first in range(0, len(points), size):
        theta = points[first : first + size].T[None]
        result[first : first + size] = problem.value_and_grad(theta, block)[0][0]
    return result.reshape(np.shape(params)[:-1])


# A run made again


class _Moment(NamedTuple):
    """Where a run stands after so many updates: theta (1, Q, 1), and what its rule remembers."""

    made: int
    theta: Array
    state: Any


class _Tape:
    """One run's way, with moments kept evenly, so that each is a short walk from one before it."""

    def __init__(self, experiment: Experiment, seed_index: int) -> None:
        self.lock = Lock()
        self.problem, self.tol = experiment.problem, experiment.tol
        (self.run,) = experiment.runs
        n = self.problem.n_samples
        self.per_epoch = self.run.updates_per_epoch(n)
        self.n_updates = self.per_epoch * experiment.epochs_of(self.run)
        self.noise: list[Array] = []
        if experiment.gradient_noise:
            self.noise = list(islice(noise_of(experiment, seed_index), self.n_updates))
        self.batches = _Batches(self.problem, self.run, experiment.seed, seed_index)
        self.look = looker(self.problem, self.run.optimizer.needs)
        theta = start_of(experiment, seed_index)[None, :, None]
        self.latest = _Moment(0, theta, self.run.optimizer.init(theta))
        self.moments = {0: self.latest}
        self.every = 1
        self.rates: tuple[int, Array] | None = None  # a stretch of them, and its first update
        self.most = _most(theta.size, self.latest.state)
        self.highest = DIVERGED_AT * max(1.0, float(self.problem.value(theta)[0, 0]))
        self.end = (0, "stopped: its gradient was small") if self._is_flat(theta) else None

    def before(self, update: int) -> _Moment:
        """Return the moment before an update, (update - 1) updates into the run."""
        made = update - 1
        near = max(count for count in self.moments if count <= made)
        moment = self.latest if near < self.latest.made <= made else self.moments[near]
        while moment.made < made and not self._over(update):
            moment = self._after(moment)
        if self._over(update):
            assert self.end is not None
            last, why = self.end
            raise ValueError(f"update must be from 1 to {last}, where the run {why}; got {update}")
        self.latest = moment
        return moment

    def rate(self, made: int) -> float:
        """Return the scheduled learning rate of the update after `made` others."""
        first, within = made - made % _MOMENTS, made % _MOMENTS
        if self.rates is None or self.rates[0] != first:
            last = min(first + _MOMENTS, self.n_updates)
            self.rates = first, self.run.schedule.factors(self.n_updates, first, last)
        return float(self.run.optimizer.lr * self.rates[1][within])

    def value_and_grad(self, moment: _Moment) -> tuple[Array, Array]:
        """Return the batch's loss (1, 1) at a moment, and what its rule is given (1, Q, 1)."""
        block = self.batches.block(moment.made)
        loss, grad = self.problem.value_and_grad(moment.theta, block)
        return loss, grad + self.noise[moment.made][:, None] if self.noise else grad

    def move(self, moment: _Moment, grad: Array) -> tuple[Array, Any]:
        """Return the rule's step (1, Q, 1) from a moment, and its state behind it."""
        lr = self.rate(moment.made)
        here = partial(self.look, moment.theta, self.batches.block(moment.made))
        return self.run.optimizer.moved(grad, moment.state, moment.theta, lr, here)

    def _over(self, update: int) -> bool:
        return self.end is not None and update > self.end[0]

    def _after(self, moment: _Moment) -> _Moment:
        """Make one update; keep the moment behind it, and note whether the run ends there."""
        _, grad = self.value_and_grad(moment)
        step, state = self.move(moment, grad)
        after = _Moment(moment.made + 1, moment.theta + step, state)
        self._keep(after)
        if self.end is None:
            why = self._why_over(after)
            self.end = (after.made, why) if why else None
        return after

    def _keep(self, moment: _Moment) -> None:
        if moment.made % self.every:
            return
        self.moments[moment.made] = moment
        if len(self.moments) > self.most:
            self.every *= 2
            moments = self.moments.items()
            self.moments = {made: moment for made, moment in moments if made % self.every == 0}

    def _why_over(self, moment: _Moment) -> str:
        """Return what ends the run at this moment, as `train` judges it, or nothing."""
        if not np.isfinite(moment.theta).all():
            return "diverged"
        if moment.made % self.per_epoch:
            return ""
        if self._is_flat(moment.theta):
            return "stopped: its gradient was small"
        # NaN is not lower either.
        calm = float(self.problem.value(moment.theta)[0, 0]) <= self.highest
        return "" if calm else "diverged"

    def _is_flat(self, theta: Array) -> bool:
        if self.tol <= 0:
            return False
        return bool(np.linalg.norm(self.problem.gradient(theta[0, :, 0])) < self.tol)


@remembered(16)
def _tape(experiment: Experiment, seed_index: int) -> _Tape:
    with np.errstate(all="ignore"):
        return _Tape(experiment, seed_index)


class _Batches:
    """The rows of each update of a run; the orders of the last epochs looked at are kept."""

    def __init__(self, problem: Problem, run: Run, seed: int, seed_index: int) -> None:
        self.problem, self.run = problem, run
        self.seed, self.seed_index = seed, seed_index
        self.n = problem.n_samples
        self.size = run.rows(self.n)
        self.per_epoch = run.updates_per_epoch(self.n)
        self.most = max(2, _ORDERS // self.n)
        self._rewind()

    def block(self, made: int) -> Array | None:
        """Return what the update after `made` others is given: None for all rows as they stand."""
        return None if self.size == self.n else self.problem.gather(self.rows(made)[None])

    def rows(self, made: int) -> Indices:
        """Return the rows of the update after `made` others, (B,)."""
        if self.size == self.n:
            return np.arange(self.n)
        epoch, batch = divmod(made, self.per_epoch)
        return self._order(epoch)[batch * self.size : (batch + 1) * self.size]

    def _order(self, epoch: int) -> Indices:
        if epoch < self.n_orders and epoch not in self.window:
            self._rewind()
        while self.n_orders <= epoch:
            self.window[self.n_orders] = next(self.stream)[-1]
            self.window.pop(self.n_orders - self.most, None)
            self.n_orders += 1
        return self.window[epoch]

    def _rewind(self) -> None:
        args = self.run.sampling, self.problem.targets, self.seed, self.seed_index + 1
        self.stream: Iterator[Indices] = orders(*args)
        self.window: dict[int, Indices] = {}
        self.n_orders = 0


def _most(n_params: int, state: Any) -> int:
    """Return how many moments are kept of a run with so many parameters and such a state."""
    return min(max(16, _KEPT // (n_params * (1 + _size(state)))), _MOMENTS)


def _size(state: Any) -> int:
    """Return how many arrays a rule's state holds."""
    parts = state if isinstance(state, tuple) else (state,)
    return sum(isinstance(part, np.ndarray) for part in parts)


# One update of it


def _step(tape: _Tape, moment: _Moment) -> Step:
    """Return the update that follows a moment."""
    problem = tape.problem
    rows = tape.batches.rows(moment.made)
    loss, grad = tape.value_and_grad(moment)
    step, state = tape.move(moment, grad)
    params, new_params = moment.theta[0, :, 0], (moment.theta + step)[0, :, 0]
    losses, gradients = _by_row(_bare(problem), rows, params)
    penalty, pull = _penalty(problem, params, rows)
    fit = problem if isinstance(problem, Fit) else None
    epoch, batch = divmod(moment.made, tape.per_epoch)
    return Step(
        update=moment.made + 1,
        epoch=epoch + 1,
        batch=batch + 1,
        n_batches=tape.per_epoch,
        rows=rows.copy(),
        params=params.copy(),
        new_params=new_params.copy(),
        outputs=fit.outputs(params, fit.X[rows]) if fit else None,
        predictions=fit.predict(params, fit.X[rows]) if fit else None,
        losses=losses,
        gradients=gradients,
        loss=float(loss[0, 0]),
        new_loss=float(batch_loss(problem, new_params, rows)),
        gradient=grad[0, :, 0].copy(),
        penalty=penalty,
        penalty_gradient=pull,
        state=_flat(moment.state),
        new_state=_flat(state),
        lr=tape.rate(moment.made),
        step=step[0, :, 0].copy(),
        full_loss=float(problem.loss(params)),
        new_full_loss=float(problem.loss(new_params)),
        full_gradient=problem.gradient(params),
    )


def _bare(problem: Problem) -> Problem:
    """Return the problem without its penalty."""
    return replace(problem, l2=0.0) if isinstance(problem, Fit) and problem.l2 else problem


def _by_row(problem: Problem, rows: Indices, params: Array) -> tuple[Array, Array]:
    """Return the loss (B,) and the gradient (B, Q) of each row."""
    theta = np.broadcast_to(params[None, :, None], (len(rows), len(params), 1))
    losses, grads = problem.value_and_grad(theta, problem.gather(rows[:, None]))
    return losses[:, 0].copy(), grads[..., 0].copy()


def _penalty(problem: Problem, params: Array, rows: Indices) -> tuple[float, Array]:
    """Return the penalty at `params`, and its gradient (Q,)."""
    bare = _bare(problem)
    if bare is problem:
        return 0.0, np.zeros_like(params)
    with_it, without = (
        p.value_and_grad(params[None, :, None], p.gather(rows[None])) for p in (problem, bare)
    )
    return float((with_it[0] - without[0])[0, 0]), (with_it[1] - without[1])[0, :, 0]


def _flat(state: Any) -> Any:
    """Return a rule's state with its arrays as (Q,) or (Q, Q), read-only copies, or numbers."""
    if isinstance(state, tuple):
        return type(state)(*(_flat(part) for part in state))
    if not isinstance(state, np.ndarray):
        return state
    flat = state[0, ..., 0].copy()
    if not flat.ndim:
        return float(flat)
    flat.setflags(write=False)
    return flat
