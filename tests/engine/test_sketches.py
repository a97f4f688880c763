"""The small picture of a trace in a notebook."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from gdplay.engine.sketches import HEIGHT, WIDTH, loss_sketch


def points(svg):
    ElementTree.fromstring(svg)
    return [
        np.array([pair.split(",") for pair in line.split()], dtype=float)
        for line in re.findall(r'points="([^"]*)"', svg)
    ]


@pytest.mark.parametrize("shift", [0.0, -5.0])
def test_each_seed_is_a_line_that_stays_in_the_picture_and_falls_with_the_loss(shift):
    losses = np.array([[8.0, 4.0, 2.0, 1.0], [8.0, 9.0, np.inf, np.nan]]) + shift
    fell, lost = points(loss_sketch(np.arange(4), losses))
    assert (np.diff(fell[:, 1]) > 0).all()
    assert len(lost) == 2
    assert ((fell >= 0) & (fell <= [WIDTH, HEIGHT])).all()
    if not shift:  # halves are alike on a logarithmic axis
        np.testing.assert_allclose(np.diff(fell[:, 1], n=2), 0, atol=0.2)


def test_a_loss_that_stands_still_or_is_nowhere_finite_breaks_nothing():
    assert len(points(loss_sketch(np.arange(3), np.zeros((1, 3))))) == 1
    assert loss_sketch(np.arange(2), np.full((1, 2), np.nan)) == ""


@pytest.mark.parametrize("epochs", [1, 2, 30])
def test_a_line_goes_from_edge_to_edge_however_few_epochs_there_are(epochs):
    (line,) = points(loss_sketch(np.arange(epochs + 1), np.linspace(2, 1, epochs + 1)[None]))
    assert line[0, 0] == pytest.approx(WIDTH - line[-1, 0])
    assert line[0, 0] < WIDTH / 10
