"""The One update page in a real browser."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

import gdplay as gd
from gdplay import link
from gdplay.ui import address as views
from gdplay.ui.one_update.view import UpdateView

from .harness import MILLISECONDS_TO_DRAW, wait_drawn
from .visits import arrive

if TYPE_CHECKING:
    from playwright.sync_api import Page

FIELD = "[data-testid=stNumberInput] input"
MAP = "[data-panel=surface] .js-plotly-plot"
TILE = ".gd-tiles i"

HOME = gd.default_experiment()
EXPERIMENT = replace(HOME, runs=(HOME.runs[0], replace(HOME.runs[1], batch_size=32), HOME.runs[2]))
"""The default with seven batches an epoch, of which the last is short."""

# Where the step begins and ends on the map.
STEP = """() => {
  const plot = document.querySelector('[data-panel=surface] .js-plotly-plot');
  const ends = plot._fullData.find(trace => trace.name === 'before and after');
  return [[ends.x[0], ends.y[0]], [ends.x[1], ends.y[1]]];
}"""


def address(server: str, view: UpdateView) -> str:
    query = link.encode(EXPERIMENT) | views.encode(view)
    return f"{server}/one_update?{urlencode(query, doseq=True)}"


def opened(page: Page, url: str, update: int) -> None:
    arrive(page, url)
    page.locator(".katex").first.wait_for(timeout=MILLISECONDS_TO_DRAW)
    wait_for(page, update)


@pytest.fixture
def page(used: Page) -> Page:
    """A tab that tests share: each comes to an address that says all."""
    return used


@pytest.fixture
def ninth(page: Page, server: str) -> Page:
    """The page at an update, the last of an epoch but five."""
    opened(page, address(server, UpdateView(run=1, update=9)), 9)
    return page


def wait_for(page: Page, update: int, run: int = 1) -> None:
    """Return when the page shows an update: its number, its tile, and its step on the map."""
    step = gd.replay(EXPERIMENT, run, update)
    page.wait_for_function(
        f"""([update, batch, x]) => {{
          const plot = document.querySelector('{MAP}'), lit = document.querySelector('.gd-lit');
          const ends = plot?._fullData?.find(trace => trace.name === 'before and after');
          return document.querySelector('{FIELD}')?.value === update
            && lit?.dataset.batch === batch && ends && Math.abs(ends.x[1] - x) < 1e-5;
        }}""",
        arg=[str(update), str(step.batch), float(step.new_params[0])],
        timeout=MILLISECONDS_TO_DRAW,
    )


# Mark the charts, and say where the map stands.
MARKED = "() => [...document.querySelectorAll('.js-plotly-plot')].map(plot => plot.marked === true)"
RANGE = """() => {
  const plot = document.querySelector('[data-panel=surface] .js-plotly-plot');
  return plot._fullLayout.xaxis.range.map(Number);
}"""
MARK = "() => document.querySelectorAll('.js-plotly-plot').forEach(plot => { plot.marked = true; })"


def zoom(page: Page) -> None:
    """Drag a box on the map."""
    box = page.locator(f"{MAP} .nsewdrag").bounding_box()
    assert box
    page.mouse.move(box["x"] + 0.1 * box["width"], box["y"] + 0.3 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 0.8 * box["height"], steps=4)
    page.mouse.up()


def move(page: Page, name: str) -> None:
    page.locator(f".st-key-{name} button:visible").first.click()


def assert_quiet(page: Page) -> None:
    assert page.console_errors == []  # type: ignore[attr-defined]
    assert page.failed_responses == []  # type: ignore[attr-defined]


def test_a_link_opens_an_update_that_next_and_previous_step_from(page: Page, server: str) -> None:
    opened(page, address(server, UpdateView(run=1, update=6)), 6)
    move(page, "update_on")
    wait_for(page, 7)
    assert "the short last batch" in page.locator(".st-key-moves").inner_text()
    move(page, "epoch_on")
    wait_for(page, 14)
    move(page, "update_back")
    wait_for(page, 13)
    page.wait_for_function("() => location.search.includes('view.update=13')")
    for _ in range(5):  # faster than the page
        move(page, "update_back")
    wait_for(page, 8)
    assert_quiet(page)


def test_the_map_shows_the_runs_own_step(ninth: Page) -> None:
    step = gd.replay(EXPERIMENT, 1, 9)
    here, there = ninth.evaluate(STEP)
    assert here == pytest.approx(step.params.tolist(), rel=1e-6)
    assert there == pytest.approx(step.new_params.tolist(), rel=1e-6)


def test_arrow_keys_step_through_none_is_lost_and_the_charts_are_kept(
    page: Page, server: str
) -> None:
    opened(page, address(server, UpdateView(run=1, update=6)), 6)
    whole = page.evaluate(RANGE)
    zoom(page)
    page.wait_for_function(f"whole => ({RANGE})()[1] !== whole", arg=whole[1])
    near = page.evaluate(RANGE)
    page.evaluate(MARK)
    for key, update in (("ArrowRight", 7), ("ArrowLeft", 6), ("Shift+ArrowRight", 13)):
        page.keyboard.press(key)
        wait_for(page, update)
    assert page.evaluate(RANGE) == near
    assert page.evaluate(MARKED) == [True, True]  # the same charts
    for _ in range(6):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(50)
    wait_for(page, 19)
    for _ in range(6):  # no epoch before the first: as far as whole steps lead
        page.keyboard.press("Shift+ArrowLeft")
    wait_for(page, 5)
    # The field of the run before may stand beside the new one for a moment.
    page.wait_for_function("field => document.querySelectorAll(field).length === 1", arg=FIELD)
    page.locator(FIELD).focus()
    page.keyboard.press("ArrowRight")  # moves the text's cursor
    page.wait_for_timeout(300)
    wait_for(page, 5)
    page.locator(FIELD).blur()
    page.keyboard.press("ArrowRight")
    wait_for(page, 6)


def test_a_click_on_a_tile_opens_its_batch(ninth: Page) -> None:
    assert ninth.locator(TILE).count() == 7
    widths = [ninth.locator(TILE).nth(i).bounding_box()["width"] for i in (0, 6)]  # type: ignore[index]
    assert widths[1] < widths[0] / 2, "the last batch is short"
    ninth.locator(TILE).nth(5).click()
    wait_for(ninth, 13)
    ninth.locator(TILE).nth(0).click()
    wait_for(ninth, 8)
    assert_quiet(ninth)


@pytest.mark.exhaustive
def test_an_update_is_typed_and_back_returns_to_the_one_before(ninth: Page) -> None:
    ninth.locator(FIELD).fill("100")
    ninth.keyboard.press("Enter")
    wait_for(ninth, 100)
    ninth.wait_for_function("() => location.search.includes('view.update=100')")
    ninth.go_back()
    wait_for(ninth, 9)


@pytest.mark.exhaustive
def test_back_to_compare_and_here_again_keeps_the_position(ninth: Page) -> None:
    ninth.get_by_role("button", name="Back to Compare").click()
    ninth.locator(".st-key-runs").wait_for()  # Compare, not what is still drawn of this page
    wait_drawn(ninth)
    ninth.get_by_role("link", name="One update").first.click()
    ninth.locator(".katex").first.wait_for(timeout=MILLISECONDS_TO_DRAW)
    wait_for(ninth, 9)
    assert_quiet(ninth)
