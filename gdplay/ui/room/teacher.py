"""What the teacher sees, and a projector shows: the way in, the question, what was said and is."""

from base64 import b64encode
from typing import NamedTuple

import streamlit as st

from gdplay.export.qr import qr
from gdplay.figures.theme import Theme
from gdplay.home import HERE_ALONE, is_here_alone
from gdplay.rooms.store import ENDED, OPEN, SHOWN, TOLD, Counts, Room
from gdplay.rooms.store import store as rooms
from gdplay.teaching.predictions import CHOOSE
from gdplay.ui.parts import title
from gdplay.ui.room import visit
from gdplay.ui.room.entrance import chosen, pick
from gdplay.ui.room.parts import answers, explain, legend, pose, questions, stage
from gdplay.ui.room.questions import Asked, read
from gdplay.ui.state import key
from gdplay.ui.widgets import drawer
from gdplay.words import quantity


def teach(there: Room, theme: Theme) -> None:
    """Draw a room for its teacher."""
    visit.say()
    if there.phase == ENDED:
        _ended()
        return
    with st.container(key="first", gap="xsmall"):
        _head(there)
        asked = read(there.question)
        if there.phase == TOLD:
            _told(there, asked, theme)
            return
        with st.container(key="desk"):
            with st.container(key="posed", gap="xsmall"):
                pose(asked, theme)
                legend(asked, theme)
                answers(there, asked, theme)
                if there.phase == OPEN:
                    stage(there, asked, theme)
            with st.container(key="way-in", gap="xsmall"):
                _way_in(there)


def _told(there: Room, asked: Asked, theme: Theme) -> None:
    """Draw what was answered and what is true: over the player, or beside the curves."""
    st.markdown("  \n".join(f"**{text}**" for text in questions(asked, theme)))
    if asked.form.kind == CHOOSE:
        with st.container(key="strip"):
            _sides(there, asked, theme)
        stage(there, asked, theme)
        return
    with st.container(key="sides"):
        with st.container():
            _sides(there, asked, theme)
        with st.container():
            stage(there, asked, theme)


def _sides(there: Room, asked: Asked, theme: Theme) -> None:
    with st.container(key="told", gap="xsmall"):
        answers(there, asked, theme)
    with st.container(key="why", gap="xsmall"):
        explain(asked, theme)


def _ended() -> None:
    title("This room has ended")
    st.markdown("Nothing is kept of it.")
    st.button("Open another", type="primary", on_click=visit.leave)


NEXT = "room.next"
"""The menu of the next question."""


class Step(NamedTuple):
    """What a phase leads to, and what its button says."""

    title: str
    act: str


STEPS = {OPEN: Step("Show answers", "show"), SHOWN: Step("Show the truth", "tell")}


def _head(there: Room) -> None:
    """Draw the code, how many answered, and what can be done."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="head"):
        title(f"Question {there.number} :small[:gray[Room {there.code}]]", width="stretch")
        with st.container(key="counts", width="content"):
            visit.count(there, _count)
        step = STEPS.get(there.phase)
        if step:
            _button(step.title, step.act, there, there.number, type="primary")
        _next(there)
        _end(there)


def _button(title: str, act: str, there: Room, *more: object, **looks: str) -> None:
    st.button(
        title, key=f"room.{act}", on_click=visit.doing,
        args=(getattr(rooms(), act), there.code, visit.key_of(there), *more), **looks,  # type: ignore[arg-type]
    )  # fmt: skip


def _count(counts: Counts) -> None:
    """Draw how many have answered, of how many there are."""
    people = quantity(counts.here, "student") if counts.here else "nobody"
    st.markdown(f":gray[{people} here,] **{quantity(counts.answered)}** answered")


def _next(there: Room) -> None:
    """Draw the menu of the next question."""
    menu = drawer("Next question", NEXT)
    if menu.open:
        with menu.container(width=380):
            pick(_question(there), there.question)
            st.button(
                "Ask it", key="room.ask", type="primary", on_click=visit.doing, args=(_ask, there)
            )


def _question(there: Room) -> str:
    return f"room.question.{there.number}"


def _ask(there: Room) -> None:
    """Ask the next question, with the menu out of its way."""
    question = chosen(_question(there))
    st.session_state[key(NEXT)] = False
    rooms().ask(there.code, visit.key_of(there) or "", question, there.number)


def _end(there: Room) -> None:
    """Draw what ends a room, behind a second click: it cannot be undone."""
    menu = drawer("End", "room.close")
    if menu.open:
        with menu.container(width=300):
            st.markdown("Everybody leaves, and nothing is kept.")
            _button("End the room", "end", there, type="primary")


def _way_in(there: Room) -> None:
    """Draw the code, for eyes and for phones."""
    place = (st.context.url or "").split("?")[0]
    picture = b64encode(qr(f"{place}?{visit.CODE}={there.code}").encode()).decode()
    st.html(
        f'<p class="gd-code">{there.code}</p><img class="gd-qr" alt="The way into this room" '
        f'src="data:image/svg+xml;base64,{picture}">'
        f'<p class="gd-fine">{place.partition("://")[2]}</p>'
    )
    if is_here_alone(place):
        st.caption(HERE_ALONE)
