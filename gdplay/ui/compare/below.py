"""What stands below the fold of Compare: how the runs ended, and where."""

from collections.abc import Sequence

import streamlit as st

from gdplay.engine.training import Trace
from gdplay.experiment import Experiment
from gdplay.figures.marks import line_mark
from gdplay.figures.tables import table
from gdplay.figures.theme import Theme
from gdplay.teaching.summary import (
    UNITS,
    params_rows,
    raw_rows,
    run_heads,
    run_rows,
    slice_words,
)
from gdplay.theory.landscape import Landscape
from gdplay.ui import parts
from gdplay.words import number

FEW = 6
"""So many parameters still stand side by side."""


def below(
    experiment: Experiment,
    traces: Sequence[Trace],
    land: Landscape,
    theme: Theme,
    words: str,
    along: str,
    seconds: Sequence[float] | None,
) -> None:
    """Say what the runs did, and draw the tables of the runs and of their last parameters."""
    st.markdown("#### What happened")
    with st.container(key="words"):
        st.markdown(words)
        st.caption(slice_words(experiment, land.plane))
    parts.table(run_heads(along), run_rows(experiment, traces, along, seconds), theme)
    if experiment.problem.n_params <= FEW:
        st.markdown("#### Final parameters")
        _params(experiment, traces, theme)


def _params(experiment: Experiment, traces: Sequence[Trace], theme: Theme) -> None:
    """Draw the last parameters, the minimum below them, and where need be both per raw unit."""
    rows = params_rows(experiment, traces)
    raw = raw_rows(experiment.problem, rows)
    _values(experiment, rows, theme, UNITS[0] if raw else "")
    if raw:
        _values(experiment, raw, theme, UNITS[1])


def _values(
    experiment: Experiment, rows: list[tuple[int, str, list[float]]], theme: Theme, caption: str
) -> None:
    """Draw a table of parameters; only runs have marks."""
    texts = [(name, *(number(value, 5) for value in values)) for _, name, values in rows]
    marks = [line_mark(theme, place) if place >= 0 else "" for place, *_ in rows]
    st.html(table(("Run", *experiment.problem.param_titles), texts, marks, caption=caption))
