"""Teacher's switches on Compare: what a class sees, may change, is asked and is told."""

from dataclasses import replace
from typing import Any

import pytest

from gdplay.experiment import labels
from gdplay.teaching.exercises import CONTROLS, Exercise, text_of
from gdplay.teaching.predictions import Choice, Ranking
from gdplay.ui import address
from gdplay.ui.compare.predicting import answer, question
from gdplay.ui.compare.view import View
from tests.attacks import TEXTS

from . import test_network, test_surfaces
from .controls import component, titles
from .test_predict import HOME, SAID, drawn, opened, said

OWN = Exercise("Week 3", "Who {leads} per <b>epoch</b>?", ("**Batch**", "SGD"), 1)
POSED = View(ground="map", exercise=text_of(OWN))


def press(at, label):
    next(button for button in at.button if label in button.label).click().run()
    assert not at.exception


def test_a_class_reads_the_question_and_nothing_plays_until_it_is_answered() -> None:
    at = opened(POSED)
    (player,) = component(at, "gdplay_player")
    assert player["play"] is player["hand"] is player["wire"] is None
    assert not {"Batch", "Mini-batch", "Stochastic"} & set(drawn(at))
    assert titles(at) == ["Week 3"]
    assert r"Who {leads} per \<b\>epoch\</b\>?" in said(at)
    assert not component(at, "gdplay_predict")
    assert [b.label for b in at.button if ":gray" in b.label] == [
        r":gray[A] \*\*Batch\*\*", ":gray[B] SGD",
    ]  # fmt: skip
    (sheet,) = [part.proto.body for part in at.get("html") if "<article" in part.proto.body]
    assert "per &lt;b&gt;epoch&lt;/b&gt;?" in sheet

    press(at, "Batch")
    assert "**Not quite:**] A, “**Batch**”" in said(at)
    assert "**Right:**] B, “SGD”" in said(at)
    assert component(at, "gdplay_player")[0]["play"]
    assert "~choose~0" in "".join(at.query_params["view.guess"])
    press(at, "Answer again")
    press(at, "SGD")
    assert "Not quite" not in said(at)
    assert not [part for part in at.get("html") if "<article" in part.proto.body]


def test_what_is_locked_is_seen_and_not_changed_and_what_is_hidden_is_not_there() -> None:
    every = tuple(CONTROLS)
    free, locked, hidden = (
        opened(replace(POSED, exercise=text_of(replace(OWN, **changes))))
        for changes in ({}, {"locked": every}, {"hidden": every})
    )
    for at, n_rates, n_lines, adds in (
        (free, 1, 3, True),
        (locked, 0, 3, False),
        (hidden, 0, 0, False),
    ):
        assert len(component(at, "gdplay_rate")) == n_rates
        lines = [part for part in at.get("html") if 'class="gd-run"' in part.proto.body]
        assert len(lines) == n_lines
        assert any(button.label == "Add run" for button in at.button) == adds
        assert (
            len(at.button_group if hasattr(at, "button_group") else at.get("button_group"))
            == 2 * adds
        )
    assert "Rate of all runs **0.2**" in said(locked)
    assert "Map, Training loss (all rows) per epochs" in said(locked)
    assert ":material/lock:" not in said(hidden)
    assert component(free, "gdplay_player")[0]["clickable"]
    assert not component(locked, "gdplay_player")[0]["clickable"]


@pytest.mark.parametrize(
    ("where", "runs"), [(test_surfaces, test_surfaces.HOME), (test_network, test_network.QUICK)],
    ids=["surfaces", "network"],
)  # fmt: skip
def test_other_pages_ask_by_the_same_machine_and_tell_nothing_before(where: Any, runs: Any) -> None:
    at = where.opened(runs, exercise=text_of(replace(OWN, locked=tuple(CONTROLS))))
    names = set(labels(runs))
    (player,) = component(at, "gdplay_player")
    assert player["play"] is player["wire"] is None
    assert not names & set(drawn(at))
    assert titles(at) == ["Week 3"]
    assert not [word for word in ("What happened", "2/L", "basin", "lowest") if word in said(at)]
    assert ":material/lock:" in said(at)
    assert len([part for part in at.get("html") if "<article" in part.proto.body]) == 1
    press(at, "Batch")
    assert "**Not quite:**] A, “**Batch**”" in said(at)
    assert "What happened" in said(at)
    assert component(at, "gdplay_player")[0]["play"]
    press(at, "Answer again")
    assert "What happened" not in said(at)
    assert not [button for button in at.button if button.label == "Teach"]


