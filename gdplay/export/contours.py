"""Level lines of heights on a grid, as chains of points (marching squares)."""

from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from gdplay.arrays import Array, Flags

Edge = tuple[int, int, bool]
"""The side of a cell that begins at a row and a column of the grid, and whether it goes up."""


def level_lines(x: Array, y: Array, heights: Array, level: float) -> list[Array]:
    """Return the lines on which heights, linear along the grid's lines, are at a level.

    Parameters
    ----------
    x, y : ndarray of shape (G1,) and (G2,)
    heights : ndarray of shape (G2, G1)
        At `[j, i]` the height at `(x[i], y[j])`; lines end beside those that are not finite.
    level : float

    Returns
    -------
    lines : list of ndarray of shape (m, 2)
        A line that closes ends where it began.
    """
    neighbours: dict[Edge, list[Edge]] = defaultdict(list)
    for one, other in _segments(heights, level):
        neighbours[one].append(other)
        neighbours[other].append(one)
    return [_points(chain, x, y, heights, level) for chain in _chains(neighbours)]


def _segments(heights: Array, level: float) -> Iterator[tuple[Edge, Edge]]:
    """Yield the sides of each cell between which a line runs."""
    corners, known = _corners(heights > level), _corners(np.isfinite(heights))
    mixed = corners.any(axis=0) & ~corners.all(axis=0) & known.all(axis=0)
    for j, i in zip(*np.nonzero(mixed), strict=True):
        sides = [(j, i, False), (j, i + 1, True), (j + 1, i, False), (j, i, True)]
        cell = corners[:, j, i]
        crossed = [side for side, differs in zip(sides, cell != np.roll(cell, -1), strict=True)
                   if differs]  # fmt: skip
        if len(crossed) == 4 and not _joined(heights, j, i, level, cell):
            crossed = crossed[-1:] + crossed[:-1]
        yield from zip(crossed[::2], crossed[1::2], strict=True)


def _corners(values: Flags) -> Flags:
    """Return the values at the corners of each cell, around it, (4, G2 - 1, G1 - 1)."""
    low, high = values[:-1], values[1:]
    return np.stack([low[:, :-1], low[:, 1:], high[:, 1:], high[:, :-1]])


def _joined(heights: Array, j: int, i: int, level: float, cell: Flags) -> bool:
    """Whether the middle of a cell is on the side of its first corner, where two lines cross it."""
    middle = heights[j : j + 2, i : i + 2].mean()
    return bool((middle > level) == cell[0])


def _chains(neighbours: dict[Edge, list[Edge]]) -> Iterator[list[Edge]]:
    """Yield the sides that follow each other, those at the ends of open lines first."""
    left = {edge: list(others) for edge, others in neighbours.items()}
    for start in sorted(left, key=lambda edge: len(neighbours[edge])):
        chain = [start]
        while left[chain[-1]]:
            following = left[chain[-1]].pop()
            left[following].remove(chain[-1])
            chain.append(following)
        if len(chain) > 1:
            yield chain


def _points(chain: list[Edge], x: Array, y: Array, heights: Array, level: float) -> Array:
    j, i, up = (np.array(part) for part in zip(*chain, strict=True))
    ends = j + up, i + ~up
    here, there = heights[j, i], heights[ends]
    share = (level - here) / (there - here)
    return np.column_stack([x[i] + share * (x[ends[1]] - x[i]), y[j] + share * (y[ends[0]] - y[j])])
