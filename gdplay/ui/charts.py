"""Streamlit's own charts, with words for those who do not see them."""

from inspect import signature
from typing import Any

import streamlit as st

from gdplay.figures.pieces import Figure

_TAKES_WORDS = "alt" in signature(st.plotly_chart).parameters
"""The Streamlit that runs in browsers, 1.62, does not."""


def plotly(figure: Figure, *, key: str, alt: str, **more: Any) -> Any:
    """Draw a figure as `st.plotly_chart` does; `alt` is what it holds."""
    if _TAKES_WORDS:
        more["alt"] = alt
    return st.plotly_chart(figure, key=key, **more)
