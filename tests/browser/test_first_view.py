"""What stands in the first view of pages with pictures, on screens that people bring."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

import gdplay as gd
from gdplay import link
from gdplay.teaching.next_run import next_run
from gdplay.ui.compare.view import View

from .harness import drawn, follow, settle, wait_drawn
from .test_compare_page import address, assert_quiet

if TYPE_CHECKING:
    from playwright.sync_api import Page

DESKS = ((1366, 625), (1280, 600), (1024, 768))
"""What a browser leaves of a laptop's screen, and a tablet."""

PANELS = ("[data-panel=surface]", ".gd-bar [data-act=play]", "[data-panel=curves]")
FRONTS = ("one_update", "learning_rate", "batch_size", "worked")
"""Pages of one picture, and what changes it."""
PICTURE = (".st-key-picture",)
OPENED, OPENING = ("learning_rate", "batch_size"), (".st-key-opening p",)
"""Those of them that open with what is seen, in plain words."""

# Where things stand, and the part of the screen that the header leaves.
PLACES = """selectors => {
  const edges = selector => {
    const box = document.querySelector(selector)?.getBoundingClientRect();
    return box?.height && { left: box.left, top: box.top, right: box.right, bottom: box.bottom };
  };
  const top = edges('[data-testid=stHeader]').bottom;
  return [{ left: 0, top, right: innerWidth, bottom: innerHeight }, ...selectors.map(edges)];
}"""
# Resolves when those places have been the same for ten frames.
AT_REST = """selectors => new Promise(done => {
  let [before, frames] = ['', 0];
  const look = () => {
    const now = JSON.stringify(selectors.map(selector => {
      const { left, top, right, bottom } = document.querySelector(selector).getBoundingClientRect();
      return [left, top, right, bottom];
    }));
    frames = now === before ? frames + 1 : 0;
    before = now;
    frames > 10 ? done() : requestAnimationFrame(look);
  };
  look();
})"""
# How far what stands on a page has moved by itself, in Google's measure: under .1 is good.
SHIFTS = """
window.shifts = [];
new PerformanceObserver(list => {
  for (const { value, hadRecentInput, sources } of list.getEntries()) {
    const names = sources.map(({ node }) => (node?.outerHTML ?? '').slice(0, 120));
    if (!hadRecentInput) window.shifts.push([value, names]);
  }
}).observe({ type: 'layout-shift', buffered: true });
"""
GOOD = 0.1
EXCESS = """() => Math.max(...['html', '[data-testid=stMain]']
  .map(selector => document.querySelector(selector))
  .map(element => element.scrollWidth - element.clientWidth))"""


def crowded(dataset: str = "line") -> gd.Experiment:
    """Return a data set's default experiment with as many runs as a page holds."""
    experiment = gd.default_experiment(gd.DATASETS[dataset])
    while len(experiment.runs) < link.MAX_RUNS:
        experiment = replace(experiment, runs=(*experiment.runs, next_run(experiment)))
    return experiment


def visits(page: Page, server: str) -> Iterator[str]:
    """Bring a page to the default experiment, a bad link's notice, six runs, and other pages."""
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
    follow(page, address(server, crowded(), View(hidden=0b100)))
    page.get_by_role("button", name="Show all").wait_for()
    settle(page)
    yield "six runs, one hidden"
    count = drawn(page)
    follow(page, address(server, crowded("diabetes")))
    wait_drawn(page, count)
    settle(page)
    yield "six runs and planes to choose from"
    page.goto(f"{server}/surfaces")
    wait_drawn(page)
    settle(page)
    yield "a race on a function"
    page.goto(f"{server}/network")
    wait_drawn(page)
    settle(page)
    yield "a network"


def test_nothing_moves_by_itself_while_a_page_is_loaded_for_the_first_time(
    stranger: Page, server: str
) -> None:
    stranger.set_viewport_size({"width": DESKS[0][0], "height": DESKS[0][1]})
    stranger.add_init_script(SHIFTS)
    for path in ("", "one_update"):
        stranger.goto(f"{server}/{path}")
        wait_drawn(stranger)
        settle(stranger)
        shifts = stranger.evaluate("window.shifts")
        assert sum(value for value, _ in shifts) < GOOD, (path, shifts)


def assert_first_view(page: Page, selectors: tuple[str, ...], told: str) -> None:
    page.evaluate(AT_REST, list(selectors))
    free, *boxes = page.evaluate(PLACES, list(selectors))
    for selector, box in zip(selectors, boxes, strict=True):
        assert box, (told, selector)
        assert is_inside(box, free), (told, selector, box, free)
    assert page.evaluate(EXCESS) <= 0, told


def is_inside(box: Any, room: Any) -> bool:
    across = room["left"] <= box["left"] <= box["right"] <= room["right"]
    return bool(across and room["top"] <= box["top"] <= box["bottom"] <= room["bottom"])


@pytest.mark.exhaustive
def test_the_surface_the_curves_and_play_stand_in_the_first_view(page: Page, server: str) -> None:
    for told in visits(page, server):
        for width, height in DESKS:
            page.set_viewport_size({"width": width, "height": height})
            assert_first_view(page, PANELS, f"{told} at {width} x {height}")
    assert_quiet(page)


def test_the_picture_of_every_other_page_stands_whole_in_the_first_view(
    used: Page, server: str
) -> None:
    for name in FRONTS:
        used.goto(f"{server}/{name}")
        used.locator(".st-key-picture .js-plotly-plot").first.wait_for()
        settle(used)
        for width, height in DESKS:
            used.set_viewport_size({"width": width, "height": height})
            opens = OPENING if name in OPENED else ()
            assert_first_view(used, (*opens, *PICTURE), f"{name} at {width} x {height}")
    used.set_viewport_size({"width": DESKS[0][0], "height": DESKS[0][1]})
    assert_quiet(used)
