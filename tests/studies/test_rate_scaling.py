"""Rates that grow with the batch: how long the promise holds, and that words say no more."""

from dataclasses import replace

import numpy as np
import pytest

import gdplay as gd
from gdplay.studies.budgets import sizes_up_to
from gdplay.studies.rate_scaling import (
    RateScaling,
    Scaled,
    linear_runs,
    rate_scaling_runs,
    read,
    usual_rate,
)
from tests.studies.lines import BOWL, START, excess_at_minimum, separable, standard_line


def test_linear_scaling_keeps_the_loss_then_departs_and_breaks_at_the_limit():
    """Belief 12: linear scaling always works."""
    experiment = standard_line()
    found = gd.studies.rate_scaling(experiment, 0.01)
    constant, root, linear = found.lines
    assert linear.values[0] == constant.values[0] == root.values[0]
    np.testing.assert_allclose(linear.values[:4], [0.41, 0.40, 0.38, 0.35], rtol=0.15)
    np.testing.assert_allclose(linear.values[4:7], [0.245, 0.108, 0.015], rtol=0.35)
    assert linear.values[7] > linear.values[6]
    start = float(experiment.problem.loss(np.array(START))) - excess_at_minimum(experiment)
    assert found.start == pytest.approx(start)
    assert linear.rates[-1] == 2.0
    assert linear.values[-1] == pytest.approx(start)  # 2/L: never moves
    assert np.all(np.diff(constant.values) > 0)
    assert np.all(root.values <= constant.values)


def test_each_line_scales_its_rates_by_its_power():
    found = gd.studies.rate_scaling(standard_line(), 0.01)
    sizes = np.array(found.sizes)
    assert found.sizes == sizes_up_to(200)
    for line, power in zip(found.lines, (0.0, 0.5, 1.0), strict=True):
        np.testing.assert_allclose(line.rates, 0.01 * sizes**power)


def test_a_value_is_the_median_over_orders_and_what_diverged_counts_as_worst():
    plan = rate_scaling_runs(standard_line(), 0.01)
    traces = gd.train(plan)
    ends = traces[0].loss[:, -1] - excess_at_minimum(plan)
    assert read(plan, traces).lines[0].values[0] == pytest.approx(np.median(ends))
    gone = [replace(trace, loss=np.full_like(trace.loss, np.nan)) for trace in traces[1:]]
    assert read(plan, [traces[0], *gone]).lines[0].values[1] == np.inf


def test_the_usual_rate_reaches_the_limit_before_all_rows():
    assert usual_rate(standard_line().problem) * 200 > 2.0


# Words


def test_the_words_follow_from_the_values():
    found = gd.studies.rate_scaling(standard_line(), 0.0125)
    ratios = found.lines[2].values / found.lines[2].values[0]
    same = int(np.flatnonzero(np.abs(ratios - 1) > 0.2)[0]) - 1
    assert f"within 20 % of that of single rows up to B = {found.sizes[same]}." in found.words
    assert "From B = 200 on they are at 2/L = 2 or beyond (η = 2.5)" in found.words
    assert f"constant η at B = 1 ({found.lines[0].values[0]:.3g})" in found.words


def scaling(values: list[float], limit: float = 10.0) -> RateScaling:
    """Return a reading whose linear line has these values at B = 1, 2, 4."""
    rates = np.array([1.0, 2.0, 4.0])
    lost = Scaled("constant η", rates, np.full(3, np.inf))
    line = Scaled("η ∝ B", rates, np.array(values))
    return RateScaling((1, 2, 4), (lost, lost, line), limit, 8.0, True)


def test_what_diverged_is_neither_the_same_nor_the_lowest():
    assert scaling([1.0, 1.1, np.inf]).words == (
        "**In proportion to B** the rates keep the loss after an epoch within 20 % of that of "
        "single rows up to B = 2. Lowest after one epoch: η ∝ B at B = 1 (1)."
    )
    assert scaling([np.inf] * 3).words == "Every run diverged."
    assert scaling([np.inf, 0.5, 1.0]).words == "Lowest after one epoch: η ∝ B at B = 2 (0.5)."


