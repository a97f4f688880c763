"""Where runs of few rows hover: the noise floor, and how a falling rate ends the hovering."""

import streamlit as st

from gdplay.experiment import Experiment
from gdplay.figures.noise_floor import floor_view
from gdplay.figures.theme import Theme
from gdplay.studies.noise_floor import noise_floor_sweep, obstacle, read
from gdplay.ui import results
from gdplay.ui.batch_size import hovering
from gdplay.ui.batch_size.view import BatchView
from gdplay.ui.parts import chart


def draw(experiment: Experiment, view: BatchView, theme: Theme) -> None:
    """Draw measured and predicted floors, then runs with a constant and a falling rate."""
    why_not = obstacle(experiment.problem)
    if why_not:
        st.info(why_not)
        return
    plan = noise_floor_sweep(experiment)
    outcome = results.computed("floor", plan, instead="Take data with fewer rows or columns.")
    if outcome is None:
        return
    reading = read(plan, outcome.value)
    left, right = st.columns([9, 5], gap="medium")
    with left:
        alt = "Excess loss in the long run against rate over batch size"
        chart(floor_view(reading, theme=theme), "floor", 400, alt)
    with right.container(key="words.floor"):
        if not outcome.stopped:
            st.markdown(reading.words)
        st.caption(
            "Marks: excess loss over the second half of runs that began at the minimum, mean of "
            f"{reading.n_seeds} orders, with the 10–90 % band of single ones. Lines: predicted for "
            "rows drawn with replacement, on both sides; dotted: η/B × tr C/4, which it "
            "tends to at small rates. Short last batches are left out."
        )
    if not outcome.stopped:
        hovering.draw(experiment, theme)
