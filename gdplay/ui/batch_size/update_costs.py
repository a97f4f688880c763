"""What updates of many rows cost, and what the time buys."""

import streamlit as st

from gdplay import figures
from gdplay.experiment import Experiment
from gdplay.figures.theme import Theme
from gdplay.figures.update_costs import cost_view
from gdplay.studies.update_costs import race_seconds, read, times, update_costs_runs
from gdplay.ui import results
from gdplay.ui.batch_size.view import BatchView
from gdplay.ui.parts import chart, legend
from gdplay.words import duration


def draw(experiment: Experiment, view: BatchView, theme: Theme) -> None:
    """Draw the time of updates and epochs, and loss against seconds."""
    problem = experiment.problem
    left, right = st.columns([6, 5], gap="medium")
    with left:
        st.markdown("### Time of an update, and of an epoch, measured on this machine")
        alt = "Time per update and per epoch against the batch size"
        chart(cost_view(times(problem), theme=theme), "cost", 350, alt)
    plan, seconds = update_costs_runs(experiment), duration(race_seconds(experiment))
    right.markdown(f"### The loss against seconds: {seconds} for each")
    words = st.container(key="words.cost")
    traces = results.whole("timed", plan)
    if traces is None:
        return
    each, metric = results.seconds(plan), "loss" if problem.minimum() is None else "excess"
    curves = figures.convergence(plan, traces, metric, "seconds", seconds=each, theme=theme)
    with right:
        chart(curves, "timed", 330, "Loss against seconds, per batch size")
        legend(theme, [f"B = {run.rows(problem.n_samples)}" for run in plan.runs])
    reading = read(plan, traces)
    with words:
        st.markdown(reading.times.words)
        st.markdown(reading.race.words)
