"""The switches of Compare: what is drawn, on which plane, against what."""

from dataclasses import replace

import streamlit as st

from gdplay.experiment import Experiment
from gdplay.teaching.summary import plane_name
from gdplay.theory.landscape import planes
from gdplay.theory.measures import AXES, METRICS, metrics_for
from gdplay.ui.compare.view import View
from gdplay.ui.player import is_flat
from gdplay.ui.state import key

_GROUNDS = {"3d": "3-D", "map": "Map"}
_NO_SCENES = "This browser offers no WebGL, which 3-D needs: the surface is drawn as a map."


def switches(experiment: Experiment, view: View) -> View:
    """Draw the switches of what is drawn against what."""
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="switches"):
        ground = _ground(view)
        plane = _plane(experiment, view)
        metrics = metrics_for(experiment.problem)
        metric = st.selectbox(
            "Value",
            metrics,
            index=metrics.index(view.metric) if view.metric in metrics else 0,
            key=key("metric"),
            format_func=lambda name: METRICS[name].title,
            label_visibility="collapsed",
            width=205,
        )
        along = st.segmented_control(
            "Per",
            list(AXES),
            default=view.along,
            key=key("along"),
            required=True,
            label_visibility="collapsed",
        )
        log = st.toggle("Log", view.log, key=key("log"))
    return replace(view, ground=ground, plane=plane, metric=metric, along=along, log=log)


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


def _plane(experiment: Experiment, view: View) -> str:
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
