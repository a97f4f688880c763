"""Asking what a visitor expects of the runs, and telling how it compares with them."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import streamlit as st

from gdplay.engine.training import Trace
from gdplay.experiment import Experiment, labels
from gdplay.figures.marks import line_source
from gdplay.figures.theme import Theme
from gdplay.teaching.predictions import Verdict, score
from gdplay.theory.measures import METRICS
from gdplay.ui import state
from gdplay.ui.compare.predicting import Question, prediction
from gdplay.ui.compare.view import View
from gdplay.ui.predict import guessed, predict
from gdplay.words import escaped

KEY = "predict"


def ask(question: Question, experiment: Experiment, theme: Theme) -> None:
    """Ask over the player; the answer goes into the view."""
    names = labels(experiment)
    runs = [(place, names[place], line_source(theme, place)) for place in question.places]
    best = "lowest" if METRICS[question.metric].falls else "highest"
    about = f"{question.prefix}{question.places}"
    predict(KEY, about, best, runs, partial(_answer, question.prefix))


def _answer(prefix: str) -> None:
    """Keep what was just said; what a browser says may be anything."""
    text, (now, view) = guessed(KEY), state.current()
    if text is None:
        return
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
    """Return how what was said compares with the runs shown; None where nothing was."""
    said = prediction(experiment, view)
    if said is None:
        return None
    shown = view.shown(len(experiment.runs))
    return score(said, experiment, traces, seconds=seconds, shown=shown)


def tell(verdict: Verdict) -> None:
    """Draw one sentence a run."""
    st.markdown("#### Your prediction")
    with st.container(key="verdict", gap="xsmall"):
        for sentence in (verdict.words, *verdict.sentences.values()):
            st.markdown(sentence)
    st.button("Predict again", key=state.key("again"), on_click=forget)
