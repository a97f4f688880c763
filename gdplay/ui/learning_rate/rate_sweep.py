"""The sweep on the Learning rate page: every rate at once, for several runs side by side."""

from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from gdplay.experiment import Experiment
from gdplay.figures.rate_sweep import sweep_view
from gdplay.figures.theme import Theme
from gdplay.studies.rate_sweep import LINES, first_steps, lines_of, read, sweep_of
from gdplay.ui import state
from gdplay.ui.parts import chart, legend
from gdplay.ui.results import computed
from gdplay.ui.state import key
from gdplay.words import quantity


def controls(
    experiment: Experiment, lines: str, epoch: int | None
) -> tuple[str, int | None, DeltaGenerator]:
    """Draw the heading and the switches; return what is wanted, and the place for the sweep."""
    st.markdown("## Every rate at once")
    options = [name for name in LINES if experiment.problem.n_samples > 1 or name != "replacement"]
    with st.container(horizontal=True, vertical_alignment="center", gap="medium", key="lines"):
        lines = st.segmented_control(
            "Lines", options, default=lines if lines in options else options[0],
            key=key("lines"), required=True, format_func=lambda name: LINES[name],
            label_visibility="collapsed",
        )  # fmt: skip
        epochs = sweep_of(experiment, lines).epochs
        after = min(epoch or epochs, epochs)
        if epochs > 1:
            after = st.slider(
                "Loss after so many epochs", 1, epochs, after, key=key(f"epoch.{epochs}"),
                width=260,
            )  # fmt: skip
    return lines, None if after == epochs else after, st.container(gap="small")


def draw(experiment: Experiment, lines: str, epoch: int | None, theme: Theme) -> Experiment | None:
    """Train the sweep and draw it; return the run that was clicked, if any."""
    plan, names = sweep_of(experiment, lines), lines_of(experiment, lines)[1]
    count = quantity(len(names) * plan.n_rates * plan.n_seeds, "run")
    outcome = computed("sweep", plan, what=f"Sweep of {count}")
    if outcome is None:
        return None
    reading = read(outcome.value, names, epoch or plan.epochs)
    legend(theme, names)
    event = chart(
        sweep_view(reading, theme=theme), f"sweep.{lines}", 370,
        "Loss after an epoch against the learning rate, a line for each of what is compared",
        on_select="rerun", selection_mode="points",
    )  # fmt: skip
    with st.container(key="words-sweep"):
        st.markdown(reading.words)
        first = first_steps(experiment) if lines == "optimizers" else None
        if first is not None:
            st.markdown(first.words)
    st.caption(f"{reading.legend} Click a point to open that run on {state.played().title()}.")
    spot = chosen(event)
    return None if spot is None else plan.alone(*spot)


def chosen(event: Any) -> tuple[int, int] | None:
    """Return the line and the rate's place of the point that was clicked, if any."""
    for point in (event or {}).get("selection", {}).get("points", ()):
        spot = point.get("customdata")
        if spot is not None and len(spot) == 2:
            return int(spot[0]), int(spot[1])
    return None
