"""Optimizers race on functions of two parameters."""

from dataclasses import replace

import streamlit as st

from gdplay import figures
from gdplay.figures.theme import THEMES
from gdplay.ui import parts, state
from gdplay.ui.compare.below import below
from gdplay.ui.compare.playing import look_inside
from gdplay.ui.compare.runs import held_number, runs
from gdplay.ui.compare.stage import drawable, stage
from gdplay.ui.compare.switches import switches
from gdplay.ui.surfaces import basins, duels, edge, turned_axes
from gdplay.ui.surfaces.head import fill, head
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
    experiment = runs(top.experiment, theme)
    with st.container(key="controls", horizontal=True, vertical_alignment="center", gap="medium"):
        with st.container(key="rates"):
            experiment, view = held_number(experiment)
        view = switches(experiment, view, ALONG)
    place = st.container(key="stage", gap="xsmall")  # which has its room before its picture
with st.container(key="part"):
    view = replace(view, part=parts.part_choice(PARTS, view.part))
    st.markdown(f"#### {PARTS[view.part].question}")
    controls, draw = DRAWN[view.part]
    if controls is not None:
        view = controls(experiment, view)
    part = st.container(gap="small")
state.save(experiment, view)
fill(top, experiment, view, theme)
with place:
    staged = stage(experiment, drawable(view), theme, top.takeaway, ABOUT)
with part:
    draw(experiment, view, staged, theme)
with st.container(key="below"):
    below(experiment, view, staged, theme)
