"""The text of a function of x and y: what may stand in it, its tree, and how trees are written."""

import ast
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from gdplay.loss.jets import FUNCTIONS, Number, applied

MOST_CHARACTERS = 200
MOST_LEVELS = 40
MOST_EXPONENT = 100
LARGEST = 1e12
"""What a text may hold: so many characters, parts inside parts, and numbers so large."""

LONGEST = 4 * MOST_CHARACTERS
"""A text with its blanks, which do not count."""

VARIABLES = ("x", "y")
CONSTANTS = {"pi": np.float64(np.pi), "e": np.float64(np.e)}
SPELLINGS = {"ln": "log"}
"""Other names of functions that people write."""

_SIGN_SPELLINGS = {"^": "**"}
_PRODUCTS = ("xy", "yx")
"""What reads as one name and is meant as two."""

_ALLOWED = (*VARIABLES, *CONSTANTS, *FUNCTIONS)
_SIGNS: dict[type[ast.operator], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**",
}  # fmt: skip
_HINTS = {
    ",": "write numbers with a point, as in 0.5",
    "=": "write the function alone, without =",
    "|": "write abs(x)",
    "²": "write ^2",
    "³": "write ^3",
    "−": "write -",
    "·": "write *",
    "×": "write *",
}
_TOKEN = re.compile(
    r" *(?:(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[A-Za-z][A-Za-z0-9]*)|(?P<sign>\*\*|[-+*/^()]))"
)


class Node(NamedTuple):
    """A part of a function: `kind` is number, x, y, pi, e, a sign, "neg" or a function's name.

    `text` is the decimals of a number.
    """

    kind: str
    parts: tuple["Node", ...] = ()
    text: str = ""

    @property
    def constant(self) -> bool:
        """Whether neither x nor y stands in it."""
        return self.kind not in VARIABLES and all(part.constant for part in self.parts)


# Reading


def parse(text: str) -> Node:
    """Return the tree of a text; it is read, never run.

    Raises
    ------
    ValueError
        One sentence that names the place in the text, counted from 1, and what is allowed.
    """
    if not isinstance(text, str):
        raise ValueError(f"a function must be given as text; got a {type(text).__name__}")
    count = len(text.replace(" ", ""))
    if not 1 <= count <= MOST_CHARACTERS or len(text) > LONGEST:
        raise ValueError(
            f"a function must have 1 to {MOST_CHARACTERS} characters; this one has "
            f"{count or len(text)}"
        )
    code, places = _spelled(text)
    try:
        body = ast.parse(code, mode="eval").body
    except (SyntaxError, MemoryError, RecursionError) as error:
        place = places[min(getattr(error, "offset", None) or len(code), len(code)) - 1]
        raise ValueError(f"something is missing or too much at place {place}") from None
    node = _read(body, places, 1)
    if node.constant:
        raise ValueError("a function must contain x or y; this one is the same everywhere")
    return node


class _Token(NamedTuple):
    """A number, a name or a sign, and at which place it stands, counted from 1."""

    text: str
    place: int
    kind: str

    @property
    def ends(self) -> bool:
        """Whether a value ends with it."""
        return self.text == ")" or (self.kind != "sign" and not self.is_function)

    @property
    def is_function(self) -> bool:
        return SPELLINGS.get(self.text, self.text) in FUNCTIONS


def _spelled(text: str) -> tuple[str, list[int]]:
    """Return a text as Python writes it, with ** for ^ and each * that is left out.

    With it the place in the text of each of its characters.
    """
    parts: list[_Token] = []
    # Whether / or ** stands before the value at hand, and before those whose brackets are open.
    bound, outer = False, [False]
    for token in _tokens(text):
        last = parts[-1] if parts else None
        if last and last.is_function and token.text != "(":
            raise ValueError(f"{last.text} needs brackets at place {last.place}: "
                             f"write {last.text}(x)")  # fmt: skip
        if last and last.ends and (token.kind != "sign" or token.text == "("):
            _check_product(token, bound)
            parts.append(_Token("*", token.place, "sign"))
            bound = False
        if token.text == "(":
            outer.append(bound)
            bound = False
        elif token.text == ")":
            bound = outer.pop() if len(outer) > 1 else False
        elif token.kind == "sign" and (last is None or last.ends):  # no sign of a number
            bound = token.text in ("/", "**")
        parts.append(token)
    return " ".join(part.text for part in parts), [
        part.place for part in parts for _ in range(len(part.text) + 1)
    ]


def _check_product(token: _Token, bound: bool) -> None:
    """Refuse a value right after another one where it is not plain what is multiplied."""
    if token.kind == "number":
        raise ValueError(f"a sign is missing before {_short(token.text)} at place {token.place}, "
                         "such as *")  # fmt: skip
    if bound:
        raise ValueError(
            f"write * or brackets before {_short(token.text)} at place {token.place}: after a "
            "power or a division it is unclear what is multiplied"
        )


