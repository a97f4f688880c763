"""Rates that grow with the batch: in proportion, and with its root."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import streamlit as st

from gdplay import figures
from gdplay.arrays import Array
from gdplay.engine.training import Status, Trace
from gdplay.experiment import Experiment, Run
from gdplay.figures.batches import Scaled, scaling_view
from gdplay.figures.theme import Theme
from gdplay.loss.problem import Problem
from gdplay.optimizers import SGD
from gdplay.studies.rate_by_batch import sizes_up_to
from gdplay.theory.curvature import curvature
from gdplay.theory.measures import reference
from gdplay.ui.batch_size.view import BatchView, chart, trained
from gdplay.ui.parts import legend
from gdplay.ui.widgets import rate_slider
from gdplay.words import number

SEEDS = 20

RULES = (("constant η", 0.0), ("η ∝ √B", 0.5), ("η ∝ B", 1.0))


def scaling_controls(experiment: Experiment, view: BatchView) -> BatchView:
    """Draw the rate of single rows."""
    problem = experiment.problem
    usual = usual_single(problem)
    rate = rate_slider(
        "Learning rate for B = 1", view.single or usual, "single_rate", curvature(problem).limit,
        width=330, help="The other batch sizes' rates follow from it.",
    )  # fmt: skip
    return replace(view, single=None if rate == usual else rate)


def usual_single(problem: Problem) -> float:
    """Return 2/L over 160: in proportion to the rows it reaches the limit at 160 rows."""
    limit = curvature(problem).limit
    return float(f"{limit / 160 if np.isfinite(limit) else 0.01:.2g}")


def scaled(experiment: Experiment, rate: float) -> Experiment:
    """Return runs of one epoch, each rule for the rate at all batch sizes."""
    sizes = sizes_up_to(experiment.problem.n_samples)
    runs = tuple(
        Run(SGD(lr=float(np.clip(rate * size**power, 1e-8, 1e3))), batch_size=size)
        for _, power in RULES
        for size in sizes
    )
    return replace(experiment, runs=runs, epochs=1, n_seeds=SEEDS, tol=0.0)


def scaled_ends(asked: Experiment, traces: Sequence[Trace]) -> list[Scaled]:
    """Return the median loss after the epoch, per rule and batch size; infinite where lost."""
    origin = reference(asked, traces)
    base = origin.loss if origin.exact else 0.0
    ends = [np.sort(np.nan_to_num(t.loss[:, -1], nan=np.inf, posinf=np.inf)) for t in traces]
    values = np.array([end[(len(end) - 1) // 2] - base for end in ends]).reshape(len(RULES), -1)
    rates = np.array([run.optimizer.lr for run in asked.runs]).reshape(len(RULES), -1)
    return [Scaled(name, rates[i], np.maximum(values[i], 0)) for i, (name, _) in enumerate(RULES)]


def draw_scaling(experiment: Experiment, view: BatchView, theme: Theme) -> None:
    """Draw what one epoch achieves under each rule, and linear scaling on examples seen."""
    problem = experiment.problem
    rate, limit = view.single or usual_single(problem), curvature(problem).limit
    asked = scaled(experiment, rate)
    traces = trained(asked, "scaled")
    if traces is None:
        return
    found, exact = scaled_ends(asked, traces), problem.minimum() is not None
    sizes = sizes_up_to(problem.n_samples)
    base = reference(asked, traces).loss if exact else 0.0
    start = float(traces[0].loss[0, 0]) - base
    left, right = st.columns(2, gap="medium")
    left.markdown("##### After one epoch, a line per rule")
    chart(
        left,
        scaling_view(sizes, found, limit, start, exact=exact, theme=theme),
        "scaling",
        360,
        "Loss after one epoch against the batch size",
    )
    right.markdown("##### η ∝ B, on examples seen")
    some = overlay(asked, traces)
    picked = replace(asked, runs=tuple(asked.runs[place] for place in some), n_seeds=1)
    again = trained(picked, "overlay")
    if again is not None:
        metric = "excess" if exact else "loss"
        chart(
            right,
            figures.convergence(picked, again, metric, "examples", theme=theme),
            "overlay",
            360,
            "Loss against examples seen, rates in proportion to B",
        )
        with right:
            names = [f"B = {run.rows(problem.n_samples)}" for run in picked.runs]
            legend(theme, names, [f"η = {number(run.optimizer.lr)}" for run in picked.runs])
    with st.container(key="words.scaling"):
        st.markdown(scaling_words(sizes, found, limit))
        st.caption(
            f"Left: medians of {SEEDS} orders of the rows; open marks have rates of 2/L or more. "
            "Right: one order."
        )


def overlay(asked: Experiment, traces: Sequence[Trace]) -> list[int]:
    """Return up to five of the linearly scaled runs that did not diverge, by their places."""
    sizes = len(asked.runs) // len(RULES)
    linear = range(2 * sizes, 3 * sizes)
    calm = [place for place in linear if traces[place].status[0] is not Status.DIVERGED]
    keep = np.unique(np.linspace(0, len(calm) - 1, min(len(calm), 5)).round().astype(int))
    return [calm[place] for place in keep]


def scaling_words(sizes: Sequence[int], found: Sequence[Scaled], limit: float) -> str:
    """Return how long linear scaling keeps its promise, and where it breaks."""
    linear = found[2]
    first = linear.values[0]
    said = []
    if np.isfinite(first) and first > 0:
        same = _as_good(linear.values / first)
        if same:
            said.append(
                f"**In proportion to B** the rates keep the loss after an epoch within "
                f"{100 * SAME:.0f} % of that of single rows up to B = {sizes[same]}."
            )
    above = np.flatnonzero(linear.rates >= limit * (1 - 1e-9))
    if len(above):
        place = int(above[0])
        said.append(
            f"From B = {sizes[place]} on they are at 2/L = {number(limit)} or beyond "
            f"(η = {number(float(linear.rates[place]))})."
        )
    best = {one.name: int(np.argmin(one.values)) for one in found if np.isfinite(one.values).any()}
    told_best = ", ".join(
        f"{name} at B = {sizes[place]} ({number(float(one.values[place]))})"
        for one in found
        for name, place in best.items()
        if name == one.name
    )
    return " ".join([*said, f"Lowest after one epoch: {told_best}."])


SAME = 0.2


def _as_good(ratios: Array) -> int:
    """Return up to which place all ratios are within `SAME` of one."""
    far = np.flatnonzero(~(np.abs(ratios - 1) <= SAME))
    return int(far[0]) - 1 if len(far) else len(ratios) - 1
