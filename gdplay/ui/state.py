"""A visitor's experiment: one value in the session, written into the link, trained once for all.

The link wins when it differs from the last one written, so that Back and Forward undo and redo.
A change of the experiment from anywhere but its own control bumps a generation number that all
controls carry in their keys, so that they start again from the experiment.
"""

from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, NoReturn
from urllib.parse import urlencode

import streamlit as st

from gdplay import link
from gdplay.experiment import Experiment
from gdplay.knobs import Knobs
from gdplay.teaching.defaults import default_experiment
from gdplay.ui import view as views
from gdplay.ui.view import View
from gdplay.words import escaped

PAGES = Path(__file__).parents[2] / "pages"


class Shown(NamedTuple):
    """What a visitor looks at: the experiment, and the page's own kind of view."""

    experiment: Experiment
    view: Any


def begin(page: str, kind: type[Knobs] = View) -> None:
    """Bring the session in line with the address: called once per rerun, before the page.

    Parameters
    ----------
    page : str
        Its title.
    kind : type
        What the page's view is made of: a dataclass of knobs. Each page keeps its own.
    """
    session = st.session_state
    query = _query()
    arrived = session.get("page") != page
    session.update(page=page, kind=kind)
    if "shown" not in session:
        home = _home(kind)
        session.update(shown=home, generation=0, written={}, base=home, notices=[])
    if arrived:
        kept = session.setdefault("views", {}).get(kind, kind())
        session["shown"] = Shown(session["shown"].experiment, kept)
    if not query:
        if arrived:
            session.update(base=session["shown"], written={}, bare=session["shown"] == _home(kind))
        elif session["written"] and not _acted():
            # An address written here again would lead forward, and Back could never get past it.
            session.update(written={}, bare=True)
            show(*session["base"])
    elif query != session["written"] and (arrived or not _acted()):
        _open(query)


def _acted() -> bool:
    """Whether this rerun comes from a control, which may not know the last address yet.

    In a quick drag the browser asks again before it has seen the address of the run before; that
    old address is no wish to go back. Back and Forward move no control.
    """
    session = st.session_state
    before = session.get("controls", {})
    # What is no longer on the page is gone from the session, and says nothing.
    return any(name in session and session[name] != value for name, value in before.items())


def _query() -> link.Query:
    """Return the part of the address that concerns us."""
    names = [n for n in st.query_params if n.startswith(views.PREFIX) or n in _names()]
    return {name: st.query_params.get_all(name) for name in names}


@cache
def _names() -> frozenset[str]:
    return frozenset(link.encode(_first())) | {"surface"}


def _home(kind: type[Knobs]) -> Shown:
    return Shown(_first(), kind())


@cache
def _first() -> Experiment:
    return default_experiment()


def _open(query: link.Query) -> None:
    kind = st.session_state["kind"]
    st.session_state["written"] = query
    try:
        view, wrong = views.decode(query, kind)
        show(link.decode(query), view)
        for text in wrong:
            notice(
                f"A part of this link could not be read: {escaped(text)}. It is as usual instead."
            )
    except link.LinkError as error:
        notice(f"This link could not be read: {escaped(str(error))}. Here is the default instead.")
        show(*_home(kind))


def current() -> Shown:
    """Return the visitor's experiment and view."""
    return st.session_state["shown"]  # type: ignore[no-any-return]


def show(experiment: Experiment, view: Knobs | None = None) -> None:
    """Put another experiment on the screen and restart all controls from it."""
    st.session_state["shown"] = Shown(experiment, view or current().view)
    st.session_state["generation"] += 1


def afresh(experiment: Experiment) -> None:
    """Put another experiment on the screen, looked at as on a first visit."""
    show(experiment, st.session_state["kind"]())


def go(page: str, experiment: Experiment | None = None, view: Knobs | None = None) -> NoReturn:
    """Open another page with its whole address, so that Back leads straight back.

    Parameters
    ----------
    page : str
        The name of its file in `pages`, without the ending.
    experiment : Experiment, optional
        The visitor's own by default.
    view : Knobs, optional
        How that page shows it; the view that Compare was left with by default.
    """
    seen = view or st.session_state["views"].get(View, View())
    query = link.encode(experiment or current().experiment) | views.encode(seen)
    st.switch_page(PAGES / f"{page}.py", query_params=query)


def save(experiment: Experiment, view: Knobs) -> None:
    """Keep what the controls say, and write it into the address where it differs."""
    session = st.session_state
    session["shown"] = Shown(experiment, view)
    session["views"][type(view)] = view
    names = [name for name in session if name == "generation" or "@" in str(name)]
    session["controls"] = {str(name): session[name] for name in names}
    query = link.encode(experiment) | views.encode(view)
    untouched = not session["written"] and session.get("bare", False)
    untouched = untouched and session["shown"] == session["base"]
    if query != session["written"] and not untouched:
        session["written"] = query
        st.query_params.from_dict(query)


def address() -> str:
    """Return the whole address of the visitor's experiment."""
    query = link.encode(current().experiment) | views.encode(current().view)
    return f"{(st.context.url or '').split('?')[0]}?{urlencode(query, doseq=True)}"


def key(name: str) -> str:
    """Return a widget's key that changes when controls have to restart."""
    return f"{name}@{st.session_state['generation']}"


def picked(name: str) -> Any:
    """Return what the widget called `name` holds, inside a callback."""
    return st.session_state[key(name)]


def notice(text: str) -> None:
    """Say something at the top of the page, once."""
    st.session_state["notices"].append(text)


def notices() -> list[str]:
    """Return what is to be said, and forget it."""
    said = st.session_state["notices"]
    st.session_state["notices"] = []
    return list(said)
