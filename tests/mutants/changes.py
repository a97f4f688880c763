"""What can be changed in the core, one operator, number or condition at a time.

Left out is what no test ought to notice:

- annotations, decorators, and the texts and checks of errors (`raise`, `assert`, `strict=`), which
  tell of slips and compute nothing;
- whether a path is recorded that nobody reads (`record_path=`), which takes memory and time alone;
- what a preset's claim is checked by, functions `(experiment, traces) -> bool` and lambdas `e, t`:
  they are tests themselves, which only a test calls;
- the 1 of the -1 in `reshape(-1, n)`, where NumPy takes any number below zero for the same;
- numbers on which no result hangs. These are constants of a module whose description begins with
  one of the words in `MARKS`, those right above each other sharing one: they choose how fast a
  result comes, how it is laid out, or how closely a search is repeated before it counts as settled.
"""

import ast
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import CodeType
from typing import Any

from tests import ROOT

WINGS = ("datasets", "optimizers", "loss", "engine", "theory", "teaching", "studies")
"""Folders of the core; its modules beside them are taken too. Figures and pages are not."""

MARKS = ("Speed:", "Layout:", "Tolerance:")
"""How the description of a constant begins on which no result hangs."""

SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult,
    ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult, ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE,
    ast.LtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And,
    ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip

LARGE = 1000
"""Numbers from here on are doubled: one more would change them by less than a thousandth."""

NO_RESULT = ("strict", "record_path")
"""Arguments that change nothing that comes out."""

NO_CODE = ("annotation", "returns", "decorator_list", "type_params")
"""Parts of a syntax tree that compute nothing."""


Function = tuple[str, int]
"""The file that a function stands in, and its first line."""


@dataclass(frozen=True)
class Mutant:
    """One change of one module: the number of the place, counted as `places` yields them.

    `function` is the first line of the function around it, decorators included; 0 outside of any.
    """

    module: str
    place: int
    line: int
    function: int
    about: str

    @property
    def within(self) -> Function:
        """The function around it."""
        return str(modules()[self.module]), self.function

    def __str__(self) -> str:
        return f"{self.module}:{self.line} {self.about}"


@dataclass(frozen=True)
class Place:
    """Something in a syntax tree that can be changed: where, to what in words, and how."""

    line: int
    function: int
    about: str
    change: Callable[[], None]


@cache
def modules() -> Mapping[str, Path]:
    """Return the core's modules by name."""
    core = ROOT / "gdplay"
    files = [*core.glob("*.py"), *(file for wing in WINGS for file in (core / wing).glob("*.py"))]
    return {
        ".".join(file.relative_to(ROOT).with_suffix("").parts): file
        for file in sorted(files)
        if file.name != "__init__.py"
    }


def places(tree: ast.Module) -> Iterator[Place]:
    """Yield what can be changed in a module."""
    alike = {id(one) for call in ast.walk(tree) for one in _left_open(call)}
    for node, function in _code(tree):
        if id(node) in alike:
            continue
        for about, change in _changes(node):
            yield Place(node.lineno, function, about, change)


def _left_open(node: ast.AST) -> list[ast.AST]:
    """Return the 1 of each -1 that a call of `reshape` takes."""
    if not (isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "reshape"):
        return []
    return [size.operand for size in node.args if isinstance(size, ast.UnaryOp)]


def _code(tree: ast.AST, function: int = 0) -> Iterator[tuple[Any, int]]:
    """Yield the nodes that do something, in order, with the function that they stand in."""
    for name, value in ast.iter_fields(tree):
        if name in NO_CODE:
            continue
        nodes = value if isinstance(value, list) else [value]
        for place, node in enumerate(nodes):
            if isinstance(node, ast.AST) and not _computes_nothing(node, nodes[place + 1 :]):
                yield node, function
                yield from _code(node, _first_line(node) or function)


