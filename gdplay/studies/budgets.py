"""Budgets: what every run may use, how much of it is usual, and the batch sizes that share it."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from gdplay.engine.cost import seconds_per_update, work
from gdplay.experiment import Run
from gdplay.loss.fit import Fit
from gdplay.loss.problem import Problem
from gdplay.optimizers import SGD
from gdplay.studies.sweeps import Sweep, within
from gdplay.theory.measures import AXES
from gdplay.words import duration, quantity

PASSES = (1, 2, 5, 10, 20, 50, 100)
"""How many epochs of single rows a budget may hold, where there is a choice."""

USUAL = {"epochs": 20, "updates": 1, "examples": 20, "seconds": 1}
"""Passes of the usual budget at most, by what it counts."""

QUICK = 4.0
"""The usual budget is the largest whose runs take no more than this many seconds, or the least."""

Cost = Callable[[Problem, Run], float]
"""What one update takes, in seconds."""


class Budget(NamedTuple):
    """How much every run may use: `amount` of a key of AXES."""

    along: str
    amount: float

    @property
    def words(self) -> str:
        """The budget in words: "20 epochs", "4 000 examples seen", "1.3 ms"."""
        if self.along == "seconds":
            return duration(self.amount)
        if self.along == "examples":
            return f"{quantity(round(self.amount), 'example')} seen"
        return quantity(round(self.amount), self.along.removesuffix("s"))


Plan = Callable[[Budget], Sweep]
"""What is to be run on a budget."""


def sizes_up_to(n_samples: int) -> tuple[int, ...]:
    """Return the powers of two up to two thirds of `n_samples`, and `n_samples` itself."""
    powers = [2**k for k in range(n_samples.bit_length()) if 3 * 2**k <= 2 * n_samples]
    return (*powers, n_samples) if n_samples > 1 else (1,)


def batch_sizes(problem: Problem) -> tuple[int, ...]:
    """Return the batch sizes to compare on a problem, ascending: see `sizes_up_to`.

    Raises
    ------
    ValueError
        For a function, which has no rows.
    """
    if not isinstance(problem, Fit):
        raise ValueError(
            f"Experiment.problem must be a Fit, whose rows make batches; got {problem!r}"
        )
    return sizes_up_to(problem.n_samples)


def granted(run: Run, problem: Problem, budget: Budget, cost: Cost = seconds_per_update) -> Run:
    """Return `run` with as many whole epochs as the budget holds, one at least."""
    seconds = cost(problem, run) if budget.along == "seconds" else 0.0
    return within(run, problem, budget.along, budget.amount, seconds)


def budget_of(problem: Problem, along: str, passes: int, cost: Cost = seconds_per_update) -> Budget:
    """Return what `passes` epochs of single rows use, so that every batch size has one epoch.

    Along updates and seconds that is the most that an epoch can ask for; along epochs and
    examples it is the same for all.
    """
    single = Run(SGD(), batch_size=1)
    seconds = cost(problem, single) if along == "seconds" else 0.0
    n = problem.n_samples
    return Budget(along, float(AXES[along].at(single, n, seconds, np.array([passes * n]))[0]))


def usual_passes(problem: Problem, along: str, plan: Plan, cost: Cost = seconds_per_update) -> int:
    """Return the most passes, up to the usual ones, whose plan is soon done; one at least."""
    for passes in sorted((p for p in PASSES if p <= USUAL[along]), reverse=True):
        budget = budget_of(problem, along, passes, cost)
        if passes == 1 or work(plan(budget).experiment).seconds <= QUICK:
            return passes
    return 1


def chosen_budget(
    problem: Problem,
    plan: Plan,
    along: str = "epochs",
    passes: int | None = None,
    cost: Cost = seconds_per_update,
) -> Budget:
    """Return what so many epochs of single rows use; as many as usual where `passes` is None."""
    return budget_of(problem, along, passes or usual_passes(problem, along, plan, cost), cost)


def budget_beside(problem: Problem, along: str, cost: Cost = seconds_per_update) -> Budget:
    """Return the usual budget that tells most beside one that counts `along`."""
    other = "updates" if along in ("epochs", "examples") else "epochs"
    return budget_of(problem, other, USUAL[other], cost)
