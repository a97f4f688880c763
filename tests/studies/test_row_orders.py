"""The order of the rows and the short last batch: where runs hover, and what words make of it."""

from dataclasses import replace
from importlib import import_module
from types import SimpleNamespace

import numpy as np
import pytest

import gdplay as gd
from gdplay.engine.cost import work
from gdplay.studies.row_orders import (
    QUIET,
    SEEDS,
    RowOrders,
    Tail,
    read,
    row_orders_runs,
    two_epochs,
    usual_rate,
    usual_size,
)
from gdplay.words import number, ratio
from tests.studies.lines import BOWL, excess_at_minimum, separable, standard_line


def levels(reading: RowOrders) -> dict[tuple[str, bool], float]:
    return {(tail.sampling, tail.dropped): tail.mean for tail in reading.tails}


@pytest.fixture(scope="module")
def reading() -> RowOrders:
    return gd.studies.row_orders(standard_line(), 64, 0.3)


def made(**means: float) -> RowOrders:
    """Return a reading with these levels for batches of 64 of 200 rows, 1 for all others."""
    keys = {"sorted": ("sorted by target", False), "drawn": ("with replacement", False),
            "kept": ("reshuffle", False), "dropped": ("reshuffle", True)}  # fmt: skip
    tails = tuple(Tail(*key, means.get(name, 1.0), 0.0, 2.0) for name, key in keys.items())
    return RowOrders(64, 200, tails, True)


def test_a_short_last_batch_raises_the_floor(reading):
    """Belief 9: the short last batch is harmless."""
    found = levels(reading)
    assert found["reshuffle", False] == pytest.approx(2.4e-3, rel=0.5)
    assert found["reshuffle", False] > 5 * found["reshuffle", True]
    assert found["with replacement", False] > 2 * found["with replacement", True]


def test_sorted_rows_end_far_above_shuffled_ones():
    """Belief 14: shuffling is a detail."""
    found = levels(gd.studies.row_orders(standard_line(), 1, 0.1))
    assert found["reshuffle", False] == pytest.approx(0.012, rel=0.4)
    assert found["sorted by target", False] == pytest.approx(0.31, rel=0.3)


