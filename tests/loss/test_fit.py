"""What every fit promises: prepared rows, an exact loss, its derivatives and its minimum."""

from dataclasses import FrozenInstanceError, dataclass, replace
from itertools import product

import numpy as np
import pytest
from scipy.optimize import linprog
from sklearn import linear_model

from gdplay.datasets import DATASETS, DataSet
from gdplay.loss.fit import MAX_QUADRATIC, Fit
from gdplay.loss.minibatches import MiniBatches, TiledBatches
from gdplay.loss.models import MODELS
from gdplay.loss.newton import newton
from gdplay.loss.problem import Descent
from gdplay.own_rows.table import Table
from gdplay.teaching.defaults import default_fit

SMALL = {
    key: replace(dataset, n_samples=60) if dataset.synthetic else dataset
    for key, dataset in DATASETS.items()
}
PAIRS = [
    pytest.param(Fit(dataset, model, standardize=True), id=f"{dataset.key}-{model.key}")
    for dataset, model in product(SMALL.values(), MODELS.values())
    if model.convex and model.suits(dataset.n_classes)
]
every_pair = pytest.mark.parametrize("fit", PAIRS)
every_regression = pytest.mark.parametrize("fit", [p for p in PAIRS if p.values[0].quadratic])
every_classifier = pytest.mark.parametrize("fit", [p for p in PAIRS if not p.values[0].quadratic])


def first_that_suits(model):
    return next(d for d in SMALL.values() if d.n_features == 2 and model.suits(d.n_classes))


# Every loss, on a data set that suits it, with every way of preparing rows.
LOSSES = [
    pytest.param(
        Fit(first_that_suits(model), model, features, standardize, objective=objective, l2=l2),
        id=f"{objective}-{model.key}-{features}{'-standardised' * standardize}{'-l2' * (l2 > 0)}",
    )
    for model in MODELS.values()
    if model.convex
    for objective in model.objectives
    for features, standardize, l2 in product(("linear", "quadratic"), (False, True), (0.0, 0.3))
]
every_loss = pytest.mark.parametrize("fit", LOSSES)


@dataclass(frozen=True)
class Rows(DataSet):
    """A data set of rows written out."""

    key = "rows"
    title = "Rows"
    target_name = "y"

    X: tuple[tuple[float, ...], ...] = ()
    y: tuple[float, ...] = ()
    class_names: tuple[str, ...] = ()

    @property
    def feature_names(self):
        return tuple(f"x{i}" for i in range(len(self.X[0])))

    def _make(self):
        return np.array(self.X), np.array(self.y)


def made(X, y, classes=()):
    """Return a data set of given rows."""
    rows = tuple(map(tuple, np.asarray(X, dtype=float).tolist()))
    return Rows(rows, tuple(np.asarray(y).tolist()), classes)


def scattered(n=12, d=2, seed=0):
    """Return rows of numbers and a target."""
    draw = np.random.default_rng(seed)
    return draw.normal(size=(n, d)), draw.normal(size=n)


def steps_of(fit):
    """Return a small step per parameter, in units of its column."""
    columns = np.column_stack([np.ones(len(fit.X)), fit.X])
    sizes = np.sqrt(np.mean(columns**2, axis=0))
    sizes[sizes == 0] = 1
    return 1e-5 / np.tile(sizes, fit.n_params // len(sizes))


def somewhere(fit, *lead, seed=2):
    """Return parameters that give every column about the same say."""
    draw = np.random.default_rng(seed)
    return 1e5 * steps_of(fit) * draw.normal(size=(*lead, fit.n_params)) / np.sqrt(fit.n_params)


def columns_of(fit, X):
    return np.column_stack([np.ones(len(X)), X])


def plain_loss_and_gradient(fit, params, X, y, *, penalty=True):
    """Return the loss over rows and its gradient, as a textbook writes them."""
    Z, n = columns_of(fit, X), len(y)
    if fit.quadratic:
        residual, factor = Z @ params - y, 2.0 if fit.objective == "mse" else 1.0
        loss, grad = factor * np.mean(residual**2) / 2, factor * Z.T @ residual / n
    elif fit.model.key == "logistic":
        score = Z @ params
        loss = np.mean(np.logaddexp(0, score) - y * score)
        grad = Z.T @ (1 / (1 + np.exp(-score)) - y) / n
    else:
        weights = params.reshape(fit.n_classes, -1)
        scores = Z @ weights.T
        log_p = scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)
        right = np.eye(fit.n_classes)[y.astype(int)]
        loss, grad = -np.mean(log_p[right > 0]), ((np.exp(log_p) - right).T @ Z / n).ravel()
    if not penalty:
        return loss, grad
    free = np.array([not name.startswith("bias") for name in fit.param_names])
    return loss + fit.l2 / 2 * np.sum(params[free] ** 2), grad + fit.l2 * free * params


