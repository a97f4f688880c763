"""The Learning rate page and its ruler: every sentence and mark follows from the data."""

import json
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

import gdplay as gd
from gdplay import link
from gdplay.engine import cost
from gdplay.schedules import SCHEDULES, Constant, Cosine, Exponential, Inverse, Step
from gdplay.studies.sweeps import Sweep, Swept
from gdplay.theory.measures import reference
from gdplay.ui import address as views
from gdplay.ui import ruler
from gdplay.ui.learning_rate import rate_sweep, schedules, three_rates
from gdplay.ui.learning_rate.page import RateView, own_rate
from gdplay.ui.widgets import rate_options
from gdplay.words import number
from tests import ROOT

HOME = gd.default_experiment()
LINE = HOME.problem
ROUND = gd.Fit(gd.DATASETS["line"], gd.MODELS["linear"], standardize=True)
"""y = 1 + 2 x + noise with x standardised: L = 1 in every direction."""
FAR = (-2.0, -2.0)
APART = gd.Fit(replace(gd.DATASETS["blobs"], noise=0.05), gd.MODELS["softmax"])
"""Classes that lie apart, so that there is no finite minimum."""
QUICK = ("line", "ravine", "polynomial", "moons", "diabetes", "iris", "linnerud")
RULES = {"sgd": gd.SGD(), "momentum": gd.Momentum(), "nesterov": gd.Nesterov()}
every_rule = pytest.mark.parametrize("rule", RULES.values(), ids=RULES)


def experiment_of(name: str) -> gd.Experiment:
    return gd.default_experiment(gd.DATASETS[name])


def excess(experiment: gd.Experiment, trace: gd.Trace) -> np.ndarray:
    return trace.loss - reference(experiment, [trace]).loss


def trained(fit: gd.Fit, rule: Any, epochs: int = 400, start: Any = FAR, **more: Any) -> gd.Trace:
    runs = (gd.Run(rule, **more),)
    (trace,) = gd.train(gd.Experiment(fit, runs, start, epochs), record_path=False)
    return trace


# Marks


def test_the_ruler_marks_the_rates_that_the_curvature_sets_apart():
    found = {mark.label: mark.rate for mark in ruler.marks(ROUND, [gd.SGD()], [200, 32, 1])}
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
    found = {mark.label: mark for mark in ruler.marks(ROUND, rules, [])}
    assert found["Momentum"].rate == pytest.approx(3)
    assert "β = 0.5" in found["Momentum"].about
    assert "β = 0.9" in found["Nesterov"].about


def test_mean_square_marks_say_what_sampling_they_are_for():
    found = ruler.marks(LINE, [], [1, 32])
    noisy = [mark for mark in found if mark.label.startswith("B=")]
    assert len(noisy) == 2
    assert all("sampling with replacement" in mark.about for mark in noisy)


def test_marks_of_a_log_loss_say_where_the_curvature_was_taken():
    found = {mark.label: mark for mark in ruler.marks(experiment_of("moons").problem, [], [])}
    assert found["2/L"].about.endswith("L is taken at the minimum.")
    assert "L is taken at zero" in ruler.marks(APART, [], [])[0].about
    assert "taken" not in ruler.marks(LINE, [], [])[0].about


def test_with_many_parameters_no_mean_square_limit_is_sought(monkeypatch):
    monkeypatch.setattr(ruler, "MOST_PARAMS", LINE.n_params - 1)
    assert not [mark for mark in ruler.marks(LINE, [], [1]) if mark.label == "B=1"]
    assert ruler.noisy_verdict(LINE, 1, 0.1) == ""
    assert rate_sweep.limits_of(LINE, [gd.Run(gd.SGD(), 1)]) == [None]


# Places


def test_a_mark_on_an_option_stands_where_the_slider_puts_that_option():
    options = rate_options(0.05, 0.646)
    for i, option in enumerate(options):
        assert ruler.place(option, options) == pytest.approx(i / (len(options) - 1))


def test_between_two_options_the_scale_is_logarithmic():
    assert ruler.place(2.0, [1.0, 4.0, 5.0]) == pytest.approx(0.25)


