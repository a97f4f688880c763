"""Final losses against the batch size, a line per rule for the rate, by their data."""

import numpy as np
import pytest

from gdplay.figures.rate_scaling import scaling_view
from gdplay.studies.rate_scaling import RateScaling, Scaled
from tests.figures import assert_inked, by_name, every_theme


def reading(*values: float, name: str = "η ∝ B", exact: bool = True) -> RateScaling:
    """Return a line with these values at B = 1, 2, 4, ... and rates 0.5, 1, 2, ...; 2/L is 1."""
    sizes = tuple(2**place for place in range(len(values)))
    line = Scaled(name, 0.5 * np.array(sizes, dtype=float), np.array(values))
    return RateScaling(sizes, (line,), 1.0, 8.0, exact)


def test_scaling_marks_rates_from_the_limit_on_and_puts_what_diverged_at_the_top():
    figure = scaling_view(reading(0.3, 0.1, np.inf))
    line = by_name(figure, "η ∝ B")
    np.testing.assert_allclose(line.y, [0.3, 0.1, 16])
    assert line.marker.symbol == ("circle", "circle-open", "circle-open")
    assert figure.layout.shapes[0].y0 == 8.0


def test_where_everything_diverged_or_ended_at_the_minimum_there_is_still_a_picture():
    for value in (np.inf, 0.0):
        low, high = scaling_view(reading(value, value)).layout.yaxis.range
        assert low < np.log10(8.0) < high


@pytest.mark.parametrize(("exact", "title"), [(True, "excess loss"), (False, "loss")])
def test_the_axis_says_whether_losses_are_over_the_minimum(exact, title):
    figure = scaling_view(reading(0.3, exact=exact))
    assert figure.layout.yaxis.title.text == f"{title} at the end"


def test_titles_with_markup_are_shown_as_they_are():
    assert "<b>x" not in scaling_view(reading(0.3, name="<b>x</b>")).data[0].hovertemplate


@every_theme
def test_every_figure_takes_the_themes_ink(theme):
    assert_inked(
        [
            scaling_view(reading(0.3, 0.1, np.inf), theme=theme),
        ],
        theme,
    )
