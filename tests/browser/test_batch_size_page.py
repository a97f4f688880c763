"""The Batch size page in a real browser."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from gdplay.ui import address as views
from gdplay.ui.batch_size.view import PARTS, BatchView

from .harness import MILLISECONDS_TO_DRAW
from .visits import arrive

if TYPE_CHECKING:
    from playwright.sync_api import Page

MAIN = "[data-testid=stMain]"


@pytest.fixture
def page(used: Page) -> Page:
    """A tab that tests share: each comes to an address that says all."""
    return used


def opened(page: Page, server: str, view: BatchView, charts: int = 3) -> None:
    """Open a link to the page and wait until its charts stand."""
    arrive(page, f"{server}/batch_size?{urlencode(views.encode(view), doseq=True)}")
    page.wait_for_function(
        "n => document.querySelectorAll('.js-plotly-plot .xaxislayer-above').length >= n",
        arg=charts,
        timeout=MILLISECONDS_TO_DRAW,
    )


def saying(page: Page, text: str) -> None:
    page.wait_for_function(
        "text => document.querySelector('[data-testid=stMain]').innerText.includes(text)",
        arg=text,
        timeout=MILLISECONDS_TO_DRAW,
    )


def assert_quiet(page: Page) -> None:
    assert page.console_errors == []  # type: ignore[attr-defined]
    assert page.failed_responses == []  # type: ignore[attr-defined]


def click_at(page: Page, chart: int, x: float, y: float) -> None:
    """Click on a chart's plot at a share of its width and height, from the lower left."""
    plot = page.locator(".js-plotly-plot").nth(chart).locator(".nsewdrag").first
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box is not None
    spot = box["x"] + x * box["width"], box["y"] + (1 - y) * box["height"]
    hover = page.locator(".hoverlayer .hovertext").first
    for nudge in range(60):  # a chart that is drawn again forgets the pointer
        page.mouse.move(spot[0] + nudge % 2, spot[1])
        if hover.is_visible():
            break
        page.wait_for_timeout(250)
    page.mouse.click(*spot)


def test_the_first_view_holds_the_cloud_its_slider_its_numbers_and_the_choice(
    page: Page, server: str
) -> None:
    opened(page, server, BatchView())
    for found in (
        page.get_by_role("slider", name="Rows per batch B"),
        page.locator(".st-key-cloud_numbers"),
        page.get_by_text("mean cosine"),
        page.get_by_role("radio", name=PARTS["race"].title),
    ):
        box = found.first.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 768
    assert_quiet(page)


@pytest.mark.exhaustive
def test_the_slider_moves_the_cloud_and_the_address_and_back_undoes_it(
    page: Page, server: str
) -> None:
    opened(page, server, BatchView())
    saying(page, "B = 8")
    slider = page.get_by_role("slider", name="Rows per batch B")
    slider.press("ArrowRight")
    saying(page, "B = 16")
    page.wait_for_url("**view.size=16*")
    page.go_back()
    saying(page, "B = 8")
    assert_quiet(page)


def test_a_click_on_the_map_of_the_loss_draws_the_cloud_there(page: Page, server: str) -> None:
    opened(page, server, BatchView(part="cost"))
    click_at(page, 0, 0.85, 0.2)
    saying(page, "Where you clicked")
    page.wait_for_url("**view.at=picked*")
    assert_quiet(page)


@pytest.mark.exhaustive
def test_a_click_on_a_cell_opens_its_run_on_compare(page: Page, server: str) -> None:
    opened(page, server, BatchView(part="map"))
    saying(page, "ends lowest")
    click_at(page, 2, 0.5, 0.5)
    page.locator("[data-drawn]").wait_for(timeout=MILLISECONDS_TO_DRAW)
    page.wait_for_url(lambda url: "~batch_size~16~" in url and "epochs=20" in url)
    assert_quiet(page)


@pytest.mark.exhaustive
def test_another_budget_has_another_winner(page: Page, server: str) -> None:
    opened(page, server, BatchView(part="map"))
    words = page.locator(".st-key-words-map p").first
    before = words.inner_text()
    assert before.startswith("With 20 epochs")
    page.get_by_role("radio", name="updates").click()
    page.wait_for_function(
        "document.querySelector('.st-key-words-map p').innerText.startsWith('With 200 updates')",
        timeout=MILLISECONDS_TO_DRAW,
    )
    assert words.inner_text().split("B = ")[1] != before.split("B = ")[1]
    assert_quiet(page)
