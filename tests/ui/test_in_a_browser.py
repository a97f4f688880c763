"""The app where there is what a browser's Python has: no threads, no database, no server."""

import subprocess
import sys

import pytest

from tests import ROOT

ALONE = """
import sys, sysconfig, threading
from pathlib import Path

for name in {absent!r}:
    sys.modules[name] = None  # importing it fails

def nobody(key):
    raise ValueError("'user' is not a valid scheme on this platform")

sysconfig.get_preferred_scheme = nobody

from streamlit.testing.v1 import AppTest
from tests.older import OLD, help_out

if OLD:
    help_out()

own = threading.Thread.start

def start(thread):
    # AppTest itself runs each page in a thread.
    if "streamlit" not in type(thread).__module__ and not thread.name.startswith("ScriptRunner"):
        if "gdplay" in thread.name:
            raise RuntimeError("can't start new thread")
    own(thread)

threading.Thread.start = start

for page, query in {pages!r}:
    app = AppTest.from_file("gdplay/ui/router.py", default_timeout=600)
    app.switch_page(str(Path("pages", page + ".py").resolve()))
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception, (page, app.exception[0].message)
    print(page, [note.value for note in app.info])
heavy = {absent!r}
assert not [name for name in heavy if sys.modules.get(name)]
"""
ABSENT = ("sqlalchemy", "prometheus_client", "uvicorn", "uvloop", "threadpoolctl", "psycopg")
LONG = {"data": "line", "epochs": "4000", "n_seeds": "40"}
PAGES = [(file.stem, {}) for file in sorted((ROOT / "pages").glob("*.py"))]


@pytest.fixture(scope="module")
def told() -> str:
    """What a process says that draws every page, and one that works for long."""
    code = ALONE.format(absent=ABSENT, pages=[*PAGES, ("compare", LONG)])
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr[-3000:]
    return run.stdout


def test_every_page_is_drawn_without_threads_a_database_or_a_server(told: str) -> None:
    assert [line.split()[0] for line in told.splitlines()] == [
        *(page for page, _ in PAGES),
        "compare",
    ]


def test_a_room_says_that_it_needs_a_server(told: str) -> None:
    (room,) = [line for line in told.splitlines() if line.startswith("room ")]
    assert "A room needs a server" in room
