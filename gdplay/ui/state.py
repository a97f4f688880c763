"""The visitor's session in Streamlit: what the browser says goes in, the address comes out.

What it means stands in `address`. Here the one value that it makes is kept, and written.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import parse_qsl, urlencode

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from gdplay.experiment import Experiment
from gdplay.home import HOME
from gdplay.knobs import Knobs
from gdplay.link import Absent, Query
from gdplay.own_rows.table import Table
from gdplay.scripts import bundle
from gdplay.ui import acts, address
from gdplay.ui.address import NOWHERE, Page, Session, Shown

PAGES = HOME / "pages"
FIRST = "compare"
"""The page that an address names which names none."""

KEY = "session"
"""Under which Streamlit keeps our value."""

acts.take_whole()

_component = st.components.v2.component(
    "gdplay_address", js=bundle(Path(__file__).with_name("address.js"))
)


def begin(page: Page) -> None:
    """Bring the session in line with the address: called once per rerun, before the page."""
    before, query, returned = _session(), _query(), _returned()
    if address.strays(before, page, query, returned=returned):
        st.switch_page(PAGES / f"{FIRST}.py", query_params=query)
    acted = address.moved(before, _controls())
    session = address.arrive(before, page, query, acted=acted, returned=returned)
    _keep(session)
    # Under an alias until the browser says the address itself: its answer may have been lost.
    waits = query != session.address and (session.fresh or query == session.alias)
    # The address of a change that was on its way may have taken the place of where somebody went.
    went = page.kind is not None and page.name != before.page.name and before.page != NOWHERE
    if returned or went or waits:
        _replace(session.address, "opened", before.address)


def _session() -> Session:
    session: Session = st.session_state.get(KEY) or Session()
    return session


def _keep(session: Session) -> None:
    st.session_state[KEY] = session


def _query() -> Query:
    """Return the part of the address that concerns us."""
    return {name: st.query_params.get_all(name) for name in address.ours(list(st.query_params))}


def _returned() -> bool:
    """Whether Back or Forward brought this run about."""
    # The Streamlit that runs in browsers, 1.62, does not tell.
    return bool(getattr(get_script_run_ctx(), "is_history_navigation", False))


def _controls() -> Mapping[str, Any]:
    """Return what the controls hold that restart with the generation."""
    # No other key is read: one that a menu of the page before held may be told of without a value.
    return {str(name): st.session_state[name] for name in st.session_state if "@" in str(name)}


# The address


def _replace(query: Query, name: str, *instead: Query) -> None:
    """Write an address in place of the one that the page was opened under, or of others."""
    if _returned():  # Streamlit itself then makes no entry
        st.query_params.from_dict(query)
        return
    page, every = _session().page.name, [path.stem for path in PAGES.glob("*.py")]
    data = {
        "page": "" if page == FIRST else page,
        "others": [other for other in every if other != FIRST],
        "instead": [urlencode(old, doseq=True) for old in (_session().alias, _given(), *instead)],
        "query": urlencode(query, doseq=True),
    }
    with st._event:  # outside the page, where what comes and goes shifts nothing
        _component(key=f"address.{name}", data=data)
    _note(query)


def _given() -> Query:
    return {name: st.query_params.get_all(name) for name in st.query_params}


def _note(query: Query) -> None:
    """Let Streamlit take an address for the browser's without sending it there."""
    run = get_script_run_ctx()
    assert run is not None
    embed = [pair for pair in parse_qsl(run.query_string) if pair[0].lower().startswith("embed")]
    with run.session_state.query_params() as params:
        params.clear_with_no_forward_msg(preserve_embed=True)
        for name, texts in query.items():
            params.set_with_no_forward_msg(name, texts)
    run.query_string = urlencode([*query.items(), *embed], doseq=True)


