"""A process that has imported the core and collected its tests, and forks for each trial.

In a fork a mutant's functions take the place of the core's. What was computed while modules were
imported stays as it was: where a mutant may differ by that, a fresh process alone can tell.
"""

import gc
import random
import resource
import signal
import traceback
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import chain, pairwise
from multiprocessing.connection import Connection
from types import CodeType, FunctionType

import pytest

import tests
from tests.mutants.changes import Mutant, mutated, original
from tests.mutants.crew import Task, each, silence
from tests.mutants.reach import (
    CORE,
    Calls,
    Choice,
    Function,
    Map,
    Reach,
    Watch,
    test_files,
)
from tests.mutants.trial import OPTIONS, PATIENCE, ROOM, Calm

SURVEY = 300.0
"""Seconds of the processor after which the tests of a file, watched, count as hung."""

HUNG = 12.0
"""Seconds of the processor after which a single test does on a mutant."""

Verdict = tuple[bool | None, Choice]
"""Whether a mutant lives, None where a fresh process must tell, and the tests chosen for it."""


def serve(line: Connection, at_once: int) -> None:
    """Send which tests fail on the core as it is, then what becomes of mutants that come in."""
    silence()
    tests.PATIENCE = PATIENCE
    plugins = [Calm(), Serving(line, at_once, Calls())]
    pytest.main([*OPTIONS, "--capture=no", *test_files()], plugins=plugins)


class Serving:
    """A plugin of pytest that answers questions on what was collected, instead of running it."""

    def __init__(self, line: Connection, at_once: int, early: Calls) -> None:
        self.line, self.at_once, self.early = line, at_once, early

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Answer until nothing more is asked, or tell what went wrong."""
        try:
            self._answer(session)
        except Exception:
            self.line.send(traceback.format_exc())
        return True

    def _answer(self, session: pytest.Session) -> None:
        early = self.early.end()
        session.testsfailed = 0
        gc.disable()  # what is here stays, and its forks do not last
        reached, failed = survey(session.items, self.at_once)
        self.line.send(sorted(failed))
        ground = Ground(session.items, Map(reached), early)
        while wanted := self.line.recv():
            self.line.send(list(ground.verdicts(wanted, self.at_once)))


def survey(items: Iterable[pytest.Item], at_once: int) -> tuple[list[Reach], set[str]]:
    """Return what the tests reach that pass on the core as it is, and which tests do not."""
    files: dict[str, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.location[0], []).append(item)
    reached: list[Reach] = []
    failed: set[str] = set()
    tasks = (Task(partial(_watched, some), SURVEY) for some in files.values())
    for number, watch in each(tasks, at_once):
        if watch is None:
            failed.add(list(files)[number])
        else:
            reached += watch.passed
            failed |= watch.failed
    return reached, failed


def _watched(items: Sequence[pytest.Item]) -> Watch:
    """Return what was seen of a file's tests: of each some cases, and one at least."""
    watch = Watch()
    items[0].config.pluginmanager.register(watch)
    for _ in run(filter(watch.wants, random.Random(0).sample(items, len(items)))):
        pass
    return watch


def run(items: Iterable[pytest.Item]) -> Iterator[bool]:
    """Run tests one after the other and yield whether some failed until then."""
    for item, following in pairwise(chain(items, [None])):
        assert item is not None
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        yield item.session.testsfailed > 0


class Ground:
    """The core as it is and all that was collected, in which mutants take their place.

    `early` are the functions that are called before any test runs.
    """

    def __init__(
        self, items: Iterable[pytest.Item], reach: Map, early: frozenset[Function]
    ) -> None:
        self.items = {item.nodeid: item for item in items}
        self.reach, self.early = reach, early
        self.functions = list(_functions())

    def verdicts(self, wanted: Sequence[Mutant], at_once: int) -> Iterator[Verdict]:
        """Yield what becomes of each mutant."""
        choices = [self.reach.choice(mutant) for mutant in wanted]
        tasks = (
            Task(partial(self.noticed, *both), 30 + 3 * both[1].seconds)
            for both in zip(wanted, choices, strict=True)
        )
        noticed = dict(each(tasks, at_once))
        for number, (mutant, choice) in enumerate(zip(wanted, choices, strict=True)):
            yield self._lives(mutant, noticed[number]), choice

    def _lives(self, mutant: Mutant, noticed: str | None) -> bool | None:
        """Return whether a mutant lives; one whose tests never ended does not."""
        if noticed in (None, "noticed"):
            return False
        return None if noticed == "out of reach" or mutant.within in self.early else True

    def noticed(self, mutant: Mutant, choice: Choice) -> str:
        """Put a mutant in its place and return whether a test that was chosen notices it."""
        resource.setrlimit(resource.RLIMIT_AS, (ROOM, ROOM))
        if not swap(original(mutant), mutated(mutant), self.functions):
            return "out of reach"
        if not choice.tests:
            return "unnoticed"
        signal.setitimer(signal.ITIMER_PROF, HUNG)
        for failed in run([self.items[test] for test in choice.tests]):
            if failed:
                return "noticed"
            signal.setitimer(signal.ITIMER_PROF, HUNG)
        return "unnoticed"


def _functions() -> Iterator[FunctionType]:
    """Yield all functions of the core that there are."""
    gc.unfreeze()
    for thing in gc.get_objects():
        if isinstance(thing, FunctionType) and thing.__code__.co_filename.startswith(CORE):
            yield thing
    gc.freeze()


def swap(before: CodeType, after: CodeType, functions: Iterable[FunctionType]) -> int:
    """Give functions of one module the code that they have in the other; return to how many."""
    changed = [(old, new) for old, new in _pairs(before, after) if old != new]
    count = 0
    for function in functions:
        for old, new in changed:
            if function.__code__.co_filename == old.co_filename and function.__code__ == old:
                function.__code__ = new
                count += 1
                break
    return count


def _pairs(before: CodeType, after: CodeType) -> Iterator[tuple[CodeType, CodeType]]:
    """Yield the code of each function of a module beside that in the other."""
    for old, new in zip(_inner(before), _inner(after), strict=True):
        yield old, new
        yield from _pairs(old, new)


def _inner(code: CodeType) -> list[CodeType]:
    return [part for part in code.co_consts if isinstance(part, CodeType)]
