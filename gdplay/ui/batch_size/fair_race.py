"""The fair race: the grid on which every run's rate is tuned, and the tuned runs side by side."""

from functools import partial

import streamlit as st

from gdplay import figures
from gdplay.experiment import Experiment, labels
from gdplay.figures.rate_sweep import sweep_view
from gdplay.figures.theme import Theme
from gdplay.studies.budgets import chosen_budget
from gdplay.studies.fair_race import SEEDS, FairRace, fair_race_sweep, read
from gdplay.studies.rate_sweep import read as read_sweep
from gdplay.ui import results, state
from gdplay.ui.batch_size import budget
from gdplay.ui.batch_size.view import BatchView
from gdplay.ui.parts import chart, legend
from gdplay.ui.state import key


def controls(experiment: Experiment, view: BatchView) -> BatchView:
    """Draw the race's budget."""
    return budget.controls(experiment, view, partial(fair_race_sweep, experiment))


def draw(experiment: Experiment, view: BatchView, theme: Theme) -> None:
    """Draw the grid on which every run's rate is tuned, and the tuned runs against each other."""
    names, plan_of = labels(experiment), partial(fair_race_sweep, experiment)
    amount = chosen_budget(experiment.problem, plan_of, view.along, view.passes)
    plan = plan_of(amount)
    outcome = results.computed("race", plan, instead=budget.INSTEAD)
    if outcome is None:
        return
    legend(theme, names)
    left, right = st.columns(2, gap="medium")
    right.markdown("### The race: each at its best rate")
    with left:
        st.markdown(f"### The grid: every run at the same {plan.n_rates} rates")
        alt = "Final loss against the learning rate, for every run"
        chart(sweep_view(read_sweep(outcome.value, names), theme=theme), "race_grid", 380, alt)
    if outcome.stopped:
        return
    reading = read(amount, outcome.value, names)
    if reading.tuned is None:
        st.info(reading.words)
        return
    traces = results.whole("tuned", reading.tuned)
    if traces is None:
        return
    seconds = results.seconds(reading.tuned) if view.along == "seconds" else None
    metric = "excess" if reading.exact else "loss"
    curves = figures.convergence(
        reading.tuned, traces, metric, view.along, seconds=seconds, theme=theme
    )
    with right:
        chart(curves, "race", 380, "The tuned runs against each other")
    _words(reading)


def _words(reading: FairRace) -> None:
    """Say who won, and offer the tuned runs."""
    with st.container(key="words.race"):
        st.markdown(reading.words)
        st.caption(
            f"Medians of the same {SEEDS} orders of the rows for all, with the band from "
            "the 10th to the 90th percentile; rings: each run's best rate, crosses: diverged. The "
            f"runs are those of {state.played().title()}: add or change some there."
        )
    name = f"Open the tuned runs on {state.played().title()}"
    if st.button(name, icon=":material/play_arrow:", key=key("tuned")):
        state.go(state.played(), reading.tuned)
