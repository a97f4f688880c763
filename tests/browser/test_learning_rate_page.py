"""The Learning rate page, and the limits on Compare, in a real browser."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

import gdplay as gd
from gdplay import link
from gdplay.theory.limits import rate_options
from gdplay.ui import address as views
from gdplay.ui.learning_rate.view import RateView
from gdplay.words import number

from .harness import MILLISECONDS_TO_DRAW
from .visits import arrive

if TYPE_CHECKING:
    from playwright.sync_api import Page

LIMITS = ".st-key-limits .gd-rate"
SWEPT = "Click a point to open that run"

SCALE = """() => {
    const box = e => e.getBoundingClientRect();
    const slider = document.querySelector('.gd-rate-slider');
    const room = box(slider);
    const at = Number(slider.value) / Number(slider.max);
    return {
        thumb: room.left + 9 + at * (room.width - 18),
        edges: [...document.querySelectorAll('.gd-rate-zones span')].map(e => box(e).left),
        words: [...document.querySelectorAll('.gd-rate-mark')].map(
            e => [Number(e.dataset.row), box(e).left, box(e).right]).sort((a, b) => a[0] - b[0]),
    };
}"""


@pytest.fixture
def page(used: Page) -> Page:
    """A tab that tests share: each comes to an address that says all."""
    return used


def opened(page: Page, server: str, view: RateView | None = None, **query: Any) -> None:
    texts = (views.encode(view) if view else link.short(gd.default_experiment())) | query
    arrive(page, f"{server}/learning_rate?{urlencode(texts, doseq=True)}")
    page.locator(LIMITS).wait_for(timeout=MILLISECONDS_TO_DRAW)
    page.locator(".gd-rate-mark").first.wait_for(timeout=MILLISECONDS_TO_DRAW)
    page.get_by_text(SWEPT).wait_for(timeout=MILLISECONDS_TO_DRAW)


def assert_quiet(page: Page) -> None:
    assert page.console_errors == []  # type: ignore[attr-defined]
    assert page.failed_responses == []  # type: ignore[attr-defined]


def assert_labels_apart(found: dict[str, Any], width: float, least: int = 5) -> None:
    words = found["words"]
    assert len(words) >= least
    for (row, _, right), (next_row, left, _) in pairwise(words):
        assert right <= left or next_row > row
    assert min(left for _, left, _ in words) >= 0
    assert max(right for _, _, right in words) <= width


def test_the_first_view_holds_the_limits_and_the_three_runs(page: Page, server: str) -> None:
    opened(page, server)
    charts = page.locator(".js-plotly-plot")
    for i in range(3):
        charts.nth(i).locator(".main-svg").first.wait_for(timeout=MILLISECONDS_TO_DRAW)
        box = charts.nth(i).bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 768
    assert_labels_apart(page.evaluate(SCALE), 1366)
    assert_quiet(page)


def test_the_marks_stand_where_the_sliders_handle_would(page: Page, server: str) -> None:
    limit = gd.curvature(gd.default_experiment().problem).limit
    opened(page, server, RateView(times=1.0))
    found = page.evaluate(SCALE)
    at_limit = found["edges"][-1]  # where the zone above 2/L begins
    assert found["thumb"] == pytest.approx(at_limit, abs=1.5)
    opened(page, server, RateView(times=0.5))
    found = page.evaluate(SCALE)
    assert found["thumb"] == pytest.approx(found["edges"][-2], abs=1.5)
    assert float(page.locator(".gd-rate-text").input_value()) == pytest.approx(
        0.5 * limit, rel=1e-5
    )
    assert_quiet(page)


@pytest.mark.exhaustive
def test_a_move_of_the_slider_changes_the_verdict_and_the_address(page: Page, server: str) -> None:
    experiment = gd.default_experiment()
    rate, limit = experiment.runs[0].optimizer.lr, gd.curvature(experiment.problem).limit
    opened(page, server)
    handle = page.locator(".gd-rate-slider")
    handle.focus()
    for _ in range(1 + sum(rate < option <= limit for option in rate_options(rate, limit))):
        handle.press("ArrowRight")
    assert page.locator(".gd-rate-words").inner_text() == "too large: batch flies off"
    page.get_by_text("full-batch descent will diverge").wait_for(timeout=MILLISECONDS_TO_DRAW)
    page.wait_for_url("**view.times=*")
    assert_quiet(page)


def test_a_click_on_the_sweep_opens_that_run_on_compare_and_the_sweep_is_kept(
    page: Page, server: str
) -> None:
    opened(page, server)
    chart = page.locator(".js-plotly-plot").nth(3)
    chart.scroll_into_view_if_needed()
    point = chart.locator(".scatterlayer .point").nth(12)
    point.wait_for(timeout=MILLISECONDS_TO_DRAW)
    box = point.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.locator("[data-drawn]").wait_for(timeout=MILLISECONDS_TO_DRAW)
    page.wait_for_url(lambda url: "learning_rate" not in url and url.count("run=") == 1)
    page.get_by_role("link", name="Learning rate").click()
    page.get_by_text(SWEPT).wait_for(timeout=MILLISECONDS_TO_DRAW)
    page.get_by_text("Stochastic").first.wait_for()
    page.wait_for_timeout(700)  # it stays: the old click does not lead away again
    assert "learning_rate" in page.url
    assert_quiet(page)


def test_compare_shows_the_limits_under_its_slider_in_the_first_view(
    page: Page, server: str
) -> None:
    experiment = gd.default_experiment()
    limit = gd.curvature(experiment.problem).limit
    rates = tuple(gd.Run(gd.SGD(lr=limit / 2), run.batch_size) for run in experiment.runs)
    query = urlencode(link.encode(gd.Experiment(experiment.problem, rates)), doseq=True)
    arrive(page, f"{server}/?{query}")
    page.locator("[data-drawn]").wait_for(timeout=MILLISECONDS_TO_DRAW)
    found = page.evaluate(SCALE)
    assert found["thumb"] == pytest.approx(found["edges"][-2], abs=1.5)  # where the swinging begins
    plain = page.locator(".gd-rate-plain:not(.gd-rate-ten)")
    names = page.locator(".gd-rate-mark")
    assert plain.inner_text() == f"2/L = {number(limit)}"
    assert plain.is_visible()
    assert not names.first.is_visible()
    page.locator(".gd-rate-slider").focus()
    names.first.wait_for()
    assert {"2/L", "0.001"} <= set(names.all_inner_texts())
    assert_labels_apart(page.evaluate(SCALE), 1366, 4)
    assert_quiet(page)


@pytest.mark.exhaustive
def test_the_guide_leads_to_the_page(page: Page, server: str) -> None:
    arrive(page, f"{server}/guide")
    page.get_by_role("link", name="Rates, measured on these data").click(
        timeout=MILLISECONDS_TO_DRAW
    )
    page.locator(LIMITS).wait_for(timeout=MILLISECONDS_TO_DRAW)
    assert_quiet(page)
