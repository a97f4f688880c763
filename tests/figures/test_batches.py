"""The figures of the Batch size page, by their data."""

from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

import gdplay as gd
from gdplay.figures.axes import spaced
from gdplay.figures.batches import cost_view
from gdplay.figures.gradient_cloud import REACH, arrow_scale, cloud_map, scatter_curves
from gdplay.figures.noise_floor import floor_view
from gdplay.figures.theme import DARK, LIGHT, THEMES
from gdplay.studies.gradient_cloud import cloud, scatters
from gdplay.studies.noise_floor import SAMPLED, Floor
from gdplay.teaching.defaults import default_experiment
from gdplay.theory.landscape import box_of, landscape, plane_of

every_theme = pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))


def by_name(figure: go.Figure, name: str, at: int = 0) -> Any:
    return [trace for trace in figure.data if trace.name == name][at]


def names(figure: go.Figure) -> list[str]:
    return [trace.name for trace in figure.data]


# The cloud


@pytest.fixture(scope="module")
def ground():
    experiment = default_experiment()
    traces = gd.train(experiment)
    plane = plane_of(experiment, traces)
    return experiment, landscape(experiment.problem, plane, box_of(experiment, traces, plane), 20)


def near(experiment: gd.Experiment, share: float = 0.02) -> np.ndarray:
    minimum = experiment.problem.minimum()
    return minimum + share * (np.array(experiment.start) - minimum)


def test_each_dot_is_a_batchs_step_and_crosses_are_those_that_go_uphill(ground):
    experiment, land = ground
    place = near(experiment)
    mine = cloud(experiment.problem, place, 4, n=60)
    figure = cloud_map(experiment, land, place, mine, 2.0)
    up, down = (by_name(figure, f"a batch: {way}hill") for way in ("up", "down"))
    rises = mine.gradients @ mine.full < 0
    assert 0 < rises.sum() < 60
    for drawn, chosen in ((up, rises), (down, ~rises)):
        tips = place - 2 * mine.gradients[chosen]
        np.testing.assert_allclose(np.column_stack([drawn.x, drawn.y]), tips, rtol=1e-5)
    assert up.marker.symbol != down.marker.symbol
    assert up.marker.color != down.marker.color
    arrow = by_name(figure, "all rows")
    np.testing.assert_allclose([arrow.x[0], arrow.y[0]], place, rtol=1e-5)
    np.testing.assert_allclose([arrow.x[1], arrow.y[1]], place - 2 * mine.full, rtol=1e-5)


def test_at_the_minimum_a_ring_takes_the_arrows_place_and_nothing_goes_uphill(ground):
    experiment, land = ground
    place = experiment.problem.minimum()
    figure = cloud_map(experiment, land, place, cloud(experiment.problem, place, 4, n=30), 2.0)
    assert "all rows" not in names(figure)
    assert "a batch: uphill" not in names(figure)
    ring = by_name(figure, "the full gradient is zero")
    np.testing.assert_allclose([ring.x[0], ring.y[0]], place)


def test_the_scale_of_arrows_fits_the_map_and_is_the_same_for_all_batch_sizes(ground):
    experiment, land = ground
    for share in (1.0, 0.02, 0.0):
        place = near(experiment, share)
        singles = cloud(experiment.problem, place, 1)
        scale = arrow_scale(singles, land)
        size = np.array([np.ptp(land.x), np.ptp(land.y)])
        lengths = scale * np.linalg.norm(singles.gradients / size, axis=1)
        longest = max(np.quantile(lengths, 0.9), scale * np.linalg.norm(singles.full / size))
        assert longest == pytest.approx(REACH, rel=0.5)
        assert f"{scale:.1g}" == f"{scale:g}" or scale >= 10


def test_a_mark_under_the_cloud_goes_without_its_name(ground):
    experiment, land = ground
    for share, named in ((1.0, "minimum"), (0.02, "start")):
        place = near(experiment, share)
        figure = cloud_map(experiment, land, place, cloud(experiment.problem, place, 8, n=9), 1.0)
        told = [m.text[0] for m in figure.data if m.name in ("start", "minimum")]
        assert [text for text in told if text] == [named]


def test_spots_to_click_cover_the_map_unseen_even_after_a_click(ground):
    experiment, land = ground
    place = near(experiment)
    figure = cloud_map(experiment, land, place, cloud(experiment.problem, place, 8, n=9), 1.0)
    spots = by_name(figure, "spots")
    assert spots is figure.data[-1]
    assert (spots.marker.opacity, spots.unselected.marker.opacity) == (0, 0)
    assert spots.x.min() > land.x[0]
    assert spots.x.max() < land.x[-1]


def test_more_parameters_are_drawn_on_their_plane():
    experiment = default_experiment(gd.DATASETS["iris"])
    traces = gd.train(experiment)
    plane = plane_of(experiment, traces)
    land = landscape(experiment.problem, plane, box_of(experiment, traces, plane), 8)
    place = 0.5 * experiment.problem.minimum()
    mine = cloud(experiment.problem, place, 4, n=40)
    figure = cloud_map(experiment, land, place, mine, 0.5)
    drawn = sum(len(t.x) for t in figure.data if t.name.startswith("a batch"))
    assert drawn == 40
    first = by_name(figure, "a batch: downhill")
    way = plane.coordinates(place) - 0.5 * mine.gradients @ plane.dual.T
    assert np.abs(way - [first.x[0], first.y[0]]).sum(axis=1).min() < 1e-4


