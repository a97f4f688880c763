"""What all modules say of arrays."""

import numpy as np

from gdplay.arrays import margin


def test_what_counts_as_alike_is_a_share_of_one_and_the_size():
    assert margin(0.1, np.array([-3.0, 0.0, 1.0])).tolist() == [0.4, 0.1, 0.2]
