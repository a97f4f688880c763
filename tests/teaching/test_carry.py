"""What becomes of runs on another problem: rates keep their multiple of 2/L, and it is said."""

from dataclasses import replace

import pytest

import gdplay as gd
from gdplay.optimizers import RATES
from gdplay.teaching.carry import afresh, key_of, on_dataset, on_fit, on_surface, runs_on
from gdplay.teaching.defaults import default_race
from gdplay.words import number

HOME = gd.default_experiment()
MINE = replace(
    HOME,
    runs=(gd.Run(gd.SGD(lr=0.1)), gd.Run(gd.Momentum(lr=0.01), 32), gd.Run(gd.Adam(lr=0.2), 1)),
    seed=7,
    n_seeds=3,
)


def multiples(experiment):
    limit = gd.curvature(experiment.problem).limit
    return [run.optimizer.lr / limit for run in experiment.runs]


def test_another_data_set_opens_as_it_does_for_everybody_where_runs_are_untouched():
    moons = gd.DATASETS["moons"]
    experiment, words = on_dataset(HOME, moons)
    assert experiment == gd.default_experiment(moons)
    assert words == ""


def test_own_runs_go_along_with_their_seeds_and_their_multiples():
    experiment, words = on_dataset(MINE, gd.DATASETS["ravine"])
    assert (experiment.seed, experiment.n_seeds) == (7, 3)
    assert [run.batch_size for run in experiment.runs] == [None, 32, 1]
    assert multiples(experiment)[:2] == pytest.approx(multiples(MINE)[:2], rel=0.05)
    assert experiment.runs[2] == MINE.runs[2], "no limit is known for Adam"
    old, new = (gd.curvature(e.problem).limit for e in (MINE, experiment))
    assert f"2/L went from {number(old)} to {number(new)}: rates kept" in words


def at_one_rate(lr):
    runs = (replace(run, optimizer=gd.SGD(lr=lr)) for run in HOME.runs)
    return replace(HOME, runs=tuple(runs))


def test_a_rate_of_ones_own_is_told_with_what_it_was_of_the_limit_and_is():
    old = at_one_rate(0.3)
    experiment, words = on_dataset(old, gd.DATASETS["moons"])
    (rate,) = {run.optimizer.lr for run in experiment.runs}
    assert f"{multiples(old)[0]:.2g}" == f"{multiples(experiment)[0]:.2g}" == "0.46"
    assert words == (
        f"The rate is {number(rate)} now: about 0.46 of 2/L, as 0.3 was on Line. Type 0.3 to have "
        "that here; Back undoes all."
    )
    assert "as 0.3 was on Line." in on_surface(old, gd.SURFACES["bowl"]).words


def test_a_rate_that_nobody_chose_is_told_of_by_its_multiple_alone():
    added = replace(HOME, runs=(*HOME.runs, HOME.runs[0]))
    assert "rates kept their multiple" in on_dataset(added, gd.DATASETS["moons"]).words
    rows = replace(HOME.problem, standardize=True)
    assert "rates kept their multiple" in on_fit(at_one_rate(0.3), rows).words


def test_rates_are_carried_to_two_digits_and_never_beyond_what_a_link_may_hold():
    steep = replace(MINE, runs=(*(gd.Run(gd.SGD(lr=rate)) for rate in RATES),))
    shallow = gd.Fit(gd.DATASETS["diabetes"], gd.MODELS["linear"])
    for fit in (shallow, gd.Fit(gd.DATASETS["ravine"], gd.MODELS["linear"])):
        for run in runs_on(steep, fit):
            assert RATES[0] <= run.optimizer.lr <= RATES[1]
            assert float(f"{run.optimizer.lr:.2g}") == run.optimizer.lr


def test_where_the_curvature_hardly_changes_rates_stay_to_the_last_digit():
    odd = replace(MINE, runs=(gd.Run(gd.SGD(lr=0.123456789)),))
    experiment, words = on_fit(odd, replace(odd.problem, l2=1e-4))
    assert experiment.runs == odd.runs
    assert words == ""
    assert on_fit(odd, replace(odd.problem, l2=1.0)).experiment.runs != odd.runs


def test_the_same_rows_met_otherwise_keep_a_start_that_still_fits():
    standardized = on_fit(MINE, replace(MINE.problem, standardize=True)).experiment
    assert standardized.start == MINE.start
    assert on_fit(MINE, replace(MINE.problem, features="quadratic")).experiment.start is None


def test_a_function_takes_each_rule_once_from_its_usual_start_for_as_long_as_its_race():
    bowl = gd.SURFACES["bowl"]
    experiment, words = on_surface(replace(HOME, runs=(HOME.runs[0],) * 2), bowl)
    assert len(experiment.runs) == 1
    assert experiment.runs[0].batch_size is None
    assert experiment.start == bowl.start
    assert experiment.epochs == 100
    assert multiples(experiment) == pytest.approx(multiples(HOME)[:1], rel=0.05)
    assert words.startswith("The curvature changed")


def test_own_runs_of_a_function_are_not_brought_to_a_data_set():
    bowl = on_surface(MINE, gd.SURFACES["bowl"]).experiment
    assert on_dataset(bowl, gd.DATASETS["line"]).experiment == HOME


def test_afresh_is_how_a_problem_opens_for_everybody():
    assert afresh(MINE.problem).experiment == HOME
    rows = replace(MINE.problem, dataset=replace(MINE.problem.dataset, noise=0.9))
    assert afresh(rows).experiment == HOME
    assert afresh(gd.SURFACES["booth"]).experiment.problem == gd.SURFACES["booth"]


def test_a_problem_is_known_by_the_key_of_what_it_is_about():
    assert key_of(MINE.problem) == "line"
    assert key_of(gd.SURFACES["booth"]) == "booth"


def test_rates_stay_where_one_of_both_bends_nowhere():
    plain = on_surface(MINE, gd.Expression("x + y")).experiment
    assert [run.optimizer.lr for run in plain.runs] == [run.optimizer.lr for run in MINE.runs]
    back = on_surface(replace(plain, epochs=9), gd.SURFACES["bowl"]).experiment
    assert [run.optimizer.lr for run in back.runs] == [run.optimizer.lr for run in MINE.runs]


def test_other_numbers_of_a_function_leave_start_and_length_and_rates_follow_the_limit():
    valley = gd.SURFACES["turned"]
    mine = replace(default_race(valley), start=(1.0, 1.0), epochs=7)
    steeper = replace(valley, condition=400.0)
    fresh = on_surface(mine, steeper).experiment
    assert (fresh.start, fresh.epochs) == ((1.0, 1.0), 7)
    assert fresh.runs == default_race(steeper).runs
    own = replace(mine, runs=mine.runs[:1])
    assert on_surface(own, steeper).experiment.runs[0].optimizer.lr == 0.0013