# The loss and its derivatives


@every_loss
def test_the_gradient_is_the_slope_of_the_loss(fit):
    steps, at = steps_of(fit), somewhere(fit)
    rise = fit.loss(at + np.diag(steps)) - fit.loss(at - np.diag(steps))
    expected = 2 * steps * fit.gradient(at)
    np.testing.assert_allclose(rise, expected, rtol=1e-7, atol=1e-12 * fit.loss(at))


@every_loss
def test_the_hessian_is_the_slope_of_the_gradient(fit):
    steps, at = steps_of(fit), somewhere(fit)
    rise = fit.gradient(at + np.diag(steps)) - fit.gradient(at - np.diag(steps))
    # In units of the columns, so that all entries are of one size.
    expected = 2 * np.outer(steps, steps) * fit.hessian(at)
    biggest = np.abs(expected).max()
    np.testing.assert_allclose(rise * steps, expected, rtol=1e-6, atol=1e-8 * biggest)
    directions = np.random.default_rng(1).normal(size=(2, 3, fit.n_params)) * steps
    products = directions @ fit.hessian(at)
    near = 1e-12 * np.abs(products).max()
    np.testing.assert_allclose(fit.products(at, directions), products, rtol=1e-9, atol=near)


@every_loss
def test_the_hessian_is_the_same_everywhere_exactly_where_a_fit_says_so(fit):
    here, there = fit.hessian(somewhere(fit)), fit.hessian(somewhere(fit, seed=3))
    assert np.array_equal(here, there) == fit.quadratic
    np.testing.assert_allclose(here, here.T, rtol=1e-12, atol=1e-300)


@every_loss
def test_all_rows_at_once_give_what_the_plain_formula_gives(fit):
    for at in somewhere(fit, 5):
        loss, grad = plain_loss_and_gradient(fit, at, fit.X, fit.y)
        np.testing.assert_allclose(fit.loss(at), loss, rtol=1e-12)
        units = 1e5 * steps_of(fit)
        atol = 1e-12 * np.abs(units * grad).max()
        np.testing.assert_allclose(units * fit.gradient(at), units * grad, rtol=1e-12, atol=atol)


@every_pair
def test_every_data_set_gives_the_loss_and_gradient_of_the_plain_formula(fit):
    fit = replace(fit, l2=0.1, test_size=0.2)
    at = somewhere(fit)
    loss, grad = plain_loss_and_gradient(fit, at, fit.X, fit.y)
    np.testing.assert_allclose(fit.loss(at), loss, rtol=1e-12)
    biggest = np.abs(grad).max()
    np.testing.assert_allclose(fit.gradient(at), grad, rtol=1e-12, atol=1e-12 * biggest)
    np.testing.assert_allclose(
        fit.test_loss(at),
        plain_loss_and_gradient(fit, at, fit.prepared.X_test, fit.prepared.y_test, penalty=False)[
            0
        ],
        rtol=1e-12,
    )


@every_loss
@pytest.mark.parametrize("rows", [[4], [0, 1, 2], [7, 7, 3], list(range(60))], ids=len)
def test_the_gradient_of_a_batch_is_the_mean_over_those_rows(fit, rows):
    at = somewhere(fit)
    expected = np.mean([fit.gradient(at, [row]) for row in rows], axis=0)
    atol = 1e-12 * np.abs(expected).max()
    np.testing.assert_allclose(fit.gradient(at, rows), expected, rtol=1e-12, atol=atol)
    for row in rows[:2]:
        own = plain_loss_and_gradient(fit, at, fit.X[row : row + 1], fit.y[row : row + 1])[1]
        atol = 1e-12 * np.abs(own).max()
        np.testing.assert_allclose(fit.gradient(at, [row]), own, rtol=1e-12, atol=atol)


@every_loss
def test_every_row_exactly_once_is_the_full_gradient(fit):
    at, order = somewhere(fit), np.random.default_rng(1).permutation(fit.n_samples)
    full = fit.gradient(at)
    atol = 1e-12 * np.abs(full).max()
    np.testing.assert_allclose(fit.gradient(at, order), full, rtol=1e-12, atol=atol)


