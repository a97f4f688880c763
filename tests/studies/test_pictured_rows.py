"""Which images a network gets wrong."""

from dataclasses import replace

import numpy as np

import gdplay as gd
from gdplay.studies.pictured_rows import FEW, Pictured, PicturedRows, read
from gdplay.teaching.networks import default_networks
from gdplay.theory.measures import final_params
from tests import trained

DIGITS = replace(default_networks(gd.DATASETS["digits"]), epochs=1)


def test_the_first_wrong_ones_are_shown_and_the_first_right_one_of_each_class():
    fit, params = DIGITS.problem, final_params(trained(DIGITS)[2])
    found = read(fit, params)
    prepared = fit.prepared
    told = fit.predict(params, prepared.X_test).astype(int)
    wrong = np.flatnonzero(told != prepared.y_test)
    assert (found.n_wrong, found.n_rows, found.held_out) == (len(wrong), len(told), True)
    for row, place in zip(found.wrong, wrong[:FEW], strict=True):
        pixels = fit.data.X[prepared.test_rows[place]].reshape(8, 8)
        np.testing.assert_allclose(row.pixels, pixels / fit.data.X.max())
        assert row.actual == fit.data.class_names[int(prepared.y_test[place])]
        assert row.told == fit.data.class_names[told[place]] != row.actual
    assert all(row.told == row.actual for row in found.right)
    assert len({row.actual for row in found.right}) == len(found.right) == FEW
    assert found.words.startswith(f"gets {len(wrong)} of the {len(told)} images held out wrong")


def test_words_count_the_wrong_ones_and_say_whether_all_of_them_are_shown():
    seven = Pictured(np.zeros((8, 8)), "7", "1")
    told = {
        (1, 0): "gets 1 of the 360 training images wrong: here it is.",
        (
            2,
            1,
        ): "gets 2 of the 360 training images wrong: here they are, then 1 that it gets right.",
        (9, 6): "gets 9 of the 360 training images wrong: 6 of them, then 6 that it gets right.",
    }
    for (n_wrong, n_right), words in told.items():
        some = (seven,) * min(n_wrong, FEW), (seven,) * n_right
        assert PicturedRows(*some, n_wrong, 360, False).words == words


def test_without_rows_held_out_training_rows_are_shown_and_of_no_wrong_one_it_is_said():
    some = replace(gd.DATASETS["digits"], classes=("0", "1"))
    fit = replace(default_networks(some).problem, test_size=0.0)
    experiment = replace(DIGITS, problem=fit, runs=DIGITS.runs[2:], epochs=8)
    found = read(fit, final_params(trained(experiment)[0]))
    assert not found.held_out
    assert found.n_wrong == 0
    assert found.words == f"gets all {fit.n_samples} training images right. Some of them:"


def test_rows_that_are_no_images_have_no_pictures():
    wine = default_networks(gd.DATASETS["wine"]).problem
    assert read(wine, np.zeros(wine.n_params)) is None
    part = replace(gd.DATASETS["digits"], columns=gd.DATASETS["digits"].columns[:30])
    fit = default_networks(part).problem
    assert read(fit, np.zeros(fit.n_params)) is None
