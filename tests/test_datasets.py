"""What every data set promises, what each one is good for, and how rows are split."""

import subprocess
import sys
from dataclasses import FrozenInstanceError, replace
from importlib.machinery import ModuleSpec

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gdplay.datasets import (
    DATASETS,
    MAX_TEST_SIZE,
    Blobs,
    Circles,
    Data,
    Diabetes,
    Iris,
    Line,
    Linnerud,
    Moons,
    Polynomial,
    Ravine,
    Spirals,
    Xor,
    _load,
    _numbers,
    split,
)
from gdplay.knobs import knobs

KEYS = [
    "line",
    "ravine",
    "polynomial",
    "moons",
    "circles",
    "blobs",
    "xor",
    "spirals",
    "diabetes",
    "iris",
    "wine",
    "breast_cancer",
    "digits",
    "linnerud",
]
CHOICES = [replace(DATASETS["linnerud"], target=name) for name in Linnerud.targets[1:]]
CHOICES += [replace(DATASETS["blobs"], centers=n) for n in (2, 4, 5)]
ALL = [*DATASETS.values(), *CHOICES]
SYNTHETIC = [dataset for dataset in ALL if dataset.synthetic]
PLANAR = [dataset for dataset in SYNTHETIC if dataset.n_classes]
SHIPPED = [dataset for dataset in ALL if not dataset.synthetic]
BOUNDED = [
    (dataset, name)
    for dataset in DATASETS.values()
    for name, knob in knobs(dataset).items()
    if not knob.choices
]

each = pytest.mark.parametrize("dataset", ALL, ids=repr)
each_synthetic = pytest.mark.parametrize("dataset", SYNTHETIC, ids=repr)
each_planar = pytest.mark.parametrize("dataset", PLANAR, ids=repr)
each_shipped = pytest.mark.parametrize("dataset", SHIPPED, ids=repr)


def same(first: Data, second: Data) -> bool:
    """Whether two sets hold equal rows in the same order."""
    return np.array_equal(first.X, second.X) and np.array_equal(first.y, second.y)


# The whole table


def test_the_table_has_the_keys_that_links_hold_in_menu_order():
    assert list(DATASETS) == KEYS
    assert [dataset.key for dataset in DATASETS.values()] == KEYS


def test_titles_differ():
    assert len({dataset.title for dataset in DATASETS.values()}) == len(DATASETS)


