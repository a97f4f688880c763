"""Basins: a map of starts, coloured by where a rule ends from each of them."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from gdplay.arrays import Array
from gdplay.figures import pieces
from gdplay.figures.paths import path_on_map
from gdplay.figures.paths import shade as shade_of
from gdplay.figures.pieces import Piece
from gdplay.figures.rate_by_batch import GRADE
from gdplay.figures.theme import LIGHT, TEXT_SIZE, Theme, assembled, axis, faint, light
from gdplay.figures.ways import Path
from gdplay.studies.basins import LOST, MOVES, STANDS, Basins
from gdplay.theory.landscape import Landscape
from gdplay.words import number, quantity

HUES = (
    "#C0D0E4", "#F3C4A4", "#7B7ECC", "#797457", "#6B512D", "#3144BA", "#A954FE", "#ABFD7F",
)  # fmt: skip
"""Of minima, up to so many: told apart with any kind of colour vision, and none like a run's. The
first are quiet, as most functions have few: the paths are what is looked at."""

GREYS = {
    "light": {STANDS: "#E4E7EB", MOVES: "#A9B1BC", LOST: "#4A515B"},
    "dark": {STANDS: "#59616C", MOVES: "#363D47", LOST: "#0B0D10"},
}
"""Of runs that reached no minimum."""

TITLES = {STANDS: "stands still elsewhere", MOVES: "still on its way", LOST: "lost"}


def basins_map(
    reading: Basins,
    land: Landscape,
    start: Sequence[float] | None = None,
    *,
    way: Path | None = None,
    shade: str = "minimum",
    theme: Theme = LIGHT,
) -> go.Figure:
    """Return the map of ends over starts, with the function's contour lines.

    Parameters
    ----------
    reading : Basins
    land : Landscape
        Whose lines are drawn.
    start : sequence of two floats, optional
        Where the race starts, marked with a ring.
    way : Path, optional
        The run from there, drawn on top.
    shade : {"minimum", "updates"}
        What colours a start whose run reaches a minimum: which one it is (of more than eight: how
        low), or how many updates it took.
    theme : Theme
    """
    first, second = land.plane.names
    colours = _by_updates if shade == "updates" else _by_minimum
    return assembled(
        theme,
        [
            *_others(reading, theme),
            *colours(reading, theme),
            _lines(land, theme),
            *_marks(reading, start, theme),
            *([] if way is None else _way(way, theme)),
            _starts(reading),
        ],
        xaxis=axis(theme, first, range=_ends(reading.x), showgrid=False),
        yaxis=axis(theme, second, range=_ends(reading.y), showgrid=False),
        hovermode="closest",
        showlegend=True,
        legend={
            "orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom",
            "font": {"color": theme.muted, "size": TEXT_SIZE - 1},
        },
    )  # fmt: skip


def _ends(x: Array) -> list[float]:
    """Return from where to where cells around evenly spaced places go."""
    half = float(x[1] - x[0]) / 2
    return [float(x[0]) - half, float(x[-1]) + half]


def _heat(reading: Basins, z: Array, **looks: object) -> Piece:
    return pieces.heatmap(x=reading.x, y=reading.y, z=light(z), hoverinfo="skip", **looks)


def _flat(reading: Basins, what: int, color: str, name: str) -> list[Piece]:
    """Return the starts that end alike in one colour, and its entry in the legend."""
    z = np.where(reading.reached == what, 1.0, np.nan)
    entry = pieces.scatter(
        x=[None], y=[None], mode="markers", name=name,
        marker={"symbol": "square", "size": 11, "color": color},
    )  # fmt: skip
    scale = [[0, color], [1, color]]
    return [_heat(reading, z, colorscale=scale, showscale=False, name=name), entry]


def _others(reading: Basins, theme: Theme) -> list[Piece]:
    greys = GREYS[theme.name]
    there = [what for what in TITLES if reading.share(what)]
    return [piece for what in there for piece in _flat(reading, what, greys[what], TITLES[what])]


def _by_minimum(reading: Basins, theme: Theme) -> list[Piece]:
    places = [int(place) for place in np.unique(reading.reached) if place >= 0]
    if len(reading.minima) > len(HUES):
        values = np.array([minimum.value for minimum in reading.minima])
        z = np.where(reading.reached >= 0, values[reading.reached.clip(0)], np.nan)
        return [_graded(reading, z, "value of the minimum", theme)]
    return [
        piece for place in places
        for piece in _flat(reading, place, HUES[place], _name(reading, place))
    ]  # fmt: skip


def _by_updates(reading: Basins, theme: Theme) -> list[Piece]:
    z = np.where(reading.needed >= 0, reading.needed, np.nan)
    return [_graded(reading, z, "updates needed", theme)]


def _graded(reading: Basins, z: Array, title: str, theme: Theme) -> Piece:
    colors = GRADE[theme.name]
    return _heat(
        reading, z, name=title,
        colorscale=[[i / (len(colors) - 1), color] for i, color in enumerate(colors)],
        colorbar={
            "title": {"text": title, "font": {"size": TEXT_SIZE - 2, "color": theme.muted}},
            "thickness": 10, "outlinewidth": 0, "len": 0.9,
            "tickfont": {"size": TEXT_SIZE - 2, "color": theme.muted},
        },
    )  # fmt: skip


def _name(reading: Basins, place: int) -> str:
    (x, y), value = reading.minima[place]
    return f"({number(x)}, {number(y)}), value {number(round(value, 12) + 0.0)}"


def _lines(land: Landscape, theme: Theme) -> Piece:
    return pieces.contour(
        x=light(land.x), y=light(land.y), z=light(shade_of(land)), showscale=False, ncontours=14,
        contours={"coloring": "none"}, line={"width": 0.8, "color": faint(theme.ink, 0.35)},
        hoverinfo="skip", showlegend=False, name="level lines",
    )  # fmt: skip


def _marks(reading: Basins, start: Sequence[float] | None, theme: Theme) -> list[Piece]:
    places = [minimum.place for minimum in reading.minima] if len(reading.minima) <= 12 else []
    begin = [(start[0], start[1])] if start else []
    marks = [("minimum", places, "x", 9), ("start", begin, "circle", 12)]
    return [
        pieces.scatter(
            x=[x for x, _ in spots], y=[y for _, y in spots], mode="markers", name=name,
            marker={
                "symbol": shape, "size": size, "color": theme.ink,
                "line": {"color": theme.casing, "width": 2},
            },
            unselected={"marker": {"opacity": 1}}, hoverinfo="skip",
        )
        for name, spots, shape, size in marks if spots
    ]  # fmt: skip


def _way(path: Path, theme: Theme) -> list[Piece]:
    """Return a run that is looked at alone: the starts under it are pointed at and clicked."""
    # Plotly points at what has a template, though it is to be skipped.
    return [
        {**piece, "hoverinfo": "skip", "hovertemplate": None} for piece in path_on_map(path, theme)
    ]


def _starts(reading: Basins) -> Piece:
    """Return an unseen mark on every start, to be pointed at and clicked."""
    x, y = np.meshgrid(reading.x, reading.y)
    hidden = {"marker": {"opacity": 0}}
    return pieces.scatter(
        x=x.ravel(), y=y.ravel(), mode="markers", showlegend=False, name="starts",
        marker={"opacity": 0, "size": 11, "symbol": "square"}, selected=hidden, unselected=hidden,
        text=_told(reading),
        hovertemplate="(%{x:.3g}, %{y:.3g}): %{text}<br>click: start here<extra></extra>",
    )  # fmt: skip


def _told(reading: Basins) -> list[str]:
    """Return how the run from each start ended, for who points at it."""
    pairs = zip(reading.reached.ravel().tolist(), reading.needed.ravel().tolist(), strict=True)
    return [
        f"to {_name(reading, what)} in {quantity(needed, 'update')}" if what >= 0 else TITLES[what]
        for what, needed in pairs
    ]
