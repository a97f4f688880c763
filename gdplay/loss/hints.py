"""What a function's text tells of its shape: where minima may be, its pieces, and level rays."""

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from gdplay.arrays import Array, margin
from gdplay.loss.grammar import Node, degree, evaluated, valued
from gdplay.loss.jets import applied

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
        if abs(value) > margin(_NEAR, place).max():
            part = inner[0] if node.kind == "abs" else _ONE
            return part if value > 0 else Node("neg", (part,))
    return node._replace(parts=inner)


# Rays along which nothing changes


def level_along(node: Node, place: Array, heading: Array) -> bool:
    """Whether a function is the same all the way from a place on, as its text shows.

    sqrt(x**2 + y**2) + x is, from (0, 0) to the left: there its text is a polynomial without t in
    x = -t, y = 0. What only comes ever nearer to a value, as exp(-x) does, is no such polynomial.
    """
    line = _polynomial(node, place, heading)
    return line is not None and len(line) == 1


def _polynomial(node: Node, place: Array, heading: Array) -> Array | None:
    """Return a function along place + t heading, t > 0, by the powers of t; None if it is none."""
    if node.kind in ("x", "y"):
        axis = "xy".index(node.kind)
        return _trimmed(np.array([place[axis], heading[axis]]), 1.0)
    if node.constant:
        return np.array([float(valued(node))])
    parts = [_polynomial(part, place, heading) for part in node.parts]
    if any(part is None for part in parts):
        return None
    known = [part for part in parts if part is not None]
    if all(len(part) == 1 for part in known):
        return np.atleast_1d(applied(node.kind, *(part[0] for part in known)))
    return _combined(node.kind, known)


def _combined(kind: str, parts: list[Array]) -> Array | None:
    """Return a sign or a function of polynomials; None where that is none for t > 0."""
    first, second = parts[0], parts[-1]
    if kind in ("+", "-"):
        total = np.zeros(max(map(len, parts)))
        total[: len(first)] += first
        total[: len(second)] += second if kind == "+" else -second
        return _trimmed(total, max(np.abs(first).max(), np.abs(second).max()))
    if kind in ("*", "neg"):
        return np.convolve(first, second if kind == "*" else [-1.0])
    if len(second) == 1 and kind == "/":
        return first / second[0] if second[0] else None
    if len(second) == 1 and kind == "**" and second[0] in range(1, _MOST_POWER):
        return np.asarray(np.polynomial.polynomial.polypow(first, int(second[0])), dtype=float)
    if kind in ("abs", "sign") and (side := _side(first)):
        return np.abs(first) if kind == "abs" else np.array([side])
    return _root(first) if kind == "sqrt" or (kind == "**" and list(second) == [0.5]) else None


_MOST_POWER = 9
_EXACT = 1e-12
"""Tolerance: coefficients that differ by such a share of the larger are alike."""


def _trimmed(line: Array, scale: float) -> Array:
    """Return a polynomial without the highest powers that rounding alone has left."""
    there = np.abs(line) > _EXACT * scale
    return np.where(there, line, 0.0)[: 1 + int(np.flatnonzero(there).max(initial=0))]


def _side(line: Array) -> float:
    """Return the sign that a polynomial plainly has for all t > 0; 0 where that is not plain."""
    return 1.0 if (line >= 0).all() else -1.0 if (line <= 0).all() else 0.0


def _root(line: Array) -> Array | None:
    """Return the root of a square (a + b t)**2 with a and b of one sign; None for all others."""
    if len(line) != 3 or not (line >= 0).all():
        return None
    ends = np.sqrt(line[[0, 2]])
    square = abs(line[1] - 2 * ends.prod()) <= _EXACT * line.max()
    return ends if square else None
