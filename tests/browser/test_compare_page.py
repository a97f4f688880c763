"""The Compare page in a real browser."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

import gdplay as gd
from gdplay import link
from gdplay.figures import surface
from gdplay.figures.cameras import ASPECT
from gdplay.ui import address as views
from gdplay.ui.compare.view import View

from .harness import MILLISECONDS_TO_DRAW, drawn, follow, settle, wait_drawn
from .visits import Visit

if TYPE_CHECKING:
    from playwright.sync_api import Page

RATE = ".gd-rate-slider"

# What stands in the pictures: each trace's name and its last few numbers.
PICTURE = """panel => {
  const plot = document.querySelector(`[data-panel=${panel}] .js-plotly-plot`);
  const tail = values => values ? Array.from(values.flat ? values.flat(2) : values).slice(-5) : [];
  return plot._fullData.map(t => [t.name, tail(t.x), tail(t.y), tail(t.z)]);
}"""
# A pointer that does not wait for charts to be drawn before it moves over them.
RESTLESS = """window.moves = 0; setInterval(() => {
  for (const plot of document.querySelectorAll('.gd-player:not([data-drawn]) .gd-plot')) {
    for (const type of ['pointerdown', 'pointermove', 'pointerup']) {
      plot.dispatchEvent(new PointerEvent(type, { isPrimary: true, bubbles: true }));
    }
    window.moves += 1;
  }
}, 20);"""
CAMERA = """() => {
  const plot = document.querySelector('[data-panel=surface] .js-plotly-plot');
  return plot._fullLayout.scene._scene.getCamera().eye;
}"""

STANDING = f"""async () => {{
  const eye = {CAMERA};
  const frame = () => new Promise(done => requestAnimationFrame(() => setTimeout(done, 40)));
  let [before, still] = ['', 0];
  while (still < 12) {{
    await frame();
    const now = JSON.stringify(eye());
    still = now === before ? still + 1 : 0;
    before = now;
  }}
  return eye();
}}"""
"""The camera, once a hand has left it and it has followed."""


BOX = """() =>
  document.querySelector('[data-panel=surface] .gd-plot')._fullLayout.scene.aspectratio"""


def address(server: str, experiment: gd.Experiment, view: View | None = None) -> str:
    query = link.encode(experiment) | views.encode(view or View())
    return f"{server}/?{urlencode(query, doseq=True)}"


def opened(page: Page, url: str) -> int:
    page.goto(url)
    return wait_drawn(page)


def picture(page: Page, panel: str) -> Any:
    return page.evaluate(PICTURE, panel)


def words(page: Page) -> str:
    return page.locator(".st-key-words").inner_text()


def slide(page: Page, steps: int = 1) -> int:
    """Move the rate's slider up by the keyboard, waiting for each new picture."""
    handle, count = page.locator(RATE), drawn(page)
    for _ in range(steps):
        handle.press("ArrowRight")
        count = wait_drawn(page, count)
    return count


@pytest.fixture
def compare(visit: Visit, server: str) -> Page:
    """The default experiment with the map, which is drawn sooner than the scene."""
    return visit("map", address(server, gd.default_experiment(), View(ground="map")))


def assert_quiet(page: Page) -> None:
    assert page.console_errors == []  # type: ignore[attr-defined]
    assert page.failed_responses == []  # type: ignore[attr-defined]


def test_a_first_visit_draws_the_surface_without_a_word_in_the_console(
    stranger: Page, server: str
) -> None:
    page = stranger
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.add_init_script(RESTLESS)
    opened(page, server)
    assert page.evaluate("window.moves") > 0
    assert len([url for url in asked if "/PlotlyChart." in url]) == 1  # early, and once
    names = [trace[0] for trace in picture(page, "surface")]
    assert {"loss", "Batch", "Mini-batch", "Stochastic", "start", "minimum"} <= set(names)
    assert "Stochastic" in words(page)
    assert page.url.rstrip("/") == server
    assert_quiet(page)


def test_the_rate_changes_the_picture_the_words_and_the_address(compare: Page) -> None:
    before, there = (picture(compare, "curves"), words(compare)), compare.url
    slide(compare)
    compare.wait_for_function("there => location.href !== there", arg=there)
    assert picture(compare, "curves") != before[0]
    assert words(compare) != before[1]
    compare.wait_for_url("**lr*")
    assert_quiet(compare)


