"""Rates crossed with batch sizes on one budget: the sweep, how its cells ended, and who won."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from gdplay.arrays import Array
from gdplay.experiment import Run
from gdplay.loss.problem import Problem
from gdplay.optimizers import SGD
from gdplay.studies.sweeps import Sweep, Swept, rates_around, within
from gdplay.theory.measures import AXES

Cost = Callable[[Problem, Run], float]
"""What one update takes, in seconds."""

N_RATES = 20
SEEDS = 5


class Budget(NamedTuple):
    """How much every run may use: `amount` of a key of AXES."""

    along: str
    amount: float


def sizes_up_to(n_samples: int) -> tuple[int, ...]:
    """Return the powers of two up to two thirds of `n_samples`, and `n_samples` itself."""
    powers = [2**k for k in range(n_samples.bit_length()) if 3 * 2**k <= 2 * n_samples]
    return (*powers, n_samples) if n_samples > 1 else (1,)


def granted(run: Run, problem: Problem, budget: Budget, cost: Cost) -> Run:
    """Return `run` with as many whole epochs as the budget holds, one at least."""
    seconds = cost(problem, run) if budget.along == "seconds" else 0.0
    return within(run, problem, budget.along, budget.amount, seconds)


def budget_of(problem: Problem, along: str, passes: int, cost: Cost) -> Budget:
    """Return what `passes` epochs of single rows use, so that every batch size has one epoch.

    Along updates and seconds that is the most that an epoch can ask for; along epochs and
    examples it is the same for all.
    """
    single = Run(SGD(), batch_size=1)
    seconds = cost(problem, single) if along == "seconds" else 0.0
    n = problem.n_samples
    return Budget(along, float(AXES[along].at(single, n, seconds, np.array([passes * n]))[0]))


def grid(
    problem: Problem,
    budget: Budget,
    cost: Cost,
    start: tuple[float, ...] | None = None,
    seed: int = 0,
    n_seeds: int = SEEDS,
) -> Sweep:
    """Return the sweep of the plain step over batch sizes (lines) and rates, within a budget."""
    sizes = sizes_up_to(problem.n_samples)
    runs = tuple(granted(Run(SGD(), batch_size=size), problem, budget, cost) for size in sizes)
    return Sweep(problem, runs, rates_around(problem, N_RATES), start, 1, seed, n_seeds)


@dataclass(frozen=True, eq=False)
class Cells:
    """How the cells of a swept grid ended: R lines, P rates.

    Attributes
    ----------
    values : ndarray of shape (R, P)
        Median over seeds of the excess training loss, or of the loss itself where there is no
        minimum; infinite where most seeds diverged, NaN where a run was stopped.
    lost : ndarray of shape (R, P)
        Share of seeds that diverged or ended above their start, 0 to 1.
    best : tuple of R (int or None)
        The place of each line's best rate.
    start : float
        The value at the start.
    dust : float
        A value that rounding cannot tell from none.
    exact : bool
        Whether there is a minimum, and values are excess losses.
    """

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


def cells(swept: Swept) -> Cells:
    """Return how a grid ended."""
    lines, origin = swept.lines(), swept.origin
    base = origin.loss if origin.exact else 0.0
    ends = np.stack([losses[:, :, -1] for losses in swept.losses])
    lost = swept.diverged | (ends > swept.start * (1 + 1e-12))
    return Cells(
        np.maximum(np.stack([line.median for line in lines]) - base, 0.0),
        lost.mean(axis=2),
        tuple(line.best for line in lines),
        swept.start - base,
        max(origin.dust, 1e-15 * abs(swept.start)),
        origin.exact,
    )
