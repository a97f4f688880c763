"""Where a rule ends from every start: the same as runs alone, and counted as it says."""

import re
from dataclasses import replace

import numpy as np
import pytest

import gdplay as gd
from gdplay.loss.surfaces import Minimum
from gdplay.studies.basins import (
    LOST,
    MOVES,
    NEAR,
    STANDS,
    Basins,
    _found,
    _needed,
    _reached,
    _still,
    basins,
    of_run,
)
from gdplay.teaching.defaults import default_race

HIMMELBLAU, SADDLE = gd.SURFACES["himmelblau"], gd.SURFACES["saddle"]
HILLS = gd.Expression("x**4 - 3*x**2 + x + y**2")
"""Its lowest minimum is at -1.30; another at 1.13."""


@pytest.mark.parametrize("rule", [gd.SGD(0.01), gd.Momentum(0.005), gd.Adam(0.3)])
def test_each_start_ends_where_its_run_ends_alone(rule):
    run = gd.Run(rule, schedule=replace(gd.SCHEDULES["exponential"], warmup=3))
    reading = of_run(HIMMELBLAU, run, side=4, n_updates=60)
    size = 10.0
    for j, i in np.ndindex(4, 4):
        start = (float(reading.x[i]), float(reading.y[j]))
        (alone,) = gd.train(gd.Experiment(HIMMELBLAU, (run,), start, 60))
        what, needed = reading.reached[j, i], reading.needed[j, i]
        away = [np.linalg.norm(alone.path - minimum.place, axis=1) for minimum in reading.minima]
        assert what == (np.argmin([a[-1] for a in away]) if min(a[-1] for a in away) < NEAR * size
                        else MOVES)  # fmt: skip
        if what >= 0:
            far = np.flatnonzero(away[what] >= NEAR * size)
            assert needed == (far[-1] + 1 if len(far) else 0)


def test_on_either_side_of_a_pass_the_hollow_of_that_side_is_reached():
    reading = basins(SADDLE, gd.SGD(0.06), side=10)
    up = reading.y > 0
    np.testing.assert_array_equal(reading.reached[up], 0)
    np.testing.assert_array_equal(reading.reached[~up], 1)
    assert "100 % reached a lowest minimum (50 % at (0, 1) and 50 % at (0, −1))" in reading.words


def test_what_reaches_no_minimum_stands_still_moves_or_is_lost():
    assert (basins(gd.SURFACES["plain_saddle"], gd.SGD(0.1), side=6).reached == LOST).all()
    slow = basins(gd.SURFACES["rosenbrock"], gd.SGD(1e-5), side=6, n_updates=20)
    assert slow.share(MOVES) > 0.8
    plain = basins(gd.SURFACES["easom"], gd.SGD(0.1), box=((0, 0.4), (0, 0.4)), side=3)
    assert (plain.reached == STANDS).all()
    assert "stand still elsewhere" in plain.words
    assert (plain.needed == -1).all()


def test_all_of_a_line_of_minima_counts_as_reached():
    reading = basins(gd.SURFACES["factors"], gd.SGD(0.1), side=8, box=((1, 2), (1, 2)))
    assert reading.share(0) == 1
    assert "at (1, 1)" not in reading.words


def test_of_an_own_function_the_other_minima_are_found():
    reading = basins(HILLS, gd.SGD(0.05), box=((-3, 3), (-3, 3)), side=12)
    assert len(reading.minima) == 2
    for (x, y), _ in reading.minima:
        np.testing.assert_allclose(HILLS.gradient(np.array([x, y])), 0, atol=1e-3)
    assert reading.share(0) + reading.share(1) == 1
    assert 0.3 < reading.lowest.mean() == reading.share(0) < 0.7
    low, high = (f"{100 * reading.share(place):.0f} %" for place in (0, 1))
    assert f"{low} reached the lowest minimum, {high} a higher one." in reading.words
    with pytest.raises(ValueError, match="box must be given for a function that has none"):
        basins(HILLS, gd.SGD(0.05))


def test_shares_are_whole_percents_and_few_or_nearly_all_are_not_said_to_be_none_or_all():
    reading = basins(SADDLE, gd.SGD(0.06), side=20)
    for count, text in {
        400: "100 %", 399: "over 99 %", 396: "99 %", 200: "50 %", 4: "1 %", 3: "under 1 %",
    }.items():  # fmt: skip
        reached = np.full(400, MOVES)
        reached[:count] = 0
        one = replace(reading, reached=reached.reshape(20, 20))
        assert f"{text} reached the lowest minimum" in one.words.lower()


