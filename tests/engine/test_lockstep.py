"""Runs in step: one rule for all of them, with an array where their numbers differ."""

import numpy as np

import gdplay as gd
from gdplay.engine.lockstep import rule_of


def test_numbers_of_a_rule_are_arrays_only_where_runs_differ_in_more_than_the_rate():
    first, quicker, lazier = (
        gd.Run(gd.Momentum(lr=lr, beta=beta)) for lr, beta in ((0.1, 0.9), (0.2, 0.9), (0.1, 0.5))
    )
    assert rule_of([first, first]) is first.optimizer
    assert rule_of([first, quicker]) is first.optimizer
    for other in (lazier, gd.Run(gd.Momentum(lr=0.2, beta=0.5))):
        assert np.ravel(rule_of([first, other]).beta).tolist() == [0.9, 0.5]


def test_runs_that_differ_in_one_number_alone_do_side_by_side_what_they_do_apart():
    home = gd.default_experiment()
    runs = tuple(gd.Run(gd.Momentum(lr=0.05, beta=beta), 10) for beta in (0.5, 0.9))
    together = gd.train(gd.Experiment(home.problem, runs, home.start, 3))
    for run, trace in zip(runs, together, strict=True):
        (alone,) = gd.train(gd.Experiment(home.problem, (run,), home.start, 3))
        np.testing.assert_allclose(trace.loss, alone.loss, rtol=1e-10)
