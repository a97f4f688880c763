"""The kinds of array that all modules speak of, and how large a tile of work may be."""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]

TILE = 1 << 16
"""Speed: how many doubles a tile of work may hold, small enough to stay in the cache."""
