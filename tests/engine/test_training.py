"""What training promises: that it is descent as a textbook writes it, and what becomes of runs."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import cache
from itertools import islice, pairwise, product

import numpy as np
import pytest
from sklearn.linear_model import SGDClassifier, SGDRegressor

from gdplay.datasets import DATASETS
from gdplay.engine import lockstep, training
from gdplay.engine.cost import work
from gdplay.engine.training import CLOSELY, DIVERGED_AT, MAX_PATH, Status, Trace, train
from gdplay.experiment import Experiment, Run, start_of
from gdplay.loss.fit import Fit
from gdplay.loss.models import MODELS
from gdplay.loss.problem import Descent, Problem
from gdplay.loss.sights import lack
from gdplay.loss.surfaces import SURFACES
from gdplay.optimizers import OPTIMIZERS, SGD, Adam, Momentum
from gdplay.optimizers.elementwise import ELEMENTWISE
from gdplay.sampling import SAMPLINGS, orders
from gdplay.schedules import SCHEDULES, Cosine
from gdplay.teaching.defaults import default_experiment
from tests import few_surfaces

N = 70
SIZES = (1, 32, None)
CUTS = ((1, False), (32, False), (32, True), (None, False))
"""Batch sizes, and whether a short last batch is dropped where there is one."""
FIRST = 100  # updates over which every route agrees to 1e-12


def fit_of(key, model, n=N, **options):
    dataset = DATASETS[key]
    dataset = replace(dataset, n_samples=n) if dataset.synthetic else dataset
    return Fit(dataset, MODELS[model], **options)


PLANE = fit_of("ravine", "linear", standardize=True, l2=0.01)
LINE = fit_of("line", "linear", n=20)
PROBLEMS = [
    *(fit_of("ravine", "linear", standardize=True, objective=o) for o in ("half_mse", "mse")),
    fit_of("moons", "logistic", features="quadratic", l2=0.1),
    fit_of("blobs", "softmax", l2=0.1),
]
WITH_TEST_ROWS = [replace(problem, test_size=0.2) for problem in PROBLEMS]


def name_of(problem):
    return f"{problem.model.key}-{problem.objective}" if isinstance(problem, Fit) else problem.key


every_problem = pytest.mark.parametrize("problem", PROBLEMS, ids=name_of)
every_rule = pytest.mark.parametrize("rule", ELEMENTWISE.values(), ids=list(ELEMENTWISE))
every_sampling = pytest.mark.parametrize("sampling", SAMPLINGS)
every_size = pytest.mark.parametrize("batch_size", SIZES)


# Descent as a textbook writes it: one run, one order of the rows, one update after the other.


def textbook_loss(fit, params, Z, y):
    """Return the mean loss of some rows [1, x], and its gradient."""
    if fit.model.key == "linear":
        scale = 2.0 if fit.objective == "mse" else 1.0
        residual = Z @ params - y
        loss = scale * residual @ residual / (2 * len(y))
        grad = scale * Z.T @ residual / len(y)
    elif fit.model.key == "logistic":
        score = Z @ params
        p = 1 / (1 + np.exp(-score))
        loss = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
        grad = Z.T @ (p - y) / len(y)
    else:
        powers = np.exp(Z @ params.reshape(fit.n_classes, -1).T)
        p = powers / powers.sum(axis=1, keepdims=True)
        right = np.eye(fit.n_classes)[y.astype(int)]
        loss, grad = -np.mean(np.log(p[right == 1])), ((p - right).T @ Z / len(y)).ravel()
    weight = np.arange(len(params)) % Z.shape[1] > 0
    return loss + fit.l2 / 2 * np.sum((weight * params) ** 2), grad + fit.l2 * weight * params


def textbook_order(sampling, y, rng, kept):
    """Return an epoch's order of the rows; `kept` is the one of the epoch before, or None."""
    if sampling == "reshuffle":
        return rng.permutation(len(y))
    if sampling == "shuffle once":
        return rng.permutation(len(y)) if kept is None else kept
    if sampling == "with replacement":
        return rng.integers(0, len(y), len(y))
    return np.argsort(y, kind="stable") if sampling == "sorted by target" else np.arange(len(y))


@cache
def textbook(experiment, run, seed_index=0, n_updates=FIRST):
    """Return the states after 0, 1, 2, ... updates and the loss of the batch that made each."""
    fit, n = experiment.problem, experiment.problem.n_samples
    Z, y = np.column_stack([np.ones(n), fit.X]), fit.y
    rng = np.random.default_rng((experiment.seed, seed_index))
    size = n if run.batch_size is None or run.batch_size > n else run.batch_size
    total = run.updates_per_epoch(n) * experiment.epochs_of(run)
    rates = run.optimizer.lr * run.schedule.factors(total)
    params = np.zeros(fit.n_params) if experiment.start is None else np.array(experiment.start)
    state, order = run.optimizer.init(params), None
    states, losses = [params], [np.nan]
    while len(states) <= min(n_updates, total):
        order = np.arange(n) if size == n else textbook_order(run.sampling, y, rng, order)
        batches = [order[i : i + size] for i in range(0, n, size)]
        if run.drop_last and len(batches[-1]) < size:
            batches.pop()
        for batch in batches:
            loss, grad = textbook_loss(fit, params, Z[batch], y[batch])
            step, state = run.optimizer.update(grad, state, params, rates[len(states) - 1])
            params = params + step
            states.append(params)
            losses.append(loss)
    keep = min(n_updates, total) + 1
    return np.array(states[:keep]), np.array(losses[:keep])


def varied(rule):
    """Return a rule of the same kind with every number changed."""
    numbers = {f.name: getattr(rule, f.name) for f in fields(rule)}
    return replace(rule, **{name: 0.9 * value + 1e-3 for name, value in numbers.items()})


