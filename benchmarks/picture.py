"""From a widget's change to the new picture: the Compare page in a browser, default experiment.

Run `python -m benchmarks.picture` in the project's folder. It moves the learning rate's slider by
the keyboard, twenty times to rates never trained before and twenty times among rates trained
before (so that the results come from the cache: the same page and payload, training left out),
and prints medians, worst cases, their ratio, and the bytes that the server sent per change; before
that, how long a visit takes from navigation to picture.

Then it drags the slider, one rate further in every frame: how many frames a second come beside
those that a page at rest is given, how long the page's own thread works for each, of that how long
each panel takes, whether anything is sent meanwhile; and what the runs at all rates take to make
and to send, which is asked for once when the pointer comes near. So for three runs over a scene and
over a map, and for four losses of six runs. Last, how long Plotly takes to redraw each picture by
itself. Chromium has no GPU: scenes are drawn by software, and so are frames put together. With
`--drag` only that is measured. With `--network` it is networks instead: what 200 epochs of 250
rows take at B = 10, and how often pages that play three runs are drawn, and their decision regions:
two moons, Wine with its 13 inputs, and Digits with 64.

With `--against FOLDER` it pairs this checkout with another, changing one and the other in turn, so
that a busy machine slows both, and prints both medians and their ratio.
"""

import argparse
import json
import platform
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import sync_playwright

import gdplay as gd
from gdplay.figures.slider_packing import packed_slider
from gdplay.figures.slider_tracks import slider_tracks
from gdplay.figures.sliders import slider
from gdplay.teaching.networks import default_networks
from gdplay.theory.landscape import box_of, landscape, plane_of
from gdplay.ui.address import whole
from gdplay.ui.compare.view import View
from gdplay.ui.network.view import NetworkView
from tests.browser.harness import BROWSER_ARGS, VIEWPORT, drawn, find_browser, serve, wait_drawn
from tests.browser.test_compare_page import address
from tests.browser.test_first_view import crowded

RATE = ".gd-rate-slider"
CHANGES = 20
SETTLE = 20_000
"""Milliseconds in which the server finishes what it warms up behind the first visits."""

# The moment of the key press, written down by the page itself.
LISTEN = "() => addEventListener('keydown', () => { window.pressed = performance.now() }, true)"
SINCE_NAVIGATION = "() => Number(document.querySelector('[data-drawn]').dataset.drawnAt)"
ELAPSED = "() => Number(document.querySelector('[data-drawn]').dataset.drawnAt) - window.pressed"


NEAR = """() => new Promise(done => {
  document.addEventListener('gdplay:answer', ({ detail }) => {
    if (detail.answer?.rates) done(performance.now() - from);
  });
  const from = performance.now();
  document.querySelector('.gd-rate').dispatchEvent(new PointerEvent('pointerenter'));
})"""
# One option further in every frame, to and fro; returns the milliseconds between frames.
DRAG = """frames => new Promise(done => {
  const slider = document.querySelector('.gd-rate-slider');
  const [home, most, times] = [slider.value, Number(slider.max), []];
  slider.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true }));
  const frame = now => {
    times.push(now);
    const far = (times.length + Number(home)) % (2 * most);
    slider.value = times.length > frames ? home : Math.min(far, 2 * most - far);
    slider.dispatchEvent(new Event('input', { bubbles: true }));
    if (times.length <= frames) requestAnimationFrame(frame);
    else {
      slider.dispatchEvent(new PointerEvent('pointerup', { bubbles: true }));
      done(times.slice(1).map((time, i) => time - times[i]));
    }
  };
  requestAnimationFrame(frame);
})"""
FRAMES = 240
# Frames a second that a page is given while nothing moves.
REST = """frames => new Promise(done => {
  const from = performance.now();
  let count = 0;
  const frame = () => {
    count += 1;
    if (count > frames) done(1e3 * frames / (performance.now() - from));
    else requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
})"""
# Frames a second, and how often the picture of the fit is painted meanwhile.
REGIONS = """frames => new Promise(done => {
  const [ink, from] = [CanvasRenderingContext2D.prototype, performance.now()];
  const own = ink.drawImage;
  let [count, painted] = [0, 0];
  ink.drawImage = function (...given) {
    painted += this.canvas.closest?.('[data-panel=fit]') ? 1 : 0;
    return own.apply(this, given);
  };
  const frame = () => {
    count += 1;
    const passed = (performance.now() - from) / 1e3;
    if (count <= frames) return requestAnimationFrame(frame);
    ink.drawImage = own;
    done([frames / passed, painted / passed]);
  };
  requestAnimationFrame(frame);
})"""
# Let one panel alone be drawn while a hand drags: the others are not there.
ALONE = """name => {
  for (const panel of document.querySelectorAll('.gd-panel')) {
    panel.hidden = name !== '' && panel.dataset.panel !== name;
  }
}"""

