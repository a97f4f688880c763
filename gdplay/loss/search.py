"""The lowest place of a function of two parameters, looked for from a grid of starts."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from gdplay.arrays import Array, Flags, margin
from gdplay.loss.kinks import COMPASS, compass, slid
from gdplay.loss.valleys import BOWL, Floor, floor_around
from gdplay.words import number, quantity

REACH = 10.0
"""Starts lie in |x|, |y| <= this."""

SIDE = 41
"""Starts along each side of the grid; 0 is among them."""

MOST_BASINS = 64
"""Speed: so many starts are followed, those lower than their neighbours, the lowest first."""

MOST_SLIDES = 16
"""Speed: so many descents slide along kinks, the lowest first."""

UNFOUND = "No minimum was found"
"""What is said where a search came to none, which does not show that there is none."""

_MOST_PIECES = 4
"""Speed: at so many places their pieces are looked at."""

_WIDER = 1.5
"""Tolerance: kinks are looked for so many times farther out than the farthest hint."""

_MOST_STEPS = 50
_SADDLE_STEPS = 25
_LONGEST = 10.0
_FACTORS = 2.0 ** -np.arange(14)
"""Tolerance: steps of a search, the longest as a share of 1 + |params|, and what is tried of it."""

NEAR = 1e-6
"""Tolerance: a search is at rest where its next step is shorter, as a share of 1 + |params|."""

_ROUNDING = 1e-12
"""Tolerance: losses that differ by less, as a share of 1 + |loss|, are alike; and places."""

_BESIDE = 1e-3
"""Tolerance: places nearer to each other, as a share of 1 + |params|, are one."""

_ALIKE = 1e-9
"""Tolerance: places are as low as each other where their losses differ by less, such a share."""

_RIDGE, _LEAST_RIDGE = 1e-10, 1e-150
"""Tolerance: so much is added to a Hessian's size, as a share of that, and at least."""

_RIM = 1e-4
"""Tolerance: so far around a hole it is looked whether there is a value."""

_JUMP = 0.05
_CLOSE, _ASIDE, _SHRUNK = 1e-5, 1e-2, 0.3
"""Tolerance: beside a leap the loss changes by more than the first, as a share of 1 + |loss|; and
the change close by is more than such a share of that farther aside."""


class Local(NamedTuple):
    """A function around P points: values (P,), gradients (P, 2), Hessians (P, 2, 2)."""

    value: Array
    gradient: Array
    hessian: Array


class Lowest(NamedTuple):
    """What a search ended with.

    Attributes
    ----------
    params : ndarray of shape (2,) or None
        The lowest place; None where there is none.
    saddle : ndarray of shape (2,) or None
        Where the slope is zero without a minimum; looked for only where there is none.
    words : str
        How it was found, or why there is none, in a sentence or two.
    others : ndarray of shape (M, 2)
        Minima that were found beside the lowest place, the lowest first: to six decimals. Only
        those that stand alone, for of a line of them each start finds another one.
    """

    params: Array | None
    saddle: Array | None
    words: str
    others: Array = np.empty((0, 2))


Loss = Callable[[Array], Array]
Around = Callable[[Array], Local]
PieceAt = Callable[[Array], tuple[Loss, Around] | None]
LevelAlong = Callable[[Array, Array], bool]

_NOWHERE = np.empty((0, 2))


def lowest(
    loss: Loss,
    around: Around,
    *,
    kinked: bool = True,
    hints: Array = _NOWHERE,
    piece: PieceAt | None = None,
    level_along: LevelAlong = lambda place, heading: False,
) -> Lowest:
    """Return the lowest place that searches from a grid of starts end in.

    Newton's method with the Hessian's absolute value (Dauphin et al., 2014, arXiv:1406.2572), then,
    where there are kinks, a search along eight directions whose step is halved, and a slide along
    the kinks. Where the place found is flat one way, the valley's floor is walked.

    Parameters
    ----------
    loss : callable
        Points (..., 2) -> losses (...); NaN where there is none.
    around : callable
        Points (P, 2) -> their surroundings.
    kinked : bool
        Whether the function may have kinks.
    hints : ndarray of shape (P, 2)
        Where else to start.
    piece : callable, optional
        A place -> the function as it goes on smoothly from there, without its kinks; None where
        that is the same everywhere. A function that is level one way alone, as max(0, x) is, has
        its minimum there where its piece is level both ways, and none where the piece falls.
    level_along : callable
        A place, a heading -> whether the function is the same all the way from there on, beyond
        rounding.
    """
    with np.errstate(all="ignore"):
        return _lowest(loss, around, kinked, hints, piece, level_along)


