"""Playing runs in time on the Compare page, in a real browser."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise
from time import monotonic
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from playwright.sync_api import TimeoutError as Late

import gdplay as gd
from gdplay import figures
from gdplay.ui.compare.view import View
from tests import PATIENCE, crossed

from .harness import VIEWPORT, drawn, wait_drawn
from .test_compare_page import CAMERA, RATE, STANDING, address, assert_quiet, opened, picture
from .visits import Visit, choose, exact, frame, position, press, scrubber_widths

if TYPE_CHECKING:
    from playwright.sync_api import Page

# What is drawn over a panel: where its opaque pixels lie, in pixels of the panel, and how many.
INK = """panel => {
  const canvas = document.querySelector(`[data-panel=${panel}] .gd-over`);
  if (!canvas) return null;
  const { width, height } = canvas;
  const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
  let [count, right, down] = [0, 0, 0];
  for (let i = 0; i < width * height; i += 1) {
    if (data[4 * i + 3] < 200) continue;
    count += 1;
    right += i % width;
    down += Math.floor(i / width);
  }
  return { count, x: right / count, y: down / count };
}"""
# Whether anything coloured as broad as a marker lies over the surface: a path is too narrow, and
# start and minimum are grey.
HAS_HEAD = """() => {
  const canvas = document.querySelector('[data-panel=surface] .gd-over');
  const { width, height } = canvas;
  const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
  const full = (x, y) => {
    const [red, green, blue, opaque] = data.subarray(4 * (y * width + x), 4 * (y * width + x) + 4);
    return opaque > 200 && Math.max(red, green, blue) - Math.min(red, green, blue) > 60;
  };
  const block = Array.from({ length: 100 }, (_, i) => [i % 10, Math.floor(i / 10)]);
  for (let y = 0; y < height - 10; y += 2) {
    for (let x = 0; x < width - 10; x += 2) {
      if (full(x, y) && block.every(([right, down]) => full(x + right, y + down))) return true;
    }
  }
  return false;
}"""
# Where Plotly itself writes a word 16 pixels above the start: it knows nothing of our projection.
START = """async () => {
  const panel = document.querySelector('[data-panel=surface]');
  const plot = panel.querySelector('.js-plotly-plot');
  const [x, y, z] = ['x', 'y', 'z'].map(
    axis => plot.data.find(({ name }) => name === 'start')[axis][0]);
  const note = { x, y, z, text: 'start', showarrow: false, yshift: 16 };
  await Plotly.relayout(plot, { 'scene.annotations': [note] });
  await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
  const label = panel.querySelector('.annotation-text');
  const [box, corner] = [label.getBoundingClientRect(), panel.getBoundingClientRect()];
  return { x: box.left + box.width / 2 - corner.left, y: box.top + box.height / 2 - corner.top };
}"""
COUNT_FRAMES = """() => {
  window.frames_drawn = [];
  const clear = CanvasRenderingContext2D.prototype.clearRect;
  CanvasRenderingContext2D.prototype.clearRect = function (...box) {
    const surface = this.canvas.closest('[data-panel=surface]');
    if (surface && this.canvas.className === 'gd-over') window.frames_drawn.push(performance.now());
    return clear.apply(this, box);
  };
}"""
# Plotly reads three numbers of this and works on; the player expects no fourth.
BLIND = """() => {
  const plot = document.querySelector('[data-panel=surface] .js-plotly-plot');
  const scene = plot._fullLayout.scene._scene;
  let scale = scene.dataScale;
  Object.defineProperty(scene, 'dataScale', { get: () => [...scale, 1], set: s => (scale = s) });
}"""
OPACITIES = """panel => {
  const plot = document.querySelector(`[data-panel=${panel}] .js-plotly-plot`);
  return plot._fullData.map(t => t.opacity);
}"""
NO_WEBGL = """() => {
  const get = HTMLCanvasElement.prototype.getContext;
  HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
    return kind.includes('webgl') ? null : get.call(this, kind, ...more);
  };
}"""
# Where the curves' axes stand on the page, and from where to where they go.
AXES = """() => {
  const plot = document.querySelector('[data-panel=curves] .js-plotly-plot');
  const { left, top, width, height } = plot.querySelector('.nsewdrag').getBoundingClientRect();
  return { left, top, width, height, range: plot.layout.xaxis.range };
}"""
# A finger that goes so far to the right and down.
FINGER = """([x, y, right, down]) => {
  const target = document.querySelector('[data-panel=curves] .nsewdrag');
  for (const [type, way] of [['down', 0], ['move', 0.5], ['move', 1], ['up', 1]]) {
    const at = { clientX: x + way * right, clientY: y + way * down };
    const finger = { pointerType: 'touch', isPrimary: true, bubbles: true, ...at };
    target.dispatchEvent(new PointerEvent('pointer' + type, finger));
  }
}"""
NOW = "parseFloat(/[0-9.]+/.exec(document.querySelector('.gd-time').textContent))"
PACE = f"""() => new Promise(done => {{
  document.querySelector('.gd-bar [data-act=play]').click();
  setTimeout(() => {{
    const [from, at] = [{NOW}, performance.now()];
    const look = () => {NOW} > from + 0.7  // or how numbers are rounded would tell
      ? done(({NOW} - from) / (performance.now() - at)) : requestAnimationFrame(look);
    look();
  }}, 300);
}})"""
PATH_LENGTHS = """() => {
  const plot = document.querySelector('[data-panel=surface] .js-plotly-plot');
  return Object.fromEntries(plot._fullData.map(t => [t.name, t.x.length]));
}"""


def time(page: Page) -> float:
    """Return where the clock stands: the first number of its position."""
    found = re.search(r"[\d\u202f]+(\.\d+)?", position(page))
    assert found
    return float(found[0].replace("\u202f", ""))


def counts(page: Page) -> list[int]:
    """Return each run's updates by now."""
    texts = page.locator(".gd-count").all_inner_texts()
    return [int(text.replace("\u202f", "")) for text in texts]


