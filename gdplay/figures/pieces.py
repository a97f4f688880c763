"""Figures of plain pieces: Plotly takes them in, and checks them, where somebody looks inside.

What a browser needs of a figure are dictionaries and packed arrays. Plotly's objects, which check
each field by name and value, take twenty times as long to make; the tests make them of every
figure.
"""

import base64
import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import plotly.graph_objects as go

Piece = dict[str, Any]
"""A trace, a layout or a part of them, as Plotly describes it."""

NO_TEMPLATE: Piece = {"data": {"scatter": [{"type": "scatter"}]}}
"""Plotly's template "none", written out."""

_LISTED = {"range"}
"""What stays a list of numbers: plotly.js reads no packed array there."""

_WHOLE = ("i1", "u1", "i2", "u2", "i4", "u4")
_TYPES = {np.dtype(kind) for kind in (*_WHOLE, "f4", "f8")}


def _trace(kind: str, **fields: Any) -> Piece:
    return {**fields, "type": kind}


scatter = partial(_trace, "scatter")
scatter3d = partial(_trace, "scatter3d")
surface = partial(_trace, "surface")
contour = partial(_trace, "contour")
heatmap = partial(_trace, "heatmap")


class Figure(go.Figure):  # type: ignore[misc]
    """A Plotly figure that is made of its pieces only when somebody looks at it as one.

    Parameters
    ----------
    data : sequence of dict
        The traces, each with its `type`.
    layout : dict
    """

    def __init__(self, data: Sequence[Piece], layout: Piece) -> None:
        self._pieces: tuple[Sequence[Piece], Piece] | None = (data, layout)

    def __getattr__(self, name: str) -> Any:
        """Make what is missing: everything that Plotly's own figure holds."""
        pieces = self.__dict__.get("_pieces")
        if pieces is None or name.startswith("__"):
            raise AttributeError(name)
        self._pieces = None
        super().__init__(*pieces)
        return getattr(self, name)

    def __reduce__(self) -> Any:
        """Let copies be figures as Plotly makes them."""
        return go.Figure(self).__reduce__()

    def to_dict(self) -> Piece:
        """Return the figure as dictionaries, lists and packed arrays, as for JSON."""
        if self._pieces is None:
            return jsonable(super().to_dict())  # type: ignore[no-any-return]
        data, layout = self._pieces
        return {"data": jsonable(data), "layout": jsonable(layout)}

    def over(self, behind: Sequence[Piece]) -> "Figure":
        """Return the figure with more traces behind its own."""
        figure = self.to_dict()
        return Figure([*behind, *figure["data"]], figure["layout"])

    def sized(self, height: int) -> "Figure":
        """Return the figure so many pixels high."""
        if self._pieces is None:
            return self.update_layout(height=height)  # type: ignore[no-any-return]
        data, layout = self._pieces
        return Figure(data, {**layout, "height": height})


def jsonable(value: Any, name: str = "") -> Any:
    """Return a piece of a figure as JSON holds it; `name` is the field that it stands in."""
    if isinstance(value, Mapping):  # what is None says nothing, as for Plotly
        return {key: jsonable(own, key) for key, own in value.items() if own is not None}
    if isinstance(value, list | tuple):
        return [jsonable(own) for own in value]
    if isinstance(value, np.ndarray):
        return _listed(value) if name in _LISTED else _packed(value)
    if isinstance(value, np.generic):
        return jsonable(value.item())
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _listed(values: np.ndarray[Any, Any]) -> Any:
    return jsonable(values.tolist())


def _packed(values: np.ndarray[Any, Any]) -> Any:
    """Return an array as plotly.js reads it: its type and its bytes, whole numbers in few."""
    if values.dtype in (np.int64, np.uint64) and values.size:
        values = _shortened(values)
    if values.dtype not in _TYPES or not values.size:
        return _listed(values)
    data = base64.b64encode(np.ascontiguousarray(values).tobytes()).decode("ascii")
    shape = {"shape": str(values.shape)[1:-1]} if values.ndim > 1 else {}
    return {"dtype": values.dtype.str[1:], "bdata": data, **shape}


def _shortened(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return whole numbers in the smallest type of the same sign that holds them, if any does."""
    low, high = values.min(), values.max()
    for kind in _WHOLE:
        bounds = np.iinfo(kind)
        if np.dtype(kind).kind == values.dtype.kind and bounds.min <= low and high <= bounds.max:
            return values.astype(kind)
    return values
