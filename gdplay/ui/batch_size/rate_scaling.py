"""Rates that grow with the batch: in proportion, and with its root."""

from dataclasses import replace

import streamlit as st

from gdplay import figures
from gdplay.experiment import Experiment
from gdplay.figures.rate_scaling import scaling_view
from gdplay.figures.theme import Theme
from gdplay.studies.rate_scaling import (
    SEEDS,
    linear_runs,
    rate_scaling_runs,
    read,
    usual_rate,
)
from gdplay.theory.curvature import curvature
from gdplay.ui import results
from gdplay.ui.batch_size.view import BatchView
from gdplay.ui.parts import chart, legend
from gdplay.ui.widgets import rate_slider
from gdplay.words import number


def controls(experiment: Experiment, view: BatchView) -> BatchView:
    """Draw the rate of single rows."""
    problem = experiment.problem
    usual = usual_rate(problem)
    rate = rate_slider(
        "Learning rate for B = 1", view.single or usual, "single_rate", curvature(problem).limit,
        width=330, help="The other batch sizes' rates follow from it.",
    )  # fmt: skip
    return replace(view, single=None if rate == usual else rate)


def draw(experiment: Experiment, view: BatchView, theme: Theme) -> None:
    """Draw what one epoch achieves under each rule, and linear scaling on examples seen."""
    plan = rate_scaling_runs(experiment, view.single)
    traces = results.whole("scaled", plan)
    if traces is None:
        return
    reading = read(plan, traces)
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown("### After one epoch, a line per rule")
        alt = "Loss after one epoch against the batch size"
        chart(scaling_view(reading, theme=theme), "scaling", 360, alt)
    with right:
        st.markdown("### η ∝ B, on examples seen")
        _curves(linear_runs(plan, traces), "excess" if reading.exact else "loss", theme)
    with st.container(key="words.scaling"):
        st.markdown(reading.words)
        st.caption(
            f"Left: medians of {SEEDS} orders of the rows; open marks have rates of 2/L or more. "
            "Right: one order."
        )


def _curves(plan: Experiment | None, metric: str, theme: Theme) -> None:
    """Draw runs whose rates are in proportion to their rows on each other, if there are any."""
    if plan is None:
        st.caption("Every run diverged.")
        return
    traces = results.whole("overlay", plan)
    if traces is None:
        return
    curves = figures.convergence(plan, traces, metric, "examples", theme=theme)
    chart(curves, "overlay", 360, "Loss against examples seen, rates in proportion to B")
    names = [f"B = {run.rows(plan.problem.n_samples)}" for run in plan.runs]
    legend(theme, names, [f"η = {number(run.optimizer.lr)}" for run in plan.runs])
