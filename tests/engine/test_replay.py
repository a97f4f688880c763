"""One update, made again: the numbers of `train`, and what they are made of."""

import sys
from dataclasses import dataclass, replace
from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest

import gdplay as gd
from gdplay.engine.replay import batch_loss, replay
from gdplay.engine.training import Status
from gdplay.optimizers.elementwise import ELEMENTWISE
from gdplay.sampling import SAMPLINGS
from gdplay.teaching.defaults import default_experiment, models_for
from tests import crossed, few_surfaces

replays = sys.modules["gdplay.engine.replay"]
"""The module: the function is called the same."""

LINE = default_experiment(replace(gd.DATASETS["line"], n_samples=30))
PROBLEMS = {
    f"{dataset.key} {model.key}": replace(
        base, problem=replace(base.problem, model=model, objective=None), start=None
    )
    for dataset in gd.DATASETS.values()
    for base in [default_experiment(dataset)]
    for model in models_for(dataset)
    if model.convex
}
SURFACES = {
    key: gd.Experiment(surface, (gd.Run(gd.SGD(lr=0.1)),), surface.start, epochs=9)
    for key, surface in few_surfaces().items()
}

every_rule = pytest.mark.parametrize("rule", gd.OPTIMIZERS.values(), ids=list(gd.OPTIMIZERS))
every_elementwise_rule = pytest.mark.parametrize(
    "rule", ELEMENTWISE.values(), ids=list(ELEMENTWISE)
)


@cache
def trained(experiment):
    return gd.train(experiment)


def close(one, other, **more):
    """Whether numbers agree to 1e-12 of the largest among them."""
    one, other = np.asarray(one), np.asarray(other)
    return np.abs(one - other).max() <= 1e-12 * max(np.abs(other).max(), 1e-300)


def assert_agrees(experiment, run=0, updates=None):
    """The parameters before and after, and the batch's loss, are those of the path."""
    trace = trained(experiment)[run]
    assert np.array_equal(trace.path_updates[:3], [0, 1, 2]), "every state was recorded"
    for update in updates or range(1, min(len(trace.path), 100)):
        step = replay(experiment, run, update)
        assert close(step.params, trace.path[update - 1])
        assert close(step.new_params, trace.path[update])
        assert close(step.loss, trace.batch_loss[update])


# The same as train


@every_rule
@pytest.mark.parametrize("sampling", crossed(SAMPLINGS, "reshuffle"))
def test_every_update_of_every_rule_is_that_of_train(rule, sampling):
    runs = [
        gd.Run(replace(rule, lr=0.02), size, sampling, drop_last=drop)
        for size, drop in ((None, False), (1, False), (7, False), (7, True))
    ]
    experiment = replace(LINE, runs=tuple(runs), epochs=3)
    for run in range(len(runs)):
        assert_agrees(experiment, run)


@pytest.mark.parametrize("schedule", gd.SCHEDULES.values(), ids=list(gd.SCHEDULES))
@pytest.mark.parametrize("warmup", [0, 5])
def test_every_schedule_gives_the_rate_of_train(schedule, warmup):
    changes = {"every": 4} if schedule.key == "step" else {}
    schedule = replace(schedule, warmup=warmup, **changes)
    experiment = replace(LINE, runs=(gd.Run(gd.Momentum(lr=0.02), 7, schedule=schedule),), epochs=4)
    assert_agrees(experiment)
    rates = 0.02 * schedule.factors(20)
    assert [replay(experiment, 0, update).lr for update in range(1, 21)] == rates.tolist()