def test_what_all_need_is_told_as_one_number():
    newton = basins(gd.SURFACES["bowl"], gd.OPTIMIZERS["newton"], side=6)
    assert "They needed 1 update (median), nine of ten as many." in newton.words
    plain = basins(gd.SURFACES["bowl"], gd.SGD(0.2), side=6)
    assert re.search(r"needed \d updates \(median\), nine of ten between \d and \d\.", plain.words)


def test_four_starts_and_one_update_are_enough():
    assert basins(HIMMELBLAU, gd.SGD(), side=2, n_updates=1).reached.shape == (2, 2)


@pytest.mark.parametrize(
    ("field", "value"), [("side", 1), ("side", 201), ("n_updates", 0), ("n_updates", 2001)]
)
def test_what_is_out_of_range_is_refused(field, value):
    with pytest.raises(ValueError, match=f"{field} must be from"):
        basins(HIMMELBLAU, gd.SGD(), **{field: value})


def test_a_momentum_reaches_more_of_the_deep_hole_than_the_plain_step():
    race = default_race(gd.SURFACES["ackley"])
    plain, momentum, _ = (
        basins(race.problem, r.optimizer, side=20).lowest.mean() for r in race.runs
    )
    assert plain < 0.05 < momentum


def test_of_a_function_with_a_pole_each_start_is_told_and_where_it_has_no_value_runs_are_lost():
    pole = basins(gd.Expression("1/x + y**2"), gd.SGD(0.1), box=((-2, 2), (-2, 2)), side=5)
    assert "There is no finite minimum, so there is nothing to reach." in pole.words
    tail = basins(
        gd.Expression("1/x + y**2"), gd.Momentum(0.2), box=((-3.75, 2.8125), (-1.875, 2.5))
    )
    assert tail.minima == ()
    half = basins(gd.Expression("x*log(x) + y**2"), gd.SGD(0.1), box=((-2, 2), (-2, 2)), side=4)
    np.testing.assert_array_equal(half.reached, [[LOST, LOST, 0, 0]] * 4)
    two = basins(gd.Expression("1/x**2 + x**2 + y**2"), gd.SGD(0.05), box=((-2, 2),) * 2, side=6)
    assert [minimum.place[1] for minimum in two.minima] == [0, 0]


def test_without_a_minimum_nobody_needs_so_many_updates():
    found = _needed((), np.zeros((3, 2, 2)), np.array([0, 0]), 1.0)
    assert found.tolist() == [-1, -1]


def paths(*runs):
    """Return states (T, P, 2) of runs that move along the first parameter."""
    return np.stack([np.array(runs).T, np.zeros_like(runs).T], axis=-1)


def test_by_itself_200_updates_are_made_from_50_starts_a_side():
    reading = basins(SADDLE, gd.SGD(0.06))
    assert reading.reached.shape == reading.needed.shape == (50, 50)
    assert "From 2\u202f500 starts, **Plain step** at rate 0.06 took 200 updates" in reading.words


def test_its_words_tell_every_end_and_the_pace_of_those_that_reached_a_minimum():
    """Of 14 that needed 10, 20, ... 140, one in twenty lies at 16.5, and one at 133.5."""
    ends = [0] * 10 + [1] * 4 + [STANDS] * 3 + [MOVES] * 2 + [LOST]
    needed = [10 * (place + 1) for place in range(14)] + [-1] * 6
    minima = (Minimum((-1.3, 0.0), -3.5), Minimum((1.13, 0.0), -1.07))
    made = Basins(
        HILLS, gd.Run(gd.SGD(0.05)), np.arange(5.0), np.arange(4.0), minima,
        np.reshape(ends, (4, 5)), np.reshape(needed, (4, 5)), 200,
    )  # fmt: skip
    assert made.words == (
        "From 20 starts, **Plain step** at rate 0.05 took 200 updates each. "
        "50 % reached the lowest minimum, 20 % a higher one. "
        "They needed 75 updates (median), nine of ten between 16 and 133. "
        "Of all, 15 % stand still elsewhere, 10 % are still on their way and 5 % were lost."
    )
    low = replace(made, reached=np.where(made.reached == 1, 0, made.reached))
    assert "Of all, 15 % stand still" in low.words
    nowhere = replace(made, reached=np.full((4, 5), MOVES), needed=np.full((4, 5), -1))
    assert not nowhere.lowest.any()
    assert nowhere.words.endswith("0 % reached the lowest minimum. 100 % are still on their way.")