def test_a_promise_that_holds_throughout_or_nowhere_is_told_as_such():
    assert "up to B = 4." in scaling([1.0, 1.1, 0.9]).words
    assert "In proportion" not in scaling([1.0, 2.0, 1.0]).words


# The curves


def test_the_curves_leave_out_what_diverged():
    plan = rate_scaling_runs(standard_line(), 3.0)
    traces = gd.train(plan)
    linear = linear_runs(plan, traces)
    lost = [
        run for run, trace in zip(plan.runs, traces, strict=True)
        if trace.status[0] is gd.Status.DIVERGED
    ]  # fmt: skip
    assert linear.runs[-1].rows(200) == 200
    assert gd.Run(gd.SGD(lr=3.0), 1) in lost
    assert not set(linear.runs) & set(lost)


def test_the_curves_are_spread_over_the_batch_sizes_at_rates_in_proportion():
    plan = rate_scaling_runs(standard_line(), 0.01)
    linear = linear_runs(plan, gd.train(plan))
    assert [run.rows(200) for run in linear.runs] == [1, 4, 16, 64, 200]
    assert [run.optimizer.lr for run in linear.runs] == pytest.approx([0.01, 0.04, 0.16, 0.64, 2])
    assert linear.n_seeds == 1


def test_where_all_diverged_there_are_no_curves():
    plan = rate_scaling_runs(gd.default_experiment(), 1000.0)
    assert linear_runs(plan, gd.train(plan)) is None


def test_in_a_notebook_one_call_reads_the_scaling():
    found = gd.studies.rate_scaling(standard_line())
    plan = rate_scaling_runs(standard_line())
    again = read(plan, gd.train(plan))
    assert found.words == again.words
    assert found.limit == pytest.approx(2.0)
    assert "Lowest after one epoch: " in found.words


def test_without_a_minimum_values_are_losses():
    found = gd.studies.rate_scaling(replace(separable(), n_seeds=3))
    assert not found.exact
    problem = separable().problem
    assert found.start == pytest.approx(float(problem.loss(np.zeros(problem.n_params))))


def test_a_function_has_no_batches_to_grow():
    with pytest.raises(ValueError, match="must be a Fit, whose rows make batches"):
        gd.studies.rate_scaling(BOWL)


def test_one_epoch_is_run_in_20_orders_at_rates_that_grow_with_no_half_and_the_whole_power():
    plan = rate_scaling_runs(standard_line(tol=1.0), 0.01)
    assert (plan.epochs, plan.n_seeds, plan.tol) == (1, 20, 0.0)
    at = {}
    for run in plan.runs:
        at.setdefault(run.batch_size, []).append(run.optimizer.lr)
    assert list(at) == [1, 2, 4, 8, 16, 32, 64, 128, 200]
    np.testing.assert_allclose(at[64], [0.01, 0.08, 0.64])
    # L = 1: in proportion to the rows, 2/160 reaches the limit at 160 of them.
    assert usual_rate(standard_line().problem) == pytest.approx(2 / 160, rel=0.05)


def test_a_promise_holds_up_to_a_fifth_and_breaks_at_the_limit_itself():
    """Rates are 1, 2 and 4."""
    told = scaling([2.0, 2.0 * 1.19, 2.0 * 1.21], 2.0).words
    assert "within 20 % of that of single rows up to B = 2. From B = 2 on they are" in told
    assert "at 2/L = 2 or beyond (η = 2). Lowest" in told
    assert "2/L" not in scaling([1.0] * 3, 4.01).words


def test_losses_below_one_keep_their_promise_too():
    assert "up to B = 2. " in scaling([0.01, 0.011, 0.02]).words
