"""Where a rule ends from every start: the same as runs alone, and counted as it says."""

import re
from dataclasses import replace

import numpy as np
import pytest

import gdplay as gd
from gdplay.studies.basins import LOST, MOVES, NEAR, STANDS, _needed, basins, of_run
from gdplay.teaching.defaults import default_race

HIMMELBLAU, SADDLE = gd.SURFACES["himmelblau"], gd.SURFACES["saddle"]


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
    assert "100 % reached a lowest minimum (50 % at (0, 1) and 50 % at (0, -1))" in reading.words


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
    hills = gd.Expression("x**4 - 3*x**2 + x + y**2")
    reading = basins(hills, gd.SGD(0.05), box=((-3, 3), (-3, 3)), side=12)
    assert len(reading.minima) == 2
    for (x, y), _ in reading.minima:
        np.testing.assert_allclose(hills.gradient(np.array([x, y])), 0, atol=1e-3)
    assert reading.share(0) + reading.share(1) == 1
    assert 0.3 < reading.lowest.mean() == reading.share(0) < 0.7
    low, high = (f"{100 * reading.share(place):.0f} %" for place in (0, 1))
    assert f"{low} reached the lowest minimum, {high} a higher one." in reading.words
    with pytest.raises(ValueError, match="box must be given for a function that has none"):
        basins(hills, gd.SGD(0.05))


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
