"""Rates worth knowing: each is where the data say, and each sentence is what descent does."""

import math
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
import pytest

import gdplay as gd
from gdplay.optimizers import OPTIMIZERS, RATES
from gdplay.studies.sweeps import Sweep, limits_of
from gdplay.theory import limits
from gdplay.theory.limits import (
    in_short,
    marks,
    noisy_verdict,
    rate_options,
    shrinks,
    verdict,
    verdicts,
    zones,
)
from gdplay.theory.measures import reference
from gdplay.words import number

HOME = gd.default_experiment()
LINE = HOME.problem
ROUND = gd.Fit(gd.DATASETS["line"], gd.MODELS["linear"], standardize=True)
"""y = 1 + 2 x + noise with x standardised: L = 1 in every direction."""
FAR = (-2.0, -2.0)
APART = gd.Fit(replace(gd.DATASETS["blobs"], noise=0.05), gd.MODELS["softmax"])
"""Classes that lie apart, so that there is no finite minimum."""
RULES = {key: rule for key, rule in gd.OPTIMIZERS.items() if rule.limit_formula}
every_rule = pytest.mark.parametrize("rule", RULES.values(), ids=RULES)


def experiment_of(name):
    return gd.default_experiment(gd.DATASETS[name])


def excess(experiment, trace):
    return trace.loss - reference(experiment, [trace]).loss


def trained(fit, rule, epochs=400, start=FAR, **more):
    runs = (gd.Run(rule, **more),)
    (trace,) = gd.train(gd.Experiment(fit, runs, start, epochs), record_path=False)
    return trace


# Marks


def test_rates_are_marked_that_the_curvature_sets_apart():
    found = {mark.label: mark.rate for mark in marks(ROUND, [gd.SGD()], [200, 32, 1])}
    assert list(found.values()) == sorted(found.values())
    assert found["1/L"] == pytest.approx(1)
    assert found["2/L"] == pytest.approx(2)
    assert found["2/(L+μ)"] == pytest.approx(1)
    assert found["Momentum"] == pytest.approx(3.8)
    assert found["Nesterov"] == pytest.approx(3.8 / 2.8)
    assert found["B=1"] == gd.mean_square_limit(ROUND, 1)
    assert found["B=32"] == gd.mean_square_limit(ROUND, 32)
    assert "B=200" not in found


def test_marks_take_momentum_from_the_runs_where_these_have_it():
    rules = [gd.SGD(), gd.Momentum(beta=0.5)]
    found = {mark.label: mark for mark in marks(ROUND, rules, [])}
    assert found["Momentum"].rate == pytest.approx(3)
    assert "β = 0.5" in found["Momentum"].about
    assert "β = 0.9" in found["Nesterov"].about


def test_mean_square_marks_say_what_sampling_they_are_for():
    found = marks(LINE, [], [1, 32])
    noisy = [mark for mark in found if mark.label.startswith("B=")]
    assert len(noisy) == 2
    assert all("sampling with replacement" in mark.about for mark in noisy)


def test_marks_of_a_log_loss_say_where_the_curvature_was_taken():
    found = {mark.label: mark for mark in marks(experiment_of("moons").problem, [], [])}
    assert found["2/L"].about.endswith("L is taken at the minimum.")
    assert "L is taken at zero" in marks(APART, [], [])[0].about
    assert "taken" not in marks(LINE, [], [])[0].about


def test_with_many_parameters_no_mean_square_limit_is_sought(monkeypatch):
    monkeypatch.setattr(limits, "MOST_PARAMS", LINE.n_params - 1)
    assert not [mark for mark in marks(LINE, [], [1]) if mark.label == "B=1"]
    assert noisy_verdict(LINE, 1, 0.1) == ""
    assert limits_of(LINE, [gd.Run(gd.SGD(), 1)]) == [None]


@dataclass(frozen=True)
class Lazy(gd.Nesterov):
    """A rule that nobody has heard of yet, twice as stable as the plain step."""

    key = "lazy"
    title = "Lazy"
    limit_formula = "4/L"

    def limit(self, largest):
        return 4 / largest


def test_a_new_rule_whose_limit_is_known_gets_its_mark_by_itself(monkeypatch):
    table = MappingProxyType({**OPTIMIZERS, "lazy": Lazy()})
    monkeypatch.setattr(limits, "OPTIMIZERS", table)
    before = {mark.label for mark in marks(ROUND, [], [])} - {"Lazy"}
    (mark,) = (mark for mark in marks(ROUND, [], []) if mark.label not in before)
    assert mark.rate == pytest.approx(4)
    assert mark.about == "4/L: the limit of Lazy on all rows."


