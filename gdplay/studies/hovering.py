"""Hovering: single rows at a constant rate stay above the minimum, at a falling one they settle."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from gdplay.arrays import Array
from gdplay.engine.training import Progress, Trace, train
from gdplay.experiment import Experiment, Run
from gdplay.loss.fit import Fit
from gdplay.loss.problem import Problem
from gdplay.optimizers import SGD
from gdplay.schedules import Inverse
from gdplay.teaching.defaults import default_rate
from gdplay.theory.measures import last_losses, over_seeds, share_of_rises
from gdplay.words import number, ratio

SEEDS = 50
EPOCHS = 20
"""Fewer where single rows make too many updates."""

MOST_UPDATES = 40_000

TELLING = 3.0
"""From this ratio of the worst end to the best on, one run tells little."""


class Hovering(NamedTuple):
    """How single rows ended at a constant and at a falling rate, S orders of the rows each.

    Attributes
    ----------
    rate : float
        The constant rate, and the one that the falling rate begins with.
    epochs, n_samples : int
    constant, falling : ndarray of shape (S,)
        Excess training loss at the end, ascending; not finite where an order diverged.
    rises : mapping from int to float
        Per batch size, the share of the last quarter's updates, 0 to 1, that raised the loss over
        all rows; empty where it was not measured.
    """

    rate: float
    epochs: int
    n_samples: int
    constant: Array
    falling: Array
    rises: Mapping[int, float]

    @property
    def words(self) -> str:
        """How both ended, how far orders of the rows are apart, and what updates did."""
        sentences = []
        if np.isfinite([*self.constant, *self.falling]).all():
            sentences = [self._compared(), self._apart()]
        if self.rises:
            sentences.append(self._uphill())
        return "  \n\n".join(filter(None, sentences))

    def _compared(self) -> str:
        level, falling = (float(over_seeds(ends).median) for ends in (self.constant, self.falling))
        way = f"{ratio(level, falling)} times lower" if level > falling else "not lower yet"
        return (
            f"At η = {number(self.rate)} (solid) single rows are at {number(level)} "
            f"after {self.epochs} epochs; at η/(1 + t/{self.n_samples}) (dashed) at "
            f"{number(falling)}, {way}."
        )

    def _apart(self) -> str:
        """Return how far the best and the worst order of the rows are apart."""
        if self.constant[0] <= 0:
            return ""
        apart = float(self.constant[-1] / self.constant[0])
        head = "**One run tells little**: of" if apart >= TELLING else "Of"
        return (
            f"{head} {len(self.constant)} orders of the rows at the constant rate, the worst ends "
            f"{number(apart)} times as high as the best."
        )

    def _uphill(self) -> str:
        shares = (f"{100 * share:.0f} % with B = {size}" for size, share in self.rises.items())
        return (
            "**Updates that raise the loss**: in the last quarter of a run, the loss over all rows "
            f"rose at so many updates: {', '.join(shares)}."
        )


def usual_rate(problem: Problem) -> float:
    """Return a rate at which single rows do well: that of the default experiment."""
    return default_rate(problem) if isinstance(problem, Fit) else 0.1


def hovering_runs(experiment: Experiment, rate: float | None = None) -> Experiment:
    """Return runs of single rows at a constant rate, and at one that falls as 1/t.

    The second halves its rate in the first epoch. `rate` is the usual one by default.

    Raises
    ------
    ValueError
        If the problem has no finite minimum, so that there is nothing to hover around.
    """
    problem, n = experiment.problem, experiment.problem.n_samples
    if problem.minimum() is None:
        raise ValueError("problem must have a finite minimum to hover around; got one without")
    run = Run(SGD(lr=usual_rate(problem) if rate is None else rate), batch_size=1)
    falling = replace(run, schedule=Inverse(half_life=n))
    epochs = int(np.clip(MOST_UPDATES // n, 2, EPOCHS))
    return replace(experiment, runs=(run, falling), epochs=epochs, n_seeds=SEEDS, tol=0.0)


def rising_runs(experiment: Experiment, rate: float | None = None) -> Experiment:
    """Return one order of runs at the constant rate, from single rows to all rows.

    Their paths tell which of their updates raised the loss over all rows.
    """
    plan = hovering_runs(experiment, rate)
    sizes = _sizes(experiment.problem.n_samples)
    runs = tuple(replace(plan.runs[0], batch_size=size) for size in sizes)
    return replace(plan, runs=runs, n_seeds=1)


def _sizes(n_samples: int) -> list[int]:
    return sorted({size for size in (1, 8, 32) if size < n_samples} | {n_samples})


def read(plan: Experiment, traces: Sequence[Trace], rising: Sequence[Trace] = ()) -> Hovering:
    """Return how `hovering_runs` ended, and which updates of `rising_runs` rose, if given."""
    problem, minimum = plan.problem, plan.problem.minimum()
    assert minimum is not None
    origin, n = float(problem.loss(minimum)), problem.n_samples
    constant, falling = (np.sort(trace.loss[:, -1] - origin) for trace in traces)
    shares = (share_of_rises(last_losses(problem, trace)) for trace in rising)
    rises = dict(zip(_sizes(n), shares, strict=False))
    return Hovering(plan.runs[0].optimizer.lr, plan.epochs, n, constant, falling, rises)


def hovering(
    experiment: Experiment, *, rate: float | None = None, progress: Progress | None = None
) -> Hovering:
    """Return how single rows end at a constant and at a falling rate on a problem.

    Parameters
    ----------
    experiment : Experiment
        Its problem, start and seed are taken.
    rate : float, optional
        The usual one by default.
    progress : callable, optional
        As in `train`; each of the two trainings counts for itself.

    Raises
    ------
    ValueError
        If the problem has no finite minimum, so that there is nothing to hover around.
    """
    plan = hovering_runs(experiment, rate)
    traces = train(plan, progress=progress, record_path=False)
    return read(plan, traces, train(rising_runs(experiment, rate), progress=progress))
