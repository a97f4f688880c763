"""What each made data set is, what each is good for, and what they share."""

from dataclasses import replace

import numpy as np
import pytest

from gdplay.datasets import (
    Blobs,
    Circles,
    Line,
    Moons,
    Polynomial,
    Ravine,
    Spirals,
    Xor,
)
from gdplay.knobs import knobs
from tests.datasets import SYNTHETIC, condition, right, same, standardised

PLANAR = [dataset for dataset in SYNTHETIC if dataset.n_classes]

each_synthetic = pytest.mark.parametrize("dataset", SYNTHETIC, ids=repr)
each_planar = pytest.mark.parametrize("dataset", PLANAR, ids=repr)


@pytest.mark.parametrize("centers", [3, 4, 5])
def test_blobs_refuse_fewer_rows_than_centers(centers):
    assert Blobs(n_samples=centers, centers=centers).load().y.size == centers
    with pytest.raises(ValueError, match=rf"Blobs\.n_samples must be at least {centers}.*got 2"):
        Blobs(n_samples=2, centers=centers)


@each_synthetic
def test_synthetic_sets_share_their_knobs(dataset):
    assert list(knobs(dataset))[:3] == ["n_samples", "noise", "seed"]
    assert dataset.n_samples == 200
    assert dataset.seed == 0


@pytest.mark.parametrize(
    ("dataset", "n"),
    [(d, n) for d in SYNTHETIC for n in (2, 3, 5, 7, 50, 200, 10_000) if n >= d.n_classes],
    ids=str,
)
def test_a_synthetic_set_has_the_rows_asked_for_with_classes_as_equal_as_they_go(dataset, n):
    data = replace(dataset, n_samples=n).load()
    assert data.X.shape == (n, dataset.n_features)
    if dataset.n_classes:
        counts = np.bincount(data.y, minlength=dataset.n_classes)
        assert counts.min() >= 1
        assert np.ptp(counts) <= 1


@each_synthetic
def test_another_seed_gives_other_rows(dataset):
    assert not same(replace(dataset, seed=1).load(), dataset.load())


@each_synthetic
def test_noise_only_scales_the_scatter_that_the_seed_drew(dataset):
    none, some, twice = (replace(dataset, noise=noise).load() for noise in (0.0, 0.4, 0.8))
    assert not same(none, some)
    for clean, noisy, noisier in ((none.X, some.X, twice.X), (none.y, some.y, twice.y)):
        np.testing.assert_allclose(noisier - clean, 2 * (noisy - clean), atol=1e-12)


@each_synthetic
def test_the_scatter_has_the_standard_deviation_asked_for(dataset):
    many = replace(dataset, n_samples=10_000)
    clean, noisy = (replace(many, noise=noise).load() for noise in (0.0, 0.7))
    scatter = noisy.X - clean.X if dataset.n_classes else noisy.y - clean.y
    assert scatter.std() == pytest.approx(0.7, rel=0.03)
    assert scatter.mean() == pytest.approx(0.0, abs=0.03)


@each_planar
def test_rows_in_order_are_a_fair_order_of_the_classes(dataset):
    y = replace(dataset, n_samples=1000).load().y
    changes = np.count_nonzero(np.diff(y)) / (len(y) - 1)
    assert changes == pytest.approx(1 - 1 / dataset.n_classes, abs=0.07)
    halves = [np.bincount(half, minlength=dataset.n_classes) for half in np.split(y, 2)]
    assert np.abs(halves[0] - halves[1]).max() < 100


# Without noise the structure is exact


def test_line_without_noise_is_the_line():
    data = Line(noise=0).load()
    np.testing.assert_array_equal(data.y, 1 + 2 * data.X[:, 0])


def test_line_is_uniform_on_minus_one_to_three():
    x = Line(n_samples=10_000).load().X[:, 0]
    assert -1 <= x.min() < -0.99
    assert 2.99 < x.max() <= 3
    assert np.histogram(x, 4, (-1, 3))[0] == pytest.approx(2500, rel=0.1)


def test_ravine_without_noise_is_the_plane():
    data = Ravine(noise=0).load()
    temperature, rain = data.X.T
    np.testing.assert_allclose(data.y, 3 + 0.2 * temperature + 2 * rain, rtol=1e-14)


def test_ravine_has_the_means_and_spreads_it_names():
    X = Ravine(n_samples=10_000).load().X
    assert X.mean(axis=0) == pytest.approx(Ravine.means, rel=0.02)
    assert X.std(axis=0) == pytest.approx(Ravine.spreads, rel=0.02)


def test_polynomial_without_noise_is_the_parabola():
    data = Polynomial(noise=0).load()
    x = data.X[:, 0]
    np.testing.assert_allclose(data.y, -1 + x + 2 * x**2, rtol=1e-14, atol=1e-14)
    assert np.abs(x).max() <= 1.5


def sorted_rows(X, y):
    """Return rows with their class, in an order that does not depend on how they came."""
    rows = np.column_stack([y, X]).round(12)
    return rows[np.lexsort(rows.T)]


@pytest.mark.parametrize("n", [2, 10, 200])
def test_moons_without_noise_are_those_of_scikit_learn(n):
    from sklearn.datasets import make_moons

    data = Moons(n_samples=n, noise=0).load()
    expected = sorted_rows(*make_moons(n, shuffle=False))
    np.testing.assert_allclose(sorted_rows(data.X, data.y), expected, atol=1e-11)


@pytest.mark.parametrize("factor", [0.1, 0.5, 0.9])
def test_circles_without_noise_are_those_of_scikit_learn(factor):
    from sklearn.datasets import make_circles

    data = Circles(noise=0, factor=factor).load()
    expected = sorted_rows(*make_circles(200, shuffle=False, factor=factor))
    np.testing.assert_allclose(sorted_rows(data.X, data.y), expected, atol=1e-11)


