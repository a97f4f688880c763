"""Data and runs in short: what they are, how they ended, and the plane on which they are drawn."""

from collections.abc import Mapping, Sequence
from math import inf, isfinite, nan
from typing import NamedTuple

import numpy as np

from gdplay.arrays import Array
from gdplay.datasets import DATASETS
from gdplay.engine.training import Status, Trace
from gdplay.experiment import Experiment, Run, labels, seeds_differ_in
from gdplay.loss.expressions import Expression
from gdplay.loss.fit import Fit
from gdplay.loss.problem import Problem
from gdplay.loss.surfaces import SURFACES
from gdplay.own_rows.table import Table
from gdplay.teaching.carry import key_of
from gdplay.teaching.networks import in_short, is_network
from gdplay.theory.curvature import Curvature, stability_limit
from gdplay.theory.landscape import PRINCIPAL, RANDOM, SHARPEST, Plane
from gdplay.theory.measures import (
    AXES,
    divergence_words,
    epochs_to_arrive,
    final_params,
    lost_at,
    over_seeds,
    recorded,
    reference,
)
from gdplay.theory.minima import minima, nearest
from gdplay.words import joined, number, quantity

NO_RUN = -1
"""The place of what is no run."""

_FUNCTIONS = {key: surface.title for key, surface in SURFACES.items()} | {
    Expression.key: Expression.title
}


def problem_in_short(experiment: Experiment, *, layers: bool = True) -> str:
    """Return what is trained, in a few words; of a network with its layers, unless without."""
    problem = experiment.problem
    if not isinstance(problem, Fit):
        return f"{_data_title(key_of(problem))} · {quantity(experiment.epochs, 'step')}"
    rows, epochs = quantity(problem.n_samples, "row"), quantity(experiment.epochs, "epoch")
    network = [f"network {in_short(problem)}"] if layers and is_network(problem) else []
    return " · ".join([problem.dataset.title, *network, rows, epochs])


def data_in_short(key: str) -> str:
    """Return the title of a data set or function by its key, with its type and size."""
    if key == Table.key:
        return f"{Table.title}: paste rows, or take a file"
    if key in _FUNCTIONS:
        return f"{_data_title(key)}: a function of two parameters"
    dataset = DATASETS[key]
    kind = f"{dataset.n_classes} classes" if dataset.n_classes else "numbers"
    rows, columns = quantity(len(dataset.load().X), "row"), dataset.n_features
    return f"{dataset.title}: {kind}, {rows} of {quantity(columns, 'column')}"


def table_in_short(table: Table) -> str:
    """Return what somebody's own rows are, and whether a link carries them."""
    size = f"{quantity(len(table.X), 'row')} of {quantity(table.n_features, 'feature')}"
    classes = f", {table.n_classes} classes" if table.classifies else ""
    where = (
        "They stay in this session: the link says which rows to bring along."
        if table.packed is None
        else "They travel in the link."
    )
    return f"{size}; the target is {table.target_name}{classes}. {where}"


def _data_title(key: str) -> str:
    return DATASETS[key].title if key in DATASETS else f"ƒ  {_FUNCTIONS[key]}"


def run_in_short(run: Run, n_samples: int, name: str = "") -> str:
    """Return a run's rows, where it has rows, and its rule, as far as its name leaves them out."""
    size = run.rows(n_samples)
    rows = f"all {quantity(size)} rows" if size == n_samples else quantity(size, "row")
    parts = [rows] * (n_samples > 1) + [run.optimizer.title]
    return " · ".join(part for part in parts if part not in name)


def run_words(run: Run, n_samples: int, facts: Curvature) -> str:
    """Return how often a run updates, and its rate as a multiple of its rule's own limit.

    On a function, which has no rows, the rate alone.
    """
    if n_samples == 1:
        return f"Rate {_rate_words(run, facts)}"
    updates = quantity(run.updates_per_epoch(n_samples), "update")
    return f"{updates} per epoch · rate {_rate_words(run, facts)}"


