"""What curvature promises: the spectrum of the loss, and rates that hold when tried."""

from dataclasses import replace

import numpy as np
import pytest

import gdplay as gd
from gdplay.teaching.defaults import default_fit
from gdplay.theory.curvature import (
    FLAT,
    contraction,
    curvature,
    curvature_at,
    global_bound,
    spectrum,
    stability_limit,
)

LINE = gd.Fit(gd.DATASETS["line"], gd.MODELS["linear"])
QUADRATICS = {
    "round line": replace(LINE, standardize=True),
    "line": LINE,
    "full squares": replace(LINE, objective="mse"),
    "penalty": replace(LINE, l2=0.5),
    "diabetes": default_fit(gd.DATASETS["diabetes"]),
    **{key: surface for key, surface in gd.SURFACES.items() if surface.quadratic},
}
MOONS = gd.Fit(gd.DATASETS["moons"], gd.MODELS["logistic"])
LOG_LOSSES = {
    "logistic": MOONS,
    "logistic, penalty": replace(MOONS, l2=0.3),
    "two classes": replace(MOONS, model=gd.MODELS["softmax"]),
    "three classes": gd.Fit(gd.DATASETS["blobs"], gd.MODELS["softmax"]),
    "three classes, penalty": gd.Fit(gd.DATASETS["iris"], gd.MODELS["softmax"], l2=0.3),
}
RULES = {
    "plain": gd.SGD(),
    "momentum 0": gd.Momentum(beta=0.0),
    "momentum 0.5": gd.Momentum(beta=0.5),
    "momentum 0.9": gd.Momentum(beta=0.9),
    "nesterov 0": gd.Nesterov(beta=0.0),
    "nesterov 0.5": gd.Nesterov(beta=0.5),
    "nesterov 0.9": gd.Nesterov(beta=0.9),
}
every_quadratic = pytest.mark.parametrize("problem", QUADRATICS.values(), ids=QUADRATICS)
every_rule = pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
every_log_loss = pytest.mark.parametrize("fit", LOG_LOSSES.values(), ids=LOG_LOSSES)


class Bent:
    """A problem that bends by given numbers, the same at all points."""

    quadratic = False

    def __init__(self, *bends):
        self.bends, self.n_params = np.array(bends, dtype=float), len(bends)
        self.usual = np.zeros(len(bends))

    def hessian(self, params):
        return np.diag(self.bends)

    def minimum(self):
        return None


def excess(problem, rule, epochs):
    """Excess loss along the steepest direction, which goes astray first."""
    steepest = np.linalg.eigh(problem.hessian(np.zeros(problem.n_params)))[1][:, -1]
    start = tuple((problem.minimum() + steepest).tolist())
    (trace,) = gd.train(gd.Experiment(problem, (gd.Run(rule),), start=start, epochs=epochs))
    return trace.loss[0] - problem.loss(problem.minimum())


# The spectrum


@pytest.mark.parametrize("name", ["line", "ravine", "diabetes", "linnerud"])
@pytest.mark.parametrize(("objective", "factor"), [("half_mse", 1), ("mse", 2)])
@pytest.mark.parametrize("standardize", [False, True])
def test_least_squares_bends_by_the_eigenvalues_of_its_rows(name, objective, factor, standardize):
    fit = replace(default_fit(gd.DATASETS[name]), objective=objective, standardize=standardize)
    rows = np.column_stack([np.ones(fit.n_samples), fit.X])
    eigenvalues = np.linalg.svd(rows, compute_uv=False) ** 2 * factor / fit.n_samples
    found = curvature(fit)
    assert found.where == "everywhere"
    np.testing.assert_allclose(found.L, eigenvalues[0], rtol=1e-9)
    np.testing.assert_allclose(found.mu, eigenvalues[-1], rtol=1e-6)


def test_a_round_bowl_has_curvature_one_in_all_directions():
    found = curvature(QUADRATICS["round line"])
    np.testing.assert_allclose([found.L, found.mu, found.condition], 1, rtol=1e-12)
    np.testing.assert_allclose([found.limit, found.best], [2, 1], rtol=1e-12)


def test_the_valley_is_four_times_as_steep_one_way_as_the_other():
    found = curvature(gd.SURFACES["valley"])
    assert (found.L, found.mu, found.condition) == (8, 2, 4)
    assert (found.limit, found.best) == (0.25, 0.2)


