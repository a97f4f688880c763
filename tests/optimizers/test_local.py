"""Rules that ask for more than a gradient, against loops by hand and SciPy."""

import csv
import json
from dataclasses import replace

import numpy as np
import pytest
from scipy.linalg import fractional_matrix_power
from scipy.optimize import line_search

import gdplay as gd
from gdplay.engine.training import until
from gdplay.loss.sights import FEW, lack, looker
from gdplay.optimizers.local import LOCAL, MOST_TRIES, _inverse
from gdplay.optimizers.rule import NOTHING, Sight
from gdplay.teaching.narrate import narrate
from gdplay.teaching.summary import run_rows

RULES = {key: gd.OPTIMIZERS[key] for key in LOCAL}
FULL, NEWTON, ARMIJO, POLYAK, BALL = RULES.values()
VALLEY = gd.SURFACES["valley"]
LINE = gd.default_experiment().problem
MOONS = gd.Fit(gd.DATASETS["moons"], gd.MODELS["logistic"], l2=0.1)
ROSENBROCK, ACKLEY = gd.SURFACES["rosenbrock"], gd.SURFACES["ackley"]


def path_of(problem, run, start, epochs, **more):
    """Return where a run stands after each update."""
    (trace,) = gd.train(gd.Experiment(problem, (run,), start, epochs, **more))
    return trace.path


def rows_of(problem, size):
    """Return each update's rows, in their own order, of one epoch."""
    n = problem.n_samples
    return [np.arange(n)[first : first + size] for first in range(0, n, size)]


def batch_of(problem, rows):
    """Return the mean loss over some rows, and its Hessian, by first principles."""
    x = np.column_stack([np.ones(len(rows)), problem.X[rows]])
    y = problem.y[rows]
    if problem.quadratic:
        return (lambda p: np.mean((x @ p - y) ** 2) / 2), (lambda p: x.T @ x / len(rows))
    free = np.array([0.0, *np.ones(problem.X.shape[1])]) * problem.l2

    def loss(p):
        return np.mean(np.logaddexp(0, -(2 * y - 1) * (x @ p))) + free @ p**2 / 2

    def hessian(p):
        share = 1 / (1 + np.exp(-(x @ p)))
        return (x * (share * (1 - share))[:, None]).T @ x / len(rows) + np.diag(free)

    return loss, hessian


# The textbook, one update after the other


def full_adagrad(problem, rows, params, memory):
    grad = problem.gradient(params, rows)
    matrix = memory + np.outer(grad, grad)
    values, ways = np.linalg.eigh(matrix)
    seen = values > 1e-8 * values[-1]
    root = ways[:, seen] / np.sqrt(values[seen]) @ ways[:, seen].T
    return params - 0.1 * root @ grad, matrix


def newton(problem, rows, params, memory):
    _, hessian = batch_of(problem, rows)
    return params - 0.5 * np.linalg.pinv(hessian(params)) @ problem.gradient(params, rows), memory


def armijo(problem, rows, params, memory):
    loss, _ = batch_of(problem, rows)
    grad = problem.gradient(params, rows)
    rate = 1.0
    while loss(params - rate * grad) > loss(params) - 0.25 * rate * grad @ grad:
        rate *= 0.6
    return params - rate * grad, memory


def polyak(problem, rows, params, memory):
    loss, _ = batch_of(problem, rows)
    grad = problem.gradient(params, rows)
    gap = max(loss(params) - problem.loss(problem.minimum()), 0)
    return params - 0.7 * gap / (grad @ grad) * grad, memory


def heavy_ball(problem, rows, params, memory):
    bends = np.sqrt(np.linalg.eigvalsh(problem.hessian(problem.minimum()))[[-1, 0]])
    v = ((bends[0] - bends[1]) / bends.sum()) ** 2 * memory[0] + problem.gradient(params, rows)
    return params - 0.3 * 4 / bends.sum() ** 2 * v, np.array([v, v])


BY_HAND = {
    "full_adagrad": (FULL, full_adagrad),
    "newton": (replace(NEWTON, lr=0.5), newton),
    "armijo": (replace(ARMIJO, shrink=0.6, c=0.25), armijo),
    "polyak": (replace(POLYAK, lr=0.7), polyak),
    "heavy_ball": (replace(BALL, lr=0.3), heavy_ball),
}


