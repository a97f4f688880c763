"""What a grid of losses promises: the loss itself, at every point, however large or small."""

import tracemalloc
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gdplay.arrays import TILE
from gdplay.datasets import DATASETS, DataSet
from gdplay.loss import on_plane
from gdplay.loss.fit import Fit
from gdplay.loss.models import MODELS
from gdplay.loss.on_plane import half_squares, log_losses
from gdplay.loss.surfaces import SURFACES

SMALL = [replace(d, n_samples=50) if d.synthetic else d for d in DATASETS.values()]
PLAIN = [
    pytest.param(Fit(dataset, model, standardize=True), id=f"{dataset.key}-{model.key}")
    for dataset, model in product(SMALL, MODELS.values())
    if model.suits(dataset.n_classes) and (model.convex or dataset.key in ("line", "moons", "iris"))
]
every_fit = pytest.mark.parametrize("fit", PLAIN)
LINE, MOONS, IRIS = (
    next(p.values[0] for p in PLAIN if p.id == name)
    for name in ("line-linear", "moons-logistic", "iris-softmax")
)
one_fit_per_model = pytest.mark.parametrize("fit", [LINE, MOONS, IRIS], ids=["r", "log", "softmax"])


def point_by_point(problem, origin, axes, x, y):
    """The loss at each point of the grid, asked for on its own."""
    points = ((origin + a * axes[0] + b * axes[1] for a in x) for b in y)
    return np.array([[float(problem.loss(point)) for point in row] for row in points])


def a_slice(problem, seed=0, scale=1.0):
    rng = np.random.default_rng(seed)
    origin, *axes = rng.normal(size=(3, problem.n_params)) * scale
    return origin, np.array(axes), np.sort(rng.normal(size=7)), rng.normal(size=4)


def holds_the_loss(problem, origin, axes, x, y):
    grid = problem.on_grid(origin, axes, x, y)
    assert grid.shape == (len(y), len(x))
    np.testing.assert_allclose(grid, point_by_point(problem, origin, axes, x, y), rtol=1e-12)


# The loss of a problem on a grid


@every_fit
def test_the_grid_holds_the_loss_at_every_point(fit):
    holds_the_loss(fit, *a_slice(fit))


@pytest.mark.parametrize("l2", [0.0, 0.3])
@pytest.mark.parametrize("standardize", [False, True])
@pytest.mark.parametrize("features", ["linear", "quadratic"])
@pytest.mark.parametrize(
    ("model", "objective"), [(m, objective) for m in MODELS.values() for objective in m.objectives]
)
def test_every_objective_penalty_and_way_of_preparing_rows_counts(
    model, objective, features, standardize, l2
):
    dataset = next(
        d for d in SMALL
        if d.n_features == 2
        and model.suits(d.n_classes)
        and objective in model.objectives_for(d.n_classes)
    )  # fmt: skip
    fit = Fit(dataset, model, features, standardize, test_size=0.2, objective=objective, l2=l2)
    holds_the_loss(fit, *a_slice(fit, scale=0.5))


@one_fit_per_model
@settings(max_examples=25)
@given(
    seed=st.integers(0, 2**32 - 1),
    power=st.floats(-3, 3),
    sizes=st.tuples(*[st.integers(1, 9)] * 2),
)
def test_any_slice_of_any_size_holds_the_loss(fit, seed, power, sizes):
    origin, axes, _, _ = a_slice(fit, seed, 10**power)
    x, y = (np.linspace(-1.5, 2, n) for n in sizes)
    holds_the_loss(fit, origin, axes, x, y)


@pytest.mark.parametrize("surface", SURFACES.values(), ids=lambda s: s.key)
def test_a_surface_is_evaluated_as_it_is(surface):
    origin, axes, x, y = a_slice(surface)
    grid = surface.on_grid(origin, axes, x, y)
    np.testing.assert_allclose(grid, point_by_point(surface, origin, axes, x, y), rtol=1e-13)


