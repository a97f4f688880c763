"""Which rate and which batch size end lowest: rates crossed with batch sizes on one budget."""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from gdplay.arrays import Array
from gdplay.engine.cost import seconds_per_update, work
from gdplay.engine.training import Progress
from gdplay.experiment import Experiment, Run, one_start
from gdplay.optimizers import SGD
from gdplay.studies.budgets import Budget, Cost, batch_sizes, chosen_budget, granted
from gdplay.studies.sweeps import Sweep, Swept, level, limits_of, rates_around, sweep
from gdplay.words import number, quantity

N_RATES = 20
SEEDS = 5

PATIENCE = 4.0
"""Seconds beyond which one order of the rows is taken instead of several."""

DUST = 1e-15
"""Tolerance: a value below this share of the start's cannot be told from none."""

LEVEL = 1e-12
"""Tolerance: a loss that is higher than the start's by less than this share is as high."""


@dataclass(frozen=True, eq=False)
class RateByBatch:
    """How runs of the plain step ended on one budget: R batch sizes, P rates.

    Attributes
    ----------
    budget : Budget
    sizes : tuple of R int
        Rows per batch, ascending; the last is all rows.
    epochs : tuple of R int
        What the budget gave to each batch size.
    rates : tuple of P float
        Ascending.
    limits : tuple of R (float or None)
        Rates from which runs are predicted to fail: mean-square limits, the last 2/L.
    n_seeds : int
        How many orders of the rows each cell stands for.
    values : ndarray of shape (R, P)
        Median over seeds of the excess training loss, or of the loss itself where there is no
        minimum; infinite where most seeds diverged, NaN where a run was stopped.
    lost : ndarray of shape (R, P)
        Share of seeds that diverged or ended above their start, 0 to 1.
    best : tuple of R (int or None)
        The place of each batch size's best rate.
    start : float
        The value at the start.
    dust : float
        A value that rounding cannot tell from none.
    exact : bool
        Whether there is a minimum, and values are excess losses.
    """

    budget: Budget
    sizes: tuple[int, ...]
    epochs: tuple[int, ...]
    rates: tuple[float, ...]
    limits: tuple[float | None, ...]
    n_seeds: int
    values: Array
    lost: Array
    best: tuple[int | None, ...]
    start: float
    dust: float
    exact: bool

    @property
    def winner(self) -> tuple[int, int] | None:
        """The cell with the lowest value, the first of those that rounding can't tell apart."""
        places = [(r, p) for r, p in enumerate(self.best) if p is not None]
        return min(places, key=lambda at: max(self.values[at], self.dust), default=None)

    @property
    def words(self) -> str:
        """Who won, how the best rate grows with the batch, and where runs are lost."""
        return self.words_beside(None)

    def words_beside(self, other: "RateByBatch | None") -> str:
        """Return the words with those on who won on another budget, if any, after the first."""
        parts = [_lowest(self), _lowest(other) if other else "", _growth(self), _losses(self)]
        return "\n\n".join(part for part in parts if part)

    @property
    def spent(self) -> str:
        """What the budget gives to the smallest and the largest batches, in words."""
        n, parts = self.sizes[-1], []
        for size, epochs in ((self.sizes[0], self.epochs[0]), (n, self.epochs[-1])):
            updates = epochs * Run(SGD(), size).updates_per_epoch(n)
            parts.append(f"B = {size}: {quantity(epochs, 'epoch')}, {quantity(updates, 'update')}")
        head = f"{self.budget.words.capitalize()} hold, in whole epochs, {'; '.join(parts)}."
        measured = " Seconds: updates × the time of one, measured here."
        return head + measured * (self.budget.along == "seconds")


def _lowest(reading: RateByBatch) -> str:
    """Return which cell ended lowest."""
    winner = reading.winner
    if winner is None:
        return f"With {reading.budget.words} every run diverged."
    r, p = winner
    end = level(float(reading.values[winner]), reading.exact, reading.dust)
    tied = int((reading.values <= reading.dust).sum())
    others = f", as do {tied - 1} other cells" if tied > 2 else ""
    return (
        f"With **{reading.budget.words}**, **B = {reading.sizes[r]}, "
        f"η = {number(reading.rates[p])}** ends lowest: at {end}{others}."
    )


