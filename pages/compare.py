"""Batch, mini-batch and stochastic gradient descent side by side."""

from dataclasses import replace

import streamlit as st

from gdplay import figures
from gdplay.engine import cost
from gdplay.figures.theme import THEMES
from gdplay.ui import results, share, state
from gdplay.ui.compare.asking import ask, tell, verdict
from gdplay.ui.compare.below import below
from gdplay.ui.compare.head import fill, head
from gdplay.ui.compare.pictures import covered, pictures
from gdplay.ui.compare.playing import look_inside, play
from gdplay.ui.compare.predicting import question
from gdplay.ui.compare.runs import held_number, runs
from gdplay.ui.compare.switches import switches
from gdplay.ui.player import is_flat

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
    if is_flat():
        view = replace(view, ground="map")
    stage = st.container(key="stage", gap="xsmall")  # which has its room before its picture
with stage:
    if why_not := cost.refusal(experiment):
        share.fill(top.takeaway, ABOUT, experiment)
        st.warning(why_not)
        st.stop()
    traces = results.traces(experiment)
    share.fill(top.takeaway, ABOUT, experiment, traces)
    land = results.ground(experiment, traces, view.plane)
    seconds = results.seconds(experiment) if view.along == "seconds" else None
    if asks:
        blank = covered(asks, experiment, view, traces, land, theme, seconds)
        play(experiment, view, traces, land, blank)
        ask(asks, experiment, traces, theme, seconds)
        st.stop()
    made = pictures(experiment, view, traces, land, theme, seconds)
    play(experiment, view, traces, land, made)
with st.container(key="below"):
    if said := verdict(experiment, view, traces, seconds):
        top.words.markdown(said.words)
        tell(said)
    below(experiment, view, traces, land, theme, made.words, seconds)