REDRAW = """async panel => {
  const from = performance.now();
  await window.Plotly.redraw(document.querySelector(`[data-panel=${panel}] .js-plotly-plot`));
  return performance.now() - from;
}"""
PANELS = ("surface", "curves", "fit")


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


def worked(session: Any) -> float:
    """Return the seconds of its processor time that the page's own thread has used."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    return next(float(each["value"]) for each in metrics if each["name"] == "TaskDuration")


def drags(browser: Any, url: str) -> Iterator[str]:
    """Yield what drags over several pictures take, as lines."""
    for name, (experiment, view) in dragged().items():
        page = browser.new_context(viewport=VIEWPORT).new_page()
        asked, sent = heard(page)
        page.goto(address(url, experiment, view))
        wait_drawn(page)
        page.wait_for_timeout(SETTLE / 4)
        yield f"{name}:"
        yield from drag(page, asked, sent)
        page.context.close()


def heard(page: Any) -> tuple[list[Any], list[int]]:
    """Return lists that fill with what a page sends, and with the sizes of what it is sent."""
    asked: list[Any] = []
    sent: list[int] = []

    def listen(socket: Any) -> None:
        socket.on("framesent", lambda data: asked.append(data))
        socket.on("framereceived", lambda data: sent.append(len(data)))

    page.on("websocket", listen)
    return asked, sent


def dragged() -> dict[str, tuple[gd.Experiment, View]]:
    """Return experiments and views that a slider is dragged in, by what they are."""
    home, six = gd.default_experiment(), crowded()
    split = replace(six, problem=replace(home.problem, test_size=0.25))
    return {
        "three runs on a scene": (home, View()),
        "three runs on a map": (home, View(ground="map")),
        "four losses of six runs": (split, View(metric=("loss", "running", "batch", "test"))),
    }


def drag(page: Any, asked: list[Any], sent: list[int]) -> Iterator[str]:
    """Drag the slider without letting it change; yield lines of the table."""
    sent.clear()
    near = page.evaluate(NEAR)
    yield f"{'  a hand comes near':<28}{near:>9.0f} ms, {sum(sent) / 1e3:.0f} kB"
    rest = page.evaluate(REST, FRAMES // 2)
    yield f"{'  frames at rest':<28}{rest:>9.0f} a second"
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    for panel in ("", *PANELS):
        page.evaluate(ALONE, panel)
        page.evaluate(DRAG, FRAMES)  # each rate is made ready the first time that it is shown
        asked.clear()
        begin = worked(session)
        gaps = page.evaluate(DRAG, FRAMES)
        each = 1e3 * (worked(session) - begin) / FRAMES
        name = f"  {panel} alone" if panel else "  frames of a drag"
        yield (
            f"{name:<28}{1e3 / (sum(gaps) / len(gaps)):>9.0f} a second, median "
            f"{median(gaps):.0f} ms, worst {max(gaps):.0f}; {each:.1f} ms of work each; "
            f"messages: {len(asked)}"
        )


def tracks() -> str:
    """Return what the runs at all rates of the default experiment take, as a line."""
    home = gd.default_experiment()
    traces = gd.train(home)
    plane = plane_of(home, traces)
    land = landscape(home.problem, plane, box_of(home, traces, plane))
    held = slider(home, "lr", range(3))
    times = []
    for _ in range(5):
        begin = process_time()
        sent = packed_slider(slider_tracks(home, traces, land, held), log=True)
        times.append(process_time() - begin)
    size = len(json.dumps(sent)) / 1e3
    what = f"{len(held.options)} rates of {len(home.runs)} runs"
    return f"{what:<28}{1e3 * median(times):>9.0f} ms of one core, {size:.0f} kB"


def redraw(page: Any, panel: str) -> float:
    """Redraw a picture that stands, and return the milliseconds it took."""
    return float(page.evaluate(REDRAW, panel))


def redraws(page: Any) -> Iterator[str]:
    """Yield how long each picture takes to be redrawn, as lines."""
    for panel in PANELS:
        taken = [redraw(page, panel) for _ in range(CHANGES)]
        yield f"{f'{panel} redrawn':<28}{median(taken):>9.0f} ms{max(taken):>9.0f} ms"


def alone(browser: Any, url: str) -> Iterator[str]:
    """Yield what one server's page takes, as lines."""
    page = browser.new_context(viewport=VIEWPORT).new_page()
    _, sent = heard(page)
    ready(page, url)
    cold, warm = visits(browser, url)
    sent.clear()
    fresh = [change(page, "ArrowLeft") for _ in range(CHANGES)]
    fresh_sent, sent[:] = list(sent), []
    cached = [change(page, "ArrowRight") for _ in range(CHANGES)]
    yield f"{'':<28}{'median':>12}{'worst':>12}{'sent':>12}"
    yield f"{'first visit, fresh profile':<28}{cold:>9.0f} ms"
    yield f"{'visit, files in the cache':<28}{warm:>9.0f} ms"
    yield row("rates not trained before", fresh, fresh_sent)
    yield row("rates trained before", cached, sent)
    yield f"ratio of the medians: {median(fresh) / median(cached):.2f}"
    yield tracks()
    yield from redraws(page)
    page.context.close()
    yield from drags(browser, url)


