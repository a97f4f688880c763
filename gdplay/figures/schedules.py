"""Losses under several schedules, with each update's rate below."""

import numpy as np
import plotly.graph_objects as go

from gdplay.figures import pieces
from gdplay.figures.axes import band, log_axis
from gdplay.figures.pieces import Piece
from gdplay.figures.theme import LIGHT, TEXT_SIZE, Theme, assembled, axis, dash, empty, light, plain
from gdplay.studies.schedules import Decay, Schedules


def decay_view(reading: Schedules, *, theme: Theme = LIGHT) -> go.Figure:
    """Return losses against updates, and below them, on the same axis, each update's rate.

    A dotted line is the excess at which the constant rate is predicted to hover.
    """
    decays = reading.decays
    title = "Excess training loss" if reading.exact else "Training loss"
    values = np.concatenate([np.append(decay.median, decay.low) for decay in decays])
    values = values[np.isfinite(values) & (values > 0)]
    if not len(values):
        return empty(theme, title, "Nothing to draw: every run diverged.")
    last = int(max(decay.updates[-1] for decay in decays))
    return assembled(
        theme,
        [
            *(t for decay in decays for t in _band(decay, theme)),
            *_hover_line(reading.floor, last, theme),
            *(t for decay in decays for t in _lines(decay, theme)),
        ],
        title,
        xaxis=axis(theme, "updates", range=[0, last], showgrid=False, anchor="y2"),
        yaxis=axis(theme, "", domain=[0.4, 1.0], **log_axis(values.min(), values.max())),
        yaxis2=axis(theme, "rate η(t)", domain=[0.0, 0.3], rangemode="tozero", nticks=4),
        hovermode="closest",
    )


def _hover_line(floor: float | None, last: int, theme: Theme) -> list[Piece]:
    if not floor or not np.isfinite(floor):
        return []
    return [
        pieces.scatter(
            x=[0, last],
            y=[floor, floor],
            mode="lines+text",
            line={"width": 1.3, "dash": "dot", "color": theme.ink},
            text=["", "predicted floor"],
            textposition="top left",
            textfont={"size": TEXT_SIZE - 1, "color": theme.muted},
            name="predicted floor",
            hovertemplate=f"predicted floor {floor:.3g}<extra></extra>",
        )
    ]


def _band(decay: Decay, theme: Theme) -> list[Piece]:
    if np.array_equal(decay.low, decay.high):
        return []
    return band(decay.updates, decay.low, decay.high, theme.run_color(decay.place))


def _lines(decay: Decay, theme: Theme) -> list[Piece]:
    looks = {"width": 2, "color": theme.run_color(decay.place), "dash": dash(decay.place)}
    return [
        pieces.scatter(
            x=light(decay.updates),
            y=light(decay.median),
            mode="lines",
            line=looks,
            name=decay.name,
            hovertemplate=f"{plain(decay.name)}<br>%{{y:.3g}} after %{{x}} updates<extra></extra>",
        ),
        pieces.scatter(
            x=light(decay.steps),
            y=light(decay.rates),
            yaxis="y2",
            mode="lines",
            line=looks,
            name=f"{decay.name}, rate",
            hovertemplate=f"{plain(decay.name)}<br>rate %{{y:.3g}} at update %{{x}}<extra></extra>",
        ),
    ]
