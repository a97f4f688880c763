"""Which rows of a data set are trained on, and which are held out for testing."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gdplay.arrays import Indices

MAX_TEST_SIZE = 0.9


def split(
    data_y: NDArray[Any], classes: bool, test_size: float, seed: int
) -> tuple[Indices, Indices]:
    """Part the rows into training and test rows, class by class where there are classes.

    Parameters
    ----------
    data_y : ndarray of shape (n_samples,)
        Targets; only their classes matter, and only if `classes`.
    classes : bool
        Whether to take the same share of every class.
    test_size : float
        Share of the rows (of every class) to test on, from 0 to 0.9, rounded to whole rows.
        Every class keeps a training row, and any share above 0 gives at least one test row.
    seed : int
        With the same seed, a larger share only adds test rows.

    Returns
    -------
    train_rows, test_rows : ndarrays of row indices, ascending
        Together every row exactly once.

    Raises
    ------
    ValueError
        If `test_size` is out of range, or above 0 where no class (without classes: not even
        all the data) has a row to spare.
    """
    if not 0.0 <= test_size <= MAX_TEST_SIZE:
        raise ValueError(f"test_size must be from 0 to {MAX_TEST_SIZE}; got {test_size!r}")
    groups = data_y if classes else np.zeros(len(data_y))
    _, group, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    if test_size > 0.0 and sizes.max(initial=0) < 2:
        few = "no class has two rows" if classes else "there are fewer than two rows"
        raise ValueError(f"test_size must be 0 where {few}; got {test_size!r}")
    shuffled = np.random.default_rng(seed).permutation(len(data_y))
    in_test = np.zeros(len(data_y), dtype=bool)
    for k, count in enumerate(_test_counts(sizes, test_size)):
        in_test[shuffled[group[shuffled] == k][:count]] = True
    return np.flatnonzero(~in_test), np.flatnonzero(in_test)


def _test_counts(sizes: Indices, test_size: float) -> Indices:
    counts: Indices = np.minimum(np.rint(test_size * sizes).astype(np.intp), sizes - 1)
    if test_size > 0.0 and not counts.any():
        counts[np.argmax(sizes)] = 1
    return counts
