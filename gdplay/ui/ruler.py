"""The stability ruler under a slider of rates."""

from collections.abc import Sequence

import streamlit as st

from gdplay.experiment import Experiment
from gdplay.figures import ruler
from gdplay.optimizers import Optimizer
from gdplay.theory.limits import marks, zones


def draw(experiment: Experiment, rules: Sequence[Optimizer], options: Sequence[float]) -> None:
    """Draw the ruler under a slider with these options, for some rules and the runs' rows."""
    problem, n = experiment.problem, experiment.problem.n_samples
    sizes = [run.rows(n) for run in experiment.runs]
    strip = ruler.strip(marks(problem, rules, sizes), zones(problem, rules), options)
    if strip:
        st.html(strip)