def scrub(page: Page, share: float) -> None:
    page.locator(".gd-scrub").evaluate(
        "(slider, share) => { slider.value = share; for (const type of ['input', 'change']) "
        "slider.dispatchEvent(new Event(type, { bubbles: true })); }",
        share,
    )
    exact(page)


def ink(page: Page, panel: str) -> Any:
    frame(page)
    return page.evaluate(INK, panel)


def wait_past(page: Page, value: float) -> None:
    page.wait_for_function(
        f"value => {NOW} > value && !document.querySelector('.gd-now').matches('[data-rest]')",
        arg=value,
    )


# Where marks and names of runs begin under the picture.
NAMES = """() => [...document.querySelectorAll('.gd-now :is(canvas, .gd-name)')]
  .map(part => part.getBoundingClientRect()).filter(box => box.width > 0).map(box => box.left)"""

Go = Callable[[gd.Experiment, View], "Page"]


@pytest.fixture
def scene(visit: Visit, server: str) -> Page:
    """The default experiment as a scene; the camera may have been turned before."""
    return visit("scene", address(server, gd.default_experiment()))


@pytest.fixture
def compare(visit: Visit, server: str) -> Page:
    """The same with the map, which is drawn sooner; the clock is the same."""
    return visit("map", address(server, gd.default_experiment(), View(ground="map")))


@pytest.fixture
def go(visit: Visit, server: str) -> Go:
    """Come to an experiment of one's own; what is drawn of it is written down."""
    notes = f"{NOTE_FIT}; {NOTE_HEADS}"

    def come(experiment: gd.Experiment, view: View) -> Page:
        return visit("own", address(server, experiment, view), notes)

    return come


# Arriving


def test_on_arrival_the_whole_paths_stand_and_nothing_lies_over_them(scene: Page) -> None:
    assert position(scene) == "epoch 30 of 30"
    assert scene.locator(".gd-over").count() == 0
    assert scene.locator(".gd-count").first.is_hidden()
    assert {trace[0] for trace in picture(scene, "surface")} >= {"Batch", "Stochastic"}
    assert_quiet(scene)


def assert_names_stay_when_play_starts(page: Page) -> None:
    """Press Play: what names runs under the picture stands where it stood."""
    press(page, "end")
    frame(page)
    before = page.evaluate(NAMES)
    assert before
    press(page, "play")
    wait_past(page, 0)
    assert page.evaluate(NAMES) == pytest.approx(before, abs=0.5)
    press(page, "end")


def test_names_under_the_picture_stand_still_as_play_starts(compare: Page) -> None:
    assert_names_stay_when_play_starts(compare)


def test_the_transport_stands_in_the_first_view(scene: Page) -> None:
    box = scene.locator(".gd-bar").bounding_box()
    assert box
    assert box["y"] + box["height"] <= VIEWPORT["height"]
    scrubber = scene.locator(".gd-scrub").bounding_box()
    assert scrubber
    assert scrubber["width"] > 0.6 * box["width"]  # in one line with the buttons
    assert box["height"] < 40


def test_without_webgl_the_surface_is_a_map_and_the_link_keeps_the_scene(
    page: Page, server: str
) -> None:
    page.add_init_script(f"({NO_WEBGL})()")
    opened(page, server)
    assert "Map" in page.locator(".st-key-switches").inner_text()
    assert page.get_by_text("3-D").count() == 0
    kinds = "p => p._fullData.map(t => t.type)"
    assert "contour" in page.locator("[data-panel=surface] .js-plotly-plot").evaluate(kinds)
    assert page.url.rstrip("/") == server
    press(page, "play")
    wait_past(page, 0.0)
    assert_quiet(page)


# The hand over the curves


def hand(page: Page, epochs: float) -> tuple[float, float]:
    """Return where the curves' axes hold a time, halfway up."""
    axes = page.evaluate(AXES)
    low, high = axes["range"]
    share = (epochs - low) / (high - low)
    return axes["left"] + share * axes["width"], axes["top"] + axes["height"] / 2


def takes(page: Page) -> bool:
    """Whether the curves show that a press would take the hand."""
    return page.locator("[data-panel=curves]").get_attribute("data-takes") is not None


def test_the_hand_over_the_curves_is_dragged_and_plotly_does_not_zoom(compare: Page) -> None:
    scrub(compare, 0.5)
    before, drawn_before = compare.evaluate(AXES), ink(compare, "curves")
    compare.mouse.move(*hand(compare, 15))
    assert takes(compare)
    compare.mouse.down()
    for epochs in (12, 9, 6.5):
        compare.mouse.move(*hand(compare, epochs))
        frame(compare)
        assert time(compare) == pytest.approx(epochs, abs=0.1)
    compare.mouse.up()
    exact(compare)
    assert counts(compare)[0] == 6
    assert compare.evaluate(AXES) == before
    assert ink(compare, "curves")["x"] < drawn_before["x"] - 50
    compare.mouse.move(*hand(compare, 25))
    assert not takes(compare)


def test_the_hand_is_dragged_past_the_end_and_comes_back(compare: Page) -> None:
    scrub(compare, 0.5)
    compare.mouse.move(*hand(compare, 15))
    compare.mouse.down()
    compare.mouse.move(*hand(compare, 36), steps=3)
    assert position(compare) == "epoch 30 of 30"
    compare.mouse.move(*hand(compare, -6), steps=3)
    assert time(compare) == 0
    compare.mouse.move(*hand(compare, 10), steps=3)
    compare.mouse.up()
    assert time(compare) == pytest.approx(10, abs=0.1)


