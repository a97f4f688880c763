"""What a network promises: exact slopes and curvature, and the same training as other models."""

import json
from dataclasses import replace

import numpy as np
import pytest

import gdplay as gd
from gdplay.experiment import start_of
from gdplay.loss import networks
from gdplay.loss.networks import ACTIVATIONS
from tests import ORACLES

MLP = gd.MODELS["mlp"]
DATA = {"line": gd.DATASETS["line"], "moons": gd.DATASETS["moons"], "iris": gd.DATASETS["iris"]}
DATA = {k: replace(d, n_samples=40) if d.synthetic else d for k, d in DATA.items()}


def network(key, objective=None, **options):
    model = replace(MLP, **{"hidden": (4, 3), **options})
    return gd.Fit(DATA[key], model, standardize=True, l2=0.1, test_size=0.2, objective=objective)


EVERY = [
    pytest.param(network(key, objective, activation=kind), id=f"{key}-{objective}-{kind}")
    for key, fit in DATA.items()
    for objective in MLP.objectives_for(fit.n_classes)
    for kind in ACTIVATIONS
]
every_network = pytest.mark.parametrize("fit", EVERY)


def experiment(fit, *runs, **more):
    return gd.Experiment(fit, runs or (gd.Run(gd.SGD(lr=0.05), 7),), **more)


def somewhere(fit, seed=0):
    """Return a start of its own, biases included."""
    draw = np.random.default_rng(seed)
    return start_of(experiment(fit, seed=seed)) + draw.normal(scale=0.2, size=fit.n_params)


def slope(function, at, step=1e-5):
    rises = [function(at + step * e) - function(at - step * e) for e in np.eye(len(at))]
    return np.array(rises) / (2 * step)


@every_network
def test_the_gradient_is_the_slope_of_the_loss_and_the_hessian_that_of_the_gradient(fit):
    at = somewhere(fit)
    np.testing.assert_allclose(fit.gradient(at), slope(fit.loss, at), rtol=1e-6, atol=1e-8)
    bends = slope(fit.gradient, at)
    np.testing.assert_allclose(fit.hessian(at), bends, rtol=1e-6, atol=1e-7)
    directions = np.random.default_rng(1).normal(size=(2, 3, fit.n_params))
    np.testing.assert_allclose(
        fit.products(at, directions), directions @ fit.hessian(at), rtol=1e-9, atol=1e-11
    )


