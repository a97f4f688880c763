"""A small network learns, three ways side by side: its units, its fit and its curves in time."""

import streamlit as st

from gdplay import figures
from gdplay.figures.theme import THEMES
from gdplay.ui import state
from gdplay.ui.compare.asking import tell
from gdplay.ui.compare.below import below
from gdplay.ui.compare.playing import look_inside
from gdplay.ui.compare.predicting import question
from gdplay.ui.compare.runs import held_number, name_runs, runs
from gdplay.ui.compare.stage import trained
from gdplay.ui.network import pictured_rows
from gdplay.ui.network.head import fill, head
from gdplay.ui.network.stage import stage, switches
from gdplay.ui.results import soon

ABOUT = "The address of this page is the network and its runs."

look_inside()
experiment, view = state.current()
theme = THEMES.get(st.context.theme.type or "light", figures.LIGHT)
with st.container(key="first", gap="xsmall"):
    top = head(experiment)
    experiment, lines = runs(top.experiment)
    with st.container(key="controls", horizontal=True, vertical_alignment="center", gap="medium"):
        with st.container(key="rates"):
            experiment, view = held_number(experiment)
        view = switches(experiment, view)
    place = st.container(key="stage", gap="xsmall")  # which has its room before its picture
state.save(experiment, view)
asks, notices = question(experiment, view), state.notices()
if asks or not soon(experiment):
    fill(top, experiment, view, theme, None, notices, asks)
    name_runs(lines, experiment, theme)
with place:
    traces = trained(experiment, top.takeaway, ABOUT, prints=asks is not None)
if not asks:
    fill(top, experiment, view, theme, traces, notices)
    name_runs(lines, experiment, theme, traces)
with place:
    staged = stage(experiment, view, theme, traces, asks)
with st.container(key="below"):
    tell(top.words, experiment, view, staged.traces, staged.seconds, theme)
    below(experiment, view, staged, theme)
    pictured_rows.draw(experiment, view, staged.traces, theme)
    with st.container(horizontal=True, gap="small"):
        if st.button("See these runs on Compare", icon=":material/landscape:"):
            state.go("compare", experiment)
        if st.button("One update of these, number by number", icon=":material/step:"):
            state.go("one_update", experiment)
