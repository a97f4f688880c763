"""Worked examples: each update with all its numbers, to be checked by hand."""

import streamlit as st

from gdplay import figures
from gdplay.figures.tables import worked_table
from gdplay.figures.theme import THEMES
from gdplay.teaching.worked import steps, words
from gdplay.ui import share, state
from gdplay.ui.worked import controls
from gdplay.ui.worked.parts import ask, copies, formulas, picture, written_out
from gdplay.words import escaped

shown, theme = state.current(), THEMES.get(st.context.theme.type or "light", figures.LIGHT)
with st.container(key="front", gap="small"):
    takeaway = controls.head(shown.view)
    view = controls.controls(shown.view)
    rows = steps(view.problem, view.optimizer, view.start, view.n)
    known = view.known(rows)
    left, right = st.columns([1.7, 1], gap="medium")
    with left, st.container(key="worked", gap="small"):
        formulas(view)
        if view.exam:
            ask(view, rows)
        view = written_out(view, known)
        st.html(worked_table(rows, known, view.n if view.exam else len(rows)))
        st.markdown(escaped(words(rows, len(known), view.n, view.about)))
        if known:
            copies(known)
    with right, st.container(key="picture"):
        picture(view, len(known), theme)
state.save(shown.experiment, view)
share.fill(takeaway, "The address of this page is the worked example, an exam included.")
