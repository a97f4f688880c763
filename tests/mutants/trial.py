"""Tests run on the core with one line changed, where nothing of the core was imported before."""

import importlib
import importlib.abc
import importlib.util
import resource
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from types import CodeType, ModuleType
from typing import Any

import hypothesis
import pytest

import tests
from tests.mutants.changes import Mutant, mutated
from tests.mutants.crew import Task
from tests.mutants.reach import Choice

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


class Calm:
    """A plugin of pytest after which hypothesis tries the same few examples each time."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        hypothesis.settings.load_profile("mutants")


@dataclass(frozen=True, eq=False)
class Chosen(Calm):
    """A plugin of pytest that runs some tests alone, in their order."""

    tests: Sequence[str]

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        places = {test: place for place, test in enumerate(self.tests)}
        items[:] = sorted(
            (item for item in items if item.nodeid in places), key=lambda it: places[it.nodeid]
        )


def fresh(mutant: Mutant, choice: Choice) -> Task:
    """Return what tells whether a test that was chosen notices a mutant."""
    return Task(partial(_noticed, mutant, choice), 30 + 3 * choice.seconds)


def _noticed(mutant: Mutant, choice: Choice) -> bool:
    tests.PATIENCE = PATIENCE
    resource.setrlimit(resource.RLIMIT_AS, (ROOM, ROOM))
    sys.meta_path.insert(0, Changed(mutant.module, mutated(mutant)))
    try:
        importlib.import_module(mutant.module)  # what no test reaches may still break the import
    except Exception:
        return True
    return any(_fails(some) for some in (choice.own, choice.others) if some)


def _fails(some: Sequence[str]) -> bool:
    files = dict.fromkeys(test.split("::")[0] for test in some)
    code = pytest.main([*OPTIONS, "-x", *files], plugins=[Chosen(some)])
    return code not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)


class Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports one module from other code than its file's."""

    def __init__(self, name: str, code: CodeType) -> None:
        self.name, self.code = name, code

    def find_spec(self, name: str, path: object, target: object = None) -> Any:
        return importlib.util.spec_from_loader(name, self) if name == self.name else None

    def exec_module(self, module: ModuleType) -> None:
        exec(self.code, module.__dict__)
