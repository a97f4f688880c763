"""Basins: where a rule ends from every start, in a map and in words; a click starts there."""

from dataclasses import replace

import numpy as np
import streamlit as st

from gdplay.experiment import Experiment, labels
from gdplay.figures.basins import basins_map
from gdplay.figures.theme import Theme
from gdplay.figures.ways import paths
from gdplay.loss.surfaces import Box, Surface
from gdplay.studies.basins import NEAR, UPDATES, Basins, of_run
from gdplay.theory.landscape import Landscape
from gdplay.ui import jobs, state
from gdplay.ui.compare.stage import Staged
from gdplay.ui.parts import clicked
from gdplay.ui.state import key
from gdplay.ui.surfaces.view import SHADES, SurfacesView

LONGEST = 500
"""Speed: runs from every start are as long as the race, up to here."""


def controls(experiment: Experiment, view: SurfacesView) -> SurfacesView:
    """Draw whose basins are shown, and what colours them."""
    names = labels(experiment)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        place = st.selectbox(
            "Basins of", range(len(names)), min(view.basins, len(names) - 1), key=key("basins"),
            format_func=lambda place: names[place], label_visibility="collapsed", width=260,
        )  # fmt: skip
        shade = st.segmented_control(
            "Colours", list(SHADES), default=view.shade, key=key("shade"), required=True,
            format_func=lambda name: SHADES[name], label_visibility="collapsed",
        )  # fmt: skip
    return replace(view, basins=place, shade=shade)


def draw(experiment: Experiment, view: SurfacesView, staged: Staged, theme: Theme) -> None:
    """Draw the map of ends over starts, and say what it shows."""
    land, traces = staged.land, staged.traces
    assert land is not None  # a function stands on its ground
    reading = _reading(experiment, view, land)
    (way,) = paths(experiment, traces, land, [view.basins])
    left, right = st.columns([8, 5], gap="medium")
    with left:
        figure = basins_map(reading, land, experiment.start, way=way, shade=view.shade, theme=theme)
        spot = clicked(figure, "basins.map", 440, "Where the rule ends from each start")
    with right.container(key="words.basins"):
        st.markdown(reading.words)
        st.caption(
            "Each point of the map is a start; its colour tells how the run from there ended. A "
            f"minimum counts as reached within {100 * NEAR:g} % of the picture’s side. The line is "
            "this rule’s run in the race. Click a start: the race begins there, the line, too."
        )
    if spot is not None:
        start = (float(spot["x"]), float(spot["y"]))
        state.show(replace(experiment, start=start))
        st.rerun()


def _reading(experiment: Experiment, view: SurfacesView, land: Landscape) -> Basins:
    """Return where the chosen rule ends, computed once for all who look at the same."""
    surface, run = experiment.problem, experiment.runs[view.basins]
    assert isinstance(surface, Surface)
    rule, box, n_updates = run.optimizer, box_of(experiment, land), UPDATES
    if not rule.needs:  # of the others each update costs ten times as much
        n_updates = int(np.clip(experiment.epochs, UPDATES, LONGEST))
    return jobs.quick(
        f"basins: {surface!r} {run!r} {box} {n_updates}",
        lambda: of_run(surface, run, box=box, n_updates=n_updates),
        experiment,
    )


def box_of(experiment: Experiment, land: Landscape) -> Box:
    """Return where starts lie: the function's own box, or what its picture shows."""
    surface = experiment.problem
    assert isinstance(surface, Surface)
    x, y = ((float(ends[0]), float(ends[-1])) for ends in (land.x, land.y))
    return surface.box or (x, y)
