"""The edge of stability, by the figures' data."""

import numpy as np
import pytest

import gdplay as gd
from gdplay.figures.edge import curvature_view, loss_view
from gdplay.figures.theme import faint
from gdplay.studies.edge import edge
from tests.figures import assert_inked, by_name, every_theme

READING = edge()


@every_theme
def test_curvature_and_loss_stand_in_one_colour_a_rate_with_the_edge_at_one(theme):
    views = curvature_view(READING, theme=theme), loss_view(READING, theme=theme)
    for place, way in enumerate(READING.ways):
        bends, loss = (by_name(view, f"η = {way.rate:g}") for view in views)
        np.testing.assert_allclose(bends.y, way.ratio, rtol=1e-6)
        np.testing.assert_allclose(loss.y, way.loss, rtol=1e-6)
        assert bends.line.color == loss.line.color == theme.run_color(place)
    assert list(by_name(views[0], "the edge").y) == [1, 1]
    assert views[0].data[-1].name == "the edge"  # over the lines, and what it says on a plate:
    (says,) = views[0].layout.annotations
    assert (says.x, says.y) == (READING.n_updates, np.log10(1))
    assert says.bgcolor == faint(theme.paper, 0.82)
    assert_inked(views, theme)


def test_without_a_minimum_the_loss_itself_is_drawn():
    saddle = edge(gd.SURFACES["plain_saddle"])
    assert loss_view(saddle).layout.title.text == "Loss"
    assert loss_view(READING).layout.yaxis.type == "log"
    monkey = edge(gd.SURFACES["monkey_saddle"])
    low, high = loss_view(monkey).layout.yaxis.range
    start = monkey.ways[0].loss[0]
    assert low == -high + 2 * start
    assert (high - start) / (1 + start) == pytest.approx(11, abs=0.01)  # ten, and a margin
    assert min(way.loss.min() for way in monkey.ways) < 1e30 * low
