"""The Learning rate page and its limits: every sentence and mark follows from the data."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

import gdplay as gd
from gdplay import link
from gdplay.engine import cost
from gdplay.studies.rate_sweep import LINES, lines_of, sweep_of
from gdplay.studies.telling_rates import own_rule
from gdplay.theory.limits import marks, verdict
from gdplay.ui import address as views
from gdplay.ui import results
from gdplay.ui.learning_rate.rate_sweep import chosen
from gdplay.ui.learning_rate.view import RateView
from gdplay.words import number
from tests import KINDS, PATIENCE, ROOT, crossed, older
from tests.ui.controls import component, slide

HOME = gd.default_experiment()
LINE = HOME.problem
ROUND = gd.Fit(gd.DATASETS["line"], gd.MODELS["linear"], standardize=True)
"""y = 1 + 2 x + noise with x standardised: L = 1 in every direction."""
FAR = (-2.0, -2.0)
APART = gd.Fit(replace(gd.DATASETS["blobs"], noise=0.05), gd.MODELS["softmax"])
"""Classes that lie apart, so that there is no finite minimum."""
QUICK = ("line", "ravine", "polynomial", "moons", "diabetes", "iris", "linnerud")
RULES = {"sgd": gd.SGD(), "momentum": gd.Momentum(), "nesterov": gd.Nesterov()}


def experiment_of(name: str) -> gd.Experiment:
    return gd.default_experiment(gd.DATASETS[name])


def test_a_click_is_the_run_that_was_clicked():
    event = {"selection": {"points": [{"customdata": None}, {"customdata": [1, 3]}]}}
    assert chosen(event) == (1, 3)
    assert chosen({"selection": {"points": []}}) is None
    assert chosen(None) is None


# The page


def opened(
    view: RateView | None = None, experiment: gd.Experiment | None = None, **query: Any
) -> AppTest:
    at = AppTest.from_file(str(ROOT / "gdplay/ui/router.py"), default_timeout=PATIENCE)
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


@pytest.mark.parametrize("name", crossed(QUICK, "line", "moons"))
def test_the_page_draws_all_of_it_for_any_data(name):
    at = opened(experiment=experiment_of(name))
    assert len(charts(at)) == 5
    assert len(component(at, "gdplay_rate")) == 1
    for part in ("Rate ", "Too small", "Lowest excess loss", "At the constant rate"):
        assert part in said(at)
    assert not re.search(r"\b(nan|inf|None)\b", said(at))


@older.newer_tells
def test_every_chart_tells_what_it_holds_to_those_who_cannot_see_it():
    texts = [chart.proto.alt for chart in opened().get("plotly_chart")]
    assert all(len(text.split()) >= 5 for text in texts)
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("key", crossed(KINDS, "bowl", "plain_saddle"))
def test_a_function_has_all_but_noise(key):
    surface = gd.SURFACES[key]
    runs = (gd.Run(gd.SGD(lr=1e-3)),)
    at = opened(experiment=gd.Experiment(surface, runs, start=surface.start))
    has_minimum = bool(surface.minima)  # else there is no distance to it
    assert len(charts(at)) == (4 if has_minimum else 2)
    assert ("Left after one update" in said(at)) == has_minimum
    assert "no noise to settle" in said(at)
    assert not re.search(r"\b(nan|inf|None)\b", said(at))


def test_without_a_minimum_the_page_says_so_and_draws_the_rest():
    at = opened(experiment=gd.Experiment(APART, HOME.runs, epochs=5))
    assert "There is no finite minimum" in said(at)
    assert len(charts(at)) == 3
    assert "Lowest loss after 5 epochs" in said(at)


def test_the_first_visit_shows_the_verdict_on_the_rate_of_the_runs():
    at = opened()
    assert f"**Rate 0.2.** {verdict(LINE, gd.SGD(), 0.2)}." in said(at)


def test_a_rate_over_the_mean_square_limit_is_told_so():
    facts = gd.curvature(LINE)
    at = opened(RateView(times=0.5 / facts.limit))
    assert 1 / facts.L < 0.5 < facts.limit
    assert f"**Rate 0.5.** {verdict(LINE, gd.SGD(), 0.5)}." in said(at)
    shrinks = 100 * (1 - abs(1 - 0.5 * facts.L))
    assert f"the steepest direction shrinks by {number(shrinks)} %" in said(at)
    assert "1.51 times the mean-square limit 0.332 of 1 row per update" in said(at)


def test_another_rate_changes_the_verdict_and_the_visitors_run():
    at = opened()
    slide(at, "rate.sgd", 0.8)
    fine(at.run())
    limit = gd.curvature(LINE).limit
    assert view_of(at).times == pytest.approx(0.8 / limit)
    assert f"{number(0.8 / limit)} times the limit: full-batch descent will diverge" in said(at)
    assert f"0.8 = {number(0.8 / limit)} × 2/L" in tables(at)


@pytest.mark.parametrize("name", crossed(["line", "breast_cancer", "blobs"], "line"))
def test_the_slider_reaches_all_of_the_marks(name):
    at = opened(experiment=replace(experiment_of(name), epochs=2))
    marked = marks(experiment_of(name).problem, [gd.SGD()], [1, 10])
    assert len(marked) == 7
    (held,) = component(at, "gdplay_rate")
    told = {mark["label"]: mark for mark in held["marks"]}
    for mark in marked:
        assert told[mark.label]["rate"] == number(mark.rate)
        assert 0 <= told[mark.label]["at"] <= 1


def test_a_rate_keeps_its_multiple_of_the_limit_on_other_data():
    view = RateView(times=0.5)
    for name in ("line", "diabetes", "moons"):
        facts = gd.curvature(experiment_of(name).problem)
        assert view.rate(gd.SGD(), facts) == pytest.approx(0.5 * facts.limit, rel=1e-5)


def test_what_is_called_yours_is_the_rule_of_the_visitors_runs() -> None:
    run = gd.Run(gd.Momentum(lr=0.08, beta=0.5))
    experiment = replace(HOME, runs=(run, *HOME.runs))
    for at, rate in ((opened(experiment=experiment), 0.2),
                     (opened(RateView(rule="momentum"), experiment=experiment), 0.08)):  # fmt: skip
        (held,) = component(at, "gdplay_rate")
        assert held["name"] == f"rate.{view_of(at).rule}"
        assert held["value"] == rate
        assert f"Rate {number(rate)}." in said(at)
    assert any("β = 0.5" in mark["about"] for mark in held["marks"])


@pytest.mark.parametrize("key", ["momentum", "nesterov"])
def test_another_rule_has_its_own_runs_and_limit(key):
    at = opened()
    widget(at, "button_group", "rule").set_value(key)
    fine(at.run())
    assert view_of(at).rule == key
    limit = gd.stability_limit(RULES[key], gd.curvature(LINE).L)
    own = view_of(at).rate(own_rule(HOME, key), gd.curvature(LINE))
    assert 0.65 < own / limit < 0.9  # none of the runs has this rule
    assert f"{number(own / limit)} times the limit" in said(at)
    assert "no fixed rate beats" not in said(at)


@pytest.mark.parametrize("lines", LINES)
def test_the_sweep_compares_what_was_asked_for(lines):
    at = opened(RateView(lines=lines, epoch=2))
    names = lines_of(HOME, lines)[1]
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
    widget(at, "button_group", "size.[1, 10]").set_value(10)
    fine(at.run())
    assert view_of(at).schedules == ("constant", "step")
    assert view_of(at).size == 10
    assert "**Steps**" in said(at)
    assert "**Cosine**" not in said(at)
    assert "an epoch has 20 updates" in said(at)


def test_a_link_brings_all_of_the_page_back():
    view = RateView(0.3, "nesterov", "replacement", 4, 10, ("step",))
    at = opened(view, experiment_of("polynomial"))
    assert view_of(at) == view
    query = {name: at.query_params[name] for name in at.query_params}
    texts = {k: [v] if isinstance(v, str) else list(v) for k, v in query.items()}
    assert views.decode(texts, RateView) == (view, [])
    assert link.decode(texts) == experiment_of("polynomial")


OLD_ORDER = ("constant", "step", "exponential", "inverse", "cosine")


@pytest.mark.parametrize("mask", range(1, 32))
def test_an_old_link_with_a_number_draws_the_schedules_that_it_always_drew(mask):
    expected = {name for i, name in enumerate(OLD_ORDER) if mask & 2**i}
    view, wrong = views.decode({"view.schedules": [str(mask)]}, RateView)
    assert not wrong
    assert set(view.schedules) == expected


def test_a_link_names_the_schedules_that_are_drawn_by_their_keys():
    query = views.encode(RateView(schedules=("cosine", "constant")))
    assert query["view.schedules"] == ["constant~cosine"]


def test_the_address_of_an_old_link_is_written_anew():
    at = opened(**{"view.schedules": ["10"]})
    assert at.query_params["view.schedules"] in ("step~inverse", ["step~inverse"])
    assert "**Steps**" in said(at)
    assert "**Cosine**" not in said(at)


@pytest.mark.parametrize("text", ["0", "32", "sines", "constant~sines", "", "~"])
def test_schedules_that_are_in_no_table_are_told_and_as_on_a_first_visit(text):
    view, (wrong,) = views.decode({"view.schedules": [text]}, RateView)
    assert view == RateView()
    assert wrong.startswith("schedules must be one or more of constant, step, ")


@pytest.mark.parametrize("query", [{"view.times": ["nan"]}, {"view.schedules": ["0"]}])
def test_a_bad_view_is_as_on_a_first_visit(query):
    assert view_of(opened(**query)) == RateView()


def test_the_visitors_experiment_is_left_alone():
    mine = gd.PRESETS["noise_ball"].build()
    at = opened(experiment=mine)
    slide(at, "rate.sgd", mine.runs[0].optimizer.lr)
    fine(at.run())
    assert at.session_state["session"].shown.experiment == mine


def test_a_stopped_sweep_shows_what_there_was(monkeypatch):
    whole = results.sweep

    def stopped(asked, progress):
        groups = iter((True,) * 3 + (False,) * 1000)
        return whole(asked, progress=lambda done, total: next(groups))

    monkeypatch.setattr(results, "sweep", stopped)
    at = opened(experiment=replace(HOME, seed=12345))
    assert len(charts(at)) == 5
    (words,) = [m.value for m in at.markdown if m.value.startswith("Lowest")]
    assert "**Batch**" in words
    assert "**Stochastic**" not in words
    assert "nan" not in words


def test_a_sweep_stopped_before_there_was_anything_leaves_the_rest_of_the_page(monkeypatch):
    found = results.jobs.result
    monkeypatch.setattr(
        results.jobs,
        "result",
        lambda *args, **more: None if more["name"] == "sweep" else found(*args, **more),
    )
    at = opened()
    assert len(charts(at)) == 4
    assert "At the constant rate" in said(at)


def test_a_long_sweep_is_done_by_the_workers_with_progress(monkeypatch):
    asked = []
    ask = results.jobs.WORKERS.ask
    monkeypatch.setattr(results.jobs, "LONG", 0.0)
    monkeypatch.setattr(
        results.jobs.WORKERS,
        "ask",
        lambda key, *job, **more: asked.append(key) or ask(key, *job, **more),
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
    clicked = sweep_of(HOME, "runs").alone(1, 20)
    sent_to_compare(at, clicked)
    assert at.session_state["session"].shown.experiment == clicked
    fine(at.switch_page(str(ROOT / "pages/learning_rate.py")).run())
    assert at.session_state["session"].shown.experiment == HOME
    assert "**Stochastic**" in said(at)


def test_a_run_of_the_sweep_that_was_changed_on_compare_is_kept():
    at = opened()
    sent_to_compare(at, sweep_of(HOME, "runs").alone(1, 20))
    at.session_state[f"run0.more@{at.session_state['session'].generation}"] = True
    fine(at.run())
    widget(at, "number_input", "run0.rows.200").set_value(7)
    fine(at.run())
    fine(at.switch_page(str(ROOT / "pages/learning_rate.py")).run())
    assert len(at.session_state["session"].shown.experiment.runs) == 1


# Compare


def compare(experiment: gd.Experiment) -> AppTest:
    at = AppTest.from_file(str(ROOT / "gdplay/ui/router.py"), default_timeout=PATIENCE)
    for name, values in link.encode(experiment).items():
        at.query_params[name] = values
    return fine(at.run())


def told(at: AppTest) -> dict[str, Any]:
    """Return what the rate's control is told, and what it says of its rate."""
    (data,) = component(at, "gdplay_rate")
    index = data["options"].index(data["value"])
    return {**data, "verdict": data["verdicts"][index] if data["verdicts"] else ""}


def test_compare_shows_the_limits_and_the_verdict_at_its_slider():
    limit = gd.curvature(LINE).limit
    runs = tuple(replace(run, optimizer=gd.SGD(lr=1.15 * limit)) for run in HOME.runs)
    data = told(compare(replace(HOME, runs=runs)))
    assert data["verdict"] == "1.15 times the limit: full-batch descent will diverge"
    marks = {mark["label"]: mark["rate"] for mark in data["marks"]}
    assert marks["2/L"] == number(limit)
    assert {"1/L", "2/(L+μ)", "B=1", "B=10"} <= set(marks)


def test_the_verdict_at_the_slider_speaks_of_the_rate_it_was_just_moved_to():
    at = compare(HOME)
    slide(at, "rate", 1.2)
    data = told(fine(at.run()))
    assert data["value"] == 1.2
    assert f"{number(1.2 / gd.curvature(LINE).limit)} times the limit" in data["verdict"]


def test_runs_with_rules_of_their_own_get_no_common_verdict():
    runs = (gd.Run(gd.SGD(lr=0.1)), gd.Run(gd.Momentum(lr=0.1)))
    data = told(compare(replace(HOME, runs=runs)))
    assert data["marks"]
    assert data["verdicts"] == []
