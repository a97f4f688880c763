"""Paths on the loss surface: in three dimensions, and as a map with level lines."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from gdplay.arrays import Array, Indices
from gdplay.engine.training import Trace
from gdplay.experiment import Experiment, labels, start_of
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
from gdplay.theory.landscape import Landscape
from gdplay.theory.measures import thinned

REACH = 3.0
"""A path is drawn until it is this many half-widths of the box away from the box's middle."""


class Path(NamedTuple):
    """One run's way over the plane, and the true loss under each state."""

    place: int
    label: str
    x: Array
    y: Array
    loss: Array
    update: Indices
    arrived: bool
    """Whether the last state drawn is the run's last, not where it left for good."""


def paths(
    experiment: Experiment,
    traces: Sequence[Trace],
    land: Landscape,
    shown: Collection[int] | None = None,
    most: int = 500,
) -> list[Path]:
    """Return what to draw of each run's seed-0 path: about `most` states, heights exact.

    A path that leaves the box is followed straight on to 3 half-widths, never bent back to its
    edge.
    """
    names = labels(experiment)
    middle = np.array([land.x[[0, -1]].mean(), land.y[[0, -1]].mean()])
    half = np.array([np.ptp(land.x), np.ptp(land.y)]) / 2
    found = []
    for place, trace in enumerate(traces):
        if shown is not None and place not in shown:
            continue
        with np.errstate(over="ignore", invalid="ignore"):
            spots = (land.plane.coordinates(trace.path) - middle) / half
        outside = np.flatnonzero(~(np.abs(spots) <= REACH).all(axis=1))
        length = int(outside[0]) if len(outside) else len(spots)
        keep = thinned(trace.path_updates[:length], most)
        states, updates = trace.path[keep], trace.path_updates[keep]
        if 0 < length < len(spots):
            states = np.vstack([states, _leaving(trace.path, spots, length)])
            updates = np.append(updates, trace.path_updates[length])
        x, y = land.plane.coordinates(states).T
        loss = experiment.problem.loss(states)
        found.append(Path(place, names[place], x, y, loss, updates, not len(outside)))
    return found


def _leaving(path: Array, spots: Array, first: int) -> Array:
    """Return the point where the way to the state `first`, the first outside, gets out of reach."""
    (before, after), (here, there) = spots[first - 1 : first + 1], path[first - 1 : first + 1]
    way = after - before
    ahead = np.divide(REACH * np.sign(way) - before, way, where=way != 0, out=np.ones(2))
    return np.asarray(here + ahead.min() * (there - here))


