"""A fair race: every run is tuned on the same rates, orders and budget, and words tell its end."""

import re
from dataclasses import replace

import numpy as np
import pytest

import gdplay as gd
from gdplay.experiment import labels
from gdplay.studies.budgets import Budget
from gdplay.studies.fair_race import fair_race_sweep, read
from gdplay.studies.sweeps import sweep
from tests.studies.lines import BOWL, separable, standard_line

BUDGET = Budget("epochs", 5.0)
PAIR = replace(standard_line(), runs=(gd.Run(gd.SGD(), 1), gd.Run(gd.SGD(), None)))


@pytest.fixture(scope="module")
def swept():
    return sweep(fair_race_sweep(gd.default_experiment(), BUDGET))


def test_a_race_tunes_every_run_on_the_same_rates_and_orders(swept):
    race = read(BUDGET, swept, ("all", "some", "one"))
    assert [run.rows(200) for run in race.tuned.runs] == [200, 10, 1]
    for line, (run, finish) in enumerate(zip(race.tuned.runs, race.finishes, strict=True)):
        assert run.optimizer.lr == finish.rate == swept.sweep.rates[swept.line(line).best]
        assert run.epochs == 5
    ends = [np.sort(trace.loss[:, -1])[2] for trace in gd.train(race.tuned)]
    base = swept.origin.loss
    np.testing.assert_allclose([finish.value for finish in race.finishes], np.array(ends) - base)


def test_the_words_rank_the_runs_by_how_they_ended(swept):
    race = read(BUDGET, swept, ("all", "some", "one"))
    assert race.words.startswith("With **5 epochs** each at its best rate:\n")
    lines = re.findall(r"- \*\*(\w+)\*\* ends at excess loss (\S+) with η = (\S+)\.", race.words)
    ranking = sorted(race.finishes, key=lambda finish: finish.value)
    assert lines == [(f.name, f"{f.value:.3g}", f"{f.rate:.3g}") for f in ranking]


def test_a_best_rate_at_the_grids_edge_is_told():
    plan = fair_race_sweep(PAIR, Budget("epochs", 20.0))
    low = sweep(replace(plan, rates=plan.rates[:2]))
    words = read(Budget("epochs", 20.0), low, ("one", "all")).words
    assert words.count("at the edge of the grid: the best may lie beyond it") == 2


def test_who_diverged_at_every_rate_comes_last_and_is_not_tuned():
    plan = replace(fair_race_sweep(PAIR, BUDGET), rates=(6.0, 9.0))
    plan = replace(plan, runs=(plan.runs[0], replace(plan.runs[1], epochs=1)))
    race = read(BUDGET, sweep(plan), ("one", "all"))
    assert race.words.splitlines()[-1] == "- **one** diverged at every rate."
    assert (race.finishes[0].rate, race.finishes[0].value) == (None, np.inf)
    assert [run.rows(200) for run in race.tuned.runs] == [200]


def test_where_all_diverged_there_is_no_race():
    plan = replace(fair_race_sweep(PAIR, Budget("epochs", 20.0)), rates=(60.0, 90.0))
    race = read(BUDGET, sweep(plan), ("one", "all"))
    assert race.tuned is None
    assert race.words == "With 5 epochs every run diverged at every rate of the grid."


def test_names_are_shown_as_they_are():
    plan = replace(fair_race_sweep(PAIR, BUDGET), rates=(0.1, 0.2))
    assert r"**\*a\*** ends" in read(BUDGET, sweep(plan), ("*a*", "b")).words


def test_without_a_minimum_runs_are_ranked_by_the_loss_itself():
    race = gd.studies.fair_race(separable(), Budget("epochs", 1.0))
    assert not race.exact
    assert "excess" not in race.words


def test_in_a_notebook_one_call_reads_the_race():
    race = gd.studies.fair_race(PAIR)
    assert race.budget == Budget("epochs", 20.0)
    assert [finish.name for finish in race.finishes] == list(labels(PAIR))
    assert all(finish.name in race.words for finish in race.finishes)
    assert len(gd.train(race.tuned)) == 2


def test_optimizers_race_on_a_function_too():
    race = gd.studies.fair_race(
        replace(BOWL, runs=(gd.Run(gd.SGD()), gd.Run(gd.Momentum())), start=(4.0, 3.0)),
        Budget("updates", 10.0),
    )
    assert race.words.startswith("With **10 updates** each at its best rate:")


def test_a_race_tries_25_rates_from_a_thousandth_to_three_times_the_limit_in_five_orders():
    plan = fair_race_sweep(PAIR, BUDGET)
    assert (len(plan.rates), plan.n_seeds) == (25, 5)
    # L = 1, so that 2/L is 2; rates have two digits.
    assert plan.rates[0] == pytest.approx(0.002, rel=0.05)
    assert plan.rates[-1] == pytest.approx(6.0, rel=0.05)


def test_a_race_takes_the_experiments_start_and_seed_and_each_run_its_own_epochs():
    plan = fair_race_sweep(replace(PAIR, seed=7, epochs=1), Budget("updates", 200.0))
    assert (plan.start, plan.seed) == (PAIR.start, 7)
    assert [run.epochs for run in plan.runs] == [1, 200]


@pytest.mark.parametrize(("place", "edge"), [(0, True), (1, False), (2, True)])
def test_only_the_first_and_the_last_rate_stand_at_the_edge_of_the_grid(place, edge):
    plan = fair_race_sweep(replace(PAIR, runs=PAIR.runs[1:]), BUDGET)
    plan = replace(plan, rates=(0.1, 0.2, 0.3))
    swept = sweep(plan)
    ends = swept.losses[0].copy()
    ends[:, :, -1] = swept.origin.loss + 1
    ends[place, :, -1] = swept.origin.loss + 0.25
    (finish,) = read(BUDGET, replace(swept, losses=(ends,)), ("all",)).finishes
    assert finish == ("all", plan.rates[place], pytest.approx(0.25), edge)
