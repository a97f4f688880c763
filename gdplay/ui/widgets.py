"""A widget for any knob: what it looks like follows from the knob's kind, range and scale."""

import math
from collections.abc import Collection
from html import escape
from typing import Any, Literal, NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.elements.lib.mutable_popover_container import PopoverContainer

from gdplay.knobs import Knob, Knobs, knobs
from gdplay.theory.limits import rate_options
from gdplay.ui.state import key
from gdplay.words import number, quantity


def title(name: str) -> str:
    """Return a field's name as people read it."""
    known = {"n_samples": "Rows", "lr": "Learning rate", "l2": "L2 penalty", "b1": "Beta 1",
             "b2": "Beta 2", "t_max": "Length", "centers": "Clouds",
             "against": "One class against the rest"}  # fmt: skip
    return known.get(name, name.replace("_", " ").capitalize())


def drawer(
    label: str,
    name: str,
    icon: str | None = None,
    type: Literal["secondary", "tertiary"] = "secondary",
    *,
    lasts: bool = False,
    locked: bool = False,
) -> PopoverContainer:
    """Draw a menu button; fill it only while it is `open`, or each rerun would send it in vain.

    One that `lasts` stays open where controls start again. One that is `locked` does not open.
    """
    where = name if lasts else key(name)
    return st.popover(
        label, key=where, icon=":material/lock:" if locked else icon, type=type,
        on_change="rerun", wrap=False, disabled=locked,
    )  # fmt: skip


class Chip(NamedTuple):
    """A menu whose button says what is chosen in it: its panel, and the place of those words."""

    panel: PopoverContainer
    place: DeltaGenerator

    def says(self, text: str) -> None:
        """Write what is chosen, once all of the menu's controls are drawn."""
        self.place.html(f'<div class="gd-chosen"><b>{escape(text)}</b></div>')


def chip(label: str, name: str, *, locked: bool = False) -> Chip:
    """Draw a menu that lasts, as `drawer` does, and whose words may change while it is open.

    A button's own label is part of what it is to Streamlit, which shuts one that changes.
    """
    with st.container(
        horizontal=True, gap=None, width="content", key=f"chip-{name}{'-locked' * locked}"
    ):
        place = st.empty()
        return Chip(drawer(label, name, type="tertiary", lasts=True, locked=locked), place)


def knob_widget(name: str, about: Knob, value: Any, where: str, **more: Any) -> Any:
    """Draw the widget of one knob and return its value.

    Parameters
    ----------
    name, about, value : the field, its knob, what it holds now
    where : str
        Sets this widget's key apart from others of the same name.
    more : passed to the widget (`label`, `on_change`, ...)
    """
    label = more.pop("label", title(name))
    common = {"key": key(f"{where}.{name}"), "help": about.help or None, **more}
    if about.kind is bool:
        return st.toggle(label, value=value, **common)
    if about.several:
        return tuple(st.multiselect(label, about.choices, value, **common))
    if about.choices:
        every = [None] * about.optional + [*about.choices]
        return st.selectbox(label, every, index=every.index(value), **common)
    if about.log:
        options = sorted({*_ladder(about), value})
        show = quantity if about.kind is int else number
        return st.select_slider(label, options, value=value, format_func=show, **common)
    low, high = about.low, about.high
    if about.kind is int:
        if high - low <= 100:
            return st.slider(label, int(low), int(high), value=value, **common)
        return st.number_input(label, int(low), int(high), value=value, step=1, **common)
    if high - low <= 10:
        step = 10.0 ** math.floor(math.log10((high - low) / 20))
        # In its own digits: with those of the step 0.999 would read 1.00.
        return st.slider(
            label, float(low), float(high), value=value, step=step, format="%.6g", **common
        )
    return st.number_input(label, float(low), float(high), value=value, format="%g", **common)


def _ladder(about: Knob) -> list[Any]:
    """Return round values over a logarithmic range, at most about 40."""
    low, high = about.low, about.high
    steps = (1.0, 2.0, 5.0)
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    values = [about.kind(float(f"{m}e{d}")) for d in decades for m in steps]
    return [value for value in values if low <= value <= high]


def knob_widgets(owner: Knobs, where: str, names: Collection[str] | None = None) -> dict[str, Any]:
    """Draw a widget for every knob of `owner` (or those in `names`); return the values by name."""
    return {
        name: knob_widget(name, about, getattr(owner, name), where)
        for name, about in knobs(owner).items()
        if names is None or name in names
    }


def rate_slider(
    label: str,
    value: float,
    name: str,
    around: float,
    **more: Any,
) -> float:
    """Draw a logarithmic slider for a learning rate, wide enough for `around` (2/L) and `value`.

    The slider's range follows from what holds when the controls start, so that it stays while it
    is dragged.
    """
    return st.select_slider(
        label, rate_options(value, around), value=value, format_func=number, key=key(name),
        **more,
    )  # fmt: skip
