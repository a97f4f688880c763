"""Rates crossed with batch sizes: the map, its words, and a click that opens a cell's run."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import streamlit as st

from gdplay.engine.cost import work
from gdplay.experiment import Experiment
from gdplay.figures.rate_by_batch import rate_map
from gdplay.figures.theme import Theme
from gdplay.studies.budgets import budget_beside, chosen_budget
from gdplay.studies.rate_by_batch import RateByBatch, cell, rate_by_batch_sweep, read
from gdplay.studies.sweeps import Sweep
from gdplay.ui import jobs, results, state
from gdplay.ui.batch_size import budget
from gdplay.ui.batch_size.view import BatchView
from gdplay.ui.parts import clicked


def controls(experiment: Experiment, view: BatchView) -> BatchView:
    """Draw the map's budget."""
    return budget.controls(experiment, view, partial(rate_by_batch_sweep, experiment))


def draw(experiment: Experiment, view: BatchView, theme: Theme) -> None:
    """Draw the final loss over rates and batch sizes, and who won."""
    plan_of = partial(rate_by_batch_sweep, experiment)
    amount = chosen_budget(experiment.problem, plan_of, view.along, view.passes)
    plan = plan_of(amount)
    outcome = results.computed("map", plan, instead=budget.INSTEAD)
    if outcome is None:
        return
    reading = read(amount, outcome.value)
    left, right = st.columns([8, 5], gap="medium")
    with left:
        alt = "Final loss over learning rates and batch sizes"
        spot = clicked(rate_map(reading, theme=theme), "map", 440, alt)
    with right.container(key="words.map"):
        if outcome.stopped:
            st.markdown("Cells that are neither coloured nor hatched were not trained to the end.")
        else:
            st.markdown(reading.words_beside(_beside(experiment, view)))
        _captions(reading)
    _open(spot, plan)


def _beside(experiment: Experiment, view: BatchView) -> RateByBatch | None:
    """Return the reading on another budget, where it is no wait."""
    other = budget_beside(experiment.problem, view.along)
    plan = rate_by_batch_sweep(experiment, other)
    if work(plan.experiment).seconds >= jobs.LONG:
        return None
    outcome = results.computed("map", plan, instead=budget.INSTEAD)
    return None if outcome is None else read(other, outcome.value)


def _captions(reading: RateByBatch) -> None:
    """Say how the map is to be read, and what the budget gave."""
    end = f"the median of {reading.n_seeds} orders" if reading.n_seeds > 1 else "one order"
    st.caption(
        f"Each cell: {end} of the rows, plain step. **Hatched**: an order diverged or ended above "
        "its start; without colour, most diverged. **Rings**: the best rate of each batch size; "
        "**star**: the lowest end. The mean-square limit is for rows drawn with replacement. "
        "η ∝ B and η ∝ √B start at the best rate of one row. Click a cell to open its run on "
        f"{state.played().title()}."
    )
    st.caption(reading.spent)


def _open(spot: Mapping[str, Any] | None, plan: Sweep) -> None:
    """Open the run whose cell was clicked."""
    if spot is not None and "customdata" in spot:
        line, place = (int(value) for value in spot["customdata"])
        state.go(state.played(), cell(plan, line, place))