def test_without_the_half_the_limit_halves():
    assert curvature(replace(LINE, objective="mse")).limit == pytest.approx(
        curvature(LINE).limit / 2, rel=1e-12
    )


def test_a_penalty_lifts_the_flattest_direction():
    plain, penalised = curvature(LINE), curvature(replace(LINE, l2=0.5))
    assert plain.mu < penalised.mu <= plain.mu + 0.5
    assert plain.L < penalised.L <= plain.L + 0.5


@pytest.mark.parametrize("name", gd.DATASETS)
def test_the_numbers_are_those_of_the_hessian_where_it_was_taken(name):
    fit = default_fit(gd.DATASETS[name])
    found = curvature(fit)
    eigenvalues = np.linalg.eigvalsh(fit.hessian(fit.minimum()))
    assert found.where == ("at the minimum" if fit.n_classes else "everywhere")
    np.testing.assert_allclose(found.L, eigenvalues[-1])
    np.testing.assert_allclose(found.mu, eigenvalues[eigenvalues > FLAT * eigenvalues[-1]][0])


def test_where_there_is_no_minimum_the_curvature_is_that_at_zero():
    fit = replace(default_fit(gd.DATASETS["wine"]), l2=0.0)
    found = curvature(fit)
    assert fit.minimum() is None
    assert found.where == "at zero"
    largest = np.linalg.eigvalsh(fit.hessian(np.zeros(fit.n_params)))[-1]
    np.testing.assert_allclose(found.L, largest)


def test_flat_directions_do_not_count():
    softmax = default_fit(gd.DATASETS["blobs"])  # the same bias for every class changes nothing
    assert np.linalg.eigvalsh(softmax.hessian(softmax.minimum()))[0] < 1e-12
    assert curvature(softmax).mu > 1e-6
    few = gd.Fit(replace(gd.DATASETS["ravine"], n_samples=2), gd.MODELS["linear"])
    assert np.linalg.matrix_rank(few.hessian(np.zeros(3))) == 2
    assert curvature(few).condition < 1 / FLAT


def test_standardising_rounds_the_ravine():
    ravine = gd.Fit(gd.DATASETS["ravine"], gd.MODELS["linear"])
    assert curvature(ravine).condition > 1000
    assert curvature(replace(ravine, standardize=True)).condition < 2


@every_log_loss
def test_curvature_is_that_of_the_point_asked_for(fit):
    point = np.random.default_rng(0).normal(size=fit.n_params)
    found = curvature_at(fit, point)
    eigenvalues = np.linalg.eigvalsh(fit.hessian(point))
    assert found.where == "at this point"
    np.testing.assert_allclose(found.L, eigenvalues[-1], rtol=1e-12)
    np.testing.assert_allclose(found.mu, eigenvalues[eigenvalues > FLAT * found.L][0], rtol=1e-9)
    at_minimum = curvature_at(fit, fit.minimum())
    assert (at_minimum.L, at_minimum.mu) == (curvature(fit).L, curvature(fit).mu)


@every_quadratic
def test_least_squares_has_one_curvature_at_all_points(problem):
    assert curvature_at(problem, np.full(problem.n_params, 3.0)) == curvature(problem)
    assert spectrum(problem, np.zeros(problem.n_params)).where == "everywhere"


@every_log_loss
def test_directions_and_their_bends_make_up_the_hessian(fit):
    point = np.random.default_rng(1).normal(size=fit.n_params)
    found = spectrum(fit, point)
    assert found.where == "at this point"
    assert (np.diff(found.values) >= 0).all()
    assert found.values[-1] == pytest.approx(curvature_at(fit, point).L, rel=1e-12)
    np.testing.assert_allclose(
        fit.hessian(point) @ found.vectors, found.vectors * found.values, atol=1e-12
    )
    np.testing.assert_allclose(found.vectors.T @ found.vectors, np.eye(fit.n_params), atol=1e-12)


def test_at_a_saddle_only_what_bends_upwards_limits_the_rate():
    saddle = Bent(-3, 2, 0.5)
    found = curvature_at(saddle, np.zeros(3))
    assert (found.L, found.mu, found.limit) == (2, 0.5, 1)
    assert spectrum(saddle, np.zeros(3)).values[0] == -3


