"""Paths on the loss surface: in three dimensions, and as a map with level lines."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from gdplay.arrays import Array
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
from gdplay.loss.problem import Problem
from gdplay.loss.surfaces import Surface
from gdplay.theory.landscape import Landscape, bounded
from gdplay.theory.measures import affordable, losses, thinned
from gdplay.words import number

REACH = 3.0
"""A path is drawn as far as this many half-widths of the box from the box's middle."""

_WAY_OUT = 48
"""Points on the steps of a lost run outside the box: straight lines would float over the ground."""


class Path(NamedTuple):
    """One run's way over the plane, and the true loss under each state.

    Between two states, where it gets out of reach and back, `update` is no whole number. What is
    out of reach is left out, and a NaN stands in its place.
    """

    place: int
    label: str
    x: Array
    y: Array
    loss: Array
    update: Array
    arrived: bool
    """Whether it does not leave for good."""

    @property
    def points(self) -> Array:
        """x, y and loss of what is in reach, (T, 3)."""
        points = np.column_stack([self.x, self.y, self.loss])
        return points[np.isfinite(points).all(axis=1)]


def paths(
    experiment: Experiment,
    traces: Sequence[Trace],
    land: Landscape,
    shown: Collection[int] | None = None,
    most: int = 500,
) -> list[Path]:
    """Return what to draw of each run's seed-0 path: about `most` states, heights exact.

    Fewer where a loss over all rows takes long.

    A path that leaves the box is followed on to 3 half-widths, never bent back to its edge. There
    it ends if its run runs away; else it comes back where it does.
    """
    names = labels(experiment)
    return [
        in_reach(way_of(experiment.problem, trace, land, place, names[place], most), land)
        for place, trace in enumerate(traces)
        if shown is None or place in shown
    ]


def way_of(
    problem: Problem, trace: Trace, land: Landscape, place: int, label: str, most: int
) -> Path:
    """Return one run's path before it is cut: one that comes back is whole."""
    states, updates, stays = _states(trace, land, affordable(problem, most))
    x, y = land.plane.coordinates(states).T
    return Path(place, label, x, y, losses(problem, states), updates, stays)


def in_reach(path: Path, land: Landscape) -> Path:
    """Return what is drawn of a path; one that runs away ends there already."""
    return within(path, *_corners(land, REACH)) if path.arrived else path


Beside = Sequence[tuple[Experiment, Sequence[Trace]]]
"""The same runs from other starts, as `engine.training.by_start` tells them."""


def from_more(more: Beside, land: Landscape, shown: Collection[int] | None) -> list[Path]:
    """Return what to draw of the runs from further starts, which are counted from 2."""
    return [
        path._replace(label=beside(path.label, number))
        for number, (experiment, traces) in enumerate(more, start=2)
        for path in paths(experiment, traces, land, shown)
    ]


def beside(label: str, number: int) -> str:
    """Return how a run is called that begins at a further start."""
    return f"{label}, start {number}"


def _corners(land: Landscape, reach: float) -> tuple[Array, Array]:
    """Return the lower and upper corner of so many half-widths of the box; heights have none."""
    first, last = np.array([[land.x[0], land.y[0]], [land.x[-1], land.y[-1]]])
    middle, half = (first + last) / 2, reach * (last - first) / 2
    return np.array([*(middle - half), -np.inf]), np.array([*(middle + half), np.inf])


def _states(trace: Trace, land: Landscape, most: int) -> tuple[Array, Array, bool]:
    """Return the states to draw, after which updates, and whether they are all of the run.

    Of a run that runs away, those up to the first out of reach; its steps outside the box are
    followed over the ground, the last as far as the edge of what is in reach.
    """
    low, high = (corner[:2] for corner in _corners(land, REACH))
    with np.errstate(over="ignore", invalid="ignore"):
        spots = land.plane.coordinates(trace.path)
        outside = np.flatnonzero(~((low <= spots) & (spots <= high)).all(axis=1))
    stays = not len(outside) or bounded(trace)
    length = len(spots) if stays else int(outside[0])
    keep = thinned(trace.path_updates[:length], most)
    if stays or length == 0:
        return trace.path[keep], trace.path_updates[keep].astype(float), stays
    ends = np.append(keep, length)
    shares = _shares(spots[ends], land, (low, high))
    steps = np.repeat(np.arange(len(shares)), [len(each) for each in shares])
    share, states, updates = np.concatenate(shares), trace.path[ends], trace.path_updates[ends]
    way = states[steps] + share[:, None] * (states[steps + 1] - states[steps])
    between = updates[steps] + share * (updates[steps + 1] - updates[steps])
    return np.vstack([states[:1], way]), np.append(updates[:1], between), False


