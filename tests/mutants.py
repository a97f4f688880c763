"""Random mutants of the core: what the tests would notice if a line were wrong.

`python -m tests.mutants --count 100 --floor 0.9 --minutes 8` changes one operator, number or
condition at a time, runs the tests that mirror the changed module (and, where these pass, those of
its users), and tells which mutants lived. Nothing is written: each mutant is imported in a process
of its own, from its changed syntax tree.
"""

import argparse
import ast
import importlib.abc
import importlib.util
import multiprocessing
import os
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np  # noqa: F401 - loaded once, for all that fork from here
import pytest

from tests import ROOT

WINGS = ("loss", "engine", "theory", "teaching", "studies")
"""Folders of the core; its modules beside them are taken too. Figures and pages are not."""

USERS = {
    "": ("tests/engine/test_training.py", "tests/test_link.py", "tests/theory/test_measures.py"),
    "loss": ("tests/engine/test_training.py", "tests/theory/test_curvature.py"),
    "engine": ("tests/engine/test_replay.py", "tests/theory/test_measures.py"),
    "theory": ("tests/teaching/test_presets.py", "tests/studies/test_sweeps.py"),
    "teaching": ("tests/test_link.py", "tests/teaching/test_presets.py"),
    "studies": ("tests/studies/test_fair_race.py", "tests/studies/test_rate_by_batch.py"),
}
"""Where a mutant is tried that the tests of its own module let live, by wing."""

SECONDS = 90.0
"""A mutant that keeps its tests busy for longer counts as killed: it runs in circles."""

SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult,
    ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult, ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE,
    ast.LtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And,
    ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """One change of one module: the number of the place, counted as `places` yields them."""

    module: str
    place: int
    line: int
    about: str

    def __str__(self) -> str:
        return f"{self.module}:{self.line} {self.about}"


@dataclass(frozen=True)
class Place:
    """Something in a syntax tree that can be changed: where, to what in words, and how."""

    line: int
    about: str
    change: Callable[[], None]


def modules() -> dict[str, Path]:
    """Return the core's modules by name."""
    core = ROOT / "gdplay"
    files = [*core.glob("*.py"), *(file for wing in WINGS for file in (core / wing).glob("*.py"))]
    return {
        ".".join(file.relative_to(ROOT).with_suffix("").parts): file
        for file in sorted(files)
        if file.name != "__init__.py"
    }


def places(tree: ast.Module) -> Iterator[Place]:
    """Yield what can be changed in a module; annotations, texts and defaults of help are not."""
    for node in _code(tree):
        if isinstance(node, ast.BinOp | ast.BoolOp | ast.AugAssign):
            yield from _swap(node, "op", node.op)
        elif isinstance(node, ast.Compare):
            yield from _swap(node, "ops", node.ops[0])
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Not):
            yield Place(
                node.lineno, f"without {ast.unparse(node)[:4]}", _become(node, node.operand)
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, bool | int | float):
            other = not node.value if isinstance(node.value, bool) else node.value + 1
            yield Place(node.lineno, f"{node.value} -> {other}", _set(node, "value", other))
        elif isinstance(node, ast.IfExp):
            yield Place(node.lineno, "the other case", _turn(node))


