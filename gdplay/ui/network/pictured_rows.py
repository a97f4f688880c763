"""Rows that are images under the pictures of networks: some that one gets wrong, and others."""

from collections.abc import Sequence

import streamlit as st

from gdplay.engine.training import Trace
from gdplay.experiment import Experiment, labels
from gdplay.figures.fits import in_focus, standing
from gdplay.figures.marks import named
from gdplay.figures.pictured_rows import pictured_rows
from gdplay.figures.theme import Theme
from gdplay.loss.fit import Fit
from gdplay.studies.pictured_rows import read
from gdplay.theory.measures import final_params
from gdplay.ui.network.view import NetworkView


def draw(experiment: Experiment, view: NetworkView, traces: Sequence[Trace], theme: Theme) -> None:
    """Draw a few rows, and what the network of the run in focus takes them for at its end."""
    places = standing(traces, view.shown(len(experiment.runs)))
    if not places:
        return
    place = in_focus(traces, places, view.focus)
    assert isinstance(experiment.problem, Fit)
    reading = read(experiment.problem, final_params(traces[place]))
    if reading is None:
        return
    st.markdown("## Right and wrong")
    st.markdown(f"{named(place, labels(experiment)[place], theme)} {reading.words}")
    st.html(pictured_rows(reading, theme))
