"""Own functions draw, whatever they are: kinks, poles, passes, plains and what overflows."""

import numpy as np
import pytest

import gdplay as gd
from gdplay import figures
from gdplay.figures.compare import pictures, words
from gdplay.teaching.defaults import default_race
from tests.loss.test_expressions import TEXTS

ODD = [
    "abs(x)/x + y**2", "-1/x**2 + y", "sqrt(0.01 - x**2 - y**2)", "exp(exp(x)) + y**2",
    "1e-9*x**2", "x**y", "-x**2", "tan(x*y)",
]  # fmt: skip


def drawn(text, ground, **more):
    race = default_race(gd.Expression(text))
    race = gd.Experiment(race.problem, race.runs, **{"start": race.start, "epochs": 20, **more})
    traces = gd.train(race)
    plane = gd.plane_of(race, traces)
    box = gd.box_of(race, traces, plane)
    land = gd.landscape(race.problem, plane, box, size=30)
    made = pictures(
        race, traces, land, ground=ground, plane="0,1", metrics=("loss",), along="epochs",
        log=True, log_x=False, smooth=0.0, focus=None, shown=range(3), seconds=None,
        theme=figures.LIGHT,
    )  # fmt: skip
    assert words(race, traces, along="epochs", shown=range(3), seconds=None)
    return land, made


@pytest.mark.parametrize("text", [*TEXTS, *ODD])
def test_every_own_function_draws_in_a_box_of_its_size(text):
    for ground in ("3d", "map"):
        land, _ = drawn(text, ground)
        low, high = land.heights
        assert np.isfinite([low, high]).all()
        assert max(np.ptp(land.x), np.ptp(land.y)) < 120


def test_a_start_near_where_all_overflows_still_draws():
    land, _ = drawn("exp(exp(x)) + y**2", "3d", start=(4.2, 1.0))
    assert np.isnan(land.loss).any()
    assert np.isfinite(land.loss).any()


def test_beside_a_pole_the_colours_keep_to_the_ground_between():
    land, made = drawn("1/x**3 + y", "3d")
    low = land.heights[0]
    assert np.isnan(land.loss).any()
    assert low > np.nanmin(land.loss)
    assert made.panels["surface"].spec["data"][0]["cmin"] >= min(low, -10)


def test_runs_that_fall_without_end_leave_the_picture_of_the_pass():
    land, _ = drawn("5 + x**2 + y**2 + 5*x*y", "map", epochs=400)
    assert np.abs([land.x, land.y]).max() < 12


def test_where_losses_are_negative_the_axis_is_linear_and_what_falls_without_end_leaves_it():
    _, made = drawn("x**2 + 4*y**2 - 8*x - 16*y", "map")
    axis = made.panels["curves"].spec["layout"]["yaxis"]
    assert axis.get("type") != "log"
    assert axis["range"][0] == pytest.approx(-32, abs=0.5)
    _, made = drawn("5 + x**2 + y**2 + 5*x*y", "map", epochs=100)
    low, high = made.panels["curves"].spec["layout"]["yaxis"]["range"]
    assert -100 < low < 0 < high