def _rate_words(run: Run, facts: Curvature) -> str:
    limit = stability_limit(run.optimizer, facts.L)
    if limit is None:
        return number(run.optimizer.lr)
    name = "2/L" if run.optimizer.plain else f"its limit {number(limit)}"
    return f"{number(run.optimizer.lr / limit)} × {name}"


# How they ended


class Ended(NamedTuple):
    """How a run ended, as people read it; medians over seeds."""

    name: str
    per_epoch: str
    updates: str
    loss: str
    arrived: str
    status: str


PER_EPOCH = "Updates per epoch"


def run_heads(along: str = "epochs", n_seeds: int = 1) -> tuple[str, ...]:
    """Return what stands over the rows of `run_rows`; of several seeds that it is their median."""
    median = f" (median of {n_seeds} seeds)" if n_seeds > 1 else ""
    arrived = f"{AXES[along].head} until 1 % of the excess is left, for good{median}"
    return "Run", PER_EPOCH, "Updates made", f"Final loss{median}", arrived, "Status"


def run_rows(
    experiment: Experiment,
    traces: Sequence[Trace],
    along: str = "epochs",
    seconds: Sequence[float] | None = None,
) -> list[Ended]:
    """Return how each run ended; when it arrived in what is counted `along` an axis."""
    origin, n = reference(experiment, traces), experiment.problem.n_samples
    names, rows = labels(experiment), []
    for place, (run, trace) in enumerate(zip(experiment.runs, traces, strict=True)):
        epochs = epochs_to_arrive(trace, origin)
        median = float(over_seeds([inf if epoch is None else epoch for epoch in epochs]).median)
        short = trace.status[0] is Status.CANCELLED
        nowhere = "not known" if short else "not within the run"
        per_epoch = quantity(run.updates_per_epoch(n))
        updates = _updates(experiment.problem, trace) + _tries(trace)
        arrived = nowhere
        if isfinite(median):  # halfway between two epochs where seeds are even
            cost = seconds[place] if seconds else nan
            one = AXES[along].at(run, n, cost, np.array([run.updates_per_epoch(n)]))[0]
            arrived = AXES[along].write(median * float(one))
        status = _status(experiment.problem, run, trace)
        rows.append(Ended(names[place], per_epoch, updates, _loss(trace), arrived, status))
    return rows


def _updates(problem: Problem, trace: Trace) -> str:
    """Return how many updates were made, of how many where a run was stopped or lost."""
    planned, lost = quantity(int(trace.updates[-1])), trace.status.count(Status.DIVERGED)
    if trace.status[0] is Status.CANCELLED:
        return f"{quantity(int(recorded(trace)[0][-1]))} of {planned}"
    if lost and len(trace.status) == 1:
        return f"{quantity(lost_at(problem, trace))} of {planned}"
    return f"up to {planned}" if lost else planned


def _tries(trace: Trace) -> str:
    """Return how many losses a line search tried beside its updates; "" without one."""
    if trace.tries is None:
        return ""
    median = float(over_seeds(np.nanmax(trace.tries, axis=1)).median)
    return f" ({quantity(round(median))} evaluations of the loss)"


def _loss(trace: Trace) -> str:
    """Return the end of the run's curve; a lost seed stands behind all others there."""
    ends = [
        last if isfinite(last) else inf
        for row, status in zip(trace.loss, trace.status, strict=True)
        # Where it was stopped, the last whole epoch.
        for last in (row[np.isfinite(row)] if status is Status.CANCELLED else row)[-1:]
    ]
    median = float(over_seeds(ends).median) if ends else inf
    return number(median, 4) if isfinite(median) else "none"


def _status(problem: Problem, run: Run, trace: Trace) -> str:
    n, diverged = len(trace.status), trace.status.count(Status.DIVERGED)
    if n == 1 and diverged:
        return divergence_words(problem, run, trace)
    if n == 1 and problem.n_samples == 1 and trace.status[0] is Status.EXHAUSTED:
        return "all updates made"
    if n == 1:
        return _ENDS[trace.status[0]]
    if diverged:
        return f"{diverged} of {n} seeds diverged"
    if Status.CANCELLED in trace.status:
        return _ENDS[Status.CANCELLED]
    converged = trace.status.count(Status.CONVERGED)
    ended = _ENDS[Status.CONVERGED if converged else Status.EXHAUSTED]
    return f"{converged} of {n} {ended}" if converged else ended


