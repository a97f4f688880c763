"""The run that is added next is unlike those that are there."""

from dataclasses import replace

import pytest

import gdplay as gd
from gdplay.teaching.defaults import default_race
from gdplay.teaching.next_run import next_run

HOME = gd.default_experiment()


def grown(experiment, count):
    """The experiment with so many runs, each the next one worth adding."""
    while len(experiment.runs) < count:
        experiment = replace(experiment, runs=(*experiment.runs, next_run(experiment)))
    return experiment


def test_the_missing_variants_come_first_then_momentum_and_adam_on_the_mini_batch():
    alone = replace(HOME, runs=HOME.runs[:1])
    found = [(run.variant(200), run.optimizer.key) for run in grown(alone, 5).runs]
    assert found == [
        ("batch", "sgd"), ("mini-batch", "sgd"), ("stochastic", "sgd"),
        ("mini-batch", "momentum"), ("mini-batch", "adam"),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["line", "digits", "himmelblau"])
def test_six_runs_are_all_different_and_share_the_rate_that_was_there(name):
    if name in gd.SURFACES:
        base = default_race(gd.SURFACES[name])
    else:
        base = gd.default_experiment(gd.DATASETS[name])
    six = grown(base, 6)
    n = base.problem.n_samples
    assert len({(run.rows(n), run.optimizer.key) for run in six.runs}) == 6
    assert {run.optimizer.lr for run in six.runs[3:]} == {base.runs[-1].optimizer.lr}


def test_where_nothing_is_left_to_vary_the_rate_is_halved():
    six = grown(HOME, 9)
    last = six.runs[-1]
    assert replace(last, optimizer=replace(last.optimizer, lr=0.2)) in six.runs[:-1]
    assert last.optimizer.lr == 0.1


def test_where_all_is_there_the_last_run_comes_at_half_its_rate():
    every = grown(HOME, 8).runs
    *_, before, last = grown(replace(HOME, runs=every), 20).runs
    assert last == replace(before, optimizer=replace(before.optimizer, lr=before.optimizer.lr / 2))
