"""Turned axes: the updates that rules need against the valley's angle, in a picture and words."""

import streamlit as st

from gdplay.experiment import Experiment
from gdplay.figures.theme import Theme
from gdplay.figures.turned_axes import turned_view
from gdplay.loss.surfaces import Surface
from gdplay.studies.turned_axes import turned_axes
from gdplay.ui import jobs
from gdplay.ui.compare.stage import Staged
from gdplay.ui.parts import chart, legend, table
from gdplay.ui.surfaces.offers import offer
from gdplay.ui.surfaces.view import SurfacesView

VALLEY = "turned"
"""The function that is turned."""


def draw(experiment: Experiment, _view: SurfacesView, _staged: Staged, theme: Theme) -> None:
    """Draw the updates needed at each angle, and say what they tell."""
    surface = experiment.problem
    assert isinstance(surface, Surface)
    condition = float(getattr(surface, "condition", 100.0))
    reading = jobs.quick(f"turned: {condition}", lambda: turned_axes(condition), experiment)
    names = [line.name for line in reading.lines]
    legend(theme, names)
    left, right = st.columns([7, 6], gap="medium")
    with left:
        alt = "Updates needed against the angle between valley and axes, of every rule"
        chart(turned_view(reading, theme=theme), "turned", 360, alt)
    with right.container(key="words.turned"):
        st.markdown(reading.words)
        st.caption(
            "The start turns with the valley, so that the problem stays the same but for its axes. "
            "AdaGrad and Adam scale each parameter on its own and so depend on the axes; the full "
            "matrix and Newton’s method take all directions together. All can be added to the race."
        )
        offer(surface, VALLEY)
    table(["Rule", *(f"{angle:g}°" for angle in reading.angles)], reading.rows, theme)
