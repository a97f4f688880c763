"""Tabs that tests share: each test comes to its own address and finds it as on arrival."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from .harness import MILLISECONDS_TO_DRAW, drawn, follow, settle, wait_drawn, watch

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Locator, Page

Visit = Callable[..., "Page"]
"""Come to an address on Compare: `visit(tab, url, notes)`, the notes a script for a new tab."""

EXACT = "!document.querySelector('.gd-player').hasAttribute('data-waiting')"


# How often the controls have started again, as their keys say.
RESTARTS = """Math.max(0, ...[...document.querySelectorAll('[class*="st-key-share-"]')].map(
  element => Number(/st-key-share-(\\d+)/.exec(element.className)?.[1] ?? 0)))"""

# Go to another address of the app, as Back does, and resolve when the server has run its page, or
# has not within ten seconds.
FOLLOW = """url => new Promise(done => {
  const app = document.querySelector('[data-testid=stApp]');
  const end = ran => { watch.disconnect(); clearTimeout(late); done(ran); };
  const late = setTimeout(end, 10000, false);
  const watch = new MutationObserver(() => {
    if (app.dataset.testScriptState === 'notRunning') end(true);
  });
  watch.observe(app, { attributes: true, attributeFilter: ['data-test-script-state'] });
  history.pushState({}, '', url);
  dispatchEvent(new PopStateEvent('popstate'));
})"""


def arrive(page: Page, url: str) -> None:
    """Come to an address in a tab that may have the app open: it is loaded once, then followed.

    The address must say what the page shows: an empty one would show what was there before.
    """
    home = f"{urlsplit(url).scheme}://{urlsplit(url).netloc}/"
    if page.url == url or not page.url.startswith(home) or page.locator("#root").count() == 0:
        page.goto(url)
        return
    page.mouse.up()
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    settle(page)
    page.evaluate("scrollTo(0, 0)")
    if not page.evaluate(FOLLOW, url):
        page.goto(url)


class Tabs:
    """Tabs by name; what one loads is loaded once, and followed from address to address."""

    def __init__(self, profile: BrowserContext) -> None:
        self.profile = profile
        self.open: dict[str, Page] = {}

    def visit(self, name: str, url: str, notes: str = "") -> Page:
        """Return a tab at rest at an address, in a page that has had no error."""
        page = self.open.get(name)
        if page is None or not _is_sound(page):
            if page is not None:
                page.close()
            page = self.open[name] = self.profile.new_page()
            watch(page)
            page.add_init_script(notes or "/* none */")
            page.goto(url)
            wait_drawn(page)
        page.bring_to_front()  # a tab behind another is given one frame a second
        rest(page, url)
        return page

    def close(self) -> None:
        while self.open:
            self.open.popitem()[1].close()


def _is_sound(page: Page) -> bool:
    is_quiet = not page.console_errors and not page.failed_responses  # type: ignore[attr-defined]
    return is_quiet and is_on_compare(page)


def is_on_compare(page: Page) -> bool:
    """Whether a page shows the pictures of Compare."""
    return not urlsplit(page.url).path.strip("/") and drawn(page) > 0


def rest(page: Page, url: str) -> None:
    """Bring a page on Compare to how it stands on arrival at an address."""
    page.mouse.up()
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    settle(page)  # or what was changed last is yet to be told to the address
    if page.url != url:
        count, before = drawn(page), page.evaluate(RESTARTS)
        follow(page, url)
        # A picture may be drawn once more, and stand still, before the server hears of the address:
        # what is typed then is a value of the page before.
        page.wait_for_function(
            f"before => {RESTARTS} > before", arg=before, timeout=MILLISECONDS_TO_DRAW
        )
        wait_drawn(page, count)
        settle(page)
    page.locator(".gd-speed").select_option("1")
    press(page, "end")
    page.locator(".gd-over").first.wait_for(state="detached")


def position(page: Page) -> str:
    """Return what the clock shows."""
    return page.locator(".gd-time").inner_text()


def press(page: Page, name: str) -> None:
    """Press a button of the transport."""
    page.locator(f".gd-bar [data-act={name}]").click()


def frame(page: Page) -> None:
    """Wait until the player has had two frames to draw what it shows."""
    page.evaluate(
        "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )


def choose(page: Page, option: Locator) -> None:
    """Choose from an open list as a hand does: over it first, which draws the list anew.

    A click before that is done goes down on one element and up on another: it is nobody's.
    """
    option.hover()
    frame(page)
    option.click()


def exact(page: Page) -> None:
    """Wait until the states drawn are those of the very updates counted."""
    frame(page)
    page.wait_for_function(f"() => {EXACT}")
    frame(page)


SCRUBBER_WIDTHS = """async (shares) => {
  const slider = document.querySelector('.gd-scrub');
  const width = () => Math.round(slider.getBoundingClientRect().width);
  const widths = [width()];
  for (const share of shares) {
    slider.value = share;
    slider.dispatchEvent(new Event('input', { bubbles: true }));
    await new Promise(requestAnimationFrame);
    await new Promise(requestAnimationFrame);
    widths.push(width());
  }
  return widths;
}"""


def scrubber_widths(page: Page) -> set[int]:
    """Return how long the time's slider is at rest, at the start and on its way to the end."""
    return set(page.evaluate(SCRUBBER_WIDTHS, [0, 0.02, 0.3, 0.9, 1]))
