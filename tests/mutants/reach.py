"""Which tests reach which functions of the core, and which of them to try a mutant on."""

import cProfile
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import CodeType

import pytest

from tests import ROOT
from tests.mutants.changes import WINGS, Function, Mutant, modules

WATCHED = 0.3
"""Cases of a test are watched until they took so many seconds; more are left to CI."""

BUSY = 4.0
"""No more than so many seconds of tests of each kind are run on a mutant, the quickest first."""

HELD = ("test_a_number_that_links_hold_today_is_never_refused_nor_another_default",)
"""These tests look at what classes hold, and call nothing of theirs."""

USERS = ("figures", "rooms", "export", "own_rows")
"""Folders whose tests look at what the core computes for pictures, classes and files."""

CORE = str(ROOT / "gdplay")


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
    """Return the files that test the core: those in its wings, of what is beside them, and users'.

    Long ones come first, so that no process is left alone with one at the end.
    """
    tests = ROOT / "tests"
    beside = [ROOT / _mirror(name) for name in modules()]
    within = [file for folder in (*WINGS, *USERS) for file in (tests / folder).glob("test_*.py")]
    files = {file for file in [*beside, *within] if file.exists()}
    return [str(f.relative_to(ROOT)) for f in sorted(files, key=lambda f: -f.stat().st_size)]


class Calls:
    """The functions of the core that are called from now on; `cProfile` is quick to note them."""

    def __init__(self) -> None:
        self.profile = cProfile.Profile(subcalls=False, builtins=False)
        self.profile.enable()

    def end(self) -> frozenset[Function]:
        """Note no more of them and return them."""
        self.profile.disable()
        codes = (entry.code for entry in self.profile.getstats())
        places = ((code.co_filename, code.co_firstlineno) for code in codes if _is_code(code))
        return frozenset(place for place in places if place[0].startswith(CORE))


def _is_code(code: object) -> bool:
    return isinstance(code, CodeType)


class Watch:
    """A plugin of pytest that notes what each test reaches."""

    def __init__(self) -> None:
        self.reached: list[Reach] = []
        self.failed: set[str] = set()
        self.seconds: dict[str, float] = defaultdict(float)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        start = time.process_time()
        calls = Calls()
        try:
            return (yield)
        finally:
            functions, seconds = calls.end(), time.process_time() - start
            self.reached.append(Reach(item.nodeid, seconds, functions))
            self.seconds[_test(item)] += seconds

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.add(report.nodeid)

    def wants(self, item: pytest.Item) -> bool:
        """Whether a further case of a test is to be watched."""
        return self.seconds[_test(item)] < WATCHED

    @property
    def passed(self) -> list[Reach]:
        """What the tests that passed reach: being watched makes some too slow for their clock."""
        return [one for one in self.reached if one.test not in self.failed]


def _test(item: pytest.Item) -> str:
    return item.nodeid.split("[")[0]


@dataclass(frozen=True)
class Choice:
    """The tests to try a mutant on: those of its own module, then, where all of these pass, others.

    `seconds` is how long all of them took while they were watched.
    """

    own: tuple[str, ...]
    others: tuple[str, ...]
    seconds: float

    @property
    def tests(self) -> tuple[str, ...]:
        return self.own + self.others


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
        others = [one for one in reaching if one not in own]
        known = {one.test for one in reaching}
        rest = [one for one in self.tests if one.file == mirror and one.test not in known]
        first, second = _within(own), _within(others) + _within(rest)
        seconds = sum(one.seconds for one in first + second)
        return Choice(_names(first), _names(second), seconds)

    def _reaching(self, mutant: Mutant) -> list[Reach]:
        """Return the tests that call its function.

        One that no test calls is called at import, if at all: like what stands outside of any, it
        is noticed by tests that call something of its file, or look at what classes hold.
        """
        calling = self.by_function.get(mutant.within, []) if mutant.function else []
        return calling or [one for one in self.tests if self._sees(one, mutant.within[0])]

    @staticmethod
    def _sees(one: Reach, file: str) -> bool:
        return one.test.endswith(HELD) or any(name == file for name, _ in one.functions)


def _mirror(module: str) -> str:
    *wing, name = module.split(".")[1:]
    return "/".join(["tests", *wing, f"test_{name.strip('_')}.py"])


def _within(tests: Iterable[Reach]) -> list[Reach]:
    """Return the first tests that together take no longer than `BUSY`."""
    chosen, seconds = [], 0.0
    for one in tests:
        seconds += one.seconds
        if seconds > BUSY:
            break
        chosen.append(one)
    return chosen


def _names(tests: Iterable[Reach]) -> tuple[str, ...]:
    return tuple(one.test for one in tests)
