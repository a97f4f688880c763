"""The Compare page: runs side by side on one surface, their curves, their fits, in words."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from gdplay import figures
from gdplay.experiment import Experiment, labels
from gdplay.figures.theme import THEMES, Theme
from gdplay.fit import Fit
from gdplay.landscape import PRINCIPAL, Landscape, planes
from gdplay.link import MAX_RUNS
from gdplay.measures import AXES, METRICS, final_params, metrics_for
from gdplay.narrate import narrate
from gdplay.training import Trace
from gdplay.ui import controls, state
from gdplay.ui.marks import params_table, runs_table
from gdplay.ui.player import player
from gdplay.ui.state import key
from gdplay.ui.view import View

PLAYER = "player"

_GROUNDS = {"3d": "3-D", "map": "Map"}


def page() -> None:
    """Draw the page."""
    shown, theme = state.current(), THEMES.get(st.context.theme.type or "light", figures.LIGHT)
    words = _head()
    with st.sidebar:
        experiment = controls.problem(shown.experiment)
    with st.container(key="runs", gap="small"):
        experiment = controls.runs(experiment, theme)
    view = _view_controls(experiment, shown.view)
    state.save(experiment, view)
    why_not = state.refusal(experiment)
    if why_not:
        st.warning(why_not)
        return
    traces = state.traces(experiment)
    land = state.ground(experiment, traces, view.plane)
    _pictures(experiment, view, traces, land, theme)
    words.markdown(" ".join(narrate(experiment, traces)))
    with st.container(key="below"):
        _below(experiment, traces, theme)


def _head() -> st.delta_generator.DeltaGenerator:
    """Draw the title, the menus and what is to be said; return the place for the words."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown("### Batch, mini-batch, stochastic: one start, one loss surface", width="stretch")
        controls.presets()
        _share()
    for text in state.notices():
        st.info(text)
    return st.container(key="words").empty()


def _share() -> None:
    with st.popover("Share", icon=":material/link:"):
        st.caption("The address of this page is the experiment. Copy it, or this:")
        st.code(_address(state.current().experiment, state.current().view), language=None)


def _address(experiment: Experiment, view: View) -> str:
    from urllib.parse import urlencode

    from gdplay import link
    from gdplay.ui.view import encode

    base = (st.context.url or "").split("?")[0]
    return f"{base}?{urlencode(link.encode(experiment) | encode(view), doseq=True)}"


def _view_controls(experiment: Experiment, view: View) -> View:
    """Draw the switches of what is drawn against what."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="switches"):
        ground = st.segmented_control(
            "Surface",
            list(_GROUNDS),
            default=view.ground,
            key=key("ground"),
            required=True,
            format_func=lambda name: _GROUNDS[name],
            label_visibility="collapsed",
        )
        plane = _plane(experiment, view)
        metrics = metrics_for(experiment.problem)
        metric = st.selectbox(
            "Value",
            metrics,
            index=metrics.index(view.metric) if view.metric in metrics else 0,
            key=key("metric"),
            format_func=lambda name: METRICS[name].title,
            label_visibility="collapsed",
            width=235,
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
        if len(experiment.runs) < MAX_RUNS:
            st.button(
                "Add run",
                icon=":material/add:",
                key=key("add"),
                on_click=controls.duplicate,
                args=(len(experiment.runs) - 1,),
                help="A copy of the last run: change one thing.",
            )
    return replace(view, ground=ground, plane=plane, metric=metric, along=along, log=log)


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
        width=200,
    )


def _plane_name(experiment: Experiment, choice: str) -> str:
    if choice == PRINCIPAL:
        return "Principal directions"
    names = experiment.problem.param_names
    return " × ".join(names[int(i)] for i in choice.split(","))


def _pictures(
    experiment: Experiment,
    view: View,
    traces: Sequence[Trace],
    land: Landscape,
    theme: Theme,
) -> None:
    """Draw the surface, the curves and the fit in the player."""
    shown = view.shown(len(experiment.runs))
    draw = figures.surface if view.ground == "3d" else figures.contour
    panels = {
        "surface": draw(experiment, traces, land, theme=theme, shown=shown),
        "curves": figures.convergence(
            experiment, traces, view.metric, view.along, log=view.log, shown=shown, theme=theme,
            seconds=state.seconds(experiment) if view.along == "seconds" else None,
        ),
    }  # fmt: skip
    if isinstance(experiment.problem, Fit):
        panels["fit"] = figures.fit_view(
            experiment, traces, focus=view.focus, shown=shown, theme=theme
        )
    told = ", ".join(labels(experiment)[place] for place in shown)
    player(
        panels,
        key=PLAYER,
        revision=f"{view.ground} {view.plane} {view.metric} {view.along} {view.log} {land.x[0]!r} "
        f"{land.x[-1]!r} {type(experiment.problem)} {theme.name}",
        labels={
            "surface": f"The training loss over {' and '.join(land.plane.names)}, with the paths "
            f"of {told}",
            "curves": f"{METRICS[view.metric].title} against {AXES[view.along].title} of {told}",
            "fit": f"The fits of {told} on the data",
        },
        on_start=lambda: controls.start_here(
            PLAYER, lambda x, y: tuple(float(v) for v in land.plane.params([x, y]))
        ),
    )
    if experiment.problem.n_params > 2:
        st.caption(
            f"The surface is a slice of a space of {experiment.problem.n_params} parameters. It "
            f"holds {land.plane.share:.1%} of the paths' variation; a path's height is its true "
            "loss, so it may float above the slice."
        )


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
