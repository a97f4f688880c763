"""What the count of troubled units promises: each trouble is found in its own layer."""

from dataclasses import replace

import numpy as np
import pytest

import gdplay as gd
from gdplay.theory.units import _troubles, unit_counts

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
    assert "**Exploding**: 1 of 3 units in hidden layer 1 and 2 of 2 units" in counts.words
    one = unit_counts(fit, params(fit, [0, 0, 0, 1e5, 0])).words
    assert one == "**Exploding**: 1 of 2 units in hidden layer 2 puts out numbers without measure."
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


@pytest.mark.parametrize(
    ("activation", "near", "far"),
    [("tanh", (0.981, -0.981), (0.979, -0.979)), ("sigmoid", (0.991, 0.009), (0.989, 0.011))],
)
def test_an_output_is_at_an_end_within_a_hundredth_of_its_range(activation, near, far):
    """Of four rows more than half must be there."""
    for ends in near:
        three, two = np.full((4, 1), ends), np.full((4, 1), ends)
        three[0], two[:2] = 0.5, 0.5
        assert _troubles(activation, three, 1e3)[1].tolist() == [True]
        assert _troubles(activation, two, 1e3)[1].tolist() == [False]
    for inside in far:
        assert _troubles(activation, np.full((4, 1), inside), 1e3)[1].tolist() == [False]


def test_an_output_explodes_above_a_thousand_times_the_largest_input_or_one():
    outputs = np.array([[1000.0, 1000.1, -1000.1, np.nan], [0.0, 0.0, 0.0, 0.0]])
    assert _troubles("linear", outputs, 1e3)[2].tolist() == [False, True, True, True]
    small = gd.Table(np.array([[0.5, 0.2], [0.1, -0.3], [0.2, 0.0]]), [1.0, 2.0, 3.0])
    large = gd.Table(2 * small.X / 0.5, small.y)
    for table, most in ((small, 1000), (large, 2000)):
        model = replace(gd.MODELS["mlp"], hidden=(1,), activation="linear")
        fit = gd.Fit(table, model)
        for bias, exploding in ((0.99 * most, 0), (1.01 * most, 1)):
            numbers = np.zeros(fit.n_params)
            numbers[model.biases(2, fit.n_params)[0]] = bias
            assert unit_counts(fit, numbers).exploding.tolist() == [exploding]
