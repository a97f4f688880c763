"""The Guide's drawings hold what they are said to show."""

import re
from base64 import b64decode

import numpy as np

import gdplay as gd
from gdplay.figures import guide
from gdplay.figures.theme import LIGHT
from tests import trained

HOME = gd.default_experiment()


def lines(picture: str) -> list[tuple[str, np.ndarray]]:
    """The lines of a sketch, by colour."""
    svg = b64decode(picture.partition("base64,")[2].partition('"')[0]).decode()
    return [
        (color, np.array([pair.split(",") for pair in points.split()], dtype=float))
        for points, color in re.findall(r'points="([^"]*)" stroke="([^"]*)"', svg)
    ]


def test_the_map_of_the_variants_shows_each_path_whole_from_the_start_to_the_minimum() -> None:
    pictures = guide.paths(HOME, trained(HOME), LIGHT)
    ends = []
    for place, picture in enumerate(pictures):
        drawn = lines(picture)
        (path,) = [points for color, points in drawn if color == LIGHT.run_color(place)]
        (minimum,) = [points[0] for color, points in drawn if color == LIGHT.muted]
        assert np.all((path > 0) & (path < [240, 100]))
        assert np.ptp(path[:, 0]) > 100
        start, path_end = path[0], path[-1]
        assert start[1] > minimum[1]  # the start's weight is lower: up is up
        assert start[0] > minimum[0]
        ends.append(np.hypot(*(path_end - minimum)) / np.hypot(*(start - minimum)))
    assert max(ends) < 0.25
