"""The figures of the Batch size page, by their data."""

from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

import gdplay as gd
from gdplay.figures.axes import spaced
from gdplay.figures.batches import Scaled, Tail, cost_view, epoch_tiles, scaling_view, tail_view
from gdplay.figures.gradient_cloud import REACH, arrow_scale, cloud_map, scatter_curves
from gdplay.figures.noise_floor import floor_view
from gdplay.figures.rate_by_batch import GRADE, rate_map
from gdplay.figures.theme import DARK, LIGHT, THEMES
from gdplay.sampling import SAMPLINGS
from gdplay.studies.gradient_cloud import cloud, scatters
from gdplay.studies.noise_floor import SAMPLED, Floor
from gdplay.studies.rate_by_batch import Cells
from gdplay.teaching.defaults import default_experiment, default_fit
from gdplay.theory.curvature import curvature
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


# The map

SIZES, RATES = (1, 4, 16), (0.01, 0.1, 1.0)


def some_cells(**more: Any) -> Cells:
    values = np.array([[0.02, 0.5, np.inf], [0.1, 0.003, np.inf], [0.9, 0.01, 40.0]])
    lost = np.array([[0, 0.2, 1], [0, 0, 1], [0, 0, 1]])
    return Cells(**{"values": values, "lost": lost, "best": (0, 1, 1), "start": 10.0, "dust": 1e-15,
                    "exact": True} | more)  # fmt: skip


def test_the_map_shades_losses_on_a_logarithmic_scale_and_leaves_diverged_cells_bare():
    heat = by_name(rate_map(SIZES, RATES, some_cells(), [0.3, 0.5, 0.7]), "loss")
    assert heat.z.shape == (3, 3)
    np.testing.assert_allclose(heat.z[:, 1], [np.log10(0.1), np.log10(0.003), np.nan])
    assert (heat.zmin, heat.zmax) == (pytest.approx(np.log10(0.003)), pytest.approx(1.0))
    np.testing.assert_allclose(heat.x, [-1, 1, 3, 5])
    np.testing.assert_allclose(heat.y, [-2.5, -1.5, -0.5, 0.5])


def test_every_cell_with_a_lost_order_is_hatched_inside_its_edges():
    figure = rate_map(SIZES, RATES, some_cells(), [0.3, 0.5, 0.7])
    hatching = by_name(figure, "lost")
    ends = np.array(hatching.x, dtype=float).reshape(-1, 3)
    heights = np.array(hatching.y, dtype=float).reshape(-1, 3)
    assert len(ends) == 3 * 4
    middles = {
        (round(float(x[:2].mean())), round(float(y[:2].mean())))
        for x, y in zip(ends[::3], heights[::3], strict=True)
    }
    assert middles == {(0, -1), (0, 0), (2, 0), (4, 0)}
    assert np.nanmin(heights) >= -1.5


def test_guides_begin_at_the_best_rate_of_one_row_and_have_slopes_one_and_a_half():
    figure = rate_map(SIZES, RATES, some_cells(), [0.3, 0.5, 0.7])
    for name, power in (("η ∝ B", 1), ("η ∝ √B", 0.5)):
        line = by_name(figure, name)
        assert (line.x[0], line.y[0]) == (0, -2)
        np.testing.assert_allclose(10 ** np.diff(line.y), 4**power)


def test_limits_are_drawn_at_their_rates_and_left_out_where_unknown():
    figure = rate_map(SIZES, RATES, some_cells(), [0.3, 0.5, 0.7])
    np.testing.assert_allclose(by_name(figure, "2/L").y, np.log10(0.7))
    np.testing.assert_allclose(by_name(figure, "mean-square limit").y, np.log10([0.3, 0.5, 0.7]))
    partly = rate_map(SIZES, RATES, some_cells(), [None, None, 0.7])
    np.testing.assert_allclose(by_name(partly, "2/L").y, np.log10(0.7))
    assert "mean-square limit" not in names(partly)
    assert "2/L" not in names(rate_map(SIZES, RATES, some_cells(), [None] * 3))


def test_rings_are_each_sizes_best_and_the_star_is_the_best_of_all():
    figure = rate_map(SIZES, RATES, some_cells(), [None] * 3)
    rings, star = by_name(figure, "best rate"), by_name(figure, "best")
    assert list(zip(rings.x, rings.y, strict=True)) == [(0, -2), (4, -1)]
    assert (star.x, star.y) == ((2,), (-1,))


def test_every_cell_can_be_clicked_and_says_its_places_and_its_end():
    places = by_name(rate_map(SIZES, RATES, some_cells(), [None] * 3), "cells")
    assert len(places.x) == 9
    spot = [tuple(pair) for pair in places.customdata].index((2, 1))
    assert (places.x[spot], places.y[spot]) == (4, -1)
    assert places.text[spot] == "B = 16, η = 0.1<br>excess loss 0.01"
    gone = [tuple(pair) for pair in places.customdata].index((1, 2))
    assert "diverged" in places.text[gone]
    assert "100%" in places.text[gone]
    assert places.unselected.marker.opacity == 0


@every_theme
def test_a_map_where_all_diverged_or_all_ended_alike_is_still_drawn(theme):
    everywhere = some_cells(values=np.full((3, 3), np.inf), lost=np.ones((3, 3)), best=(None,) * 3)
    figure = rate_map(SIZES, RATES, everywhere, [None] * 3, theme=theme)
    assert "best" not in names(figure)
    level = rate_map(SIZES, RATES, some_cells(values=np.full((3, 3), 10.0)), [None] * 3)
    assert by_name(level, "loss").zmin < by_name(level, "loss").zmax


