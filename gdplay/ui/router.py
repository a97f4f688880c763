"""The script Streamlit runs per visitor: page settings, navigation, then the page."""

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from gdplay.knobs import Knobs
from gdplay.ui import state
from gdplay.ui.batch_size.view import BatchView
from gdplay.ui.learning_rate.view import RateView
from gdplay.ui.one_update.page import UpdateView
from gdplay.ui.style import style
from gdplay.ui.view import View
from gdplay.ui.worked import WorkedView

st.set_page_config(page_title="gdplay", page_icon="⛰️", layout="wide")
style()

pages: dict[StreamlitPage, type[Knobs]] = {
    # Each page with the kind of view it keeps.
    st.Page(
        state.PAGES / "compare.py", title="Compare", icon=":material/landscape:", default=True
    ): View,
    st.Page(state.PAGES / "one_update.py", title="One update", icon=":material/step:"): UpdateView,
    st.Page(
        state.PAGES / "learning_rate.py", title="Learning rate", icon=":material/speed:"
    ): RateView,
    st.Page(state.PAGES / "batch_size.py", title="Batch size", icon=":material/grain:"): BatchView,
    st.Page(
        state.PAGES / "worked.py", title="Worked examples", icon=":material/calculate:"
    ): WorkedView,
    st.Page(state.PAGES / "guide.py", title="Guide", icon=":material/menu_book:"): View,
}
chosen = st.navigation(list(pages), position="top")
state.begin(chosen.title, pages[chosen])
chosen.run()
