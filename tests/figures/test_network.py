"""A network as a picture, and what a browser needs to work it out."""

import json
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

import gdplay as gd
from gdplay.experiment import labels
from gdplay.figures import compare
from gdplay.figures.compare import network_pictures
from gdplay.figures.fits import WRONG, confusion, fit_view
from gdplay.figures.network import diagram, in_layers, net_of, network_view, shares, widths
from gdplay.figures.packing import played
from gdplay.figures.theme import DARK, LIGHT
from gdplay.figures.tracks import close_ups, playback
from gdplay.loss.models import MODELS
from gdplay.teaching.networks import default_networks
from gdplay.theory.input_plane import input_plane
from gdplay.theory.measures import final_params
from tests import ORACLES, trained

MOONS = replace(default_networks(), epochs=3)
PARABOLA = replace(default_networks(gd.DATASETS["polynomial"]), epochs=3)
IRIS = replace(default_networks(gd.DATASETS["iris"]), epochs=2)


def with_hidden(hidden, **more):
    model = replace(MODELS["mlp"], hidden=hidden, **more)
    return replace(MOONS.problem, model=model)


def by_hand(net, weights, X):
    """What a network says, from its weights as a browser gets them; the outputs last."""
    layers, at = [X.T], 0
    for n_in, n_out in pairwise(net["sizes"]):
        sums = np.zeros((n_out, len(X)))
        for j in range(n_out):
            sums[j] = weights[at + n_in * n_out + j]
            for i in range(n_in):
                sums[j] += weights[at + i * n_out + j] * layers[-1][i]
        at += (n_in + 1) * n_out
        last = at == len(weights)
        layers.append(sums if last else np.tanh(sums))
    return layers[-1]


@pytest.mark.parametrize("experiment", [MOONS, PARABOLA, IRIS], ids=["moons", "parabola", "iris"])
def test_what_a_browser_gets_makes_the_predictions_of_the_library(experiment):
    traces, fit = trained(experiment), experiment.problem
    told = played(playback(experiment, traces)).told
    net = told["net"]
    if net["plane"] is None:
        raw = fit.data.X[:9]
    else:
        places = np.random.default_rng(0).normal(size=(9, 2))
        raw = net["plane"][0] + places @ np.array(net["plane"][1:])
    X = (raw - net["mean"]) * net["scale"]
    weights = playback(experiment, traces).tracks[-1].fits[-1, 0]
    expected = fit.outputs(final_params(traces[-1]), fit.transform(raw))
    np.testing.assert_allclose(by_hand(net, weights, X), np.atleast_2d(expected.T), rtol=1e-12)
    assert json.loads(json.dumps(net)) == {**net, "sizes": list(net["sizes"])}


def test_every_update_near_a_held_clock_has_its_weights():
    traces = trained(MOONS)
    play = playback(MOONS, traces)
    (close,) = close_ups(MOONS, traces, None, play, {2: 1})
    assert close.fits.shape == (257, 1, MOONS.problem.n_params)
    assert not close.x.any()


@pytest.mark.parametrize("hidden", [(1,), (16,), (4, 16, 2), (16, 16, 16)])
def test_squares_stand_apart_on_the_paper_and_edges_between_neighbours(hidden):
    drawn = diagram(with_hidden(hidden), 0)
    assert [len(layer) for layer in drawn.middles] == [2, *hidden, 1]
    for layer in drawn.middles:
        ups = np.array([y for _, y in layer])
        assert (-np.diff(ups) > 2 * drawn.half).all()
        assert drawn.half <= ups.min() + 1e-9
        assert ups.max() <= 100 - drawn.half + 1e-9
    assert (np.diff([layer[0][0] for layer in drawn.middles]) > 2 * drawn.half).all()


def test_a_square_shows_what_its_unit_says_over_the_plane():
    fit, params = MOONS.problem, final_params(trained(MOONS)[0])
    drawn = diagram(fit, 0)
    said = shares(fit, drawn.box, params)
    assert len(said) == 2 + 8 + 1
    corner = fit.transform(np.array([[drawn.box[0][1], drawn.box[1][0]]]))
    units = np.concatenate([corner, *fit.model.activations(params, corner)], axis=1)[0]
    for unit, square in zip(units, said, strict=True):
        assert np.abs(square).max() <= 1
        assert np.sign(square[0, -1]) == np.sign(unit)
    np.testing.assert_allclose([s[0, -1] for s in said[2:10]], units[2:10], rtol=1e-12)


def test_an_edge_is_wider_the_further_its_weight_is_from_zero_and_no_wider_than_the_widest():
    wide = widths(np.array([0.0, 0.5, -0.5, 2.0, -99.0]))
    assert wide[0] < wide[1] == wide[2] < wide[3] < wide[4] == widths(np.array([1e9]))


