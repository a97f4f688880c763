"""Schedules against noise: a rate that falls lets single rows settle, a constant one does not."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from gdplay.arrays import Array, Indices
from gdplay.engine.training import Progress, Trace, train
from gdplay.experiment import Experiment, Run, one_start
from gdplay.loss.fit import Fit
from gdplay.optimizers import SGD
from gdplay.schedules import SCHEDULES
from gdplay.teaching.defaults import default_rate, default_sizes
from gdplay.theory.gradient_noise import noise_floor
from gdplay.theory.limits import MOST_PARAMS, REPLACEMENT, noisy_limit
from gdplay.theory.measures import over_seeds, reference
from gdplay.words import number, quantity

USUAL = ("constant", "inverse", "cosine")
"""The schedules that are compared by default."""

DRAWN = 400
"""Layout: the rates of so many updates are drawn, at most."""


class Decay(NamedTuple):
    """A run under a schedule: its excess loss at epochs' ends over seeds, and its rates.

    Attributes
    ----------
    place : int
        Which run it is.
    name : str
    constant : bool
        Whether every update has the full rate.
    updates, median, low, high : ndarray of shape (E + 1,)
        The excess is over the minimum; the loss itself where there is none.
    steps, rates : ndarray of shape (T,)
        Updates, counted from 0, and the rate of each; thinned to about 400.
    end : float
        The median over seeds at the end; NaN where most of them diverged.
    hover : float
        The mean over the seeds and the last half of the epochs.
    """

    place: int
    name: str
    constant: bool
    updates: Indices
    median: Array
    low: Array
    high: Array
    steps: Indices
    rates: Array
    end: float
    hover: float


class Schedules(NamedTuple):
    """How runs of few rows ended under several schedules.

    Attributes
    ----------
    decays : tuple of Decay
    rate : float
        The highest rate, the same for all.
    floor : float or None
        The excess at which the constant rate is predicted to hover, where that is known.
    exact : bool
        Whether values are excess losses over a minimum; else they are losses.
    local : bool
        Whether the prediction holds near the minimum alone.
    n_seeds, per_epoch : int
        Orders of the rows, and updates in an epoch.
    """

    decays: tuple[Decay, ...]
    rate: float
    floor: float | None
    exact: bool
    local: bool
    n_seeds: int
    per_epoch: int

    @property
    def constant(self) -> Decay | None:
        """The run at the constant rate, if there is one."""
        return next((decay for decay in self.decays if decay.constant), None)

    @property
    def words(self) -> str:
        """Where the constant rate hovers against its prediction, and where the others end."""
        constant = self.constant
        sentences = [] if constant is None else [self._hovers(constant)]
        sentences += [
            f"**{decay.name}** {_ending(decay.end, None if constant is None else constant.end)}."
            for decay in self.decays
            if not decay.constant
        ]
        return " ".join(sentences)

    def _hovers(self, constant: Decay) -> str:
        near = ", locally" if self.local else ""
        predicted = f"; predicted {number(self.floor)}{near}" if self.floor else ""
        what = "excess loss" if self.exact else "loss"
        return (
            f"At the constant rate {number(self.rate)} the {what} stays at "
            f"{number(constant.hover)} on average over the last half ({REPLACEMENT}{predicted})."
        )

    @property
    def legend(self) -> str:
        """How many orders of the rows there were, and how their picture is to be read."""
        bands = "; lines are medians, bands hold 80 %" if self.n_seeds > 1 else ""
        return (
            f"{quantity(self.n_seeds, 'order')} of the rows, drawn with replacement{bands}. "
            "Schedules count updates, not epochs: here an epoch has "
            f"{quantity(self.per_epoch, 'update')}."
        )


def _ending(end: float, constant: float | None) -> str:
    """Return where a schedule's median ends, and how that stands to the constant rate's."""
    if not np.isfinite(end):
        return "diverged"
    if constant is None or not (end > 0 and constant > 0):
        return f"ends at {number(end)}"
    ratio = constant / end
    than = f"{number(max(ratio, 1 / ratio))} times {'lower' if ratio > 1 else 'higher'}"
    return f"ends at {number(end)}, {than} than the constant rate"


# What to run


def sizes_of(experiment: Experiment) -> list[int]:
    """Return the rows per update to choose from: those of the runs that are fewer than all.

    The usual ones where there are none; empty where the problem has but one row.
    """
    n = experiment.problem.n_samples
    sizes = {run.rows(n) for run in experiment.runs} - {n}
    return sorted(sizes) or sorted(size for size in default_sizes(n) if size and size < n)


def schedule_runs(
    experiment: Experiment, size: int | None = None, keys: Collection[str] = USUAL
) -> Experiment:
    """Return runs that differ in their schedule alone, at a rate that is noisy.

    A sixth of the mean-square limit. The schedules are scaled to the length of the runs.

    Parameters
    ----------
    experiment : Experiment
        Its data, start and seed are taken.
    size : int, optional
        Rows per update; the fewest of `sizes_of` by default, and where it is none of these.
    keys : keys of SCHEDULES

    Raises
    ------
    ValueError
        Where the problem has no rows to draw from.
    """
    problem, sizes = experiment.problem, sizes_of(experiment)
    if not sizes or not isinstance(problem, Fit):
        raise ValueError("schedules settle the noise of single rows; this problem has no rows")
    size = size if size in sizes else sizes[0]
    run = Run(SGD(lr=_noisy_rate(problem, size)), size, sampling="with replacement")
    per_epoch = run.updates_per_epoch(problem.n_samples)
    epochs = int(np.clip(4000 // per_epoch, 10, 100))
    runs = tuple(
        replace(run, schedule=schedule.within(epochs * per_epoch))
        for key, schedule in SCHEDULES.items()
        if key in keys
    )
    n_seeds = 11 if problem.n_params <= MOST_PARAMS else 1
    return Experiment(problem, runs, one_start(experiment), epochs, experiment.seed, n_seeds)


def _noisy_rate(fit: Fit, size: int) -> float:
    limit = noisy_limit(fit, size)
    return default_rate(fit) if limit is None else float(f"{limit / 6:.1g}")


# What came out


def read(runs: Experiment, traces: Sequence[Trace]) -> Schedules:
    """Return how the runs of `schedule_runs` ended."""
    origin, problem, run = reference(runs, traces), runs.problem, runs.runs[0]
    base = origin.loss if origin.exact else 0.0
    return Schedules(
        tuple(
            _decay(place, run, trace, base)
            for place, (run, trace) in enumerate(zip(runs.runs, traces, strict=True))
        ),
        run.optimizer.lr,
        _floor(runs),
        origin.exact,
        not problem.quadratic,
        runs.n_seeds,
        run.updates_per_epoch(problem.n_samples),
    )


def _decay(place: int, run: Run, trace: Trace, base: float) -> Decay:
    values = np.where(np.isfinite(trace.loss), trace.loss - base, np.inf)
    low, median, high = over_seeds(values)
    total = int(trace.updates[-1])
    steps = np.unique(np.linspace(0, total - 1, DRAWN).astype(np.intp))
    return Decay(
        place,
        run.schedule.title,
        run.schedule.constant,
        trace.updates,
        median,
        low,
        high,
        steps,
        run.optimizer.lr * run.schedule.factors(total)[steps],
        float(median[-1]),
        float(trace.loss[:, trace.loss.shape[1] // 2 :].mean()) - base,
    )


def _floor(runs: Experiment) -> float | None:
    """Return the excess loss at which a constant rate is predicted to hover."""
    problem, run = runs.problem, runs.runs[0]
    if problem.n_params > MOST_PARAMS:
        return None
    return noise_floor(problem, run.optimizer.lr, run.rows(problem.n_samples))


def schedules(
    experiment: Experiment,
    size: int | None = None,
    keys: Collection[str] = USUAL,
    *,
    progress: Progress | None = None,
) -> Schedules:
    """Run few rows under several schedules, and return where they hover or settle.

    Parameters
    ----------
    experiment, size, keys
        As in `schedule_runs`.
    progress : callable, optional
        As in `train`.

    Raises
    ------
    ValueError
        Where the problem has no rows to draw from.
    """
    runs = schedule_runs(experiment, size, keys)
    return read(runs, train(runs, progress=progress, record_path=False))
