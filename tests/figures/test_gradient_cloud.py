"""The cloud's map and its curves, by their data."""

import numpy as np
import pytest

import gdplay as gd
from gdplay.figures.gradient_cloud import (
    REACH,
    arrow_scale,
    cloud_map,
    map_legend,
    scatter_curves,
)
from gdplay.studies.gradient_cloud import GradientCloud, Place, cloud, read
from gdplay.teaching.defaults import default_experiment
from gdplay.theory.landscape import box_of, landscape, plane_of
from tests.figures import assert_inked, by_name, every_theme, names


@pytest.fixture(scope="module")
def ground():
    experiment = default_experiment()
    traces = gd.train(experiment)
    plane = plane_of(experiment, traces)
    return experiment, landscape(experiment.problem, plane, box_of(experiment, traces, plane), 20)


def near(experiment: gd.Experiment, share: float = 0.02) -> np.ndarray:
    minimum = experiment.problem.minimum()
    return minimum + share * (np.array(experiment.start) - minimum)


def reading(experiment: gd.Experiment, params: np.ndarray, size: int) -> GradientCloud:
    return read(experiment, Place(params, "here"), size)


def test_each_dot_is_a_batchs_step_and_crosses_are_those_that_go_uphill(ground):
    experiment, land = ground
    place = near(experiment)
    whole = reading(experiment, place, 4)
    figure, mine, scale = (
        cloud_map(experiment, land, whole),
        whole.cloud,
        arrow_scale(whole.singles, land),
    )
    up, down = (by_name(figure, f"a batch: {way}hill") for way in ("up", "down"))
    rises = mine.gradients @ mine.full < 0
    assert 0 < rises.sum() < 400
    for drawn, chosen in ((up, rises), (down, ~rises)):
        tips = place - scale * mine.gradients[chosen]
        np.testing.assert_allclose(np.column_stack([drawn.x, drawn.y]), tips, rtol=1e-5, atol=1e-6)
    assert up.marker.symbol != down.marker.symbol
    assert up.marker.color != down.marker.color
    arrow = by_name(figure, "all rows")
    np.testing.assert_allclose([arrow.x[0], arrow.y[0]], place, rtol=1e-5)
    np.testing.assert_allclose([arrow.x[1], arrow.y[1]], place - scale * mine.full, rtol=1e-5)


def test_at_the_minimum_a_ring_takes_the_arrows_place_and_nothing_goes_uphill(ground):
    experiment, land = ground
    place = experiment.problem.minimum()
    figure = cloud_map(experiment, land, reading(experiment, place, 4))
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
        figure = cloud_map(experiment, land, reading(experiment, place, 8))
        told = [m.text[0] for m in figure.data if m.name in ("start", "minimum")]
        assert [text for text in told if text] == [named]


def test_spots_to_click_cover_the_map_unseen_even_after_a_click(ground):
    experiment, land = ground
    place = near(experiment)
    figure = cloud_map(experiment, land, reading(experiment, place, 8))
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
    mine = reading(experiment, place, 4)
    figure, scale = cloud_map(experiment, land, mine), arrow_scale(mine.singles, land)
    drawn = sum(len(t.x) for t in figure.data if t.name.startswith("a batch"))
    assert drawn == 400
    first = by_name(figure, "a batch: downhill")
    way = plane.coordinates(place) - scale * mine.cloud.gradients @ plane.dual.T
    assert np.abs(way - [first.x[0], first.y[0]]).sum(axis=1).min() < 1e-4


def test_curves_hold_the_scatters_numbers(ground):
    experiment, _ = ground
    mine = reading(experiment, near(experiment), 8)
    figure, ends = scatter_curves(mine), mine.scatters
    np.testing.assert_allclose(by_name(figure, "spread").y[:-1], [one.spread for one in ends[:-1]])
    assert np.isnan(by_name(figure, "spread").y[-1])  # all rows have none
    np.testing.assert_allclose(by_name(figure, "mean cosine").y, [one.cosine for one in ends])
    np.testing.assert_allclose(by_name(figure, "share uphill").y, [one.uphill for one in ends])
    assert {shape.x0 for shape in figure.layout.shapes} == {8}


def test_where_nothing_points_uphill_there_are_spreads_alone(ground):
    experiment, _ = ground
    figure = scatter_curves(reading(experiment, experiment.problem.minimum(), 8))
    assert names(figure) == ["predicted", "spread"]
    assert len(figure.layout.annotations) == 1


def test_the_legend_tells_the_arrows_scale_and_what_a_slice_holds(ground):
    experiment, land = ground
    mine = reading(experiment, near(experiment), 8)
    text = map_legend(mine, land).replace("\\", "")
    assert "one of 400 batches" in text
    assert f"times {arrow_scale(mine.singles, land):g}" in text
    assert "slice" not in text
    flat = gd.default_experiment(gd.DATASETS["iris"])
    traces = gd.train(flat)
    plane = plane_of(flat, traces)
    sliced = landscape(flat.problem, plane, box_of(flat, traces, plane), 4)
    text = map_legend(reading(flat, np.zeros(flat.problem.n_params), 8), sliced).replace("\\", "")
    assert f"slice of {flat.problem.n_params} parameters" in text
    assert f"{plane.share:.1%}" in text


@every_theme
def test_the_cloud_takes_the_themes_ink(theme, ground):
    experiment, land = ground
    mine = reading(experiment, near(experiment), 8)
    drawn = [cloud_map(experiment, land, mine, theme=theme), scatter_curves(mine, theme=theme)]
    assert_inked(drawn, theme)
