"""What every model promises: its loss, the derivatives, its predictions."""

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from gdplay.datasets import DATASETS
from gdplay.loss.fit import Fit
from gdplay.loss.kernels import LeastSquares, sums_of_logs
from gdplay.loss.models import MODELS

N, D = 23, 3
CLASSES = {"linear": 0, "logistic": 2, "softmax": 4, "mlp": 4}

every_model = pytest.mark.parametrize("model", MODELS.values(), ids=list(MODELS))
every_classifier = pytest.mark.parametrize(
    "model", [pytest.param(m, id=key) for key, m in MODELS.items() if not m.suits(0)]
)


def rows_for(model, n=N):
    """Return rows, targets and a number of classes that suit a model."""
    draw = np.random.default_rng(5)
    X, n_classes = draw.normal(size=(n, D)), CLASSES[model.key]
    y = draw.permutation(np.arange(n) % n_classes) if n_classes else draw.normal(size=n)
    return X, y.astype(float), n_classes


def points(n_params, *, S=2, C=3):
    """Return parameters in the training loop's layout, (S, Q, C)."""
    return np.random.default_rng(6).normal(size=(S, n_params, C))


# The formulas as a textbook writes them, one row and one set of parameters at a time.


def squared(params, x, y):
    residual = params[0] + params[1:] @ x - y
    return residual**2 / 2, residual * np.array([1, *x])


def logistic(params, x, y):
    p = 1 / (1 + math.exp(-(params[0] + params[1:] @ x)))
    return -(y * math.log(p) + (1 - y) * math.log(1 - p)), (p - y) * np.array([1, *x])


def softmax(params, x, y):
    weights = params.reshape(-1, 1 + len(x))
    powers = np.exp(weights @ np.array([1, *x]))
    p = powers / powers.sum()
    return -math.log(p[int(y)]), np.outer(p - np.eye(len(p))[int(y)], [1, *x]).ravel()


def network(params, x, y):
    """One hidden layer of 16 tanh units, and softmax."""
    first = params[: 16 * (1 + len(x))].reshape(16, -1)
    last = params[first.size :].reshape(-1, 17)
    hidden = np.tanh(first @ [1, *x])
    loss, slope = softmax(last.ravel(), hidden, y)
    back = slope.reshape(-1, 17)[:, 0] @ last[:, 1:] * (1 - hidden**2)
    return loss, np.concatenate([np.outer(back, [1, *x]).ravel(), slope])


TEXTBOOK = {"linear": squared, "logistic": logistic, "softmax": softmax, "mlp": network}


@every_model
def test_sums_of_losses_and_gradients_are_those_of_the_textbook(model):
    X, y, n_classes = rows_for(model)
    kernel = model.bind(X, y, n_classes)
    theta = points(kernel.n_params)
    loss, grad = kernel.sums_and_grads(kernel.rows[None], theta)
    np.testing.assert_array_equal(kernel.sums(kernel.rows[None], theta), loss)
    for s, c in np.ndindex(loss.shape):
        rows = [TEXTBOOK[model.key](theta[s, :, c], *row) for row in zip(X, y, strict=True)]
        np.testing.assert_allclose(loss[s, c], sum(one for one, _ in rows), rtol=1e-13)
        expected = sum(slope for _, slope in rows)
        np.testing.assert_allclose(grad[s, :, c], expected, rtol=1e-12, atol=1e-12)


@every_model
def test_each_order_of_the_rows_meets_its_own_rows(model):
    X, y, n_classes = rows_for(model)
    kernel = model.bind(X, y, n_classes)
    theta = points(kernel.n_params)
    rows = np.array([[3, 1, 4, 1], [5, 9, 2, 6]])
    loss, grad = kernel.sums_and_grads(kernel.rows[rows], theta)
    for s in range(2):
        own = kernel.sums_and_grads(kernel.rows[rows[s]][None], theta[s : s + 1])
        np.testing.assert_allclose(loss[s], own[0][0], rtol=1e-14)
        np.testing.assert_allclose(grad[s], own[1][0], rtol=1e-13, atol=1e-14)


