"""The parts of the Lessons page: the course as a list, and the texts of a lesson."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import streamlit as st
from streamlit.elements.lib.mutable_popover_container import PopoverContainer

from gdplay.engine.training import Trace
from gdplay.experiment import Experiment
from gdplay.figures.marks import named
from gdplay.figures.theme import Theme
from gdplay.scripts import bundle
from gdplay.teaching.lessons import LESSONS, next_after, number_of, open_lesson
from gdplay.teaching.lessons.lesson import Lesson
from gdplay.teaching.verdicts import signed
from gdplay.ui import share, state
from gdplay.ui.lessons.view import COURSE, LessonView, look
from gdplay.ui.parts import choices, title
from gdplay.ui.state import key
from gdplay.words import escaped

_STATES = (":material/radio_button_unchecked:", ":material/check:", ":material/check_circle:")
"""Of a lesson: open, its question answered, its target reached too."""


_top = st.components.v2.component("gdplay_top", js=bundle(Path(__file__).with_name("top.js")))


_progress = st.components.v2.component(
    "gdplay_progress", js=bundle(Path(__file__).with_name("progress.js"))
)
_KEPT = "progress"


def keep(view: LessonView) -> None:
    """Let the browser keep how far the learner is; the list asks it what it kept."""
    told = _with_kept(LessonView())
    with st.container(key="silent-progress"):
        _progress(
            key=_KEPT,
            data={
                "done": view.done,
                "reached": view.reached,
                "asks": view.asked is None,
                "known": f"{told.done} {told.reached}",
            },
            on_kept_change=lambda: None,
        )


def _with_kept(view: LessonView) -> LessonView:
    """Return the view with what this browser kept beside it, as far as it has told."""
    told = st.session_state.get(_KEPT)
    kept = told.get("kept") if isinstance(told, Mapping) else None
    if not isinstance(kept, Mapping):
        return view
    return view.beside(kept.get("done"), kept.get("reached"))


def course(view: LessonView) -> None:
    """Draw the list of lessons, how far the learner is, and what is next."""
    view = _with_kept(view)
    for text in state.notices():
        st.info(text)
    with st.container(key="course", gap="small"):
        title("Lessons")
        st.markdown(
            "Each asks one question. **Say what you think first**, then watch what happens, read "
            "why, and try it yourself. Two or three minutes each, and nothing to know beforehand."
        )
        with st.container(horizontal=True, vertical_alignment="center", gap="medium", key="go"):
            _go_on(view)
            st.page_link(
                state.PAGES / "room.py", label="Ask a class: a room", icon=":material/groups:"
            )
        columns = st.columns(3, gap="large")
        groups = [list(own) for _, own in groupby(LESSONS.values(), lambda each: each.group)]
        for place, lessons in enumerate(groups):
            with columns[place * len(columns) // len(groups)]:
                _group(lessons, view)


def _go_on(view: LessonView) -> None:
    """Draw the button of the next lesson, and how many are done."""
    nearest = open_lesson(view.done)
    done = sum(view.done >> each.mark & 1 for each in LESSONS.values())
    if nearest is not None:
        verb = "Go on with" if done else "Start"
        label = f"{verb} lesson {number_of(nearest)}: {nearest.title}"
        st.button(label, type="primary", key=key("next"), on_click=_open, args=(nearest.key,))
    told = f"{done} of {len(LESSONS)} done. This browser keeps that, and so do lessons’ addresses."
    if done:
        st.caption(told if nearest else f"All {len(LESSONS)} done.", width="content")


def _group(lessons: Sequence[Lesson], view: LessonView) -> None:
    with st.container(gap=None, key=f"group{lessons[0].mark}"):
        st.markdown(f"**{lessons[0].group}**")
        for lesson in lessons:
            bits = (view.done >> lesson.mark & 1) + (view.reached >> lesson.mark & 1)
            st.button(
                f"{number_of(lesson)}. {lesson.title}", icon=_STATES[bits], type="tertiary",
                key=key(f"open.{lesson.key}"), on_click=_open, args=(lesson.key,),
            )  # fmt: skip


def _open(lesson: str) -> None:
    now = state.current()
    state.show(now.experiment, _with_kept(now.view).opened(lesson))


# A lesson


def to_the_top(view: LessonView) -> None:
    """Bring the page to its top where another step is shown than before."""
    step = f"{view.lesson} {view.answer} {view.trying}"
    with st.container(key="silent-top"):
        _top(key="top", data={"step": step})


def head(lesson: Lesson, view: LessonView) -> PopoverContainer:
    """Draw the title, how far one is, and the way back; return the menu of links and files."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="head"):
        count = f"Lesson {number_of(lesson)} of {len(LESSONS)}"
        title(f"{escaped(lesson.title)} :small[:gray[{count}]]", width="stretch")
        st.button(
            "All lessons", icon=":material/list:", key=key("all"), on_click=_open, args=(COURSE,)
        )
        menu = share.menu()
    for text in state.notices():
        st.info(text)
    return menu