def test_a_click_on_the_curves_holds_the_clock_there_and_other_gestures_do_not(
    compare: Page,
) -> None:
    axes = compare.evaluate(AXES)
    compare.mouse.click(*hand(compare, 10))
    exact(compare)
    assert time(compare) == 10
    assert counts(compare) == [10, 200, 2000]
    compare.wait_for_timeout(350)  # else the next press would be part of a double click
    compare.mouse.move(*hand(compare, 18))
    compare.mouse.down()
    compare.mouse.move(*hand(compare, 27), steps=5)
    compare.mouse.up()
    compare.wait_for_function(f"() => ({AXES})().range[0] > 15")  # zoomed, as ever
    for _ in range(5):
        compare.mouse.dblclick(*hand(compare, 22))
        with suppress(Late):
            compare.wait_for_function(
                f"low => ({AXES})().range[0] === low", arg=axes["range"][0], timeout=4000
            )
            break
        scrub(compare, 10 / 30)  # a page that was busy took it for two clicks
    assert time(compare) == 10
    for button in ("right", "middle"):
        compare.mouse.move(*hand(compare, 18))
        compare.mouse.down(button=button)
        compare.mouse.move(*hand(compare, 27), steps=5)
        compare.mouse.up(button=button)
    frame(compare)
    assert compare.evaluate(AXES) == axes


def test_a_double_click_on_the_hand_resets_the_zoom_too(compare: Page) -> None:
    axes = compare.evaluate(AXES)
    scrub(compare, 8 / 30)
    compare.mouse.move(*hand(compare, 5))
    compare.mouse.down()
    compare.mouse.move(*hand(compare, 11), steps=5)
    compare.mouse.up()
    compare.wait_for_function(f"() => ({AXES})().range[0] > 4")
    compare.wait_for_timeout(400)  # else Plotly would count the drag's press as a first click
    compare.mouse.dblclick(*hand(compare, 8))
    compare.wait_for_function(
        f"range => String(({AXES})().range) === String(range)", arg=axes["range"]
    )
    assert time(compare) == 8


def test_the_time_told_is_never_ahead_of_the_updates_counted(compare: Page) -> None:
    press(compare, "end")
    press(compare, "back")
    assert position(compare) == "epoch 29.995 of 30"
    assert counts(compare) == [29, 599, 5999]


@pytest.mark.parametrize(("right", "down", "moves"), [(60, 5, True), (5, 60, False)])
def test_a_finger_moves_the_hand_sideways_and_not_up_and_down(
    compare: Page, right: int, down: int, moves: bool
) -> None:
    x, y = hand(compare, 5)
    compare.evaluate(FINGER, [x, y, right, down])
    share = (x + right - hand(compare, 0)[0]) / (hand(compare, 30)[0] - hand(compare, 0)[0])
    assert time(compare) == pytest.approx(30 * share if moves else 30, abs=0.1)


# Playing


def test_play_starts_from_the_start_and_pause_holds(compare: Page) -> None:
    press(compare, "play")
    wait_past(compare, 0.0)
    assert time(compare) < 15
    before = time(compare)
    wait_past(compare, before + 0.5)
    press(compare, "pause")
    held, made = position(compare), counts(compare)
    compare.wait_for_timeout(400)
    assert position(compare) == held
    assert counts(compare) == made
    assert made[0] < made[1] < made[2]
    assert_quiet(compare)


def test_playing_ends_where_the_visit_began(compare: Page) -> None:
    before = picture(compare, "surface"), picture(compare, "curves"), picture(compare, "fit")
    compare.locator(".gd-speed").select_option("10")
    press(compare, "play")
    compare.locator(".gd-over").first.wait_for(state="attached")
    compare.locator(".gd-over").first.wait_for(state="detached")
    assert position(compare) == "epoch 30 of 30"
    assert compare.locator(".gd-bar [data-act=play]").is_visible()
    after = picture(compare, "surface"), picture(compare, "curves"), picture(compare, "fit")
    assert after == before
    for panel in ("surface", "fit"):
        assert set(compare.evaluate(OPACITIES, panel)) <= {1, None}


def test_ten_times_the_speed_is_played_much_faster(compare: Page) -> None:
    def pace(speed: str) -> float:
        scrub(compare, 0.5)  # where time passes evenly for a while
        compare.locator(".gd-speed").select_option(speed)
        return float(compare.evaluate(PACE))

    slow, fast = pace("0.1"), pace("1")
    # How much is the clock's, in tests/js: here frames are late, and later ones go further.
    assert fast > 3 * slow


def test_playing_asks_nothing_of_the_server_and_holding_asks_once(go: Go) -> None:
    page = go(replace(gd.default_experiment(), seed=1), View(ground="map"))
    sent: list[Any] = page.sent  # type: ignore[attr-defined]
    page.wait_for_timeout(500)
    sent.clear()
    press(page, "play")
    wait_past(page, 1.0)
    assert sent == []
    press(page, "pause")
    exact(page)
    for key in ("ArrowRight", "ArrowLeft", "ArrowLeft"):
        page.keyboard.press(key)
        exact(page)
    assert len(sent) == 1


