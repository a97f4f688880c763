"""A hand that drags a rate: the picture follows, and nothing is sent before it lets go."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg

import gdplay as gd
from gdplay.ui.compare.view import View

from .harness import MILLISECONDS_TO_DRAW, drawn, wait_drawn
from .test_compare_page import RATE, address, assert_quiet, opened, picture
from .test_playback import INK
from .visits import arrive, is_on_compare, rest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NOTE_ANSWERS = """() => {
  window.ratesCame = false;
  document.addEventListener('gdplay:answer', event => {
    if (event.detail.answer?.rates) window.ratesCame = true;
  });
}"""
RUNS_ARE_LOST = """() =>
  document.dispatchEvent(new CustomEvent('gdplay:lost', { detail: [] }))"""
AT_ONCE = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
# Names under the picture that have less room than they need.
CUT = """() => [...document.querySelectorAll('.gd-now .gd-half')]
    .filter(e => e.scrollWidth > e.clientWidth).map(e => e.textContent)"""
RUNS = "() => [...document.querySelectorAll('.gd-now [data-place]')].map(e => e.textContent)"


@pytest.fixture
def page(used: Page) -> Page:
    """A tab that tests share: each comes to an address that says all."""
    return used


def wait_quiet(page: Page) -> None:
    """Wait until the page runs no more, and forget what was sent."""
    page.wait_for_function("!document.querySelector('[data-test-script-state=running]')")
    page.wait_for_timeout(500)
    sent(page).clear()


def sent(page: Page) -> list[str | bytes]:
    """Return what the page has sent to the server."""
    return page.sent  # type: ignore[attr-defined, no-any-return]


def writes(page: Page) -> int:
    """Return how often the page was to be made anew; a question is a part's alone."""
    messages = [BackMsg.FromString(bytes(frame)) for frame in sent(page)]  # type: ignore[arg-type]
    return sum(not message.rerun_script.fragment_id for message in messages)


def visited(page: Page, server: str, seed: int, view: View | None = None, **changes: Any) -> int:
    """Come to the default experiment with rows in an order that no test had before."""
    wanted = replace(gd.default_experiment(), seed=seed, **changes)
    url = address(server, wanted, view or View(ground="map"))
    page.mouse.move(5, 5)  # away from the slider, or its rates are asked for at once
    if not is_on_compare(page):
        arrive(page, url)
        wait_drawn(page)
    rest(page, url)
    return drawn(page)


def place_of(page: Page, index: int) -> tuple[float, float]:
    """Return where the slider's handle would stand at an option."""
    box, most = (
        page.locator(RATE).first.bounding_box(),
        page.locator(RATE).first.get_attribute("max"),
    )
    assert box
    assert most
    return box["x"] + 9 + index / int(most) * (box["width"] - 18), box["y"] + box["height"] / 2


def come_near(page: Page) -> int:
    """Move the pointer to the slider's handle and wait for all rates; return where it stands."""
    page.evaluate(NOTE_ANSWERS)
    at = int(page.locator(RATE).first.input_value())
    page.mouse.move(*place_of(page, at))
    page.wait_for_function("window.ratesCame")
    wait_quiet(page)
    return at


def test_the_picture_follows_a_drag_without_a_message_and_letting_go_writes_it_once(
    page: Page, server: str
) -> None:
    count = visited(page, server, 11, View())
    at = come_near(page)
    before = picture(page, "curves")
    page.mouse.down()
    inks, words, runs = [], [], []
    for index in (*range(at - 6, at), *range(at + 1, at + 5)):
        page.mouse.move(*place_of(page, index))
        page.evaluate(AT_ONCE)
        inks.append({panel: page.evaluate(INK, panel) for panel in ("surface", "curves", "fit")})
        said = (page.locator(f".gd-rate-{part}").inner_text() for part in ("words", "says"))
        words.append(" ".join(said))
        runs.append(page.evaluate(RUNS))
    assert sent(page) == []
    for panel in ("surface", "curves", "fit"):
        assert len({str(ink[panel]) for ink in inks}) >= 6, panel
    assert len(set(words)) == len(words)
    assert words[-1].startswith("batch swings, but settles")
    assert any("loss" in text for text in runs[0])
    page.mouse.move(*place_of(page, at + 8))
    page.evaluate(AT_ONCE)
    assert any("lost at" in text for text in page.evaluate(RUNS))
    assert page.evaluate(CUT) == []
    rate = page.locator(".gd-rate-text").input_value()
    page.mouse.up()
    wait_drawn(page, count)
    page.wait_for_function("!document.querySelector('.gd-over')")
    assert writes(page) == 1  # on other ground, rates may be asked for anew
    page.wait_for_url(f"**lr~{rate}~*")
    assert picture(page, "curves") != before
    home = replace(gd.default_experiment(), seed=11)
    wanted = replace(
        home, runs=tuple(replace(run, optimizer=gd.SGD(lr=float(rate))) for run in home.runs)
    )
    shown = [picture(page, panel) for panel in ("surface", "curves", "fit")]
    page.goto(address(server, wanted))
    wait_drawn(page)
    assert shown == [picture(page, panel) for panel in ("surface", "curves", "fit")]
    assert_quiet(page)


