"""The edge of stability in a picture: curvature against 2/lr along plain steps, and the loss."""

import numpy as np
import plotly.graph_objects as go

from gdplay.arrays import Array
from gdplay.figures import pieces
from gdplay.figures.axes import log_axis, round_axis
from gdplay.figures.pieces import Piece
from gdplay.figures.theme import LIGHT, Theme, assembled, axis, dash, light, plate, symbol
from gdplay.studies.edge import Edge, Way
from gdplay.words import number

RATIOS = (0.1, 10.0)
"""Layout: curvature over 2/lr is drawn from the first to the second, at most."""

DECADES = 1e-12
"""Layout: a loss is drawn down to this share of its value at the start."""

FAR = 10.0
"""Layout: where there is no minimum a loss is drawn that differs from its start by at most so many
times 1 + |start|."""


def curvature_view(reading: Edge, *, theme: Theme = LIGHT) -> go.Figure:
    """Return the curvature over 2/lr against updates, a line for each rate, and the edge at 1."""
    ratios = [way.ratio for way in reading.ways]
    inside = np.clip(np.concatenate([*ratios, [0.7, 1.5]]), *RATIOS)
    return assembled(
        theme,
        [*_lines(reading, ratios, theme), _edge(reading.n_updates, theme)],
        "Curvature, as a multiple of 2/η",
        xaxis=_updates(reading, theme),
        yaxis=axis(
            theme, "", **round_axis(inside),
            range=[np.log10(inside.min()) - 0.06, np.log10(inside.max()) + 0.06],
        ),
        annotations=[_below(reading.n_updates, theme)],
        hovermode="closest",
    )  # fmt: skip


def loss_view(reading: Edge, *, theme: Theme = LIGHT) -> go.Figure:
    """Return the loss against updates, a line for each rate; above the minimum, if there is one."""
    minimum = reading.surface.minimum()
    base = 0.0 if minimum is None else float(reading.surface.loss(minimum))
    losses = [way.loss - base for way in reading.ways]
    levels = {"range": _bounds(losses)} if minimum is None else log_axis(*_levels(losses))
    return assembled(
        theme,
        _lines(reading, losses, theme),
        "Loss" if minimum is None else "Loss above the minimum",
        xaxis=_updates(reading, theme),
        yaxis=axis(theme, "", **levels),
        hovermode="closest",
    )


def _updates(reading: Edge, theme: Theme) -> dict[str, object]:
    return axis(theme, "updates", range=[0, reading.n_updates], showgrid=False)


def _levels(losses: list[Array]) -> tuple[float, float]:
    """Return from where to where losses are drawn: a lost one may leave the picture."""
    start = max(float(loss[0]) for loss in losses)
    values = np.concatenate(losses)
    inside = values[(values > DECADES * start) & (values < 1e3 * start)]
    return (float(inside.min()), float(inside.max())) if len(inside) else (0.1, 1.0)


def _bounds(losses: list[Array]) -> list[float]:
    """Return from where to where losses are drawn that may fall without end, or rise."""
    start = float(losses[0][0])
    far = FAR * (1 + abs(start))
    inside = np.clip(np.concatenate(losses), start - far, start + far)
    low, high = float(inside.min()), float(inside.max())
    margin = 0.05 * (high - low)
    return [low - margin, high + margin]


def _lines(reading: Edge, values: list[Array], theme: Theme) -> list[Piece]:
    return [
        _line(way, each, place, theme)
        for place, (way, each) in enumerate(zip(reading.ways, values, strict=True))
    ]


def _line(way: Way, values: Array, place: int, theme: Theme) -> Piece:
    color, name = theme.run_color(place), f"η = {number(way.rate)}"
    return pieces.scatter(
        x=np.arange(len(values)), y=light(values), mode="lines+markers", name=name,
        line={"color": color, "width": 2, "dash": dash(place)},
        marker={"color": color, "size": 4, "symbol": symbol(place)},
        customdata=light(np.column_stack([way.curvature, way.loss])),
        hovertemplate=name + _TOLD,
    )  # fmt: skip


_TOLD = (
    "<br>after update %{x}<br>curvature %{customdata[0]:.4g}"
    "<br>loss %{customdata[1]:.4g}<extra></extra>"
)


def _edge(last: int, theme: Theme) -> Piece:
    return pieces.scatter(
        x=[0, last], y=[1, 1], mode="lines", name="the edge", hoverinfo="skip",
        line={"color": theme.ink, "width": 1.5, "dash": "dot"},
    )  # fmt: skip


def _below(last: int, theme: Theme) -> dict[str, object]:
    """Return what the edge says, on a plate under its end: lines cross there."""
    return plate("stable below", theme) | {
        "x": last, "y": 0, "xanchor": "right", "yanchor": "top", "yshift": -4
    }  # fmt: skip