def test_a_rate_off_the_slider_has_no_place_on_it():
    assert ruler.place(0.5, [1.0, 2.0]) < 0
    assert ruler.place(3.0, [1.0, 2.0]) > 1


labels = st.lists(
    st.tuples(st.floats(0, 400), st.floats(10, 60)), min_size=1, max_size=6
).map(sorted)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(labels)
def test_labels_never_touch_nor_leave_the_ruler_and_keep_their_order(found):
    centres, widths = zip(*found, strict=True)
    placed = np.array(ruler.spread(centres, widths, 420))
    half = np.array(widths) / 2
    assert (np.diff(placed) - half[1:] - half[:-1] >= 8.9).all()
    assert placed[0] - half[0] >= -1e-6
    assert placed[-1] + half[-1] <= 420 + 1e-6


def test_labels_with_room_stand_right_under_their_marks():
    assert ruler.spread([50, 150, 300], [20, 20, 20], 400) == pytest.approx([50, 150, 300])


def test_labels_that_would_touch_stand_around_their_mean():
    assert ruler.spread([100, 100], [20, 20], 400) == pytest.approx([85.5, 114.5])


def test_where_room_is_short_the_most_important_marks_keep_their_labels():
    found = ruler.marks(LINE, [], [1, 32])
    assert ruler.shown_in(found, 880) == found
    few = [mark.label for mark in ruler.shown_in(found, 100)]
    assert "2/L" in few
    assert "Momentum" not in few


def test_the_drawing_holds_a_tick_and_a_label_per_mark_at_their_places():
    options = rate_options(0.05, gd.curvature(LINE).limit)
    html = ruler.strip(LINE, [gd.SGD()], [1], options)
    assert html.count("<span") == len(ruler.ROOMS) * 6
    limit = gd.curvature(LINE).limit
    at, half = ruler.place(limit, options), ruler.place(limit / 2, options)
    zones = re.findall(r'class="gd-(\w+)" style="left:([\d.]+)%;width:([\d.]+)%', html)
    assert [name for name, *_ in zones] == ["calm", "swing", "gone"]
    assert [float(left) for _, left, _ in zones] == pytest.approx([0, 100 * half, 100 * at], 1e-3)
    assert sum(float(width) for *_, width in zones) == pytest.approx(100, abs=0.01)
    assert f"2/L = {number(limit)}." in html


def test_zones_are_those_of_the_runs_own_rule_and_none_where_rules_differ():
    options = rate_options(0.05, gd.curvature(LINE).limit)
    momentum = ruler.strip(LINE, [gd.Momentum()], [], options)
    at = ruler.place(1.9 * gd.curvature(LINE).limit, options)
    assert f'class="gd-gone" style="left:{at:.3%}' in momentum
    assert "gd-swing" not in momentum
    assert "gd-calm" not in ruler.strip(LINE, [gd.SGD(), gd.Momentum()], [], options)
    assert "gd-calm" not in ruler.strip(LINE, [gd.Adam()], [], options)


# Verdicts


@every_rule
@pytest.mark.parametrize("name", ["line", "diabetes", "linnerud"])
@pytest.mark.parametrize("share", [0.3, 0.8, 0.97, 1.03, 1.15])
def test_for_least_squares_the_verdict_is_what_full_batch_descent_does(name, rule, share):
    experiment = experiment_of(name)
    fit = experiment.problem
    lr = share * gd.stability_limit(rule, gd.curvature(fit).L)
    said = ruler.verdict(fit, replace(rule, lr=lr), lr)
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
    said = ruler.verdict(ROUND, gd.SGD(), limit)
    assert said == "Exactly the limit: full-batch descent keeps its distance for ever"
    trace = trained(ROUND, gd.SGD(lr=limit), 1000)
    away = trace.loss[0] - float(ROUND.loss(ROUND.minimum()))
    np.testing.assert_allclose(away, away[0], rtol=1e-9)


def test_a_rate_a_hair_from_the_limit_is_not_called_the_limit():
    limit = gd.curvature(LINE).limit
    assert ruler.verdict(LINE, gd.SGD(), 1.001 * limit).startswith("Just above the limit")
    assert ruler.verdict(LINE, gd.SGD(), 0.999 * limit).startswith("Just below the limit")


