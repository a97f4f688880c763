"""What updates of many rows cost, and what the time buys."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import streamlit as st

from gdplay import figures
from gdplay.engine.cost import seconds_per_update
from gdplay.engine.training import Status, Trace
from gdplay.experiment import Experiment, Run
from gdplay.figures.batches import cost_view
from gdplay.figures.theme import Theme
from gdplay.optimizers import SGD
from gdplay.studies.budgets import Budget, granted, sizes_up_to
from gdplay.teaching.defaults import default_sizes
from gdplay.theory.measures import Reference, reference
from gdplay.ui.batch_size.noise_floor import hover_rate
from gdplay.ui.batch_size.view import BatchView, chart, trained
from gdplay.ui.parts import legend
from gdplay.words import number, quantity

LAPS = 3
"""Epochs that single rows make in the time that the race on hardware takes."""


def draw_cost(experiment: Experiment, view: BatchView, theme: Theme) -> None:
    """Draw the time of updates and epochs, and loss against seconds."""
    problem, n = experiment.problem, experiment.problem.n_samples
    sizes = sizes_up_to(n)
    seconds = [seconds_per_update(problem, Run(SGD(), batch_size=size)) for size in sizes]
    asked, held = timed(experiment)
    left, right = st.columns([6, 5], gap="medium")
    left.markdown("##### Time of an update, and of an epoch, measured on this machine")
    chart(
        left,
        cost_view(sizes, seconds, n, theme=theme),
        "cost",
        350,
        "Time per update and per epoch against the batch size",
    )
    right.markdown(f"##### The loss against seconds: {held.words} for each")
    words = st.container(key="words.cost")
    traces = trained(asked, "timed")
    if traces is None:
        return
    each = [seconds_per_update(problem, run) for run in asked.runs]
    metric = "excess" if problem.minimum() is not None else "loss"
    curves = figures.convergence(asked, traces, metric, "seconds", seconds=each, theme=theme)
    chart(right, curves, "timed", 330, "Loss against seconds, per batch size")
    with right:
        legend(theme, [f"B = {run.rows(n)}" for run in asked.runs])
    with words:
        st.markdown(cost_words(sizes, seconds, n))
        st.markdown(timed_words(asked, traces, held))


def timed(experiment: Experiment) -> tuple[Experiment, Budget]:
    """Return runs of one row, some and all, at one rate, each with the same seconds."""
    problem = experiment.problem
    n = problem.n_samples
    single = Run(SGD(lr=hover_rate(problem)), batch_size=1)
    held = Budget("seconds", LAPS * n * seconds_per_update(problem, single))
    sizes = (None, default_sizes(n)[1], 1)
    runs = (
        granted(replace(single, batch_size=size), problem, held, seconds_per_update)
        for size in sizes
    )
    return replace(experiment, runs=tuple(runs), n_seeds=1, tol=0.0), held


def cost_words(sizes: Sequence[int], seconds: Sequence[float], n: int) -> str:
    """Return what more rows per update cost and save."""
    middle = max((size for size in sizes if size <= 32 and size < n), default=1)
    at = sizes.index(middle)
    slower = seconds[at] / seconds[0]
    epochs = [one * np.ceil(n / size) for one, size in zip(seconds, sizes, strict=True)]
    dearest = seconds[-1] / seconds[0]
    saved = number(100 * epochs[at] / epochs[0])
    return (
        f"An update with {quantity(middle, 'row')} takes {number(slower)} times as long as one "
        f"with a single row, one with all {n} rows {number(dearest)} times. So an epoch of batches "
        f"of {middle} takes {saved} % of the time of one of single rows."
    )


def timed_words(asked: Experiment, traces: Sequence[Trace], held: Budget) -> str:
    """Return which batch size got lowest in the same time."""
    n, origin = asked.problem.n_samples, reference(asked, traces)
    parts = []
    for run, trace in zip(asked.runs, traces, strict=True):
        if trace.status[0] is Status.DIVERGED:
            parts.append(f"B = {run.rows(n)} diverged")
            continue
        made = quantity(int(trace.updates[-1]), "update")
        parts.append(f"B = {run.rows(n)} makes {made} and ends at {_level(trace, origin)}")
    what = "excess loss" if origin.exact else "loss"
    rate = number(asked.runs[0].optimizer.lr)
    return f"In {held.words} at η = {rate}, by {what}: {'; '.join(parts)}."


def _level(trace: Trace, origin: Reference) -> str:
    value = float(trace.loss[0, -1])
    if not origin.exact:
        return number(value)
    excess = value - origin.loss
    return "the minimum (to rounding)" if excess <= origin.dust else number(excess)