def enough_epochs(run):
    return -(-FIRST // run.updates_per_epoch(N))


@cache
def trained(sampling):
    """Return an experiment of every rule and batch size, and its traces."""
    runs = [
        Run(replace(rule, lr=0.01), size, sampling, drop_last)
        for rule, (size, drop_last) in product(ELEMENTWISE.values(), CUTS)
    ]
    # Another of each kind, so that numbers are stacked.
    runs += [
        replace(run, optimizer=varied(run.optimizer), schedule=SCHEDULES["inverse"])
        for run in runs
        if run.batch_size == 32 and not run.drop_last
    ]
    runs = tuple(replace(run, epochs=enough_epochs(run)) for run in runs)
    start = tuple(np.linspace(-3, 2, PLANE.n_params))
    experiment = Experiment(PLANE, runs, start=start, seed=4, n_seeds=2)
    return experiment, train(experiment)


def places(experiment, rule):
    """Return where a rule's runs stand."""
    return [place for place, run in enumerate(experiment.runs) if type(run.optimizer) is type(rule)]


def close(actual, expected, rtol=1e-12):
    """Assert equality relative to the largest entry."""
    size = np.nanmax(np.abs(expected), initial=0.0)
    np.testing.assert_allclose(actual, expected, rtol=rtol, atol=rtol * size)


@every_rule
@every_sampling
def test_the_first_hundred_updates_are_those_of_the_textbook(rule, sampling):
    experiment, traces = trained(sampling)
    for place in places(experiment, rule):
        trace = traces[place]
        states, losses = textbook(experiment, experiment.runs[place], 0)  # as below, cached
        np.testing.assert_array_equal(trace.path_updates[: FIRST + 1], np.arange(FIRST + 1))
        close(trace.path[: FIRST + 1], states)
        close(trace.batch_loss[: FIRST + 1], losses)


@every_rule
@every_sampling
def test_the_ends_of_epochs_are_those_of_the_textbook_for_every_seed(rule, sampling):
    experiment, traces = trained(sampling)
    for place, seed_index in product(places(experiment, rule), range(2)):
        trace, run = traces[place], experiment.runs[place]
        states, losses = textbook(experiment, run, seed_index)
        ends = trace.updates[trace.updates <= FIRST]
        assert len(ends) > 1
        close(trace.params[seed_index, : len(ends)], states[ends])
        per_epoch = run.updates_per_epoch(N)
        sizes = np.diff(np.minimum(np.arange(per_epoch + 1) * run.rows(N), N))
        by_epoch = losses[1 : ends[-1] + 1].reshape(-1, per_epoch)
        means = (by_epoch * sizes).sum(axis=1) / sizes.sum()
        close(trace.running_loss[seed_index, 1 : len(ends)], means)
        assert np.isnan(trace.running_loss[seed_index, 0])


@every_problem
@every_size
@pytest.mark.parametrize("rule", [SGD(lr=0.1), Adam(lr=0.1)], ids=["sgd", "adam"])
def test_every_model_descends_as_in_the_textbook(problem, batch_size, rule):
    run = Run(rule, batch_size)
    experiment = Experiment(problem, (run,), epochs=enough_epochs(run), seed=9)
    (trace,) = train(experiment)
    states, losses = textbook(experiment, run)
    close(trace.path[: FIRST + 1], states)
    close(trace.batch_loss[: FIRST + 1], losses)
    Z = np.column_stack([np.ones(N), problem.X])
    close(trace.loss[0], [textbook_loss(problem, p, Z, problem.y)[0] for p in trace.params[0]])


@pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=list(SCHEDULES))
@pytest.mark.parametrize("warmup", [0, 5])
@every_size
def test_a_schedule_counts_updates_and_sees_the_whole_run(schedule, warmup, batch_size):
    run = Run(SGD(lr=0.5), batch_size, schedule=replace(schedule, warmup=warmup))
    (trace,) = train(Experiment(Ledger(10), (run,), epochs=12))
    factors = run.schedule.factors(len(trace.path) - 1)
    # The ledger's gradient is 1 everywhere, so that a step is the rate.
    np.testing.assert_allclose(-np.diff(trace.path[:, 0]), 0.5 * factors, rtol=1e-12, atol=1e-13)


# Two problems whose every number is known


class Ledger(Problem):
    """A problem that writes down which rows it is handed; a row's loss is its number."""

    n_samples = 0
    param_names = ("x",)
    quadratic = False
    targets = np.zeros(0)

    def __init__(self, n):
        self.n_samples, self.targets, self.seen = n, np.cos(np.arange(n)), []

    def value(self, theta):
        return np.full((len(theta), theta.shape[2]), (self.n_samples - 1) / 2)

    def value_and_grad(self, theta, block=None):
        if block is None:
            return self.value(theta), np.ones_like(theta)
        self.seen.append(block[..., 0].astype(int))
        return block.mean(axis=1) * np.ones((1, theta.shape[2])), np.ones_like(theta)

    def gather(self, rows):
        return rows[..., None].astype(float)

    def hessian(self, params):
        raise NotImplementedError

    def minimum(self):
        raise NotImplementedError


def seen(n, batch_size, *, epochs=3, seed=0, n_seeds=1, **fields):
    """Return the rows of every update of a run, a list of (n_seeds, rows)."""
    ledger = Ledger(n)
    run = Run(SGD(), batch_size, **fields)
    train(Experiment(ledger, (run,), epochs=epochs, seed=seed, n_seeds=n_seeds))
    return ledger.seen


@every_sampling
@pytest.mark.parametrize("batch_size", [1, 3, 4, 5, 9])
@pytest.mark.parametrize("drop_last", [False, True], ids=["keep", "drop"])
def test_an_epoch_is_one_order_of_the_rows_cut_into_batches(sampling, batch_size, drop_last):
    rows = iter(seen(10, batch_size, sampling=sampling, drop_last=drop_last, n_seeds=2))
    for order in islice(orders(sampling, Ledger(10).targets, 0, 2), 3):
        whole = 10 // batch_size * batch_size
        for first in range(0, whole if drop_last else 10, batch_size):
            expected = order[:, first : first + batch_size]
            found = next(rows)
            # Where nothing is drawn, one order serves all seeds.
            assert len(found) == (2 if SAMPLINGS[sampling].random else 1)
            np.testing.assert_array_equal(np.broadcast_to(found, expected.shape), expected)
    assert not list(rows)


@every_sampling
@pytest.mark.parametrize("n_seeds", [1, 3])
def test_every_batch_size_sees_the_same_order_of_the_rows(sampling, n_seeds):
    one = np.concatenate(seen(70, 1, sampling=sampling, n_seeds=n_seeds), axis=1)
    for batch_size in (2, 32, 69):
        more = seen(70, batch_size, sampling=sampling, n_seeds=n_seeds)
        np.testing.assert_array_equal(np.concatenate(more, axis=1), one)


def test_reshuffling_uses_every_row_exactly_once_an_epoch_and_another_order_in_each():
    epochs = np.concatenate(seen(70, 32, epochs=4), axis=1)[0].reshape(4, 70)
    np.testing.assert_array_equal(np.sort(epochs, axis=1), np.tile(np.arange(70), (4, 1)))
    assert all(not np.array_equal(a, b) for a, b in pairwise(epochs))


def test_drawing_with_replacement_leaves_rows_out():
    epoch = np.concatenate(seen(70, 32, epochs=1, sampling="with replacement"), axis=1)[0]
    assert len(epoch) == 70
    assert len(set(epoch.tolist())) < 70


def test_sorted_rows_come_smallest_target_first():
    epoch = np.concatenate(seen(70, 32, epochs=1, sampling="sorted by target"), axis=1)[0]
    assert np.all(np.diff(Ledger(70).targets[epoch]) >= 0)


