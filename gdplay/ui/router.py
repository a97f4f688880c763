"""The script Streamlit runs per visitor: page settings, navigation, then the page."""

from pathlib import Path

import streamlit as st

from gdplay.ui import state
from gdplay.ui.style import style

PAGES = Path(__file__).parents[2] / "pages"

st.set_page_config(page_title="gdplay", page_icon="⛰️", layout="wide")
style()

pages = [
    st.Page(PAGES / "compare.py", title="Compare", icon=":material/landscape:", default=True),
    st.Page(PAGES / "guide.py", title="Guide", icon=":material/menu_book:"),
]
page = st.navigation(pages, position="top")
state.begin(page.title)
page.run()
