"""From a widget's change to the new picture: the Compare page in a browser, default experiment.

Run `python -m benchmarks.picture` in the project's folder. It moves the learning rate's slider by
the keyboard, twenty times to rates never trained before and twenty times among rates trained
before (so that the results come from the cache: the same page and payload, training left out),
and prints medians, worst cases, their ratio, and the bytes that the server sent per change; before
that, how long a visit takes from navigation to picture.
"""

import platform
from statistics import median
from typing import Any

from playwright.sync_api import sync_playwright

from tests.browser.harness import BROWSER_ARGS, VIEWPORT, drawn, find_browser, serve, wait_drawn

RATE = ".gd-rate-slider"
CHANGES = 20
SETTLE = 20_000
"""Milliseconds in which the server finishes what it warms up behind the first visits."""

# The moment of the key press, written down by the page itself.
LISTEN = "() => addEventListener('keydown', () => { window.pressed = performance.now() }, true)"
SINCE_NAVIGATION = "() => Number(document.querySelector('[data-drawn]').dataset.drawnAt)"
ELAPSED = "() => Number(document.querySelector('[data-drawn]').dataset.drawnAt) - window.pressed"


def change(page: Any, key: str) -> float:
    """Press a key on the slider and return the milliseconds until the picture was drawn."""
    before = drawn(page)
    page.locator(RATE).press(key)
    wait_drawn(page, before)
    # The page settles (tables below the pictures, the address) before the next change.
    page.wait_for_function("() => !document.querySelector('[data-test-script-state=running]')")
    return float(page.evaluate(ELAPSED))


def visits(browser: Any, url: str) -> tuple[float, float]:
    """Return milliseconds from navigation to picture: in a fresh profile, and once more in it."""
    context = browser.new_context(viewport=VIEWPORT)
    times = []
    for _ in range(2):
        page = context.new_page()
        page.goto(url)
        wait_drawn(page)
        times.append(float(page.evaluate(SINCE_NAVIGATION)))
        page.close()
    context.close()
    return times[0], times[1]


def row(name: str, times: list[float], sent: list[int]) -> str:
    """Return one line of the table."""
    kilobytes = sum(sent) / len(times) / 1e3
    return f"{name:<28}{median(times):>9.0f} ms{max(times):>9.0f} ms{kilobytes:>9.0f} kB"


def main() -> None:
    """Measure and print."""
    with serve() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=[*BROWSER_ARGS])
        page = browser.new_context(viewport=VIEWPORT).new_page()
        sent: list[int] = []
        page.on("websocket", lambda ws: ws.on("framereceived", lambda data: sent.append(len(data))))
        page.goto(url)
        wait_drawn(page)
        page.wait_for_timeout(SETTLE)
        cold, warm = visits(browser, url)
        page.evaluate(LISTEN)
        change(page, "ArrowLeft")  # the first change warms up what only changes need
        sent.clear()
        fresh = [change(page, "ArrowLeft") for _ in range(CHANGES)]
        fresh_sent, sent[:] = list(sent), []
        cached = [change(page, "ArrowRight") for _ in range(CHANGES)]
        print(f"{platform.machine()}, {browser.version} (Chromium, no GPU), {CHANGES} changes each")
        print(f"{'':<28}{'median':>12}{'worst':>12}{'sent':>12}")
        print(f"{'first visit, fresh profile':<28}{cold:>9.0f} ms")
        print(f"{'visit, files in the cache':<28}{warm:>9.0f} ms")
        print(row("rates not trained before", fresh, fresh_sent))
        print(row("rates trained before", cached, sent))
        print(f"ratio of the medians: {median(fresh) / median(cached):.2f}")
        browser.close()


if __name__ == "__main__":
    main()