@pytest.mark.exhaustive
def test_three_runs_play_at_24_frames_a_second_or_more(scene: Page) -> None:
    scene.evaluate(COUNT_FRAMES)
    press(scene, "play")
    wait_past(scene, 0.0)
    processor = processor_time(scene)
    before, best, frames = processor(), 0.0, 0
    for _ in range(6):  # other work on the machine may take a window, not all
        gaps = scene.evaluate(
            "() => new Promise(done => { window.frames_drawn.length = 0; setTimeout(() => done("
            "window.frames_drawn.slice(1).map((t, i) => t - window.frames_drawn[i])), 1500); })"
        )
        frames += len(gaps)
        best = max(best, 1000 * len(gaps) / max(sum(gaps), 1e-9))
        if best >= 24:
            break
    # Where it took all windows: what the page would do with a core of its own.
    assert best >= 24 or frames / (processor() - before) >= 24


def processor_time(page: Page) -> Callable[[], float]:
    """Return what tells how many seconds a page's main thread has had a processor."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")

    def now() -> float:
        metrics = session.send("Performance.getMetrics")["metrics"]
        return float(next(one["value"] for one in metrics if one["name"] == "ThreadTime"))

    return now


# Holding time


def test_at_zero_all_runs_stand_at_the_start(scene: Page) -> None:
    scrub(scene, 0.0)
    assert position(scene) == "epoch 0.000 of 30"
    assert counts(scene) == [0, 0, 0]
    heads, label = ink(scene, "surface"), scene.evaluate(START)
    assert 0 < heads["count"] < 600
    assert heads["x"] == pytest.approx(label["x"], abs=4)
    assert 4 < heads["y"] - label["y"] < 30


@pytest.mark.parametrize("ground", crossed(["3d", "map"], "3d"))
def test_the_path_grows_with_time(go: Go, ground: str) -> None:
    base = gd.default_experiment()
    page = go(replace(base, runs=base.runs[:1]), View(ground=ground))
    lengths = []
    for share in (0.0, 0.05, 0.1, 0.2):
        scrub(page, share)
        lengths.append(ink(page, "surface")["count"])
    assert all(longer > 1.1 * shorter for shorter, longer in pairwise(lengths))


def test_what_lies_over_a_scene_turns_with_it(scene: Page) -> None:
    scrub(scene, 0.0)
    turn(scene)
    scene.wait_for_timeout(300)
    give_up = monotonic() + PATIENCE
    while not heads_at_start(scene) and monotonic() < give_up:
        scene.wait_for_timeout(100)  # a busy machine draws later
    assert heads_at_start(scene)


def heads_at_start(page: Page) -> bool:
    heads, label = ink(page, "surface"), page.evaluate(START)
    return bool(heads["x"] == pytest.approx(label["x"], abs=4))


def turn(page: Page) -> Any:
    """Turn the scene with the mouse and return the new camera."""
    before = page.evaluate(CAMERA)
    box = page.locator("[data-panel=surface] .gd-plot").bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 60, y + 15, steps=5)
    page.mouse.up()
    text = json.dumps(before, separators=(",", ":"))
    page.wait_for_function(f"eye => JSON.stringify(({CAMERA})()) !== eye", arg=text)
    return page.evaluate(STANDING)


def test_the_camera_stays_while_playing_and_after_a_change(scene: Page) -> None:
    before = scene.evaluate(CAMERA)
    turned = turn(scene)
    press(scene, "play")
    wait_past(scene, 1.0)
    during = scene.evaluate(CAMERA)
    # Where drawing is slow, Plotly still follows the hand after it has gone; it never goes back.
    assert apart(during, turned) < apart(during, before) / 2
    press(scene, "pause")
    count = drawn(scene)
    scene.locator(RATE).press("ArrowRight")
    wait_drawn(scene, count)
    after = scene.evaluate(CAMERA)
    assert apart(after, during) < apart(after, before) / 2


def apart(one: dict[str, float], other: dict[str, float]) -> float:
    """How far two cameras' eyes are from one another."""
    return math.dist([one[k] for k in "xyz"], [other[k] for k in "xyz"])


@pytest.mark.exhaustive
def test_the_clock_counts_what_the_curves_run_along(compare: Page) -> None:
    told = {
        "epochs": ("epoch 15.000 of 30", [15, 300, 3000]),
        "updates": ("update 3\u202f000 of 6\u202f000", [30, 600, 3000]),
        "examples": ("3\u202f000 of 6\u202f000 examples", [15, 300, 3000]),
    }
    for along in ("epochs", "updates", "examples", "seconds"):
        if along != "epochs":
            count = drawn(compare)
            compare.get_by_role("radio", name=along, exact=True).click()
            wait_drawn(compare, count)
        scrub(compare, 0.5)
        if along in told:
            assert (position(compare), counts(compare)) == told[along]
        else:
            assert position(compare).endswith("s")
            assert counts(compare)[0] > 0
        assert all(ink(compare, panel)["count"] > 0 for panel in ("surface", "curves", "fit"))
    assert_quiet(compare)


# Every single update


