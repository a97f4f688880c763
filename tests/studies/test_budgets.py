"""Budgets: what they give to every run, how much is usual, and how they are told."""

from dataclasses import replace
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest

import gdplay as gd
from gdplay.engine.cost import work
from gdplay.studies import budgets
from gdplay.studies.budgets import (
    PASSES,
    QUICK,
    Budget,
    batch_sizes,
    budget_beside,
    budget_of,
    chosen_budget,
    granted,
    sizes_up_to,
    usual_passes,
)
from gdplay.studies.rate_by_batch import rate_by_batch_sweep
from gdplay.theory.measures import AXES
from tests.studies.lines import BOWL, standard_line


def cost(problem: object, run: gd.Run) -> float:
    """Return made-up seconds per update: 1 µs and a hundredth for every row."""
    return 1e-6 * (1 + 0.01 * run.rows(200))


def used(run: gd.Run, along: str, n: int = 200) -> float:
    updates = np.array([run.epochs * run.updates_per_epoch(n)])
    return float(AXES[along].at(run, n, cost(None, run), updates)[0])


@pytest.mark.parametrize(
    ("n", "sizes"),
    [
        (1, (1,)),
        (2, (1, 2)),
        (3, (1, 2, 3)),
        (64, (1, 2, 4, 8, 16, 32, 64)),
        (150, (1, 2, 4, 8, 16, 32, 64, 150)),
        (200, (1, 2, 4, 8, 16, 32, 64, 128, 200)),
    ],
)
def test_sizes_are_powers_of_two_and_all_rows(n, sizes):
    assert sizes_up_to(n) == sizes


def test_a_function_has_no_batch_sizes_to_compare():
    assert batch_sizes(standard_line().problem) == sizes_up_to(200)
    with pytest.raises(ValueError, match=r"Experiment\.problem must be a Fit, whose rows"):
        batch_sizes(BOWL.problem)


@pytest.mark.parametrize("passes", [1, 3])
@pytest.mark.parametrize("along", list(AXES))
def test_every_batch_size_gets_as_many_whole_epochs_as_the_budget_holds(along, passes):
    budget = budget_of(standard_line().problem, along, passes, cost)
    for run in rate_by_batch_sweep(standard_line(), budget, cost=cost).runs:
        assert used(run, along) <= budget.amount * (1 + 1e-9)
        assert used(replace(run, epochs=run.epochs + 1), along) > budget.amount


def test_what_a_budget_means_for_single_rows_and_all_rows():
    fit, plan = standard_line().problem, partial(rate_by_batch_sweep, standard_line(), cost=cost)
    epochs = plan(budget_of(fit, "epochs", 20, cost)).runs
    assert {run.epochs for run in epochs} == {20}
    updates = plan(Budget("updates", 200.0)).runs
    assert [updates[0].epochs, updates[-1].epochs] == [1, 200]
    seconds = plan(budget_of(fit, "seconds", 1, cost)).runs
    # 200 updates of 1.01 µs last as long as 67 of 3 µs.
    assert [seconds[0].epochs, seconds[-1].epochs] == [1, 67]


def test_a_budget_below_one_epoch_still_gives_one():
    run = granted(gd.Run(gd.SGD(), 1), standard_line().problem, Budget("updates", 3.0), cost)
    assert run.epochs == 1


def test_a_budget_is_told_in_its_unit():
    assert Budget("epochs", 20).words == "20 epochs"
    assert Budget("epochs", 1).words == "1 epoch"
    assert Budget("updates", 1200).words == "1\u202f200 updates"
    assert Budget("examples", 4000).words == "4\u202f000 examples seen"
    assert Budget("seconds", 0.00134).words == "1.34 ms"
    assert Budget("seconds", 2.5).words == "2.5 s"


def test_the_usual_budget_is_the_most_that_is_soon_done():
    small, large = standard_line(), gd.default_experiment(gd.DATASETS["digits"])
    assert usual_passes(small.problem, "epochs", partial(rate_by_batch_sweep, small)) == 20
    plan = partial(rate_by_batch_sweep, large)
    passes = usual_passes(large.problem, "epochs", plan)
    assert passes < 20
    assert passes in PASSES
    budget = chosen_budget(large.problem, plan)
    assert budget == Budget("epochs", float(passes))
    assert passes == 1 or work(plan(budget).experiment).seconds <= QUICK


@pytest.mark.parametrize(("each", "passes"), [(0.2, 20), (0.4, 10), (0.401, 5), (5.0, 1)])
def test_the_usual_budget_takes_four_seconds_at_most_and_one_pass_at_least(
    each, passes, monkeypatch
):
    fit = standard_line().problem
    monkeypatch.setattr(budgets, "work", lambda plan: SimpleNamespace(seconds=each * plan.amount))
    plan = lambda budget: SimpleNamespace(experiment=budget)  # noqa: E731
    assert usual_passes(fit, "epochs", plan) == passes


def test_budgets_to_choose_from_grow_by_one_two_five_and_the_usual_is_one_of_them():
    assert PASSES == (1, 2, 5, 10, 20, 50, 100)
    fit, free = standard_line().problem, lambda problem, run: 0.0
    plan = partial(rate_by_batch_sweep, standard_line(), cost=free)
    assert {along: usual_passes(fit, along, plan, free) for along in AXES} == {
        "epochs": 20, "updates": 1, "examples": 20, "seconds": 1
    }  # fmt: skip


def test_a_budget_that_is_asked_for_is_taken_whatever_is_usual():
    fit, plan = standard_line().problem, partial(rate_by_batch_sweep, standard_line())
    assert chosen_budget(fit, plan, "updates", 50) == Budget("updates", 10_000.0)


@pytest.mark.parametrize(
    ("along", "beside"),
    [("epochs", "200 updates"), ("examples", "200 updates"), ("updates", "20 epochs"),
     ("seconds", "20 epochs")],
)  # fmt: skip
def test_beside_a_budget_in_epochs_stands_one_in_updates_and_the_other_way(along, beside):
    assert budget_beside(standard_line().problem, along).words == beside
