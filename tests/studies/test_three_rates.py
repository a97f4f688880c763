"""Three telling rates: what they do is what is said of them, and predictions meet the runs."""

import re
from dataclasses import replace

import numpy as np
import pytest

import gdplay as gd
from gdplay.loss.models import MODELS, OBJECTIVES
from gdplay.studies.directions import FLOOR, components, directions
from gdplay.studies.telling_rates import best_rate, slowest, telling_rates, usual_rate
from gdplay.studies.three_rates import (
    NAMES,
    Descent,
    Scale,
    ThreeRates,
    on_map,
    read,
    scales,
    three_runs,
)
from gdplay.theory.landscape import got_lower
from gdplay.words import number

HOME = gd.default_experiment()
LINE = HOME.problem
START = HOME.start
ROUND = gd.Fit(gd.DATASETS["line"], gd.MODELS["linear"], standardize=True)
"""y = 1 + 2 x + noise with x standardised: L = 1 in every direction."""
APART = gd.Fit(replace(gd.DATASETS["blobs"], noise=0.05), gd.MODELS["softmax"])
"""Classes that lie apart, so that there is no finite minimum."""
RULES = {key: rule for key, rule in gd.OPTIMIZERS.items() if rule.limit_formula}
every_rule = pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
QUADRATICS = ("line", "ravine", "polynomial", "diabetes", "linnerud")
LOGISTIC = ("moons", "circles", "iris", "breast_cancer")


def experiment_of(name):
    return gd.default_experiment(gd.DATASETS[name])


def problem(name):
    return experiment_of(name).problem


def ran(experiment, rule):
    """The three runs and the rule's own, their traces, and what is read of them."""
    runs = three_runs(experiment, rule)
    traces = gd.train(runs)
    return runs, traces, read(runs, traces)


# The runs


def test_the_mean_square_without_its_half_halves_the_limit_and_a_sum_divides_it_by_n():
    found = {scale.name: scale.facts for scale in scales(ROUND)}
    assert found["As it is"].limit == pytest.approx(2.0)
    assert found["Mean squared error"].limit == pytest.approx(1.0)
    assert found["Sum over rows, not mean"].limit == pytest.approx(0.01)
    assert found["Sum over rows, not mean"].mu == pytest.approx(200 * gd.curvature(ROUND).mu)
    assert found["Raw columns"].condition == pytest.approx(gd.curvature(LINE).condition)


def test_a_raw_feature_makes_a_ravine_that_standardising_rounds():
    raw = replace(gd.DATASETS["ravine"], noise=0.5)
    fit = gd.Fit(raw, gd.MODELS["linear"])
    _, _, reading = ran(gd.Experiment(fit, HOME.runs), gd.SGD())
    found, words = reading.scales, reading.scale_words
    assert found[0].facts.condition > 1000
    assert found[1].name == "Standardised columns"
    assert found[1].facts.condition < 1.5
    assert f"L/μ: {number(found[0].facts.condition)}" in words
    assert f"make it {number(found[1].facts.condition)}" in words
    # What one update at the best rate takes off the distance, measured along the flat direction.
    facts = found[1].facts
    other = replace(fit, standardize=True)
    runs = (gd.Run(gd.SGD(lr=facts.best)),)
    (trace,) = gd.train(gd.Experiment(other, runs, None, 8))
    flat = gd.spectrum(other, other.minimum()).vectors[:, 0]
    away = np.abs((trace.params[0] - other.minimum()) @ flat)
    cut = float(re.findall(r"take ([\d.]+) % off", words)[-1])
    assert 100 * (1 - away[1] / away[0]) == pytest.approx(cut, rel=5e-3)


@pytest.mark.parametrize("name", ["line", "diabetes", "linnerud"])
@every_rule
def test_too_small_is_behind_right_and_too_large_ends_above_its_start(name, rule):
    runs = three_runs(experiment_of(name), replace(rule, lr=0.01))
    assert runs.runs[3].optimizer.lr == 0.01
    small, right, large, _ = gd.train(runs)
    assert small.loss[0, -1] > right.loss[0, -1]
    if rule.plain:
        assert not large.loss[0, -1] <= large.loss[0, 0]  # it may have diverged, to NaN