@pytest.mark.parametrize("name", PROBLEMS)
def test_every_model_on_every_data_set_is_that_of_train(name):
    base = PROBLEMS[name]
    rule = base.runs[0].optimizer
    experiment = replace(base, runs=(gd.Run(rule, 16), gd.Run(gd.Adam(lr=0.01), 16)), epochs=1)
    last = experiment.runs[0].updates_per_epoch(experiment.problem.n_samples)
    for run in (0, 1):
        assert_agrees(experiment, run, {1, 2, last // 2, min(last, 100)} - {0})


@pytest.mark.parametrize("name", SURFACES)
@every_elementwise_rule
def test_every_surface_is_that_of_train(name, rule):
    assert_agrees(replace(SURFACES[name], runs=(gd.Run(replace(rule, lr=1e-3)),)))


@pytest.mark.parametrize("objective", ["half_mse", "mse"])
@pytest.mark.parametrize("l2", [0.0, 0.3])
def test_penalties_and_objectives_are_those_of_train(objective, l2):
    problem = replace(LINE.problem, objective=objective, l2=l2, standardize=True, test_size=0.25)
    assert_agrees(replace(LINE, problem=problem, epochs=4))
    assert_agrees(replace(LINE, problem=problem, epochs=4), 1)


@pytest.mark.parametrize("sampling", SAMPLINGS)
def test_each_seed_has_its_own_order_of_the_rows(sampling):
    runs = (gd.Run(gd.Momentum(lr=0.01), 8, sampling), gd.Run(gd.SGD(lr=0.01)))
    experiment = replace(LINE, runs=runs, epochs=3, n_seeds=4)
    for run, trace in enumerate(trained(experiment)):
        for seed in range(4):
            for epoch in (1, 2, 3):
                step = replay(experiment, run, int(trace.updates[epoch]), seed)
                assert close(step.new_params, trace.params[seed, epoch])
                assert close(step.new_full_loss, trace.loss[seed, epoch])


def test_a_run_may_have_epochs_of_its_own():
    experiment = replace(LINE, runs=(gd.Run(gd.SGD(lr=0.01), 8, epochs=5),), epochs=2)
    assert_agrees(experiment)
    assert replay(experiment, 0, 20).epoch == 5


def test_neither_place_nor_company_changes_an_update():
    alone = replay(replace(LINE, runs=LINE.runs[1:2]), 0, 4)
    assert np.array_equal(replay(LINE, 1, 4).new_params, alone.new_params)


def test_updates_may_be_asked_for_in_any_order():
    experiment = replace(LINE, seed=77, epochs=6)
    there = range(1, 181)
    forward = [replay(experiment, 2, update).new_params for update in there]
    for update in np.random.default_rng(0).permutation(there):
        assert np.array_equal(replay(experiment, 2, int(update)).new_params, forward[update - 1])


# What an update is made of


def test_the_batches_of_an_epoch_are_all_rows_once_with_a_short_one_at_the_end():
    experiment = replace(LINE, runs=(gd.Run(gd.SGD(lr=0.01), 8),))
    steps = [replay(experiment, 0, update) for update in range(1, 9)]
    assert [len(step.rows) for step in steps] == [8, 8, 8, 6, 8, 8, 8, 6]
    assert [step.epoch for step in steps] == [1, 1, 1, 1, 2, 2, 2, 2]
    assert [step.batch for step in steps] == [1, 2, 3, 4, 1, 2, 3, 4]
    assert [step.update for step in steps] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert {step.n_batches for step in steps} == {4}
    for epoch in (steps[:4], steps[4:]):
        assert sorted(np.concatenate([step.rows for step in epoch])) == list(range(30))


def test_a_dropped_last_batch_leaves_rows_out():
    experiment = replace(LINE, runs=(gd.Run(gd.SGD(lr=0.01), 8, drop_last=True),))
    steps = [replay(experiment, 0, update) for update in range(1, 7)]
    assert [step.batch for step in steps] == [1, 2, 3, 1, 2, 3]
    assert {len(step.rows) for step in steps} == {8}


def test_the_full_batch_is_every_row_as_it_stands():
    step = replay(LINE, 0, 3)
    assert step.rows.tolist() == list(range(30))
    assert close(step.loss, step.full_loss)
    assert close(step.gradient, step.full_gradient)


@pytest.mark.parametrize("name", PROBLEMS)
@pytest.mark.parametrize("l2", [0.0, 0.5])
def test_rows_average_to_the_batch(name, l2):
    base = PROBLEMS[name]
    problem = replace(base.problem, l2=l2)
    start = tuple(np.linspace(-0.3, 0.4, problem.n_params).tolist())
    runs = (gd.Run(gd.SGD(lr=1e-3), 9),)
    step = replay(replace(base, problem=problem, runs=runs, start=start), 0, 2)
    assert step.losses.shape == (9,)
    assert step.gradients.shape == (9, problem.n_params)
    assert close(step.losses.mean() + step.penalty, step.loss)
    assert close(step.gradients.mean(axis=0) + step.penalty_gradient, step.gradient)
    assert close(step.gradient, problem.gradient(step.params, step.rows))


@pytest.mark.parametrize("name", ["line linear", "moons logistic", "iris softmax"])
def test_each_rows_gradient_is_the_slope_of_its_loss(name):
    base = PROBLEMS[name]
    base = replace(base, problem=replace(base.problem, l2=0.0))
    step = replay(replace(base, runs=(gd.Run(gd.SGD(lr=0.01), 5),)), 0, 7)
    for row, gradient in zip(step.rows, step.gradients, strict=True):
        nudges = 1e-6 * np.eye(len(step.params))
        above, below = (
            batch_loss(base.problem, step.params + sign * nudges, np.array([row]))
            for sign in (1, -1)
        )
        assert gradient == pytest.approx((above - below) / 2e-6, abs=1e-6)


def test_the_penalty_is_half_l2_times_the_squared_weights_without_the_bias():
    problem = replace(LINE.problem, l2=0.5)
    step = replay(replace(LINE, problem=problem), 1, 3)
    weight = step.params[1]
    assert step.penalty == pytest.approx(0.25 * weight**2, rel=1e-12)
    assert step.penalty_gradient == pytest.approx([0, 0.5 * weight], rel=1e-12)
    bare = replay(LINE, 1, 3)
    assert (bare.penalty, bare.penalty_gradient.tolist()) == (0.0, [0.0, 0.0])


def test_predictions_are_the_models():
    step = replay(LINE, 1, 3)
    x, y = LINE.problem.X[step.rows, 0], LINE.problem.y[step.rows]
    assert step.predictions == pytest.approx(step.params[0] + step.params[1] * x, rel=1e-12)
    assert step.losses == pytest.approx((step.predictions - y) ** 2 / 2, rel=1e-9)
    iris = replay(PROBLEMS["iris softmax"], 1, 3)
    assert iris.outputs.shape == (len(iris.rows), 3)
    assert np.array_equal(iris.predictions, iris.outputs.argmax(axis=1))
    surface = replay(SURFACES["bowl"], 0, 1)
    assert surface.outputs is surface.predictions is None


@every_elementwise_rule
def test_the_step_follows_from_the_gradient_and_the_state(rule):
    experiment = replace(LINE, runs=(gd.Run(replace(rule, lr=0.02), 8),))
    step = replay(experiment, 0, 5)
    run = experiment.runs[0]
    made, state = run.optimizer.update(step.gradient, step.state, step.params, step.lr)
    assert np.array_equal(made, step.step)
    assert np.array_equal(step.params + step.step, step.new_params)
    for one, other in zip(parts(state), parts(step.new_state), strict=True):
        assert np.array_equal(one, other)
    before = replay(experiment, 0, 4)
    for one, other in zip(parts(before.new_state), parts(step.state), strict=True):
        assert np.array_equal(one, other)


def parts(state):
    return () if state is None else state if isinstance(state, tuple) else (state,)


@every_elementwise_rule
def test_the_first_state_is_the_rules_own(rule):
    step = replay(replace(LINE, runs=(gd.Run(rule, 8),)), 0, 1)
    for one, other in zip(parts(rule.init(step.params)), parts(step.state), strict=True):
        assert np.array_equal(one, other)
    assert type(step.state) is type(rule.init(step.params))


def test_losses_before_and_after_are_those_of_the_problem():
    step, problem = replay(LINE, 1, 5), LINE.problem
    assert step.full_loss == float(problem.loss(step.params))
    assert step.new_full_loss == float(problem.loss(step.new_params))
    assert np.array_equal(step.full_gradient, problem.gradient(step.params))
    assert close(step.new_loss, batch_loss(problem, step.new_params, step.rows))
    again = problem.gather(step.rows[None]), step.new_params[None, :, None]
    assert close(step.new_loss, problem.value_and_grad(again[1], again[0])[0])


def test_a_batchs_loss_over_many_places_is_that_of_each_place(monkeypatch):
    problem, rows = PROBLEMS["iris softmax"].problem, np.array([3, 50, 149])
    places = np.random.default_rng(0).normal(size=(4, 5, problem.n_params))
    monkeypatch.setattr(replays, "_TILE", 100)  # several tiles
    found = batch_loss(problem, places, rows)
    assert found.shape == (4, 5)
    assert close(found[2, 3], batch_loss(problem, places[2, 3], rows))
    assert close(batch_loss(problem, places, np.arange(150)), problem.loss(places))


def test_what_comes_back_cannot_be_changed():
    step = replay(replace(LINE, runs=(gd.Run(gd.Adam(), 8),)), 0, 3)
    for value in (step.params, step.rows, step.gradients, step.new_state.m, step.state.v):
        with pytest.raises(ValueError, match="read-only"):
            value[0] = 0


# Bad requests, and runs that end early


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ({"run": 3}, "run must be a whole number from 0 to 2; got 3"),
        ({"run": -1}, "run must be a whole number from 0 to 2; got -1"),
        ({"seed_index": 1}, "seed_index must be a whole number from 0 to 0; got 1"),
        ({"update": 0}, "update must be a whole number from 1 to 900; got 0"),
        ({"update": 901}, "update must be a whole number from 1 to 900; got 901"),
        ({"update": 1.5}, r"update must be a whole number from 1 to 900; got 1\.5"),
    ],
)
def test_a_bad_request_is_told_what_there_is(what, message):
    asked = {"run": 2, "update": 1} | what
    with pytest.raises(ValueError, match=message):
        replay(replace(LINE, epochs=30), **asked)


