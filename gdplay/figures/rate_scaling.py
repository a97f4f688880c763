"""Rates that grow with the batch: final losses against the batch size."""

import numpy as np
import plotly.graph_objects as go

from gdplay.arrays import Array
from gdplay.figures import pieces
from gdplay.figures.axes import legend_above, log_axis, size_axis
from gdplay.figures.pieces import Piece
from gdplay.figures.theme import LIGHT, TEXT_SIZE, Theme, assembled, axis, plain, symbol
from gdplay.studies.rate_scaling import RateScaling, Scaled


def scaling_view(reading: RateScaling, *, theme: Theme = LIGHT) -> go.Figure:
    """Return final losses against the batch size, a line per rule for the rate.

    Open marks have rates of 2/L or more; what diverged stands at the top.
    """
    x = np.array(reading.sizes, dtype=float)
    values = np.concatenate([line.values for line in reading.lines])
    positive = values[np.isfinite(values) & (values > 0)]
    low = float(positive.min()) if len(positive) else reading.start / 10
    top = 2 * max(reading.start, low)
    level = "excess loss at the end" if reading.exact else "loss at the end"
    return assembled(
        theme,
        [
            _scaled(x, line, place, reading.limit, (low, top), theme)
            for place, line in enumerate(reading.lines)
        ],
        xaxis=axis(theme, "rows per update B", **size_axis(x)),
        yaxis=axis(theme, level, **log_axis(low, top)),
        shapes=[_level(reading.start, theme)],
        showlegend=True,
        legend=legend_above(theme),
        hovermode="closest",
    )  # fmt: skip


def _scaled(
    x: Array, line: Scaled, place: int, limit: float, ends: tuple[float, float], theme: Theme
) -> Piece:
    color, (low, top) = theme.run_color(place), ends
    return pieces.scatter(
        x=x,
        y=np.where(line.values <= top, np.maximum(line.values, low), top),
        mode="lines+markers",
        line={"color": color, "width": 2},
        marker={
            "size": 9,
            "symbol": [symbol(place) + "-open" * bool(rate >= limit) for rate in line.rates],
            "color": color,
            "line": {"width": 2, "color": color},
        },
        customdata=np.column_stack([line.rates, line.values]),
        hovertemplate=f"{plain(line.name)}<br>B = %{{x:.0f}}, η = %{{customdata[0]:.3g}}"
        "<br>%{customdata[1]:.3g}<extra></extra>",
        name=line.name,
    )


def _level(value: float, theme: Theme) -> dict[str, object]:
    """Return a line at the start's value."""
    ends = {"x0": 0, "x1": 1, "xref": "paper", "y0": value, "y1": value}
    return {
        "type": "line", **ends, "line": {"color": theme.muted, "width": 1, "dash": "dot"},
        "label": {
            "text": "at the start", "textposition": "end",
            "font": {"size": TEXT_SIZE - 2, "color": theme.muted},
        },
    }  # fmt: skip
