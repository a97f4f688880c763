"""What the drawn plane promises: true losses, honest shares, a box that holds still."""

from dataclasses import dataclass, replace
from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest

import gdplay as gd
from gdplay.engine.training import Status
from gdplay.teaching.defaults import default_experiment, default_race
from gdplay.teaching.summary import slice_words
from gdplay.theory import sharpness
from gdplay.theory.landscape import (
    ASTRAY,
    BEHIND,
    BESIDE,
    PRINCIPAL,
    RANDOM,
    SHARPEST,
    STEP,
    Landscape,
    Plane,
    _excess,
    _root_metric,
    _units,
    best_seen,
    bounded,
    box_of,
    got_lower,
    landscape,
    plane_of,
    planes,
)

SETS = ["line", "ravine", "moons", "blobs", "iris", "diabetes", "linnerud"]
SEPARABLE = replace(
    default_experiment(gd.DATASETS["wine"]),
    problem=replace(default_experiment(gd.DATASETS["wine"]).problem, l2=0.0),
    epochs=5,
)
EXPERIMENTS = {name: replace(default_experiment(gd.DATASETS[name]), epochs=5) for name in SETS} | {
    "wine without a minimum": SEPARABLE,
    "valley": gd.Experiment(
        gd.SURFACES["valley"], (gd.Run(gd.SGD(lr=0.1)), gd.Run(gd.Momentum(lr=0.05))), (4.0, 2.0)
    ),
}
every_experiment = pytest.mark.parametrize("name", EXPERIMENTS)
with_a_choice = pytest.mark.parametrize(
    "name", [name for name, e in EXPERIMENTS.items() if e.problem.n_params > 2]
)


@cache
def trained(experiment):
    return gd.train(experiment)


def case(name):
    experiment = EXPERIMENTS[name]
    return experiment, trained(experiment)


def line(*rates, batch_size=None, **more):
    runs = tuple(gd.Run(gd.SGD(lr=rate), batch_size=batch_size) for rate in rates)
    return replace(default_experiment(), runs=runs, **more)


# The plane


@every_experiment
def test_two_parameters_are_drawn_as_they_are_and_more_on_a_chosen_plane(name):
    experiment, traces = case(name)
    problem = experiment.problem
    if problem.n_params == 2:
        plane = plane_of(experiment, traces)
        assert planes(problem) == ("0,1",)
        assert plane.names == problem.param_titles
        assert plane.share == 1.0
        np.testing.assert_array_equal(plane.coordinates([[3.0, -1.0]]), [[3.0, -1.0]])
    else:
        assert planes(problem)[0] == PRINCIPAL
        pairs = min(problem.n_params, 12) * (min(problem.n_params, 12) - 1) // 2
        assert len(planes(problem)) == 1 + pairs


@every_experiment
def test_every_plane_on_offer_has_axes_of_length_one_and_says_how_much_it_holds(name):
    experiment, traces = case(name)
    for choice in planes(experiment.problem)[:5]:
        plane = plane_of(experiment, traces, choice)
        np.testing.assert_allclose(np.linalg.norm(plane.axes, axis=1), 1, rtol=1e-12)
        np.testing.assert_allclose(plane.dual @ plane.axes.T, np.eye(2), atol=1e-8)
        assert 0 <= plane.share <= 1


def metric(problem):
    """The Hessian that variation is measured with, its flat directions lifted a little."""
    minimum = problem.minimum()
    hessian = problem.hessian(np.zeros(problem.n_params) if minimum is None else minimum)
    values, vectors = np.linalg.eigh(hessian)
    return vectors @ np.diag(np.maximum(values, 1e-6 * values[-1])) @ vectors.T


@with_a_choice
def test_the_principal_directions_are_orthogonal_in_the_metric_of_the_loss(name):
    experiment, traces = case(name)
    plane = plane_of(experiment, traces)
    bend = plane.axes @ metric(experiment.problem) @ plane.axes.T
    assert abs(bend[0, 1]) < 1e-8 * np.sqrt(bend[0, 0] * bend[1, 1])


