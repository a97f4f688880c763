"""Tests run in processes of their own, on the core as it is or with one line changed."""

import contextlib
import importlib.abc
import importlib.util
import os
import pickle
import resource
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import hypothesis
import pytest

import tests
from tests.mutants.changes import Mutant, mutated
from tests.mutants.reach import Choice, Reach, Watch

ROOM = 8 << 30
"""Bytes that the tests of a mutant may ask for; what wants more ends in an error."""

PATIENCE = 20.0
"""So many seconds the tests of a mutant wait for what may never come."""

OPTIONS = (
    "-q", "--tb=no", "-m", "not browser and not exhaustive", "-p", "no:cacheprovider",
    # hypothesis is there before pytest asks for it.
    "-W", "ignore::pytest.PytestAssertRewriteWarning",
)  # fmt: skip

hypothesis.settings.register_profile(
    "mutants",
    max_examples=30,
    derandomize=True,
    deadline=None,
    suppress_health_check=list(hypothesis.HealthCheck),
    phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate),
    report_multiple_bugs=False,
)


def apart(task: Callable[[], int], seconds: float) -> int:
    """Return what a task returns in a process of its own, which may take so many seconds.

    They are the processor's; on a busy machine it may take ten times as long. Whoever takes longer
    does not return 0.
    """
    child = os.fork()
    if child == 0:
        _alone(task, seconds)
    end = time.monotonic() + 10 * seconds
    while not (status := os.waitpid(child, os.WNOHANG))[0]:
        time.sleep(0.01)
        if time.monotonic() > end:
            os.kill(child, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(status[1])


def _alone(task: Callable[[], int], seconds: float) -> None:
    """Do a task in silence and leave the process with what it returns."""
    code = 1
    try:
        os.setsid()
        resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1, int(seconds) + 2))
        quiet = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(quiet, stream)
        code = task()
    finally:
        os._exit(code)


class Calm:
    """A plugin of pytest after which hypothesis tries the same few examples each time."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        hypothesis.settings.load_profile("mutants")


@dataclass(frozen=True, eq=False)
class Chosen(Calm):
    """A plugin of pytest that runs some tests alone, in their order."""

    tests: Sequence[Reach]

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        places = {one.test: place for place, one in enumerate(self.tests)}
        items[:] = sorted(
            (item for item in items if item.nodeid in places), key=lambda it: places[it.nodeid]
        )


def watched(files: Sequence[str], notes: Path) -> int:
    """Run tests of files, leave in `notes` what each of them reaches; return how many fail."""
    watch = Watch()
    pytest.main([*OPTIONS, *files], plugins=[Calm(), watch])
    notes.write_bytes(pickle.dumps(watch.passed))
    return min(len(watch.failed), 100) if watch.reached else 101


def lives(mutant: Mutant, choice: Choice) -> bool:
    """Whether no test that was chosen for a mutant notices it."""
    seconds = sum(one.seconds for some in choice for one in some)
    return apart(lambda: _tried(mutant, choice), 30 + 3 * seconds) == 0


def _tried(mutant: Mutant, choice: Choice) -> int:
    tests.PATIENCE = PATIENCE
    resource.setrlimit(resource.RLIMIT_AS, (ROOM, ROOM))
    sys.meta_path.insert(0, Changed(mutant.module, mutated(mutant)))
    return int(any(_fails(some) for some in choice if some))


def _fails(some: Sequence[Reach]) -> bool:
    files = dict.fromkeys(one.file for one in some)
    code = pytest.main([*OPTIONS, "-x", *files], plugins=[Chosen(some)])
    return code not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)


class Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports one module from other code than its file's."""

    def __init__(self, name: str, code: Any) -> None:
        self.name, self.code = name, code

    def find_spec(self, name: str, path: object, target: object = None) -> Any:
        return importlib.util.spec_from_loader(name, self) if name == self.name else None

    def exec_module(self, module: ModuleType) -> None:
        exec(self.code, module.__dict__)
