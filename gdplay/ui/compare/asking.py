"""Asking what a visitor expects of the runs, and telling how it compares with them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from gdplay.engine.training import Trace
from gdplay.experiment import Experiment, labels
from gdplay.figures.marks import colored, line_source
from gdplay.figures.theme import Theme
from gdplay.teaching import exercises
from gdplay.teaching.predictions import CHOOSE, Choice, score
from gdplay.teaching.standing import begin_of, end_of
from gdplay.teaching.verdicts import Verdict
from gdplay.theory.measures import AXES, METRICS, reference
from gdplay.ui import state
from gdplay.ui.compare.predicting import Question, answer
from gdplay.ui.compare.view import View
from gdplay.ui.predict import Asked, guessed, predict
from gdplay.words import escaped

KEY = "predict"


def ask(
    question: Question,
    experiment: Experiment,
    traces: Sequence[Trace],
    theme: Theme,
    seconds: Sequence[float] | None,
    *,
    on_guess: Callable[[], None] | None = None,
    **looks: Any,
) -> None:
    """Ask over the player; the answer goes into the view where nothing else is done with it.

    `looks` are those of `predict`.
    """
    names, metric = labels(experiment), METRICS[question.metric]
    predict(
        KEY,
        question.kind,
        f"{question.prefix}{question.places}",
        [
            Asked(
                place, names[place], theme.run_color(place), line_source(theme, place),
                end_of(experiment, place, question.along, seconds),
            )
            for place in question.places
        ],
        best="lowest" if metric.falls else "highest",
        start=begin_of(experiment, metric, reference(experiment, traces)),
        unit=AXES[question.along].title,
        on_guess=on_guess or partial(_predicted, question.prefix),
        **looks,
    )  # fmt: skip


def _predicted(prefix: str) -> None:
    """Keep what was just said over the player."""
    text = guessed(KEY)
    if text is not None:
        say(prefix, text)


def choose(prefix: str, place: int) -> None:
    """Answer a question by one of its choices."""
    say(prefix, str(place))


def say(prefix: str, text: str) -> None:
    """Keep an answer; what a browser says may be anything."""
    now, view = state.current()
    try:
        state.show(now, replace(view, guess=f"{prefix}{text}"))
    except ValueError as error:
        state.notice(f"That is no prediction: {escaped(str(error))}.")


def forget() -> None:
    """Ask again."""
    now, view = state.current()
    state.show(now, replace(view, guess=None))


def verdict(
    experiment: Experiment, view: View, traces: Sequence[Trace], seconds: Sequence[float] | None
) -> Verdict | None:
    """Return how what was said compares with what is true; None where nothing was."""
    said = answer(experiment, view)
    if said is None:
        return None
    if isinstance(said, Choice):
        assert view.posed is not None
        return exercises.verdict(view.posed, said)
    shown = view.shown(len(experiment.runs))
    return score(said, experiment, traces, seconds=seconds, shown=shown)


def tell(
    words: DeltaGenerator,
    experiment: Experiment,
    view: View,
    traces: Sequence[Trace],
    seconds: Sequence[float] | None,
    theme: Theme,
) -> None:
    """Say how an answer compares, if one was given, in the place of the words and here.

    Here stands one sentence a run, and the way to ask again.
    """
    said = verdict(experiment, view, traces, seconds)
    if said is None:
        return
    words.markdown(colored(said.words, labels(experiment), theme))
    st.markdown("## Your answer" if view.asks == CHOOSE else "## Your prediction")
    with st.container(key="verdict", gap="xsmall"):
        for sentence in (said.words, *said.sentences.values()):
            st.markdown(colored(sentence, labels(experiment), theme))
    st.button(
        "Answer again" if view.asks == CHOOSE else "Predict again",
        key=state.key("again"),
        on_click=forget,
    )
