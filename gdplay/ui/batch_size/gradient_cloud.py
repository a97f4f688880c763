"""The gradient cloud: mini-batch gradients around the full one, at any point of the map."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import streamlit as st

from gdplay.arrays import Array
from gdplay.engine.training import Trace
from gdplay.experiment import Experiment, Run, labels, start_of
from gdplay.figures.gradient_cloud import arrow_scale, cloud_map, scatter_curves
from gdplay.figures.theme import Theme
from gdplay.loss.problem import Problem
from gdplay.optimizers import SGD
from gdplay.studies.budgets import sizes_up_to
from gdplay.studies.gradient_cloud import Cloud, Scatter, cloud, scatters
from gdplay.theory.landscape import Landscape
from gdplay.ui import results, state
from gdplay.ui.batch_size.view import POINTS, BatchView, chart, clicked, plane_name, size_slider
from gdplay.ui.state import key
from gdplay.words import escaped, number, quantity

N_BATCHES = 400
NEAR = 0.02
"""Near the minimum: this share of the way from it to the start."""

_HEIGHT = 400


def controls(experiment: Experiment, view: BatchView) -> BatchView:
    """Draw the batch size and the place."""
    problem = experiment.problem
    with st.container(horizontal=True, vertical_alignment="bottom", key="cloud_controls"):
        size = size_slider(
            "Rows per batch B", problem.n_samples, view.size, "size",
            help="How many rows make one gradient.", width=330,
        )  # fmt: skip
        options = points(problem, view)
        at = st.segmented_control(
            "Where",
            options,
            default=view.at if view.at in options else "start",
            key=key("at"),
            required=True,
            format_func=lambda name: POINTS[name],
            help=f"Near the minimum is {NEAR:.0%} of the way from it to the start. Or click on "
            "the map.".replace("%", " %"),
        )
        replacement = st.toggle(
            "With replacement",
            view.replacement,
            key=key("cloud_replacement"),
            help="Whether a batch may hold a row twice. Otherwise it is the first batch of a "
            "fresh shuffle.",
        )
    view = replace(view, size=size, at=at, replacement=replacement)
    return _way(experiment, view) if at == "way" else view


def points(problem: Problem, view: BatchView) -> list[str]:
    """Return where a cloud can be drawn."""
    missing = {"near", "minimum"} if problem.minimum() is None else set()
    if view.at != "picked":
        missing.add("picked")
    return [name for name in POINTS if name not in missing]


def _way(experiment: Experiment, view: BatchView) -> BatchView:
    """Draw the choice of a run and an epoch."""
    names = labels(experiment)
    run = min(view.run, len(names) - 1)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if len(names) > 1:
            run = st.selectbox(
                "Run", range(len(names)), run, format_func=lambda place: names[place],
                key=key("way_run"), width=260,
            )  # fmt: skip
        last = experiment.epochs_of(experiment.runs[run])
        now = min(last // 5 if view.epoch is None else view.epoch, last)
        epoch = st.slider("After epoch", 0, last, now, key=key(f"way_epoch.{run}"), width=330)
    return replace(view, run=run, epoch=epoch)


def place(
    experiment: Experiment, view: BatchView, traces: Sequence[Trace], land: Landscape
) -> tuple[Array, str]:
    """Return the parameters at which the cloud is drawn, and where that is in words."""
    start, minimum = start_of(experiment), experiment.problem.minimum()
    if view.at == "picked":
        return land.plane.params(np.array([view.x, view.y])), "where you clicked"
    if view.at == "way":
        return _on_the_way(experiment, view, traces)
    if minimum is None or view.at == "start":
        return start, "at the start"
    if view.at == "near":
        return minimum + NEAR * (start - minimum), "near the minimum"
    return minimum, "at the minimum"


def _on_the_way(
    experiment: Experiment, view: BatchView, traces: Sequence[Trace]
) -> tuple[Array, str]:
    run = min(view.run, len(traces) - 1)
    states = traces[run].params[0]
    there = np.flatnonzero(np.isfinite(states).all(axis=1))
    epoch = int(there[there <= (view.epoch or 0)][-1])
    when = f"after {epoch} epoch{'' if epoch == 1 else 's'}" if epoch else "at the start"
    return states[epoch], f"{when} of “{labels(experiment)[run]}”"


def draw(experiment: Experiment, view: BatchView, traces: tuple[Trace, ...], theme: Theme) -> None:
    """Draw the cloud on the map, its numbers, and how they change with the batch size."""
    problem, land = experiment.problem, results.ground(experiment, traces, plane_name(experiment))
    params, where = place(experiment, view, traces, land)
    mine = cloud(problem, params, view.size, N_BATCHES, experiment.seed, view.replacement)
    found = _numbers(
        repr(problem) + params.tobytes().hex(), problem, params, experiment.seed, view.replacement
    )
    singles = cloud(problem, params, 1, N_BATCHES, experiment.seed, view.replacement)
    scale = arrow_scale(singles, land)
    left, right = st.columns([6, 5])
    picture = cloud_map(experiment, land, params, mine, scale, theme=theme)
    about = f"{N_BATCHES} gradients of {quantity(view.size, 'row')} {where}"
    _picked(clicked(left, picture, "cloud_map", _HEIGHT, about), experiment, view)
    with right:
        _metrics(mine, next(one for one in found if one.batch_size == mine.batch_size))
    curves = scatter_curves(found, mine.batch_size, theme=theme)
    about = "Spread, cosine and share uphill against the batch size"
    chart(right, curves, "cloud_curves", _HEIGHT - 82, about)
    with st.container(key="words"):
        st.markdown(words(problem, mine, found, where))
    st.caption(legend(problem, mine, scale, land))


@st.cache_resource(max_entries=64, show_spinner=False)
def _numbers(
    text: str, _problem: Problem, _params: Array, seed: int, replacement: bool
) -> tuple[Scatter, ...]:
    sizes = sizes_up_to(_problem.n_samples)
    return scatters(_problem, _params, sizes, N_BATCHES, seed, replacement)


def _picked(spot: Mapping[str, Any] | None, experiment: Experiment, view: BatchView) -> None:
    """Go to where the map was clicked."""
    if spot is not None:
        x, y = float(spot["x"]), float(spot["y"])
        state.show(experiment, replace(view, at="picked", x=x, y=y))
        st.rerun()


def _metrics(mine: Cloud, numbers: Scatter) -> None:
    """Draw the three numbers."""
    none = "–" if mine.rests else ""
    with st.container(key="cloud_numbers"):
        cosine, spread, uphill = st.columns(3)
    cosine.metric(
        "Mean cosine",
        none or f"{numbers.cosine:.2f}",
        help="Mean over the batches of the cosine of the angle between the batch's gradient and "
        "the full one: 1 points the same way, 0 says nothing, below 0 points the other way.",
    )
    spread.metric(
        "Spread",
        number(numbers.spread),
        help=f"Root of the mean squared distance to the full gradient. Predicted: "
        f"{number(numbers.predicted)}.",
    )
    uphill.metric(
        "Point uphill",
        none or f"{100 * numbers.uphill:.0f} %",
        help="Share of the batches whose step would raise the loss over all rows at first.",
    )


def words(problem: Problem, mine: Cloud, found: Sequence[Scatter], where: str) -> str:
    """Return what the cloud shows, from its numbers."""
    size, n = mine.batch_size, problem.n_samples
    numbers = next(one for one in found if one.batch_size == size)
    epoch = Run(SGD(), batch_size=size).updates_per_epoch(n)
    head = f"**{where[0].upper()}{where[1:]}, B = {size}** ({quantity(epoch, 'update')} an epoch): "
    if size == n:
        return head + "a batch of all rows has the full gradient, every time."
    missed = float(np.linalg.norm(mine.gradients.mean(axis=0) - mine.full))
    # Three standard errors: the mean of batches drawn fairly is hardly ever farther off.
    fair = missed <= 3 * numbers.predicted / len(mine.gradients) ** 0.5
    said = (
        f"one gradient misses the full one by {number(numbers.spread)}, the mean of all "
        f"{len(mine.gradients)} by {number(missed)}{': noisy, not wrong' * fair}. "
    )
    if mine.rests:
        said += "The full gradient is zero here, so every step is noise and leads away. "
    else:
        said += f"Of their steps, {_share(numbers.uphill)} go uphill at first. "
    return head + said + _shrinks(numbers, found)


def _share(share: float) -> str:
    return "none" if share == 0 else f"{100 * share:.0f} %" if share >= 0.005 else "under 1 %"


def _shrinks(mine: Scatter, found: Sequence[Scatter]) -> str:
    """Return what becomes of the spread with more rows."""
    more = [one for one in found if one.batch_size == 4 * mine.batch_size]
    if not more or not mine.spread:
        return ""
    ratio = more[0].spread / mine.spread
    why = f"(predicted: {number(more[0].predicted / mine.predicted)})" if mine.predicted else ""
    return f"Four times the rows leave {number(ratio)} of the spread {why}."


def legend(problem: Problem, mine: Cloud, scale: float, land: Landscape) -> str:
    """Return how the map is to be read."""
    said = (
        f"Each dot is where the step of one of {len(mine.gradients)} batches points: its negative "
        f"gradient times {number(scale)}. Crosses go uphill. The thick arrow: all rows."
    )
    if problem.n_params > 2:
        said += (
            f" The map is a slice of {problem.n_params} parameters, which holds "
            f"{land.plane.share:.1%} of the paths’ variation."
        )
    return escaped(said)
