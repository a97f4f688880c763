"""The Lessons page: asked first, shown then; what is done and what was answered is in the link."""

import json
from typing import Any
from urllib.parse import parse_qs

import pytest
from streamlit.testing.v1 import AppTest

import gdplay as gd
from gdplay.experiment import labels
from gdplay.teaching.lessons import LESSONS
from gdplay.ui import address
from gdplay.ui.address import Page, Session
from gdplay.ui.lessons import parts
from gdplay.ui.lessons.view import COURSE, LessonView, look
from tests import PATIENCE, ROOT

from .controls import component, slide

PAGE = Page("lessons", LessonView)
FIRST, SECOND, *_ = LESSONS.values()


def opened(view: LessonView | None = None) -> AppTest:
    at = AppTest.from_file(str(ROOT / "gdplay/ui/router.py"), default_timeout=PATIENCE)
    at.run()
    at.switch_page(str(ROOT / "pages/lessons.py"))
    if view is not None:
        for name, texts in address.encode(view).items():
            at.query_params[name] = texts
    return run(at)


def run(at: AppTest) -> AppTest:
    at.run()
    assert not at.exception, [error.message for error in at.exception]
    return at


def press(at: AppTest, name: str) -> AppTest:
    next(one for one in at.button if one.key.split("@")[0] == name).click()
    return run(at)


def view_of(at: AppTest) -> LessonView:
    """What the address says, which is what is shown."""
    session = at.session_state["session"]
    said = {
        name: [texts] if isinstance(texts, str) else list(texts)
        for name, texts in at.query_params.items()
    }
    assert said == session.address == address.encode(session.shown.view)
    return session.shown.view  # type: ignore[no-any-return]


def told(at: AppTest) -> Any:
    """What the player is told."""
    (player,) = component(at, "gdplay_player")
    return player


def said(at: AppTest) -> str:
    return " ".join(part.value for part in [*at.markdown, *at.caption, *at.info])


def test_a_whole_lesson_is_asked_answered_explained_tried_and_left_for_the_next() -> None:
    at = opened()
    before = at.session_state["session"].experiment
    assert dict(at.query_params) == {}
    press(at, "next")
    assert view_of(at) == LessonView(FIRST.key)
    assert FIRST.question in said(at)

    names = labels(FIRST.build())
    covered = json.dumps(
        {name: panel["spec"]["data"] for name, panel in told(at)["panels"].items()}
    )
    assert told(at)["play"] is None
    assert not any(f'"{name}"' in covered for name in names)
    assert "excess" not in said(at)

    press(at, "choice0")
    assert view_of(at) == LessonView(FIRST.key, answer=0, done=1)
    assert FIRST.choices[0].reason in said(at)
    assert FIRST.choices[1].reason.split("{")[0] not in said(at)
    assert "7.8" in said(at)
    assert len(told(at)["play"]["tracks"]) == len(names)
    assert told(at)["play"]["position"] == [0, 0]

    press(at, "try")
    assert "Reached" not in said(at)
    at.button_group[0].set_value(1)
    run(at)
    assert "Reached" in said(at)
    assert view_of(at) == LessonView(FIRST.key, 0, True, 1.0, done=1, reached=1)
    assert told(at)["play"]["position"] is None

    press(at, "next")
    assert view_of(at) == LessonView(SECOND.key, done=1, reached=1)
    press(at, "all")
    assert view_of(at) == LessonView(COURSE, done=1, reached=1)
    assert "1 of 20 done" in said(at)
    assert any("lesson 2" in button.label for button in at.button)
    assert at.session_state["session"].experiment == before


@pytest.mark.parametrize("key", ["hovering", "too_large"])
def test_pictures_name_the_runs_as_the_texts_do(key: str) -> None:
    lesson = LESSONS[key]
    sent = told(opened(LessonView(key, 0)))
    assert tuple(track["label"] for track in sent["play"]["tracks"]) == lesson.run_names
    for name, panel in sent["panels"].items():
        drawn = {trace.get("name") for trace in panel["spec"]["data"]}
        assert not drawn & set(labels(lesson.build()))
        assert set(lesson.run_names) <= drawn
        hovers = [trace.get("hovertemplate", "") for trace in panel["spec"]["data"]]
        if name == "curves":
            assert any(hover.startswith(lesson.run_names[0]) for hover in hovers)
    covered = json.dumps(told(opened(LessonView(key)))["panels"])
    assert not any(f'"{name}"' in covered for name in lesson.run_names)


