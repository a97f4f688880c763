"""What Compare draws and says of an experiment, made once for all visitors who look at the same."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from gdplay import figures
from gdplay.engine.training import Trace
from gdplay.experiment import Experiment
from gdplay.figures.packing import Picture, Played, picture, played
from gdplay.figures.theme import Theme
from gdplay.loss.fit import Fit
from gdplay.teaching.narrate import narrate
from gdplay.theory.landscape import Landscape
from gdplay.ui import jobs
from gdplay.ui.compare.view import View


class Pictures(NamedTuple):
    """What is drawn and said.

    Attributes
    ----------
    panels : dict
        The player's pictures by panel.
    play : Played
    words : str
        What the runs did, in Markdown.
    """

    panels: dict[str, Picture]
    play: Played
    words: str


def pictures(
    experiment: Experiment,
    view: View,
    traces: Sequence[Trace],
    land: Landscape,
    theme: Theme,
    seconds: Sequence[float] | None,
) -> Pictures:
    """Return what to draw and say; `land` is that of the view's plane.

    `seconds` holds the measured seconds per update of each run where the view counts them.
    """
    seen = replace(view, together=True)  # a slider for all draws nothing else
    key = f"pictures: {experiment!r} {seen!r} {ends(traces)} {theme.name} {seconds}"
    return jobs.WORKERS.at_once(  # type: ignore[no-any-return]
        key, lambda _: _made(experiment, view, traces, land, theme, seconds), lambda *_: True
    )


def ends(traces: Sequence[Trace]) -> list[int]:
    """Return the last update recorded of each run: stopped training has others."""
    return [int(trace.path_updates[-1]) for trace in traces]


def _made(
    experiment: Experiment,
    view: View,
    traces: Sequence[Trace],
    land: Landscape,
    theme: Theme,
    seconds: Sequence[float] | None,
) -> Pictures:
    shown = view.shown(len(experiment.runs))
    looks: dict[str, Any] = {"theme": theme, "shown": shown}
    draw = figures.surface if view.ground == "3d" else figures.contour
    panels = {
        "surface": draw(experiment, traces, land, **looks),
        "curves": figures.convergence(
            experiment, traces, view.metric, view.along, log=view.log, seconds=seconds, **looks
        ),
    }
    if isinstance(experiment.problem, Fit):
        panels["fit"] = figures.fit_view(experiment, traces, focus=view.focus, **looks)
    play = figures.playback(
        experiment, traces, view.along, seconds=seconds, focus=view.focus, shown=shown, theme=theme,
        drawn=repr((experiment, ends(traces), view.plane, view.metric)),
    )  # fmt: skip
    travelling = {name: picture(figure) for name, figure in panels.items()}
    return Pictures(travelling, played(play), " ".join(narrate(experiment, traces)))