def test_a_diverged_run_makes_no_more_updates():
    runs = (gd.Run(gd.SGD(lr=50.0), 1), gd.Run(gd.SGD(lr=50.0)))
    experiment = replace(LINE, runs=runs, epochs=60)
    for run, trace in enumerate(trained(experiment)):
        at = trace.diverged_at[0]
        assert trace.status[0] is Status.DIVERGED
        assert not replay(experiment, run, at).new_full_loss <= 1e6
        with pytest.raises(ValueError, match=f"from 1 to {at}, where the run diverged; got"):
            replay(experiment, run, at + 1)
        with pytest.raises(ValueError, match=f"from 1 to {at}, where the run diverged; got"):
            replay(experiment, run, int(trace.updates[-1]))
        assert close(replay(experiment, run, 1).new_params, trace.path[1])


def test_parameters_that_overflow_inside_an_epoch_end_the_run_there():
    experiment = replace(default_experiment(), runs=(gd.Run(gd.SGD(lr=1e3), 1),), epochs=5)
    (trace,) = trained(experiment)
    at = trace.diverged_at[0]
    assert at % 200, "inside an epoch"
    last = replay(experiment, 0, at)
    assert np.isfinite(last.params).all()
    assert not np.isfinite(last.new_params).all()
    with pytest.raises(ValueError, match=f"to {at}, where the run diverged"):
        replay(experiment, 0, at + 1)


