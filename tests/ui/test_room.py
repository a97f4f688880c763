"""The Room page: a class and its teacher, each in a session of their own, on one database."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from streamlit.testing.v1 import AppTest

import gdplay as gd
from gdplay.rooms import RoomError, UnansweredError
from gdplay.rooms import store as kept
from gdplay.rooms.codes import new_member
from gdplay.rooms.database import VARIABLE
from gdplay.rooms.store import Store
from gdplay.teaching.exercises import Exercise, text_of
from gdplay.teaching.lessons import LESSONS
from gdplay.ui.address import brief
from gdplay.ui.compare.view import RANK, View
from gdplay.ui.room import visit
from gdplay.ui.room.questions import of_link, of_runs
from tests import PATIENCE, ROOT

from .controls import assert_headed, component, uncolored

FIRST, SECOND, *_ = LESSONS.values()


@pytest.fixture(autouse=True)
def rooms(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Store]:
    """The rooms of a server that has just started."""
    monkeypatch.setenv(VARIABLE, str(tmp_path / "rooms.sqlite"))
    kept.store.cache_clear()
    yield kept.store()
    kept.store().close()
    kept.store.cache_clear()


def opened(code: str = "", said: object = None) -> AppTest:
    """Somebody who opens the page, and whose browser then says what it keeps."""
    at = AppTest.from_file(str(ROOT / "gdplay/ui/router.py"), default_timeout=PATIENCE)
    at.run()
    at.switch_page(str(ROOT / "pages/room.py"))
    if code:
        at.query_params["code"] = code
    run(at)
    return heard(at, said) if code else at


def heard(at: AppTest, said: object = None) -> AppTest:
    """Let the browser say what it keeps: what it was just told where it kept nothing before."""
    (told,) = component(at, "gdplay_keep")
    at.session_state["room.keep"] = {
        "kept": {"member": told["member"], "key": told["key"]} if said is None else said
    }
    return run(at)


def run(at: AppTest) -> AppTest:
    at.run()
    assert not at.exception, [error.message for error in at.exception]
    return at


def press(at: AppTest, label: str) -> AppTest:
    next(one for one in at.button if label in one.label).click()
    return run(at)


def pulled(at: AppTest, drawer: str) -> AppTest:
    """A page with one of its drawers open."""
    at.session_state[f"room.{drawer}@{at.session_state['session'].generation}"] = True
    return run(at)


def taught() -> tuple[AppTest, str]:
    """A teacher who has opened a room, and its code."""
    at = press(opened(), "Open a room")
    code = at.query_params["code"]
    return heard(at), code if isinstance(code, str) else code[0]


def asked(rooms: Store, question: str) -> tuple[AppTest, str]:
    """A teacher in whose room a question was asked, and its code."""
    room, key = rooms.open(question, kept.Allowance(1, 1))
    return opened(room.code, {"member": new_member(), "key": key}), room.code


def page(at: AppTest) -> str:
    parts = [
        *at.title,
        *at.markdown,
        *at.caption,
        *at.info,
        *at.success,
        *at.warning,
        *at.get("html"),
    ]
    return " ".join(str(getattr(part, "value", "") or part.proto.body) for part in parts)


def shown(at: AppTest) -> str:
    """What the page draws in HTML, its styles left out."""
    texts = [part.proto.body for part in at.get("html")]
    return " ".join(text for text in texts if "<style>" not in text)


def test_a_class_is_asked_answers_and_sees_what_it_said_and_what_is_true(rooms: Store) -> None:
    teacher, code = taught()
    assert FIRST.question in page(teacher)
    assert f">{code}<" in page(teacher)
    a, b, silent = (opened(code) for _ in range(3))
    assert FIRST.question in page(a)
    press(a, "it knows the way best")
    assert "Your answer is in" in page(a)
    for at in (opened(), teacher, a):
        assert_headed(at)
    press(a, "a bit of both")
    press(b, "it steps most often")
    run(teacher)
    assert ":gray[3 students here,] **2** answered" in page(teacher)
    assert "%" not in shown(teacher)

    press(teacher, "Show answers")
    assert "50%" in page(teacher)
    assert "gd-right" not in shown(teacher)
    for each in (a, b, silent):
        assert "Closed" in page(run(each))
        assert not [one for one in each.button if one.label != "Leave"]
    press(teacher, "Show the truth")
    assert "gd-right" in shown(teacher)
    assert "7.8" in page(teacher)
    (player,) = component(teacher, "gdplay_player")
    assert len(player["play"]["tracks"]) == 3
    assert FIRST.choices[1].reason.split("{")[0] in page(run(a)).replace("**", "")
    assert "your answer" in page(a)
    assert "right and your answer" in page(run(b))
    assert "your answer" not in page(run(silent))

    press(pulled(teacher, "next"), "Ask it")
    assert not any(one.label == "Ask it" for one in teacher.button)
    assert rooms.room(code).question == f"lesson~{SECOND.key}"  # type: ignore[union-attr]
    press(run(a), "7")
    press(pulled(teacher, "close"), "End the room")
    for each in (teacher, a, b):
        assert "has ended" in page(run(each))
    assert rooms.answers(code, 2) == []


def test_a_phone_that_was_away_finds_its_answer_and_a_laptop_its_room() -> None:
    teacher, code = taught()
    (told,) = component(teacher, "gdplay_keep")
    student = {"member": new_member(), "key": None}
    press(opened(code, student), "it knows the way best")
    again = opened(code, student)
    assert "Your answer is in" in page(again)
    other = opened(code)
    assert "Your answer is in" not in page(other)
    assert told["key"]
    back = opened(code, {"member": new_member(), "key": told["key"]})
    assert any("Show answers" in one.label for one in back.button)
    for wrong in ("", told["key"] + "x", 7, None, ["key"]):
        stranger = opened(code, {"member": new_member(), "key": wrong})
        assert not any("Show answers" in one.label for one in stranger.button)


@pytest.mark.parametrize(
    "said",
    [
        [], "member", {}, {"member": None}, {"member": "<b>", "key": {}}, {"member": "a" * 10**6},
        {"member": ["a" * 32], "key": 1}, {"member": "'; DROP TABLE rooms; --", "key": "'"},
    ],
    ids=range(8),
)  # fmt: skip
def test_whatever_a_browser_says_of_itself_it_stands_for_one_new_member(
    rooms: Store, said: object
) -> None:
    room, _ = rooms.open(f"lesson~{FIRST.key}", kept.Allowance(1, 1))
    at = opened(room.code)
    heard(at, said)
    for later in (new_member(), new_member()):  # nor does it become another later
        heard(at, {"member": later, "key": None})
    press(at, "a bit of both")
    assert rooms.counts(room.code, 1) == (1, 1)


@pytest.mark.parametrize("typed", ["", "nope", "BBBBB", "<script>", "B" * 5000, "%00"])
def test_a_code_that_leads_nowhere_is_a_sentence_over_the_entrance(typed: str) -> None:
    at = opened()
    at.text_input[0].set_value(typed)
    press(at, "Join")
    assert len(at.warning) == 1
    assert any("Join" in one.label for one in at.button)
    assert "code" not in at.query_params


def test_one_visitor_guesses_few_codes(rooms: Store) -> None:
    room, _ = rooms.open(f"lesson~{FIRST.key}", kept.Allowance(1, 1))
    at = opened()
    for _ in range(6):
        at.text_input[0].set_value("BBBBB")
        press(at, "Join")
    at.text_input[0].set_value(room.code)
    press(at, "Join")
    assert "Too many wrong codes" in page(at)


def test_the_runs_on_compare_are_ranked_and_scored(rooms: Store) -> None:
    question = of_runs(gd.default_experiment(), View(predict=RANK))
    teacher, code = asked(rooms, question)
    at = opened(code)
    guess(at, "2.1.0~none")
    assert "1. Stochastic" in page(at)
    press(at, "Change it")
    for hostile in ("", "9.9~none", "<b>~none", "2.1~none", "0.1.2~none~x", "1" * 10**5):
        guess(at, hostile)
        assert "Your answer is in" not in page(at)
        assert len(at.warning) == 1
    guess(at, "1.0.2~none")
    assert rooms.answers(code, 1) == ["rank~loss~epochs~1.0.2~none"]
    press(teacher, "Show answers")
    assert "gd-ranks" in page(teacher)
    press(teacher, "Show the truth")
    assert "After 30 epochs **Mini-batch** is lowest" in uncolored(page(teacher))
    assert "**Batch** is second, as you said" in uncolored(page(run(at)))


def guess(at: AppTest, text: str) -> None:
    at.session_state["predict"] = {"guess": text}
    run(at)


def test_where_the_database_does_not_answer_the_page_says_so_and_looks_again(
    rooms: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, code = taught()
    at = opened(code)
    with monkeypatch.context() as gone:
        gone.setattr(Store, "room", _unanswered)
        run(at)
        assert [warning.value for warning in at.warning] == [_UNANSWERED]
        assert FIRST.question not in page(at)
    monkeypatch.setattr(visit, "RETRY", -1)  # the time has come
    with monkeypatch.context() as late:
        answer, answers = Store.room, iter([_unanswered])
        late.setattr(Store, "room", lambda *given: next(answers, answer)(*given))
        run(at)
    assert FIRST.question in page(at)
    assert not at.warning


def test_a_browser_that_was_not_heard_is_asked_once_more(
    rooms: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, code = taught()
    at = opened()
    at.query_params["code"] = code
    calls = []
    for _ in range(2):
        run(at)
        (told,) = component(at, "gdplay_keep")
        calls.append(told["calls"])
    assert calls == [1, 2]
    assert "calls" in component(heard(at), "gdplay_keep")[0]
    assert FIRST.question in page(at)


_UNANSWERED = "The database of rooms does not answer: try again soon."


def _unanswered(*given: object) -> None:
    raise UnansweredError(_UNANSWERED)


def test_a_room_whose_question_cannot_be_read_says_so(rooms: Store) -> None:
    for question in ("lesson~magic", "runs~data=nothing", "runs~", "~", "<b>"):
        room, _ = rooms.open(question, kept.Allowance(1, 1))
        assert "cannot be shown" in page(opened(room.code))


def drawing(places: int) -> Any:
    return "~".join(f"{place}_0_18_8_5_15_2_20_1_30_.5" for place in range(places))


def test_drawn_curves_lie_over_empty_axes_and_then_under_the_true_ones(rooms: Store) -> None:
    question = of_runs(gd.default_experiment(), View(predict="draw"))
    teacher, code = asked(rooms, question)
    for _ in range(2):
        guess(opened(code), drawing(3).replace("_.5", "_0.5"))
    press(teacher, "Show answers")
    press(teacher, "Show the truth")
    assert len(rooms.answers(code, 1)) == 2
    names = [trace["name"] for trace in figure(teacher)["data"]]
    assert names.count("Batch, as drawn") == 1
    assert "Batch" in names


def figure(at: AppTest) -> Any:
    return json.loads(at.get("plotly_chart")[0].proto.spec)


OWN = Exercise("T", "Who {leads} <b>?", ("**Batch**", "{0} SGD", "c", "d"), 1, hidden=("data",),
               reasons=("{1} *no*", "", "", ""))  # fmt: skip


def posed(experiment: gd.Experiment) -> str:
    """A link to a teacher's own question, as it is copied."""
    view = View(ground="map", exercise=text_of(OWN))
    return f"https://e.example/?{urlencode(brief(experiment, view), doseq=True)}"


