"""Noise floors beside their prediction, by their data."""

import numpy as np

from gdplay.figures.noise_floor import floor_view
from gdplay.studies.noise_floor import SAMPLED, Floor, NoiseFloor
from tests.figures import assert_inked, by_name, every_theme


def some_floors() -> tuple[Floor, ...]:
    rates = np.array([0.1, 0.2, 0.4])
    return tuple(
        Floor(size, key, rates, mean, 0.8 * mean, 1.3 * mean, predicted)
        for key, factor in zip(SAMPLED, (1.0, 0.1), strict=True)
        for size in (1, 4)
        for predicted in [np.array([0.01, 0.02, np.inf if size == 1 else 0.05]) / size]
        for mean in [factor * np.array([0.011, 0.019, 7.0]) / size]
    )


def reading(floors: tuple[Floor, ...]) -> NoiseFloor:
    return NoiseFloor(floors, small=0.1, ratios=(), settled=1.0, quadratic=True, n_seeds=20)


def test_both_panels_hold_measured_marks_with_bands_and_the_prediction():
    figure = floor_view(reading(some_floors()))
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
    figure = floor_view(reading(some_floors()))
    assert np.isnan(by_name(figure, "B = 1").y[2])
    assert np.isnan(by_name(figure, "predicted").y[2])


def test_the_dotted_line_is_the_floor_at_small_rates():
    dotted = by_name(floor_view(reading(some_floors())), "small rates")
    np.testing.assert_allclose(dotted.y / dotted.x, 0.1, rtol=1e-6)


def test_floors_that_all_diverged_are_told_instead_of_drawn():
    gone = tuple(floor._replace(mean=np.full(3, np.inf)) for floor in some_floors())
    assert "diverged" in floor_view(reading(gone)).layout.annotations[0].text


@every_theme
def test_the_floors_take_the_themes_ink(theme):
    assert_inked([floor_view(reading(some_floors()), theme=theme)], theme)