def test_what_is_told_of_the_runs_is_what_they_did():
    runs, traces, reading = ran(HOME, gd.SGD(lr=0.3))
    base = float(LINE.loss(LINE.minimum()))
    share = [100 * (t.loss[0] - base) / (t.loss[0, 0] - base) for t in traces]
    words = [descent.words for descent in reading.descents]
    assert words[0] == (
        f"**Too small** still had {number(share[0][-1])} % of the excess loss after "
        f"{runs.epochs} updates."
    )
    arrived = int(np.flatnonzero(share[1] > 1)[-1]) + 1
    assert words[1] == f"**Right** was within 1 % of the excess loss after {arrived} updates."
    grown = re.search(r"at ([\d.]+) times the excess loss of its start", words[2])
    assert grown is not None
    assert float(grown[1]) == pytest.approx(share[2][-1] / 100, rel=5e-3)
    rises = 100 * np.mean(np.diff(traces[2].loss[0]) > 0)
    assert f"its loss rose in {number(rises)} % of its updates" in words[2]
    assert reading.words.startswith(" ".join(words))
    assert reading.words.endswith("at least 24.7 % off the distance, in every direction.")


def test_what_is_seen_is_told_first_in_plain_words_that_follow_from_the_runs():
    runs, _, reading = ran(HOME, gd.SGD(lr=0.3))
    assert reading.in_short == (
        f"One start, one surface, at most {runs.epochs} updates each: **Too small** creeps, "
        "**Right** arrives and **Too large** climbs. **Yours** arrives: drag its rate, and see "
        "where it stops working."
    )
    right, nan = reading.descents[1], float("nan")
    for changes, told in (
        ({"diverged_at": 3}, "is lost"),
        ({"left": nan, "arrived": None}, "begins at the lowest loss"),
        ({"arrived": None, "left": 1.5, "rises": 0.2}, "ends higher than it began"),
        ({"arrived": None, "left": 1.5, "rises": 0.6}, "climbs"),
        ({"arrived": None, "left": 0.5, "rises": 0.2}, "rises at times and has not arrived"),
        ({"arrived": None, "left": 0.5, "rises": 0.0}, "creeps"),
        ({"arrived": None, "left": 0.05, "rises": 0.0}, "comes near"),
    ):
        assert right._replace(**changes).in_short == told


def test_a_run_that_diverges_is_told_with_its_update():
    _, traces, reading = ran(HOME, gd.SGD(lr=50.0))
    assert "**Yours** is lost:" in reading.in_short
    assert reading.descents[3].words == f"**Yours** diverged at update {traces[3].diverged_at[0]}."


def test_directions_are_the_steepest_and_the_flattest_that_bends():
    experiment = experiment_of("iris")  # softmax: some directions do not bend at all
    runs = three_runs(experiment, gd.SGD(lr=1.0))
    steep, flat = directions(runs, gd.train(runs))
    facts = gd.curvature(experiment.problem)
    assert (steep.bend, flat.bend) == pytest.approx((facts.L, facts.mu))
    assert directions(replace(runs, problem=APART, start=None), ()) == []


# Telling rates


@pytest.mark.parametrize("name", QUADRATICS)
def test_for_least_squares_the_telling_rates_are_read_off_the_curvature(name):
    facts = gd.curvature(problem(name))
    found = telling_rates(problem(name), gd.SGD())
    assert found.right == facts.best
    assert found.large == pytest.approx(1.05 * facts.limit)
    assert found.small == facts.limit / 40


@pytest.mark.parametrize("name", [*QUADRATICS, *LOGISTIC])
def test_at_the_right_rate_full_batch_descent_falls_and_at_the_small_one_it_is_behind(name):
    start = gd.default_experiment(gd.DATASETS[name]).start
    rates = telling_rates(problem(name), gd.SGD(), start)
    runs = tuple(gd.Run(gd.SGD(lr=rate)) for rate in rates)
    small, right, _ = gd.train(gd.Experiment(problem(name), runs, start, epochs=60))
    assert (np.diff(right.loss[0]) <= 1e-9 * right.loss[0, :-1]).all()
    assert right.loss[0, -1] < small.loss[0, -1] < small.loss[0, 0]


