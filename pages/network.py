"""A small network learns, three ways side by side: its units, its fit and its curves in time."""

import streamlit as st

from gdplay import figures
from gdplay.figures.theme import THEMES
from gdplay.ui import state
from gdplay.ui.compare.below import below
from gdplay.ui.compare.playing import look_inside
from gdplay.ui.compare.runs import held_number, runs
from gdplay.ui.network.head import fill, head
from gdplay.ui.network.stage import stage, switches

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
    place = st.container(key="stage", gap="xsmall")  # which has its room before its picture
state.save(experiment, view)
fill(top, experiment, view, theme)
with place:
    staged = stage(experiment, view, theme, top.takeaway)
with st.container(key="below"):
    below(experiment, view, staged, theme)
    if st.button("See these paths on the loss surface", icon=":material/landscape:"):
        state.go("compare", experiment)
