"""What is read off a curve between two of its points."""

from math import inf

import pytest

from gdplay.teaching.standing import _between


@pytest.mark.parametrize(
    ("values", "at", "value"),
    [
        ((1.0, 16.0), 1.5, 8.0),  # losses fall along a straight line on a logarithmic scale
        ((-1.0, 3.0), 1.5, 2.0),
        ((0.0, 4.0), 0.5, 1.0),
        ((4.0, 0.0), 0.5, 3.0),
        ((1.0, inf), 0.0, 1.0),
        ((1.0, inf), 0.1, inf),
        ((1.0, 16.0), -5.0, 1.0),
        ((1.0, 16.0), 5.0, 16.0),
        ((-0.1, 0.3), 2.0, 0.3),
    ],
)
def test_between_two_points_is_read_along_their_line_and_beyond_them_the_nearer(values, at, value):
    assert _between((0.0, 2.0), values, at) == pytest.approx(value, rel=1e-15)


def test_at_a_jump_counts_what_it_leads_to():
    assert _between((1.0, 1.0), (2.0, 5.0), 1.0) == 5.0
