"""Where a function leaps between two points of a grid: poles and jumps, which are no walls."""

from collections.abc import Callable

import numpy as np

from gdplay.arrays import Array, Flags

_HALVINGS = 40
"""Tolerance: a rise that is left after so many halvings is a leap."""

_SLIGHT = 0.02
"""Layout: a rise below this share of the middle half of all heights is not looked into."""

_ALL, _EARLY, _LATE = slice(None), slice(None, -1), slice(1, None)
_NEIGHBOURS = (((_EARLY, _ALL), (_LATE, _ALL)), ((_ALL, _EARLY), (_ALL, _LATE)))


def gaps(loss: Callable[[Array], Array], points: Array, values: Array) -> Array:
    """Return the heights of a grid with NaN beside leaps, and where there is no finite height.

    Parameters
    ----------
    loss : callable
        Points (..., 2) -> losses (...).
    points : ndarray of shape (G2, G1, 2)
    values : ndarray of shape (G2, G1)
        The losses there.
    """
    values = np.where(np.isfinite(values), values, np.nan)
    torn = np.zeros(values.shape, dtype=bool)
    for first, second in _NEIGHBOURS:
        leaps = _leaps(loss, points[first], points[second], values[first], values[second])
        torn[first] |= leaps
        torn[second] |= leaps
    return np.where(torn, np.nan, values)


def _leaps(loss: Callable[[Array], Array], a: Array, b: Array, at_a: Array, at_b: Array) -> Flags:
    """Whether the loss leaps somewhere between each point of `a` and its neighbour in `b`."""
    rise, known = np.abs(at_b - at_a), np.concatenate([at_a, at_b], axis=None)
    leaps = np.zeros(rise.shape, dtype=bool)
    if not np.isfinite(known).any():
        return leaps
    low, high = np.nanquantile(known, (0.25, 0.75))
    steep = rise > _SLIGHT * (high - low)
    if steep.any():
        leaps[steep] = _stays(loss, a[steep], b[steep], at_a[steep], at_b[steep])
    return leaps


def _stays(loss: Callable[[Array], Array], a: Array, b: Array, at_a: Array, at_b: Array) -> Flags:
    """Whether half of each rise is left where the way is halved, always towards the steeper half.

    A height that is not finite on the way is one of a pole.
    """
    rise = np.abs(at_b - at_a)
    for _ in range(_HALVINGS):
        middle = (a + b) / 2
        there = loss(middle)
        there = np.where(np.isfinite(there), there, np.inf)
        left = np.abs(there - at_a) >= np.abs(at_b - there)
        a, at_a = np.where(left[:, None], a, middle), np.where(left, at_a, there)
        b, at_b = np.where(left[:, None], middle, b), np.where(left, there, at_b)
    return np.asarray(~(np.abs(at_b - at_a) <= rise / 2))
