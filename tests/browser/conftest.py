"""Fixtures for tests in a browser, which skip where there is none, except on CI."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page
from streamlit.proto.BackMsg_pb2 import BackMsg

from tests import ROOT

from .harness import BROWSER_ARGS, MILLISECONDS_TO_DRAW, VIEWPORT, find_browser, serve, watch
from .visits import Tabs, Visit

HERE = Path(__file__).resolve().parent
THRIFTY = (
    # One process for all tabs of a profile: what a page's scripts compile to is there for the next.
    "--process-per-site",
    # Where a processor plays the graphics card, only scenes are drawn the long way round by it.
    "--disable-gpu-rasterization",
    "--disable-gpu-compositing",
    "--disable-accelerated-2d-canvas",
)
PICTURES = ROOT / "test-results"
"""Where the pictures of failed tests go."""


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "browser: runs the app in a real browser")


@pytest.hookimpl(tryfirst=True)  # before `-m browser` chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Start the machine's own Chromium: Playwright brings none."""
    path = find_browser()
    if path is None:
        _do_without("no Chromium found (install one, or set GDPLAY_CHROMIUM to its path)")
    return {**browser_type_launch_args, "executable_path": path, "args": [*BROWSER_ARGS, *THRIFTY]}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """Open pages as large as a laptop shows them."""
    return {**browser_context_args, "viewport": VIEWPORT}


@pytest.fixture(scope="session")
def server(browser: Browser) -> Iterator[str]:
    """Return the address of the running app (asking for the browser first: no server in vain)."""
    with serve() as url:
        yield url


@pytest.fixture(scope="session")
def profile(browser: Browser, server: str) -> Iterator[BrowserContext]:
    """A profile whose tabs tests open: in a profile of its own a page loads half as fast."""
    context = browser.new_context(viewport=VIEWPORT)
    context.set_default_timeout(MILLISECONDS_TO_DRAW)
    context.new_page().goto(f"{server}/_stcore/health")  # keeps the tabs' process alive
    yield context
    context.close()


@pytest.fixture
def page(profile: BrowserContext) -> Iterator[Page]:
    """A tab of its own, watched."""
    tab = profile.new_page()
    watch(tab)
    yield tab
    tab.close()
    profile.clear_cookies()
    profile.pages[0].evaluate("localStorage.clear()")


@pytest.fixture
def used(profile: BrowserContext, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A watched tab that tests share; see `arrive`. After a failure the next test has a new one."""
    open_before = [page for page in profile.pages if hasattr(page, "used")]
    if open_before:
        (tab,) = open_before
        tab.bring_to_front()
    else:
        tab = profile.new_page()
        tab.used = True  # type: ignore[attr-defined]
        watch(tab)
    failed = request.session.testsfailed
    yield tab
    if request.session.testsfailed > failed or tab.console_errors or tab.failed_responses:  # type: ignore[attr-defined]
        tab.close()


@pytest.fixture(scope="session")
def visit(profile: BrowserContext) -> Iterator[Visit]:
    """Come to an address on Compare in a tab of some name that tests share."""
    tabs = Tabs(profile)
    yield tabs.visit
    tabs.close()


@pytest.fixture
def stranger(browser: Browser) -> Iterator[Page]:
    """The same in a profile that has seen nothing yet."""
    context = browser.new_context(viewport=VIEWPORT)
    context.set_default_timeout(MILLISECONDS_TO_DRAW)
    page = context.new_page()
    watch(page)
    yield page
    context.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Keep a picture of every page that is open where a test fails, and report what each says."""
    report = yield
    browser = getattr(item, "funcargs", {}).get("browser")
    if report.when == "call" and report.failed and browser is not None:
        pages = [page for context in browser.contexts for page in context.pages]
        for number, page in enumerate(pages):
            with suppress(Error):
                page.screenshot(path=PICTURES / f"{item.name}.{number}.png")
                report.sections.append((f"page {number}: {page.url}", _account(page)))
        if visit := item.funcargs.get("visit"):
            visit.__self__.close()  # what it left behind would fail the next one too
    return report


def _account(page: Page) -> str:
    """Return what a page shows in words, how far it is, and what went wrong on it."""
    text = page.locator("body").inner_text(timeout=5000)
    state = page.evaluate("document.querySelector('[data-testid=stApp]')?.dataset.testScriptState")
    wrong = [*getattr(page, "console_errors", ()), *getattr(page, "failed_responses", ())]
    said = map(_said, getattr(page, "sent", ())[-5:])
    return "\n".join(
        [text[:3000], f"script: {state}, hidden: {page.evaluate('document.hidden')}", *wrong, *said]
    )


def _said(frame: bytes) -> str:
    """Return what a message to the server says of our controls, and whether to a part alone."""
    run = BackMsg.FromString(frame).rerun_script
    values = {
        state.id.rpartition("-")[2]: state.json_value or state.json_trigger_value
        for state in run.widget_states.widgets
    }
    told = {name: value[:200] for name, value in values.items() if value}
    return f"sent: part {run.fragment_id[:6] or 'none'}, back {run.is_history_navigation}, {told}"


def _do_without(reason: str) -> NoReturn:
    """Skip the test; on CI fail it, because there a missing browser is a broken set-up."""
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
