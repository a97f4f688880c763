"""Four runs on the Learning rate page: too small, right, too large and the visitor's own rate."""

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from gdplay import figures
from gdplay.engine.training import Trace
from gdplay.experiment import Experiment
from gdplay.figures.marks import colored
from gdplay.figures.theme import Theme
from gdplay.figures.three_rates import direction_view
from gdplay.optimizers import Optimizer
from gdplay.studies.three_rates import NAMES, ThreeRates, on_map, read, three_runs
from gdplay.theory.landscape import PRINCIPAL
from gdplay.ui import results
from gdplay.ui.parts import chart, legend, table
from gdplay.words import number

_HEIGHT = 280


def draw(
    experiment: Experiment, rule: Optimizer, opening: DeltaGenerator, theme: Theme
) -> ThreeRates:
    """Draw the runs on the map and along two directions; return what was read off them.

    What is seen is said in the place of the page's `opening`.
    """
    runs = three_runs(experiment, rule)
    traces = results.traces(runs)
    reading = read(runs, traces)
    opening.markdown(colored(reading.in_short, NAMES, theme))
    limit, rates = reading.facts.limit, [descent.rate for descent in reading.descents]
    legend(theme, NAMES, [f"{number(rate)} = {number(rate / limit)} × 2/L" for rate in rates])
    columns = st.columns(1 + max(len(reading.directions), 1), gap="small")
    with columns[0], st.container(key="picture"):
        _map(runs, traces, theme)
    for column, direction in zip(columns[1:], reading.directions, strict=False):
        with column:
            alt = f"Distance to the minimum along the {direction.name} direction against updates"
            chart(direction_view(direction, theme=theme), direction.name, _HEIGHT, alt)
    if not reading.directions:
        none = experiment.problem.minimum() is None
        why = experiment.problem.no_minimum if none else "Nothing bends at the minimum"
        columns[1].info(f"{why}, and so no distance to it is drawn: see the map.")
    return reading


def tell(reading: ThreeRates, theme: Theme) -> None:
    """Draw what is to be said of the runs, and their numbers."""
    with st.container(key="words-three"):
        st.markdown(reading.words)
    left, right = st.columns(2, gap="large")
    if reading.directions:
        with left:
            _factors(reading, theme)
    with right if reading.directions else left:
        _scales(reading)


def _map(experiment: Experiment, traces: Sequence[Trace], theme: Theme) -> None:
    """Draw the runs on the surface; those that climb for their first updates alone."""
    land = results.ground(experiment, tuple(traces), PRINCIPAL)
    figure = figures.contour(experiment, on_map(traces), land, theme=theme)
    title = figure.layout.title
    title.text, figure.layout.margin.t = "On the loss surface", 34
    chart(figure, "map", _HEIGHT, "The paths of the runs on a map of the loss")


def _factors(reading: ThreeRates, theme: Theme) -> None:
    """Draw the table of factors per update, along each direction."""
    st.markdown("## Left after one update: predicted, measured")
    names = [f"{way.name.capitalize()}, h = {number(way.bend)}" for way in reading.directions]
    rows = [
        (name, *(way.components[place].words for way in reading.directions))
        for place, name in enumerate(NAMES)
    ]
    table(["Run", *names], rows, theme)
    st.caption(reading.factor_words)


def _scales(reading: ThreeRates) -> None:
    """Draw the table of what the curvature would be, were the problem put otherwise."""
    st.markdown("## What sets the limit")
    rows = [
        (name, *map(number, (facts.L, facts.mu, facts.limit, facts.condition)))
        for name, facts in reading.scales
    ]
    table(("", "L", "μ", "2/L", "L/μ"), rows)
    st.caption(reading.scale_words)
