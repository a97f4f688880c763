"""Schedules on the Learning rate page: a rate that falls against a constant one, in noise."""

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from gdplay.engine import cost
from gdplay.engine.cost import work
from gdplay.engine.training import Trace, train
from gdplay.experiment import Experiment, Run
from gdplay.figures.rates import decay_view, decays
from gdplay.figures.theme import Theme
from gdplay.loss.fit import Fit
from gdplay.optimizers import SGD
from gdplay.schedules import SCHEDULES, Constant
from gdplay.teaching.defaults import default_rate, default_sizes
from gdplay.theory.gradient_noise import noise_floor
from gdplay.theory.limits import MOST_PARAMS, REPLACEMENT, noisy_limit
from gdplay.theory.measures import reference
from gdplay.ui import jobs
from gdplay.ui.parts import chart, legend
from gdplay.ui.state import key
from gdplay.words import number, quantity


def decay_runs(experiment: Experiment, size: int, shown: Collection[str]) -> Experiment:
    """Return runs on `size` rows that differ in their schedule alone, at a rate that is noisy.

    A sixth of the mean-square limit. The schedules are scaled to the length of the runs.
    """
    problem = experiment.problem
    run = Run(SGD(lr=_noisy_rate(experiment, size)), size, sampling="with replacement")
    per_epoch = run.updates_per_epoch(problem.n_samples)
    epochs = int(np.clip(4000 // per_epoch, 10, 100))
    runs = tuple(
        replace(run, schedule=schedule.within(epochs * per_epoch))
        for name, schedule in SCHEDULES.items()
        if name in shown
    )
    n_seeds = 11 if problem.n_params <= MOST_PARAMS else 1
    return Experiment(problem, runs, experiment.start, epochs, experiment.seed, n_seeds)


def _noisy_rate(experiment: Experiment, size: int) -> float:
    problem = experiment.problem
    assert isinstance(problem, Fit)
    limit = noisy_limit(problem, size)
    return default_rate(problem) if limit is None else float(f"{limit / 6:.1g}")


def sizes_of(experiment: Experiment) -> list[int]:
    """Return the rows per update to choose from: those of the runs that are fewer than all."""
    n = experiment.problem.n_samples
    sizes = {run.rows(n) for run in experiment.runs} - {n}
    return sorted(sizes) or sorted(size for size in default_sizes(n) if size and size < n)


def controls(
    experiment: Experiment, shown: Collection[str], size: int | None
) -> tuple[list[str], int | None, DeltaGenerator]:
    """Draw the heading and the switches; return what is wanted, and the place for the picture."""
    st.markdown("#### Schedules: a rate that falls settles the noise")
    if experiment.problem.n_samples == 1:
        st.caption("A function has no rows, and so no noise to settle: choose data with rows.")
        return list(shown), size, st.container()
    with st.container(horizontal=True, vertical_alignment="center", gap="medium", key="decays"):
        picked = st.pills(
            "Schedules", list(SCHEDULES), selection_mode="multi", key=key("schedules"),
            default=list(shown), format_func=lambda name: SCHEDULES[name].title,
            label_visibility="collapsed",
        )  # fmt: skip
        sizes = sizes_of(experiment)
        if len(sizes) > 1:
            chosen = st.segmented_control(
                "Rows per update", sizes, default=size if size in sizes else sizes[0],
                key=key(f"size.{sizes}"), required=True, label_visibility="collapsed",
                format_func=lambda size: f"{quantity(size, 'row')} per update",
            )  # fmt: skip
            size = None if chosen == sizes[0] else chosen
    return picked or list(shown), size, st.container(gap="small")


def draw(experiment: Experiment, shown: Collection[str], size: int | None, theme: Theme) -> None:
    """Train under the schedules and draw loss and rate, one above the other."""
    sizes = sizes_of(experiment)
    if not sizes:
        return
    runs = decay_runs(experiment, size if size in sizes else sizes[0], shown)
    why_not = cost.refusal(runs)
    if why_not:
        st.warning(why_not)
        return
    about = work(runs)
    outcome = jobs.result(
        repr(runs),
        about.seconds,
        lambda progress: train(runs, progress=progress, record_path=False),
        name="schedules",
        what=f"Schedules: {quantity(about.updates, 'update')}",
    )
    if outcome is not None:
        _picture(runs, outcome.value, theme)


def _picture(runs: Experiment, traces: Sequence[Trace], theme: Theme) -> None:
    origin, names = reference(runs, traces), [run.schedule.title for run in runs.runs]
    base = origin.loss if origin.exact else 0.0
    floor, title = floor_of(runs), "Excess training loss" if origin.exact else "Training loss"
    legend(theme, names)
    figure = decay_view(decays(runs, traces, base), names, floor, title, theme=theme)
    chart(figure, "decay", 380, f"{title} and learning rate against updates, for each schedule")
    with st.container(key="words-decays"):
        st.markdown(" ".join(decay_words(runs, traces, base, floor)))
    per = runs.runs[0].updates_per_epoch(runs.problem.n_samples)
    bands = "; lines are medians, bands hold 80 %" if runs.n_seeds > 1 else ""
    st.caption(
        f"{quantity(runs.n_seeds, 'order')} of the rows, drawn with replacement{bands}. Schedules "
        f"count updates, not epochs: here an epoch has {quantity(per, 'update')}."
    )


def floor_of(experiment: Experiment) -> float | None:
    """Return the excess loss at which a constant rate is predicted to hover."""
    problem, run = experiment.problem, experiment.runs[0]
    if problem.n_params > MOST_PARAMS:
        return None
    return noise_floor(problem, run.optimizer.lr, run.rows(problem.n_samples))


def decay_words(
    experiment: Experiment,
    traces: Sequence[Trace],
    base: float,
    floor: float | None,
) -> list[str]:
    """Return where the constant rate hovers against its prediction, and where the others end."""
    names = [run.schedule.title for run in experiment.runs]
    ends = {
        name: float(np.median(trace.loss[:, -1])) - base
        for name, trace in zip(names, traces, strict=True)
    }
    constant = Constant.title
    said = []
    if constant in ends:
        hover = hovering(traces[names.index(constant)], base)
        near = "" if experiment.problem.quadratic else ", locally"
        predicted = f"; predicted {number(floor)}{near}" if floor else ""
        rate = number(experiment.runs[0].optimizer.lr)
        said.append(
            f"At the constant rate {rate} the excess loss stays at {number(hover)} on average over "
            f"the last half ({REPLACEMENT}{predicted})."
        )
    return said + [
        f"**{name}** {_ending(end, ends.get(constant))}."
        for name, end in ends.items()
        if name != constant
    ]


def hovering(trace: Trace, base: float) -> float:
    """Return the mean excess loss over the seeds and the last half of the epochs."""
    return float(trace.loss[:, trace.loss.shape[1] // 2 :].mean()) - base


def _ending(end: float, constant: float | None) -> str:
    """Return where a schedule's median ends, and how that stands to the constant rate's."""
    if not np.isfinite(end):
        return "diverged"
    if constant is None or not (end > 0 and constant > 0):
        return f"ends at {number(end)}"
    ratio = constant / end
    than = f"{number(max(ratio, 1 / ratio))} times {'lower' if ratio > 1 else 'higher'}"
    return f"ends at {number(end)}, {than} than the constant rate"
