"""The Batch size page: what the rows of a batch change, each number measured on the data shown."""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import streamlit as st

from gdplay import figures
from gdplay.engine import cost
from gdplay.experiment import Experiment
from gdplay.figures.theme import THEMES, Theme
from gdplay.loss.fit import Fit
from gdplay.teaching.defaults import default_experiment
from gdplay.ui import parts, problem_controls, results, state
from gdplay.ui.batch_size import (
    fair_race,
    gradient_cloud,
    noise_floor,
    rate_by_batch,
    rate_scaling,
    row_orders,
    update_costs,
)
from gdplay.ui.batch_size.view import PARTS, BatchView
from gdplay.ui.state import key


class Part(NamedTuple):
    """A part of the page: what it asks, its controls if it has any, and its picture."""

    question: str
    controls: Callable[[Experiment, BatchView], BatchView] | None
    draw: Callable[[Experiment, BatchView, Theme], None]


DRAWN = {
    "map": Part(
        "Which rate and which batch size end lowest?",
        rate_by_batch.controls,
        rate_by_batch.draw,
    ),
    "floor": Part(
        "How high above the minimum do runs hover, and what sets the height?",
        None,
        noise_floor.draw_floor,
    ),
    "cost": Part(
        "What do more rows per update cost?",
        None,
        update_costs.draw_cost,
    ),
    "order": Part(
        "In which order do the rows come, and what of the short last batch?",
        row_orders.controls,
        row_orders.draw,
    ),
    "scaling": Part(
        "Twice the rows, twice the rate?",
        rate_scaling.controls,
        rate_scaling.draw,
    ),
    "race": Part(
        "A fair race: one budget, every run at its own best rate",
        fair_race.controls,
        fair_race.draw,
    ),
}


def page() -> None:
    """Draw the page."""
    shown, theme = state.current(), THEMES.get(st.context.theme.type or "light", figures.LIGHT)
    share = parts.head("Batch size: a mini-batch gradient is right on average")
    with st.sidebar:
        experiment = problem_controls.problem(shown.experiment)
    if not isinstance(experiment.problem, Fit):
        state.save(experiment, shown.view)
        _no_rows()
        return
    view = gradient_cloud.controls(experiment, shown.view)
    cloud = st.container(gap="small")
    view = _choice(view)
    part = DRAWN[view.part]
    st.markdown(f"#### {part.question}")
    if part.controls is not None:
        view = part.controls(experiment, view)
    below = st.container(gap="small", key="part")
    state.save(experiment, view)
    parts.share(share, "The address of this page is what it shows. Copy it there, or here:")
    why_not = cost.refusal(experiment)
    if why_not:
        cloud.warning(why_not)
        return
    with cloud:
        gradient_cloud.draw(experiment, view, results.traces(experiment), theme)
    with below:
        part.draw(experiment, view, theme)


def _no_rows() -> None:
    """Say that functions have no rows, and offer data."""
    st.info("A function has no rows, so there are no batches to choose. Take a data set.")
    st.button("Take the line", key=key("take_data"), on_click=_take_data)


def _take_data() -> None:
    state.afresh(default_experiment())


def _choice(view: BatchView) -> BatchView:
    """Draw the choice of the part below the cloud."""
    part = st.segmented_control(
        "Part",
        list(PARTS),
        default=view.part,
        key=key("part"),
        required=True,
        format_func=lambda name: PARTS[name],
        label_visibility="collapsed",
    )
    return replace(view, part=part)