_ENDS = {
    Status.CONVERGED: "stopped: gradient small",
    Status.EXHAUSTED: "all epochs ran",
    Status.CANCELLED: "stopped early",
}


def params_rows(
    experiment: Experiment, traces: Sequence[Trace], shown: Sequence[int] | None = None
) -> list[tuple[int, str, list[float]]]:
    """Return place, name and last parameters of each run that is shown, by default all of them.

    And of the minimum where there is one.

    They are those of the first seed; NaN where that was lost. Of several minima those follow that
    lie nearest to a run's end.
    """
    names = labels(experiment)
    ends = {
        place: np.full(experiment.problem.n_params, np.nan)
        if traces[place].status[0] is Status.DIVERGED
        else final_params(traces[place])
        for place in (range(len(traces)) if shown is None else shown)
    }
    rows = [(place, names[place], end.tolist()) for place, end in ends.items()]
    return [*rows, *((NO_RUN, name, at.tolist()) for name, at in _minima(experiment, ends))]


def _minima(experiment: Experiment, ends: Mapping[int, Array]) -> list[tuple[str, Array]]:
    """Return the minima that ends are compared with, and what they are called."""
    problem, names = experiment.problem, labels(experiment)
    minimum, every = problem.minimum(), minima(problem)
    if minimum is None:
        return []
    if isinstance(problem, Fit):
        return [("Closed form" if problem.quadratic else "Minimum (Newton)", minimum)]
    near: dict[int, list[str]] = {}
    found = " found" * getattr(problem, "searched", False)
    for place, end in ends.items():
        if np.isfinite(end).all():
            near.setdefault(nearest(problem, end), []).append(names[place])
    if len(every) < 2 or not near:
        name = "Minimum" if len(every) < 2 else f"Minimum, 1 of {len(every)}{found}"
        return [(name, minimum)]
    if len(near) == 1:
        return [(f"Nearest of {len(every)} minima{found}", every[place]) for place in near]
    return [(f"Minimum nearest to {joined(who)}", every[place]) for place, who in near.items()]


def params_caption(experiment: Experiment, unit: str = "") -> str:
    """Return what stands over last parameters: what they stand for, and of which seed they are."""
    first = f"Of the first of {experiment.n_seeds} seeds" if seeds_differ_in(experiment) else ""
    return ". ".join(part for part in (unit, first) if part)


UNITS = ("As the model sees them: columns standardised", "Per raw unit of each column")
"""What parameters stand for where columns were standardised."""


def raw_rows(
    problem: Problem, rows: Sequence[tuple[int, str, list[float]]]
) -> list[tuple[int, str, list[float]]]:
    """Return `params_rows` per raw unit; none where the columns are raw already."""
    if not (isinstance(problem, Fit) and problem.standardize):
        return []
    return [(place, name, problem.raw(np.array(params)).tolist()) for place, name, params in rows]


# Where they are drawn


PLANE_NAMES = {
    PRINCIPAL: "Principal directions",
    SHARPEST: "Sharpest directions",
    RANDOM: "Random directions",
}


def plane_name(experiment: Experiment, choice: str) -> str:
    """Return a plane as people read it; `choice` as in `plane_of`."""
    if choice in PLANE_NAMES:
        return PLANE_NAMES[choice]
    names = experiment.problem.param_titles
    return " × ".join(names[int(i)] for i in choice.split(","))


def slice_words(experiment: Experiment, plane: Plane) -> str:
    """Return how much of the paths a plane holds; "" where it holds all there is."""
    if experiment.problem.n_params <= 2:
        return ""
    return (
        f"The surface is a slice of a space of {experiment.problem.n_params} parameters. It "
        f"holds {plane.share:.1%} of the paths' variation; a path's height is its true "
        f"loss, so it may float above the slice. "
        f"{plane.about}"
    ).strip()
