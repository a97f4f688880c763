"""What stands on the stage of the Network page: runs trained, their pictures, what plays them."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import streamlit as st

from gdplay.engine.training import Trace
from gdplay.experiment import Experiment, labels
from gdplay.figures.compare import Pictures, ends, network_pictures
from gdplay.figures.theme import Theme
from gdplay.studies.sharpness import Sharpness
from gdplay.teaching.networks import network_words
from gdplay.ui import jobs, results
from gdplay.ui.compare.playing import PLAYER, came_back, close_ups
from gdplay.ui.compare.stage import Staged, drawable
from gdplay.ui.compare.stage import stage as on_surface
from gdplay.ui.compare.switches import of_curves, plane
from gdplay.ui.network.view import LOSS, NETWORK, NetworkView
from gdplay.ui.player import player
from gdplay.ui.state import key

LOWEST = -1
"""In place of a run: the one that ends lowest."""

SURFACES = {"3d": "Loss surface, 3-D", "map": "Loss surface, map"}
"""What the large picture shows in place of a network."""


def switches(experiment: Experiment, view: NetworkView) -> NetworkView:
    """Draw the switches of what the large picture shows, and of what the curves show."""
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="switches"):
        view = _large(experiment, view)
        if view.large == LOSS:
            view = replace(view, plane=plane(experiment, view))
        return of_curves(experiment, view)


def _large(experiment: Experiment, view: NetworkView) -> NetworkView:
    """Draw the choice of whose network is shown, or which loss surface instead."""
    names = {LOWEST: "the lowest", **dict(enumerate(labels(experiment)))}
    titles = {place: f"Network: {name}" for place, name in names.items()} | SURFACES
    focus = LOWEST if view.focus is None else view.focus
    wish = st.selectbox(
        "What the large picture shows", list(titles), key=key("focus"), width=190,
        index=list(titles).index(view.ground if view.large == LOSS else focus),
        format_func=titles.__getitem__, label_visibility="collapsed",
    )  # fmt: skip
    if isinstance(wish, str):
        return replace(view, large=LOSS, ground=wish)
    return replace(view, large=NETWORK, focus=None if wish == LOWEST else wish)


def stage(
    experiment: Experiment, view: NetworkView, theme: Theme, traces: tuple[Trace, ...]
) -> Staged:
    """Play the runs over a network, or over the loss surface as Compare does."""
    if view.large == LOSS:
        staged = on_surface(experiment, drawable(view), theme, traces)
        about = network_words(experiment, staged.traces, view.shown(len(experiment.runs)))
        return staged._replace(words=" ".join([*about, staged.words]))
    seconds = results.seconds(experiment) if view.along == "seconds" else None
    view, bends = results.bends(experiment, traces, view)
    made = _pictures(experiment, view, traces, theme, seconds, bends)
    _play(experiment, view, traces, made)
    return Staged(traces, None, made.words, seconds, bends)


def _pictures(
    experiment: Experiment,
    view: NetworkView,
    traces: Sequence[Trace],
    theme: Theme,
    seconds: Sequence[float] | None,
    bends: Sharpness | None,
) -> Pictures:
    """Return what to draw and say, made once for all who look at the same."""
    seen = replace(view, together=True, rated=0)  # whose the slider is draws nothing else
    return jobs.quick(
        f"networks: {experiment!r} {seen!r} {ends(traces)} {theme.name} {seconds}",
        lambda: network_pictures(
            experiment, traces, metrics=view.metrics(experiment), along=view.along, log=view.log,
            log_x=view.spreads(experiment), smooth=view.smooth, focus=view.focus,
            seconds=seconds, theme=theme, shown=view.shown(len(experiment.runs)),
            bends=bends,
        ),
        experiment,
    )  # fmt: skip


def _play(
    experiment: Experiment, view: NetworkView, traces: Sequence[Trace], made: Pictures
) -> None:
    """Draw the network, the curves and the fit in the player."""
    data, metrics = repr(experiment.problem), view.metrics(experiment)
    told = ", ".join(labels(experiment)[place] for place in view.shown(len(experiment.runs)))
    player(
        made.panels,
        key=PLAYER,
        revisions={
            "surface": data,
            "curves": f"{data} {metrics} {view.along} {view.log} {view.spreads(experiment)}",
            "fit": data,
        },
        labels={
            "surface": "The network: what each unit says, and the weights between them",
            "curves": f"The losses of {told or 'no run'}",
            "fit": f"What the networks of {told or 'no run'} make of the data",
        },
        play=made.play,
        closer=partial(close_ups, experiment, view, traces, None, made.play.play),
        position=came_back(),
        inside=True,
    )
