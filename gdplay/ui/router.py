"""The script Streamlit runs per visitor: page settings, navigation, then the page."""

import streamlit as st

from gdplay.figures.brand import ICON, NAME, logo
from gdplay.figures.theme import LIGHT, THEMES
from gdplay.ui import missing_rows, state
from gdplay.ui.address import FUNCTIONS, NETWORKS, Page, anything, on_rows
from gdplay.ui.batch_size.view import BatchView
from gdplay.ui.compare.view import View
from gdplay.ui.fingers import fingers
from gdplay.ui.glossary import glossary
from gdplay.ui.learning_rate.view import RateView
from gdplay.ui.lessons.view import LessonView
from gdplay.ui.network.view import NetworkView
from gdplay.ui.one_update.view import UpdateView
from gdplay.ui.reconnect import reconnect
from gdplay.ui.seconds import timed
from gdplay.ui.style import style
from gdplay.ui.surfaces.view import SurfacesView
from gdplay.ui.worked.view import WorkedView

st.set_page_config(page_icon=ICON, layout="wide")  # before pages can ask for icons of theirs

PAGES = (
    (Page("compare", View), "Compare", "landscape"),
    (Page(FUNCTIONS.page, SurfacesView, FUNCTIONS), "Surfaces", "terrain"),
    (Page(NETWORKS.page, NetworkView, NETWORKS), "Network", "hub"),
    (Page("one_update", UpdateView, follows=anything), "One update", "step"),
    (Page("learning_rate", RateView, follows=anything), "Learning rate", "speed"),
    (Page("batch_size", BatchView, follows=on_rows), "Batch size", "grain"),
    (Page("worked", WorkedView), "Worked examples", "calculate"),
    (Page("lessons", LessonView), "Lessons", "school"),
    (Page("room", None), "Room", "groups"),
    (Page("guide", None), "Guide", "menu_book"),
)

pages = {
    st.Page(
        state.PAGES / f"{page.name}.py", title=title, icon=f":material/{icon}:",
        default=page.name == state.FIRST,
    ): page
    for page, title, icon in PAGES
}  # fmt: skip
embedded = st.context.is_embedded  # in a frame of another page, which has bars of its own
chosen = st.navigation(list(pages), position="hidden" if embedded else "top")
st.set_page_config(page_title=f"{chosen.title} · {NAME}")
if not embedded:
    st.logo(logo(THEMES.get(st.context.theme.type or "light", LIGHT).ink))
style()
glossary()
reconnect()
fingers()
state.begin(pages[chosen])
with timed("page", pages[chosen].name):
    if rows := state.wanted():
        missing_rows.ask(rows)
    else:
        chosen.run()