def test_a_drag_back_to_where_it_began_sends_nothing_and_leaves_the_picture(
    page: Page, server: str
) -> None:
    count = visited(page, server, 12)
    there, at = page.url, come_near(page)
    page.mouse.down()
    page.mouse.move(*place_of(page, at + 6))
    page.evaluate(AT_ONCE)
    assert page.evaluate(INK, "surface")["count"] > 0
    page.mouse.move(*place_of(page, at))
    page.mouse.up()
    page.wait_for_function("!document.querySelector('.gd-over')")
    assert sent(page) == []
    assert drawn(page) == count
    assert page.url == there
    assert_quiet(page)


def test_a_key_that_is_held_moves_the_picture_and_writes_when_it_is_let_go(
    page: Page, server: str
) -> None:
    count = visited(page, server, 13)
    at = come_near(page)
    slider = page.locator(RATE)
    slider.focus()
    wait_quiet(page)
    for _ in range(4):
        page.keyboard.down("ArrowRight")
    page.evaluate(AT_ONCE)
    assert int(slider.input_value()) == at + 4
    assert page.evaluate(INK, "curves")["count"] > 0
    assert sent(page) == []
    said = slider.get_attribute("aria-valuetext")
    assert said
    assert said.endswith("of 2/L")
    page.keyboard.up("ArrowRight")
    wait_drawn(page, count)
    page.wait_for_function("!document.querySelector('.gd-over')")
    assert writes(page) == 1  # rates may be asked for anew
    page.wait_for_url(f"**lr~{said.split(',')[0]}~*")
    assert_quiet(page)


def test_a_held_clock_stays_at_its_time_under_the_hand(page: Page, server: str) -> None:
    visited(page, server, 14)
    at = come_near(page)
    page.locator(".gd-scrub").evaluate(
        "slider => { slider.value = 0.5; slider.dispatchEvent(new Event('change')); }"
    )
    before = page.locator(".gd-time").inner_text()
    wait_quiet(page)
    page.mouse.move(*place_of(page, at))
    page.mouse.down()
    page.mouse.move(*place_of(page, at - 8))
    page.evaluate(AT_ONCE)
    assert page.locator(".gd-time").inner_text() == before
    ink = page.evaluate(INK, "surface")
    page.mouse.move(*place_of(page, at + 5))
    page.evaluate(AT_ONCE)
    assert page.evaluate(INK, "surface") != ink
    assert sent(page) == []
    page.mouse.up()


def test_a_rate_can_be_typed_and_what_is_none_is_said_and_kept(page: Page, server: str) -> None:
    count = visited(page, server, 15)
    field = page.locator(".gd-rate-text")
    field.fill("0.05")
    page.evaluate(RUNS_ARE_LOST)  # while one types, the picture goes on
    assert field.input_value() == "0.05"
    field.press("Escape")
    assert field.input_value() == "0.2"
    field.fill("quick")
    field.press("Enter")
    wrong = page.locator(".gd-rate-wrong")
    wrong.wait_for()
    assert wrong.inner_text().startswith("A learning rate is a number from 1e-20 to 1000")
    assert field.input_value() == "quick"
    field.fill("0.1234")
    field.press("Enter")
    wait_drawn(page, count)
    page.wait_for_url("**lr~0.1234~*")
    assert not wrong.is_visible()
    assert field.input_value() == "0.1234"
    assert page.locator(RATE).get_attribute("aria-valuetext").startswith("0.1234, ")  # type: ignore[union-attr]
    assert_quiet(page)


@pytest.mark.exhaustive
def test_a_tap_that_asks_for_all_rates_still_writes_its_own(browser: Browser, server: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    page = context.new_page()
    try:
        opened(page, address(server, gd.default_experiment(), View(ground="map")))
        page.evaluate(NOTE_ANSWERS)
        page.locator(RATE).tap()  # in the middle of the slider
        page.wait_for_url("**lr~0.03~*", timeout=MILLISECONDS_TO_DRAW)
    finally:
        context.close()


def test_runs_with_rates_of_their_own_are_dragged_alone(page: Page, server: str) -> None:
    visited(page, server, 16, View(ground="map", together=False))
    at = come_near(page)  # the first run's
    page.mouse.down()
    page.mouse.move(*place_of(page, at + 7))
    page.evaluate(AT_ONCE)
    texts = page.evaluate(RUNS)
    assert "lost" in texts[0]
    assert not any("lost" in text for text in texts[1:])
    assert sent(page) == []
    page.mouse.up()
    page.wait_for_url("**lr~1.0~*")


def test_what_is_too_slow_to_follow_is_written_when_it_is_let_go(page: Page, server: str) -> None:
    count = visited(page, server, 17, n_seeds=20)
    at = int(page.locator(RATE).input_value())
    wait_quiet(page)
    page.mouse.move(*place_of(page, at))
    page.mouse.down()
    page.mouse.move(*place_of(page, at + 3))
    page.evaluate(AT_ONCE)
    assert page.locator(".gd-over").count() == 0
    assert sent(page) == []
    page.mouse.up()
    wait_drawn(page, count)
    assert_quiet(page)
