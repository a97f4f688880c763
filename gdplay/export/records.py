"""An experiment as JSON and back: what a link says, rows too many for it, and what came out."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from gdplay import link
from gdplay.arrays import Array
from gdplay.engine.training import Trace
from gdplay.experiment import Experiment, labels
from gdplay.export.pieces import address_of
from gdplay.export.tables import SHARPNESS, TRIES, loss_unit, param_columns
from gdplay.link import LinkError
from gdplay.loss.fit import Fit
from gdplay.memory import memory_of
from gdplay.own_rows.columns import MOST_FEATURES, MOST_ROWS
from gdplay.own_rows.table import Table
from gdplay.studies.sharpness import Sharpness
from gdplay.words import quantity

MAX_SIZE = 20_000_000
"""Longest text that is read, in characters."""


def as_json(
    experiment: Experiment,
    traces: Sequence[Trace] | None = None,
    *,
    address: str = "",
    bends: Sharpness | None = None,
) -> str:
    """Return an experiment as JSON, which `load` reads back.

    Parameters
    ----------
    experiment : Experiment
    traces : sequence of Trace, optional
        What came out of it, to be written too: losses, paths, the last parameters.
    address : str
        Where it can be opened; by default what is put behind the address of an app.
    bends : Sharpness, optional
        The sharpness along the paths of `traces`, to be written beside them.

    Raises
    ------
    LinkError
        If no link can hold the experiment.
    """
    record: dict[str, Any] = {
        "gdplay": "experiment",
        "link": address or address_of(experiment),
        "experiment": link.encode(experiment),
    }
    if isinstance(experiment.problem, Fit) and memory_of(experiment) is not None:
        record["rows"] = _rows(experiment.problem.dataset)
    if traces is not None:
        pairs = zip(labels(experiment), traces, strict=True)
        record["results"] = [_result(experiment, name, trace) for name, trace in pairs]
        for result, bend in zip(record["results"], bends.runs if bends else (), strict=False):
            result |= {
                SHARPNESS: _numbers(bend.largest),
                "sharpness updates": bend.updates.tolist(),
            }
    parts = (f" {json.dumps(name)}: {_text(name, part)}" for name, part in record.items())
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _text(name: str, part: Any) -> str:
    """Return a part as JSON, own rows a line each."""
    if name != "rows":
        return json.dumps(part, indent=1, ensure_ascii=False, allow_nan=False)
    lines = {what: json.dumps(values, ensure_ascii=False) for what, values in part.items()}
    lines["X"] = "[\n" + ",\n".join(map(_line, part["X"])) + "\n]"
    return (
        "{\n" + ",\n".join(f" {json.dumps(what)}: {line}" for what, line in lines.items()) + "\n}"
    )


def _line(row: Sequence[float]) -> str:
    """Return a row as short as the file that it came from."""
    return f"[{','.join(json.dumps(int(v) if v.is_integer() else v) for v in row)}]"


def _rows(table: Any) -> dict[str, Any]:
    """Return own rows as JSON has them: all that `Table` takes."""
    return {
        "feature_names": table.feature_names,
        "target_name": table.target_name,
        "class_names": table.class_names,
        "y": table.y.tolist(),
        "X": table.X.tolist(),
    }


def _result(experiment: Experiment, name: str, trace: Trace) -> dict[str, Any]:
    row = "start" if experiment.more_starts else "seed"
    unit, names = loss_unit(experiment.problem), param_columns(experiment.problem)
    losses = {"training loss": trace.loss, "running epoch mean": trace.running_loss}
    if trace.test_loss is not None:
        losses["test loss"] = trace.test_loss
    return {
        "name": name,
        f"ended (by {row})": [status.name.lower() for status in trace.status],
        "updates": trace.updates.tolist(),
        **({} if trace.tries is None else {f"{TRIES}, by {row}": _numbers(trace.tries)}),
        **{f"{what} ({unit}), by {row}": _numbers(values) for what, values in losses.items()},
        "parameters": names,
        f"last parameters (by {row})": _numbers(trace.params[:, -1]),
        "path (start 1)" if experiment.more_starts else "path (seed 0)": _numbers(trace.path),
        "path updates": trace.path_updates.tolist(),
    }


def _numbers(values: Array) -> Any:
    """Return numbers as JSON has them: what is not finite is null."""
    numbers = values.astype(object)
    numbers[~np.isfinite(values)] = None
    return numbers.tolist()


def load(text: str | bytes) -> Experiment:
    """Return the experiment that a JSON text describes, as `as_json` writes it, on its own rows.

    Raises
    ------
    LinkError
        One sentence naming what is wrong.
    """
    if len(text) > MAX_SIZE:
        raise LinkError(f"a file may hold {MAX_SIZE:,} characters; this one has {len(text):,}")
    try:
        record = json.loads(text)
    except (ValueError, RecursionError):
        raise LinkError("this file is no JSON that can be read") from None
    query = record.get("experiment") if isinstance(record, dict) else None
    if not isinstance(query, dict) or record.get("gdplay") != "experiment":
        raise LinkError("this file holds no experiment of gdplay")
    return link.decode(query, [_table(record["rows"])] if "rows" in record else ())


def _table(rows: Any) -> Table:
    """Return the table that a file holds; LinkError where it holds none, or too large a one."""
    names = {"feature_names", "target_name", "class_names", "X", "y"}
    if not isinstance(rows, dict) or set(rows) != names:
        raise LinkError(f"rows must hold {', '.join(sorted(names))}")
    try:
        table = Table(**rows)
    except (TypeError, ValueError) as error:
        raise LinkError(str(error)[:300]) from None
    if len(table.X) > MOST_ROWS or table.n_features > MOST_FEATURES:
        raise LinkError(f"rows must be at most {quantity(MOST_ROWS)} of {MOST_FEATURES} features")
    return table
