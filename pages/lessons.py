"""The course: a question first, then the picture, then why, then something to try."""

import streamlit as st

from gdplay.figures.theme import LIGHT, THEMES
from gdplay.ui import results, share, state
from gdplay.ui.lessons import parts
from gdplay.ui.lessons.controls import control
from gdplay.ui.lessons.pictures import draw
from gdplay.ui.lessons.view import shown

own, view = state.current()
theme = THEMES.get(st.context.theme.type or "light", LIGHT)
lesson = view.asked
parts.to_the_top(view)
parts.keep(view)
if lesson is None:
    parts.course(view)
    state.save(own, view)
    st.stop()
with st.container(key="first", gap="xsmall"):
    menu = parts.head(lesson, view)
    with st.container(key="strip"):
        if view.answer is None:
            parts.ask(lesson, theme)
        elif not view.trying:
            parts.verdict(lesson, view.answer, theme)
            below = st.container(key="why", gap="xsmall")
        else:
            with st.container(key="told", gap="xsmall"):
                parts.task(lesson, theme)
                view = control(lesson, view)
            below = st.container(key="outcome", gap="xsmall")
    stage = st.container(key="stage", gap=None)
experiment = shown(lesson, view)
with stage:
    traces = results.traces(experiment)
if view.trying and lesson.task.reached(experiment, traces):
    view = view.at_target(lesson)
state.save(own, view)
if view.answer is not None:
    with below:
        if view.trying:
            parts.outcome(lesson, experiment, traces, theme)
        else:
            parts.why(lesson, traces, theme)
share.fill(
    menu, "The address of this page is the lesson as it stands here.", experiment, traces,
    parts.links(lesson),
)  # fmt: skip
with stage:
    draw(lesson, experiment, traces, view, theme)
