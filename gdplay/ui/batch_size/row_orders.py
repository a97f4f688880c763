"""In which order rows come, and what a short last batch does: epochs as tiles, and levels."""

from dataclasses import replace

import streamlit as st

from gdplay.experiment import Experiment
from gdplay.figures.row_orders import epoch_tiles, tail_view
from gdplay.figures.theme import Theme
from gdplay.studies.row_orders import (
    RowOrders,
    read,
    row_orders_runs,
    two_epochs,
    usual_rate,
    usual_size,
)
from gdplay.theory.curvature import curvature
from gdplay.ui import results
from gdplay.ui.batch_size.view import BatchView, size_slider
from gdplay.ui.parts import chart
from gdplay.ui.widgets import rate_slider
from gdplay.words import number, quantity


def controls(experiment: Experiment, view: BatchView) -> BatchView:
    """Draw batch size and rate."""
    problem = experiment.problem
    usual_rows, usual = usual_size(problem.n_samples), usual_rate(problem)
    with st.container(horizontal=True, vertical_alignment="bottom", key="order_controls"):
        size = size_slider(
            "Rows per update B", problem.n_samples, view.rows or usual_rows, "order_rows",
            width=330,
        )  # fmt: skip
        rate = rate_slider(
            "Learning rate", view.rate or usual, "order_rate", curvature(problem).limit, width=330
        )
    return replace(
        view,
        rows=None if size == usual_rows else size,
        rate=None if rate == usual else rate,
    )


def draw(experiment: Experiment, view: BatchView, theme: Theme) -> None:
    """Draw epochs as tiles, and where runs in each order hover."""
    problem, plan = experiment.problem, row_orders_runs(experiment, view.rows, view.rate)
    size = plan.runs[0].rows(problem.n_samples)
    left, right = st.columns([6, 5], gap="medium")
    tiles = epoch_tiles(two_epochs(problem, experiment.seed), problem.targets, size, theme=theme)
    with left:
        st.markdown(f"### Two epochs in tiles, cut into batches of {quantity(size, 'row')}")
        chart(tiles, "tiles", 370, "Two epochs of every sampling, row by row")
    right.markdown("### Where runs end up")
    words = st.container(key="words.order")
    traces = results.whole("ordered", plan)
    if traces is None:
        return
    reading = read(plan, traces)
    with right:
        alt = "Loss in the long run under every sampling"
        chart(tail_view(reading, theme=theme), "tails", 370, alt)
    with words:
        st.markdown(reading.words)
        _caption(reading, plan)


def _caption(reading: RowOrders, plan: Experiment) -> None:
    """Say how both pictures are to be read."""
    short = reading.n_samples % reading.batch_size
    frame = " The frame holds the short last batch." if short else ""
    begun = ", begun at the minimum" if reading.exact else ""
    st.caption(
        "A tile is a row, blue where its target is low, orange where it is high; each order’s "
        f"upper strip is epoch 1, its lower one epoch 2.{frame} Right: the second half of "
        f"{plan.epochs} epochs at η = {number(plan.runs[0].optimizer.lr)}{begun}; mean of "
        f"{plan.n_seeds} seeds, with the 10–90 % band."
    )