def test_leftover_rows_never_roll_into_the_next_epoch():
    sizes = [rows.shape[1] for rows in seen(70, 32, epochs=2)]
    assert sizes == [32, 32, 6, 32, 32, 6]
    assert [rows.shape[1] for rows in seen(70, 32, epochs=2, drop_last=True)] == [32] * 4


def test_a_short_last_batch_is_averaged_over_its_own_rows():
    run = Run(SGD(lr=0.1), 32, "in order")
    experiment = Experiment(PLANE, (run,), epochs=1)
    (trace,) = train(experiment)
    before, after = trace.path[2], trace.path[3]
    np.testing.assert_allclose(
        after, before - 0.1 * PLANE.gradient(before, np.arange(64, 70)), rtol=1e-12
    )
    (ledger,) = train(Experiment(Ledger(70), (run,), epochs=1))
    np.testing.assert_array_equal(ledger.batch_loss[1:], [15.5, 47.5, 66.5])


@every_sampling
def test_a_full_batch_is_every_row_exactly_once_whatever_the_sampling_and_the_seed(sampling):
    one, *others = (
        train(Experiment(PLANE, (Run(SGD(lr=0.1), size, sampling, drop),), seed=seed, n_seeds=2))
        for size, seed, drop in [(None, 0, False), (None, 5, True), (N, 0, False), (900, 1, True)]
    )
    for other in others:
        same(other[0], one[0])
    np.testing.assert_array_equal(one[0].params[0], one[0].params[1])


@dataclass(frozen=True)
class Ramp(Problem):
    """Four rows and a parameter that grows by 1 an update, with its loss and slope written out."""

    loss_at: Callable[[float], float] = lambda x: 1.0
    slope_at: Callable[[float], float] = lambda x: -1.0

    n_samples = 4
    param_names = ("x",)
    quadratic = False
    targets = np.zeros(4)

    def value(self, theta):
        return np.vectorize(self.loss_at, otypes=[float])(theta[:, 0])

    def value_and_grad(self, theta, block=None):
        slope = np.vectorize(self.slope_at, otypes=[float])(theta)
        return np.ones((len(theta), theta.shape[2])), slope

    def gather(self, rows):
        return np.zeros((*rows.shape, 1))

    def hessian(self, params):
        raise NotImplementedError

    def minimum(self):
        raise NotImplementedError


def climb(**options):
    """Return the trace of five epochs of four updates on a ramp."""
    (trace,) = train(Experiment(Ramp(**options), (Run(SGD(lr=1.0), 1),), epochs=5))
    return trace


# What does not matter


def same(one: Trace, other: Trace, rtol: float = 0.0) -> None:
    """Assert that two traces are equal, to the last bit unless a tolerance is given."""
    for field in fields(Trace):
        a, b = getattr(one, field.name), getattr(other, field.name)
        if isinstance(a, np.ndarray):
            size = np.nanmax(np.abs(a), initial=0.0) if a.dtype.kind == "f" else 0
            np.testing.assert_allclose(a, b, rtol=rtol, atol=rtol * size, err_msg=field.name)
        else:
            assert a == b, field.name


MIXED = (
    Run(SGD(lr=0.1), 32),
    Run(SGD(lr=0.2), 32),
    Run(Momentum(lr=0.05), 32),
    Run(Momentum(lr=0.02, beta=0.5), 32),
    Run(Adam(lr=0.1), 1, epochs=2),
    Run(SGD(lr=0.01), 1, "with replacement"),
    Run(SGD(lr=0.3)),
    Run(SGD(lr=0.1), 32, drop_last=True),
    Run(SGD(lr=0.1), 32, "in order", schedule=Cosine()),
)


@cache
def mixed(problem=PLANE, epochs=6, seed=3, n_seeds=3):
    experiment = Experiment(problem, MIXED, epochs=epochs, seed=seed, n_seeds=n_seeds)
    return experiment, train(experiment)


@pytest.mark.parametrize("place", range(len(MIXED)))
def test_company_does_not_matter(place):
    experiment, traces = mixed()
    (alone,) = train(replace(experiment, runs=(MIXED[place],)))
    same(alone, traces[place], rtol=1e-12)


def test_permuting_runs_permutes_traces():
    experiment, traces = mixed()
    order = np.random.default_rng(0).permutation(len(MIXED))
    shuffled = train(replace(experiment, runs=tuple(MIXED[i] for i in order)))
    for trace, place in zip(shuffled, order, strict=True):
        same(trace, traces[place], rtol=1e-12)


def test_runs_alike_have_traces_alike():
    several = train(Experiment(PLANE, (MIXED[0], MIXED[6], MIXED[0]), epochs=5))
    same(several[2], several[0], rtol=1e-12)


@every_problem
def test_the_same_experiment_twice_is_the_same_to_the_last_bit(problem):
    experiment = Experiment(problem, MIXED, epochs=3, n_seeds=2)
    for one, other in zip(train(experiment), train(experiment), strict=True):
        same(one, other)


@pytest.mark.parametrize("place", range(len(MIXED)))
def test_a_seed_index_is_the_same_however_many_seeds_there_are(place):
    experiment = replace(mixed()[0], runs=(MIXED[place],), epochs=3)
    (few,) = train(replace(experiment, n_seeds=5))
    (many,) = train(replace(experiment, n_seeds=10))
    for name in ("params", "loss", "running_loss"):
        close(getattr(many, name)[:5], getattr(few, name))
    close(many.path, few.path)


def test_seeds_differ_where_rows_are_shuffled_and_nowhere_else():
    experiment = Experiment(PLANE, tuple(Run(SGD(lr=0.1), 1, key) for key in SAMPLINGS), n_seeds=2)
    for run, trace in zip(experiment.runs, train(experiment), strict=True):
        differ = not np.array_equal(trace.params[0], trace.params[1])
        assert differ == SAMPLINGS[run.sampling].random
        assert trace.params.shape[0] == trace.loss.shape[0] == len(trace.status) == 2


def test_another_seed_is_another_order():
    one, other = (train(Experiment(PLANE, MIXED[:1], seed=seed))[0] for seed in (0, 1))
    assert not np.array_equal(one.params, other.params)


def test_ten_epochs_are_the_first_ten_of_twenty():
    runs = tuple(run for run in MIXED if not run.epochs and run.schedule.key == "constant")
    ten, twenty = (train(Experiment(PLANE, runs, epochs=epochs, n_seeds=2)) for epochs in (10, 20))
    for short, long in zip(ten, twenty, strict=True):
        for name in ("params", "loss", "running_loss"):
            close(getattr(long, name)[:, :11], getattr(short, name))
        np.testing.assert_array_equal(long.updates[:11], short.updates)
        shared = min(len(short.path), 200)
        close(long.path[:shared], short.path[:shared])
        close(long.batch_loss[:shared], short.batch_loss[:shared])


