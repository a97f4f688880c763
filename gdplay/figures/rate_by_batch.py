"""Rates crossed with batch sizes: a map of final losses."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from gdplay.arrays import Array, Flags
from gdplay.figures import pieces
from gdplay.figures.axes import decades
from gdplay.figures.pieces import Piece
from gdplay.figures.theme import LIGHT, TEXT_SIZE, Theme, assembled, axis, faint, light, plain
from gdplay.studies.rate_by_batch import Cells

GRADE = {
    "light": ("#1F4E79", "#4B7EA6", "#8FB0C6", "#CBD5D6", "#F2ECDD"),
    "dark": ("#8CC4EE", "#5C97C4", "#3E6E96", "#2C4A66", "#232B36"),
}
"""From low to high loss: lightness alone tells, for any kind of colour vision."""

DECADES = 8.0
"""Losses this many decades below the start's share the deepest colour."""


def rate_map(
    sizes: Sequence[int],
    rates: Sequence[float],
    cells: Cells,
    limits: Sequence[float | None],
    *,
    theme: Theme = LIGHT,
) -> go.Figure:
    """Return the final loss over batch sizes and rates, both on logarithmic axes.

    Cells in which orders of the rows diverged or ended above their start are hatched; most of
    them: left without colour. Rings are the best rate of each batch size, the star the best cell.

    Parameters
    ----------
    sizes : R batch sizes, ascending
    rates : P rates, ascending
    cells : Cells of shape (R, P)
    limits : R floats or None
        Mean-square limits; the last is 2/L, of all rows.
    """
    x, y = np.log2(sizes), np.log10(rates)
    xs, ys = _edges(x), _edges(y)
    lines = [*_guides(x, y, cells, theme), *_limits(x, limits, theme)]
    return assembled(
        theme,
        [
            _heat(sizes, rates, xs, ys, cells, theme),
            _hatching(xs, ys, cells.lost > 0, theme),
            *(part for line in lines for part in _cased(line, theme)),
            *_bests(x, y, cells, theme),
            _places(x, y, sizes, rates, cells),
        ],
        xaxis=axis(
            theme, "rows per update B", range=[xs[0], xs[-1]], showgrid=False, tickvals=x,
            ticktext=[f"{size:g}" for size in sizes], ticks="",
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


def _heat(
    sizes: Sequence[int],
    rates: Sequence[float],
    xs: Array,
    ys: Array,
    cells: Cells,
    theme: Theme,
) -> Piece:
    top = float(np.log10(max(cells.start, cells.dust)))
    known = np.where(np.isfinite(cells.values), np.maximum(cells.values, cells.dust), np.nan)
    low = max(float(np.log10(np.nanmin(known, initial=cells.start))), top - DECADES)
    low = min(low, top - 0.1)
    ticks = np.arange(np.ceil(low), np.floor(top) + 1)
    colors = GRADE[theme.name]
    return pieces.heatmap(
        x=xs,
        y=ys,
        z=light(np.log10(known).T),
        zmin=low,
        zmax=top,
        colorscale=[[i / (len(colors) - 1), color] for i, color in enumerate(colors)],
        xgap=1,
        ygap=1,
        hoverinfo="skip",
        colorbar={
            "title": {
                "text": "excess loss" if cells.exact else "loss",
                "font": {"size": TEXT_SIZE - 2, "color": theme.muted},
            },
            "thickness": 10,
            "outlinewidth": 0,
            "tickvals": ticks if len(ticks) > 1 else [low, top],
            "ticktext": [f"10<sup>{int(t)}</sup>" for t in ticks]
            if len(ticks) > 1
            else [f"{10**t:.2g}" for t in (low, top)],
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


def _guides(x: Array, y: Array, cells: Cells, theme: Theme) -> list[Rule]:
    """Return where rates in proportion to B, and to its root, lead from the best one for B = 1."""
    best = cells.best[0]
    if best is None:
        return []
    found = []
    for power, name, dash in ((1.0, "η ∝ B", "dash"), (0.5, "η ∝ √B", "dot")):
        ways = y[best] + power * np.log10(2) * (x - x[0])
        end = int(np.flatnonzero(ways <= y[-1])[-1]) + 1
        at = max(0, end - 2)
        found.append(Rule(name, x[:end], ways[:end], theme.run_color(3), dash, at))
    return found


def _limits(x: Array, limits: Sequence[float | None], theme: Theme) -> list[Rule]:
    """Return 2/L as a level line, and the mean-square limits below it."""
    if limits[-1] is None:
        return []
    ends = np.insert([x[0] - 0.5, x[-1] + 0.5], 1, x[min(2, len(x) - 1)])
    level = np.full(3, np.log10(limits[-1]))
    found = [Rule("2/L", ends, level, theme.ink, "solid", 1, True)]
    known = [limit for limit in limits if limit is not None]
    if 1 < len(known) == len(limits):
        found.insert(0, Rule("mean-square limit", x, np.log10(known), theme.ink, "dot", 0))
    return found


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
    return {
        "text": plain(line.name), "x": line.x[line.at], "y": line.y[line.at], "showarrow": False,
        "xanchor": "left", "xshift": 4, "borderpad": 1, **(above if line.above else below),
        "bgcolor": faint(theme.paper, 0.82), "font": {"size": TEXT_SIZE - 1, "color": theme.ink},
    }  # fmt: skip


def _bests(x: Array, y: Array, cells: Cells, theme: Theme) -> list[Piece]:
    places = [(r, p) for r, p in enumerate(cells.best) if p is not None]
    looks = {"color": theme.ink, "line": {"color": theme.casing, "width": 1.5}, "opacity": 1}
    winner = cells.winner
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


def _places(
    x: Array, y: Array, sizes: Sequence[int], rates: Sequence[float], cells: Cells
) -> Piece:
    """Return an unseen mark in every cell, to be pointed at and clicked; `customdata` is (r, p)."""
    r, p = (
        grid.ravel() for grid in np.meshgrid(range(len(sizes)), range(len(rates)), indexing="ij")
    )
    return pieces.scatter(
        x=x[r],
        y=y[p],
        mode="markers",
        marker={"opacity": 0, "size": 22, "symbol": "square"},
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        customdata=np.stack([r, p], axis=1).tolist(),  # arrays reach Python as objects
        text=[_told(sizes[i], rates[j], cells, i, j) for i, j in zip(r, p, strict=True)],
        hovertemplate="%{text}<br>click: this run on Compare<extra></extra>",
        name="cells",
    )


def _told(size: int, rate: float, cells: Cells, r: int, p: int) -> str:
    value, lost = cells.values[r, p], cells.lost[r, p]
    what = "excess loss" if cells.exact else "loss"
    ended = f"{what} {value:.3g}" if np.isfinite(value) else "diverged"
    if np.isnan(value):
        ended = "stopped before the end"
    more = f"<br>{lost:.0%} of the orders diverged or ended above their start" if lost else ""
    return f"B = {size}, η = {rate:g}<br>{ended}{more}"
