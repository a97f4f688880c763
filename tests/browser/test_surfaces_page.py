"""The Surfaces page in a browser: where a click starts, and what draws a run that is held."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from .harness import MILLISECONDS_TO_DRAW, settle, wait_drawn
from .test_batch_size_page import assert_quiet, click_at
from .visits import frame, press

if TYPE_CHECKING:
    from playwright.sync_api import Page


def start(page: Page) -> list[float]:
    return [float(part) for part in parse_qs(urlsplit(page.url).query)["start"][0].split("~")]


@pytest.mark.exhaustive
def test_a_click_or_a_drag_on_the_map_or_a_click_on_the_basins_starts_the_race_there(
    page: Page, server: str
) -> None:
    page.goto(f"{server}/surfaces")
    wait_drawn(page)
    settle(page)
    box = page.locator("[data-panel=surface]").bounding_box()
    assert box
    page.mouse.click(box["x"] + 0.3 * box["width"], box["y"] + 0.3 * box["height"])
    page.wait_for_function("location.search.includes('start=')")
    settle(page)
    x, y = start(page)
    assert -5 < x < 0 < y < 6
    drag_start(page, box["x"] + 0.6 * box["width"], box["y"] + 0.4 * box["height"])
    there = start(page)
    assert there[0] > 0
    assert page.evaluate(RANGES) == [[-5, 5], [-5, 5]]  # and nothing was zoomed
    click_at(page, -1, 0.79, 0.21)
    page.wait_for_function("location.search.includes('start=2.9')", timeout=MILLISECONDS_TO_DRAW)
    settle(page)
    assert start(page) == pytest.approx([145 / 49, -135 / 49], rel=1e-14)
    assert_arrows_stand_where_runs_are_held(page)
    assert_quiet(page)


PLOT = "document.querySelector('[data-panel=surface] .js-plotly-plot')"

RANGES = f"""() => ['xaxis', 'yaxis'].map(name => {PLOT}.layout[name].range.map(Math.round))"""

MARK = f"""() => {{
  const {{ _fullLayout: layout, data }} = {PLOT}, corner = {PLOT}.getBoundingClientRect();
  const mark = data.find(({{ name }}) => name === 'start');
  const [x, y] = [layout.xaxis.d2p(mark.x[0]), layout.yaxis.d2p(mark.y[0])];
  return [corner.x + layout._size.l + x, corner.y + layout._size.t + y];
}}"""


def drag_start(page: Page, x: float, y: float) -> None:
    """Drag the start to a place of the page, on a function whose runs cannot follow the hand."""
    before = page.url
    page.mouse.move(*page.evaluate(MARK))
    page.mouse.down()
    page.mouse.move(x - 20, y, steps=3)
    page.mouse.move(x, y)
    page.mouse.up()
    page.wait_for_function("url => location.href !== url", arg=before)
    settle(page)


def assert_arrows_stand_where_runs_are_held(page: Page) -> None:
    key = page.locator(".gd-arrows li")
    assert key.count() == 0
    press(page, "ahead")
    frame(page)
    told = [text.partition(" × ") for text in key.all_inner_texts()]
    names = ["downhill, −gradient", "velocity, its memory", "step the rule takes"]
    assert [name for name, _, _ in told] == names
    assert all(float(factor) > 0 for _, _, factor in told)
    page.get_by_text("Arrows", exact=True).click()
    key.first.wait_for(state="detached")
    settle(page)