def test_curves_hold_the_scatters_numbers(ground):
    experiment, _ = ground
    found = scatters(experiment.problem, near(experiment), (1, 2, 8, 200), n=50)
    figure = scatter_curves(found, 8)
    np.testing.assert_allclose(by_name(figure, "spread").y[:3], [one.spread for one in found[:3]])
    assert np.isnan(by_name(figure, "spread").y[3])  # all rows have none
    np.testing.assert_allclose(by_name(figure, "mean cosine").y, [one.cosine for one in found])
    np.testing.assert_allclose(by_name(figure, "share uphill").y, [one.uphill for one in found])
    assert {shape.x0 for shape in figure.layout.shapes} == {8}


def test_where_nothing_points_uphill_there_are_spreads_alone(ground):
    problem = ground[0].problem
    figure = scatter_curves(scatters(problem, problem.minimum(), (1, 8), n=50), 8)
    assert names(figure) == ["predicted", "spread"]
    assert len(figure.layout.annotations) == 1


@pytest.mark.parametrize(
    ("sizes", "kept"),
    [((1, 2, 4, 128, 200), (1, 2, 4, 200)), ((1, 2, 4, 100), (1, 2, 4, 100)), ((1, 2), (1, 2)),
     ((1,), (1,)), ((2, 3), (2, 3))],
)  # fmt: skip
def test_ticks_keep_apart_and_hold_both_ends(sizes, kept):
    values = np.array(sizes, dtype=float)
    assert tuple(values[spaced(values)]) == kept


# Noise floors


def some_floors() -> list[Floor]:
    rates = np.array([0.1, 0.2, 0.4])
    return [
        Floor(size, key, rates, mean, 0.8 * mean, 1.3 * mean, predicted)
        for key, factor in zip(SAMPLED, (1.0, 0.1), strict=True)
        for size in (1, 4)
        for predicted in [np.array([0.01, 0.02, np.inf if size == 1 else 0.05]) / size]
        for mean in [factor * np.array([0.011, 0.019, 7.0]) / size]
    ]


def test_both_panels_hold_measured_marks_with_bands_and_the_prediction():
    figure = floor_view(some_floors(), 0.1)
    marks = [trace for trace in figure.data if trace.name == "B = 4"]
    assert [mark.xaxis for mark in marks] == ["x", "x2"]
    np.testing.assert_allclose(marks[0].x, np.array([0.1, 0.2, 0.4]) / 4)
    np.testing.assert_allclose(marks[0].y, np.array([0.011, 0.019, 7.0]) / 4, rtol=1e-6)
    np.testing.assert_allclose(marks[1].y, 0.1 * marks[0].y, rtol=1e-6)
    np.testing.assert_allclose(marks[0].error_y.array, 0.3 * marks[0].y, rtol=1e-5)
    np.testing.assert_allclose(marks[0].error_y.arrayminus, 0.2 * marks[0].y, rtol=1e-5)
    lines = [trace for trace in figure.data if trace.name == "predicted"]
    assert len(lines) == 4
    np.testing.assert_allclose(lines[1].y, np.array([0.01, 0.02, 0.05]) / 4, rtol=1e-6)


def test_beyond_the_mean_square_limit_neither_prediction_nor_mark_is_drawn():
    figure = floor_view(some_floors(), 0.1)
    assert np.isnan(by_name(figure, "B = 1").y[2])
    assert np.isnan(by_name(figure, "predicted").y[2])


def test_the_dotted_line_is_the_floor_at_small_rates():
    dotted = by_name(floor_view(some_floors(), 0.1), "small rates")
    np.testing.assert_allclose(dotted.y / dotted.x, 0.1, rtol=1e-6)


def test_floors_that_all_diverged_are_told_instead_of_drawn():
    gone = [floor._replace(mean=np.full(3, np.inf)) for floor in some_floors()]
    assert "diverged" in floor_view(gone, 0.1).layout.annotations[0].text


# Costs


def test_an_epochs_time_is_that_of_its_updates():
    figure = cost_view((1, 32, 200), (5e-6, 6e-6, 2e-5), 200)
    np.testing.assert_allclose(by_name(figure, "per update").y, [5, 6, 20])
    np.testing.assert_allclose(by_name(figure, "per epoch").y, [1000, 7 * 6, 20])
    assert figure.layout.yaxis.title.text == "µs per update"
    slow = cost_view((1, 32), (5e-3, 6e-3), 200)
    assert slow.layout.yaxis.title.text == "ms per update"
    steep = by_name(figure, "in proportion to B")
    np.testing.assert_allclose(steep.y / steep.x, 5)


@every_theme
def test_every_figure_takes_the_themes_ink(theme, ground):
    experiment, land = ground
    place = near(experiment)
    mine = cloud(experiment.problem, place, 8, n=9)
    drawn = [
        cloud_map(experiment, land, place, mine, 1.0, theme=theme),
        scatter_curves(scatters(experiment.problem, place, (1, 8), n=9), 8, theme=theme),
        floor_view(some_floors(), 0.1, theme=theme),
        cost_view((1, 8), (1e-6, 2e-6), 200, theme=theme),
    ]
    other = DARK if theme is LIGHT else LIGHT
    for figure in drawn:
        assert figure.layout.font.color == theme.ink
        for stranger in (other.ink, other.grid, other.muted):
            assert stranger not in figure.to_json()
