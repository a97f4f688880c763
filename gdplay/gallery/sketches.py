"""The map of an experiment as a small drawing in SVG, in colours that follow the page's theme."""

from collections.abc import Iterator, Sequence

import numpy as np

from gdplay.arrays import Array
from gdplay.engine.training import Trace
from gdplay.experiment import Experiment, start_of
from gdplay.export.contours import level_lines
from gdplay.figures.paths import shade
from gdplay.figures.ways import paths
from gdplay.theory.landscape import Landscape

WIDTH, HEIGHT = 1000, 640  # Layout: units of the drawing, which is stretched over its place
BANDS = 9
"""Bands of height, at even steps of the root of the loss."""

CLOSE = 0.8  # Layout
"""A corner of a line that lies so many units beside it is left out."""

STATES = 160
"""States of a path, about."""


def sketch(
    experiment: Experiment,
    traces: Sequence[Trace],
    land: Landscape,
    *,
    name: str = "gd-sketch",
    label: str = "",
    covered: bool = False,
) -> str:
    """Return the ground from above in bands, the paths, the start and the minimum.

    Parameters
    ----------
    experiment, traces
        As given to and returned by `train`.
    land : Landscape
    name : str
        Its class.
    label : str
        What it shows, for people who do not see it; nothing where that is said beside it.
    covered : bool
        Whether the paths are left out.
    """
    told = f'role="img" aria-label="{label}"' if label else 'aria-hidden="true"'
    drawn = [] if covered else sorted(
        paths(experiment, traces, land, most=STATES), key=lambda path: -len(path.x)
    )  # fmt: skip
    ways = [(path.place, _way(land, np.column_stack([path.x, path.y]))) for path in drawn]
    start = land.plane.coordinates(start_of(experiment))
    return (
        f'<svg class="{name}" {told} viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none">'
        f"{''.join(_ground(land))}"
        f"{''.join(_line(place, way) for place, way in ways if way)}"
        f"{'' if land.minimum is None else _spot('o', land, land.minimum)}"
        f"{_spot('s', land, start)}</svg>"
    )


def _line(place: int, way: str) -> str:
    return f'<path class="k" d="{way}"/><path class="r{place}" d="{way}"/>'


def _spot(kind: str, land: Landscape, place: Array) -> str:
    """Return a dot with its casing, round however the drawing is stretched: without length."""
    x, y = _placed(land, place[None])[0]
    return "".join(f'<path class="{each}" d="M{x:.0f} {y:.0f}h0"/>' for each in ("e", kind))


def _placed(land: Landscape, points: Array) -> Array:
    """Return points of the plane on the paper, (m, 2)."""
    low = np.array([land.x[0], land.y[0]])
    size = np.array([land.x[-1], land.y[-1]]) - low
    share = (points - low) / size
    return np.column_stack([WIDTH * share[:, 0], HEIGHT * (1 - share[:, 1])])


def _ground(land: Landscape) -> Iterator[str]:
    """Yield the bands, the highest first: each covers what is lower than its upper end."""
    heights = shade(land)
    known = heights[np.isfinite(heights)]
    low, high = (known.min(), known.max()) if len(known) else (0.0, 1.0)
    x, y, walled = _walled(land, np.where(np.isfinite(heights), heights, high), 2 * high - low + 1)
    yield f'<path class="b{BANDS - 1}" d="M0 0h{WIDTH}v{HEIGHT}h-{WIDTH}z"/>'
    for band in reversed(range(BANDS - 1)):
        level = float(low + (high - low) * (band + 1) / BANDS)
        way = "".join(
            f"{_chain(_simple(_placed(land, line)))}z" for line in level_lines(x, y, walled, level)
        )
        if way:
            yield f'<path class="b{band}" d="{way}"/>'


def _walled(land: Landscape, heights: Array, wall: float) -> tuple[Array, Array, Array]:
    """Return the grid with a wall around it, so that every line of a level closes."""
    size = np.array([np.ptp(land.x), np.ptp(land.y)])
    axes = [
        np.concatenate([axis[:1] - room, axis, axis[-1:] + room])
        for axis, room in zip((land.x, land.y), 0.01 * size, strict=True)
    ]
    return axes[0], axes[1], np.pad(heights, 1, constant_values=wall)


def _way(land: Landscape, points: Array) -> str:
    """Return a path; what is left out of it breaks it."""
    placed = _placed(land, points)
    known = np.isfinite(placed).all(axis=1)
    pieces = np.split(placed, np.flatnonzero(~known))
    seen = (piece[np.isfinite(piece).all(axis=1)] for piece in pieces)
    return "".join(_chain(_simple(piece)) for piece in seen if len(piece) > 1)


def _simple(points: Array) -> Array:
    """Return a line without the corners that hardly turn it (Douglas and Peucker, 1973)."""
    kept, open_ = {0, len(points) - 1}, [(0, len(points) - 1)]
    while open_:
        first, last = open_.pop()
        if last - first < 2:
            continue
        beside = _beside(points[first + 1 : last], points[first], points[last])
        furthest = int(beside.argmax())
        if beside[furthest] > CLOSE:
            middle = first + 1 + furthest
            kept.add(middle)
            open_ += [(first, middle), (middle, last)]
    return points[sorted(kept)]


def _beside(points: Array, one: Array, other: Array) -> Array:
    """Return how far points lie beside the line from one to another, (m,)."""
    way, length = other - one, float(np.hypot(*(other - one)))
    if length < CLOSE:
        return np.asarray(np.hypot(*(points - one).T))
    off = points - one
    return np.asarray(np.abs(off[:, 0] * way[1] - off[:, 1] * way[0]) / length)


def _chain(points: Array) -> str:
    """Return points as SVG writes a line: whole numbers, each from the one before."""
    spots = np.round(points.clip(-4 * WIDTH, 5 * WIDTH)).astype(int)
    steps = [f"{x} {y}" for x, y in np.diff(spots, axis=0).tolist() if x or y]
    x, y = spots[0].tolist()
    return f"M{x} {y}l{' '.join(steps).replace(' -', '-')}" if steps else ""
