"""Which rows does a model get wrong, where a row is an image: a few of them, and of the others."""

from math import prod
from typing import NamedTuple

import numpy as np

from gdplay.arrays import Array, Indices
from gdplay.loss.fit import Fit
from gdplay.words import quantity

FEW = 6
"""Layout: so many wrong rows are shown at most, and so many right ones."""


class Pictured(NamedTuple):
    """One row as an image.

    Attributes
    ----------
    pixels : ndarray of shape (rows, columns)
        From 0 to 1, the largest value of all rows.
    actual, told : str
        Its class, and the one that the model takes it for.
    """

    pixels: Array
    actual: str
    told: str


class PicturedRows(NamedTuple):
    """A few rows that a model gets wrong, and a few that it gets right.

    Attributes
    ----------
    wrong, right : tuple of Pictured
        The first that are wrong, and of the right ones the first of each class.
    n_wrong, n_rows : int
        How many are wrong, of how many.
    held_out : bool
        Whether these are the rows held out; all training rows where there are none.
    """

    wrong: tuple[Pictured, ...]
    right: tuple[Pictured, ...]
    n_wrong: int
    n_rows: int
    held_out: bool

    @property
    def words(self) -> str:
        """How many are wrong, and which of them stand below; what follows a run's name."""
        of = "images held out" if self.held_out else "training images"
        if not self.n_wrong:
            return f"gets all {quantity(self.n_rows)} {of} right. Some of them:"
        all_of_them = "here it is" if self.n_wrong == 1 else "here they are"
        shown = all_of_them if len(self.wrong) == self.n_wrong else f"{len(self.wrong)} of them"
        count = f"{quantity(self.n_wrong)} of the {quantity(self.n_rows)} {of}"
        beside = f", then {len(self.right)} that it gets right" if self.right else ""
        return f"gets {count} wrong: {shown}{beside}."


def read(fit: Fit, params: Array) -> PicturedRows | None:
    """Return rows as images, and what a model at `params` (Q,) takes them for.

    None where rows are no images, or have no classes.
    """
    image, held_out = fit.dataset.image, bool(fit.n_test)
    if not fit.n_classes or image is None or prod(image) != fit.dataset.n_features:
        return None
    rows, X, y = fit.prepared.part(test=held_out)
    told, actual = fit.predict(params, X).astype(int), y.astype(int)
    names, brightest = fit.data.class_names, fit.data.X.max() or 1.0

    def pictured(places: Indices) -> tuple[Pictured, ...]:
        return tuple(
            Pictured(
                fit.data.X[rows[i]].reshape(image) / brightest, names[actual[i]], names[told[i]]
            )
            for i in places[:FEW]
        )

    wrong, right = np.flatnonzero(told != actual), np.flatnonzero(told == actual)
    each = right[np.sort(np.unique(actual[right], return_index=True)[1])]
    return PicturedRows(pictured(wrong), pictured(each), len(wrong), len(rows), held_out)
