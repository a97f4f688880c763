"""The gradient cloud: mini-batch gradients around the full one, at any point of the map."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from gdplay.arrays import Array
from gdplay.engine.training import Trace
from gdplay.experiment import Experiment, labels
from gdplay.figures.gradient_cloud import cloud_map, map_legend, scatter_curves
from gdplay.figures.theme import Theme
from gdplay.loss.problem import Problem
from gdplay.studies.gradient_cloud import (
    NEAR,
    GradientCloud,
    Place,
    Scatter,
    all_scatters,
    place,
    places,
    read,
    usual_epoch,
)
from gdplay.theory.landscape import Landscape
from gdplay.ui import jobs, results, state
from gdplay.ui.batch_size.view import POINTS, BatchView, plane_name, size_slider
from gdplay.ui.parts import chart, clicked
from gdplay.ui.state import key
from gdplay.words import number, quantity

_HEIGHT = 340


def controls(experiment: Experiment, view: BatchView) -> BatchView:
    """Draw the batch size and the place."""
    problem = experiment.problem
    with st.container(horizontal=True, vertical_alignment="bottom", key="cloud_controls"):
        size = size_slider(
            "Rows per batch B", problem.n_samples, view.size, "size",
            help="How many rows make one gradient.", width=330,
        )  # fmt: skip
        options = [*places(problem), *(["picked"] if view.at == "picked" else [])]
        at = st.segmented_control(
            "Where",
            options,
            default=view.at if view.at in options else "start",
            key=key("at"),
            required=True,
            format_func=lambda name: POINTS[name],
            help=f"Near the minimum is {100 * NEAR:.0f} % of the way from it to the start. Or "
            "click on the map.",
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
        now = min(usual_epoch(experiment, run) if view.epoch is None else view.epoch, last)
        epoch = st.slider("After epoch", 0, last, now, key=key(f"way_epoch.{run}"), width=330)
    return replace(view, run=run, epoch=epoch)


def draw(
    experiment: Experiment,
    view: BatchView,
    traces: tuple[Trace, ...],
    opening: DeltaGenerator,
    theme: Theme,
) -> None:
    """Draw the cloud on the map, its numbers, and how they change with the batch size.

    What is seen is said in the place of the page's `opening`.
    """
    problem, land = experiment.problem, results.ground(experiment, traces, plane_name(experiment))
    here = _place(experiment, view, traces, land)
    spreads = _scatters(problem, here.params, experiment.seed, view.replacement)
    reading = read(experiment, here, view.size, view.replacement, spreads)
    opening.markdown(reading.in_short)
    left, right = st.columns([6, 5])
    with left, st.container(key="picture"):
        picture = cloud_map(experiment, land, reading, theme=theme)
        count = len(reading.cloud.gradients)
        alt = f"{count} gradients of {quantity(view.size, 'row')} {here.name}"
        _picked(clicked(picture, "cloud_map", _HEIGHT, alt), experiment, view)
    with right:
        _metrics(reading)
        alt = "Spread, cosine and share uphill against the batch size"
        chart(scatter_curves(reading, theme=theme), "cloud_curves", _HEIGHT - 82, alt)
    with st.container(key="words"):
        st.markdown(reading.words)
    st.caption(map_legend(reading, land))


def _place(
    experiment: Experiment, view: BatchView, traces: tuple[Trace, ...], land: Landscape
) -> Place:
    if view.at == "picked":  # on the map, wherever a link or another map has it
        spot = [np.clip(view.x, *land.x[[0, -1]]), np.clip(view.y, *land.y[[0, -1]])]
        return Place(land.plane.params(np.array(spot)), "where you clicked")
    return place(experiment, view.at, traces, view.run, view.epoch)


def _scatters(problem: Problem, params: Array, seed: int, replacement: bool) -> tuple[Scatter, ...]:
    key = f"scatters: {problem!r} {params.tobytes().hex()} {seed} {replacement}"
    return jobs.quick(key, lambda: all_scatters(problem, params, seed, replacement), problem)


def _picked(spot: Mapping[str, Any] | None, experiment: Experiment, view: BatchView) -> None:
    """Go to where the map was clicked."""
    if spot is not None:
        x, y = float(spot["x"]), float(spot["y"])
        state.show(experiment, replace(view, at="picked", x=x, y=y))
        st.rerun()


def _metrics(reading: GradientCloud) -> None:
    """Draw the three numbers."""
    mine, none = reading.scatter, "–" if reading.cloud.rests else ""
    with st.container(key="cloud_numbers"):
        cosine, spread, uphill = st.columns(3)
    cosine.metric(
        "Mean cosine",
        none or f"{mine.cosine:.2f}".replace("-", "−"),
        help="Mean over the batches of the cosine of the angle between the batch's gradient and "
        "the full one: 1 points the same way, 0 says nothing, below 0 points the other way.",
    )
    spread.metric(
        "Spread",
        number(mine.spread),
        help=f"Root of the mean squared distance to the full gradient. Predicted: "
        f"{number(mine.predicted)}.",
    )
    uphill.metric(
        "Point uphill",
        none or f"{100 * mine.uphill:.0f} %",
        help="Share of the batches whose step would raise the loss over all rows at first.",
    )
