"""What came out, as a tidy table: a row for each run, seed and epoch, units in the names."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from gdplay.engine.training import Trace, train
from gdplay.experiment import Experiment, labels
from gdplay.export.cells import plain_text
from gdplay.export.pieces import address_of
from gdplay.loss.fit import Fit
from gdplay.loss.models import OBJECTIVES
from gdplay.loss.problem import Problem
from gdplay.studies.sharpness import Sharpness, read

TRIES = "evaluations of the loss so far"
"""What the column of tries is called, which stands where a rule searches along its line."""

_FORMULA = ("=", "+", "-", "@")
"""What spreadsheets take for the beginning of a formula."""


def epochs_csv(
    experiment: Experiment, traces: Sequence[Trace] | None = None, *, address: str = ""
) -> str:
    """Return what came out as a tidy table: a row for each run, seed (or start) and epoch's end.

    Its first line is a comment with the experiment's link, its second names the columns, with
    units. What is not finite is an empty cell, and no text is taken for a formula.

    Parameters
    ----------
    experiment : Experiment
    traces : sequence of Trace, optional
        From `train`; trained here by default.
    address : str
        Where the experiment can be opened; by default what is put behind the address of an app.
    """
    unit = loss_unit(experiment.problem)
    row = "start" if experiment.more_starts else "seed"
    names = [
        "run", "name", row, "epoch", "updates", "examples seen (rows)",
        f"training loss ({unit})", f"running epoch mean ({unit})", f"test loss ({unit})",
    ]  # fmt: skip
    traces = traces or train(experiment, record_path=False)
    names += [TRIES] * any(trace.tries is not None for trace in traces)
    names += param_columns(experiment.problem)
    return _written(names, _epochs(experiment, traces), address or address_of(experiment))


def path_csv(
    experiment: Experiment, traces: Sequence[Trace] | None = None, *, address: str = ""
) -> str:
    """Return the paths of seed 0 as a tidy table: a row for each state that is kept of a run.

    Parameters and form are those of `epochs_csv`.
    """
    unit = loss_unit(experiment.problem)
    names = [
        "run", "name", "update", f"mini-batch loss before it ({unit})",
        *param_columns(experiment.problem),
    ]  # fmt: skip
    traces = traces or train(experiment)
    return _written(names, _states(experiment, traces), address or address_of(experiment))


SHARPNESS = "sharpness (largest curvature, loss per squared unit of a parameter)"
SHARE = "rate over its limit there (eta L / 2 for the plain step)"
"""What the columns of the curvature along paths are called."""


def sharpness_csv(
    experiment: Experiment, traces: Sequence[Trace] | None = None, *, address: str = ""
) -> str:
    """Return the sharpness along the paths of seed 0: a row for each state that was looked at.

    The largest eigenvalue of the Hessian over all rows, and the scheduled rate over what the rule
    can bear there; the latter is empty for rules that know no such limit. Parameters and form are
    those of `epochs_csv`.
    """
    unit = loss_unit(experiment.problem)
    names = ["run", "name", "update", "epoch", f"training loss ({unit})", SHARPNESS, SHARE]
    bends = read(experiment, traces or train(experiment))
    return _written(names, _bends(bends), address or address_of(experiment))


def _bends(bends: Sharpness) -> Iterator[list[Any]]:
    for place, bend in enumerate(bends.runs, start=1):
        share = np.full_like(bend.largest, np.nan) if bend.share is None else bend.share
        columns = (bend.updates, bend.loss, bend.largest, share)
        for update, loss, largest, part in zip(*(c.tolist() for c in columns), strict=True):
            yield [place, bend.name, update, update / bend.per_epoch, loss, largest, part]


def _states(experiment: Experiment, traces: Sequence[Trace]) -> Iterator[list[Any]]:
    for place, name, trace in _named(experiment, traces):
        columns = (trace.path_updates, trace.batch_loss, trace.path)
        for update, loss, params in zip(*(c.tolist() for c in columns), strict=True):
            yield [place, name, update, loss, *params]


def _named(experiment: Experiment, traces: Sequence[Trace]) -> Iterator[tuple[int, str, Trace]]:
    places = range(1, len(traces) + 1)
    return zip(places, labels(experiment), traces, strict=True)


def _epochs(experiment: Experiment, traces: Sequence[Trace]) -> Iterator[list[Any]]:
    n, searches = experiment.problem.n_samples, any(trace.tries is not None for trace in traces)
    for place, name, trace in _named(experiment, traces):
        run = experiment.runs[place - 1]
        per_epoch = run.updates_per_epoch(n)
        rows = min(per_epoch * run.rows(n), n)
        tested = np.full_like(trace.loss, np.nan) if trace.test_loss is None else trace.test_loss
        tries = np.full_like(trace.loss, np.nan) if trace.tries is None else trace.tries
        losses = np.stack([trace.loss, trace.running_loss, tested, *[tries] * searches], axis=-1)
        for seed in range(len(losses)):
            columns = (trace.updates, losses[seed], trace.params[seed])
            for updates, values, params in zip(*(c.tolist() for c in columns), strict=True):
                epoch = updates // per_epoch
                row = seed + 1 if experiment.more_starts else seed  # starts are counted from 1
                yield [place, name, row, epoch, updates, epoch * rows, *values, *params]


def loss_unit(problem: Problem) -> str:
    """Return what a loss is measured in."""
    if isinstance(problem, Fit):
        return OBJECTIVES[problem.objective or ""].lower()
    return "height"


def param_columns(problem: Problem) -> list[str]:
    """Return the parameters' names, with what a standardised column's weight is per."""
    per = " (standardised columns)" if isinstance(problem, Fit) and problem.standardize else ""
    return [plain_text(title) + per for title in problem.param_titles]


def _written(names: Sequence[str], rows: Iterator[list[Any]], address: str) -> str:
    file = io.StringIO()
    file.write(f"# {plain_text(address) or 'gdplay'}\n")
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([_text(name) for name in names])
    writer.writerows([_cell(value) for value in row] for row in rows)
    return file.getvalue()


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return _text(value)
    return "" if isinstance(value, float) and not np.isfinite(value) else repr(value)


def _text(text: str) -> str:
    """Return text that no spreadsheet computes."""
    text = plain_text(text)
    return f"'{text}" if text.startswith(_FORMULA) else text
