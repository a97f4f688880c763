"""What teachers and students see of a question: what is asked, what was answered, what is true."""

from collections.abc import Sequence

import streamlit as st

from gdplay.experiment import labels
from gdplay.figures import room as drawn
from gdplay.figures.theme import Theme
from gdplay.rooms import tallies
from gdplay.rooms.answers import DRAW, RANK, Answer
from gdplay.rooms.store import OPEN, TOLD, Room
from gdplay.rooms.store import store as rooms
from gdplay.teaching.narrate import narrate
from gdplay.teaching.predictions import outcome, question
from gdplay.ui import parts, results
from gdplay.ui.lessons import pictures
from gdplay.ui.lessons.parts import marked
from gdplay.ui.lessons.view import LessonView
from gdplay.ui.room.questions import Asked


def pose(asked: Asked, theme: Theme) -> None:
    """Draw what is asked."""
    form = asked.form
    if asked.lesson:
        st.markdown(marked(asked.lesson.intro, asked.lesson, theme))
        st.markdown(f"#### {marked(asked.lesson.question, asked.lesson, theme)}")
    else:
        text = question(asked.experiment, form.kind, form.places, form.metric, form.along)
        st.markdown(f"#### {text.replace('**', '')}")


def legend(asked: Asked, theme: Theme) -> None:
    """Draw the names of the runs that a lesson's texts would tell."""
    if not asked.lesson:
        parts.legend(theme, labels(asked.experiment))


def answers(there: Room, asked: Asked, theme: Theme) -> None:
    """Draw what was answered once that is shown, and of choices which is right once it is told."""
    form, shown = asked.form, there.phase != OPEN
    said = list(form.readable(rooms().answers(there.code, there.number))) if shown else []
    if asked.lesson:
        counts = tallies.choices(said, form.places) if shown else []
        right = asked.lesson.right if there.phase == TOLD else None
        texts = [choice.text for choice in asked.lesson.choices]
        st.html(drawn.votes(texts, asked.lesson.run_names, counts, theme, right=right))
    elif shown and form.kind == RANK:
        counted = tallies.ranks(said, form.places)
        st.html(drawn.ranks(labels(asked.experiment), form.places, counted, theme))
    elif there.phase != TOLD:
        curves(asked, said, theme)
    else:
        legend(asked, theme)
        st.caption("Thin, without dots: what was drawn.")


def curves(asked: Asked, said: Sequence[Answer], theme: Theme, *, told: bool = False) -> None:
    """Draw the lines of some answers over empty axes, or over the runs once they are told."""
    form, view = asked.form, asked.view
    figure = drawn.curves(
        asked.experiment, results.traces(asked.experiment), tallies.lines(said), form.metric,
        form.along, log=view.log, log_x=view.spreads(asked.experiment), shown=form.places,
        told=told, theme=theme,
    )  # fmt: skip
    parts.chart(figure, "room.curves", 330, "The curves of the runs, and those that were drawn")


def explain(asked: Asked, theme: Theme) -> None:
    """Draw what happened and why, in measured words."""
    traces, form = results.traces(asked.experiment), asked.form
    st.markdown("**What happened, and why**")
    if asked.lesson:
        st.markdown(marked(asked.lesson.why(asked.experiment, traces), asked.lesson, theme))
        return
    st.markdown(outcome(asked.experiment, traces, form.places, form.metric, form.along))
    for text in narrate(asked.experiment, traces, form.places, form.along)[:2]:
        st.markdown(text)


def stage(there: Room, asked: Asked, theme: Theme) -> None:
    """Draw the ground of a lesson before it is told, the runs then, to be played."""
    told, lesson = there.phase == TOLD, asked.lesson
    if lesson:
        traces = results.traces(asked.experiment)
        view = LessonView(lesson.key, answer=lesson.right if told else None)
        with st.container(key="stage", gap=None):
            pictures.draw(
                lesson, asked.experiment, traces, view, theme, without="" if told else "curves"
            )
    elif told:
        said = asked.form.readable(rooms().answers(there.code, there.number))
        curves(asked, list(said) if asked.form.kind == DRAW else [], theme, told=True)
