"""The switches of Compare: what is drawn, on which plane, against what."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import streamlit as st

from gdplay.experiment import Experiment
from gdplay.teaching.exercises import FREE, LOCKED
from gdplay.teaching.summary import plane_name
from gdplay.theory.landscape import planes
from gdplay.theory.measures import (
    AXES,
    METRICS,
    crowds,
    metrics_for,
    metrics_left_out,
    picked,
    without_rows,
)
from gdplay.ui import state
from gdplay.ui.compare.view import View
from gdplay.ui.player import is_flat
from gdplay.ui.state import key
from gdplay.ui.widgets import drawer
from gdplay.words import joined

V = TypeVar("V", bound=View)

_GROUNDS = {"3d": "3-D", "map": "Map"}
_NO_SCENES = "This browser offers no WebGL, which 3-D needs: the surface is drawn as a map."

_SPANS = (0.0, 0.1, 0.3, 1.0, 3.0, 10.0)
"""Over how many epochs curves are smoothed, on offer."""


def switches(
    experiment: Experiment,
    view: V,
    axes: Sequence[str] = tuple(AXES),
    more: Callable[[V], V] = lambda view: view,
) -> V:
    """Draw the switches of what is drawn against what: along one of the axes on offer.

    `more` draws those that a page has beside them. A teacher may have locked or hidden all.
    """
    if view.state("looks") != FREE:
        if view.state("looks") == LOCKED:
            fixed = f"{_GROUNDS[view.ground]}, {curves_in_short(experiment, view)}"
            st.markdown(f":material/lock: {fixed}", width="content")
        return view
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="switches"):
        ground = _ground(view)
        chosen = plane(experiment, view)
        return more(of_curves(experiment, replace(view, ground=ground, plane=chosen), axes))


def curves_in_short(experiment: Experiment, view: View) -> str:
    """Return what the curves show, and along what."""
    names = [METRICS[metric].title for metric in view.metrics(experiment)]
    return f"{joined(names)} per {AXES[view.along].title}"


def of_curves(experiment: Experiment, view: V, axes: Sequence[str] = tuple(AXES)) -> V:
    """Draw the switches of what the curves show, and along what."""
    metric, smooth = _curves(experiment, view)
    along = st.segmented_control(
        "Per",
        axes,
        default=view.along if view.along in axes else axes[0],
        key=key("along"),
        required=True,
        label_visibility="collapsed",
    )
    log = st.toggle("Log y", view.log, key=key("log"))
    view = _log_x(experiment, replace(view, metric=metric, smooth=smooth, along=along, log=log))
    if any(METRICS[name].costly for name in view.metrics(experiment)):
        st.caption("Sharpness is drawn anew when you let go of a slider.", width="content")
    return view


def _log_x(experiment: Experiment, view: V) -> V:
    """Draw the switch of the other axis, which opens as suits the runs."""
    suits, shown = crowds(experiment, view.along), view.spreads(experiment)
    log_x = st.toggle("Log x", shown, key=key(f"log_x.{view.along}.{suits}"))
    return view if log_x == shown else replace(view, log_x=log_x)


def _curves(experiment: Experiment, view: View) -> tuple[tuple[str, ...], float]:
    """Draw the menu of what the curves show, and how smooth."""
    drawn = view.metrics(experiment)
    menu = drawer("Curves", "curves", ":material/show_chart:", lasts=True)
    if not menu.open:
        return drawn, view.smooth
    with menu.container(width=340):
        metric = st.pills(
            "What they show: losses together, or one other value",
            metrics_for(experiment.problem),
            selection_mode="multi",
            default=drawn,
            key=key("metric"),
            format_func=lambda name: without_rows(METRICS[name].title, experiment.problem),
            on_change=_pick,
        )
        if missing := metrics_left_out(experiment.problem):
            st.caption(missing)
        smooth = st.select_slider(
            "Smoothing: mean over the last",
            sorted({*_SPANS, view.smooth}),
            value=view.smooth,
            key=key("smooth"),
            format_func=lambda span: AXES["epochs"].words(span) if span else "none",
            help="An exponential mean of all values so far, corrected for its start: the latest "
            "count most, and none that comes later. The line as it was stays pale behind.",
        )
    return tuple(metric), smooth


def _pick() -> None:
    """Leave out what does not go with the value just picked; the controls then start again."""
    now, view = state.current()
    asked = tuple(state.picked("metric"))
    metric = picked(view.metrics(now), asked)
    if metric != asked:
        state.show(now, replace(view, metric=metric))


def _ground(view: View) -> str:
    """Draw the choice between a scene and a map, where the visitor's browser has both."""
    if is_flat():
        st.markdown(_GROUNDS["map"], width="content", help=_NO_SCENES)
        return view.ground
    return st.segmented_control(
        "Surface",
        list(_GROUNDS),
        default=view.ground,
        key=key("ground"),
        required=True,
        format_func=lambda name: _GROUNDS[name],
        label_visibility="collapsed",
    )


def plane(experiment: Experiment, view: View) -> str:
    """Draw the choice of the plane, where there is one."""
    options = planes(experiment.problem)
    if len(options) == 1:
        return view.plane
    return st.selectbox(
        "Plane",
        options,
        index=options.index(view.plane) if view.plane in options else 0,
        key=key("plane"),
        format_func=lambda choice: plane_name(experiment, choice),
        label_visibility="collapsed",
        width=190,
    )
