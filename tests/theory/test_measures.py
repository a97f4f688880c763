"""What is read off a trace, checked against the trace itself."""

from dataclasses import replace
from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gdplay as gd
from gdplay.engine.training import DIVERGED_AT, MAX_PATH, Status
from gdplay.memory import Shelf
from gdplay.own_rows.table import Table
from gdplay.studies import sharpness
from gdplay.teaching.defaults import default_experiment
from gdplay.teaching.networks import default_networks
from gdplay.theory import measures
from gdplay.theory.landscape import best_seen
from gdplay.theory.measures import (
    AXES,
    METRICS,
    NEAR,
    Reference,
    affordable,
    bound_of,
    crowds,
    divergence_words,
    epochs_to_arrive,
    final_params,
    first_within,
    last_losses,
    losses,
    lost_at,
    lost_when,
    may_return,
    metrics_for,
    metrics_left_out,
    over_seeds,
    picked,
    recorded,
    reference,
    share_of_rises,
    thinned,
    titled,
    together,
    without_rows,
)

BASE = replace(default_experiment(), epochs=6)
MOONS = default_experiment(gd.DATASETS["moons"])
OWN = Table(np.linspace(0, 1, 2000)[:, None] ** 3, np.linspace(0, 1, 2000))
HELD_OUT = replace(MOONS, problem=replace(MOONS.problem, test_size=0.3), epochs=3)
PROBLEMS = {
    "line": BASE.problem,
    "moons": MOONS.problem,
    "moons held out": HELD_OUT.problem,
    "valley": gd.SURFACES["valley"],
}


@cache
def trained(experiment):
    return gd.train(experiment)


def along(*loss):
    """A trace of one seed with these losses at its epochs' ends, and a path of the same states."""
    (trace,) = trained(replace(BASE, runs=BASE.runs[:1]))
    loss = np.array(loss, dtype=float)
    return replace(trace, loss=loss[None], path_updates=np.arange(len(loss)))


ORIGIN = Reference(np.zeros(2), 0.0, True)


# The reference


@pytest.mark.parametrize("name", ["line", "ravine", "moons", "iris"])
def test_excess_is_measured_from_the_minimum_where_there_is_one(name):
    experiment = replace(default_experiment(gd.DATASETS[name]), epochs=1)
    origin = reference(experiment, trained(experiment))
    assert origin.exact
    assert origin.title == "the minimum"
    np.testing.assert_array_equal(origin.params, experiment.problem.minimum())
    assert origin.loss == float(experiment.problem.loss(origin.params))


def test_without_a_minimum_excess_is_measured_from_the_best_epochs_end_of_any_run():
    fit = replace(default_experiment(gd.DATASETS["wine"]).problem, l2=0.0)
    experiment = replace(default_experiment(gd.DATASETS["wine"]), problem=fit, epochs=3)
    traces = trained(experiment)
    origin = reference(experiment, traces)
    assert not origin.exact
    assert origin.title == "the best seen"
    assert origin.loss == pytest.approx(min(trace.loss.min() for trace in traces), rel=1e-12)
    np.testing.assert_array_equal(origin.params, best_seen(traces))


# Metrics


@pytest.mark.parametrize("problem", PROBLEMS.values(), ids=PROBLEMS)
def test_every_metric_is_what_it_says(problem):
    points = np.random.default_rng(0).normal(size=(2, 3, problem.n_params))
    origin = Reference(np.arange(problem.n_params) / 2, 0.25, True)
    expected = {
        "loss": lambda p: float(problem.loss(p)),
        "excess": lambda p: float(problem.loss(p)) - 0.25,
        "distance": lambda p: float(np.sqrt(np.sum((p - origin.params) ** 2))),
        "gradient": lambda p: float(np.sqrt(np.sum(problem.gradient(p) ** 2))),
        "test": lambda p: float(problem.test_loss(p)),
        "accuracy": lambda p: float(np.mean(problem.predict(p, problem.X) == problem.y)),
    }
    for key in metrics_for(problem):
        metric = METRICS[key]
        if metric.of is None:
            assert key in {"running", "batch", "sharpness"}
            continue
        found = metric.of(problem, origin, points)
        assert found.shape == (2, 3)
        each = [[expected[key](p) for p in row] for row in points]
        np.testing.assert_allclose(found, each, rtol=1e-12, atol=1e-14)