def test_no_data_set_loads_scikit_learn_or_scipy_which_take_a_second_and_70_megabytes():
    code = (
        "import sys; from gdplay.datasets import DATASETS as sets; "
        "[each.load() for each in sets.values()]; "
        "[(each.n_classes, each.n_features, each.target_name) for each in sets.values()]; "
        "sys.exit(bool({'sklearn', 'scipy'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@each
def test_a_data_set_describes_itself_in_one_sentence_and_names_its_source(dataset):
    assert dataset.title
    assert dataset.about.endswith(".")
    assert ". " not in dataset.about
    assert dataset.synthetic == ("seed" in knobs(dataset))
    if dataset.image is not None:
        assert dataset.feature_names[-1] == "pixel {},{}".format(*(n - 1 for n in dataset.image))
    assert len(dataset.source) > 8


@each
def test_shapes_kinds_and_names_are_known_before_loading(dataset):
    data = dataset.load()
    n = len(data.X)
    assert data.X.shape == (n, dataset.n_features)
    assert data.y.shape == (n,)
    assert data.X.dtype == np.float64
    assert data.y.dtype == (np.int64 if dataset.n_classes else np.float64)
    assert data.feature_names == dataset.feature_names
    assert data.target_name == dataset.target_name != ""
    assert data.class_names == dataset.class_names
    assert len(data.class_names) == dataset.n_classes
    assert len(set(data.feature_names)) == dataset.n_features


@each
def test_values_are_finite(dataset):
    data = dataset.load()
    assert np.isfinite(data.X).all()
    assert np.isfinite(data.y).all()


@each
def test_every_class_is_present_and_nothing_else(dataset):
    if dataset.n_classes:
        assert np.unique(dataset.load().y).tolist() == list(range(dataset.n_classes))


@each
def test_nobody_can_write_to_the_rows(dataset):
    data = dataset.load()
    with pytest.raises(ValueError, match="read-only"):
        data.X[0, 0] = 1.0
    with pytest.raises(ValueError, match="read-only"):
        data.y[0] = 1
    with pytest.raises(FrozenInstanceError):
        data.X = data.X


@each
def test_the_same_value_is_made_once(dataset):
    assert replace(dataset).load() is dataset.load()


@each
def test_the_rows_follow_from_the_fields_alone(dataset):
    first = dataset.load()
    np.random.default_rng(1).normal(size=9)
    again = _load.__wrapped__(dataset)
    assert again is not first
    assert same(again, first)


def test_data_sets_with_equal_fields_are_not_mistaken_for_each_other():
    for first in ALL:
        for second in ALL:
            assert (first == second) == (first is second)
            assert (first.load() is second.load()) == (first is second)


# Knobs


@pytest.mark.parametrize("found", [None, ModuleSpec("sklearn", None)])
def test_without_scikit_learn_its_data_sets_are_refused_by_name(found, monkeypatch):
    monkeypatch.setattr("gdplay.datasets.find_spec", lambda name: found)
    with pytest.raises(ModuleNotFoundError, match=r"^iris\.csv comes with scikit-learn, which is"):
        _numbers("iris.csv")


@pytest.mark.parametrize("bad", ["below", "above", float("nan"), "many", None])
def test_a_value_outside_its_range_is_refused_by_name(bad):
    for dataset, name in BOUNDED:
        about = knobs(dataset)[name]
        value = {"below": about.low - 1, "above": about.high + 1}.get(bad, bad)
        with pytest.raises(ValueError, match=rf"^{type(dataset).__name__}\.{name} must be "):
            replace(dataset, **{name: value})


@pytest.mark.parametrize(("dataset", "name"), BOUNDED, ids=str)
@pytest.mark.parametrize("end", ["low", "high"])
def test_both_ends_of_every_range_give_data(dataset, name, end):
    value = getattr(knobs(dataset)[name], end)
    if name == "n_samples":
        value = max(value, dataset.n_classes)
    data = replace(dataset, **{name: value}).load()
    assert np.isfinite(data.X).all()
    assert np.isfinite(data.y).all()


def test_the_message_holds_the_range():
    with pytest.raises(ValueError, match=r"^Line\.n_samples must be from 2 to 10000; got 1$"):
        Line(n_samples=1)
    with pytest.raises(ValueError, match=r"Linnerud\.target must be one of weight, waist, pulse"):
        Linnerud(target="height")


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


# What ships with scikit-learn


@each_shipped
def test_values_are_exactly_those_of_scikit_learn(dataset):
    from sklearn import datasets

    options = {"scaled": False} if dataset.key == "diabetes" else {}
    theirs = getattr(datasets, f"load_{dataset.key}")(**options)
    target = theirs.target
    if dataset.key == "linnerud":
        target = target[:, [name.lower() for name in theirs.target_names].index(dataset.target)]
    np.testing.assert_array_equal(dataset.load().X, theirs.data)
    np.testing.assert_array_equal(dataset.load().y, target)


def test_every_data_set_that_ships_with_scikit_learn_is_here():
    from sklearn import datasets

    # Sample images have no target, and the others read a file or a folder of one's own.
    others = {"sample_image", "sample_images", "files", "svmlight_file", "svmlight_files"}
    theirs = {name.removeprefix("load_") for name in dir(datasets) if name.startswith("load_")}
    assert {dataset.key for dataset in SHIPPED} == theirs - others


@each_shipped
def test_names_follow_those_of_scikit_learn(dataset):
    from sklearn import datasets

    theirs = getattr(datasets, f"load_{dataset.key}")()
    names = [name.lower().replace("_", " ") for name in theirs.feature_names]
    if dataset.key == "digits":
        names = ["pixel {1},{2}".format(*name.split()) for name in names]
    if dataset.key != "diabetes":
        assert list(dataset.feature_names) == names
    if dataset.key in ("iris", "breast_cancer", "digits"):
        assert list(dataset.class_names) == [str(name) for name in theirs.target_names]
    if dataset.key == "linnerud":
        assert list(dataset.targets) == [name.lower() for name in theirs.target_names]


def test_blood_values_of_diabetes_are_what_their_names_say():
    data = Diabetes().load()
    of = dict(zip(data.feature_names, data.X.T, strict=True))
    friedewald = of["cholesterol"] - of["hdl"] - np.exp(of["log triglycerides"]) / 5
    assert np.abs(friedewald - of["ldl"]).max() < 0.5
    ratio = of["cholesterol"] / of["hdl"]
    assert np.abs(ratio - of["cholesterol/hdl"]).max() < 0.7  # most are rounded to whole numbers


# What `about` says is true


def standardised(X):
    """Return columns of mean 0 and standard deviation 1; constant columns are zero."""
    spread = X.std(axis=0)
    return (X - X.mean(axis=0)) / np.where(spread > 0, spread, 1)


def condition(X):
    """Return the condition number of half the mean squared error, bias included."""
    design = np.column_stack([np.ones(len(X)), X])
    return np.linalg.cond(design.T @ design / len(X))


def quadratic(X):
    """Return features with their squares and products."""
    pairs = [X[:, i] * X[:, j] for i in range(X.shape[1]) for j in range(i + 1)]
    return np.column_stack([X, *pairs])


def explained(X, y):
    """Return the share of the variance of `y` that least squares explains."""
    design = np.column_stack([np.ones(len(X)), X])
    fit = design @ np.linalg.lstsq(design, y)[0]
    return 1 - np.var(y - fit) / np.var(y)


def right(X, y, C=1e4):
    """Return the share of rows that (softmax) logistic regression gets right."""
    from sklearn.linear_model import LogisticRegression

    X = standardised(X)
    return LogisticRegression(C=C, max_iter=20_000).fit(X, y).score(X, y)


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


def test_standardising_diabetes_takes_most_but_not_all_of_its_condition_number():
    X = Diabetes().load().X
    assert condition(X) == pytest.approx(5e7, rel=0.1)
    assert 400 < condition(standardised(X)) < 500


def test_iris_lies_species_by_species():
    assert DATASETS["iris"].load().y.tolist() == [0] * 50 + [1] * 50 + [2] * 50


def test_straight_boundaries_part_the_growers_of_wine():
    data = DATASETS["wine"].load()
    assert right(data.X, data.y) == 1


def test_breast_cancer_stays_badly_conditioned_when_standardised():
    X = standardised(DATASETS["breast_cancer"].load().X)
    assert condition(X) == pytest.approx(1e5, rel=0.05)


def test_digits_have_three_blank_pixels_and_650_softmax_parameters():
    digits = DATASETS["digits"]
    assert np.count_nonzero((digits.load().X == 0).all(axis=0)) == 3
    assert digits.n_classes * (digits.n_features + 1) == 650


def test_linnerud_has_twenty_rows():
    assert len(DATASETS["linnerud"].load().y) == 20


# Split

labels = st.lists(st.integers(0, 4), max_size=60).map(lambda y: np.array(y, dtype=np.int64))
shares = st.floats(0.0, MAX_TEST_SIZE)
seeds = st.integers(0, 2**31 - 1)


def can_split(y, classes):
    """Whether some class, or the whole, has a row to give away."""
    return max(np.bincount(y), default=0) > 1 if classes else len(y) > 1


@given(labels, st.booleans(), shares, seeds)
def test_every_row_is_either_trained_or_tested_on_and_rows_keep_their_order(
    y, classes, share, seed
):
    assume(share == 0 or can_split(y, classes))
    train, test = split(y, classes, share, seed)
    assert train.dtype.kind == test.dtype.kind == "i"
    assert (np.diff(train) > 0).all()
    assert (np.diff(test) > 0).all()
    assert sorted([*train, *test]) == list(range(len(y)))
    assert (len(test) > 0) == (share > 0)
    assert len(train) > 0 or len(y) == 0


@given(labels, shares, seeds)
def test_every_class_gives_its_share_and_keeps_a_row(y, share, seed):
    assume(share == 0 or can_split(y, True))
    train, test = split(y, True, share, seed)
    assert set(y[train]) == set(y)
    for label in set(y):
        n = np.count_nonzero(y == label)
        tested = np.count_nonzero(y[test] == label)
        expected = min(round(share * n), n - 1)
        assert tested == expected or (tested == len(test) == 1 and expected == 0)
        assert abs(tested - share * n) <= 1


@given(st.integers(2, 300), shares, seeds)
def test_without_classes_the_test_rows_are_their_share_of_all(n, share, seed):
    test = split(np.linspace(0, 1, n), False, share, seed)[1]
    assert len(test) == (min(max(round(share * n), 1), n - 1) if share else 0)


@given(labels, st.booleans(), shares, seeds)
def test_the_same_seed_splits_the_same_way(y, classes, share, seed):
    assume(share == 0 or can_split(y, classes))
    for one, two in zip(
        split(y, classes, share, seed), split(y, classes, share, seed), strict=True
    ):
        np.testing.assert_array_equal(one, two)


@given(labels, st.booleans(), shares, shares, seeds)
def test_a_larger_share_only_adds_test_rows(y, classes, one, two, seed):
    assume(can_split(y, classes))
    small, large = (split(y, classes, share, seed)[1] for share in sorted((one, two)))
    assert set(small) <= set(large)


@each
@pytest.mark.parametrize("share", [0.0, 0.01, 0.25, MAX_TEST_SIZE])
def test_every_data_set_splits(dataset, share):
    data = dataset.load()
    train, test = split(data.y, dataset.n_classes > 0, share, 0)
    assert len(train) + len(test) == len(data.y)
    if dataset.n_classes:
        assert set(data.y[train]) == set(data.y)


def test_another_seed_splits_another_way():
    y = np.repeat([0, 1], 50)
    tests = {tuple(split(y, True, 0.2, seed)[1]) for seed in range(20)}
    assert len(tests) == 20


def test_every_row_is_as_likely_to_be_tested_on():
    counts = np.zeros(20)
    for seed in range(2000):
        counts[split(np.repeat([0, 1], [5, 15]), True, 0.2, seed)[1]] += 1
    assert counts / 2000 == pytest.approx(0.2, abs=0.05)


@pytest.mark.parametrize("share", [-0.1, 0.91, 1.0, float("nan"), float("inf")])
def test_a_share_out_of_range_is_refused(share):
    with pytest.raises(ValueError, match=r"^test_size must be from 0 to 0\.9; got "):
        split(np.arange(9), False, share, 0)


@pytest.mark.parametrize("y", [[], [0], [0, 1, 2]])
def test_classes_of_one_row_have_none_to_give_away(y):
    with pytest.raises(ValueError, match=r"^test_size must be 0 where no class has two rows; got "):
        split(np.array(y, dtype=np.int64), True, 0.5, 0)


@pytest.mark.parametrize("y", [[], [0.0]])
def test_a_single_row_cannot_be_split(y):
    with pytest.raises(ValueError, match=r"^test_size must be 0 where there are fewer than two"):
        split(np.array(y), False, 0.5, 0)


# Parts of what ships with scikit-learn


def test_columns_and_classes_of_a_shipped_set_are_chosen():
    whole = Iris().load()
    petals = replace(Iris(), columns=whole.feature_names[:1:-1], against="setosa")
    data = petals.load()
    np.testing.assert_array_equal(data.X, whole.X[:, 2:])
    assert data.feature_names == whole.feature_names[2:]
    assert data.class_names == ("the rest", "setosa")
    np.testing.assert_array_equal(data.y, whole.y == 0)
    two = replace(Iris(), classes=("virginica", "setosa")).load()
    np.testing.assert_array_equal(two.X, whole.X[whole.y != 1])
    np.testing.assert_array_equal(two.y, whole.y[whole.y != 1] // 2)
    assert two.class_names == ("setosa", "virginica")


def test_what_is_no_choice_of_classes_is_refused_and_what_is_shows_in_the_text():
    with pytest.raises(ValueError, match=r"^Iris\.classes must be two or more"):
        Iris(classes=("setosa",))
    with pytest.raises(ValueError, match=r"^Iris\.against must be one of the classes kept"):
        Iris(classes=("setosa", "virginica"), against="versicolor")
    assert repr(Iris()) == "Iris()"
    assert repr(Iris(against="setosa")) == "Iris(against='setosa')"


@pytest.mark.parametrize("dataset", ALL, ids=repr)
def test_columns_are_standardised_where_they_bend_a_loss_hundreds_of_times_as_much_one_way(dataset):
    rows = np.column_stack([np.ones(len(dataset.load().X)), dataset.load().X])
    bends = np.linalg.eigvalsh(rows.T @ rows)
    long = bends[-1] > 100 * bends[bends > 1e-10 * bends[-1]][0]
    assert dataset.usual.get("standardize", False) == long