def network(browser: Any, url: str) -> Iterator[str]:
    """Yield what 200 epochs of a network take, and its frames while it plays, as lines."""
    home = default_networks(replace(gd.DATASETS["moons"], n_samples=250))
    home = replace(home, problem=replace(home.problem, test_size=0.0), epochs=200)
    ten = replace(home, runs=(replace(home.runs[0], batch_size=10),))
    gd.train(replace(ten, epochs=2))
    begin = process_time()
    gd.train(ten)
    yield f"{'200 epochs of 250, B = 10':<28}{1e3 * (process_time() - begin):>9.0f} ms of one core"
    for played in (home, *(default_networks(gd.DATASETS[name]) for name in ("wine", "digits"))):
        yield from playing(browser, url, played)


def playing(browser: Any, url: str, experiment: gd.Experiment) -> Iterator[str]:
    """Yield the frames of a page of networks while it plays, as lines."""
    page = browser.new_context(viewport=VIEWPORT).new_page()
    query = urlencode(whole(experiment, NetworkView()), doseq=True)
    page.goto(f"{url}/network?{query}")
    wait_drawn(page)
    page.wait_for_timeout(SETTLE / 4)
    rest = page.evaluate(REST, FRAMES // 2)
    name = f"{experiment.problem.dataset.key}, at rest"
    yield f"{name:<28}{rest:>9.0f} a second"
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    for panel in ("", *PANELS):
        page.evaluate(ALONE, panel)
        page.locator(".gd-bar [data-act=start]").click()
        page.locator(".gd-bar [data-act=play]").click()
        begin = worked(session)
        frames, drawings = page.evaluate(REGIONS, FRAMES // 4)
        each = 1e3 * (worked(session) - begin) / (FRAMES // 4)
        page.locator(".gd-bar [data-act=pause]").click()
        name = f"  {panel} alone" if panel else "frames while it plays"
        yield (
            f"{name:<28}{frames:>9.0f} a second, {each:.1f} ms of work each; "
            f"regions drawn {drawings:.0f} times a second"
        )
    page.context.close()


def ready(page: Any, url: str) -> None:
    """Open a page and let it settle; the first change warms up what only changes need."""
    page.goto(url)
    wait_drawn(page)
    page.wait_for_timeout(SETTLE)
    page.evaluate(LISTEN)
    change(page, "ArrowLeft")


def paired(browser: Any, new: str, old: str) -> Iterator[str]:
    """Yield what a change and a redraw take on two servers in turn, as lines."""
    pages = [browser.new_context(viewport=VIEWPORT).new_page() for _ in range(2)]
    for page, url in zip(pages, (new, old), strict=True):
        ready(page, url)
    yield f"{'':<28}{'this':>12}{'other':>12}{'ratio':>9}"
    for name, key in (("rates not trained before", "ArrowLeft"), ("trained before", "ArrowRight")):
        times = [[in_front(page, change, key) for page in pages] for _ in range(CHANGES)]
        yield versus(name, times)
    for panel in PANELS:
        times = [[in_front(page, redraw, panel) for page in pages] for _ in range(CHANGES)]
        yield versus(f"{panel} redrawn", times)


def in_front(page: Any, measure: Any, *arguments: Any) -> float:
    """Return what is measured on a page in front: one behind is given a frame a second."""
    page.bring_to_front()
    return float(measure(page, *arguments))


def versus(name: str, times: Sequence[Sequence[float]]) -> str:
    """Return one line of the table of two."""
    new, old = (median(side) for side in zip(*times, strict=True))
    return f"{name:<28}{new:>9.0f} ms{old:>9.0f} ms{new / old:>9.2f}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser("python -m benchmarks.picture")
    parser.add_argument("--against", type=Path, help="folder of the checkout to compare with")
    parser.add_argument("--drag", action="store_true", help="measure nothing but the drag")
    parser.add_argument("--network", action="store_true", help="measure nothing but a network")
    asked = parser.parse_args()
    other: Path | None = asked.against
    with ExitStack() as stack:
        url = stack.enter_context(serve())
        rival = stack.enter_context(serve(other / "app.py")) if other else None
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=find_browser(), args=[*BROWSER_ARGS])
        print(f"{platform.machine()}, {browser.version} (Chromium, no GPU), {CHANGES} changes each")
        lines = paired(browser, url, rival) if rival else alone(browser, url)
        lines = drags(browser, url) if asked.drag else lines
        for line in network(browser, url) if asked.network else lines:
            print(line, flush=True)
        browser.close()


if __name__ == "__main__":
    main()
