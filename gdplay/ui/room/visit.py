"""Who is in a room, in Streamlit: what the browser keeps, and what changes while one looks."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import streamlit as st

from gdplay.rooms import RoomError, UnansweredError
from gdplay.rooms.codes import (
    Allowance,
    allowed_guesses,
    allowed_rooms,
    is_member,
    new_member,
    read_code,
)
from gdplay.rooms.store import HERE, Counts, Room
from gdplay.rooms.store import store as rooms
from gdplay.scripts import bundle
from gdplay.ui.fragments import fragment

CODE = "code"
"""The query parameter that leads into a room."""

SEEN = HERE / 3
"""Seconds between two notes that somebody is here."""

RETRY = 5
"""Seconds after which a page that waits is run once more."""

_VISIT, _KEEP = "room.visit", "room.keep"

_component = st.components.v2.component(
    "gdplay_keep", js=bundle(Path(__file__).with_name("keep.js"))
)

_look = st.components.v2.component("gdplay_look", js=bundle(Path(__file__).with_name("look.js")))


@dataclass(frozen=True)
class Visit:
    """What is known of a visitor.

    Attributes
    ----------
    member : what stands for the visitor
    known : what the browser was heard to keep; None before
    keys : of the rooms that were opened here, by their codes
    code : the room that the visitor was let into
    seen : when it was last noted that the visitor is here
    version : how far the room was when it was drawn
    said : what is to be said once
    changes : the room and the number of the question whose answer is being changed
    calls : how often the browser was asked what it keeps
    guesses, openings : how often a code may be wrong, and a room be opened
    """

    member: str = field(default_factory=new_member)
    known: str | None = None
    keys: dict[str, str] = field(default_factory=dict)
    code: str = ""
    seen: float = 0.0
    version: int = 0
    said: str = ""
    changes: tuple[str, int] | None = None
    calls: int = 0
    guesses: Allowance = field(default_factory=allowed_guesses)
    openings: Allowance = field(default_factory=allowed_rooms)


def here() -> Visit:
    """Return what is known of this visitor."""
    return st.session_state.setdefault(_VISIT, Visit())  # type: ignore[no-any-return]


def note(**changes: Any) -> None:
    """Know more of this visitor."""
    st.session_state[_VISIT] = replace(here(), **changes)


def doing(act: Callable[..., None], *args: Any) -> None:
    """Do something with a room; say why where it cannot be done."""
    try:
        act(*args)
    except RoomError as error:
        note(said=str(error))


def say() -> None:
    """Say what is to be said once."""
    if text := here().said:
        st.warning(text)
        note(said="")


# The way in


def room() -> Room | None:
    """Return the room that the address leads into; None where it leads into none."""
    typed = st.query_params.get(CODE)
    if typed is None:
        return None
    try:
        return let_in(typed)
    except UnansweredError:
        raise
    except RoomError as error:
        note(said=str(error), code="")
        return None


def let_in(typed: str) -> Room:
    """Return the room of a code; whoever was let in before guesses nothing."""
    visit, code = here(), read_code(typed)
    there = rooms().room(code) if code == visit.code else None
    there = there or rooms().enter(code, visit.guesses)
    note(code=code, seen=visit.seen if code == visit.code else 0.0)
    return there


def enter(typed: str) -> None:
    """Go into the room of a code."""
    st.query_params[CODE] = let_in(typed).code


def open_room(question: str) -> None:
    """Open a room, as its teacher."""
    visit = here()
    there, key = rooms().open(question, visit.openings)
    note(keys={**visit.keys, there.code: key}, code=there.code)
    st.query_params[CODE] = there.code


def leave() -> None:
    """Leave the room, for the entrance."""
    del st.query_params[CODE]
    note(code="")


# What the browser keeps


def keep(there: Room) -> None:
    """Let the browser keep who its visitor is; the page ends here until it has told."""
    visit = here()
    told = st.session_state.get(_KEEP, {}).get("kept")
    if isinstance(told, dict):
        visit = _told(visit, there, told)
    note(calls=visit.calls + 1)
    data = {
        "member": visit.member, "code": there.code, "key": visit.keys.get(there.code),
        "known": visit.known, "calls": here().calls if visit.known is None else 0,
    }  # fmt: skip
    with st.container(key="silent-keep"):
        _component(key=_KEEP, data=data, on_kept_change=lambda: None)
    if visit.known is None:
        again()
        st.stop()


def _told(visit: Visit, there: Room, told: dict[str, Any]) -> Visit:
    """Take what the browser keeps; it may say anything, but stand for one member a session."""
    member, key = told.get("member"), told.get("key")
    if visit.known is None and is_member(member):
        note(member=member)
    if there.code not in visit.keys and rooms().teaches(there.code, key):
        note(keys={**here().keys, there.code: key})
    note(known=f"{here().member} {here().keys.get(there.code)}".replace("None", "null"))
    return here()


def key_of(there: Room) -> str | None:
    """Return the teacher's key of a room; None for everybody else."""
    return here().keys.get(there.code)


# What changes meanwhile


@contextmanager
def waiting() -> Iterator[None]:
    """Say what cannot be done; where the database does not answer, look again by itself."""
    try:
        yield
    except RoomError as error:
        st.warning(str(error))
        if isinstance(error, UnansweredError):
            again()


def again() -> None:
    """Run the page once more in a while: what it waits for may have been lost on its way."""
    begin = time.monotonic()

    def look() -> None:
        if time.monotonic() - begin > RETRY / 2:
            st.rerun()

    fragment("retry", run_every=RETRY)(look)()


def follow(there: Room) -> None:
    """Have the fragment that draws a room run again when the room has changed.

    The browser looks by itself, past Streamlit, where each look would cost many times as much.
    """
    with st.container(key="silent-look"):
        _look(
            key="room.look",
            data={"ticket": rooms().ticket(there.code), "version": there.version},
            on_changed_change=lambda: None,
        )


def count(there: Room, draw: Callable[[Counts], None]) -> None:
    """Draw once a second how many people are there and have answered, for a teacher."""

    def look() -> None:
        with suppress(RoomError):
            now = rooms().room(there.code)
            if now is None or now.version != there.version:
                st.rerun()
            draw(rooms().counts(there.code, there.number))

    fragment("tally", run_every=1)(look)()


def stay(there: Room) -> None:
    """Note now and then that a student is here; run the page if it missed a change meanwhile."""

    def look() -> None:
        with suppress(RoomError):
            be_seen(there)
            now = rooms().room(there.code)
            if now is None or now.version > here().version:
                st.rerun()

    fragment("presence", run_every=SEEN)(look)()


def be_seen(there: Room) -> None:
    """Note now and then that a member is here."""
    now = time.time()
    if now - here().seen > SEEN / 2:
        rooms().join(there.code, here().member)
        note(seen=now)