@every_rule
def test_every_rule_with_a_limit_has_one_mark_at_that_limit(rule):
    labels = {mark.label: mark.rate for mark in marks(LINE, [rule], [])}
    label = rule.limit_formula if rule.plain else rule.title
    assert labels[label] == pytest.approx(rule.limit(gd.curvature(LINE).L))


def test_full_batches_are_calm_swing_and_leave_and_only_the_plain_step_is_known_to_swing():
    limit = gd.curvature(LINE).limit
    ends = {zone.key: zone.end for zone in zones(LINE, [gd.SGD(lr=0.1), gd.SGD(lr=0.2)])}
    assert ends == {"calm": limit / 2, "swing": limit, "gone": np.inf}
    ends = {zone.key: zone.end for zone in zones(LINE, [gd.Momentum()])}
    assert ends == {"calm": pytest.approx(1.9 * limit), "gone": np.inf}


def test_there_are_no_zones_where_rules_have_several_limits_or_none():
    assert zones(LINE, [gd.SGD(), gd.Momentum()]) == []
    assert zones(LINE, [gd.Adam()]) == []


# Verdicts


@every_rule
@pytest.mark.parametrize("name", ["line", "diabetes", "linnerud"])
@pytest.mark.parametrize("share", [0.3, 0.8, 0.97, 1.03, 1.15])
def test_for_least_squares_the_verdict_is_what_full_batch_descent_does(name, rule, share):
    experiment = experiment_of(name)
    fit = experiment.problem
    lr = share * gd.stability_limit(rule, gd.curvature(fit).L)
    said = verdict(fit, replace(rule, lr=lr), lr)
    assert said.startswith(f"{number(share)} times the limit: full-batch descent ")
    trace = trained(fit, replace(rule, lr=lr), 1500, experiment.start)
    if "will diverge" in said:
        assert trace.status[0] is gd.Status.DIVERGED
    else:
        assert "converges" in said
        late = excess(experiment, trace)[0]
        assert late[-1] < 0.2 * late[0]
        assert late[-1] <= late[1000] * (1 + 1e-9) + 1e-12


def test_a_rate_exactly_at_the_limit_keeps_its_distance_for_ever():
    limit = gd.curvature(ROUND).limit
    said = verdict(ROUND, gd.SGD(), limit)
    assert said == "Exactly the limit: full-batch descent keeps its distance for ever"
    trace = trained(ROUND, gd.SGD(lr=limit), 1000)
    away = trace.loss[0] - float(ROUND.loss(ROUND.minimum()))
    np.testing.assert_allclose(away, away[0], rtol=1e-9)


def test_a_rate_a_hair_from_the_limit_is_not_called_the_limit():
    limit = gd.curvature(LINE).limit
    assert verdict(LINE, gd.SGD(), 1.001 * limit).startswith("Just above the limit")
    assert verdict(LINE, gd.SGD(), 0.999 * limit).startswith("Just below the limit")


def test_the_verdict_tells_swinging_from_smooth():
    limit = gd.curvature(LINE).limit
    assert verdict(LINE, gd.SGD(), 0.6 * limit).endswith("converges, swinging")
    assert verdict(LINE, gd.SGD(), 0.4 * limit).endswith("converges")


@pytest.mark.parametrize("name", ["moons", "iris", "breast_cancer"])
def test_for_log_losses_the_verdict_is_about_settling_at_the_minimum(name):
    fit = experiment_of(name).problem
    limit = gd.curvature(fit).limit
    above, below = (verdict(fit, gd.SGD(), share * limit) for share in (1.2, 0.5))
    assert above == "1.2 times 2/L at the minimum: full-batch descent cannot settle"
    assert below.startswith("0.5 times 2/L at the minimum: full-batch descent can settle")
    restless = trained(fit, gd.SGD(lr=1.2 * limit), 3000, None).loss[0]
    settled = trained(fit, gd.SGD(lr=0.5 * limit), 3000, None).loss[0]
    assert np.isfinite(restless).all()
    assert (np.diff(restless[-200:]) > 0).mean() > 0.2
    assert (np.diff(settled[-200:]) <= 1e-9).all()


def test_every_step_lowers_a_log_loss_where_the_verdict_promises_it():
    fit = experiment_of("moons").problem
    bound = 2 / gd.global_bound(fit)
    assert "every full-batch step lowers the loss" in verdict(fit, gd.SGD(), 0.99 * bound)
    assert "a step may raise the loss" in verdict(fit, gd.SGD(), 1.01 * bound)
    far = (30.0, -20.0, 10.0)
    loss = trained(fit, gd.SGD(lr=0.99 * bound), 200, far).loss[0]
    assert (np.diff(loss) < 0).all()


