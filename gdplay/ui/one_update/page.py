"""The One update page: a batch's rows, their gradients, the rule and the step, all in numbers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from gdplay import figures
from gdplay.engine import cost
from gdplay.engine.replay import Step, replay
from gdplay.engine.training import Status, Trace
from gdplay.experiment import Experiment, Run, labels
from gdplay.figures.one_update import Ghost, arrows, data_view, ghost, map_view
from gdplay.figures.theme import THEMES, Theme
from gdplay.knobs import Knobs, knob
from gdplay.link import MAX_RUNS
from gdplay.loss.fit import Fit
from gdplay.studies.one_update import verdict
from gdplay.theory.landscape import PRINCIPAL, Landscape, landscape
from gdplay.ui import results, state, steps, tiles
from gdplay.ui.marks import line_mark
from gdplay.ui.one_update.numbers import sums
from gdplay.ui.player import player
from gdplay.ui.state import key
from gdplay.words import escaped, number, quantity

TILES = "tiles"
STEPS = "steps"
PICTURES = "update"
SHORT = 70
"""Runs with names of so many letters, marks included, fit beside the title."""

_CSS = (Path(__file__).parent / "one_update.css").read_text(encoding="utf-8")


@dataclass(frozen=True)
class UpdateView(Knobs):
    """Which update the page shows, and how near.

    Attributes
    ----------
    run : the run's place; None is the first with mini-batches
    update : counts from 1; None is the first
    near : whether the map is a close-up of the step
    """

    run: int | None = knob(None, 0, MAX_RUNS - 1, kind=int)
    update: int | None = knob(None, 1, 10**9, kind=int)
    near: bool = knob(False)


class Position(NamedTuple):
    """An update that there is: the run's place, the update, and the run's last one."""

    run: int
    update: int
    last: int


def page() -> None:
    """Draw the page."""
    experiment, view = state.current()
    theme = THEMES.get(st.context.theme.type or "light", figures.LIGHT)
    st.html(f"<style>{_CSS}</style>")
    notices, runs = _head(experiment)
    why_not = cost.refusal(experiment)
    if why_not:
        st.warning(why_not)
        return
    traces = results.traces(experiment)
    at, said = position(experiment, traces, view)
    for text in said:
        notices.info(text)
    if said:
        view = replace(view, run=at.run, update=max(at.update, 1))
    state.save(experiment, view)
    with runs:
        _runs(experiment, traces, at, theme)
    if not at.last:
        st.info("This run was stopped before its first update.")
        return
    step = _replayed(experiment, at)
    if step is None:
        return
    _controls(experiment, at, step, theme)
    trace, shown = traces[at.run], verdict(step, experiment.problem.n_samples)
    if at.update == at.last and trace.status[0] is not Status.EXHAUSTED and not said:
        shown += f" The run {last_update(trace)[1]}."
    with st.container(key="verdict"):
        st.markdown(shown)
    _pictures(experiment, traces, step, at, view, theme)
    with st.container(key="arithmetic"):
        run = experiment.runs[at.run]
        sums(experiment.problem, run, step, step.n_batches * experiment.epochs_of(run))


def position(
    experiment: Experiment, traces: Sequence[Trace], view: UpdateView
) -> tuple[Position, list[str]]:
    """Return the update to show, and what to say where the view asks for one that there is not."""
    said = []
    run = _first_look(experiment) if view.run is None else view.run
    if run >= len(traces):
        said.append(f"There is no run {run + 1}: here is the last of {len(traces)}.")
        run = len(traces) - 1
    last, why = last_update(traces[run])
    update = view.update or 1
    if update > last > 0:
        said.append(f"There is no update {quantity(update)}: this run {why}.")
    return Position(run, min(update, last), last), said


def _first_look(experiment: Experiment) -> int:
    """Return the run that shows most: the first with mini-batches, else with single rows."""
    variants = [run.variant(experiment.problem.n_samples) for run in experiment.runs]
    for kind in ("mini-batch", "stochastic"):
        if kind in variants:
            return variants.index(kind)
    return 0


def last_update(trace: Trace) -> tuple[int, str]:
    """Return the last update that a run made in its first order of the rows, and how it ended."""
    if trace.status[0] is Status.DIVERGED:
        at = trace.diverged_at[0]
        return at, f"diverged at update {quantity(at)}"
    last = int(trace.path_updates[-1])
    if trace.status[0] is Status.EXHAUSTED:
        return last, f"makes {quantity(last)}"
    why = "its gradient was small" if trace.status[0] is Status.CONVERGED else "you stopped it"
    return last, f"ended after {quantity(last)}, because {why}"


def _replayed(experiment: Experiment, at: Position) -> Step | None:
    """Return the update, or say why there is none.

    Made again alone, a chaotic run may end at another update than it did in company.
    """
    try:
        with st.spinner("Making the run again up to this update …", show_time=True):
            return replay(experiment, at.run, at.update)
    except ValueError as error:
        st.warning(escaped(str(error)))
        return None


# Where one is, and where one can go


def _head(experiment: Experiment) -> tuple[DeltaGenerator, DeltaGenerator]:
    """Draw the title and the way back; return the places for notices and for the runs."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown("### One update, number by number", width="stretch")
        beside = sum(len(name) + 8 for name in labels(experiment)) <= SHORT
        runs = st.container(width="content") if beside else None
        if st.button("Back to Compare", icon=":material/arrow_back:", key="back"):
            state.go("compare")
    place = st.container()
    for text in state.notices():
        place.info(text)
    return place, runs or st.container()