def _computes_nothing(node: ast.AST, following: Sequence[Any]) -> bool:
    if isinstance(node, ast.keyword):
        return node.arg in NO_RESULT
    if isinstance(node, ast.Assign | ast.AnnAssign):
        return _description(node, following).startswith(MARKS)
    return isinstance(node, ast.JoinedStr | ast.Assert | ast.Raise) or _checks_a_claim(node)


def _description(node: ast.stmt, following: Sequence[Any]) -> str:
    """Return the text under a constant; those on lines one under the other share theirs."""
    for after in following:
        if after.lineno != (node.end_lineno or 0) + 1:
            return ""
        if isinstance(after, ast.Expr):
            about = getattr(after.value, "value", None)
            return about if isinstance(about, str) else ""
        if not isinstance(after, ast.Assign | ast.AnnAssign):
            return ""
        node = after
    return ""


def _checks_a_claim(node: ast.AST) -> bool:
    if not isinstance(node, ast.FunctionDef | ast.Lambda):
        return False
    names = [argument.arg for argument in node.args.args]
    if isinstance(node, ast.Lambda):
        return names == ["e", "t"]
    return names == ["experiment", "traces"] and getattr(node.returns, "id", "") == "bool"


def _first_line(node: ast.AST) -> int:
    """Return the line where a function begins, 0 for anything else."""
    if isinstance(node, ast.Lambda):
        return node.lineno
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return 0
    return min([node.lineno, *(part.lineno for part in node.decorator_list)])


def _changes(node: Any) -> Iterator[tuple[str, Callable[[], None]]]:
    if isinstance(node, ast.BinOp | ast.BoolOp | ast.AugAssign):
        yield from _swap(node, "op", node.op)
    elif isinstance(node, ast.Compare):
        yield from _swap(node, "ops", node.ops[0])
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Not):
        yield f"without {ast.unparse(node)[:4]}", _become(node, node.operand)
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool | int | float):
        other = _another(node.value)
        yield f"{node.value} -> {other}", _set(node, "value", other)
    elif isinstance(node, ast.IfExp):
        yield "the other case", _turn(node)


def _swap(node: Any, name: str, op: ast.AST) -> Iterator[tuple[str, Callable[[], None]]]:
    other = SWAPS.get(type(op))
    if other is not None:
        value = [other(), *node.ops[1:]] if name == "ops" else other()
        yield f"{type(op).__name__} -> {other.__name__}", _set(node, name, value)


def _another(value: float) -> float:
    """Return another number: one more, or twice a large one, which one more hardly changes."""
    if isinstance(value, bool):
        return not value
    return value + 1 if abs(value) < LARGE else 2 * value


def _set(node: Any, name: str, value: Any) -> Callable[[], None]:
    return lambda: setattr(node, name, value)


def _become(node: ast.UnaryOp, operand: ast.expr) -> Callable[[], None]:
    """Return a change after which `not x` or `-x` is x: twice not, or plus."""

    def change() -> None:
        if isinstance(node.op, ast.Not):
            node.operand = ast.UnaryOp(ast.Not(), operand)
        else:
            node.op = ast.UAdd()

    return change


def _turn(node: ast.IfExp) -> Callable[[], None]:
    def change() -> None:
        node.body, node.orelse = node.orelse, node.body

    return change


def mutants(count: int, seed: int) -> list[Mutant]:
    """Return so many mutants, drawn evenly from all places of all modules."""
    return random.Random(seed).sample(_every(), min(count, len(_every())))


@cache
def _every() -> Sequence[Mutant]:
    return [
        Mutant(name, number, place.line, place.function, place.about)
        for name, file in modules().items()
        for number, place in enumerate(places(ast.parse(file.read_text("utf-8"))))
    ]


def original(mutant: Mutant) -> CodeType:
    """Return the code that a mutant is made from."""
    file = modules()[mutant.module]
    return compile(file.read_text("utf-8"), str(file), "exec")


def mutated(mutant: Mutant) -> CodeType:
    """Return a mutant's code."""
    file = modules()[mutant.module]
    tree = ast.parse(file.read_text("utf-8"))
    list(places(tree))[mutant.place].change()
    return compile(ast.fix_missing_locations(tree), str(file), "exec")