def _lowest(
    loss: Loss,
    around: Around,
    kinked: bool,
    hints: Array,
    piece: PieceAt | None,
    level_along: LevelAlong,
) -> Lowest:
    def height(points: Array) -> Array:
        return _comparable(loss(points))

    starts = grid()
    basins = np.concatenate([_basins(starts, height(starts)), hints])
    reach = max(REACH, _WIDER * float(np.abs(hints).max(initial=0)))
    ends = _descended(loss, around, basins)
    kinks = compass(height, np.concatenate([ends, basins]))
    if kinked:
        kinks = slid(height, _slopes(around), _few(loss, kinks[_inside(kinks, reach)]))
    seen, why = np.concatenate([ends, kinks]), ""
    at_kinks = _at_a_kink(loss, kinks) & _inside(kinks, reach)
    found = ends[_at_rest(loss, around, ends)], kinks[at_kinks]
    for places in found:
        if len(places):
            best = _best(loss, around, places)
            if _deeper(loss, float(loss(best)), seen):
                continue
            hole = _hole(loss, best, hints)
            if hole is not None:
                why = f"the nearer to {_place(hole)} the lower, and there it has no value"
                continue
            floor = floor_around(loss, best) if _flat(around, best) else BOWL
            if not any(floor.falls) and not _runs_out(loss, around, best, floor):
                several = _is_line(loss, around, best, floor) or _elsewhere(loss, best, places)
                break
            if _levels(loss, level_along, best) or (
                piece and _level_on(piece, _as_low(loss, best, places))
            ):
                several = True
                break
            why = f"from {_place(best)} on, one way, {_HARDLY}"
    else:
        return _without(loss, around, ends, why or _unfound(loss, ends, hints))
    others = _others(loss, around, best, _alone(loss, around, *found, reach))
    return Lowest(best, None, _words(best, several, hints, len(others)), others)


def _few(loss: Loss, points: Array) -> Array:
    """Return the lowest of the points, each once."""
    points = points[np.unique(points.round(6), axis=0, return_index=True)[1]]
    return np.asarray(points[np.argsort(loss(points), kind="stable")[:MOST_SLIDES]])


_HARDLY = "it hardly changes any more, so no place stands out as the lowest"


def _slopes(around: Around) -> Loss:
    return lambda points: around(points.reshape(-1, 2)).gradient.reshape(points.shape)


def _words(best: Array, several: bool, hints: Array, others: int) -> str:
    place = f"{_place(best)}{', one of several places as low' if several else ''}"
    text = f"Minimum at {place}: the lowest place found from {_starts(hints)}."
    if not others:
        return text
    some = "Another minimum was" if others == 1 else f"{quantity(others)} other minima were"
    return f"{text} {some} found, to six decimals; there may be more."


def _flat(around: Around, best: Array) -> bool:
    """Whether a place may be on the floor of a valley, level one way, or at a kink."""
    bends = np.abs(np.linalg.eigvalsh(np.nan_to_num(around(best[None]).hessian[0])))
    return bool(bends.min() <= NEAR * bends.max())


def _starts(hints: Array) -> str:
    more = "" if _inside(hints).all() else " and from where linear parts of it are zero"
    return f"{quantity(SIDE**2)} starts in |x|, |y| ≤ {REACH:g}{more}"


def grid() -> Array:
    """Return the starts, (SIDE, SIDE, 2)."""
    side = np.linspace(-REACH, REACH, SIDE)
    return np.stack(np.meshgrid(side, side), axis=-1)


