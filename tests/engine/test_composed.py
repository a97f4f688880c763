"""Composed updates are the loop's own, and are used only where they keep their digits."""

from dataclasses import fields, replace
from itertools import product

import numpy as np
import pytest

from gdplay.datasets import DATASETS
from gdplay.engine import lockstep
from gdplay.engine.composed import GROWTH, scan, width
from gdplay.engine.training import Status, train
from gdplay.experiment import Experiment, Run
from gdplay.loss.fit import Fit
from gdplay.loss.models import MODELS
from gdplay.loss.problem import LinearRows
from gdplay.optimizers import OPTIMIZERS, SGD, Adam, Momentum, Nesterov
from gdplay.optimizers.elementwise import ELEMENTWISE
from gdplay.sampling import SAMPLINGS, orders
from gdplay.schedules import SCHEDULES, Cosine
from tests import crossed

LINEAR = [rule for rule in OPTIMIZERS.values() if rule.linear]


def fit_of(key="line", n=60, **options):
    return Fit(replace(DATASETS[key], n_samples=n), MODELS["linear"], **options)


PROBLEMS = {
    "plain": fit_of(standardize=True),
    "mse with a penalty": fit_of(standardize=True, objective="mse", l2=0.3),
    "three features": fit_of("polynomial", standardize=True, l2=0.01),
}
every_problem = pytest.mark.parametrize("problem", PROBLEMS.values(), ids=list(PROBLEMS))
every_rule = pytest.mark.parametrize("rule", LINEAR, ids=lambda rule: rule.key)


@pytest.fixture
def composed(monkeypatch):
    """Count how many updates were composed; the loop then has the rest."""
    counts = []

    def watched(rows, *rest):
        found = scan(rows, *rest)
        counts.append(0 if found is None else rows.x.shape[1])
        return found

    monkeypatch.setattr(lockstep, "scan", watched)
    return counts


def by_the_loop(monkeypatch, experiment):
    with monkeypatch.context() as patched:
        patched.setattr(lockstep, "_WORTH", np.inf)
        return train(experiment)


def assert_same(found, expected, rtol=1e-12):
    for one, other in zip(found, expected, strict=True):
        for name in (field.name for field in fields(one)):
            a, b = getattr(one, name), getattr(other, name)
            if isinstance(a, np.ndarray) and a.dtype.kind == "f":
                size = np.nanmax(np.abs(b), initial=0.0)
                np.testing.assert_allclose(a, b, rtol=rtol, atol=rtol * size, err_msg=name)
            else:
                np.testing.assert_array_equal(a, b, err_msg=name)


def test_the_linear_rules_are_those_of_which_maps_can_be_composed():
    assert {rule.key for rule in LINEAR} == {"sgd", "momentum", "nesterov"}


@pytest.mark.parametrize("rule", ELEMENTWISE.values(), ids=lambda rule: rule.key)
def test_a_rule_says_rightly_whether_it_is_linear(rule):
    rng = np.random.default_rng(0)
    start = rng.normal(size=(3, 1))

    def steps(grads):
        state, made = rule.init(start), []
        for grad in grads:
            step, state = rule.update(grad, state, start, 0.1)
            made.append(step)
        return np.array(made)

    one, two = rng.normal(size=(2, 5, 3, 1))
    adds_up = np.allclose(steps(one + 2 * two), steps(one) + 2 * steps(two), rtol=1e-12)
    assert adds_up == rule.linear


@every_problem
@every_rule
@pytest.mark.parametrize("sampling", SAMPLINGS)
def test_composed_updates_are_those_of_the_loop(problem, rule, sampling, composed, monkeypatch):
    runs = tuple(Run(replace(rule, lr=lr), 1, sampling) for lr in (0.01, 0.03))
    experiment = Experiment(problem, runs, epochs=12, n_seeds=2, seed=3, start=(5.0,) * 2)
    if problem.n_params != 2:
        experiment = replace(experiment, start=(5.0,) * problem.n_params, runs=runs[:1], n_seeds=1)
    found = train(experiment)
    assert sum(composed) == 12 * problem.n_samples
    assert_same(found, by_the_loop(monkeypatch, experiment))


@pytest.mark.parametrize(("name", "warmup"), [*product(SCHEDULES, [0, 40]), ("constant", 900)])
def test_schedules_reach_composed_updates(name, warmup, composed, monkeypatch):
    schedule = replace(SCHEDULES[name], warmup=warmup)
    runs = (Run(Momentum(lr=0.01), 1, schedule=schedule), Run(Momentum(lr=0.01), 1))
    experiment = Experiment(PROBLEMS["plain"], runs, epochs=15)
    found = train(experiment)
    assert sum(composed) == 15 * 60
    assert_same(found, by_the_loop(monkeypatch, experiment))