# Where the player last drew the only run's marker: a disc of radius 9 on the surface, of 8 on the
# curves.
NOTE_HEADS = """(() => {
  const arc = Path2D.prototype.arc;
  window.heads = {};
  Path2D.prototype.arc = function (x, y, radius, ...rest) {
    window.heads[radius] = [x, y];
    return arc.call(this, x, y, radius, ...rest);
  };
})()"""
# The marker on the curves: the first two values drawn, and where the marker stands.
CURVE_HEAD = """() => {
  const panel = document.querySelector('[data-panel=curves]');
  const plot = panel.querySelector('.js-plotly-plot');
  const { xaxis, yaxis } = plot._fullLayout;
  const area = panel.querySelector('.nsewdrag').getBoundingClientRect();
  const corner = panel.getBoundingClientRect();
  const [x, y] = window.heads[8];
  const curve = plot._fullData.find(trace => trace.mode === 'lines');
  return [
    [curve.y[0], curve.y[1]],
    [yaxis.p2d(y + corner.top - area.top), xaxis.p2d(x + corner.left - area.left)],
  ];
}"""
EDGE = """() => {
  const { xaxis } = document.querySelector('[data-panel=curves] .js-plotly-plot')._fullLayout;
  return 10 ** xaxis.range[0];
}"""
NOTE_QUESTIONS = """() => {
  window.questions = 0;
  document.addEventListener('gdplay:question', () => (window.questions += 1));
}"""
# The marker in the coordinates of the map, and how much of each axis a pixel is.
HEAD = """() => {
  const panel = document.querySelector('[data-panel=surface]');
  const { xaxis, yaxis } = panel.querySelector('.js-plotly-plot')._fullLayout;
  const area = panel.querySelector('.nsewdrag').getBoundingClientRect();
  const corner = panel.getBoundingClientRect();
  const [x, y] = window.heads[9];
  return [
    [xaxis.p2d(x + corner.left - area.left), yaxis.p2d(y + corner.top - area.top)],
    [xaxis, yaxis].map(axis => Math.abs(axis.p2d(1) - axis.p2d(0))),
  ];
}"""


def test_each_step_of_a_long_run_shows_its_very_state_on_any_plane(go: Go) -> None:
    base = gd.default_experiment(gd.DATASETS["ravine"])
    wanted = replace(base, runs=(replace(base.runs[2], optimizer=gd.SGD(0.2)),), epochs=30)
    middle = 4_400  # far from the updates that a path of 6 000 is drawn with
    every = np.arange(middle - 200, middle + 200)
    states = dict(zip(every, gd.states_after(wanted, [every])[0], strict=True))
    traces = gd.train(wanted)
    page = go(wanted, View(ground="map", plane="0,1"))

    def off(made: int, plane: str = "0,1") -> Any:
        """Return how many pixels the marker is away from a state."""
        head, pixel = np.array(page.evaluate(HEAD))
        place = gd.plane_of(wanted, traces, plane).coordinates(states[made])
        return np.abs((head - place) / pixel).max()

    scrub(page, middle / 6000)
    assert counts(page) == [middle]
    moves = []
    for made in range(middle + 1, middle + 6):
        page.keyboard.press("ArrowRight")
        exact(page)
        assert counts(page) == [made]
        assert off(made) < 0.1
        moves.append(off(made - 1))
    assert max(moves) > 4  # the states can be told apart
    for _ in range(150):  # past what was asked for first
        page.keyboard.press("ArrowLeft")
    exact(page)
    assert counts(page) == [middle - 145]
    assert off(middle - 145) < 0.1
    count = drawn(page)
    page.locator(".st-key-switches [data-testid=stSelectbox]").first.click()
    choose(page, page.get_by_role("option").last)
    page.wait_for_url("**view.plane=1*2*")
    wait_drawn(page, count)
    exact(page)
    assert counts(page) == [middle - 145]
    assert off(middle - 145, "1,2") < 0.1
    assert off(middle - 145, "0,1") > 4
    assert_quiet(page)


# The keyboard


def test_the_keyboard_plays_steps_and_jumps(compare: Page) -> None:
    compare.keyboard.press("Space")
    wait_past(compare, 0.5)
    compare.keyboard.press("Space")
    held = position(compare)
    compare.wait_for_timeout(200)
    assert position(compare) == held
    compare.keyboard.press("Home")
    assert counts(compare) == [0, 0, 0]
    for made in (1, 2, 3):
        compare.keyboard.press("ArrowRight")
        assert counts(compare)[2] == made
    compare.keyboard.press("ArrowLeft")
    assert counts(compare)[2] == 2
    compare.keyboard.press("Shift+ArrowRight")
    assert position(compare) == "epoch 1.000 of 30"
    assert counts(compare)[:2] == [1, 20]
    compare.keyboard.press("Shift+ArrowRight")
    assert counts(compare)[:2] == [2, 40]
    compare.keyboard.press("Shift+ArrowLeft")
    assert counts(compare)[:2] == [1, 20]
    compare.keyboard.press("End")
    assert position(compare) == "epoch 30 of 30"


def test_from_rest_a_step_goes_on_from_the_start_and_back_from_the_end(compare: Page) -> None:
    press(compare, "ahead")
    assert counts(compare) == [0, 0, 1]
    press(compare, "end")
    press(compare, "back")
    assert counts(compare) == [29, 599, 5999]


def test_a_drag_that_ends_where_it_began_holds_the_very_update_too(compare: Page) -> None:
    slider = compare.locator(".gd-scrub").bounding_box()
    assert slider
    x, y = slider["x"] + slider["width"] / 2, slider["y"] + slider["height"] / 2
    compare.mouse.click(x, y)
    exact(compare)
    compare.mouse.move(x, y)
    compare.mouse.down()
    compare.mouse.move(x + 40, y, steps=4)
    compare.mouse.move(x, y, steps=4)
    compare.mouse.up()
    compare.evaluate("document.activeElement.blur()")
    compare.evaluate(NOTE_QUESTIONS)
    for _ in range(300):  # past what was found for the click
        compare.keyboard.press("ArrowRight")
    exact(compare)
    assert compare.evaluate("window.questions") > 0


