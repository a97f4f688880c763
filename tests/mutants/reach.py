"""Which tests reach which functions of the core, and which of them to try a mutant on."""

import random
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

from tests import ROOT
from tests.mutants.changes import WINGS, Mutant, modules

WATCHED = 3.0
"""So many seconds of a file's tests are watched, a few cases of each; more are left to CI."""

BUSY = 8.0
"""No more than so many seconds of tests are run on a mutant, the quickest first."""

HELD = "test_a_number_that_links_hold_today_is_never_refused_nor_another_default"
"""This test looks at what classes hold, and calls nothing of their modules."""

Function = tuple[str, int]
"""The file that a function stands in, and its first line."""


@dataclass(frozen=True)
class Reach:
    """How long a test takes, in seconds of the processor, and the functions that it calls."""

    test: str
    seconds: float
    functions: frozenset[Function]

    @property
    def file(self) -> str:
        return self.test.split("::")[0]


def test_files() -> list[str]:
    """Return the files that test the core: those in its wings, and those of what is beside them."""
    beside = [ROOT / "tests" / f"test_{name.rsplit('.')[-1]}.py" for name in modules()]
    within = [file for wing in WINGS for file in (ROOT / "tests" / wing).glob("test_*.py")]
    files = {file for file in [*beside, *within] if file.exists()}
    return [str(f.relative_to(ROOT)) for f in sorted(files, key=lambda f: -f.stat().st_size)]


@dataclass(eq=False)
class Watch:
    """A plugin of pytest that notes what each test reaches."""

    core: str = str(ROOT / "gdplay")
    reached: list[Reach] = field(default_factory=list)
    codes: set[CodeType] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)
    watched: dict[Path, float] = field(default_factory=lambda: defaultdict(float))

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Bring a case of every test first, then a second one of each, drawn evenly."""
        random.Random(0).shuffle(items)
        numbers: dict[str, Iterator[int]] = defaultdict(count)
        items.sort(key=lambda item: next(numbers[item.nodeid.split("[")[0]]))

    @pytest.hookimpl(tryfirst=True, specname="pytest_runtest_protocol")
    def leave_out(self, item: pytest.Item) -> bool | None:
        """Run no more tests of a file that was watched long enough."""
        return True if self.over(item) else None

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        if self.over(item):
            return (yield)
        self.codes.clear()
        start = time.process_time()
        sys.settrace(self._call)
        try:
            return (yield)
        finally:
            sys.settrace(None)
            self._note(item, time.process_time() - start)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.add(report.nodeid)

    @property
    def passed(self) -> list[Reach]:
        """What the tests that passed reach: being watched makes some too slow for their clock."""
        return [one for one in self.reached if one.test not in self.failed]

    def over(self, item: pytest.Item) -> bool:
        """Whether a test's file was watched long enough."""
        return self.watched[item.path] > WATCHED

    def _note(self, item: pytest.Item, seconds: float) -> None:
        self.watched[item.path] += seconds
        places = {(code.co_filename, code.co_firstlineno) for code in self.codes}
        functions = frozenset(place for place in places if place[0].startswith(self.core))
        self.reached.append(Reach(item.nodeid, seconds, functions))

    def _call(self, frame: Any, event: str, argument: object) -> None:
        self.codes.add(frame.f_code)


Choice = tuple[list[Reach], list[Reach]]
"""What is tried first, and what is tried where all of it passes."""


class Map:
    """Which tests reach what."""

    def __init__(self, reached: Iterable[Reach]) -> None:
        self.tests = sorted(reached, key=lambda one: one.seconds)
        self.by_function: Mapping[Function, list[Reach]] = defaultdict(list)
        for one in self.tests:
            for function in one.functions:
                self.by_function[function].append(one)

    def choice(self, mutant: Mutant) -> Choice:
        """Return the tests to try a mutant on: those of its own module, then those of others.

        Those that reach its function come first. The others of its own module follow, since what
        is computed once and kept counts as reached by the first alone that asks for it.
        """
        mirror = _mirror(mutant.module)
        reaching = self._reaching(mutant)
        own = [one for one in reaching if one.file == mirror or one.test.endswith(HELD)]
        others = [one for one in reaching if one.file != mirror]
        known = {one.test for one in reaching}
        rest = [one for one in self.tests if one.file == mirror and one.test not in known]
        return _within(own), _within(others + rest)

    def _reaching(self, mutant: Mutant) -> list[Reach]:
        file = str(modules()[mutant.module])
        if mutant.function:
            return self.by_function.get((file, mutant.function), [])
        return [one for one in self.tests if self._sees(one, file)]

    @staticmethod
    def _sees(one: Reach, file: str) -> bool:
        return one.test.endswith(HELD) or any(name == file for name, _ in one.functions)


def _mirror(module: str) -> str:
    *wing, name = module.split(".")[1:]
    return "/".join(["tests", *wing, f"test_{name}.py"])


def _within(tests: Iterable[Reach]) -> list[Reach]:
    """Return the first tests that together take no longer than `BUSY`."""
    chosen, seconds = [], 0.0
    for one in tests:
        seconds += one.seconds
        if seconds > BUSY:
            break
        chosen.append(one)
    return chosen
