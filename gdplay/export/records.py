"""An experiment as JSON and back: it holds what a link says, and what came out beside it."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from gdplay import link
from gdplay.arrays import Array
from gdplay.engine.training import Trace
from gdplay.experiment import Experiment, labels
from gdplay.export.pieces import address_of
from gdplay.export.tables import loss_unit, param_columns
from gdplay.link import LinkError

MAX_SIZE = 20_000_000
"""Longest text that is read, in characters."""


def as_json(
    experiment: Experiment, traces: Sequence[Trace] | None = None, *, address: str = ""
) -> str:
    """Return an experiment as JSON, which `load` reads back.

    Parameters
    ----------
    experiment : Experiment
    traces : sequence of Trace, optional
        What came out of it, to be written too: losses, paths, the last parameters.
    address : str
        Where it can be opened; by default what is put behind the address of an app.

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
    if traces is not None:
        pairs = zip(labels(experiment), traces, strict=True)
        record["results"] = [_result(experiment, name, trace) for name, trace in pairs]
    return json.dumps(record, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _result(experiment: Experiment, name: str, trace: Trace) -> dict[str, Any]:
    unit, names = loss_unit(experiment.problem), param_columns(experiment.problem)
    losses = {"training loss": trace.loss, "running epoch mean": trace.running_loss}
    if trace.test_loss is not None:
        losses["test loss"] = trace.test_loss
    return {
        "name": name,
        "ended (by seed)": [status.name.lower() for status in trace.status],
        "updates": trace.updates.tolist(),
        **{f"{what} ({unit}), by seed": _numbers(values) for what, values in losses.items()},
        "parameters": names,
        "last parameters (by seed)": _numbers(trace.params[:, -1]),
        "path (seed 0)": _numbers(trace.path),
        "path updates": trace.path_updates.tolist(),
    }


def _numbers(values: Array) -> Any:
    """Return numbers as JSON has them: what is not finite is null."""
    numbers = values.astype(object)
    numbers[~np.isfinite(values)] = None
    return numbers.tolist()


def load(text: str | bytes) -> Experiment:
    """Return the experiment that a JSON text describes, as `as_json` writes it.

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
    return link.decode(query)
