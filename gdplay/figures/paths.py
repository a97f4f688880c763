"""Paths on the loss surface: in three dimensions, and as a map with level lines."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from gdplay.arrays import Array
from gdplay.engine.training import Trace
from gdplay.experiment import Experiment, start_of
from gdplay.figures import cameras, pieces
from gdplay.figures.pieces import Piece
from gdplay.figures.theme import (
    DENSE,
    LIGHT,
    SYMBOLS_3D,
    TEXT_SIZE,
    Light,
    Scale,
    Theme,
    assembled,
    axis,
    dash,
    light,
    plain,
    symbol,
)
from gdplay.figures.ways import REACH, Beside, Path, from_more, paths, under
from gdplay.loss.problem import Problem
from gdplay.loss.surfaces import Surface
from gdplay.theory.landscape import Landscape
from gdplay.words import number


def surface(
    experiment: Experiment,
    traces: Sequence[Trace],
    land: Landscape,
    *,
    theme: Theme = LIGHT,
    shown: Collection[int] | None = None,
    covered: bool = False,
    more: Beside = (),
) -> go.Figure:
    """Return the loss surface in three dimensions with the paths at their true heights.

    Parameters
    ----------
    experiment, traces
        As given to and returned by `train`.
    land : Landscape
    theme : Theme
    shown : collection of int, optional
        Places of the runs to draw; all by default.
    covered : bool
        Whether their paths are left out; all else stands as with them.
    more : sequence of experiments with their traces
        The same runs from other starts, drawn beside them.
    """
    drawn = paths(experiment, traces, land, shown) + from_more(more, land, shown)
    floor, top = _heights(experiment, land, drawn)
    seen = [] if covered else _sparse_last(drawn)
    lift, marks = LIFT * (top - floor), _marks(experiment, land, more)
    above = (MARKED + OVER * len(seen)) * lift
    return assembled(
        theme,
        [
            _relief(land, floor, top, theme),
            *(
                part
                for place, path in enumerate(seen)
                for part in _path_3d(path, (1 + OVER * place) * lift, floor, top, theme)
            ),
            *(_mark_3d(mark, land, above, theme) for mark in marks),
        ],
        scene={
            **_scene(land, floor, top, theme),
            "camera": _camera(land, drawn, floor, top),
            "annotations": [
                _label_3d(mark, above, theme)
                for mark in marks
                if mark.name == "start" or not mark.text
            ],
        },
        margin=dict.fromkeys("lrbt", 0),
    )


def _camera(land: Landscape, drawn: list[Path], floor: float, top: float) -> dict[str, object]:
    ways = [path.points for path in drawn]
    return {
        "eye": cameras.eye(land, ways, floor, top),
        "center": dict(zip("xyz", cameras.CENTER.tolist(), strict=True)),
    }


def _sparse_last(drawn: list[Path]) -> list[Path]:
    """Return the paths with the fewest states last, over the others, that no jagged one covers."""
    return sorted(drawn, key=lambda path: -len(path.x))


def _heights(experiment: Experiment, land: Landscape, drawn: list[Path]) -> tuple[float, float]:
    """Return the lowest and highest loss to draw: the bowl ends a little above what is inside."""
    inside = np.concatenate(
        [_heights_inside(path, land) for path in drawn if path.arrived] or [np.empty(0)]
    )
    inside = inside[np.isfinite(inside)]
    known = [mark.loss for mark in _marks(experiment, land) if np.isfinite(mark.loss)]
    # Between the points of the grid, and beside the plane, it may be lower still.
    low, top = land.heights
    floor, highest = min([low, *known, *inside]), max([low, *known, *inside])
    # At least a little of the ground, and every path: it may stand above the plane's ground.
    enough = max(floor + 1.3 * (highest - floor), floor + 0.05 * (top - floor))
    return floor, max(min(top, enough), floor + 1.05 * (highest - floor))


def _heights_inside(path: Path, land: Landscape) -> Array:
    x, y, loss = path.points.T
    return np.asarray(
        loss[(land.x[0] <= x) & (x <= land.x[-1]) & (land.y[0] <= y) & (y <= land.y[-1])]
    )


def shade(land: Landscape) -> Array:
    """Return what colours the ground: the root of the height, even along a bowl's slope."""
    low, high = land.heights
    return np.asarray(np.sqrt(land.loss.clip(low, high) - low))


LIFT, CASED, OVER, MARKED = 0.006, 0.6, 1.2, 3.0
"""Layout: so far over the ground the lowest path lies, as a share of the height; by how many times
that its casing lies under it, the next path over it, and marks over the last."""

