"""Derivatives of functions of x and y in symbols, for people to read: numbers come from jets."""

from decimal import Decimal
from functools import cache, partial

from gdplay.loss.grammar import VARIABLES, Node, parse

ZERO, ONE, TWO = (Node("number", text=text) for text in "012")

_OUTER = {
    "sin": "cos(x)",
    "cos": "-sin(x)",
    "tan": "1 + tan(x)**2",
    "asin": "1/sqrt(1 - x**2)",
    "acos": "-1/sqrt(1 - x**2)",
    "atan": "1/(1 + x**2)",
    "sinh": "cosh(x)",
    "cosh": "sinh(x)",
    "tanh": "1 - tanh(x)**2",
    "exp": "exp(x)",
    "log": "1/x",
    "sqrt": "1/(2*sqrt(x))",
    "abs": "sign(x)",
    "sign": "0*x",
}
"""Derivatives of functions of one number."""


def slope(node: Node, name: str) -> Node:
    """Return the derivative of a tree in x or in y, as short as a few rules make it."""
    if node.constant or node.kind in VARIABLES:
        return ONE if node.kind == name else ZERO
    inner = partial(slope, name=name)
    u, *others = node.parts
    if node.kind == "neg":
        return _negative(inner(u))
    if not others:
        return _times(_within(_rule(node.kind), u), inner(u))
    v = others[0]
    if node.kind in ("+", "-"):
        return _sum(inner(u), inner(v) if node.kind == "+" else _negative(inner(v)))
    if node.kind == "*":
        return _sum(_times(inner(u), v), _times(u, inner(v)))
    if node.kind == "/":
        return _sum(_over(inner(u), v), _negative(_over(_times(u, inner(v)), _power(v, TWO))))
    return _of_power(u, v, name)


def _of_power(u: Node, v: Node, name: str) -> Node:
    """Return v u^(v-1) u' + u^v ln(u) v', one of which is often zero."""
    lowered = _power(u, _sum(v, _negative(ONE)))
    rate = ONE if u.kind == "e" else Node("log", (u,))
    through_base = _times(_times(v, lowered), slope(u, name))
    return _sum(through_base, _times(_times(Node("**", (u, v)), rate), slope(v, name)))


@cache
def _rule(function: str) -> Node:
    return parse(_OUTER[function])


def _within(outer: Node, inner: Node) -> Node:
    """Return a tree in which another one stands for x."""
    if outer.kind == "x":
        return inner
    return outer._replace(parts=tuple(_within(part, inner) for part in outer.parts))


# Sums and products without what changes nothing


def _number(value: Decimal) -> Node:
    text = format(value.normalize(), "f")
    return Node("neg", (Node("number", text=text[1:]),)) if value < 0 else Node("number", text=text)


def _known(node: Node) -> Decimal | None:
    """Return the number that a tree is."""
    if node.kind == "neg":
        inside = _known(node.parts[0])
        return None if inside is None else -inside
    return Decimal(node.text) if node.kind == "number" else None


def _negative(u: Node) -> Node:
    if u.kind == "neg":
        return u.parts[0]
    return u if u == ZERO else Node("neg", (u,))


def _sum(u: Node, v: Node) -> Node:
    if u == ZERO or v == ZERO:
        return v if u == ZERO else u
    a, b = _known(u), _known(v)
    if a is not None and b is not None:
        return _number(a + b)
    return Node("-", (u, v.parts[0])) if v.kind == "neg" else Node("+", (u, v))


def _times(u: Node, v: Node) -> Node:
    """Return a product with its number in front."""
    if u.kind == "neg" or v.kind == "neg":
        plain = _times(*(part.parts[0] if part.kind == "neg" else part for part in (u, v)))
        return plain if u.kind == v.kind else _negative(plain)
    (a, left), (b, right) = _split(u), _split(v)
    if not a * b:
        return ZERO
    rest = _joined(left, right)
    if a * b == 1:
        return rest
    return _number(a * b) if rest == ONE else _joined(_number(a * b), rest)


def _split(node: Node) -> tuple[Decimal, Node]:
    """Return the number in front of a product, and the rest."""
    if node.kind == "number":
        return Decimal(node.text), ONE
    if node.kind == "*" and node.parts[0].kind == "number":
        return Decimal(node.parts[0].text), node.parts[1]
    return Decimal(1), node


def _joined(u: Node, v: Node) -> Node:
    """Return a product, taken from the left, single letters first."""
    if ONE in (u, v):
        return v if u == ONE else u
    if v.kind in VARIABLES and u.kind not in (*VARIABLES, "number"):
        u, v = v, u
    if v.kind == "*" and u.kind == "number":
        return Node("*", (u, v))
    return Node("*", (_joined(u, v.parts[0]), v.parts[1])) if v.kind == "*" else Node("*", (u, v))


def _over(u: Node, v: Node) -> Node:
    if u.kind == "neg":
        return _negative(_over(u.parts[0], v))
    (a, top), (b, bottom) = _split(u), _split(v)
    if b and a % b == 0:
        u, v = _times(_number(a / b), top), bottom
    return u if u == ZERO or v == ONE else Node("/", (u, v))


def _power(u: Node, v: Node) -> Node:
    if v == ZERO:
        return ONE
    return u if v == ONE else Node("**", (u, v))
