"""What stands on the stage of the Network page: runs trained, their pictures, what plays them."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import streamlit as st

from gdplay.engine.training import Trace
from gdplay.experiment import Experiment, labels
from gdplay.figures.compare import (
    Covered,
    Pictures,
    covered_networks,
    ends,
    network_pictures,
)
from gdplay.figures.theme import Theme
from gdplay.studies.sharpness import Sharpness
from gdplay.teaching.exercises import FREE, LOCKED
from gdplay.teaching.networks import network_words
from gdplay.ui import jobs, results
from gdplay.ui.compare.pictures import words
from gdplay.ui.compare.playing import PLAYER, came_back, close_ups
from gdplay.ui.compare.predicting import Question
from gdplay.ui.compare.stage import Staged, drawable, wait
from gdplay.ui.compare.stage import stage as on_surface
from gdplay.ui.compare.switches import curves_in_short, of_curves, plane
from gdplay.ui.network.view import LOSS, NETWORK, NetworkView
from gdplay.ui.player import player
from gdplay.ui.state import key

LOWEST = -1
"""In place of a run: the one that ends lowest."""

SURFACES = {"3d": "Loss surface, 3-D", "map": "Loss surface, map"}
"""What the large picture shows in place of a network."""


def switches(experiment: Experiment, view: NetworkView) -> NetworkView:
    """Draw the switches of what the large picture shows, and of what the curves show.

    A teacher may have locked or hidden them.
    """
    if view.state("looks") != FREE:
        if view.state("looks") == LOCKED:
            st.markdown(f":material/lock: {curves_in_short(experiment, view)}", width="content")
        return view
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
    experiment: Experiment,
    view: NetworkView,
    theme: Theme,
    traces: tuple[Trace, ...],
    asks: Question | None = None,
) -> Staged:
    """Play the runs over a network, or over the loss surface as Compare does.

    The page ends here where it `asks` first.
    """
    if view.large == LOSS:
        staged = on_surface(experiment, drawable(view), theme, traces, asks)
        about = network_words(experiment, staged.traces, view.shown(len(experiment.runs)))
        return staged._replace(words=" ".join([*about, staged.words]))
    seconds = results.seconds(experiment) if view.along == "seconds" else None
    if asks:
        _play(experiment, view, traces, _covered(asks, experiment, view, traces, theme, seconds))
        land = results.ground(experiment, traces, view.plane)  # for the sheet of paper
        wait(asks, experiment, view, theme, traces, land, seconds)
    view, bends = results.bends(experiment, traces, view)
    made = _pictures(experiment, view, traces, theme, seconds, bends)
    _play(experiment, view, traces, made)
    told = words(experiment, view, traces, seconds, bends, networks=True)
    return Staged(traces, None, told, seconds, bends)


def _pictures(
    experiment: Experiment,
    view: NetworkView,
    traces: Sequence[Trace],
    theme: Theme,
    seconds: Sequence[float] | None,
    bends: Sharpness | None,
) -> Pictures:
    """Return what to draw, made once for all who look at the same."""
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


def _covered(
    asks: Question,
    experiment: Experiment,
    view: NetworkView,
    traces: Sequence[Trace],
    theme: Theme,
    seconds: Sequence[float] | None,
) -> Covered:
    """Return what to draw while there is a question, made once for a class that opens the same."""
    return jobs.quick(
        f"covered networks: {experiment!r} {view!r} {ends(traces)} {theme.name} {seconds}",
        lambda: covered_networks(
            experiment, traces, metric=asks.metric, along=asks.along, log=view.log,
            log_x=view.spreads(experiment), shown=asks.places, seconds=seconds, theme=theme,
        ),
        experiment,
    )  # fmt: skip


def _play(
    experiment: Experiment, view: NetworkView, traces: Sequence[Trace], made: Pictures | Covered
) -> None:
    """Draw the network, the curves and the fit in the player."""
    data, metrics = repr(experiment.problem), view.metrics(experiment)
    told = ", ".join(labels(experiment)[place] for place in view.shown(len(experiment.runs)))
    closer = None
    if made.play is not None:
        closer = partial(close_ups, experiment, view, traces, None, made.play.play)
    player(
        made.panels,
        key=PLAYER,
        revisions={
            "surface": data,
            "curves": f"{data} {metrics} {view.along} {view.log} {view.spreads(experiment)}"
            f"{' covered' * (made.play is None)}",
            "fit": data,
        },
        labels={
            "surface": "The network: what each unit says, and the weights between them",
            "curves": f"The losses of {told or 'no run'}",
            "fit": f"What the networks of {told or 'no run'} make of the data",
        },
        play=made.play,
        closer=closer,
        position=came_back(),
        inside=made.play is not None,
    )
