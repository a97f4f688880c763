"""Hidden units that no longer learn or that run away: dead, saturated and exploding ones."""

from typing import Any, NamedTuple

import numpy as np

from gdplay.arrays import Array, Indices
from gdplay.loss.fit import Fit
from gdplay.words import joined, quantity

SATURATED_WITHIN = 0.01
"""So near to an end of its range, as a share of it, an output hardly follows its sum."""

EXPLODED_AT = 1e3
"""An output so many times as large as the largest input, or 1, counts as exploding."""

_RANGES = {"tanh": (-1.0, 1.0), "sigmoid": (0.0, 1.0)}
"""What the outputs of units with two ends lie between."""


class UnitCounts(NamedTuple):
    """How many units of each hidden layer are in trouble over the training rows.

    Attributes
    ----------
    sizes : tuple of int, length H
        How many units each hidden layer has.
    dead : ndarray of int, shape (..., H)
        ReLU units that put out 0 for every row: their weights have no slope, they learn no more.
    saturated : ndarray of int, shape (..., H)
        Units of tanh or sigmoid that are within 1 % of an end of their range for most rows: there
        their slope is nearly nothing, and they learn slowly.
    exploding : ndarray of int, shape (..., H)
        Units whose output for some row is over 1 000 times the largest input, or not finite.
    """

    sizes: tuple[int, ...]
    dead: Indices
    saturated: Indices
    exploding: Indices

    @property
    def words(self) -> str:
        """A sentence for each trouble, of a single set of parameters; "" without any."""
        abouts = {  # of several, and of one
            "dead": (
                "put out 0 for every row, and no longer learn",
                "puts out 0 for every row, and no longer learns",
            ),
            "saturated": (
                "are at an end of their range for most rows, and learn slowly",
                "is at an end of its range for most rows, and learns slowly",
            ),
            "exploding": ("put out numbers without measure", "puts out numbers without measure"),
        }
        sentences = []
        for name, (several, one) in abouts.items():
            counts = np.asarray(getattr(self, name))
            parts = [
                f"{count} of {quantity(size, 'unit')} in hidden layer {layer}"
                for layer, (count, size) in enumerate(zip(counts, self.sizes, strict=True), 1)
                if count
            ]
            if parts:
                about = one if counts.sum() == 1 else several
                sentences.append(f"**{name.capitalize()}**: {joined(parts, 'and')} {about}.")
        return " ".join(sentences)


def unit_counts(fit: Fit, params: Array) -> UnitCounts:
    """Return how many hidden units are dead, saturated or exploding at `params (..., n_params)`.

    Raises
    ------
    ValueError
        If the fit's model has no hidden units.
    """
    model: Any = fit.model
    if not hasattr(model, "activations"):
        raise ValueError(f"fit.model must be a network; {model.key!r} has no hidden units")
    *hidden, _ = model.activations(np.asarray(params, dtype=float), fit.X)
    largest = EXPLODED_AT * float(np.abs(fit.X).max(initial=1.0))
    dead, saturated, exploding = (
        np.stack([marks.sum(axis=-1) for marks in each], axis=-1)
        for each in zip(*(_troubles(model.activation, a, largest) for a in hidden), strict=True)
    )
    return UnitCounts(model.hidden, dead, saturated, exploding)


def _troubles(activation: str, outputs: Array, largest: float) -> tuple[Array, Array, Array]:
    """Return which units of a layer, (..., units), are dead, saturated and exploding."""
    none = np.zeros((*outputs.shape[:-2], outputs.shape[-1]), dtype=bool)
    with np.errstate(invalid="ignore"):
        exploding = ~np.all(np.abs(outputs) <= largest, axis=-2)
        dead = np.all(outputs == 0, axis=-2) if activation == "relu" else none
        saturated = _at_ends(outputs, *_RANGES[activation]) if activation in _RANGES else none
    return dead, saturated, exploding


def _at_ends(outputs: Array, low: float, high: float) -> Array:
    room = SATURATED_WITHIN * (high - low)
    ends = (outputs <= low + room) | (outputs >= high - room)
    return np.asarray(ends.mean(axis=-2) > 0.5)