def test_the_verdict_tells_swinging_from_smooth():
    limit = gd.curvature(LINE).limit
    assert ruler.verdict(LINE, gd.SGD(), 0.6 * limit).endswith("converges, swinging")
    assert ruler.verdict(LINE, gd.SGD(), 0.4 * limit).endswith("converges")


@pytest.mark.parametrize("name", ["moons", "iris", "breast_cancer"])
def test_for_log_losses_the_verdict_is_about_settling_at_the_minimum(name):
    fit = experiment_of(name).problem
    limit = gd.curvature(fit).limit
    above, below = (ruler.verdict(fit, gd.SGD(), share * limit) for share in (1.2, 0.5))
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
    assert "every full-batch step lowers the loss" in ruler.verdict(fit, gd.SGD(), 0.99 * bound)
    assert "a step may raise the loss" in ruler.verdict(fit, gd.SGD(), 1.01 * bound)
    far = (30.0, -20.0, 10.0)
    loss = trained(fit, gd.SGD(lr=0.99 * bound), 200, far).loss[0]
    assert (np.diff(loss) < 0).all()


def test_without_a_minimum_the_verdict_says_so():
    assert "there is no minimum to settle at" in ruler.verdict(APART, gd.SGD(), 0.1)


def test_no_limit_is_claimed_for_adaptive_rules():
    assert "curvature sets no limit" in ruler.verdict(LINE, gd.Adam(), 0.1)


def test_mean_square_verdicts_are_ratios_and_say_what_sampling_they_are_for():
    limit = gd.mean_square_limit(LINE, 1)
    said = ruler.noisy_verdict(LINE, 1, 2 * limit)
    assert said == (
        f"2 times the mean-square limit {number(limit)} of 1 row per update "
        "(sampling with replacement)"
    )
    assert ruler.noisy_verdict(LINE, 200, 0.1) == ""
    assert "at the minimum" in ruler.noisy_verdict(experiment_of("moons").problem, 8, 0.1)
    assert "8 rows per update" in ruler.noisy_verdict(LINE, 8, 0.1)


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
    found = {mark.label: mark.rate for mark in ruler.marks(ROUND, [], [])}
    for rule, label, limit in ((gd.Momentum, "Momentum", 3.80), (gd.Nesterov, "Nesterov", 1.357)):
        assert found[label] == pytest.approx(limit, rel=1e-3)
        assert trained(ROUND, rule(lr=0.98 * limit)).loss[0, -1] < 0.2
        assert trained(ROUND, rule(lr=1.02 * limit), 2000).status[0] is gd.Status.DIVERGED


def test_the_mean_square_without_its_half_halves_the_limit_and_a_sum_divides_it_by_n():
    found = {scale.name: scale.facts for scale in three_rates.scales(ROUND)}
    assert found["As it is"].limit == pytest.approx(2.0)
    assert found["Mean squared error"].limit == pytest.approx(1.0)
    assert found["Sum over rows, not mean"].limit == pytest.approx(0.01)
    assert found["Raw columns"].condition == pytest.approx(gd.curvature(LINE).condition)


def test_a_raw_feature_makes_a_ravine_that_standardising_rounds():
    raw = replace(gd.DATASETS["ravine"], noise=0.5)
    fit = gd.Fit(raw, gd.MODELS["linear"])
    found = three_rates.scales(fit)
    told = three_rates.scaling_words(fit, found)
    assert found[0].facts.condition > 1000
    assert found[1].name == "Standardised columns"
    assert found[1].facts.condition < 1.5
    assert f"L/μ: {number(found[0].facts.condition)}" in told
    assert f"make it {number(found[1].facts.condition)}" in told
    # What one update at the best rate takes off the distance, measured along the flat direction.
    facts = found[1].facts
    other = replace(fit, standardize=True)
    runs = (gd.Run(gd.SGD(lr=facts.best)),)
    (trace,) = gd.train(gd.Experiment(other, runs, None, 8))
    flat = gd.spectrum(other, other.minimum()).vectors[:, 0]
    away = np.abs((trace.params[0] - other.minimum()) @ flat)
    cut = float(re.findall(r"take ([\d.]+) % off", told)[-1])
    assert 100 * (1 - away[1] / away[0]) == pytest.approx(cut, rel=5e-3)


