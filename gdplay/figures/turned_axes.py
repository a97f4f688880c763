"""Turned axes in a picture: the updates that rules need against a valley's angle to the axes."""

import numpy as np
import plotly.graph_objects as go

from gdplay.figures import pieces
from gdplay.figures.axes import log_axis
from gdplay.figures.pieces import Piece
from gdplay.figures.theme import LIGHT, Theme, assembled, axis, dash, plain, symbol
from gdplay.studies.turned_axes import UPDATES, Needed, TurnedAxes


def turned_view(reading: TurnedAxes, *, theme: Theme = LIGHT) -> go.Figure:
    """Return the updates needed against the angle, a line for each rule."""
    known = [n for line in reading.lines for n in line.updates if n > 0]
    return assembled(
        theme,
        [_line(line, place, reading.angles, theme) for place, line in enumerate(reading.lines)],
        "Updates needed, at the best rate",
        xaxis=axis(
            theme, "angle between valley and axes, in degrees", showgrid=False,
            tickvals=list(reading.angles), ticktext=[f"{angle:g}°" for angle in reading.angles],
        ),
        yaxis=axis(theme, "", **log_axis(min(known, default=1), max(known, default=UPDATES))),
        hovermode="closest",
    )  # fmt: skip


def _line(line: Needed, place: int, angles: tuple[float, ...], theme: Theme) -> Piece:
    color = theme.run_color(place)
    updates = np.array(line.updates, dtype=float)
    return pieces.scatter(
        x=list(angles), y=np.where(updates > 0, updates, np.nan), mode="lines+markers",
        name=line.name,
        line={"color": color, "width": 2, "dash": dash(place)},
        marker={"color": color, "size": 7, "symbol": symbol(place)},
        hovertemplate=f"{plain(line.name)}<br>%{{x}}°: %{{y:.0f}} updates<extra></extra>",
    )  # fmt: skip