@every_pair
def test_a_bias_is_not_penalised_and_every_weight_is(fit):
    at, with_penalty = somewhere(fit), replace(fit, l2=0.7)
    more = with_penalty.gradient(at) - fit.gradient(at)
    weights = np.array([0 if name.startswith("bias") else 1 for name in fit.param_names])
    np.testing.assert_allclose(more, 0.7 * weights * at, rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(more[weights == 0], 0)
    extra = with_penalty.loss(at) - fit.loss(at)
    np.testing.assert_allclose(extra, 0.35 * np.sum(weights * at**2), rtol=1e-9)
    np.testing.assert_allclose(
        with_penalty.hessian(at) - fit.hessian(at), np.diag(0.7 * weights), atol=1e-12
    )


def test_mean_squared_error_is_twice_its_half_and_the_penalty_stays_as_it_is():
    half = Fit(SMALL["ravine"], MODELS["linear"], standardize=True)
    whole, at = replace(half, objective="mse"), somewhere(half)
    np.testing.assert_allclose(whole.loss(at), 2 * half.loss(at), rtol=1e-14)
    np.testing.assert_allclose(whole.hessian(at), 2 * half.hessian(at), rtol=1e-14)
    extra = replace(whole, l2=0.5).loss(at) - whole.loss(at)
    np.testing.assert_allclose(extra, replace(half, l2=0.5).loss(at) - half.loss(at), rtol=1e-9)


@every_pair
@pytest.mark.parametrize("lead", [(), (1,), (3, 2), (0,), (40,)], ids=str)
def test_many_parameters_at_once_give_what_each_gives_alone(fit, lead):
    fit = replace(fit, test_size=0.2)
    at = somewhere(fit, *lead)
    for function in (fit.loss, fit.test_loss):
        assert function(at).shape == lead
    assert fit.gradient(at).shape == (*lead, fit.n_params)
    assert fit.gradient(at, [0, 5]).shape == (*lead, fit.n_params)
    for index in list(np.ndindex(lead))[-2:]:
        for function in (fit.loss, fit.test_loss, fit.gradient, lambda p: fit.gradient(p, [0, 5])):
            np.testing.assert_allclose(
                function(at)[index], function(at[index]), rtol=1e-11, atol=1e-13
            )


@pytest.mark.parametrize("shape", [(), (2,), (4, 4)])
def test_parameters_of_another_number_are_refused(shape):
    fit = Fit(SMALL["ravine"], MODELS["linear"])
    with pytest.raises(ValueError, match=r"params must end in 3 values; got shape"):
        fit.loss(np.zeros(shape))


# The minimum


@every_pair
@pytest.mark.parametrize("l2", [0.0, 1e-3, 1.0])
def test_at_the_minimum_the_gradient_is_zero_and_the_loss_lowest(fit, l2):
    if fit.n_params > 100 and l2 != 1.0:
        return  # the same in principle, and slow
    fit = replace(fit, l2=l2)
    best = fit.minimum()
    if best is None:
        assert not fit.quadratic
        assert l2 == 0
        return
    size = max(1.0, np.abs(fit.y).max()) * max(1.0, l2)
    assert np.abs(fit.gradient(best)).max() < 1e-12 * size
    around = best + 1e-3 * np.random.default_rng(0).normal(size=(50, fit.n_params))
    assert np.all(fit.loss(around) >= fit.loss(best))
    assert not best.flags.writeable


@every_regression
@pytest.mark.parametrize("objective", MODELS["linear"].objectives)
@pytest.mark.parametrize("standardize", [False, True])
def test_the_minimum_is_that_of_scikit_learn_for_regression(fit, objective, standardize):
    fit = replace(fit, objective=objective, standardize=standardize)
    plain = linear_model.LinearRegression().fit(fit.X, fit.y)
    expected = np.array([plain.intercept_, *plain.coef_])
    np.testing.assert_allclose(fit.minimum(), expected, rtol=1e-8, atol=1e-8)
    for l2 in (1e-3, 0.2, 5.0):
        # scikit-learn: |r|^2 + alpha |w|^2, so alpha = n l2 for the half mean, half that for the
        # mean.
        alpha = fit.n_samples * l2 / (2 if objective == "mse" else 1)
        ridge = linear_model.Ridge(alpha=alpha, solver="svd").fit(fit.X, fit.y)
        expected = np.array([ridge.intercept_, *ridge.coef_])
        np.testing.assert_allclose(replace(fit, l2=l2).minimum(), expected, rtol=1e-9, atol=1e-9)


@every_classifier
@pytest.mark.parametrize("l2", [0.01, 1.0])
def test_the_minimum_is_that_of_scikit_learn_for_classes(fit, l2):
    if fit.n_params > 100 or (fit.model.key == "softmax" and fit.n_classes == 2):
        return  # slow; for two classes scikit-learn has no softmax
    fit = replace(fit, l2=l2)
    known = linear_model.LogisticRegression(
        C=1 / (fit.n_samples * l2), tol=1e-13, max_iter=200, solver="newton-cholesky"
    ).fit(fit.X, fit.y)
    expected = np.column_stack([known.intercept_, known.coef_])
    expected[:, 0] -= expected[:, 0].mean() if len(expected) > 1 else 0
    np.testing.assert_allclose(fit.minimum(), expected.ravel(), rtol=1e-7, atol=1e-8)


@every_classifier
def test_two_classes_have_the_same_minimum_as_a_softmax_and_as_one_margin(fit):
    if fit.n_classes != 2 or fit.model.key != "softmax":
        return
    fit = replace(fit, l2=0.1)
    first, second = fit.minimum().reshape(2, -1)
    # Weights w and -w are penalised twice, and their margin is 2 w.
    margin = replace(fit, model=MODELS["logistic"], l2=0.05).minimum()
    np.testing.assert_allclose(second - first, margin, rtol=1e-9, atol=1e-10)


@every_classifier
def test_a_softmax_minimum_is_the_one_of_least_norm(fit):
    if fit.model.key == "softmax":
        for l2 in (0.0, 1e-8, 0.1):
            best = replace(fit, l2=l2).minimum() if fit.n_params < 100 else None
            if best is not None:
                middle = best.reshape(fit.n_classes, -1).mean(axis=0)
                np.testing.assert_allclose(middle, 0, atol=1e-9 * np.abs(best).max())


def separable(fit):
    """Whether some direction lowers no row's loss margin and raises one, by linear programming."""
    Z, y, K = columns_of(fit, fit.X), fit.y.astype(int), fit.n_classes
    Z = Z / np.maximum(np.linalg.norm(Z, axis=0), 1e-300)
    margins = []
    for own, other in product(range(K), range(K)):
        if own != other:
            block = np.zeros((np.sum(y == own), K, Z.shape[1]))
            block[:, own], block[:, other] = Z[y == own], -Z[y == own]
            margins.append(block.reshape(len(block), K * Z.shape[1]))
    A = np.vstack(margins)
    found = linprog(-A.mean(axis=0), A_ub=-A, b_ub=np.zeros(len(A)), bounds=(-1, 1))
    assert found.status == 0
    return -found.fun > 1e-8


@every_classifier
@pytest.mark.parametrize("features", ["linear", "quadratic"])
@pytest.mark.parametrize("standardize", [False, True])
def test_there_is_no_minimum_exactly_where_classes_can_be_separated(fit, features, standardize):
    if fit.dataset.n_features > (30 if features == "linear" else 4):
        return  # slow
    fit = replace(fit, features=features, standardize=standardize)
    apart = separable(fit)
    assert (fit.minimum() is None) == apart
    if apart:
        assert replace(fit, l2=1e-4).minimum() is not None


TWO = ("no", "yes")
BY_HAND = {
    "complete": ([[0], [1], [2], [3]], [0, 0, 1, 1], TWO, True),
    "touching": ([[0], [1], [1], [2]], [0, 0, 1, 1], TWO, True),
    "one row inside": ([[0], [2], [1], [3]], [0, 0, 1, 1], TWO, False),
    "one direction only": ([[0, 0], [0, 1], [0, 0], [1, 1]], [0, 0, 1, 1], TWO, True),
    "one of three classes": (
        [[0], [1], [1], [2], [2], [1]],
        [0, 1, 2, 1, 2, 2],
        (*TWO, "or"),
        True,
    ),
    "nothing to learn": ([[1], [-1], [1], [-1]], [0, 0, 1, 1], TWO, False),
    "constant column": ([[1, 5], [2, 5], [1, 5], [2, 5]], [0, 0, 1, 1], TWO, False),
    "two rows": ([[0], [1]], [0, 1], TWO, True),
}


@pytest.mark.parametrize("case", BY_HAND)
@pytest.mark.parametrize(
    "model", [m for m in MODELS.values() if not m.suits(0)], ids=lambda m: m.key
)
@pytest.mark.parametrize("standardize", [False, True])
def test_separation_complete_or_not_quite_is_found_by_hand_too(case, model, standardize):
    X, y, classes, apart = BY_HAND[case]
    if not model.suits(len(classes)):
        return
    fit = Fit(made(X, y, classes), model, standardize=standardize)
    assert separable(fit) == apart
    assert (fit.minimum() is None) == apart
    for l2 in (1e-8, 1e-4, 1.0, 1e3):
        best = replace(fit, l2=l2).minimum()
        assert np.abs(replace(fit, l2=l2).gradient(best)).max() < 1e-12 * max(1, l2)


def test_iris_has_no_minimum_though_only_one_of_its_species_stands_apart():
    fit = Fit(DATASETS["iris"], MODELS["softmax"])
    assert fit.minimum() is None
    versicolor_and_virginica = fit.y > 0
    rest = made(fit.X[versicolor_and_virginica], fit.y[versicolor_and_virginica] - 1, TWO)
    assert Fit(rest, MODELS["logistic"]).minimum() is not None
    assert replace(fit, l2=1e-3).minimum() is not None


@pytest.mark.parametrize("model", ["logistic", "softmax"])
def test_a_start_at_the_minimum_is_not_taken_for_a_loss_without_one(model):
    # Two rings with one middle: zero is the minimum, but for rounding.
    rings = replace(DATASETS["circles"], noise=0.0)
    best = Fit(rings, MODELS[model]).minimum()
    np.testing.assert_allclose(best, 0, atol=1e-12)


@pytest.mark.parametrize("model", ["logistic", "softmax"])
def test_a_class_without_rows_leaves_no_minimum_because_no_penalty_holds_its_bias(model):
    fit = Fit(made([[0], [1]], [1, 1], TWO), MODELS[model], l2=1.0)
    assert fit.minimum() is None


def test_a_penalty_always_gives_a_minimum_however_long_the_ravine():
    fit = Fit(DATASETS["iris"], MODELS["softmax"], features="quadratic", l2=1e-12)
    best = fit.minimum()
    assert fit.loss(best) < 1e-6
    assert np.abs(fit.gradient(best)).max() < 1e-9


def test_where_rounding_hides_the_rest_of_the_way_the_point_reached_is_the_minimum():
    def gradient(params):  # never below 1e-9
        return 2 * (params - 3) + np.where(params >= 3, 1e-9, -1e-9)

    best = newton(
        lambda params: np.sum((params - 3) ** 2), gradient, lambda params: 2 * np.eye(1),
        np.zeros(1), rank=1, unbounded=lambda params: False,
    )  # fmt: skip
    np.testing.assert_allclose(best, 3, rtol=1e-9)


# Columns that say nothing new


AWKWARD = {
    "a column twice": lambda X: np.column_stack([X, X[:, 0]]),
    "a sum of columns": lambda X: np.column_stack([X, X.sum(axis=1)]),
    "a constant column": lambda X: np.column_stack([X, np.full(len(X), 0.1)]),
    "a column of zeros": lambda X: np.column_stack([X, np.zeros(len(X))]),
    "fewer rows than columns": lambda X: X[:3] @ np.random.default_rng(3).normal(size=(2, 6)),
    "more columns than rows": lambda X: np.random.default_rng(3).normal(size=(4, 9)),
    "one row": lambda X: X[:1],
}


@pytest.mark.parametrize("case", AWKWARD)
@pytest.mark.parametrize("model", [m for m in MODELS.values() if m.convex], ids=lambda m: m.key)
@pytest.mark.parametrize("standardize", [False, True])
@pytest.mark.parametrize("l2", [0.0, 0.1])
def test_columns_that_say_nothing_new_break_nothing(case, model, standardize, l2):
    X = AWKWARD[case](scattered()[0])
    y = scattered()[1][: len(X)]
    classes = () if model.suits(0) else TWO
    if classes:
        y = (np.arange(len(y)) % 3 == 1).astype(int)
    fit = Fit(made(X, y, classes), model, standardize=standardize, l2=l2)
    assert np.all(np.isfinite(fit.X))
    assert fit.hessian(np.zeros(fit.n_params)).shape == (fit.n_params, fit.n_params)
    best = fit.minimum()
    if best is None:
        assert separable(fit)
        assert not l2 or case == "one row"
    else:
        assert np.abs(fit.gradient(best)).max() < 1e-12
        assert np.abs(best).max() < 100


def test_of_many_minima_the_smallest_is_found():
    X, y = scattered()
    twice = Fit(made(np.column_stack([X, X[:, 1]]), y), MODELS["linear"])
    once = Fit(made(X, y), MODELS["linear"]).minimum()
    half = once[2] / 2
    np.testing.assert_allclose(twice.minimum(), [*once[:2], half, half], rtol=1e-12)


# Rows


@every_pair
def test_standardised_columns_have_mean_zero_and_standard_deviation_one(fit):
    fit = replace(fit, test_size=0.25)
    constant = np.ptp(fit.data.X[fit.prepared.train_rows], axis=0) == 0
    np.testing.assert_allclose(fit.X.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(fit.X.std(axis=0, ddof=0), np.where(constant, 0, 1), rtol=1e-12)
    np.testing.assert_array_equal(fit.X[:, constant], 0)


@pytest.mark.parametrize("value", [0.0, 0.1, -3e-9, 1e9, 1 / 3])
def test_a_constant_column_becomes_zero(value):
    X, y = scattered()
    fit = Fit(made(np.column_stack([X, np.full(len(X), value)]), y), MODELS["linear"],
              standardize=True)  # fmt: skip
    np.testing.assert_array_equal(fit.X[:, 2], 0)
    assert fit.minimum()[3] == 0


def test_a_column_constant_in_training_only_becomes_zero_in_testing_too():
    X, y = scattered()
    fit = Fit(made(X, y), MODELS["linear"], test_size=0.3)
    X[fit.prepared.train_rows, 1] = 7.0
    fit = replace(fit, dataset=made(X, y), standardize=True)
    np.testing.assert_array_equal(fit.X[:, 1], 0)
    np.testing.assert_array_equal(fit.prepared.X_test[:, 1], 0)


def test_a_nearly_constant_column_is_still_a_column():
    X, y = scattered()
    X[:, 1] = 1000 + 1e-6 * X[:, 1]
    fit = Fit(made(X, y), MODELS["linear"], standardize=True)
    np.testing.assert_allclose(fit.X[:, 1].std(), 1)


@every_pair
@pytest.mark.parametrize("standardize", [False, True])
@pytest.mark.parametrize("features", ["linear", "quadratic"])
def test_transform_makes_of_raw_rows_what_the_model_sees(fit, standardize, features):
    if features == "quadratic" and fit.dataset.n_features > 13:
        return
    fit = replace(fit, standardize=standardize, features=features, test_size=0.3)
    prepared, raw = fit.prepared, fit.data.X
    np.testing.assert_array_equal(fit.transform(raw[prepared.train_rows]), fit.X)
    np.testing.assert_array_equal(fit.transform(raw[prepared.test_rows]), prepared.X_test)
    np.testing.assert_array_equal(fit.data.y[prepared.train_rows], fit.y)
    np.testing.assert_array_equal(fit.data.y[prepared.test_rows], prepared.y_test)
    both = np.concatenate([prepared.train_rows, prepared.test_rows])
    np.testing.assert_array_equal(np.sort(both), np.arange(len(raw)))
    assert np.all(np.diff(prepared.train_rows) > 0)


def test_without_preparation_the_model_sees_the_data_set_as_it_is():
    fit = Fit(DATASETS["diabetes"], MODELS["linear"])
    np.testing.assert_array_equal(fit.X, fit.data.X)
    np.testing.assert_array_equal(fit.y, fit.data.y)
    assert not len(fit.prepared.y_test)


@pytest.mark.parametrize("standardize", [False, True])
def test_test_rows_never_reach_training(standardize):
    X, y = scattered(20)
    options = {"standardize": standardize, "features": "quadratic", "test_size": 0.3, "l2": 0.1}
    fit = Fit(made(X, y), MODELS["linear"], **options)
    held_out = fit.prepared.test_rows
    X[held_out], y[held_out] = 1e6, -1e6
    other = Fit(made(X, y), MODELS["linear"], **options)
    np.testing.assert_array_equal(other.X, fit.X)
    np.testing.assert_array_equal(other.y, fit.y)
    np.testing.assert_array_equal(other.minimum(), fit.minimum())
    at = somewhere(fit)
    assert other.loss(at) == fit.loss(at)
    np.testing.assert_array_equal(other.gradient(at), fit.gradient(at))
    assert other.test_loss(at) != fit.test_loss(at)


def test_quadratic_features_are_the_columns_and_every_product_once():
    X, y = scattered(8, 3)
    fit = Fit(made(X, y), MODELS["linear"], features="quadratic")
    a, b, c = X.T
    expected = np.column_stack([a, b, c, a * a, a * b, a * c, b * b, b * c, c * c])
    np.testing.assert_array_equal(fit.X, expected)
    assert fit.param_names == (
        "bias", "x0", "x1", "x2", "x0²", "x0 · x1", "x0 · x2", "x1²", "x1 · x2", "x2²"
    )  # fmt: skip


@pytest.mark.parametrize("d", [1, 2, 4])
@pytest.mark.parametrize(("features", "degree"), [("cubic", 3), ("sextic", 6)])
def test_features_of_a_degree_are_all_products_up_to_it(features, degree, d):
    from sklearn.preprocessing import PolynomialFeatures

    X, y = scattered(8, d)
    fit = Fit(made(X, y), MODELS["linear"], features=features)
    expected = PolynomialFeatures(degree, include_bias=False).fit_transform(X)
    np.testing.assert_allclose(fit.X, expected, rtol=1e-12)
    assert len(set(fit.param_names)) == fit.n_params == 1 + expected.shape[1]


def test_features_of_a_degree_are_named_by_their_powers_and_not_too_many():
    X, y = scattered(8, 2)
    names = Fit(made(X, y), MODELS["linear"], features="cubic").param_names
    assert names[6:] == ("x0³", "x0² · x1", "x0 · x1²", "x1³")
    with pytest.raises(ValueError, match="may make at most 500 columns; of 13 they make 559"):
        Fit(DATASETS["wine"], MODELS["softmax"], features="cubic")


@pytest.mark.parametrize("ddof", [0, 1])
def test_columns_are_standardised_by_the_deviation_of_the_population_or_the_sample(ddof):
    X, y = scattered(8, 2)
    fit = Fit(made(X, y), MODELS["linear"], standardize=True, ddof=ddof)
    np.testing.assert_allclose(fit.X, (X - X.mean(axis=0)) / X.std(axis=0, ddof=ddof))
    one = Fit(made(X[:1], y[:1]), MODELS["linear"], standardize=True, ddof=ddof)
    assert not one.X.any()


def test_test_rows_are_drawn_by_their_own_seed_and_stratified():
    fit = Fit(DATASETS["iris"], MODELS["softmax"], test_size=0.2)
    np.testing.assert_array_equal(np.bincount(fit.prepared.y_test.astype(int)), [10, 10, 10])
    other = replace(fit, split_seed=1)
    assert not np.array_equal(other.prepared.test_rows, fit.prepared.test_rows)


# Predictions


@every_classifier
def test_accuracy_is_the_share_of_rows_predicted_rightly(fit):
    fit = replace(fit, test_size=0.3)
    at = somewhere(fit, 2)
    prepared = fit.prepared
    for test, X, y in [(False, fit.X, fit.y), (True, prepared.X_test, prepared.y_test)]:
        expected = [np.mean(fit.predict(p, X) == y) for p in at]
        np.testing.assert_array_equal(fit.accuracy(at, test=test), expected)
    at[1, 0] = np.nan
    assert np.isnan(fit.accuracy(at)[1])


@every_regression
def test_accuracy_is_not_for_numbers(fit):
    with pytest.raises(ValueError, match="accuracy needs a classification data set"):
        fit.accuracy(np.zeros(fit.n_params))


def test_accuracy_on_test_rows_needs_some():
    fit = Fit(DATASETS["iris"], MODELS["softmax"])
    with pytest.raises(ValueError, match="with rows to judge by"):
        fit.accuracy(np.zeros(fit.n_params), test=True)
    assert fit.test_loss(np.zeros(fit.n_params)) is None


# Values


@every_pair
def test_equal_fits_share_their_rows_and_nobody_can_write_to_them(fit):
    fit, again = replace(fit, split_seed=3), replace(fit, split_seed=3)
    assert again == fit
    assert hash(again) == hash(fit)
    assert again.prepared is fit.prepared
    arrays = [value for value in vars(fit.prepared).values() if isinstance(value, np.ndarray)]
    assert len(arrays) > 5
    assert not any(array.flags.writeable for array in arrays)
    with pytest.raises(FrozenInstanceError):
        fit.l2 = 1.0


def test_the_usual_objective_is_written_out():
    fit = Fit(SMALL["line"], MODELS["linear"])
    assert fit.objective == "half_mse"
    assert fit == Fit(SMALL["line"], MODELS["linear"], objective="half_mse")


LINE, BLOBS = SMALL["line"], SMALL["blobs"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"l2": -1.0}, "Fit.l2 must be from 0 to 1000; got -1.0"),
        ({"l2": 1e4}, "Fit.l2 must be from 0 to 1000; got 10000.0"),
        ({"test_size": 0.95}, "Fit.test_size must be from 0 to 0.9; got 0.95"),
        (
            {"features": "septic"},
            "Fit.features must be one of linear, quadratic, cubic, quartic, quintic, sextic; got "
            "'septic'",
        ),
        ({"objective": "l1"}, "Fit.objective must be one of half_mse, mse, log_loss; got 'l1'"),
        ({"standardize": "yes"}, "Fit.standardize must be true or false; got 'yes'"),
        ({"split_seed": 0.5}, "Fit.split_seed must be a whole number; got 0.5"),
        (
            {"objective": "log_loss"},
            "Fit.objective must be one of half_mse, mse for the model 'linear'; got 'log_loss'",
        ),
        ({"dataset": BLOBS}, "Fit.model 'linear' does not suit the data set 'blobs'"),
        ({"model": MODELS["softmax"]}, "Fit.model 'softmax' does not suit the data set 'line'"),
    ],
)  # fmt: skip
def test_a_value_that_does_not_fit_is_refused_by_field_value_and_range(change, said):
    with pytest.raises(ValueError, match=r"^Fit\.") as caught:
        replace(Fit(LINE, MODELS["linear"]), **change)
    assert str(caught.value) == said


