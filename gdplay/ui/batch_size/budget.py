"""What every run may use, as the map and the race let it be chosen."""

from dataclasses import replace

import streamlit as st

from gdplay.experiment import Experiment
from gdplay.studies.budgets import PASSES, Plan, budget_of, usual_passes
from gdplay.theory.measures import AXES
from gdplay.ui.batch_size.view import BatchView
from gdplay.ui.state import key

INSTEAD = "Lower the budget, or take smaller data."
"""What to do where a budget is too much for this server."""


def controls(experiment: Experiment, view: BatchView, plan: Plan) -> BatchView:
    """Draw what every run of a plan may use."""
    problem = experiment.problem
    with st.container(horizontal=True, vertical_alignment="bottom", key="budget"):
        along = st.segmented_control(
            "The same for every run",
            list(AXES),
            default=view.along,
            key=key("along"),
            required=True,
            help="What the budget counts. Every run gets as many whole epochs as it holds.",
        )
        usual = usual_passes(problem, along, plan)
        passes = (view.passes if along == view.along else None) or usual
        passes = st.select_slider(
            "Budget",
            sorted({*PASSES, passes}),
            passes,
            key=key(f"passes.{along}"),
            format_func=lambda value: budget_of(problem, along, value).words,
            width=320,
        )
    return replace(view, along=along, passes=None if passes == usual else passes)