N_RINGS = 10
RING = 0.006
"""A level line's share of the height: about one step of the 256 that a scale is cut into."""


def _ringed(scale: Scale, ring: str, n_stops: int = 24) -> list[list[float | str]]:
    """Return a scale for heights that shades them as `scale` would shade their roots.

    Level lines at even heights are part of it: Plotly's own cost a third of a redraw.
    """
    roots = np.linspace(0, 1, n_stops)
    levels = (np.arange(N_RINGS) + 0.5) / N_RINGS
    edges = np.concatenate([levels - RING / 2, levels + RING / 2])
    stops = [(float(h), color) for h, color in zip(roots**2, mixed(scale, roots), strict=True)]
    for side, nudge in ((edges[:N_RINGS], -1e-4), (edges[N_RINGS:], 1e-4)):
        beside = side + nudge
        stops += zip(beside.tolist(), mixed(scale, np.sqrt(beside)), strict=True)
        stops += [(float(h), ring) for h in side]
    inside = [(h, c) for h, c in stops if c == ring or np.abs(levels - h).min() > RING / 2]
    return [list(stop) for stop in sorted(inside)]


def mixed(scale: Scale, at: Array) -> list[str]:
    """Return the colours that `scale` has at positions `at`."""
    channels = np.array([[int(color[i : i + 2], 16) for i in (1, 3, 5)] for _, color in scale])
    positions = [position for position, _ in scale]
    mixed = np.stack([np.interp(at, positions, channel) for channel in channels.T], axis=1)
    return [f"rgb{tuple(int(c) for c in mix)}" for mix in mixed.round()]


def _relief(land: Landscape, floor: float, top: float, theme: Theme) -> Piece:
    return pieces.surface(
        x=light(land.x),
        y=light(land.y),
        z=light(land.loss),
        cmin=floor,
        cmax=top,
        colorscale=_ringed(theme.surface, theme.ring),
        showscale=False,
        opacity=1.0,
        lighting={"ambient": 0.92, "diffuse": 0.2, "specular": 0.02, "roughness": 0.9},
        contours={axis: {"highlight": False} for axis in "xyz"},
        hovertemplate=_where(land) + "loss %{z:.4g}<extra></extra>",
        name="loss",
    )


def _where(land: Landscape) -> str:
    first, second = land.plane.names
    return f"{plain(first)} %{{x:.4g}}<br>{plain(second)} %{{y:.4g}}<br>"


def _path_3d(path: Path, lift: float, floor: float, top: float, theme: Theme) -> list[Piece]:
    seen = under(path, floor + REACH * (top - floor))
    x, y, z = (light(values) for values in (seen.x, seen.y, seen.loss + lift))
    color = theme.run_color(path.place)
    casing = pieces.scatter3d(
        x=x,
        y=y,
        z=z - np.float32(CASED * LIFT * (top - floor)),  # under the line, or the two would flicker
        mode="lines",
        line={"color": theme.casing, "width": 7.5},
        hoverinfo="skip",
        name="",
    )
    way = pieces.scatter3d(
        x=x,
        y=y,
        z=z,
        mode="lines+markers",
        line={"color": color, "width": 5},
        marker={
            "size": _sizes(seen),
            "color": color,
            "symbol": SYMBOLS_3D[path.place % len(SYMBOLS_3D)],
            "line": {"width": 0},
            "opacity": 1,
        },
        meta=lift,  # the player draws states between these
        **_told(seen),
        name=path.label,
    )
    return [casing, way]


def _told(path: Path) -> dict[str, object]:
    """Return what a hand over a path is told, and its updates and losses for the player."""
    return {
        "customdata": light(np.column_stack([path.update, path.loss])),
        "hovertemplate": f"{plain(path.label)}<br>after update %{{customdata[0]:.6~g}}"
        "<br>loss %{customdata[1]:.4g}<extra></extra>",
    }


def _sizes(path: Path, each: float = 3.5, last: float = 7) -> Light:
    """Return marker sizes: every state where few were taken, else only the last one made."""
    is_state = path.update == np.round(path.update)
    sizes = np.where(is_state & (len(path.x) <= DENSE), each, 0.0)
    sizes[-1:] = last if path.arrived else 0
    return light(sizes)


class Mark(NamedTuple):
    """A named place on the plane, where its name stands on a map, and whether a scene has it."""

    name: str
    x: float
    y: float
    loss: float
    side: str = "top center"
    text: str = ""
    """What a map calls it, if not by its name; scenes name only the first minimum."""


