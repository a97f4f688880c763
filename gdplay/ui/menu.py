"""The menu of named experiments."""

import streamlit as st

from gdplay.presets import PRESETS
from gdplay.ui import state
from gdplay.ui.state import key
from gdplay.ui.view import View
from gdplay.ui.widgets import drawer


def presets() -> None:
    """Draw the menu of named experiments."""
    menu = drawer("Experiments", "presets", ":material/experiment:")
    if not menu.open:
        return
    with menu.container(gap=None):
        st.caption("Each opens an experiment that shows one thing. Back undoes.")
        for preset in PRESETS.values():
            st.button(
                preset.title, key=key(f"preset.{preset.key}"), on_click=open_preset,
                args=(preset.key,), help=preset.claim, type="tertiary",
            )  # fmt: skip


def open_preset(name: str) -> None:
    """Put a named experiment on the screen and say what it shows."""
    preset = PRESETS[name]
    experiment = preset.build()
    rates = {run.optimizer.lr for run in experiment.runs}
    state.show(experiment, View(together=len(rates) == 1))
    state.notice(f"**{preset.title}.** {state.plain(preset.claim)}")
