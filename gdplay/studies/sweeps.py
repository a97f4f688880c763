"""Sweeps: runs at every rate of a list, trained together, and how each of them ended."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from gdplay.arrays import Array, Flags
from gdplay.engine import cost
from gdplay.engine.training import Progress, Status, Trace, kept_epochs, train
from gdplay.experiment import Experiment, Run
from gdplay.knobs import knobs
from gdplay.loss.problem import Problem
from gdplay.optimizers import RATES
from gdplay.theory.curvature import curvature, stability_limit
from gdplay.theory.limits import noisy_limit
from gdplay.theory.measures import AXES, DUST, Reference, over_seeds, reference
from gdplay.words import number

SPARE = 1e-9
"""Tolerance: a budget of exactly so many epochs holds them in spite of rounding."""


@dataclass(frozen=True)
class Sweep:
    """Runs, each of them at every one of the rates.

    Parameters
    ----------
    problem : Problem
    runs : tuple of Run
        The lines of the sweep: anything may set them apart but the rate, which is replaced.
        `Run.epochs` gives a line an own number of epochs.
    rates : tuple of float
        Ascending, each a rate that a rule takes; runs x rates is at most 10 000.
    start, epochs, seed, n_seeds : as in `Experiment`

    Raises
    ------
    ValueError
        As `Experiment`; or if the rates do not ascend.
    """

    problem: Problem
    runs: tuple[Run, ...]
    rates: tuple[float, ...]
    start: tuple[float, ...] | None = None
    epochs: int = 30
    seed: int = 0
    n_seeds: int = 1

    def __post_init__(self) -> None:
        if list(self.rates) != sorted(set(self.rates)):
            raise ValueError(f"Sweep.rates must ascend; got {self.rates}")
        _ = self.experiment

    @property
    def experiment(self) -> Experiment:
        """All of it as one experiment: line after line, rate after rate."""
        runs = tuple(
            self.run(line, place) for line in range(len(self.runs)) for place in range(self.n_rates)
        )
        return Experiment(self.problem, runs, self.start, self.epochs, self.seed, self.n_seeds)

    @property
    def n_rates(self) -> int:
        """How many rates there are."""
        return len(self.rates)

    def run(self, line: int, place: int) -> Run:
        """Return the run of a line at the rate at `place`."""
        run = self.runs[line]
        return replace(run, optimizer=replace(run.optimizer, lr=self.rates[place]))

    def alone(self, line: int, place: int) -> Experiment:
        """Return the experiment with this single run."""
        return replace(self.experiment, runs=(self.run(line, place),))


class Ends(NamedTuple):
    """How a line's runs ended, over the rates (P,): the median and the 10-90 % band over seeds.

    As `over_seeds` gives them; a diverged seed counts as worst, so that values may be infinite. NaN
    where a run was stopped before.

    Attributes
    ----------
    median, low, high : ndarray of shape (P,)
        Training loss over all rows, penalty included.
    diverged : ndarray of shape (P,)
        Share of seeds that have diverged by then, 0 to 1.
    best : int or None
        The place of the rate with the lowest median, the smallest of those that rounding cannot
        tell apart; None where every median is infinite.
    """

    median: Array
    low: Array
    high: Array
    diverged: Array
    best: int | None


@dataclass(frozen=True, eq=False)
class Swept:
    """What came out of a sweep: R lines, P rates, S seeds, E epochs of a line.

    Attributes
    ----------
    sweep : Sweep
    losses : tuple of R ndarrays of shape (P, S, E + 1)
        Training loss at the ends of epochs that traces keep; NaN after divergence or where stopped.
    diverged : ndarray of shape (R, P, S)
        Whether the seed diverged.
    origin : Reference
        The minimum, or the best epoch's end of any run where there is none.
    """

    sweep: Sweep
    losses: tuple[Array, ...]
    diverged: Flags
    origin: Reference

    @property
    def start(self) -> float:
        """The loss at the start."""
        return float(self.losses[0][0, 0, 0])

    def line(self, place: int, epoch: int | None = None) -> Ends:
        """Return how a line stood at an epoch's end, the last by default; later ones mean it."""
        ends = self.losses[place][:, :, self.column(place, epoch)]
        gone = self.diverged[place] & np.isnan(ends)
        values = np.where(gone, np.inf, ends)
        low, median, high = over_seeds(values, axis=1)
        return Ends(median, low, high, gone.mean(axis=1), _best(median))

    def column(self, place: int, epoch: int | None = None) -> int:
        """Return which of a line's losses are those of an epoch's end, or the last kept before."""
        plan = self.sweep.experiment
        kept = kept_epochs(plan.epochs_of(self.sweep.runs[place]))
        last = len(kept) if epoch is None else int(np.searchsorted(kept, epoch, "right"))
        return last - 1

    def lines(self, epoch: int | None = None) -> tuple[Ends, ...]:
        """Return how all lines stood at an epoch's end."""
        return tuple(self.line(place, epoch) for place in range(len(self.losses)))


