"""Predict, then play, in a browser: covered in place, answered by keyboard and by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import gdplay as gd
from gdplay.ui.compare.view import View

from .harness import drawn, wait_drawn
from .test_compare_page import address, assert_quiet, picture

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from .visits import Visit

BOXES = """() => [...document.querySelectorAll('.gd-panel')].map(panel => {
  const { x, y, width, height } = panel.getBoundingClientRect();
  return [x, y, width, height];
})"""
NAMES = {"Batch", "Mini-batch", "Stochastic"}


def names(page: Page, panel: str) -> set[str]:
    return {trace[0] for trace in picture(page, panel)}


def asks(page: Page, way: str) -> None:
    """Switch the question on, and wait for the cover."""
    page.get_by_role("button", name="Predict", exact=True).click()
    page.get_by_role("radio", name=way).click()
    page.keyboard.press("Escape")
    page.locator(".gd-cover").wait_for()
    page.wait_for_function("!document.querySelector('.gd-bar').checkVisibility()")


def test_runs_are_covered_in_place_and_ranked_or_drawn_before_they_are_shown(
    visit: Visit, server: str
) -> None:
    page = visit("map", address(server, gd.default_experiment(), View(ground="map")))
    before, count = page.evaluate(BOXES), drawn(page)
    asks(page, "Rank the runs")
    count = wait_drawn(page, count)
    assert not NAMES & (names(page, "curves") | names(page, "surface"))
    assert_near(page.evaluate(BOXES), before)

    page.locator("[data-act=rank1]").focus()  # by keys alone from here
    for key in ("Enter", "Tab", "Tab", "Space", "Shift+Tab", "Shift+Tab", "Shift+Tab", "Shift+Tab"):
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    for _ in range(6):
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "gd-reveal"
    page.keyboard.press("Enter")
    page.locator(".gd-cover").wait_for(state="detached")
    count = wait_drawn(page, count)
    page.wait_for_url("**~rank~loss~epochs~1.2.0~none*")
    assert names(page, "curves") >= NAMES
    assert_near(page.evaluate(BOXES), before)
    assert "Not in that order." in page.locator(".st-key-lead").inner_text()

    asks(page, "Draw the curves")
    count = wait_drawn(page, count)
    box = page.locator(".gd-draws svg").bounding_box()
    assert box is not None
    x, y = box["x"], box["y"]
    for fall in (0.1, 0.25, 0.4):  # each stroke is the next run's
        page.mouse.move(x + 0.2 * box["width"], y + 0.4 * box["height"])
        page.mouse.down()
        to = (x + 0.9 * box["width"], y + (0.4 + fall) * box["height"])
        page.mouse.move(*to, steps=4)
        page.mouse.up()
    page.locator(".gd-draws svg").press("ArrowDown")
    page.locator(".gd-reveal").click()
    page.locator(".gd-cover").wait_for(state="detached")
    wait_drawn(page, count)
    page.wait_for_url("**~draw~loss~epochs~0_*")
    assert {f"{name}, as drawn" for name in NAMES} < names(page, "curves")
    assert "in the median" in page.locator(".st-key-lead").inner_text()
    assert_quiet(page)


def assert_near(boxes: list[list[float]], before: list[list[float]]) -> None:
    """Nothing has moved by more than two pixels."""
    for box, was in zip(boxes, before, strict=True):
        assert all(abs(a - b) <= 2 for a, b in zip(box, was, strict=True)), (boxes, before)
