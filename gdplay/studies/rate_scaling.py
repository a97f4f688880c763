"""Twice the rows, twice the rate? What one epoch achieves where rates grow with the batch."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from gdplay.arrays import Array
from gdplay.engine.training import Progress, Status, Trace, train
from gdplay.experiment import Experiment, Run, one_start
from gdplay.loss.problem import Problem
from gdplay.optimizers import SGD, allowed
from gdplay.studies.budgets import batch_sizes
from gdplay.theory.curvature import curvature
from gdplay.theory.measures import over_seeds, reference
from gdplay.words import number

SEEDS = 20

POWERS = {"constant η": 0.0, "η ∝ √B": 0.5, "η ∝ B": 1.0}
"""The rules for the rate: the power of the batch size that it grows with."""

LINEAR = list(POWERS).index("η ∝ B")

SAME = 0.2
"""Losses within this share of that of single rows count as the same."""

N_CURVES = 5
"""More curves on each other could not be told apart."""

LEVEL = 1e-9
"""Tolerance: a rate that is below 2/L by less than this share is at it."""


class Scaled(NamedTuple):
    """Final values (R,) over batch sizes under one rule for the rate, and the rates; inf: lost."""

    name: str
    rates: Array
    values: Array


class RateScaling(NamedTuple):
    """What one epoch achieves at R batch sizes, under each rule for the rate.

    Attributes
    ----------
    sizes : tuple of R int
        Ascending, from 1 to all rows.
    lines : tuple of Scaled
        As in `POWERS`: the median excess training loss after the epoch, or the loss itself where
        there is no minimum.
    limit : float
        2/L.
    start : float
        The value at the start.
    exact : bool
        Whether there is a minimum, and values are excess losses.
    """

    sizes: tuple[int, ...]
    lines: tuple[Scaled, ...]
    limit: float
    start: float
    exact: bool

    @property
    def words(self) -> str:
        """How long linear scaling keeps its promise, where it breaks, and what ends lowest."""
        parts = (self._kept(), self._broken(), self._lowest())
        return " ".join(part for part in parts if part)

    def _kept(self) -> str:
        """Return up to which batch size linear scaling ends where single rows do."""
        values = self.lines[LINEAR].values
        if not (np.isfinite(values[0]) and values[0] > 0):
            return ""
        far = np.flatnonzero(~(np.abs(values / values[0] - 1) <= SAME))
        same = int(far[0]) - 1 if len(far) else len(values) - 1
        if not same:
            return ""
        return (
            f"**In proportion to B** the rates keep the loss after an epoch within "
            f"{100 * SAME:.0f} % of that of single rows up to B = {self.sizes[same]}."
        )

    def _broken(self) -> str:
        """Return from which batch size on linear scaling is beyond the limit."""
        rates = self.lines[LINEAR].rates
        above = np.flatnonzero(rates >= self.limit * (1 - LEVEL))
        if not len(above):
            return ""
        return (
            f"From B = {self.sizes[above[0]]} on they are at 2/L = {number(self.limit)} or beyond "
            f"(η = {number(float(rates[above[0]]))})."
        )

    def _lowest(self) -> str:
        """Return with which batch size each rule ends lowest."""
        best = [
            f"{line.name} at B = {self.sizes[place]} ({number(float(line.values[place]))})"
            for line in self.lines
            if np.isfinite(line.values[place := int(np.argmin(line.values))])
        ]
        return f"Lowest after one epoch: {', '.join(best)}." if best else "Every run diverged."


def usual_rate(problem: Problem) -> float:
    """Return 2/L over 160: in proportion to the rows it reaches the limit at 160 rows."""
    limit = curvature(problem).limit
    return float(f"{limit / 160 if np.isfinite(limit) else 0.01:.2g}")


def rate_scaling_runs(experiment: Experiment, rate: float | None = None) -> Experiment:
    """Return runs of one epoch, each rule for the rate at all batch sizes.

    Parameters
    ----------
    experiment : Experiment
        Its problem, start and seed are taken.
    rate : float or None
        Learning rate of single rows, from which the others follow; None is `usual_rate`.

    Raises
    ------
    ValueError
        For a function, which has no rows.
    """
    sizes, single = batch_sizes(experiment.problem), rate or usual_rate(experiment.problem)
    runs = tuple(
        Run(SGD(lr=allowed(single * size**power)), batch_size=size)
        for power in POWERS.values()
        for size in sizes
    )
    start = one_start(experiment)
    return replace(experiment, runs=runs, start=start, epochs=1, n_seeds=SEEDS, tol=0.0)


def read(plan: Experiment, traces: Sequence[Trace]) -> RateScaling:
    """Return the median losses after the epoch of `rate_scaling_runs`; infinite where lost."""
    problem, origin = plan.problem, reference(plan, traces)
    base = origin.loss if origin.exact else 0.0
    ends = np.stack([trace.loss[:, -1] for trace in traces], axis=1)
    medians = over_seeds(np.where(np.isfinite(ends), ends, np.inf)).median
    values = np.maximum(medians - base, 0).reshape(len(POWERS), -1)
    rates = np.array([run.optimizer.lr for run in plan.runs]).reshape(len(POWERS), -1)
    return RateScaling(
        tuple(run.rows(problem.n_samples) for run in plan.runs[: values.shape[1]]),
        tuple(map(Scaled, POWERS, rates, values)),
        curvature(problem).limit,
        float(traces[0].loss[0, 0]) - base,
        origin.exact,
    )


def linear_runs(plan: Experiment, traces: Sequence[Trace]) -> Experiment | None:
    """Return a few of the runs whose rates grow in proportion, for one order of the rows.

    At most `N_CURVES`, spread over the batch sizes, of those that did not diverge; None where all
    of them did.
    """
    n_sizes = len(plan.runs) // len(POWERS)
    linear = range(LINEAR * n_sizes, (LINEAR + 1) * n_sizes)
    calm = [place for place in linear if traces[place].status[0] is not Status.DIVERGED]
    spread = np.linspace(0, len(calm) - 1, min(len(calm), N_CURVES)).round().astype(int)
    runs = tuple(plan.runs[calm[place]] for place in np.unique(spread))
    return replace(plan, runs=runs, n_seeds=1) if runs else None


def rate_scaling(
    experiment: Experiment, rate: float | None = None, *, progress: Progress | None = None
) -> RateScaling:
    """Return what one epoch achieves at all batch sizes where rates grow with them, or don't.

    Parameters
    ----------
    experiment, rate : as in `rate_scaling_runs`
    progress : callable or None
        As in `train`.

    Raises
    ------
    ValueError
        For a function, which has no rows.
    """
    plan = rate_scaling_runs(experiment, rate)
    return read(plan, train(plan, progress=progress, record_path=False))
