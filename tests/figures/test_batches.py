"""The figures of the Batch size page, by their data."""

from typing import Any

import numpy as np
import pytest

import gdplay as gd
from gdplay.figures.axes import spaced
from gdplay.figures.batches import Scaled, Tail, epoch_tiles, scaling_view, tail_view
from gdplay.figures.rate_by_batch import GRADE, rate_map
from gdplay.figures.theme import THEMES
from gdplay.sampling import SAMPLINGS
from gdplay.studies.rate_by_batch import Cells
from gdplay.teaching.defaults import default_fit
from gdplay.theory.curvature import curvature
from tests.figures import assert_inked, by_name, every_theme, names


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


# Orders, scaling


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
def test_every_figure_takes_the_themes_ink(theme):
    limit = curvature(default_fit(gd.DATASETS["line"])).limit
    drawn = [
        rate_map(SIZES, RATES, some_cells(), [limit] * 3, theme=theme),
        epoch_tiles([("in order", np.zeros((2, 4), dtype=int))], np.arange(4.0), 2, theme=theme),
        tail_view([Tail("reshuffle", False, 0.02, 0.01, 0.05)], theme=theme),
        scaling_view((1,), [Scaled("a", np.ones(1), np.ones(1))], 1.0, 8.0, theme=theme),
    ]
    assert_inked(drawn, theme)


def test_titles_with_markup_are_shown_as_they_are():
    found = [Scaled("<b>x</b>", np.array([0.5]), np.array([0.3]))]
    figure = scaling_view((1,), found, 1.0, 8.0)
    assert "<b>x" not in figure.data[0].hovertemplate