def test_descent_hovers_at_a_constant_rate_and_a_falling_one_settles():
    experiment = gd.Experiment(ROUND, (gd.Run(gd.SGD(), 1),), FAR, epochs=20)
    runs = schedules.decay_runs(experiment, 1, ["constant", "inverse"])
    assert runs.runs[0].optimizer.lr == 0.1  # a sixth of the mean-square limit
    assert (runs.epochs, runs.runs[1].schedule) == (20, Inverse(half_life=200))
    constant, inverse = gd.train(runs, record_path=False)
    base = float(ROUND.loss(ROUND.minimum()))
    hover = schedules.hovering(constant, base)
    assert 4e-3 < hover < 4e-2
    assert hover == pytest.approx(schedules.floor_of(runs), rel=0.35)
    assert np.median(inverse.loss[:, -1]) - base < hover / 8


def test_adams_first_step_is_the_rate_whatever_the_gradients_size():
    grad = np.array([3.0, -0.2])
    for scale in (1e-3, 1.0, 1e3):
        adam = rate_sweep.first_step(gd.Adam(lr=0.1), grad * scale)
        plain = rate_sweep.first_step(gd.SGD(lr=0.1), grad * scale)
        assert adam == pytest.approx([-0.1, 0.1], rel=1e-3)
        assert plain == pytest.approx(-0.1 * grad * scale)
    told = rate_sweep.first_steps(HOME)
    assert "Adam's 1.000, 1.000, 1.000 times η" in told
    slope = np.abs(LINE.gradient(np.array(HOME.start))).max()
    assert f"{slope:#.4g}, " in told


def test_schedules_are_drawn_per_update_and_the_page_says_how_many_make_an_epoch():
    runs = schedules.decay_runs(HOME, 32, list(SCHEDULES))
    updates = 7 * runs.epochs
    taken = [run.schedule for run in runs.runs]
    assert [type(s) for s in taken] == [Constant, Step, Exponential, Inverse, Cosine]
    ends = [schedule.factors(updates)[-1] for schedule in taken]
    assert ends == pytest.approx([1, 0.5**4, 0.01, 1 / 21, 0], abs=2e-3)


def test_one_run_tells_little():
    runs = (gd.Run(gd.SGD(), 1),)
    swept = gd.sweep(Sweep(ROUND, runs, (0.1,), FAR, epochs=5, n_seeds=50))
    ends = swept.losses[0][0, :, -1] - swept.origin.loss
    assert ends.max() / ends.min() > 30
    (told,) = rate_sweep.apart(swept, ["Stochastic"], 5)
    assert "50 orders of the rows" in told
    assert f"ended {number(ends.max() / ends.min())} times as high as the best" in told


# The three runs


@pytest.mark.parametrize("name", ["line", "diabetes", "linnerud"])
@every_rule
def test_too_small_is_behind_right_and_too_large_ends_above_its_start(name, rule):
    experiment = experiment_of(name)
    runs = three_rates.three_runs(experiment, replace(rule, lr=0.01))
    assert runs.runs[3].optimizer.lr == 0.01
    small, right, large, _ = gd.train(runs)
    assert small.loss[0, -1] > right.loss[0, -1]
    if isinstance(rule, gd.SGD):
        assert not large.loss[0, -1] <= large.loss[0, 0]  # it may have diverged, to NaN


def test_what_is_told_of_the_runs_is_what_they_did():
    runs = three_rates.three_runs(HOME, gd.SGD(lr=0.3))
    traces = gd.train(runs)
    base = float(LINE.loss(LINE.minimum()))
    share = [100 * (t.loss[0] - base) / (t.loss[0, 0] - base) for t in traces]
    told = three_rates.told(runs, traces)
    assert told[0] == (
        f"**Too small** still had {number(share[0][-1])} % of the excess loss after "
        f"{runs.epochs} updates."
    )
    arrived = int(np.flatnonzero(share[1] > 1)[-1]) + 1
    assert told[1] == f"**Right** was within 1 % of the excess loss after {arrived} updates."
    grown = re.search(r"at ([\d.]+) times the excess loss of its start", told[2])
    assert grown is not None
    assert float(grown[1]) == pytest.approx(share[2][-1] / 100, rel=5e-3)
    assert "its loss rose in 100 % of its updates" in told[2]
    assert "at least 24.7 % off the distance" in told[4]