@pytest.mark.parametrize("size", [None, 48])
@pytest.mark.parametrize("problem", [LINE, MOONS], ids=["line", "moons"])
@pytest.mark.parametrize("key", BY_HAND)
def test_the_first_updates_are_those_of_a_loop_by_hand(key, problem, size):
    rule, by_hand = BY_HAND[key]
    n, params = problem.n_samples, np.full(problem.n_params, 0.5)
    path = path_of(problem, gd.Run(rule, size, "in order"), tuple(params), 6)
    memory = np.zeros((len(params), len(params)))
    for made, rows in enumerate((6 * rows_of(problem, size or n))[:6], 1):
        params, memory = by_hand(problem, rows, params, memory)
        np.testing.assert_allclose(path[made], params, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("key", RULES)
def test_company_and_other_orders_of_the_rows_change_nothing(key):
    rule = RULES[key]
    runs = tuple(gd.Run(replace(rule, lr=lr), 48) for lr in (0.4, 0.2, 0.1))
    together = gd.train(gd.Experiment(LINE, runs, epochs=3, n_seeds=3))
    for run, trace in zip(runs, together, strict=True):
        (alone,) = gd.train(gd.Experiment(LINE, (run,), epochs=3))
        np.testing.assert_allclose(trace.path, alone.path, rtol=1e-12, atol=1e-13)
        (single,) = gd.train(gd.Experiment(LINE, (run,), epochs=3, n_seeds=3))
        np.testing.assert_allclose(trace.params, single.params, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("key", RULES)
def test_a_column_that_is_lost_leaves_its_neighbours_alone(key):
    runs = (gd.Run(replace(RULES[key], lr=0.5)),)
    (trace,) = gd.train(gd.Experiment(ROSENBROCK, runs, (1.0, 0.5), 20, more_starts=((1e8, 1e9),)))
    (alone,) = gd.train(gd.Experiment(ROSENBROCK, runs, (1.0, 0.5), 20))
    np.testing.assert_array_equal(trace.params[0], alone.params[0])


@pytest.mark.parametrize("key", RULES)
def test_a_link_and_a_rule_without_a_slope_keep_what_they_are(key):
    rule = RULES[key]
    experiment = gd.Experiment(VALLEY, (gd.Run(replace(rule, lr=0.3)),), (1.0, 2.0))
    assert gd.link.decode(gd.link.encode(experiment)) == experiment
    resting = path_of(VALLEY, gd.Run(rule), (0.0, 0.0), 3)
    np.testing.assert_array_equal(resting, np.zeros((4, 2)))


# What the books promise of each


@pytest.mark.parametrize("problem", [VALLEY, gd.SURFACES["turned"], gd.SURFACES["booth"], LINE])
def test_newton_is_at_the_minimum_of_a_quadratic_after_one_step(problem):
    path = path_of(problem, gd.Run(NEWTON), (4.0, -1.5), 1)
    np.testing.assert_allclose(path[1], problem.minimum(), rtol=1e-12, atol=1e-12)


def test_newton_goes_to_a_saddle_and_leaves_flat_directions_alone():
    path = path_of(gd.SURFACES["plain_saddle"], gd.Run(NEWTON), (1.8, 0.4), 1)
    np.testing.assert_allclose(path[1], [0, 0], atol=1e-15)
    channel = gd.Expression("(x + y)**2")
    path = path_of(channel, gd.Run(NEWTON), (3.0, 1.0), 1)
    np.testing.assert_allclose(path[1], [1, -1], atol=1e-12)


def test_armijos_condition_holds_at_each_step_and_not_at_the_try_before():
    path = path_of(ROSENBROCK, gd.Run(ARMIJO), ROSENBROCK.start, 40)
    experiment = gd.Experiment(ROSENBROCK, (gd.Run(ARMIJO),), ROSENBROCK.start, 40)
    tries = 0
    for made in range(1, 41):
        step = gd.replay(experiment, 0, made)
        own, square = step.new_state, float(step.gradient @ step.gradient)
        before = float(ROSENBROCK.loss(step.params))
        assert ROSENBROCK.loss(path[made]) <= before - ARMIJO.c * own.rate * square
        assert own.rate == ARMIJO.lr * ARMIJO.shrink ** (own.tries - 1)
        if own.tries > 1:
            longer = step.params - own.rate / ARMIJO.shrink * step.gradient
            assert not ROSENBROCK.loss(longer) <= before - ARMIJO.c * 2 * own.rate * square
        tries += own.tries
    assert own.t == tries
    assert ARMIJO.told(own) == f"Losses tried: {own.tries:.0f} in this update, {tries:.0f} so far."


@pytest.mark.parametrize("size", [None, 48])
def test_a_trace_counts_the_losses_that_a_line_search_has_tried(size):
    runs = (gd.Run(ARMIJO, size), gd.Run(gd.SGD(lr=0.1), size))
    experiment = gd.Experiment(LINE, runs, epochs=4, n_seeds=2)
    trace, plain = gd.train(experiment)
    assert plain.tries is None
    assert trace.tries.shape == (2, 5)
    for epoch, made in enumerate(trace.updates[1:], 1):
        for seed in range(2):
            state = gd.replay(experiment, 0, int(made), seed).new_state
            assert trace.tries[seed, epoch] == state.t
    np.testing.assert_array_equal(until(trace, 2).tries, trace.tries[:, :3])
    lenient = replace(experiment, runs=runs[:1], tol=0.3, epochs=40)
    (stopped,) = gd.train(lenient)
    end = int(np.argmax((np.diff(stopped.loss) == 0).all(axis=0)))
    assert 0 < end < 40
    assert (np.diff(stopped.tries[:, end:]) == 0).all()


def test_the_losses_that_a_line_search_has_tried_stand_beside_its_updates():
    runs = (gd.Run(ARMIJO, 48), gd.Run(gd.SGD(lr=0.1), 48))
    experiment = gd.Experiment(LINE, runs, epochs=4, n_seeds=2)
    trace, plain = gd.train(experiment)
    told = " ".join(narrate(experiment, (trace, plain)))
    count = int(trace.tries[0, -1])
    assert f"took {trace.updates[-1]} updates, {count} evaluations of the loss." in told
    row, other = run_rows(experiment, (trace, plain))
    assert "evaluations of the loss" in row.updates
    assert "(" not in other.updates
    table = csv.DictReader(gd.export.csv(experiment, (trace, plain)).splitlines()[1:])
    column = [line["evaluations of the loss so far"] for line in table]
    assert (column[4], column[-1]) == (f"{count}.0", "")
    told, other = json.loads(gd.export.json(experiment, (trace, plain)))["results"]
    assert told["evaluations of the loss so far, by seed"] == trace.tries.tolist()
    assert not any(name.startswith("evaluations") for name in other)


def test_scipys_line_search_finds_armijos_rate_good_enough():
    for params in path_of(ROSENBROCK, gd.Run(ARMIJO), ROSENBROCK.start, 5)[:-1]:
        grad = ROSENBROCK.gradient(params)
        found = line_search(ROSENBROCK.loss, ROSENBROCK.gradient, params, -grad, c1=ARMIJO.c)
        assert ROSENBROCK.loss(params - found[0] * grad) < ROSENBROCK.loss(params)


def test_where_no_try_will_do_nothing_moves_and_all_tries_are_counted():
    theta, grad = np.ones((1, 2, 1)), np.ones((1, 2, 1))
    uphill = Sight(loss=lambda points: np.full((1, 1, 1), float(np.any(points != 1))))
    step, state = ARMIJO.update(grad, ARMIJO.init(theta), theta, 1.0, uphill)
    assert not step.any()
    assert (state.t, state.tries, state.rate) == (MOST_TRIES, MOST_TRIES, 0)


def test_of_thousands_of_starts_each_tries_what_it_tries_alone():
    starts = np.random.default_rng(0).uniform(-4, 4, (1, 2, 300))
    grad = np.moveaxis(ACKLEY.gradient(np.moveaxis(starts, 1, -1)), -1, 1)
    look = looker(ACKLEY, ARMIJO.needs)
    step, state = ARMIJO.update(grad, ARMIJO.init(starts), starts, 1.0, look(starts, None))
    counts = np.unique(state.tries, return_counts=True)[1]
    assert counts.max() < 300 / 2  # so that those that go on are tried among themselves
    for place in range(300):
        own, of = starts[..., [place]], grad[..., [place]]
        alone, told = ARMIJO.update(of, ARMIJO.init(own), own, 1.0, look(own, None))
        np.testing.assert_array_equal(alone, step[..., [place]])
        assert (told.tries[0, 0], told.rate[0, 0]) == (state.tries[0, place], state.rate[0, place])


def test_polyaks_steps_on_an_elongated_bowl_never_lead_away_from_the_minimum():
    bowl = gd.Expression("x**2 + 4*y**2")
    path = path_of(bowl, gd.Run(POLYAK), (2.0, 1.0), 60)
    # f = 8, g = (4, 8), |g|^2 = 80: a tenth of the gradient.
    np.testing.assert_allclose(path[1], [1.6, 0.2], rtol=1e-12)
    away = np.linalg.norm(path, axis=1)
    assert np.all(np.diff(away) <= 0)
    assert away[-1] < 1e-6


def test_where_a_batch_is_below_the_least_loss_polyaks_step_stays():
    theta = np.ones((1, 2, 1))
    low = Sight(loss=lambda points: np.full((1, 1, 1), 0.5), least=1.0)
    step, state = POLYAK.update(theta, POLYAK.init(theta), theta, 1.0, low)
    assert not step.any()
    assert (state.loss, state.least, state.square, state.rate) == (0.5, 1.0, 2.0, 0.0)


@pytest.mark.parametrize("condition", [4.0, 100.0])
def test_the_heavy_ball_shrinks_the_distance_by_its_promised_rate(condition):
    valley = replace(gd.SURFACES["turned"], condition=condition)
    away = np.linalg.norm(path_of(valley, gd.Run(BALL), (3.0, 3.6), 200), axis=1)
    promised = (np.sqrt(condition) - 1) / (np.sqrt(condition) + 1)
    span = (20, 30) if condition < 10 else (100, 200)
    # Roots that coincide bring a factor that grows like the number of updates.
    rate = (away[span[1]] / away[span[0]] * span[0] / span[1]) ** (1 / (span[1] - span[0]))
    assert rate == pytest.approx(promised, rel=0.02)


def test_the_matrix_root_is_scipys_and_turns_along_with_the_valley():
    rng = np.random.default_rng(0)
    grads, params = rng.normal(size=(5, 1, 3, 1)), np.zeros((1, 3, 1))
    state = FULL.init(params)
    for grad in grads:
        step, state = FULL.update(grad, state, params, 0.2, NOTHING)
    matrix = sum(np.outer(grad, grad) for grad in grads[:, 0, :, 0])
    expected = -0.2 * fractional_matrix_power(matrix, -0.5) @ grads[-1, 0, :, 0]
    np.testing.assert_allclose(step[0, :, 0], expected, rtol=1e-10)
    root = state.root[0, :, :, 0]
    np.testing.assert_allclose(root.T @ root, matrix, rtol=1e-14)


# Where they may be used


@pytest.mark.parametrize(
    ("problem", "key", "why"),
    [
        (gd.SURFACES["plain_saddle"], "polyak", "none is known here"),
        (gd.SURFACES["plain_saddle"], "heavy_ball", "none is known here"),
        (gd.SURFACES["ackley"], "heavy_ball", "it does not bend there"),
        (gd.default_experiment(gd.DATASETS["digits"]).problem, "newton", f"at most {FEW}"),
        (gd.default_experiment(gd.DATASETS["digits"]).problem, "full_adagrad", f"at most {FEW}"),
    ],
)
def test_a_rule_that_lacks_something_is_refused_in_a_sentence_that_says_what(problem, key, why):
    with pytest.raises(ValueError, match=f"Run.optimizer cannot be {key} here: .*{why}"):
        gd.Experiment(problem, (gd.Run(RULES[key]),))


def test_a_link_to_a_rule_that_lacks_something_says_so():
    link = gd.link.encode(gd.Experiment(VALLEY, (gd.Run(POLYAK),)))
    with pytest.raises(gd.link.LinkError, match="it has to know the minimum"):
        gd.link.decode(link | {"surface": ["plain_saddle"]})


@pytest.mark.parametrize("key", RULES)
def test_surfaces_with_a_minimum_least_squares_and_logistic_models_give_all_that_is_asked(key):
    assert not any(lack(problem, RULES[key]) for problem in (VALLEY, ROSENBROCK, LINE, MOONS))


def test_polyaks_rate_is_the_gap_over_the_squared_gradient_and_none_where_one_is_zero():
    """Losses 3, 3 and 0.5 over a least of 1; gradients (1, 2), (0, 0) and (3, 4)."""
    rule = replace(POLYAK, lr=1.0)
    sight = Sight(loss=lambda points: np.array([[[3.0, 3.0, 0.5]]]), least=1.0)
    grad = np.array([[[1.0, 0.0, 3.0], [2.0, 0.0, 4.0]]])
    state = rule.init(grad)
    assert [part.tolist() for part in state] == [[[0, 0, 0]]] * 4
    step, state = rule.update(grad, state, grad, 0.5, sight)
    assert step[0].T.tolist() == [[-0.2, -0.4], [0, 0], [0, 0]]
    loss, least, square, rate = (part.tolist() for part in state)
    assert (loss, least, square) == ([[3, 3, 0.5]], [[1, 1, 1]], [[5, 0, 25]])
    assert rate == [[2 / 5, 0, 0]]


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_directions_hardly_seen_are_left_alone_at_any_scale_and_others_are_not(scale):
    """The second gradient's part aside makes a singular value of 5e-5, or 2e-4, of the largest."""
    along = np.array([[[1.0], [0.0]]]) * scale
    for aside, second in ((5e-5, 0), (2e-4, 1)):
        state = FULL.init(along)
        _, state = FULL.update(along, state, along, 1.0, NOTHING)
        grad = np.array([[[0.0], [aside]]]) * scale
        step, _ = FULL.update(grad, state, along, 1.0, NOTHING)
        np.testing.assert_allclose(step[0, :, 0], [0, -second], atol=1e-6)


@pytest.mark.parametrize("key", RULES)
def test_what_a_rule_carries_begins_as_its_scripts_say(key):
    rule = RULES[key]
    state, told = rule.init(np.zeros((2, 3, 4))), rule.begins()
    assert list(told) == [name for name in state._fields if name in rule.carries]
    for name, number in told.items():
        assert (getattr(state, name) == number).all(), name


def test_rules_that_size_their_own_step_are_those_that_open_with_all_of_it():
    own = {key for key, rule in RULES.items() if rule.relative}
    assert own == {"newton", "armijo", "polyak", "heavy_ball"}
    assert own == {key for key, rule in RULES.items() if rule.lr == 1}


def test_lines_tell_what_the_update_measured():
    """For L = 4 and mu = 1: alpha = 4 / (2 + 1)^2, beta = ((2 - 1) / (2 + 1))^2."""
    theta = np.ones((1, 2, 1))
    _, state = BALL.update(theta, BALL.init(theta), theta, 1.0, Sight(largest=4.0, smallest=1.0))
    told = {line.symbol: line.value(BALL, theta, None, state) for line in BALL.lines if line.value}
    assert told == pytest.approx({"L": 4, r"\mu": 1, r"\alpha": 4 / 9, r"\beta": 1 / 9})
    state = ARMIJO.init(theta)._replace(tries=np.array([[3.0]]), rate=np.array([[0.25]]))
    told = {
        line.symbol: line.value(ARMIJO, theta, None, state) for line in ARMIJO.lines if line.value
    }
    assert told == {"k": 2, r"\alpha": 0.25}


def test_what_is_flat_is_told_by_its_share_of_the_steepest_at_any_scale():
    bends = np.array([4.0, 1e-11, 1e-13, -2.0]).reshape(1, 4, 1)
    expected = np.array([0.25, 1e11, 0.0, -0.5]).reshape(1, 4, 1)
    for scale in (1e-6, 1.0, 1e6):
        np.testing.assert_allclose(_inverse(scale * bends), expected / scale)
