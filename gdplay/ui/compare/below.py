"""What stands below the fold of Compare: how the runs ended, and where."""

from collections.abc import Sequence

import streamlit as st

from gdplay.engine.training import Trace
from gdplay.experiment import Experiment
from gdplay.figures.theme import Theme
from gdplay.teaching.summary import params_rows
from gdplay.ui.marks import params_table, runs_table

FEW = 6
"""So many parameters still stand side by side."""


def below(experiment: Experiment, traces: Sequence[Trace], theme: Theme) -> None:
    """Draw the tables of the runs and of their last parameters."""
    st.markdown("#### The runs")
    runs_table(experiment, traces, theme)
    if experiment.problem.n_params <= FEW:
        st.markdown("#### Final parameters")
        params_table(experiment.problem.param_names, params_rows(experiment, traces), theme)
