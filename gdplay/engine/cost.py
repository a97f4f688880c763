"""What training costs: estimated before it runs, allowed by a shared server, measured here.

Estimates are made without training. Seconds on an axis are measured here once per kind of update.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np

from gdplay.engine.lockstep import MAPS, Group, composed_width, plan, rule_of
from gdplay.engine.pace import seconds_per_end, seconds_per_row
from gdplay.engine.training import MAX_EPOCHS, MAX_PATH, leg_of
from gdplay.experiment import Experiment, Run, labels
from gdplay.knobs import knobs
from gdplay.loss.fit import Fit
from gdplay.loss.problem import Problem
from gdplay.loss.sights import looker
from gdplay.memory import remembered
from gdplay.optimizers.rule import HESSIAN, LOSS, MATRIX
from gdplay.words import joined, quantity


@dataclass(frozen=True)
class Work:
    """What an experiment costs, before it is run.

    Attributes
    ----------
    updates : int
        Updates of all runs, seeds in lock-step counted once.
    cost : int
        Updates x seeds x parameters, summed over the runs.
    seconds : float
        About how long training takes on a small server, nearly always within a factor of two.
    doubles : int
        How many numbers the traces hold, about.
    beside : int
        How many more are held at once while it runs, at most about.
    """

    updates: int
    cost: int
    seconds: float
    doubles: int
    beside: int


PACE = 1.7
"""Speed: estimates are multiplied by this: so much of them did a hundred trainings take."""

_GROUP, _COMPOSED = 1e-3, 1.8e-8
_RULE, _ARRAY, _ORDER, _PARAM = 5e-6, 2e-6, 1e-7, 8e-9
"""Speed: about the seconds that a group takes to begin, and each number of a composed update; a
rule's own calls, each array that it remembers, a row in its order, and a run's parameter."""


@remembered(256)
def work(experiment: Experiment, record_path: bool = True) -> Work:
    """Estimate what training `experiment` costs, without training."""
    updates, cost, seconds, doubles, n_params = 0, 0, 0.0, 0, experiment.problem.n_params
    beside = 0
    for group in plan(experiment):
        columns = group.n_orders * len(group.runs)
        updates += group.n_updates
        cost += group.n_updates * columns * n_params
        seconds += _GROUP + group.n_updates * _seconds_per_update(experiment.problem, group)
        seconds += (group.epochs + 1) * seconds_per_end(experiment, group)
        ends = (
            (min(group.epochs, MAX_EPOCHS) + 1)
            * max(experiment.n_seeds, group.n_orders)
            * (n_params + 2)
        )
        path = min(group.n_updates, MAX_PATH) * (n_params + 2) if record_path else 0
        doubles += len(group.runs) * (ends + path)
        beside = max(beside, _beside(experiment, group))
    return Work(updates, cost, PACE * seconds, doubles, beside)


_ALWAYS = 700_000
"""Speed: about so many doubles take the buffers of the loop, rows, states and outputs."""


def _beside(experiment: Experiment, group: Group) -> int:
    """Return about how many doubles training a group holds beside its traces.

    The ends of a leg, once more run by run, with their gradients where there is a tolerance; orders
    of the rows, a batch of them, and once more while they are cut; what composing takes.
    """
    problem, orders = experiment.problem, group.n_orders
    ends = (leg_of(experiment, group) + 1) * orders * len(group.runs) * problem.n_params
    beside = _ALWAYS + (4 if experiment.tol else 2) * ends
    if group.rows < problem.n_samples:
        row = problem.gather(np.zeros((1, 1), dtype=np.intp)).size
        beside += 2 * orders * (problem.n_samples + group.rows * row)
    return beside + 2 * min(MAPS, group.n_updates * composed_width(problem, group))


def _seconds_per_update(problem: Problem, group: Group) -> float:
    """Return about what an update of a group takes: calls, rows' order, outputs, parameters."""
    numbers = composed_width(problem, group)
    if numbers:
        return _COMPOSED * numbers
    columns, n_params = group.n_orders * len(group.runs), problem.n_params
    whole = group.rows == problem.n_samples
    rows = min(group.rows, problem.cost) if whole else group.rows
    rule = rule_of(group.runs)
    state = rule.init(np.zeros((1, 1, 1)))
    arrays = len(state) if isinstance(state, tuple) else int(state is not None)
    seconds = problem.seconds[0] + _RULE * (not rule.plain) + _ARRAY * arrays
    seconds += columns * (rows * seconds_per_row(problem) + _PARAM * n_params)
    if not whole:
        seconds += _ORDER * group.n_orders * group.rows
    return seconds + _seconds_of_looks(problem, group) if rule.needs else seconds


