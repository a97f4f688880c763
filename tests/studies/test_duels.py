"""Duels from many starts: each rule as alone at each rate, and counted as it says."""

from dataclasses import replace

import numpy as np
import pytest

import gdplay as gd
from gdplay.studies.duels import COLUMN, LOOKS, RATES, duels, in_budget, of_runs, seconds_of
from gdplay.teaching.defaults import default_race
from gdplay.words import number

HIMMELBLAU = gd.SURFACES["himmelblau"]
RULES = (gd.SGD(), gd.Momentum(), gd.Adam())
READING = duels(HIMMELBLAU, RULES, n_updates=100)


def alone(rule, start, n_updates):
    """The first update of one run at which it is on the target line; -1 where there is none."""
    (trace,) = gd.train(gd.Experiment(HIMMELBLAU, (gd.Run(rule),), start, n_updates))
    low = HIMMELBLAU.loss(trace.path) <= READING.target
    return int(low.argmax()) if low.any() else -1


@pytest.mark.parametrize("place", range(3))
def test_each_start_needs_as_many_updates_as_its_run_alone(place):
    entrant = READING.entrants[place]
    for at in (0, 37, 99):
        start = tuple(READING.starts[at].tolist())
        assert entrant.needed[at] == alone(entrant.run.optimizer, start, 100)


def test_a_start_on_the_target_line_counts_as_one_that_reached_it():
    assert READING.entrants[0]._replace(needed=np.array([0, 3, -1])).reached == 2


def test_every_rule_tries_the_same_rates_and_takes_the_one_with_the_fewest_updates():
    for entrant, rule in zip(READING.entrants, RULES, strict=True):
        assert len(entrant.means) == len(RATES) == 36
        best = int(entrant.means.argmin())
        assert entrant.run.optimizer == replace(rule, lr=RATES[best])
        counted = np.where(entrant.needed < 0, 100, entrant.needed)
        assert entrant.means[best] == pytest.approx(counted.mean())
    assert f"the same {len(RATES)} rates" in READING.words


def test_the_target_is_a_share_of_the_height_of_the_starts_over_the_lowest_minimum():
    assert READING.target == pytest.approx(0.01 * np.median(HIMMELBLAU.loss(READING.starts)))
    assert (READING.starts.min(), READING.starts.max()) == (-4.5, 4.5)
    assert f"loss {number(READING.target)}, where 1 % of the starts’ median height" in READING.words
    lower = duels(HIMMELBLAU, RULES[:1], n_updates=100, share=1e-6).entrants[0]
    assert lower.means.min() > READING.entrants[0].means.min()


def test_a_duel_counts_who_was_sooner_and_a_miss_as_later_than_all():
    plain, _, adam = (e.needed for e in READING.entrants)
    assert READING.duel(0, 2) == ((plain < adam).sum(), (plain > adam).sum(), (plain == adam).sum())
    assert READING.duel(2, 0)[:2] == READING.duel(0, 2)[1::-1]
    assert READING.rows[0][0] == "Plain step"
    assert READING.rows[0][3] == "{} : {}".format(*READING.duel(0, 2))
    hilly = duels(gd.SURFACES["rastrigin"], RULES[:2], side=5, n_updates=40)
    missed = [e.needed < 0 for e in hilly.entrants]
    assert (missed[0] & missed[1]).any()
    assert hilly.duel(0, 1).won >= (~missed[0] & missed[1]).sum()
    assert hilly.duel(0, 1).level >= (missed[0] & missed[1]).sum()


def test_on_four_hollows_the_plain_step_beats_adam_from_most_starts_and_on_ackley_adam_all():
    won, lost, _ = READING.duel(0, 2)
    assert won > 75 > 25 > lost
    assert f"**Plain step** beat **Adam** from **{won} of 100 starts**" in READING.words
    ackley = duels(gd.SURFACES["ackley"], RULES[::2], side=5, n_updates=80)
    assert ackley.ranking == [1, 0]
    assert ackley.duel(1, 0).won > 15