def test_fits_too_many_to_send_are_found_for_each_update(go: Go) -> None:
    base = gd.default_experiment(gd.DATASETS["diabetes"])
    problem = replace(base.problem, features="quadratic")
    wanted = replace(base, problem=problem, runs=(gd.Run(gd.SGD(1e-3), 32),), start=None)
    traces = gd.train(wanted)
    plane = gd.plane_of(wanted, traces)
    land = gd.landscape(problem, plane, gd.box_of(wanted, traces, plane), 3)
    play = figures.playback(wanted, traces)
    (close,) = figures.close_ups(wanted, traces, land, play, {0: 1})
    assert close.fits is not None
    assert play.tracks[0].fitted is not None
    assert not set(range(100, 104)) <= set(play.tracks[0].fitted)
    page = go(wanted, View(ground="map"))
    scrub(page, 100 / (30 * 14))
    for made in (100, 101, 102, 103):
        assert counts(page) == [made]
        exact(page)
        (index,) = np.flatnonzero(close.updates == made)
        assert_drawn(page, play, close.fits[index])
        page.keyboard.press("ArrowRight")


def test_between_the_points_of_a_curve_a_run_stands_on_its_line(go: Go) -> None:
    base = gd.default_experiment()
    wanted = replace(base, runs=base.runs[1:2], n_seeds=20)  # a curve of epochs' ends
    page = go(wanted, View(ground="map"))
    scrub(page, 0.5 / 30)
    assert counts(page) == [10]
    (first, second), (value, at) = page.evaluate(CURVE_HEAD)
    assert at == pytest.approx(0.5, abs=0.02)
    assert value == pytest.approx((first * second) ** 0.5, rel=0.05)
    assert value < 0.9 * first


def test_on_a_logarithmic_axis_the_hand_is_dragged_and_a_run_stands_on_its_smoothed_line(
    go: Go,
) -> None:
    base = gd.default_experiment()
    wanted = replace(base, runs=base.runs[2:])
    view = {"along": "updates", "log_x": True, "metric": ("loss", "batch"), "smooth": 0.5}
    page = go(wanted, View(ground="map", **view))
    scrub(page, 0.5)
    page.mouse.move(*hand(page, np.log10(3000)))
    assert takes(page)
    page.mouse.down()
    for update in (700, 20, 250):
        page.mouse.move(*hand(page, np.log10(update)))
        frame(page)
        assert time(page) == pytest.approx(update, rel=0.02)
    page.mouse.up()
    _, (value, at) = page.evaluate(CURVE_HEAD)
    (smooth,) = figures.curves(wanted, gd.train(wanted), "loss", "updates", smooth=0.5)
    assert at == pytest.approx(time(page), rel=0.02)
    assert value == pytest.approx(np.interp(at, smooth.x, smooth.line), rel=0.05)
    page.keyboard.press("Home")
    frame(page)
    _, (value, at) = page.evaluate(CURVE_HEAD)
    assert value == pytest.approx(smooth.y[0], rel=0.01)
    assert at == pytest.approx(page.evaluate(EDGE), rel=0.02)
    assert_quiet(page)


def test_a_key_held_down_stops_at_the_end(compare: Page) -> None:
    scrub(compare, 5997 / 6000)
    compare.keyboard.down("ArrowRight")
    for _ in range(6):
        compare.keyboard.down("ArrowRight")  # while it is down, it repeats
    compare.keyboard.up("ArrowRight")
    assert position(compare) == "epoch 30 of 30"
    compare.keyboard.press("ArrowRight")
    assert counts(compare) == [0, 0, 1]


def test_where_the_run_in_focus_has_ended_the_others_step(go: Go) -> None:
    base = gd.default_experiment()
    runs = (base.runs[0], base.runs[1], replace(base.runs[2], epochs=2))
    page = go(replace(base, runs=runs), View(ground="map"))
    scrub(page, 0.5)
    page.locator(".gd-now [data-place='2']").click()
    assert counts(page) == [15, 300, 400]
    for made in (301, 302):
        page.keyboard.press("ArrowRight")
        assert counts(page) == [15, made, 400]
    page.keyboard.press("ArrowLeft")
    assert counts(page) == [15, 301, 400]
    scrub(page, 2 / 30)
    page.keyboard.press("ArrowLeft")
    assert counts(page)[2] == 399


def test_the_run_in_focus_is_the_one_that_steps(compare: Page) -> None:
    scrub(compare, 0.0)
    compare.locator(".gd-now [data-place='0']").click()
    for way in ("back", "on"):
        assert compare.get_by_role("button", name=f"One update of Batch {way}").is_visible()
    compare.keyboard.press("ArrowRight")
    assert counts(compare)[:2] == [1, 20]
    compare.locator(".gd-now [data-place='1']").click()
    compare.keyboard.press("ArrowRight")
    assert counts(compare)[:2] == [1, 21]
    compare.locator(".gd-now [data-place='2']").click()  # the busiest, in focus at first
    before = counts(compare)[2]
    compare.keyboard.press("ArrowRight")
    assert counts(compare)[2] == before + 1


def test_where_all_runs_are_hidden_play_is_off_and_space_scrolls_the_page(go: Go) -> None:
    page = go(gd.default_experiment(), View(ground="map", hidden=0b110))
    page.locator(".gd-bar [data-act=ahead]").click()
    page.locator(".st-key-chip0 button").first.click()
    page.get_by_role("button", name="Hide", exact=True).click()
    page.locator(".gd-bar [data-act=play]:disabled").wait_for()
    assert position(page) == "all runs are hidden"
    assert not page.locator(".gd-now, .gd-inside").and_(page.locator(":visible")).count()
    page.keyboard.press("Escape")
    page.locator("[data-testid=stPopoverBody]").wait_for(state="detached")
    page.locator("h1").click()
    page.keyboard.press("Space")
    page.wait_for_function("document.querySelector('[data-testid=stMain]').scrollTop > 0")
    page.locator(".st-key-chip0 button").first.click()
    page.get_by_role("button", name="Show", exact=True).click()
    page.locator(".gd-bar [data-act=play]:enabled").wait_for()


