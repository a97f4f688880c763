"""What ships with scikit-learn: its rows, its names, parts of it, and what each set is good for."""

from dataclasses import replace
from importlib.machinery import ModuleSpec

import numpy as np
import pytest

from gdplay.datasets import DATASETS, Diabetes, Iris
from gdplay.datasets.shipped import _numbers
from tests.datasets import SHIPPED, condition, right, standardised

each_shipped = pytest.mark.parametrize("dataset", SHIPPED, ids=repr)


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


@pytest.mark.parametrize("found", [None, ModuleSpec("sklearn", None)])
def test_without_scikit_learn_its_data_sets_are_refused_by_name(found, monkeypatch):
    monkeypatch.setattr("gdplay.datasets.shipped.find_spec", lambda name: found)
    with pytest.raises(ModuleNotFoundError, match=r"^iris\.csv comes with scikit-learn, which is"):
        _numbers("iris.csv")


# What `about` says is true


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
