"""Runs on a line and in a ravine, and what is read off them: what presets and lessons are of."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from gdplay.arrays import Array
from gdplay.datasets import DATASETS
from gdplay.engine.training import Trace
from gdplay.experiment import Experiment, Run
from gdplay.optimizers import SGD
from gdplay.teaching.defaults import default_experiment, default_fit
from gdplay.theory.measures import epochs_to_arrive, reference


def plain(lr: float, batch_size: int | None = None, **more: Any) -> Run:
    """Return a run of the plain step."""
    return Run(SGD(lr=lr), batch_size=batch_size, **more)


def line(*runs: Run, standardize: bool = True, **more: Any) -> Experiment:
    """Return runs on the line; standardised, its bowl is round with L = 1."""
    base = default_experiment()
    problem = replace(default_fit(DATASETS["line"]), standardize=standardize)
    start = (-2.0, -2.0) if standardize else base.start
    return replace(base, problem=problem, runs=runs, start=start, **{"epochs": 30, **more})


def ravine(standardize: bool, *runs: Run) -> Experiment:
    """Return 100 epochs of runs in the ravine; standardised, it is a round bowl."""
    base = default_experiment(DATASETS["ravine"])
    problem = replace(default_fit(DATASETS["ravine"]), standardize=standardize)
    return replace(base, problem=problem, runs=runs, epochs=100)


def excesses(experiment: Experiment, traces: Sequence[Trace]) -> list[Array]:
    """Return each run's excess loss at the epochs' ends, averaged over its seeds, (E + 1,)."""
    origin = reference(experiment, traces)
    return [trace.loss.mean(axis=0) - origin.loss for trace in traces]


def last_excesses(experiment: Experiment, traces: Sequence[Trace]) -> list[float]:
    """Return each run's excess loss, averaged over its seeds and last five epochs."""
    return [float(excess[-5:].mean()) for excess in excesses(experiment, traces)]


def arrival(experiment: Experiment, traces: Sequence[Trace], place: int) -> int | None:
    """Return the epoch from whose end on a run is near the minimum, or None."""
    return epochs_to_arrive(traces[place], reference(experiment, traces))[0]