def _code(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes that do something, in order."""
    for name, value in ast.iter_fields(tree):
        if name in ("annotation", "returns", "decorator_list", "type_params"):
            continue
        for node in value if isinstance(value, list) else [value]:
            if isinstance(node, ast.JoinedStr | ast.Assert | ast.Raise):
                continue
            if isinstance(node, ast.AST):
                yield node
                yield from _code(node)


def _swap(node: Any, name: str, op: ast.AST) -> Iterator[Place]:
    other = SWAPS.get(type(op))
    if other is not None:
        value = [other(), *node.ops[1:]] if name == "ops" else other()
        about = f"{type(op).__name__} -> {other.__name__}"
        yield Place(node.lineno, about, _set(node, name, value))


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
    every = [
        Mutant(name, number, place.line, place.about)
        for name, file in modules().items()
        for number, place in enumerate(places(ast.parse(file.read_text("utf-8"))))
    ]
    return random.Random(seed).sample(every, min(count, len(every)))


def mutated(mutant: Mutant) -> Any:
    """Return a mutant's code."""
    file = modules()[mutant.module]
    tree = ast.parse(file.read_text("utf-8"))
    list(places(tree))[mutant.place].change()
    return compile(ast.fix_missing_locations(tree), str(file), "exec")


class Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports one module from other code than its file's."""

    def __init__(self, name: str, code: Any) -> None:
        self.name, self.code = name, code

    def find_spec(self, name: str, path: object, target: object = None) -> Any:
        return importlib.util.spec_from_loader(name, self) if name == self.name else None

    def exec_module(self, module: ModuleType) -> None:
        exec(self.code, module.__dict__)


def tests_of(module: str) -> tuple[list[str], list[str]]:
    """Return the test files that mirror a module, and those of its users."""
    *_, wing, name = ["", *module.split(".")[1:]]
    mirror = ROOT / "tests" / wing / f"test_{name}.py"
    own = [str(mirror.relative_to(ROOT))] if mirror.exists() else []
    return own, list(USERS.get(wing, ()))


def passes(mutant: Mutant | None, files: Sequence[str]) -> bool:
    """Whether the tests in `files` pass in a process of their own, and in time."""
    child = os.fork()
    if child == 0:
        _test(mutant, files)
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status) == 0
        time.sleep(0.02)
    os.kill(child, 9)
    os.waitpid(child, 0)
    return False


def _test(mutant: Mutant | None, files: Sequence[str]) -> None:
    """Run tests and leave the process with their exit code."""
    code = 1
    try:
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        if mutant is not None:
            sys.meta_path.insert(0, Changed(mutant.module, mutated(mutant)))
        options = ["-x", "-q", "-m", "not browser and not exhaustive", "-p", "no:cacheprovider"]
        code = int(pytest.main([*options, *files]))
    finally:
        os._exit(code)


def lives(mutant: Mutant) -> bool:
    """Whether no test notices a mutant."""
    own, users = tests_of(mutant.module)
    return all(passes(mutant, files) for files in (own, users) if files)


def _tried(job: tuple[Mutant, float]) -> bool | None:
    """Return whether a mutant lives, or None where the time is over."""
    mutant, end = job
    return lives(mutant) if time.monotonic() < end else None


def main(arguments: Sequence[str] | None = None) -> int:
    """Try mutants until they are through or time is; return 1 where too many lived."""
    parser = argparse.ArgumentParser("python -m tests.mutants", description=__doc__)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--floor", type=float, default=0.0, help="share to be killed, 0 to 1")
    parser.add_argument("--minutes", type=float, default=60.0, help="begin no mutant after that")
    parser.add_argument("--at-once", type=int, default=os.cpu_count() or 1)
    chosen = parser.parse_args(arguments)
    wanted = mutants(chosen.count, chosen.seed)
    if not all(passes(None, files) for files in tests_of(wanted[0].module) if files):
        print(f"the tests of {wanted[0].module} fail without a mutant")
        return 2
    end = time.monotonic() + 60 * chosen.minutes
    survivors, killed = [], 0
    with multiprocessing.get_context("fork").Pool(chosen.at_once) as crew:
        tried = crew.imap(_tried, ((mutant, end) for mutant in wanted))
        for mutant, alive in zip(wanted, tried, strict=True):
            killed += alive is False
            if alive:
                survivors.append(mutant)
                print(f"lived: {mutant}", flush=True)
    share = killed / max(killed + len(survivors), 1)
    total = killed + len(survivors)
    print(f"{killed} of {total} mutants killed, {share:.0%} (seed {chosen.seed})")
    return 1 if share < chosen.floor or not total else 0


if __name__ == "__main__":
    sys.exit(main())
