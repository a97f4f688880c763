"""The sweep on the Learning rate page: every rate at once, for several runs side by side."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from gdplay.arrays import Array
from gdplay.engine.cost import work
from gdplay.experiment import Experiment, Run, labels, start_of
from gdplay.figures.rates import LOST, End, ends, sweep_view
from gdplay.figures.theme import Theme
from gdplay.optimizers import OPTIMIZERS, SGD, Adam, Optimizer
from gdplay.studies.sweeps import Sweep, Swept, limits_of, rates_around, sweep
from gdplay.theory.curvature import curvature
from gdplay.theory.limits import REPLACEMENT
from gdplay.ui import jobs
from gdplay.ui.parts import chart, legend
from gdplay.ui.state import key
from gdplay.words import escaped, number, quantity

LINES = {"runs": "Your runs", "optimizers": "Optimizers", "replacement": "Batch sizes"}
"""What a sweep compares, by the key that links hold."""

RULES = ("sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam")

QUIET = 3.0
"""Sweeps are cut down until they are estimated to take no longer than so many seconds."""


def lines_of(experiment: Experiment, which: str) -> tuple[tuple[Run, ...], tuple[str, ...]]:
    """Return what a sweep compares, and the names of its lines."""
    n = experiment.problem.n_samples
    if which == "optimizers":
        rules = [OPTIMIZERS[name] for name in RULES]
        return tuple(Run(rule) for rule in rules), tuple(rule.title for rule in rules)
    if which == "replacement" and n > 1:
        sizes = [size for size in (1, 2, 4, 8, 16, 32) if size < n]
        runs = tuple(Run(SGD(), size, sampling="with replacement") for size in sizes)
        return runs, tuple(f"B = {size}" for size in sizes)
    alike = [replace(run, optimizer=replace(run.optimizer, lr=1.0)) for run in experiment.runs]
    runs = tuple(dict.fromkeys(alike))
    return runs, labels(replace(experiment, runs=runs))


def sweep_of(experiment: Experiment, which: str) -> Sweep:
    """Return the sweep of these lines, cut down until it takes a few seconds at most."""
    runs, _ = lines_of(experiment, which)
    n = experiment.problem.n_samples
    noisy = any(run.rows(n) < n for run in runs)
    high = 8.0 if which == "optimizers" else 2.0
    for n_rates, n_seeds, epochs in (
        (40, 11, experiment.epochs),
        (28, 5, experiment.epochs),
        (20, 3, experiment.epochs),
        (20, 3, max(1, experiment.epochs // 4)),
        (14, 1, max(1, experiment.epochs // 10)),
        (14, 1, 1),
    ):
        asked = Sweep(
            experiment.problem,
            runs if epochs == experiment.epochs else tuple(replace(r, epochs=None) for r in runs),
            rates_around(experiment.problem, n_rates, high=high),
            experiment.start,
            epochs,
            experiment.seed,
            n_seeds if noisy else 1,
        )
        if work(asked.experiment).seconds <= QUIET:
            break
    return asked


def controls(
    experiment: Experiment, lines: str, epoch: int | None
) -> tuple[str, int | None, DeltaGenerator]:
    """Draw the heading and the switches; return what is wanted, and the place for the sweep."""
    st.markdown("#### Every rate at once")
    options = [name for name in LINES if experiment.problem.n_samples > 1 or name != "replacement"]
    with st.container(horizontal=True, vertical_alignment="center", gap="medium", key="lines"):
        lines = st.segmented_control(
            "Lines", options, default=lines if lines in options else options[0],
            key=key("lines"), required=True, format_func=lambda name: LINES[name],
            label_visibility="collapsed",
        )  # fmt: skip
        epochs = sweep_of(experiment, lines).epochs
        shown = min(epoch or epochs, epochs)
        if epochs > 1:
            shown = st.slider(
                "Loss after so many epochs", 1, epochs, shown, key=key(f"epoch.{epochs}"),
                width=260,
            )  # fmt: skip
    return lines, None if shown == epochs else shown, st.container(gap="small")


def draw(experiment: Experiment, which: str, epoch: int | None, theme: Theme) -> Experiment | None:
    """Train the sweep and draw it; return the run that was clicked, if any."""
    asked, names = sweep_of(experiment, which), lines_of(experiment, which)[1]
    count = len(asked.experiment.runs) * asked.n_seeds
    outcome = jobs.result(
        repr(asked),
        work(asked.experiment).seconds,
        lambda progress: sweep(asked, progress=progress),
        name="sweep",
        what=f"Sweep of {quantity(count, 'run')}",
    )
    if outcome is None:
        return None
    swept, epoch = outcome.value, epoch or asked.epochs
    limits = limits_of(asked.problem, asked.runs)
    legend(theme, names)
    event = chart(
        sweep_view(swept, names, limits, epoch=epoch, theme=theme),
        f"sweep.{which}",
        370,
        "Final loss against the learning rate, with the limits that are predicted",
        on_select="rerun",
        selection_mode="points",
    )
    with st.container(key="words-sweep"):
        st.markdown(" ".join(sweep_words(swept, names, limits, epoch)))
        if which == "optimizers":
            st.markdown(first_steps(experiment))
    st.caption(
        f"{quantity(count, 'run')} from one start: {asked.n_rates} rates × "
        f"{quantity(len(names), 'line')} × {quantity(asked.n_seeds, 'order')} of the rows. "
        f"{_drawn(asked.n_seeds)} Crosses at the top: lost, that is diverged or ended over "
        f"{LOST:.0f} times as high as it began. Dotted: predicted limits{_noted(asked, limits)}. "
        "Click a point to open that run on Compare."
    )
    spot = chosen(event)
    return None if spot is None else asked.alone(*spot)


def _drawn(n_seeds: int) -> str:
    return "Lines are medians, bands hold 80 % of the orders." if n_seeds > 1 else ""


def _noted(asked: Sweep, limits: Sequence[float | None]) -> str:
    """Return what the predicted limits rest on."""
    n = asked.problem.n_samples
    notes = [] if asked.problem.quadratic else [f"taken {curvature(asked.problem).where}"]
    if any(limit and run.rows(n) < n for run, limit in zip(asked.runs, limits, strict=True)):
        notes.append(f"those of batches for {REPLACEMENT}, where single runs may survive a "
                     "while above")  # fmt: skip
    return f" ({', '.join(notes)})" if notes else ""


def chosen(event: Any) -> tuple[int, int] | None:
    """Return the line and the rate's place of the point that was clicked, if any."""
    for point in (event or {}).get("selection", {}).get("points", ()):
        spot = point.get("customdata")
        if spot is not None and len(spot) == 2:
            return int(spot[0]), int(spot[1])
    return None