def surface(
    experiment: Experiment,
    traces: Sequence[Trace],
    land: Landscape,
    *,
    theme: Theme = LIGHT,
    shown: Collection[int] | None = None,
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
    """
    drawn = paths(experiment, traces, land, shown)
    floor, top = _heights(experiment, land, drawn)
    lift, marks = 0.006 * (top - floor), _marks(experiment, land)
    return assembled(
        theme,
        [
            _relief(land, floor, top, theme),
            *(t for path in _sparse_last(drawn) for t in _path_3d(path, lift, floor, top, theme)),
            *(_mark_3d(mark, land, lift, theme) for mark in marks),
        ],
        scene={
            **_scene(land, floor, top, theme),
            "camera": _camera(land, drawn, floor, top),
            "annotations": [_label_3d(mark, lift, theme) for mark in marks],
        },
        margin=dict.fromkeys("lrbt", 0),
    )


def _camera(land: Landscape, drawn: list[Path], floor: float, top: float) -> dict[str, object]:
    ways = [np.column_stack([path.x, path.y, path.loss]) for path in drawn]
    return {
        "eye": cameras.eye(land, ways, floor, top),
        "center": dict(zip("xyz", cameras.CENTER.tolist(), strict=True)),
    }


def _sparse_last(drawn: list[Path]) -> list[Path]:
    """Return the paths with the fewest states last, so that a jagged one does not cover them."""
    return sorted(drawn, key=lambda path: -len(path.x))


def _heights(experiment: Experiment, land: Landscape, drawn: list[Path]) -> tuple[float, float]:
    """Return the lowest and highest loss to draw: the bowl ends a little above what is inside."""
    inside = np.concatenate([path.loss for path in drawn if path.arrived] or [np.empty(0)])
    inside = inside[np.isfinite(inside)]
    known = [mark.loss for mark in _marks(experiment, land) if np.isfinite(mark.loss)]
    # Between the points of the grid, and beside the plane, it may be lower still.
    low, top = land.heights
    floor, highest = min([low, *known, *inside]), max([low, *known, *inside])
    # At least a little of the ground, and every path: it may stand above the plane's ground.
    enough = max(floor + 1.3 * (highest - floor), floor + 0.05 * (top - floor))
    return floor, max(min(top, enough), floor + 1.05 * (highest - floor))


def _shade(land: Landscape) -> Array:
    """Return what colours the ground: the root of the height, even along a bowl's slope."""
    low, high = land.heights
    return np.asarray(np.sqrt(land.loss.clip(low, high) - low))


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
    stops = [(float(h), color) for h, color in zip(roots**2, _mixed(scale, roots), strict=True)]
    for side, nudge in ((edges[:N_RINGS], -1e-4), (edges[N_RINGS:], 1e-4)):
        beside = side + nudge
        stops += zip(beside.tolist(), _mixed(scale, np.sqrt(beside)), strict=True)
        stops += [(float(h), ring) for h in side]
    inside = [(h, c) for h, c in stops if c == ring or np.abs(levels - h).min() > RING / 2]
    return [list(stop) for stop in sorted(inside)]


def _mixed(scale: Scale, at: Array) -> list[str]:
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
    seen = below(path, floor + REACH * (top - floor))
    x, y, z = (light(values) for values in (seen.x, seen.y, seen.loss + lift))
    end = len(x)
    color = theme.run_color(path.place)
    casing = pieces.scatter3d(
        x=x,
        y=y,
        z=z - np.float32(0.6 * lift),  # under the line, or the two would flicker
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
            "size": _sizes(path, end),
            "color": color,
            "symbol": SYMBOLS_3D[path.place % len(SYMBOLS_3D)],
            "line": {"width": 0},
            "opacity": 1,
        },
        customdata=light(np.column_stack([seen.update, seen.loss])),
        meta=lift,  # the player draws states between these
        hovertemplate=f"{plain(path.label)}<br>after update %{{customdata[0]:.0f}}"
        "<br>loss %{customdata[1]:.4g}<extra></extra>",
        name=path.label,
    )
    return [casing, way]


def below(path: Path, ceiling: float) -> Path:
    """Return a path up to a height, which it is seen to leave through.

    Towards a state far above, the scene's depth is too coarse to tell a line from its casing.
    """
    above = np.flatnonzero(path.loss > ceiling)
    if not len(above):
        return path
    end = int(above[0])
    x, y, loss = (values[: end + 1].copy() for values in (path.x, path.y, path.loss))
    if end:
        share = (ceiling - loss[end - 1]) / (loss[end] - loss[end - 1])
        for values in (x, y, loss):
            values[end] = values[end - 1] + share * (values[end] - values[end - 1])
    return path._replace(x=x, y=y, loss=loss, update=path.update[: end + 1])


def _sizes(path: Path, end: int, each: float = 3.5, last: float = 7) -> Light:
    """Return marker sizes: every state where few were taken, else only the last one made."""
    sizes = np.full(end, each if end <= DENSE else 0.0)
    sizes[-1:] = last if path.arrived and end == len(path.x) else 0
    return light(sizes)


class Mark(NamedTuple):
    """A named place on the plane, and where its name stands on a map."""

    name: str
    x: float
    y: float
    loss: float
    side: str = "top center"


def _marks(experiment: Experiment, land: Landscape) -> list[Mark]:
    """Return the start, and the minimum where there is one."""
    places = [("start", start_of(experiment)), ("minimum", experiment.problem.minimum())]
    marks = [
        Mark(name, *_spot(land, at), float(experiment.problem.loss(at)))
        for name, at in places
        if at is not None
    ]
    return _named_outside(*marks) if len(marks) == 2 else marks


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


