"""The menu of named experiments."""

import streamlit as st

from gdplay.figures.sliders import alike
from gdplay.teaching.presets import GROUPS, PRESETS, Preset
from gdplay.ui import state
from gdplay.ui.address import Shown
from gdplay.ui.compare.view import View
from gdplay.ui.state import key
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
    """Put a named experiment on the screen; the head then says what it shows."""
    state.show(*shown(name))