def _comparable(values: Array) -> Array:
    """Return losses with infinity where there is none."""
    return np.where(np.isfinite(values), values, np.inf)


def _basins(starts: Array, values: Array) -> Array:
    """Return the points of a grid that no neighbour lies below, the lowest first."""
    padded, side = np.pad(values, 1, constant_values=np.inf), len(values)
    beside = [padded[1 + j : 1 + j + side, 1 + i : 1 + i + side] for j, i in COMPASS.astype(int)]
    low = np.isfinite(values) & (values <= np.min(beside, axis=0))
    points, heights = starts[low], values[low]
    # Of places alike the one nearest to the origin.
    order = np.lexsort((np.linalg.norm(points, axis=1), heights))
    return np.asarray(points[order[:MOST_BASINS]])


# Newton's method


def _descended(loss: Loss, around: Around, points: Array) -> Array:
    """Return where descent from points (P, 2) comes to."""
    for _ in range(_MOST_STEPS):
        here = around(points)
        step = _no_longer(_newton_step(here), points)
        if not (np.linalg.norm(step, axis=1) > _size(points, _ROUNDING)).any():
            break
        tried = points + _FACTORS[:, None, None] * step
        heights = _comparable(loss(tried))
        best, which = heights.min(axis=0), heights.argmin(axis=0)
        lower = best < here.value
        points = np.where(lower[:, None], tried[which, np.arange(len(points))], points)
        if not lower.any():
            break
    return _polished(around, points)


def _newton_step(here: Local) -> Array:
    """Return -|H|^-1 g, (P, 2); zero where it is not known.

    |H| is the root of H^2, and a 2 x 2 matrix A has the root (A + sqrt(det A) I) / sqrt(tr A +
    2 sqrt(det A)).
    """
    square = here.hessian @ here.hessian
    root = np.abs(_det(here.hessian))
    trace = np.sqrt(square[:, 0, 0] + square[:, 1, 1] + 2 * root)
    size = (square + root[:, None, None] * np.eye(2)) / trace[:, None, None]
    size = np.where(trace[:, None, None] > 0, size, 0) + _ridge(trace)[:, None, None] * np.eye(2)
    return -_solved(size, here.gradient)


def _solved(matrices: Array, vectors: Array) -> Array:
    """Return M^-1 v, (P, 2), of symmetric M (P, 2, 2); zero where M has no inverse."""
    (a, b), (_, d) = np.moveaxis(matrices, 0, -1)
    x, y = vectors.T
    solved = np.stack([d * x - b * y, a * y - b * x], axis=1) / _det(matrices)[:, None]
    return np.where(np.isfinite(solved), solved, 0)


def _no_longer(step: Array, points: Array) -> Array:
    longest = _size(points, _LONGEST)
    return np.asarray(step * (longest / np.maximum(np.linalg.norm(step, axis=1), longest))[:, None])


def _ridge(trace: Array) -> Array:
    return np.asarray(_RIDGE * np.nan_to_num(trace, posinf=1) + _LEAST_RIDGE)


def _det(matrices: Array) -> Array:
    return np.asarray(matrices[:, 0, 0] * matrices[:, 1, 1] - matrices[:, 0, 1] * matrices[:, 1, 0])


def _polished(around: Around, points: Array) -> Array:
    """Return points after a few more steps: rounding hides a fall of the loss, not of the slope."""
    for _ in range(3):
        here = around(points)
        there = points + _newton_step(here)
        flatter = _steepness(around(there)) < _steepness(here)
        points = np.where(flatter[:, None], there, points)
    return points


def _steepness(local: Local) -> Array:
    return np.asarray(np.linalg.norm(local.gradient, axis=1))


def _at_rest(loss: Loss, around: Around, points: Array) -> Flags:
    """Whether each of P points is a minimum: nowhere to go, and nothing lower beside it."""
    here = around(points)
    still = np.linalg.norm(_newton_step(here), axis=1) <= _size(points, NEAR)
    finite = np.isfinite(here.value) & np.isfinite(here.gradient).all(axis=1)
    beside = _rise(loss, points, _BESIDE) >= -_ROUNDING
    return np.asarray(still & finite & beside & ~_leaps(loss, points))