def test_a_run_that_stopped_makes_no_more_updates():
    experiment = replace(LINE, runs=(gd.Run(gd.SGD(lr=0.3)),), epochs=400, tol=0.01)
    (trace,) = trained(experiment)
    assert trace.status[0] is Status.CONVERGED
    last = int(trace.path_updates[-1])
    assert close(replay(experiment, 0, last).new_params, trace.path[-1])
    with pytest.raises(ValueError, match=f"from 1 to {last}, where the run stopped: its gradient"):
        replay(experiment, 0, last + 1)


def test_a_run_that_starts_flat_makes_no_update():
    start = tuple(LINE.problem.minimum().tolist())
    experiment = replace(LINE, start=start, tol=0.01)
    with pytest.raises(ValueError, match="from 1 to 0, where the run stopped"):
        replay(experiment, 0, 1)


# Stepping through


@dataclass(frozen=True)
class Counted(gd.SGD):
    """Counts its updates."""

    key = "counted"
    made = []  # noqa: RUF012 - shared by all, on purpose

    def update(self, grad, state, params, lr):
        self.made.append(1)
        return super().update(grad, state, params, lr)


@pytest.mark.parametrize("size", [1, 100])
def test_stepping_far_into_a_run_is_a_short_walk(size):
    rows = replace(gd.DATASETS["line"], n_samples=200)
    runs = (gd.Run(Counted(lr=1e-3), size),)
    experiment = replace(default_experiment(rows), runs=runs, epochs=6000 * size // 200)
    replay(experiment, 0, 5900)
    for update in (5901, 5900, 5899, 5902, 5800, 5799, 3):
        Counted.made.clear()
        replay(experiment, 0, update)
        assert len(Counted.made) <= 33


def test_what_is_kept_of_a_run_is_bounded():
    experiment = replace(LINE, epochs=200, seed=6, runs=LINE.runs[2:])
    replay(experiment, 0, 6000)
    tape = replays._tape(replace(experiment, n_seeds=1), 0)
    assert replays._MOMENTS / 2 <= len(tape.moments) <= replays._MOMENTS
    rows = replace(gd.DATASETS["line"], n_samples=10_000)
    runs = (gd.Run(gd.SGD(lr=1e-3), 5000),)
    long = replace(default_experiment(rows), runs=runs, epochs=40)
    last = replay(long, 0, 80)
    batches = replays._tape(replace(long, n_seeds=1), 0).batches
    assert 2 <= len(batches.window) <= replays._ORDERS / 10_000
    assert not np.array_equal(replay(long, 0, 2).rows, last.rows), "orders are drawn again"
    assert np.array_equal(replay(long, 0, 80).rows, last.rows)


@pytest.mark.parametrize(
    ("rule", "arrays", "size", "most"),
    [
        (gd.SGD(), 0, 650, 806),  # 2^19 numbers
        (gd.Momentum(), 1, 650, 403),
        (gd.Adam(), 2, 650, 268),
        (gd.Adam(), 2, 2, 1024),
        (gd.SGD(), 0, 40_000, 16),
    ],
)
def test_of_a_long_run_as_many_moments_are_kept_as_there_is_room_for(rule, arrays, size, most):
    key = "digits" if size == 650 else "line"
    experiment = default_experiment(gd.DATASETS[key])
    tape = replays._Tape(replace(experiment, runs=(gd.Run(rule),)), 0)
    assert replays._size(tape.latest.state) == arrays
    if size in (2, 650):
        assert tape.latest.theta.size == size
        assert tape.most == most
    assert replays._most(size, tape.latest.state) == most


def test_stepping_on_makes_the_update_before_and_its_own():
    runs = (gd.Run(Counted(lr=1e-3)),)
    experiment = replace(LINE, runs=runs, epochs=5000, seed=3)
    replay(experiment, 0, 4000)
    for update, made in ((4001, 2), (4001, 1), (4002, 2)):
        Counted.made.clear()
        replay(experiment, 0, update)
        assert len(Counted.made) == made, update


def test_rates_are_those_of_the_schedule_far_into_a_run_and_back_again():
    schedule = replace(gd.SCHEDULES["cosine"], warmup=3)
    run = gd.Run(gd.SGD(lr=1e-3), schedule=schedule)
    experiment = replace(LINE, runs=(run,), epochs=3000)
    rates = 1e-3 * schedule.factors(3000)
    for update in (1, 1024, 1025, 2049, 3000, 2, 1030):
        assert replay(experiment, 0, update).lr == rates[update - 1], update


@pytest.mark.parametrize("seed", [0, 1])
def test_noise_is_that_of_train(seed):
    bowl = gd.SURFACES["bowl"]
    experiment = gd.Experiment(
        bowl, (gd.Run(gd.Momentum(lr=0.1)),), (1.0, 2.0), 6, gradient_noise=0.5, n_seeds=2
    )
    (trace,) = trained(experiment)
    for update in range(1, 7):
        step = replay(experiment, 0, update, seed)
        assert close(step.new_params, trace.params[seed, update])
        assert not close(step.gradient, step.full_gradient)


def test_every_moment_is_kept_until_there_are_too_many_then_every_second():
    experiment = replace(LINE, runs=(gd.Run(gd.SGD(lr=1e-3)),), epochs=40)
    tape = replays._Tape(experiment, 0)
    tape.most = 8
    tape.before(9)
    assert list(tape.moments) == [0, 2, 4, 6, 8]
    tape.before(20)
    assert list(tape.moments) == [0, 4, 8, 12, 16]
    few = replays._Tape(experiment, 0)
    few.before(8)
    assert list(few.moments) == list(range(8))


@pytest.mark.parametrize(("n_samples", "most"), [(30, 4369), (10_000, 13), (100_000, 2)])
def test_of_the_orders_of_epochs_the_last_are_kept(n_samples, most):
    problem = SimpleNamespace(n_samples=n_samples, targets=np.zeros(n_samples))
    assert replays._Batches(problem, gd.Run(gd.SGD(), 8), 0, 0).most == most


@pytest.mark.parametrize(("times", "ends"), [(999_999.5, False), (1_000_000.5, True)])
def test_a_million_times_the_loss_of_the_start_ends_a_run_as_it_does_in_train(times, ends):
    rate = (1 + np.sqrt(times)) / 2  # on x² + y² a step makes x (1 - 2 rate) times as long
    bowl = gd.SURFACES["bowl"]
    experiment = gd.Experiment(bowl, (gd.Run(gd.SGD(lr=rate)),), (1.0, 0.0), 2)
    if ends:
        with pytest.raises(ValueError, match="from 1 to 1, where the run diverged"):
            replay(experiment, 0, 2)
    else:
        assert replay(experiment, 0, 2).update == 2


def test_losses_of_a_batch_are_taken_at_as_many_places_as_a_tile_has_room_for(monkeypatch):
    seen = []

    class Rows:
        def points(self, params):
            return params

        def gather(self, rows):
            return np.zeros((*rows.shape, 5))

        def value_and_grad(self, theta, block):
            seen.append(theta.shape[2])
            return np.zeros((1, theta.shape[2])), None

    for tile, sizes in ((60, [4, 4, 2]), (59, [3, 3, 3, 1]), (3, [1] * 10)):
        seen.clear()
        monkeypatch.setattr(replays, "_TILE", tile)
        batch_loss(Rows(), np.zeros((10, 2)), np.arange(3))
        assert seen == sizes, tile


def test_the_library_offers_it():
    assert gd.replay is replay
    assert isinstance(gd.replay(LINE, 0, 1), gd.Step)
