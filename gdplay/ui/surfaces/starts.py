"""Several starts at once: the list of further ones, and where each run ended."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from gdplay.engine.training import Trace
from gdplay.experiment import MAX_STARTS, Experiment
from gdplay.figures.theme import Theme
from gdplay.teaching.starts import heads, read, rows, words, written
from gdplay.ui import state
from gdplay.ui.parts import table
from gdplay.ui.state import key
from gdplay.words import escaped, sentence


def further_starts(experiment: Experiment) -> Experiment:
    """Draw the list of further starts; return the experiment with those that stand there."""
    text = st.text_input(
        "Further starts", written(experiment.more_starts), key=key("more_starts"),
        placeholder="1, 2; 0, -3",
        help=f"Every rule also runs from each of these, up to {MAX_STARTS - 1}: two numbers each, "
        "a semicolon between them. Or hold Shift and click on the map.",
    )  # fmt: skip
    try:
        return replace(experiment, more_starts=read(text))
    except ValueError as error:
        st.warning(escaped(sentence(str(error))))
        return experiment


def draw(experiment: Experiment, traces: Sequence[Trace], theme: Theme) -> None:
    """Say how each rule ended from each start, where there are several."""
    if not experiment.more_starts:
        return
    st.markdown(words(experiment, traces))
    table(heads(experiment), rows(experiment, traces), theme)
    if st.button("Keep start 1 alone", icon=":material/close:", key=key("starts.drop")):
        state.show(replace(experiment, more_starts=()))
        st.rerun()