def links(lesson: Lesson) -> dict[str, str]:
    """Return the two addresses that a teacher sends: of the question, and of its answer."""
    question = LessonView(lesson.key)
    return {
        "Copy the question": state.link(question),
        "Copy with the answer": state.link(question.answered(lesson, lesson.right)),
    }


def marked(text: str, lesson: Lesson, theme: Theme) -> str:
    """Return a lesson's text with the names of its runs in their colours."""
    return text.format(*(named(place, name, theme) for place, name in enumerate(lesson.run_names)))


def ask(lesson: Lesson, theme: Theme) -> None:
    """Draw the question, and its choices as buttons."""
    with st.container(key="told", gap="xsmall"):
        st.markdown(marked(lesson.intro, lesson, theme))
        st.markdown(f"**{marked(lesson.question, lesson, theme)}**")
    texts = [marked(choice.text, lesson, theme) for choice in lesson.choices]
    choices(texts, _answer, lesson.key)


def _answer(lesson: str, place: int) -> None:
    now = state.current()
    state.show(now.experiment, now.view.answered(LESSONS[lesson], place))


def verdict(lesson: Lesson, answer: int, theme: Theme) -> None:
    """Draw whether the answer was right, why it was not, and what to watch."""
    choice = lesson.choices[answer]
    right = lesson.choices[lesson.right].text
    texts = [f"{signed(True, 'Right:')} {right}."]
    if not choice.is_right:
        texts.insert(0, f"{signed(False, 'Not quite:')} “{choice.text}”. {choice.reason}")
    with st.container(key="told", gap="xsmall"):
        for text in (*texts, lesson.watch):
            st.markdown(marked(text, lesson, theme))


def why(lesson: Lesson, traces: Sequence[Trace], theme: Theme) -> None:
    """Draw what happened and why, and what comes next."""
    experiment = lesson.build()
    st.markdown("**What happened, and why**")
    st.markdown(marked(lesson.why(experiment, traces), lesson, theme))
    with st.container(horizontal=True, gap="small", key="onward"):
        st.button(
            "Now try it yourself", type="primary", key=key("try"), on_click=state.as_drawn(_try)
        )
        _next(lesson)


def _try() -> None:
    now = state.current()
    state.show(now.experiment, replace(now.view, trying=True))


def _next(lesson: Lesson, kind: str = "secondary") -> None:
    """Draw the button that leads on, to the list after the last lesson."""
    after = next_after(lesson)
    st.button(
        "Next lesson" if after else "All lessons done", type=kind,  # type: ignore[arg-type]
        key=key("next"), on_click=_open, args=(after.key if after else COURSE,),
        help=after.title if after else None,
    )  # fmt: skip


def task(lesson: Lesson, theme: Theme) -> None:
    """Draw what is to be tried, and its target."""
    st.markdown(f"**Now try.** {marked(lesson.task.words, lesson, theme)}")
    st.markdown(f"**Target:** {marked(lesson.task.target, lesson, theme)}")


def outcome(lesson: Lesson, experiment: Experiment, traces: Sequence[Trace], theme: Theme) -> None:
    """Draw where one stands, and where to go from here."""
    reached = lesson.task.reached(experiment, traces)
    told = marked(lesson.task.told(experiment, traces), lesson, theme)
    sign = signed(True, "Reached.") if reached else ":material/flag: **Not yet.**"
    st.markdown(f"{sign} {told}")
    with st.container(horizontal=True, gap="small", key="onward"):
        _next(lesson, "primary" if reached else "secondary")
        if st.button(
            "Open in Compare, all unlocked", icon=":material/landscape:", type="tertiary",
            key=key("compare"), help="Your experiment there is replaced; Back brings it back.",
        ):  # fmt: skip
            state.go("compare", experiment, look(lesson, trying=True))
