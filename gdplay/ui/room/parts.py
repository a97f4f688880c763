"""What teachers and students see of a question: what is asked, what was answered, what is true."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import streamlit as st

from gdplay.experiment import labels
from gdplay.figures import room as drawn
from gdplay.figures.marks import colored
from gdplay.figures.theme import Theme
from gdplay.rooms import tallies
from gdplay.rooms.answers import DRAW, RANK
from gdplay.rooms.store import OPEN, TOLD, Room
from gdplay.rooms.store import store as rooms
from gdplay.teaching.exercises import LETTERS
from gdplay.teaching.narrate import narrate
from gdplay.teaching.predictions import CHOOSE, Answer, outcome, positions, question
from gdplay.ui import parts, results
from gdplay.ui.compare.pictures import covered
from gdplay.ui.compare.pictures import pictures as shown
from gdplay.ui.compare.playing import close_ups
from gdplay.ui.compare.stage import drawable
from gdplay.ui.lessons import pictures
from gdplay.ui.lessons.parts import marked
from gdplay.ui.lessons.view import LessonView
from gdplay.ui.player import PANELS, player
from gdplay.ui.room.questions import Asked
from gdplay.words import escaped


def pose(asked: Asked, theme: Theme) -> None:
    """Draw what is asked, with what leads to it."""
    if asked.lesson:
        st.markdown(marked(asked.lesson.intro, asked.lesson, theme))
    elif asked.exercise:
        st.markdown(f":gray[{escaped(asked.exercise.title)}]")
    for text in questions(asked, theme):
        st.markdown(f"## {text}")


def questions(asked: Asked, theme: Theme) -> list[str]:
    """Return what is asked in Markdown: a teacher's words may stand over what runs are asked."""
    if asked.lesson:
        return [marked(asked.lesson.question, asked.lesson, theme)]
    form, texts = asked.form, []
    if asked.exercise:
        texts.append(escaped(asked.exercise.question))
    if form.kind != CHOOSE:
        text = question(asked.experiment, form.kind, form.places, form.metric, form.along)
        texts.append(text.replace("**", ""))
    return texts


def choices(asked: Asked, theme: Theme) -> list[str]:
    """Return the choices of a question in Markdown."""
    if asked.lesson:
        return [marked(text, asked.lesson, theme) for text in asked.choices]
    return [escaped(text) for text in asked.exercise.choices] if asked.exercise else []


def legend(asked: Asked, theme: Theme) -> None:
    """Draw the names of the runs that a lesson's texts would tell."""
    if not asked.lesson:
        parts.legend(theme, labels(asked.experiment))


def answers(there: Room, asked: Asked, theme: Theme) -> None:
    """Draw what was answered once that is shown, and of choices which is right once it is told."""
    form, shown = asked.form, there.phase != OPEN
    said = list(form.readable(rooms().answers(there.code, there.number))) if shown else []
    if form.kind == CHOOSE:
        counts = tallies.choices(said, form.places) if shown else []
        right = asked.right if there.phase == TOLD else None
        st.html(drawn.votes(asked.choices, asked.names, counts, theme, right=right))
    elif shown and form.kind == RANK:
        counted = tallies.ranks(said, form.places)
        true = _positions(asked) if there.phase == TOLD else None
        st.html(drawn.ranks(labels(asked.experiment), form.places, counted, theme, true))
        if true:
            st.caption("Framed: what is right.")
    elif there.phase != TOLD:
        curves(asked, said, theme)
    else:
        legend(asked, theme)
        st.caption("With dots: what is true. Pale: what was drawn; dashed: its middle.")


def _positions(asked: Asked) -> dict[int, list[int]]:
    form, traces = asked.form, results.traces(asked.experiment)
    return positions(asked.experiment, traces, form.places, form.metric, form.along)


FLAT, TALL = 330, 490
"""Pixels of the curves on a phone or under a question, and beside what is said of them."""


def curves(
    asked: Asked, said: Sequence[Answer], theme: Theme, *, told: bool = False, height: int = FLAT
) -> None:
    """Draw the lines of some answers over empty axes, or over the runs once they are told."""
    form, view = asked.form, asked.view
    figure = drawn.curves(
        asked.experiment, results.traces(asked.experiment), tallies.lines(said), form.metric,
        form.along, log=view.log, log_x=view.spreads(asked.experiment), shown=form.places,
        told=told, theme=theme,
    )  # fmt: skip
    parts.chart(figure, "room.curves", height, "The curves of the runs, and those that were drawn")


def explain(asked: Asked, theme: Theme) -> None:
    """Draw what happened and why, in measured words."""
    traces, runs = results.traces(asked.experiment), asked.runs
    st.markdown("**What happened, and why**")
    if asked.lesson:
        st.markdown(marked(asked.lesson.why(asked.experiment, traces), asked.lesson, theme))
        return
    if asked.exercise and (reason := asked.reason(asked.right)):
        st.markdown(f"**{LETTERS[asked.right]}** is right: {escaped(reason)}")
    if runs:
        truth = outcome(asked.experiment, traces, runs.places, runs.metric, runs.along)
        more = narrate(asked.experiment, traces, runs.places, runs.along)[:2]
        for text in (truth, *more):
            st.markdown(colored(text, labels(asked.experiment), theme))


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
    elif asked.form.kind == CHOOSE:
        with st.container(key="stage", gap=None):
            _runs(asked, theme, told=told)
    elif told:
        said = asked.form.readable(rooms().answers(there.code, there.number))
        lines = list(said) if asked.form.kind == DRAW else []
        curves(asked, lines, theme, told=True, height=TALL)


def _runs(asked: Asked, theme: Theme, *, told: bool) -> None:
    """Draw the ground that runs of Compare start on; once they are told, what plays them."""
    assert asked.runs
    experiment, view = asked.experiment, drawable(asked.view)
    traces = results.traces(experiment)
    land = results.ground(experiment, traces, view.plane)
    names = labels(experiment)
    looks: dict[str, Any] = {
        "key": "room.runs", "revisions": dict.fromkeys(PANELS, repr(asked.runs)),
        "labels": dict.fromkeys(PANELS, f"The runs {', '.join(names)}"),
    }  # fmt: skip
    if not told:
        empty = covered(asked.runs, experiment, view, traces, land, theme, None)
        player({"surface": empty.panels["surface"]}, **looks)
        return
    made = shown(experiment, view, traces, land, theme, None)
    closer = partial(close_ups, experiment, view, traces, land, made.play.play)
    player(made.panels, play=made.play, closer=closer, position=pictures.BEGIN, **looks)