def test_a_locked_slider_locks_the_rate_in_each_run_s_menu_and_a_hidden_one_hides_it() -> None:
    rates = {}
    for state in ("locked", "hidden"):
        at = opened(replace(POSED, exercise=text_of(replace(OWN, **{state: ("slider",)}))))
        at.session_state[f"run0.more@{at.session_state['session'].generation}"] = True
        at.run()
        rates[state] = [one for one in at.number_input if one.label == "Exact learning rate"]
        assert any(one.label == "Rows per update" for one in at.number_input)
    assert [one.disabled for one in rates["locked"]] == [True]
    assert rates["hidden"] == []


def test_an_answer_stays_when_the_class_moves_what_it_may_and_goes_with_another_question() -> None:
    asked = question(HOME, POSED)
    assert asked is not None
    view = replace(POSED, guess=f"{asked.prefix}1")
    assert answer(HOME, view) == answer(replace(HOME, epochs=3), view) == Choice(1)
    other = replace(view, exercise=text_of(replace(OWN, right=0)))
    assert answer(HOME, other) is None
    assert answer(HOME, replace(view, exercise=None, predict="rank")) is None
    assert answer(HOME, replace(POSED, guess=f"{asked.prefix}7")) is None


def test_a_question_without_choices_is_only_shown_or_asked_by_a_prediction() -> None:
    alone = replace(POSED, exercise=text_of(replace(OWN, choices=(), right=0)))
    assert question(HOME, alone) is None
    ranks = replace(alone, predict="rank")
    asked = question(HOME, ranks)
    assert asked is not None
    assert asked.kind == "rank"
    assert answer(HOME, replace(ranks, guess=SAID)) == Ranking((1, 0, 2))


def test_a_link_whose_exercise_is_none_opens_as_usual_and_says_so() -> None:
    for text in TEXTS:
        view, wrong = address.decode({"view.exercise": [text], "view.ground": ["map"]}, View)
        assert view.ground == "map" or wrong
        assert view.posed is None
        assert len(wrong) == (text != "none")


def test_a_teacher_writes_a_question_and_its_page_is_the_link() -> None:
    at = opened(View())
    at.session_state[f"teach@{at.session_state['session'].generation}"] = True
    at.run()
    fields = {field.label: field for field in (*at.text_input, *at.text_area)}
    fields["Title"].input("Week 3")
    fields["Question"].input("Who leads?")
    fields["Choice A"].input("Batch")
    press(at, "Open as the class sees it")
    assert "must be none, or 2 to 4; got 1" in at.warning[0].value.replace("\\", "")
    for label, text in (("Choice C", "SGD"), ("Why, to whoever takes B", "Lost?")):
        {field.label: field for field in at.text_input}[label].input(text)
    press(at, "Open as the class sees it")
    assert "The reason of B must have a choice B" in at.warning[0].value.replace("\\", "")
    for label, text in (("Why, to whoever takes B", ""), ("Why, to whoever takes C", "Few steps.")):
        {field.label: field for field in at.text_input}[label].input(text)
    press(at, "Open as the class sees it")
    assert titles(at) == ["Week 3"]
    posed = at.session_state["session"].shown.view.posed
    assert posed == Exercise(
        "Week 3", "Who leads?", ("Batch", "SGD"), 0, reasons=("", "Few steps.")
    )
    press(at, "SGD")
    assert "“SGD”. Few steps." in said(at)
