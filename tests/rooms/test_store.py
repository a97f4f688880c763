"""Rooms in a database: what is kept of them, for whom, and for how long."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gdplay.rooms import RoomError
from gdplay.rooms import store as kept
from gdplay.rooms.answers import CHOOSE, Form
from gdplay.rooms.codes import allowed_guesses, allowed_rooms, new_member
from gdplay.rooms.database import VARIABLE, where
from gdplay.rooms.store import ENDED, LIFE, OPEN, SHOWN, TOLD, Counts, Room, Store
from gdplay.teaching.predictions import Choice, Drawing, Ranking
from gdplay.teaching.verdicts import Line
from tests import ROOMS, ROOT, own_rooms

from .conftest import Clock

Open = Callable[[], tuple[Room, str]]
FORM = Form(CHOOSE, (0, 1, 2))


def test_a_question_is_asked_answered_shown_told_and_the_next_begins_empty(
    rooms: Store, opened: Open
) -> None:
    (room, key), (a, b) = opened(), (new_member(), new_member())
    assert (room.phase, room.number) == (OPEN, 1)
    for member, place in ((a, 0), (b, 1), (a, 2)):
        rooms.join(room.code, member)
        rooms.answer(room.code, 1, member, Choice(place))
    assert rooms.counts(room.code, 1) == Counts(2, 2)
    assert rooms.answer_of(room.code, 1, a) == "choose~2"
    assert rooms.answers(room.code, 1) == ["choose~1", "choose~2"]
    rooms.show(room.code, key, 1)
    with pytest.raises(RoomError, match="closed"):
        rooms.answer(room.code, 1, a, Choice(0))
    rooms.tell(room.code, key, 1)
    assert rooms.room(room.code).phase == TOLD  # type: ignore[union-attr]
    rooms.ask(room.code, key, "lesson~ravine", 1)
    assert rooms.room(room.code) == Room(room.code, "lesson~ravine", 2, OPEN, 4)
    assert rooms.answers(room.code, 1) == rooms.answers(room.code, 2) == []
    with pytest.raises(RoomError, match="closed"):
        rooms.answer(room.code, 1, a, Choice(0))
    rooms.answer(room.code, 2, a, Choice(1))
    rooms.end(room.code, key)
    assert rooms.room(room.code) == Room(room.code, "", 2, ENDED, 5)
    assert rooms.counts(room.code, 2) == Counts(0, 0)


def test_what_is_pressed_twice_happens_once(rooms: Store, opened: Open) -> None:
    room, key = opened()
    for _ in range(2):
        rooms.show(room.code, key, 1)
        rooms.tell(room.code, key, 2)  # meant for another question
    assert rooms.room(room.code) == room._replace(phase=SHOWN, version=2)
    for _ in range(2):
        rooms.ask(room.code, key, "lesson~ravine", 1)
    assert rooms.room(room.code).number == 2  # type: ignore[union-attr]


def test_only_the_teacher_s_key_moves_a_room_and_it_is_not_kept(rooms: Store, opened: Open) -> None:
    (room, key), (_, other) = opened(), opened()
    assert rooms.teaches(room.code, key)
    for wrong in (other, "", key + " ", None, 7, "k" * 10**6, room.code):
        assert not rooms.teaches(room.code, wrong)
        for act in (
            lambda: rooms.show(room.code, wrong, 1),  # type: ignore[arg-type]  # noqa: B023
            lambda: rooms.ask(room.code, wrong, "lesson~ravine", 1),  # type: ignore[arg-type]  # noqa: B023
            lambda: rooms.end(room.code, wrong),  # type: ignore[arg-type]  # noqa: B023
        ):
            with pytest.raises(RoomError, match="not your room"):
                act()
    assert rooms.room(room.code) == room
    with rooms._reads() as connection:
        row = connection.exec_driver_sql("SELECT * FROM rooms").all()
    assert key not in str(row)


def test_a_room_is_gone_after_twelve_hours_and_swept_by_who_writes_next(
    rooms: Store, opened: Open, clock: Clock
) -> None:
    (room, key), member = opened(), new_member()
    rooms.join(room.code, member)
    rooms.answer(room.code, 1, member, Choice(0))
    clock.now += LIFE
    assert rooms.room(room.code) is None
    for act in (
        lambda: rooms.answer(room.code, 1, member, Choice(0)),
        lambda: rooms.join(room.code, member),
        lambda: rooms.show(room.code, key, 1),
        lambda: rooms.enter(room.code, allowed_guesses()),
    ):
        with pytest.raises(RoomError, match=r"gone|no room"):
            act()
    opened()
    with rooms._reads() as connection:
        left = [
            connection.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar()
            for name in ("rooms", "members", "answers")
        ]
    assert left == [1, 0, 0]


def test_a_room_holds_so_many_answers_and_no_more_but_each_may_be_changed(
    rooms: Store, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "MOST_MEMBERS", 3)
    (room, _), members = opened(), [new_member() for _ in range(4)]
    for member in members[:3]:
        rooms.join(room.code, member)
        rooms.answer(room.code, 1, member, Choice(0))
    for act in (
        lambda: rooms.answer(room.code, 1, members[3], Choice(0)),
        lambda: rooms.join(room.code, members[3]),
    ):
        with pytest.raises(RoomError, match="holds 3"):
            act()
    rooms.answer(room.code, 1, members[0], Choice(1))
    rooms.join(room.code, members[0])
    assert rooms.counts(room.code, 1) == Counts(3, 3)


def test_who_was_not_seen_for_a_while_is_not_here_and_makes_place(
    rooms: Store, opened: Open, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "MOST_MEMBERS", 1)
    room, _ = opened()
    rooms.join(room.code, new_member())
    assert rooms.counts(room.code, 1).here == 1
    clock.now += kept.HERE
    assert rooms.counts(room.code, 1).here == 0
    rooms.join(room.code, new_member())
    assert rooms.counts(room.code, 1).here == 1


def test_of_too_many_rooms_those_make_place_that_ended_or_nobody_is_in(
    rooms: Store, opened: Open, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "MOST_ROOMS", 2)
    (ended, key), (used, _) = opened(), opened()
    with pytest.raises(RoomError, match="in use"):
        opened()
    rooms.end(ended.code, key)
    idle, _ = opened()
    clock.now += kept.IDLE
    rooms.join(used.code, new_member())
    last, _ = opened()
    left = [rooms.room(each.code) is not None for each in (ended, used, idle, last)]
    assert left == [False, True, False, True]


def test_one_visitor_opens_few_rooms(rooms: Store, clock: Clock) -> None:
    own = allowed_rooms()
    for _ in range(6):
        rooms.open("lesson~ravine", own)
    with pytest.raises(RoomError, match="wait"):
        rooms.open("lesson~ravine", own)
    clock.now += 601
    rooms.open("lesson~ravine", own)


@pytest.mark.parametrize("question", ["", "x" * 8001])
def test_a_question_is_a_text_of_some_length(rooms: Store, question: str) -> None:
    with pytest.raises(RoomError, match="at most"):
        rooms.open(question, allowed_rooms())


def test_codes_are_guessed_a_few_times_by_one_and_by_all_and_then_not_at_all(
    rooms: Store, opened: Open, clock: Clock
) -> None:
    (room, _), own = opened(), allowed_guesses()
    assert rooms.enter(f" {room.code[:2].lower()}-{room.code[2:]} ", own).code == room.code
    missing = "BBBBB" if room.code != "BBBBB" else "CCCCC"
    for _ in range(6):
        with pytest.raises(RoomError, match="no room"):
            rooms.enter(missing, own)
    with pytest.raises(RoomError, match="Too many"):
        rooms.enter(room.code, own)
    for _ in range(200):  # each a visitor of its own
        with pytest.raises(RoomError):
            rooms.enter(missing, allowed_guesses())
    with pytest.raises(RoomError, match="Too many"):
        rooms.enter(room.code, allowed_guesses())
    clock.now += 10
    wrong = 0
    for _ in range(100):
        try:
            rooms.enter(missing, allowed_guesses())
        except RoomError as error:
            wrong += "no room" in str(error)
    assert wrong == 20
    clock.now += 30
    assert rooms.enter(room.code, own).code == room.code


def test_answers_of_many_at_once_are_all_kept(rooms: Store, opened: Open) -> None:
    (room, _), members = opened(), [new_member() for _ in range(60)]

    def act(member: str) -> None:
        rooms.join(room.code, member)
        rooms.answer(room.code, 1, member, Choice(int(member, 16) % 3))

    with ThreadPoolExecutor(12) as threads:
        list(threads.map(act, members))
    assert rooms.counts(room.code, 1) == Counts(60, 60)


def test_two_servers_on_one_database_show_the_same(url: str, opened: Open) -> None:
    (room, key), other = opened(), Store(url)
    other._clock = lambda: 1e9
    member = new_member()
    other.answer(room.code, 1, member, Choice(1))
    other.show(room.code, key, 1)
    assert other.room(room.code) == room._replace(phase=SHOWN, version=2)
    other.close()


WRITER = """
import sys
from gdplay.teaching.predictions import Choice
from gdplay.rooms.codes import allowed_rooms, new_member
from gdplay.rooms.store import Store
store = Store(sys.argv[1])
room, _ = store.open("lesson~ravine", allowed_rooms())
print(room.code, flush=True)
while True:
    member = new_member()
    store.answer(room.code, 1, member, Choice(1))
    print(member, flush=True)
