"""An update's tables hold the numbers of its rows and parameters, as many as there is room for."""

from dataclasses import replace

import numpy as np
import pytest

import gdplay as gd
from gdplay.engine.replay import replay
from gdplay.teaching.arithmetic import showing
from gdplay.teaching.update_tables import (
    Fine,
    is_whole,
    params_rows,
    raw_params_rows,
    rows_table,
    showing_change,
    telling,
)
from tests.updates import FITS, LINE

DIGITS, IRIS = FITS["digits softmax"], FITS["iris softmax"]


def test_a_regressions_rows_are_told_by_columns_target_prediction_loss_and_gradient():
    step = replay(LINE, 1, 3)
    heads, rows = rows_table(LINE.problem, step, slice(2, 4))
    slopes = ["gradient: bias", "gradient: weight of x"]
    assert heads == ["row", "x", "y", "prediction", "loss", *slopes]
    assert len(rows) == 2
    for place, cells in zip((2, 3), rows, strict=True):
        row = int(step.rows[place])
        x, y = float(LINE.problem.X[row, 0]), float(LINE.problem.y[row])
        guess = step.params[0] + step.params[1] * x
        assert cells[0] == row
        assert cells[1:3] == [x, y]
        own = [guess, 0.5 * (guess - y) ** 2, guess - y, (guess - y) * x]
        assert cells[3:] == pytest.approx(own)


def test_a_classs_rows_are_told_by_names_and_the_probability_of_their_own_class():
    step = replay(IRIS, 1, 2)
    heads, rows = rows_table(IRIS.problem, step, slice(0, 5))
    names = IRIS.problem.data.class_names
    for place, cells in enumerate(rows):
        told = dict(zip(heads, cells, strict=True))
        row = int(step.rows[place])
        assert told["probability of its class"] == pytest.approx(np.exp(-step.losses[place]))
        assert told[IRIS.problem.data.target_name] == names[int(IRIS.problem.y[row])]
        assert told["prediction"] == names[int(step.predictions[place])]


def test_of_many_columns_four_are_shown_and_of_many_slopes_two_and_dots_tell_of_more():
    step = replay(DIGITS, 2, 1)
    heads, rows = rows_table(DIGITS.problem, step, slice(0, 1))
    columns = DIGITS.problem.prepared.feature_names
    slopes = [head for head in heads if head.startswith("gradient")]
    assert heads[1:6] == [*columns[:4], "…"]
    assert len(slopes) == 2
    assert heads[-1] == rows[0][-1] == "…"
    assert len(rows[0]) == len(heads)
    heads, _ = rows_table(DIGITS.problem, step, slice(0, 1), most=6)
    assert heads[1:8] == [*columns[:6], "…"]
    assert len([head for head in heads if head.startswith("gradient")]) == 3


def test_as_many_slopes_as_there_is_room_for_are_shown_without_dots():
    heads, _ = rows_table(LINE.problem, replay(LINE, 1, 1), slice(0, 1), most=2)
    assert [head for head in heads if head.startswith("gradient")] == [
        "gradient: bias",
        "gradient: weight of x",
    ]
    assert "…" not in heads


def test_parameters_stand_per_raw_unit_too_where_columns_were_standardised():
    experiment = gd.default_experiment(gd.DATASETS["ravine"])
    step = replay(experiment, 2, 7)
    heads, rows = raw_params_rows(experiment.problem, step)
    assert heads == ["per raw unit of each column", "before", "after"]
    assert [row[0] for row in rows] == list(experiment.problem.param_titles)
    assert [row[1] for row in rows] == experiment.problem.raw(step.params).tolist()
    assert [row[2] for row in rows] == experiment.problem.raw(step.new_params).tolist()
    assert raw_params_rows(LINE.problem, replay(LINE, 1, 1))[1] == []


def test_a_batch_is_whole_where_it_holds_every_row_once():
    step = replay(LINE, 0, 1)
    assert is_whole(step, 200)
    assert not is_whole(replace(step, rows=step.rows[:-1]), 200)
    twice = np.concatenate([step.rows[:-1], step.rows[:1]])
    assert not is_whole(replace(step, rows=twice), 200)


def test_parameters_with_a_slope_are_written_out_first():
    step = replay(DIGITS, 2, 1)
    flat = np.zeros_like(step.full_gradient)
    assert telling(replace(step, full_gradient=flat)) == [0, 1]
    some = np.isin(np.arange(len(flat)), (5, 9, 11)).astype(float)
    assert telling(replace(step, full_gradient=some)) == [5, 9]


def test_numbers_before_and_after_are_shown_so_finely_that_the_change_is_seen():
    heads = ["parameter", "gradient", "m before", "m after", "before", "step", "after"]
    cells = ["x", 0.5, 1.0, 1.0001, 2.0, -1e-5, 1.99999]
    shown = dict(zip(heads, showing_change(heads, cells), strict=True))
    assert shown["before"] == Fine(2.0, showing(1.99999, -1e-5))
    assert shown["after"] == Fine(1.99999, showing(1.99999, -1e-5))
    assert shown["m before"].value == 1.0
    assert (shown["parameter"], shown["gradient"], shown["step"]) == ("x", 0.5, -1e-5)


def test_a_parameters_row_is_its_gradients_what_is_remembered_and_its_values():
    run = gd.Run(gd.Adam(lr=0.1), 32)
    experiment = replace(LINE, runs=(run,))
    step = replay(experiment, 0, 4)
    heads, rows = params_rows(run, step, LINE.problem.param_names, 200)
    assert heads[:3] == ["parameter", "gradient", "all rows’ gradient"]
    assert heads[-3:] == ["before", "step", "after"]
    for place, cells in enumerate(rows):
        told = dict(zip(heads, cells, strict=True))
        assert told["parameter"] == LINE.problem.param_names[place]
        assert told["gradient"] == step.gradient[place]
        assert told["after"] == told["before"] + told["step"]
        assert told["m after"] == pytest.approx(0.9 * told["m before"] + 0.1 * told["gradient"])
    whole = replay(replace(LINE, runs=(gd.Run(gd.SGD(lr=0.1)),)), 0, 1)
    heads, _ = params_rows(gd.Run(gd.SGD(lr=0.1)), whole, LINE.problem.param_names, 200)
    assert heads == ["parameter", "gradient", "before", "step", "after"]
