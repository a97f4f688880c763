"""Where to look at a surface from: where its paths are seen, and seen at length."""

from collections.abc import Sequence

import numpy as np

from gdplay.arrays import Array, Indices
from gdplay.theory.landscape import Landscape

ASPECT = np.array([1.0, 1.0, 0.6])
"""How wide, deep and high the scene is drawn."""

CENTER = np.array([0.0, 0.0, -0.14])
"""What the camera looks at: a little below the middle."""

ASIDE = 120.0
"""Degrees between the start and the viewer that suit a bowl: across it, a little from one side."""

_DISTANCE = 1.7
_LEFT = 10.0
_HEIGHTS = (1.12, 1.28, 1.4, 1.5)
_TURNS = np.arange(-180.0, 180.0, 15.0)
_STATES = 20
_STRIDES = np.linspace(0.025, 0.55, 22)
_CLEARLY = 0.008
_AT_ONCE = 8
_DUST = 1e-9

_TITLES = np.array([[0.8, 0.0], [-0.8, 0.0], [0.0, 0.8], [0.0, -0.8]])
"""Where Plotly writes the axes' titles, about: beside the edges of the ground."""

_HALF_VIEW = np.tan(np.pi / 8)
"""Plotly's cameras see 45 degrees from top to bottom."""

_BACK = (1.0, 1.03, 1.06, 1.09, 1.12, 1.15)
_ROOM = 0.93


def eye(land: Landscape, paths: Sequence[Array], bottom: float, top: float) -> dict[str, float]:
    """Return where to look from, in Plotly's units: the box is `ASPECT` wide around the origin.

    Of a ring of views, the one from which the minimum and most of the paths' states are seen, the
    paths are long on the screen and on ground that faces the viewer, much of the ground is seen
    from above, and which is not far from a usual one across a bowl.

    Parameters
    ----------
    land : Landscape
    paths : sequence of ndarray, each (T, 3)
        x, y and height of the states drawn, the start first.
    bottom, top : float
        The heights between which the scene is drawn.
    """
    low = np.array([land.x[0], land.y[0], bottom])
    size = np.array([land.x[-1], land.y[-1], top]) - low
    looked_at = [*paths, *_minimum(land)]
    inside = [_some(((path - low) / size - 0.5) * ASPECT) for path in looked_at]
    ground = np.where(land.loss > top, -np.inf, ((land.loss - bottom) / size[2] - 0.5) * ASPECT[2])
    ways = [path for path in inside if len(path)]
    start = ways[0][0] if ways else np.array([-1.0, 0.0, 0.0])
    eyes, away = _views(float(np.arctan2(start[1], start[0])))
    worth = _SHOWN * _shown(eyes, ground) - 0.35 * away - _SQUARE * _squarely(eyes)
    if ways:
        worth += _FACING * _facing(np.concatenate(ways), eyes, ground)
    best = eyes[_best(ways, eyes, worth, ground) if ways else int(np.argmin(away))]
    return dict(zip("xyz", _stepped_back(best).round(3).tolist(), strict=True))


def _stepped_back(best: Array) -> Array:
    """Return a place, or one further away from where no axis' title is cut off below."""
    titles = np.column_stack([_TITLES, np.full(len(_TITLES), -ASPECT[2] / 2)])
    places = (best * share for share in _BACK)
    return next((place for place in places if _lowest(titles, place) > -_ROOM), best * _BACK[-1])


def _lowest(points: Array, eye: Array) -> float:
    """Return how high the lowest of some points stands: -1 at the lower edge of the picture."""
    _, up, ahead = _on_screen(points, eye[None])
    return float((up / ahead).min() / _HALF_VIEW)


