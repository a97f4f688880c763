"""The head of Compare: its title, its menus, and the places for what is only known below."""

from dataclasses import replace
from typing import NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.elements.lib.mutable_popover_container import PopoverContainer

from gdplay.experiment import Experiment, labels
from gdplay.figures.marks import sign
from gdplay.figures.sliders import EPOCHS
from gdplay.figures.theme import Theme
from gdplay.teaching.lead import Lead, lead, runs_in_words, title_of
from gdplay.teaching.predictions import question as question_words
from gdplay.ui import problem_controls, rate, share, state
from gdplay.ui.compare import menu
from gdplay.ui.compare.predicting import Question, prediction
from gdplay.ui.compare.view import View
from gdplay.words import escaped


class Head(NamedTuple):
    """What the head asks for, and its places for what is known once all controls are drawn."""

    experiment: Experiment
    title: DeltaGenerator
    words: DeltaGenerator
    takeaway: PopoverContainer


def head(experiment: Experiment) -> Head:
    """Draw the menus beside the place of the title, and under them the place of the words."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="head"):
        title = st.container(width="stretch")
        on_slider = state.current().view.moves == EPOCHS
        if on_slider:
            experiment = replace(experiment, epochs=rate.chosen_epochs(EPOCHS, experiment))
        experiment = problem_controls.problem(experiment, epochs=not on_slider)
        menu.presets()
        menu.predict()
        takeaway = share.menu()
    return Head(experiment, title, st.container(key="lead", gap=None), takeaway)


def fill(
    head: Head,
    experiment: Experiment,
    view: View,
    theme: Theme,
    question: Question | None = None,
    first: str = "",
) -> None:
    """Write what the runs shown are about; what is to be said once takes the words' place.

    Where there is a `question`, that is written, and nothing that would answer it. Where it was
    answered, the words' place waits for how that compares. `first`, in Markdown, stands before
    the words.
    """
    places = view.shown(len(experiment.runs))
    seen = experiment
    if 0 < len(places) < len(experiment.runs):
        seen = replace(experiment, runs=tuple(experiment.runs[place] for place in places))
    about = _about(seen, experiment, view, question)
    write(head, about._replace(words=first + about.words), experiment, view, theme)


def write(head: Head, about: Lead, experiment: Experiment, view: View, theme: Theme) -> None:
    """Write a title, and what is to be said once or else words in which runs are named."""
    names = labels(experiment)
    head.title.markdown(f"### {about.title}")
    marked = (
        f':color[**{sign(place)} {escaped(names[place])}**]{{foreground="{theme.run_ink(place)}"}}'
        for place in view.shown(len(names)) or range(len(names))
    )
    for text in state.notices() or (about.words.format(*marked),):
        head.words.markdown(text)


def _about(seen: Experiment, experiment: Experiment, view: View, question: Question | None) -> Lead:
    if question is not None:
        asks = question_words(
            experiment, question.kind, question.places, question.metric, question.along
        )
        return Lead(title_of(seen), f"{runs_in_words(seen)} {asks}")
    about = lead(seen, view.along)
    return about if prediction(experiment, view) is None else about._replace(words="")