_LOSSES = 4
_LOOK, _LEFT_OUT = 2.5e-5, 3e-9
_LOSS, _GATHERED, _OF_ALL = 3.5e-5, 1.5e-5, 0.4
_ROOT, _ROOTS, _ROOT_ENTRY = 1.5e-4, 5e-6, 1.2e-7
_INVERSE, _INVERSES, _INVERSE_ENTRY = 2e-4, 2.4e-6, 7e-8
_BENDS, _BEND = 4, 0.35
"""Speed: about the losses an update takes whose rule searches along its line; the seconds to look
around, and where no row is left out; for losses, for each of gathered rows, and the share that all
rows take; for roots of matrices, each, and each entry; for inverses, likewise; the calls for second
derivatives, and the share of a row's time that each parameter takes in them."""


def _seconds_of_looks(problem: Problem, group: Group) -> float:
    """Return about what an update takes whose rule asks for more than a gradient, beside that.

    Losses around, a root of a matrix or the inverse of another, second derivatives.
    """
    rule, (call, row) = group.runs[0].optimizer, problem.seconds
    columns, n_params = group.n_orders * len(group.runs), problem.n_params
    rows, whole = group.rows, group.rows == problem.n_samples
    seconds = _LOOK + _LEFT_OUT * whole * columns * rows * n_params
    if LOSS in rule.needs:
        of_rows = columns * rows * row
        each = call + (_OF_ALL * of_rows if whole else _GATHERED + of_rows)
        seconds += _LOSS + (_LOSSES if rule.searches else 1) * each
    if MATRIX in rule.needs:
        seconds += _ROOT + columns * (_ROOTS + _ROOT_ENTRY * n_params**2)
    if HESSIAN in rule.needs:
        points = 1 if whole and problem.quadratic else columns
        seconds += _INVERSE + columns * (_INVERSES + _INVERSE_ENTRY * n_params**2)
        seconds += points * (_BENDS * call + _BEND * n_params * rows * row)
    return seconds


# What a shared server gives


_RUNS_TRIED = 6
"""With more runs it is not tried which of them is too much."""

MAX_COST = 1_000_000_000
"""The hard budget: updates x seeds x parameters, summed over the runs."""

MAX_SECONDS = 40.0
"""Training estimated to take longer is refused, whatever it is made of."""

MAX_DOUBLES = 10_000_000
"""More numbers held at once than this are refused: 80 MB."""


class Load(NamedTuple):
    """What an experiment asks of the server; `doubles` are held at once."""

    cost: int
    seconds: float
    doubles: int

    @property
    def fits(self) -> bool:
        """Whether the server gives that much."""
        return self.cost <= MAX_COST and self.seconds <= MAX_SECONDS and self.doubles <= MAX_DOUBLES

    def __str__(self) -> str:
        if self.cost > MAX_COST:
            amount = f"{self.cost / 1e6:,.0f} million updates × runs × seeds × parameters"
            most = f"{MAX_COST / 1e6:,.0f} million"
        elif self.seconds > MAX_SECONDS:
            amount, most = f"about {self.seconds:,.0f} s of training", f"{MAX_SECONDS:.0f} s"
        else:
            amount = f"{self.doubles * 8 / 1e6:,.0f} MB of memory"
            most = f"{MAX_DOUBLES * 8 / 1e6:.0f} MB"
        text = f"That is {amount}; this shared server gives one experiment {most}."
        return text.replace(",", "\u202f")


def load(experiment: Experiment, record_path: bool = True) -> Load:
    """Return what `experiment` asks for, without training."""
    about = work(experiment, record_path)
    return Load(about.cost, about.seconds, about.doubles + about.beside)


class Way(NamedTuple):
    """One change after which an experiment fits: told in a sentence, in short, and made."""

    words: str
    label: str
    experiment: Experiment


def refusal(experiment: Experiment) -> str | None:
    """Return why an experiment is too much for a shared server, and what to lower; or None."""
    size = load(experiment)
    if size.fits:
        return None
    told = [way.words for way in ways(experiment)]
    if not told:
        return f"{size} No single change is enough: lower several, such as epochs and rows."
    return f"{size} It would fit {joined(told, 'or')}."


def ways(experiment: Experiment) -> list[Way]:
    """Return the single changes after which what is too much would fit, each tried."""
    return list(_ways(experiment))


