"""The menus of named experiments, and of what is to be predicted."""

from dataclasses import replace

import streamlit as st

from gdplay.figures.sliders import alike
from gdplay.teaching.presets import GROUPS, PRESETS, Preset
from gdplay.ui import state
from gdplay.ui.address import Shown
from gdplay.ui.compare.view import DRAW, OFF, PREDICTS, RANK, View
from gdplay.ui.state import key, picked
from gdplay.ui.widgets import drawer
from gdplay.words import escaped


def presets() -> None:
    """Draw the menu."""
    menu = drawer("Experiments", "presets", ":material/experiment:")
    if not menu.open:
        return
    with menu.container(gap=None, key="experiments", width=560):
        st.caption("Each opens an experiment that shows one thing. Back undoes.")
        for group in GROUPS:
            st.markdown(f"**{group}**")
            for preset in PRESETS.values():
                if preset.group == group:
                    _entry(preset)


def _entry(preset: Preset) -> None:
    """Draw a named experiment, and under it what it shows."""
    st.button(
        preset.title,
        key=key(f"preset.{preset.key}"),
        on_click=open_preset,
        args=(preset.key,),
        type="tertiary",
    )
    st.caption(escaped(preset.claim))


def shown(name: str) -> Shown:
    """Return a named experiment, and the view in which it shows what it claims."""
    preset = PRESETS[name]
    experiment = preset.build()
    return Shown(experiment, View(together=alike(experiment), **preset.look))


def open_preset(name: str) -> None:
    """Put a named experiment on the screen; the head then says, or asks, what it shows."""
    experiment, view = shown(name)
    state.show(experiment, replace(view, predict=state.current().view.predict))


_PREDICTS = {OFF: "Off", RANK: "Rank the runs", DRAW: "Draw the curves"}


def predict() -> None:
    """Draw the menu that lets visitors say what they expect before they see the runs."""
    view = state.current().view
    on = view.predict != OFF
    menu = drawer("Predict", "predict", ":material/visibility_off:" if on else ":material/edit:")
    if not menu.open:
        return
    with menu.container(width=380):
        st.caption(
            "People learn more from a picture when they have said what it will show. Rank the "
            "runs, or draw their curves: until then Play, curves, paths and words are covered. "
            "The address holds the question, and the answer."
        )
        st.segmented_control(
            "Predict first",
            PREDICTS,
            default=view.predict,
            key=key("predicts"),
            required=True,
            format_func=lambda name: _PREDICTS[name],
            on_change=_ask,
        )


def _ask() -> None:
    """Cover what is to be predicted, or show it."""
    now, view = state.current()
    state.show(now, replace(view, predict=picked("predicts"), guess=None))
