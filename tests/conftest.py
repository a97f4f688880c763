"""What holds for all tests."""

import os
from pathlib import Path

import pytest

# Small matrices are slower on several threads, and on a busy machine by far. Before any import.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

TESTS = Path(__file__).resolve().parent


def pytest_itemcollected(item: pytest.Item) -> None:
    """Keep in one process what shares a server: each file, and all tests in a browser."""
    item.add_marker(pytest.mark.xdist_group(item.path.relative_to(TESTS).parts[0]))