@one_fit_per_model
def test_the_first_index_is_y_and_the_second_is_x(fit):
    origin, axes, _, _ = a_slice(fit)
    grid = fit.on_grid(origin, axes, np.array([0.0, 1.0, 2.0]), np.array([0.0, 3.0]))
    assert grid.shape == (2, 3)
    assert grid[0, 2] == pytest.approx(float(fit.loss(origin + 2 * axes[0])), rel=1e-12)
    assert grid[1, 0] == pytest.approx(float(fit.loss(origin + 3 * axes[1])), rel=1e-12)


@one_fit_per_model
@pytest.mark.parametrize("second", [0.0, 1.0, -2.5])
def test_axes_may_lie_on_one_line_or_be_zero(fit, second):
    origin, axes, x, y = a_slice(fit)
    holds_the_loss(fit, origin, np.array([axes[0], second * axes[0]]), x, y)
    holds_the_loss(fit, origin, np.zeros_like(axes), x, y)


@one_fit_per_model
def test_no_grid_point_is_taken_on_its_own(fit, monkeypatch):
    place = a_slice(fit)
    expected = point_by_point(fit, *place)
    for name in ("loss", "value"):
        monkeypatch.setattr(type(fit), name, None)
    np.testing.assert_allclose(fit.on_grid(*place), expected, rtol=1e-12)


@dataclass(frozen=True)
class Few(DataSet):
    """So few rows that there is nothing to compress or to multiply out."""

    key = "few"
    feature_names = ("a", "b")
    target_name = "y"

    n_samples: int = 1
    labels: str = ""

    @property
    def class_names(self):
        return tuple(self.labels)

    def _make(self):
        y = np.arange(self.n_samples) % max(1, self.n_classes)
        return np.random.default_rng(0).normal(size=(self.n_samples, 2)), y


@pytest.mark.parametrize("n_samples", [1, 2, 3, 4, 5])
@pytest.mark.parametrize(
    ("model", "labels"), [("linear", ""), ("logistic", "ab"), ("softmax", "abc")]
)
def test_one_row_is_enough(model, labels, n_samples):
    fit = Fit(Few(n_samples, labels), MODELS[model])
    holds_the_loss(fit, *a_slice(fit))


@pytest.mark.parametrize("fit", [MOONS, IRIS], ids=["logistic", "softmax"])
@pytest.mark.parametrize("scale", [30.0, 100.0, 300.0, 1e3, 1e5, 1e100])
def test_huge_margins_neither_overflow_nor_lose_digits(fit, scale):
    holds_the_loss(fit, *a_slice(fit, scale=scale))


# Far away


@one_fit_per_model
@pytest.mark.parametrize("far", [1e160, 1e200, 1e307])
@pytest.mark.parametrize("l2", [0.0, 0.1])
def test_where_the_loss_overflows_it_is_infinite_and_nothing_warns(fit, far, l2):
    fit = replace(fit, l2=l2)
    origin, axes, _, _ = a_slice(fit, scale=10.0)
    grid = fit.on_grid(origin, axes, np.array([-far, 0.0, far]), np.array([-far, 0.0, far]))
    assert not np.isnan(grid).any()
    if l2 or fit.quadratic:
        outer = np.ones((3, 3), dtype=bool)
        outer[1, 1] = False
        assert np.all(grid[outer] == np.inf)
    assert grid[1, 1] == pytest.approx(float(fit.loss(origin)), rel=1e-12)


@pytest.mark.parametrize("surface", SURFACES.values(), ids=lambda s: s.key)
def test_a_surface_that_overflows_warns_nothing(surface):
    far = np.array([-1e200, 1e200])
    grid = surface.on_grid(np.zeros(2), np.eye(2), far, far)
    assert not np.isnan(grid).any()


def test_what_is_not_a_number_counts_as_infinite():
    class Torn(type(SURFACES["bowl"])):
        def height(self, x, y):
            return x - x + y

    grid = Torn().on_grid(np.zeros(2), np.eye(2), np.array([0.0, np.inf]), np.ones(1))
    np.testing.assert_array_equal(grid, [[1.0, np.inf]])


# Sums over rows


def outcome_by_outcome(odds, x, y):
    """Each row's log(1 + sum exp), by logaddexp alone, which loses no small term."""
    level, slope_x, slope_y = odds[..., None, None]
    scores = level + slope_x * x + slope_y * y[:, None]
    return np.logaddexp(0, np.logaddexp.reduce(scores, axis=0)).sum(axis=0)


