"""What stands below the fold of Compare: how the runs ended, and where."""

from collections.abc import Sequence
from functools import partial
from math import isfinite

import streamlit as st

from gdplay.engine.revisited import beyond
from gdplay.engine.training import Trace
from gdplay.experiment import Experiment, labels
from gdplay.figures.marks import colored, line_mark
from gdplay.figures.tables import table
from gdplay.figures.theme import Theme
from gdplay.teaching.summary import (
    PER_EPOCH,
    UNITS,
    params_caption,
    params_rows,
    raw_rows,
    run_heads,
    run_rows,
    slice_words,
)
from gdplay.theory.measures import lost_at, thinned, without_rows
from gdplay.ui import jobs, parts
from gdplay.ui.compare.mending import faults, mend_button
from gdplay.ui.compare.stage import Staged
from gdplay.ui.compare.view import View
from gdplay.ui.state import key
from gdplay.words import number, quantity

FEW = 6
"""So many parameters still stand side by side."""

ROWS = 16
"""Of a lost run's numbers about so many updates are shown: the first ones, and evenly on."""


def below(experiment: Experiment, view: View, staged: Staged, theme: Theme) -> None:
    """Say what the runs did, and draw the tables of the runs and of their last parameters."""
    traces, along, shown = staged.traces, view.along, view.shown(len(experiment.runs))
    st.markdown("## What happened")
    with st.container(key="words"):
        st.markdown(colored(staged.words, labels(experiment), theme))
        if view.posed is None:  # a class has the controls that its teacher left it
            _mends(experiment, traces, shown, theme)
        if staged.land is not None:
            st.caption(slice_words(experiment, staged.land.plane))
    if not shown:
        return
    every = run_heads(along, experiment.n_seeds)
    of_all = run_rows(experiment, traces, along, staged.seconds)
    rows = [of_all[place] for place in shown]
    if experiment.problem.n_samples > 1:
        parts.table(every, rows, theme, shown)
    else:  # without rows an update is an epoch
        short = [(row.name, row.updates, row.loss, row.arrived, row.status) for row in rows]
        heads = [head for head in every if head != PER_EPOCH]
        parts.table(heads, short, theme, shown)
    if experiment.problem.n_params <= FEW:
        st.markdown("## Final parameters")
        _params(experiment, traces, shown, theme)
        _lost(experiment, traces, shown)


def _mends(
    experiment: Experiment, traces: Sequence[Trace], shown: Sequence[int], theme: Theme
) -> None:
    """Name faults, each with the button of the one change that mends it."""
    for mend in faults(experiment, traces, shown):
        with st.container(
            horizontal=True, vertical_alignment="center", gap="small", key=f"mend.{mend.label}"
        ):
            words = colored(mend.words, labels(experiment), theme)
            st.markdown(words, width="content")
            about = "Makes this one change. Back undoes it."
            mend_button(mend, mend.label, f"mend {mend.label}", about)


def _params(
    experiment: Experiment, traces: Sequence[Trace], shown: Sequence[int], theme: Theme
) -> None:
    """Draw the last parameters, the minimum below them, and where need be both per raw unit."""
    rows = params_rows(experiment, traces, shown)
    raw = raw_rows(experiment.problem, rows)
    _values(experiment, rows, theme, params_caption(experiment, UNITS[0] if raw else ""))
    if raw:
        _values(experiment, raw, theme, params_caption(experiment, UNITS[1]))


def _lost(experiment: Experiment, traces: Sequence[Trace], shown: Sequence[int]) -> None:
    """Draw, where one asks for them, the numbers of lost runs until they overflow."""
    places = [place for place in shown if traces[place].diverged_at[0] >= 0]
    if not places:
        return
    numbers = st.expander(
        "The numbers of lost runs, on to their overflow", key=key("beyond"), on_change="rerun"
    )
    if not numbers.open:
        return
    names, heads = (
        labels(experiment),
        (
            "Update",
            without_rows("Training loss", experiment.problem),
            *experiment.problem.param_titles,
        ),
    )
    for place in places:
        on = jobs.quick(
            f"beyond: {place} {experiment!r}", partial(beyond, experiment, place), experiment
        )
        rows = [
            (quantity(int(on.updates[i])), *(number(v, 5) for v in (on.loss[i], *on.params[i])))
            for i in thinned(on.updates, ROWS)
        ]
        lost = lost_at(experiment.problem, traces[place])
        counted = f"{names[place]}, which counts as lost from update {lost} on"
        numbers.html(table(heads, rows, caption=counted))


def _values(
    experiment: Experiment, rows: list[tuple[int, str, list[float]]], theme: Theme, caption: str
) -> None:
    """Draw a table of parameters; only runs have marks."""
    texts = [(name, *map(_value, values)) for _, name, values in rows]
    marks = [line_mark(theme, place) if place >= 0 else "" for place, *_ in rows]
    st.html(table(("Run", *experiment.problem.param_titles), texts, marks, caption=caption))


def _value(value: float) -> str:
    """Return a parameter as people read it; lost runs have none."""
    return number(value, 5) if isfinite(value) else "none"
