"""The Network page in a browser: what moves stands where the figure stands."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from gdplay.teaching.networks import default_networks
from gdplay.ui import address
from gdplay.ui.network.view import NetworkView

from .harness import MILLISECONDS_TO_DRAW, settle, wait_drawn
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
