"""The few rules of style that Streamlit's theme cannot say."""

from pathlib import Path

import streamlit as st

_CSS, _EMBED, _PRINT = (
    (Path(__file__).parent / f"{name}.css").read_text(encoding="utf-8")
    for name in ("style", "embed", "print")
)

SHEETS = _CSS + _PRINT
"""All pages' style."""


def style() -> None:
    """Put the style sheets on the page, also those of frames where it stands in one."""
    sheets = SHEETS + _EMBED * bool(st.context.is_embedded)
    st.html(f"<style>{sheets}</style>")
