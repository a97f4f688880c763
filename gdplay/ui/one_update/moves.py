"""Ways to the update that is shown: the runs, the buttons, the number, the tiles of an epoch."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.elements.lib.mutable_popover_container import PopoverContainer

from gdplay.engine.replay import Step
from gdplay.engine.training import Trace
from gdplay.experiment import Experiment, labels
from gdplay.figures.marks import line_source
from gdplay.figures.theme import Theme
from gdplay.studies.one_update import Position, last_update, where
from gdplay.ui import share, state, steps, tiles
from gdplay.ui.parts import title
from gdplay.ui.state import key
from gdplay.words import escaped

TILES = "tiles"
STEPS = "steps"
SHORT = 70
"""Runs with names of so many letters, marks included, fit beside the title."""


class Head(NamedTuple):
    """The places for notices and for the runs, and the menu that takes the page away."""

    notices: DeltaGenerator
    beside: DeltaGenerator
    takeaway: PopoverContainer


def head(experiment: Experiment) -> Head:
    """Draw the title, the way back and the menu."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="head"):
        title("One update, number by number", width="stretch")
        beside = sum(len(name) + 8 for name in labels(experiment)) <= SHORT
        at_side = st.container(width="content", key="beside") if beside else None
        back = state.played()
        if st.button(f"Back to {back.title()}", icon=":material/arrow_back:", key="back"):
            state.go(back)
        takeaway = share.menu()
    place = st.container()
    for text in state.notices():
        place.info(text)
    return Head(place, at_side or st.container(), takeaway)


def go_to(run: int, update: int) -> None:
    """Show another update."""
    experiment, view = state.current()
    state.show(experiment, replace(view, run=run, update=update))


def _move(by: int, at: Position) -> None:
    """Go so many updates on from the one asked for last, which may not be drawn yet."""
    update = state.current().view.update or at.update
    go_to(at.run, max(1, min(update + by, at.last)))


def runs(experiment: Experiment, traces: Sequence[Trace], at: Position, theme: Theme) -> None:
    """Draw the choice of the run."""
    names = labels(experiment)
    if len(names) == 1:
        return

    name = key("run")

    def choose() -> None:
        run = st.session_state[name]
        go_to(run, max(1, min(at.update, last_update(experiment, run, traces[run])[0])))

    st.segmented_control(
        "Run",
        range(len(names)),
        default=at.run,
        key=name,
        required=True,
        format_func=lambda place: f"![]({line_source(theme, place)}) {escaped(names[place])}",
        on_change=choose,
        label_visibility="collapsed",
    )


def controls(experiment: Experiment, at: Position, step: Step, theme: Theme) -> None:
    """Draw the ways to other updates, and the epoch as tiles."""
    run, n = experiment.runs[at.run], experiment.problem.n_samples
    per = step.n_batches
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="moves"):
        ways = _moves(at, per)
        st.markdown(where(experiment, at, step))
    if n > 1:
        epoch = tiles.strip(n, run.rows(n), per, step.batch)
        tiles.tiles(epoch, theme.run_color(at.run), TILES, partial(_pick, at, step))
    steps.steps(STEPS, at.run, at.update, at.last, ways, partial(_go, at))


def _moves(at: Position, per: int) -> dict[str, steps.Way]:
    """Draw the buttons around the update's number; return how far each of them leads."""
    moves = (
        ("Epoch", "first_page", -per, "Shift+Left", "One epoch back"),
        ("Update", "chevron_left", -1, "Left", "One update back"),
        ("Update", "chevron_right", 1, "Right", "One update on"),
        ("Epoch", "last_page", per, "Shift+Right", "One epoch on"),
    )
    ways = {}
    for name, icon, by, shortcut, about in moves if per > 1 else moves[1:3]:
        if by == 1:
            _field(at)
        button = f"{name.lower()}_{'on' if by > 0 else 'back'}"
        ways[button] = steps.Way(by, shortcut)
        st.button(
            name,
            key=button,
            icon=f":material/{icon}:",
            icon_position="left" if by < 0 else "right",
            on_click=_move,
            args=(by, at),
            disabled=not 1 <= at.update + by <= at.last,
            shortcut=shortcut,
            help=about,
        )
    return ways


def _go(at: Position) -> None:
    """Go where the presses lead that were made since the page was drawn."""
    going = steps.going(STEPS)
    if going is not None and going.run == at.run:
        go_to(at.run, min(going.update, at.last))


def _field(at: Position) -> None:
    name = key("update")  # as drawn: another callback of the same visit may restart controls
    st.number_input(
        "Update",
        1,
        at.last,
        at.update,
        key=name,
        on_change=lambda: go_to(at.run, st.session_state[name]),
        label_visibility="collapsed",
        width=150,
    )


def _pick(at: Position, step: Step) -> None:
    """Go to the batch whose tile was clicked."""
    batch = tiles.picked(TILES)
    if batch is not None:
        go_to(at.run, max(1, min(at.update + batch - step.batch, at.last)))
