"""What stands in the first view of Compare, on the screens that people bring."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

import gdplay as gd
from gdplay import link
from gdplay.teaching.next_run import next_run

from .harness import MILLISECONDS_TO_DRAW, drawn, follow, settle, wait_drawn, watch
from .test_compare_page import address, assert_quiet

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PHONE = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/150.0.0.0 Mobile Safari/537.36"
DESKS = ((1366, 625), (1280, 600), (1024, 768))
"""What a browser leaves of a laptop's screen, and a tablet."""

PANELS = ("[data-panel=surface]", ".gd-bar [data-act=play]", "[data-panel=curves]")
# Where things stand, and the part of the screen that nothing fixed lies over.
PLACES = """selectors => {
  const edges = selector => {
    const box = document.querySelector(selector)?.getBoundingClientRect();
    return box?.height && { left: box.left, top: box.top, right: box.right, bottom: box.bottom };
  };
  const [head, bar] = [edges('[data-testid=stHeader]'), edges('.st-key-tabs')];
  const bottom = bar ? bar.top : innerHeight;
  return [{ left: 0, top: head.bottom, right: innerWidth, bottom }, ...selectors.map(edges)];
}"""
EXCESS = """() => Math.max(...['html', '[data-testid=stMain]']
  .map(selector => document.querySelector(selector))
  .map(element => element.scrollWidth - element.clientWidth))"""
LINKS = """() => [...document.querySelectorAll('.st-key-tabs a')].map(link => {
  const { left, top, right, bottom } = link.getBoundingClientRect();
  const onTop = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
  return { left, right, height: bottom - top, bottom, isOnTop: link.contains(onTop) };
})"""


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """A phone that says it is one, with a finger for a pointer."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, user_agent=PHONE
    )
    context.set_default_timeout(MILLISECONDS_TO_DRAW)
    page = context.new_page()
    watch(page)
    yield page
    context.close()


def crowded() -> gd.Experiment:
    """Return the default experiment with as many runs as a page holds."""
    experiment = gd.default_experiment()
    while len(experiment.runs) < link.MAX_RUNS:
        experiment = replace(experiment, runs=(*experiment.runs, next_run(experiment)))
    return experiment


def visits(page: Page, server: str) -> Iterator[str]:
    """Bring a page, loaded once, to the default experiment, a bad link's notice, and six runs."""
    page.goto(server)
    wait_drawn(page)
    yield "the default experiment"
    follow(page, f"{server}/?data=none")
    page.locator(".st-key-lead", has_text="could not be read").wait_for()
    settle(page)
    yield "a notice"
    count = drawn(page)
    follow(page, address(server, crowded()))
    wait_drawn(page, count)
    settle(page)
    assert page.locator(".gd-run").count() == link.MAX_RUNS
    yield "six runs"


def assert_first_view(page: Page, selectors: tuple[str, ...], told: str) -> None:
    free, *boxes = page.evaluate(PLACES, list(selectors))
    for selector, box in zip(selectors, boxes, strict=True):
        assert box, (told, selector)
        assert is_inside(box, free), (told, selector, box, free)
    assert page.evaluate(EXCESS) <= 0, told


def is_inside(box: Any, room: Any) -> bool:
    across = room["left"] <= box["left"] <= box["right"] <= room["right"]
    return bool(across and room["top"] <= box["top"] <= box["bottom"] <= room["bottom"])


@pytest.mark.parametrize(("width", "height"), DESKS)
def test_the_surface_the_curves_and_play_stand_in_the_first_view(
    page: Page, server: str, width: int, height: int
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    for told in visits(page, server):
        assert_first_view(page, PANELS, told)
    assert_quiet(page)


def test_on_a_phone_the_surface_play_and_the_bar_of_pages_stand_in_the_first_view(
    phone: Page, server: str
) -> None:
    for told in visits(phone, server):
        assert_first_view(phone, PANELS[:2], told)
        play = phone.locator(".gd-bar [data-act=play]").bounding_box()
        assert play
        assert min(play["width"], play["height"]) >= 44
        links = phone.evaluate(LINKS)
        assert len(links) == 6
        for box in links:
            assert box["height"] >= 44, (told, box)
            assert box["isOnTop"], (told, box)
            assert box["left"] >= 0, (told, box)
            assert box["right"] <= 390, (told, box)
            assert box["bottom"] <= 844, (told, box)
    assert_quiet(phone)
