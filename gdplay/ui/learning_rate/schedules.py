"""Schedules on the Learning rate page: a rate that falls against a constant one, in noise."""

from collections.abc import Collection

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from gdplay.engine.cost import work
from gdplay.experiment import Experiment
from gdplay.figures.schedules import decay_view
from gdplay.figures.theme import Theme
from gdplay.schedules import SCHEDULES
from gdplay.studies.schedules import read, schedule_runs, sizes_of
from gdplay.ui.parts import chart, legend
from gdplay.ui.results import computed
from gdplay.ui.state import key
from gdplay.words import quantity


def controls(
    experiment: Experiment, keys: Collection[str], size: int | None
) -> tuple[Collection[str], int | None, DeltaGenerator]:
    """Draw the heading and the choice; return it, and the place for the picture."""
    st.markdown("## Schedules: a rate that falls settles the noise")
    if experiment.problem.n_samples == 1:
        st.caption("A function has no rows, and so no noise to settle: choose data with rows.")
        return keys, size, st.container()
    with st.container(horizontal=True, vertical_alignment="center", gap="medium", key="decays"):
        picked = st.pills(
            "Schedules", list(SCHEDULES), selection_mode="multi", key=key("schedules"),
            default=list(keys), format_func=lambda name: SCHEDULES[name].title,
            label_visibility="collapsed",
        )  # fmt: skip
        sizes = sizes_of(experiment)
        if len(sizes) > 1:
            rows = st.segmented_control(
                "Rows per update", sizes, default=size if size in sizes else sizes[0],
                key=key(f"size.{sizes}"), required=True, label_visibility="collapsed",
                format_func=lambda size: f"{quantity(size, 'row')} per update",
            )  # fmt: skip
            size = None if rows == sizes[0] else rows
    return picked or keys, size, st.container(gap="small")


def draw(experiment: Experiment, keys: Collection[str], size: int | None, theme: Theme) -> None:
    """Train under the schedules and draw loss and rate, one above the other."""
    if not sizes_of(experiment):
        return
    runs = schedule_runs(experiment, size, keys)
    what = f"Schedules: {quantity(work(runs).updates, 'update')}"
    outcome = computed("schedules", runs, what=what, paths=False)
    if outcome is None:
        return
    reading = read(runs, outcome.value)
    legend(theme, [decay.name for decay in reading.decays])
    alt = "Excess loss against updates under each schedule, and below it each update's rate"
    chart(decay_view(reading, theme=theme), "decay", 380, alt)
    with st.container(key="words-decays"):
        st.markdown(reading.words)
    st.caption(reading.legend)
