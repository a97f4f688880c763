"""Distances from the minimum along one direction, and how an update is predicted to change them."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from gdplay.figures import pieces
from gdplay.figures.axes import log_axis
from gdplay.figures.pieces import Piece
from gdplay.figures.theme import (
    DENSE,
    LIGHT,
    Theme,
    assembled,
    axis,
    empty,
    faint,
    light,
    plain,
    symbol,
)
from gdplay.studies.directions import Component, Direction
from gdplay.studies.three_rates import NAMES
from gdplay.words import number


def direction_view(
    direction: Direction, names: Sequence[str] = NAMES, *, theme: Theme = LIGHT
) -> go.Figure:
    """Return distances along a direction against updates, predictions as thin lines over them.

    Markers are filled on the start's side of the minimum and hollow beyond it. `names` are those
    of the runs.
    """
    components = direction.components
    title = f"Distance along the {direction.name} direction, h = {number(direction.bend)}"
    if not any(component.offset[0] for component in components):
        return empty(theme, title, "The start lies level with the minimum in this direction.")
    return assembled(
        theme,
        [
            trace
            for component in components
            for trace in _component(component, names[component.place], theme)
        ],
        title,
        xaxis=axis(theme, "updates", rangemode="tozero", showgrid=False),
        yaxis=axis(theme, "", **_distances(components)),
        hovermode="closest",
    )


def _component(component: Component, name: str, theme: Theme) -> list[Piece]:
    color = theme.run_color(component.place)
    shape = symbol(component.place)
    beyond = component.offset * component.offset[0] < 0
    measured = pieces.scatter(
        x=light(component.updates),
        y=light(np.abs(component.offset)),
        mode="markers",
        marker={
            "size": 6 if len(beyond) <= DENSE else 4,
            "color": color,
            "symbol": [f"{shape}-open" if far else shape for far in beyond],
            "line": {"width": 1.3, "color": color},
            "opacity": 1,
        },
        name=name,
        customdata=light(component.offset),
        hovertemplate=f"{plain(name)}<br>%{{customdata:.4g}} after %{{x}} updates<extra></extra>",
    )
    if component.predicted is None:
        return [measured]
    predicted = pieces.scatter(
        x=light(component.updates),
        y=light(component.predicted),
        mode="lines",
        line={"width": 1.2, "color": faint(color, 0.75)},
        name=f"{name}, predicted",
        hoverinfo="skip",
    )
    return [predicted, measured]


def _distances(components: Sequence[Component]) -> dict[str, object]:
    """Return the axis of distances: six decades below the start's, two above, at most."""
    sizes = np.concatenate([np.abs(component.offset) for component in components])
    start = abs(components[0].offset[0])
    sizes = np.clip(sizes[sizes > 0], 1e-6 * start, 1e2 * start)
    return log_axis(float(sizes.min()), float(sizes.max()))
