"""Rates crossed with batch sizes: cells tell what their runs did, and words what cells hold."""

import re
from dataclasses import replace
from importlib import import_module
from types import SimpleNamespace

import numpy as np
import pytest

import gdplay as gd
from gdplay import link
from gdplay.engine.training import Status
from gdplay.studies.budgets import Budget, granted
from gdplay.studies.rate_by_batch import RateByBatch, cell, rate_by_batch_sweep, read
from gdplay.studies.sweeps import Sweep, Swept, sweep
from gdplay.theory.measures import Reference
from tests.studies.lines import BOWL, START, excess_at_minimum, separable, standard_line

EPOCHS = Budget("epochs", 3.0)


def reading_of(
    experiment: gd.Experiment, budget: Budget, n_seeds: int | None = None
) -> RateByBatch:
    return read(budget, sweep(rate_by_batch_sweep(experiment, budget, n_seeds=n_seeds)))


@pytest.fixture(scope="module")
def reading() -> RateByBatch:
    return reading_of(standard_line(), EPOCHS)


def test_a_cell_is_the_median_end_of_its_run():
    experiment = standard_line(seed=4)
    plan, lowest = rate_by_batch_sweep(experiment, EPOCHS), excess_at_minimum(experiment)
    found = read(EPOCHS, sweep(plan))
    alone = gd.train(plan.alone(4, 9))[0]
    assert found.values[4, 9] == pytest.approx(np.sort(alone.loss[:, -1])[2] - lowest, rel=1e-9)
    assert found.start == pytest.approx(float(experiment.problem.loss(np.array(START))) - lowest)
    assert found.exact


def test_cells_are_lost_where_runs_diverged_or_ended_above_their_start():
    runs = (gd.Run(gd.SGD(), 1, epochs=20), gd.Run(gd.SGD(), None, epochs=10))
    plan = Sweep(standard_line().problem, runs, (0.1, 1.9, 2.1, 6.0), START, n_seeds=5)
    found = read(EPOCHS, sweep(plan))
    np.testing.assert_array_equal(found.lost[1], [0, 0, 1, 1])  # 2.1: a little above 2/L = 2
    assert np.isfinite(found.values[1, 2])
    assert found.lost[0, 0] == 0
    assert found.lost[0, 3] == 1
    assert np.isinf(found.values[0, 3])
    statuses = gd.train(plan.alone(0, 1))[0]
    above = [
        status is Status.DIVERGED or loss[-1] > loss[0]
        for status, loss in zip(statuses.status, statuses.loss, strict=True)
    ]
    assert found.lost[0, 1] == np.mean(above)


def test_the_winner_is_the_cell_with_the_lowest_value(reading):
    flat = np.where(np.isfinite(reading.values), reading.values, np.inf)
    assert reading.values[reading.winner] == flat.min()
    assert [flat[r].argmin() for r in range(len(flat))] == list(reading.best)


def test_of_cells_that_rounding_cannot_tell_apart_the_smallest_batch_wins():
    line = standard_line()
    fit = replace(line.problem, dataset=replace(gd.DATASETS["line"], noise=0.0))
    found = reading_of(replace(line, problem=fit), Budget("epochs", 300.0), n_seeds=1)
    assert found.winner[0] == 0
    tied = int((found.values <= found.dust).sum())
    assert tied > 2
    assert f"at the minimum (to rounding), as do {tied - 1} other cells." in found.words


def test_there_is_no_winner_where_all_diverged():
    runs = (gd.Run(gd.SGD(), 1, epochs=20),)
    found = read(EPOCHS, sweep(Sweep(standard_line().problem, runs, (30.0, 50.0), START)))
    assert found.winner is None
    assert found.words.startswith("With 3 epochs every run diverged.")


def test_without_a_minimum_cells_hold_the_loss_itself():
    experiment, budget = separable(), Budget("epochs", 1.0)
    plan = rate_by_batch_sweep(experiment, budget, n_seeds=1)
    found = read(budget, sweep(plan))
    assert not found.exact
    assert found.values[0, 0] == pytest.approx(gd.train(plan.alone(0, 0))[0].loss[0, -1])
    start = np.zeros(experiment.problem.n_params)
    assert found.start == pytest.approx(float(experiment.problem.loss(start)))
    assert "excess" not in found.words