"""


def test_no_answer_that_was_taken_is_lost_when_the_server_is_killed(url: str) -> None:
    command = [sys.executable, "-c", WRITER, url]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout
        code, *members = [writer.stdout.readline().strip() for _ in range(31)]
        os.kill(writer.pid, signal.SIGKILL)
        members += writer.stdout.read().split()
    store = Store(url)
    assert all(store.answer_of(code, 1, member) for member in members)
    assert len(store.answers(code, 1)) >= len(members) >= 30
    store.close()


def test_an_answer_that_is_too_long_to_keep_is_refused(rooms: Store, opened: Open) -> None:
    room, _ = opened()
    points = tuple((1.234 * x, 1.234e-200) for x in range(24))
    long = Drawing(tuple(Line(place, points) for place in range(20)))
    with pytest.raises(RoomError, match="at most 3000"):
        rooms.answer(room.code, 1, new_member(), long)


@pytest.mark.parametrize("member", ["", "a" * 31, "A" * 32, "'; DROP TABLE rooms; --", "<b>"])
def test_who_is_no_member_answers_nothing(rooms: Store, opened: Open, member: str) -> None:
    room, _ = opened()
    with pytest.raises(RoomError):
        rooms.answer(room.code, 1, member, Choice(0))
    with pytest.raises(RoomError):
        rooms.join(room.code, member)


def test_a_database_that_does_not_answer_is_a_sentence() -> None:
    with pytest.raises(RoomError, match="does not answer"):
        Store("sqlite:////nowhere/at/all/rooms.sqlite")
    with pytest.raises(RoomError, match="does not answer"):
        Store("postgresql+psycopg://nobody@127.0.0.1:1/nothing")


@pytest.mark.parametrize(
    ("said", "url"),
    [
        ("/tmp/r.sqlite", "sqlite:////tmp/r.sqlite"),
        ("sqlite:///r.sqlite", "sqlite:///r.sqlite"),
        ("postgres://a:b@h/d", "postgresql+psycopg://a:b@h/d"),
        ("postgresql://a:b@h/d", "postgresql+psycopg://a:b@h/d"),
        ("postgresql+psycopg://h/d", "postgresql+psycopg://h/d"),
    ],
)
def test_the_environment_says_where_rooms_are_kept(
    monkeypatch: pytest.MonkeyPatch, said: str, url: str
) -> None:
    monkeypatch.setenv(VARIABLE, said)
    assert where() == url


def test_without_a_word_rooms_are_kept_in_a_file_of_the_user_s(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert where() == f"sqlite:///{tmp_path}/gdplay/rooms.sqlite"
    monkeypatch.setenv("XDG_CACHE_HOME", "/proc/nowhere")
    assert where().endswith("rooms.sqlite")
    assert "/proc" not in where()


def test_a_ranking_is_kept_as_it_was_said(rooms: Store, opened: Open) -> None:
    (room, _), form = opened(), Form("rank", (0, 1, 2))
    said = Ranking((2, 0), (1,))
    rooms.answer(room.code, 1, new_member(), said)
    assert list(form.readable(rooms.answers(room.code, 1))) == [said]
    assert list(FORM.readable(rooms.answers(room.code, 1))) == []


def test_rooms_of_tests_stand_in_a_folder_that_goes_with_who_made_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(ROOMS)
    with own_rooms():
        named = Path(os.environ[ROOMS])
        with own_rooms():
            assert os.environ[ROOMS] == str(named)
        assert named.parent.is_dir()
    assert not named.parent.exists()
    assert ROOMS not in os.environ
