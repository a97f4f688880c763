"""Rows and values that others have printed, through the library and through a link."""

from dataclasses import replace

import numpy as np
import pytest

import gdplay as gd
from gdplay.teaching.summary import UNITS, params_rows, raw_rows
from tests import trained

TWO_POINTS = gd.Table([[3], [5]], [30, 50])
COUNTING = gd.Table([[1], [2], [3], [4]], [3, 5, 7, 9])
FIVE = gd.Table([[1], [2], [4], [3], [5]], [1, 3, 3, 2, 5])
AGES = (20, 43, 63, 26, 53, 31, 58, 46, 58, 70, 46, 53, 60, 20, 63, 43, 26, 19, 31, 23)
PRESSURES = (
    120, 128, 141, 126, 134, 128, 136, 132, 140, 144, 128, 136, 146, 124, 143, 130, 124, 121, 126,
    123,
)  # fmt: skip
HOUSES = gd.Table(
    [[2104, 5, 1, 45], [1416, 3, 2, 40], [1534, 3, 2, 30], [852, 2, 1, 36]], [460, 232, 315, 178]
)


def experiment(table, rate, epochs, batch_size=None, objective=None, start=(0.0, 0.0)):
    """Return one run of linear regression in order, as it comes out of its own link."""
    fit = gd.Fit(dataset=table, model=gd.MODELS["linear"], objective=objective)
    run = gd.Run(gd.SGD(lr=rate), batch_size=batch_size, sampling="in order")
    made = gd.Experiment(fit, (run,), start=start, epochs=epochs)
    opened = gd.link.decode(gd.link.encode(made))
    assert opened == made
    return opened


def path(made):
    return gd.train(made)[0].path


def test_five_rows_one_at_a_time_go_through_every_printed_update():
    made = experiment(FIVE, 0.01, 4, 1)
    printed = [(0.01, 0.01), (0.0397, 0.0694), (0.066527, 0.176708)]
    np.testing.assert_allclose(path(made)[1:4], printed, rtol=0, atol=5e-7)
    last = path(made)[20]
    np.testing.assert_allclose(last, (0.230897491, 0.79043861), rtol=0, atol=5e-9)
    assert np.sqrt(2 * made.problem.loss(last)) == pytest.approx(0.720626401, abs=5e-10)


def test_two_points_are_followed_for_five_hundred_updates():
    made = experiment(TWO_POINTS, 0.01, 501, start=(1.0, 1.0))
    printed = {
        1: (1.35, 2.49, 439.758100),
        101: (2.797645939, 9.339565363, 0.230240512),
        501: (2.238495153, 9.471562976, None),
    }
    for update, (bias, slope, loss) in printed.items():
        params = path(made)[update]
        np.testing.assert_allclose(params, (bias, slope), rtol=0, atol=1e-9)
        if loss:
            assert made.problem.loss(params) == pytest.approx(loss, abs=5e-7)


@pytest.mark.parametrize(
    ("size", "printed"), [(None, [(1.2, 3.5)]), (2, [(0.8, 1.3), (1.33, 3.19)])]
)
def test_a_batch_and_a_mini_batch_are_those_worked_by_hand(size, printed):
    steps = path(experiment(COUNTING, 0.1, 1, size, "mse"))[1:]
    np.testing.assert_allclose(steps, printed, rtol=1e-12)


def test_ages_and_pressures_diverge_just_above_the_limit():
    made = experiment(gd.Table(np.transpose([AGES]), PRESSURES), 5e-4, 997, objective="mse")
    assert gd.curvature(made.problem).limit == pytest.approx(4.797e-4, abs=5e-8)
    (trace,) = gd.train(made)
    assert trace.status[0] is gd.Status.DIVERGED
    slopes = trace.path[1:20, 1]
    assert (np.sign(slopes[1:]) == -np.sign(slopes[:-1]))[8:].all()


def test_a_hundred_integers_learn_only_far_below_half():
    made = experiment(gd.Table(np.arange(100.0)[:, None], 0.1 * np.arange(100) + 0.3), 0.5, 2)
    mse = replace(made.problem, objective="mse")
    assert gd.curvature(mse).limit == pytest.approx(3.045e-4, abs=5e-8)
    np.testing.assert_allclose(mse.minimum(), (0.3, 0.1), rtol=1e-9)


def test_four_houses_diverge_at_once_and_their_minimum_is_the_least_norm_one():
    made = experiment(HOUSES, 0.01, 3, start=None)
    (trace,) = gd.train(made)
    assert trace.diverged_at[0] == 1
    columns = np.column_stack([np.ones(4), HOUSES.X])
    least = np.linalg.pinv(columns) @ HOUSES.y
    np.testing.assert_allclose(made.problem.minimum(), least, rtol=1e-6)


def test_standardised_coefficients_are_had_in_both_units_and_named():
    made = gd.default_experiment(gd.DATASETS["ravine"])
    rows = params_rows(made, trained(made))
    name, params = rows[-1][1:]
    assert name == "Closed form"
    np.testing.assert_allclose(params, (12.275, 2.0366, 1.9605), atol=5e-4)
    raw = raw_rows(made.problem, rows)[-1][2]
    np.testing.assert_allclose(raw, (2.6592, 0.21341, 2.0092), atol=5e-5)
    assert "standardised" in UNITS[0]
    assert "raw unit" in UNITS[1]


@pytest.mark.parametrize("table", [FIVE, HOUSES, COUNTING], ids=repr)
def test_raw_parameters_are_those_of_least_squares_on_raw_columns(table):
    fit = gd.Fit(table, gd.MODELS["linear"], standardize=True)
    columns = np.column_stack([np.ones(len(table.X)), table.X])
    fitted = columns @ fit.raw(fit.minimum())
    least = columns @ np.linalg.lstsq(columns, table.y)[0]
    np.testing.assert_allclose(fitted, least, rtol=1e-9)
