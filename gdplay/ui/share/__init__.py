"""The menu that takes away what a page shows, as an address or a file, and brings it back."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import streamlit as st
from streamlit.elements.lib.mutable_popover_container import PopoverContainer

from gdplay.engine import cost
from gdplay.engine.training import Trace
from gdplay.experiment import Experiment, labels
from gdplay.export import FORMATS, Format, load
from gdplay.export.formats import GROUPS, PICTURES
from gdplay.export.qr import qr
from gdplay.home import FRAMES, HERE_ALONE, is_here_alone
from gdplay.link import LinkError
from gdplay.memory import memory_of
from gdplay.scripts import bare, bundle
from gdplay.ui import state, uploads
from gdplay.ui.fragments import fragment
from gdplay.ui.state import key
from gdplay.ui.widgets import drawer
from gdplay.words import escaped

EMBED_HEIGHT = 720  # pixels of a page that stands in another

_MENU = "share"
_ASKED = "share.code"

_HERE = Path(__file__).parent
_component = st.components.v2.component(
    "gdplay_share",
    html='<div class="gd-share"></div>',
    css=bare(_HERE / "share.css"),
    js=bundle(_HERE / "share.js"),
    isolate_styles=False,
)


def menu() -> PopoverContainer:
    """Draw the menu's button; `fill` fills it once all is known."""
    return drawer("Share, export", _MENU, ":material/ios_share:")


def fill(
    menu: PopoverContainer,
    about: str,
    experiment: Experiment | None = None,
    traces: Sequence[Trace] | None = None,
    copies: Mapping[str, str] | None = None,
    *,
    prints: bool = False,
) -> None:
    """Fill the menu, while it is open, with what can be taken away.

    Parameters
    ----------
    menu : PopoverContainer
    about : str
        What the address of the page stands for.
    experiment : Experiment, optional
        What files are made of; without it there is the address alone.
    traces : sequence of Trace, optional
        What came out of it; files train it where they need to, and where this server can.
    copies : mapping from str to str, optional
        Other texts that can be copied, by what their buttons say.
    prints : bool
        Whether the page is a handout on paper.
    """
    if st.session_state.pop(_ASKED, False):
        _show_code(state.link())
    if not menu.open:
        return
    with menu.container(width=460, key="takeaway", gap="xsmall"):
        _address(about, copies or {}, prints)
        if experiment is not None:
            for group in GROUPS:
                _files(group, experiment, traces)
            st.markdown("**Open**")
            opener()


def _address(about: str, copies: Mapping[str, str], prints: bool) -> None:
    link = state.link()
    st.caption(about)
    if memory_of(state.current().experiment) is not None:
        st.caption(
            "It names your rows, which are too many for it: whoever opens it is asked for them. "
            "The experiment saved as JSON holds them."
        )
    # No `st.code`: its script comes late over a slow line, and leaves an empty field until then.
    st.html(f'<code class="gd-link">{escape(link)}</code>')
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
        texts = {"Copy link": link, **copies}
        if FRAMES:  # else no browser would show it in another page
            texts["Copy code to embed"] = embed_code(link)
        data = {"copies": texts, "charts": False, "runs": [], "files": [], "prints": prints}
        _component(key="share.address", data=data)
        st.button("QR code", icon=":material/qr_code_2:", key=key("qr"), on_click=_ask_for_code)


def embed_code(link: str) -> str:
    """Return the HTML that shows an address inside another page."""
    source = escape(f"{link}{'&' if '?' in link else '?'}embed=true")
    return (
        f'<iframe src="{source}" title="gdplay" loading="lazy" '
        f'style="border: 0; height: {EMBED_HEIGHT}px; width: 100%"></iframe>'
    )


def _ask_for_code() -> None:
    """Show the QR code in the next run, with the menu out of its way."""
    st.session_state[key(_MENU)] = False
    st.session_state[_ASKED] = True


@st.dialog("Point a phone here", width="large")
def _show_code(link: str) -> None:
    try:
        picture = b64encode(qr(link).encode()).decode()
        source = f"data:image/svg+xml;base64,{picture}"
        st.html(f'<img class="gd-qr" src="{source}" alt="The address of this page as a QR code">')
        if is_here_alone(link):
            st.caption(HERE_ALONE)
        st.caption(escaped(urlsplit(link).netloc))
    except ValueError as error:
        st.info(escaped(f"No QR code: {error}."))


@fragment("files")
def _files(group: str, experiment: Experiment, traces: Sequence[Trace] | None) -> None:
    """Draw the buttons of a group; a file is made when its button asks for it.

    It travels to the browser as the page does: a download's address might be asked of another
    worker, which has no such file.
    """
    kinds = [kind for kind in FORMATS.values() if kind.group == group]
    refusals = {kind.key: _refusal(kind, experiment, traces) for kind in kinds}
    offered = {kind.key: kind for kind in kinds if not refusals[kind.key]}
    name = f"share.{group}"
    data = {
        "copies": {},
        "charts": group == PICTURES,
        "runs": labels(experiment),
        "files": [
            {"key": kind.key, "title": kind.title, "about": kind.about} for kind in offered.values()
        ],
        "made": _made(offered, st.session_state.get(name), experiment, traces),
    }
    with st.container(gap="xsmall"):
        st.markdown(f"**{group}**")
        _component(key=name, data=data, on_take_change=lambda: None)
        for kind in kinds:
            if kind.key not in offered:
                st.caption(f"{kind.title}: {escaped(refusals[kind.key])}")


def _made(
    offered: Mapping[str, Format],
    told: Any,
    experiment: Experiment,
    traces: Sequence[Trace] | None,
) -> dict[str, Any] | None:
    """Return the file that a button has asked for, with the number of its question."""
    match told:
        case {"take": {"key": str() as which, "number": int() | float() as number}} if (
            which in offered
        ):
            kind = offered[which]
            return {
                "number": number,
                "name": kind.file_name(experiment),
                "mime": kind.mime,
                "text": kind.write(experiment, traces, state.link()),
            }
    return None


def _refusal(kind: Format, experiment: Experiment, traces: Sequence[Trace] | None) -> str:
    too_long = cost.refusal(experiment) if kind.trains and traces is None else ""
    return kind.refusal(experiment) or too_long or ""


def opener() -> None:
    """Draw where an experiment's file is opened."""
    name = uploads.place("opened")
    st.file_uploader(
        "An experiment that was saved here as JSON",
        type="json",
        key=name,
        on_change=_open,
        args=(name,),
    )
    uploads.told("experiment")


def _open(name: str) -> None:
    """Show the experiment of a file; where it holds none, say why and keep what is there."""
    file = st.session_state[name]
    if file is None:
        return
    uploads.empty("opened")
    try:
        state.show(load(file.getvalue()))
    except LinkError as error:
        state.notice(f"{escaped(file.name)} was not opened: {escaped(str(error))}.")
