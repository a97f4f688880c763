"""What batches cost, in which order their rows come, and rates that grow with them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from gdplay.arrays import Array
from gdplay.figures import pieces
from gdplay.figures.axes import legend_above, round_ticks, spaced
from gdplay.figures.pieces import Piece
from gdplay.figures.theme import (
    LIGHT,
    TEXT_SIZE,
    Theme,
    assembled,
    axis,
    empty,
    faint,
    light,
    plain,
    symbol,
)
from gdplay.sampling import SAMPLINGS

TARGETS = ((0.0, "#0072B2"), (0.5, "#D9D4C7"), (1.0, "#D55E00"))
"""Low to high targets."""

MOST_TILES = 600
"""An epoch of more rows is thinned evenly in the picture."""


# What updates cost


def cost_view(
    sizes: Sequence[int], seconds: Sequence[float], n: int, *, theme: Theme = LIGHT
) -> go.Figure:
    """Return the time of an update, and of an epoch of `n` rows, against the batch size.

    Dotted: what an update would take in proportion to its rows.
    """
    x, each = np.array(sizes, dtype=float), np.array(seconds)
    epoch = each * np.ceil(n / x)
    steep = each[0] * x
    bound = steep <= 10 * each.max()
    panels = (("per update", each, ""), ("per epoch", epoch, "2"))
    traces = [_time(x, values, name, side, theme) for name, values, side in panels]
    unit = _unit(float(each.min()))[1]
    traces.insert(0, _proportional(x[bound], steep[bound] * unit, theme))
    keep = spaced(x)
    ticks = {
        "type": "log", "tickvals": x[keep], "ticktext": [f"{size:g}" for size in x[keep]],
        "tickangle": 0, "showgrid": False,
    }  # fmt: skip
    rows = "rows per update B"
    return assembled(
        theme,
        traces,
        xaxis=axis(theme, rows, domain=[0, 0.44], **ticks),
        xaxis2=axis(theme, rows, domain=[0.56, 1], anchor="y2", **ticks),
        yaxis=axis(theme, _title(panels[0]), type="log", **round_ticks(steep[bound] * unit)),
        yaxis2=axis(
            theme, _title(panels[1]), type="log", anchor="x2",
            **round_ticks(epoch * _unit(float(epoch.min()))[1]),
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


# The order of the rows


class Tail(NamedTuple):
    """Where runs of one sampling ended up, last batch kept or dropped: mean, and its band."""

    sampling: str
    dropped: bool
    mean: float
    low: float
    high: float


def epoch_tiles(
    orders: Sequence[tuple[str, Array]],
    targets: Array,
    batch_size: int,
    *,
    theme: Theme = LIGHT,
) -> go.Figure:
    """Return two epochs of every sampling as rows of tiles, coloured by their targets.

    Lines cut the epoch into batches; the short last one is framed.

    Parameters
    ----------
    orders : pairs of a sampling's key and its row indices, (2, n)
    targets : ndarray of shape (n,)
    """
    n = len(targets)
    rank = np.argsort(np.argsort(targets, kind="stable")) / max(n - 1, 1)
    kept = np.unique(np.linspace(0, n - 1, min(n, MOST_TILES)).round().astype(int))
    strips, middles = [], []
    for _, rows in orders:
        strips += [rank[rows[0]][kept], rank[rows[1]][kept], np.full(len(kept), np.nan)]
        middles.append(len(strips) - 2.5)
    names = [plain(SAMPLINGS[key].title) for key, _ in orders]
    height = len(strips) - 1
    rest = n % batch_size
    shapes = _cuts(n, batch_size, height, theme)
    if rest and batch_size < n:
        shapes.append(_frame(n - rest, n, height, theme))
    heat = pieces.heatmap(
        z=light(np.array(strips[:-1])),
        x=kept,
        zmin=0,
        zmax=1,
        colorscale=[list(stop) for stop in TARGETS],
        showscale=False,
        ygap=1,
        hoverinfo="skip",
        name="epochs",
    )
    return assembled(
        theme,
        [heat],
        xaxis=axis(theme, "place in the epoch", range=[-0.5, n - 0.5], showgrid=False),
        yaxis=axis(
            theme, "", range=[height - 0.5, -0.5], tickvals=middles, ticktext=names, ticks="",
            showgrid=False,
        ),
        shapes=shapes or None,
    )  # fmt: skip


def _cuts(n: int, batch_size: int, height: int, theme: Theme) -> list[dict[str, object]]:
    """Return lines between batches, where they are not too many to be seen."""
    places = range(batch_size, n, batch_size)
    if len(places) > 64:
        return []
    line = {"color": theme.paper, "width": 3}
    return [
        {
            "type": "line",
            "x0": at - 0.5,
            "x1": at - 0.5,
            "y0": -0.5,
            "y1": height - 0.5,
            "line": line,
        }
        for at in places
    ]


def _frame(first: int, n: int, height: int, theme: Theme) -> dict[str, object]:
    ends = {"x0": first - 0.5, "x1": n - 0.5, "y0": -0.5, "y1": height - 0.5}
    return {"type": "rect", **ends, "line": {"color": theme.ink, "width": 1.5}}


def tail_view(tails: Sequence[Tail], *, exact: bool = True, theme: Theme = LIGHT) -> go.Figure:
    """Return where runs of each sampling hover: filled marks keep the last batch, open drop it."""
    shown = [tail for tail in tails if np.isfinite(tail.mean) and tail.mean > 0]
    if not shown:
        return empty(theme, "", "Nothing to draw: every run diverged or was stopped.")
    keys = list(dict.fromkeys(tail.sampling for tail in tails))
    values = np.array([v for tail in shown for v in (tail.mean, tail.low, tail.high) if v > 0])
    few = values.max() / values.min() < 30
    return assembled(
        theme,
        [
            _tails([tail for tail in shown if tail.dropped is dropped], keys, dropped, theme)
            for dropped in (False, True)
        ],
        xaxis=axis(
            theme, "excess loss" if exact else "loss", type="log", exponentformat="power",
            dtick="D2" if few else 1,
        ),
        yaxis=axis(
            theme, "", range=[len(keys) - 0.5, -0.5], tickvals=list(range(len(keys))),
            ticktext=[plain(SAMPLINGS[key].title) for key in keys], showgrid=True, ticks="",
        ),
        showlegend=True,
        legend=legend_above(theme),
    )  # fmt: skip


def _tails(tails: Sequence[Tail], keys: Sequence[str], dropped: bool, theme: Theme) -> Piece:
    name = f"last batch {'dropped' if dropped else 'kept'}"
    color, aside = theme.run_color(3 if dropped else 0), 0.14 if dropped else -0.14
    mean, low, high = np.array([tail[2:] for tail in tails]).reshape(-1, 3).T
    return pieces.scatter(
        x=mean,
        y=[keys.index(tail.sampling) + aside for tail in tails],
        mode="markers",
        marker={
            "size": 10,
            "color": color,
            "symbol": "circle-open" if dropped else "circle",
            "line": {"width": 2, "color": color},
        },
        error_x={
            "type": "data",
            "symmetric": False,
            "array": np.maximum(high - mean, 0),
            "arrayminus": np.maximum(mean - low, 0),
            "thickness": 1.2,
            "width": 0,
            "color": faint(color, 0.7),
        },
        name=name,
        hovertemplate=f"{name}<br>%{{x:.3g}}<extra></extra>",
    )


# Rates that grow with the batch


class Scaled(NamedTuple):
    """Final values (R,) over batch sizes under one rule for the rate, and the rates; inf: lost."""

    name: str
    rates: Array
    values: Array


def scaling_view(
    sizes: Sequence[int],
    found: Sequence[Scaled],
    limit: float,
    start: float,
    *,
    exact: bool = True,
    theme: Theme = LIGHT,
) -> go.Figure:
    """Return final losses against the batch size, a line per rule for the rate.

    Open marks have rates of 2/L (`limit`) or more; what diverged stands at the top.
    """
    x = np.array(sizes, dtype=float)
    finite = np.concatenate(
        [one.values[np.isfinite(one.values) & (one.values > 0)] for one in found]
    )
    low = float(finite.min()) if len(finite) else start / 10
    top = 2 * max(start, low)
    ticks = x[spaced(x)]
    return assembled(
        theme,
        [_scaled(x, one, place, limit, (low, top), theme) for place, one in enumerate(found)],
        xaxis=axis(
            theme, "rows per update B", type="log", tickvals=ticks,
            ticktext=[f"{size:g}" for size in ticks], showgrid=False,
        ),
        yaxis=axis(
            theme, "excess loss at the end" if exact else "loss at the end", type="log",
            exponentformat="power", range=[np.log10(low) - 0.15, np.log10(top) + 0.1],
            dtick=1 if top / low > 200 else "D2",
        ),
        shapes=[_level(start, theme)],
        showlegend=True,
        legend=legend_above(theme),
        hovermode="closest",
    )  # fmt: skip


def _scaled(
    x: Array, one: Scaled, place: int, limit: float, ends: tuple[float, float], theme: Theme
) -> Piece:
    color, (low, top) = theme.run_color(place), ends
    return pieces.scatter(
        x=x,
        y=np.where(one.values <= top, np.maximum(one.values, low), top),
        mode="lines+markers",
        line={"color": color, "width": 2},
        marker={
            "size": 9,
            "symbol": [symbol(place) + "-open" * bool(rate >= limit) for rate in one.rates],
            "color": color,
            "line": {"width": 2, "color": color},
        },
        customdata=np.column_stack([one.rates, one.values]),
        hovertemplate=f"{plain(one.name)}<br>B = %{{x:.0f}}, η = %{{customdata[0]:.3g}}"
        "<br>%{customdata[1]:.3g}<extra></extra>",
        name=one.name,
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