def _ways(experiment: Experiment) -> Iterator[Way]:
    epochs = _most(experiment.epochs, lambda n: replace(experiment, epochs=n))
    if epochs:
        yield _fewer(epochs, "epoch", replace(experiment, epochs=epochs))
    rows = _most_rows(experiment)
    if rows:
        yield _fewer(rows, "row", _with_rows(experiment, rows))
    seeds = _most(experiment.n_seeds, lambda n: replace(experiment, n_seeds=n))
    if seeds:
        yield _fewer(seeds, "seed", replace(experiment, n_seeds=seeds))
    size = _least_size(experiment)
    if size:
        told = f"at least {size} rows per update"
        yield Way(f"with {told} in every run", told.capitalize(), _with_size(experiment, size))
    name = _odd_run(experiment)
    if name:
        place = labels(experiment).index(name)
        yield Way(f"without the run “{name}”", f"Without “{name}”", _without(experiment, place))


def _fewer(value: int, thing: str, changed: Experiment) -> Way:
    return Way(f"with {_at_most(value, thing)}", quantity(value, thing), changed)


def _at_most(value: int, thing: str) -> str:
    return quantity(value, thing) + " or fewer" * (value > 1)


def _most(now: int, changed: Callable[[int], Experiment]) -> int:
    """Return the most below `now` that fits, two digits kept; 0 where not even one does."""
    low, high = 0, now
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if load(changed(middle)).fits else (low, middle)
    digits = max(0, len(str(low)) - 2)
    return int(low - low % 10**digits)


def _most_rows(experiment: Experiment) -> int:
    """Return the most rows that fit, of those that the slider offers; 0 where none do."""
    fit = experiment.problem
    if not isinstance(fit, Fit) or "n_samples" not in knobs(fit.dataset):
        return 0
    now: Any = fit.dataset
    for rows in (5000, 2000, 1000, 500, 200, 100, 50, 20, 10):
        if rows < now.n_samples and load(_with_rows(experiment, rows)).fits:
            return rows
    return 0


def _with_rows(experiment: Experiment, rows: int) -> Experiment:
    fit: Any = experiment.problem
    return replace(experiment, problem=replace(fit, dataset=replace(fit.dataset, n_samples=rows)))


def _least_size(experiment: Experiment) -> int:
    """Return the fewest rows per update, a power of two, that fit in every run; 0 where none do."""
    n = experiment.problem.n_samples
    sizes = (2**power for power in range(1, 14) if 2**power < n)
    return next((size for size in sizes if load(_with_size(experiment, size)).fits), 0)


def _with_size(experiment: Experiment, size: int) -> Experiment:
    n = experiment.problem.n_samples

    def larger(run: Run) -> Run:
        return replace(run, batch_size=size) if run.rows(n) < size else run

    return replace(experiment, runs=tuple(map(larger, experiment.runs)))


def _odd_run(experiment: Experiment) -> str:
    """Return the name of a run without which the others fit; empty where there is none."""
    if not 1 < len(experiment.runs) <= _RUNS_TRIED:
        return ""
    for place, name in enumerate(labels(experiment)):
        if load(_without(experiment, place)).fits:
            return name
    return ""


def _without(experiment: Experiment, place: int) -> Experiment:
    runs = experiment.runs
    return replace(experiment, runs=runs[:place] + runs[place + 1 :])


# Seconds, measured here


_measured: dict[tuple[object, ...], float] = {}


def seconds_per_update(problem: Problem, run: Run) -> float:
    """Return the seconds that one update of a plain one-run loop takes, measured here.

    The best of five rounds of at least 2 ms each, of gathering the rows, the gradient and the
    rule's step. Measured once per kind of problem, shape, batch size and rule; lock-step timings
    would make every run look equal.
    """
    kind = problem.model if isinstance(problem, Fit) else problem
    shape = (problem.n_samples, problem.n_params, run.rows(problem.n_samples))
    key = (kind, shape, run.optimizer.key)
    if key not in _measured:
        _measured[key] = min(_round(problem, run) for _ in range(5))
    return _measured[key]


def _round(problem: Problem, run: Run, at_least: float = 2e-3) -> float:
    n, rows = problem.n_samples, run.rows(problem.n_samples)
    picks = np.random.default_rng(0).integers(0, n, size=(1, rows))
    # A full batch is all rows as they stand, not the shortcut that training takes.
    everything = problem.gather(np.arange(n)[None])
    theta = np.zeros((1, problem.n_params, 1))
    rule, look = run.optimizer, looker(problem, run.optimizer.needs)
    state = rule.init(theta)
    count, seconds, begin = 0, 0.0, perf_counter()
    while seconds < at_least:
        block = everything if rows == n else problem.gather(picks)
        grad = problem.value_and_grad(theta, block)[1]
        _, state = rule.moved(grad, state, theta, 1e-3, partial(look, theta, block))
        count, seconds = count + 1, perf_counter() - begin
    return seconds / count
