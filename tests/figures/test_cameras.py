"""Where a surface is looked at from: places from which its paths are seen."""

from dataclasses import replace

import numpy as np
import pytest

import gdplay as gd
from gdplay.figures import paths, surface
from gdplay.figures.cameras import ASIDE, ASPECT, eye
from gdplay.theory.landscape import Landscape, Plane, box_of, landscape, plane_of
from tests import few_surfaces, trained

EXPERIMENTS = {key: gd.default_experiment(dataset) for key, dataset in gd.DATASETS.items()} | {
    key: gd.Experiment(test, (gd.Run(gd.SGD(0.01)), gd.Run(gd.Momentum(0.005))), test.start, 200)
    for key, test in few_surfaces().items()
}
SIDE = np.linspace(-1, 1, 41)
FLAT = Plane(np.zeros(2), np.eye(2), np.eye(2), ("x", "y"))


def ground(height):
    """A landscape with `height(x, y)` over the square from -1 to 1."""
    x, y = np.meshgrid(SIDE, SIDE)
    return Landscape(FLAT, SIDE, SIDE, height(x, y), None)


def looked(land, *ways, top=1.0):
    found = eye(land, ways, 0.0, top)
    return np.array([found[axis] for axis in "xyz"])


def hidden(point, viewer, land, low, size):
    """Whether ground stands on the line to the viewer, in very small steps along it."""
    line = point + np.linspace(0.03, 0.6, 400)[:, None] * (viewer - point)
    x, y = (line[:, :2] / ASPECT[:2] + 0.5).T
    inside = (x >= 0) & (x <= 1) & (y >= 0) & (y <= 1)
    column, row = (x * (len(land.x) - 1)).astype(int), (y * (len(land.y) - 1)).astype(int)
    corners = [
        land.loss[(row + up).clip(0, len(land.y) - 1), (column + right).clip(0, len(land.x) - 1)]
        for up in (0, 1)
        for right in (0, 1)
    ]
    lowest = np.min(corners, axis=0)  # only what is surely higher hides
    heights = ((lowest - low) / size - 0.5) * ASPECT[2]
    return bool((inside & (lowest <= low + size) & (heights > line[:, 2] + 0.01)).any())


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_most_of_what_runs_do_is_seen_from_there(name):
    experiment = EXPERIMENTS[name]
    traces = trained(experiment)
    plane = plane_of(experiment, traces)
    land = landscape(experiment.problem, plane, box_of(experiment, traces, plane))
    scene = surface(experiment, traces, land).layout.scene
    viewer = np.array([scene.camera.eye[axis] for axis in "xyz"])
    low, top = scene.zaxis.range
    low += (top - low) * 0.02 / 1.02
    corner, size = (
        np.array([land.x[0], land.y[0], low]),
        np.array([np.ptp(land.x), np.ptp(land.y), top - low]),
    )
    seen = []
    for path in paths(experiment, traces, land):
        points = (np.column_stack([path.x, path.y, path.loss]) - corner) / size - 0.5
        inside = points[(np.abs(points) <= 0.5).all(axis=1)] * ASPECT
        seen += [not hidden(point, viewer, land, low, top - low) for point in inside[::5]]
    assert np.mean(seen) > 0.9


def test_across_a_bowl_one_looks_from_the_side_of_the_start():
    bowl = ground(lambda x, y: (x**2 + y**2) / 2)
    for angle in np.radians([0, 50, 140, 230]):
        away = np.linspace(0.9, 0, 12)
        x, y = away * np.cos(angle), away * np.sin(angle)
        found = looked(bowl, np.column_stack([x, y, (x**2 + y**2) / 2]))
        turned = np.degrees(np.arctan2(found[1], found[0]) - angle) % 360
        assert abs(min(turned, 360 - turned) - ASIDE) <= 31


def test_where_the_ground_is_cut_off_at_one_corner_no_one_looks_over_it():
    x, y = np.meshgrid(SIDE, SIDE)
    for east, north in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
        height = np.where(east * x + north * y > 0.3, 2.0, 0.01)
        cut = Landscape(FLAT, SIDE, SIDE, height, None)
        for turned in (ASIDE, -ASIDE):  # a start for which that corner is the usual place
            at = np.arctan2(north, east) - np.radians(turned)
            way = np.linspace(0.3, 0.0, 12)
            found = looked(cut, np.column_stack([way * np.cos(at), way * np.sin(at), way / 9]))
            towards = found[:2] @ [east, north] / np.hypot(*found[:2]) / 2**0.5
            assert np.degrees(np.arccos(towards)) > 45


@pytest.mark.parametrize("side", [1, -1])
def test_a_wall_is_looked_at_from_the_side_of_the_path(side):
    wall = ground(lambda x, y: np.where(np.abs(side * y - 0.2) < 0.1, 0.95, 0.0))
    x = np.linspace(-0.9, 0.9, 15)
    found = looked(wall, np.column_stack([x, np.full(15, -0.1 * side), np.full(15, 0.01)]))
    assert side * found[1] < 0


def test_views_are_from_above_and_as_far_as_lets_the_titles_of_axes_be_read():
    bowl = ground(lambda x, y: (x**2 + y**2) / 2)
    middle = np.array([0, 0, -0.14])
    for path in ([[0.5, 0.5, 0.25], [0, 0, 0]], [[-0.9, 0.1, 0.41], [0, 0, 0]]):
        found = looked(bowl, np.array(path))
        assert found[2] > 1
        assert 1.7 <= np.linalg.norm(found).round(3) <= 1.96
        ahead = (middle - found) / np.linalg.norm(middle - found)
        up = np.array([0, 0, 1]) - ahead[2] * ahead
        for title in ([0.7, 0, -0.3], [-0.7, 0, -0.3], [0, 0.7, -0.3], [0, -0.7, -0.3]):
            away = title - found
            share = (away @ up) / np.linalg.norm(up) / (away @ ahead)
            assert share > -0.97 * np.tan(np.radians(22.5))


def test_without_a_path_in_the_box_there_is_a_view_all_the_same():
    bowl = ground(lambda x, y: (x**2 + y**2) / 2)
    outside = np.array([[5.0, 5.0, 25.0], [9.0, 9.0, 81.0]])
    for ways in ((), (outside,), (np.empty((0, 3)),)):
        assert np.isfinite(looked(bowl, *ways)).all()
    one_state = np.array([[0.5, 0.5, 0.25]])
    assert np.isfinite(looked(bowl, one_state)).all()


def test_the_same_paths_are_looked_at_from_the_same_place():
    experiment = replace(gd.default_experiment(), epochs=5)
    traces = gd.train(experiment)
    plane = plane_of(experiment, traces)
    land = landscape(experiment.problem, plane, box_of(experiment, traces, plane), 20)
    first, second = (surface(experiment, traces, land).layout.scene.camera for _ in range(2))
    assert first == second
