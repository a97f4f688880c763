"""What curvature promises: the spectrum of the loss, and rates that hold when tried."""

from dataclasses import replace

import numpy as np
import pytest

import gdplay as gd
from gdplay.curvature import FLAT, curvature, stability_limit
from gdplay.defaults import default_fit

LINE = gd.Fit(gd.DATASETS["line"], gd.MODELS["linear"])
QUADRATICS = {
    "round line": replace(LINE, standardize=True),
    "line": LINE,
    "full squares": replace(LINE, objective="mse"),
    "penalty": replace(LINE, l2=0.5),
    "diabetes": default_fit(gd.DATASETS["diabetes"]),
    **gd.SURFACES,
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


# What the numbers promise of a run


@every_quadratic
@every_rule
def test_just_below_its_limit_a_rule_converges_and_just_above_it_grows(problem, rule):
    limit = stability_limit(rule, curvature(problem).L)
    below = excess(problem, replace(rule, lr=0.99 * limit), 1500)
    above = excess(problem, replace(rule, lr=1.01 * limit), 1500)
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