def test_only_metrics_that_mean_something_are_on_offer():
    missing = {name: set(METRICS) - set(metrics_for(problem)) for name, problem in PROBLEMS.items()}
    assert missing == {
        "line": {"accuracy", "test"},
        "moons": {"test"},
        "moons held out": set(),
        "valley": {"accuracy", "test", "running", "batch"},
    }


def test_what_means_nothing_on_rows_is_told_with_why():
    for problem in PROBLEMS.values():
        told, missing = metrics_left_out(problem), set(METRICS) - set(metrics_for(problem))
        on_rows = isinstance(problem, gd.Fit)
        assert told.count(" is not on offer: ") == on_rows * len(missing)
        assert ": ." not in told
    assert metrics_left_out(BASE.problem) == (
        "Test loss is not on offer: no rows are held out. "
        "Training accuracy is not on offer: a number is predicted."
    )


@pytest.mark.parametrize("problem", PROBLEMS.values(), ids=PROBLEMS)
def test_a_metric_that_means_nothing_here_has_no_values(problem):
    points = np.zeros((4, problem.n_params))
    for key in set(METRICS) - set(metrics_for(problem)):
        if METRICS[key].of is not None:
            assert np.all(np.isnan(METRICS[key].of(problem, ORIGIN, points)))


def test_where_values_come_from_is_said_once_and_losses_say_when_they_are_taken():
    for metric in METRICS.values():
        assert [metric.of is None, metric.notes is None, not metric.costly].count(False) == 1
    losses = {key for key, metric in METRICS.items() if metric.is_loss}
    assert losses == {"loss", "running", "batch", "test"}


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        (("loss",), ("loss", "batch"), ("loss", "batch")),
        (("loss", "batch"), ("batch",), ("batch",)),
        (("loss", "batch"), ("loss", "batch", "distance"), ("distance",)),
        (("distance",), ("distance", "loss"), ("loss",)),
        (("distance",), ("distance", "gradient"), ("gradient",)),
        (("distance",), (), ("distance",)),
    ],
)
def test_losses_stand_together_and_any_other_value_alone(before, after, wanted):
    assert picked(before, after) == wanted


def test_of_what_a_link_asks_for_only_what_goes_together_is_drawn():
    line = PROBLEMS["line"]
    assert together(("loss", "batch", "test"), line) == ("loss", "batch")
    assert together(("loss", "distance"), line) == ("loss",)
    assert together(("distance", "accuracy"), line) == ("distance",)
    assert together(("accuracy", "test"), line) == ("loss",)


# Axes


def test_amounts_are_told_as_people_read_them():
    told = {key: [axis.words(amount) for amount in (1, 2.5, 12345)] for key, axis in AXES.items()}
    assert told == {
        "epochs": ["1 epoch", "2.5 epochs", "12\u202f345 epochs"],
        "updates": ["1 update", "2.5 updates", "12\u202f345 updates"],
        "examples": ["1 example", "2.5 examples", "12\u202f345 examples"],
        "seconds": ["1 s", "2.5 s", "12300 s"],
    }
    assert AXES["seconds"].words(0.00123) == "1.23 ms"


@pytest.mark.parametrize("size", [10, 11])
def test_an_axis_opens_logarithmic_where_one_run_makes_twenty_times_the_updates(size):
    runs = tuple(gd.Run(gd.SGD(lr=0.1), rows) for rows in (None, size))
    experiment = replace(gd.default_experiment(), runs=runs)
    opens = {key for key in AXES if crowds(experiment, key)}
    assert opens == ({"updates", "seconds"} if size == 10 else set())


RUNS = [
    gd.Run(gd.SGD(), batch_size=size, drop_last=drop)
    for size in (None, 1, 7, 64, 100, 200)
    for drop in (False, True)
]


def walk(run, n, epochs):
    """Count, row by row, what an axis should say after each update."""
    seen, places = 0, [(0.0, 0, 0)]
    for epoch in range(epochs):
        left, within = n, 0
        while left >= (run.rows(n) if run.drop_last else 1):
            rows = min(run.rows(n), left)
            left, seen, within = left - rows, seen + rows, within + 1
            places.append((epoch + within / run.updates_per_epoch(n), len(places), seen))
    return np.array(places, dtype=float).T


