"""Duels in two pictures: every rule at all rates it tried, and how many starts arrived when."""

import numpy as np
import plotly.graph_objects as go

from gdplay.figures import pieces
from gdplay.figures.axes import log_axis, time_axis
from gdplay.figures.pieces import Piece
from gdplay.figures.theme import (
    LIGHT,
    TEXT_SIZE,
    Theme,
    assembled,
    axis,
    dash,
    light,
    plain,
    symbol,
)
from gdplay.studies.duels import Duels, Entrant
from gdplay.words import number

LEAST = 0.5
"""Layout: fewer updates on average than this are not told apart."""


def tries_view(reading: Duels, *, theme: Theme = LIGHT) -> go.Figure:
    """Return the mean updates to the target line at every rate tried, the best in a ring."""
    rates, most = reading.rates, reading.n_updates
    low = min(float(entrant.means.min()) for entrant in reading.entrants)
    return assembled(
        theme,
        [
            *(_tries(entrant, rates, theme) for entrant in reading.entrants),
            *(_best(entrant, theme) for entrant in reading.entrants if entrant.reached),
        ],
        "Updates to the target line, mean",
        xaxis=axis(
            theme, "learning rate η", showgrid=False,
            **{**log_axis(rates[0], rates[-1], room=0.01), "dtick": 1},
        ),
        yaxis=axis(theme, "", **log_axis(max(low, LEAST), most, room=0.1)),
        hovermode="closest",
    )  # fmt: skip


def _tries(entrant: Entrant, rates: tuple[float, ...], theme: Theme) -> Piece:
    color = theme.run_color(entrant.place)
    return pieces.scatter(
        x=light(rates), y=light(entrant.means), mode="lines+markers", name=entrant.name,
        line={"width": 1.8, "color": color, "dash": dash(entrant.place)},
        marker={"size": 5, "color": color, "symbol": symbol(entrant.place)},
        hovertemplate=f"{plain(entrant.name)}<br>η = %{{x:.3g}}: %{{y:.3g}} updates on average"
        "<extra></extra>",
    )  # fmt: skip


def _best(entrant: Entrant, theme: Theme) -> Piece:
    rate = entrant.run.optimizer.lr
    return pieces.scatter(
        x=[rate], y=[float(entrant.means.min())], mode="markers+text", name="best",
        marker={"size": 13, "symbol": "circle-open", "color": theme.ink,
                "line": {"width": 2.2, "color": theme.ink}},
        text=[number(rate)], textposition="bottom center",
        textfont={"size": TEXT_SIZE - 1, "color": theme.ink}, cliponaxis=False, hoverinfo="skip",
    )  # fmt: skip


def arrivals_view(reading: Duels, *, theme: Theme = LIGHT) -> go.Figure:
    """Return from how many starts the target line was reached, against updates.

    Each rule at its best rate. What began on the line or below it stands at the left edge.
    """
    last = max(reading.n_updates, 2)
    updates, edge = time_axis(1, last)
    return assembled(
        theme,
        [_arrivals(entrant, edge, last, theme) for entrant in reading.entrants],
        f"Starts from which it is reached, of {len(reading.starts)}",
        xaxis=axis(theme, "updates", showgrid=False, **updates),
        yaxis=axis(theme, "", range=[0, 1.04 * len(reading.starts)]),
        hovermode="closest",
    )


def _arrivals(entrant: Entrant, edge: float, last: int, theme: Theme) -> Piece:
    there = np.sort(entrant.needed[entrant.needed >= 0])
    when = np.unique(there)
    count = np.searchsorted(there, when, side="right")
    x = np.concatenate([[edge], np.maximum(when, edge), [last]])
    color = theme.run_color(entrant.place)
    return pieces.scatter(
        x=light(x), y=light(np.concatenate([[0], count, [len(there)]])), mode="lines",
        name=entrant.name,
        line={"width": 2, "color": color, "dash": dash(entrant.place), "shape": "hv"},
        hovertemplate=f"{plain(entrant.name)}<br>after %{{x:.6~g}} updates from %{{y:.0f}} starts"
        "<extra></extra>",
    )  # fmt: skip
