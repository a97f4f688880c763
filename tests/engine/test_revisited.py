"""Any states of any run: those that `train` passed through, and no others."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

import gdplay as gd
from gdplay.engine import revisited
from gdplay.engine.lockstep import composed_width, plan
from gdplay.engine.revisited import states_after
from gdplay.engine.training import Status
from gdplay.optimizers.elementwise import ELEMENTWISE
from gdplay.sampling import SAMPLINGS
from tests import KINDS

LINE = gd.default_experiment(replace(gd.DATASETS["line"], n_samples=30))
LONG = replace(
    gd.default_experiment(),
    runs=(gd.Run(gd.Momentum(lr=0.005), 1), gd.Run(gd.Adam(lr=0.01), 1), gd.Run(gd.SGD(0.1), 32)),
    epochs=12,
)
"""Paths of the first two runs hold about 2 000 of 2 400 revisited."""

every_rule = pytest.mark.parametrize("rule", ELEMENTWISE.values(), ids=list(ELEMENTWISE))


@cache
def trained(experiment):
    return gd.train(experiment)


@cache
def whole(experiment):
    """Every state of every run."""
    return states_after(experiment, [np.arange(last + 1) for last in ends(experiment)])


def ends(experiment):
    n = experiment.problem.n_samples
    return [run.updates_per_epoch(n) * experiment.epochs_of(run) for run in experiment.runs]


def none(experiment):
    return [np.arange(0) for _ in experiment.runs]


def asked_of(experiment, place, updates):
    wanted = none(experiment)
    wanted[place] = np.array(updates)
    return wanted


def assert_on_the_paths(experiment):
    traces = trained(experiment)
    found = states_after(experiment, [trace.path_updates for trace in traces])
    for states_of_run, trace in zip(found, traces, strict=True):
        np.testing.assert_array_equal(states_of_run, trace.path)


def assert_close(found, expected):
    assert np.abs(found - expected).max() <= 1e-12 * max(np.abs(expected).max(), 1e-300)


# The states of train


@every_rule
@pytest.mark.parametrize("sampling", SAMPLINGS)
def test_with_one_seed_the_states_of_every_rule_are_those_of_the_path_bit_for_bit(rule, sampling):
    rule = replace(rule, lr=0.02)
    runs = (
        gd.Run(rule),
        gd.Run(rule, 7, sampling),
        gd.Run(rule, 7, sampling, drop_last=True),
        gd.Run(rule, 1, sampling, epochs=18),
    )
    assert_on_the_paths(replace(LINE, runs=runs, epochs=3))


@every_rule
def test_with_several_seeds_they_are_the_first_seeds_to_twelve_digits(rule):
    rule = replace(rule, lr=0.02)
    runs = tuple(gd.Run(rule, size, epochs=18) for size in (None, 7, 1))
    experiment = replace(LINE, runs=runs, n_seeds=60)
    traces = trained(experiment)
    found = states_after(experiment, [trace.path_updates for trace in traces])
    for states_of_run, trace in zip(found, traces, strict=True):
        assert_close(states_of_run, trace.path)


def test_one_seed_may_be_made_by_another_route_than_many():
    runs = (gd.Run(gd.SGD(lr=0.02), 1, epochs=18),)
    widths = [
        composed_width(LINE.problem, *plan(replace(LINE, runs=runs, n_seeds=n))) for n in (1, 60)
    ]
    assert widths[0] > 0 == widths[1]


@pytest.mark.parametrize("place", [0, 1])
def test_states_that_no_path_kept_are_those_of_replay(place):
    kept = trained(LONG)[place].path_updates
    between = np.setdiff1d(np.arange(1, 2401), kept)
    assert len(between) > 300
    updates = between[::40]
    found = states_after(LONG, asked_of(LONG, place, updates))[place]
    expected = [gd.replay(LONG, place, int(update)).new_params for update in updates]
    assert_close(found, np.array(expected))


@pytest.mark.parametrize("schedule", gd.SCHEDULES.values(), ids=list(gd.SCHEDULES))
@pytest.mark.parametrize("warmup", [0, 5])
def test_runs_keep_their_own_epochs_short_batches_and_schedules(schedule, warmup):
    changes = {"every": 4} if schedule.key == "step" else {}
    schedule = replace(schedule, warmup=warmup, **changes)
    runs = tuple(
        gd.Run(gd.Momentum(lr=0.02), 7, drop_last=drop, epochs=epochs, schedule=schedule)
        for drop, epochs in ((False, None), (True, None), (True, 5), (False, 2))
    )
    experiment = replace(LINE, runs=runs, epochs=3)
    assert ends(experiment) == [15, 12, 20, 10]
    assert_on_the_paths(experiment)


@every_rule
@pytest.mark.parametrize("key", KINDS)
def test_the_states_on_every_surface_are_those_of_the_path(key, rule):
    surface = gd.SURFACES[key]
    runs = (gd.Run(replace(rule, lr=1e-3)), gd.Run(replace(rule, lr=2e-3)))
    assert_on_the_paths(gd.Experiment(surface, runs, surface.start, epochs=9))


def test_stopping_early_takes_no_states_away():
    experiment = replace(LINE, runs=(gd.Run(gd.SGD(lr=0.05)),), epochs=400, tol=1e-3)
    (trace,) = trained(experiment)
    assert trace.status[0] is Status.CONVERGED
    assert len(trace.path) < 400
    np.testing.assert_array_equal(whole(experiment)[0][: len(trace.path)], trace.path)
    np.testing.assert_array_equal(
        whole(experiment)[0], trained(replace(experiment, tol=0.0))[0].path
    )


# What is asked for


def test_the_start_is_the_state_after_no_update():
    experiment = replace(LINE, start=(3.0, -4.0))
    found = states_after(experiment, [np.array([0])] * 3)
    np.testing.assert_array_equal(found, [[[3.0, -4.0]]] * 3)


def test_states_come_in_the_order_asked_for_and_as_often():
    for place in (0, 2):
        updates = [7, 3, 2100, 3, 0, 12, 2100] if place == 0 else [7, 3, 3, 0, 84]
        found = states_after(LONG, asked_of(LONG, place, updates))
        np.testing.assert_array_equal(found[place], whole(LONG)[place][updates])
        assert [len(each) for each in found] == [
            len(updates) if other == place else 0 for other in range(3)
        ]


def test_runs_of_one_group_may_be_asked_for_different_updates():
    runs = tuple(gd.Run(gd.Adam(lr=rate), 7) for rate in (0.1, 0.01, 0.001, 0.05))
    experiment = replace(LINE, runs=runs, epochs=9)
    assert len(plan(experiment)) == 1
    wanted = [np.array([3, 4, 5]), np.array([45, 0]), np.arange(0), np.array([5])]
    found = states_after(experiment, wanted)
    for each, path, updates in zip(found, trained(experiment), wanted, strict=True):
        assert each.shape == (len(updates), 2)
        np.testing.assert_array_equal(each, path.path[updates])


class Spy:
    """Notes which groups are made, and how many stretches of each."""

    def __init__(self, monkeypatch):
        self.made = []
        self.stretches = revisited.stretches
        monkeypatch.setattr(revisited, "stretches", self)

    def __call__(self, experiment, group, theta):
        for stretch in self.stretches(experiment, group, theta):
            self.made.append(group.places)
            yield stretch


def test_runs_that_nobody_asks_for_are_not_made(monkeypatch):
    spy, told = Spy(monkeypatch), []
    wanted = asked_of(LONG, 1, [5, 40])
    states_after(LONG, wanted, progress=lambda *counts: told.append(counts) or True)
    assert spy.made == [(1,)]
    assert told == [(0, 40), (40, 40)]
    found = states_after(LONG, none(LONG))
    assert [each.shape for each in found] == [(0, 2)] * 3
    assert spy.made == [(1,)]


def test_a_run_is_made_no_further_than_asked(monkeypatch):
    spy = Spy(monkeypatch)
    states_after(LONG, asked_of(LONG, 1, [0]))
    assert spy.made == []
    states_after(LONG, asked_of(LONG, 1, [600]))
    assert len(spy.made) == 3  # stretches of 256
    states_after(LONG, asked_of(LONG, 1, [512]))
    assert len(spy.made) == 5


# Bad wishes


@pytest.mark.parametrize(
    "updates", [[-1], [5, -1, 3], [2401], [0, 10**12], [1.5], [np.nan], [np.inf]]
)
def test_updates_that_a_run_does_not_make_are_refused_before_any_is_made(updates, monkeypatch):
    spy = Spy(monkeypatch)
    with pytest.raises(ValueError, match="updates must be whole numbers from 0 to 2400; got"):
        states_after(LONG, [np.array(updates), np.array([9]), np.array([9])])
    assert spy.made == []


def test_the_range_that_is_named_is_the_runs_own():
    runs = (gd.Run(gd.SGD(0.01), 7, epochs=5), gd.Run(gd.SGD(0.01), 7, drop_last=True))
    experiment = replace(LINE, runs=runs, epochs=2)
    for place, last in enumerate((25, 8)):
        assert len(states_after(experiment, asked_of(experiment, place, [last]))[place]) == 1
        with pytest.raises(ValueError, match=rf"from 0 to {last}; got {last + 1} to {last + 1}"):
            states_after(experiment, asked_of(experiment, place, [last + 1]))


@pytest.mark.parametrize("count", [0, 2, 4])
def test_every_run_must_be_told_of(count):
    with pytest.raises(ValueError, match=f"updates must be told of 3 runs; got {count}"):
        states_after(LONG, [np.array([1])] * count)


# Runs that run away


@pytest.mark.parametrize("size", [None, 32, 1])
@pytest.mark.parametrize("key", ["sgd", "momentum", "nesterov"])
def test_a_run_that_runs_away_is_followed_as_far_as_there_are_numbers_and_nan_from_there_on(
    key, size
):
    rule = replace(gd.OPTIMIZERS[key], lr=50.0)
    experiment = replace(
        gd.default_experiment(), runs=(gd.Run(rule, size),), epochs=600 if size is None else 90
    )
    (trace,), (found,) = trained(experiment), whole(experiment)
    assert trace.status[0] is Status.DIVERGED
    there = np.isfinite(found).all(axis=1)
    length = int(there.sum())
    assert there[:length].all()
    assert trace.path_updates[-1] < length < len(found)
    assert np.isnan(found[length:]).all()
    np.testing.assert_array_equal(found[trace.path_updates], trace.path)


def test_nan_begins_at_the_update_where_divergence_was_seen():
    experiment = replace(gd.default_experiment(), runs=(gd.Run(gd.SGD(lr=1e3), 1),), epochs=1)
    (trace,), (found,) = trained(experiment), whole(experiment)
    at = trace.diverged_at[0]
    assert 1 < at < 200
    assert np.isfinite(found[:at]).all()
    assert np.isnan(found[at:]).all()


def test_a_run_that_runs_away_takes_no_company_with_it():
    wild, calm = gd.Run(gd.SGD(lr=1e3), 7), gd.Run(gd.SGD(lr=0.01), 7)
    gone, found = whole(replace(LINE, runs=(wild, calm), epochs=30))
    assert np.isnan(gone[-1]).all()
    assert_close(found, whole(replace(LINE, runs=(calm,), epochs=30))[0])


# Progress


def test_progress_rises_to_the_total_over_all_runs_asked_for():
    told = []
    wanted = [np.array([2000]), np.array([700, 3]), np.array([84])]
    states_after(LONG, wanted, progress=lambda *counts: told.append(counts) or True)
    assert {total for _, total in told} == {2784}
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[0][0] == 0
    assert told[-1][0] == 2784


def test_a_search_that_is_ended_keeps_what_it_found_and_asks_no_further():
    told = []

    def until(done, total):
        told.append(done)
        return done < 600

    everything = [np.arange(last + 1) for last in ends(LONG)]
    found = states_after(LONG, everything, progress=until)
    assert sum(done >= 600 for done in told) == 1
    cut = 0
    for each, complete in zip(found, whole(LONG), strict=True):
        length = int(np.isfinite(each).all(axis=1).sum())
        cut += length < len(each)
        np.testing.assert_array_equal(each[:length], complete[:length])
        assert np.isnan(each[length:]).all()
    assert cut == 2


def test_a_search_that_never_began_finds_nothing(monkeypatch):
    spy = Spy(monkeypatch)
    found = states_after(LONG, [np.array([5, 80])] * 3, progress=lambda done, total: False)
    assert np.isnan(found).all()
    assert spy.made == []


def test_an_error_in_progress_comes_through_and_leaves_numpy_as_it_was():
    def stop(done, total):
        if done:
            raise InterruptedError
        return True

    before = np.geterr()
    with pytest.raises(InterruptedError):
        states_after(LONG, [np.array([80])] * 3, progress=stop)
    assert np.geterr() == before


def test_progress_is_told_under_the_callers_own_error_handling():
    seen = []
    with np.errstate(all="raise"):
        states_after(
            LONG, [np.array([80])] * 3, progress=lambda *_: seen.append(np.geterr()) or True
        )
    assert {tuple(each.values()) for each in seen} == {("raise",) * 4}


def test_asking_changes_nothing_that_was_given():
    wanted = [np.array([5, 2, 5]), np.arange(0), np.array([1])]
    copies = [each.copy() for each in wanted]
    first = states_after(LONG, wanted)
    first[0][:] = 0
    second = states_after(LONG, wanted)
    assert np.any(second[0] != 0)
    for each, copy in zip(wanted, copies, strict=True):
        np.testing.assert_array_equal(each, copy)


@pytest.mark.parametrize("epochs", [200, 1000])
def test_a_lost_run_is_watched_until_its_loss_overflows_or_its_updates_end(epochs):
    """On x² + y² a step of the rate 2 takes x to -3 x: the loss after n updates is 9^n."""
    bowl = gd.SURFACES["bowl"]
    runs = (gd.Run(gd.SGD(lr=0.1)), gd.Run(gd.SGD(lr=2.0)))
    experiment = gd.Experiment(bowl, runs, (1.0, 0.0), epochs, n_seeds=3)
    seen = gd.beyond(experiment, 1)
    last = min(epochs, int(np.log(np.finfo(float).max) / np.log(9)))
    assert last == (200 if epochs == 200 else 323)
    np.testing.assert_array_equal(seen.updates, np.arange(last + 1))
    np.testing.assert_allclose(seen.params[:, 0], (-3.0) ** seen.updates, rtol=1e-12)
    np.testing.assert_allclose(seen.loss, 9.0**seen.updates, rtol=1e-12)
    assert gd.beyond(experiment, 0).updates[-1] == epochs


def test_parameters_are_finite_until_they_overflow():
    bowl = gd.SURFACES["bowl"]
    experiment = gd.Experiment(bowl, (gd.Run(gd.SGD(lr=2.0)),), (1.0, 0.0), 1000)
    # The step, four times as long as the place, is what overflows.
    most = np.log(np.finfo(float).max / 4) / np.log(3)
    assert revisited._last_finite(experiment) == 1 + int(most)
    assert revisited._last_finite(replace(experiment, epochs=300)) == 300
    assert revisited._last_finite(replace(experiment, start=(3.0**10, 0.0))) == int(most) - 9
