"""The way into a room: a code that was given, or a question to open one for."""

from dataclasses import replace

import streamlit as st

from gdplay.engine import cost
from gdplay.experiment import Experiment
from gdplay.link import MAX_LENGTH
from gdplay.loss.fit import Fit
from gdplay.own_rows.table import Table
from gdplay.rooms import RoomError
from gdplay.rooms.store import ENDED
from gdplay.rooms.store import store as rooms
from gdplay.teaching.lessons import LESSONS, next_after, number_of
from gdplay.ui import state
from gdplay.ui.compare.view import DRAW, RANK, View
from gdplay.ui.parts import title
from gdplay.ui.room import visit
from gdplay.ui.room.questions import LESSON, askable, of_link, of_runs, read
from gdplay.words import escaped


def entrance() -> None:
    """Draw both ways in."""
    with st.container(key="entrance", gap="small"):
        title("A room for a class")
        visit.say()
        left, right = st.columns(2, gap="large")
        with left:
            _join()
        with right:
            _open()


def _join() -> None:
    st.markdown("## Join a room")
    st.markdown("Your teacher shows a code of five letters. No account, no name.")
    with st.form("join", border=False):
        typed = st.text_input("Code", key="room.typed", max_chars=12, placeholder="BCDFG")
        if st.form_submit_button("Join", type="primary", width="stretch"):
            visit.doing(visit.enter, typed)
            st.rerun()
    _back()


def _back() -> None:
    """Offer the room that the visitor was in."""
    code = visit.here().code
    try:
        there = rooms().room(code) if code else None
    except RoomError:
        return
    if there and there.phase != ENDED:
        st.button(f"Back to room {code}", on_click=visit.doing, args=(visit.enter, code))


def _open() -> None:
    st.markdown("## Open one, as a teacher")
    st.markdown(
        "Everybody answers on a phone. You show how many did, what they said, and then what is "
        "true; and ask the next question. Only answers are kept, and nothing after twelve hours."
    )
    pick(_FIRST, None)
    st.button(
        "Open a room", type="primary", on_click=visit.doing, args=(_open_with,), width="stretch"
    )


_FIRST = "room.first"
"""The menu of the question that a room opens with."""


def _open_with() -> None:
    visit.open_room(chosen(_FIRST))


def pick(name: str, before: str | None) -> None:
    """Draw a menu of questions, and a field for a link to one; `chosen` tells what they hold.

    First in the menu is the lesson after `before`.
    """
    _menu(name, before)
    link = st.text_input(
        "Or paste a link: a question of yours from Compare (Teach), its runs, or a lesson",
        key=f"{name}.link", max_chars=2 * MAX_LENGTH, placeholder="https://…",
    )  # fmt: skip
    if not link.strip():
        return
    try:
        posed = read(of_link(link)).exercise
    except RoomError as error:
        st.warning(escaped(str(error)))
        return
    if posed is not None:
        st.caption(escaped(posed.question))


def chosen(name: str) -> str:
    """Return the question of a menu as it is at a click, which may be the first to tell of a link.

    Raises
    ------
    RoomError
        One sentence on why the link that was pasted leads to none.
    """
    link: str = st.session_state[f"{name}.link"]
    return of_link(link) if link.strip() else st.session_state[name]


def _menu(name: str, before: str | None) -> None:
    options = {**_lessons(), **_runs()}
    _, _, key = (before or "").partition("~")
    after = next_after(LESSONS[key]) if key in LESSONS else None
    index = number_of(after) - 1 if after else 0
    st.selectbox("Question", list(options), index=index, key=name, format_func=options.__getitem__)


def _lessons() -> dict[str, str]:
    return {
        f"{LESSON}~{lesson.key}": f"Lesson {number_of(lesson)}: {lesson.title}"
        for lesson in LESSONS.values()
    }


def _stays_here(experiment: Experiment) -> bool:
    """Whether an experiment is on rows of somebody's own that no link holds."""
    problem = experiment.problem
    own = problem.dataset if isinstance(problem, Fit) else None
    return isinstance(own, Table) and own.packed is None


def _runs() -> dict[str, str]:
    """Return what can be asked about the runs that Compare shows."""
    experiment = state.current().experiment
    if _stays_here(experiment) or cost.refusal(experiment):
        return {}
    seen = state.view_of("compare")
    view = askable(seen if isinstance(seen, View) else View())
    if view.posed and view.posed.choices:
        return {of_runs(experiment, view): f"Your question: {view.posed.question}"}
    kinds = {RANK: "rank the runs", DRAW: "draw the curves"}
    n_shown = len(view.shown(len(experiment.runs)))
    return {
        of_runs(experiment, replace(view, predict=kind)): f"What Compare shows now: {told}"
        for kind, told in kinds.items()
        if n_shown > (kind == RANK)
    }
