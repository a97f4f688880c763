"""The Batch size page, driven without a browser."""

import json
import re
from dataclasses import replace
from importlib import import_module
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import gdplay as gd
from gdplay import link
from gdplay.studies.gradient_cloud import N_BATCHES, scatters
from gdplay.studies.rate_scaling import usual_rate
from gdplay.teaching.defaults import default_experiment, default_fit
from gdplay.ui import address as views
from gdplay.ui import jobs, results, state
from gdplay.ui.batch_size.view import PARTS, BatchView, nearest_size
from tests import PATIENCE, ROOT, crossed, older
from tests.ui.controls import shared_link


def opened(view: BatchView | None = None, experiment: gd.Experiment | None = None) -> AppTest:
    """Return the page as it stands after opening a link to it."""
    at = AppTest.from_file(str(ROOT / "gdplay/ui/router.py"), default_timeout=PATIENCE)
    at.switch_page(str(state.PAGES / "batch_size.py"))
    query = link.encode(experiment) if experiment else {}
    for name, texts in (query | (views.encode(view) if view else {})).items():
        at.query_params[name] = texts
    return fine(at.run())


def fine(at: AppTest) -> AppTest:
    assert not at.exception, [error.message for error in at.exception]
    return at


def said(at: AppTest) -> str:
    return "\n".join(text.value for text in at.main.markdown)


def shown(at: AppTest) -> BatchView:
    return at.session_state["session"].shown.view  # type: ignore[no-any-return]


def widget(at: AppTest, kind: str, name: str) -> Any:
    found = [w for w in getattr(at, kind) if w.key and w.key.split("@")[0] == name]
    assert len(found) == 1, [w.key for w in getattr(at, kind)]
    return found[0]


def figures(at: AppTest) -> list[dict[str, Any]]:
    return [json.loads(chart.proto.spec) for chart in at.get("plotly_chart")]


# The page


def test_the_first_view_is_the_cloud_with_its_slider_and_three_numbers():
    at = opened()
    assert widget(at, "select_slider", "size").value == 8
    values = {metric.label: metric.value for metric in at.metric}
    assert list(values) == ["Mean cosine", "Spread", "Point uphill"]
    fit = default_experiment().problem
    minimum = fit.minimum()
    near = minimum + 0.02 * (np.array(default_experiment().start) - minimum)
    (expected,) = scatters(fit, near, (8,), N_BATCHES)
    assert values["Mean cosine"] == f"{expected.cosine:.2f}"
    assert values["Spread"] == f"{expected.spread:.3g}"
    assert values["Point uphill"] == f"{100 * expected.uphill:.0f} %"
    assert "(25 updates an epoch)" in said(at)


@pytest.mark.parametrize("name", crossed(["line", "iris", "breast_cancer"], "line"))
@pytest.mark.parametrize("part", list(PARTS))
def test_every_part_draws_on_every_kind_of_data(part, name):
    at = opened(BatchView(part=part), default_experiment(gd.DATASETS[name]))
    assert len(at.get("plotly_chart")) >= 3
    assert not at.warning
    assert not re.search(r"\bnan\b|\binf\b|None", said(at))


@pytest.mark.parametrize("part", crossed(PARTS, "floor", "race"))
def test_every_part_does_without_a_minimum(part):
    fit = replace(default_fit(gd.DATASETS["wine"]), l2=0.0)
    experiment = replace(default_experiment(gd.DATASETS["wine"]), problem=fit, epochs=3)
    at = opened(BatchView(part=part, at="minimum"), experiment)
    assert "At the start" in said(at)
    assert "excess" not in said(at)
    assert not re.search(r"\bnan\b|\binf\b|None", said(at))


@pytest.mark.parametrize("n", crossed([2, 3], 2))
@pytest.mark.parametrize("part", list(PARTS))
def test_every_part_does_with_hardly_any_rows(part, n):
    base = default_experiment()
    fit = replace(base.problem, dataset=replace(base.problem.dataset, n_samples=n))
    text = said(opened(BatchView(part=part), replace(base, problem=fit)))
    assert f"minimum, B = {n}**" in text  # 8 rows are brought down to all of them
    assert not re.search(r"\bnan\b|\binf\b|None", text)


@pytest.mark.parametrize("part", list(PARTS))
@older.newer_tells
def test_every_chart_tells_what_it_holds_to_those_who_cannot_see_it(part):
    texts = [chart.proto.alt for chart in opened(BatchView(part=part)).get("plotly_chart")]
    assert all(len(text.split()) >= 5 for text in texts)
    assert len(set(texts)) == len(texts)


def test_a_function_has_no_rows_and_the_page_offers_data():
    bowl = gd.Experiment(gd.SURFACES["bowl"], (gd.Run(gd.SGD()),))
    at = opened(BatchView(), bowl)
    assert "no rows" in at.info[0].value
    fine(widget(at, "button", "take_data").click().run())
    assert len(at.get("plotly_chart")) >= 3


