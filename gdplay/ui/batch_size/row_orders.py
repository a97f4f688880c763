"""In which order rows come, and what a short last batch does."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

import numpy as np
import streamlit as st

from gdplay.arrays import Array
from gdplay.engine.training import Trace
from gdplay.experiment import Experiment, Run
from gdplay.figures.batches import Tail, epoch_tiles, tail_view
from gdplay.figures.theme import Theme
from gdplay.loss.problem import Problem
from gdplay.optimizers import SGD
from gdplay.sampling import SAMPLINGS, orders
from gdplay.studies.rate_by_batch import sizes_up_to
from gdplay.theory.curvature import curvature
from gdplay.theory.measures import reference
from gdplay.ui.batch_size.view import BatchView, chart, size_slider, trained
from gdplay.ui.widgets import rate_slider
from gdplay.words import number, quantity

SEEDS = 20


def order_controls(experiment: Experiment, view: BatchView) -> BatchView:
    """Draw batch size and rate."""
    problem = experiment.problem
    usual_rows, usual = usual_size(problem.n_samples), usual_rate(problem)
    with st.container(horizontal=True, vertical_alignment="bottom", key="order_controls"):
        size = size_slider(
            "Rows per update B", problem.n_samples, view.rows or usual_rows, "order_rows",
            width=330,
        )  # fmt: skip
        rate = rate_slider(
            "Learning rate", view.rate or usual, "order_rate", curvature(problem).limit, width=330
        )
    return replace(
        view,
        rows=None if size == usual_rows else size,
        rate=None if rate == usual else rate,
    )


def usual_size(n_samples: int) -> int:
    """Return the most rows, up to a third, that leave a short last batch; one if none do."""
    sizes = (size for size in sizes_up_to(n_samples) if 3 * size <= n_samples and n_samples % size)
    return max(sizes, default=1)


def usual_rate(problem: Problem) -> float:
    """Return 0.15 times 2/L, with two digits."""
    limit = curvature(problem).limit
    return float(f"{0.15 * limit if np.isfinite(limit) else 0.1:.2g}")


def ordered(experiment: Experiment, size: int, rate: float) -> Experiment:
    """Return a run per sampling with its short last batch kept, and dropped where there is one.

    They begin at the minimum where there is one: what remains is noise.
    """
    problem = experiment.problem
    n, minimum = problem.n_samples, problem.minimum()
    short = (False, True) if n % size else (False,)
    runs = tuple(
        Run(SGD(lr=rate), size, sampling, drop_last=dropped)
        for sampling in SAMPLINGS
        for dropped in short
    )
    start = experiment.start if minimum is None else tuple(minimum.tolist())
    updates = len(runs) * -(-n // size) * max(1, problem.n_params // 20)
    epochs = int(np.clip(100_000 // updates, 4, 60))
    return replace(experiment, runs=runs, start=start, epochs=epochs, n_seeds=SEEDS, tol=0.0)


def tails(asked: Experiment, traces: Sequence[Trace]) -> list[Tail]:
    """Return where the runs hover: over the second half of the epochs, mean and band over seeds."""
    origin = reference(asked, traces)
    base = origin.loss if origin.exact else 0.0
    found = []
    for run, trace in zip(asked.runs, traces, strict=True):
        late = trace.loss[:, trace.loss.shape[1] // 2 :].mean(axis=1) - base
        low, high = (float(np.quantile(late, share, method="nearest")) for share in (0.1, 0.9))
        found.append(Tail(run.sampling, run.drop_last, float(late.mean()), low, high))
    return found


def draw_order(experiment: Experiment, view: BatchView, theme: Theme) -> None:
    """Draw epochs as tiles, and where runs in each order hover."""
    problem = experiment.problem
    n = problem.n_samples
    size = min(view.rows or usual_size(n), n)
    rate = view.rate or usual_rate(problem)
    left, right = st.columns([6, 5], gap="medium")
    left.markdown(f"##### Two epochs in tiles, cut into batches of {quantity(size, 'row')}")
    chart(
        left,
        epoch_tiles(two_epochs(problem, experiment.seed), problem.targets, size, theme=theme),
        "tiles",
        370,
        "Two epochs of every sampling, row by row",
    )
    right.markdown("##### Where runs end up")
    words = st.container(key="words.order")
    asked = ordered(experiment, size, rate)
    traces = trained(asked, "ordered")
    if traces is None:
        return
    found, exact = tails(asked, traces), problem.minimum() is not None
    chart(
        right,
        tail_view(found, exact=exact, theme=theme),
        "tails",
        370,
        "Loss in the long run under every sampling",
    )
    with words:
        st.markdown(order_words(found, size, n, exact))
        frame = " The frame holds the short last batch." if n % size else ""
        begun = ", begun at the minimum" if exact else ""
        st.caption(
            "A tile is a row, blue where its target is low, orange where it is high; each order’s "
            f"upper strip is epoch 1, its lower one epoch 2.{frame} Right: the second half of "
            f"{asked.epochs} epochs at η = {number(rate)}{begun}; mean of {SEEDS} seeds, with the "
            "10–90 % band."
        )


def two_epochs(problem: Problem, seed: int) -> list[tuple[str, Array]]:
    """Return the first two epochs' rows (2, n) of every sampling, as training takes them."""
    return [
        (key, np.concatenate(list(islice(orders(key, problem.targets, seed, 1), 2))))
        for key in SAMPLINGS
    ]


def order_words(found: Sequence[Tail], size: int, n: int, exact: bool) -> str:
    """Return what sorted rows, replacement and the short last batch do."""
    level = {(tail.sampling, tail.dropped): tail.mean for tail in found}
    base = level["reshuffle", False]
    if not np.isfinite(base) or base <= 0:
        return f"Reshuffled rows {'diverge' if not np.isfinite(base) else 'leave no noise'} here."
    what = "excess loss" if exact else "loss"
    verb = "hover" if exact else "end"
    said = [f"Reshuffled rows {verb} at {what} **{number(base)}**."]
    for key, name in (
        ("sorted by target", "sorted by their target"),
        ("with replacement", "drawn with replacement"),
    ):
        other = level[key, False]
        if np.isfinite(other):
            ratio = other / base
            comparison = (
                f"{number(ratio)} times as high"
                if ratio >= 1
                else f"{number(1 / ratio)} times lower"
            )
            said.append(f"Rows {name}: {number(other)}, {comparison}.")
        else:
            said.append(f"Rows {name} diverge.")
    said.append(_last_batch(level, size, n))
    return " ".join(said)


def _last_batch(level: dict[tuple[str, bool], float], size: int, n: int) -> str:
    rest = n % size
    if not rest:
        return f"Batches of {quantity(size, 'row')} divide {n} evenly: none is short."
    kept, dropped = level["reshuffle", False], level["reshuffle", True]
    if not np.isfinite(dropped) or dropped <= 0:
        return ""
    return (
        f"**The last batch holds {quantity(rest, 'row')}** and makes a full-size step; without it "
        f"reshuffled rows are at {number(dropped)}: {number(kept / dropped)} times lower."
        if kept > dropped
        else f"The last batch holds {quantity(rest, 'row')}; without it the level is "
        f"{number(dropped)}."
    )
