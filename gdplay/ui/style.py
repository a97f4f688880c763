"""The few rules of style that Streamlit's theme cannot say."""

from pathlib import Path

import streamlit as st

_HERE = Path(__file__).parent
_EMBED = (_HERE / "embed.css").read_text(encoding="utf-8")

SHEETS = "".join(
    (_HERE / name).read_text(encoding="utf-8")
    for name in (
        "style.css",
        "guide/guide.css",
        "lessons/lessons.css",
        "one_update/one_update.css",
        "print.css",
    )
)
"""All pages' style: a page is laid out by it from the first, which what it sends later is not."""


def style() -> None:
    """Put the style sheets on the page, also those of frames where it stands in one."""
    sheets = SHEETS + _EMBED * bool(st.context.is_embedded)
    st.html(f"<style>{sheets}</style>")
