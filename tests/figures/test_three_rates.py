"""Distances along a direction in a picture: their numbers are those of the runs."""

import numpy as np

import gdplay as gd
from gdplay.figures.three_rates import direction_view
from gdplay.studies.directions import Direction, components

LINE = gd.default_experiment().problem
START = gd.default_experiment().start


def numbers(values):
    """What a figure holds, as an array."""
    return np.asarray(values, dtype=float)


def named(figure, name):
    return [trace for trace in figure.data if trace.name == name]


def along(fit, rule, start, which=-1):
    """A full-batch run along an eigenvector (the steepest by default)."""
    experiment = gd.Experiment(fit, (gd.Run(rule),), start, epochs=40)
    bent = gd.spectrum(fit, fit.minimum())
    bend, vector = float(bent.values[which]), bent.vectors[:, which]
    return Direction("steepest", bend, components(experiment, gd.train(experiment), vector, bend))


def test_distances_are_drawn_filled_before_and_hollow_beyond_the_minimum():
    found = along(LINE, gd.SGD(lr=0.7 * gd.curvature(LINE).limit), START)
    (component,) = found.components
    figure = direction_view(found, ["mine"])
    (dots,) = named(figure, "mine")
    np.testing.assert_allclose(numbers(dots.y), np.abs(component.offset), rtol=1e-6)
    assert dots.marker.symbol[:4] == ("circle", "circle-open", "circle", "circle-open")
    far = component._replace(offset=-component.offset)
    mirrored = direction_view(found._replace(components=[far]), ["mine"])
    assert named(mirrored, "mine")[0].marker.symbol == dots.marker.symbol
    (line,) = named(figure, "mine, predicted")
    np.testing.assert_allclose(numbers(line.y), component.predicted, rtol=1e-6)
    assert figure.layout.yaxis.type == "log"
    assert figure.layout.title.text.startswith("Distance along the steepest direction, h = 3.")


def test_a_start_level_with_the_minimum_is_said_in_words():
    bowl = gd.SURFACES["bowl"]
    found = along(bowl, gd.SGD(lr=0.1), (0.0, 2.0), which=0)
    assert found.components[0].offset[0] == 0
    figure = direction_view(found, ["run"])
    assert not figure.data
    assert "level with the minimum" in figure.layout.annotations[0].text
