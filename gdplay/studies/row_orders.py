"""In which order the rows come, and what of the short last batch: where runs hover under each."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from typing import NamedTuple

import numpy as np

from gdplay.arrays import Array, Indices
from gdplay.engine.cost import work
from gdplay.engine.training import Progress, Trace, train
from gdplay.experiment import Experiment, Run, one_start
from gdplay.loss.problem import Problem
from gdplay.optimizers import SGD
from gdplay.sampling import SAMPLINGS, orders
from gdplay.studies.budgets import batch_sizes, sizes_up_to
from gdplay.theory.curvature import curvature
from gdplay.theory.measures import over_seeds, reference
from gdplay.words import number, quantity, ratio

SEEDS = 20
"""Orders of the rows, where they take no longer than `QUIET`."""

FEWEST = 4
"""Epochs, of which the second half is looked at."""

QUIET = 3.0
"""Orders and epochs are cut down until they are estimated to take no longer, in seconds."""

COMPARED = {
    "sorted by target": "sorted by their target",
    "with replacement": "drawn with replacement",
}
"""What is compared with reshuffled rows, in words."""


class Tail(NamedTuple):
    """Where runs of one sampling ended up, last batch kept or dropped: mean, and its band."""

    sampling: str
    dropped: bool
    mean: float
    low: float
    high: float


class RowOrders(NamedTuple):
    """Where runs hover under every sampling, last batch kept and, where it is short, dropped.

    Attributes
    ----------
    batch_size, n_samples : int
    tails : tuple of Tail
        Loss over the second half of the epochs, mean of the seeds with the 10-90 % band of single
        ones; NaN where a seed diverged or the run was stopped.
    exact : bool
        Whether there is a minimum: runs begin there, and losses are over its own.
    """

    batch_size: int
    n_samples: int
    tails: tuple[Tail, ...]
    exact: bool

    @property
    def words(self) -> str:
        """What sorted rows, replacement and the short last batch do."""
        base = self._mean("reshuffle")
        if not np.isfinite(base):
            return "Reshuffled rows diverge here."
        if base <= 0:
            return "Reshuffled rows leave no noise here."
        verb, what = ("hover", "excess loss") if self.exact else ("end", "loss")
        compared = (_compared(name, self._mean(key), base) for key, name in COMPARED.items())
        head = f"Reshuffled rows {verb} at {what} **{number(base)}**."
        return " ".join([head, *compared, self._last_batch()])

    def _mean(self, sampling: str, dropped: bool = False) -> float:
        return next(
            tail.mean for tail in self.tails if (tail.sampling, tail.dropped) == (sampling, dropped)
        )

    def _last_batch(self) -> str:
        """Return what the short last batch does to reshuffled rows."""
        size, rest = self.batch_size, self.n_samples % self.batch_size
        if not rest:
            return (
                f"Batches of {quantity(size, 'row')} divide {self.n_samples} evenly: none is short."
            )
        short, even = self._mean("reshuffle"), self._mean("reshuffle", True)
        if not np.isfinite(even) or even <= 0:
            return ""
        if short <= even:
            return (
                f"The last batch holds {quantity(rest, 'row')}; without it the level is "
                f"{number(even)}."
            )
        return (
            f"**The last batch holds {quantity(rest, 'row')}** and makes a full-size step; without "
            f"it reshuffled rows are at {number(even)}: {ratio(short, even)} times lower."
        )


def _compared(name: str, mean: float, base: float) -> str:
    """Return how high rows in another order hover, beside reshuffled ones."""
    if not np.isfinite(mean):
        return f"Rows {name} diverge."
    if mean <= 0:
        return f"Rows {name} leave no noise."
    higher = f"{ratio(mean, base)} times as high"
    times = higher if mean >= base else f"{ratio(base, mean)} times lower"
    return f"Rows {name}: {number(mean)}, {times}."


def usual_size(n_samples: int) -> int:
    """Return the most rows, up to a third, that leave a short last batch; one if none do."""
    sizes = (size for size in sizes_up_to(n_samples) if 3 * size <= n_samples and n_samples % size)
    return max(sizes, default=1)


def usual_rate(problem: Problem) -> float:
    """Return 0.15 times 2/L, with two digits."""
    limit = curvature(problem).limit
    return float(f"{0.15 * limit if np.isfinite(limit) else 0.1:.2g}")


def row_orders_runs(
    experiment: Experiment, batch_size: int | None = None, rate: float | None = None
) -> Experiment:
    """Return a run per sampling with its short last batch kept, and dropped where there is one.

    They begin at the minimum where there is one: what remains is noise.

    Parameters
    ----------
    experiment : Experiment
        Its problem and seed are taken; its start where there is no minimum.
    batch_size : int or None
        1 to n_samples; None is `usual_size`.
    rate : float or None
        Learning rate; None is `usual_rate`.

    Raises
    ------
    ValueError
        For a function, which has no rows.
    """
    problem = experiment.problem
    n, minimum = batch_sizes(problem)[-1], problem.minimum()
    size = min(batch_size or usual_size(n), n)
    rule = SGD(lr=rate or usual_rate(problem))
    runs = tuple(
        Run(rule, size, sampling, drop_last=dropped)
        for sampling in SAMPLINGS
        for dropped in ((False, True) if n % size else (False,))
    )
    start = one_start(experiment) if minimum is None else tuple(minimum.tolist())
    updates = len(runs) * -(-n // size) * max(1, problem.n_params // 20)
    epochs = int(np.clip(100_000 // updates, FEWEST, 60))
    plan = replace(experiment, runs=runs, start=start, epochs=epochs, n_seeds=SEEDS, tol=0.0)
    few = max(FEWEST, epochs // 4)
    for n_seeds, length in ((SEEDS, epochs), (5, epochs), (5, few), (3, FEWEST)):
        plan = replace(plan, epochs=length, n_seeds=n_seeds)
        if work(plan).seconds <= QUIET:
            break
    return plan


def read(plan: Experiment, traces: Sequence[Trace]) -> RowOrders:
    """Return where the runs of `row_orders_runs` hover."""
    n, origin = plan.problem.n_samples, reference(plan, traces)
    base = origin.loss if origin.exact else 0.0
    tails = tuple(
        _tail(run, trace.loss, base) for run, trace in zip(plan.runs, traces, strict=True)
    )
    return RowOrders(plan.runs[0].rows(n), n, tails, origin.exact)


def _tail(run: Run, loss: Array, base: float) -> Tail:
    """Return how high over `base` a run with `loss` (n_seeds, epochs + 1) hovers."""
    late = loss[:, loss.shape[1] // 2 :].mean(axis=1) - base
    low, _, high = over_seeds(late)
    return Tail(run.sampling, run.drop_last, float(late.mean()), float(low), float(high))


def two_epochs(problem: Problem, seed: int = 0) -> dict[str, Indices]:
    """Return the first two epochs' rows (2, n) of every sampling, as training takes them."""
    return {
        key: np.concatenate(list(islice(orders(key, problem.targets, seed, 1), 2)))
        for key in SAMPLINGS
    }


def row_orders(
    experiment: Experiment,
    batch_size: int | None = None,
    rate: float | None = None,
    *,
    progress: Progress | None = None,
) -> RowOrders:
    """Return where runs hover whose rows come in different orders.

    Parameters
    ----------
    experiment, batch_size, rate : as in `row_orders_runs`
    progress : callable or None
        As in `train`.

    Raises
    ------
    ValueError
        For a function, which has no rows.
    """
    plan = row_orders_runs(experiment, batch_size, rate)
    return read(plan, train(plan, progress=progress, record_path=False))
