"""What a table of one's own promises: a data set like any other, and none without sense."""

import gc
import pickle
import weakref
from dataclasses import replace

import numpy as np
import pytest

import gdplay as gd
from gdplay.experiment import labels
from gdplay.loss.fit import Fit
from gdplay.memory import remembered
from gdplay.own_rows.table import MOST_CLASSES
from gdplay.teaching.defaults import models_for
from gdplay.teaching.narrate import narrate
from gdplay.teaching.summary import problem_in_short, run_rows

FIVE = gd.Table([[1], [2], [4], [3], [5]], [1, 3, 3, 2, 5])
HOUSES = gd.Table(
    [[2104, 5, 1, 45], [1416, 3, 2, 40], [1534, 3, 2, 30], [852, 2, 1, 36]],
    [460, 232, 315, 178],
    ["size", "bedrooms", "floors", "age"],
    "price",
)
NAMED = gd.Table([[0.0], [1.0], [2.0], [3.0]], ["no", "yes", "no", "yes"])
WHOLE = gd.Table([[0.0], [1.0], [2.0], [3.0]], [0, 1, 0, 1])
LARGE = gd.Table(np.random.default_rng(0).normal(size=(800, 9)), np.arange(800) / 7)


# A data set like any other


@pytest.mark.parametrize("table", [FIVE, HOUSES, NAMED, WHOLE, LARGE], ids=repr)
def test_it_works_everywhere_that_a_data_set_does(table):
    experiment = gd.default_experiment(table)
    traces = gd.train(experiment)
    assert all(trace.loss[0, -1] < trace.loss[0, 0] for trace in traces)
    assert len(set(labels(experiment))) == len(traces) == len(run_rows(experiment, traces))
    assert problem_in_short(experiment).startswith("Your own · ")
    assert narrate(experiment, traces)
    step = gd.replay(experiment, len(traces) - 1, 1)
    assert step.rows.size == 1
    data = table.load()
    assert data.X.shape == (len(table.X), table.n_features)


def test_it_is_equal_and_hashed_by_content_alone():
    again = gd.Table(np.array([[1.0], [2], [4], [3], [5]]), (1.0, 3, 3, 2, 5), ("x",), "y")
    assert again == FIVE == replace(FIVE) == pickle.loads(pickle.dumps(FIVE))
    assert hash(again) == hash(FIVE)
    assert repr(again) == repr(FIVE)
    others = [
        gd.Table(2 * FIVE.X, FIVE.y),
        gd.Table(FIVE.X, -FIVE.y),
        replace(FIVE, feature_names=["z"]),
        replace(FIVE, target_name="z"),
        replace(FIVE, class_names=["a", "b", "c", "d"]),
        gd.Table(FIVE.X, ["1", "3", "3", "2", "5"]),
    ]
    assert len({FIVE, *others}) == len({repr(table) for table in (FIVE, *others)}) == 7


def test_nobody_can_write_to_it_and_it_follows_no_later_change():
    X, y = np.ones((2, 1)), np.array([1.0, 2.0])
    table = gd.Table(X, y)
    X[0, 0] = y[0] = 7
    assert table.X[0, 0] == table.y[0] == 1
    for array in (table.X, table.y, NAMED.y):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = array[-1]


# What models make of the target


def test_whole_numbers_are_numbers_to_one_model_and_classes_to_another():
    convex = [model for model in gd.MODELS.values() if model.convex]
    line, logistic, softmax = (Fit(WHOLE, model) for model in convex)
    assert line.n_classes == 0
    assert line.quadratic
    assert line.y.tolist() == logistic.y.tolist() == softmax.y.tolist() == [0, 1, 0, 1]
    assert logistic.n_classes == softmax.n_classes == 2
    assert softmax.param_names == ("bias (0)", "x (0)", "bias (1)", "x (1)")
    network = Fit(WHOLE, gd.MODELS["mlp"], objective="log_loss")
    assert network.n_classes == 2
    assert Fit(FIVE, gd.MODELS["mlp"], objective="half_mse").n_classes == 0
    grown = Fit(FIVE, gd.MODELS["softmax"])
    assert grown.y.tolist() == [0, 2, 2, 1, 3]
    assert grown.data.class_names == ("1", "2", "3", "5")


def test_the_usual_model_follows_from_what_the_target_looks_like():
    usual = {table: models_for(table)[0].key for table in (FIVE, NAMED, WHOLE, HOUSES)}
    assert list(usual.values()) == ["linear", "logistic", "logistic", "linear"]
    each_once = gd.Table([[1], [2], [3]], [0, 1, 2])
    assert models_for(each_once)[0].key == "linear"
    halves = gd.Table([[1], [2], [3]], [0, 0.5, 1])
    assert [model.key for model in models_for(halves)] == ["linear", "mlp"]


def test_classes_stand_in_sorted_order_unless_names_say_otherwise():
    y = ["b", "a", "c", "a"]
    X = [[1], [2], [3], [4]]
    assert gd.Table(X, y).load().y.tolist() == [1, 0, 2, 0]
    assert gd.Table(X, y, class_names=["c", "b", "a", "d"]).load().y.tolist() == [1, 2, 0, 2]
    assert gd.Table(X, [2, 1, 2, 1], class_names=["no", "yes"]).load().y.tolist() == [1, 0, 1, 0]
    assert gd.Table(X, [2, 0, 2, 0], class_names=["a", "b", "c"]).load().y.tolist() == [2, 0, 2, 0]


