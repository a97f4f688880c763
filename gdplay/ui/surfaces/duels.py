"""The fair race on a function: the rates that rules tried, and who beat whom."""

from dataclasses import replace

import streamlit as st

from gdplay.experiment import Experiment
from gdplay.figures.duels import arrivals_view, tries_view
from gdplay.figures.theme import Theme
from gdplay.studies.duels import Duels, in_budget, of_runs, seconds_of
from gdplay.theory.landscape import Landscape
from gdplay.ui import jobs, state
from gdplay.ui.compare.stage import Staged
from gdplay.ui.parts import chart, legend, table
from gdplay.ui.state import key
from gdplay.ui.surfaces.basins import box_of
from gdplay.ui.surfaces.view import TARGETS, SurfacesView


def controls(_experiment: Experiment, view: SurfacesView) -> SurfacesView:
    """Draw how low the target line is."""
    share = st.segmented_control(
        "Target line, as a share of the height of the starts over the lowest minimum",
        sorted({*TARGETS, view.target}, reverse=True),
        default=view.target,
        key=key("target"),
        required=True,
        format_func=lambda share: f"{100 * share:g} %",
    )
    return replace(view, target=share)


def draw(experiment: Experiment, view: SurfacesView, staged: Staged, theme: Theme) -> None:
    """Draw the tries and the arrivals, and say who beat whom."""
    if experiment.problem.minimum() is None:
        st.info(
            "This function has no minimum that is known, so there is no line to race to. "
            "Take another one."
        )
        return
    assert staged.land is not None  # a function stands on its ground
    reading = _reading(in_budget(experiment), view.target, staged.land)
    if reading is None or not reading.entrants:
        return
    places = [entrant.place for entrant in reading.entrants]
    legend(theme, [entrant.name for entrant in reading.entrants], places=places)
    left, right = st.columns(2, gap="medium")
    with left:
        alt = "Mean updates to the target line against the learning rate, of every rule"
        chart(tries_view(reading, theme=theme), "duels.tries", 320, alt)
    with right:
        alt = "Starts from which the target line was reached, against updates, of every rule"
        chart(arrivals_view(reading, theme=theme), "duels.arrivals", 320, alt)
    _words(reading, theme, places)
    if st.button("Race these rates above", icon=":material/landscape:", key=key("duels.race")):
        state.show(replace(experiment, runs=reading.runs), replace(view, hidden=0))
        st.rerun()


def _reading(experiment: Experiment, share: float, land: Landscape) -> Duels | None:
    """Return who beat whom, computed once for all who look at the same; None where stopped."""
    box = box_of(experiment, land)
    outcome = jobs.result(
        f"{experiment.problem!r} {experiment.runs!r} {experiment.epochs} {share} {box}",
        seconds_of(experiment),
        lambda progress: of_runs(experiment, box=box, share=share, progress=progress),
        name="duels",
        what="Racing from all starts at all rates",
        of=experiment,
    )
    return None if outcome is None else outcome.value


def _words(reading: Duels, theme: Theme, places: list[int]) -> None:
    """Say who beat whom, beside the table of all duels."""
    left, right = st.columns([7, 6], gap="medium")
    with left.container(key="words.duels"):
        st.markdown(reading.words)
        st.caption(
            "The best rate is the one with the fewest updates on average, a start from which the "
            "line is missed counting as all. Rings: best rates. Starts lie on a grid over the map. "
            "The table: from how many starts a row’s rule was sooner than a column’s, and later."
        )
    with right:
        names = [entrant.name for entrant in reading.entrants]
        table(["Sooner : later", *names], reading.rows, theme, places)
