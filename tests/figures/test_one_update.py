"""One update in pictures: its batch is lit, its step and gradients are where they are."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gdplay.engine.replay import replay
from gdplay.figures import THEMES
from gdplay.figures.fits import kind
from gdplay.figures.one_update import chance, data_view, map_view
from gdplay.figures.theme import LIGHT
from gdplay.theory.step_map import ARROW, arrows, enlarged, ghost
from tests.updates import EVERYTHING, FITS, LINE, SURFACES, ground, trained

PHONE = 58
"""Letters of a title that stand beside each other on a phone."""


def named(figure: Any, name: str) -> Any:
    found = [trace for trace in figure.data if trace.name == name]
    assert len(found) == 1, [trace.name for trace in figure.data]
    return found[0]


def test_the_batchs_rows_are_lit_on_the_data() -> None:
    step = replay(LINE, 1, 5)
    figure = data_view(LINE, step, 1)
    lit = named(figure, "this batch")
    assert lit.x == pytest.approx(LINE.problem.X[step.rows, 0], rel=1e-6)
    assert lit.y == pytest.approx(LINE.problem.y[step.rows], rel=1e-6)
    assert lit.marker.color == LIGHT.run_color(1)
    assert lit.marker.size > named(figure, "rows").marker.size


def test_the_line_before_and_after_is_the_models() -> None:
    step = replay(LINE, 1, 5)
    figure = data_view(LINE, step, 1)
    for name, params in (("before", step.params), ("after", step.new_params)):
        way = named(figure, name)
        assert way.y == pytest.approx(params[0] + params[1] * way.x, rel=1e-5)
    assert named(figure, "before").line.dash == "dash"


def test_residuals_run_from_each_row_to_what_was_predicted() -> None:
    step = replay(LINE, 1, 5)
    gaps = named(data_view(LINE, step, 1), "residuals")
    ends = np.asarray(gaps.y).reshape(-1, 3)
    assert ends[:, 0] == pytest.approx(LINE.problem.y[step.rows], rel=1e-6)
    assert ends[:, 1] == pytest.approx(step.predictions, rel=1e-6)
    assert np.isnan(ends[:, 2]).all()
    many = replay(LINE, 0, 1)
    assert "residuals" not in [t.name for t in data_view(LINE, many, 0).data]


@pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
@pytest.mark.parametrize("name", FITS)
def test_every_fit_is_drawn_with_its_batch(name: str, theme: Any) -> None:
    experiment = FITS[name]
    step = replay(experiment, 1, 2)
    figure = data_view(experiment, step, 1, theme=theme)
    assert len(figure.layout.title.text) <= PHONE
    lit = named(figure, "this batch")
    assert len(lit.x) == len(step.rows)
    assert lit.marker.color == theme.run_color(1)
    if kind(experiment.problem) == "predicted":
        guess = experiment.problem.predict(step.new_params, experiment.problem.X[step.rows])
        assert lit.y == pytest.approx(guess, rel=1e-5)
        assert named(figure, "before").y == pytest.approx(step.predictions, rel=1e-5)
    if kind(experiment.problem) == "confusion":
        assert named(figure, "before").y == pytest.approx(np.exp(-step.losses), rel=1e-5)
        assert np.array_equal(np.round(lit.x), experiment.problem.y[step.rows])
    if kind(experiment.problem) == "regions":
        raw = experiment.problem.data.X[experiment.problem.prepared.train_rows[step.rows]]
        assert np.column_stack([lit.x, lit.y]) == pytest.approx(raw, rel=1e-5)
        each = 1 if experiment.problem.n_classes == 2 else experiment.problem.n_classes
        assert [t.name for t in figure.data].count("after") == each


def test_the_boundary_is_where_two_classes_are_even() -> None:
    experiment = FITS["moons logistic"]
    step = replay(experiment, 1, 2)
    after = named(data_view(experiment, step, 1), "after")
    assert (after.contours.start, after.contours.end) == (0, 0)
    x, y = np.meshgrid(after.x, after.y)
    grid = experiment.problem.transform(np.column_stack([x.ravel(), y.ravel()]))
    classes = experiment.problem.predict(step.new_params, grid)
    assert np.array_equal(np.asarray(after.z).ravel() > 0, classes == 1)


@pytest.mark.parametrize("name", ["moons logistic", "iris softmax"])
def test_the_chance_of_a_rows_class_is_what_its_loss_says(name: str) -> None:
    problem = replace(FITS[name].problem, l2=0.0)
    params = np.linspace(-1, 1, problem.n_params)
    assert -np.log(chance(problem, params)).mean() == pytest.approx(problem.loss(params), rel=1e-9)


def test_both_gradients_are_drawn_downhill_at_one_scale() -> None:
    step, land = replay(LINE, 2, 5), ground(LINE)
    drawn = arrows(step, land)
    assert drawn.full == pytest.approx(-drawn.scale * step.full_gradient)
    assert drawn.batch == pytest.approx(-drawn.scale * step.gradient)
    size = np.array([np.ptp(land.x), np.ptp(land.y)])
    share = max(np.linalg.norm(arrow / size) for arrow in (drawn.full, drawn.batch))
    assert share > 0.9 * ARROW
    figure = map_view(LINE, trained(LINE), land, step, 2, ghost(LINE.problem, step, land))
    for name, way in (("all rows", drawn.full), ("this batch", drawn.batch)):
        arrow = named(figure, name)
        assert (arrow.x[0], arrow.y[0]) == pytest.approx(step.params, rel=1e-6)
        assert (arrow.x[1] - arrow.x[0], arrow.y[1] - arrow.y[0]) == pytest.approx(way, abs=1e-5)


def test_a_short_step_is_drawn_longer_from_where_it_begins_and_its_end_stays_true() -> None:
    step, land = replay(LINE, 2, 5900), ground(LINE)
    figure = map_view(LINE, trained(LINE), land, step, 2, ghost(LINE.problem, step, land))
    line, ends = named(figure, "step"), named(figure, "before and after")
    here, there = (np.array([ends.x[i], ends.y[i]]) for i in (0, 1))
    assert there == pytest.approx(step.new_params, rel=1e-6)
    tip = np.array([line.x[1], line.y[1]])
    assert tip - here == pytest.approx(enlarged(step, land) * step.step, abs=1e-5)


def test_the_gradients_stay_on_the_map_where_there_is_room() -> None:
    land = ground(LINE)
    low, high = (np.array([land.x[i], land.y[i]]) for i in (0, -1))
    near = 0.9 * high + 0.1 * low  # the minimum is far below, so downhill leads into the map
    for place in (near, 0.5 * (low + high)):
        for towards in ((-1.0, 0.0), (0.0, -1.0), (0.3, 0.2)):
            way = np.array(towards) * (high - low)
            step = replace(replay(LINE, 2, 5), params=place, full_gradient=-way, gradient=-way / 2)
            drawn = arrows(step, land)
            tip = (place + drawn.full - low) / (high - low)
            share = np.linalg.norm(drawn.full / (high - low))
            assert np.all((tip >= 0) & (tip <= 1)) or share < 0.4 * ARROW
            assert share > 0.15 * ARROW


def test_the_minimums_name_gives_way_to_an_arrows() -> None:
    land = ground(LINE)
    modes = {
        update: named(
            map_view(LINE, trained(LINE), land, replay(LINE, 1, update), 1, None), "minimum"
        )
        for update in (1, 7)
    }
    assert modes[1].mode == "markers+text"
    assert modes[7].mode == "markers"


def test_no_arrows_name_is_cut_off_at_an_edge() -> None:
    sides = set()
    for direction in np.radians(np.arange(0, 360, 20)):
        land = ground(LINE)
        middle, half = (
            np.array([sum(part(side) for part in parts) / 2 for side in (land.x, land.y)])
            for parts in ((np.min, np.max), (np.max, lambda side: -np.min(side)))
        )
        way = half * np.array([np.cos(direction), np.sin(direction)])
        tip = middle + 0.99 * way
        step = replace(
            replay(LINE, 1, 5), params=tip - 0.5 * way, full_gradient=-way, gradient=-way
        )
        own = ghost(LINE.problem, replay(LINE, 1, 5), land)
        figure = map_view(LINE, trained(LINE), land, step, 1, own)
        for name in ("all rows", "this batch"):
            arrow = named(figure, name)
            height = (arrow.y[1] - land.y[0]) / np.ptp(land.y)
            sides.add(arrow.textposition.split()[0])
            assert not (arrow.textposition.startswith("top") and height > 0.92)
            assert not (arrow.textposition.startswith("bottom") and height < 0.08)
    assert sides == {"top", "middle", "bottom"}


@pytest.mark.parametrize("name", EVERYTHING)
def test_the_step_is_drawn_on_every_map(name: str) -> None:
    experiment = EVERYTHING[name]
    place = min(1, len(experiment.runs) - 1)
    step, land = replay(experiment, place, 3), ground(experiment)
    own = ghost(experiment.problem, step, land)
    figure = map_view(experiment, trained(experiment), land, step, place, own)
    ends = named(figure, "before and after")
    spots = land.plane.coordinates(np.stack([step.params, step.new_params]))
    assert np.column_stack([ends.x, ends.y]) == pytest.approx(spots, rel=1e-5, abs=1e-6)
    way = named(figure, "way so far")
    assert (way.x[-1], way.y[-1]) == pytest.approx(spots[0], rel=1e-5, abs=1e-6)
    assert len(way.x) == 4 or name in SURFACES
    ghostly = [t for t in figure.data if t.name == "batch loss"]
    assert len(ghostly) == (name in FITS)
    assert all(t.line.dash == "dash" for t in ghostly)
