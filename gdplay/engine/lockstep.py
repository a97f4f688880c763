"""The loop: runs of one kind and all their seeds, side by side, update after update.

Runs of one kind (rule, batch size, sampling, short batches, epochs) are one group: their
parameters stand side by side in `theta (S, Q, C)`, S orders of the rows, or starts, Q coordinates,
C runs, and each NumPy call serves them all. Columns never mix, so company changes nothing.
"""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, groupby, islice, repeat
from typing import Any, NamedTuple

import numpy as np

from gdplay.arrays import Array, Indices
from gdplay.engine.composed import losses_of, scan, width
from gdplay.engine.noise import NoisyDescent, noise_blocks
from gdplay.experiment import Experiment, Run, starts_differ
from gdplay.knobs import knobs
from gdplay.loss.problem import Descent, Problem
from gdplay.loss.sights import Looker, looker
from gdplay.optimizers import Optimizer, stack
from gdplay.sampling import SAMPLINGS, orders

_GATHER = 1 << 17
"""Speed: how many doubles of gathered rows stay in the cache."""

_BUFFER = 1 << 18
"""Speed: how many doubles of states a stretch may take."""

_COMPOSED = 200
"""Speed: up to so many numbers per update, S Q C P, composing is three times faster or more."""

_WORTH = 512
"""Speed: fewer updates than this are not worth composing."""

MAPS = 1 << 21
"""Speed: how many doubles the maps of a stretch may hold, 16 MB."""

Stretch = tuple[Array, Array]
"""The states (T, S, Q, C) after the next T updates, and the losses (T, S, C) of their batches."""

Note = Callable[[int, Any], None]
"""Told after each update how many are made, and what the rule remembers."""


@dataclass(frozen=True)
class Group:
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


def plan(experiment: Experiment) -> list[Group]:
    """Return the groups of runs that train together, those with the fewest updates first."""
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
    differ = starts_differ(experiment) or experiment.gradient_noise > 0
    kinds = [kind(place) for place in range(len(experiment.runs))]
    for (_, rows, sampling, _, epochs), members in groupby(
        sorted(range(len(kinds)), key=kinds.__getitem__), kinds.__getitem__
    ):
        places = tuple(members)
        runs = tuple(experiment.runs[place] for place in places)
        shuffled = bool(sampling) and SAMPLINGS[sampling].random
        groups.append(
            Group(
                places,
                runs,
                rows,
                runs[0].updates_per_epoch(n),
                epochs,
                max(
                    experiment.n_seeds if shuffled or differ else 1,
                    1 + len(experiment.more_starts),
                ),
            )
        )
    return sorted(groups, key=lambda group: group.n_updates)


def stretches(
    experiment: Experiment, group: Group, theta: Array, note: Note | None = None
) -> Iterator[Stretch]:
    """Yield what a group does from `theta (S, Q, C)` on, a stretch of updates after the other.

    A rule that looks around is noted after each update.
    """
    problem, rule = experiment.problem, rule_of(group.runs)
    at, look = _At(0, theta, rule.init(theta)), looker(problem, rule.needs)
    if experiment.gradient_noise:
        noisy = NoisyDescent(problem, group.rows, theta.shape)
        blocks = noise_blocks(experiment, len(theta))
        yield from _loop(group, rule, at, noisy, blocks, look, note)
        return
    if rule.needs:
        yield from _seeing(experiment, group, rule, at, look, note)
        return
    if group.rows == problem.n_samples:
        descent, batch = problem.full_descent(theta.shape)
        yield from _loop(group, rule, at, descent, repeat(batch), look)
        return
    row_orders = _orders(experiment, group)
    if composed_width(problem, group):
        at, row_orders = yield from _compose(problem, group, rule, at, row_orders)
    descent = problem.descent(group.rows, theta.shape)
    yield from _loop(group, rule, at, descent, _blocks(problem, group, descent, row_orders), look)


def _orders(experiment: Experiment, group: Group) -> Iterator[Indices]:
    targets = experiment.problem.targets
    return orders(group.runs[0].sampling, targets, experiment.seed, group.n_orders)


def _seeing(
    experiment: Experiment,
    group: Group,
    rule: Optimizer,
    at: "_At",
    look: Looker,
    note: Note | None,
) -> Iterator[Stretch]:
    """Yield what a rule does that looks at the rows at hand, which stay as they are gathered."""
    problem = experiment.problem
    descent = Descent(problem, group.rows, at.theta.shape)
    blocks: Iterator[Sequence[Array]] = repeat(())
    if group.rows < problem.n_samples:
        blocks = _blocks(problem, group, descent, _orders(experiment, group))
    yield from _loop(group, rule, at, descent, blocks, look, note)


class _At(NamedTuple):
    """Where a group stands: updates made, parameters, the rule's state."""

    made: int
    theta: Array
    state: Any