def test_a_run_that_diverges_is_told_with_its_update():
    runs = three_rates.three_runs(HOME, gd.SGD(lr=50.0))
    traces = gd.train(runs)
    assert three_rates.told(runs, traces)[3] == (
        f"**Yours** diverged at update {traces[3].diverged_at[0]}."
    )


def test_directions_are_the_steepest_and_the_flattest_that_bends():
    experiment = experiment_of("iris")  # softmax: some directions do not bend at all
    runs = three_rates.three_runs(experiment, gd.SGD(lr=1.0))
    steep, flat = three_rates.directions(runs, gd.train(runs))
    facts = gd.curvature(experiment.problem)
    assert (steep.bend, flat.bend) == pytest.approx((facts.L, facts.mu))
    assert three_rates.directions(replace(runs, problem=APART, start=None), ()) == []


# The sweep


def test_a_sweep_compares_the_runs_whatever_their_rates():
    runs = (*HOME.runs, replace(HOME.runs[0], optimizer=gd.SGD(lr=0.3)))
    found, names = rate_sweep.lines_of(replace(HOME, runs=runs), "runs")
    assert [run.batch_size for run in found] == [None, 32, 1]
    assert names == ("Batch", "Mini-batch", "Stochastic")


def test_a_sweep_can_compare_optimizers_and_batch_sizes():
    found, names = rate_sweep.lines_of(HOME, "optimizers")
    assert len(found) == len(names) == 6
    assert {run.batch_size for run in found} == {None}
    found, names = rate_sweep.lines_of(HOME, "replacement")
    assert [run.batch_size for run in found] == [1, 2, 4, 8, 16, 32]
    assert {run.sampling for run in found} == {"with replacement"}
    assert rate_sweep.lines_of(experiment_of("linnerud"), "replacement")[1][-1] == "B = 16"


def test_predicted_limits_are_each_lines_own():
    fit = LINE
    runs = (gd.Run(gd.Momentum()), gd.Run(gd.SGD(), 8), gd.Run(gd.Adam()), gd.Run(gd.Momentum(), 8))
    assert rate_sweep.limits_of(fit, runs) == [
        gd.stability_limit(gd.Momentum(), gd.curvature(fit).L), gd.mean_square_limit(fit, 8),
        None, None,
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["line", "digits"])
def test_a_sweep_is_hundreds_of_runs_or_cut_down_to_a_few_seconds(name):
    asked = rate_sweep.sweep_of(experiment_of(name), "runs")
    count = len(asked.experiment.runs) * asked.n_seeds
    assert count > 1000 if name == "line" else count >= 42
    assert gd.training.work(asked.experiment).seconds <= rate_sweep.QUIET or asked.epochs == 1


def test_full_batches_need_no_seeds():
    assert rate_sweep.sweep_of(HOME, "optimizers").n_seeds == 1
    assert rate_sweep.sweep_of(HOME, "runs").n_seeds == 11


def small_sweep() -> tuple[Swept, list[str], list[float | None]]:
    limit = gd.curvature(LINE).limit
    rates = tuple(np.geomspace(0.01, 3, 14) * limit)
    runs = (gd.Run(gd.SGD()), gd.Run(gd.SGD(), 1))
    swept = gd.sweep(Sweep(LINE, runs, rates, HOME.start, epochs=20, n_seeds=5))
    return swept, ["Batch", "Stochastic"], rate_sweep.limits_of(LINE, runs)


def test_the_words_of_the_sweep_are_its_numbers():
    swept, names, limits = small_sweep()
    best, lost, *_ = rate_sweep.sweep_words(swept, names, limits, 20)
    for place, name in enumerate(names):
        line = swept.line(place)
        value = line.median[line.best] - swept.origin.loss
        rate = swept.sweep.rates[line.best]
        assert f"**{name}** {number(value)} at rate {number(rate)}" in best
        gone = line.median - swept.origin.loss > 10 * (swept.start - swept.origin.loss)
        first = swept.sweep.rates[int(np.argmax(gone))]
        assert f"**{name}** from {number(first)} on" in lost
    assert f"(limit {number(limits[0])})" in lost
    assert f"(mean-square limit {number(limits[1])})" in lost


