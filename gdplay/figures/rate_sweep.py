"""A rate sweep in a picture: the loss that each rate ends at, and the rates that are lost."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from gdplay.figures import pieces
from gdplay.figures.axes import band, log_axis
from gdplay.figures.pieces import Piece
from gdplay.figures.theme import (
    LIGHT,
    TEXT_SIZE,
    Theme,
    assembled,
    axis,
    dash,
    empty,
    light,
    plain,
    symbol,
)
from gdplay.studies.rate_sweep import Curve, RateSweep
from gdplay.words import number


def sweep_view(reading: RateSweep, *, theme: Theme = LIGHT) -> go.Figure:
    """Return the loss after an epoch against the learning rate, a line per line of the sweep.

    Bands hold the 10th to the 90th percentile of the seeds, a ring marks each line's best rate,
    crosses at the top the rates at which it was lost, dotted lines the predicted limits. Every
    point carries its places (line, rate) as `customdata`.
    """
    curves, rates = reading.curves, reading.rates
    visible = [curve for curve in curves if len(curve.y)]
    title = "Excess training loss" if reading.exact else "Training loss"
    if not visible:
        return empty(theme, title, "Nothing to draw: every run diverged.")
    low, high = _levels(visible, reading.start)
    step = 0.055 * (np.log10(high / low) + 0.1)
    tops = [high * 10 ** (step * (0.6 + i)) for i in range(len(curves))]
    return assembled(
        theme,
        [
            *(t for curve in visible for t in _band(curve, low, theme)),
            *(_limit(curve, low, high, theme) for curve in curves if _within(curve.limit, rates)),
            *(t for curve, top in zip(curves, tops, strict=True)
              for t in _points(curve, low, top, theme)),
            *(t for curve in visible for t in _ring(curve, low, high, theme)),
        ],
        title,
        xaxis=axis(
            theme, "learning rate", showgrid=False, **log_axis(rates[0], rates[-1], room=0.01)
        ),
        yaxis=axis(theme, "", **log_axis(low, max(tops))),
        hovermode="closest",
        clickmode="event+select",
    )  # fmt: skip


def _within(limit: float | None, rates: Sequence[float]) -> bool:
    return limit is not None and rates[0] <= limit <= rates[-1]


def _levels(curves: Sequence[Curve], start: float) -> tuple[float, float]:
    """Return the lowest and highest value drawn; ten decades at most, little above the start."""
    values = np.concatenate([np.append(curve.y, curve.low) for curve in curves])
    above = values[values > 0]
    high = float(max(values.max(), start)) or 1.0  # all may stand at the minimum
    low = float(above.min()) if len(above) else 1e-10 * high
    return max(low, 1e-10 * high), high


def _band(curve: Curve, low: float, theme: Theme) -> list[Piece]:
    if np.array_equal(curve.low, curve.high):
        return []
    return band(curve.rates, np.maximum(curve.low, low), curve.high, theme.run_color(curve.place))


def _limit(curve: Curve, low: float, high: float, theme: Theme) -> Piece:
    return pieces.scatter(
        x=[curve.limit, curve.limit],
        y=[low, high],
        mode="lines",
        line={"width": 1.2, "dash": "dot", "color": theme.run_color(curve.place)},
        name="predicted limit",
        hoverinfo="skip",
    )


def _points(curve: Curve, low: float, top: float, theme: Theme) -> list[Piece]:
    """Return a line through the values, and crosses at `top` where there are none."""
    color = theme.run_color(curve.place)
    unselected = {"marker": {"opacity": 1}}
    line = pieces.scatter(
        x=light(curve.rates),
        y=light(np.maximum(curve.y, low)),
        mode="lines+markers",
        line={"width": 1.8, "color": color, "dash": dash(curve.place)},
        marker={"size": 6, "color": color, "symbol": symbol(curve.place), "opacity": 1},
        customdata=np.column_stack([np.full_like(curve.known, curve.place), curve.known]).tolist(),
        name=curve.name,
        hovertemplate=f"{plain(curve.name)}<br>rate %{{x:.3g}}: %{{y:.3g}}<extra></extra>",
        unselected=unselected,
    )
    gone = pieces.scatter(
        x=light(curve.gone),
        y=light(np.full(len(curve.gone), top)),
        mode="markers",
        marker={
            "size": 7,
            "color": color,
            "symbol": "x-thin",
            "line": {"width": 2, "color": color},
        },
        customdata=np.column_stack([np.full_like(curve.lost, curve.place), curve.lost]).tolist(),
        name=f"{curve.name}, lost",
        hovertemplate=f"{plain(curve.name)}<br>rate %{{x:.3g}}: far above the start<extra></extra>",
        unselected=unselected,
    )
    return [line, gone]


def _ring(curve: Curve, low: float, high: float, theme: Theme) -> list[Piece]:
    if curve.best is None:
        return []
    rate, value = curve.best
    near_edge = np.log(max(value, low) / low) < 0.1 * np.log(high / low)
    edge = {"width": 2.2, "color": theme.ink}
    return [
        pieces.scatter(
            x=[rate],
            y=[max(value, low)],
            mode="markers+text",
            marker={"size": 13, "symbol": "circle-open", "color": theme.ink, "line": edge},
            text=[number(rate)],
            textposition="middle left" if near_edge else "bottom center",
            textfont={"size": TEXT_SIZE - 1, "color": theme.ink},
            cliponaxis=False,
            hoverinfo="skip",
            name="best",
        )
    ]