# What can't be learned from

X, Y = [[1, 2], [3, 4]], [1, 2]
REFUSED = {
    "no rows": ({"X": np.empty((0, 2)), "y": []}, "X must have rows and columns"),
    "no columns": ({"X": np.empty((2, 0)), "y": Y}, "X must have rows and columns"),
    "a list of numbers": ({"X": [1, 2], "y": Y}, r"got shape \(2,\)"),
    "rows that differ": ({"X": [[1, 2], [3]], "y": Y}, "its rows differ in length"),
    "a target too few": ({"X": X, "y": [1]}, "y must hold one value for each of the 2 rows"),
    "a target in columns": ({"X": X, "y": [[1], [2]]}, "y must hold one value"),
    "not a number": ({"X": [[1, 2], [3, np.nan]], "y": Y}, "row 2, column 2 holds nan"),
    "infinite": ({"X": [[1, 2], [np.inf, 4]], "y": Y}, "row 2, column 1 holds inf"),
    "far too large": ({"X": [[1e31, 2], [3, 4]], "y": Y}, "row 1, column 1 holds 1e"),
    "text": ({"X": [[1, 2], ["three", 4]], "y": Y}, "row 2, column 1 holds 'three'"),
    "nothing": ({"X": [[1, 2], [None, 4]], "y": Y}, "row 2, column 1 holds nan"),
    "a target that is none": ({"X": X, "y": [1, np.nan]}, "y must hold finite numbers.*row 2 "),
    "text among numbers": ({"X": X, "y": [1, "a"]}, "y must hold numbers; row 2 holds 'a'"),
    "an empty class": ({"X": X, "y": ["a", ""]}, "row 2 holds ''"),
    "one class": ({"X": X, "y": ["a", "a"]}, "y must name 2 to 20 classes; got 1"),
    "names too few": ({"X": X, "y": Y, "feature_names": ["a"]}, "must be 2, one for each"),
    "a name twice": ({"X": X, "y": Y, "feature_names": ["a", "a"]}, "number 2, 'a', repeats"),
    "a feature called as the target": (
        {"X": X, "y": Y, "feature_names": ["a", "y"]},
        "target_name",
    ),
    "a name of two lines": ({"X": X, "y": Y, "feature_names": ["a", "b\nc"]}, "number 2 is 'b"),
    "an empty target's name": ({"X": X, "y": Y, "target_name": ""}, "target_name must be texts"),
    "classes too few": ({"X": X, "y": [0, 1], "class_names": ["a"]}, "1 names for 2 values"),
    "classes of fractions": ({"X": X, "y": [0, 0.5], "class_names": ["a", "b"]}, "class_names"),
    "a class without a name": (
        {"X": X, "y": ["a", "b"], "class_names": ["a", "c"]},
        "'b' is missing",
    ),
    "too many classes": (
        {"X": np.ones((MOST_CLASSES + 1, 1)), "y": [f"c{i}" for i in range(MOST_CLASSES + 1)]},
        "got 21",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_learned_from_is_refused_with_its_place(case):
    given, words = REFUSED[case]
    with pytest.raises(ValueError, match=rf"^Table\..*{words}"):
        gd.Table(**given)


# What is made of it


def test_what_is_made_of_a_large_table_is_kept_with_it_and_goes_with_it():
    table = replace(LARGE)
    fit = Fit(table, gd.MODELS["linear"])
    assert gd.curvature(fit) is gd.curvature(fit)
    assert gd.curvature(fit) is not gd.curvature(Fit(LARGE, gd.MODELS["linear"]))
    gone = weakref.ref(table)
    del table, fit
    gc.collect()
    assert gone() is None


def test_what_is_made_of_a_table_that_a_link_carries_is_shared():
    assert FIVE.memory is None
    again = replace(FIVE)
    assert gd.curvature(Fit(again, gd.MODELS["linear"])) is gd.curvature(
        Fit(FIVE, gd.MODELS["linear"])
    )


def test_a_function_remembers_by_all_its_arguments():
    calls = []
    double = remembered(4)(lambda table, factor: calls.append(factor) or factor * len(table.X))
    for table in (FIVE, LARGE):
        assert [double(table, factor) for factor in (1, 2, 1, 2)] == [
            factor * len(table.X) for factor in (1, 2, 1, 2)
        ]
    assert calls == [1, 2, 1, 2]


def test_of_many_classes_each_has_a_tint_and_a_look_of_its_own():
    from gdplay.figures.fits import CLASS_INKS, CLASS_SYMBOLS, class_symbol

    inks = len(CLASS_INKS["light"])
    looks = {(c % inks, class_symbol(c)) for c in range(MOST_CLASSES)}
    assert len(looks) == MOST_CLASSES
    assert [class_symbol(c) for c in range(inks)] == list(CLASS_SYMBOLS)