def _mark_3d(mark: Mark, land: Landscape, lift: float, theme: Theme) -> Piece:
    shape = {"start": "circle-open", "minimum": "diamond-open"}[mark.name]
    return pieces.scatter3d(
        x=[mark.x],
        y=[mark.y],
        z=[mark.loss + 6 * lift],
        mode="markers",
        marker={"symbol": shape, "size": 8, "color": theme.ink, "line": {"width": 3}},
        hovertemplate=f"{mark.name}<br>{_where(land)}loss {mark.loss:.4g}<extra></extra>",
        name=mark.name,
    )


def _label_3d(mark: Mark, lift: float, theme: Theme) -> dict[str, object]:
    """Return a mark's name as a note over the scene: text inside it would drown in the ground."""
    return {
        "x": mark.x,
        "y": mark.y,
        "z": mark.loss + 6 * lift,
        "text": mark.name,
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

    first, second = land.plane.names
    return {
        "xaxis": side(first, float(land.x[0]), float(land.x[-1])),
        "yaxis": side(second, float(land.y[0]), float(land.y[-1])),
        "zaxis": side("loss", floor - 0.02 * (top - floor), top),
        "aspectmode": "manual",
        "aspectratio": dict(zip("xyz", cameras.ASPECT.tolist(), strict=True)),
        "dragmode": "orbit",
    }


def contour(
    experiment: Experiment,
    traces: Sequence[Trace],
    land: Landscape,
    *,
    theme: Theme = LIGHT,
    shown: Collection[int] | None = None,
) -> go.Figure:
    """Return the loss surface as a map: level lines, the paths, the start and the minimum.

    Parameters are those of `surface`. Level lines stand at even steps of the root of the excess.
    """
    first, second = land.plane.names
    drawn = paths(experiment, traces, land, shown)
    ground, *marks = marked_map(experiment, land, theme)
    return assembled(
        theme,
        [
            ground,
            *(trace for path in _sparse_last(drawn) for trace in _path_2d(path, theme)),
            *marks,
        ],
        xaxis=axis(theme, first, range=[land.x[0], land.x[-1]], showgrid=False),
        yaxis=axis(theme, second, range=[land.y[0], land.y[-1]], showgrid=False),
        margin=dict.fromkeys("lrbt", 8),
    )


def marked_map(experiment: Experiment, land: Landscape, theme: Theme) -> list[Piece]:
    """Return the traces of a map without paths: the ground, the start and the minimum."""
    return [_map(land, theme), *(_mark_2d(mark, theme) for mark in _marks(experiment, land))]


def _map(land: Landscape, theme: Theme) -> Piece:
    return pieces.contour(
        x=light(land.x),
        y=light(land.y),
        z=light(_shade(land)),
        customdata=light(land.loss),
        colorscale=[list(stop) for stop in theme.surface],
        showscale=False,
        ncontours=16,
        line={"width": 0.7, "color": theme.ring},
        hovertemplate=_where(land) + "loss %{customdata:.4g}<extra></extra>",
        name="loss",
    )


def _path_2d(path: Path, theme: Theme) -> list[Piece]:
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
            "size": _sizes(path, len(x), 5, 10),
            "symbol": symbol(path.place),
            "color": color,
            "line": {"color": theme.casing, "width": 1},
            "opacity": 1,
        },
        customdata=light(np.column_stack([path.update, path.loss])),
        hovertemplate=f"{plain(path.label)}<br>after update %{{customdata[0]:.0f}}"
        "<br>loss %{customdata[1]:.4g}<extra></extra>",
        name=path.label,
    )
    return [casing, way]


def _mark_2d(mark: Mark, theme: Theme) -> Piece:
    shape = {"start": "circle-open", "minimum": "star"}[mark.name]
    edge = theme.casing if shape == "star" else theme.ink
    return pieces.scatter(
        x=[mark.x],
        y=[mark.y],
        mode="markers+text",
        marker={
            "symbol": shape,
            "size": 13,
            "color": theme.ink,
            "line": {"color": edge, "width": 1.5},
        },
        text=[mark.name],
        textposition=mark.side,
        textfont={"color": theme.ink, "size": TEXT_SIZE},
        hovertemplate=f"{mark.name}<extra></extra>",
        name=mark.name,
    )