def _best(median: Array) -> int | None:
    finite = np.isfinite(median)
    if not finite.any():
        return None
    lowest = median[finite].min()
    return int(np.argmax(finite & (median <= lowest + DUST * abs(lowest))))


def sweep(plan: Sweep, *, progress: Progress | None = None) -> Swept:
    """Train all runs of a sweep together.

    `progress(done, total) -> bool` as in `train`; False stops what is not done.
    """
    experiment = plan.experiment
    traces = train(experiment, progress=progress, record_path=False)
    lines = [traces[first : first + plan.n_rates] for first in range(0, len(traces), plan.n_rates)]
    return Swept(
        plan,
        tuple(_stacked(line) for line in lines),
        np.array([[_diverged(trace) for trace in line] for line in lines]),
        reference(experiment, traces),
    )


def too_much(plan: Sweep, instead: str) -> str:
    """Return why a sweep is too much for a shared server, and what to do `instead`; "" if it fits.

    Of a sweep no paths are kept.
    """
    load = cost.load(plan.experiment, record_path=False)
    return "" if load.fits else f"{load} {instead}".strip()


def _stacked(line: Sequence[Trace]) -> Array:
    losses = np.stack([trace.loss for trace in line])
    losses.setflags(write=False)
    return losses


def _diverged(trace: Trace) -> list[bool]:
    return [status is Status.DIVERGED for status in trace.status]


def rates_around(
    problem: Problem, n: int = 40, low: float = 1e-3, high: float = 2.0
) -> tuple[float, ...]:
    """Return `n` rates spaced evenly on a logarithmic scale around 2/L.

    From `low` to `high` times 2/L (times 1 where nothing bends upwards), rounded to two significant
    digits, or as many as tell them apart; shifted as a whole where a rule takes no such rates.
    """
    limit = curvature(problem).limit
    middle = np.clip(limit if np.isfinite(limit) else 1.0, RATES[0] / low, RATES[1] / high)
    ends = np.array([low, high]) * middle
    exact = np.geomspace(ends[0], ends[1], n)
    rounded = ([float(f"{rate:.{digits}e}") for rate in exact] for digits in range(1, 17))
    return tuple(next((rates for rates in rounded if len(set(rates)) == n), exact.tolist()))


def limits_of(problem: Problem, runs: Sequence[Run]) -> list[float | None]:
    """Return the rate at which each run is predicted to fail, or None where that is not known.

    For full batches the rule's own limit, 2/L and its kin; for fewer rows the mean-square limit,
    which is known for the plain step.
    """
    return [_limit(problem, run) for run in runs]


def _limit(problem: Problem, run: Run) -> float | None:
    rows = run.rows(problem.n_samples)
    if rows == problem.n_samples:
        return stability_limit(run.optimizer, curvature(problem).L)
    return noisy_limit(problem, rows) if run.optimizer.plain else None


def within(run: Run, problem: Problem, along: str, amount: float, seconds: float = np.nan) -> Run:
    """Return `run` with as many whole epochs of its own as a budget holds.

    Parameters
    ----------
    along : key of AXES
        What the budget counts: epochs, updates, examples seen or seconds.
    amount : float
    seconds : float
        What one update takes, needed along "seconds".

    Returns
    -------
    run : Run
        With 1 to 100 000 epochs: one even where the budget holds less.
    """
    n = problem.n_samples
    updates = np.array([run.updates_per_epoch(n)])
    cost = float(AXES[along].at(run, n, seconds, updates)[0])
    most = knobs(run)["epochs"].high
    return replace(run, epochs=int(np.clip(np.floor(amount / cost * (1 + SPARE)), 1, most)))


def level(value: float, exact: bool, dust: float) -> str:
    """Return a final loss in words, over the minimum where there is one (`exact`).

    What is under `dust` cannot be told from none.
    """
    if exact and value <= dust:
        return "the minimum (to rounding)"
    return f"{'excess ' * exact}loss {number(value)}"
