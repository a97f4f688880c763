"""What updates of many rows cost, measured on this machine, and what the time buys."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from gdplay.engine.cost import seconds_per_update
from gdplay.engine.training import Progress, Status, Trace, train
from gdplay.experiment import Experiment, Run
from gdplay.loss.problem import Problem
from gdplay.optimizers import SGD
from gdplay.studies.budgets import Budget, granted, sizes_up_to
from gdplay.studies.hovering import usual_rate
from gdplay.teaching.defaults import default_sizes
from gdplay.theory.measures import reference
from gdplay.words import duration, number, quantity

LAPS = 3
"""Epochs that single rows make in the time that every run of the race has."""

MIDDLE = 32
"""Rows of the mini-batch that is compared with single rows, or fewer."""


class Times(NamedTuple):
    """What one update takes, by the rows in it: sizes ascend from one row to all of them."""

    sizes: tuple[int, ...]
    seconds: tuple[float, ...]
    n_samples: int

    @property
    def epochs(self) -> tuple[float, ...]:
        """The seconds of a whole epoch, by the batch size."""
        pairs = zip(self.sizes, self.seconds, strict=True)
        return tuple(seconds * -(-self.n_samples // size) for size, seconds in pairs)

    @property
    def words(self) -> str:
        """What more rows per update cost and save."""
        n, single = self.n_samples, self.seconds[0]
        middle = max((size for size in self.sizes if size <= MIDDLE and size < n), default=1)
        at = self.sizes.index(middle)
        slower, dearest = number(self.seconds[at] / single), number(self.seconds[-1] / single)
        saved = number(100 * self.epochs[at] / self.epochs[0])
        return (
            f"An update with {quantity(middle, 'row')} takes {slower} times as long as one "
            f"with a single row, one with all {n} rows {dearest} times. So an epoch of batches "
            f"of {middle} takes {saved} % of the time of one of single rows."
        )


class Finish(NamedTuple):
    """Where a run of the race is when its time is over.

    Attributes
    ----------
    batch_size, updates : int
    value : float
        Excess training loss, or the loss itself where there is no minimum.
    diverged, arrived : bool
        Whether the run diverged; whether rounding cannot tell it from the minimum.
    """

    batch_size: int
    updates: int
    value: float
    diverged: bool
    arrived: bool

    def __str__(self) -> str:
        if self.diverged:
            return f"B = {self.batch_size} diverged"
        level = "the minimum (to rounding)" if self.arrived else number(self.value)
        return f"B = {self.batch_size} makes {quantity(self.updates, 'update')} and ends at {level}"


class Race(NamedTuple):
    """Where runs of one rate and several batch sizes got in the same seconds.

    `exact`: whether there is a minimum, so that values are excess losses.
    """

    seconds: float
    rate: float
    exact: bool
    ends: tuple[Finish, ...]

    @property
    def words(self) -> str:
        """Which batch size got how low in the time."""
        what = "excess loss" if self.exact else "loss"
        head = f"In {duration(self.seconds)} at η = {number(self.rate)}, by {what}: "
        return f"{head}{'; '.join(map(str, self.ends))}."


class UpdateCosts(NamedTuple):
    """What updates take, and what runs achieve in the same time."""

    times: Times
    race: Race

    @property
    def words(self) -> str:
        """What more rows cost and save, and which batch size got lowest in the same time."""
        return f"{self.times.words}\n\n{self.race.words}"


def times(problem: Problem) -> Times:
    """Return what updates of all batch sizes take on this machine, each measured once."""
    sizes = sizes_up_to(problem.n_samples)
    seconds = (seconds_per_update(problem, Run(SGD(), batch_size=size)) for size in sizes)
    return Times(sizes, tuple(seconds), problem.n_samples)


def race_seconds(experiment: Experiment) -> float:
    """Return the seconds that every run of the race has: a few epochs of single rows."""
    problem = experiment.problem
    return LAPS * problem.n_samples * seconds_per_update(problem, _single(problem))


def _single(problem: Problem) -> Run:
    return Run(SGD(lr=usual_rate(problem)), batch_size=1)


def update_costs_runs(experiment: Experiment) -> Experiment:
    """Return runs of all rows, some and one, at one rate, each with the same seconds."""
    problem = experiment.problem
    n, budget = problem.n_samples, Budget("seconds", race_seconds(experiment))
    sizes = (None, default_sizes(n)[1], 1)
    runs = (
        granted(replace(_single(problem), batch_size=size), problem, budget, seconds_per_update)
        for size in sizes
    )
    return replace(experiment, runs=tuple(runs), n_seeds=1, tol=0.0)


def read(plan: Experiment, traces: Sequence[Trace]) -> UpdateCosts:
    """Return what updates take, and where the runs of `update_costs_runs` ended."""
    n, origin = plan.problem.n_samples, reference(plan, traces)
    base, dust = (origin.loss, origin.dust) if origin.exact else (0.0, float("-inf"))
    ends = []
    for run, trace in zip(plan.runs, traces, strict=True):
        value = float(trace.loss[0, -1]) - base
        diverged = trace.status[0] is Status.DIVERGED
        ends.append(Finish(run.rows(n), int(trace.updates[-1]), value, diverged, value <= dust))
    rate = _single(plan.problem).optimizer.lr
    race = Race(race_seconds(plan), rate, origin.exact, tuple(ends))
    return UpdateCosts(times(plan.problem), race)


def update_costs(experiment: Experiment, *, progress: Progress | None = None) -> UpdateCosts:
    """Return what updates of few and many rows take here, and where the same time leads.

    Parameters
    ----------
    experiment : Experiment
        Its problem, start and seed are taken.
    progress : callable, optional
        As in `train`.
    """
    plan = update_costs_runs(experiment)
    return read(plan, train(plan, progress=progress, record_path=False))
