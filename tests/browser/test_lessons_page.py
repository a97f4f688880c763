"""Lesson 1 from its question to the next one, by mouse on a laptop and by keys alone on a phone."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import TimeoutError as Late

from gdplay.teaching.lessons import LESSONS

from .harness import MILLISECONDS_TO_DRAW, drawn, settle, wait_drawn
from .test_first_view import PLACES, assert_first_view
from .visits import press

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

LAPTOP, PHONE = {"width": 1366, "height": 625}, {"width": 390, "height": 844}
SURFACE, PLAY = "[data-panel=surface]", ".gd-bar [data-act=play]"
FIRST, SECOND, *_ = LESSONS.values()


# What a button or a choice says that has the focus.
FOCUSED = "document.activeElement.closest('button, [role=radio]')?.innerText ?? ''"


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name)


def top(page: Page) -> float:
    """Where the picture begins."""
    return float(page.evaluate(PLACES, [SURFACE])[1]["top"])


def assert_asked(page: Page) -> None:
    """The question stands above the picture, and nothing plays or tells."""
    page.get_by_text(FIRST.question).wait_for()
    wait_drawn(page)
    settle(page)
    assert_first_view(page, (SURFACE,), "asked")
    assert page.get_by_text(FIRST.question).bounding_box()["y"] < top(page)  # type: ignore[index]
    assert not page.locator(PLAY).is_visible()
    page.keyboard.press("Space")
    assert page.locator("[data-panel=curves]").inner_text().count("Covered") == 1
    assert page.locator(".gd-over").count() == 0


def assert_explained(page: Page) -> None:
    page.get_by_text("What happened, and why").wait_for()
    page.locator(PLAY).wait_for()
    settle(page)
    assert "200" in page.locator(".st-key-why").inner_text()


def test_lesson_1_by_mouse_on_a_laptop(page: Page, server: str) -> None:
    page.set_viewport_size(LAPTOP)  # type: ignore[arg-type]
    page.goto(f"{server}/lessons")
    button(page, "Start lesson 1").click(timeout=MILLISECONDS_TO_DRAW)
    assert_asked(page)
    place, count = top(page), drawn(page)
    page.locator(".st-key-choices button").nth(2).click()
    wait_drawn(page, count)
    assert_explained(page)
    assert page.get_by_text("Not quite").count() == 0
    assert_first_view(page, (SURFACE, PLAY, "[data-panel=curves]", ".st-key-why"), "explained")
    assert top(page) == place
    assert page.locator(".gd-time").inner_text().startswith("epoch 0")
    press(page, "play")
    page.locator(".gd-bar [data-act=pause]").wait_for()
    button(page, "Now try it yourself").click()
    page.get_by_role("radio", name="5", exact=True).click()
    page.get_by_text("Reached").wait_for()
    settle(page)
    assert_first_view(page, (SURFACE, PLAY, ".st-key-told", ".st-key-outcome"), "tried")
    assert top(page) == place
    button(page, "Next lesson").click()
    page.get_by_role("heading", name=SECOND.title).wait_for()
    page.locator(".gd-now").wait_for(state="hidden")  # its runs are not named before the answer
    page.wait_for_url(f"**view.lesson={SECOND.key}*")
    page.go_back()
    page.get_by_text("Reached").wait_for()
    page.reload()
    page.get_by_text("Reached").wait_for(timeout=MILLISECONDS_TO_DRAW)
    assert page.console_errors == []  # type: ignore[attr-defined]


def tab_to(page: Page, text: str) -> None:
    """Go on by the Tab key until what has the focus says this."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if text in page.evaluate(FOCUSED):
            return
    raise AssertionError(f"the Tab key never came to {text!r}")


@pytest.mark.exhaustive
def test_lesson_1_by_keys_alone_on_a_phone(page: Page, server: str) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.goto(f"{server}/lessons")
    button(page, "Start lesson 1").wait_for(timeout=MILLISECONDS_TO_DRAW)
    tab_to(page, "Start lesson 1")
    page.keyboard.press("Enter")
    assert_asked(page)
    boxes = [choice.bounding_box() for choice in page.locator(".st-key-choices button").all()]
    assert all(box and box["height"] >= 44 for box in boxes)
    tab_to(page, "it knows the way best")
    page.keyboard.press("Enter")
    assert_explained(page)
    page.get_by_text(FIRST.choices[0].reason).wait_for()
    assert_first_view(page, (SURFACE, PLAY), "explained")
    page.keyboard.press("Space")
    page.locator(".gd-bar [data-act=pause]").wait_for()
    tab_to(page, "Now try it yourself")
    page.keyboard.press("Enter")
    page.get_by_text("Target:").wait_for()
    settle(page)
    assert_first_view(page, (SURFACE,), "tried")
    for _ in range(3):  # what is drawn anew under a key does not hear it
        tab_to(page, "2")  # the first of its choices
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Space")
        with suppress(Late):
            page.get_by_text("Reached").wait_for(timeout=20_000)
            break
    page.get_by_text("Reached").wait_for()
    assert_first_view(page, (SURFACE, ".st-key-outcome"), "reached")
    tab_to(page, "Next lesson")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name=SECOND.title).wait_for()
    assert page.console_errors == []  # type: ignore[attr-defined]
