"""How a loss goes near the end of a run: down, up, between a few levels, or neither."""

from collections.abc import Callable
from math import sqrt
from typing import NamedTuple

import numpy as np

from gdplay.arrays import Array, Indices
from gdplay.engine.training import MAX_PATH, Trace
from gdplay.loss.problem import Problem
from gdplay.theory.measures import affordable, recorded

LATE = MAX_PATH // 4
"""How many of the last losses are looked at one by one, at most."""

FEWEST = 8
"""Of short runs at least so many of the last losses are looked at, more than a quarter of all."""

BLOCKS = 9
"""A trend is read off the medians of so many blocks."""

FEW = 6
"""In short runs a trend is read off so many."""

CHANGE = 0.9
"""A loss that falls comes from its first third to its last to this share, or lower."""

SURE = 2.5
"""So many standard deviations above chance must the order of the blocks' medians be."""

PERIODS = 8
"""Cycles of more levels are not looked for."""

LAPS = 4
"""A cycle is one that has come round so many times."""

DRIFT = 0.05
"""While looked at, its levels keep their places to this share of how far they are apart."""


class Ending(NamedTuple):
    """The last training losses of seed 0.

    Attributes
    ----------
    loss : ndarray of shape (T,)
        Of the last quarter of the updates, one recorded state after another.
    half : ndarray of shape (H,)
        Of the last half, thinned evenly where there are many.
    stride : int
        So many updates lie between two states, at most.
    """

    loss: Array
    half: Array
    stride: int


def ending(problem: Problem, trace: Trace, most: int = LATE) -> Ending:
    """Return the last losses of a run, `most` of a quarter, fewer of costly problems."""
    updates, losses = _record(problem, trace)
    count, most = len(updates), affordable(problem, most)
    late = max(int(np.sum(updates >= 0.75 * updates[-1])), min(FEWEST, count))
    half = np.arange(min(int(np.searchsorted(updates, 0.5 * updates[-1])), count - late), count)
    if len(half) > most:
        half = half[np.linspace(0, len(half) - 1, most).round().astype(int)]
    near = np.arange(count - min(late, most), count)
    stride = int(np.diff(updates).max(initial=1))
    places, back = np.unique(np.concatenate([near, half]), return_inverse=True)
    near_losses, half_losses = np.split(losses(places)[back], [len(near)])
    return Ending(near_losses, half_losses, stride)


Losses = Callable[[Indices], Array]


def _record(problem: Problem, trace: Trace) -> tuple[Indices, Losses]:
    """Return the updates of the closest record there is, and what its losses are by place.

    The ends of epochs where no path was kept, or that is thinner: an epoch may be one update.
    """
    updates, states = recorded(trace)
    finite = np.isfinite(trace.loss[0])
    ends, loss = trace.updates[finite], trace.loss[0][finite]
    if np.diff(ends).max(initial=1) <= np.diff(updates).max(initial=1) and ends[-1] == updates[-1]:
        return ends, lambda places: loss[places]
    return updates, lambda places: problem.loss(states[places])


# Whether it falls


def trend(height: Array) -> int:
    """Return -1 where noise or not a run still falls, 1 where it rises, 0 where neither is sure.

    The medians of up to nine blocks must stand in order more often than chance has it (Mann,
    1945, Econometrica 13; Kendall's S), and the last third's must be 0.9 of the first third's or
    less, the middle third's standing between them; for a rise the other way round.

    Parameters
    ----------
    height : ndarray of shape (T,)
        What is above the minimum, state by state.
    """
    if _falls(height):
        return -1
    return 1 if _falls(height[::-1]) else 0


def _falls(height: Array) -> bool:
    blocks = min(BLOCKS, max(len(height) // 3, FEW))
    if len(height) < blocks:
        return False
    medians = np.array([np.median(block) for block in np.array_split(height, blocks)])
    first, middle, last = (float(np.median(third)) for third in np.array_split(height, 3))
    ordered = -_in_order(medians) >= SURE * sqrt(blocks * (blocks - 1) * (2 * blocks + 5) / 18)
    return ordered and last <= CHANGE * first and last <= sqrt(CHANGE) * middle


def _in_order(values: Array) -> int:
    """Return Kendall's S: how many pairs of values ascend, less those that descend."""
    return int(np.sum(np.sign(np.subtract.outer(values, values))[np.tril_indices(len(values))]))


# Whether it comes round


class Cycle(NamedTuple):
    """Losses that come again and again: how many there are, the lowest and the highest."""

    period: int
    low: float
    high: float


def cycle(loss: Array) -> Cycle | None:
    """Return the levels, two or more, between which `loss (T,)` of single updates bounces.

    The shortest cycle that has come round four times while its levels kept their places; None
    where there is none, or where nothing moves.
    """
    span = float(np.ptp(loss))
    for period in range(2, min(PERIODS, len(loss) // LAPS) + 1):
        laps = loss[len(loss) % period :].reshape(-1, period)
        if span > 0 and float(np.ptp(laps, axis=0).max()) <= DRIFT * span:
            levels = np.median(laps, axis=0)
            return Cycle(period, float(levels.min()), float(levels.max()))
    return None
