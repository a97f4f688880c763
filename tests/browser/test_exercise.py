"""A teacher's own question in a browser: in a frame, by keys alone, and on paper."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

import gdplay as gd
from gdplay.teaching.exercises import Exercise, text_of
from gdplay.ui.compare.view import View

from .harness import settle, wait_drawn
from .test_compare_page import address, assert_quiet

if TYPE_CHECKING:
    from playwright.sync_api import Page

HOSTILE = "<img src=x onerror=alert(1)> [a](javascript:alert(1)) {0}"
OWN = Exercise("Week 3", f"Who leads? {HOSTILE}", (f"Batch {HOSTILE}", "SGD"), 1)
SHEETS = re.compile(rb"/Type\s*/Page\b")


@pytest.mark.exhaustive
def test_a_class_answers_in_a_frame_by_keys_and_the_handout_is_one_sheet(
    page: Page, server: str
) -> None:
    page.set_viewport_size({"width": 700, "height": 500})
    view = View(exercise=text_of(OWN), ground="map")
    page.goto(f"{address(server, gd.default_experiment(), view)}&embed=true")
    count = wait_drawn(page)
    assert not page.locator("[data-testid=stHeader], [data-testid=stTopNavLink]").first.is_visible()
    assert page.locator("[data-testid=stSidebarNavLink]").count() == 0
    for shown in ("[data-panel=surface]", "[data-panel=curves]"):
        assert bottom(page, shown) <= 500
    assert HOSTILE in page.locator(".st-key-lead").inner_text().replace("\u2060", "")
    assert page.locator("main :is(img[src=x], a[href^=java])").count() == 0

    assert len(SHEETS.findall(page.pdf(format="A4"))) == 1
    page.emulate_media(media="print")
    assert page.locator(".gd-paper").is_visible()
    assert not page.locator(".gd-player").is_visible()
    assert HOSTILE in page.locator(".gd-paper h1 + p").inner_text()
    page.emulate_media(media="screen")

    page.locator(".st-key-choices button").first.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.locator(".gd-player[data-plays]").wait_for()
    wait_drawn(page, count)
    assert "Right: B, “SGD”" in page.locator(".st-key-lead").inner_text()
    for width, height in ((700, 500), (390, 600)):
        page.set_viewport_size({"width": width, "height": height})
        settle(page)
        assert bottom(page, ".gd-bar [data-act=play]") <= height
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert_quiet(page)


def bottom(page: Page, part: str) -> float:
    """Return how far down a part of the page reaches."""
    box = page.locator(part).bounding_box()
    assert box is not None
    return box["y"] + box["height"]