@every_experiment
def test_coordinates_and_parameters_are_there_and_back(name):
    experiment, traces = case(name)
    spots = np.random.default_rng(0).normal(size=(3, 4, 2))
    for choice in planes(experiment.problem)[:3]:
        plane = plane_of(experiment, traces, choice)
        np.testing.assert_allclose(plane.coordinates(plane.params(spots)), spots, atol=1e-9)


@with_a_choice
def test_a_named_plane_shows_two_parameters_with_the_others_at_the_minimum(name):
    experiment, traces = case(name)
    problem = experiment.problem
    plane = plane_of(experiment, traces, "0,2")
    rest = np.delete(np.arange(problem.n_params), [0, 2])
    there = problem.minimum()
    there = best_seen(traces) if there is None else there
    params = plane.params(np.array([[0.3, -0.7], [5.0, 6.0]]))
    assert plane.names == (problem.param_titles[0], problem.param_titles[2])
    np.testing.assert_array_equal(params[:, [0, 2]], [[0.3, -0.7], [5.0, 6.0]])
    np.testing.assert_array_equal(params[:, rest], [there[rest]] * 2)


@with_a_choice
def test_no_pair_of_parameters_holds_more_of_the_paths_than_the_principal_directions(name):
    experiment, traces = case(name)
    shares = {c: plane_of(experiment, traces, c).share for c in planes(experiment.problem)}
    assert max(shares.values()) <= shares[PRINCIPAL] + 1e-9
    assert shares[PRINCIPAL] > 0.5


@pytest.mark.parametrize("name", ["blobs", "iris"])
def test_the_principal_directions_hold_nothing_of_directions_without_curvature(name):
    experiment = EXPERIMENTS[name]  # the same step for every class changes no prediction
    bare = replace(experiment, problem=replace(experiment.problem, l2=0.0))
    plane = plane_of(bare, trained(bare))
    per_class = plane.axes.reshape(2, bare.problem.n_classes, -1)
    np.testing.assert_allclose(per_class.sum(axis=1), 0, atol=1e-6)


@dataclass(frozen=True)
class Drought(gd.DATASETS["ravine"].__class__):
    """It never rains: one column is constant, and its weight changes nothing."""

    def _inputs(self, rng):
        return super()._inputs(rng) * [1.0, 0.0]


def test_a_weight_that_changes_nothing_does_not_spoil_the_plane():
    dry = gd.Fit(Drought(), gd.MODELS["linear"], standardize=True)
    experiment = gd.Experiment(dry, (gd.Run(gd.SGD(lr=0.1)),), epochs=9)
    assert np.linalg.eigvalsh(dry.hessian(np.zeros(3)))[0] == 0
    plane = plane_of(experiment, trained(experiment))
    low, high = box_of(experiment, trained(experiment), plane)
    assert plane.share == pytest.approx(1)
    assert np.all(np.isfinite([low, high]))


@with_a_choice
def test_the_share_is_that_of_the_paths_variation_in_the_metric_of_the_loss(name):
    experiment, traces = case(name)
    short = replace(experiment, runs=experiment.runs[:1], epochs=3)
    traces = trained(short)
    plane = plane_of(short, traces)
    centre = short.problem.minimum()
    centre = best_seen(traces) if centre is None else centre
    away = traces[0].path - centre
    seen = plane.params(plane.coordinates(away + centre)) - centre
    bends = metric(short.problem)
    held = np.sum(seen @ bends * seen) / np.sum(away @ bends * away)
    assert plane.share == pytest.approx(held, abs=1e-7)