def test_too_many_columns_are_not_squared():
    with pytest.raises(ValueError, match=f"takes at most {MAX_QUADRATIC} columns; 'digits' has 64"):
        Fit(DATASETS["digits"], MODELS["softmax"], features="quadratic")


# Raw units


@pytest.mark.parametrize("name", ["ravine", "diabetes", "iris", "wine"])
@pytest.mark.parametrize("features", ["linear", "quadratic"])
def test_parameters_per_raw_unit_predict_the_same_from_raw_columns(name, features):
    fit = replace(default_fit(DATASETS[name]), features=features, standardize=True)
    plain = replace(fit, standardize=False)
    params = np.random.default_rng(0).normal(size=(3, fit.n_params))
    expected = fit.outputs(params, fit.X)
    size = np.abs(expected).max()
    np.testing.assert_allclose(plain.outputs(fit.raw(params), plain.X), expected, atol=1e-8 * size)
    np.testing.assert_array_equal(plain.raw(params), params)


def test_the_ravines_coefficients_are_had_per_raw_unit_too():
    fit = replace(default_fit(DATASETS["ravine"]), standardize=True)
    minimum = fit.minimum()
    np.testing.assert_allclose(minimum, [12.275, 2.0366, 1.9605], rtol=1e-4)
    np.testing.assert_allclose(fit.raw(minimum), [2.6592, 0.21341, 2.0092], rtol=1e-4)


