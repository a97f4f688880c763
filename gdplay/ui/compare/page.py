"""The Compare page: runs side by side on one surface, their curves, their fits, in words."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.elements.lib.mutable_popover_container import PopoverContainer

from gdplay import figures
from gdplay.engine import cost
from gdplay.engine.cost import work
from gdplay.engine.training import Trace
from gdplay.experiment import Experiment, labels
from gdplay.figures.theme import THEMES, Theme
from gdplay.link import MAX_RUNS
from gdplay.loss.fit import Fit
from gdplay.theory.landscape import PRINCIPAL, Landscape, planes
from gdplay.theory.measures import AXES, METRICS, final_params, metrics_for
from gdplay.ui import jobs, parts, problem_controls, results, state
from gdplay.ui.compare import menu, runs
from gdplay.ui.compare.pictures import Pictures, ends, pictures
from gdplay.ui.compare.view import View
from gdplay.ui.marks import params_table, runs_table
from gdplay.ui.one_update.view import UpdateView
from gdplay.ui.player import Moment, clicked, is_flat, looked_inside, player
from gdplay.ui.state import key
from gdplay.ui.widgets import drawer

PLAYER = "player"

_GROUNDS = {"3d": "3-D", "map": "Map"}
_NO_SCENES = "This browser offers no WebGL, which 3-D needs: the surface is drawn as a map."


def page() -> None:
    """Draw the page."""
    _look_inside()
    shown, theme = state.current(), THEMES.get(st.context.theme.type or "light", figures.LIGHT)
    words, share = _head()
    with st.sidebar:
        experiment = problem_controls.problem(shown.experiment)
    with st.container(key="runs", gap="small"):
        experiment = runs.runs(experiment, theme)
    view = _view_controls(experiment, shown.view)
    state.save(experiment, view)
    if is_flat():
        view = replace(view, ground="map")
    parts.share(share, "The address of this page is the experiment. Copy it there, or here:")
    why_not = cost.refusal(experiment)
    if why_not:
        st.warning(why_not)
        return
    traces = results.traces(experiment)
    land = results.ground(experiment, traces, view.plane)
    seconds = results.seconds(experiment) if view.along == "seconds" else None
    made = pictures(experiment, view, traces, land, theme, seconds)
    _player(experiment, view, traces, land, made)
    words.markdown(made.words)
    with st.container(key="below"):
        _below(experiment, traces, theme)


def _look_inside() -> None:
    """Open the update that the visitor asked to see, if any."""
    moment = looked_inside(PLAYER)
    if moment is not None:
        state.go("one_update", view=UpdateView(*moment), trip=True)


def _came_back() -> Moment | None:
    """Return, once, the update that the visitor comes back from looking at."""
    seen = state.seen()
    if not isinstance(seen, UpdateView) or seen.run is None:
        return None
    return Moment(seen.run, seen.update or 1)


def _head() -> tuple[DeltaGenerator, PopoverContainer]:
    """Draw the title and the menus; return the places for the words and for the address."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(
            "### Batch, mini-batch, stochastic: one start, one loss surface", width="stretch"
        )
        if len(state.current().experiment.runs) < MAX_RUNS:
            st.button(
                "Add run",
                icon=":material/add:",
                key=key("add"),
                on_click=runs.duplicate,
                args=(len(state.current().experiment.runs) - 1,),
                help="A copy of the last run: change one thing.",
            )
        menu.presets()
        share = drawer("Share", "share", ":material/link:")
    for text in state.notices():
        st.info(text)
    return st.container(key="words"), share


def _view_controls(experiment: Experiment, view: View) -> View:
    """Draw the switches of what is drawn against what."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="switches"):
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
            width=225,
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
        format_func=lambda choice: _plane_name(experiment, choice),
        label_visibility="collapsed",
        width=190,
    )


def _plane_name(experiment: Experiment, choice: str) -> str:
    if choice == PRINCIPAL:
        return "Principal directions"
    names = experiment.problem.param_names
    return " × ".join(names[int(i)] for i in choice.split(","))


def _player(
    experiment: Experiment,
    view: View,
    traces: Sequence[Trace],
    land: Landscape,
    made: Pictures,
) -> None:
    """Draw the surface, the curves and the fit in the player."""
    told = ", ".join(labels(experiment)[place] for place in view.shown(len(experiment.runs)))
    problem = experiment.problem
    source: Any = problem.dataset if isinstance(problem, Fit) else problem
    data = repr(source)
    player(
        made.panels,
        key=PLAYER,
        # Camera and zoom stay until what a panel is about changes.
        revisions={
            "surface": f"{source.key} {view.ground} {land.plane.names}",
            "curves": f"{data} {view.metric} {view.along} {view.log}",
            "fit": data,
        },
        labels={
            "surface": f"The training loss over {' and '.join(land.plane.names)}, with the paths "
            f"of {told}",
            "curves": f"{METRICS[view.metric].title} against {AXES[view.along].title} of {told}",
            "fit": f"The fits of {told} on the data",
        },
        on_start=lambda: problem_controls.start_here(clicked(PLAYER), land.plane),
        play=made.play,
        closer=partial(_close_ups, experiment, view, traces, land, made.play.play),
        position=_came_back(),
        inside=True,
    )  # fmt: skip
    if experiment.problem.n_params > 2:
        st.caption(
            f"The surface is a slice of a space of {experiment.problem.n_params} parameters. It "
            f"holds {land.plane.share:.1%} of the paths' variation; a path's height is its true "
            "loss, so it may float above the slice."
        )


def _close_ups(
    experiment: Experiment,
    view: View,
    traces: Sequence[Trace],
    land: Landscape,
    play: figures.Playback,
    windows: dict[int, int],
) -> list[figures.CloseUp]:
    """Return every state of some runs for a while, found once for all who hold the clock there."""
    # A browser may ask for anything.
    there = {track.place: track.windows for track in play.tracks}
    windows = {place: w for place, w in windows.items() if w in there.get(place, ())}
    if not windows:
        return []
    found = jobs.aside(
        repr((experiment, view, ends(traces), windows)),
        work(experiment).seconds,
        lambda progress: figures.close_ups(
            experiment, traces, land, play, windows, view.metric, progress=progress
        ),
        name="close-up",
    )
    return found or []


def _below(experiment: Experiment, traces: Sequence[Trace], theme: Theme) -> None:
    """Draw what stands below the fold: tables, and how it was computed."""
    st.markdown("#### The runs")
    runs_table(experiment, tuple(traces), theme)
    if experiment.problem.n_params <= 6:
        st.markdown("#### Final parameters")
        rows = [
            (place, name, [float(v) for v in final_params(trace)])
            for place, (name, trace) in enumerate(zip(labels(experiment), traces, strict=True))
        ]
        minimum = experiment.problem.minimum()
        if minimum is not None:
            closed = "Closed form" if experiment.problem.quadratic else "Minimum (Newton)"
            rows.append((-1, closed, [float(v) for v in minimum]))
        params_table(experiment.problem.param_names, rows, theme)