def _growth(reading: RateByBatch) -> str:
    """Return how the best rate grows with the batch, beside linear and square-root scaling."""
    first, last = reading.best[0], reading.best[-1]
    if first is None or last is None or len(reading.best) < 2:
        return ""
    single, full, n = reading.rates[first], reading.rates[last], reading.sizes[-1]
    return (
        f"From one row to all {quantity(n)}, the best rate goes from {number(single)} to "
        f"{number(full)}: × {number(full / single)}, where the rows grow × {quantity(n)} and "
        f"their root × {number(n**0.5)}."
    )


def _losses(reading: RateByBatch) -> str:
    """Return from which rates on single rows and all rows fail, beside their limits."""
    parts = []
    for line, name in ((0, "single rows"), (len(reading.sizes) - 1, "all rows")):
        lost = np.flatnonzero(reading.lost[line] > 0)
        limit = reading.limits[line]
        which = "2/L" if line else "mean-square limit"
        beside = f" ({which} {number(limit)})" if limit is not None else ""
        rates = (
            f"from η = {number(reading.rates[lost[0]])} on"
            if len(lost)
            else ("at none of these rates")
        )
        parts.append(f"{name} {rates}{beside}")
    return f"Orders diverge, or end above their start, with {' and with '.join(parts)}."


def rate_by_batch_sweep(
    experiment: Experiment,
    budget: Budget,
    *,
    n_seeds: int | None = None,
    cost: Cost = seconds_per_update,
) -> Sweep:
    """Return the sweep of the plain step over batch sizes (lines) and rates, within a budget.

    Parameters
    ----------
    experiment : Experiment
        Its problem, start and seed are taken.
    budget : Budget
    n_seeds : int or None
        Orders of the rows; None is `SEEDS`, or one where so many are too slow.
    cost : callable
        What one update takes, in seconds.

    Raises
    ------
    ValueError
        For a function, which has no rows.
    """
    problem = experiment.problem
    runs = tuple(
        granted(Run(SGD(), batch_size=size), problem, budget, cost) for size in batch_sizes(problem)
    )
    rates, seeds = rates_around(problem, N_RATES), n_seeds or SEEDS
    plan = Sweep(problem, runs, rates, one_start(experiment), seed=experiment.seed, n_seeds=seeds)
    slow = n_seeds is None and work(plan.experiment).seconds > PATIENCE
    return replace(plan, n_seeds=1) if slow else plan


def read(budget: Budget, swept: Swept) -> RateByBatch:
    """Return how the cells of a `rate_by_batch_sweep` ended."""
    plan, lines, origin = swept.sweep, swept.lines(), swept.origin
    base = origin.loss if origin.exact else 0.0
    ends = np.stack([losses[:, :, -1] for losses in swept.losses])
    lost = swept.diverged | (ends > swept.start * (1 + LEVEL))
    return RateByBatch(
        budget,
        tuple(run.rows(plan.problem.n_samples) for run in plan.runs),
        tuple(plan.experiment.epochs_of(run) for run in plan.runs),
        plan.rates,
        tuple(limits_of(plan.problem, plan.runs)),
        plan.n_seeds,
        np.maximum(np.stack([line.median for line in lines]) - base, 0.0),
        lost.mean(axis=2),
        tuple(line.best for line in lines),
        swept.start - base,
        max(origin.dust, DUST * abs(swept.start)),
        origin.exact,
    )


def cell(plan: Sweep, line: int, place: int) -> Experiment:
    """Return a cell's run as an experiment with its number of epochs."""
    alone = plan.alone(line, place)
    run = alone.runs[0]
    return replace(alone, epochs=alone.epochs_of(run), runs=(replace(run, epochs=None),))


def rate_by_batch(
    experiment: Experiment, budget: Budget | None = None, *, progress: Progress | None = None
) -> RateByBatch:
    """Return how every rate with every batch size ends on one budget.

    Parameters
    ----------
    experiment : Experiment
        Its problem, start and seed are taken; its runs don't matter.
    budget : Budget or None
        What every run may use; None is as many epochs as are soon done.
    progress : callable or None
        As in `train`.

    Raises
    ------
    ValueError
        For a function, which has no rows.
    """
    if budget is None:
        budget = chosen_budget(experiment.problem, partial(rate_by_batch_sweep, experiment))
    return read(budget, sweep(rate_by_batch_sweep(experiment, budget), progress=progress))