def go_to(run: int, update: int) -> None:
    """Show another update."""
    experiment, view = state.current()
    state.show(experiment, replace(view, run=run, update=update))


def _move(by: int, at: Position) -> None:
    """Go so many updates on from the one asked for last, which may not be drawn yet."""
    update = state.current().view.update or at.update
    go_to(at.run, max(1, min(update + by, at.last)))


def _runs(experiment: Experiment, traces: Sequence[Trace], at: Position, theme: Theme) -> None:
    """Draw the choice of the run."""
    names = labels(experiment)
    if len(names) == 1:
        return

    name = key("run")

    def choose() -> None:
        run = st.session_state[name]
        go_to(run, max(1, min(at.update, last_update(traces[run])[0])))

    st.segmented_control(
        "Run",
        range(len(names)),
        default=at.run,
        key=name,
        required=True,
        format_func=lambda place: f"{_mark(theme, place)} {escaped(names[place])}",
        on_change=choose,
        label_visibility="collapsed",
    )


def _mark(theme: Theme, place: int) -> str:
    """Return a run's line and marker as an image in Markdown."""
    source = line_mark(theme, place).split('src="')[1].split('"')[0]
    return f"![]({source})"


def _controls(experiment: Experiment, at: Position, step: Step, theme: Theme) -> None:
    """Draw the ways to other updates, and the epoch as tiles."""
    run, n = experiment.runs[at.run], experiment.problem.n_samples
    per = step.n_batches
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="moves"):
        ways = _moves(at, per)
        st.markdown(where(run, step, n, experiment.epochs_of(run), at.last))
    if n > 1:
        shown = tiles.strip(n, run.rows(n), per, step.batch)
        tiles.tiles(shown, theme.run_color(at.run), TILES, partial(_pick, at, step))
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