def some_odds(T, n, scale=1.0, shift=0.0, seed=0):
    odds = np.random.default_rng(seed).normal(size=(3, T, n)) * scale
    odds[0] += shift
    return odds


outcomes = pytest.mark.parametrize("T", [1, 2, 3, 9, 40])
X, Y = np.linspace(-1, 1.5, 11), np.linspace(-2, 1, 6)


@settings(max_examples=60)
@given(
    T=st.integers(1, 6),
    n=st.integers(1, 90),
    scale=st.floats(0.01, 100),
    shift=st.floats(-300, 300),
    seed=st.integers(0, 999),
)
def test_log_losses_keep_their_digits_whatever_the_odds(T, n, scale, shift, seed):
    odds = some_odds(T, n, scale, shift, seed)
    expected = outcome_by_outcome(odds, X, Y)
    np.testing.assert_allclose(log_losses(odds, X, Y), expected, rtol=1e-12, atol=1e-290)


@outcomes
@pytest.mark.parametrize("shift", [-8.0, -12.0, -20.0, -40.0, -300.0, -600.0])
def test_losses_of_separated_classes_keep_their_digits_down_to_nothing(T, shift):
    odds = some_odds(T, 77, shift=shift)
    expected = outcome_by_outcome(odds, X, Y)
    assert 0 < expected.min() < 2
    np.testing.assert_allclose(log_losses(odds, X, Y), expected, rtol=1e-12)


@outcomes
@pytest.mark.parametrize("most", [60, 170, 174, 178, 233, 349, 351, 698, 702, 2000])
def test_rows_on_either_side_of_overflow_are_summed_alike(T, most):
    odds = some_odds(T, 50)
    reach = np.abs(odds[0]) + 1.5 * np.abs(odds[1]) + 2 * np.abs(odds[2])
    odds *= most / reach.max(axis=0)  # every row comes about as far as that
    expected = outcome_by_outcome(odds, X, Y)
    np.testing.assert_allclose(log_losses(odds, X, Y), expected, rtol=1e-12)


@outcomes
def test_calm_and_wild_rows_go_together(T):
    odds = some_odds(T, 53) * np.geomspace(1e-3, 1e4, 53)
    expected = outcome_by_outcome(odds, X, Y)
    np.testing.assert_allclose(log_losses(odds, X, Y), expected, rtol=1e-12)
    mixed = np.random.default_rng(1).permutation(53)
    np.testing.assert_allclose(log_losses(odds[:, :, mixed], X, Y), expected, rtol=1e-12)


@pytest.mark.parametrize("sizes", [(1, 1), (90, 101), (5000, 2), (2, 5000)])
def test_a_grid_of_any_size_is_cut_and_put_together(sizes):
    odds, (x, y) = some_odds(1, 9), (np.linspace(-1, 2, n) for n in sizes)
    expected = outcome_by_outcome(odds, x, y)
    np.testing.assert_allclose(log_losses(odds, x, y), expected, rtol=1e-13)


@pytest.mark.parametrize(("level", "loss"), [(-np.inf, 0), (-1e4, 0), (0, np.log(2)), (1e4, 1e4)])
def test_a_sure_answer_costs_nothing_and_a_wrong_one_its_odds(level, loss):
    odds = np.array([level, 0.0, 0.0]).reshape(3, 1, 1)
    assert log_losses(odds, np.zeros(1), np.zeros(1)) == pytest.approx(loss, rel=1e-15, abs=1e-300)


@outcomes
def test_any_number_of_rows_may_be_undecided(T):
    total = log_losses(np.zeros((3, T, 9_000)), np.zeros(1), np.zeros(1))
    assert total == pytest.approx(9_000 * np.log(1 + T), rel=1e-13)


@pytest.mark.parametrize("n", [1, 2, 3, 40])
def test_half_squares_are_those_of_all_rows(n):
    z = np.random.default_rng(n).normal(size=(n, 3))
    rows = z[:, 0] + X[:, None] * z[:, 1] + Y[:, None, None] * z[:, 2]
    np.testing.assert_allclose(half_squares(z, X, Y), (rows**2).sum(axis=-1) / 2, rtol=1e-13)


