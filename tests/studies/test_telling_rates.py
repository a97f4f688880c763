"""Rates too small, right and too large, where L and mu are known beforehand."""

import math
from dataclasses import replace

import numpy as np
import pytest

import gdplay as gd
from gdplay.studies.telling_rates import (
    _small,
    best_rate,
    own_rule,
    slowest,
    telling_rates,
    usual_rate,
)
from gdplay.theory.curvature import Curvature

BOWL = gd.Expression("2*x**2 + 0.5*y**2")
"""L = 4 and mu = 1."""
SLOPE = gd.Expression("x + y")


def test_the_plain_steps_three_rates_where_the_loss_bends_by_four_and_one():
    """The best is 2/5, where both directions shrink by 0.6; an update takes off 0.4.

    A fortieth of the limit, 1/80, takes off 1/80, less than a tenth of 0.4.
    """
    found = telling_rates(BOWL, gd.SGD())
    assert found == pytest.approx((0.5 / 40, 0.4, 1.05 * 0.5))


def test_where_one_direction_bends_a_small_rate_is_a_fortieth_of_the_limit():
    """There the right rate arrives at once, and the small one takes off a twentieth."""
    found = telling_rates(gd.Expression("2*x**2 + 2*y**2"), gd.SGD())
    assert found == pytest.approx((0.5 / 40, 0.25, 0.525))


def test_a_small_rate_is_halved_until_it_takes_off_a_tenth_of_what_the_right_one_does():
    """Heavy ball 0.9: at most 1 - sqrt(0.9) an update, over a wide range of rates."""
    rule = gd.Momentum(0.1, 0.9)
    facts = gd.curvature(BOWL)
    small, right, large = telling_rates(BOWL, rule)
    assert large == pytest.approx(1.05 * 3.8 / 4)
    assert slowest(replace(rule, lr=right), facts) == pytest.approx(math.sqrt(0.9))
    halvings = math.log2(0.95 / 40 / small)
    assert halvings == pytest.approx(round(halvings))
    most = (1 - math.sqrt(0.9)) / 10
    assert 1 - slowest(replace(rule, lr=small), facts) <= most
    assert 1 - slowest(replace(rule, lr=2 * small), facts) > most


def test_the_slowest_direction_is_the_worse_of_both():
    facts = gd.curvature(BOWL)
    assert slowest(gd.SGD(lr=0.1), facts) == pytest.approx(0.9)
    assert slowest(gd.SGD(lr=0.475), facts) == pytest.approx(0.9)
    assert slowest(gd.Adam(), facts) == 0


def test_the_best_rate_of_momentum_is_where_both_directions_swing():
    """From (1 - sqrt b)^2 / mu to (1 + sqrt b)^2 / L; their middle on a logarithmic scale."""
    beta = 0.64
    low, high = 0.2**2, 1.8**2 / 4
    found = best_rate(gd.Momentum(0.1, beta), gd.curvature(BOWL))
    assert found == pytest.approx(math.sqrt(low * high), rel=0.025)
    assert best_rate(gd.SGD(), gd.curvature(BOWL)) == pytest.approx(0.4)


def test_a_usual_rate_is_three_quarters_of_the_limit_in_one_digit():
    facts = gd.curvature(BOWL)
    assert usual_rate(gd.SGD(), facts) == 0.4
    assert usual_rate(gd.Momentum(0.1, 0.9), facts) == 0.7
    assert usual_rate(gd.Adam(), facts) == 0.4


def test_the_own_rule_is_the_first_runs_of_its_kind_else_the_tables_at_a_usual_rate():
    runs = (gd.Run(gd.SGD(lr=0.1)), gd.Run(gd.SGD(lr=0.2)))
    experiment = gd.Experiment(BOWL, runs, (1.0, 1.0), 3)
    assert own_rule(experiment, "sgd") == gd.SGD(lr=0.1)
    assert own_rule(experiment, "momentum") == replace(gd.OPTIMIZERS["momentum"], lr=0.7)


def test_off_quadratics_the_right_rate_is_halved_until_no_update_rises():
    """From 4.5 a step leads to 4.5 (1 - 20.25 r): no higher while r is below 2 / 20.25."""
    valley = gd.Expression("x**4/4 + y**2/2")
    start = (4.5, 0.0)
    found = telling_rates(valley, gd.SGD(), start).right
    best = best_rate(gd.SGD(), gd.curvature(valley))
    halvings = math.log2(best / found)
    assert halvings == round(halvings) > 0
    assert found < 2 / 20.25 < 2 * found


def test_after_eleven_halvings_the_last_is_taken():
    valley = gd.Expression("x**4/4 + y**2/2")
    found = telling_rates(valley, gd.SGD(), (1000.0, 0.0)).right
    assert best_rate(gd.SGD(), gd.curvature(valley)) / found == 2**11


def test_nothing_is_told_where_no_limit_follows_from_the_curvature():
    for problem, rule in ((BOWL, gd.Adam()), (SLOPE, gd.SGD())):
        with pytest.raises(ValueError, match="has no limit"):
            telling_rates(problem, rule)


def test_the_best_rate_of_other_rules_is_the_middle_of_those_of_400_that_are_as_good():
    """Heavy ball 0.64 is equally fast from 0.2^2 to 1.8^2 / 4; its limit is 2 (1.64) / 4."""
    limit = 2 * 1.64 / 4
    tried = [limit * 1e-4 * (0.999 / 1e-4) ** (i / 399) for i in range(400)]
    alike = [rate for rate in tried if 0.2**2 <= rate <= 1.8**2 / 4]
    found = best_rate(gd.Momentum(0.1, 0.64), gd.curvature(BOWL))
    assert found == pytest.approx(alike[len(alike) // 2], rel=1e-9)


def test_a_small_rate_is_the_first_halving_that_takes_off_a_tenth_on_any_bowl():
    rule = gd.Momentum(0.1, 0.5)
    for bend in np.linspace(1, 25, 200):
        facts = Curvature("everywhere", float(bend), 1.0)
        limit, right = rule.limit(facts.L), best_rate(rule, facts)
        small = _small(rule, facts, limit, right)
        cut = [1 - slowest(replace(rule, lr=rate), facts) for rate in (small, 2 * small, right)]
        assert cut[0] <= cut[2] / 10
        assert small == limit / 40 or cut[1] > cut[2] / 10
