"""What holds for all tests."""

import os

import pytest
from xdist.scheduler import LoadScopeScheduling

# Small matrices are slower on several threads, and on a busy machine by far. Before any import.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


class _ByServer(LoadScopeScheduling):
    """Keeps in one process what shares a server: each file, and all tests in a browser."""

    def _split_scope(self, nodeid: str) -> str:
        """Return the file, or the folder, that a test stands in below `tests`."""
        return nodeid.split("::")[0].removeprefix("tests/").split("/")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadScopeScheduling:
    return _ByServer(config, log)