def _blocks(
    problem: Problem, group: Group, descent: Descent, row_orders: Iterator[Indices]
) -> Iterator[Sequence[Array]]:
    """Yield each update's batch, rows gathered a bounded number at a time."""
    n_rows = min(group.per_epoch * group.rows, problem.n_samples)
    width = group.n_orders * problem.gather(np.zeros((1, 1), dtype=np.intp)).size
    chunk = group.rows * max(1, _GATHER // (group.rows * width))
    for order in row_orders:
        for first in range(0, n_rows, chunk):
            yield from descent.blocks(order[:, first : min(first + chunk, n_rows)])


def _loop(
    group: Group,
    rule: Optimizer,
    at: _At,
    descent: Descent,
    blocks: Iterator[Sequence[Array]],
    look: Looker,
    note: Note | None = None,
) -> Iterator[Stretch]:
    """Make one update after the other."""
    begin, theta, state = at
    total, gradient, step_to = group.n_updates, descent.gradient, descent.step
    size = int(min(descent.most, max(1, _BUFFER // theta.size), total))
    states = np.empty((size + 1, *theta.shape))
    states[0] = theta
    views = list(states)  # made once: the loop would pay for each anew
    for first in range(begin, total, size):
        count = min(size, total - first)
        rates: Sequence[Any] = _rates(group.runs, total, first, first + count)
        if rule.plain:
            falls = _falls(rates, theta.shape, descent)
            for i, block, fall in zip(range(count), blocks, falls, strict=False):
                step_to(i, block, views[i], fall, views[i + 1])
        elif rule.needs:
            for i, block, rate in zip(range(count), blocks, rates, strict=False):
                theta, grad = views[i], gradient(i, block, views[i])
                here = partial(look, theta, descent.rows_of(block))
                step, state = rule.moved(grad, state, theta, rate, here)
                np.add(theta, step, out=views[i + 1])
                if note is not None:
                    note(first + i + 1, state)
        else:
            for i, block, rate in zip(range(count), blocks, rates, strict=False):
                theta = views[i]
                step, state = rule.update(gradient(i, block, theta), state, theta, rate)
                np.add(theta, step, out=views[i + 1])
        yield states[1 : count + 1], descent.losses(states[:count])
        states[0] = states[count]


def _falls(rates: Sequence[Any], shape: tuple[int, int, int], descent: Descent) -> Iterable[Array]:
    """Return each update's rate as plain steps take it."""
    S, _, C = shape
    falls = -descent.share * np.array(rates).reshape(len(rates), 1, 1, -1)
    if (falls == falls[0]).all():
        return repeat(np.broadcast_to(falls[0], (S, descent.width, C)).copy())
    return falls


def composed_width(problem: Problem, group: Group) -> int:
    """Return how many numbers a composed update takes, S Q C P; 0 where updates are not composed.

    They are where that gives the same states in a third of the time.
    """
    if not (group.rows == 1 < problem.n_samples and group.n_updates >= _WORTH):
        return 0
    rule = rule_of(group.runs)
    if not (rule.linear and isinstance(rule.lr, float)):
        return 0
    Q = problem.n_params
    stateful = rule.init(np.zeros(Q)) is not None
    numbers = group.n_orders * len(group.runs) * Q * width(Q, stateful)
    affine = numbers <= _COMPOSED and problem.linear_rows(np.zeros((1, 1), dtype=np.intp))
    return numbers if affine else 0


def _compose(
    problem: Problem, group: Group, rule: Optimizer, at: _At, row_orders: Iterator[Indices]
) -> Generator[Stretch, None, tuple[_At, Iterator[Indices]]]:
    """Make whole epochs of updates at once, as long as that keeps its digits.

    Returns where it had to stop, and the orders of the rows from there on.
    """
    S, Q, C = at.theta.shape
    size = group.per_epoch * S * C * Q * width(Q, at.state is not None)
    together = max(1, MAPS // size)
    while at.made < group.n_updates:
        order = list(
            islice(row_orders, min(together, (group.n_updates - at.made) // group.per_epoch))
        )
        rows = problem.linear_rows(np.concatenate(order, axis=1))
        assert rows is not None
        last = at.made + rows.x.shape[1]
        rates = _rates(group.runs, group.n_updates, at.made, last)
        ahead = scan(rows, rule, np.array(rates).reshape(len(rates), -1), at.theta, at.state)
        if ahead is None:
            return at, chain(order, row_orders)
        states, state = ahead
        yield states, losses_of(rows, np.concatenate([at.theta[None], states[:-1]]))
        at = _At(last, states[-1], state)
    return at, row_orders


def rule_of(runs: Sequence[Run]) -> Optimizer:
    """Return the runs' rule; numbers become arrays only where runs differ in more than the rate."""
    rules = [run.optimizer for run in runs]
    others = [name for name in knobs(rules[0]) if name != "lr"]
    alike = len({tuple(getattr(rule, name) for name in others) for rule in rules}) == 1
    return rules[0] if alike else stack(rules)


def _rates(
    runs: Sequence[Run], total: int, first: int, last: int
) -> Sequence[float] | Sequence[Array]:
    """Return each update's learning rate, a number where all runs share it, else (C,)."""
    kinds = list(dict.fromkeys(run.schedule for run in runs))
    factors = np.stack([kind.factors(total, first, last) for kind in kinds], axis=1)
    if len({(run.optimizer.lr, run.schedule) for run in runs}) == 1:
        alike: list[float] = (runs[0].optimizer.lr * factors[:, 0]).tolist()
        return alike
    columns = [kinds.index(run.schedule) for run in runs]
    return list(np.array([run.optimizer.lr for run in runs]) * factors[:, columns])
