"""Data and runs in a few words, as buttons and menus tell them."""

from dataclasses import replace

import pytest

import gdplay as gd
from gdplay.teaching.defaults import default_experiment, default_race
from gdplay.teaching.summary import data_in_short, problem_in_short, run_in_short
from gdplay.words import quantity


def test_a_fit_is_told_by_its_data_its_rows_and_its_epochs() -> None:
    experiment = replace(default_experiment(gd.DATASETS["iris"]), epochs=1)
    assert problem_in_short(experiment) == "Iris · 150 rows · 1 epoch"


def test_a_function_has_steps_and_no_rows() -> None:
    race = default_race(gd.SURFACES["rosenbrock"])
    steps = quantity(race.epochs, "step")
    assert problem_in_short(race).endswith(f"{gd.SURFACES['rosenbrock'].title} · {steps}")


@pytest.mark.parametrize("key", [*gd.DATASETS, *gd.SURFACES])
def test_a_menu_tells_what_kind_of_thing_each_is(key: str) -> None:
    words = data_in_short(key)
    if key in gd.SURFACES:
        assert words.endswith(f"{gd.SURFACES[key].title}: a function of two parameters")
    else:
        dataset = gd.DATASETS[key]
        kind = f"{dataset.n_classes} classes" if dataset.n_classes else "numbers"
        assert words.startswith(f"{dataset.title}: {kind}, ")
        assert words.endswith(f"of {quantity(dataset.n_features, 'column')}")


def test_a_run_is_told_by_its_rows_and_its_rule_as_far_as_its_name_leaves_them_out() -> None:
    run = gd.Run(gd.Adam(), 10)
    assert run_in_short(run, 200) == f"10 rows · {run.optimizer.title}"
    assert run_in_short(run, 200, name=f"Mini-batch, {run.optimizer.title}") == "10 rows"
    assert run_in_short(run, 200, name=f"10 rows, {run.optimizer.title}") == ""
    assert run_in_short(run, 10).startswith("all 10 rows · ")


def test_where_there_is_one_row_only_the_rule_is_told() -> None:
    assert run_in_short(gd.Run(gd.Adam()), 1) == gd.Adam().title
