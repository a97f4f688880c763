"""The head of Compare: its title, its menus, and the places for what is only known below."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.elements.lib.mutable_popover_container import PopoverContainer

from gdplay.engine.training import Trace
from gdplay.experiment import Experiment, labels
from gdplay.figures.marks import named
from gdplay.figures.sliders import EPOCHS
from gdplay.figures.theme import Theme
from gdplay.teaching.exercises import HIDDEN, LOCKED
from gdplay.teaching.lead import (
    Lead,
    aim,
    has_room,
    hidden,
    is_first,
    is_named,
    lead,
    runs_in_words,
    title_of,
)
from gdplay.teaching.predictions import CHOOSE
from gdplay.teaching.predictions import question as question_words
from gdplay.ui import problem_controls, rate, share, state
from gdplay.ui.compare import exercise, menu
from gdplay.ui.compare.asking import choose
from gdplay.ui.compare.mending import faults, mend_button
from gdplay.ui.compare.predicting import Question, prediction
from gdplay.ui.compare.view import View
from gdplay.ui.guide.links import lesson_one
from gdplay.ui.lessons.view import LessonView
from gdplay.ui.parts import choices, title
from gdplay.words import escaped


class Head(NamedTuple):
    """What the head asks for, and its places for what is known once all controls are drawn."""

    experiment: Experiment
    title: DeltaGenerator
    words: DeltaGenerator
    takeaway: PopoverContainer


def head(experiment: Experiment) -> Head:
    """Draw the menus beside the place of the title, and under them the place of the words."""
    view = state.current().view
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="head"):
        place = title_place()
        on_slider = view.moves == EPOCHS
        if on_slider:
            experiment = replace(experiment, epochs=rate.chosen_epochs(EPOCHS, experiment))
        if view.state("data") != HIDDEN:
            locked = view.state("data") == LOCKED
            experiment = problem_controls.problem(experiment, epochs=not on_slider, locked=locked)
        if view.posed is None:
            menu.presets()
            menu.predict()
        exercise.teach()
        takeaway = share.menu()
    return Head(experiment, place, words_place(), takeaway)


def title_place() -> DeltaGenerator:
    """Return the place of the title, which may be written again once more is known."""
    with st.container(width="stretch"):
        return st.empty()


def words_place() -> DeltaGenerator:
    """Return the place of the words, which holds one thing at a time."""
    with st.container(key="lead", gap=None):
        return st.empty()


def fill(
    head: Head,
    experiment: Experiment,
    view: View,
    theme: Theme,
    traces: Sequence[Trace] | None = None,
    *,
    question: Question | None = None,
    first: str = "",
    notices: Sequence[str] = (),
) -> None:
    """Write what the runs shown are about; `notices`, to be said once, take the words' place.

    With `traces` the words say what becomes of the runs, and a button mends what theory knows to
    be too large a rate. Where there is a `question`, that is written, and nothing that would
    answer it. Where it was answered, the words' place waits for how that compares. `first`, in
    Markdown, stands before the words. A teacher's own question stands in place of all that.
    """
    if view.posed is not None:
        pose(head, experiment, view, question, notices)
        return
    places = view.shown(len(experiment.runs))
    about = _about(experiment, view, places, traces, question)
    fresh = first_visit(experiment, view) and not notices
    if _is_told(experiment, view) and has_room(experiment):
        about = about._replace(words=aim(experiment.problem) + first + about.words)
    else:
        about = about._replace(words=first + about.words)
    write(head, about, experiment, places, theme, traces, notices, fresh=fresh)


def pose(
    head: Head,
    experiment: Experiment,
    view: View,
    question: Question | None,
    notices: Sequence[str],
) -> None:
    """Write a teacher's title and question, and what can be answered."""
    assert view.posed is not None
    title(escaped(view.posed.title) or title_of(experiment), head.title)
    with head.words.container(gap="xsmall", key="posed"):
        for text in notices:
            st.markdown(text)
        st.markdown(escaped(view.posed.question))
        if question is not None and question.kind == CHOOSE:
            choices(map(escaped, view.posed.choices), choose, question.prefix)
        elif question is not None:
            st.markdown(asked(experiment, question))


def asked(experiment: Experiment, question: Question) -> str:
    """Return what is to be said of runs, in a sentence."""
    kind, places, metric, along = question[0], *question[2:]
    return question_words(experiment, kind, places, metric, along)


def write(
    head: Head,
    about: Lead,
    experiment: Experiment,
    places: Sequence[int],
    theme: Theme,
    traces: Sequence[Trace] | None,
    notices: Sequence[str],
    *,
    fresh: bool = False,
) -> None:
    """Write a title, and what is to be said once or else words on the runs at some `places`.

    Whoever is `fresh` here is offered the first lesson.
    """
    title(about.title, head.title)
    names = labels(experiment)
    marked = [named(place, names[place], theme) for place in places]
    with head.words.container(horizontal=True, vertical_alignment="center", gap="small"):
        for text in notices or (about.words.format(*marked),):
            st.markdown(text, width="stretch")
        if traces and about.words:
            _slower(experiment, traces, places)
        if fresh:
            lesson_one(quiet=True)


def first_visit(experiment: Experiment, view: View) -> bool:
    """Whether a visitor sees what everybody sees first, or that changed, and began no lesson."""
    lessons = state.view_of("lessons")
    begun = isinstance(lessons, LessonView) and lessons != LessonView()
    return not begun and _is_told(experiment, view) and is_first(experiment)


def _is_told(experiment: Experiment, view: View) -> bool:
    """Whether the words tell of the runs: nothing is asked, and no preset makes its claim."""
    asked = view.posed is not None or prediction(experiment, view) is not None
    return not (asked or is_named(experiment))


def _about(
    experiment: Experiment,
    view: View,
    places: Sequence[int],
    traces: Sequence[Trace] | None,
    question: Question | None,
) -> Lead:
    if not places:
        return hidden(experiment)
    seen = replace(experiment, runs=tuple(experiment.runs[place] for place in places))
    if question is not None:
        return Lead(title_of(seen), f"{runs_in_words(seen)} {asked(experiment, question)}")
    about = lead(seen, view.along, traces and [traces[place] for place in places])
    return about if prediction(experiment, view) is None else about._replace(words="")


def _slower(experiment: Experiment, traces: Sequence[Trace], places: Sequence[int]) -> None:
    """Draw the button of rates that are stable, where some of the runs shown ran away."""
    for mend in faults(experiment, traces, places):
        if mend.slower:
            mend_button(mend, f"Mend: {mend.label}", "mend in short", f"{mend.words} Back undoes.")
