"""Small pictures: bands that cover the paper, and paths that lie where they do."""

import re

import numpy as np
import pytest

import gdplay as gd
from gdplay.gallery import sketches
from gdplay.theory.landscape import PRINCIPAL, Landscape, landscape, plane_of

RACE = gd.Experiment(gd.SURFACES["bowl"], (gd.Run(gd.SGD(lr=0.25)),), start=(2.0, 1.0), epochs=2)
TRACES = gd.train(RACE)


def land_of(experiment: gd.Experiment) -> Landscape:
    plane = plane_of(experiment, TRACES, PRINCIPAL)
    return landscape(experiment.problem, plane, (np.array([-4.0, -2.0]), np.array([4.0, 2.0])), 41)


LAND = land_of(RACE)
DRAWN = sketches.sketch(RACE, TRACES, LAND)


def points(way: str) -> np.ndarray:
    """Return the corners that a way in SVG goes through."""
    first, _, rest = way.removeprefix("M").partition("l")
    numbers = [[int(n) for n in re.findall(r"-?\d+", part)] for part in (first, rest)]
    steps = np.array(numbers[1]).reshape(-1, 2)
    return np.vstack([[numbers[0]], numbers[0] + np.cumsum(steps, axis=0)])


def test_a_path_goes_through_its_states() -> None:
    (way,) = re.findall(r'<path class="r0" d="([^"]+)"', DRAWN)
    # (2, 1), then half as far, then a quarter: on one line, so that its ends tell all.
    assert points(way).tolist() == [[750, 160], [562, 280]]


def test_bands_stand_at_even_steps_of_the_root_of_the_loss() -> None:
    (way,) = re.findall(r'<path class="b0" d="([^"]+)z"', DRAWN)
    x, y = ((points(way) - [500, 320]) / [125, -160]).T
    radii = np.hypot(x, y)
    assert radii.min() == pytest.approx(np.sqrt(20) / sketches.BANDS, rel=0.05)
    assert radii.max() == pytest.approx(np.sqrt(20) / sketches.BANDS, rel=0.05)
    assert len(re.findall(r'<path class="b\d"', DRAWN)) == sketches.BANDS


def test_every_band_closes_though_the_paper_ends() -> None:
    for way in re.findall(r'<path class="b\d" d="([^"]+)"', DRAWN):
        assert way.count("M") == way.count("z")


def test_a_covered_picture_shows_where_runs_start_and_no_path() -> None:
    covered = sketches.sketch(RACE, TRACES, LAND, covered=True)
    assert 'class="r0"' not in covered
    for kind, spot in (("s", "M750 160h0"), ("o", "M500 320h0")):
        assert f'<path class="e" d="{spot}"/><path class="{kind}" d="{spot}"/>' in covered


def test_corners_stay_where_they_turn_a_line_and_go_where_they_do_not() -> None:
    line = np.array([[0, 0], [10, 0.1], [20, 0], [20, 10], [20, 0]])
    assert sketches._simple(line).tolist() == [[0, 0], [20, 0], [20, 10], [20, 0]]