def test_where_the_best_rate_raises_the_loss_the_right_one_is_its_first_half_that_does_not():
    valley, start, rule = gd.SURFACES["rosenbrock"], (-1.5, 2.0), gd.SGD()
    best, found = best_rate(rule, gd.curvature(valley)), telling_rates(valley, rule, start)
    halvings = np.log2(best / found.right)
    assert halvings == round(halvings) >= 1

    def rises(rate):
        (trace,) = gd.train(gd.Experiment(valley, (gd.Run(gd.SGD(lr=rate)),), start, epochs=60))
        return not np.isfinite(trace.loss).all() or (np.diff(trace.loss[0]) > 1e-12).any()

    assert (rises(found.right), rises(2 * found.right)) == (False, True)


@pytest.mark.parametrize("name", QUADRATICS)
@every_rule
def test_at_the_large_rate_the_excess_grows(name, rule):
    start = gd.default_experiment(gd.DATASETS[name]).start
    rate = telling_rates(problem(name), rule, start).large
    run = gd.Run(replace(rule, lr=rate))
    (trace,) = gd.train(gd.Experiment(problem(name), (run,), start, epochs=400))
    assert trace.status[0] is gd.Status.DIVERGED


@every_rule
def test_no_rate_below_the_limit_has_a_better_slowest_direction_than_the_best(rule):
    facts = gd.curvature(LINE)
    best = slowest(replace(rule, lr=best_rate(rule, facts)), facts)
    limit = gd.stability_limit(rule, facts.L)
    others = [slowest(replace(rule, lr=share * limit), facts) for share in np.linspace(0.01, 1, 99)]
    assert best <= min(others) + 2e-3
    assert best < 1


def test_momentums_best_shrinks_by_the_root_of_beta_in_every_direction():
    facts, rule = gd.curvature(LINE), gd.Momentum(beta=0.8)
    assert slowest(replace(rule, lr=best_rate(rule, facts)), facts) == pytest.approx(0.8**0.5)


@pytest.mark.parametrize("name", QUADRATICS)
@every_rule
def test_the_small_rate_takes_off_a_tenth_of_what_the_right_one_does_at_most(name, rule):
    facts = gd.curvature(problem(name))
    small, right, _ = telling_rates(problem(name), rule)
    left = [slowest(replace(rule, lr=rate), facts) for rate in (small, right)]
    assert 0 < 1 - left[0] <= (1 - left[1]) / 10


def test_rules_without_a_limit_have_no_telling_rates():
    with pytest.raises(ValueError, match="Adam has no limit"):
        telling_rates(LINE, gd.Adam())


# Distances along a direction


def along(fit, rules, start=None, updates=40, which=-1):
    """The components of full-batch runs along an eigenvector (the steepest by default)."""
    experiment = gd.Experiment(fit, tuple(gd.Run(rule) for rule in rules), start, updates)
    traces = gd.train(experiment)
    found = gd.spectrum(fit, fit.minimum())
    bend = float(found.values[which])
    return components(experiment, traces, found.vectors[:, which], bend)


def clear_of_rounding(found):
    return np.abs(found.offset) > FLOOR * np.abs(found.offset[0])


def at(share):
    """Plain steps at a share of 2/L."""
    return gd.SGD(lr=share * gd.curvature(LINE).limit)


@pytest.mark.parametrize("share", [0.02, 0.4, 0.7, 0.99, 1.05])
@pytest.mark.parametrize("which", [-1, 0])
def test_for_least_squares_each_update_shrinks_the_distance_as_predicted(share, which):
    (found,) = along(LINE, [at(share)], START, which=which)
    clear = clear_of_rounding(found)
    np.testing.assert_allclose(np.abs(found.offset)[clear], found.predicted[clear], rtol=1e-6)
    assert found.measured == pytest.approx(found.factor, rel=1e-6)


