"""An update on a plane: the loss around it, its batch's own loss, and both negative gradients."""

from typing import NamedTuple

import numpy as np

from gdplay.arrays import Array
from gdplay.engine.replay import Step, batch_loss
from gdplay.loss.problem import Problem
from gdplay.theory.landscape import Landscape, landscape

ARROW = 0.28
"""Layout: the longer gradient's share of the map."""

_SIDE = 16, 48
"""Speed: there are so many points along a side of a map at least, and at most."""

SHORT = 0.05
"""Layout: a step that takes a smaller share of the map is drawn half as long as an arrow."""

_WORK = 3e8
"""Speed: how much a batch's loss on the map may cost, in rows x parameters x points."""


@np.errstate(all="ignore")  # a diverging run overflows
def ground(problem: Problem, whole: Landscape, step: Step, near: bool) -> Landscape:
    """Return the loss to draw: `whole`, wider where the step lies outside, or a close-up."""
    ends = whole.plane.coordinates(np.stack([step.params, step.new_params]))
    if not np.isfinite(ends).all():
        return whole
    low, high = np.array([[side[i] for side in (whole.x, whole.y)] for i in (0, -1)])
    size = high - low
    if near:
        reach = max(1.5 * float(np.abs((ends[1] - ends[0]) / size).max()), 1e-6)
        box = ends.mean(axis=0) - reach * size, ends.mean(axis=0) + reach * size
    elif np.all((low <= ends) & (ends <= high)):
        return whole
    else:
        room = 0.06 * (np.maximum(high, ends.max(axis=0)) - np.minimum(low, ends.min(axis=0)))
        box = np.minimum(low, ends.min(axis=0) - room), np.maximum(high, ends.max(axis=0) + room)
    return landscape(problem, whole.plane, box, _SIDE[1])


_FLOOR = 1e-9
"""Tolerance: where the loss bends less one way, as a share of the other, its minimum is a line."""

_SETTLED = 1e-9
"""Tolerance: Newton's method has arrived where it moves by less than this share of the map."""

_STEPS = 20
"""Tolerance: Newton's method is given up after so many."""

_NUDGE = 1e-4
"""Tolerance: how far apart slopes are taken to tell how the loss bends, as a share of the map."""


class Ghost(NamedTuple):
    """The batch's own loss on a grid of the map; `loss[j, i]` at `(x[i], y[j])`."""

    x: Array
    y: Array
    loss: Array
    minimum: Array | None
    """Its lowest point on the plane, (2,), where there is one inside the map."""


@np.errstate(all="ignore")  # a diverging run overflows
def ghost(problem: Problem, step: Step, land: Landscape) -> Ghost | None:
    """Return the loss of the batch alone where `land` is drawn; None where it is the full loss."""
    if len(set(step.rows.tolist())) == problem.n_samples:
        return None
    each = len(step.rows) * problem.n_params
    size = int(np.clip(np.sqrt(_WORK / each), *_SIDE))
    x, y = (np.linspace(side[0], side[-1], size) for side in (land.x, land.y))
    grid = land.plane.params(np.stack(np.meshgrid(x, y), axis=-1))
    loss = batch_loss(problem, grid, step.rows)
    return Ghost(x, y, loss, _lowest(problem, step, land, x, y, loss))


def _lowest(
    problem: Problem, step: Step, land: Landscape, x: Array, y: Array, loss: Array
) -> Array | None:
    """Return the batch's minimum on the plane, by Newton's method from the grid's lowest point."""
    j, i = np.unravel_index(loss.argmin(), loss.shape)
    if {i, j} & {0, len(x) - 1}:
        return None
    units = np.array([np.ptp(x), np.ptp(y)])
    axes = land.plane.axes * units[:, None]

    def slope(spots: Array) -> Array:
        places = land.plane.params(spots * units)
        return np.asarray(problem.gradient(places, step.rows) @ axes.T)

    spot = np.array([x[i], y[j]]) / units
    nudge = _NUDGE * np.eye(2)
    for _ in range(_STEPS):
        bend = (slope(spot + nudge) - slope(spot - nudge)) / (2 * _NUDGE)
        if not np.linalg.det(bend) > _FLOOR * np.trace(bend) ** 2:
            return None  # a valley floor
        move = np.linalg.solve(bend, slope(spot))
        spot = spot - move
        if np.abs(move).max() < _SETTLED:
            break
    low, high = np.array([[x[0], y[0]], [x[-1], y[-1]]]) / units
    return np.asarray(spot * units) if np.all((low <= spot) & (spot <= high)) else None


class Arrows(NamedTuple):
    """Both negative gradients on the plane, (2,), times one `scale`."""

    scale: float
    full: Array
    batch: Array


@np.errstate(all="ignore")  # a diverging run overflows
def arrows(step: Step, land: Landscape) -> Arrows:
    """Return the arrows to draw: the longer one takes a quarter of the map, or outreaches the step.

    At a round scale, and about; less, down to a third, where they would leave the map.
    """
    full, batch = (-land.plane.dual @ g for g in (step.full_gradient, step.gradient))
    size = np.array([np.ptp(land.x), np.ptp(land.y)])
    longest = max(float(np.linalg.norm(arrow / size)) for arrow in (full, batch))
    length = float(np.linalg.norm(land.plane.dual @ step.step / size))
    reach = max(ARROW, min(1.6 * length, 1.0)) if np.isfinite(length) else ARROW
    scale = 1.0
    if longest > 1e-300:
        ideal = reach / longest
        scale = _round(ideal, max(_room(step, land, full, batch), ideal / 3))
    return Arrows(scale, scale * full, scale * batch)


@np.errstate(all="ignore")  # a diverging run overflows
def enlarged(step: Step, land: Landscape) -> float:
    """Return how many times as long as it is the step is drawn, so that it is seen: a round number.

    1 where it is long enough, and where it stands still; less where it would leave the map.
    """
    way = land.plane.dual @ step.step
    share = float(np.linalg.norm(way / np.array([np.ptp(land.x), np.ptp(land.y)])))
    if not 1e-300 < share < SHORT:
        return 1.0
    return max(1.0, _round(ARROW / 2 / share, _room(step, land, way)))


def _room(step: Step, land: Landscape, *ways: Array) -> float:
    """Return the scale at which the first of some arrows meets the edge of the map."""
    here = land.plane.coordinates(step.params)
    sides = np.array([[side[i] for side in (land.x, land.y)] for i in (0, -1)])
    scales = [(side - here) / way for side in sides for way in ways]
    return float(np.min(scales, initial=np.inf, where=np.greater(scales, 0)))


def _round(value: float, most: float) -> float:
    """Return a number to one digit, below `most`."""
    near = float(f"{value:.1g}")
    if near <= most:
        return near
    tens = 10.0 ** np.floor(np.log10(most))
    return float(f"{tens * np.floor(most / tens):.1g}")