@pytest.mark.parametrize("theme", [LIGHT, DARK])
@pytest.mark.parametrize("experiment", [MOONS, PARABOLA, IRIS], ids=["moons", "parabola", "iris"])
def test_the_figure_holds_every_square_and_every_edge(experiment, theme):
    fit = experiment.problem
    figure = network_view(experiment, trained(experiment), focus=1, theme=theme)
    sizes = net_of(fit).sizes
    maps = [trace for trace in figure.data if trace.type == "heatmap"]
    assert len(maps) == (sum(sizes) if fit.data.X.shape[1] > 1 else 0)
    edges = [trace for trace in figure.data if trace.opacity is not None]
    n_edges = sum(np.isnan(trace.x).sum() for trace in edges)
    assert n_edges == sum(a * b for a, b in pairwise(sizes))
    assert figure.layout.title.text == f"The network: {labels(experiment)[1]}"
    (names,) = (
        trace for trace in figure.data if trace.type == "scatter" and trace.mode == "markers"
    )
    assert len(names.text) == sum(sizes)


def test_where_no_run_is_shown_the_picture_says_so_and_nothing_is_network_over_it():
    looks = {"metrics": ("loss",), "along": "epochs", "log": True, "log_x": False, "smooth": 0.0}
    made = network_pictures(
        MOONS, trained(MOONS), **looks, focus=None, shown=(), seconds=None, theme=LIGHT
    )
    assert made.play.told["diagram"] is None
    assert "All runs are hidden." in json.dumps(made.panels["surface"].spec)
    lost = replace(MOONS, runs=(gd.Run(gd.SGD(lr=1000.0)),))
    linear = replace(lost.problem.model, activation="linear")
    lost = replace(lost, problem=replace(lost.problem, model=linear))
    why = "Every run shown is lost: there is no network to draw."
    assert why in json.dumps(network_view(lost, trained(lost)).to_dict())


def test_pictures_do_not_wait_for_words(monkeypatch):
    monkeypatch.delattr(compare, "narrate")
    looks = {"metrics": ("loss",), "along": "epochs", "log": True, "log_x": False, "smooth": 0.0}
    traces = trained(MOONS)
    drawn = network_pictures(
        MOONS, traces, **looks, focus=None, shown=(0, 1, 2), seconds=None, theme=LIGHT
    )
    assert set(drawn.panels) == {"surface", "curves", "fit"}


def test_many_inputs_share_a_square_and_first_units_show_their_weights():
    digits = default_networks(gd.DATASETS["digits"])
    experiment = replace(digits, epochs=1, runs=digits.runs[:1])
    traces, fit = trained(experiment), experiment.problem
    figure = network_view(experiment, traces)
    maps = [trace for trace in figure.data if trace.type == "heatmap"]
    assert [trace.z.shape for trace in maps] == [(1, 1), *[(8, 8)] * 10, *[(24, 24)] * 10]
    weights = fit.model.layers(final_params(traces[0]), 64)[0][0]
    image = weights[:, 3].reshape(8, 8) / np.abs(weights[:, 3]).max()
    np.testing.assert_allclose(maps[4].z[::-1], np.round(100 * image))
    net = net_of(fit)
    assert diagram(fit, 0).grid == (8, 8)
    fits = playback(experiment, traces).tracks[0].fits
    assert fits.shape[1:] == (1, fit.n_params + 100)
    counts = fits[-1, 0, fit.n_params :].reshape(10, 10)
    np.testing.assert_array_equal(counts, confusion(fit, final_params(traces[0])))
    assert net.plane.shape == (3, 64)


def test_a_ring_is_around_each_row_that_is_wrong_whatever_its_region():
    traces, fit = trained(IRIS), IRIS.problem
    figure = fit_view(IRIS, traces, focus=2)
    (rings,) = (trace for trace in figure.data if trace.name == WRONG)
    wrong = fit.predict(final_params(traces[2]), fit.X) != fit.y
    assert 0 < wrong.sum() == len(rings.x)
    spots = input_plane(fit).places(fit.data.X[fit.prepared.train_rows[wrong]])
    np.testing.assert_allclose(np.sort(rings.x), np.sort(spots[:, 0]), rtol=1e-5)
    rows = playback(IRIS, traces, focus=2).rows
    assert rows.shape == (fit.n_samples, 3 + 4)
    predicted = fit.predict(final_params(traces[2]), rows[:, 3:])
    assert (predicted != rows[:, 2]).sum() == wrong.sum()


def test_models_without_layers_play_as_before():
    line = gd.default_experiment()
    assert playback(line, trained(line)).net is None


def test_the_numbers_that_scripts_are_tested_with_are_those_of_the_library():
    for case in json.loads((ORACLES / "script_networks.json").read_text()):
        fit = with_hidden(tuple(case["sizes"][1:-1]), activation=case["activation"])
        states = np.array([case["params"]])
        X = np.array(case["X"])
        np.testing.assert_allclose(in_layers(fit.model, states, 2)[0, 0], case["weights"])
        layers = [X, *fit.model.activations(states[0], X)]
        for layer, expected in zip(layers, case["units"], strict=True):
            np.testing.assert_allclose(layer.T, expected, rtol=1e-12)