@with_a_choice
def test_the_principal_directions_have_a_sign_of_their_own(name):
    experiment, traces = case(name)
    plane = plane_of(experiment, traces)
    largest = np.abs(plane.axes).argmax(axis=1)
    assert np.all(plane.axes[[0, 1], largest] > 0)
    again = plane_of(experiment, gd.train(experiment))
    np.testing.assert_array_equal(again.axes, plane.axes)
    turned = plane_of(experiment, traces[::-1])  # other rows first: other signs inside the SVD
    np.testing.assert_allclose(np.abs(turned.axes), np.abs(plane.axes), atol=1e-6)


@pytest.mark.parametrize("name", ["ravine", "iris"])
def test_where_every_run_diverges_there_is_still_a_plane_and_a_box(name):
    base = default_experiment(gd.DATASETS[name])
    wild = replace(base, runs=(gd.Run(gd.Momentum(lr=1000.0)),), epochs=400, n_seeds=1)
    traces = trained(wild)
    if traces[0].status[0] is not Status.DIVERGED:
        traces = (replace(traces[0], status=(Status.DIVERGED,)),)
    plane = plane_of(wild, traces)
    low, high = box_of(wild, traces, plane)
    assert plane.axes.shape == (2, wild.problem.n_params)
    np.testing.assert_allclose(plane.dual @ plane.axes.T, np.eye(2), atol=1e-8)
    assert np.all(np.isfinite([low, high]))
    assert np.all(low < high)


def test_a_start_at_the_minimum_has_a_plane_and_a_box():
    base = default_experiment(gd.DATASETS["ravine"])
    there = tuple(base.problem.minimum().tolist())
    calm = replace(base, start=there, runs=base.runs[:1], epochs=2)
    plane = plane_of(calm, trained(calm))
    low, high = box_of(calm, trained(calm), plane)
    assert plane.share == pytest.approx(1) or 0 <= plane.share <= 1
    assert np.all(low < high)


# The ground


@every_experiment
def test_the_grid_holds_the_true_loss(name):
    experiment, traces = case(name)
    problem = experiment.problem
    plane = plane_of(experiment, traces)
    land = landscape(problem, plane, box_of(experiment, traces, plane), 7)
    assert land.loss.shape == (7, 7)
    for j, i in [(0, 0), (2, 5), (5, 2), (6, 6)]:
        params = plane.params([land.x[i], land.y[j]])
        assert land.loss[j, i] == pytest.approx(float(problem.loss(params)), rel=1e-12)


@every_experiment
def test_the_minimum_is_marked_where_there_is_one(name):
    experiment, traces = case(name)
    problem = experiment.problem
    plane = plane_of(experiment, traces)
    land = landscape(problem, plane, box_of(experiment, traces, plane), 9)
    if problem.minimum() is None:
        assert land.minimum is None
    else:
        np.testing.assert_array_equal(land.minimum, plane.coordinates(problem.minimum()))
        lowest = float(problem.loss(problem.minimum()))
        assert lowest <= land.loss.min() + 1e-9 * abs(land.loss.min())


# The box


@every_experiment
def test_the_box_holds_the_start_the_minimum_and_every_path_that_got_lower(name):
    experiment, traces = case(name)
    minimum = experiment.problem.minimum()
    for choice in planes(experiment.problem)[:3]:
        plane = plane_of(experiment, traces, choice)
        low, high = box_of(experiment, traces, plane)
        inside = [traces[0].path[:1], *(trace.path for trace in traces if got_lower(trace))]
        inside += [] if minimum is None else [minimum[None]]
        spots = plane.coordinates(np.vstack(inside))
        assert np.all((low < spots) & (spots < high))


def test_the_box_holds_swings_that_thinning_would_pass_over():
    # Steps alternate between two sides: every second state of a thinned path is on one of them.
    swinging = line(0.985 * 2 / gd.curvature(default_experiment().problem).L, epochs=450)
    swinging = replace(swinging, start=(1.0, 2.0))
    (trace,) = traces = trained(swinging)
    low, high = box_of(swinging, traces, plane_of(swinging, traces))
    assert np.all((low < trace.path) & (trace.path < high))