@pytest.mark.parametrize("run", RUNS, ids=lambda run: f"{run.batch_size}{'-drop' * run.drop_last}")
def test_every_axis_counts_what_a_loop_over_batches_counts(run):
    n = 200
    epochs, updates, examples = walk(run, n, 3)
    whole = updates.astype(int)
    assert whole[-1] == 3 * run.updates_per_epoch(n)
    np.testing.assert_allclose(AXES["epochs"].at(run, n, 0.5, whole), epochs, rtol=1e-12)
    np.testing.assert_array_equal(AXES["updates"].at(run, n, 0.5, whole), updates)
    np.testing.assert_array_equal(AXES["examples"].at(run, n, 0.5, whole), examples)
    np.testing.assert_array_equal(AXES["seconds"].at(run, n, 0.5, whole), 0.5 * updates)


def test_every_axis_names_its_unit():
    assert {key: axis.title for key, axis in AXES.items()} == {
        "epochs": "epochs",
        "updates": "updates",
        "examples": "examples seen",
        "seconds": "seconds (measured here)",
    }


# Arriving


def test_a_run_arrives_at_the_first_epoch_from_which_it_stays():
    assert epochs_to_arrive(along(100, 50, 0.9, 2, 1, 0.5, 0.9), ORIGIN) == (4,)
    assert epochs_to_arrive(along(100, 1, 1, 1), ORIGIN) == (1,)
    assert epochs_to_arrive(along(100, 0.5, 0.5, 1.01), ORIGIN) == (None,)
    assert epochs_to_arrive(along(100, 50, 0.5, np.nan), ORIGIN) == (None,)
    assert epochs_to_arrive(along(100, 50, 25, 12), ORIGIN, share=0.25) == (2,)


def test_arriving_is_judged_seed_by_seed_and_by_the_excess():
    trace = replace(along(1), loss=np.array([[103.0, 3.5, 3.5], [103.0, 3.5, 9.0]]))
    assert epochs_to_arrive(trace, Reference(np.zeros(2), 3.0, True)) == (1, None)


def test_a_run_that_never_leaves_the_minimum_has_arrived_though_rounding_stirs_it():
    trace = along(5, 5 + 1e-15, 5 - 1e-15, 5 + 1e-15)
    assert epochs_to_arrive(trace, Reference(np.zeros(2), 5.0, True)) == (0,)


def test_arriving_agrees_with_a_search_from_behind():
    experiment = replace(BASE, n_seeds=5, epochs=30)
    traces = trained(experiment)
    origin = reference(experiment, traces)
    for trace in traces:
        for seed, found in enumerate(epochs_to_arrive(trace, origin)):
            excess = trace.loss[seed] - origin.loss
            outside = np.flatnonzero(excess > NEAR * excess[0])
            expected = outside[-1] + 1 if outside[-1] + 1 < len(excess) else None
            assert found == expected


@pytest.mark.parametrize("place", range(3))
def test_the_path_came_near_at_the_update_told_and_not_before(place):
    experiment = replace(BASE, epochs=12)
    traces = trained(experiment)
    origin, trace = reference(experiment, traces), traces[place]
    update, before, exact = first_within(experiment.problem, trace, origin, 0.1)
    excess = experiment.problem.loss(trace.path) - origin.loss
    there = int(np.flatnonzero(excess <= 0.1 * excess[0])[0])
    assert update == trace.path_updates[there]
    assert before == trace.path_updates[there - 1]
    assert exact == (before == update - 1)  # the recorded path keeps every update, or every second


def test_a_path_that_never_comes_near_is_told_so():
    experiment = replace(BASE, runs=BASE.runs[:1], epochs=2)
    origin = reference(experiment, trained(experiment))
    assert first_within(experiment.problem, trained(experiment)[0], origin, 0.1) is None


def test_without_a_path_the_epochs_ends_are_looked_at():
    experiment = replace(BASE, epochs=12)
    traces = gd.train(experiment, record_path=False)
    origin = reference(experiment, traces)
    for trace, run in zip(traces, experiment.runs, strict=True):
        per_epoch = run.updates_per_epoch(200)
        excess = trace.loss[0] - origin.loss
        epoch = int(np.flatnonzero(excess <= 0.1 * excess[0])[0])
        found = first_within(experiment.problem, trace, origin, 0.1)
        assert found == (epoch * per_epoch, (epoch - 1) * per_epoch, per_epoch == 1)


