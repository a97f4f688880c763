"""The step on the loss, and the rows of its batch on the data."""

from dataclasses import replace

import streamlit as st

from gdplay.engine.replay import Step
from gdplay.engine.training import Trace
from gdplay.experiment import Experiment
from gdplay.figures.one_update import data_view, map_view
from gdplay.figures.theme import Theme
from gdplay.loss.fit import Fit
from gdplay.studies.one_update import Position, legend
from gdplay.theory.landscape import PRINCIPAL
from gdplay.theory.step_map import ghost, ground
from gdplay.ui import results, state
from gdplay.ui.one_update.view import UpdateView
from gdplay.ui.player import player
from gdplay.ui.state import key

PICTURES = "update"


def pictures(
    experiment: Experiment,
    traces: tuple[Trace, ...],
    step: Step,
    at: Position,
    view: UpdateView,
    theme: Theme,
) -> None:
    """Draw the map and the data side by side; the map alone where there are no rows."""
    problem = experiment.problem
    land = ground(problem, results.ground(experiment, traces, PRINCIPAL), step, view.near)
    own = ghost(problem, step, land)
    charts = {"surface": map_view(experiment, traces, land, step, at.run, own, theme=theme)}
    names = {"surface": "The step on the loss"}
    if isinstance(problem, Fit):
        charts["fit"] = data_view(experiment, step, at.run, theme=theme)
        names["fit"] = "The rows of the batch"
    # A close-up's place moves with the step: no zoom outlives it.
    place = f"{at} {view.near}" if view.near else repr(problem)
    with st.container(key="picture"):
        player(charts, key=PICTURES, revisions=dict.fromkeys(charts, place), labels=names)
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        name = key("near")
        st.toggle("Close-up", view.near, key=name, on_change=_zoom, args=(name,))
        st.caption(legend(experiment, step, land, own), width="stretch")


def _zoom(name: str) -> None:
    experiment, view = state.current()
    state.show(experiment, replace(view, near=st.session_state[name]))