def test_without_a_minimum_the_verdict_says_so():
    assert "there is no finite minimum" in verdict(APART, gd.SGD(), 0.1)


def test_no_limit_is_claimed_for_adaptive_rules():
    assert "curvature sets no limit" in verdict(LINE, gd.Adam(), 0.1)


def test_mean_square_verdicts_are_ratios_and_say_what_sampling_they_are_for():
    limit = gd.mean_square_limit(LINE, 1)
    said = noisy_verdict(LINE, 1, 2 * limit)
    assert said == (
        f"2 times the mean-square limit {number(limit)} of 1 row per update "
        "(sampling with replacement)"
    )
    assert noisy_verdict(LINE, 200, 0.1) == ""
    assert "at the minimum" in noisy_verdict(experiment_of("moons").problem, 8, 0.1)
    assert "8 rows per update" in noisy_verdict(LINE, 8, 0.1)


def test_the_words_of_a_rate_are_its_verdict_its_factors_and_what_it_is_to_the_smallest_batches():
    rule, facts = gd.SGD(lr=0.5), gd.curvature(LINE)
    steep, flat = (100 * abs(abs(1 - 0.5 * bend) - 1) for bend in (facts.L, facts.mu))
    assert verdicts(HOME, rule) == (
        f"**Rate 0.5.** {verdict(LINE, rule, 0.5)}. Per update the distance along the steepest "
        f"direction shrinks by {number(steep)} %; along the flattest it shrinks by "
        f"{number(flat)} %. {noisy_verdict(LINE, 1, 0.5)}."
    )


@pytest.mark.parametrize(
    ("rate", "words"),
    [
        (0.25, "shrinks by 50 %"),
        (0.5, "shrinks by 100 %"),
        (0.99, "shrinks by 2 %"),
        (1.0, "stays the same"),
        (1.25, "grows by 50 %"),
        (1.5, "grows by 100 %"),
    ],
)
def test_where_the_loss_bends_by_two_a_step_leaves_one_minus_twice_the_rate(rate, words):
    assert shrinks(gd.SGD(lr=rate), 2.0) == words


@pytest.mark.parametrize("value", [1e-8, 3e-5, 0.037, 2.0, 900.0, 1e3])
@pytest.mark.parametrize("around", [1e-14, 1e-3, 0.5, 40.0])
def test_a_slider_offers_round_rates_far_to_both_sides_and_the_one_that_is_set(value, around):
    offered = rate_options(value, around)
    assert offered == sorted(set(offered))
    assert value in offered
    others = [rate for rate in offered if rate != value]
    assert all(float(f"{rate:.1e}") == rate for rate in others)
    low, high = RATES
    usual = around if around <= 1e-3 else 1.0  # where data are steep, far is far from `around`
    assert low <= offered[0] <= min(1e-4 * usual, around / 100, value) * 1.25
    assert min(max(10.0 * usual, 5 * around, value), high) / 1.34 <= offered[-1] <= high
    assert np.diff(np.log10(offered)).max() < 0.13


def test_of_other_rules_nothing_is_said_about_few_rows_and_factors_hold_in_the_long_run():
    words = verdicts(HOME, gd.Momentum(lr=0.5))
    assert "Per update, in the long run, the distance" in words
    assert "mean-square" not in words


def test_without_a_minimum_nothing_is_said_of_the_distance_to_it():
    words = verdicts(gd.Experiment(APART, HOME.runs), gd.SGD(lr=0.1))
    assert "there is no finite minimum" in words
    assert "direction" not in words


# What learners believe, and what is measured (the numbers are shapes: margins are wide)


def test_a_sharp_edge_divides_converging_from_diverging():
    below, above = (trained(ROUND, gd.SGD(lr=2 * share), 3000) for share in (0.99, 1.01))
    lowest = float(ROUND.loss(ROUND.minimum()))
    assert below.loss[0, -1] - lowest < 1e-9
    assert above.status[0] is gd.Status.DIVERGED