@pytest.mark.parametrize(("gather", "buffer"), [(1, 1), (50, 40), (1 << 12, 1 << 9)])
def test_how_the_work_is_cut_into_pieces_changes_nothing(monkeypatch, gather, buffer):
    experiment, traces = mixed()
    monkeypatch.setattr(lockstep, "_GATHER", gather)
    monkeypatch.setattr(lockstep, "_BUFFER", buffer)
    for trace, expected in zip(train(experiment), traces, strict=True):
        same(trace, expected, rtol=1e-13)


# What a trace holds


@pytest.mark.parametrize("place", range(len(MIXED)))
@pytest.mark.parametrize("problem", WITH_TEST_ROWS, ids=name_of)
def test_the_loss_is_the_loss_of_the_parameters_beside_it(place, problem):
    trace = mixed(problem)[1][place]
    close(trace.loss, problem.loss(trace.params), rtol=1e-13)
    close(trace.test_loss, problem.test_loss(trace.params), rtol=1e-13)
    np.testing.assert_array_equal(trace.params[:, 0], np.zeros((3, problem.n_params)))


def test_the_test_loss_leaves_the_penalty_out():
    problem = replace(PLANE, test_size=0.3, l2=5.0)
    (trace,) = train(Experiment(problem, MIXED[:1], start=(9.0, -8.0, 7.0), epochs=3))
    rows = problem.prepared
    for params, loss in zip(trace.params[0], trace.test_loss[0], strict=True):
        residual = problem.predict(params, rows.X_test) - rows.y_test
        np.testing.assert_allclose(loss, np.mean(residual**2) / 2, rtol=1e-12)


def test_without_test_rows_there_is_no_test_loss():
    assert mixed()[1][0].test_loss is None


@pytest.mark.parametrize("place", range(len(MIXED)))
def test_shapes_are_as_said_and_nothing_can_be_written_to(place):
    experiment, traces = mixed()
    run, trace = experiment.runs[place], traces[place]
    epochs, per_epoch = experiment.epochs_of(run), run.updates_per_epoch(N)
    assert trace.params.shape == (3, epochs + 1, PLANE.n_params)
    assert trace.loss.shape == trace.running_loss.shape == (3, epochs + 1)
    np.testing.assert_array_equal(trace.updates, per_epoch * np.arange(epochs + 1))
    np.testing.assert_array_equal(trace.path_updates, np.arange(epochs * per_epoch + 1))
    assert trace.path.shape == (len(trace.path_updates), PLANE.n_params)
    assert trace.batch_loss.shape == trace.path_updates.shape
    np.testing.assert_array_equal(trace.path[trace.updates], trace.params[0])
    assert np.isnan(trace.batch_loss[0])
    assert trace.status == (Status.EXHAUSTED,) * 3
    assert trace.diverged_at == (-1,) * 3
    arrays = [v for v in vars(trace).values() if isinstance(v, np.ndarray)]
    assert len(arrays) == 8
    np.testing.assert_array_equal(trace.epochs, np.arange(len(trace.updates)))
    assert not any(array.flags.writeable for array in arrays)


def test_a_run_with_epochs_of_its_own_takes_those():
    one, three = train(Experiment(PLANE, (Run(SGD()), Run(SGD(), epochs=3)), epochs=8))
    assert one.params.shape[1] == 9
    assert three.params.shape[1] == 4
    close(one.params[:, :4], three.params)


LENGTHS = [1, 2, 3, 1000, *range(1995, 2003), 3994, 3997, 3999, 5000]


@pytest.mark.parametrize("n_updates", LENGTHS)
def test_a_path_holds_at_most_so_many_states_the_first_ones_all_and_later_ones_evenly(n_updates):
    (trace,) = train(Experiment(Ledger(10), (Run(SGD(lr=0.5)),), epochs=n_updates))
    updates = trace.path_updates
    assert len(updates) == len(trace.path) == len(trace.batch_loss) <= MAX_PATH
    assert updates[0] == 0
    assert updates[-1] == n_updates
    early = np.arange(min(CLOSELY, n_updates + 1))
    np.testing.assert_array_equal(updates[: len(early)], early)
    gaps = np.diff(updates[updates >= CLOSELY])
    assert len(set(gaps[:-1].tolist())) <= 1
    assert len(gaps) < 2 or 0 < gaps[-1] <= gaps[0]
    assert gaps.max(initial=1) == 1 or len(updates) > MAX_PATH / 2
    if n_updates < MAX_PATH:
        assert len(updates) == n_updates + 1
    np.testing.assert_array_equal(trace.path[:, 0], -0.5 * updates)


FAR = replace(default_experiment(), start=(-3.0, -2.0))
"""The line's 200 rows from a start whose loss is 46.0038."""


@pytest.mark.parametrize("batch_size", [64, 199])
def test_the_running_mean_of_a_run_that_stands_still_stands_still(batch_size):
    still = replace(FAR, runs=(Run(SGD(lr=1e-8), batch_size),))
    (trace,) = train(still)
    assert trace.loss[0, 0] == pytest.approx(46.0038, abs=2e-4)
    np.testing.assert_allclose(trace.running_loss[0, 1:], trace.loss[0, 0], rtol=2e-5)


def test_a_last_batch_of_one_row_hardly_counts_in_the_running_mean():
    (trace,) = train(replace(FAR, runs=(Run(SGD(lr=0.1), 199),)))
    assert trace.running_loss[0, 1] == pytest.approx(45.84, abs=5e-3)


def test_a_path_has_room_for_2000_states_of_which_the_first_400_are_every_update():
    assert (MAX_PATH, CLOSELY) == (2000, 400)
    (trace,) = train(Experiment(Ledger(10), (Run(SGD(lr=0.5)),), epochs=2000))
    np.testing.assert_array_equal(trace.path_updates[:400], np.arange(400))
    assert 1000 < len(trace.path) <= 2000


def test_a_thinned_path_keeps_the_loss_of_the_batch_that_made_each_state():
    run = Run(SGD(lr=0.5), 1, "in order")
    (trace,) = train(Experiment(Ledger(7), (run,), epochs=1000))
    updates = trace.path_updates[1:]
    assert len(updates) < 7000
    np.testing.assert_array_equal(trace.batch_loss[1:], (updates - 1) % 7)
    np.testing.assert_array_equal(trace.running_loss[0, 1:], 3.0)


def test_paths_can_be_left_out():
    experiment, traces = mixed()
    for trace, full in zip(train(experiment, record_path=False), traces, strict=True):
        assert trace.path.shape == (0, PLANE.n_params)
        assert trace.path_updates.shape == trace.batch_loss.shape == (0,)
        same(replace(trace, path=full.path, path_updates=full.path_updates,
                     batch_loss=full.batch_loss), full)  # fmt: skip


