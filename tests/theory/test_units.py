"""What the count of troubled units promises: each trouble is found in its own layer."""

from dataclasses import replace

import numpy as np
import pytest

import gdplay as gd
from gdplay.theory.units import unit_counts

MOONS = gd.Fit(replace(gd.DATASETS["moons"], n_samples=40), gd.MODELS["mlp"], standardize=True)


def network(activation):
    return replace(MOONS, model=replace(gd.MODELS["mlp"], hidden=(3, 2), activation=activation))


def params(fit, biases):
    """Return small weights everywhere, and the biases of five hidden units."""
    numbers = np.full(fit.n_params, 0.1)
    numbers[fit.model.biases(2, fit.n_params)[:5]] = biases
    return numbers


def test_dead_units_of_relu_put_out_nothing_for_any_row():
    fit = network("relu")
    counts = unit_counts(fit, params(fit, [-9, 1, -9, 1, -9]))
    assert counts.sizes == (3, 2)
    np.testing.assert_array_equal(counts.dead, [2, 1])
    assert not counts.saturated.any()
    assert counts.words == (
        "**Dead**: 2 of 3 units in hidden layer 1 and 1 of 2 units in hidden layer 2 put out 0 "
        "for every row, and no longer learn."
    )
    slope = fit.gradient(params(fit, [-9, 1, -9, 1, -9]))
    assert not slope[:3].any()
    assert slope[3:6].any()


@pytest.mark.parametrize("activation", ["tanh", "sigmoid"])
def test_saturated_units_are_at_either_end_for_most_rows(activation):
    fit = network(activation)
    counts = unit_counts(fit, np.stack([params(fit, [9, -9, 0, 0, 9]), params(fit, [0] * 5)]))
    np.testing.assert_array_equal(counts.saturated, [[2, 1], [0, 0]])
    assert not counts.dead.any()
    assert not counts.exploding.any()


def test_exploding_units_are_large_or_no_numbers():
    fit = network("linear")
    counts = unit_counts(fit, params(fit, [1, 1e5, 1, np.nan, 1]))
    np.testing.assert_array_equal(counts.exploding, [1, 2])
    assert "**Exploding**: 1 of 3 units in hidden layer 1" in counts.words
    assert not unit_counts(fit, params(fit, [0] * 5)).words


def test_only_networks_have_hidden_units():
    with pytest.raises(ValueError, match=r"^fit.model must be a network; 'logistic' has no hidden"):
        unit_counts(replace(MOONS, model=gd.MODELS["logistic"]), np.zeros(3))


@pytest.mark.parametrize("activation", ["relu", "tanh", "linear"])
def test_each_of_several_sets_of_parameters_has_its_counts(activation):
    fit = network(activation)
    some = np.stack([params(fit, [0] * 5)] * 3)
    counts = unit_counts(fit, some)
    for name in ("dead", "saturated", "exploding"):
        assert getattr(counts, name).shape == (3, 2), name
