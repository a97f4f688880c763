"""How losses go near their end is read off made curves whose way is known, and off true runs."""

from dataclasses import replace

import numpy as np
import pytest

import gdplay as gd
from gdplay.teaching.defaults import default_experiment, default_race
from gdplay.theory.endings import BLOCKS, Cycle, cycle, ending, trend

STEPS = np.arange(180)


def noise(seed, size=1.0, count=180):
    """Return noise that is even on a logarithmic axis."""
    return np.exp(size * np.random.default_rng(seed).normal(size=count))


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("size", [0.01, 0.3, 0.6])
def test_flat_noise_neither_falls_nor_rises(seed, size):
    assert trend(noise(seed, size)) == 0


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("share", [0.3, 0.5])
def test_what_visibly_falls_under_noise_falls_and_backwards_it_rises(seed, share):
    falling = np.geomspace(1, share, 180) * noise(seed, 0.25)
    assert trend(falling) == -1
    assert trend(falling[::-1]) == 1


def test_a_slow_but_steady_fall_is_one_and_a_fall_of_a_tenth_or_less_is_none():
    wobble = 1 + 0.01 * np.cos(np.pi * STEPS)
    assert trend(np.linspace(1, 0.8, 180) * wobble) == -1
    assert trend(np.linspace(1, 0.95, 180) * wobble) == 0


def test_a_run_that_fell_and_then_stays_does_not_fall_at_its_end():
    early = np.concatenate([np.geomspace(10, 1, 60), np.ones(120) + 0.01 * np.sin(STEPS[:120])])
    assert trend(early) == 0


@pytest.mark.parametrize("count", [0, 1, 5, 6, 8, 26, 27])
def test_of_few_losses_the_order_of_all_must_be_sure(count):
    falling = np.geomspace(1, 0.1, count) if count else np.zeros(0)
    assert trend(falling) == (-1 if count >= 6 else 0)
    assert trend(np.tile([1.0, 2.0], BLOCKS)[:count]) == 0


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        ([14.0, 31.0], Cycle(2, 14.0, 31.0)),
        ([3.0, 9.0, 4.0], Cycle(3, 3.0, 9.0)),
        ([12.0, 33.0, 14.0, 30.0], Cycle(4, 12.0, 33.0)),
        ([-2.0, 1.0], Cycle(2, -2.0, 1.0)),
    ],
)
def test_a_run_that_comes_round_is_told_by_its_shortest_cycle(levels, expected):
    assert cycle(np.array([0.5, *np.tile(levels, 8)])[1:]) == expected
    assert cycle(np.array([*np.tile(levels, 8), levels[0]])) == expected


def test_levels_that_drift_a_little_are_a_cycle_and_those_that_close_are_none():
    swing = np.where(STEPS[:40] % 2, 1.0, -1.0)
    assert cycle(10 + swing * np.linspace(1, 0.97, 40)) is not None
    assert cycle(10 + swing * np.linspace(1, 0.8, 40)) is None


def test_nothing_that_stands_still_falls_or_is_noise_comes_round():
    assert cycle(np.ones(40)) is None
    assert cycle(np.geomspace(1, 0.1, 40)) is None
    assert cycle(noise(3)) is None
    assert cycle(np.array([1.0, 2.0] * 3)) is None  # three times only


def test_a_cycle_must_have_come_round_four_times():
    assert cycle(np.array([1.0, 2.0] * 4)) == Cycle(2, 1.0, 2.0)


# Of true runs


def test_himmelblau_at_a_rate_of_022_bounces_between_14_and_31():
    experiment = replace(
        default_race(gd.SURFACES["himmelblau"]), runs=(gd.Run(gd.SGD(lr=0.022)),), epochs=100
    )
    (trace,) = gd.train(experiment)
    end = ending(experiment.problem, trace)
    assert end.stride == 1
    assert len(end.loss) == 26
    np.testing.assert_array_equal(end.loss, trace.loss[0, 75:])
    np.testing.assert_array_equal(end.half, trace.loss[0, 50:])
    assert cycle(end.loss) == pytest.approx((2, 14.1616, 31.2216), abs=1e-4)


def test_epochs_ends_serve_where_they_are_the_closer_record():
    experiment = replace(
        default_race(gd.SURFACES["bowl"]), runs=(gd.Run(gd.SGD(lr=1e-3)),), epochs=2400
    )
    (trace,) = gd.train(experiment)
    assert np.diff(trace.path_updates).max() > 1
    end = ending(experiment.problem, trace)
    assert end.stride == 1
    np.testing.assert_array_equal(end.loss, trace.loss[0, -500:])


def test_of_short_runs_the_last_eight_states_are_looked_at_and_of_long_ones_a_quarter():
    experiment = default_experiment()
    batch, _, single = gd.train(replace(experiment, epochs=10))
    end = ending(experiment.problem, batch)
    np.testing.assert_array_equal(end.loss, batch.loss[0, 3:])
    np.testing.assert_array_equal(end.half, batch.loss[0, 3:])
    end = ending(experiment.problem, single, 200)
    late = single.path[single.path_updates >= 0.75 * single.path_updates[-1]]
    np.testing.assert_allclose(end.loss, experiment.problem.loss(late[-200:]), rtol=1e-12)
    assert len(end.half) == 200
    assert end.half[-1] == end.loss[-1]
    first = np.flatnonzero(single.path_updates >= 0.5 * single.path_updates[-1])[0]
    assert end.half[0] == pytest.approx(float(experiment.problem.loss(single.path[first])))
    assert end.stride == np.diff(single.path_updates).max()


@pytest.mark.parametrize("count", [3, 20])
def test_six_of_36_pairs_of_blocks_may_stand_the_wrong_way_and_no_more(count):
    """Of nine, Kendall's S varies by 9.6: 24 is 2.5 times that, and 22 is not."""
    assert trend(np.repeat([8.0, 9, 6, 7, 2, 5, 4, 1, 3], count)) == -1
    assert trend(np.repeat([8.0, 9, 6, 7, 2, 5, 1, 4, 3], count)) == 0


def test_cycles_of_up_to_eight_levels_are_told():
    levels = [5.0, 2, 9, 4, 7, 1, 8, 3, 6]
    assert cycle(np.tile(levels[:8], 5)) == Cycle(8, 1.0, 9.0)
    assert cycle(np.tile(levels, 5)) is None


def test_of_six_losses_all_must_stand_in_order():
    """One of 15 pairs the wrong way leaves S = 13, where 13.3 is sure."""
    assert trend(np.array([9.0, 8, 7, 6, 5, 4])) == -1
    assert trend(np.array([9.0, 8, 7, 5, 6, 4])) == 0


def test_a_quarter_and_a_half_are_counted_from_the_last_update():
    """Of 101 updates the last quarter begins after 75.75, and the last half after 50.5."""
    race = replace(default_race(gd.SURFACES["bowl"]), runs=(gd.Run(gd.SGD(lr=1e-3)),), epochs=101)
    (trace,) = gd.train(race)
    end = ending(race.problem, trace)
    np.testing.assert_array_equal(end.loss, trace.loss[0, 76:])
    np.testing.assert_array_equal(end.half, trace.loss[0, 51:])
