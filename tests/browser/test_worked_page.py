"""The Worked examples page in a real browser."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from gdplay.ui import address as views
from gdplay.ui.worked.view import WorkedView, of_example

from .harness import MILLISECONDS_TO_DRAW
from .visits import arrive

if TYPE_CHECKING:
    from playwright.sync_api import Page

TABLE = ".gd-worked table"


@pytest.fixture
def page(used: Page) -> Page:
    """A tab that tests share: each comes to an address that says all."""
    return used


def opened(page: Page, server: str, view: WorkedView) -> None:
    arrive(page, f"{server}/worked?{urlencode(views.encode(view), doseq=True)}")
    page.locator(TABLE).wait_for(timeout=MILLISECONDS_TO_DRAW)
    page.locator(".js-plotly-plot .main-svg").first.wait_for(timeout=MILLISECONDS_TO_DRAW)


def row(page: Page, number: int) -> list[str]:
    return page.locator(f"{TABLE} tbody tr:nth-child({number}) > *").all_inner_texts()


def assert_quiet(page: Page) -> None:
    assert page.console_errors == []  # type: ignore[attr-defined]
    assert page.failed_responses == []  # type: ignore[attr-defined]


def test_a_link_opens_an_example_with_its_numbers(page: Page, server: str) -> None:
    opened(page, server, of_example("momentum"))
    numbers = ["3", "2.88", "0", "8.2944", "5.76", "0", "18.72", "21.6", "−0.936", "−1.08"]
    assert row(page, 3) == [*numbers, "1.944", "−1.08", "8.444736"]
    page.locator(".st-key-arithmetic .katex-html").wait_for()
    assert page.locator(".katex-error").count() == 0
    assert_quiet(page)


@pytest.mark.exhaustive
def test_an_exam_reveals_row_by_row_and_back_hides_it_again(page: Page, server: str) -> None:
    opened(page, server, replace(of_example("valley"), exam=True))
    assert row(page, 1)[:4] == ["1", "4", "2", ""]
    assert "10.88" not in page.locator("[data-testid=stMain]").inner_text()
    page.get_by_role("button", name="Show the next row").click()
    page.wait_for_function(f"document.querySelector('{TABLE}').innerText.includes('10.88')")
    page.wait_for_url("**view.revealed=1*")
    assert row(page, 2)[1:4] == ["3.2", "0.4", ""]
    assert "6.5792" not in page.locator("[data-testid=stMain]").inner_text()
    page.go_back()
    page.wait_for_function(f"!document.querySelector('{TABLE}').innerText.includes('10.88')")
    assert_quiet(page)


@pytest.mark.exhaustive
def test_an_edited_start_changes_the_table_and_the_address(page: Page, server: str) -> None:
    opened(page, server, of_example("bowl"))
    field = page.get_by_label("Start x")
    field.fill("5")
    field.press("Enter")
    page.wait_for_url("**view.x=5*")
    page.wait_for_function(f"document.querySelector('{TABLE}').innerText.includes('41')")
    assert row(page, 1)[1:4] == ["5", "4", "41"]
    assert_quiet(page)


@pytest.mark.exhaustive
def test_the_guide_leads_to_the_page_and_the_page_to_compare(page: Page, server: str) -> None:
    arrive(page, f"{server}/guide")
    page.get_by_role("link", name="Step by step").click(timeout=MILLISECONDS_TO_DRAW)
    page.locator(TABLE).wait_for(timeout=MILLISECONDS_TO_DRAW)
    page.get_by_role("button", name="Open on Compare").click()
    page.locator("[data-drawn]").wait_for(timeout=MILLISECONDS_TO_DRAW)
    page.wait_for_url("**surface=bowl*")
    assert_quiet(page)
