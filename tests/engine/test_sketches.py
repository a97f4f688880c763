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
    assert fell[:, 0].tolist() == pytest.approx(np.linspace(6, WIDTH - 6, 4), abs=0.05)
    assert lost[1, 1] == 6
    assert fell[-1, 1] == HEIGHT - 6
    assert ((fell >= 0) & (fell <= [WIDTH, HEIGHT])).all()
    if not shift:  # halves are alike on a logarithmic axis
        np.testing.assert_allclose(np.diff(fell[:, 1], n=2), 0, atol=0.2)


def test_a_loss_that_stands_still_or_is_nowhere_finite_breaks_nothing():
    (still,) = points(loss_sketch(np.arange(3), np.zeros((1, 3))))
    assert len(set(still[:, 1])) == 1
    assert ((still >= 6) & (still <= [WIDTH - 6, HEIGHT - 6])).all()
    assert loss_sketch(np.arange(2), np.full((1, 2), np.nan)) == ""


@pytest.mark.parametrize("epochs", [1, 2, 30])
def test_a_line_goes_from_edge_to_edge_however_few_epochs_there_are(epochs):
    (line,) = points(loss_sketch(np.arange(epochs + 1), np.linspace(2, 1, epochs + 1)[None]))
    assert line[0, 0] == pytest.approx(WIDTH - line[-1, 0])
    assert line[0, 0] < WIDTH / 10


def test_below_zero_heights_are_as_they_are_and_the_ends_are_told():
    svg = loss_sketch(np.arange(3), np.array([[1.0, 0.0, -3.0], [np.inf, np.nan, -1.0]]))
    first, second = points(svg)
    np.testing.assert_allclose(first[:, 1], [6, 33, 114])  # 108 pixels from 1 down to -3
    np.testing.assert_allclose(second, [[WIDTH - 6, 60]])
    assert "over the epochs, between 1 and -3<" in svg.replace("\u2212", "-")
