"""Fixtures for tests in a browser, which skip where there is none, except on CI."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

import pytest
from playwright.sync_api import Browser, Error, Page, ViewportSize

from tests import ROOT

from .harness import BROWSER_ARGS, MILLISECONDS_TO_DRAW, VIEWPORT, find_browser, serve, watch

HERE = Path(__file__).resolve().parent
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
    return {**browser_type_launch_args, "executable_path": path, "args": list(BROWSER_ARGS)}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """Open pages as large as a laptop shows them."""
    return {**browser_context_args, "viewport": VIEWPORT}


@pytest.fixture(scope="session")
def server(browser: Browser) -> Iterator[str]:
    """Return the address of the running app (asking for the browser first: no server in vain)."""
    with serve() as url:
        yield url


@pytest.fixture
def page(page: Page) -> Page:
    """A page in a fresh profile, with lists `console_errors` and `failed_responses` on it."""
    page.context.set_default_timeout(MILLISECONDS_TO_DRAW)
    watch(page)
    return page


@pytest.fixture(params=["light", "dark"])
def phone(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page on a phone in a fresh profile, in both schemes of colours."""
    size: ViewportSize = {"width": 400, "height": 800}
    context = browser.new_context(viewport=size, color_scheme=request.param)
    context.set_default_timeout(MILLISECONDS_TO_DRAW)
    page = context.new_page()
    watch(page)
    yield page
    context.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Keep a picture of every page that is open where a test fails."""
    report = yield
    browser = getattr(item, "funcargs", {}).get("browser")
    if report.when == "call" and report.failed and browser is not None:
        pages = [page for context in browser.contexts for page in context.pages]
        for number, page in enumerate(pages):
            with suppress(Error):
                page.screenshot(path=PICTURES / f"{item.name}.{number}.png")
    return report


def _do_without(reason: str) -> NoReturn:
    """Skip the test; on CI fail it, because there a missing browser is a broken set-up."""
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
