"""Where runs of few rows hover: the noise floor, and how a falling rate ends the hovering."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import streamlit as st

from gdplay import figures
from gdplay.arrays import Array
from gdplay.engine.training import Trace
from gdplay.experiment import Experiment, Run
from gdplay.figures.noise_floor import floor_view
from gdplay.figures.theme import Theme
from gdplay.loss.fit import Fit
from gdplay.loss.problem import Problem
from gdplay.optimizers import SGD
from gdplay.schedules import Inverse
from gdplay.studies.noise_floor import SAMPLED, Floor, agreement, floor_sweep, floors, settled
from gdplay.studies.sweeps import Sweep
from gdplay.teaching.defaults import default_rate
from gdplay.theory.gradient_noise import small_rate_floor
from gdplay.theory.measures import last_losses, share_of_rises
from gdplay.ui import results
from gdplay.ui.batch_size.view import BatchView, chart, trained
from gdplay.words import number

CLOSE = 0.2
SEEDS = 50
EPOCHS = 20
"""Of the runs that hover; fewer where single rows make too many updates."""

MOST_UPDATES = 40_000

TELLING = 3.0
"""From this ratio of the worst end to the best on, one run tells little."""


def draw_floor(experiment: Experiment, view: BatchView, theme: Theme) -> None:
    """Draw measured and predicted floors, then runs with a constant and a falling rate."""
    problem = experiment.problem
    if problem.minimum() is None:
        st.info("There is no finite minimum here, so there is nothing to hover around.")
        return
    asked = floor_sweep(problem, seed=experiment.seed)
    if asked is None:
        st.info("There are too few rows for batches.")
        return
    outcome = results.computed("floor", asked, instead="Take data with fewer rows or columns.")
    if outcome is None:
        return
    found, small = floors(outcome.value), small_rate_floor(problem, 1.0, 1) or 0.0
    left, right = st.columns([9, 5], gap="medium")
    chart(
        left,
        floor_view(found, small, theme=theme),
        "floor",
        400,
        "Excess loss in the long run against rate over batch size",
    )
    with right.container(key="words.floor"):
        if not outcome.stopped:
            st.markdown(floor_words(problem, asked, found))
        st.caption(
            "Marks: excess loss over the second half of runs that began at the minimum, mean of "
            f"{asked.n_seeds} orders, with the 10–90 % band of single ones. Lines: predicted for "
            "rows drawn with replacement, on both sides; dotted: η/B × tr C/4, which it "
            "tends to at small rates. Short last batches are left out."
        )
    if not outcome.stopped:
        _hovering(experiment, theme)


def floor_words(problem: Problem, asked: Sweep, found: Sequence[Floor]) -> str:
    """Return how the measured floors meet the prediction, and how much quieter shuffling is."""
    ratios = agreement(problem, found)
    said = []
    if ratios:
        close = sum(abs(ratio - 1) <= CLOSE for ratio in ratios)
        local = "" if problem.quadratic else " The prediction is local: it takes the curvature "
        local += "" if problem.quadratic else "at the minimum."
        said.append(
            f"**With replacement** the noise floor is predicted: {close} of {len(ratios)} marks "
            f"lie within {100 * CLOSE:.0f} % of it (median ratio "
            f"{number(float(np.median(ratios)))}), up to 0.8 times the mean-square limit.{local}"
        )
    said.append(_quieter(found))
    run = asked.runs[-1]
    updates = asked.experiment.epochs_of(run) * run.updates_per_epoch(problem.n_samples)
    share = settled(problem, asked.rates[0], updates)
    if share < 0.95:
        said.append(
            f"At the smallest rate the runs are too short: they show {100 * share:.0f} % of it."
        )
    return "  \n\n".join(part for part in said if part)


def _quieter(found: Sequence[Floor]) -> str:
    """Return how many times lower reshuffled rows hover, at the smallest rate."""
    drawn, shuffled = (
        {floor.batch_size: float(floor.mean[0]) for floor in found if floor.sampling == sampling}
        for sampling in SAMPLED
    )
    pairs = [
        (size, drawn[size] / shuffled[size])
        for size in drawn
        if shuffled[size] > 0 and np.isfinite(drawn[size] / shuffled[size])
    ]
    if not pairs:
        return ""
    rate = number(float(found[0].rates[0]))
    told = ", ".join(f"{number(ratio)} at B = {size}" for size, ratio in pairs)
    return (
        f"**Reshuffled**, rows of one epoch balance each other. At η = {rate} the floor with "
        f"replacement is so many times the reshuffled one: {told}."
    )


# Hovering, and how it ends


def hover_rate(problem: Problem) -> float:
    """Return the rate of the runs that hover."""
    return default_rate(problem) if isinstance(problem, Fit) else 0.1


def hovering(experiment: Experiment, rate: float) -> Experiment:
    """Return runs of single rows at a constant rate, and at one that falls as 1/t.

    The second halves its rate in the first epoch.
    """
    n = experiment.problem.n_samples
    run = Run(SGD(lr=rate), batch_size=1)
    falling = replace(run, schedule=Inverse(half_life=n))
    epochs = int(np.clip(MOST_UPDATES // n, 2, EPOCHS))
    return replace(experiment, runs=(run, falling), epochs=epochs, n_seeds=SEEDS, tol=0.0)


def rises(experiment: Experiment, rate: float) -> dict[int, float]:
    """Return, per batch size, the share of the last quarter's updates that raised the full loss."""
    n = experiment.problem.n_samples
    sizes = sorted({size for size in (1, 8, 32) if size < n} | {n})
    asked = hovering(experiment, rate)
    runs = tuple(Run(SGD(lr=rate), batch_size=size) for size in sizes)
    traces = trained(replace(asked, runs=runs, n_seeds=1), "rises") or ()
    shares = (share_of_rises(last_losses(asked.problem, trace)) for trace in traces)
    return dict(zip(sizes, shares, strict=False))


