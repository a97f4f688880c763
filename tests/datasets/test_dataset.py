"""What every data set promises."""

import subprocess
import sys
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest

from gdplay.datasets import DATASETS, Line, Linnerud
from gdplay.datasets.dataset import _load
from gdplay.knobs import knobs
from tests.datasets import ALL, each, same

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
BOUNDED = [
    (dataset, name)
    for dataset in DATASETS.values()
    for name, knob in knobs(dataset).items()
    if not knob.choices
]


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


@each
def test_columns_are_standardised_where_they_bend_a_loss_hundreds_of_times_as_much_one_way(dataset):
    rows = np.column_stack([np.ones(len(dataset.load().X)), dataset.load().X])
    bends = np.linalg.eigvalsh(rows.T @ rows)
    long = bends[-1] > 100 * bends[bends > 1e-10 * bends[-1]][0]
    assert dataset.usual.get("standardize", False) == long


# Knobs


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
