"""What holds for all tests."""

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

# Small matrices are slower on several threads, and on a busy machine by far. Before any import.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


class _ByServer(LoadScopeScheduling):
    """Keeps in one process what shares a server: each file, and all tests in a browser."""

    def _split_scope(self, nodeid: str) -> str:
        """Return the file that a test stands in, or the folder of what needs a browser."""
        file = nodeid.split("::")[0]
        return "browser" if "/browser/" in file else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadScopeScheduling:
    return _ByServer(config, log)


@pytest.fixture(autouse=True, scope="session")
def _figures_as_plotly_takes_them() -> Iterator[None]:
    """Let Plotly check every figure that is made, and find in it just what a browser is sent."""
    import plotly.graph_objects as go

    from gdplay.figures.pieces import Figure

    unchecked = Figure.__init__

    def checked(self: Figure, *pieces: Any) -> None:
        unchecked(self, *pieces)
        plotlys = go.Figure(*pieces)
        assert self.to_dict() == json.loads(plotlys.to_json())

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Figure, "__init__", checked)
        yield
