"""Epochs as tiles and the levels of runs under every sampling, by their data."""

import numpy as np
import pytest

from gdplay.figures.row_orders import epoch_tiles, tail_view
from gdplay.sampling import SAMPLINGS
from gdplay.studies.row_orders import RowOrders, Tail
from tests.figures import assert_inked, by_name, every_theme


def test_tiles_show_two_epochs_of_each_order_with_batches_cut_and_the_short_one_framed():
    targets = np.array([3.0, 1.0, 2.0, 5.0, 4.0])
    order = np.array([[1, 2, 0, 4, 3], [0, 1, 2, 3, 4]])
    figure = epoch_tiles({"sorted by target": order}, targets, 2)
    np.testing.assert_allclose(figure.data[0].z[0], [0, 0.25, 0.5, 0.75, 1])
    np.testing.assert_allclose(figure.data[0].z[1], [0.5, 0, 0.25, 1, 0.75])
    cuts = [shape for shape in figure.layout.shapes if shape.type == "line"]
    assert [cut.x0 for cut in cuts] == [1.5, 3.5]
    (frame,) = [shape for shape in figure.layout.shapes if shape.type == "rect"]
    assert (frame.x0, frame.x1) == (3.5, 4.5)
    assert figure.layout.yaxis.ticktext == (SAMPLINGS["sorted by target"].title,)


def test_no_frame_where_batches_divide_the_rows_and_no_cuts_where_they_are_too_many():
    order = np.stack([np.arange(200)] * 2)
    whole = epoch_tiles({"in order": order}, np.arange(200.0), 50)
    assert [shape.type for shape in whole.layout.shapes] == ["line"] * 3
    assert not epoch_tiles({"in order": order}, np.arange(200.0), 1).layout.shapes


def test_long_epochs_are_thinned_over_their_whole_length():
    order = np.stack([np.arange(5000)] * 2)
    heat = epoch_tiles({"in order": order}, np.arange(5000.0), 512).data[0]
    assert heat.z.shape == (2, 600)
    assert (heat.x[0], heat.x[-1]) == (0, 4999)


def test_tails_stand_on_their_samplings_row_with_their_band():
    tails = (
        Tail("reshuffle", False, 0.02, 0.01, 0.05),
        Tail("reshuffle", True, 0.004, 0.003, 0.006),
        Tail("in order", False, np.inf, np.inf, np.inf),
    )
    figure = tail_view(RowOrders(64, 200, tails, True))
    kept, dropped = by_name(figure, "last batch kept"), by_name(figure, "last batch dropped")
    np.testing.assert_allclose(kept.x, [0.02])
    np.testing.assert_allclose(kept.error_x.array, [0.03])
    np.testing.assert_allclose(kept.error_x.arrayminus, [0.01])
    np.testing.assert_allclose(dropped.x, [0.004])
    assert kept.y[0] < dropped.y[0]
    assert len(figure.layout.yaxis.ticktext) == 2
    assert "diverged" in tail_view(RowOrders(64, 200, tails[2:], True)).layout.annotations[0].text


@pytest.mark.parametrize(("exact", "title"), [(True, "excess loss"), (False, "loss")])
def test_the_axis_says_whether_levels_are_over_the_minimum(exact, title):
    tails = (Tail("reshuffle", False, 0.02, 0.01, 0.05),)
    assert tail_view(RowOrders(64, 200, tails, exact)).layout.xaxis.title.text == title


@every_theme
def test_every_figure_takes_the_themes_ink(theme):
    assert_inked(
        [
            epoch_tiles({"in order": np.zeros((2, 4), dtype=int)}, np.arange(4.0), 2, theme=theme),
            tail_view(
                RowOrders(8, 9, (Tail("reshuffle", False, 0.02, 0.01, 0.05),), True), theme=theme
            ),
        ],
        theme,
    )