def test_a_recorded_state_is_finite_and_the_last_before_divergence_is_there():
    wild = replace(BASE, runs=(gd.Run(gd.SGD(lr=2.0)),), epochs=60)
    for trace in (trained(wild)[0], gd.train(wild, record_path=False)[0]):
        updates, states = recorded(trace)
        assert updates.shape == states.shape[:1]
        assert np.all(np.isfinite(states))
        assert 0 < updates[-1] < trace.diverged_at[0] + 1


def test_a_start_at_the_minimum_is_near_from_the_first():
    there = tuple(BASE.problem.minimum().tolist())
    experiment = replace(BASE, start=there)
    origin = reference(experiment, trained(experiment))
    for trace in trained(experiment):
        assert first_within(experiment.problem, trace, origin, 0.1) == (0, 0, True)


def test_final_parameters_are_the_last_finite_ones():
    wild = replace(BASE, runs=(gd.Run(gd.SGD(lr=2.0)),), epochs=60)
    (trace,) = trained(wild)
    finite = np.isfinite(trace.params[0]).all(axis=1)
    assert not finite.all()
    np.testing.assert_array_equal(final_params(trace), trace.params[0][finite.sum() - 1])
    calm = trained(replace(BASE, n_seeds=3))[2]
    np.testing.assert_array_equal(final_params(calm, 2), calm.params[2, -1])


# Thinning


@given(st.integers(1, 5000), st.integers(10, 700))
@settings(max_examples=200)
def test_thinning_keeps_the_first_and_the_last_in_order_and_no_more_than_asked(count, most):
    keep = thinned(np.arange(count) * 3, most)
    assert keep[0] == 0
    assert keep[-1] == count - 1
    assert np.all(np.diff(keep) > 0)
    assert len(keep) <= max(most, 1)
    assert len(keep) == count or len(keep) >= most // 3


def test_thinning_is_dense_early_and_even_later():
    keep = thinned(np.arange(2000), 200)
    assert np.sum(keep < 20) >= 15
    assert np.diff(keep).max() <= 25


def test_thinning_nothing_is_nothing():
    assert len(thinned(np.arange(0))) == 0


@pytest.mark.parametrize("name", gd.DATASETS)
def test_what_is_affordable_stays_between_its_bounds(name):
    problem = default_experiment(gd.DATASETS[name]).problem
    assert 60 <= affordable(problem) <= 500
    assert affordable(problem, MAX_PATH) * problem.cost <= max(4e6, 60 * problem.cost)


# Rising and falling


def test_the_share_of_rises_counts_steps_up_and_not_rounding():
    assert share_of_rises(np.array([3.0, 2.0, 2.5, 1.0, 4.0])) == 0.5
    assert share_of_rises(np.array([3.0, 2.0, 1.0])) == 0.0
    # Each rise is measured by the loss right before it.
    assert share_of_rises(np.array([1e12, 1.0, 1.5])) == 0.5
    assert share_of_rises(np.array([1.0, 1.0 + 1e-13, 1.0, 1.0 + 1e-13])) == 0.0


@pytest.mark.parametrize("place", range(3))
def test_last_losses_are_the_true_losses_of_the_last_quarter(place):
    experiment = replace(BASE, epochs=30)
    trace = trained(experiment)[place]
    late = trace.path[trace.path_updates >= 0.75 * trace.path_updates[-1]]
    np.testing.assert_array_equal(
        last_losses(experiment.problem, trace, 5000), experiment.problem.loss(late)[-500:]
    )
    np.testing.assert_array_equal(
        last_losses(experiment.problem, trace, 70), experiment.problem.loss(late)[-70:]
    )


# What learners believe (measured on a round bowl, L = 1, from (-2, -2))


def round_line(*runs, **more):
    fit = replace(BASE.problem, standardize=True)
    return gd.Experiment(fit, runs, start=(-2.0, -2.0), **more)


def plain(lr, batch_size=None, **more):
    return gd.Run(gd.SGD(lr=lr), batch_size=batch_size, **more)


def floors(experiment, last=5):
    """Mean excess over seeds and the last epochs, run by run."""
    traces = trained(experiment)
    lowest = float(experiment.problem.loss(experiment.problem.minimum()))
    return [float(trace.loss[:, -last:].mean()) - lowest for trace in traces]


