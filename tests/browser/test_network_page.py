"""The Network page in a browser: what moves stands where the figure stands."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import gdplay as gd
from gdplay.teaching.networks import default_networks
from gdplay.ui import address
from gdplay.ui.network.view import NetworkView

from .harness import MILLISECONDS_TO_DRAW, VIEWPORT, settle, wait_drawn
from .test_batch_size_page import assert_quiet
from .visits import arrive

if TYPE_CHECKING:
    from playwright.sync_api import Page

# How many units' middles the canvas over the network covers, and what is painted there in all.
COVERED = """() => {
  const panel = document.querySelector('[data-panel=surface]');
  const [plot, canvas] = [panel.querySelector('.gd-plot'), panel.querySelector('.gd-over')];
  if (!canvas) return null;
  const { _fullData: data, _fullLayout: { xaxis, yaxis } } = plot;
  const names = data.find(({ mode }) => mode === 'markers');
  const context = canvas.getContext('2d');
  const ratio = canvas.width / canvas.offsetWidth;
  const pixels = Array.from(names.x, (x, i) => {
    const at = [xaxis._offset + xaxis.l2p(x), yaxis._offset + yaxis.l2p(names.y[i])];
    return [...context.getImageData(ratio * at[0] + 4, ratio * at[1] + 4, 1, 1).data];
  });
  const faded = data.filter(({ mode }) => mode !== 'text').every(({ opacity }) => opacity === 0);
  return { covered: pixels.filter(([, , , alpha]) => alpha === 255).length, faded,
    painted: pixels.join(' ') };
}"""


def test_units_take_shape_where_they_stand_and_the_figure_comes_back(
    used: Page, server: str
) -> None:
    page = used
    query = address.whole(default_networks(), NetworkView(focus=1))
    arrive(page, f"{server}/network?{urlencode(query, doseq=True)}")
    wait_drawn(page)
    settle(page)
    assert page.evaluate(COVERED) is None
    page.locator(".gd-bar [data-act=start]").click()
    page.wait_for_function(f"({COVERED})()?.faded", timeout=MILLISECONDS_TO_DRAW)
    first = page.evaluate(COVERED)
    assert first["covered"] == 2 + 8 + 1
    for _ in range(3):
        page.keyboard.press("Shift+ArrowRight")
    page.wait_for_function(f"before => ({COVERED})().painted !== before", arg=first["painted"])
    page.keyboard.press("End")
    page.wait_for_function("!document.querySelector('[data-panel=surface] .gd-over')")
    assert_quiet(page)


def test_on_a_phone_many_columns_have_pictures_below_one_another_with_whole_titles(
    used: Page, server: str
) -> None:
    page, wine = used, default_networks(gd.DATASETS["wine"])
    query = address.whole(replace(wine, epochs=2), NetworkView())
    page.set_viewport_size({"width": 390, "height": 844})
    arrive(page, f"{server}/network?{urlencode(query, doseq=True)}")
    wait_drawn(page)
    settle(page)
    curves, fit = (
        page.locator(f"[data-panel={name}]").bounding_box() for name in ("curves", "fit")
    )
    assert curves
    assert fit
    assert fit["y"] >= curves["y"] + curves["height"]
    for text in page.locator("[data-panel] :is(.gtitle, .xtitle, .textpoint text)").all():
        box = text.bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
    page.set_viewport_size(VIEWPORT)