def test_runs_can_start_beside_the_start():
    experiment, _ = mixed()
    far = np.linspace(-0.3, 0.5, len(experiment.runs) * PLANE.n_params)
    moved = far.reshape(len(experiment.runs), -1)
    for place, trace in enumerate(train(experiment, moved=moved)):
        start = tuple(start_of(experiment) + moved[place])
        (alone,) = train(replace(experiment, start=start, runs=(experiment.runs[place],)))
        np.testing.assert_array_equal(trace.params[:, 0], alone.params[:, 0])
        np.testing.assert_allclose(trace.params, alone.params, rtol=1e-9)


# Plain descent is scikit-learn's


@pytest.mark.parametrize("epochs", [1, 7])
@pytest.mark.parametrize("lr", [0.001, 0.05])
@pytest.mark.parametrize("key", ["line", "polynomial", "ravine", "diabetes"])
def test_one_row_at_a_time_in_order_is_the_sgd_regressor_of_scikit_learn(key, lr, epochs):
    fit = Fit(DATASETS[key], MODELS["linear"], standardize=True)
    (trace,) = train(Experiment(fit, (Run(SGD(lr=lr), 1, "in order"),), epochs=epochs))
    known = SGDRegressor(
        loss="squared_error", penalty=None, learning_rate="constant", eta0=lr, shuffle=False,
        max_iter=epochs, tol=None,
    ).fit(fit.X, fit.y)  # fmt: skip
    close(trace.params[0, -1], np.array([*known.intercept_, *known.coef_]))


@pytest.mark.parametrize("epochs", [1, 7])
@pytest.mark.parametrize("lr", [0.001, 0.05])
@pytest.mark.parametrize("key", ["moons", "circles", "xor", "breast_cancer"])
def test_one_row_at_a_time_in_order_is_the_sgd_classifier_of_scikit_learn(key, lr, epochs):
    fit = Fit(DATASETS[key], MODELS["logistic"], standardize=True)
    (trace,) = train(Experiment(fit, (Run(SGD(lr=lr), 1, "in order"),), epochs=epochs))
    known = SGDClassifier(
        loss="log_loss", penalty=None, learning_rate="constant", eta0=lr, shuffle=False,
        max_iter=epochs, tol=None,
    ).fit(fit.X, fit.y)  # fmt: skip
    close(trace.params[0, -1], np.array([*known.intercept_, *known.coef_.ravel()]))


# Divergence


def definition(fit, states, per_epoch):
    """Return the update at which states have diverged, as the definition says, or -1."""
    limit = DIVERGED_AT * max(1.0, fit.loss(states[0]))
    for update, params in enumerate(states):
        if not np.all(np.isfinite(params)):
            return update
        if update % per_epoch == 0 and not fit.loss(params) <= limit:
            return update
    return -1


LIMIT = 2 / np.linalg.eigvalsh(LINE.hessian(np.zeros(2)))[-1]
TALL = fit_of("line", "linear", n=201)


@pytest.mark.parametrize(("fit", "epochs"), [(LINE, 25), (TALL, 4)], ids=["20 rows", "201 rows"])
@pytest.mark.parametrize("batch_size", [None, 4, 1])
@pytest.mark.parametrize("lr", [0.3 * LIMIT, 1.5 * LIMIT, 4 * LIMIT, 60.0, 1e3])
def test_a_seed_diverges_exactly_where_the_definition_says(fit, epochs, batch_size, lr):
    run = Run(SGD(lr=lr), batch_size)
    experiment = Experiment(fit, (run,), epochs=epochs, seed=1, n_seeds=3)
    (trace,) = train(experiment)
    per_epoch = run.updates_per_epoch(fit.n_samples)
    for seed_index in range(3):
        with np.errstate(all="ignore"):
            states, losses = textbook(experiment, run, seed_index, epochs * per_epoch)
            at = definition(fit, states, per_epoch)
        assert trace.diverged_at[seed_index] == at
        assert trace.status[seed_index] is (Status.EXHAUSTED if at < 0 else Status.DIVERGED)
        kept = trace.updates <= (at if at >= 0 else np.inf)
        kept &= np.isfinite(states[trace.updates]).all(axis=1)
        close(trace.params[seed_index, kept], states[trace.updates[kept]], rtol=1e-9)
        np.testing.assert_array_equal(np.isnan(trace.loss[seed_index]), ~kept)
        for rows in (trace.params[seed_index], trace.loss[seed_index]):
            assert np.all(np.isnan(rows[~kept]))
        assert np.all(np.isnan(trace.running_loss[seed_index][~kept]))
        if seed_index == 0:
            last = trace.path_updates[-1]
            assert last == (len(states) - 1 if at < 0 else at - (not np.isfinite(states[at]).all()))
            close(trace.path, states[trace.path_updates], rtol=1e-9)
            expected = losses[trace.path_updates]
            sound = np.isfinite(expected)
            np.testing.assert_allclose(trace.batch_loss[sound], expected[sound], rtol=1e-9)
            assert not np.any(np.isfinite(trace.batch_loss[~sound]))
            assert len(trace.path) <= MAX_PATH


def test_rates_of_all_sizes_show_every_way_to_end():
    # So that the test above has something to show.
    outcomes = set()
    for lr in (0.3 * LIMIT, 4 * LIMIT, 1e3):
        (trace,) = train(Experiment(TALL, (Run(SGD(lr=lr), 1),), epochs=25))
        at = trace.diverged_at[0]
        outcomes.add("never" if at < 0 else "at an end" if at % 201 == 0 else "inside an epoch")
    assert outcomes == {"never", "at an end", "inside an epoch"}


STEPS = {
    "a loss of a million": (lambda x: 1e6 if x else 1.0, -1),
    "a loss above a million": (lambda x: np.nextafter(1e6, 2e6) if x == 8 else 1.0, 8),
    "a million times a small start": (lambda x: 1e6 if x else 0.1, -1),
    "more than a million times a small start": (lambda x: 2e6 if x == 12 else 0.1, 12),
    "a million times a large start": (lambda x: 7e6 if x else 7.0, -1),
    "more than a million times a large start": (lambda x: 8e6 if x == 20 else 7.0, 20),
    "an infinite loss": (lambda x: np.inf if x >= 8 else 1.0, 8),
    "a loss that is no number": (lambda x: np.nan if x == 4 else 1.0, 4),
    "a loss below everything": (lambda x: -np.inf if x == 8 else 1.0, 8),
    "a loss too high inside an epoch alone": (lambda x: np.inf if x % 4 else 1.0, -1),
}


