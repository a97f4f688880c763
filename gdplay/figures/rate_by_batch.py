"""Rates crossed with batch sizes: a map of final losses."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from gdplay.arrays import Array, Flags
from gdplay.figures import pieces
from gdplay.figures.axes import decades
from gdplay.figures.pieces import Piece
from gdplay.figures.theme import LIGHT, TEXT_SIZE, Theme, assembled, axis, faint, light, plate
from gdplay.studies.rate_by_batch import RateByBatch
from gdplay.words import number

GRADE = {
    "light": ("#1F4E79", "#4B7EA6", "#8FB0C6", "#CBD5D6", "#F2ECDD"),
    "dark": ("#8CC4EE", "#5C97C4", "#3E6E96", "#2C4A66", "#232B36"),
}
"""From low to high loss: lightness alone tells, for any kind of colour vision."""

DECADES = 8.0
"""Losses this many decades below the start's share the deepest colour."""


def rate_map(reading: RateByBatch, *, theme: Theme = LIGHT) -> go.Figure:
    """Return the final loss over batch sizes and rates, both on logarithmic axes.

    Cells in which orders of the rows diverged or ended above their start are hatched; most of
    them: left without colour. Rings are the best rate of each batch size, the star the best cell.
    """
    x, y = np.log2(reading.sizes), np.log10(reading.rates)
    xs, ys = _edges(x), _edges(y)
    lines = [*_guides(x, y, reading.best[0], theme), *_limits(x, reading.limits, theme)]
    return assembled(
        theme,
        [
            _heat(xs, ys, reading, theme),
            _hatching(xs, ys, reading.lost > 0, theme),
            *(part for line in lines for part in _cased(line, theme)),
            *_bests(x, y, reading, theme),
            _places(x, y, reading),
        ],
        xaxis=axis(
            theme, "rows per update B", range=[xs[0], xs[-1]], showgrid=False, tickvals=x,
            ticktext=[f"{size:g}" for size in reading.sizes], ticks="",
        ),
        yaxis=axis(
            theme, "learning rate η", range=[ys[0], ys[-1]], showgrid=False, ticks="",
            **decades(ys[0], ys[-1]),
        ),
        annotations=[_name(line, theme) for line in lines] or None,
        hovermode="closest",
    )  # fmt: skip


def _edges(middles: Array) -> Array:
    """Return the edges of cells around ascending `middles`, one more."""
    if len(middles) == 1:
        return np.array([middles[0] - 0.5, middles[0] + 0.5])
    between = (middles[1:] + middles[:-1]) / 2
    first, last = 2 * middles[0] - between[0], 2 * middles[-1] - between[-1]
    return np.concatenate([[first], between, [last]])


def _heat(xs: Array, ys: Array, reading: RateByBatch, theme: Theme) -> Piece:
    top = float(np.log10(max(reading.start, reading.dust)))
    values = np.where(np.isfinite(reading.values), np.maximum(reading.values, reading.dust), np.nan)
    low = max(float(np.log10(np.nanmin(values, initial=reading.start))), top - DECADES)
    low = min(low, top - 0.1)
    ticks = np.arange(np.ceil(low), np.floor(top) + 1)
    colors = GRADE[theme.name]
    return pieces.heatmap(
        x=xs,
        y=ys,
        z=light(np.log10(values).T),
        zmin=low,
        zmax=top,
        colorscale=[[i / (len(colors) - 1), color] for i, color in enumerate(colors)],
        xgap=1,
        ygap=1,
        hoverinfo="skip",
        colorbar={
            "title": {
                "text": "excess loss" if reading.exact else "loss",
                "font": {"size": TEXT_SIZE - 2, "color": theme.muted},
            },
            "thickness": 10,
            "outlinewidth": 0,
            "tickvals": ticks if len(ticks) > 1 else [low, top],
            "ticktext": [f"10<sup>{int(t)}</sup>" for t in ticks]
            if len(ticks) > 1
            else [number(10**t, 2) for t in (low, top)],
            "tickfont": {"size": TEXT_SIZE - 2, "color": theme.muted},
            "len": 0.9,
        },
        name="loss",
    )


def _hatching(xs: Array, ys: Array, where: Flags, theme: Theme) -> Piece:
    """Return diagonal lines across the cells (r, p) where `where`."""
    # Lines that go on from cell to cell: the diagonal, and half of it on either side.
    strokes = np.array([[0, 0, 1, 1], [0, 0.5, 0.5, 1], [0.5, 0, 1, 0.5]])
    lines: list[float | None] = []
    heights: list[float | None] = []
    for r, p in zip(*np.nonzero(where), strict=True):
        (x0, x1), (y0, y1) = xs[r : r + 2], ys[p : p + 2]
        for a, b, c, d in strokes:
            lines += [x0 + a * (x1 - x0), x0 + c * (x1 - x0), None]
            heights += [y0 + b * (y1 - y0), y0 + d * (y1 - y0), None]
    return pieces.scatter(
        x=lines,
        y=heights,
        mode="lines",
        line={"color": faint(theme.muted, 0.75), "width": 1},
        hoverinfo="skip",
        name="lost",
    )


