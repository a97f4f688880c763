"""The floor of a valley, walked both ways from a place: whether that is lowest along it."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from gdplay.arrays import Array, margin

LEVEL = 1e-6
"""Tolerance: a floor is level where the loss changes by less, as a share of 1 + |loss|."""

_FIRST = 0.01
_GROWTH = 1.2
_STEPS = 32
"""Speed: steps each way, the first as a share of 1 + |params|, each so many times the last."""

_IN_A_ROW = 3
"""Tolerance: a floor rises where so many steps lie higher: far out single steps may miss it."""

_WINDOW = np.pi / 3
"""The floor turns by no more than this at a step."""

_AROUND = np.arange(256) * np.pi / 128
"""Tolerance: the angles at which the lowest place around is looked for."""

_ZOOMS = 7
_FINER = 32
_ANGLES = np.array(sorted(np.linspace(-1, 1, 129), key=abs))
"""Tolerance: how often the angles ahead are looked at so many times more closely, and where, the
middle first: over level ground the walk goes straight on."""


class Floor(NamedTuple):
    """Whether a valley's floor rises, falls or stays level, each way.

    Where the loss is not known it does nothing of it. `ends` are the places (2, 2) walked to.
    """

    rises: tuple[bool, bool]
    falls: tuple[bool, bool]
    level: tuple[bool, bool]
    ends: Array


BOWL = Floor((True, True), (False, False), (False, False), np.zeros((2, 2)))
"""What rises both ways."""


def floor_around(loss: Callable[[Array], Array], place: Array) -> Floor:
    """Walk from `place` both ways, each step to the lowest place on a circle ahead.

    Parameters
    ----------
    loss : callable
        Points (..., 2) -> losses (...); NaN where there is none.
    """
    here = float(loss(place))
    heights, ends = _walked(loss, place)
    heights = heights - here
    alike = margin(LEVEL, here)
    rises = sliding_window_view(heights > alike, _IN_A_ROW, axis=0).all(axis=2).any(axis=0)
    falls = (heights < -alike).any(axis=0)
    level = ~np.isnan(heights).all(axis=0) & ~rises & ~falls
    return Floor(_both(rises), _both(falls), _both(level), ends)


def _both(ways: Any) -> tuple[bool, bool]:
    return bool(ways[0]), bool(ways[1])


def _walked(loss: Callable[[Array], Array], place: Array) -> tuple[Array, Array]:
    """Return the losses met, (STEPS, 2), and where both ways end, (2, 2)."""
    length = _FIRST * (1 + float(np.linalg.norm(place)))
    heading, points = _ways(loss, place, length), np.array([place, place])
    heights = []
    for _ in range(_STEPS):
        heading, height = _ahead(loss, points, heading, length)
        points = points + length * _unit(heading)
        heights.append(height)
        length *= _GROWTH
    return np.array(heights), points


def _ways(loss: Callable[[Array], Array], place: Array, length: float) -> Array:
    """Return the angle of the lowest place around, and that of the lowest the other way."""
    around = _or_infinite(loss(place + length * _unit(_AROUND)))
    first = _AROUND[around.argmin()]
    other = np.where(np.cos(_AROUND - first) < -0.5, around, np.inf)
    second = _AROUND[other.argmin()] if np.isfinite(other).any() else first + np.pi
    return np.array([first, second])


def _ahead(
    loss: Callable[[Array], Array], points: Array, heading: Array, length: float
) -> tuple[Array, Array]:
    """Return the angle of the lowest place on a circle ahead of each point, and its loss."""
    width = _WINDOW
    for _ in range(_ZOOMS):
        angles = heading[:, None] + width * _ANGLES
        heights = loss(points[:, None] + length * _unit(angles))
        lowest = _or_infinite(heights).argmin(axis=1)[:, None]
        heading = np.take_along_axis(angles, lowest, axis=1)[:, 0]
        width /= _FINER
    return heading, np.take_along_axis(heights, lowest, axis=1)[:, 0]


def _or_infinite(heights: Array) -> Array:
    return np.where(np.isnan(heights), np.inf, heights)


def _unit(angles: Array) -> Array:
    return np.stack([np.cos(angles), np.sin(angles)], axis=-1)