def test_per_epoch_single_rows_win_and_per_update_all_rows_do():
    """Beliefs 2 and 11: faster per what? A larger batch makes fewer updates, not worse ones."""
    fit = standard_line().problem
    runs = (gd.Run(gd.SGD(), 1), gd.Run(gd.SGD(), None))
    ends = []
    for budget in (Budget("epochs", 3.0), Budget("updates", 200.0)):
        given = tuple(granted(run, fit, budget) for run in runs)
        swept = sweep(Sweep(fit, given, (0.05,), START, n_seeds=9))
        ends.append(read(budget, swept).values[:, 0])
    (single, full), (one_epoch, many) = ends
    assert single < 0.02
    assert full == pytest.approx(16.9, rel=0.1)
    assert many < 1e-6 < 1e-4 < one_epoch


def test_small_batches_have_lower_limits_than_all_rows():
    """Belief 4: 2/L holds for SGD."""
    limits = [
        gd.mean_square_limit(standard_line().problem, size) for size in (1, 2, 4, 8, 16, 32, 200)
    ]
    np.testing.assert_allclose(limits[:6], [0.80, 1.14, 1.45, 1.68, 1.83, 1.91], atol=0.02)
    assert limits[-1] == pytest.approx(2.0)


def test_single_rows_are_lost_at_rates_that_all_rows_stand():
    runs = (gd.Run(gd.SGD(), 1, epochs=20), gd.Run(gd.SGD(), None, epochs=20))
    plan = Sweep(standard_line().problem, runs, (0.6, 1.6, 1.9), START, n_seeds=9)
    lost = read(EPOCHS, sweep(plan)).lost
    np.testing.assert_array_equal(lost[1], 0)
    assert lost[0, 0] == 0
    assert lost[0, 2] > 0.5


# The sweep


def test_a_single_order_is_taken_where_more_are_too_slow():
    plan = rate_by_batch_sweep(gd.default_experiment(gd.DATASETS["digits"]), Budget("epochs", 50.0))
    assert plan.n_seeds == 1
    assert rate_by_batch_sweep(standard_line(), EPOCHS).n_seeds == 5


def test_a_cells_run_opens_as_it_was_trained(reading):
    experiment = cell(rate_by_batch_sweep(standard_line(), EPOCHS), 3, 12)
    assert (experiment.epochs, experiment.runs[0].epochs) == (3, None)
    assert experiment.runs[0].rows(200) == reading.sizes[3] == 8
    assert experiment.runs[0].optimizer.lr == reading.rates[12]
    loss = gd.train(experiment)[0].loss[:, -1]
    value = np.sort(loss)[2] - excess_at_minimum(experiment)
    assert value == pytest.approx(reading.values[3, 12])
    assert link.decode(link.encode(experiment)) == experiment


# Words


def test_the_words_hold_the_cells(reading):
    text = reading.words
    size, rate = (values[place] for values, place in zip(
        (reading.sizes, reading.rates), reading.winner, strict=True
    ))  # fmt: skip
    end = f"{reading.values[reading.winner]:.3g}"
    assert text.startswith(
        f"With **3 epochs**, **B = {size}, η = {rate:.3g}** ends lowest: at excess loss {end}."
    )
    first, last = (reading.rates[reading.best[line]] for line in (0, -1))
    assert f"goes from {first:.3g} to {last:.3g}: × {last / first:.3g}, where" in text
    for line, limit in ((0, "mean-square limit 0.798"), (len(reading.sizes) - 1, "2/L 2")):
        lost = reading.rates[int(np.flatnonzero(reading.lost[line] > 0)[0])]
        assert f"from η = {lost:.3g} on ({limit})" in text


def test_rates_at_which_nothing_is_lost_are_said_to_be_safe(reading):
    calm = replace(reading, lost=np.zeros_like(reading.lost))
    assert "single rows at none of these rates (mean-square limit 0.798)" in calm.words


def test_who_won_on_another_budget_stands_second(reading):
    other = replace(reading, budget=Budget("updates", 200.0))
    paragraphs = reading.words_beside(other).split("\n\n")
    assert [text[:16] for text in paragraphs[:2]] == ["With **3 epochs*", "With **200 updat"]
    assert paragraphs[:1] + paragraphs[2:] == reading.words.split("\n\n")


def test_what_a_budget_gave_is_told(reading):
    parts = "B = 1: 3 epochs, 600 updates; B = 200: 3 epochs, 3 updates."
    assert reading.spent == f"3 epochs hold, in whole epochs, {parts}"
    timed = replace(reading, budget=Budget("seconds", 0.5))
    assert timed.spent.endswith(" Seconds: updates × the time of one, measured here.")