def test_an_epoch_is_one_update_or_hundreds():
    experiment = round_line(plain(0.1, 1), plain(0.1, 32), plain(0.1), epochs=2)
    assert [int(trace.updates[1]) for trace in trained(experiment)] == [200, 7, 1]


def test_per_epoch_one_row_is_far_ahead_and_per_update_the_order_reverses():
    experiment = round_line(plain(0.05, 1), plain(0.05), epochs=3, n_seeds=20)
    single, batch = floors(experiment, last=1)
    assert single < 0.02
    assert batch > 5
    one, full = trained(round_line(plain(0.05, 1, epochs=1), plain(0.05, epochs=200)))
    lowest = float(experiment.problem.loss(experiment.problem.minimum()))
    assert one.updates[-1] == full.updates[-1] == 200
    assert full.loss[0, -1] - lowest < 0.1 * (one.loss[0, -1] - lowest)


def test_the_edge_at_two_over_the_curvature_is_sharp_and_steps_overshoot_from_half_of_it():
    experiment = round_line(plain(1.98), plain(2.0), plain(2.02), plain(0.9), epochs=60)
    below, at, above, calm = trained(experiment)
    assert below.loss[0, -1] < 0.5 * below.loss[0, 0]
    np.testing.assert_allclose(at.loss[0], at.loss[0, 0], rtol=1e-6)
    assert above.loss[0, -1] > 5 * above.loss[0, 0]
    minimum = experiment.problem.minimum()
    sides = np.sign(below.params[0] - minimum)
    assert np.all(sides[1:] == -sides[:-1])
    assert np.all(np.sign(calm.params[0, :8] - minimum) == np.sign(calm.params[0, 0] - minimum))


def test_a_constant_rate_hovers_and_a_falling_one_settles():
    falling = gd.SCHEDULES["inverse"]
    rows = (plain(0.1, 1), plain(0.1, 1, schedule=falling))
    experiment = round_line(*rows, epochs=20, n_seeds=30)
    hovers, settles = floors(experiment)
    assert 4e-3 < hovers < 4e-2
    assert settles < hovers / 50


def test_reshuffling_is_much_quieter_than_drawing_with_replacement():
    anew = plain(0.02, 16, sampling="with replacement")
    experiment = round_line(anew, plain(0.02, 16), epochs=80, n_seeds=30)
    loud, quiet = floors(experiment)
    assert 5e-5 < loud < 5e-4
    assert quiet < loud / 3


def test_the_short_last_batch_lifts_the_floor():
    kept, dropped = plain(0.3, 64), plain(0.3, 64, drop_last=True)
    high, low = floors(round_line(kept, dropped, epochs=40, n_seeds=30))
    assert high > 2 * low


def test_sorted_rows_are_not_shuffled_rows():
    in_order, shuffled = plain(0.1, 1, sampling="sorted by target"), plain(0.1, 1)
    far, near = floors(round_line(in_order, shuffled, epochs=20, n_seeds=10))
    assert far > 10 * near


def test_raw_columns_make_a_ravine_and_standardised_ones_a_bowl():
    ravine = default_experiment(gd.DATASETS["ravine"]).problem
    raw = gd.curvature(replace(ravine, standardize=False))
    assert raw.L > 500
    assert raw.limit < 0.004
    assert raw.condition > 2000
    assert gd.curvature(ravine).condition < 2


def test_the_best_of_fifty_seeds_is_far_from_the_worst():
    experiment = round_line(plain(0.1, 1), epochs=5, n_seeds=50)
    (trace,) = trained(experiment)
    ends = trace.loss[:, -1] - float(experiment.problem.loss(experiment.problem.minimum()))
    assert ends.max() > 30 * ends.min()


# Over seeds


@pytest.mark.parametrize("count", [1, 2, 3, 4, 11, 20])
def test_percentiles_over_seeds_are_numpys_own_where_all_are_finite(count):
    values = np.random.default_rng(count).standard_normal((count, 5))
    expected = [np.quantile(values, share, axis=0) for share in (0.1, 0.5, 0.9)]
    np.testing.assert_allclose(over_seeds(values), expected, rtol=1e-12)
    np.testing.assert_allclose(over_seeds(values.T, axis=1), expected, rtol=1e-12)