class Rule(NamedTuple):
    """A line over the map, in logarithms: of base 2 along x, of base 10 along y."""

    name: str
    x: Array
    y: Array
    color: str
    dash: str
    at: int
    """The point at which its name stands."""
    above: bool = False


def _guides(x: Array, y: Array, best: int | None, theme: Theme) -> list[Rule]:
    """Return where rates in proportion to B, and to its root, lead from the best one for B = 1."""
    if best is None:
        return []
    guides = []
    for power, name, dash in ((1.0, "η ∝ B", "dash"), (0.5, "η ∝ √B", "dot")):
        ways = y[best] + power * np.log10(2) * (x - x[0])
        end = int(np.flatnonzero(ways <= y[-1])[-1]) + 1
        at = max(0, end - 2)
        guides.append(Rule(name, x[:end], ways[:end], theme.run_color(3), dash, at))
    return guides


def _limits(x: Array, limits: Sequence[float | None], theme: Theme) -> list[Rule]:
    """Return 2/L as a level line, and the mean-square limits below it."""
    if limits[-1] is None:
        return []
    ends = np.insert([x[0] - 0.5, x[-1] + 0.5], 1, x[min(2, len(x) - 1)])
    level = np.full(3, np.log10(limits[-1]))
    lines = [Rule("2/L", ends, level, theme.ink, "solid", 1, True)]
    rates = [limit for limit in limits if limit is not None]
    if 1 < len(rates) == len(limits):
        lines.insert(0, Rule("mean-square limit", x, np.log10(rates), theme.ink, "dot", 0))
    return lines


def _cased(line: Rule, theme: Theme) -> list[Piece]:
    """Return a line on a light edge."""
    looks = ((theme.casing, 4.5, "solid", ""), (line.color, 2, line.dash, line.name))
    return [
        pieces.scatter(
            x=line.x,
            y=line.y,
            mode="lines",
            line={"color": color, "width": width, "dash": dash},
            opacity=1 if name else 0.7,
            hoverinfo="skip",
            name=name,
        )
        for color, width, dash, name in looks
    ]


def _name(line: Rule, theme: Theme) -> dict[str, object]:
    """Return a line's name on a plate beside one of its points."""
    above = {"yanchor": "bottom", "yshift": 4}
    below = {"yanchor": "top", "yshift": -4}
    beside = {"x": line.x[line.at], "y": line.y[line.at], "xanchor": "left", "xshift": 4}
    return plate(line.name, theme) | beside | (above if line.above else below)


def _bests(x: Array, y: Array, reading: RateByBatch, theme: Theme) -> list[Piece]:
    places = [(r, p) for r, p in enumerate(reading.best) if p is not None]
    looks = {"color": theme.ink, "line": {"color": theme.casing, "width": 1.5}, "opacity": 1}
    winner = reading.winner
    others = [place for place in places if place != winner]
    marks = (("best rate", others, "circle", 7), ("best", [winner] if winner else [], "star", 16))
    return [
        pieces.scatter(
            x=[x[r] for r, _ in spots],
            y=[y[p] for _, p in spots],
            mode="markers",
            marker={**looks, "symbol": shape, "size": size},
            unselected={"marker": {"opacity": 1}},
            hoverinfo="skip",
            name=name,
        )
        for name, spots, shape, size in marks
        if spots
    ]


def _places(x: Array, y: Array, reading: RateByBatch) -> Piece:
    """Return an unseen mark in every cell, to be pointed at and clicked; `customdata` is (r, p)."""
    places = list(np.ndindex(reading.values.shape))
    r, p = np.array(places).T
    return pieces.scatter(
        x=x[r],
        y=y[p],
        mode="markers",
        marker={"opacity": 0, "size": 22, "symbol": "square"},
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        customdata=[list(place) for place in places],  # arrays reach Python as objects
        text=[_end(reading, *place) for place in places],
        hovertemplate="%{text}<br>click: open this run<extra></extra>",
        name="cells",
    )


def _end(reading: RateByBatch, r: int, p: int) -> str:
    """Return how a cell's runs ended, for who points at it."""
    value, lost = reading.values[r, p], reading.lost[r, p]
    what = "excess loss" if reading.exact else "loss"
    ended = f"{what} {number(value)}" if np.isfinite(value) else "diverged"
    if np.isnan(value):
        ended = "stopped before the end"
    more = f"<br>{lost:.0%} of the orders diverged or ended above their start" if lost else ""
    return f"B = {reading.sizes[r]}, η = {number(reading.rates[p])}<br>{ended}{more}"
