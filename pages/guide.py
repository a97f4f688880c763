"""What gradient descent does, with a link from each statement to an experiment showing it."""

import streamlit as st

from gdplay.figures.theme import LIGHT, THEMES
from gdplay.ui import state
from gdplay.ui.guide.links import lesson_one, play
from gdplay.ui.guide.parts import PARTS, diagram
from gdplay.ui.parts import title

experiment = state.current().experiment
theme = THEMES.get(st.context.theme.type or "light", LIGHT)
with st.container(key="guide"):
    title("Gradient descent in a minute")
    st.markdown(
        "A model learns by walking downhill on its loss: measure the slope where it stands, its "
        "**gradient**, step the other way, repeat. The three variants differ in one thing: **how "
        "many rows are looked at before each step.**"
    )
    with st.container(horizontal=True, gap="medium", key="begin"):
        play()
        lesson_one()
    diagram(experiment, theme)
    with st.container(key="parts"):
        st.markdown(" · ".join(f"[{name}](#{draw.__name__[1:]})" for name, draw in PARTS))
    for name, draw in PARTS:
        st.header(name, anchor=draw.__name__[1:])
        draw(experiment, theme)
