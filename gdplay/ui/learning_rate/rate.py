"""The rule and the rate on the Learning rate page, and what the rate does."""

from dataclasses import replace

import streamlit as st

from gdplay.experiment import Experiment
from gdplay.optimizers import OPTIMIZERS, Optimizer
from gdplay.studies.telling_rates import own_rule
from gdplay.theory.curvature import Curvature
from gdplay.theory.limits import marks, rate_options, verdicts
from gdplay.ui import rate as held
from gdplay.ui.learning_rate.view import RULES, RateView
from gdplay.ui.state import key


def controls(experiment: Experiment, view: RateView, facts: Curvature) -> RateView:
    """Draw the rule, and the rate over its limits."""
    names, slider = st.columns([2.4, 5], vertical_alignment="center")
    with names:
        rule = st.segmented_control(
            "Rule", RULES, default=view.rule, key=key("rule"), required=True,
            format_func=lambda name: OPTIMIZERS[name].title, label_visibility="collapsed",
        )  # fmt: skip
    if rule != view.rule:
        view = replace(view, rule=rule)
    mine = own_rule(experiment, rule)
    rate = view.rate(mine, facts)
    problem, n = experiment.problem, experiment.problem.n_samples
    sizes = [run.rows(n) for run in experiment.runs]
    lowest = marks(problem, [mine], sizes)[0].rate
    low, high = min(facts.limit / 50, 0.8 * lowest), 6 * facts.limit
    offered = [
        option
        for option in rate_options(rate, facts.limit)
        if low <= option <= high or option == rate
    ]
    with slider, st.container(key="limits"):
        lr = held.rate(f"rate.{rule}", "Learning rate", rate, experiment, [mine], offered)
    return view if lr == rate else replace(view, times=lr / facts.limit)


def tell(experiment: Experiment, rule: Optimizer) -> None:
    """Say what a rule at its rate does, in numbers."""
    with st.container(key="words"):
        st.markdown(verdicts(experiment, rule))