def test_a_click_is_the_run_that_was_clicked():
    event = {"selection": {"points": [{"customdata": None}, {"customdata": [1, 3]}]}}
    assert rate_sweep.chosen(event) == (1, 3)
    assert rate_sweep.chosen({"selection": {"points": []}}) is None
    assert rate_sweep.chosen(None) is None


# The page


def opened(
    view: RateView | None = None, experiment: gd.Experiment | None = None, **query: Any
) -> AppTest:
    at = AppTest.from_file(str(ROOT / "gdplay/ui/router.py"), default_timeout=60)
    texts = (views.encode(view) if view else {}) | (link.encode(experiment) if experiment else {})
    at.run()
    at.switch_page(str(ROOT / "pages/learning_rate.py"))
    for name, values in (texts | query).items():
        at.query_params[name] = values
    return fine(at.run())


def fine(at: AppTest) -> AppTest:
    assert not at.exception, [error.message for error in at.exception]
    return at


def widget(at: AppTest, kind: str, name: str) -> Any:
    return next(w for w in getattr(at, kind) if w.key.partition("@")[0] == name)


def charts(at: AppTest) -> list[dict[str, Any]]:
    return [json.loads(chart.proto.spec) for chart in at.get("plotly_chart")]


def said(at: AppTest) -> str:
    return "\n".join(e.value for e in (*at.markdown, *at.caption, *at.info, *at.warning))


def view_of(at: AppTest) -> RateView:
    return at.session_state["session"].shown.view


def tables(at: AppTest) -> str:
    return "\n".join(html.proto.body for html in at.get("html"))


@pytest.mark.parametrize("name", QUICK)
def test_the_page_draws_all_of_it_for_any_data(name):
    at = opened(experiment=experiment_of(name))
    assert len(charts(at)) == 5
    assert "gd-ruler" in tables(at)
    for part in ("Rate ", "Too small", "Lowest excess loss", "At the constant rate"):
        assert part in said(at)
    assert not re.search(r"\b(nan|inf|None)\b", said(at))


@pytest.mark.parametrize("key", gd.SURFACES)
def test_a_function_has_all_but_noise(key):
    surface = gd.SURFACES[key]
    runs = (gd.Run(gd.SGD(lr=1e-3)),)
    at = opened(experiment=gd.Experiment(surface, runs, start=surface.start))
    assert len(charts(at)) == 4
    assert "no noise to settle" in said(at)
    assert not re.search(r"\b(nan|inf|None)\b", said(at))


def test_without_a_minimum_the_page_says_so_and_draws_the_rest():
    at = opened(experiment=gd.Experiment(APART, HOME.runs, epochs=5))
    assert "There is no finite minimum" in said(at)
    assert len(charts(at)) == 3
    assert "Lowest loss after 5 epochs" in said(at)


def test_the_first_visit_shows_the_verdict_on_a_round_rate_between_1_over_l_and_the_limit():
    at = opened()
    facts = gd.curvature(LINE)
    rate = own_rate(RateView(), gd.SGD(), facts)
    assert rate == 0.5
    assert 1 / facts.L < rate < facts.limit
    assert f"**Rate 0.5.** {ruler.verdict(LINE, gd.SGD(), 0.5)}." in said(at)
    shrinks = 100 * (1 - abs(1 - 0.5 * facts.L))
    assert f"the steepest direction shrinks by {number(shrinks)} %" in said(at)
    assert "1.51 times the mean-square limit 0.332 of 1 row per update" in said(at)


def test_another_rate_changes_the_verdict_and_the_visitors_run():
    at = opened()
    widget(at, "select_slider", "rate.sgd").set_value(0.8)
    fine(at.run())
    limit = gd.curvature(LINE).limit
    assert view_of(at).times == pytest.approx(0.8 / limit)
    assert f"{number(0.8 / limit)} times the limit: full-batch descent will diverge" in said(at)
    assert f"0.8 = {number(0.8 / limit)} × 2/L" in tables(at)