def _marks(experiment: Experiment, land: Landscape, more: Beside = ()) -> list[Mark]:
    """Return the start, the minimum where there is one, and further starts by their numbers."""
    places = [("start", start_of(experiment)), ("minimum", experiment.problem.minimum())]
    marks = [
        Mark(name, *_spot(land, at), float(experiment.problem.loss(at)))
        for name, at in places
        if at is not None
    ]
    marks = _named_outside(*marks) if len(marks) == 2 else marks
    if more:
        marks[0] = marks[0]._replace(text="start 1")
    starts = [_spot(land, start_of(other)) for other, _ in more]
    further = [
        Mark(
            "start",
            x,
            y,
            float(experiment.problem.loss(np.array([x, y]))),
            _inside(y, land),
            str(number),
        )
        for number, (x, y) in enumerate(starts, start=2)
    ]
    return marks + further + _others(experiment.problem, land)


_FEW = 12
"""So many minima are marked at most."""

_NAMED = 6
"""So many minima have names at most."""


def _others(problem: Problem, land: Landscape) -> list[Mark]:
    """Return a function's minima in the picture beside the first; none where too many."""
    minima = problem.minima if isinstance(problem, Surface) else ()
    seen = [
        minimum for minimum in minima[1:]
        if land.x[0] <= minimum.place[0] <= land.x[-1]
        and land.y[0] <= minimum.place[1] <= land.y[-1]
    ]  # fmt: skip
    named = len(seen) < _NAMED
    return [
        Mark("minimum", x, y, value, _below(x, land) if named else "",
             "higher" if round(value - minima[0].value, 9) > 0 else "minimum")
        for (x, y), value in (seen if len(seen) < _FEW else ())
    ]  # fmt: skip


_SIDE = 0.2
"""Layout: so near to a map's edge, as a share of its width or height, names lead inwards."""


def _below(x: float, land: Landscape) -> str:
    """Return where a name stands under a mark so that no edge of the map cuts it."""
    share = (x - land.x[0]) / (land.x[-1] - land.x[0])
    if share < _SIDE:
        return "bottom right"
    return "bottom left" if share > 1 - _SIDE else "bottom center"


def _inside(y: float, land: Landscape) -> str:
    """Return on which side of a mark its name stands in the map."""
    high = y - land.y[0] > (1 - _SIDE) * (land.y[-1] - land.y[0])
    return "bottom center" if high else "top center"


def _named_outside(start: Mark, minimum: Mark) -> list[Mark]:
    """Put names where the paths, which run between the marks, will not cover them."""
    above, left = start.y >= minimum.y, start.x <= minimum.x
    return [
        start._replace(side="top center" if above else "bottom center"),
        minimum._replace(side="middle right" if left else "middle left"),
    ]


def _spot(land: Landscape, params: Array) -> tuple[float, float]:
    x, y = land.plane.coordinates(params)
    return float(x), float(y)


def _mark_3d(mark: Mark, land: Landscape, above: float, theme: Theme) -> Piece:
    shape = {"start": "circle-open", "minimum": "diamond-open"}[mark.name]
    return pieces.scatter3d(
        x=[mark.x],
        y=[mark.y],
        z=[mark.loss + above],
        mode="markers",
        marker={"symbol": shape, "size": 8, "color": theme.ink, "line": {"width": 3}},
        hovertemplate=f"{mark.name}<br>{_where(land)}loss {number(mark.loss, 4)}<extra></extra>",
        name=mark.name,
    )


def _label_3d(mark: Mark, above: float, theme: Theme) -> dict[str, object]:
    """Return a mark's name as a note over the scene: text inside it would drown in the ground."""
    return {
        "x": mark.x,
        "y": mark.y,
        "z": mark.loss + above,
        "text": mark.text or mark.name,
        "showarrow": False,
        "yshift": 16 if mark.name == "start" else -16,  # paths come down to the minimum
        "font": {"color": theme.ink, "size": TEXT_SIZE},
    }


def _scene(land: Landscape, floor: float, top: float, theme: Theme) -> dict[str, object]:
    def side(title: str, low: float, high: float) -> dict[str, object]:
        return {
            "title": {
                "text": plain(title.removesuffix(" direction")),  # more would be cut off
                "font": {"size": TEXT_SIZE - 1, "color": theme.muted},
            },
            "range": [low, high],
            "showbackground": False,
            "showspikes": False,
            "gridcolor": theme.grid,
            "linecolor": theme.grid,
            "zeroline": False,
            "nticks": 5,
            "tickfont": {"size": TEXT_SIZE - 3, "color": theme.muted},
        }

    first, second = land.plane.titles
    return {
        "xaxis": side(first, float(land.x[0]), float(land.x[-1])),
        "yaxis": side(second, float(land.y[0]), float(land.y[-1])),
        "zaxis": side("loss", floor - 0.02 * (top - floor), top),
        "aspectmode": "manual",
        "aspectratio": dict(zip("xyz", cameras.ASPECT.tolist(), strict=True)),
        "dragmode": "turntable",  # the ground stays below, the horizon level
    }


