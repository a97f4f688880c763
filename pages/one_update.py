"""One update of one run: a batch's rows, their gradients, the rule and the step, in numbers."""

from dataclasses import replace

import streamlit as st

from gdplay import figures
from gdplay.figures.theme import THEMES
from gdplay.studies.one_update import position, read
from gdplay.ui import results, share, state
from gdplay.ui.one_update import moves
from gdplay.ui.one_update.numbers import sums
from gdplay.ui.one_update.pictures import pictures
from gdplay.words import escaped

experiment, view = state.current()
theme = THEMES.get(st.context.theme.type or "light", figures.LIGHT)
with st.container(key="front"):
    notices, beside, takeaway = moves.head(experiment)
    if results.refused(experiment):
        st.stop()

    traces = results.traces(experiment)
    at, wrong = position(experiment, traces, view.run, view.update)
    for text in wrong:
        notices.info(text)
    if wrong:
        view = replace(view, run=at.run, update=max(at.update, 1))
    state.save(experiment, view)
    share.fill(takeaway, "The address of this page is this update.", experiment, traces)
    with beside:
        moves.runs(experiment, traces, at, theme)
    if not at.last:
        st.info("This run was stopped before its first update.")
        st.stop()

    try:
        with st.spinner("Making the run again up to this update …", show_time=True):
            reading = read(experiment, traces, at)
    except ValueError as error:
        st.warning(escaped(str(error)))
        st.stop()

    step = reading.step
    moves.controls(experiment, at, step, theme)
    with st.container(key="verdict"):
        st.markdown(reading.verdict if wrong else reading.words)
    pictures(experiment, traces, step, at, view, theme)
with st.container(key="sums"):
    run = experiment.runs[at.run]
    sums(experiment.problem, run, step, step.n_batches * experiment.epochs_of(run))