def test_tails_begin_at_the_minimum_and_are_means_of_the_second_half(reading):
    plan = row_orders_runs(standard_line(), 64, 0.3)
    np.testing.assert_array_equal(plan.start, plan.problem.minimum())
    assert len(plan.runs) == 10
    traces = gd.train(plan)
    late = traces[0].loss[:, (plan.epochs + 1) // 2 :].mean(axis=1) - excess_at_minimum(plan)
    tail = read(plan, traces).tails[0]
    assert tail.mean == pytest.approx(late.mean())
    assert tail.low == pytest.approx(np.quantile(late, 0.1))
    assert tail.high == pytest.approx(np.quantile(late, 0.9))
    assert tail == reading.tails[0]


def test_where_batches_divide_the_rows_there_is_nothing_to_drop():
    plan = row_orders_runs(standard_line(), 8, 0.3)
    assert len(plan.runs) == 5
    words = read(plan, gd.train(plan)).words
    assert words.endswith("Batches of 8 rows divide 200 evenly: none is short.")


def test_more_rows_than_there_are_means_all_of_them():
    plan = row_orders_runs(standard_line(), 9000, 0.3)
    assert {run.rows(200) for run in plan.runs} == {200}


def test_usual_sizes_leave_a_short_last_batch_where_any_does():
    assert usual_size(200) == 64
    assert usual_size(150) == 32
    assert usual_size(64) == 1
    assert usual_rate(standard_line().problem) == pytest.approx(0.3)


def test_tiles_are_the_orders_that_training_takes():
    fit = standard_line().problem
    found = two_epochs(fit, seed=3)
    first = two_epochs(fit, seed=0)
    for key, rows in two_epochs(fit).items():
        np.testing.assert_array_equal(rows, first[key])
    for rows in found.values():
        assert rows.shape == (2, 200)
    assert not np.array_equal(*found["reshuffle"])
    np.testing.assert_array_equal(*found["shuffle once"])
    assert np.all(np.diff(fit.y[found["sorted by target"][0]]) >= 0)
    assert len(set(found["with replacement"][0].tolist())) < 200


# Words


def test_the_words_hold_the_levels_and_their_ratios(reading):
    level, text = levels(reading), reading.words
    base = level["reshuffle", False]
    assert text.startswith(f"Reshuffled rows hover at excess loss **{number(base)}**.")
    other = level["sorted by target", False]
    assert f"sorted by their target: {number(other)}, {ratio(other, base)} times as high." in text
    other = level["reshuffle", True]
    assert "**The last batch holds 8 rows** and makes a full-size step; without it" in text
    assert f"rows are at {number(other)}: {ratio(base, other)} times lower." in text


def test_lower_levels_are_not_called_high():
    assert "sorted by their target: 1.5, 1.5 times as high." in made(sorted=1.5).words
    text = made(sorted=0.5, drawn=np.inf, dropped=3.0).words
    assert "sorted by their target: 0.5, 2 times lower." in text
    assert "Rows drawn with replacement diverge." in text
    assert text.endswith("The last batch holds 8 rows; without it the level is 3.")


@pytest.mark.parametrize("dropped", [0.0, np.nan])
def test_a_level_that_is_none_is_not_compared(dropped):
    text = made(sorted=0.0, dropped=dropped).words
    assert "Rows sorted by their target leave no noise." in text
    assert "The last batch" not in text


def test_where_reshuffled_rows_diverge_or_rest_nothing_is_compared():
    assert made(kept=np.nan).words == "Reshuffled rows diverge here."
    assert made(kept=0.0).words == "Reshuffled rows leave no noise here."


def test_without_a_minimum_runs_begin_at_the_start_and_end_at_a_loss():
    plan = row_orders_runs(separable())
    assert plan.start == separable().start
    words = gd.studies.row_orders(separable()).words
    assert words.startswith("Reshuffled rows end at loss **")
    assert "excess" not in words


def test_in_a_notebook_one_call_reads_the_orders():
    few = replace(standard_line().problem, dataset=replace(gd.DATASETS["line"], n_samples=30))
    found = gd.studies.row_orders(replace(standard_line(), problem=few))
    assert (found.batch_size, found.n_samples) == (8, 30)
    assert "The last batch holds 6 rows" in found.words


def test_a_function_has_no_rows_to_order():
    with pytest.raises(ValueError, match="must be a Fit, whose rows make batches"):
        gd.studies.row_orders(BOWL)


def test_20_orders_are_run_for_60_epochs_and_fewer_where_work_is_long():
    plan = row_orders_runs(standard_line(tol=1.0), 64, 0.3)
    assert (plan.n_seeds, plan.epochs, plan.tol) == (20, 60, 0.0)
    # Five ways to draw rows, each with the short last batch and without it.
    assert [run.drop_last for run in plan.runs] == [False, True] * 5
    # With single rows there is no short batch: 5 runs of 200 updates, 1 000 an epoch.
    whole = row_orders_runs(standard_line(), 1, 0.3)
    assert [run.drop_last for run in whole.runs] == [False] * 5
    assert whole.epochs == 60
    line = standard_line()
    rows = replace(line.problem.dataset, n_samples=2000)
    many = replace(line, problem=replace(line.problem, dataset=rows))
    assert row_orders_runs(many, 1, 0.3).epochs == 10
    # 650 parameters count as 32 times 20.
    digits = gd.default_experiment(gd.DATASETS["digits"])
    n = digits.problem.n_samples
    assert row_orders_runs(digits, 100).epochs == max(4, 100_000 // (10 * -(-n // 100) * 32))
    assert row_orders_runs(digits, 1).epochs == 4


def test_orders_of_costly_rows_are_cut_down_until_they_are_soon_done():
    for name in ("digits", "line"):
        plan = row_orders_runs(gd.default_experiment(gd.DATASETS[name]))
        assert work(plan).seconds <= QUIET
    assert plan.n_seeds == SEEDS


def test_what_is_too_long_has_fewer_orders_then_fewer_epochs(monkeypatch):
    module, tried = import_module("gdplay.studies.row_orders"), []

    def slow(plan):
        tried.append((plan.n_seeds, plan.epochs))
        return SimpleNamespace(seconds=3.01)

    monkeypatch.setattr(module, "work", slow)
    plan = row_orders_runs(standard_line(), 64, 0.3)
    assert tried == [(20, 60), (5, 60), (5, 15), (3, 4)]
    assert (plan.n_seeds, plan.epochs) == tried[-1]
    monkeypatch.setattr(module, "work", lambda plan: SimpleNamespace(seconds=2.99))
    assert row_orders_runs(standard_line(), 64, 0.3).n_seeds == 20