def _inside(points: Array, reach: float = REACH) -> Flags:
    return np.asarray((np.abs(points) <= reach).all(axis=-1))


def _size(points: Array, share: float | Array) -> Array:
    """Return a share of 1 + |params| for each of P points."""
    return margin(share, np.linalg.norm(points, axis=1))


def _rise(loss: Loss, points: Array, share: float) -> Array:
    """Return by how much the lowest of eight neighbours lies above each point, in its own units."""
    heights = _comparable(loss(_beside(points, share))).min(axis=0)
    here = loss(points)
    return np.asarray((heights - here) / margin(1.0, here))


def _beside(points: Array, share: float) -> Array:
    return np.asarray(points + _size(points, share)[:, None] * COMPASS[:, None])


def _leaps(loss: Loss, points: Array) -> Flags:
    """Whether the loss leaps beside each point, as it does at a jump or a pole.

    A leap is no smaller close by; the rise of a bowl is, however steep, and that from a cusp.
    """
    close, far = _leap(loss, points, _CLOSE), _leap(loss, points, _ASIDE)
    high = close > margin(_JUMP, loss(points))
    return np.asarray(high & (close > _SHRUNK * far))


def _leap(loss: Loss, points: Array, step: float) -> Array:
    leap = np.abs(loss(points + step * COMPASS[:, None]) - loss(points))
    # At the edge of where the loss is known, one side says nothing.
    return np.asarray(np.where(np.isnan(leap), 0, leap).max(axis=0))


def _at_a_kink(loss: Loss, points: Array) -> Flags:
    """Whether each point lies below all beside it."""
    lowest = _rise(loss, points, NEAR) >= -_ROUNDING
    return np.asarray(lowest & ~_leaps(loss, points))


# What was found


def _best(loss: Loss, around: Around, points: Array) -> Array:
    """Return the lowest of some minima; of those alike the nearest to the origin."""
    points = _rounded(around, points)
    heights = loss(points)
    return _nearest(points[heights <= heights.min() + margin(_ROUNDING, heights.min())])


def _nearest(points: Array) -> Array:
    """Return the point (2,) nearest to the origin; of those as near, the one farthest right."""
    away = np.linalg.norm(points, axis=1).round(6)
    return np.asarray(points[np.lexsort((-points[:, 1], -points[:, 0], away))[0]])


def _rounded(around: Around, points: Array) -> Array:
    """Return points with six decimals where slope and loss are no higher there."""
    short = points.round(6) + 0.0
    there, here = around(short), around(points)
    higher = there.value > here.value + margin(_ROUNDING, here.value)
    suits = (_steepness(there) <= _steepness(here)) & ~higher
    return np.where(suits[:, None], short, points)


_SHARES = np.asarray(10.0 ** np.arange(-2, 5), float)
_RINGS = 10.0 ** np.arange(1, 7)
_ANGLES = np.arange(64) * np.pi / 32
"""Tolerance: in so many directions it is looked far out."""

_RAYS = np.stack([np.cos(_ANGLES), np.sin(_ANGLES)], axis=1)


def _far(loss: Loss) -> Array:
    """Return the lowest loss on rings of growing radius; infinity where it has none."""
    values = loss(_RINGS[:, None, None] * _RAYS)
    return np.asarray(np.where(np.isnan(values), np.inf, values).min(axis=1))


def _deeper(loss: Loss, best: float, ends: Array) -> bool:
    """Whether anything was seen that lies below the best minimum."""
    seen = min(float(_far(loss).min()), float(_comparable(loss(ends)).min()))
    return bool(seen < best - margin(_ALIKE, best))


