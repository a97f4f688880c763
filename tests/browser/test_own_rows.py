"""Own rows in a real browser: pasted by one, opened by another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import gdplay as gd

from .harness import settle, wait_drawn
from .visits import Visit

if TYPE_CHECKING:
    from playwright.sync_api import Page

ROWS = "x\ty\n1\t1\n2\t3\n4\t3\n3\t2\n5\t5"
TABLE = gd.Table([[1], [2], [4], [3], [5]], [1, 3, 3, 2, 5])
FIT = """() => document.querySelector('[data-panel=fit] .js-plotly-plot')._fullData
  .map(trace => Array.from(trace.y))"""


def fits(page: Page) -> Any:
    """The rows and the fits that are drawn."""
    return page.evaluate(FIT)


def test_rows_that_one_pastes_are_run_and_another_opens_the_same_from_the_address(
    page: Page, visit: Visit, server: str
) -> None:
    page.goto(server)
    count = wait_drawn(page)
    page.get_by_role("button", name="Line ·").click()
    page.get_by_role("combobox", name="Data").click()
    page.get_by_role("option", name="Your own: paste").click()
    page.get_by_role("textbox", name="Paste rows").fill(ROWS)
    page.get_by_role("button", name="Read", exact=True).click()
    page.get_by_role("button", name="Use these rows").click()
    wait_drawn(page, count)
    settle(page)
    assert gd.link.decode(parse_qs(urlsplit(page.url).query)) == gd.default_experiment(TABLE)
    drawn, url = fits(page), page.url
    assert not page.console_errors  # type: ignore[attr-defined]
    assert fits(visit("another", url)) == drawn
