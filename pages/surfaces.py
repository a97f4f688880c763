"""Optimizers race on functions of two parameters."""

from dataclasses import replace

import streamlit as st

from gdplay import figures
from gdplay.experiment import with_start
from gdplay.figures.theme import THEMES
from gdplay.ui import parts, state
from gdplay.ui.compare.asking import tell
from gdplay.ui.compare.below import below
from gdplay.ui.compare.playing import look_inside
from gdplay.ui.compare.predicting import question
from gdplay.ui.compare.runs import held_number, name_runs, runs
from gdplay.ui.compare.stage import drawable, stage, trained
from gdplay.ui.compare.switches import switches
from gdplay.ui.results import soon
from gdplay.ui.surfaces import basins, duels, edge, starts, turned_axes
from gdplay.ui.surfaces.head import arrows_switch, fill, head
from gdplay.ui.surfaces.view import ALONG, PARTS

# Each part's controls, if it has any, and its picture.
DRAWN = {
    "basins": (basins.controls, basins.draw),
    "duels": (duels.controls, duels.draw),
    "edge": (None, edge.draw),
    "turned": (None, turned_axes.draw),
}

ABOUT = "The address of this page is the race."

look_inside()
experiment, view = state.current()
theme = THEMES.get(st.context.theme.type or "light", figures.LIGHT)
with st.container(key="first", gap="xsmall"):
    top = head(experiment)
    experiment, lines = runs(top.experiment)
    with st.container(key="controls", horizontal=True, vertical_alignment="center", gap="medium"):
        with st.container(key="rates"):
            experiment, view = held_number(experiment)
        view = switches(experiment, view, ALONG, arrows_switch)
    place = st.container(key="stage", gap="xsmall")  # which has its room before its picture
asks = question(experiment, view)
ends = st.container(gap="small", key="starts")
if not asks:  # what stands there would tell
    with st.container(key="part"):
        view = replace(view, part=parts.part_choice(PARTS, view.part))
        st.markdown(f"## {PARTS[view.part].question}")
        controls, draw = DRAWN[view.part]
        if controls is not None:
            view = controls(experiment, view)
        part = st.container(gap="small")
state.save(experiment, view)
alone, notices = with_start(experiment), state.notices()
if asks or not soon(experiment):
    fill(top, experiment, view, theme, question=asks, notices=notices)
    name_runs(lines, alone, theme)
with place:
    traces = trained(experiment, top.takeaway, ABOUT, prints=asks is not None)
if not asks:
    fill(top, experiment, view, theme, traces, notices=notices)
    name_runs(lines, alone, theme, traces)
with place:
    staged = stage(experiment, drawable(view), theme, traces, asks)
with ends:
    starts.draw(experiment, traces, theme)
with part:
    if alone.gradient_noise:
        st.caption("Here gradients are exact: the noise is that of the race above alone.")
    draw(replace(alone, gradient_noise=0.0), view, staged, theme)
with st.container(key="below"):
    tell(top.words, alone, view, staged.traces, staged.seconds, theme)
    below(alone, view, staged, theme)