def _minimum(land: Landscape) -> list[Array]:
    """Return the minimum on the ground's grid as what a few states stand at; none where none is."""
    if land.minimum is None:
        return []
    column, row = (
        int(np.abs(a - at).argmin()) for a, at in zip((land.x, land.y), land.minimum, strict=True)
    )
    return [np.tile([*land.minimum, land.loss[row, column]], (_STATES // 4, 1))]


def _best(paths: Sequence[Array], eyes: Array, worth: Array, ground: Array) -> int:
    """Return which of V places is worth most: `worth` (V,), and what is seen of paths from there.

    What the ground hides takes long to find, so it is looked for where most can be hoped for
    first, a few places at a time, until no other place can be worth as much.
    """
    length = _lengths(paths, eyes)
    long = 0.7 + length / max(float(np.max(length)), 1e-12)
    hope = worth + (0.1 + _SEEN) * long + _DUST  # where all is seen
    points, most, best = np.concatenate(paths), -np.inf, 0
    order = np.argsort(-hope, kind="stable")
    for some in np.split(order, range(_AT_ONCE, len(order), _AT_ONCE)):
        if most > hope[some[0]]:
            break
        share = _seen(points, eyes[some], ground).mean(axis=1)
        there = worth[some] + (0.1 + _SEEN * share**2) * long[some]
        top = int(some[there == there.max()].min())
        if there.max() > most or (there.max() == most and top < best):
            most, best = float(there.max()), top
    return best


def _some(path: Array) -> Array:
    """Return at most `_STATES` of a path's states, those inside the box."""
    path = path[(np.abs(path) <= ASPECT / 2 + 1e-9).all(axis=1)]
    keep = np.unique(np.linspace(0, len(path) - 1, min(len(path), _STATES)).round().astype(int))
    return np.asarray(path[keep])


def _views(start: float) -> tuple[Array, Array]:
    """Return places to look from (V, 3), and how far they are from a usual one, 0 to about 1.

    Two are usual, `ASIDE` from the angle of the start: rather where the start is on the left.
    """
    turns, heights = (part.ravel() for part in np.meshgrid(_TURNS, _HEIGHTS))
    angles = start + np.radians(ASIDE + turns)
    reach = np.sqrt(_DISTANCE**2 - heights**2)
    eyes = np.stack([reach * np.cos(angles), reach * np.sin(angles), heights], axis=1)
    mirrored = np.abs(turns + 2 * ASIDE - 360)
    off = np.minimum(np.minimum(np.abs(turns), 360 - np.abs(turns)), mirrored + _LEFT)
    return eyes, off / 180 + heights - _HEIGHTS[0]


def _squarely(eyes: Array) -> Array:
    """Whether each of V places faces one side of the box squarely, (V,).

    Plotly then writes the title of the other axis above the scene, far from its ticks.
    """
    across, ahead = np.sort(np.abs(eyes[:, :2]), axis=1).T
    return np.asarray(across < _SLANT * ahead)


_SLANT = np.tan(np.radians(8))
_SQUARE = 0.06

_SEEN = 2.0
"""What it is worth where all of the paths is seen."""


def _seen(points: Array, eyes: Array, ground: Array) -> Array:
    """Return from which of V places no ground hides points (m, 3), (V, m)."""
    x, y, z = (
        points[:, axis, None] + (eyes[:, axis, None] - points[:, axis])[..., None] * _STRIDES
        for axis in range(3)
    )
    there = (np.abs(x) <= ASPECT[0] / 2) & (np.abs(y) <= ASPECT[1] / 2)
    height = ground[_cells(x, y, ground)]
    return np.asarray(~(there & (height > z + _CLEARLY)).any(axis=2))


_FACING = 0.6
"""What it is worth where the ground under the paths faces the viewer, not edge-on."""


def _facing(points: Array, eyes: Array, ground: Array) -> Array:
    """Return how far the ground under points (m, 3) faces each of V places, (V,), 0 to 1."""
    rows, columns = ground.shape
    heights = np.where(np.isfinite(ground), ground, ASPECT[2] / 2)
    slope_y, slope_x = np.gradient(heights, 1 / (rows - 1), 1 / (columns - 1))
    row, column = _cells(points[:, 0], points[:, 1], ground)
    upright = np.column_stack([-slope_x[row, column], -slope_y[row, column], np.ones(len(points))])
    upright /= np.linalg.norm(upright, axis=1, keepdims=True)
    towards = eyes[:, None] - points
    towards /= np.linalg.norm(towards, axis=2, keepdims=True)
    return np.asarray(np.einsum("vmk,mk->vm", towards, upright).clip(0).mean(axis=1))


_SHOWN = 1.0
"""What it is worth where the most ground is seen from above, not a bowl's outside or no ground."""

_EACH_WAY = 20


def _shown(eyes: Array, ground: Array) -> Array:
    """Return how much of the screen the ground takes from each of V places, (V,), at most 1.

    What is seen from below counts against it: the outside of a bowl hides what lies in it.
    """
    rows, columns = (
        np.linspace(0, count - 1, min(count, _EACH_WAY)).round().astype(int)
        for count in ground.shape
    )
    x, y = columns / (ground.shape[1] - 1) - 0.5, rows / (ground.shape[0] - 1) - 0.5
    height = ground[np.ix_(rows, columns)]
    there = np.isfinite(height)
    drawn = there[1:, 1:] & there[1:, :-1] & there[:-1, 1:] & there[:-1, :-1]
    across, deep = np.meshgrid(x, y)
    points = np.stack([across, deep, np.where(there, height, 0.0)], axis=-1)
    right, up, ahead = _on_screen(points.reshape(-1, 3), eyes)
    right, up = ((side / ahead).reshape(-1, *height.shape) for side in (right, up))
    one, other = (
        (side[:, 1:, 1:] - side[:, :-1, :-1], side[:, 1:, :-1] - side[:, :-1, 1:])
        for side in (right, up)
    )
    area = ((one[0] * other[1] - other[0] * one[1]) * drawn).sum(axis=(1, 2))
    return np.asarray(area / max(float(np.max(area)), _DUST))


def _cells(x: Array, y: Array, ground: Array) -> tuple[Indices, Indices]:
    """Return row and column of the ground's points that are nearest to places in the box."""
    rows, columns = ground.shape
    row = ((y + 0.5) * (rows - 1)).round().astype(int).clip(0, rows - 1)
    return row, ((x + 0.5) * (columns - 1)).round().astype(int).clip(0, columns - 1)


_FLAT = np.array([1.0, 1.0, 0.25])
"""How much ways along each axis count: what runs have in common is that they go down."""

_UPWARDS = 0.6
"""How much ways up and down the screen count: panels are wide."""


def _lengths(paths: Sequence[Array], eyes: Array) -> Array:
    """Return how long paths, each (T, 3), are on the screen from each of V places, (V,)."""
    across, up, ahead = _on_screen(np.concatenate(paths), eyes, _FLAT)
    screen = np.stack([across, _UPWARDS * up], axis=-1) / ahead[..., None]
    ends = np.cumsum([len(path) for path in paths])[:-1]
    return np.asarray(
        sum(
            np.linalg.norm(np.diff(own, axis=1), axis=-1).sum(axis=1)
            for own in np.split(screen, ends, axis=1)
        )
    )


def _on_screen(
    points: Array, eyes: Array, counts: Array | float = 1.0
) -> tuple[Array, Array, Array]:
    """Return how far points (m, 3) are across, up and ahead of each of V places, (V, m) each."""
    ahead = CENTER - eyes
    ahead /= np.linalg.norm(ahead, axis=1, keepdims=True)
    right = np.cross(ahead, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right, axis=1, keepdims=True)
    away = points * counts - eyes[:, None]
    across, up, far = (
        np.einsum("vtk,vk->vt", away, axis) for axis in (right, np.cross(right, ahead), ahead)
    )
    return across, up, far