@pytest.mark.parametrize("case", STEPS)
def test_the_loss_is_judged_at_ends_of_epochs_against_a_million_times_its_start(case):
    loss_at, at = STEPS[case]
    trace = climb(loss_at=loss_at)
    assert trace.diverged_at == (at,)
    last = 20 if at < 0 else at
    np.testing.assert_array_equal(np.isfinite(trace.params[0, :, 0]), trace.updates <= last)
    np.testing.assert_array_equal(np.isnan(trace.running_loss[0, 1:]), trace.updates[1:] > last)
    np.testing.assert_array_equal(trace.path[:, 0], np.arange(last + 1))
    expected = [loss_at(x) for x in range(0, last + 1, 4)]
    np.testing.assert_array_equal(trace.loss[0, : len(expected)], expected)
    assert np.all(np.isnan(trace.loss[0, len(expected) :]))


@pytest.mark.parametrize("bad", [np.inf, -np.inf, np.nan])
@pytest.mark.parametrize("at", [1, 2, 4, 5, 8, 20])
def test_parameters_that_are_not_finite_are_divergence_at_that_very_update(bad, at):
    trace = climb(slope_at=lambda x: bad if x == at - 1 else -1.0)
    assert trace.diverged_at == (at,)
    assert trace.status == (Status.DIVERGED,)
    np.testing.assert_array_equal(np.isfinite(trace.params[0, :, 0]), trace.updates < at)
    np.testing.assert_array_equal(trace.path[:, 0], np.arange(at))
    np.testing.assert_array_equal(trace.path_updates, np.arange(at))


@pytest.mark.parametrize(("high_from", "at"), [(4, 4), (8, 8), (12, 10)])
def test_whichever_sign_of_divergence_is_seen_first_counts(high_from, at):
    trace = climb(
        loss_at=lambda x: 1e9 if x >= high_from else 1.0,
        slope_at=lambda x: np.nan if x == 9 else -1.0,
    )
    assert trace.diverged_at == (at,)
    assert trace.path_updates[-1] == (at if at == high_from else at - 1)


def test_seeds_diverge_one_by_one():
    run = Run(SGD(lr=0.7), 4, "with replacement")
    experiment = Experiment(TALL, (run,), epochs=12, n_seeds=12)
    (trace,) = train(experiment)
    diverged = np.array(trace.diverged_at) >= 0
    assert 0 < diverged.sum() < 12
    assert len(set(trace.diverged_at)) > 2
    for index in range(12):
        states, _ = textbook(experiment, run, index, n_updates=12 * 51)
        assert trace.diverged_at[index] == definition(TALL, states, 51)


@every_size
def test_a_run_that_diverges_leaves_its_neighbours_as_they_are(batch_size):
    calm, wild = Run(SGD(lr=0.1), batch_size), Run(SGD(lr=1e3), batch_size)
    options = {"epochs": 30, "n_seeds": 2}
    with_wild = train(Experiment(TALL, (calm, wild, replace(calm, optimizer=SGD(0.2))), **options))
    with_calm = train(Experiment(TALL, (calm, calm, replace(calm, optimizer=SGD(0.2))), **options))
    assert with_wild[1].status[0] is Status.DIVERGED
    # Updates of one row may be composed on one side alone, which groups the same sums otherwise.
    exact = 1e-12 if batch_size == 1 else 0.0
    same(with_wild[0], with_calm[0], rtol=exact)
    same(with_wild[2], with_calm[2], rtol=exact)
    same(with_wild[0], train(Experiment(TALL, (calm,), **options))[0], rtol=1e-12)


@pytest.mark.parametrize("problem", [*WITH_TEST_ROWS, *few_surfaces().values()], ids=name_of)
@pytest.mark.parametrize("start", [0.0, 1e9])
def test_no_rule_at_any_rate_lets_a_warning_out_or_a_number_that_is_none_in(problem, start):
    sizes = [None] if problem.n_samples == 1 else [None, 1]
    runs = tuple(
        Run(replace(rule, lr=lr), size)
        for rule, size, lr in product(OPTIMIZERS.values(), sizes, (1e-8, 1e3))
        if not lack(problem, rule)
    )
    starts = (start,) * problem.n_params
    for trace in train(Experiment(problem, runs, start=starts, epochs=5, n_seeds=2)):
        assert np.all(np.isfinite(trace.path))
        finite = np.isfinite(trace.params).all(axis=2)
        assert np.all(np.isnan(trace.params[~finite]))
        for losses in (trace.loss, trace.running_loss, trace.test_loss):
            if losses is not None:
                assert np.all(np.isnan(losses[~finite]))
        for rows, at in zip(finite, trace.diverged_at, strict=True):
            assert np.all(rows[trace.updates < (at if at >= 0 else np.inf)])
            assert not np.any(rows[trace.updates > (at if at >= 0 else np.inf)])


@pytest.fixture
def thinned_at_once(monkeypatch):
    """Paths are thinned from the start on."""
    monkeypatch.setattr(training, "CLOSELY", 0)


