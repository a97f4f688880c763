"""The map of rates and batch sizes, by its data."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gdplay.figures.rate_by_batch import GRADE, rate_map
from gdplay.figures.theme import THEMES
from gdplay.studies.budgets import Budget
from gdplay.studies.rate_by_batch import RateByBatch
from tests.figures import assert_inked, by_name, every_theme, names

NONE = (None,) * 3


def some_cells(**more: Any) -> RateByBatch:
    values = np.array([[0.02, 0.5, np.inf], [0.1, 0.003, np.inf], [0.9, 0.01, 40.0]])
    lost = np.array([[0, 0.2, 1], [0, 0, 1], [0, 0, 1]])
    cells = RateByBatch(
        Budget("epochs", 3.0), (1, 4, 16), (3, 3, 3), (0.01, 0.1, 1.0), (0.3, 0.5, 0.7), 5,
        values, lost, (0, 1, 1), start=10.0, dust=1e-15, exact=True,
    )  # fmt: skip
    return replace(cells, **more)


def test_the_map_shades_losses_on_a_logarithmic_scale_and_leaves_diverged_cells_bare():
    heat = by_name(rate_map(some_cells()), "loss")
    assert heat.z.shape == (3, 3)
    np.testing.assert_allclose(heat.z[:, 1], [np.log10(0.1), np.log10(0.003), np.nan])
    assert (heat.zmin, heat.zmax) == (pytest.approx(np.log10(0.003)), pytest.approx(1.0))
    np.testing.assert_allclose(heat.x, [-1, 1, 3, 5])
    np.testing.assert_allclose(heat.y, [-2.5, -1.5, -0.5, 0.5])


def test_every_cell_with_a_lost_order_is_hatched_inside_its_edges():
    figure = rate_map(some_cells())
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
    figure = rate_map(some_cells())
    for name, power in (("η ∝ B", 1), ("η ∝ √B", 0.5)):
        line = by_name(figure, name)
        assert (line.x[0], line.y[0]) == (0, -2)
        np.testing.assert_allclose(10 ** np.diff(line.y), 4**power)


def test_limits_are_drawn_at_their_rates_and_left_out_where_unknown():
    figure = rate_map(some_cells())
    np.testing.assert_allclose(by_name(figure, "2/L").y, np.log10(0.7))
    np.testing.assert_allclose(by_name(figure, "mean-square limit").y, np.log10([0.3, 0.5, 0.7]))
    partly = rate_map(some_cells(limits=(None, None, 0.7)))
    np.testing.assert_allclose(by_name(partly, "2/L").y, np.log10(0.7))
    assert "mean-square limit" not in names(partly)
    assert "2/L" not in names(rate_map(some_cells(limits=NONE)))


def test_rings_are_each_sizes_best_and_the_star_is_the_best_of_all():
    figure = rate_map(some_cells(limits=NONE))
    rings, star = by_name(figure, "best rate"), by_name(figure, "best")
    assert list(zip(rings.x, rings.y, strict=True)) == [(0, -2), (4, -1)]
    assert (star.x, star.y) == ((2,), (-1,))


def test_every_cell_can_be_clicked_and_says_its_places_and_its_end():
    places = by_name(rate_map(some_cells(limits=NONE)), "cells")
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
    everywhere = some_cells(values=np.full((3, 3), np.inf), lost=np.ones((3, 3)), best=NONE)
    figure = rate_map(replace(everywhere, limits=NONE), theme=theme)
    assert "best" not in names(figure)
    level = rate_map(some_cells(values=np.full((3, 3), 10.0), limits=NONE))
    assert by_name(level, "loss").zmin < by_name(level, "loss").zmax


def test_a_maps_colours_go_one_way_in_lightness_in_both_themes():
    for colors in GRADE.values():
        lightness = [sum(int(c[i : i + 2], 16) for i in (1, 3, 5)) for c in colors]
        assert lightness in (sorted(lightness), sorted(lightness, reverse=True))
    assert set(GRADE) == set(THEMES)


def test_numbers_under_the_pointer_are_written_as_everywhere():
    cells = some_cells(values=np.full((3, 3), 1.23e-5))
    assert "excess loss 1.23 × 10⁻⁵" in by_name(rate_map(cells), "cells").text[0]


@every_theme
def test_every_figure_takes_the_themes_ink(theme):
    assert_inked(
        [
            rate_map(some_cells(), theme=theme),
            rate_map(some_cells(limits=NONE), theme=theme),
        ],
        theme,
    )
