"""Predict, then play: what is covered on Compare, what is said, and what the link holds."""

import json
from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

import gdplay as gd
from gdplay import link
from gdplay.teaching.predictions import Ranking, text_of
from gdplay.teaching.verdicts import signed
from gdplay.ui import address as views
from gdplay.ui.compare.predicting import digest, lines, prediction, question
from gdplay.ui.compare.view import View
from tests import PATIENCE, ROOT
from tests.ui.controls import component, uncolored

HOME = gd.default_experiment()
SAID = f"{digest(HOME)}~{text_of(Ranking((1, 0, 2)))}"


def opened(view: View, experiment: gd.Experiment = HOME) -> AppTest:
    at = AppTest.from_file(str(ROOT / "gdplay/ui/router.py"), default_timeout=PATIENCE)
    for name, texts in (link.encode(experiment) | views.encode(view)).items():
        at.query_params[name] = texts
    at.run()
    assert not at.exception
    return at


def said(at: AppTest) -> str:
    return uncolored(" ".join(part.value for part in (*at.markdown, *at.caption)))


def drawn(at: AppTest) -> list[str]:
    """The names of what the panels hold."""
    (told,) = component(at, "gdplay_player")
    panels = told["panels"].values()
    return [trace.get("name", "") for panel in panels for trace in panel["spec"]["data"]]


def test_until_something_is_said_nothing_on_the_page_tells_how_the_runs_go() -> None:
    at = opened(View(predict="rank"))
    (player,) = component(at, "gdplay_player")
    assert player["play"] is player["hand"] is player["wire"] is None
    assert not {"Batch", "Mini-batch", "Stochastic"} & set(drawn(at))
    assert {"loss", "start", "minimum"} <= set(drawn(at))
    assert "Whose training loss is lowest after 30 epochs" in said(at)
    assert "fell to a tenth" not in said(at)
    assert not at.get("table")
    assert not any("Final loss" in part.proto.body for part in at.get("html"))
    (asked,) = component(at, "gdplay_predict")
    assert [run["name"] for run in asked["runs"]] == ["Batch", "Mini-batch", "Stochastic"]


def test_an_answer_is_in_the_link_and_shows_the_runs_and_what_was_right() -> None:
    at = opened(View(predict="rank", guess=SAID))
    assert not component(at, "gdplay_predict")
    assert {"Batch", "Mini-batch", "Stochastic"} <= set(drawn(at))
    assert f"{signed(True, 'Right.')} After 30 epochs **Mini-batch** is lowest" in said(at)
    assert "**Mini-batch** is first, as you said" in said(at)
    assert component(at, "gdplay_player")[0]["hand"] is None  # it would tell the next answer
    next(button for button in at.button if button.label == "Predict again").click().run()
    assert component(at, "gdplay_predict")
    at.session_state[f"presets@{at.session_state['session'].generation}"] = True
    at.run()
    next(button for button in at.button if button.label == "Too large a rate").click().run()
    (asked,) = component(at, "gdplay_predict")
    assert len(asked["runs"]) == 3
    assert "swinging from side to side" not in said(at)  # what the preset claims


LINES = "draw~loss~epochs~" + "~".join(
    f"{place}_" + "_".join(f"{x}_{18 * 0.9**x:.4g}" for x in range(0, 31, 6)) for place in (0, 1, 2)
)


def test_drawn_lines_are_shown_behind_the_curves_that_they_are_of() -> None:
    covered = opened(View(predict="draw"))
    (asked,) = component(covered, "gdplay_predict")
    assert (asked["kind"], asked["unit"]) == ("draw", "epochs")
    assert asked["start"] == pytest.approx(18.2158, rel=1e-5)
    assert [run["end"] for run in asked["runs"]] == [30, 30, 30]
    guess = f"{digest(HOME)}~{LINES}"
    at = opened(View(predict="draw", guess=guess))
    assert {"Batch, as drawn", "Batch", "Stochastic, as drawn"} <= set(drawn(at))
    assert "Your lines are off by a factor of" in said(at)
    other = View(predict="draw", guess=guess, along="updates", hidden=0b010)
    assert [line.place for line in lines(HOME, replace(other, along="epochs"))] == [0, 2]
    assert lines(HOME, other) == ()
    assert lines(HOME, replace(other, along="epochs", metric=("excess",))) == ()


def test_the_answer_of_a_browser_goes_into_the_view_and_bad_ones_into_a_sentence() -> None:
    from gdplay.ui.compare import asking

    at = opened(View(predict="rank"))
    shown: list[Any] = []
    noted: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asking.state, "current", lambda: at.session_state["session"].shown)
        patch.setattr(asking.state, "show", lambda *now: shown.append(now))
        patch.setattr(asking.state, "notice", noted.append)
        for answer in ("1.0.2~none", "1.1~none", "<b>", None):
            patch.setattr(asking, "guessed", lambda key, answer=answer: answer)
            asking._predicted(question(HOME, View(predict="rank")).prefix)  # type: ignore[union-attr]
    assert [view.guess for _, view in shown] == [SAID]
    assert len(noted) == 2


def test_what_was_said_of_another_experiment_is_asked_anew() -> None:
    view = View(predict="rank", guess=SAID)
    assert prediction(HOME, view) == Ranking((1, 0, 2))
    other = replace(HOME, seed=1)
    assert prediction(other, view) is None
    assert question(other, view) is not None
    assert question(HOME, replace(view, predict="off")) is None


def test_a_single_run_is_drawn_for_it_has_no_rank_and_hidden_runs_are_not_asked_of() -> None:
    one = question(HOME, View(predict="rank", hidden=0b110))
    assert one is not None
    assert (one.kind, one.places) == ("draw", (0,))
    two = question(HOME, View(predict="rank", hidden=0b001))
    assert two is not None
    assert (two.kind, two.places) == ("rank", (1, 2))
    assert question(HOME, View(predict="rank", hidden=0b111)) is None
    # What was said of runs that are hidden now says nothing; of some of them it does.
    assert prediction(HOME, View(predict="rank", guess=SAID, hidden=0b111)) is None
    assert prediction(HOME, View(predict="rank", guess=SAID, hidden=0b110)) is not None


def test_a_guess_that_is_none_is_told_of_and_the_question_stands() -> None:
    query = {**views.encode(View(predict="rank")), "view.guess": ["<script>~rank"]}
    view, wrong = views.decode(query, View)
    assert view == View(predict="rank")
    assert wrong == ["guess must begin with six digits that name its experiment"]
    assert json.dumps(views.encode(View(predict="rank", guess=SAID))).count("rank") == 2
