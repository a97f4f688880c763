"""The next run worth adding to an experiment: unlike those that are there."""

from collections.abc import Iterator
from dataclasses import replace

from gdplay.experiment import Experiment, Run
from gdplay.loss.fit import Fit
from gdplay.teaching.defaults import default_sizes
from gdplay.teaching.exchange import exchanged

LADDER = ("momentum", "adam", "nesterov", "rmsprop", "adagrad")
"""Rules in the order in which they are met after the plain step."""


def next_run(experiment: Experiment) -> Run:
    """Return a run like the last one but for one thing: rows first, then the rule.

    The variant that is missing comes first (all rows, some, one), then rules beside the plain
    step; each at the last run's learning rate.
    """
    n = experiment.problem.n_samples
    variants = {run.variant(n) for run in experiment.runs}
    present = {(run.rows(n), run.optimizer.key) for run in experiment.runs}
    for run in _other_rows(experiment):
        if run.variant(n) not in variants:
            return run
    for run in _other_rules(experiment):
        if (run.rows(n), run.optimizer.key) not in present:
            return run
    last = experiment.runs[-1]
    return replace(last, optimizer=replace(last.optimizer, lr=last.optimizer.lr / 2))


def _other_rows(experiment: Experiment) -> Iterator[Run]:
    if isinstance(experiment.problem, Fit):
        for size in default_sizes(experiment.problem.n_samples):
            yield replace(experiment.runs[-1], batch_size=size)


def _other_rules(experiment: Experiment) -> Iterator[Run]:
    """Yield rules on the mini-batch where there is one, else on the rows of the first run."""
    runs, n = experiment.runs, experiment.problem.n_samples
    base = next((run for run in runs if run.variant(n) == "mini-batch"), runs[0])
    for key in ("sgd", *LADDER):
        yield replace(base, optimizer=exchanged(runs[-1].optimizer, key, experiment.problem))