@every_rule
@pytest.mark.parametrize("maps", [1, 3000, 5000])
def test_composing_a_few_epochs_at_a_time_changes_nothing(rule, maps, composed, monkeypatch):
    """State and order of the rows carry over from one stretch to the next."""
    run = Run(replace(rule, lr=0.02), 1, schedule=Cosine())
    experiment = Experiment(PROBLEMS["mse with a penalty"], (run,), epochs=11, n_seeds=2)
    whole = train(experiment)
    assert len(composed) == 1
    composed.clear()
    monkeypatch.setattr(lockstep, "MAPS", maps)
    assert_same(train(experiment), whole)
    # An epoch of 60 updates, two seeds and two parameters is told by so many doubles.
    epoch = 60 * 2 * 2 * width(2, rule.key != "sgd")
    assert len(composed) == -(-11 // max(1, maps // epoch))


def test_a_run_that_grows_is_left_to_the_loop(composed, monkeypatch):
    experiment = Experiment(PROBLEMS["plain"], (Run(SGD(lr=1.2), 1),), epochs=20)
    found = train(experiment)
    assert composed == [0]
    assert found[0].status == (Status.DIVERGED,)
    assert_same(found, by_the_loop(monkeypatch, experiment), rtol=0)


def test_where_a_run_begins_to_grow_the_loop_takes_over_with_state_and_order(composed, monkeypatch):
    """The rate warms up: the first stretches are composed, the later ones are not."""
    monkeypatch.setattr(lockstep, "MAPS", 60 * 2 * 5 * 3)
    run = Run(Momentum(lr=8), 1, schedule=replace(SCHEDULES["constant"], warmup=2000))
    experiment = Experiment(PROBLEMS["plain"], (run,), epochs=30)
    found = train(experiment)
    assert composed[0] == 180
    assert composed[-1] == 0
    assert_same(found, by_the_loop(monkeypatch, experiment), rtol=1e-9)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"epochs": 2}, "few updates"),
        ({"n_seeds": 40}, "many seeds, which fill each call of the loop"),
        ({"runs": (Run(Adam(), 1),)}, "not linear"),
        ({"runs": (Run(SGD(lr=0.01), 2),)}, "two rows per update"),
        ({"runs": (Run(Momentum(0.01, 0.5), 1), Run(Momentum(0.01, 0.9), 1))}, "numbers differ"),
        (
            {"problem": Fit(replace(DATASETS["moons"], n_samples=60), MODELS["logistic"])},
            "log loss",
        ),
        ({"runs": (Run(SGD(lr=0.01)),), "epochs": 600}, "full batch"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_only_where_it_pays_and_holds_are_updates_composed(change, why, composed):
    plain = Experiment(PROBLEMS["plain"], (Run(SGD(lr=0.01), 1),), epochs=12)
    train(plain)
    assert sum(composed) == 720
    composed.clear()
    train(replace(plain, **change))
    assert composed == []


# An independent route: all updates of a run as one block lower triangular system


@pytest.mark.parametrize("rule", [SGD(lr=0.03), Momentum(0.01, 0.8), Nesterov(0.01, 0.8)])
@pytest.mark.parametrize("epochs", crossed([1, 9], 1))
def test_block_forward_substitution_gives_the_same_states(rule, epochs):
    """Written as z_t = A_t z_(t-1) + b_t with z = (theta, v) and solved by LAPACK, not stepped.

    With one epoch the loop makes the updates, with nine they are composed.
    """
    fit = PROBLEMS["mse with a penalty"]
    (trace,) = train(Experiment(fit, (Run(rule, 1),), epochs=epochs, seed=5))
    drawn = orders("reshuffle", fit.y, 5, 1)
    rows = np.concatenate([next(drawn)[0] for _ in range(epochs)])
    X = np.column_stack([np.ones(fit.n_samples), fit.X])
    penalty = 0.3 * np.diag([0.0, 1.0])
    beta = getattr(rule, "beta", 0.0)
    ahead = beta if isinstance(rule, Nesterov) else 0.0
    system = np.eye(4 * len(rows))
    right = np.zeros(4 * len(rows))
    for t, row in enumerate(rows):
        bend, pull = 2 * np.outer(X[row], X[row]) + penalty, 2 * X[row] * fit.y[row]
        # v = beta v + g; theta = theta - lr v, or lr (g + beta v); g = bend theta - pull
        g_share = 1 + ahead if ahead else 1.0
        v_share = ahead * beta if ahead else beta
        A = np.block(
            [
                [np.eye(2) - rule.lr * g_share * bend, -rule.lr * v_share * np.eye(2)],
                [bend, beta * np.eye(2)],
            ]
        )
        here = slice(4 * t, 4 * t + 4)
        right[here] = np.concatenate([rule.lr * g_share * pull, -pull])
        if t:
            system[here, 4 * t - 4 : 4 * t] = -A
    z = np.linalg.solve(system, right).reshape(-1, 4)
    expected = z[trace.path_updates[1:] - 1, :2]
    np.testing.assert_allclose(trace.path[1:], expected, rtol=1e-11, atol=1e-12)


def test_digits_are_lost_where_a_direction_stretches_and_not_where_the_origin_moves():
    """Of four updates two make a piece; a step takes theta_i to theta_i - lr x_i (x theta)."""

    def composes(x, minus_y):
        x = np.broadcast_to(np.array(x, float), (1, 4, 2))
        rows = LinearRows(x, np.full((1, 4), minus_y), 1.0, None)
        return scan(rows, SGD(), np.ones((4, 1)), np.ones((1, 2, 1)), None) is not None

    calm = (1 + (GROWTH / 2) ** 0.5) ** 0.5  # two updates take theta to half of what is allowed
    wild = (1 + (GROWTH * 2) ** 0.5) ** 0.5
    assert composes([0, calm], 0)
    assert composes([calm, 0], 0)
    assert not composes([0, wild], 0)
    assert not composes([wild, 0], 0)
    assert composes([0.1, 0.1], 1e9)
