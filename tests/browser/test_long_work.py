"""Several seconds of work in a real browser: announced, shown, stopped, done once for all."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

import gdplay as gd
from gdplay import link
from gdplay.engine.cost import work
from gdplay.ui.address import whole
from gdplay.ui.compare.view import View

from .harness import MILLISECONDS_TO_DRAW, drawn, follow, wait_drawn

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from .visits import Visit

SECONDS = 5.0
"""About how long the work asked for here takes, by the estimate."""


# How much of the work was done when its bar was last seen.
NOTE_PERCENT = r"""() => {
  window.percent = 0;
  new MutationObserver(() => {
    const bar = document.querySelector('[data-testid=stProgress]');
    const [, percent] = /(\d+) % done/.exec(bar?.innerText ?? '') ?? [];
    window.percent = Number(percent ?? window.percent);
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
}"""


def long_experiment(seed: int, seconds: float = SECONDS) -> gd.Experiment:
    """Return an experiment of several seconds; with a seed of its own nobody has asked for it."""
    base = gd.default_experiment(gd.DATASETS["moons"])
    runs = tuple(replace(run, optimizer=gd.Adam(lr=0.01)) for run in base.runs)
    base = replace(base, seed=seed, epochs=100, runs=runs)
    epochs = round(100 * seconds / work(base).seconds)
    return replace(base, epochs=min(epochs, 5000))


def address(server: str, experiment: gd.Experiment) -> str:
    return f"{server}/?{urlencode(link.encode(experiment), doseq=True)}"


def bar(page: Page) -> Locator:
    return page.locator("[data-testid=stProgress]")


def stop(page: Page) -> None:
    page.locator(".st-key-job-training-stop button").click()
    page.get_by_role("button", name="Start again").wait_for(timeout=MILLISECONDS_TO_DRAW)


def begun(page: Page, url: str) -> None:
    """Open a link and wait until its work is under way."""
    page.goto(url)
    bar(page).wait_for(timeout=MILLISECONDS_TO_DRAW)
    page.get_by_text(re.compile(r"[1-9]\d? % done")).wait_for(timeout=MILLISECONDS_TO_DRAW)


@pytest.mark.exhaustive
def test_long_work_is_announced_stopped_and_the_page_goes_on(page: Page, server: str) -> None:
    begun(page, address(server, long_experiment(9001)))
    assert "updates, about" in bar(page).inner_text()
    stop(page)
    count = wait_drawn(page)
    assert bar(page).count() == 0
    assert "Stopped after" in page.locator("[data-testid=stMain]").inner_text()
    assert "Training was stopped" in page.locator(".st-key-words").inner_text()
    assert "stopped early" in page.locator(".gd-table").first.inner_text()
    page.get_by_text("Map", exact=True).click()
    wait_drawn(page, count)
    assert "Training was stopped" in page.locator(".st-key-words").inner_text()
    assert page.console_errors == []  # type: ignore[attr-defined]
    assert page.failed_responses == []  # type: ignore[attr-defined]


@pytest.mark.exhaustive
def test_finished_work_is_there_at_once_for_the_next_visitor(
    page: Page, server: str, stranger: Page
) -> None:
    url = address(server, long_experiment(9002, 2.0))
    page.goto(url)
    bar(page).wait_for(timeout=MILLISECONDS_TO_DRAW)
    page.wait_for_function(
        "() => document.querySelector('[data-drawn]')", timeout=4 * MILLISECONDS_TO_DRAW
    )
    stranger.goto(url)
    seen = stranger.wait_for_function(
        "() => document.querySelector('[data-testid=stProgress]') ? 'waited'"
        " : document.querySelector('[data-drawn]') ? 'drawn' : null"
    )
    assert seen.json_value() == "drawn"


def test_another_wish_needs_no_stop_and_takes_the_place_of_the_former(
    visit: Visit, server: str
) -> None:
    home = whole(gd.default_experiment(), View(ground="map"))
    page = visit("map", f"{server}/?{urlencode(home, doseq=True)}")
    count = drawn(page)
    before = picture_elements(page)
    follow(page, address(server, long_experiment(9003, 3 * SECONDS)))
    bar(page).wait_for(timeout=MILLISECONDS_TO_DRAW)
    assert picture_elements(page) == before  # dimmed, not gone: the camera stays
    page.evaluate(NOTE_PERCENT)
    page.go_back()
    bar(page).wait_for(state="detached", timeout=MILLISECONDS_TO_DRAW)
    assert page.evaluate("window.percent") < 60
    assert drawn(page) >= count


def picture_elements(page: Page) -> int:
    return page.locator("[data-panel] .js-plotly-plot").count()