@pytest.mark.parametrize("centers", [2, 3, 4, 5])
def test_blobs_without_noise_sit_evenly_on_a_circle(centers):
    data = Blobs(noise=0, centers=centers).load()
    middles = np.array([data.X[data.y == label][0] for label in range(centers)])
    np.testing.assert_allclose(data.X, middles[data.y])
    np.testing.assert_allclose(np.hypot(*middles.T), 2.0)
    sides = np.hypot(*(middles - np.roll(middles, 1, axis=0)).T)
    np.testing.assert_allclose(sides, 4.0 * np.sin(np.pi / centers))


def test_xor_without_noise_is_four_corners_equally_full():
    data = Xor(noise=0).load()
    np.testing.assert_array_equal(data.y, (data.X[:, 0] > 0) ^ (data.X[:, 1] > 0))
    corners, counts = np.unique(data.X, axis=0, return_counts=True)
    assert corners.tolist() == [[-1, -1], [-1, 1], [1, -1], [1, 1]]
    assert counts.tolist() == [50] * 4


@pytest.mark.parametrize("turns", [0.25, 1.5, 3.0])
def test_spirals_without_noise_are_two_arms_half_a_turn_apart(turns):
    data = Spirals(noise=0, turns=turns).load()
    radius = np.hypot(*data.X.T)
    assert radius.min() == pytest.approx(0.2)
    assert radius.max() == pytest.approx(2.0)
    angle = np.pi * turns * radius + np.pi * data.y
    np.testing.assert_allclose(data.X, radius[:, None] * np.c_[np.cos(angle), np.sin(angle)])
    arms = [sorted_rows(data.X[data.y == k] * (1 - 2 * k), radius[data.y == k]) for k in (0, 1)]
    np.testing.assert_allclose(*arms, atol=1e-11)


@pytest.mark.parametrize("arms", [2, 3, 5])
def test_spirals_have_so_many_arms_evenly_apart(arms):
    data = Spirals(n_samples=10 * arms, noise=0, arms=arms).load()
    assert data.class_names[-1] == {2: "second arm", 3: "third arm", 5: "fifth arm"}[arms]
    radius, angle = np.hypot(*data.X.T), np.arctan2(data.X[:, 1], data.X[:, 0])
    turned = angle - np.pi * 1.5 * radius - 2 * np.pi * data.y / arms
    np.testing.assert_allclose(np.cos(turned), 1)
    with pytest.raises(ValueError, match=r"Spirals\.n_samples must be at least 5.*got 4"):
        Spirals(n_samples=4, arms=5)


# What `about` says is true


def quadratic(X):
    """Return features with their squares and products."""
    pairs = [X[:, i] * X[:, j] for i in range(X.shape[1]) for j in range(i + 1)]
    return np.column_stack([X, *pairs])


def explained(X, y):
    """Return the share of the variance of `y` that least squares explains."""
    design = np.column_stack([np.ones(len(X)), X])
    fit = design @ np.linalg.lstsq(design, y)[0]
    return 1 - np.var(y - fit) / np.var(y)


def over_seeds(dataset, measure, n_seeds=10):
    """Return what `measure` makes of (X, y) of the data set at several seeds."""
    loaded = [replace(dataset, seed=seed).load() for seed in range(n_seeds)]
    return np.array([measure(data.X, data.y) for data in loaded])


def test_line_makes_a_mildly_long_bowl_and_a_round_one_standardised():
    raw = over_seeds(Line(), lambda X, y: condition(X), 50)
    assert raw.min() > 4
    assert raw.max() < 9
    assert np.median(raw) == pytest.approx(6.2, abs=0.5)
    assert condition(standardised(Line().load().X)) == pytest.approx(1)


def test_ravine_is_thousands_of_times_steeper_across_until_it_is_standardised():
    raw = over_seeds(Ravine(), lambda X, y: condition(X), 50)
    assert raw.min() > 5_000
    assert raw.max() < 15_000
    assert over_seeds(Ravine(), lambda X, y: condition(standardised(X)), 50).max() < 1.5


def test_a_parabola_needs_quadratic_features():
    assert over_seeds(Polynomial(), explained).max() < 0.5
    data = Polynomial().load()
    assert explained(quadratic(data.X), data.y) == pytest.approx(
        1 - 0.3**2 / data.y.var(), abs=0.01
    )


@pytest.mark.parametrize("dataset", [Circles(), Xor()], ids=repr)
def test_circles_and_xor_are_a_guess_for_lines_and_easy_for_quadratic_features(dataset):
    assert over_seeds(dataset, right).max() < 0.6
    assert over_seeds(dataset, lambda X, y: right(quadratic(X), y)).min() > 0.9


def test_xor_needs_the_product_alone():
    assert over_seeds(Xor(), lambda X, y: right(X[:, :1] * X[:, 1:], y)).min() > 0.9


def test_moons_need_more_than_quadratic_features():
    straight = over_seeds(Moons(), right)
    bent = over_seeds(Moons(), lambda X, y: right(quadratic(X), y))
    assert straight.mean() == pytest.approx(0.87, abs=0.01)
    assert (bent - straight).max() < 0.03


def test_spirals_need_more_than_quadratic_features():
    assert over_seeds(Spirals(), right).max() < 0.7
    assert over_seeds(Spirals(), lambda X, y: right(quadratic(X), y)).max() < 0.7


def test_three_blobs_are_easy_and_five_crowd():
    assert over_seeds(Blobs(), right).mean() == pytest.approx(0.97, abs=0.01)
    assert over_seeds(Blobs(centers=5), right).mean() == pytest.approx(0.86, abs=0.01)
