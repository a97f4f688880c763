"""Descent to where a function of two parameters has a kink and no slope."""

from collections.abc import Callable

import numpy as np

from gdplay.arrays import Array, Flags, margin

COMPASS = np.array([(j, i) for j in (-1, 0, 1) for i in (-1, 0, 1) if (j, i) != (0, 0)], float)
"""Eight directions, (8, 2)."""

_MOST_HALVINGS = 50
"""Speed: steps of a search along them."""

RADIUS = 0.1
"""Slopes are first read on a circle so wide around each point."""

_SMALLEST = 1e-10
"""Tolerance: a descent has ended where its circle is smaller."""

_AROUND = 8
_MOST_STEPS = 120
_LENGTHS = 4 * 2.0 ** -np.arange(44)
_CLOSER = 4
"""Speed: slopes a circle, steps of a descent, what is tried along each, and how many times smaller
the next circle is where none of that leads anywhere."""

_TURN = np.pi * (3 - 5**0.5)
"""Each step reads slopes at other angles."""

_FALL = 1e-13
"""Tolerance: a step that lowers the loss by less, as a share of 1 + |loss|, leads nowhere."""


Of = Callable[[Array], Array]


def compass(loss: Of, points: Array) -> Array:
    """Return where searches along eight directions end, which halve a step that leads nowhere.

    Parameters
    ----------
    loss : callable
        Points (..., 2) -> losses (...), infinite where there is none.
    points : ndarray of shape (P, 2)
    """
    size, here = np.full(len(points), 0.5), loss(points)
    for _ in range(_MOST_HALVINGS):
        tried = points + size[:, None] * COMPASS[:, None]
        points, here, lower = _lowered(tried, loss(tried), points, here)
        size = np.where(lower, size, size / 2)
    return points


def _lowered(
    tried: Array, heights: Array, points: Array, here: Array, fall: Array | float = 0.0
) -> tuple[Array, Array, Flags]:
    """Return the lowest of what was tried (T, P, 2) where it is lower by `fall`; and where."""
    best, which = heights.min(axis=0), heights.argmin(axis=0)
    lower = best < here - fall
    points = np.where(lower[:, None], tried[which, np.arange(len(points))], points)
    return points, np.where(lower, best, here), lower


def slid(loss: Of, gradient: Of, points: Array) -> Array:
    """Return where descents from points (P, 2) come to, which slide along kinks.

    Each step goes against the shortest vector of those that the slopes around a point span, and
    looks more closely where that leads nowhere (Burke, Lewis & Overton, 2005, A Robust Gradient
    Sampling Algorithm for Nonsmooth, Nonconvex Optimization, SIAM J. Optim. 15).

    Parameters
    ----------
    loss, gradient : callable
        Points (..., 2) -> losses (...), infinite where there is none, and slopes (..., 2).
    """
    radius, here = np.full(len(points), RADIUS), loss(points)
    for k in range(_MOST_STEPS if len(points) else 0):
        circle = points + radius[:, None] * _ring(k)[:, None]
        down = -shortest(np.moveaxis(gradient(circle), 0, 1))
        down = down / np.maximum(np.linalg.norm(down, axis=1), 1e-300)[:, None]
        tried = points + _LENGTHS[:, None, None] * down
        fall = margin(_FALL, here)
        points, here, lower = _lowered(tried, loss(tried), points, here, fall)
        radius = np.where(lower, radius, radius / _CLOSER)
        if (radius < _SMALLEST).all():
            break
    return points


def _ring(k: int) -> Array:
    """Return directions (K, 2) all around, with the middle."""
    angles = 2 * np.pi * np.arange(_AROUND) / _AROUND + k * _TURN
    return np.vstack([np.zeros(2), np.stack([np.cos(angles), np.sin(angles)], axis=1)])


def shortest(vectors: Array) -> Array:
    """Return the shortest vector (P, 2) of those between vectors (P, K, 2); zero around zero.

    Vectors that are not finite are left out; where none is left, it is zero too.
    """
    known = np.isfinite(vectors).all(axis=2, keepdims=True)
    vectors = np.where(known, vectors, 0.0)
    some = np.take_along_axis(vectors, known.argmax(axis=1)[:, None], axis=1)
    vectors = np.where(known, vectors, some)
    a, edge = vectors[:, :, None], vectors[:, None] - vectors[:, :, None]
    size = np.maximum((edge**2).sum(axis=3), 1e-300)
    along = np.clip(-(a * edge).sum(axis=3) / size, 0, 1)
    near = (a + along[..., None] * edge).reshape(len(vectors), -1, 2)
    best = np.linalg.norm(near, axis=2).argmin(axis=1)
    angles = np.sort(np.arctan2(vectors[..., 1], vectors[..., 0]), axis=1)
    gaps = np.diff(angles, axis=1, append=angles.min(axis=1, keepdims=True) + 2 * np.pi)
    return np.where((gaps.max(axis=1) < np.pi)[:, None], 0.0, near[np.arange(len(near)), best])
