"""A plane through rows of many columns, on which a fit can be seen."""

from typing import NamedTuple

import numpy as np

from gdplay.arrays import Array
from gdplay.loss.fit import Fit
from gdplay.memory import remembered


class InputPlane(NamedTuple):
    """The plane through the mean row along the two principal directions of the training rows.

    Attributes
    ----------
    origin : ndarray of shape (d,)
        The mean row, in raw columns.
    axes : ndarray of shape (2, d)
        What a step of 1 along each direction changes, in raw columns.
    onto : ndarray of shape (2, d)
        Rows less the origin times these are their places: rows are projected at a right angle, of
        standardised columns where the fit has these.
    share : float
        The share of the rows' variance that lies in the plane, 0 to 1.
    """

    origin: Array
    axes: Array
    onto: Array
    share: float

    def points(self, places: Array) -> Array:
        """Return the raw rows at places (m, 2) of the plane, (m, d)."""
        return np.asarray(self.origin + places @ self.axes)

    def places(self, raw: Array) -> Array:
        """Return where raw rows (m, d) are projected to, (m, 2)."""
        return np.asarray((raw - self.origin) @ self.onto.T)

    @property
    def names(self) -> tuple[str, str]:
        """What its axes are called."""
        return "1st principal direction of the inputs", "2nd principal direction"


@remembered(16)
def input_plane(fit: Fit) -> InputPlane:
    """Return the plane of the first two principal directions of a fit's columns.

    The directions of largest variance of the training rows; each points to where the column that
    it holds most of is larger.

    Raises
    ------
    ValueError
        If there are fewer than two columns.
    """
    raw = fit.data.X[fit.prepared.train_rows]
    d = raw.shape[1]
    if d < 2:
        raise ValueError(f"fit.dataset must have at least 2 columns for a plane; it has {d}")
    scale = fit.prepared.scale[:d]
    origin = raw.mean(axis=0)
    _, sizes, directions = np.linalg.svd((raw - origin) * scale, full_matrices=False)
    first = np.zeros((2, d))
    first[: min(2, len(directions))] = directions[:2]
    most = np.take_along_axis(first, np.abs(first).argmax(axis=1)[:, None], axis=1)
    first *= np.where(most < 0, -1.0, 1.0)
    spread = float((sizes**2).sum())
    share = float((sizes[:2] ** 2).sum()) / spread if spread else 1.0
    axes = np.divide(first, scale, out=first.copy(), where=scale != 0)
    return InputPlane(origin, axes, first * scale, share)