def test_a_lost_seed_stands_behind_all_others():
    found = over_seeds(np.array([np.inf, 1.0, 2.0]))
    assert (float(found.median), float(found.high)) == (2.0, np.inf)
    assert float(over_seeds(np.array([np.inf, np.inf, 2.0])).median) == np.inf
    # Between the last known seed and a lost one there is no middle.
    assert float(over_seeds(np.array([1.0, np.inf])).median) == np.inf


def test_where_a_seed_is_not_known_neither_is_the_median():
    found = over_seeds(np.array([[1.0, 2.0], [np.nan, 4.0]]))
    assert np.isnan(found.median[0])
    assert found.median[1] == 3.0


# What went out of bounds


def test_a_run_that_was_only_high_is_not_said_to_have_diverged():
    run = gd.Run(gd.Adam(lr=30.0))
    rosenbrock = gd.SURFACES["rosenbrock"]
    experiment = gd.Experiment(rosenbrock, (run,), (-1.2, 1.0), epochs=50)
    (trace,) = gd.train(experiment)
    assert trace.status == (Status.DIVERGED,)
    assert divergence_words(rosenbrock, run, trace) == "went out of bounds at update 1"


def test_what_cannot_come_back_diverges_however_high_it_was_left():
    run = gd.Run(gd.SGD(lr=3.0))
    experiment = replace(gd.default_experiment(), runs=(run,))
    (trace,) = gd.train(experiment)
    assert divergence_words(experiment.problem, run, trace).startswith("diverged at update")
    assert not may_return(experiment.problem, run, trace)


def test_what_crowds_is_the_number_of_updates_not_of_epochs():
    n = default_experiment().problem.n_samples
    even = (gd.Run(gd.SGD(), epochs=n), gd.Run(gd.SGD(), 1, epochs=1))
    assert not crowds(replace(default_experiment(), runs=even), "updates")


def test_a_run_is_lost_where_its_loss_passes_the_bound_not_at_the_epochs_end():
    wild = replace(BASE, runs=(gd.Run(gd.SGD(lr=0.6), 1), gd.Run(gd.SGD(lr=0.1), 1)))
    traces = gd.train(wild)
    loss = wild.problem.loss(traces[0].path)
    first = int(np.argmax(loss > 1e6 * max(1.0, loss[0])))
    assert first < traces[0].diverged_at[0]
    assert lost_at(wild.problem, traces[0]) == first == traces[0].path_updates[first]
    assert lost_when(wild, 0, traces[0]) == f"at update {first}"
    assert lost_at(wild.problem, traces[1]) == -1
    assert lost_when(wild, 1, traces[1]) == ""
    bare = gd.train(wild, record_path=False)
    assert lost_at(wild.problem, bare[0]) == traces[0].diverged_at[0]


def test_a_run_counts_as_lost_above_so_many_times_its_start_or_one():
    for start in (0.2, 0.7, 1.0, 30.0):
        trace = SimpleNamespace(loss=np.array([[start, 5.0]]))
        assert bound_of(trace) == DIVERGED_AT * max(1.0, start)


def test_a_training_losss_title_says_that_it_holds_the_penalty():
    fit = default_experiment().problem
    title = METRICS["loss"].title
    assert titled(title, fit) == "Training loss (all rows)"
    assert titled(title, replace(fit, l2=0.1)) == "Training loss (all rows, with the penalty)"
    assert titled(METRICS["test"].title, replace(fit, l2=0.1)) == "Test loss"
    assert titled(title, gd.SURFACES["bowl"]) == "Loss"


@pytest.mark.parametrize(("problem", "dear", "times"), [
    (MOONS.problem, 0, 1),
    (MOONS.problem, 1 << 30, 2),
    (gd.Fit(OWN, gd.MODELS["linear"]), 0, 2),
], ids=["dear", "cheap", "own rows"])  # fmt: skip
def test_losses_that_take_long_are_found_once_but_nothing_is_kept_of_own_rows(
    monkeypatch, problem, dear, times
):
    monkeypatch.setattr(measures, "_DEAR", dear)
    monkeypatch.setattr(measures, "_KNOWN", Shelf(1 << 20))
    found, loss = [], type(problem).loss
    monkeypatch.setattr(type(problem), "loss", lambda *args: found.append(1) or loss(*args))
    states = np.linspace(-1, 1, 4 * problem.n_params).reshape(4, -1)
    for _ in range(2):
        assert np.array_equal(losses(problem, states), loss(problem, states))
    assert len(found) == times
    assert losses(problem, states[:3]).shape == (3,)  # others are others
    assert losses(problem, states[1:])[0] == pytest.approx(loss(problem, states[1]))