@pytest.mark.parametrize("name", ["line", "breast_cancer", "blobs"])
def test_the_slider_reaches_all_of_the_rulers_marks(name):
    at = opened(experiment=replace(experiment_of(name), epochs=2))
    marked = ruler.marks(experiment_of(name).problem, [gd.SGD()], [1, 32])
    assert len(marked) == 7
    assert all(f"{mark.label} = {number(mark.rate)}." in tables(at) for mark in marked)


def test_a_rate_keeps_its_multiple_of_the_limit_on_other_data():
    view = RateView(times=0.5)
    for name in ("line", "diabetes", "moons"):
        facts = gd.curvature(experiment_of(name).problem)
        assert own_rate(view, gd.SGD(), facts) == pytest.approx(0.5 * facts.limit, rel=1e-5)
        assert 0.65 < own_rate(RateView(), gd.SGD(), facts) / facts.limit < 0.9


@pytest.mark.parametrize("key", ["momentum", "nesterov"])
def test_another_rule_has_its_own_runs_and_limit(key):
    at = opened()
    widget(at, "button_group", "rule").set_value(key)
    fine(at.run())
    assert view_of(at).rule == key
    limit = gd.stability_limit(RULES[key], gd.curvature(LINE).L)
    own = own_rate(view_of(at), RULES[key], gd.curvature(LINE))
    assert f"{number(own / limit)} times the limit" in said(at)
    assert "no fixed rate beats" not in said(at)


@pytest.mark.parametrize("lines", rate_sweep.LINES)
def test_the_sweep_compares_what_was_asked_for(lines):
    at = opened(RateView(lines=lines, epoch=2))
    names = rate_sweep.lines_of(HOME, lines)[1]
    figure = charts(at)[-2] if lines else {}
    drawn = {trace.get("name") for chart in charts(at) for trace in chart["data"]}
    assert set(names) <= drawn
    assert "after 2 epochs" in said(at)
    assert ("Adam's rate is another scale" in said(at)) == (lines == "optimizers")
    assert figure


def test_the_epoch_of_the_sweep_can_be_moved():
    at = opened()
    assert "after 30 epochs" in said(at)
    widget(at, "slider", "epoch.30").set_value(3)
    fine(at.run())
    assert "after 3 epochs" in said(at)
    assert view_of(at).epoch == 3


def test_schedules_and_rows_can_be_chosen():
    at = opened()
    widget(at, "button_group", "schedules").set_value(["constant", "step"])
    widget(at, "button_group", "size.[1, 32]").set_value(32)
    fine(at.run())
    assert view_of(at).schedule_names == ["constant", "step"]
    assert view_of(at).size == 32
    assert "**Steps**" in said(at)
    assert "**Cosine**" not in said(at)
    assert "an epoch has 7 updates" in said(at)


def test_a_link_brings_all_of_the_page_back():
    view = RateView(0.3, "nesterov", "replacement", 4, 32, 0b10)
    at = opened(view, experiment_of("polynomial"))
    assert view_of(at) == view
    query = {name: at.query_params[name] for name in at.query_params}
    texts = {k: [v] if isinstance(v, str) else list(v) for k, v in query.items()}
    assert views.decode(texts, RateView) == (view, [])
    assert link.decode(texts) == experiment_of("polynomial")


@pytest.mark.parametrize("query", [{"view.times": ["nan"]}, {"view.schedules": ["0"]}])
def test_a_bad_view_is_as_on_a_first_visit(query):
    assert view_of(opened(**query)) == RateView()


def test_the_visitors_experiment_is_left_alone():
    mine = gd.PRESETS["noise_ball"].build()
    at = opened(experiment=mine)
    widget(at, "select_slider", "rate.sgd").set_value(widget(at, "select_slider", "rate.sgd").value)
    fine(at.run())
    assert at.session_state["session"].shown.experiment == mine


def test_a_stopped_sweep_shows_what_there_was(monkeypatch):
    whole = rate_sweep.sweep

    def stopped(asked, progress):
        groups = iter((True,) * 3 + (False,) * 1000)
        return whole(asked, progress=lambda done, total: next(groups))

    monkeypatch.setattr(rate_sweep, "sweep", stopped)
    at = opened(experiment=replace(HOME, seed=12345))
    assert len(charts(at)) == 5
    (words,) = [m.value for m in at.markdown if m.value.startswith("Lowest")]
    assert "**Batch**" in words
    assert "**Stochastic**" not in words
    assert "nan" not in words