def test_keys_meant_for_a_widget_do_not_move_the_clock(compare: Page) -> None:
    compare.locator(".st-key-chip0 button").first.click()
    for widget in ("[data-testid=stNumberInput] input", ".st-key-switches input"):
        compare.locator(widget).first.focus()
        compare.keyboard.press("ArrowLeft")
    compare.get_by_role("radio", name="updates", exact=True).focus()
    compare.keyboard.press("ArrowLeft")
    assert position(compare) == "epoch 30 of 30"
    share = compare.get_by_role("button", name="Share")
    share.focus()
    compare.keyboard.press("Space")
    compare.get_by_text("The address of this page is the experiment").wait_for()
    assert position(compare) == "epoch 30 of 30"
    compare.keyboard.press("Escape")
    share.focus()
    compare.keyboard.press("ArrowLeft")
    assert position(compare).startswith("epoch 29.")
    compare.keyboard.press("End")
    count = drawn(compare)
    compare.locator(RATE).press("ArrowRight")
    wait_drawn(compare, count)
    assert position(compare) == "epoch 30 of 30"


# Changes


def test_a_held_clock_keeps_its_time_when_the_rate_changes(compare: Page) -> None:
    scrub(compare, 0.2)
    before = position(compare), counts(compare)[:2]
    count = drawn(compare)
    compare.locator(RATE).press("ArrowRight")
    wait_drawn(compare, count)
    assert (position(compare), counts(compare)[:2]) == before
    assert ink(compare, "surface")["count"] > 0


def test_a_held_clock_keeps_its_update_when_it_counts_something_else(compare: Page) -> None:
    scrub(compare, 0.2)
    before = counts(compare)[2]
    count = drawn(compare)
    compare.get_by_role("radio", name="updates", exact=True).click()
    wait_drawn(compare, count)
    assert position(compare).endswith("of 6\u202f000")
    assert counts(compare)[2] == before


def test_a_change_while_playing_stops_at_the_new_picture(compare: Page) -> None:
    compare.locator(".gd-speed").select_option("0.1")
    press(compare, "play")
    wait_past(compare, 0.0)
    count = drawn(compare)
    compare.locator(RATE).press("ArrowRight")
    wait_drawn(compare, count)
    frame(compare)
    assert position(compare) == "epoch 30 of 30"
    assert compare.locator(".gd-over").count() == 0


# Every kind of fit


# What the player last drew over the fit: corners of its lines, middles of its discs, and under it
# which class has each point of a grid, its rows from the top; all in the coordinates of the axes.
NOTE_FIT = """(() => {
  const pen = CanvasRenderingContext2D.prototype;
  const before = { clearRect: pen.clearRect, moveTo: pen.moveTo, lineTo: pen.lineTo };
  const arc = Path2D.prototype.arc;
  const put = OffscreenCanvasRenderingContext2D.prototype.putImageData;
  window.fit = { corners: [], discs: [], picture: null };
  const isMine = ({ canvas }) => canvas.matches('[data-panel=fit] .gd-over');
  pen.clearRect = function (...box) {
    if (isMine(this)) Object.assign(window.fit, { corners: [], discs: [] });
    return before.clearRect.apply(this, box);
  };
  for (const name of ['moveTo', 'lineTo']) {
    pen[name] = function (...at) {
      if (isMine(this)) window.fit.corners.push(at);
      return before[name].apply(this, at);
    };
  }
  Path2D.prototype.arc = function (x, y, radius, ...rest) {
    if (radius === 2.5) window.fit.discs.push([x, y]);
    return arc.call(this, x, y, radius, ...rest);
  };
  OffscreenCanvasRenderingContext2D.prototype.putImageData = function (picture, ...at) {
    window.fit.picture = picture;
    return put.call(this, picture, ...at);
  };
})()"""
FIT = """() => {
  const panel = document.querySelector('[data-panel=fit]');
  const plot = panel.querySelector('.js-plotly-plot');
  const { xaxis, yaxis } = plot._fullLayout;
  const area = panel.querySelector('.nsewdrag').getBoundingClientRect();
  const corner = panel.getBoundingClientRect();
  const valuesAt = ([x, y]) =>
    [xaxis.p2d(x + corner.left - area.left), yaxis.p2d(y + corner.top - area.top)];
  const { corners, discs, picture } = window.fit;
  const classes = [];
  const map = plot.data.find(({ type }) => type === 'heatmap');
  if (picture && map) {
    const { colorscale } = map;
    const colors = colorscale.filter((_, i) => i % 2 === 0).map(([, color]) => color.toLowerCase());
    for (let i = 0; i < picture.data.length; i += 4) {
      const rgb = [...picture.data.slice(i, i + 3)];
      const text = '#' + rgb.map(part => part.toString(16).padStart(2, '0')).join('');
      classes.push(colors.indexOf(text));
    }
  }
  return {
    corners: corners.map(valuesAt), discs: discs.map(valuesAt), classes,
    axes: [xaxis.range, yaxis.range],
  };
}"""


def fit(page: Page) -> Any:
    """Return what is drawn of the fit in numbers, see FIT."""
    frame(page)
    return {name: np.array(values) for name, values in page.evaluate(FIT).items()}


def scores(weights: Any, x: Any, y: Any) -> Any:
    """Return each class' score (or the margin) at points: of 1, x, y, x², xy, y²."""
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1)
    return terms[..., : weights.shape[-1]] @ weights.T


