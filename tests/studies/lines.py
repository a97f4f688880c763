"""The line of the teaching notes, on which studies have known answers."""

from dataclasses import replace

import gdplay as gd
from gdplay.teaching.defaults import default_fit

START = (-2.0, -2.0)


def standard_line(**more) -> gd.Experiment:
    """Return the line standardised, so that L = 1, from (-2, -2)."""
    fit = replace(default_fit(gd.DATASETS["line"]), standardize=True)
    return gd.Experiment(fit, (gd.Run(gd.SGD(lr=0.1)),), start=START, **more)


def excess_at_minimum(experiment: gd.Experiment) -> float:
    """Return the loss at the minimum."""
    return float(experiment.problem.loss(experiment.problem.minimum()))


def separable() -> gd.Experiment:
    """Return an experiment on classes that lie apart, so that there is no finite minimum."""
    experiment = gd.default_experiment(gd.DATASETS["wine"])
    return replace(experiment, problem=replace(experiment.problem, l2=0.0), epochs=3)


BOWL = gd.Experiment(gd.SURFACES["bowl"], (gd.Run(gd.SGD()),))
"""A function: it has no rows."""
