"""What stands on the stage of a page: runs trained, their pictures, and what plays them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple, NoReturn, TypeVar

import streamlit as st
from streamlit.elements.lib.mutable_popover_container import PopoverContainer

from gdplay.engine.training import Trace, by_start
from gdplay.experiment import Experiment
from gdplay.export.handout import handout
from gdplay.figures.theme import Theme
from gdplay.home import is_here_alone
from gdplay.studies.sharpness import Sharpness
from gdplay.teaching.lead import title_of
from gdplay.teaching.predictions import CHOOSE
from gdplay.teaching.predictions import question as question_words
from gdplay.theory.landscape import Landscape
from gdplay.ui import results, share, state
from gdplay.ui.compare.asking import ask
from gdplay.ui.compare.pictures import covered, pictures, words
from gdplay.ui.compare.playing import play
from gdplay.ui.compare.predicting import Question
from gdplay.ui.compare.view import View
from gdplay.ui.player import is_flat

V = TypeVar("V", bound=View)


class Staged(NamedTuple):
    """What was trained and said, for what stands below the stage.

    Attributes
    ----------
    traces : sequence of Trace
        From the first start.
    land : Landscape or None
        What their paths are drawn on, if they are.
    words : str
        What the runs did, in Markdown.
    seconds : sequence of float or None
        The measured seconds per update of each run, where the view counts them.
    bends : Sharpness or None
        The sharpness along their paths, where that is drawn.
    """

    traces: Sequence[Trace]
    land: Landscape | None
    words: str
    seconds: Sequence[float] | None
    bends: Sharpness | None = None


def drawable(view: V) -> V:
    """Return the view as this visitor's browser can draw it."""
    return replace(view, ground="map") if is_flat() else view


def trained(
    experiment: Experiment, takeaway: PopoverContainer, about: str, *, prints: bool = False
) -> tuple[Trace, ...]:
    """Return the runs' traces; fill the menu that takes them away, where `about` stands.

    The menu offers a handout where the page `prints` one.

    The page ends here where they are too much for this server.
    """
    if results.refused(experiment):
        share.fill(takeaway, about, experiment)
        st.stop()
    traces = results.traces(experiment)
    share.fill(takeaway, about, experiment, traces, prints=prints)
    return traces


def stage(
    experiment: Experiment,
    view: View,
    theme: Theme,
    traces: tuple[Trace, ...],
    asks: Question | None = None,
) -> Staged:
    """Play the runs, from every start. The page ends here where it `asks` first."""
    land = results.ground(experiment, traces, view.plane)
    seconds = results.seconds(experiment) if view.along == "seconds" else None
    alone, first = by_start(experiment, traces)[0]
    if asks:
        play(alone, view, first, land, covered(asks, alone, view, first, land, theme, seconds))
        wait(asks, alone, view, theme, first, land, seconds)
    view, bends = results.bends(alone, first, view)
    made = pictures(experiment, view, traces, land, theme, seconds, bends)
    play(alone, view, first, land, made)
    told = words(experiment, view, traces, seconds, bends)
    return Staged(first, land, told, seconds, bends)


def wait(
    asks: Question,
    experiment: Experiment,
    view: View,
    theme: Theme,
    traces: Sequence[Trace],
    land: Landscape,
    seconds: Sequence[float] | None,
) -> NoReturn:
    """Ask over what is covered, with the sheet of paper; the page ends here until it is said."""
    if asks.kind != CHOOSE:
        ask(asks, experiment, traces, theme, seconds)
    _print(asks, experiment, view, land)
    st.stop()


def _print(asks: Question, experiment: Experiment, view: View, land: Landscape) -> None:
    """Draw the sheet that is seen where the page is printed."""
    title, question, choices = title_of(experiment), "", tuple[str, ...]()
    if view.posed is not None:
        title, question = view.posed.title or title, f"{view.posed.question} "
        choices = view.posed.choices
    if asks.kind != CHOOSE:
        words = question_words(experiment, asks.kind, asks.places, asks.metric, asks.along)
        question += words.replace("**", "")
    sheet = handout(
        experiment, land, title, question, choices,
        places=asks.places, metric=asks.metric, along=view.along,
        address="" if is_here_alone(state.link()) else state.link(),
    )  # fmt: skip
    st.html(sheet)
