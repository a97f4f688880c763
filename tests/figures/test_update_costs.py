"""What updates and epochs cost, by the figure's data."""

import numpy as np

from gdplay.figures.update_costs import cost_view
from gdplay.studies.update_costs import Times
from tests.figures import assert_inked, by_name, every_theme


def test_an_epochs_time_is_that_of_its_updates():
    figure = cost_view(Times((1, 32, 200), (5e-6, 6e-6, 2e-5), 200))
    np.testing.assert_allclose(by_name(figure, "per update").y, [5, 6, 20])
    np.testing.assert_allclose(by_name(figure, "per epoch").y, [1000, 7 * 6, 20])
    assert figure.layout.yaxis.title.text == "µs per update"
    slow = cost_view(Times((1, 32), (5e-3, 6e-3), 200))
    assert slow.layout.yaxis.title.text == "ms per update"
    steep = by_name(figure, "in proportion to B")
    np.testing.assert_allclose(steep.y / steep.x, 5)


@every_theme
def test_the_costs_take_the_themes_ink(theme):
    assert_inked([cost_view(Times((1, 8), (1e-6, 2e-6), 200), theme=theme)], theme)