STARTS = [(4.0, 2.0), (-4.0, 0.1), (4.0, 0.0), (0.0, -1.0)]


def reaches(start):
    """How far the box on the valley reaches from the minimum at 0: to the start, and behind."""
    valley = gd.Expression("x**2 + 4*y**2")  # which has no box of its own
    calm = gd.Experiment(valley, (gd.Run(gd.SGD(lr=0.01)),), start=start, epochs=5)
    low, high = box_of(calm, trained(calm), plane_of(calm, trained(calm)))
    ahead = np.array(start) >= 0
    return np.where(ahead, high, -low), np.where(ahead, -low, high)


@pytest.mark.parametrize("start", STARTS)
def test_the_box_reaches_most_as_far_behind_the_minimum_as_to_the_start(start):
    towards, behind = reaches(start)
    np.testing.assert_allclose(behind, BEHIND * towards, rtol=1e-12)
    assert 0.5 < BEHIND < 1


@pytest.mark.parametrize("start", STARTS)
def test_the_start_is_well_inside_and_no_side_is_much_lower_than_it(start):
    valley, (towards, behind) = gd.SURFACES["valley"], reaches(start)
    assert np.all(np.abs(start) <= 0.8 * towards + 1e-12)
    furthest = max(valley.loss([start[0], 0.0]), valley.loss([0.0, start[1]]))
    for reach, least in ((towards, 0.15), (behind, 0.15 * BEHIND**2)):
        for edge in ([reach[0], 0.0], [0.0, reach[1]]):
            assert least * furthest <= valley.loss(edge) <= 1.6 * furthest


@pytest.mark.parametrize("key", ["turned", "himmelblau", "cliff", "plain_saddle"])
def test_the_picture_of_a_function_with_a_box_stays_wherever_in_it_the_race_starts(key):
    race = default_race(gd.SURFACES[key])
    low, high = np.transpose(race.problem.box)
    for share in ((0.1, 0.2), (0.5, 0.9), (0.8, 0.4)):
        there = replace(race, start=tuple((low + share * (high - low)).tolist()))
        plane = plane_of(there, trained(there))
        np.testing.assert_array_equal(box_of(there, trained(there), plane), (low, high))
    outside = replace(race, start=tuple((2 * high - low).tolist()), epochs=1)
    lower, higher = box_of(outside, trained(outside), plane_of(outside, trained(outside)))
    assert np.all(np.array(outside.start) < higher)
    assert np.all(lower <= low)


def test_a_diverged_path_does_not_stretch_the_box():
    calm, wild = line(0.05), line(0.05, 3.0)
    plane = plane_of(calm, trained(calm))
    assert trained(wild)[1].status[0] is Status.DIVERGED
    np.testing.assert_array_equal(
        box_of(wild, trained(wild), plane), box_of(calm, trained(calm), plane)
    )


def test_a_path_that_keeps_growing_does_not_stretch_the_box():
    limit = 2 / gd.curvature(default_experiment().problem).L
    calm, wild = line(0.05), line(0.05, 1.05 * limit)
    plane = plane_of(calm, trained(calm))
    assert trained(wild)[1].status[0] is Status.EXHAUSTED
    assert not bounded(trained(wild)[1])
    np.testing.assert_array_equal(
        box_of(wild, trained(wild), plane), box_of(calm, trained(calm), plane)
    )


def test_a_path_that_hovers_above_its_start_is_inside_the_box():
    there = tuple(default_experiment().problem.minimum().tolist())
    hovering = line(0.1, batch_size=1, start=there)
    (trace,) = traces = trained(hovering)
    low, high = box_of(hovering, traces, plane_of(hovering, traces))
    assert not got_lower(trace)
    assert bounded(trace)
    assert np.all((low < trace.path) & (trace.path < high))