def test_runs_that_differ_in_the_rate_alone_are_one_entrant_with_the_colour_of_the_first():
    runs = (gd.Run(gd.SGD(0.1)), gd.Run(gd.SGD(0.2)), gd.Run(gd.Momentum(0.1)))
    race = gd.Experiment(HIMMELBLAU, runs, epochs=20)
    reading = of_runs(race, side=3)
    assert [(e.place, e.name) for e in reading.entrants] == [(0, "Plain step"), (2, "Momentum")]
    assert seconds_of(race) == pytest.approx(seconds_of(replace(race, runs=runs[1:])))


def test_what_cannot_be_raced_is_refused_by_name():
    with pytest.raises(ValueError, match="surface must have a minimum"):
        duels(gd.SURFACES["plain_saddle"], RULES)
    with pytest.raises(ValueError, match="box must be given"):
        duels(gd.Expression("x**2 + y**2"), RULES)
    wrong = {"side": (1, 16), "n_updates": (1001,), "share": (0.0, 1.0)}
    for field, value in ((field, value) for field, values in wrong.items() for value in values):
        with pytest.raises(ValueError, match=f"{field} must be from"):
            duels(HIMMELBLAU, RULES, **{field: value})
    assert in_budget(replace(default_race(HIMMELBLAU), epochs=5000)).epochs == 1000


def test_a_rule_that_arrives_from_nowhere_and_a_rate_at_the_edge_say_so():
    far = duels(gd.SURFACES["easom"], RULES[:1], box=((40, 41), (40, 41)), side=2, n_updates=3)
    assert "reaches the line from no start, at any rate" in far.words
    once = duels(HIMMELBLAU, RULES[:1], side=2, n_updates=1)
    assert "as 1 update in the mean" in once.words
    level = duels(gd.SURFACES["easom"], RULES[:2], box=((40, 41), (40, 41)), side=2, n_updates=3)
    assert "level from all 4 starts" in level.words
    flat = duels(gd.Expression("0.0001*(x**2 + y**2)"), RULES[:1], box=((-1, 2), (-1, 2)), side=2)
    assert "edge of the grid" in flat.words


def test_what_a_rule_needs_is_told_of_all_starts_and_a_miss_counts_as_later():
    """A rule that misses the far starts would look quicker than one that reaches them."""
    reading = duels(gd.SURFACES["rosenbrock"], RULES[:1], n_updates=400)
    (plain,) = reading.entrants
    missed = plain.needed < 0
    assert 50 < plain.reached < 100
    late = round(float(np.median(np.where(missed, 401, plain.needed))))
    assert late > 1.5 * np.median(plain.needed[~missed])
    mean = number(float(np.where(missed, 400, plain.needed).mean()))
    told = f"from {plain.reached} of 100 starts, in {late} updates (median), {mean} on average."
    assert told in reading.words
    steep = duels(gd.SURFACES["rastrigin"], RULES[:1], side=5, n_updates=40)
    assert steep.entrants[0].reached < 12
    assert "of 25 starts, no more than half: " in steep.words


def test_what_a_line_search_tried_on_its_way_to_the_line_is_counted_too():
    rules = (gd.OPTIMIZERS["armijo"], gd.SGD())
    reading = duels(HIMMELBLAU, rules, side=2, n_updates=30, share=0.01)
    searching, plain = reading.entrants
    assert plain.tried is None
    for start, needed, tried in zip(reading.starts, searching.needed, searching.tried, strict=True):
        experiment = gd.Experiment(HIMMELBLAU, (searching.run,), tuple(start), epochs=30)
        assert needed > 0
        assert tried == gd.replay(experiment, 0, int(needed)).new_state.t
    median = round(float(np.median(searching.tried)))
    assert f" and {median} evaluations of the loss (medians)" in reading.words


def test_duels_are_run_from_where_the_function_has_a_value():
    reading = duels(gd.Expression("x - log(x) + y**2"), [gd.SGD()], box=((-2, 2),) * 2, side=4)
    assert sorted({x for x, _ in reading.starts.tolist()}) == [0.5, 1.5]
    assert reading.entrants[0].reached == 8