def _tokens(text: str) -> Iterator[_Token]:
    """Yield the parts of a text; ValueError names the first that is not allowed."""
    at, end = 0, len(text.rstrip(" "))
    while at < end:
        token = _TOKEN.match(text, at)
        if token is None:
            at += len(text[at:]) - len(text[at:].lstrip(" "))
            hint = _HINTS.get(text[at], f"only numbers, {', '.join(_ALLOWED)} and + - * / ** ( )")
            raise ValueError(f"{text[at]!r} at place {at + 1} is not allowed: {hint}")
        kind = token.lastgroup or ""
        place, what = token.start(kind) + 1, token[kind]
        if what in _PRODUCTS:
            yield from (_Token(name, place + i, kind) for i, name in enumerate(what))
        elif kind == "name" and SPELLINGS.get(what, what) not in _ALLOWED:
            raise ValueError(
                f"{_short(what)} at place {place} is not known: use {', '.join(_ALLOWED)}"
            )
        else:
            yield _Token(_SIGN_SPELLINGS.get(what, what), place, kind)
        at = token.end()


def _read(node: ast.expr, places: Sequence[int], level: int) -> Node:
    """Return our tree of one of Python's, in which only what is listed here may stand."""
    place = places[node.col_offset]
    if level > MOST_LEVELS:
        raise ValueError(f"parts are nested more than {MOST_LEVELS} deep at place {place}")
    if isinstance(node, ast.BinOp) and type(node.op) in _SIGNS:
        sides = tuple(_read(side, places, level + 1) for side in (node.left, node.right))
        made = Node(_SIGNS[type(node.op)], sides)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        part = _read(node.operand, places, level + 1)
        made = Node("neg", (part,)) if isinstance(node.op, ast.USub) else part
    elif isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return _number(float(node.value), place)
    elif isinstance(node, ast.Name) and node.id in (*VARIABLES, *CONSTANTS):
        return Node(node.id)
    elif isinstance(node, ast.Call):
        made = _call(node, places, level, place)
    else:
        what = f"{node.id} needs brackets" if isinstance(node, ast.Name) else "this is not allowed"
        raise ValueError(f"{what} at place {place}: use + - * / ** and functions as in sin(x)")
    _check(made, place)
    return made


def _number(value: float, place: int) -> Node:
    if not value <= LARGEST:
        raise ValueError(f"the number at place {place} must be at most {LARGEST:g}")
    return Node("number", text=repr(value).removesuffix(".0"))


def _call(node: ast.Call, places: Sequence[int], level: int, place: int) -> Node:
    name = SPELLINGS.get(getattr(node.func, "id", ""), getattr(node.func, "id", ""))
    if name not in FUNCTIONS or len(node.args) != 1 or node.keywords:
        raise ValueError(f"a function takes one value in brackets, as in sin(x); see place {place}")
    return Node(name, (_read(node.args[0], places, level + 1),))


def _check(node: Node, place: int) -> None:
    """Refuse what has no finite value of a reasonable size, and powers that are too high."""
    if node.constant and not abs(float(valued(node))) <= LARGEST:
        raise ValueError(f"the number at place {place} must be at most {LARGEST:g} in size")
    if node.kind != "**":
        return
    base, exponent = node.parts
    if exponent.constant and not abs(float(valued(exponent))) <= MOST_EXPONENT:
        raise ValueError(f"the exponent at place {place} must be at most {MOST_EXPONENT} in size")
    if base.constant and not exponent.constant and not float(valued(base)) > 0:
        raise ValueError(f"the power at place {place} needs a base above 0, as in 2**x")


def _short(text: str) -> str:
    return repr(text if len(text) <= 20 else text[:19] + "…")


# Computing


def evaluated(node: Node, x: Any, y: Any, number: Number = np.float64) -> Any:
    """Return the value of a tree where x and y are numbers, arrays or jets.

    `number` makes a number of its decimals.
    """
    if node.kind == "number":
        return number(node.text)
    if node.kind in VARIABLES:
        return x if node.kind == "x" else y
    if node.kind in CONSTANTS:
        return CONSTANTS[node.kind]
    return applied(node.kind, *(evaluated(part, x, y, number) for part in node.parts))


def valued(node: Node) -> Any:
    """Return the value of a tree without x and y; NaN or infinite where it has none."""
    with np.errstate(all="ignore"):
        return evaluated(node, np.nan, np.nan)


def operations(node: Node) -> int:
    """Return how many signs and functions stand in a tree."""
    return bool(node.parts) + sum(map(operations, node.parts))


def degree(node: Node) -> int | None:
    """Return the degree of a polynomial; None for what is none, or not plainly one."""
    if node.constant:
        return 0
    degrees = [degree(part) for part in node.parts]
    if None in degrees or node.kind in FUNCTIONS:
        return None
    first, *others = (d for d in degrees if d is not None) if degrees else (1,)
    if node.kind in ("+", "-"):
        return max(first, *others)
    if node.kind == "*":
        return first + others[0]
    if node.kind == "/":
        return first if node.parts[1].constant else None
    if node.kind == "**":
        power = float(valued(node.parts[1])) if node.parts[1].constant else -1.0
        return int(first * power) if power >= 0 and power == int(power) else None
    return first