def test_what_is_too_much_for_the_server_is_told_and_not_trained():
    experiment = default_experiment(gd.DATASETS["digits"])
    at = opened(BatchView(part="floor", size=1), experiment)
    assert "shared server" in at.warning[0].value
    assert "budget" not in at.warning[0].value


def test_the_slider_changes_the_numbers_and_the_link():
    at = opened()
    before = [metric.value for metric in at.metric]
    fine(widget(at, "select_slider", "size").set_value(64).run())
    after = [metric.value for metric in at.metric]
    assert all(a != b for a, b in zip(before, after, strict=True))
    assert at.query_params["view.size"] in ("64", ["64"])
    assert "B = 64" in said(at)


def test_the_part_and_the_budget_travel_in_the_link():
    view = BatchView(part="race", along="updates", passes=2, size=32, at="start")
    at = opened(view)
    assert shown(at) == view
    assert "400 updates" in said(at)


def test_the_share_menu_holds_the_address():
    at = opened(BatchView(size=32))
    at.session_state[f"share@{at.session_state['session'].generation}"] = True
    fine(at.run())
    assert "view.size=32" in shared_link(at)


def test_each_part_keeps_a_rate_of_its_own():
    at = opened(BatchView(part="scaling", rate=0.2))
    usual = usual_rate(default_experiment().problem)
    slider = widget(at, "select_slider", "single_rate")
    assert slider.value == usual
    fine(slider.set_value(0.002).run())
    assert (shown(at).single, shown(at).rate) == (0.002, 0.2)


def test_rates_at_which_every_batch_size_diverges_are_drawn_without_curves():
    at = opened(BatchView(part="scaling", single=1000.0))
    assert "Every run diverged." in [caption.value for caption in at.caption]
    assert "From B = 1 on they are at 2/L" in said(at)


def test_a_race_in_which_all_diverged_says_so(monkeypatch):
    race = import_module("gdplay.studies.fair_race")
    monkeypatch.setattr(race, "rates_around", lambda *_: (600.0, 900.0))
    at = opened(BatchView(part="race"))
    assert at.info[0].value == "With 20 epochs every run diverged at every rate of the grid."


def test_a_size_beyond_the_rows_is_brought_back():
    at = opened(BatchView(size=9000), default_experiment(gd.DATASETS["diabetes"]))
    assert shown(at).size == 442
    assert nearest_size(200, 100) == 64
    assert nearest_size(200, 1) == 1


def test_a_cloud_on_a_runs_way_says_whose_and_when():
    at = opened(BatchView(at="way", run=2, epoch=4))
    assert "After 4 epochs of “Stochastic”" in said(at)
    at = opened(BatchView(at="way", run=5))
    assert "of “Stochastic”" in said(at)


def test_a_clicked_place_is_in_the_link_and_on_offer_only_then():
    at = opened(BatchView(at="picked", x=1.5, y=0.5))
    assert "Where you clicked" in said(at)
    assert "Clicked" in widget(at, "button_group", "at").options
    assert "Clicked" not in widget(opened(), "button_group", "at").options


def test_a_place_that_a_link_has_beyond_the_map_is_at_its_edge():
    experiment = gd.default_experiment()
    far = opened(BatchView(at="picked", x=1e300, y=-1e300), experiment)
    land = results.ground(experiment, results.traces(experiment), "0,1")
    at_edge = BatchView(at="picked", x=float(land.x[-1]), y=float(land.y[0]))
    values = [metric.value for metric in opened(at_edge, experiment).metric]
    assert [metric.value for metric in far.metric] == values
    assert all(np.isfinite(float(value.removesuffix(" %"))) for value in values)


def test_the_page_leads_the_other_budget_beside_the_chosen_one():
    at = opened(BatchView(part="map"))
    text = said(at)
    winners = re.findall(r"With \*\*(.+?)\*\*, \*\*B = (\d+), η = (\S+)\*\* ends lowest", text)
    assert [winner[0] for winner in winners] == ["20 epochs", "200 updates"]
    assert winners[0][1:] != winners[1][1:]


def test_the_guide_links_to_the_page():
    at = AppTest.from_file(str(ROOT / "gdplay/ui/router.py"), default_timeout=PATIENCE)
    at.switch_page(str(state.PAGES / "guide.py"))
    fine(at.run())
    pages = [element.proto.page for element in at.get("page_link")]
    assert any("batch_size" in page for page in pages)


@pytest.mark.parametrize("share", crossed([0.0, 0.4], 0.4))
@pytest.mark.parametrize("part", list(PARTS))
def test_of_stopped_work_nothing_is_claimed(part, share, monkeypatch):
    whole = jobs.result

    def cut_short(key: str, estimate: float, compute: Any, *, name: str, **more: Any) -> Any:
        if name == "training":
            return whole(key, estimate, compute, name=name, **more)
        return jobs.Outcome(compute(lambda done, total: done < share * total), share, stopped=True)

    monkeypatch.setattr(jobs, "result", cut_short)
    at = opened(BatchView(part=part))
    assert not at.info
    text = said(at)
    for claim in ("ends lowest", "predicted:", "hover at", "best rate:", "diverge", "Lowest after"):
        assert claim not in text.split("\n## ")[1]
