"""Turned axes, by the figure's data."""

import numpy as np

from gdplay.figures.turned_axes import turned_view
from gdplay.studies.turned_axes import Needed, TurnedAxes
from tests.figures import assert_inked, by_name, every_theme

READING = TurnedAxes(
    100.0, (0.0, 45.0), (Needed("AdaGrad", (4, -1)), Needed("Full", (5, 5)), Needed("One", (1, 1)))
)


@every_theme
def test_each_rule_is_a_line_over_the_angles_that_breaks_where_it_does_not_get_there(theme):
    figure = turned_view(READING, theme=theme)
    np.testing.assert_array_equal(by_name(figure, "AdaGrad").y, [4, np.nan])
    np.testing.assert_array_equal(by_name(figure, "Full").x, [0, 45])
    assert by_name(figure, "Full").line.color == theme.run_color(1)
    assert_inked([figure], theme)
