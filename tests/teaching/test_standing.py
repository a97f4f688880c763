"""How runs stand: what is read off a curve, when values are level, and who is lost."""

from dataclasses import replace
from math import inf

import numpy as np
import pytest

import gdplay as gd
from gdplay.experiment import labels
from gdplay.teaching.standing import Truth, _between, begin_of, counted, level, reach, stands_at
from gdplay.theory.measures import METRICS, reference
from tests import trained


@pytest.mark.parametrize(
    ("values", "at", "value"),
    [
        ((1.0, 16.0), 1.5, 8.0),  # losses fall along a straight line on a logarithmic scale
        ((-1.0, 3.0), 1.5, 2.0),
        ((0.0, 4.0), 0.5, 1.0),
        ((4.0, 0.0), 0.5, 3.0),
        ((1.0, inf), 0.0, 1.0),
        ((1.0, inf), 0.1, inf),
        ((1.0, 16.0), -5.0, 1.0),
        ((1.0, 16.0), 5.0, 16.0),
        ((-0.1, 0.3), 2.0, 0.3),
    ],
)
def test_between_two_points_is_read_along_their_line_and_beyond_them_the_nearer(values, at, value):
    assert _between((0.0, 2.0), values, at) == pytest.approx(value, rel=1e-15)


def test_at_a_jump_counts_what_it_leads_to():
    assert _between((1.0, 1.0), (2.0, 5.0), 1.0) == 5.0


@pytest.mark.parametrize(
    ("a", "b", "least", "is_level"),
    [
        (1.0, 1.009, 0.0, True), (1.009, 1.0, 0.0, True), (1.0, 1.02, 0.0, False),
        (-1.0, -1.009, 0.0, True), (-1.0, 1.0, 0.0, False), (0.0, 0.0, 0.0, True),
        (1e-7, 9e-7, 1e-6, True), (1e-7, 9e-7, 8e-7, False), (inf, inf, 0.0, True),
        (1.0, inf, 0.0, False),
    ],
)  # fmt: skip
def test_values_within_a_hundredth_of_the_larger_are_level(a, b, least, is_level):
    assert level(a, b, least) is is_level
    assert level(a, b) is ((is_level and least == 0) or a == b)


LINE = gd.default_experiment()
"""30 epochs of 1, 20 and 200 updates, of 200 rows."""


def test_all_runs_have_had_as_much_as_the_shortest_has_by_its_end():
    for along, expected in (("epochs", 30), ("updates", 30), ("examples", 6000)):
        assert reach(LINE, (0, 1, 2), along) == expected
    assert reach(LINE, (1, 2), "updates") == 600
    assert reach(LINE, (0, 1), "seconds", [0.5, 0.01, 1.0]) == pytest.approx(6)
    own = replace(LINE, runs=(replace(LINE.runs[0], epochs=7), *LINE.runs[1:]))
    assert reach(own, (0, 2), "epochs") == 7


def truth(rates=(0.1, 0.2, 50.0), metric="loss", **more):
    runs = tuple(gd.Run(gd.SGD(lr=rate)) for rate in rates)
    experiment = replace(LINE, runs=runs, **more)
    return Truth(experiment, trained(experiment), METRICS[metric], "epochs", None)


def test_runs_stand_by_their_values_and_lost_ones_apart():
    made = truth()
    stands = stands_at(made, (0, 1, 2), 4.0)
    losses = [float(trace.loss[0, 4]) for trace in made.traces[:2]]
    assert losses[1] < losses[0]
    assert (stands.last, stands.lost) == ([1, 0], {2})
    assert [stands.values[place] for place in (0, 1)] == pytest.approx(losses)
    assert stands.values[2] == inf
    assert [stands.span(place) for place in (0, 1)] == [range(2, 3), range(1, 2)]
    assert stands.name(1) == f"**{labels(made.experiment)[1]}**"
    same = stands_at(truth((0.1, 0.1, 0.2)), (0, 1, 2), 4.0)
    assert same.last == [2, 0, 1]
    assert [same.span(place) for place in (0, 1, 2)] == [range(2, 4), range(2, 4), range(1, 2)]