def _hole(loss: Loss, best: Array, hints: Array) -> Array | None:
    """Return a place beside the best where alone the function has no value, as x**2/y**2 at (0, 0).

    At the edge of where it has one, no straight line leads from value to value across it.
    """
    beside = hints[np.linalg.norm(hints - best, axis=1) < _size(best[None], _CLOSE)]
    for place in (*(best.round(digits) + 0.0 for digits in (3, 6)), *beside):
        if np.linalg.norm(place - best) < _CLOSE and not np.isfinite(loss(place)):
            around = np.isfinite(loss(place + _RIM * COMPASS))
            if (around & around[::-1]).any():
                return np.asarray(place)
    return None


def _is_line(loss: Loss, around: Around, best: Array, floor: Floor) -> bool:
    """Whether a floor that looks level is: else descent along it leads back to the best place."""
    if not all(floor.level):
        return False
    away = np.linalg.norm(floor.ends - best, axis=1)
    back = np.linalg.norm(_descended(loss, around, floor.ends) - best, axis=1)
    return bool((back > away / 2).all())


def _elsewhere(loss: Loss, best: Array, places: Array) -> bool:
    """Whether other places are as low as the best."""
    alike = _as_low(loss, best, places)
    return bool((np.linalg.norm(alike - best, axis=1) > _size(best[None], _BESIDE)).any())


def _others(loss: Loss, around: Around, best: Array, places: Array) -> Array:
    """Return the minima beside the best, each once, the lowest first, (M, 2)."""
    places = _rounded(around, places)
    away = np.linalg.norm(places, axis=1).round(6)
    kept = [best]
    for place in places[np.lexsort((away, loss(places).round(9)))]:
        apart = np.linalg.norm(np.array(kept) - place, axis=1)
        if (apart > _size(place[None], _BESIDE)).all():
            kept.append(place)
    return np.array(kept[1:]).reshape(-1, 2)


def _alone(loss: Loss, around: Around, smooth: Array, kinked: Array, reach: float) -> Array:
    """Return those minima within reach that are plainly none of a line of them, (P, 2)."""
    smooth, kinked = (places[_inside(places, reach)] for places in (smooth, kinked))
    alone = smooth[_bends(around, smooth) | _rises_evenly(loss, smooth)]
    return np.concatenate([alone, kinked[_rises_evenly(loss, kinked)]])


_EVEN, _MOST_RAYS = 0.2, 1024
"""Tolerance: about a minimum that stands alone the least rise is such a share of the most, in so
many directions: beside a sharp kink few of them lead along it."""


def _bends(around: Around, points: Array) -> Flags:
    """Whether a function is level at each of P points and bends upwards all ways from there.

    At a kink its slope is not level, however short the next step.
    """
    here = around(points)
    bends = np.linalg.eigvalsh(np.nan_to_num(here.hessian))
    level = _steepness(here) * _size(points, 1.0) <= margin(NEAR, here.value)
    return np.asarray(level & (bends[:, 0] > NEAR * bends[:, 1]))


def _rises_evenly(loss: Loss, points: Array) -> Flags:
    """Whether a function rises about as much all ways from each of P points.

    So it does from none that is of a line, straight or winding.
    """
    lengths, angles = _size(points, _BESIDE)[:, None], np.linspace(0, 2 * np.pi, _MOST_RAYS)
    rays = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    rises = _comparable(loss(points + lengths * rays[:, None])) - loss(points)
    return np.asarray(rises.min(axis=0) > _EVEN * rises.max(axis=0))


def _as_low(loss: Loss, best: Array, places: Array) -> Array:
    """Return those places that are as low as the best."""
    here = loss(best)
    return np.asarray(places[loss(places) <= here + margin(_ALIKE, here)])


def _level_on(piece: PieceAt, places: Array) -> bool:
    """Whether the smooth piece at one of some places is level both ways along its floor."""
    for place in places[:_MOST_PIECES]:
        parts = piece(place)
        if parts is None:
            return True
        floor = floor_around(parts[0], place)
        if all(floor.level) and not _runs_out(*parts, place, floor):
            return True
    return False