@every_rule
@pytest.mark.parametrize("which", [-1, 0])
def test_momentum_too_shrinks_as_predicted_in_the_long_run(rule, which):
    rate = telling_rates(LINE, rule).right
    (found,) = along(LINE, [replace(rule, lr=rate)], START, 150, which)
    assert found.measured == pytest.approx(found.factor, rel=0.03)
    late = np.flatnonzero(clear_of_rounding(found))
    late = late[len(late) // 2 :]
    ratio = np.abs(found.offset[late]) / found.predicted[late]
    assert ratio.max() == pytest.approx(1, abs=1e-6)  # it touches from above


def test_near_the_minimum_of_a_log_loss_the_flat_direction_shrinks_as_predicted_there():
    for name in ("moons", "breast_cancer", "spirals"):
        fit = gd.default_experiment(gd.DATASETS[name]).problem
        rule = gd.SGD(lr=0.4 * gd.curvature(fit).limit)
        (found,) = along(fit, [rule], updates=150, which=0)
        assert found.measured == pytest.approx(found.factor, rel=0.02)


def test_on_a_log_loss_the_flat_direction_holds_up_the_steep_one():
    fit = gd.default_experiment(gd.DATASETS["moons"]).problem
    rule = gd.SGD(lr=0.4 * gd.curvature(fit).limit)
    (steep,), (flat,) = (along(fit, [rule], updates=150, which=which) for which in (-1, 0))
    assert steep.factor == pytest.approx(0.2)
    assert steep.measured == pytest.approx(flat.factor**2, rel=0.01)


def test_a_local_prediction_is_drawn_only_where_the_run_follows_it():
    fit = gd.default_experiment(gd.DATASETS["moons"]).problem
    limit = gd.curvature(fit).limit
    (growing,) = along(fit, [gd.SGD(lr=1.3 * limit)])
    assert growing.factor > 1
    assert growing.predicted is None
    rule = gd.SGD(lr=0.4 * limit)
    (steep,), (flat,) = (along(fit, [rule], updates=150, which=which) for which in (-1, 0))
    assert steep.predicted is None
    assert flat.predicted is not None


def test_between_1_over_l_and_the_limit_descent_swings_and_below_it_does_not():
    calm, swinging = along(LINE, [at(0.45), at(0.7)], START)
    signs = np.sign(swinging.offset[:20])
    assert (signs[1:] == -signs[:-1]).all()
    assert (np.sign(calm.offset[:20]) == np.sign(calm.offset[0])).all()


def test_exactly_at_the_limit_the_distance_stays_the_same_for_ever():
    (found,) = along(LINE, [at(1.0)], START, 500)
    np.testing.assert_allclose(np.abs(found.offset), np.abs(found.offset[0]), rtol=1e-9)
    assert found.measured == pytest.approx(1)


def test_an_adaptive_rule_is_drawn_without_a_prediction():
    (found,) = along(LINE, [gd.Adam(lr=0.1)], START)
    assert found.factor is None
    assert found.predicted is None
    assert found.measured is not None


def test_rounding_near_the_minimum_is_not_measured():
    (found,) = along(LINE, [at(0.6)], START, 400)
    assert np.abs(found.offset[-1]) < 1e-14
    assert found.measured == pytest.approx(0.2, rel=1e-3)


def test_a_run_that_overflows_is_measured_as_far_as_it_went():
    (found,) = along(LINE, [at(30)], START, 400)
    assert np.isfinite(found.offset).all()
    assert found.measured == pytest.approx(59, rel=1e-6)


def test_a_rate_that_arrives_in_one_update_has_nothing_left_to_measure():
    bowl = gd.SURFACES["bowl"]
    (found,) = along(bowl, [gd.SGD(lr=0.5)], bowl.start)
    assert found.factor == 0
    assert found.measured is None
    assert found.predicted is None


def test_without_a_minimum_there_is_no_distance():
    blobs = replace(gd.DATASETS["blobs"], noise=0.05)
    fit = gd.Fit(blobs, gd.MODELS["softmax"])
    assert fit.minimum() is None
    experiment = gd.Experiment(fit, (gd.Run(gd.SGD()),), epochs=2)
    with pytest.raises(ValueError, match="no distance"):
        components(experiment, gd.train(experiment), np.eye(fit.n_params)[0], 1.0)


# As a notebook asks


def test_a_notebook_asks_for_three_rates_and_gets_their_words():
    reading = gd.studies.three_rates(HOME)
    right = best_rate(gd.SGD(), gd.curvature(LINE))
    assert [descent.name for descent in reading.descents] == list(NAMES)
    assert reading.descents[1].rate == pytest.approx(right)
    assert reading.descents[3].rate == HOME.runs[0].optimizer.lr
    other = replace(HOME, runs=(gd.Run(gd.Adam()),))
    usual = usual_rate(gd.SGD(), gd.curvature(LINE))
    assert gd.studies.three_rates(other).descents[3].rate == usual == 0.5
    assert reading.words == ran(HOME, HOME.runs[0].optimizer)[2].words


def test_the_words_are_the_numbers_of_the_reading():
    _, _, reading = ran(HOME, gd.SGD(lr=0.3))
    small, right, large, _ = reading.descents
    assert f"**Too small** still had {number(100 * small.left)} % " in reading.words
    assert f"**Right** was within 1 % of the excess loss after {right.arrived} " in reading.words
    assert f"**Too large** ended {large.updates} updates at {number(large.left)} " in reading.words
    assert "exact, as the loss is a quadratic" in reading.factor_words


def test_on_a_log_loss_the_words_say_that_the_curvature_is_local():
    _, _, reading = ran(experiment_of("moons"), gd.SGD(lr=1.0))
    assert "placed by the curvature at the minimum" in reading.words
    assert "no fixed rate beats" not in reading.words
    assert "local, at the minimum" in reading.factor_words
    assert reading.scale_words.startswith("Condition number L/μ, taken at the minimum: ")


def test_without_a_minimum_there_are_no_directions_and_the_rest_is_told():
    reading = gd.studies.three_rates(gd.Experiment(APART, HOME.runs))
    assert reading.directions == []
    assert "placed by the curvature at zero" in reading.words
    assert "Condition number L/μ, taken at zero: " in reading.scale_words
    assert "distance" not in reading.scale_words  # there is no place that it would lead to


@pytest.mark.parametrize(("share", "way"), [(0.999, "still had"), (1.001, "ended")])
def test_just_beside_the_limit_a_run_is_told_by_the_side_on_which_it_ends(share, way):
    rate = share * gd.curvature(ROUND).limit
    _, _, reading = ran(replace(HOME, problem=ROUND, start=(-2.0, -2.0)), gd.SGD(lr=rate))
    yours = reading.descents[3]
    assert 0.5 < yours.left < 2
    assert yours.words.startswith(f"**Yours** {way} ")


def test_a_run_that_begins_at_the_lowest_loss_is_said_to():
    start = tuple(LINE.minimum().tolist())
    reading = gd.studies.three_rates(replace(HOME, start=start))
    assert reading.descents[1].words == "**Right** began at the lowest loss."


def test_an_adaptive_rule_is_refused_by_name():
    with pytest.raises(ValueError, match="Adam has no limit"):
        gd.studies.three_rates(HOME, gd.Adam())


def test_on_a_map_a_run_that_climbs_is_drawn_for_its_first_swings_alone():
    _, traces, _ = ran(HOME, gd.SGD(lr=0.3))
    cut = on_map(traces)
    assert [len(trace.path) for trace in cut if not got_lower(trace)] == [5]
    assert all(a is b for a, b in zip(cut, traces, strict=True) if got_lower(b))


def test_every_loss_that_a_model_knows_has_a_name_for_people():
    assert {key for model in MODELS.values() for key in model.objectives} == set(OBJECTIVES)


def test_the_best_rate_of_momentum_is_the_middle_of_those_where_both_directions_swing():
    """Between (1 - sqrt(beta))^2 / mu and (1 + sqrt(beta))^2 / L both shrink by sqrt(beta)."""
    facts = gd.curvature(ROUND)
    for beta in (0.5, 0.8, 0.9):
        root = np.sqrt(beta)
        low, high = (1 - root) ** 2 / facts.mu, (1 + root) ** 2 / facts.L
        # The middle of a scale on which neighbours are 2.4 % apart.
        rule = gd.Momentum(beta=beta)
        assert best_rate(rule, facts) == pytest.approx(np.sqrt(low * high), rel=0.025)
        assert slowest(replace(rule, lr=best_rate(rule, facts)), facts) == pytest.approx(root)


def test_the_plain_steps_best_rate_shrinks_the_steepest_and_the_flattest_alike():
    facts = gd.curvature(LINE)
    assert best_rate(gd.SGD(), facts) == pytest.approx(2 / (facts.L + facts.mu))
    shrunk = slowest(gd.SGD(lr=best_rate(gd.SGD(), facts)), facts)
    assert shrunk == pytest.approx((facts.L - facts.mu) / (facts.L + facts.mu))


def test_a_run_that_overflows_at_once_has_no_rises_and_no_updates_with_a_loss():
    runs, traces, _ = ran(HOME, gd.SGD())
    loss = np.full_like(traces[2].loss, np.nan)
    loss[:, 0] = traces[2].loss[:, 0]
    last = read(runs, [*traces[:2], replace(traces[2], loss=loss), *traces[3:]]).descents[2]
    assert (last.updates, last.rises) == (0, 0.0)


@pytest.mark.parametrize(
    ("text", "updates"),
    [
        ("2*x**2 + 0.5*y**2", 13),  # each leaves 0.6: 13.5 leave a thousandth
        ("x**2 + y**2", 12),  # the right rate arrives at once
        ("x**2 + 0.9*y**2", 12),  # each leaves a nineteenth
        ("x**2 + 0.01*y**2", 120),  # each leaves 99/101
    ],
)
def test_runs_are_so_long_that_the_right_one_leaves_a_thousandth_of_the_distance(text, updates):
    bowl = gd.Experiment(gd.Expression(text), (gd.Run(gd.SGD()),), (3.0, 1.0))
    assert three_runs(bowl, gd.SGD(lr=0.1)).epochs == updates


def descent(**changes):
    made = Descent("Yours", 0.1, 30, 0.25, None, 0.0, None)
    return made._replace(**changes).words


def test_each_way_to_go_is_told():
    assert descent() == "**Yours** still had 25 % of the excess loss after 30 updates."
    assert descent(left=1.0).startswith("**Yours** still had 100 % of")
    assert descent(left=2.5, rises=0.5) == (
        "**Yours** ended 30 updates at 2.5 times the excess loss of its start, and its loss rose "
        "in 50 % of its updates."
    )
    assert descent(arrived=1, rises=0.125) == (
        "**Yours** was within 1 % of the excess loss after 1 update, and its loss rose in 12.5 % "
        "of its updates."
    )
    assert descent(left=np.nan) == "**Yours** began at the lowest loss."
    assert descent(diverged_at=3, end="diverged at update 3") == "**Yours** diverged at update 3."


def test_an_update_at_the_best_rate_takes_off_two_over_the_condition_number_and_one():
    facts = gd.Curvature("everywhere", 4.0, 1.0)
    reading = ThreeRates((), [], [Scale("As it is", facts)], True)
    assert reading.words.endswith("every update takes at least 40 % off the distance, in every "
                                  "direction.")  # fmt: skip
    assert reading.scale_words == (
        "Condition number L/μ: 4, so that the plain step at its best rate takes 40 % off the "
        "distance."
    )
    assert reading._replace(plain=False).words == ""
    raw = Scale("Raw columns", gd.Curvature("everywhere", 9.0, 1.0))
    other = Scale("Sum over rows, not mean", gd.Curvature("everywhere", 99.0, 1.0))
    assert reading._replace(scales=[*reading.scales, raw, other]).scale_words.endswith(
        "distance. Raw columns make it 9, and it would take 20 % off."
    )
