"""Units that cannot learn, by hand."""

from dataclasses import replace

import numpy as np
import pytest

import gdplay as gd
from gdplay.theory.units import units


def fit(activation):
    model = replace(gd.MODELS["mlp"], hidden=(3,), activation=activation)
    return gd.Fit(gd.Table(X=[[-1.0], [1.0]], y=[0.0, 1.0]), model)


def params(weights, biases, activation):
    """Parameters of one hidden layer of three; the output adds them up."""
    made = np.ones(fit(activation).n_params)
    (w, b), _ = fit(activation).model.layers(made, 1)
    w[0], b[:] = weights, biases
    return made


@pytest.mark.parametrize(
    ("activation", "weights", "biases", "dead", "flat"),
    [
        ("relu", (1, 1, 1), (0, -2, 2), 1, 0.0),  # rises on one row, on none, on both
        ("tanh", (3, 0.5, 3), (0, 0, 3), 0, 3 / 6),  # 1 - tanh(3)² < 5 %; the third at 0 and 6
        ("sigmoid", (6, 1, 6), (0, 0, 0), 0, 4 / 6),
        ("linear", (9, 9, 9), (9, 9, 9), 0, 0.0),
    ],
)
def test_dead_and_flat_units_are_counted(activation, weights, biases, dead, flat):
    found = units(fit(activation), params(weights, biases, activation))
    assert found == (3, dead, pytest.approx(flat))