@pytest.mark.parametrize("factor", [0.97, 1.03])
def test_the_box_stays_while_a_rate_is_dragged_a_little(factor):
    before = default_experiment()
    after = replace(
        before,
        runs=tuple(
            replace(run, optimizer=replace(run.optimizer, lr=run.optimizer.lr * factor))
            for run in before.runs
        ),
    )
    plane = plane_of(before, trained(before))
    np.testing.assert_array_equal(
        box_of(before, trained(before), plane), box_of(after, trained(after), plane)
    )


def test_the_box_grows_in_steps():
    start = tuple(np.add(default_experiment().problem.minimum(), (0.05, 0.0)).tolist())
    sides = []
    for rate in np.linspace(0.01, 0.4, 10):
        hovering = line(float(rate), batch_size=1, start=start, epochs=5)
        plane = Plane(np.zeros(2), np.eye(2), np.eye(2), ("", ""))
        low, high = box_of(hovering, trained(hovering), plane)
        centre = hovering.problem.minimum()
        sides.append([centre - low, high - centre])
    steps = np.log(np.array(sides) / sides[0]) / np.log(STEP)
    np.testing.assert_allclose(steps, steps.round(), atol=1e-9)
    assert steps.max() >= 3


def test_a_parameter_that_changes_nothing_does_not_blow_up_the_box():
    digits = gd.Fit(gd.DATASETS["digits"], gd.MODELS["softmax"], standardize=True)
    blank = [i for i, name in enumerate(digits.param_names[:10]) if name == "pixel 0,0 (0)"]
    experiment = gd.Experiment(digits, (gd.Run(gd.SGD(lr=0.1)),), epochs=1)
    traces = trained(experiment)
    plane = plane_of(experiment, traces, f"0,{blank[0]}")
    low, high = box_of(experiment, traces, plane)
    assert np.all((high - low) < 1e9)


# What is judged of paths


def test_the_best_seen_is_the_lowest_loss_at_any_epochs_end_of_any_run_and_seed():
    experiment = line(0.1, 3.0, 0.02, batch_size=16, n_seeds=5, epochs=4)
    traces = trained(experiment)
    lowest = min(np.nanmin(trace.loss) for trace in traces)
    assert float(experiment.problem.loss(best_seen(traces))) == pytest.approx(lowest, rel=1e-12)


def test_a_run_at_its_limit_got_no_higher_though_rounding_says_so():
    experiment = line(2 / gd.curvature(default_experiment().problem).L, epochs=300)
    (trace,) = trained(experiment)
    assert got_lower(trace)
    nudged = replace(trace, loss=np.array([[1.0, 1.0 + 1e-13]]))
    assert got_lower(nudged)
    assert not got_lower(replace(trace, loss=np.array([[1.0, 1.0 + 1e-6]])))


def test_a_run_that_diverged_in_its_first_epoch_is_neither_lower_nor_bounded():
    (trace,) = trained(line(1000.0, epochs=3, batch_size=1))
    assert trace.status[0] is Status.DIVERGED
    assert not got_lower(trace)
    assert not bounded(trace)


# Planes that networks have


def a_network():
    fit = gd.Fit(gd.DATASETS["moons"], gd.MODELS["mlp"], standardize=True)
    experiment = gd.Experiment(fit, (gd.Run(gd.SGD(lr=0.3)), gd.Run(gd.SGD(lr=0.3), 16)), epochs=5)
    return experiment, trained(experiment)


def test_a_network_offers_planes_where_it_bends_most_and_along_random_directions():
    experiment, traces = a_network()
    assert planes(experiment.problem)[:4] == (PRINCIPAL, SHARPEST, RANDOM, "0,1")
    best = best_seen(traces)
    for choice in (SHARPEST, RANDOM):
        plane = plane_of(experiment, traces, choice)
        np.testing.assert_allclose(np.linalg.norm(plane.axes, axis=1), 1, rtol=1e-12)
        np.testing.assert_allclose(plane.dual @ plane.axes.T, np.eye(2), atol=1e-12)
        np.testing.assert_array_equal(plane.origin, best)
        assert plane.share < plane_of(experiment, traces).share
        assert plane.about in slice_words(experiment, plane)
    assert "no proof of a smooth loss" in plane.about
    assert "the paths move most" in plane_of(experiment, traces).about


