"""Ticks that people can read."""

import numpy as np
import pytest

from gdplay.figures.axes import spaced


@pytest.mark.parametrize(
    ("sizes", "kept"),
    [((1, 2, 4, 128, 200), (1, 2, 4, 200)), ((1, 2, 4, 100), (1, 2, 4, 100)), ((1, 2), (1, 2)),
     ((1,), (1,)), ((2, 3), (2, 3))],
)  # fmt: skip
def test_ticks_keep_apart_and_hold_both_ends(sizes, kept):
    values = np.array(sizes, dtype=float)
    assert tuple(values[spaced(values)]) == kept