def test_a_long_path_that_diverges_ends_with_the_last_finite_state(thinned_at_once):
    # Thinned by four, so that neither an end of 201 updates nor the last finite state is kept.
    for lr, where in [(4 * LIMIT, "end"), (1e3, "inside")]:
        (trace,) = train(Experiment(TALL, (Run(SGD(lr=lr), 1),), epochs=30))
        at, gaps = trace.diverged_at[0], np.diff(trace.path_updates)
        assert gaps[0] == 4
        assert trace.path_updates[-1] == (at if where == "end" else at - 1)
        assert np.all(np.isfinite(trace.path[-1]))
        assert not np.isnan(trace.batch_loss[-1])
        if where == "end":
            np.testing.assert_array_equal(trace.path[-1], trace.params[0, at // 201])


def test_when_every_run_and_seed_has_diverged_no_more_is_computed():
    progress, calls = canceller(np.inf)
    experiment = Experiment(LINE, (Run(SGD(lr=1e3), 1),), epochs=500, n_seeds=3)
    (trace,) = train(experiment, progress=progress)
    assert set(trace.status) == {Status.DIVERGED}
    assert len(calls) < 10 < work(experiment).updates / 64
    assert calls[-1] == (10_000, 10_000)


# Stopping early


@every_size
@pytest.mark.parametrize("tol", [1e-3, 0.3])
def test_a_run_stops_where_its_full_gradient_is_small_and_repeats_that_row(batch_size, tol):
    run = Run(SGD(lr=0.2), batch_size)
    experiment = Experiment(PLANE, (run,), start=(3.0, 3.0, 3.0), epochs=40, n_seeds=4)
    (free,), (held,) = train(experiment), train(replace(experiment, tol=tol))
    norms = np.linalg.norm(PLANE.gradient(free.params), axis=2)
    for index in range(4):
        below = np.flatnonzero(norms[index] < tol)
        stop = below[0] if len(below) else 40
        rows = np.minimum(np.arange(41), stop)
        for name in ("params", "loss", "running_loss"):
            np.testing.assert_array_equal(
                getattr(held, name)[index], getattr(free, name)[index, rows]
            )
        expected = Status.CONVERGED if len(below) else Status.EXHAUSTED
        assert held.status[index] is expected
        assert held.diverged_at[index] == -1
        if index == 0:
            last = held.updates[stop]
            assert held.path_updates[-1] == last
            np.testing.assert_array_equal(held.path[-1], held.params[0, stop])
            np.testing.assert_array_equal(held.path, free.path[: len(held.path)])


def test_the_test_loss_of_a_run_that_stopped_is_repeated_too():
    problem = replace(PLANE, test_size=0.3)
    (trace,) = train(Experiment(problem, (Run(SGD(lr=0.5)),), epochs=60, tol=1e-3))
    assert trace.status == (Status.CONVERGED,)
    close(trace.test_loss, problem.test_loss(trace.params), rtol=1e-13)
    assert trace.test_loss[0, -1] == trace.test_loss[0, -2]


def test_a_run_that_starts_at_the_minimum_has_converged_before_its_first_update():
    start = tuple(PLANE.minimum())
    (trace,) = train(Experiment(PLANE, (Run(SGD(lr=0.1), 1),), start=start, tol=1e-9))
    assert trace.status == (Status.CONVERGED,)
    np.testing.assert_array_equal(trace.path_updates, [0])
    assert np.all(trace.params[0] == trace.params[0, 0])
    assert np.all(np.isnan(trace.running_loss))


def test_without_a_tolerance_nothing_stops_even_at_the_minimum():
    start = tuple(PLANE.minimum())
    (trace,) = train(Experiment(PLANE, (Run(SGD(lr=0.1), 1),), start=start, epochs=3))
    assert trace.status == (Status.EXHAUSTED,)
    assert len(trace.path) == 3 * N + 1


def test_a_run_that_had_converged_before_it_would_have_diverged_has_converged():
    # Rows so small that the first gradients are too, then a step beyond everything.
    run = Run(SGD(lr=1e3), 1)
    start = tuple(LINE.minimum() + 1e-9)
    (trace,) = train(Experiment(LINE, (run,), start=start, epochs=5, tol=1e-6))
    assert trace.status == (Status.CONVERGED,)
    assert trace.diverged_at == (-1,)
    assert np.all(np.isfinite(trace.loss))


def test_a_long_path_that_stops_ends_with_the_state_it_stopped_in(thinned_at_once):
    run = Run(SGD(lr=0.01), 1, schedule=SCHEDULES["inverse"])
    experiment = Experiment(TALL, (run,), epochs=30, tol=0.05)
    (trace,) = train(experiment)
    epoch = int(np.argmax(np.all(trace.params[0] == trace.params[0, -1], axis=1)))
    assert trace.status == (Status.CONVERGED,)
    assert np.diff(trace.path_updates).max() == 4
    assert epoch * 201 % 4
    assert trace.path_updates[-1] == epoch * 201
    np.testing.assert_array_equal(trace.path[-1], trace.params[0, epoch])
    _, losses = textbook(experiment, run, n_updates=epoch * 201)
    np.testing.assert_allclose(trace.batch_loss[-1], losses[-1], rtol=1e-9)


@pytest.fixture
def short_stretches(monkeypatch):
    """Progress is asked for every 64 updates, whatever the route."""
    monkeypatch.setattr(Descent, "most", 64)


def canceller(after):
    """Return a progress that says no after some calls, and the list of its calls."""
    calls = []

    def progress(done, total):
        calls.append((done, total))
        return len(calls) <= after

    return progress, calls


def test_progress_is_told_how_many_of_all_updates_are_done():
    experiment, traces = mixed()
    progress, calls = canceller(np.inf)
    for trace, expected in zip(train(experiment, progress=progress), traces, strict=True):
        same(trace, expected)
    done, totals = zip(*calls, strict=True)
    assert set(totals) == {work(experiment).updates}
    assert list(done) == sorted(done)
    assert done[-1] == totals[0]
    assert max(b - a for a, b in pairwise(done)) <= Descent.most


@pytest.mark.parametrize("after", [0, 1, 2, 5, 8])
def test_a_cancelled_run_keeps_what_was_done_and_the_rest_is_no_number(after, short_stretches):
    runs = (Run(SGD(lr=0.1), 1), Run(SGD(lr=0.1), 32), Run(SGD(lr=0.1)))
    experiment = Experiment(PLANE, runs, epochs=6, n_seeds=2)
    progress, calls = canceller(after)
    whole = train(experiment)
    for trace, full in zip(train(experiment, progress=progress), whole, strict=True):
        done = trace.path_updates[-1]
        kept = trace.updates <= done
        for name in ("params", "loss", "running_loss"):
            rows, expected = getattr(trace, name), getattr(full, name)
            np.testing.assert_array_equal(rows[:, kept], expected[:, kept])
            assert np.all(np.isnan(rows[:, ~kept]))
        np.testing.assert_array_equal(trace.path, full.path[: done + 1])
        ended = Status.EXHAUSTED if done == full.updates[-1] else Status.CANCELLED
        assert trace.status == (ended, ended)
        assert trace.diverged_at == (-1, -1)
    assert len(calls) == after + 1  # once it has said no, it is not asked again


def test_no_for_an_answer_once_cancels_all_that_is_left(short_stretches):
    answers = iter([True, False])
    several = (Run(SGD(lr=0.1)), Run(SGD(lr=0.1), 32), Run(Adam(), 1))
    traces = train(
        Experiment(PLANE, several, epochs=3), progress=lambda done, total: next(answers, True)
    )
    # The shortest comes first, and was through.
    assert [trace.path_updates[-1] for trace in traces] == [3, 0, 0]
    assert [*traces[0].status, *traces[1].status, *traces[2].status] == [
        Status.EXHAUSTED, Status.CANCELLED, Status.CANCELLED,
    ]  # fmt: skip


def test_a_long_path_that_is_cancelled_ends_with_the_last_state_reached(
    short_stretches, thinned_at_once
):
    progress, _ = canceller(2)
    run = Run(SGD(lr=0.5), 1, "in order")
    (trace,) = train(Experiment(Ledger(7), (run,), epochs=800), progress=progress)
    np.testing.assert_array_equal(trace.path_updates[-2:], [126, 128])
    assert trace.path[-1, 0] == -64.0
    assert trace.batch_loss[-1] == 127 % 7
    assert trace.status == (Status.CANCELLED,)


def test_what_had_diverged_before_it_was_cancelled_has_diverged(short_stretches):
    progress, _ = canceller(4)
    (wild, calm) = train(
        Experiment(LINE, (Run(SGD(lr=1e3), 1), Run(SGD(lr=0.1), 1)), epochs=50), progress=progress
    )
    assert wild.status == (Status.DIVERGED,)
    assert calm.status == (Status.CANCELLED,)


# What an experiment costs


GROWING = {
    "epochs": lambda e: replace(e, epochs=2 * e.epochs),
    "runs": lambda e: replace(e, runs=(*e.runs, Run(Adam(), 32))),
    "a run of a kind already there": lambda e: replace(e, runs=(*e.runs, e.runs[0])),
    "seeds": lambda e: replace(e, n_seeds=4 * e.n_seeds),
    "smaller batches": lambda e: replace(e, runs=(replace(e.runs[0], batch_size=2), *e.runs[1:])),
    "rows": lambda e: replace(
        e, problem=replace(e.problem, dataset=replace(e.problem.dataset, n_samples=5000))
    ),
    "columns": lambda e: replace(e, problem=replace(e.problem, features="quadratic")),
}  # fmt: skip


@pytest.mark.parametrize("case", GROWING)
def test_more_of_anything_costs_no_less_and_something_more(case):
    experiment = Experiment(PLANE, (Run(SGD(), 32), Run(SGD())), epochs=10)
    before, after = work(experiment), work(GROWING[case](experiment))
    assert after.updates >= before.updates
    assert after.seconds >= before.seconds
    assert after.doubles >= before.doubles
    assert after != before


@pytest.mark.parametrize("n_seeds", [1, 50])
@pytest.mark.parametrize("runs", [MIXED, (Run(SGD()), Run(SGD(), 32, "in order"))], ids=len)
def test_the_numbers_that_traces_hold_are_known_before(runs, n_seeds):
    experiment = Experiment(PLANE, runs, epochs=40, n_seeds=n_seeds)
    held = sum(
        value.size
        for trace in train(experiment)
        for value in vars(trace).values()
        if isinstance(value, np.ndarray)
    )
    assert work(experiment).doubles == pytest.approx(held, rel=0.3)


def test_the_updates_of_runs_that_train_together_count_once():
    three = Experiment(PLANE, (Run(SGD(lr=0.1), 32), Run(SGD(lr=0.2), 32), Run(SGD())), epochs=5)
    assert work(three).updates == 5 * 3 + 5
    assert work(replace(three, n_seeds=50)).updates == work(three).updates


def test_full_batches_train_together_however_their_rows_would_be_ordered():
    runs = tuple(Run(SGD(lr=0.1), None, key, drop) for key in SAMPLINGS for drop in (False, True))
    experiment = Experiment(PLANE, runs, epochs=7, n_seeds=9)
    assert work(experiment).updates == 7
    assert work(replace(experiment, n_seeds=1)).seconds == work(experiment).seconds


def test_runs_of_different_kinds_cost_the_sum_of_what_each_costs():
    runs = (Run(SGD(), 1), Run(Adam(), 32), Run(SGD()))
    together = Experiment(PLANE, runs, epochs=5, n_seeds=2)
    alone = [work(replace(together, runs=(run,))) for run in runs]
    for name in ("updates", "seconds", "doubles"):
        total = sum(getattr(cost, name) for cost in alone)
        assert getattr(work(together), name) == pytest.approx(total)


def test_in_a_notebook_a_trace_is_a_table_of_its_seeds():
    runs = (Run(SGD(lr=0.1)), Run(SGD(lr=1e3), epochs=3))
    good, lost = train(Experiment(SURFACES["bowl"], runs, start=(3.0, 4.0), epochs=2))
    assert "<td>0</td><td>25</td><td>10.2</td><td>2</td><td>all epochs ran</td>" in (
        good._repr_html_()
    )
    assert "<td>25</td><td>9.99 × 10⁷</td><td>1</td><td>the loss grew without bound</td>" in (
        lost._repr_html_()
    )


@pytest.mark.parametrize(("times", "status"), [(999_999.5, "EXHAUSTED"), (1_000_000.5, "DIVERGED")])
def test_a_million_times_the_loss_of_the_start_is_where_a_run_counts_as_lost(times, status):
    # On x² + y² a step of the rate η makes x (1 - 2 η) times as long.
    rate = (1 + np.sqrt(times)) / 2
    run = Run(SGD(lr=rate))
    (trace,) = train(Experiment(SURFACES["bowl"], (run,), start=(1.0, 0.0), epochs=1))
    assert trace.status[0].name == status


def test_what_fewer_epochs_leave_of_a_thinned_path_ends_where_the_first_seed_stood(
    thinned_at_once,
):
    """Each fourth of 201 updates an epoch is kept, so not the last of two: 402 = 4 * 100 + 2."""
    run = Run(SGD(lr=0.01), 1)
    (trace,) = train(Experiment(TALL, (run,), epochs=30, n_seeds=3))
    kept = training.until(trace, 2)
    assert kept.epochs.tolist() == [0, 1, 2]
    assert kept.updates.tolist() == [0, 201, 402]
    assert kept.path_updates[-3:].tolist() == [396, 400, 402]
    np.testing.assert_array_equal(kept.path[:-1], trace.path[: len(kept.path) - 1])
    np.testing.assert_array_equal(kept.path[-1], trace.params[0, 2])
    assert not np.array_equal(trace.params[0, 2], trace.params[1, 2])
    assert np.isnan(kept.batch_loss[-1])
    assert np.isfinite(kept.batch_loss[1:-1]).all()
    for name in ("params", "loss", "running_loss"):
        np.testing.assert_array_equal(getattr(kept, name), getattr(trace, name)[:, :3])
    # The last epoch's end is on every path.
    assert training.until(trace, 30).path_updates.tolist() == trace.path_updates.tolist()


def test_a_run_lost_at_its_start_stays_lost_however_little_of_it_is_kept():
    (trace,) = train(replace(default_experiment(), runs=(Run(SGD(lr=0.1)),), epochs=3))
    for at, status in ((0, Status.DIVERGED), (1, Status.DIVERGED), (2, Status.EXHAUSTED)):
        lost = replace(trace, status=(Status.DIVERGED,), diverged_at=(at,))
        kept = training.until(lost, 1)
        assert kept.status == (status,), at
        assert kept.diverged_at == (at if at < 2 else -1,), at
        assert kept.epochs.tolist() == [0, 1]


def test_what_a_search_has_tried_is_counted_at_the_ends_of_epochs():
    run = Run(OPTIMIZERS["armijo"], batch_size=50)
    (trace,) = train(replace(default_experiment(), runs=(run,), epochs=3))
    assert trace.tries.shape == (1, 4)
    assert trace.tries[0, 0] == 0
    assert (np.diff(trace.tries[0]) >= 4).all()  # one at least of each of four updates
