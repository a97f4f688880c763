"""What holds for all tests."""

import gc
import json
import os
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

from tests import own_rooms

# Small matrices are slower on several threads, and on a busy machine by far. Before any import.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


# How long an example takes, to make or to try, says how busy the machine is.
settings.register_profile(
    "patient", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=50
)
settings.load_profile("patient")


def pytest_configure(config: pytest.Config) -> None:
    from tests import older  # only here: it imports Streamlit, and that NumPy

    rooms = ExitStack()
    rooms.enter_context(own_rooms())
    config.add_cleanup(rooms.close)
    if older.OLD:
        older.help_out()


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Keep what is collected out of every search for rubbish, now and later: it stays anyway."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


class _ByFile(LoadScopeScheduling):
    """Keeps a file's tests in one process: they share what they opened, and trained.

    The first process takes what needs a browser and a server, the others the rest, pages first, and
    then what is left. So both start once. A process whose thread Playwright's loop runs in takes no
    other tests: `asyncio.run` refuses to run there, and Python 3.11 loses count of its depth.
    """

    driver: WorkerController | None = None
    """The process that drives a browser."""

    def _split_scope(self, nodeid: str) -> str:
        """Return the file that a test stands in."""
        return nodeid.split("::")[0]

    def _assign_work_unit(self, node: WorkerController) -> None:
        is_first = node is self.nodes[0]

        def rank(file: str) -> tuple[bool, bool, bool, int]:
            """Return what comes first: of the process' own kind, long walks, pages, many tests."""
            own_kind = ("/browser/" in file) == is_first
            return own_kind, "test_history" in file, "/ui/" in file, len(self.workqueue[file])

        chosen = max(self.workqueue, key=rank)
        if is_first and "/browser/" in chosen:
            self.driver = self.driver or node
        self.workqueue.move_to_end(chosen, last=False)
        super()._assign_work_unit(node)

    def _reschedule(self, node: WorkerController) -> None:
        through = not any("/browser/" in file for file in self.workqueue)
        if node is self.driver and through and len(self.nodes) > 1:
            node.shutdown()
        else:
            super()._reschedule(node)


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadScopeScheduling:
    return _ByFile(config, log)


@pytest.fixture(autouse=True, scope="session")
def _figures_as_plotly_takes_them() -> Iterator[None]:
    """Let Plotly check every figure that is made, and find in it just what a browser is sent."""
    import plotly.graph_objects as go

    from gdplay.figures.pieces import Figure

    unchecked, checked = Figure.__init__, set[int]()

    def check(self: Figure, *pieces: Any) -> None:
        unchecked(self, *pieces)
        sent = self.to_dict()
        digest = hash(json.dumps(sent))
        if digest not in checked:  # tests open the same pages again and again
            assert sent == json.loads(go.Figure(*pieces).to_json())
            checked.add(digest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Figure, "__init__", check)
        yield
