"""The map of basins: each start's colour, and where a click starts."""

import numpy as np
import pytest

import gdplay as gd
from gdplay.figures.basins import HUES, TITLES, basins_map
from gdplay.figures.theme import DARK, LIGHT
from gdplay.studies.basins import LOST, basins
from gdplay.theory.landscape import Landscape, Plane


def ground(surface):
    (x0, x1), (y0, y1) = surface.box
    x, y = np.linspace(x0, x1, 9), np.linspace(y0, y1, 9)
    plane = Plane(np.zeros(2), np.eye(2), np.eye(2), ("x", "y"))
    return Landscape(plane, x, y, surface.on_grid(np.zeros(2), np.eye(2), x, y), None)


def drawn(key, rule, shade="minimum", theme=LIGHT):
    surface = gd.SURFACES[key]
    reading = basins(surface, rule, side=7, n_updates=50)
    return reading, basins_map(reading, ground(surface), surface.start, shade=shade, theme=theme)


def colour(trace):
    return trace.colorscale[0][1]


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_each_minimum_has_a_colour_of_its_own_and_the_lost_another(theme):
    reading, figure = drawn("himmelblau", gd.Momentum(0.016), theme=theme)
    heats = [trace for trace in figure.data if trace.type == "heatmap"]
    names = [trace.name for trace in heats]
    assert names == [TITLES[w] for w in TITLES if reading.share(w)] + [
        name for name in names if name.startswith("(")
    ]
    for place in np.unique(reading.reached[reading.reached >= 0]):
        (heat,) = (trace for trace in heats if colour(trace) == HUES[place])
        np.testing.assert_array_equal(np.isfinite(heat.z), reading.reached == place)
    assert reading.share(LOST) > 0
    assert len({colour(trace) for trace in heats}) == len(heats)


def test_of_many_minima_the_colour_tells_how_low_and_of_updates_how_many():
    reading, figure = drawn("rastrigin", gd.SGD(0.002))
    (heat,) = (t for t in figure.data if t.type == "heatmap" and t.name == "value of the minimum")
    there = reading.reached >= 0
    values = np.array([minimum.value for minimum in reading.minima])
    np.testing.assert_allclose(heat.z[there], values[reading.reached[there]], rtol=1e-6)
    reading, figure = drawn("himmelblau", gd.SGD(0.01), "updates")
    (heat,) = (t for t in figure.data if t.type == "heatmap" and t.name == "updates needed")
    np.testing.assert_array_equal(
        heat.z[reading.reached >= 0], reading.needed[reading.reached >= 0]
    )


def test_every_start_can_be_pointed_at_and_tells_its_end():
    reading, figure = drawn("saddle", gd.SGD(0.06))
    (starts,) = (trace for trace in figure.data if trace.name == "starts")
    x, y = np.meshgrid(reading.x, reading.y)
    np.testing.assert_allclose(starts.x, x.ravel(), rtol=1e-6)
    np.testing.assert_allclose(starts.y, y.ravel(), rtol=1e-6)
    assert starts.text[0].startswith("to (0, -1), value 0 in ")