def test_a_link_shows_the_same_experiment_in_a_fresh_profile(
    visit: Visit, server: str, stranger: Page
) -> None:
    base = gd.default_experiment(gd.DATASETS["moons"])
    wanted = replace(base, runs=(*base.runs, gd.Run(gd.Adam(lr=0.1 / 3), batch_size=7)), seed=5)
    view = View(metric=("excess",), along="updates", ground="map")
    page = visit("map", address(server, wanted, view))
    opened(stranger, page.url)
    for panel in ("surface", "curves", "fit"):
        assert picture(stranger, panel) == picture(page, panel)
    assert words(stranger) == words(page)


def test_the_picture_shows_the_librarys_numbers(visit: Visit, server: str) -> None:
    wanted = replace(gd.default_experiment(), seed=3)
    page = visit("map", address(server, wanted, View(ground="map")))
    trace = gd.train(wanted)[0]
    batch = next(t for t in picture(page, "curves") if t[0] == "Batch")
    assert batch[2] == pytest.approx(trace.loss[0, -5:], rel=1e-6)


def test_back_undoes_and_forward_redoes(compare: Page) -> None:
    first, there = picture(compare, "curves"), compare.url
    slide(compare)
    compare.wait_for_function("there => location.href !== there", arg=there)
    second, count = picture(compare, "curves"), drawn(compare)
    compare.go_back()
    count = wait_drawn(compare, count)
    assert picture(compare, "curves") == first
    compare.go_forward()
    wait_drawn(compare, count)
    assert picture(compare, "curves") == second
    assert_quiet(compare)


def view_of(experiment: gd.Experiment) -> Any:
    """Return where the figure of an experiment would be looked at from on a first visit."""
    traces = gd.train(experiment)
    plane = gd.plane_of(experiment, traces)
    land = gd.landscape(experiment.problem, plane, gd.box_of(experiment, traces, plane))
    return surface(experiment, traces, land).layout.scene.camera.eye


UPRIGHT = """() => {
  const plot = document.querySelector('[data-panel=surface] .gd-plot');
  return plot._fullLayout.scene.camera.up;
}"""


PLACES = """() => [...document.querySelectorAll('.gd-words3 .place')]
  .map(mark => mark.getAttribute('transform'))"""


@pytest.mark.exhaustive
def test_the_camera_stays_when_a_rate_changes(page: Page, server: str) -> None:
    opened(page, server)
    before, box_before = page.evaluate(CAMERA), page.evaluate(BOX)
    count = drawn(page)
    page.locator(".gd-rate-text").fill("1")
    page.locator(".gd-rate-text").press("Enter")
    wait_drawn(page, count)
    page.wait_for_url("**lr~1.0*")
    there = link.decode(parse_qs(urlsplit(page.url).query))
    assert view_of(there) != view_of(gd.default_experiment())  # a first visit would look elsewhere
    still, places = page.evaluate(CAMERA), page.evaluate(PLACES)
    # From the same side on the same box, as near as its panel lets it, which words may make lower.
    assert still["y"] / still["x"] == pytest.approx(before["y"] / before["x"])
    assert page.evaluate(BOX) == pytest.approx(box_before)
    assert len(places) == 2  # the start and the minimum, over all that is drawn
    assert page.evaluate("getComputedStyle(document.querySelector('.gd-words3')).zIndex") == "2"
    box = page.locator("[data-panel=surface]").bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 90, y + 20, steps=6)
    # Plotly turns a scene when it next draws it, and keeps what it shows at the release.
    page.wait_for_function(f"eye => JSON.stringify(({CAMERA})()) !== eye", arg=_json(still))
    page.mouse.up()
    turned = page.evaluate(STANDING)
    page.wait_for_function(f"before => ({PLACES})().every((at, i) => at !== before[i])", arg=places)
    slide(page)
    after = page.evaluate(CAMERA)
    assert all(abs(after[k] - turned[k]) < 1e-6 for k in "xyz")
    # The horizon stays level, nobody gets under the ground, and there is a way back.
    assert page.evaluate(UPRIGHT) == pytest.approx({"x": 0, "y": 0, "z": 1})
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y - 400, steps=6)
    page.mouse.up()
    page.wait_for_function(f"eye => JSON.stringify(({CAMERA})()) !== eye", arg=_json(after))
    assert (
        page.evaluate(CAMERA)["z"] > 0.8 * box_before["z"] / ASPECT[2]
    )  # a low box lets one lower
    page.locator(".gd-reset").click()
    page.locator(".gd-reset").wait_for(state="hidden")
    # It leads to where a link to what is shown is looked at from.
    reset, wanted = page.evaluate(CAMERA), view_of(link.decode(parse_qs(urlsplit(page.url).query)))
    assert angle(reset) == pytest.approx(angle(wanted))