def test_a_maps_colours_go_one_way_in_lightness_in_both_themes():
    for colors in GRADE.values():
        lightness = [sum(int(c[i : i + 2], 16) for i in (1, 3, 5)) for c in colors]
        assert lightness in (sorted(lightness), sorted(lightness, reverse=True))
    assert set(GRADE) == set(THEMES)


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


# Costs, orders, scaling


def test_an_epochs_time_is_that_of_its_updates():
    figure = cost_view((1, 32, 200), (5e-6, 6e-6, 2e-5), 200)
    np.testing.assert_allclose(by_name(figure, "per update").y, [5, 6, 20])
    np.testing.assert_allclose(by_name(figure, "per epoch").y, [1000, 7 * 6, 20])
    assert figure.layout.yaxis.title.text == "µs per update"
    slow = cost_view((1, 32), (5e-3, 6e-3), 200)
    assert slow.layout.yaxis.title.text == "ms per update"
    steep = by_name(figure, "in proportion to B")
    np.testing.assert_allclose(steep.y / steep.x, 5)


def test_tiles_show_two_epochs_of_each_order_with_batches_cut_and_the_short_one_framed():
    targets = np.array([3.0, 1.0, 2.0, 5.0, 4.0])
    order = np.array([[1, 2, 0, 4, 3], [0, 1, 2, 3, 4]])
    figure = epoch_tiles([("sorted by target", order)], targets, 2)
    np.testing.assert_allclose(figure.data[0].z[0], [0, 0.25, 0.5, 0.75, 1])
    np.testing.assert_allclose(figure.data[0].z[1], [0.5, 0, 0.25, 1, 0.75])
    cuts = [shape for shape in figure.layout.shapes if shape.type == "line"]
    assert [cut.x0 for cut in cuts] == [1.5, 3.5]
    (frame,) = [shape for shape in figure.layout.shapes if shape.type == "rect"]
    assert (frame.x0, frame.x1) == (3.5, 4.5)
    assert figure.layout.yaxis.ticktext == (SAMPLINGS["sorted by target"].title,)


def test_no_frame_where_batches_divide_the_rows_and_no_cuts_where_they_are_too_many():
    order = np.stack([np.arange(200)] * 2)
    whole = epoch_tiles([("in order", order)], np.arange(200.0), 50)
    assert [shape.type for shape in whole.layout.shapes] == ["line"] * 3
    assert not epoch_tiles([("in order", order)], np.arange(200.0), 1).layout.shapes


def test_long_epochs_are_thinned_over_their_whole_length():
    order = np.stack([np.arange(5000)] * 2)
    heat = epoch_tiles([("in order", order)], np.arange(5000.0), 512).data[0]
    assert heat.z.shape == (2, 600)
    assert (heat.x[0], heat.x[-1]) == (0, 4999)


def test_tails_stand_on_their_samplings_row_with_their_band():
    tails = [
        Tail("reshuffle", False, 0.02, 0.01, 0.05),
        Tail("reshuffle", True, 0.004, 0.003, 0.006),
        Tail("in order", False, np.inf, np.inf, np.inf),
    ]
    figure = tail_view(tails)
    kept, dropped = by_name(figure, "last batch kept"), by_name(figure, "last batch dropped")
    np.testing.assert_allclose(kept.x, [0.02])
    np.testing.assert_allclose(kept.error_x.array, [0.03])
    np.testing.assert_allclose(kept.error_x.arrayminus, [0.01])
    np.testing.assert_allclose(dropped.x, [0.004])
    assert kept.y[0] < dropped.y[0]
    assert len(figure.layout.yaxis.ticktext) == 2
    assert "diverged" in tail_view(tails[2:]).layout.annotations[0].text


def test_scaling_marks_rates_from_the_limit_on_and_puts_what_diverged_at_the_top():
    found = [Scaled("η ∝ B", np.array([0.5, 1.0, 2.0]), np.array([0.3, 0.1, np.inf]))]
    figure = scaling_view((1, 2, 4), found, 1.0, 8.0)
    line = by_name(figure, "η ∝ B")
    np.testing.assert_allclose(line.y, [0.3, 0.1, 16])
    assert line.marker.symbol == ("circle", "circle-open", "circle-open")
    assert figure.layout.shapes[0].y0 == 8.0


@every_theme
def test_every_figure_takes_the_themes_ink(theme, ground):
    experiment, land = ground
    place = near(experiment)
    mine = cloud(experiment.problem, place, 8, n=9)
    limit = curvature(default_fit(gd.DATASETS["line"])).limit
    drawn = [
        cloud_map(experiment, land, place, mine, 1.0, theme=theme),
        scatter_curves(scatters(experiment.problem, place, (1, 8), n=9), 8, theme=theme),
        rate_map(SIZES, RATES, some_cells(), [limit] * 3, theme=theme),
        floor_view(some_floors(), 0.1, theme=theme),
        cost_view((1, 8), (1e-6, 2e-6), 200, theme=theme),
        epoch_tiles([("in order", np.zeros((2, 4), dtype=int))], np.arange(4.0), 2, theme=theme),
        tail_view([Tail("reshuffle", False, 0.02, 0.01, 0.05)], theme=theme),
        scaling_view((1,), [Scaled("a", np.ones(1), np.ones(1))], 1.0, 8.0, theme=theme),
    ]
    other = DARK if theme is LIGHT else LIGHT
    for figure in drawn:
        assert figure.layout.font.color == theme.ink
        for stranger in (other.ink, other.grid, other.muted):
            assert stranger not in figure.to_json()


def test_titles_with_markup_are_shown_as_they_are():
    found = [Scaled("<b>x</b>", np.array([0.5]), np.array([0.3]))]
    figure = scaling_view((1,), found, 1.0, 8.0)
    assert "<b>x" not in figure.data[0].hovertemplate