def where(run: Run, step: Step, n: int, epochs: int, last: int) -> str:
    """Return in words where an update stands, behind its number."""
    if n == 1:
        return f"of {quantity(last)}"
    rows = len(step.rows)
    what = (
        f"**all {quantity(n)} rows**"
        if rows == n
        else f"**{quantity(rows)} of {quantity(n)} rows**"
    )
    parts = [f"of {quantity(last)}", f"epoch **{quantity(step.epoch)}** of {quantity(epochs)}"]
    if step.n_batches > 1:
        parts.append(f"batch **{quantity(step.batch)}** of {quantity(step.n_batches)}")
    short = "the short last batch, " if rows < run.rows(n) else ""
    how = "" if rows == n or run.sampling == "reshuffle" else f", {run.sampling}"
    return " · ".join([*parts, short + what + how.replace("shuffle ", "shuffled ")])


# Pictures


def _pictures(
    experiment: Experiment,
    traces: tuple[Trace, ...],
    step: Step,
    at: Position,
    view: UpdateView,
    theme: Theme,
) -> None:
    """Draw the map and the data side by side; the map alone where there are no rows."""
    land = ground(experiment, traces, step, view.near)
    own = ghost(experiment.problem, step, land)
    drawn = {"surface": map_view(experiment, traces, land, step, at.run, own, theme=theme)}
    told = {"surface": "The step on the loss"}
    if isinstance(experiment.problem, Fit):
        drawn["fit"] = data_view(experiment, step, at.run, theme=theme)
        told["fit"] = "The rows of the batch"
    # A close-up's place moves with the step: no zoom outlives it.
    shown = f"{at} {view.near}" if view.near else repr(experiment.problem)
    with st.container(key="pictures"):
        player(drawn, key=PICTURES, revisions=dict.fromkeys(drawn, shown), labels=told)
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        name = key("near")
        st.toggle("Close-up", view.near, key=name, on_change=_zoom, args=(name,))
        st.caption(legend(experiment, step, land, own), width="stretch")


def _zoom(name: str) -> None:
    experiment, view = state.current()
    state.show(experiment, replace(view, near=st.session_state[name]))


@np.errstate(all="ignore")  # a diverging run overflows
def ground(experiment: Experiment, traces: tuple[Trace, ...], step: Step, near: bool) -> Landscape:
    """Return the loss to draw: as on Compare, wider where the step lies outside, or a close-up."""
    whole = results.ground(experiment, traces, PRINCIPAL)
    ends = whole.plane.coordinates(np.stack([step.params, step.new_params]))
    if not np.isfinite(ends).all():
        return whole
    low, high = np.array([[side[i] for side in (whole.x, whole.y)] for i in (0, -1)])
    size = high - low
    if near:
        reach = max(1.5 * float(np.abs((ends[1] - ends[0]) / size).max()), 1e-6)
        box = ends.mean(axis=0) - reach * size, ends.mean(axis=0) + reach * size
    elif np.all((low <= ends) & (ends <= high)):
        return whole
    else:
        room = 0.06 * (np.maximum(high, ends.max(axis=0)) - np.minimum(low, ends.min(axis=0)))
        box = np.minimum(low, ends.min(axis=0) - room), np.maximum(high, ends.max(axis=0) + room)
    return landscape(experiment.problem, whole.plane, box, 48)


@np.errstate(all="ignore")
def legend(experiment: Experiment, step: Step, land: Landscape, own: Ghost | None) -> str:
    """Return what the map's arrows and lines are."""
    if not np.isfinite(step.new_params).all():
        return "The step overflowed: of it, nothing can be drawn."
    drawn = arrows(step, land)
    if own is None:
        said = [f"Arrow: the negative gradient times {number(drawn.scale)}."]
    else:
        said = [f"Arrows: both negative gradients times {number(drawn.scale)}."]
        if own.minimum is not None:
            said.append("Open star: the minimum of this batch’s loss.")
    said.append(f"Thick: the step, {number(float(np.linalg.norm(step.step)))} long.")
    said.append("Each axis has a scale of its own: right angles need not look right.")
    if experiment.problem.n_params > 2:
        said.append(
            f"A slice of {experiment.problem.n_params} parameters: it holds {land.plane.share:.1%} "
            "of the paths’ variation."
        )
    return escaped(" ".join(said))
