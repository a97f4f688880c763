"""Runs in step: one rule for all of them, with an array where their numbers differ."""

from dataclasses import replace
from itertools import islice
from types import SimpleNamespace

import numpy as np
import pytest

import gdplay as gd
from gdplay.engine import lockstep
from gdplay.engine.lockstep import composed_width, plan, rule_of, stretches


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


def kinds(*runs, **options):
    """What the groups of these runs are, on 20 rows: places, rows, updates an epoch, orders."""
    home = gd.default_experiment()
    problem = replace(home.problem, dataset=replace(home.problem.dataset, n_samples=20))
    experiment = gd.Experiment(problem, runs, home.start, **{"epochs": 3, "n_seeds": 4} | options)
    return [(g.places, g.rows, g.per_epoch, g.n_orders) for g in plan(experiment)]


def test_runs_train_together_that_are_of_one_kind_and_the_fewest_updates_come_first():
    sgd, adam = gd.SGD(), gd.Adam()
    assert kinds(
        gd.Run(sgd, 8), gd.Run(sgd), gd.Run(adam), gd.Run(sgd, 8, drop_last=True),
        gd.Run(gd.SGD(lr=1), 8), gd.Run(sgd, 8, "in order"), gd.Run(sgd, 20, drop_last=True),
        gd.Run(sgd, 8, epochs=2),
    ) == [
        ((2,), 20, 1, 1), ((1, 6), 20, 1, 1), ((7,), 8, 3, 4), ((3,), 8, 2, 4),
        ((5,), 8, 3, 1), ((0, 4), 8, 3, 4),
    ]  # fmt: skip


def test_orders_are_the_seeds_where_rows_are_drawn_or_noise_is_and_else_the_starts():
    bowl = gd.SURFACES["bowl"]
    home = gd.Experiment(bowl, (gd.Run(gd.SGD()),), (1.0, 1.0), 3, n_seeds=4)
    for change, orders in (
        ({}, 1),
        ({"gradient_noise": 0.5}, 4),
        ({"more_starts": ((2.0, 2.0), (3.0, 3.0)), "n_seeds": 1}, 3),
    ):
        (group,) = plan(replace(home, **change))
        assert group.n_orders == orders, change


class Noting:
    """A descent that notes how many rows it is handed at once."""

    def __init__(self):
        self.handed = []

    def blocks(self, order):
        self.handed.append(order.shape[1])
        return [order]


def test_rows_are_gathered_by_as_many_whole_batches_as_the_cache_holds(monkeypatch):
    home = gd.default_experiment()
    problem = replace(home.problem, dataset=replace(home.problem.dataset, n_samples=20))
    doubles = problem.gather(np.zeros((1, 1), dtype=np.intp)).size

    def handed(room, **more):
        monkeypatch.setattr(lockstep, "_GATHER", room)
        run = gd.Run(gd.SGD(), 3, **more)
        (group,) = plan(gd.Experiment(problem, (run,), home.start, 2, n_seeds=2))
        descent = Noting()
        order = np.arange(40).reshape(2, 20)
        list(lockstep._blocks(problem, group, descent, iter([order])))
        return descent.handed

    batch = 3 * 2 * doubles  # two seeds
    assert handed(0) == [3] * 6 + [2]
    assert handed(2 * batch) == [6, 6, 6, 2]
    assert handed(3 * batch - 1) == [6, 6, 6, 2]
    assert handed(2 * batch, drop_last=True) == [6, 6, 6]
    assert handed(100 * batch) == [20]


@pytest.mark.parametrize(("room", "lengths"), [(1, [1] * 7), (8, [2, 2, 2, 1]), (11, [2, 2, 2, 1])])
def test_a_stretch_is_as_long_as_its_states_have_room_and_notes_every_update(
    room, lengths, monkeypatch
):
    """Two starts of two parameters: four doubles a state."""
    monkeypatch.setattr(lockstep, "_BUFFER", room)
    runs = (gd.Run(gd.OPTIMIZERS["armijo"]),)
    starts = {"start": (1.0, 1.0), "more_starts": ((2.0, 2.0),)}
    experiment = gd.Experiment(gd.SURFACES["bowl"], runs, epochs=7, **starts)
    (group,) = plan(experiment)
    theta = np.array([[[1.0], [1.0]], [[2.0], [2.0]]])
    made = []
    found = list(stretches(experiment, group, theta, lambda count, state: made.append(count)))
    assert [len(states) for states, _ in found] == lengths
    assert [len(losses) for _, losses in found] == lengths
    assert made == [1, 2, 3, 4, 5, 6, 7]


def test_rates_are_numbers_where_all_runs_share_them_and_else_one_for_each_run():
    one, other = gd.Run(gd.SGD(lr=0.5)), gd.Run(gd.SGD(lr=0.25))
    falling = gd.Run(gd.SGD(lr=0.5), schedule=gd.SCHEDULES["inverse"])
    assert lockstep._rates([one, one], 4, 1, 3) == [0.5, 0.5]
    factors = falling.schedule.factors(4, 1, 3)
    rates = np.array(lockstep._rates([one, falling, other], 4, 1, 3))
    np.testing.assert_array_equal(rates.T, [[0.5, 0.5], 0.5 * factors, [0.25, 0.25]])


def test_plain_steps_take_minus_the_rate_as_a_share_spread_where_it_is_steady():
    descent = SimpleNamespace(share=0.5, width=4)
    falls = islice(lockstep._falls([2.0, 2.0, 2.0], (3, 2, 5), descent), 3)
    for fall in falls:
        np.testing.assert_array_equal(fall, np.full((3, 4, 5), -1.0))
        assert fall.strides[1] > 0  # one number a row: equal shapes are multiplied in half the time
    falls = list(lockstep._falls([np.array([2.0, 4.0]), np.array([2.0, 6.0])], (3, 2, 2), descent))
    np.testing.assert_array_equal(falls, [[[[-1, -2]]], [[[-1, -3]]]])


def test_a_composed_update_takes_seeds_times_runs_times_parameters_times_vectors():
    home = gd.default_experiment()
    problem = home.problem
    assert problem.n_params == 2

    def numbers(*rules, n_seeds=3, size=1, **options):
        runs = tuple(gd.Run(rule, size) for rule in rules)
        experiment = gd.Experiment(problem, runs, home.start, 100, n_seeds=n_seeds, **options)
        (group,) = plan(experiment)
        return composed_width(problem, group)

    assert numbers(gd.SGD()) == 3 * 1 * 2 * 3
    assert numbers(gd.SGD(0.1), gd.SGD(0.2)) == 3 * 2 * 2 * 3
    assert numbers(gd.Momentum()) == 3 * 1 * 2 * 5
    assert numbers(gd.SGD(), size=2) == 0
    assert numbers(gd.Adam()) == 0
    assert numbers(gd.Momentum(beta=0.5), gd.Momentum(beta=0.9)) == 0
    assert numbers(gd.Momentum(), n_seeds=20) == 200
    assert numbers(gd.Momentum(), n_seeds=21) == 0