def test_smaller_batches_blow_up_earlier():
    limits = [gd.mean_square_limit(ROUND, size) for size in (1, 2, 4, 8, 16, 32, 200)]
    assert limits == sorted(limits)
    assert limits == pytest.approx([0.80, 1.14, 1.45, 1.68, 1.83, 1.91, 2.0], rel=0.01)
    rates = tuple(round(0.1 * i, 1) for i in range(3, 30))
    runs = tuple(gd.Run(gd.SGD(), size, sampling="with replacement") for size in (1, 32, None))
    swept = gd.sweep(Sweep(ROUND, runs, rates, FAR, epochs=60, n_seeds=11))
    edges = [rates[int(np.argmax(line.median > 10 * swept.start))] for line in swept.lines()]
    assert edges == sorted(edges)
    assert edges[0] < edges[2] == 2.1
    assert edges[0] > limits[0]  # single runs survive a while above the mean-square limit


def test_momentum_allows_a_larger_rate_and_nesterov_a_smaller_one_than_the_plain_step():
    found = {mark.label: mark.rate for mark in marks(ROUND, [], [])}
    for rule, label, limit in ((gd.Momentum, "Momentum", 3.80), (gd.Nesterov, "Nesterov", 1.357)):
        assert found[label] == pytest.approx(limit, rel=1e-3)
        assert trained(ROUND, rule(lr=0.98 * limit)).loss[0, -1] < 0.2
        assert trained(ROUND, rule(lr=1.02 * limit), 2000).status[0] is gd.Status.DIVERGED


def test_where_nothing_bends_round_rates_around_the_own_one_are_offered():
    options = rate_options(0.07, math.inf)
    assert 0.07 in options
    assert options == sorted(options)
    assert options[0] < 0.001 < 5 < options[-1] <= 1000


BOWL = gd.Expression("2*x**2 + 0.5*y**2")
"""L = 4 and mu = 1."""


def test_all_rates_that_are_marked_on_a_bowl():
    """1/L, 2/(L + mu), 2/L, and of rules with a limit of their own that; nothing of the others."""
    found = marks(BOWL, [gd.SGD(0.1), gd.Momentum(0.1, 0.5), gd.Adam(0.1)], [1])
    rates = {mark.label: mark.rate for mark in found}
    assert set(rates) == {
        "1/L", "2/(L+μ)", "2/L",
        *(rule.title for rule in RULES.values() if not rule.plain),
    }  # fmt: skip
    assert (rates["1/L"], rates["2/(L+μ)"], rates["2/L"]) == pytest.approx((1 / 4, 2 / 5, 1 / 2))
    assert rates["Momentum"] == pytest.approx(2 * 1.5 / 4)
    assert all(math.isfinite(rate) for rate in rates.values())
    weights = {mark.label: mark.weight for mark in found}
    assert min(weights.values()) > 1  # what else stands under a slider has that at most
    others = max(weights.pop(rule.title) for rule in RULES.values() if not rule.plain)
    assert others < weights["1/L"] < weights["2/(L+μ)"] < weights["2/L"]
    assert marks(gd.Expression("x + y"), [gd.SGD(0.1)], [1]) == []
    assert not any("on all rows" in mark.about for mark in found)


def test_a_batch_of_one_row_keeps_its_label_longer_and_all_rows_have_none():
    found = {mark.label: mark.weight for mark in marks(ROUND, [], [1, 8, 8, ROUND.n_samples])}
    assert found["B=1"] > found["B=8"]
    assert f"B={ROUND.n_samples}" not in found
    assert found["2/L"] > found["B=1"]
    assert found["B=8"] > found["2/(L+μ)"]


def test_the_words_for_ratios_near_one():
    said = {ratio: limits.times(ratio, "it") for ratio in (1, 1 + 1e-10, 1.004, 0.996, 1.15)}
    assert list(said.values()) == [
        "Exactly it", "Exactly it", "Just above it", "Just below it", "1.15 times it"
    ]  # fmt: skip
    assert limits.times(1.006, "it").endswith("times it")
    assert limits.times(1 + 1e-8, "it") == "Just above it"


def test_a_bowls_verdicts_at_a_quarter_three_quarters_and_beyond_the_limit():
    """For a function no batch is full; the plain step swings from half its limit on."""
    ends = {
        rate: verdict(BOWL, gd.SGD(), rate).split(": ")[1] for rate in (0.2, 0.25, 0.4, 0.5, 0.6)
    }
    assert ends == {
        0.2: "descent converges", 0.25: "descent converges", 0.4: "descent converges, swinging",
        0.5: "descent keeps its distance for ever", 0.6: "descent will diverge",
    }  # fmt: skip
    assert verdict(BOWL, gd.Momentum(beta=0.0), 0.4) == "0.8 times the limit: descent converges"