@pytest.mark.parametrize("bends", [(-1, -2), (0, 0), (-1, 0)])
def test_where_nothing_bends_upwards_there_is_no_limit(bends):
    found = curvature(Bent(*bends))
    assert (found.where, found.L, found.limit) == ("at zero", max(bends), np.inf)
    assert np.isnan([found.mu, found.condition, found.best]).all()
    assert all(stability_limit(rule, found.L) == np.inf for rule in RULES.values())


@pytest.mark.parametrize("look", [curvature_at, spectrum])
def test_a_point_without_a_finite_hessian_is_refused(look):
    with pytest.raises(ValueError, match="params must lie where the Hessian is finite"):
        look(MOONS, np.full(3, np.nan))


# The bound that holds everywhere


@every_log_loss
def test_no_point_bends_more_than_the_global_bound(fit):
    rng = np.random.default_rng(2)
    points = rng.normal(size=(100, fit.n_params)) * 10 ** rng.uniform(-3, 1, (100, 1))
    highest = max(curvature_at(fit, point).L for point in points)
    assert highest <= global_bound(fit) * (1 + 1e-12)


@every_log_loss
def test_the_global_bound_is_reached_so_none_is_lower(fit):
    undecided = np.zeros((max(1, fit.n_params // (fit.X.shape[1] + 1)), fit.X.shape[1] + 1))
    undecided[2:, 0] = -60  # two classes share the probability, the others have none
    reached = curvature_at(fit, undecided.ravel()).L
    assert reached == pytest.approx(global_bound(fit), rel=1e-12)


def test_least_squares_has_its_curvature_for_a_bound_and_other_problems_none():
    assert global_bound(LINE) == curvature(LINE).L
    assert global_bound(Bent(1, 2)) is None


@every_log_loss
def test_below_two_over_the_global_bound_every_step_lowers_the_loss_from_far_away(fit):
    start = tuple(5 * np.random.default_rng(3).normal(size=fit.n_params))
    run = gd.Run(gd.SGD(lr=1.99 / global_bound(fit)))
    (trace,) = gd.train(gd.Experiment(fit, (run,), start=start, epochs=200))
    assert (np.diff(trace.loss[0]) <= 1e-13).all()
    assert trace.loss[0, -1] < trace.loss[0, 0]


# What a rule does along one direction


def one_update(rule, bend):
    """The matrix that takes (params, state) through an update with the gradient bend params."""
    columns = []
    for params, state in np.eye(2)[:, :, None]:
        state = None if isinstance(rule, gd.SGD) else state
        step, state = rule.update(bend * params, state, params, rule.lr)
        columns.append([(params + step)[0], 0.0 if state is None else state[0]])
    return np.array(columns).T


@every_rule
@pytest.mark.parametrize("bend", [-0.5, 0.0, 1e-3, 0.05, 0.3, 1.0, 1.7, 3.0, 10.0])
def test_contraction_is_the_spectral_radius_of_one_update(rule, bend):
    rule = replace(rule, lr=0.7)
    radius = np.abs(np.linalg.eigvals(one_update(rule, bend))).max()
    assert contraction(rule, bend) == pytest.approx(radius, rel=1e-7)


@every_rule
def test_contraction_passes_one_at_the_stability_limit(rule):
    limit = stability_limit(rule, 3.0)
    below, at, above = (contraction(replace(rule, lr=c * limit), 3.0) for c in (0.98, 1, 1.02))
    assert below < 1 - 1e-3 < 1 + 1e-3 < above
    assert at == pytest.approx(1, abs=1e-12)


@every_rule
@pytest.mark.parametrize("share", [0.03, 0.4, 0.9, 1.01])
@pytest.mark.parametrize("direction", [0, 1])
def test_the_distance_along_an_eigenvector_shrinks_as_predicted(rule, share, direction):
    rule = replace(rule, lr=share * stability_limit(rule, curvature(LINE).L))
    found = spectrum(LINE, LINE.minimum())
    start = tuple(LINE.minimum() + 1e6 * found.vectors[:, direction])
    (trace,) = gd.train(gd.Experiment(LINE, (gd.Run(rule),), start=start, epochs=30))
    away = (trace.params[0] - LINE.minimum()) @ found.vectors[:, direction]
    factor = contraction(rule, found.values[direction])
    if np.iscomplex(np.linalg.eigvals(one_update(rule, found.values[direction]))).any():
        # Swinging as factor^t cos(a t + b), of which this takes the swing away.
        swings = away[1:-1] ** 2 - away[2:] * away[:-2]
        assert np.sqrt(swings[20] / swings[19]) == pytest.approx(factor, rel=1e-4)
    else:
        assert abs(away[25] / away[24]) == pytest.approx(factor, rel=0.03)


@pytest.mark.parametrize("key", gd.OPTIMIZERS)
def test_only_rules_with_a_limit_have_a_contraction(key):
    known = contraction(gd.OPTIMIZERS[key], 1.0) is not None
    assert known == (stability_limit(gd.OPTIMIZERS[key], 1.0) is not None)


# What the numbers promise of a run


@every_quadratic
@every_rule
def test_just_below_its_limit_a_rule_converges_and_just_above_it_grows(problem, rule):
    limit = stability_limit(rule, curvature(problem).L)
    below = excess(problem, replace(rule, lr=0.98 * limit), 600)
    above = excess(problem, replace(rule, lr=1.02 * limit), 600)
    assert below[-1] < 1e-3 * below[0]
    seen = above[np.isfinite(above)]
    assert seen[-1] > 1e3 * seen[0]


@every_quadratic
def test_at_the_limit_itself_the_excess_stays_the_same(problem):
    stays = excess(problem, gd.SGD(lr=curvature(problem).limit), 100)
    np.testing.assert_allclose(stays, stays[0], rtol=1e-6)


@pytest.mark.parametrize("name", ["line", "valley", "full squares"])
def test_no_fixed_rate_shrinks_the_worst_direction_faster_than_the_best(name):
    problem, facts = QUADRATICS[name], curvature(QUADRATICS[name])
    start = problem.minimum() + np.linalg.eigh(problem.hessian(np.zeros(2)))[1].sum(axis=1)
    rates = facts.best * np.array([0.9, 0.97, 1.0, 1.03, 1.1])
    traces = gd.train(
        gd.Experiment(
            problem, tuple(gd.Run(gd.SGD(lr=rate)) for rate in rates), tuple(start), epochs=60
        )
    )
    away = [np.linalg.norm(trace.params[0, -1] - problem.minimum()) for trace in traces]
    assert int(np.argmin(away)) == 2
    shrinks = (facts.condition - 1) / (facts.condition + 1)
    np.testing.assert_allclose(away[2], np.sqrt(2) * shrinks**60, rtol=1e-6)


def test_momentum_allows_a_larger_rate_and_nesterov_a_smaller_one():
    assert stability_limit(gd.Momentum(beta=0.9), 1.0) == pytest.approx(3.80)
    assert stability_limit(gd.Nesterov(beta=0.9), 1.0) == pytest.approx(1.36, abs=0.005)
    assert stability_limit(gd.SGD(), 4.0) == 0.5


@pytest.mark.parametrize("key", gd.OPTIMIZERS)
def test_rules_whose_steps_follow_the_gradient_have_a_limit_and_the_others_none(key):
    limit = stability_limit(gd.OPTIMIZERS[key], 1.0)
    assert (limit is not None) == (key in {"sgd", "momentum", "nesterov"})


def test_logistic_descent_above_the_limit_at_its_minimum_stays_bounded_but_does_not_settle():
    fit = gd.Fit(gd.DATASETS["moons"], gd.MODELS["logistic"])
    rates = [factor * curvature(fit).limit for factor in (0.9, 1.5)]
    runs = tuple(gd.Run(gd.SGD(lr=rate)) for rate in rates)
    start = tuple((fit.minimum() + 0.01).tolist())
    below, above = gd.train(gd.Experiment(fit, runs, start=start, epochs=800))
    best = fit.loss(fit.minimum())
    assert below.loss[0, -1] - best < 1e-6
    assert 1e-4 < above.loss[0, -1] - best < 1


def test_a_rule_writes_its_limit_exactly_where_it_has_one():
    for rule in gd.OPTIMIZERS.values():
        assert bool(rule.limit_formula) == (gd.stability_limit(rule, 1.0) is not None), rule.key