def sweep_words(
    swept: Swept, names: Sequence[str], limits: Sequence[float | None], epoch: int
) -> list[str]:
    """Return where each line is best and from where it diverges, and how far seeds lie apart."""
    found = ends(swept, epoch)
    what = "excess loss" if swept.origin.exact else "loss"
    best = [
        f"**{names[end.place]}** {number(end.best[1])} at rate {number(end.best[0])}"
        for end in found
        if end.best is not None
    ]
    said = [f"Lowest {what} after {quantity(epoch, 'epoch')}: {', '.join(best)}."] if best else []
    edges = [_edge(swept, names, limits, end) for end in found if len(end.gone)]
    if edges:
        said.append(f"Lost (crosses): {', '.join(edges)}.")
    return [*said, *apart(swept, names, epoch)]


def _edge(swept: Swept, names: Sequence[str], limits: Sequence[float | None], end: End) -> str:
    """Return from which rate on a line is lost, and what limit was predicted."""
    limit, asked = limits[end.place], swept.sweep
    said = f"**{names[end.place]}** from {number(end.gone[0])} on"
    if limit is None:
        return said
    whole = asked.runs[end.place].rows(asked.problem.n_samples) == asked.problem.n_samples
    kind = "limit" if whole else "mean-square limit"
    return f"{said} ({kind} {number(limit)})"


def apart(swept: Swept, names: Sequence[str], epoch: int) -> list[str]:
    """Return how far apart the seeds of the noisiest line end, at its best rate."""
    if swept.sweep.n_seeds < 3 or not swept.origin.exact:
        return []
    place = min(
        range(len(names)), key=lambda i: swept.sweep.runs[i].rows(swept.sweep.problem.n_samples)
    )
    best = swept.line(place, epoch).best
    if best is None:
        return []
    losses = swept.losses[place][best]
    excess = losses[:, min(epoch, losses.shape[1] - 1)] - swept.origin.loss
    if not (np.isfinite(excess).all() and excess.min() > swept.origin.dust):
        return []
    ratio = excess.max() / excess.min()
    if ratio < 1.05:
        return []
    return [
        f"One run tells little: at **{names[place]}**'s best rate the worst of "
        f"{swept.sweep.n_seeds} orders of the rows ended {number(ratio)} times as high as the best."
    ]


_SCALES = (1e-3, 1.0, 1e3)


def first_steps(experiment: Experiment) -> str:
    """Return how long the first step is, for gradients of three sizes: plain against Adam's."""
    start = start_of(experiment)
    grad = experiment.problem.gradient(start)
    if not grad.any():
        return ""
    place = int(np.argmax(np.abs(grad)))
    plain, adam = (
        ", ".join(f"{abs(first_step(rule, grad * scale)[place]):#.4g}" for scale in _SCALES)
        for rule in (SGD(lr=1.0), Adam(lr=1.0))
    )
    name = escaped(experiment.problem.param_names[place])
    return (
        "**Adam's rate is another scale.** With the gradient at the start made 1000 times "
        f"smaller, left as it is, and made 1000 times larger, the first plain step of {name} is "
        f"{plain} times η long, and Adam's {adam} times η."
    )


def first_step(rule: Optimizer, grad: Array) -> Array:
    """Return a rule's first step (n_params,) at `grad (n_params,)`."""
    params = np.zeros_like(grad)
    return np.asarray(rule.update(grad, rule.init(params), params, rule.lr)[0])
