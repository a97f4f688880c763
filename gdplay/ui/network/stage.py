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
from gdplay.ui import jobs, results
from gdplay.ui.compare.playing import PLAYER, came_back, close_ups
from gdplay.ui.compare.stage import Staged
from gdplay.ui.compare.switches import of_curves
from gdplay.ui.network.view import NetworkView
from gdplay.ui.player import player
from gdplay.ui.state import key

LOWEST = -1
"""In place of a run: the one that ends lowest."""


def switches(experiment: Experiment, view: NetworkView) -> NetworkView:
    """Draw the switches of whose network is shown, and of what the curves show."""
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="switches"):
        names, options = labels(experiment), range(LOWEST, len(experiment.runs))
        wish = st.selectbox(
            "Whose network is shown", options, key=key("focus"), width=190,
            index=0 if view.focus is None else view.focus + 1,
            format_func=lambda i: f"Network: {'the lowest' if i == LOWEST else names[i]}",
            label_visibility="collapsed",
        )  # fmt: skip
        view = replace(view, focus=None if wish == LOWEST else wish)
        return of_curves(experiment, view)


def stage(
    experiment: Experiment, view: NetworkView, theme: Theme, traces: Sequence[Trace]
) -> Staged:
    """Play the runs."""
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
