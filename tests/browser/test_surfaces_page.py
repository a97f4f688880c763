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
def test_a_click_on_the_map_or_on_the_basins_starts_the_race_there(page: Page, server: str) -> None:
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
    click_at(page, -1, 0.79, 0.21)
    page.wait_for_function("location.search.includes('start=2.9')", timeout=MILLISECONDS_TO_DRAW)
    settle(page)
    assert start(page) == pytest.approx([145 / 49, -145 / 49], rel=1e-14)
    assert_arrows_stand_where_runs_are_held(page)
    assert_quiet(page)


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