def link(view: Knobs | None = None) -> str:
    """Return an address of what the visitor looks at that is short, and means the same for ever.

    With `view`, what is shown of this page instead.
    """
    now = current()
    query = address.brief(now.experiment, view or now.view)
    return f"{(st.context.url or '').split('?')[0]}?{urlencode(query, doseq=True)}"


# What pages and their controls say


def current() -> Shown:
    """Return the visitor's experiment and view."""
    return _session().shown


def opened() -> int:
    """Return how often the visitor opened something at an address, Back and Forward counted."""
    return _session().opened


def played() -> str:
    """Return the name of the page where what is shown is played, or is to be where nobody did."""
    told = _session().told
    return told.name if told.plays else address.page_about(current().experiment) or FIRST


def view_of(page: str) -> Knobs | None:
    """Return how another page was looked at last, by its name; None where it was not."""
    return _session().views.get(page)


def seen() -> Knobs | None:
    """Return how the page was looked at that the visitor just came back from, if it was a trip."""
    return _session().seen


def show(experiment: Experiment, view: Knobs | None = None) -> None:
    """Put another experiment on the screen and restart all controls from it."""
    _keep(address.show(_session(), experiment, view))


def as_drawn(act: Callable[..., None]) -> Callable[..., None]:
    """Return a callback that does `act` on the page as it was drawn, and nothing on another.

    A click may come before the page that an earlier one asked for: what it was about has moved on
    by then, or has gone.
    """
    drawn = _session().generation

    def acted(*args: Any) -> None:
        if _session().generation == drawn:
            act(*args)

    return acted


def afresh(experiment: Experiment) -> None:
    """Put another experiment on the screen, looked at as on a first visit."""
    show(experiment, address.home(_session().page).view)


def save(experiment: Experiment, view: Knobs) -> None:
    """Keep what the controls say, and write it into the address where it differs."""
    before = _session()
    after = address.save(before, experiment, view, _controls())
    _keep(after)
    if after.address == before.address:
        return
    if before.fresh:
        _replace(after.address, "mended")
    else:
        st.query_params.from_dict(after.address)


def go(
    page: str,
    experiment: Experiment | None = None,
    view: Knobs | None = None,
    *,
    trip: bool = False,
) -> NoReturn:
    """Open another page: see `address.leave`."""
    session = address.leave(_session(), page, experiment, view, trip=trip)
    _keep(session)
    # The address as it is: another one would make an entry of its own, on this page.
    st.switch_page(PAGES / f"{page}.py", query_params=session.address)


def overtaken() -> bool:
    """Whether a part that runs alone was told of more than its own: the page has to run then.

    What a browser sends at one moment travels together, and runs a part alone where that is asked
    anything. A part's own controls have no key of a generation; a button that was pressed is
    released by now, which is no act.
    """
    held = {name: value for name, value in _controls().items() if not isinstance(value, bool)}
    return address.moved(_session(), held)


def key(name: str) -> str:
    """Return a widget's key that changes when controls have to restart."""
    return f"{name}@{_session().generation}"


def picked(name: str) -> Any:
    """Return what the widget called `name` holds, inside a callback.

    A choice may come from controls that have restarted since they were drawn: it counts as well.
    """
    names = [key(name), *(own for own in st.session_state if str(own).rpartition("@")[0] == name)]
    return next(st.session_state[own] for own in names if own in st.session_state)


def wanted() -> Absent | None:
    """Return the rows that the address waits for."""
    waiting = _session().wanted
    return waiting.rows if waiting else None


def bring(table: Table) -> None:
    """Show what the address describes that waits for rows: see `address.bring`."""
    _keep(address.bring(_session(), table))


def own_table() -> Table | None:
    """Return the rows that the visitor brought last."""
    return next(iter(_session().tables), None)


def notice(text: str) -> None:
    """Say something at the top of the page, until something else is shown."""
    _keep(address.say(_session(), text))


def notices() -> tuple[str, ...]:
    """Return what is to be said here."""
    _keep(address.said(_session()))
    return _session().notices
