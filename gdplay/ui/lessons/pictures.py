"""The pictures of a lesson in the player: covered until the question is answered."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from gdplay.engine.training import Trace
from gdplay.experiment import Experiment, labels
from gdplay.figures.compare import Pictures
from gdplay.figures.lessons import covered, renamed
from gdplay.figures.theme import Theme
from gdplay.teaching.lessons.lesson import Lesson
from gdplay.theory.landscape import Landscape
from gdplay.ui import results
from gdplay.ui.compare.hand import hand
from gdplay.ui.compare.pictures import pictures
from gdplay.ui.compare.playing import close_ups
from gdplay.ui.compare.view import View
from gdplay.ui.lessons.view import LessonView, look
from gdplay.ui.player import Moment, is_flat, player

PLAYER = "lesson"
BEGIN = Moment(0, 0)


def draw(
    lesson: Lesson,
    experiment: Experiment,
    traces: tuple[Trace, ...],
    view: LessonView,
    theme: Theme,
    *,
    without: str = "",
) -> None:
    """Draw the ground and the start, and after an answer also the runs and what plays them.

    A panel called `without` is left out.
    """
    drawn = look(lesson, trying=view.trying)
    if is_flat():
        drawn = replace(drawn, ground="map")
    land = results.ground(experiment, traces, drawn.plane)
    names = lesson.run_names if len(experiment.runs) > 1 else labels(experiment)
    made = renamed(
        pictures(experiment, drawn, traces, land, theme, None), labels(experiment), names
    )
    asks = view.answer is None
    panels = covered(made.panels, names, theme) if asks else made.panels
    player(
        {name: panel for name, panel in panels.items() if name != without},
        key=PLAYER,
        revisions=dict.fromkeys(made.panels, lesson.key),
        labels={
            "surface": f"The ground of “{lesson.title}”, its height the training loss",
            "curves": "How high the runs stand in time",
            "fit": "The data, and what the runs make of them",
        },
        **({} if asks else _playing(experiment, traces, land, drawn, view, made)),
    )


def _playing(
    experiment: Experiment,
    traces: Sequence[Trace],
    land: Landscape,
    drawn: View,
    view: LessonView,
    made: Pictures,
) -> dict[str, Any]:
    """Return what the player needs to move the runs, from their start on while none is tried."""
    return {
        "play": made.play,
        "closer": partial(close_ups, experiment, drawn, traces, land, made.play.play),
        "position": None if view.trying else BEGIN,
        "hand": hand(experiment, drawn, traces, land) if view.trying else None,
    }
