"""What updates of many rows cost, and epochs of them."""

import numpy as np
import plotly.graph_objects as go

from gdplay.arrays import Array
from gdplay.figures import pieces
from gdplay.figures.axes import round_axis, size_axis
from gdplay.figures.pieces import Piece
from gdplay.figures.theme import LIGHT, TEXT_SIZE, Theme, assembled, axis
from gdplay.studies.update_costs import Times


def cost_view(reading: Times, *, theme: Theme = LIGHT) -> go.Figure:
    """Return the time of an update, and of an epoch, against the batch size.

    Dotted: what an update would take in proportion to its rows.
    """
    x, each = np.array(reading.sizes, dtype=float), np.array(reading.seconds)
    epoch = np.array(reading.epochs)
    steep = each[0] * x
    bound = steep <= 10 * each.max()
    panels = (("per update", each, ""), ("per epoch", epoch, "2"))
    traces = [_time(x, values, name, side, theme) for name, values, side in panels]
    unit = _unit(float(each.min()))[1]
    traces.insert(0, _proportional(x[bound], steep[bound] * unit, theme))
    ticks = size_axis(x)
    rows = "rows per update B"
    return assembled(
        theme,
        traces,
        xaxis=axis(theme, rows, domain=[0, 0.44], **ticks),
        xaxis2=axis(theme, rows, domain=[0.56, 1], anchor="y2", **ticks),
        yaxis=axis(theme, _title(panels[0]), **round_axis(steep[bound] * unit)),
        yaxis2=axis(
            theme, _title(panels[1]), anchor="x2",
            **round_axis(epoch * _unit(float(epoch.min()))[1]),
        ),
        hovermode="closest",
    )  # fmt: skip


def _time(x: Array, values: Array, name: str, side: str, theme: Theme) -> Piece:
    unit, factor = _unit(float(values.min()))
    return pieces.scatter(
        x=x,
        y=values * factor,
        xaxis=f"x{side}",
        yaxis=f"y{side}",
        mode="lines+markers",
        line={"color": theme.ink, "width": 2},
        marker={"size": 7, "color": theme.ink},
        hovertemplate=f"B = %{{x:.0f}}<br>%{{y:.3g}} {unit} {name}<extra></extra>",
        name=name,
    )


def _proportional(x: Array, y: Array, theme: Theme) -> Piece:
    return pieces.scatter(
        x=x,
        y=y,
        mode="lines+text",
        line={"color": theme.muted, "width": 1.5, "dash": "dot"},
        text=[*[""] * (len(x) - 1), "\N{NO-BREAK SPACE}in proportion to B"],
        textposition="bottom right",
        textfont={"color": theme.muted, "size": TEXT_SIZE - 2},
        cliponaxis=False,
        hoverinfo="skip",
        name="in proportion to B",
    )


def _title(panel: tuple[str, Array, str]) -> str:
    return f"{_unit(float(panel[1].min()))[0]} {panel[0]}"


def _unit(seconds: float) -> tuple[str, float]:
    """Return the unit that suits a time, and what seconds are multiplied by."""
    for unit, factor in (("s", 1.0), ("ms", 1e3)):
        if seconds * factor >= 0.1:
            return unit, factor
    return "µs", 1e6