@pytest.mark.parametrize("shift", [0.0, -30.0, 500.0])
@pytest.mark.parametrize(
    ("T", "n", "sizes"),
    [
        (1, 5_000, (60, 60)),
        (1, 10_000, (9, 2)),
        (2, 1_500, (60, 70)),
        (9, 500, (60, 70)),
        (1, 8, (600, 400)),
    ],
)
def test_memory_stays_within_a_few_megabytes_however_many_rows_and_points(T, n, sizes, shift):
    odds, (x, y) = some_odds(T, n, shift=shift), (np.linspace(-1, 1, size) for size in sizes)
    tracemalloc.start()
    result = log_losses(odds, x, y)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3e6 + 3 * (odds.nbytes + result.nbytes)


# What is worked on together


def test_products_of_rows_are_multiplied_out_to_thirty_terms_at_most():
    # 2^4 = 16, 3^3 = 27, 4^2 = 16, 5^2 = 25: one row more would be too many; then 6 and 41.
    together = [on_plane._together(n_others) for n_others in (1, 2, 3, 4, 5, 40)]
    assert together == [4, 3, 2, 2, 1, 1]


def test_a_grid_is_worked_on_in_blocks_of_whole_rows_of_some_four_thousand_points(monkeypatch):
    seen = []

    def block(odds, x, y):
        seen.append(len(y))
        return np.zeros((len(y), len(x)))

    monkeypatch.setattr(on_plane, "_block", block)
    for wide, high, blocks in [(101, 90, [30] * 3), (8, 8, [8]), (4096, 3, [1] * 3)]:
        seen.clear()
        log_losses(some_odds(1, 2), np.zeros(wide), np.zeros(high))
        assert seen == blocks, (wide, high)


def test_rows_are_taken_by_as_many_as_a_tile_has_room_for(monkeypatch):
    products, seen = on_plane._products, []

    def watched(factors, together, low):
        seen.append(factors.shape[1])
        return products(factors, together, low)

    monkeypatch.setattr(on_plane, "_products", watched)
    # 16 products of four rows at 1020 + 8 points: a tile of 2^16 holds 3.98 of them.
    x, y = np.linspace(-1, 1, 1020), np.linspace(0, 1, 8)
    odds = some_odds(1, 36)
    bound = np.sort(on_plane._bound(odds, x, y))
    on_plane._by_products(odds, bound, x, y, 4)
    assert seen == [16, 16] * 2 + [4, 4]
    assert -(-TILE // (16 * 1028)) == 4


def test_centred_axes_reach_as_far_either_way_and_change_no_odds():
    odds, x, y = some_odds(2, 5), np.array([1.0, 2.0, 7.0]), np.array([-3.0, 4.0])
    moved, right, up = on_plane._centred(odds, x, y)
    assert (right.tolist(), up.tolist()) == ([-3, -2, 3], [-3.5, 3.5])

    def scores(odds, x, y):
        level, slope_x, slope_y = odds[..., None, None]
        return level + slope_x * x + slope_y * y[:, None]

    np.testing.assert_allclose(scores(moved, right, up), scores(odds, x, y), rtol=1e-12)


def test_a_bound_is_reached_where_all_outcomes_are_as_likely_and_holds_at_every_corner():
    undecided = on_plane._bound(np.zeros((3, 4, 1)), np.zeros(1), np.zeros(1))
    assert undecided == pytest.approx(np.log(5), rel=1e-15)
    odds = np.array([[[2.0]], [[-3.0]], [[0.5]]])
    x, y = np.array([-4.0, 1.0]), np.array([6.0, -2.0])
    assert on_plane._bound(odds, x, y) == pytest.approx(2 + 12 + 3 + np.log(2), rel=1e-15)


def test_a_row_that_is_far_surer_than_all_before_it_overflows_no_product():
    """Of 400 rows e^2 fits into a double some 300 times, but not beside one e^170."""
    odds = np.zeros((3, 1, 401))
    odds[0, 0] = [2.0] * 400 + [170.0]
    expected = 400 * np.log1p(np.exp(2.0)) + 170
    np.testing.assert_allclose(log_losses(odds, X, Y), np.full((len(Y), len(X)), expected))