def test_where_more_is_better_the_highest_stands_first_and_a_lost_run_at_none():
    moons = gd.default_experiment(gd.DATASETS["moons"])
    runs = tuple(gd.Run(gd.SGD(lr=rate)) for rate in (1e-4, 1.0))
    experiment = replace(moons, runs=runs, start=(0.0, 1.0, 1.0), epochs=20)
    made = Truth(experiment, trained(experiment), METRICS["accuracy"], "epochs", None)
    values = [float(made.values(place, np.array([20.0]))[0]) for place in (0, 1)]
    assert values[0] < values[1]
    assert stands_at(made, (0, 1), 20.0).last == [1, 0]


def test_half_of_the_orders_of_the_rows_make_a_run_lost():
    for n_seeds, enough in ((4, 2), (5, 3)):
        made = truth((0.1,), n_seeds=n_seeds)
        (trace,) = made.traces
        for gone in range(n_seeds + 1):
            status = (gd.Status.DIVERGED,) * gone + (gd.Status.EXHAUSTED,) * (n_seeds - gone)
            assert replace(made, traces=[replace(trace, status=status)]).lost(0) == (gone >= enough)


def test_from_where_it_diverged_on_a_run_stands_at_the_worst():
    made = truth((0.1, 50.0))
    at = made.traces[1].diverged_at[0]
    before, there = made.values(1, np.array([at - 1.0, float(at)]))
    assert before < inf
    assert there == inf
    assert made.end((0, 1)) == 30
    first = made.traces[0]
    stopped = replace(
        first, status=(gd.Status.CANCELLED,), path=first.path[:6],
        path_updates=first.path_updates[:6],
    )  # fmt: skip
    assert replace(made, traces=[stopped, made.traces[1]]).end((0, 1)) == 5


def test_an_excess_below_a_millionth_of_a_millionth_of_the_lowest_loss_is_rounding():
    low = float(LINE.problem.loss(LINE.problem.minimum()))
    assert truth(metric="excess").least == pytest.approx(1e-12 * low)
    assert truth().least == 0


def test_amounts_are_told_whole_where_they_are():
    assert counted(3.0, "epochs") == "3 epochs"
    assert counted(2.5, "epochs") == "2.5 epochs"
    assert counted(1.0, "updates") == "1 update"


def test_a_run_that_keeps_growing_leaves_and_one_that_is_lost_or_comes_down_does_not():
    limit = gd.curvature(LINE.problem).limit
    made = truth((0.1, 1.1 * limit, 50.0))
    assert [made.lost(place) for place in range(3)] == [False, False, True]
    assert [made.leaves(place) for place in range(3)] == [False, True, False]


def test_where_a_run_was_lost_an_accuracy_is_none():
    moons = gd.default_experiment(gd.DATASETS["moons"])
    (trace,) = trained(replace(moons, runs=(gd.Run(gd.SGD(lr=1.0)),), epochs=6))
    gone = replace(trace, status=(gd.Status.DIVERGED,), diverged_at=(4,))
    made = Truth(replace(moons, runs=moons.runs[:1]), [gone], METRICS["accuracy"], "epochs", None)
    values = made.values(0, np.array([3.0, 4.0, 5.0]))
    assert values[0] > 0.5
    assert values[1:].tolist() == [0, 0]


def test_of_several_orders_the_median_at_epochs_ends_is_read_and_of_one_its_path():
    runs = (gd.Run(gd.SGD(lr=0.1), 10),)
    for n_seeds in (1, 2, 3):
        experiment = replace(LINE, runs=runs, epochs=2, n_seeds=n_seeds)
        (trace,) = trained(experiment)
        made = Truth(experiment, [trace], METRICS["loss"], "updates", None)
        assert made.values(0, np.array([20.0]))[0] == pytest.approx(np.median(trace.loss[:, 1]))
    experiment = replace(LINE, runs=runs, epochs=2)
    (trace,) = trained(experiment)
    value = Truth(experiment, [trace], METRICS["loss"], "updates", None).values(0, np.array([7.0]))
    assert value[0] == pytest.approx(float(LINE.problem.loss(trace.path[7])))
    between = Truth(experiment, [trace], METRICS["loss"], "updates", None).values(
        0, np.array([0.5])
    )
    assert between[0] == pytest.approx(np.sqrt(np.prod(LINE.problem.loss(trace.path[:2]))))


def test_all_runs_begin_with_the_starts_value():
    started = replace(LINE, start=(1.0, 1.0))
    origin = reference(started, trained(started))
    loss = float(LINE.problem.loss(np.ones(2)))
    assert begin_of(started, METRICS["loss"], origin) == pytest.approx(loss)
