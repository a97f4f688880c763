"""The edge of stability: plain steps below and above 2/L, from where the race starts."""

from dataclasses import replace

import streamlit as st

from gdplay.experiment import Experiment, start_of
from gdplay.figures.edge import curvature_view, loss_view
from gdplay.figures.theme import Theme
from gdplay.loss.surfaces import Surface
from gdplay.studies.edge import HEADS, edge, telling_rates
from gdplay.ui import jobs, state
from gdplay.ui.compare.stage import Staged
from gdplay.ui.parts import chart, legend, table
from gdplay.ui.state import key
from gdplay.ui.surfaces.offers import offer
from gdplay.ui.surfaces.view import SurfacesView

TELLING = "factors"
"""The function on which the edge is seen best."""


def draw(experiment: Experiment, view: SurfacesView, _staged: Staged, theme: Theme) -> None:
    """Draw curvature and loss along plain steps at several rates, and say what they did."""
    surface, (x, y) = experiment.problem, start_of(experiment).tolist()
    assert isinstance(surface, Surface)
    rates = telling_rates(surface, (x, y))
    if not rates:
        st.info("Nothing bends upwards at this start, so no rate is at an edge. Start elsewhere.")
        return offer(surface, TELLING)
    reading = jobs.quick(
        f"edge: {surface!r} {x} {y}",
        lambda: edge(surface, start=(x, y), rates=rates),
        experiment,
    )
    legend(theme, [f"Plain step, {row[0]}" for row in reading.rows])
    left, right = st.columns(2, gap="medium")
    with left:
        alt = "Curvature over 2/η against updates, of plain steps at several rates"
        chart(curvature_view(reading, theme=theme), "edge.curvature", 320, alt)
    with right:
        alt = "Loss against updates, of plain steps at the same rates"
        chart(loss_view(reading, theme=theme), "edge.loss", 320, alt)
    with st.container(key="words.edge"):
        st.markdown(reading.words)
        table(HEADS, reading.rows, theme)
        st.caption(
            "L is the largest curvature: the largest eigenvalue of the function’s second "
            "derivatives at the point reached. On a bowl plain steps converge below η = 2/L and "
            "grow above it; elsewhere L changes along the way."
        )
    with st.container(horizontal=True):
        if st.button("Race these runs above", icon=":material/landscape:", key=key("edge.race")):
            state.show(reading.experiment, replace(view, hidden=0))
            st.rerun()
        offer(surface, TELLING)
    return None
