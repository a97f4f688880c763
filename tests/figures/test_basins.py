"""The map of basins: each start's colour, and where a click starts."""

import numpy as np
import pytest

import gdplay as gd
from gdplay.figures.basins import GREYS, HUES, TITLES, basins_map
from gdplay.figures.theme import DARK, LIGHT
from gdplay.figures.ways import paths
from gdplay.studies.basins import LOST, basins
from gdplay.teaching.defaults import default_race
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
    assert starts.text[0].startswith("to (0, −1), value 0 in ")


def test_the_run_from_the_start_lies_over_the_basins():
    race = default_race(gd.SURFACES["himmelblau"])
    land, traces = ground(race.problem), gd.train(race)
    (way,) = paths(race, traces, land, [1])
    figure = basins_map(basins(race.problem, gd.SGD(0.01), side=5), land, race.start, way=way)
    (line,) = (trace for trace in figure.data if trace.name == "Momentum")
    np.testing.assert_allclose(line.x, way.x, rtol=1e-6)
    assert line.line.color == LIGHT.run_color(1)
    pointed_at = [
        trace.name for trace in figure.data
        if (trace.hoverinfo != "skip" or trace.hovertemplate) and trace.x[0] is not None
    ]  # fmt: skip
    assert pointed_at == ["starts"]  # a click on the run would start it off the grid


# Machado, Oliveira & Fernandes, 2009: how colours look without the long, middle, short cones.
SIGHTS = np.array(
    [
        np.eye(3),
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
         [-0.003882, -0.048116, 1.051998]],
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
         [-0.011820, 0.042940, 0.968881]],
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
         [0.004733, 0.691367, 0.303900]],
    ]
)  # fmt: skip


def seen(color):
    """A colour in Oklab (Ottosson, 2020), whose distances are even, by each of `SIGHTS`."""
    parts = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    cones = np.array([[0.4122215, 0.5363325, 0.0514460], [0.2119035, 0.6806995, 0.1073970],
                      [0.0883025, 0.2817188, 0.6299787]])  # fmt: skip
    opponents = np.array([[0.2104543, 0.7936178, -0.0040720], [1.9779985, -2.4285922, 0.4505937],
                          [0.0259040, 0.7827718, -0.8086758]])  # fmt: skip
    return np.cbrt((SIGHTS @ linear).clip(0, 1) @ cones.T) @ opponents.T


def test_basins_have_colours_apart_from_each_other_with_any_sight_and_from_those_of_runs():
    hues, greys = [np.array([seen(c) for c in kind]) for kind in
                   (HUES, [c for each in GREYS.values() for c in each.values()])]  # fmt: skip
    runs = np.array([seen(theme.run_color(i)) for theme in (LIGHT, DARK) for i in range(6)])

    def least(one, other):
        return np.linalg.norm(one[:, None] - other[None], axis=-1)

    apart = least(hues, hues).min(axis=-1)
    assert apart[~np.eye(len(HUES), dtype=bool)].min() > 0.08
    assert least(hues, greys).min() > 0.07
    assert least(hues, runs)[:, :, 0].min() > 0.12  # with full sight
    assert least(hues, runs).min() > 0.06