def test_the_sharpest_directions_are_the_top_two_eigenvectors_found_either_way(monkeypatch):
    fit = a_network()[0].problem
    params = np.random.default_rng(0).normal(size=fit.n_params)
    vectors = np.linalg.eigh(fit.hessian(params))[1]
    exact = sharpness.sharpest(fit, params)
    np.testing.assert_allclose(np.abs((exact * vectors.T[[-1, -2]]).sum(axis=1)), 1, rtol=1e-9)
    assert (exact.max(axis=1) == np.abs(exact).max(axis=1)).all()
    monkeypatch.setattr(sharpness, "EXACT", 0)
    np.testing.assert_allclose(sharpness.sharpest(fit, params), exact, atol=1e-5)


def test_random_directions_are_as_long_as_the_weights_of_each_unit_and_so_is_the_box():
    experiment, traces = a_network()
    plane, fit = plane_of(experiment, traces, RANDOM), experiment.problem
    wiring = fit.model.wiring(2, 2)
    each = zip(wiring.split(plane.axes * plane.reach), wiring.split(plane.origin), strict=True)
    for drawn, own in each:
        lengths = np.linalg.norm(own, axis=1)
        np.testing.assert_allclose(np.linalg.norm(drawn, axis=2), [lengths, lengths], rtol=1e-9)
    low, high = box_of(experiment, traces, plane)
    middle = plane.coordinates(best_seen(traces))
    assert (high - middle >= plane.reach - 1e-9).all()
    assert (middle - low >= plane.reach - 1e-9).all()


def test_heights_leave_out_what_lies_far_above_nine_in_ten_and_below_where_there_is_no_minimum():
    plane = plane_of(*case("line"))
    side = np.arange(10.0)
    loss = np.linspace(1, 2, 100).reshape(10, 10)
    few, most = np.quantile(loss, (0.1, 0.9))
    assert Landscape(plane, side, side, loss, None).heights == (1.0, 2.0)
    hole, peak = loss.copy(), loss.copy()
    hole[0, 0], peak[-1, -1], peak[0, 1] = -50, 1000, np.nan
    open_, closed = (Landscape(plane, side, side, hole, there) for there in (None, np.zeros(2)))
    assert open_.heights == pytest.approx((few - 2 * (most - few), 2.0))
    assert closed.heights == (-50.0, 2.0)
    few, most = np.nanquantile(peak, (0.1, 0.9))
    low, high = Landscape(plane, side, side, peak, None).heights
    assert (low, high) == (1.0, pytest.approx(most + 30 * (most - 1)))
    assert Landscape(plane, side, side, np.full((10, 10), np.inf), None).heights == (0.0, 1.0)


def test_a_grid_has_as_many_places_as_a_function_asks_for_and_else_sixty():
    surface = gd.SURFACES["rastrigin"]
    for problem, side in ((surface, 121), (EXPERIMENTS["line"].problem, 60)):
        race = gd.Experiment(problem, (gd.Run(gd.SGD()),), epochs=1)
        plane = plane_of(race, gd.train(race))
        box = np.array([-1.0, -1.0]), np.array([1.0, 1.0])
        assert landscape(problem, plane, box).loss.shape == (side, side)