def test_a_teachers_own_question_on_own_rows_is_pasted_answered_and_told(rooms: Store) -> None:
    few = gd.Table([[1.0], [2.0], [4.0], [5.0]], [1.0, 2.0, 3.5, 5.5], ("x",), "y")
    link = posed(gd.default_experiment(few))
    teacher = opened()
    teacher.text_input(key="room.first.link").input("https://e.example/x")
    press(teacher, "Open a room")
    assert "no link to Compare" in page(teacher)
    teacher.text_input(key="room.first.link").input(link)
    press(teacher, "Open a room")  # the click brings the link: nothing ran between
    code = "".join(teacher.query_params["code"])
    heard(teacher)
    assert r"Who \{leads\} \<b\>?" in page(teacher)
    a, b = opened(code), opened(code)
    press(a, "SGD")
    press(b, r"\*\*Batch")
    assert "Your answer is in" in page(b)
    press(run(teacher), "Show answers")
    assert "{0} SGD" in shown(teacher)
    assert "50%" in shown(teacher)
    assert not component(teacher, "gdplay_player")
    press(teacher, "Show the truth")
    assert "gd-right" in shown(teacher)
    assert r"**Who \{leads\} \<b\>?**" in page(teacher)
    assert component(teacher, "gdplay_player")[0]["play"]
    assert "right and your answer" in page(run(a))
    assert "is lowest" in page(a)
    assert r"\{1\} \*no\*" in page(run(b))
    assert r"\*no\*" not in page(a)
    assert "gd-own" in shown(b)


@pytest.mark.parametrize(
    ("link", "sentence"),
    [
        ("hello", "That is no link to Compare or to a lesson"),
        ("https://[", "That is no link to Compare or to a lesson"),
        ("https://e.example/?data=moon", "That link cannot be asked about: data"),
        ("?data=table~bring~900~9~aabbccddeeff~y", "That link cannot be asked about: its rows"),
        (f"?data=line&epochs={'9' * 9000}", "That link cannot be asked about"),
    ],
)
def test_a_link_that_cannot_be_asked_about_is_told_in_a_sentence(link: str, sentence: str) -> None:
    with pytest.raises(RoomError, match=sentence):
        of_link(link)
    assert of_link(f"http://e.example/lessons?view.lesson={SECOND.key}") == f"lesson~{SECOND.key}"
    assert "rank" in of_link("?data=line&view.along=seconds")
