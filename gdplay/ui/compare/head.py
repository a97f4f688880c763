"""The head of Compare: its title, its menus, and the places for what is only known below."""

from typing import NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.elements.lib.mutable_popover_container import PopoverContainer

from gdplay.experiment import Experiment, labels
from gdplay.figures.marks import sign
from gdplay.figures.theme import Theme
from gdplay.teaching.lead import lead
from gdplay.ui import problem_controls, state
from gdplay.ui.compare import menu
from gdplay.ui.widgets import drawer
from gdplay.words import escaped


class Head(NamedTuple):
    """What the head asks for, and its places for what is known once all controls are drawn."""

    experiment: Experiment
    title: DeltaGenerator
    words: DeltaGenerator
    share: PopoverContainer


def head(experiment: Experiment) -> Head:
    """Draw the menus beside the place of the title, and under them the place of the words."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="head"):
        title = st.container(width="stretch")
        experiment = problem_controls.problem(experiment)
        menu.presets()
        share = drawer("Share", "share", ":material/link:")
    return Head(experiment, title, st.container(key="lead", gap=None), share)


def fill(head: Head, experiment: Experiment, theme: Theme) -> None:
    """Write what the experiment is about; what is to be said once takes the words' place."""
    about, notices = lead(experiment), state.notices()
    head.title.markdown(f"### {about.title}")
    names = (
        f':color[**{sign(place)} {escaped(name)}**]{{foreground="{theme.run_ink(place)}"}}'
        for place, name in enumerate(labels(experiment))
    )
    for text in notices or (about.words.format(*names),):
        head.words.markdown(text)