def angle(eye: Any) -> float:
    """From which side one looks."""
    return math.atan2(eye["y"], eye["x"])


@pytest.mark.exhaustive
def test_a_scene_opened_at_an_address_is_seen_from_where_its_link_shows_it(
    page: Page, server: str
) -> None:
    opened(page, server)
    count, first = drawn(page), page.evaluate(CAMERA)
    page.locator(".gd-rate-text").fill("1")
    page.locator(".gd-rate-text").press("Enter")
    count = wait_drawn(page, count)
    page.wait_for_url("**lr~1.0*")
    wanted = view_of(link.decode(parse_qs(urlsplit(page.url).query)))
    assert wanted["x"] * first["x"] + wanted["y"] * first["y"] < 0
    page.locator(".gd-reset").wait_for()  # the hand keeps its side, and there is a way to the other
    page.go_back()
    count = wait_drawn(page, count)
    assert angle(page.evaluate(CAMERA)) == pytest.approx(angle(first))
    assert not page.locator(".gd-reset").is_visible()
    page.go_forward()
    wait_drawn(page, count)
    there = page.evaluate(CAMERA)
    assert angle(there) == pytest.approx(angle(wanted))
    assert not page.locator(".gd-reset").is_visible()


@pytest.mark.exhaustive
def test_the_camera_is_chosen_again_where_it_would_not_see_the_paths(
    page: Page, server: str
) -> None:
    iris = gd.default_experiment(gd.DATASETS["iris"])
    slow, fast = (
        replace(iris, runs=(gd.Run(gd.SGD(rate)), gd.Run(gd.Momentum(rate)))) for rate in (0.7, 2.1)
    )
    opened(page, address(server, slow))
    before = page.evaluate(CAMERA)
    count = drawn(page)
    page.locator(".gd-rate-text").fill("2.1")
    page.locator(".gd-rate-text").press("Enter")
    wait_drawn(page, count)
    after, wanted = page.evaluate(CAMERA), view_of(fast)
    assert after != before
    assert after["x"] / after["y"] == pytest.approx(wanted["x"] / wanted["y"])
    assert after["x"] * wanted["x"] > 0


def test_a_click_on_the_map_moves_the_start(compare: Page) -> None:
    count = drawn(compare)
    box = compare.locator("[data-panel=surface]").bounding_box()
    assert box
    compare.mouse.click(box["x"] + 0.7 * box["width"], box["y"] + 0.3 * box["height"])
    wait_drawn(compare, count)
    compare.wait_for_function("() => !location.search.includes('start=5.0') && location.search")
    start = next(t for t in picture(compare, "surface") if t[0] == "start")
    assert start[1][0] != 5.0
    assert start[2][0] > 0


def test_a_hostile_link_gives_one_message_and_a_working_page(compare: Page, server: str) -> None:
    query = {"data": "<img src=x onerror=alert(1)>", "view.ground": "map"}
    follow(compare, f"{server}/?{urlencode(query)}")
    compare.locator(".st-key-lead", has_text="could not be read").wait_for()
    settle(compare)
    assert compare.locator(".st-key-lead img").count() == 0
    slide(compare)
    assert_quiet(compare)


@pytest.mark.exhaustive
def test_the_experiment_survives_a_visit_to_the_guide(compare: Page) -> None:
    slide(compare)
    before = picture(compare, "curves")
    compare.get_by_role("link", name="Guide").first.click()
    compare.wait_for_url("**/guide*")
    compare.get_by_role("link", name="Compare").first.click()
    wait_drawn(compare)
    assert picture(compare, "curves") == before
    assert_quiet(compare)


@pytest.mark.exhaustive
def test_streamlits_charts_take_over_where_the_player_cannot_draw(
    stranger: Page, server: str
) -> None:
    # Neither when the page names it nor when the player asks for it.
    stranger.route("**/static/js/PlotlyChart.*.js", lambda route: route.abort(), times=2)
    stranger.goto(address(server, gd.default_experiment(), View(ground="map")))
    stranger.locator("[data-testid=stPlotlyChart] .js-plotly-plot").first.wait_for(
        timeout=MILLISECONDS_TO_DRAW
    )


def _json(value: Any) -> str:
    import json

    return json.dumps(value, separators=(",", ":"))