def test_zones_of_a_bowl_end_at_half_the_limit_the_limit_and_nowhere():
    assert [(zone.key, zone.end) for zone in zones(BOWL, [gd.SGD()])] == [
        ("calm", 0.25), ("swing", 0.5), ("gone", math.inf)
    ]  # fmt: skip
    ends = [(zone.key, zone.end) for zone in zones(BOWL, [gd.Momentum(beta=0.5)])]
    assert ends == [("calm", 0.75), ("gone", math.inf)]
    assert zones(BOWL, []) == []


def test_how_a_distance_changes_in_per_cent():
    assert shrinks(gd.SGD(lr=0.1), 4.0) == "shrinks by 40 %"
    assert shrinks(gd.SGD(lr=0.6), 4.0) == "grows by 40 %"
    assert shrinks(gd.SGD(lr=0.5), 4.0) == "stays the same"


def test_a_slider_reaches_from_a_ten_thousandth_to_ten_where_nothing_is_steep():
    options = rate_options(0.123, 1.0)
    assert (options[0], options[-1]) == (1e-4, 10)
    assert options == sorted(options)
    assert 0.123 in options
    assert [rate for rate in options if 1 <= rate < 10] == [
        1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8
    ]  # fmt: skip
    assert rate_options(0.1, 8.0)[-1] == 40
    assert rate_options(0.1, 1.2e-3)[0] == 1.2e-5
    steep = rate_options(2e-6, 2e-6)
    assert (steep[0], steep[-1]) == (2e-10, 1.5e-5)  # 10 times 2e-6 is a bit less than 2e-5
    assert rate_options(50.0, 1.0)[-1] == 50
    assert rate_options(1e-20, 1e-20)[0] == RATES[0]
    assert rate_options(1e3, 1e9)[-1] == RATES[1]


def test_a_flat_bowl_has_its_marks_at_large_rates():
    """L = 1/2 and mu = 1/8: one over L is 2, and not L itself."""
    rates = {mark.label: mark.rate for mark in marks(gd.Expression("x**2/4 + y**2/16"), [], [])}
    assert (rates["1/L"], rates["2/(L+μ)"], rates["2/L"]) == pytest.approx((2, 3.2, 4))


@pytest.mark.parametrize(
    ("value", "around", "low", "high"),
    [
        (1.0, 0.5, 1e-4, 10),
        (1.0, 10.0, 1e-4, 50),
        (1.0, 0.002, 2e-5, 10),
        (1.0, 0.00201, 2.5e-5, 10),
        (3.0, 1e-4, 1e-8, 3),
    ],
)
def test_offered_rates_reach_from_a_hundredth_to_five_times_what_suits_the_data(
    value, around, low, high
):
    """And from 1e-4 to 10 on most data; where these are steeper by far, as far around that."""
    offered = rate_options(value, around)
    assert (offered[0], offered[-1]) == (low, high)


def test_in_short_a_bowls_rates_are_told_by_what_becomes_of_descent():
    """2/L is a half, and momentum of 0.5 has its limit at 0.75."""
    told = {rate: in_short(BOWL, gd.SGD(), rate) for rate in (0.2, 0.25, 0.4, 0.5, 0.6)}
    assert told == {
        0.2: "comes down", 0.25: "comes down", 0.4: "swings, but settles",
        0.5: "swings for ever", 0.6: "too large: flies off",
    }  # fmt: skip
    rolling = gd.Momentum(0.1, 0.5)
    assert in_short(BOWL, rolling, 0.7, "it") == "it comes down"
    assert in_short(BOWL, rolling, 0.8, "it") == "too large: it flies off"
    assert in_short(BOWL, gd.Adam(), 0.1) == "no fixed limit"
    assert in_short(gd.Expression("x + y"), gd.SGD(), 0.1) == "no fixed limit"


def test_in_short_of_a_log_loss_what_is_sure_is_told_first():
    fit = experiment_of("moons").problem
    bound, limit = 2 / gd.global_bound(fit), gd.curvature(fit).limit
    assert bound < 0.9 * limit
    told = [
        in_short(fit, gd.SGD(), rate, "it") for rate in (0.9 * bound, 0.95 * limit, 1.5 * limit)
    ]
    assert told == ["it comes down", "it can settle", "too large: it cannot settle"]
    assert in_short(APART, gd.SGD(), 1e3) == "a step may raise the loss"


def test_of_two_rows_a_mark_is_one_of_all_rows():
    pair = replace(LINE, dataset=replace(gd.DATASETS["line"], n_samples=2))
    for problem, rows in ((pair, " on all rows"), (BOWL, "")):
        found = {mark.label: mark.about for mark in marks(problem, [], [])}
        assert f"fixed rate of the plain step{rows}." in found["2/(L+μ)"]