def may_leap(node: Node) -> bool:
    """Whether a function may have poles or jumps: it divides, lowers, or takes tan or sign."""
    if node.constant:
        return False
    divides = node.kind in ("/", "**") and not node.parts[1].constant
    lowers = node.kind == "**" and node.parts[1].constant and not float(valued(node.parts[1])) > 0
    return divides or lowers or node.kind in ("tan", "sign") or any(map(may_leap, node.parts))


def may_break(node: Node) -> bool:
    """Whether a function may have poles, or places where it is not defined.

    What overflows is none.
    """
    if node.constant:
        return False
    parts = any(map(may_break, node.parts))
    return may_leap(node) or may_kink(node) or node.kind == "log" or parts


def may_kink(node: Node) -> bool:
    """Whether a function may have kinks or edges: it takes abs, sign, sqrt, asin, acos, a root."""
    if node.constant:
        return False
    root = node.kind == "**" and not _whole(node.parts[1])
    return (
        root
        or node.kind in ("abs", "sign", "sqrt", "asin", "acos")
        or any(map(may_kink, node.parts))
    )


def _whole(node: Node) -> bool:
    return node.constant and float(valued(node)).is_integer()


# Writing

_LEVELS = {"+": 1, "-": 1, "*": 2, "/": 2, "neg": 3, "**": 4}
"""How closely signs bind; all else does most closely."""


def written(node: Node) -> str:
    """Return the text of a tree, always the same: blanks around + and -, brackets where needed."""
    if node.kind in ("number", *VARIABLES, *CONSTANTS):
        return node.text or node.kind
    if node.kind in FUNCTIONS:
        return f"{node.kind}({written(node.parts[0])})"
    parts = [f"({written(p)})" if held else written(p) for p, held in _bracketed(node)]
    if node.kind == "neg":
        return f"-{parts[0]}"
    sign = f" {node.kind} " if node.kind in ("+", "-") else node.kind
    return sign.join(parts)


def _bracketed(node: Node) -> Iterator[tuple[Node, bool]]:
    """Yield each part, and whether it needs brackets."""
    level = _LEVELS[node.kind]
    for place, part in enumerate(node.parts):
        own = _LEVELS.get(part.kind, 5)
        if node.kind == "**":  # taken from the right, all others from the left
            yield part, own < (3 if place else 5)
        elif place or node.kind == "neg":
            yield part, own <= level or part.kind == "neg"
        else:
            yield part, own < level


_TEX = {
    "pi": r"\pi",
    "asin": r"\arcsin",
    "acos": r"\arccos",
    "atan": r"\arctan",
    "log": r"\ln",
    "sign": r"\operatorname{sign}",
}


def template(node: Node) -> str:
    """Return a tree in LaTeX with a place for x and y each (see `gdplay.formulas`)."""
    if node.kind == "number":
        return _decimals(node.text)
    if node.kind in VARIABLES:
        return f"<{node.kind}>"
    if node.kind in CONSTANTS:
        return _TEX.get(node.kind, node.kind)
    if node.kind in FUNCTIONS:
        return _function(node.kind, template(node.parts[0]))
    if node.kind == "/":
        return rf"\frac{{{template(node.parts[0])}}}{{{template(node.parts[1])}}}"
    held = [_held(part, inside) for part, inside in _bracketed(node)]
    if node.kind == "**":
        base = node.parts[0]
        atom = base.kind in (*VARIABLES, *CONSTANTS) or base.text.isdigit()
        left = template(base) if atom else _round(template(base))
        power = template(node.parts[1])
        return f"{left}^{power}" if len(power) == 1 else f"{left}^{{{power}}}"
    if node.kind == "*":
        return _product(*held)
    return f"-{held[0]}" if node.kind == "neg" else f" {node.kind} ".join(held)


def _held(part: Node, inside: bool) -> str:
    """Return a part, in brackets if need be: a product in a product and a fraction need none."""
    return _round(template(part)) if inside and part.kind not in ("/", "*") else template(part)


def _round(text: str) -> str:
    return rf"\left({text}\right)"


def _product(left: str, right: str) -> str:
    """Return a product; between digits the dot is always written."""
    dotted = right[0].isdigit() or (left[-1].isdigit() and right.startswith(r"\frac"))
    return rf"{left} \cdot {right}" if dotted else f"{left}* {right}"


def _decimals(text: str) -> str:
    factor, _, power = text.partition("e")
    return rf"{factor} \cdot 10^{{{int(power)}}}" if power else text


def _function(kind: str, inside: str) -> str:
    special = {
        "exp": rf"e^{{{inside}}}",
        "sqrt": rf"\sqrt{{{inside}}}",
        "abs": rf"\left|{inside}\right|",
    }
    return special.get(kind, _TEX.get(kind, "\\" + kind) + _round(inside))
