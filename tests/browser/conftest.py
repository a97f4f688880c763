"""Fixtures for tests in a browser, which skip where there is none, except on CI."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

from .harness import BROWSER_ARGS, MILLISECONDS_TO_DRAW, VIEWPORT, find_browser, serve, watch

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

HERE = Path(__file__).resolve().parent


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "browser: runs the app in a real browser")


@pytest.hookimpl(tryfirst=True)  # before `-m browser` chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        _do_without("playwright is not installed (pip install playwright)")
    path = find_browser()
    if path is None:
        _do_without("no Chromium found (install one, or set GDPLAY_CHROMIUM to its path)")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=list(BROWSER_ARGS))
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def server(browser: Browser) -> Iterator[str]:
    """Return the address of the running app (asking for the browser first: no server in vain)."""
    with serve() as url:
        yield url


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page in a fresh profile, with lists `console_errors` and `failed_responses` on it."""
    context = browser.new_context(viewport=VIEWPORT)
    context.set_default_timeout(MILLISECONDS_TO_DRAW)
    page = context.new_page()
    watch(page)
    yield page
    context.close()


@pytest.fixture(params=["light", "dark"])
def phone(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page on a phone in a fresh profile, in both schemes of colours."""
    context = browser.new_context(
        viewport={"width": 400, "height": 800}, color_scheme=request.param
    )
    context.set_default_timeout(MILLISECONDS_TO_DRAW)
    page = context.new_page()
    watch(page)
    yield page
    context.close()


def _do_without(reason: str) -> NoReturn:
    """Skip the test; on CI fail it, because there a missing browser is a broken set-up."""
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