@every_network
def test_a_network_is_its_layers_one_after_the_other(fit):
    at, columns = somewhere(fit), fit.X.shape[1]
    seen = fit.X
    (*hidden, last) = fit.model.layers(at, columns)
    of = {
        "tanh": np.tanh,
        "relu": lambda z: np.maximum(z, 0),
        "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
        "linear": lambda z: z,
    }[fit.model.activation]
    activations = fit.model.activations(at, fit.X)
    assert len(activations) == 3
    for (weights, bias), outputs in zip(hidden, activations, strict=False):
        seen = of(seen @ weights + bias)
        np.testing.assert_allclose(outputs, seen, rtol=1e-13, atol=1e-15)
    outputs = seen @ last[0] + last[1]
    np.testing.assert_allclose(activations[-1], outputs, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(fit.outputs(at, fit.X).reshape(outputs.shape), activations[-1])


@every_network
def test_the_loss_is_that_of_the_outputs(fit):
    at = somewhere(fit)
    outputs, y = fit.outputs(at, fit.X), fit.y
    if fit.objective != "log_loss":
        target = 2 * y - 1 if fit.n_classes else y
        loss = np.mean((outputs - target) ** 2) / (1 if fit.objective == "mse" else 2)
    elif fit.n_classes == 2:
        loss = np.mean(np.log1p(np.exp(outputs)) - y * outputs)
    else:
        own = outputs[np.arange(len(y)), y.astype(int)]
        loss = np.mean(np.log(np.exp(outputs).sum(axis=1)) - own)
    weights = [w for w, _ in fit.model.layers(at, fit.X.shape[1])]
    loss += 0.05 * sum(np.sum(w**2) for w in weights)
    np.testing.assert_allclose(fit.loss(at), loss, rtol=1e-12)


@pytest.mark.parametrize(
    ("fit", "size"), [(EVERY[0].values[0], 1), (EVERY[9].values[0], None), (EVERY[-2].values[0], 7)]
)
def test_updates_are_those_written_out_alone_and_in_company(fit, size):
    runs = tuple(gd.Run(rule(lr=0.03), size) for rule in (gd.SGD, gd.Adam, gd.SGD))
    runs = (*runs, replace(runs[0], optimizer=gd.SGD(lr=0.04)))
    whole = experiment(fit, *runs, epochs=2, n_seeds=3)
    for place, trace in enumerate(gd.train(whole)):
        for index in range(3):
            last = gd.replay(whole, place, int(trace.updates[-1]), index)
            np.testing.assert_allclose(
                trace.params[index, -1], last.new_params, rtol=1e-11, atol=1e-14
            )
        (alone,) = gd.train(replace(whole, runs=(runs[place],), n_seeds=1))
        np.testing.assert_allclose(alone.params[0], trace.params[0], rtol=1e-11, atol=1e-13)
        np.testing.assert_allclose(alone.loss, fit.loss(alone.params), rtol=1e-12)


def test_each_seed_starts_elsewhere_and_all_runs_of_an_experiment_together():
    runs = (gd.Run(gd.SGD(lr=0.1)), gd.Run(gd.Adam(lr=0.1), 5))
    batch, mini = gd.train(experiment(network("moons"), *runs, epochs=1, n_seeds=4))
    starts = batch.params[:, 0]
    np.testing.assert_array_equal(mini.params[:, 0], starts)
    assert len(np.unique(starts, axis=0)) == 4
    assert len(np.unique(batch.loss[:, -1])) == 4
    other = gd.train(experiment(network("moons"), *runs, epochs=1, seed=1))[0]
    assert not np.isin(other.params[0, 0][other.params[0, 0] != 0], starts).any()
    here = tuple(np.linspace(-1, 1, starts.shape[1]))
    (same, _) = gd.train(experiment(network("moons"), *runs, epochs=1, n_seeds=4, start=here))
    np.testing.assert_array_equal(same.params[:, 0], np.tile(here, (4, 1)))


@pytest.mark.parametrize("init", ["xavier", "he"])
def test_weights_are_drawn_as_wide_as_their_paper_says_and_biases_are_zero(init):
    fit = gd.Fit(gd.DATASETS["digits"], replace(MLP, hidden=(16, 8), init=init))
    layers = fit.model.layers(start_of(experiment(fit)), 64)
    assert [w.shape for w, _ in layers] == [(64, 16), (16, 8), (8, 10)]
    assert not any(bias.any() for _, bias in layers)
    weights = layers[0][0]
    wide = np.sqrt(2 / 80) if init == "xavier" else np.sqrt(2 / 64)
    assert weights.std() == pytest.approx(wide, rel=0.08)
    assert (np.abs(weights).max() <= np.sqrt(6 / 80)) == (init == "xavier")


def test_what_is_known_of_a_network():
    fit = network("moons", hidden=(2,))
    assert fit.param_names[:3] == ("bias (unit 1.1)", "x1 (unit 1.1)", "x2 (unit 1.1)")
    assert fit.param_names[-3:] == ("bias (output)", "unit 1.1 (output)", "unit 1.2 (output)")
    assert fit.minimum() is None
    assert not fit.quadratic
    assert not network("line").quadratic
    np.testing.assert_array_equal(fit.usual, fit.drawn_start(0, 0))
    assert fit.usual.any()
    raw, params = fit.raw(somewhere(fit)), somewhere(fit)
    unscaled = replace(fit, standardize=False)
    np.testing.assert_allclose(
        unscaled.outputs(raw, unscaled.X), fit.outputs(params, fit.X), rtol=1e-12
    )


def test_two_classes_are_minus_one_and_one_where_squares_are_minimised():
    assert network("moons").objective == "log_loss"
    fit = network("moons", "half_mse")
    assert fit.n_classes == 2
    assert set(fit.predict(somewhere(fit), fit.X)) <= {0.0, 1.0}
    with pytest.raises(ValueError, match=r"^Fit.objective must be one of log_loss for .*'mlp'"):
        network("iris", "half_mse")
    with pytest.raises(ValueError, match=r"^Network.hidden must leave .* at most 5000 parameters"):
        gd.Fit(gd.Table(np.eye(400), np.arange(400) % 3 * 1.0), MLP).n_samples  # noqa: B018


# The numbers of PyTorch

TORCH = json.loads((ORACLES / "network_numbers.json").read_text("utf-8"))
RULES = {
    "sgd": gd.SGD(lr=0.2),
    "momentum": gd.Momentum(lr=0.05, beta=0.9),
    "adam": gd.Adam(lr=0.02),
}
CLASSES = {"numbers": None, "two": ("a", "b"), "three": ("a", "b", "c")}


@pytest.mark.parametrize("case", TORCH["cases"], ids=lambda c: f"{c['activation']}-{c['loss']}")
def test_training_goes_where_pytorchs_does(case):
    y, names = np.array(TORCH[case["target"]]), CLASSES[case["target"]]
    target = [names[int(value)] for value in y] if names else y
    objective = {"signs": "half_mse", "classes": "log_loss"}.get(case["loss"], case["loss"])
    model = replace(MLP, hidden=tuple(case["hidden"]), activation=case["activation"])
    fit = gd.Fit(gd.Table(TORCH["X"], target), model, objective=objective, l2=case["l2"])
    run = gd.Run(RULES[case["rule"]], TORCH["batch"], sampling="in order")
    (trace,) = gd.train(experiment(fit, run, start=tuple(case["start"]), epochs=15))
    for update, params in zip(TORCH["kept"], case["params"], strict=True):
        assert trace.path_updates[update] == update
        np.testing.assert_allclose(trace.path[update], params, rtol=1e-10, atol=1e-12)


# Links and defaults


@pytest.mark.parametrize("key", ["line", "circles"])
def test_the_default_shows_batches_on_their_way_and_small_ones_lower(key):
    default = gd.default_experiment(gd.DATASETS[key], MLP)
    fit = default.problem
    assert (fit.model, fit.standardize, fit.features) == (MLP, True, "linear")
    assert default.start is None
    batch, mini, single = gd.train(default, record_path=False)
    begin, end = batch.loss[0, [0, -1]]
    assert 1.02 * mini.loss[0, -1] < end < 0.97 * begin
    assert single.loss[0, -1] < end
    assert gd.link.decode({"data": key, "model": "mlp"}) == default


def test_a_link_holds_a_network_and_refuses_what_none_can_be():
    model = replace(MLP, hidden=(8, 1, 16), activation="relu", init="he")
    whole = replace(experiment(network("moons"), n_seeds=5), problem=network("iris"))
    whole = replace(whole, problem=replace(whole.problem, model=model))
    query = gd.link.encode(whole)
    assert query["model"] == ["mlp~hidden~8.1.16~activation~relu~init~he"]
    assert gd.link.decode(query) == whole == gd.link.decode(gd.link.short(whole))
    for text in ("", "0", "17", "8.8.8.8", "8~8", "a", "8.", "1e1"):
        with pytest.raises(gd.LinkError, match=r"hidden|mlp"):
            gd.link.decode({"data": "moons", "model": f"mlp~hidden~{text}"})
    changed = gd.link.mended({"data": "moons", "model": "mlp~hidden~99.3"})
    assert changed.experiment.problem.model.hidden == (16, 3)
    assert changed.changes == ("hidden must be from 1 to 16; this link has 99, and 16 is taken",)


def test_a_start_written_out_travels_while_it_is_short_enough_for_a_link():
    fit = network("moons")
    here = experiment(fit, start=tuple(np.linspace(-1, 1, fit.n_params)))
    assert gd.link.decode(gd.link.encode(here)) == here
    digits = gd.Fit(gd.DATASETS["digits"], MLP)
    with pytest.raises(gd.LinkError, match="the link is too long"):
        gd.link.encode(experiment(digits, start=tuple(np.linspace(-1, 1, digits.n_params))))


def test_the_refusal_of_the_server_counts_a_networks_parameters():
    fit = gd.Fit(gd.DATASETS["digits"], MLP)
    assert gd.engine.cost.refusal(experiment(fit, gd.Run(gd.SGD(lr=0.1), 1), epochs=1000))
    small = network("moons")
    assert gd.engine.cost.refusal(experiment(small, epochs=200)) is None


@pytest.mark.parametrize("count", [1, 2, 3])
def test_gradients_side_by_side_are_those_alone(count):
    fit = network("iris")
    places = np.stack([somewhere(fit, seed) for seed in range(count)])
    _, grads = fit.value_and_grad(places.T[None])
    for place, grad in zip(places, grads[0].T, strict=True):
        np.testing.assert_allclose(grad, fit.gradient(place), rtol=1e-12, atol=1e-13)


def test_an_update_takes_longer_with_each_layer_and_unit():
    one, two = (network("line", hidden=hidden).seconds for hidden in ((4,), (4, 3)))
    assert one == pytest.approx((networks._CALLS + 3 * networks._LAYER, 5 * networks._UNIT))
    assert two == pytest.approx((networks._CALLS + 4 * networks._LAYER, 8 * networks._UNIT))
