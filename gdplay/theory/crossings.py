"""Where a run's step leads over a place at which its function has no finite value.

A step follows the slope where it begins, and nothing stops it on its way.
"""

from typing import NamedTuple

import numpy as np

from gdplay.arrays import Array, Flags
from gdplay.engine.training import Trace
from gdplay.loss import grammar
from gdplay.loss.problem import Problem
from gdplay.loss.surfaces.texts import TextSurface

_PARTS = 32
"""A step is looked at in so many places, evenly, before it is looked into."""

_WIDTHS = 0.5 ** np.arange(40) / _PARTS
"""Tolerance: so far to both sides of its highest place a step is looked into, time by time."""

_INTO = np.linspace(-1, 1, 5)
"""Tolerance: where it is looked at there, in units of that width."""

_LATE = 12
"""Tolerance: in the last so many of them, and in as many before, it is measured how far a place
rises."""

_STEADY = 0.25
"""What rises by this share of its rise before rises without end, as the slowest poles, logarithms,
do; a square root's cusp rises by 1/64 of it."""

_STILL = 1e-6
"""Tolerance: a rise below this share of all heights is one of rounding."""


class Crossing(NamedTuple):
    """The first step of a run that leads over a place without a finite value.

    Attributes
    ----------
    update : int
        The one that made it, counted from 1.
    place : ndarray of shape (2,)
        Where, as exactly as a step of its length can be told.
    pole : bool
        Whether the function grows without bounds there; else it has no value.
    """

    update: int
    place: Array
    pole: bool


def crossing(problem: Problem, trace: Trace) -> Crossing | None:
    """Return the first such step among the single updates of seed 0's path; None where none is.

    A state itself has a finite loss; only functions that are given as text are looked at.
    """
    if not isinstance(problem, TextSurface) or not grammar.may_break(problem.tree):
        return None
    ends, updates = trace.path, trace.path_updates
    loss = problem.loss(ends)
    known = np.isfinite(loss)
    single = np.flatnonzero((np.diff(updates) == 1) & known[:-1] & known[1:])
    if not len(single):
        return None
    starts, ways = ends[single], ends[single + 1] - ends[single]
    scale = np.abs(loss[[single, single + 1]]).max(axis=0)
    up, down = (_summit(problem, starts, ways, scale, sign) for sign in (1, -1))
    pole = up.grows | down.grows
    crossed = np.flatnonzero(up.unknown | down.unknown | pole)
    if not len(crossed):
        return None
    first = int(crossed[0])
    found = down if down.unknown[first] or (down.grows[first] and not up.unknown[first]) else up
    place = starts[first] + found.share[first] * ways[first]
    update = int(updates[single[first] + 1])
    return Crossing(update, _told(place, ways[first]), not found.unknown[first])


class _Summit(NamedTuple):
    """The highest place of each step: as a share of it, whether it has no value, or grows."""

    share: Array
    unknown: Flags
    grows: Flags


def _summit(problem: Problem, starts: Array, ways: Array, scale: Array, sign: int) -> _Summit:
    """Return the highest places of steps (m, 2); the lowest where the sign is negative.

    `scale` (m,) holds heights beside which rounding is measured.
    """
    shares = np.tile(np.linspace(0, 1, _PARTS + 1), (len(starts), 1))
    rows, heights = np.arange(len(starts)), []
    unknown = np.zeros(len(starts), dtype=bool)
    for width in _WIDTHS:
        with np.errstate(all="ignore"):
            height = sign * problem.loss(starts[:, None] + shares[..., None] * ways[:, None])
        unknown |= np.isnan(height).any(axis=1)
        at = np.where(np.isnan(height), np.inf, height).argmax(axis=1)
        heights.append(height[rows, at])
        middle = shares[rows, at]
        shares = (middle[:, None] + width * _INTO).clip(0, 1)
    last, second, first = heights[::-_LATE][:3]
    with np.errstate(invalid="ignore"):
        rise, earlier = last - second, second - first
        sure = rise > _STILL * np.maximum(np.abs(last), scale)
        grows = np.isinf(last) | (sure & (rise > _STEADY * earlier))
    return _Summit(middle, unknown, ~unknown & grows)


def _told(place: Array, way: Array) -> Array:
    """Return a place to a thousandth of the step's length."""
    return np.asarray(place.round(3 - int(np.floor(np.log10(np.hypot(*way))))) + 0.0)
