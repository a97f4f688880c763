"""The few rules of style that Streamlit's theme cannot say."""

from pathlib import Path

import streamlit as st

_CSS = (Path(__file__).parent / "style.css").read_text(encoding="utf-8")


def style() -> None:
    """Put the style sheet on the page."""
    st.html(f"<style>{_CSS}</style>")
