"""What a function's text tells of its shape: where to look for minima, and its smooth pieces."""

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from gdplay.arrays import Array
from gdplay.loss.grammar import Node, degree, evaluated

MOST_LINES = 12
"""Speed: of so many linear parts it is looked where they meet."""

FARTHEST = 1e6
"""Tolerance: places farther out are none to start from."""

_NEAR = 1e-9
"""Tolerance: a part is zero at a place where it is smaller, as a share of 1 + |params|."""

_ONE = Node("number", text="1")
_AXES = (Node("x"), Node("y"))


def meetings(tree: Node) -> Array:
    """Return where two linear parts of a function are zero, (P, 2), each place once.

    There its wells and kinks often are: exp(-(x - 205)**2) + y**2 has x - 205 and y.
    """
    parts = [*dict.fromkeys(_linear(tree)), *_AXES][:MOST_LINES]
    lines = np.array([_line(part) for part in parts])
    places = [_meeting(*pair) for pair in combinations(lines, 2)]
    known = np.array([place for place in places if place is not None]).reshape(-1, 2) + 0.0
    known = known[(np.abs(known) <= FARTHEST).all(axis=1)]
    return np.asarray(np.unique(known, axis=0))


def _linear(node: Node) -> Iterator[Node]:
    """Yield the parts that are linear and stand in no other that is."""
    if degree(node) == 1:
        yield node
    else:
        for part in node.parts:
            yield from _linear(part)


def _line(part: Node) -> Array:
    """Return a, b, c of a part a x + b y + c."""
    c, a, b = (float(evaluated(part, x, y)) for x, y in ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0)))
    return np.array([a - c, b - c, c])


def _meeting(first: Array, second: Array) -> Array | None:
    (a, b, c), (d, e, f) = first, second
    det = a * e - b * d
    return np.array([b * f - c * e, c * d - a * f]) / det if det else None


def piece(node: Node, place: Array) -> Node:
    """Return the function without abs and sign, as it is on the side on which a place lies.

    Those stay that have their kink there.
    """
    inner = tuple(piece(part, place) for part in node.parts)
    if node.kind in ("abs", "sign"):
        value = float(evaluated(node.parts[0], *place))
        if abs(value) > _NEAR * (1 + np.abs(place).max()):
            part = inner[0] if node.kind == "abs" else _ONE
            return part if value > 0 else Node("neg", (part,))
    return node._replace(parts=inner)
