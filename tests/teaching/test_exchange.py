"""One rule in place of another."""

from dataclasses import replace

import pytest

import gdplay as gd
from gdplay.teaching import carry
from gdplay.teaching.exchange import at_hand, exchanged, left_out, stand_ins, suited
from gdplay.teaching.next_run import next_run
from gdplay.theory.curvature import curvature

LINE = gd.default_experiment().problem
PLAIN_SADDLE, ACKLEY = gd.SURFACES["plain_saddle"], gd.SURFACES["ackley"]


def test_a_menu_holds_the_rules_that_get_all_they_ask_for():
    assert at_hand(LINE) == list(gd.OPTIMIZERS)
    assert set(gd.OPTIMIZERS) - set(at_hand(PLAIN_SADDLE)) == {"polyak", "heavy_ball"}
    assert set(gd.OPTIMIZERS) - set(at_hand(ACKLEY)) == {"heavy_ball"}
    assert left_out(LINE) == ""
    why = "each has to know the minimum, and none is known here"
    names = "Polyak’s step and Heavy ball, tuned"
    assert left_out(PLAIN_SADDLE) == f"{names} are not on offer: {why}."
    assert left_out(ACKLEY).startswith("Heavy ball, tuned is not on offer: it has to know how")


def test_the_rate_stays_where_it_means_the_same_to_both():
    plain = gd.SGD(lr=0.037)
    assert exchanged(plain, "adam", LINE) == gd.Adam(lr=0.037)
    assert exchanged(plain, "sgd", LINE) is plain
    newton = exchanged(plain, "newton", LINE)
    assert newton.lr == 1
    assert exchanged(newton, "armijo", LINE).lr == 1
    back = exchanged(newton, "sgd", LINE)
    assert back.lr == float(f"{curvature(LINE).limit / 5:.0e}")
    assert exchanged(newton, "adam", LINE) == gd.Adam()


def test_the_plain_step_stands_in_for_a_rule_that_lacks_something_and_that_is_told():
    runs = (gd.Run(gd.OPTIMIZERS["polyak"]), gd.Run(gd.OPTIMIZERS["newton"]))
    assert [run.optimizer.key for run in suited(runs, PLAIN_SADDLE)] == ["sgd", "newton"]
    assert suited(runs, LINE) == runs
    assert stand_ins(runs, LINE) == []
    (why,) = stand_ins(runs, PLAIN_SADDLE)
    assert why.endswith("and none is known here. The plain step stands in.")
    old = gd.Experiment(gd.SURFACES["valley"], runs, (1.0, 2.0))
    carried = carry.on_surface(old, PLAIN_SADDLE)
    assert [run.optimizer.key for run in carried.experiment.runs] == ["sgd", "newton"]
    assert "Polyak’s step cannot be used here: it has to know the minimum" in carried.words
    assert "Newton" not in carried.words
    same = carry.on_fit(gd.Experiment(LINE, runs), replace(LINE, l2=0.1))
    assert same.experiment.runs == runs


@pytest.mark.parametrize("key", ["newton", "polyak"])
def test_a_next_run_beside_a_rule_that_sizes_its_steps_has_a_rate_of_its_own(key):
    experiment = gd.Experiment(gd.SURFACES["valley"], (gd.Run(gd.OPTIMIZERS[key]),), (1.0, 2.0))
    added = next_run(experiment).optimizer
    assert added.key == "sgd"
    assert added.lr < curvature(experiment.problem).limit
