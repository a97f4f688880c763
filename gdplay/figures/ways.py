"""Paths in numbers: what is drawn of each run's way over a plane, and how high it is there."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np

from gdplay.arrays import Array
from gdplay.engine.training import Trace
from gdplay.experiment import Experiment, labels
from gdplay.loss.problem import Problem
from gdplay.theory.landscape import Landscape, bounded
from gdplay.theory.measures import affordable, losses, thinned

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


def under(path: Path, ceiling: float) -> Path:
    """Return the pieces of a path under a height."""
    return within(path, np.full(3, -np.inf), np.array([np.inf, np.inf, ceiling]))