def contour(
    experiment: Experiment,
    traces: Sequence[Trace],
    land: Landscape,
    *,
    theme: Theme = LIGHT,
    shown: Collection[int] | None = None,
    covered: bool = False,
    more: Beside = (),
) -> go.Figure:
    """Return the loss surface as a map: level lines, the paths, the start and the minimum.

    Parameters are those of `surface`. Level lines stand at even steps of the root of the excess.
    """
    first, second = land.plane.titles
    every = paths(experiment, traces, land, shown) + from_more(more, land, shown)
    drawn = [] if covered else every
    ground, *marks = marked_map(experiment, land, theme, more)
    return assembled(
        theme,
        [
            ground,
            *(trace for path in _sparse_last(drawn) for trace in path_on_map(path, theme)),
            *marks,
        ],
        xaxis=axis(theme, first, range=[land.x[0], land.x[-1]], showgrid=False),
        yaxis=axis(theme, second, range=[land.y[0], land.y[-1]], showgrid=False),
        margin=dict.fromkeys("lrbt", 8),
    )


def marked_map(
    experiment: Experiment, land: Landscape, theme: Theme, more: Beside = ()
) -> list[Piece]:
    """Return the traces of a map without paths: the ground, the start and the minimum."""
    marks = _marks(experiment, land, more)
    casings = [_casing_2d(mark, theme) for mark in marks]  # first: marks that meet are seen
    return [_map(land, theme), *casings, *(_mark_2d(mark, theme) for mark in marks)]


def _map(land: Landscape, theme: Theme) -> Piece:
    return pieces.contour(
        x=light(land.x),
        y=light(land.y),
        z=light(shade(land)),
        customdata=light(land.loss),
        colorscale=[list(stop) for stop in theme.surface],
        showscale=False,
        ncontours=16,
        line={"width": 0.7, "color": theme.ring},
        hovertemplate=_where(land) + "loss %{customdata:.4g}<extra></extra>",
        name="loss",
    )


def path_on_map(path: Path, theme: Theme) -> list[Piece]:
    """Return the traces of one path on a map: a casing, and the line with its states."""
    x, y, color = light(path.x), light(path.y), theme.run_color(path.place)
    casing = pieces.scatter(
        x=x, y=y, mode="lines", line={"color": theme.casing, "width": 4.5}, hoverinfo="skip",
        name="",
    )  # fmt: skip
    way = pieces.scatter(
        x=x,
        y=y,
        mode="lines+markers",
        line={"color": color, "width": 2, "dash": dash(path.place, len(x))},
        marker={
            "size": _sizes(path, 5, 10),
            "symbol": symbol(path.place),
            "color": color,
            "line": {"color": theme.casing, "width": 1},
            "opacity": 1,
        },
        **_told(path),
        name=path.label,
    )
    return [casing, way]


_SHAPES = {"start": "circle-open", "minimum": "star"}


def _casing_2d(mark: Mark, theme: Theme) -> Piece:
    """Return what parts a mark on a map from the paths under it."""
    return pieces.scatter(
        x=[mark.x],
        y=[mark.y],
        mode="markers",
        marker=_drawn_as(_SHAPES[mark.name], theme.casing, 5.5),
        cliponaxis=False,
        hoverinfo="skip",
        name="",
    )


def _mark_2d(mark: Mark, theme: Theme) -> Piece:
    shape = _SHAPES[mark.name]
    return pieces.scatter(
        x=[mark.x],
        y=[mark.y],
        mode="markers+text" if mark.side else "markers",
        marker=_drawn_as(shape, theme.ink, 1.5 if shape == "circle-open" else 0),
        text=[mark.text or mark.name],
        textposition=mark.side or None,
        textfont={"color": theme.ink, "size": TEXT_SIZE, "shadow": _rim(theme)},
        cliponaxis=False,  # a low map's edge would cut a name
        hovertemplate=f"{mark.name}<extra></extra>",
        name=mark.name,
    )


def _drawn_as(shape: str, color: str, width: float) -> dict[str, object]:
    return {"symbol": shape, "size": 13, "color": color, "line": {"color": color, "width": width}}


def _rim(theme: Theme) -> str:
    """Return what parts a name from the paths under it, as CSS has shadows of texts."""
    return ", ".join(f"{x}px {y}px 1px {theme.casing}" for x in (-1, 1) for y in (-1, 1))
