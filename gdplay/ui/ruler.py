"""The stability ruler under a slider of rates, and beside it what its rate does."""

from collections.abc import Sequence

import streamlit as st

from gdplay.experiment import Experiment
from gdplay.figures import ruler
from gdplay.optimizers import Optimizer
from gdplay.theory.curvature import curvature
from gdplay.theory.limits import marks, verdict, zones
from gdplay.ui.marks import fine_print
from gdplay.words import number


def draw(experiment: Experiment, rules: Sequence[Optimizer], options: Sequence[float]) -> None:
    """Draw the ruler under a slider with these options, for some rules and the runs' rows."""
    problem, n = experiment.problem, experiment.problem.n_samples
    sizes = [run.rows(n) for run in experiment.runs]
    strip = ruler.strip(marks(problem, rules, sizes), zones(problem, rules), options)
    if strip:
        st.html(strip)


def label(experiment: Experiment, together: bool) -> None:
    """Draw what the slider is for, and what its rate does where one rule has one rate."""
    facts, rules = curvature(experiment.problem), {run.optimizer for run in experiment.runs}
    local = "" if facts.where == "everywhere" else f" {facts.where}"
    about = f"2/L = {number(facts.limit)}"
    with st.container(gap=None):
        fine_print(about, "Learning rate", f"{about}{local}: twice one over the curvature")
        if together and len(rules) == 1:
            rule = rules.pop()
            sentence = verdict(experiment.problem, rule, rule.lr)
            fine_print(sentence.partition(";")[0], hover=sentence)