def test_a_rate_is_tried_on_its_run_alone_which_compare_then_opens_unlocked() -> None:
    lesson = LESSONS["too_large"]
    at = opened(LessonView(lesson.key, 0, trying=True))
    assert [track["place"] for track in told(at)["play"]["tracks"]] == [2]
    slide(at, "run2.lr", 0.35)
    run(at)
    assert "Reached" in said(at)
    assert view_of(at).tried == 0.35
    tried = lesson.experiment(trying=True, chosen=0.35)
    press(at, "compare")
    session = at.session_state["session"]
    assert session.page.name == "compare"
    assert session.shown == (tried, look(lesson, trying=True))


def test_a_teacher_s_links_open_the_question_or_its_answer(monkeypatch: pytest.MonkeyPatch) -> None:

    lesson = LESSONS["momentum"]
    monkeypatch.setattr(
        parts.state, "link", lambda view: address.brief(gd.default_experiment(), view)
    )
    question, answer = parts.links(lesson).values()
    assert question == {"view.lesson": ["momentum"]}
    assert answer == {"view.lesson": ["momentum"], "view.answer": ["2"], "view.done": ["32"]}
    shown = said(opened(address.decode(answer, LessonView)[0]))
    assert "Right:" in shown
    assert "Not quite" not in shown


def test_an_address_of_lessons_holds_no_experiment_and_leaves_that_of_other_pages() -> None:
    own = gd.default_experiment(gd.DATASETS["iris"])
    session = address.show(Session(), own)
    query = address.encode(LessonView(SECOND.key, answer=1))
    there = address.arrive(session, PAGE, query)
    assert there.shown == (own, LessonView(SECOND.key, answer=1))
    assert there.address == query == address.whole(*there.shown)
    with_rows = address.arrive(session, PAGE, {**query, "data": ["wine"]})
    assert (with_rows.shown, with_rows.address) == (there.shown, query)
    assert address.arrive(session, PAGE, {}).address == {}


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ({"view.lesson": ["magic"]}, "must be one of"),
        (
            {"view.lesson": [FIRST.key], "view.answer": ["3"]},
            "LessonView.answer must be from 0 to 2",
        ),
        ({"view.answer": ["1"]}, "without a lesson"),
        ({"view.lesson": [FIRST.key], "view.done": ["99999999"]}, "must be from 0 to"),
    ],
)
def test_what_a_link_cannot_mean_is_said_in_a_sentence(query: address.Query, reason: str) -> None:
    session = address.arrive(Session(), PAGE, query)
    assert reason in "".join(session.notices).replace("\\", "")
    assert session.shown.view.answer is None


def test_progress_stays_with_the_learner_from_lesson_to_lesson() -> None:
    view = LessonView(FIRST.key).answered(FIRST, 1).at_target(FIRST).opened(SECOND.key)
    assert view == LessonView(SECOND.key, done=1, reached=1)
    assert view.answered(SECOND, 0).done == 3


def test_the_short_link_of_a_lesson_is_short() -> None:
    query = address.brief(gd.default_experiment(), LessonView("large_steps", 2, done=2**20 - 1))
    text = "&".join(f"{name}={texts[0]}" for name, texts in query.items())
    assert len(text) < 70
    view, wrong = address.decode(parse_qs(text), LessonView)
    assert (view.lesson, view.answer, wrong) == ("large_steps", 2, [])


def test_the_list_shows_what_the_browser_kept_and_lessons_opened_from_it_carry_that_on() -> None:
    first, second = list(LESSONS.values())[:2]
    view = LessonView().beside(1 << first.mark, 0)
    assert view == LessonView(done=1 << first.mark)
    assert view.opened(second.key).done == 1 << first.mark
    for wrong in (-1, None, "1", 1.5, 2**60):
        assert view.beside(wrong, wrong) == view
    assert (
        max(lesson.mark for lesson in LESSONS.values()) < 31
    )  # bits of a whole number in a browser
