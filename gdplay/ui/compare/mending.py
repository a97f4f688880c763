"""Faults, found once for all visitors who look at the same, and the buttons that mend them."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from gdplay.engine.training import Trace
from gdplay.experiment import Experiment
from gdplay.figures.compare import ends
from gdplay.teaching.mends import Mend, mends
from gdplay.ui import jobs, state

_MENDED = "compare.mended"


def faults(experiment: Experiment, traces: Sequence[Trace], shown: Sequence[int]) -> list[Mend]:
    """Return what `mends` does; the head and the words below both ask for it."""
    key = f"faults: {experiment!r} {ends(traces)} {shown}"
    return jobs.quick(key, lambda: mends(experiment, traces, shown), experiment)


def mend_button(mend: Mend, title: str, name: str, about: str) -> None:
    """Draw the button; `about` stands under a pointer."""
    st.button(
        title, key=state.key(name), on_click=state.as_drawn(_apply), args=(mend,),
        icon=":material/build:", help=about,
    )  # fmt: skip


def _apply(mend: Mend) -> None:
    """Show the experiment without the fault, from all its starts, at its end; tell its note."""
    if mend.note:
        state.notice(mend.note)
    st.session_state[_MENDED] = True
    more = state.current().experiment.more_starts
    state.show(replace(mend.experiment, more_starts=more))


def mended() -> bool:
    """Return, once, whether the visitor just had a fault mended."""
    return bool(st.session_state.pop(_MENDED, False))