def _hovering(experiment: Experiment, theme: Theme) -> None:
    rate = hover_rate(experiment.problem)
    asked = hovering(experiment, rate)
    st.markdown("##### Single rows at a constant and at a falling rate")
    traces = trained(asked, "hover")
    if traces is None:
        return
    left, right = st.columns([9, 5], gap="medium")
    chart(
        left,
        figures.convergence(asked, traces, "excess", "epochs", theme=theme),
        "hover",
        300,
        "Excess loss of single rows at a constant and a falling rate",
    )
    with right.container(key="words.hover"):
        st.markdown(hover_words(asked, traces, rises(experiment, rate)))


def hover_words(asked: Experiment, traces: Sequence[Trace], shares: dict[int, float]) -> str:
    """Return how both runs ended, how far orders of the rows are apart, and what updates did."""
    minimum = asked.problem.minimum()
    assert minimum is not None
    origin = float(asked.problem.loss(minimum))
    ends = [np.sort(trace.loss[:, -1] - origin) for trace in traces]
    said = []
    if all(np.isfinite(values).all() for values in ends):
        said += [_compared(asked, ends), _apart(ends[0])]
    told = ", ".join(f"{100 * share:.0f} % with B = {size}" for size, share in shares.items())
    said.append(
        "**Updates that raise the loss**: in the last quarter of a run, the loss over all rows "
        f"rose at so many updates: {told}."
    )
    return "  \n\n".join(said)


def _compared(asked: Experiment, ends: Sequence[Array]) -> str:
    """Return where single rows are at a constant rate, and at a falling one."""
    level, falling = (float(np.median(values)) for values in ends)
    way = f"{number(level / falling)} times lower" if level > falling else "not lower yet"
    return (
        f"At η = {number(asked.runs[0].optimizer.lr)} (solid) single rows are at {number(level)} "
        f"after {asked.epochs} epochs; at η/(1 + t/{asked.problem.n_samples}) (dashed) at "
        f"{number(falling)}, {way}."
    )


def _apart(ends: Array) -> str:
    """Return how far the best and the worst order of the rows are apart; `ends` ascend."""
    if ends[0] <= 0:
        return ""
    ratio = float(ends[-1] / ends[0])
    head = "**One run tells little**: of" if ratio >= TELLING else "Of"
    return (
        f"{head} {len(ends)} orders of the rows at the constant rate, the worst ends "
        f"{number(ratio)} times as high as the best."
    )
