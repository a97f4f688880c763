"""A server to test against, a browser to test with, and how to wait for a picture."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING
from urllib.error import URLError
from urllib.request import urlopen

from tests import PATIENCE, ROOT

if TYPE_CHECKING:
    from playwright.sync_api import ConsoleMessage, Page, Request, Response, ViewportSize

VIEWPORT: ViewportSize = {"width": 1366, "height": 768}
MILLISECONDS_TO_DRAW = 120_000
"""After so long a picture or a control will not come any more, on a machine however busy."""

QUIET = "document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'"

# Software drawing for scenes; no sandbox, for containers whose only user is root; no calls home.
BROWSER_ARGS = (
    "--no-sandbox",
    "--enable-unsafe-swiftshader",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# On a deep link Streamlit first asks beside the page, gets these two 404s and goes on.
HARMLESS = ("/_stcore/health", "/_stcore/host-config")


def find_browser() -> str | None:
    """Return the path of a Chromium: GDPLAY_CHROMIUM if set, else a usual one, else None."""
    named = os.environ.get("GDPLAY_CHROMIUM")
    usual = ("/usr/bin/chromium", "chromium", "chromium-browser", "google-chrome")
    found = (shutil.which(name) for name in ([named] if named else usual))
    return next((path for path in found if path), None)


@contextmanager
def serve(app: Path = ROOT / "app.py", *options: str) -> Iterator[str]:
    """Run the app on a free port until the block ends, and give its address.

    Parameters
    ----------
    app : Path
        The script that `streamlit run` starts, in its own folder.
    options : str
        More options for `streamlit run`, such as "--server.baseUrlPath=play".

    Raises
    ------
    RuntimeError
        If the server ends, or has not answered in all patience; with what it printed.
    """
    with serving(app, *options) as (url, _):
        yield url


@contextmanager
def serving(app: Path, *options: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Do so, and give the server's process too."""
    command = [sys.executable, "-m", "streamlit", "run", app.name, "--server.address=127.0.0.1"]
    command += ["--server.headless=true", "--server.fileWatcherType=none"]
    command += ["--browser.gatherUsageStats=false", *options]
    with running(command, app.parent, "--server.port={}") as running_server:
        yield running_server


@contextmanager
def running(
    command: Sequence[str], folder: Path, port_option: str
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Run a server, told a free port by an option of its own, until the block ends."""
    port = _free_port()
    with tempfile.TemporaryFile() as log:
        server = subprocess.Popen(
            [*command, port_option.format(port)], cwd=folder, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            _wait_for_health(server, port, log)
            yield f"http://127.0.0.1:{port}", server
        finally:
            _stop(server)


def watch(page: Page) -> None:
    """Attach to the page lists that fill by themselves: console_errors, failed_responses, sent.

    What is sent goes to the server over the page's socket.
    """
    errors: list[str] = []
    failed: list[str] = []
    sent: list[str | bytes] = []

    def note_message(message: ConsoleMessage) -> None:
        if message.type == "error" and not _harmless(message.location.get("url", "")):
            errors.append(message.text)

    def note_response(response: Response) -> None:
        if response.status >= 400 and not _harmless(response.url):
            failed.append(f"{response.status} {response.url}")

    def note_failure(request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # given up by the page itself, as when it leaves
            failed.append(f"{request.failure} {request.url}")

    page.on("console", note_message)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("response", note_response)
    page.on("requestfailed", note_failure)
    page.on("websocket", lambda socket: socket.on("framesent", lambda data: sent.append(data)))
    page.console_errors = errors  # type: ignore[attr-defined]
    page.failed_responses = failed  # type: ignore[attr-defined]
    page.sent = sent  # type: ignore[attr-defined]


def wait_drawn(page: Page, after: int = 0) -> int:
    """Wait until the player has finished a draw with a number above `after`; return its number.

    The number starts anew when the player does, as on a change of page.
    """
    page.wait_for_function(
        "after => Number(document.querySelector('[data-drawn]')?.dataset.drawn ?? 0) > after",
        arg=after,
        timeout=MILLISECONDS_TO_DRAW,
    )
    return drawn(page)


def settle(page: Page) -> None:
    """Wait until nothing runs on the server for a page."""
    page.wait_for_function(QUIET, timeout=MILLISECONDS_TO_DRAW)


def follow(page: Page, url: str) -> None:
    """Bring a page to another address of the app as Back does, without loading it anew."""
    page.evaluate("url => history.pushState({}, '', url)", url)
    page.evaluate("() => dispatchEvent(new PopStateEvent('popstate'))")


def drawn(page: Page) -> int:
    """Return the number of the player's last finished draw, 0 before the first."""
    number = page.evaluate("Number(document.querySelector('[data-drawn]')?.dataset.drawn ?? 0)")
    return int(number)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for_health(server: subprocess.Popen[bytes], port: int, log: IO[bytes]) -> None:
    """Return when the server answers; the only wait here that has to ask again and again."""
    give_up = time.monotonic() + PATIENCE
    while server.poll() is None and time.monotonic() < give_up:
        try:
            with urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=10):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    log.seek(0)
    raise RuntimeError(f"the server did not start:\n{log.read().decode(errors='replace')}")


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(timeout=5)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _harmless(url: str) -> bool:
    return url.split("?")[0].endswith(HARMLESS)
