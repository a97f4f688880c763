"""Single rows at a constant rate, which hover, and at a falling one, which settle."""

import streamlit as st

from gdplay import figures
from gdplay.experiment import Experiment
from gdplay.figures.theme import Theme
from gdplay.studies.hovering import hovering_runs, read, rising_runs
from gdplay.ui import results
from gdplay.ui.parts import chart


def draw(experiment: Experiment, theme: Theme) -> None:
    """Draw both runs, and their words."""
    st.markdown("### Single rows at a constant and at a falling rate")
    plan = hovering_runs(experiment)
    traces = results.whole("hover", plan)
    if traces is None:
        return
    left, right = st.columns([9, 5], gap="medium")
    with left:
        figure = figures.convergence(plan, traces, "excess", "epochs", theme=theme)
        alt = "Excess loss of single rows at a constant and a falling rate"
        chart(figure, "hover", 300, alt)
    with right.container(key="words.hover"):
        rising = results.whole("rises", rising_runs(experiment)) or ()
        st.markdown(read(plan, traces, rising).words)