def _shares(spots: Array, land: Landscape, reach: tuple[Array, Array]) -> list[Array]:
    """Return at which shares of each step between spots (T, 2) there are points: at 1, or more."""
    low, high = (corner[:2] for corner in _corners(land, 1.0))
    seen = np.all((low <= spots) & (spots <= high), axis=1)
    leads_out = ~(seen[:-1] & seen[1:])
    several = np.linspace(0, 1, max(1, _WAY_OUT // int(leads_out.sum())) + 1)[1:]
    shares = [several if out else np.ones(1) for out in leads_out]
    shares[-1] = several * _ways(spots[-2:-1], spots[-1:], *reach)[1]
    return shares


def _ways(starts: Array, ends: Array, low: Array, high: Array) -> tuple[Array, Array]:
    """Return the shares of ways (m, k) at which they get into a box and out of it, each (m,).

    Where the first is above the second, a way lies outside.
    """
    way = ends - starts
    with np.errstate(all="ignore"):
        sides = np.stack([(low - starts) / way, (high - starts) / way])
    still = way == 0
    inside = (low <= starts) & (starts <= high)
    first = np.where(still, np.where(inside, 0.0, np.inf), sides.min(axis=0)).max(axis=1)
    last = np.where(still, 1.0, sides.max(axis=0)).min(axis=1)
    return np.maximum(first, 0.0), np.minimum(last, 1.0)


def within(path: Path, low: Array, high: Array) -> Path:
    """Return the pieces of a path inside a box of x, y and loss, with NaNs between them.

    Nothing is drawn far outside: there a scene's depth is too coarse to tell lines apart.
    """
    points = np.column_stack([path.x, path.y, path.loss])
    is_in = np.all((low <= points) & (points <= high), axis=1)
    if is_in.all():
        return path
    rows = np.column_stack([points, path.update])
    first, last = _ways(points[:-1], points[1:], low, high)
    crosses = first <= last
    # Each way gives up to three rows: where it gets in, its end, and what parts it from the next.
    with np.errstate(invalid="ignore"):  # of ways that lie outside
        gets_in, gets_out = _between(rows, first), _between(rows, last)
    gap = np.full_like(gets_out, np.nan)
    gap[:, 3] = gets_out[:, 3]
    some = np.stack([gets_in, gets_out, gap], axis=1)
    wanted = np.column_stack([crosses & ~is_in[:-1], crosses, crosses & ~is_in[1:]])
    kept = np.vstack([rows[:1][is_in[:1]], some[wanted]])
    kept = kept if is_in[-1] else kept[: np.flatnonzero(~np.isnan(kept[:, 0])).max(initial=-1) + 1]
    return path._replace(x=kept[:, 0], y=kept[:, 1], loss=kept[:, 2], update=kept[:, 3])


def _between(rows: Array, share: Array) -> Array:
    """Return rows (T, 4) at shares (T - 1,) of the way from each to the next."""
    return rows[:-1] + share[:, None] * (rows[1:] - rows[:-1])


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
    lift, marks = 0.006 * (top - floor), _marks(experiment, land, more)
    return assembled(
        theme,
        [
            _relief(land, floor, top, theme),
            *(t for path in seen for t in _path_3d(path, lift, floor, top, theme)),
            *(_mark_3d(mark, land, lift, theme) for mark in marks),
        ],
        scene={
            **_scene(land, floor, top, theme),
            "camera": _camera(land, drawn, floor, top),
            "annotations": [
                _label_3d(mark, lift, theme)
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
    """Return the paths with the fewest states last, so that a jagged one does not cover them."""
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


def under(path: Path, ceiling: float) -> Path:
    """Return the pieces of a path under a height."""
    return within(path, np.full(3, -np.inf), np.array([np.inf, np.inf, ceiling]))


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
    """Return a function's minima beside the first; none where too many."""
    minima = problem.minima if isinstance(problem, Surface) else ()
    named = len(minima) <= _NAMED
    return [
        Mark("minimum", x, y, value, _below(x, land) if named else "",
             "higher" if round(value - minima[0].value, 9) > 0 else "minimum")
        for (x, y), value in (minima[1:] if len(minima) <= _FEW else ())
        if land.x[0] <= x <= land.x[-1] and land.y[0] <= y <= land.y[-1]
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


def _mark_3d(mark: Mark, land: Landscape, lift: float, theme: Theme) -> Piece:
    shape = {"start": "circle-open", "minimum": "diamond-open"}[mark.name]
    return pieces.scatter3d(
        x=[mark.x],
        y=[mark.y],
        z=[mark.loss + 6 * lift],
        mode="markers",
        marker={"symbol": shape, "size": 8, "color": theme.ink, "line": {"width": 3}},
        hovertemplate=f"{mark.name}<br>{_where(land)}loss {number(mark.loss, 4)}<extra></extra>",
        name=mark.name,
    )


def _label_3d(mark: Mark, lift: float, theme: Theme) -> dict[str, object]:
    """Return a mark's name as a note over the scene: text inside it would drown in the ground."""
    return {
        "x": mark.x,
        "y": mark.y,
        "z": mark.loss + 6 * lift,
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
    casings = [
        _casing_2d(mark, theme) for mark in marks
    ]  # first, so that marks which meet are seen
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