def test_a_few_states_far_out_make_a_box_grow_by_five_times_what_most_of_the_path_reaches():
    out = np.full((100, 3), [0.2, 1.0, 0.2])
    out[-5:] = [50, 50, 1.4]
    # Nine of ten reach 0.2, which counts as half a box, or 1; what is near enough has a margin.
    assert _excess(out).tolist() == pytest.approx([ASTRAY * 0.5, ASTRAY * 1.0, 1.05 * 1.4])
    assert ASTRAY == 5
    assert _excess(out[:50]).tolist() == pytest.approx([1, 1.05, 1])


def test_without_a_path_the_first_order_of_the_rows_is_what_a_plane_is_laid_through():
    base = default_experiment(gd.DATASETS["iris"])
    experiment = replace(base, runs=base.runs[1:2], epochs=5, n_seeds=2)
    bare = gd.train(experiment, record_path=False)
    plane = plane_of(experiment, bare)
    alone = [replace(bare[0], params=bare[0].params[:1], loss=bare[0].loss[:1])]
    np.testing.assert_array_equal(plane.axes, plane_of(experiment, alone).axes)


def test_a_picture_goes_on_beyond_the_usual_start_by_a_twenty_fifth_of_its_side(monkeypatch):
    """From -2 to 2, where the usual start is at -2."""
    camel = gd.SURFACES["six_hump_camel"]
    race = replace(default_race(camel), start=(0.5, 0.5), epochs=1)
    low, high = box_of(race, trained(race), plane_of(race, trained(race)))
    assert BESIDE == 1 / 25
    assert low.tolist() == pytest.approx([-2 - 4 / 25, -1.2])
    assert high.tolist() == pytest.approx([2, 1.2])
    monkeypatch.setattr(type(camel), "start", (2.0, 1.2))
    low, high = box_of(race, trained(race), plane_of(race, trained(race)))
    assert low.tolist() == pytest.approx([-2, -1.2])
    assert high.tolist() == pytest.approx([2 + 4 / 25, 1.2 + 2.4 / 25])


@pytest.mark.parametrize("bend", [4e-6, 4.0, 4e6])
def test_a_direction_that_does_not_bend_is_drawn_as_if_it_did_by_a_trillionth_of_the_other(bend):
    bent = SimpleNamespace(products=lambda at, axes: axes * [bend, 0.0])
    plane = Plane(np.zeros(2), np.eye(2), np.eye(2), ("a", "b"))
    units = _units(bent, plane, np.zeros(2))
    np.testing.assert_allclose(units * np.sqrt(bend), [1, 1e6])
    flat = SimpleNamespace(products=lambda at, axes: axes * 0.0)
    assert _units(flat, plane, np.zeros(2)).tolist() == [1, 1]


def test_a_run_above_its_start_is_bounded_where_its_second_half_is_half_as_high_again_at_most():
    (trace,) = trained(line(0.1))
    for late, held in ((1.4, True), (1.49, True), (1.51, False), (2.0, False)):
        swings = replace(trace, loss=np.array([[1.0, 2.0, 1.5, 2.0, 2 * late, 1.5]]))
        assert bounded(swings) == held


def test_distance_is_measured_by_the_hessian_where_the_loss_is_a_bowl_and_plainly_on_networks():
    fit = default_experiment().problem
    root = _root_metric(fit)
    np.testing.assert_allclose(root @ root, fit.hessian(fit.minimum()))
    network = gd.Fit(gd.DATASETS["moons"], gd.MODELS["mlp"])
    np.testing.assert_array_equal(_root_metric(network), np.eye(network.n_params))


def test_what_principal_directions_are_chosen_by_is_said_where_it_is_the_loss():
    """On Iris single rows hover widely along one, and runs come a longer way along the other."""
    iris = default_experiment(gd.DATASETS["iris"])
    plane = plane_of(iris, gd.train(iris))
    ways = np.ptp(plane.coordinates(gd.train(iris)[0].path), axis=0)
    assert ways[0] < ways[1] / 5
    assert plane.titles == ("most effect", "2nd most")
    assert "the paths' movement changes the loss most" in slice_words(iris, plane)