def test_only_what_cannot_come_back_is_said_not_to_return():
    """Of a steady linear rule on least squares, never; else where the path ends as it is lost."""
    line, bent = gd.default_experiment().problem, gd.SURFACES["rosenbrock"]

    def lost(at, last, status=Status.DIVERGED):
        return SimpleNamespace(
            status=(status,),
            diverged_at=(at,),
            path=np.zeros((2, 2)),
            path_updates=np.array([0, last]),
        )

    steady, adam = gd.Run(gd.SGD(lr=3.0)), gd.Run(gd.Adam(lr=3.0))
    falling = gd.Run(gd.SGD(lr=3.0), schedule=gd.SCHEDULES["cosine"])
    assert not may_return(line, steady, lost(5, 5))
    assert may_return(line, adam, lost(5, 5))
    assert may_return(line, falling, lost(5, 5))
    assert may_return(bent, steady, lost(5, 5))
    assert not may_return(bent, steady, lost(5, 4))
    assert not may_return(bent, adam, lost(5, 5, Status.EXHAUSTED))
    nowhere = lost(5, 5)
    nowhere.path, nowhere.path_updates = np.zeros((0, 2)), np.zeros(0)
    assert may_return(bent, adam, nowhere)


def test_what_is_thinned_keeps_five_even_places_and_five_that_grow_by_equal_factors():
    """Even: 0, 249.75, 499.5, 749.25, 999. By factors: 1, 5.62, 31.6, 177.7, 999."""
    kept = thinned(np.arange(1000), 10)
    assert kept.tolist() == [0, 1, 6, 32, 178, 250, 500, 749, 999]
    assert thinned(np.arange(1001), 4).tolist() == [0, 1, 1000]
    assert thinned(np.arange(10), 10).tolist() == list(range(10))
    assert thinned(np.arange(500)).tolist() == list(range(500))
    assert len(thinned(np.arange(501))) < 400
    assert not kept.flags.writeable


def test_a_path_that_skips_updates_does_not_tell_the_arrival_exactly():
    trace = SimpleNamespace(
        path=np.array([[8.0, 0.0], [6.0, 0.0], [1.0, 0.0]]), path_updates=np.array([0, 1, 3])
    )
    bowl = gd.Expression("x**2 + y**2")
    assert first_within(bowl, trace, ORIGIN, 0.1) == (3, 1, False)
    trace.path_updates = np.array([0, 1, 2])
    assert first_within(bowl, trace, ORIGIN, 0.1) == (2, 1, True)


def test_accuracy_alone_is_better_higher():
    assert [key for key, metric in METRICS.items() if not metric.falls] == ["accuracy"]


def test_a_metric_is_called_by_what_it_is_measured_from():
    best = ORIGIN._replace(exact=False)
    assert {METRICS[key].over(ORIGIN) for key in ("excess", "distance")} == {
        "Excess training loss", "Distance to the minimum"
    }  # fmt: skip
    assert METRICS["excess"].over(best) == "Excess training loss, over the best seen"
    assert METRICS["distance"].over(best) == "Distance to the best seen"
    assert METRICS["loss"].over(best) == METRICS["loss"].over(ORIGIN) == METRICS["loss"].title
    assert METRICS["loss"].name == "Training loss"


def test_on_a_function_a_loss_is_no_training_loss():
    valley = PROBLEMS["valley"]
    for title, named in (
        ("Training loss (all rows)", "Loss"), ("Excess training loss", "Excess loss"),
    ):  # fmt: skip
        assert without_rows(title, valley) == titled(title, valley) == named
        assert without_rows(title, BASE.problem) == title
    pair = replace(BASE.problem, dataset=replace(gd.DATASETS["line"], n_samples=2))
    assert without_rows("Training loss (all rows)", pair) == "Training loss (all rows)"


