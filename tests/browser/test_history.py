"""A long random walk in a real browser: one entry a page; Back and Forward lead where one was."""

from __future__ import annotations

from contextlib import suppress
from random import Random
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

import gdplay as gd
from gdplay import link
from gdplay.ui import address
from gdplay.ui.batch_size.view import BatchView
from gdplay.ui.compare.view import View
from gdplay.ui.learning_rate.view import RateView
from gdplay.ui.lessons.view import LessonView
from gdplay.ui.network.view import NetworkView
from gdplay.ui.one_update.view import UpdateView
from gdplay.ui.surfaces.view import SurfacesView
from gdplay.ui.worked.view import WorkedView

from .harness import MILLISECONDS_TO_DRAW, settle, wait_drawn
from .visits import choose

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

STEPS = 60
MOVED = "before => location.href !== before"
MOST = 50
"""Entries that Chromium keeps."""

KINDS = {
    "": View, "surfaces": SurfacesView, "network": NetworkView, "one_update": UpdateView,
    "learning_rate": RateView, "batch_size": BatchView, "worked": WorkedView,
    "lessons": LessonView, "room": None, "guide": None,
}  # fmt: skip
LINKS = {
    "": "Compare", "surfaces": "Surfaces", "network": "Network", "one_update": "One update",
    "learning_rate": "Learning rate", "batch_size": "Batch size", "worked": "Worked examples",
    "lessons": "Lessons",
    "room": "Room", "guide": "Guide",
}  # fmt: skip
DATA = "[class*='st-key-data-']"


def settled(page: Page) -> str:
    """Wait until nothing runs and the address stays; return it without the server's name."""
    before = ""
    for _ in range(400):
        settle(page)
        page.evaluate("() => new Promise(done => requestIdleCallback(done))")
        now = page.evaluate("location.pathname + location.search")
        if now == before:
            return str(now)
        before = now
        page.wait_for_timeout(60)
    raise AssertionError("the address never stays")


def name_of(place: str) -> str:
    return urlsplit(place).path.strip("/")


def is_whole_or_empty(place: str) -> bool:
    """Whether an address says all that its page shows, or nothing."""
    query, kind = parse_qs(urlsplit(place).query), KINDS[name_of(place)]
    if not query or kind is None:
        return not query
    view = address.decode(query, kind)[0]
    lesson = isinstance(view, address.Complete)
    experiment = address.first() if lesson else link.decode(query)
    return query.keys() == address.whole(experiment, view).keys()


def other_data(page: Page) -> None:
    names = [f"{gd.DATASETS[name].title}: " for name in ("line", "iris")]
    menu = page.locator(DATA).first
    if not menu.is_visible():
        page.locator(".st-key-problem button").first.click()
        menu.wait_for(timeout=MILLISECONDS_TO_DRAW)
    now = menu.inner_text() + menu.locator("input").input_value()
    menu.click()
    choose(page, page.get_by_role("option", name=names[names[0] in now]))


def toggle(label: str) -> Callable[[Page], None]:
    return lambda page: page.locator("[data-testid=stCheckbox]", has_text=label).first.click()


def one_of(*labels: str) -> Callable[[Page], None]:
    """Return an act that chooses the first of these that is not chosen."""

    def act(page: Page) -> None:
        radios = [page.get_by_role("radio", name=label, exact=True) for label in labels]
        next(radio for radio in radios if not radio.is_checked()).click()

    return act


def lesson_on(page: Page) -> None:
    """Go on in the course: answer what is asked, try, or open the lesson that comes next."""
    for name in ("choice1", "try", "next"):
        button = page.locator(f"[class*='st-key-{name}-'] button, .st-key-{name} button")
        if button.count():
            button.first.click()
            return


ACTS: dict[str, list[Callable[[Page], None]]] = {
    "": [other_data, toggle("Log y"), one_of("updates", "epochs")],
    "one_update": [lambda page: page.keyboard.press("ArrowRight"), toggle("Close-up")],
    "surfaces": [toggle("Log y"), one_of("seconds", "updates")],
    "network": [toggle("Log y"), one_of("updates", "epochs")],
    "learning_rate": [other_data, one_of("Momentum", "Plain step")],
    "batch_size": [other_data, one_of("Hardware", "Noise floor")],
    "worked": [toggle("Exam mode")],
    "lessons": [lesson_on],
    "room": [],
    "guide": [],
}  # fmt: skip


def change(page: Page, act: Callable[[Page], None]) -> None:
    """Do what changes the address, as a visitor does: once more where nothing came of it.

    On a busy machine a click may fall on what is being drawn anew just then.
    """
    before = page.url
    with suppress(PlaywrightTimeoutError):
        act(page)
        page.wait_for_function(MOVED, arg=before, timeout=MILLISECONDS_TO_DRAW / 4)
        return
    act(page)
    page.wait_for_function(MOVED, arg=before)


def step(page: Page, dice: Random, places: list[str], at: int) -> tuple[list[str], int]:
    """Do something; return the history that should then be there, and the place in it."""
    here, kind = name_of(places[at]), dice.random()
    if kind < 0.2 and at > 0:
        page.go_back()
        return places, at - 1
    if kind < 0.35 and at < len(places) - 1:
        page.go_forward()
        return places, at + 1
    if kind < 0.4:
        page.reload()
        page.locator("h1").wait_for(timeout=MILLISECONDS_TO_DRAW)
        return places, at
    if kind < 0.65 and ACTS[here]:
        change(page, dice.choice(ACTS[here]))
        return [*places[: at + 1], here], at + 1
    there = dice.choice([name for name in LINKS if name != here])
    page.get_by_role("link", name=LINKS[there], exact=True).first.click()
    page.wait_for_function(f"location.pathname.replaceAll('/', '') === '{there}'")
    return [*places[: at + 1], there], at + 1


@pytest.mark.exhaustive
def test_sixty_random_steps_make_an_entry_each_and_lead_back_to_where_one_was(
    page: Page, server: str
) -> None:
    dice = Random(11)
    # With the map: a scene takes far longer to draw, and one comes to Compare again and again.
    query = address.whole(gd.default_experiment(), View(ground="map"))
    page.goto(f"{server}/?{urlencode(query, doseq=True)}")
    wait_drawn(page)
    places, at, extra = [settled(page)], 0, page.evaluate("history.length") - 1
    for count in range(STEPS):
        length = len(places)
        after, to = step(page, dice, places, at)
        now = settled(page)
        told = f"step {count}: {places[at]} to {now}"
        assert "could not be drawn" not in page.locator("[data-testid=stMain]").inner_text(), told
        assert is_whole_or_empty(now), told
        assert page.evaluate("history.length") == min(len(after) + extra, MOST), told
        if after is places:  # Back, Forward, or the same again
            assert now == places[to], told
        else:
            assert name_of(now) == after[to], told
            after[to] = now
        assert len(after) <= length + 1
        places, at = after, to
    assert page.console_errors == []  # type: ignore[attr-defined]
    assert page.failed_responses == []  # type: ignore[attr-defined]