def test_in_a_notebook_one_call_reads_the_map(reading):
    found = gd.studies.rate_by_batch(standard_line(), EPOCHS)
    np.testing.assert_array_equal(found.values, reading.values)
    assert found.words == reading.words
    few = replace(standard_line().problem, dataset=replace(gd.DATASETS["line"], n_samples=9))
    usual = gd.studies.rate_by_batch(replace(standard_line(), problem=few))
    assert re.match(r"With \*\*20 epochs\*\*, \*\*B = \d, ", usual.words)


def test_a_function_has_no_map():
    with pytest.raises(ValueError, match="must be a Fit, whose rows make batches"):
        gd.studies.rate_by_batch(BOWL)


@pytest.mark.parametrize(("seconds", "orders"), [(3.99, 5), (4.01, 1)])
def test_twenty_rates_are_tried_in_five_orders_or_in_one_where_that_takes_over_four_seconds(
    monkeypatch, seconds, orders
):
    module = import_module("gdplay.studies.rate_by_batch")  # the package has its function's name
    monkeypatch.setattr(module, "work", lambda plan: SimpleNamespace(seconds=seconds))
    plan = rate_by_batch_sweep(standard_line(), EPOCHS)
    assert (len(plan.rates), plan.n_seeds) == (20, orders)
    assert rate_by_batch_sweep(standard_line(), EPOCHS, n_seeds=3).n_seeds == 3


def test_a_cell_is_lost_by_the_orders_that_diverged_or_ended_above_the_start_but_for_rounding():
    start = 1e6
    ends = [start, start * (1 + 1e-13), start * (1 + 1e-9), np.nan, 2.0, start]
    on_the_way = [start, start, 3.0, start, 2 * start, 3 * start]
    losses = np.array([[[start, on_the_way[i], on_the_way[i], end] for i, end in enumerate(ends)]])
    runs = (gd.Run(gd.SGD(), 1, epochs=3),)
    plan = Sweep(standard_line().problem, runs, (0.1,), n_seeds=6)
    swept = Swept(plan, (losses,), np.isnan(ends)[None, None], Reference(np.zeros(2), 0.0, True))
    found = read(EPOCHS, swept)
    assert found.lost.tolist() == [[2 / 6]]
    assert found.dust == pytest.approx(1e-9)
    assert found.epochs == (3,)


def test_how_the_best_rate_grows_is_told_from_one_row_to_all():
    made = RateByBatch(
        EPOCHS, (1, 16, 100), (3, 6, 9), (0.1, 0.2, 0.4), (None, None, 2.0), 5,
        np.array([[1.0, 2, 3], [5, 6, 7], [9, 0.5, 8]]),
        np.array([[0, 0, 0.2], [0, 0, 0], [0, 0, 1]]),
        (0, 0, 1), 9.0, 0.0, True,
    )  # fmt: skip
    assert made.words == (
        "With **3 epochs**, **B = 100, η = 0.2** ends lowest: at excess loss 0.5.\n\n"
        "From one row to all 100, the best rate goes from 0.1 to 0.2: × 2, where the rows grow × "
        "100 and their root × 10.\n\n"
        "Orders diverge, or end above their start, with single rows from η = 0.4 on and with all "
        "rows from η = 0.4 on (2/L 2)."
    )
    assert made.spent == (
        "3 epochs hold, in whole epochs, B = 1: 3 epochs, 300 updates; "
        "B = 100: 9 epochs, 9 updates."
    )
    for best, told in (((None, 0, 1), 0), ((0, 0, None), 0), ((0, 1), 1), ((0,), 0)):
        count = len(best)
        few = replace(made, best=best, sizes=made.sizes[:count], limits=(None,) * count,
                      values=made.values[:count], lost=made.lost[:count])  # fmt: skip
        assert few.words.count("From one row to all") == told, best


@pytest.mark.parametrize(("dust", "told"), [(1.0, ""), (2.5, ", as do 2 other cells")])
def test_more_cells_than_two_that_rounding_cannot_tell_apart_are_counted(reading, dust, told):
    values = np.full_like(reading.values, 9.0)
    values.flat[:3] = 0.5, 1.0, 2.0
    tied = replace(reading, values=values, dust=dust, best=(0,) * len(values))
    assert f"ends lowest: at the minimum (to rounding){told}." in tied.words