@every_model
def test_fewer_rows_with_the_same_sums_do_for_all_of_them(model):
    X, y, n_classes = rows_for(model)
    kernel = model.bind(X, y, n_classes)
    theta = points(kernel.n_params)
    short = kernel.compressed()
    assert len(short) <= len(kernel.rows)
    whole = kernel.sums_and_grads(kernel.rows[None], theta)
    for mine, all_rows in zip(kernel.sums_and_grads(short[None], theta), whole, strict=True):
        np.testing.assert_allclose(mine, all_rows, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("n", [1, 2, D + 1, D + 2, D + 3, 100])
def test_least_squares_of_any_number_of_rows_is_held_by_d_plus_two(n):
    X, y, _ = rows_for(MODELS["linear"], n)
    kernel = LeastSquares(X, y)
    short = kernel.compressed()
    assert len(short) == min(n, D + 2)
    theta = points(D + 1)
    np.testing.assert_allclose(
        kernel.sums(short[None], theta), kernel.sums(kernel.rows[None], theta), rtol=1e-12
    )


@every_classifier
@pytest.mark.parametrize("size", [50.0, 1e4, 1e150])
def test_a_loss_too_large_for_a_power_of_e_is_still_exact(model, size):
    X = np.array([[size], [-size]])
    for right in (True, False):
        y = np.array([1.0, 0.0] if right else [0.0, 1.0])
        kernel = model.bind(X, y, 2)
        theta = np.zeros((1, kernel.n_params, 1))
        theta[0, -1, 0] = 1.0  # the last weight: for class 1, or for the second of two
        loss, grad = kernel.sums_and_grads(kernel.rows[None], theta)
        margin = size if right else -size
        each = math.exp(-margin) if right else -margin
        np.testing.assert_allclose(loss[0, 0], 2 * each, rtol=1e-5, atol=1e-15)
        assert np.all(np.isfinite(grad))


def log_loss_at(margins):
    """Return each row's log loss and its slope at margins (n,), as the training loop makes them."""
    kernel = MODELS["logistic"].bind(np.zeros((1, 1)), np.ones(1), 2)
    slots = np.empty((2, len(margins), 1, 1))
    with np.errstate(all="ignore"):
        power = kernel.forward(np.ones((1, 1)), (), np.reshape(margins, (-1, 1, 1)), slots)
        return kernel.losses(*slots)[:, 0], kernel.slopes(power, (), slots)[:, 0, 0]


def test_the_log_loss_and_its_slope_keep_their_digits_at_every_margin():
    margins = np.append(np.linspace(-60, 60, 1001), [0, 800, 1e300, -800, -1e300])
    losses, slopes = log_loss_at(margins)
    with np.errstate(over="ignore"):
        power = np.exp(margins.astype(np.longdouble))
    np.testing.assert_allclose(slopes, (-1 / (1 + power)).astype(float), rtol=1e-15, atol=1e-307)
    exact = np.maximum(-margins, 0) + np.log1p(np.exp(-np.abs(margins)))
    np.testing.assert_allclose(losses, exact, rtol=1e-13, atol=1e-307)


@pytest.mark.parametrize("columns", [1, 32, 33])
@pytest.mark.parametrize("rows", [1, 64, 65, 200])
def test_sums_of_logs_are_exact_however_many_rows_and_runs_share_them(rows, columns):
    factors = np.random.default_rng(rows).uniform(1.0, 5.0, (2, rows, columns))
    exact = [[math.fsum(map(math.log, run)) for run in order.T] for order in factors]
    np.testing.assert_allclose(sums_of_logs(factors), exact, rtol=2e-15)
    factors[0, -1, 0] = np.inf
    assert np.isinf(sums_of_logs(factors)).sum() == 1


@pytest.mark.parametrize("columns", [1, 33])
def test_as_many_rows_share_a_logarithm_as_cannot_overflow_for_lack_of_a_few(columns):
    factors = np.full((1, 256, columns), 1e4)  # 64 of them make 1e256, 77 would be too many
    np.testing.assert_allclose(sums_of_logs(factors), 256 * math.log(1e4), rtol=2e-15)


def test_slopes_of_the_log_loss_have_the_right_limits():
    _, slopes = log_loss_at([np.inf, -np.inf, np.nan, 1e308, -1e308])
    np.testing.assert_array_equal(slopes, [0, -1, np.nan, 0, -1])


@every_model
def test_what_is_not_finite_stays_so_and_keeps_to_its_own_run(model):
    X, y, n_classes = rows_for(model)
    kernel = model.bind(X, y, n_classes)
    theta = points(kernel.n_params)
    clean = kernel.sums_and_grads(kernel.rows[None], theta)
    theta[:, 0, 1] = np.nan
    loss, grad = kernel.sums_and_grads(kernel.rows[None], theta)
    assert np.all(np.isnan(loss[:, 1]))
    others = [0, 2]
    np.testing.assert_array_equal(loss[:, others], clean[0][:, others])
    np.testing.assert_array_equal(grad[:, :, others], clean[1][:, :, others])


@every_model
@pytest.mark.parametrize("lead", [(), (1,), (2, 3)])
def test_predictions_follow_the_shape_of_the_parameters(model, lead):
    X, y, n_classes = rows_for(model)
    n_params = model.bind(X, y, n_classes).n_params
    params = np.random.default_rng(8).normal(size=(*lead, n_params))
    outputs = model.outputs(params, X)
    assert model.predict(outputs, n_classes).shape == (*lead, N)
    assert outputs.shape == (*lead, N, *([n_classes] if n_classes > 2 else []))
    for at in np.ndindex(lead):
        alone = model.outputs(params[at], X)
        np.testing.assert_allclose(alone, outputs[at], rtol=1e-13, atol=1e-14)
        decided = model.predict(outputs, n_classes)[at]
        np.testing.assert_array_equal(decided, model.predict(outputs[at], n_classes))


@every_classifier
def test_the_class_predicted_is_the_one_with_the_smallest_loss(model):
    X, _, n_classes = rows_for(model)
    params = np.random.default_rng(9).normal(size=model.bind(X, np.zeros(N), n_classes).n_params)
    losses = [[TEXTBOOK[model.key](params, x, k)[0] for k in range(n_classes)] for x in X]
    predicted = model.predict(model.outputs(params, X), n_classes)
    np.testing.assert_array_equal(predicted, np.argmin(losses, axis=1))


def test_the_prediction_of_a_line_is_its_height():
    X, params = np.array([[0.0], [2.0]]), np.array([1.0, 3.0])
    model = MODELS["linear"]
    np.testing.assert_array_equal(model.predict(model.outputs(params, X), 0), [1.0, 7.0])


# Names and menus


@every_model
@pytest.mark.parametrize("dataset", DATASETS.values(), ids=list(DATASETS))
def test_there_is_a_name_for_every_parameter_with_the_bias_before_its_weights(model, dataset):
    if not model.suits(dataset.n_classes):
        with pytest.raises(ValueError, match=f"Fit.model '{model.key}' does not suit"):
            Fit(dataset, model)
        return
    names = model.param_names(dataset.feature_names, dataset.class_names)
    fit = Fit(dataset, model)
    assert fit.param_names == names
    assert len(set(names)) == len(names) == fit.n_params == fit.prepared.kernel.n_params
    biases = [i for i, name in enumerate(names) if name.startswith("bias")]
    assert biases[0] == 0
    np.testing.assert_array_equal(biases, model.biases(dataset.n_features, fit.n_params))
    if model.linear:
        assert all(b - a == dataset.n_features + 1 for a, b in pairwise(biases))
    if model.key == "softmax":
        assert [names[i] for i in biases] == [f"bias ({c})" for c in dataset.class_names]


@pytest.mark.parametrize("dataset", DATASETS.values(), ids=list(DATASETS))
def test_every_data_set_has_a_model(dataset):
    suiting = [model for model in MODELS.values() if model.suits(dataset.n_classes)]
    assert suiting
    assert all(model.objectives for model in suiting)


@every_model
def test_a_model_says_what_it_does_in_a_sentence(model):
    assert model.title
    assert model.about.endswith(".")


@pytest.mark.parametrize(
    "model", [model for model in MODELS.values() if model.bend], ids=lambda model: model.key
)
def test_no_rows_loss_bends_more_along_its_scores_than_its_model_says_and_one_as_much(model):
    n_classes = 3 if model.suits(3) else 2
    # A row of no columns: what bends along its biases bends along its scores.
    kernel = model.bind(np.zeros((1, 0)), np.zeros(1), n_classes)
    scores = np.random.default_rng(3).normal(scale=4.0, size=(200, kernel.n_params))
    even = np.array([0.0, 0.0, -40.0][: kernel.n_params])
    bends = [np.linalg.eigvalsh(kernel.hessian(params))[-1] for params in (even, *scores)]
    assert model.linear
    assert bends[0] == pytest.approx(model.bend)
    assert max(bends) <= model.bend * (1 + 1e-12)


def test_of_two_classes_the_second_is_predicted_from_a_score_of_zero_on():
    scores = np.array([-2.0, -0.5, 0.5, 2.0])
    for key in ("logistic", "mlp"):
        assert MODELS[key].predict(scores, 2).tolist() == [0, 0, 1, 1], key
    assert MODELS["mlp"].predict(scores, 0).tolist() == scores.tolist()
    three = np.array([[0.1, 0.7, 0.2], [3.0, 1.0, 2.0]])
    assert MODELS["mlp"].predict(three, 3).tolist() == [1, 0]


def test_a_network_has_five_thousand_parameters_at_most():
    """Three layers of 16 on d columns have 16 (d + 1) + 2 * 16 * 17 + 17."""
    network = replace(MODELS["mlp"], hidden=(16, 16, 16))
    assert network.wiring(276, 0).n_params == 4993
    with pytest.raises(ValueError, match=r"at most 5000 parameters; .* on 277 columns has 5009"):
        network.wiring(277, 0)