def test_up_to_four_lowest_minima_are_named_if_they_are_points():
    """Where a function bends by 0.2 at least it has points; 0.8 and 0.2 are its curvatures here."""
    shallow = basins(gd.Expression("0.1*(x**2 - 1)**2 + 0.1*y**2"), gd.SGD(0.9),
                     box=((-2, 2), (-2, 2)), side=4)  # fmt: skip
    assert "a lowest minimum (50 % at (1, 0) and 50 % at (−1, 0))." in shallow.words
    four = replace(
        basins(HIMMELBLAU, gd.SGD(), side=10), reached=np.arange(100).reshape(10, 10) % 4
    )
    assert four.words.count("25 % at (") == 4
    five = replace(
        four, minima=(*four.minima, four.minima[0]), reached=four.needed * 0 + [0, 1, 2, 3, 4] * 2
    )
    assert "100 % reached a lowest minimum. They" in five.words


def test_a_run_is_lost_that_ends_three_sides_of_the_box_from_its_middle():
    """By 0.2 an update down a slope: from 0 and 2 to -6.4 and -4.4, where the middle is 1."""
    slope = basins(gd.Expression("x"), gd.SGD(0.2), box=((0, 2), (0, 2)), side=2, n_updates=32)
    np.testing.assert_array_equal(slope.reached, [[LOST, MOVES]] * 2)


def test_a_run_stands_still_that_keeps_near_its_end_in_its_last_tenth():
    """A box of 10 000 lets a run move by 1; of 40 states the last tenth are four."""
    calm = [9.0] * 36
    runs = paths(
        [*calm, 0, 0, 0, 0.9], [*calm, 1.1, 0, 0, 0],
        [*calm, -0.8, 0, 0, 0.8], [*calm, -0.8, 0, 0.8, 0.8],
    )  # fmt: skip
    assert _still(runs, 1e4).tolist() == [True, False, False, False]
    assert _still(paths(calm[:35] + [9.0] * 4 + [0.0, 0, 0, 0]), 1e4).tolist() == [True]
    assert _still(paths([9.0, 0.0, 0.0], [9.0, 9.0, 0.0]), 1e4).tolist() == [True, False]


def test_what_begins_or_ends_where_the_function_has_no_value_is_lost():
    barrier = gd.Expression("x - log(x) + y**2")
    runs = paths([-0.5, 0.9, 1.0], [0.9, 1.0, -0.5], [0.9, -0.5, 1.0])
    found = _reached(barrier, (Minimum((1.0, 0.0), 1.0),), runs, np.ones(2), 2.0)
    assert found.tolist() == [LOST, LOST, 0]


def test_on_a_line_of_minima_a_run_is_there_from_where_it_stays_near_its_own_end():
    """Near is up to 0.02 on a box of 1: 0.99 is 0.025 from the end, 1 is 0.015."""
    run, zero = paths([2.0, 0.99, 1.0, 1.015]), (Minimum((0.0, 0.0), 0.0),)
    assert _needed(zero, run, np.array([0]), 1.0).tolist() == [2]
    assert _needed(zero, run, np.array([MOVES]), 1.0).tolist() == [-1]


def test_a_minimum_found_is_where_the_lowest_of_close_runs_came_to_rest():
    """On a box of 6 runs closer than 0.12 are alike. The search had found the place itself."""
    runs = np.array([[[1.2, 0.0], [1.13, 3e-6], [0.17, 0.0]]] * 2)
    assert _found(HILLS, runs, 6.0) == HILLS.minima[1:]
    # A Newton step from 1.25 leads by 0.1 to the minimum, from 1.3 by 0.14: too far to be there.
    assert len(_found(HILLS, runs[:, :1] + [0.05, 0], 6.0)) == 1
    assert _found(HILLS, runs[:, :1] + [0.1, 0], 6.0) == ()


def test_a_minimum_that_no_search_had_found_is_where_a_run_came_to_rest():
    """3e-6 is none on a box of 6. The dents beyond 10 are out of the search's reach."""
    dents = gd.Expression("0.001*x**2 + cos(x) + y**2")
    place = np.array([15.676, 3e-6])
    (found,) = _found(dents, np.tile(place, (2, 1, 1)), 6.0)
    assert found == Minimum((15.676, 0.0), float(dents.loss(place)))


def test_nine_minima_of_an_own_function_are_told_apart():
    waves = basins(gd.Expression("cos(3*x) + cos(3*y)"), gd.SGD(0.05), box=((-5, 5),) * 2, side=20)
    assert len(waves.minima) == 9
