"""The kinds of array that all modules speak of, what counts as alike, and how large a tile is."""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]

TILE = 1 << 16
"""Speed: how many doubles a tile of work may hold, small enough to stay in the cache."""


def margin(share: float | Array, values: float | Array) -> Array:
    """Return how far from values others may lie to count as alike: share (1 + |value|)."""
    return np.asarray(share * (1 + np.abs(values)))
