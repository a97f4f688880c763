"""One row through a network and back: what is told is what the engine computed."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

import gdplay as gd
from gdplay.engine.replay import replay
from gdplay.loss.networks import ACTIVATIONS
from gdplay.teaching import propagation

CASES = [
    ("moons", "log_loss", "tanh", (3,)),
    ("moons", "half_mse", "sigmoid", (4, 2)),
    ("moons", "mse", "linear", (2,)),
    ("iris", "log_loss", "relu", (5, 3)),
    ("line", "half_mse", "tanh", (2, 2, 2)),
    ("line", "mse", "relu", (4,)),
]


def stepped(data, objective, activation, hidden):
    """Return a network's fit and the third update of its single rows."""
    model = replace(gd.MODELS["mlp"], hidden=hidden, activation=activation)
    fit = gd.Fit(gd.DATASETS[data], model, objective=objective)
    one = gd.Run(gd.SGD(0.05), batch_size=1)
    return fit, replay(gd.Experiment(fit, (one,), epochs=1), 0, 3)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_sums_go_forward_and_slopes_come_back_as_the_engine_has_them(case):
    fit, step = stepped(*case)
    through = propagation.layers(fit, step)
    assert len(through) == len(case[3]) + 1
    act, x = ACTIVATIONS[case[2]], fit.X[step.rows[0]]
    y, last = float(fit.y[step.rows[0]]), through[-1]
    for before, layer in zip((None, *through), through, strict=False):
        np.testing.assert_array_equal(layer.taken, x if before is None else before.outputs)
        np.testing.assert_allclose(layer.sums, layer.biases + layer.taken @ layer.weights)
    for layer, after in itertools.pairwise(through):
        made = np.empty_like(layer.sums)
        act.of(layer.sums, made)
        np.testing.assert_allclose(layer.outputs, made, atol=1e-14)
        back = act.slope(layer.outputs) * (after.weights @ after.slopes)
        np.testing.assert_allclose(layer.slopes, back, rtol=1e-9, atol=1e-13)
    np.testing.assert_allclose(last.outputs, last.sums, rtol=1e-12)
    if case[1] != "log_loss":
        target = 2 * y - 1 if fit.n_classes else y
        expected = (1 if case[1] == "half_mse" else 2) * (last.sums - target)
    elif fit.n_classes > 2:
        shares = np.exp(last.sums) / np.exp(last.sums).sum()
        expected = shares - (np.arange(fit.n_classes) == y)
    else:
        expected = 1 / (1 + np.exp(-last.sums)) - y
    np.testing.assert_allclose(last.slopes, expected, rtol=1e-9)
    weights = fit.model.layers(step.gradients[0], fit.X.shape[1])
    for layer, (slopes, _) in zip(through, weights, strict=True):
        np.testing.assert_allclose(slopes, np.outer(layer.taken, layer.slopes), atol=1e-12)


def test_each_layer_writes_out_the_unit_whose_sum_matters_most():
    fit, step = stepped(*CASES[3])
    through = propagation.layers(fit, step)
    told = propagation.in_numbers(fit, through)
    for layer, name in zip(through, told, strict=True):
        assert name == layer.names[int(np.argmax(np.abs(layer.slopes)))]
    assert list(told.values())[-1].count("&=") == 2
    assert all(text.count("&=") == 3 for text in list(told.values())[:-1])
    rows = propagation.units_table(through)
    assert [row[0] for row in rows] == [name for layer in through for name in layer.names]
    assert len(rows) == 5 + 3 + 3


def test_each_loss_and_activation_has_its_symbols():
    told = {propagation.in_symbols(stepped(*case)[0]) for case in CASES}
    assert len(told) == len(CASES)


@pytest.mark.parametrize(("hidden", "dots"), [((2, 2), 0), ((2, 3), 0), ((2, 4), 1)])
def test_of_a_sum_over_more_than_three_units_the_first_three_are_written(hidden, dots):
    fit, step = stepped("moons", "log_loss", "tanh", hidden)
    first, *_ = propagation.in_numbers(fit, propagation.layers(fit, step)).values()
    back = first.split("delta &=")[1]
    assert back.count(r"\cdots") == dots
    assert back.count(r" + ") == min(hidden[1], 3) - 1 + dots


def test_only_networks_have_layers():
    line = gd.default_experiment()
    assert propagation.layers(line.problem, replay(line, 0, 1)) == ()


def test_the_last_slopes_are_those_of_the_loss_in_symbols():
    told = {
        ("iris", "log_loss"): r"p_k - [k \text{ is its class}]",
        ("moons", "log_loss"): r"\frac{1}{1 + e^{-z}} - y_i",
        ("moons", "mse"): "2 (z - (2 y_i - 1))",
        ("line", "half_mse"): "(z - y_i)",
    }
    for (data, objective), slope in told.items():
        fit = gd.Fit(gd.DATASETS[data], gd.MODELS["mlp"], objective=objective)
        assert rf"\delta^{{(L)}} &= {slope} \\" in propagation.in_symbols(fit)