def _levels(loss: Loss, level_along: LevelAlong, best: Array) -> bool:
    """Whether the loss looks level from a place on one way alone, and is wherever it looks so."""
    lengths = _size(best[None], _SHARES[:, None, None])
    rises = np.abs(loss(best + lengths * _RAYS) - loss(best)).max(axis=0)
    level = rises <= margin(_ROUNDING, loss(best))
    one_way = level & ~np.roll(level, len(_RAYS) // 2)
    return bool(one_way.any()) and all(level_along(best, ray) for ray in _RAYS[one_way])


def _runs_out(loss: Loss, around: Around, best: Array, floor: Floor) -> bool:
    """Whether the loss is level from a place on one way, and higher the other way.

    So it is on the tail of what falls for ever, where rounding hides that it falls. A valley is
    level both ways, along its floor or straight on.
    """
    if floor.level[0] != floor.level[1] and any(floor.rises):
        return True
    flattest = np.linalg.eigh(around(best[None]).hessian[0])[1].T
    rays = np.concatenate([_RAYS[: len(_RAYS) // 2], flattest])
    here = float(loss(best))
    lengths = _size(best[None], _SHARES[:, None, None])
    rises = np.array([np.abs(loss(best + sign * lengths * rays) - here) for sign in (1, -1)])
    known = ~np.isnan(rises)
    level = np.where(known, rises, 0).max(axis=1) <= margin(_ROUNDING, here)
    return bool(((level[0] != level[1]) & known.any(axis=1).all(axis=0)).any())


def _without(loss: Loss, around: Around, ends: Array, why: str) -> Lowest:
    """Return that there is no minimum or none was found, and why."""
    words = _endless(loss, around, ends)
    words = f"There is no minimum: {words}" if words else f"{UNFOUND}: {why}"
    saddle = _saddle(around)
    if saddle is not None:
        words += f". At {_place(saddle)} its slope is zero, but that is a saddle"
    return Lowest(None, saddle, f"{words}.")


def _endless(loss: Loss, around: Around, ends: Array) -> str:
    """Return where the loss falls without end, or farther and farther out; else nothing."""
    rings, near = _far(loss), float(_comparable(loss(grid())).min())
    if rings[-1] < rings[-2] - 1 or np.isneginf(rings[-1]):
        return "it falls without end far out"
    poles = ends[_inside(ends) & _plunges(loss, around, ends)]
    if len(poles):
        return f"it falls without end near {_place(poles[0])}"
    if (np.diff(rings) <= 0).all() and rings[-1] < near:
        return "the farther out the lower, and ever more level, so no place is lowest"
    return ""


def _plunges(loss: Loss, around: Around, points: Array) -> Flags:
    """Whether the slope at each point is what leaps beside it, as it is near a pole."""
    here = around(points)
    steep = _steepness(here) * _CLOSE > margin(_JUMP, here.value)
    return np.asarray(steep & _leaps(loss, points))


def _unfound(loss: Loss, ends: Array, hints: Array) -> str:
    """Return what is to be said of searches that came to no minimum."""
    lowest = ends[_comparable(loss(ends)).argmin()] if len(ends) else np.zeros(2)
    if not _inside(lowest):
        return f"it falls on and on, as far out as {_place(lowest)}"
    if _leaps(loss, lowest[None])[0]:
        return f"the lowest values stand beside a leap, near {_place(lowest)}"
    return f"none of {_starts(hints)} leads to one"


def _place(point: Array) -> str:
    return f"({', '.join(number(float(value)) for value in point.round(6) + 0.0)})"


def _saddle(around: Around) -> Array | None:
    """Return the saddle nearest to the origin of those that Newton's method comes to, or None."""
    points = grid().reshape(-1, 2)
    steep = _comparable(_steepness(around(points)))
    points = points[np.argsort(steep, kind="stable")][:MOST_BASINS]
    for _ in range(_SADDLE_STEPS):
        here = around(points)
        points = points - _solved(here.hessian, here.gradient)
    here = around(points)
    left = _solved(here.hessian, here.gradient)
    still = np.linalg.norm(left, axis=1) <= _size(points, NEAR)
    still &= np.isfinite(here.value)
    points = _rounded(around, points[still & (_det(here.hessian) < 0)])
    return _nearest(points) if len(points) else None
