"""Batch, mini-batch and stochastic gradient descent side by side."""

import streamlit as st

from gdplay import figures
from gdplay.figures.theme import THEMES
from gdplay.ui import state
from gdplay.ui.compare.asking import tell, verdict
from gdplay.ui.compare.below import below
from gdplay.ui.compare.head import fill, head
from gdplay.ui.compare.playing import look_inside
from gdplay.ui.compare.predicting import question
from gdplay.ui.compare.runs import held_number, runs
from gdplay.ui.compare.stage import drawable, stage
from gdplay.ui.compare.switches import switches

ABOUT = "The address of this page is the experiment."

look_inside()
experiment, view = state.current()
theme = THEMES.get(st.context.theme.type or "light", figures.LIGHT)
with st.container(key="first", gap="xsmall"):
    top = head(experiment)
    experiment = runs(top.experiment, theme)
    with st.container(key="controls", horizontal=True, vertical_alignment="center", gap="medium"):
        with st.container(key="rates"):
            experiment, view = held_number(experiment)
        view = switches(experiment, view)
    state.save(experiment, view)
    asks = question(experiment, view)
    fill(top, experiment, view, theme, asks)
    view = drawable(view)
    place = st.container(key="stage", gap="xsmall")  # which has its room before its picture
with place:
    staged = stage(experiment, view, theme, top.takeaway, ABOUT, asks)
with st.container(key="below"):
    if said := verdict(experiment, view, staged.traces, staged.seconds):
        top.words.markdown(said.words)
        tell(said)
    below(experiment, view, staged, theme)