def assert_drawn(page: Page, play: figures.Playback, weights: Any) -> None:
    """Compare what is drawn of a fit with its numbers, whatever kind it is of."""
    drawn = fit(page)
    if play.kind == "line":
        x, y = drawn["corners"].T
        np.testing.assert_allclose(y, np.polyval(weights[0][::-1], x), rtol=1e-4, atol=1e-4)
    elif play.kind == "predicted":
        assert play.rows is not None
        predicted = weights[0][0] + play.rows @ weights[0][1:]
        np.testing.assert_allclose(drawn["discs"][:, 1], predicted, rtol=1e-4, atol=1e-2)
    elif len(weights) == 1:
        x, y = drawn["corners"].T
        assert len(x) > 40
        assert np.abs(scores(weights, x, y)).max() < 0.02 * np.abs(weights).max()
    if play.kind == "regions":
        (left, right), (low, high) = drawn["axes"]
        x, y = np.meshgrid(np.linspace(left, right, 57), np.linspace(high, low, 57))
        values = scores(weights, x, y)
        best = values.argmax(-1) if len(weights) > 1 else (values[..., 0] > 0).astype(int)
        assert len(np.unique(best)) > 1
        assert (drawn["classes"] == best.ravel()).mean() > 0.998  # sums in another order


@pytest.mark.parametrize(
    "dataset", crossed(["line", "polynomial", "moons", "diabetes", "iris"], "line", "iris")
)
def test_the_fit_drawn_is_that_of_the_updates_made(go: Go, dataset: str) -> None:
    base = gd.default_experiment(gd.DATASETS[dataset])
    wanted = replace(base, runs=base.runs[:1])
    play = figures.playback(wanted, gd.train(wanted))
    (track,) = play.tracks
    assert track.fits is not None
    assert track.fitted is not None
    page = go(wanted, View(ground="map"))
    for share in (0.1, 0.5, 0.9):
        scrub(page, share)
        (index,) = np.flatnonzero(track.fitted == counts(page)[0])
        assert_drawn(page, play, track.fits[index])
    assert_quiet(page)


@pytest.mark.parametrize("ground", crossed(["3d", "map"], "map"))
def test_a_run_that_leaves_the_picture_has_no_head_in_it(go: Go, ground: str) -> None:
    wanted = replace(gd.default_experiment(), runs=(gd.Run(gd.SGD(1.5)),))
    page = go(wanted, View(ground=ground))
    scrub(page, 0.0)
    assert page.evaluate(HAS_HEAD)
    scrub(page, 0.9)
    assert counts(page)[0] > 3
    assert ink(page, "surface")["count"] > 0
    assert not page.evaluate(HAS_HEAD)
    assert_quiet(page)


# Looking inside


def test_an_update_can_be_opened_and_the_clock_stands_there_on_return(
    compare: Page,
) -> None:
    assert len(scrubber_widths(compare)) == 1
    scrub(compare, 0.02)
    compare.keyboard.press("ArrowRight")
    made = counts(compare)
    link = compare.locator(".gd-inside")
    assert link.inner_text() == f"Look inside update {made[2]}"
    link.click()
    compare.wait_for_url(f"**/one_update*view.run=2&view.update={made[2]}*")
    compare.get_by_role("link", name="Compare").first.click()
    wait_drawn(compare)
    compare.locator(".gd-count").first.wait_for()
    assert counts(compare) == made
    assert_quiet(compare)


# Where things are missing


@pytest.mark.exhaustive
def test_reduced_motion_goes_by_whole_epochs(page: Page, server: str) -> None:
    page.emulate_media(reduced_motion="reduce")
    opened(page, address(server, gd.default_experiment(), View(ground="map")))
    seen = page.evaluate(
        """() => new Promise(done => {
          const [seen, output] = [new Set(), document.querySelector('.gd-time')];
          new MutationObserver(() => seen.add(output.textContent)).observe(
            output, { childList: true });
          document.querySelector('.gd-bar [data-act=play]').click();
          setTimeout(() => done([...seen]), 2600);
        })"""
    )
    assert 2 <= len(seen) <= 7
    assert all(re.fullmatch(r"epoch \d+\.000 of 30", text) for text in seen)


@pytest.fixture
def blinded(page: Page, server: str) -> Page:
    """A player that cannot read its scene's camera, as with a plotly.js that changed inside."""
    opened(page, server)
    page.evaluate(BLIND)
    return page


@pytest.mark.exhaustive
def test_without_the_camera_plotly_itself_moves_the_paths(blinded: Page) -> None:
    whole = blinded.evaluate(PATH_LENGTHS)
    press(blinded, "ahead")
    scrub(blinded, 0.5)
    blinded.wait_for_function(f"() => ({PATH_LENGTHS})().Batch === 16")
    lengths = blinded.evaluate(PATH_LENGTHS)
    assert lengths["Mini-batch"] == 204  # of 301 states, the drawn ones
    assert lengths["Stochastic"] < whole["Stochastic"]
    assert blinded.locator("[data-panel=surface] .gd-over").count() == 0
    press(blinded, "end")
    blinded.wait_for_function(f"() => ({PATH_LENGTHS})().Batch === 31")
    assert blinded.evaluate(PATH_LENGTHS) == whole
    assert_quiet(blinded)


def test_a_script_that_was_lost_is_asked_for_again(compare: Page) -> None:
    compare.evaluate("() => { for (const v in gdplayVersions) delete gdplayVersions[v]; }")
    count = drawn(compare)
    compare.locator(RATE).press("ArrowRight")
    compare.wait_for_function("() => Object.keys(gdplayVersions).length > 0")
    wait_drawn(compare)
    assert count >= 1
    assert compare.locator(".gd-bar [data-act=play]").count() == 1
    press(compare, "play")
    wait_past(compare, 0.0)
    assert_quiet(compare)
