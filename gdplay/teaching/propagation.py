"""One row through a network and back: what each unit sums, puts out and answers for."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from gdplay.arrays import Array
from gdplay.engine.replay import Step
from gdplay.formulas import braced
from gdplay.loss.fit import Fit
from gdplay.loss.models import as_network
from gdplay.loss.networks import ACTIVATIONS
from gdplay.teaching.arithmetic import LOSSES, aligned, tex, weighted

_OF = {
    "tanh": (r"\tanh z", r"1 - a^2"),
    "relu": (r"\max(0, z)", r"[z > 0]"),
    "sigmoid": (r"1 / (1 + e^{-z})", r"a\,(1 - a)"),
    "linear": ("z", "1"),
}
"""What a hidden unit makes of its sum z, and the slope of that by its output a."""


class Layer(NamedTuple):
    """What a row does in one layer of n_out units that take n_in numbers.

    Attributes
    ----------
    names : tuple of n_out str
        "unit 1.3", a class, or "output".
    taken : ndarray of shape (n_in,)
        What the layer before puts out; of the first, the row.
    weights, biases : ndarrays of shapes (n_in, n_out) and (n_out,)
    sums, outputs : ndarrays of shape (n_out,)
        z = b + W a, and what the units make of it; the outputs' own is their sum.
    slopes : ndarray of shape (n_out,)
        How the row's loss changes with each sum: the deltas of back-propagation.
    """

    names: tuple[str, ...]
    taken: Array
    weights: Array
    biases: Array
    sums: Array
    outputs: Array
    slopes: Array


def layers(fit: Fit, step: Step) -> tuple[Layer, ...]:
    """Return an update's first row in each layer, outputs last; empty of what is no network.

    Slopes are those of the biases in the row's own gradient, which back-propagation made: a bias
    adds to its sum one to one. Empty, too, where loss or gradient is not finite.
    """
    model = as_network(fit.model)
    if model is None or not np.isfinite([step.losses[0], *step.gradients[0]]).all():
        return ()
    x = fit.X[step.rows[:1]]
    outputs = [each[0] for each in model.activations(step.params, x)]
    parts = model.layers(step.params, x.shape[1])
    slopes = [biases for _, biases in model.layers(step.gradients[0], x.shape[1])]
    names = model.unit_names(tuple(fit.data.class_names))
    before = [x[0], *outputs[:-1]]
    return tuple(
        Layer(name, taken, weights, biases, biases + taken @ weights, out, slope)
        for name, taken, (weights, biases), out, slope in zip(
            names, before, parts, outputs, slopes, strict=True
        )
    )


def in_symbols(fit: Fit) -> str:
    """Return in LaTeX how sums go forward through a network and slopes come back."""
    model = as_network(fit.model)
    assert model is not None
    made, slope = _OF[model.activation]
    return aligned([
        r"a^{(0)} &= x_i",
        r"z^{(l)} &= b^{(l)} + W^{(l)} a^{(l-1)}",
        rf"a^{{(l)}} &= {made} \quad \text{{(hidden)}}",
        rf"\delta^{{(L)}} &= {_last(fit)}",
        rf"\delta^{{(l)}} &= ({slope}) \odot W^{{(l+1)\top}} \delta^{{(l+1)}}",
        r"\partial \ell / \partial b^{(l)} &= \delta^{(l)}",
        r"\partial \ell / \partial W^{(l)} &= \delta^{(l)}\, a^{(l-1)\top}",
    ])  # fmt: skip


def _last(fit: Fit) -> str:
    """Return in symbols how the loss changes with the last sums."""
    if fit.objective in LOSSES:
        target = r"(2 y_i - 1)" if fit.n_classes else "y_i"
        return rf"{LOSSES[fit.objective][1]}(z - {target})"
    if fit.n_classes > 2:
        return r"p_k - [k \text{ is its class}]"
    return r"\frac{1}{1 + e^{-z}} - y_i"


def in_numbers(fit: Fit, through: Sequence[Layer]) -> dict[str, str]:
    """Return of each layer the unit whose sum the loss answers to most, in LaTeX, by its name."""
    model = as_network(fit.model)
    assert model is not None
    lines = {}
    for place, layer in enumerate(through):
        unit = int(np.argmax(np.abs(layer.slopes)))
        own = np.array([layer.biases[unit], *layer.weights[:, unit]])
        z, a, delta = (float(v[unit]) for v in (layer.sums, layer.outputs, layer.slopes))
        told = [rf"z &= {weighted(own, layer.taken)} = {tex(z)}"]
        if place == len(through) - 1:
            told.append(rf"\delta &= {tex(delta)}")
        else:
            after = through[place + 1]
            slope = float(ACTIVATIONS[model.activation].slope(np.array(a)))
            back = _products(after.weights[unit], after.slopes)
            told += [rf"a &= {tex(a)}", rf"\delta &= {tex(slope)} \cdot ({back}) = {tex(delta)}"]
        lines[layer.names[unit]] = aligned(told)
    return lines


_MOST_BACK = 3
"""Layout: so many terms of a sum over the next layer are written out."""


def _products(weights: Array, slopes: Array) -> str:
    pairs = list(zip(weights.tolist(), slopes.tolist(), strict=True))
    terms = [
        rf"{braced(tex(w), '+', '')} \cdot {braced(tex(d), '.', '')}" for w, d in pairs[:_MOST_BACK]
    ]
    return " + ".join([*terms, *([r"\cdots"] if len(pairs) > _MOST_BACK else [])])


HEADS = ("Unit", "sum z", "output a", "slope δ")


def units_table(through: Sequence[Layer]) -> list[tuple[str, float, float, float]]:
    """Return a row for each unit, under `HEADS`."""
    return [
        (name, float(z), float(a), float(d))
        for layer in through
        for name, z, a, d in zip(layer.names, layer.sums, layer.outputs, layer.slopes, strict=True)
    ]