def test_a_sweep_stopped_before_there_was_anything_leaves_the_rest_of_the_page(monkeypatch):
    found = rate_sweep.jobs.result
    monkeypatch.setattr(
        rate_sweep.jobs,
        "result",
        lambda *args, **more: None if more["name"] == "sweep" else found(*args, **more),
    )
    at = opened()
    assert len(charts(at)) == 4
    assert "At the constant rate" in said(at)


def test_a_long_sweep_is_done_by_the_workers_with_progress(monkeypatch):
    asked = []
    ask = rate_sweep.jobs.WORKERS.ask
    monkeypatch.setattr(rate_sweep.jobs, "LONG", 0.0)
    monkeypatch.setattr(
        rate_sweep.jobs.WORKERS, "ask", lambda key, job: asked.append(key) or ask(key, job)
    )
    at = opened(experiment=replace(HOME, seed=54321))
    assert len(charts(at)) == 5
    assert any(key.startswith("sweep: Sweep(") for key in asked)


def test_work_too_large_for_the_server_is_refused_in_a_sentence(monkeypatch):
    monkeypatch.setattr(cost, "MAX_SECONDS", 1e-4)
    at = opened()
    assert "this shared server gives one experiment" in said(at)


def sent_to_compare(at: AppTest, clicked: gd.Experiment) -> AppTest:
    """Go to Compare as a click on the sweep does."""
    at.session_state["session"] = views.leave(
        at.session_state["session"], "compare", clicked, trip=True
    )
    return fine(at.switch_page(str(ROOT / "pages/compare.py")).run())


def test_who_comes_back_from_a_run_of_the_sweep_finds_the_sweep_again():
    at = opened()
    clicked = rate_sweep.sweep_of(HOME, "runs").alone(1, 20)
    sent_to_compare(at, clicked)
    assert at.session_state["session"].shown.experiment == clicked
    fine(at.switch_page(str(ROOT / "pages/learning_rate.py")).run())
    assert at.session_state["session"].shown.experiment == HOME
    assert "**Stochastic**" in said(at)


def test_a_run_of_the_sweep_that_was_changed_on_compare_is_kept():
    at = opened()
    sent_to_compare(at, rate_sweep.sweep_of(HOME, "runs").alone(1, 20))
    widget(at, "number_input", "run0.rows.200").set_value(7)
    fine(at.run())
    fine(at.switch_page(str(ROOT / "pages/learning_rate.py")).run())
    assert len(at.session_state["session"].shown.experiment.runs) == 1


# Compare


def compare(experiment: gd.Experiment) -> AppTest:
    at = AppTest.from_file(str(ROOT / "gdplay/ui/router.py"), default_timeout=60)
    for name, values in link.encode(experiment).items():
        at.query_params[name] = values
    return fine(at.run())


def test_compare_shows_the_ruler_and_the_verdict_beside_its_slider():
    limit = gd.curvature(LINE).limit
    runs = tuple(replace(run, optimizer=gd.SGD(lr=1.15 * limit)) for run in HOME.runs)
    html = tables(compare(replace(HOME, runs=runs)))
    assert "gd-ruler" in html
    assert "1.15 times the limit: full-batch descent will diverge" in html
    assert f"2/L = {number(limit)}" in html
    assert "B=32" in html


def test_the_verdict_beside_the_slider_speaks_of_the_rate_it_was_just_moved_to():
    at = compare(HOME)
    (slider,) = (one for one in at.select_slider if (one.key or "").startswith("rate@"))
    slider.set_value(1.2)
    html = tables(fine(at.run()))
    assert f"{number(1.2 / gd.curvature(LINE).limit)} times the limit" in html


def test_runs_with_rates_or_rules_of_their_own_get_no_common_verdict():
    runs = (gd.Run(gd.SGD(lr=0.1)), gd.Run(gd.Momentum(lr=0.1)))
    html = tables(compare(replace(HOME, runs=runs)))
    assert "gd-ruler" in html
    assert "times the limit" not in html