def test_losses_noted_while_training_begin_with_the_first_update():
    experiment = replace(BASE, runs=BASE.runs[1:2], epochs=2, n_seeds=2)
    (trace,) = trained(experiment)
    updates, values = METRICS["batch"].notes(trace)
    assert updates.tolist() == list(range(1, 41))
    np.testing.assert_array_equal(values, trace.batch_loss[None, 1:])
    updates, values = METRICS["running"].notes(trace)
    assert updates.tolist() == [20, 40]
    np.testing.assert_array_equal(values, trace.running_loss[:, 1:])
    assert np.isfinite(values).all()


def test_a_run_of_several_is_lost_in_some_orders_of_the_rows_or_from_some_starts():
    def told(experiment, *gone, place=0):
        status = tuple(Status.DIVERGED if lost else Status.EXHAUSTED for lost in gone)
        return lost_when(experiment, place, SimpleNamespace(status=status))

    one_row = replace(BASE, runs=(gd.Run(gd.SGD(lr=0.1), 1),), n_seeds=3)
    pair = replace(one_row.problem, dataset=replace(gd.DATASETS["line"], n_samples=2))
    for experiment in (one_row, replace(one_row, problem=pair)):
        assert told(experiment, True, False, True) == "in 2 of 3 orders of the rows"
    valley = gd.Experiment(PROBLEMS["valley"], (gd.Run(gd.SGD(lr=0.1)),))
    noisy = replace(valley, gradient_noise=0.1, n_seeds=3)
    assert told(noisy, True, False, True) == "in 2 of 3 draws of the noise"
    valley = replace(valley, more_starts=((1.0, 1.0), (2.0, 1.0)))
    assert told(valley, True, False, False) == "from 1 of 3 starts"
    assert told(valley, True, True, True) == "from all 3 starts"
    assert told(valley, False, False, False) == ""
    network = replace(default_networks(), n_seeds=3)
    assert told(network, True, False, False, place=2) == "from 1 of 3 starts"


def test_a_full_batch_is_lost_at_an_update_however_many_seeds_there_are():
    hot = replace(BASE, runs=(gd.Run(gd.SGD(lr=2.0)), gd.Run(gd.SGD(lr=2.0), 1)), n_seeds=3)
    whole, single = gd.train(hot)
    assert lost_when(hot, 0, whole) == f"at update {lost_at(hot.problem, whole)}"
    assert lost_when(hot, 1, single) == "in 3 of 3 orders of the rows"


def test_losses_that_are_kept_cannot_be_changed_by_who_reads_them(monkeypatch):
    monkeypatch.setattr(measures, "_DEAR", 0)
    monkeypatch.setattr(measures, "_KNOWN", Shelf(1 << 20))
    with pytest.raises(ValueError, match="read-only"):
        losses(BASE.problem, np.zeros((3, 2)))[0] = 1.0


def test_so_many_states_are_looked_at_as_make_four_million_products():
    found = [affordable(SimpleNamespace(cost=cost)) for cost in (1, 8000, 10_000, 50_000, 1e6)]
    assert found == [500, 500, 400, 80, 60]
    assert affordable(SimpleNamespace(cost=1), 250) == 250


def test_what_means_nothing_for_a_problem_is_unknown_at_each_of_its_parameters():
    line = gd.default_experiment().problem
    origin, params = Reference(np.zeros(2), 0.0, True), np.zeros((3, 4, 2))
    for key in ("test", "accuracy"):
        values = METRICS[key].of(line, origin, params)
        assert values.shape == (3, 4)
        assert np.isnan(values).all()


def test_a_run_is_lost_at_its_first_state_above_a_bound_between_two_that_are_looked_at():
    bowl, looks = gd.Expression("x**2 + y**2"), np.array([0, 5, 9])
    for first in range(10):
        states = np.array([[float(at >= first), 0.0] for at in range(10)])
        assert measures._above(bowl, states, 0.5, looks) == first
    assert measures._above(bowl, np.zeros((10, 2)), 0.5, looks) is None


def test_the_level_of_sharpness_is_where_a_plain_step_is_at_its_limit():
    line = gd.default_experiment()
    rate = gd.curvature(line.problem).limit
    at_it = replace(line, runs=(gd.Run(gd.SGD(lr=rate)),), epochs=3)
    (bend,) = sharpness(at_it).runs
    np.testing.assert_allclose(bend.share, METRICS["sharpness"].level)
