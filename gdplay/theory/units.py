"""Units of a network that cannot learn: dead ones, and those that start where nothing rises."""

from typing import NamedTuple

import numpy as np

from gdplay.arrays import Array
from gdplay.loss.fit import Fit
from gdplay.loss.models import Network, as_network

FLAT = 0.05
"""A unit is flat on a row where its slope is below this share of its steepest."""


class Units(NamedTuple):
    """What a network's hidden units say over all training rows.

    Attributes
    ----------
    n_units : int
        How many there are.
    dead : int
        How many have slope zero on every row: no gradient passes them.
    flat : float
        The share of units and rows where the slope is below `FLAT` of the steepest; 0 of ReLU,
        which rises by 1 or not at all.
    """

    n_units: int
    dead: int
    flat: float


def units(fit: Fit, params: Array) -> Units:
    """Return what the hidden units of a fit's network say at `params (n_params,)`."""
    model = as_network(fit.model)
    assert model is not None
    hidden = model.activations(params, fit.X)[:-1]
    slopes = np.concatenate([_slopes(model, said) for said in hidden], axis=1)
    dead = (slopes == 0).all(axis=0)
    flat = 0.0 if model.activation == "relu" else float((slopes < FLAT).mean())
    return Units(slopes.shape[1], int(dead.sum()), flat)


def _slopes(model: Network, said: Array) -> Array:
    """Return the slopes of units, told by what they say, as shares of the steepest."""
    match model.activation:
        case "tanh":
            return 1 - said**2
        case "sigmoid":
            return 4 * said * (1 - said)
        case "relu":
            return (said > 0).astype(float)
    return np.ones_like(said)