def test_by_itself_a_duel_is_200_updates_long():
    assert duels(HIMMELBLAU, RULES[:1], side=2).n_updates == 200
    assert duels(HIMMELBLAU, RULES[:1], side=2, n_updates=1).n_updates == 1


def test_who_starts_on_the_line_was_there_at_once():
    plain, other, _ = READING.entrants
    needed = [np.array(updates) for updates in ([0, 3, -1, 5, -1], [2, 3, -1, -1, 7])]
    entrants = (plain._replace(needed=needed[0]), other._replace(needed=needed[1]))
    made = replace(READING, starts=np.zeros((5, 2)), entrants=entrants)
    assert made.duel(0, 1) == (2, 1, 2)


def test_a_rate_at_either_end_of_the_grid_says_so_and_one_within_it_does_not():
    for rate, edge in ((RATES[0], True), (RATES[1], False), (RATES[-2], False), (RATES[-1], True)):
        entrant = READING.entrants[0]._replace(run=gd.Run(gd.SGD(lr=rate)))
        assert ("edge of the grid" in replace(READING, entrants=(entrant,)).words) == edge, rate


def test_a_rule_that_reaches_the_line_from_half_of_the_starts_has_no_median():
    entrant = READING.entrants[0]
    for needed, told in (([1, 2, -1, -1], "no more than half: "), ([1, 2, 3, -1], "in 2 updates")):
        half = entrant._replace(needed=np.array(needed))
        made = replace(READING, starts=np.zeros((4, 2)), entrants=(half,))
        assert f"from {half.reached} of 4 starts, {told}" in made.words


def test_starts_are_the_middles_of_cells_and_the_target_line_stands_over_the_minimum():
    """Heights over 5 at the four starts: 0.3125 and 2.3125 twice each, so 1.3125 in the middle."""
    raised = gd.Expression("x**2 + y**2 + 5")
    reading = duels(raised, RULES[:1], box=((0, 2), (-1, 1)), side=2, n_updates=3)
    assert reading.starts.tolist() == [[0.5, -0.5], [1.5, -0.5], [0.5, 0.5], [1.5, 0.5]]
    assert reading.target == pytest.approx(5 + 0.01 * 1.5)


def test_a_run_that_reaches_the_line_with_its_last_update_has_reached_it():
    """Each update at rate 0.4 leaves 0.2 of the way, 0.04 of the loss; two leave 0.0016."""
    round_bowl = gd.Expression("x**2 + y**2")
    (plain,) = duels(round_bowl, RULES[:1], box=((-1, 1),) * 2, side=2, n_updates=2).entrants
    assert plain.run.optimizer.lr == 0.4
    assert plain.needed.tolist() == [2] * 4


def test_duels_take_as_long_as_their_runs_are_many_and_their_rules_ask_for_much():
    race = gd.Experiment(HIMMELBLAU, (gd.Run(gd.SGD()),), epochs=20)
    # 100 starts at 36 rates.
    assert seconds_of(race) == pytest.approx(COLUMN * HIMMELBLAU.seconds[0] * 100 * 36 * 20)
    newton = replace(race, runs=(gd.Run(gd.OPTIMIZERS["newton"]),))
    assert seconds_of(newton) == pytest.approx(LOOKS * seconds_of(race))


def test_a_search_that_starts_on_the_line_has_tried_nothing():
    reading = duels(HIMMELBLAU, [gd.OPTIMIZERS["armijo"]], side=4, n_updates=5, share=0.9)
    (searching,) = reading.entrants
    there = HIMMELBLAU.loss(reading.starts) <= reading.target
    assert 0 < there.sum() < 16
    assert (searching.needed == 0).tolist() == there.tolist()
    assert (searching.tried == 0).tolist() == there.tolist()


def test_rules_are_counted_while_they_are_tried_and_a_stop_leaves_out_the_rest():
    seen = []

    def first_two(done, total):
        seen.append((done, total))
        return done < 2

    reading = duels(HIMMELBLAU, RULES, side=2, n_updates=3, progress=first_two)
    assert [entrant.place for entrant in reading.entrants] == [0, 1]
    assert seen == [(0, 3), (1, 3), (2, 3)]