def test_thirty_columns_are_multiplied_with_each_other_and_thirty_one_are_not():
    draw = np.random.default_rng(0)
    for columns in (30, 31):
        table = Table(draw.normal(size=(4, columns)), draw.normal(size=4))
        if columns == 30:
            fit = Fit(table, MODELS["linear"], features="quadratic")
            assert fit.X.shape == (4, 30 + 30 * 31 // 2)
        else:
            with pytest.raises(ValueError, match="takes at most 30 columns"):
                Fit(table, MODELS["linear"], features="quadratic")


def test_a_target_is_read_as_the_model_and_its_objective_need_it_the_usual_way_first():
    """Zeros and ones name classes, unless they do not come several times each."""
    X = np.arange(6.0)[:, None]
    classes = Table(X, [0, 1, 0, 1, 1, 0])
    assert classes.readings == (2, 0)

    def read(model, objective=None):
        return Fit(classes, MODELS[model], objective=objective).n_classes

    assert read("linear") == read("linear", "mse") == 0
    assert read("logistic") == read("mlp") == read("mlp", "half_mse") == 2
    counts = Table(X, [0, 1, 1, 1, 1, 1])
    assert counts.readings == (0, 2)
    network = Fit(counts, MODELS["mlp"], objective="half_mse")
    assert (network.n_classes, network.quadratic) == (0, False)
    assert Fit(counts, MODELS["mlp"], objective="log_loss").n_classes == 2
    assert Fit(counts, MODELS["linear"]).quadratic
    assert not Fit(counts, MODELS["logistic"]).quadratic


def test_batches_are_tiled_where_their_outputs_do_not_fit():
    """Up to 2^16 outputs, of rows times orders times runs, are kept in slots."""
    fit = Fit(replace(DATASETS["moons"], n_samples=200), MODELS["logistic"])
    for shape, kind in (
        ((1, 3, 327), MiniBatches),
        ((1, 3, 328), TiledBatches),
        ((2, 3, 164), TiledBatches),
    ):
        descent, batch = fit.full_descent(shape)
        assert type(descent) is kind, shape
        assert bool(batch) == (kind is MiniBatches), shape
    for shape, kind in (
        ((1, 3, 2048), MiniBatches),
        ((1, 3, 2049), Descent),
        ((2, 3, 1025), Descent),
    ):
        assert type(fit.descent(32, shape)) is kind, shape


def test_the_deviation_of_a_sample_divides_by_one_row_less():
    two = Fit(
        Table(np.array([[1.0], [4.0]]), [0.0, 1.0]), MODELS["linear"], standardize=True, ddof=1
    )
    np.testing.assert_allclose(two.X.ravel(), [-(0.5**0.5), 0.5**0.5])
    three = replace(two, dataset=Table(np.array([[1.0], [2.0], [3.0]]), [0.0, 1.0, 0.0]))
    np.testing.assert_allclose(three.X.ravel(), [-1, 0, 1], atol=1e-15)


def test_a_part_holds_the_rows_held_out_or_all_others():
    fit = Fit(DATASETS["iris"], MODELS["softmax"], test_size=0.2)
    for test, rows in ((True, fit.prepared.test_rows), (False, fit.prepared.train_rows)):
        places, X, y = fit.prepared.part(test=test)
        np.testing.assert_array_equal(places, rows)
        np.testing.assert_array_equal(X, fit.data.X[rows])
        np.testing.assert_array_equal(y, fit.data.y[rows])
