"""About how long parts of training take, known without training.

As on one core of a small server: `cost` has them in full, `training` cuts itself up by them.
"""

from gdplay.engine.lockstep import Group
from gdplay.experiment import Experiment
from gdplay.loss.problem import Problem

SLOPE = 1.4
"""Speed: a gradient over all rows takes so many times what the loss does."""

_PER_PARAM = 5e-10
"""Speed: a row takes so many seconds for each parameter."""


def seconds_per_loss(problem: Problem) -> float:
    """Return about what the loss over all rows takes at one point of many."""
    return min(problem.n_samples, problem.cost) * seconds_per_row(problem)


def seconds_per_row(problem: Problem) -> float:
    """Return about what a row takes on its way to a loss or a gradient."""
    return problem.seconds[1] + _PER_PARAM * problem.n_params


def seconds_per_end(experiment: Experiment, group: Group) -> float:
    """Return about what it takes to judge all runs of a group at one epoch's end.

    Full batches have passed through their losses already.
    """
    problem = experiment.problem
    losses = float(group.rows < problem.n_samples) + SLOPE * (experiment.tol > 0)
    judged = losses * seconds_per_loss(problem) + problem.n_test * seconds_per_row(problem)
    return group.n_orders * len(group.runs) * judged
