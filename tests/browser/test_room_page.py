"""A teacher and a student in browsers of their own: what reloads find, and what comes by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gdplay.teaching.lessons import LESSONS

from .harness import MILLISECONDS_TO_DRAW, settle
from .test_compare_page import assert_quiet

if TYPE_CHECKING:
    from playwright.sync_api import Page

FIRST = next(iter(LESSONS.values()))
PHONE = {"width": 390, "height": 844}


def test_a_class_answers_by_phone_and_both_sides_find_their_place_again_after_a_reload(
    page: Page, stranger: Page, server: str
) -> None:
    teacher, student = page, stranger
    teacher.goto(f"{server}/room")
    teacher.get_by_role("button", name="Open a room").click(timeout=MILLISECONDS_TO_DRAW)
    code = teacher.locator(".gd-code").inner_text()
    student.set_viewport_size(PHONE)  # type: ignore[arg-type]
    student.goto(f"{server}/room?code={code.lower()}")
    choices = student.locator(".st-key-choices button")
    choices.nth(1).click()
    student.get_by_text("Your answer is in").wait_for()
    boxes = [choice.bounding_box() for choice in choices.all()]
    assert all(box and box["height"] >= 44 and box["width"] > 300 for box in boxes)
    teacher.get_by_text("1 answered").wait_for()

    student.reload()
    student.get_by_text("Your answer is in").wait_for()
    teacher.reload()
    teacher.get_by_role("button", name="Show answers").click()
    student.get_by_text("Closed.").wait_for()  # by itself
    teacher.get_by_role("button", name="Show the truth").click()
    teacher.locator(".st-key-why").wait_for()
    student.get_by_text("What happened, and why").wait_for()
    assert "your answer" in student.locator(".gd-own").inner_text()
    assert "right" in student.locator(".gd-right").inner_text()
    teacher.get_by_role("button", name="End", exact=True).click()
    teacher.get_by_role("button", name="End the room").click()
    student.get_by_text("has ended").wait_for()
    settle(teacher)
    for each in (teacher, student):
        assert_quiet(each)
