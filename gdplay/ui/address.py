"""What a visitor looks at, as one value, and how it follows from the address and from acts.

An address is whole or empty: everything a page shows, or nothing. A whole address wins over what
the session holds, so that Back and Forward undo and redo. An empty one is left only where a page
shows what it shows to everybody at first, and means just that when Back leads to it; whoever
comes to an empty address in any other way finds the page as they left it, on the experiment that
all pages share. Each page has a view of its own, which no other page reads or writes.

Nothing here knows Streamlit: `state` hands in what the browser says and writes what comes out.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlencode

from gdplay import link, short
from gdplay.experiment import Experiment
from gdplay.journal import digest, refuse
from gdplay.knobs import Knobs, knobs
from gdplay.link import Absent, LinkError, MissingRowsError, Query
from gdplay.loss.fit import Fit
from gdplay.loss.surfaces import SURFACES, Surface
from gdplay.own_rows.table import Table
from gdplay.teaching.defaults import default_experiment, default_race
from gdplay.teaching.networks import default_networks, is_network
from gdplay.words import escaped, sentence

PREFIX = "view."

V = TypeVar("V", bound=Knobs)


@dataclass(frozen=True)
class Complete(Knobs):
    """A view that says all that its page shows, so that links need no experiment."""


class Own(NamedTuple):
    """What a page shows that is about one kind of experiment: all that `suits`, and nothing else.

    `page` is its name, `first` what it shows to everybody at first, and `refusal` what it says to
    any other.
    """

    page: str
    suits: Callable[[Experiment], bool]
    first: Callable[[], Experiment]
    refusal: str


class Page(NamedTuple):
    """A page: the name of its file in `pages`, and what its view is made of.

    A page without a kind of view has no address of its own. One with a kind of experiment of its
    own shows what all pages share where that suits it, and else one that is its own. One that
    `follows` shows what its visitor last played, where it can tell of that: what all pages share,
    or what is a page's own.
    """

    name: str
    kind: type[Knobs] | None
    own: Own | None = None
    follows: Callable[[Experiment], bool] | None = None

    @property
    def plays(self) -> bool:
        """Whether visitors make and play experiments here."""
        told = self.follows or self.kind is None or issubclass(self.kind, Complete)
        return not told


NOWHERE = Page("", None)


class Shown(NamedTuple):
    """What a visitor looks at: the experiment, and the page's own kind of view."""

    experiment: Experiment
    view: Any


def anything(_: Experiment) -> bool:
    """Every experiment: what a page `follows` that can tell of each."""
    return True


def on_rows(experiment: Experiment) -> bool:
    """Whether an experiment is on rows of data: what a page `follows` that tells of batches."""
    return isinstance(experiment.problem, Fit)


class Goal(NamedTuple):
    """Where a page sends its visitor, and what is to be shown there."""

    page: str
    experiment: Experiment
    view: Knobs | None


class Trip(NamedTuple):
    """A look at another page: which one, the experiment taken along, and the one left behind."""

    page: str
    taken: Experiment
    left: Experiment


class Wanted(NamedTuple):
    """What an address describes whose rows have still to be brought along, and which they are."""

    query: Query
    rows: Absent


@cache
def first() -> Experiment:
    """Return the experiment of a first visit."""
    return default_experiment()


@cache
def first_race() -> Experiment:
    """Return the experiment of a first visit to a page of functions."""
    return default_race(SURFACES["himmelblau"])


FUNCTIONS = Own(
    "surfaces",
    lambda experiment: isinstance(experiment.problem, Surface),
    first_race,
    "That is an experiment on data, which Compare shows. Here is a race on a function.",
)


@cache
def first_networks() -> Experiment:
    """Return the experiment of a first visit to a page of networks."""
    return default_networks()


NETWORKS = Own(
    "network",
    lambda experiment: is_network(experiment.problem),
    first_networks,
    "That is no network. Compare shows it; here is a network.",
)


def page_about(experiment: Experiment) -> str:
    """Return the name of the page that is about experiments of this kind; "" where none is."""
    return next((own.page for own in (FUNCTIONS, NETWORKS) if own.suits(experiment)), "")


def home(page: Page) -> Shown:
    """Return what a page shows to everybody at first."""
    own = page.own.first() if page.own else first()
    return Shown(own, page.kind() if page.kind else None)


@dataclass(frozen=True)
class Session:
    """All that is known of a visitor.

    Attributes
    ----------
    page : the page looked at
    played : the page of play looked at last
    experiment : what all pages share
    apart : by the name of a page, what it shows where what all pages share does not suit it
    views : by the name of a page, how it was looked at last
    address : what the browser's address is to say: all of it, or nothing
    alias, base : the address under which the page was opened, and what it then showed: until
        `address` has taken its place, and where it never does
    opened : how often something was opened at an address, not made by hand from what was there
    fresh : whether the page has not yet been drawn since it was opened at this address
    generation : grows where controls are to start again, which carry it in their keys
    touched : whether an act other than a control's own put something on the screen
    controls : what the controls held when the page was last drawn
    notices : what is to be said, until something else is shown
    noticed : of what it is said, as soon as it is: the page's name, and what that shows
    goal : where the visitor is being sent
    trips : by the page it began on, the trip that a visitor has not come back from
    seen : how the page was looked at that the visitor just came back from
    tables : the visitor's own rows, the latest first, which links of theirs lead back to
    wanted : what the address waits for, which stays as it is until the visitor brings the rows or
        chooses something else
    """

    page: Page = NOWHERE
    played: Page = NOWHERE
    experiment: Experiment = field(default_factory=first)
    apart: Mapping[str, Experiment] = field(default_factory=dict)
    views: Mapping[str, Knobs] = field(default_factory=dict)
    address: Query = field(default_factory=dict)
    alias: Query = field(default_factory=dict)
    base: Shown | None = None
    opened: int = 0
    fresh: bool = False
    generation: int = 0
    touched: bool = False
    controls: Mapping[str, Any] = field(default_factory=dict)
    notices: tuple[str, ...] = ()
    noticed: tuple[str, Shown] | None = None
    goal: Goal | None = None
    trips: Mapping[str, Trip] = field(default_factory=dict)
    seen: Knobs | None = None
    tables: tuple[Table, ...] = ()
    wanted: Wanted | None = None

    @property
    def shown(self) -> Shown:
        """What the visitor looks at."""
        view = self.views.get(self.page.name, home(self.page).view)
        return Shown(self._apart(self.told) or self.experiment, view)

    @property
    def told(self) -> Page:
        """The page whose experiment is shown: another one's, where this page follows it."""
        follows = self.page.follows
        if follows is None or not follows(self._apart(self.played) or self.experiment):
            return self.page
        return self.played

    def _apart(self, page: Page) -> Experiment | None:
        """Return what a page shows that is not what all share; None where it shows that."""
        if page.own is None or page.own.suits(self.experiment):
            return None
        return self.apart.get(page.name) or page.own.first()

    def _showing(self, shown: Shown, **more: Any) -> "Session":
        views = self.views if shown.view is None else {**self.views, self.page.name: shown.view}
        problem = shown.experiment.problem
        own = problem.dataset if isinstance(problem, Fit) else None
        if isinstance(own, Table):
            others = (table for table in self.tables if table != own)
            more = {"tables": (own, *others)[:MOST_TABLES], **more}
        more = {"wanted": None, "views": views, **more}
        told, suits = self.told, self.told.own is None or self.told.own.suits(shown.experiment)
        if suits and self._apart(told) is not None:
            return replace(self, apart={**self.apart, told.name: shown.experiment}, **more)
        if not suits and self.page.follows:  # that is nothing that could be played there
            more = {"played": NOWHERE, **more}
        return replace(self, experiment=shown.experiment, **more)


MOST_TABLES = 3
"""So many of a visitor's own tables are kept."""


# What the browser says


def arrive(
    session: Session, page: Page, query: Query, *, acted: bool = False, returned: bool = False
) -> Session:
    """Return the session as a page begins.

    Parameters
    ----------
    session : Session
    page : Page
        The page that the browser asks for.
    query : Query
        What its address says.
    acted : bool
        Whether a control brought this about, which may not know the last address yet: in a quick
        drag the browser asks again before it has seen the address of the page before.
    returned : bool
        Whether Back or Forward is known to have brought this about.
    """
    session = replace(session, touched=False, seen=None)
    if page.name != session.page.name:
        return _came(session, page, query, returned)
    session = replace(session, goal=None, fresh=session.fresh and not acted)
    if page.kind is None or query == session.address or (acted and not returned):
        return session
    if returned or query != session.alias or session.base is None:
        return _opened(session, query)
    if session.address == whole(*session.base):
        return session
    again = session._showing(session.base, generation=session.generation + 1)
    return _settled(again, query)


def _came(session: Session, page: Page, query: Query, returned: bool) -> Session:
    """Return the session as another page begins."""
    trip = session.trips.get(page.name)
    came = replace(
        session,
        page=page,
        played=page if page.plays else session.played,
        goal=None,
        wanted=None,
        trips={name: other for name, other in session.trips.items() if name != page.name},
        seen=session.views.get(trip.page) if trip else None,
        generation=session.generation + 1,
    )
    if session.goal is not None and session.goal.page == page.name:
        view = session.goal.view or came.shown.view
        return _settled(came._showing(Shown(session.goal.experiment, view)), query)
    if page.kind is None:
        return replace(came, address={}, alias=query)
    # An address brought along from another page says nothing about this one.
    if returned or (query and query not in (session.address, session.alias)):
        return _opened(came, query)
    if trip and came.shown.experiment == trip.taken:
        came = came._showing(Shown(trip.left, came.shown.view))
    return _settled(came, query)


def strays(session: Session, page: Page, query: Query, *, returned: bool = False) -> bool:
    """Whether an address has come to a page that has none of its own.

    A link to the first page names no page, and in a new tab leads to the page where it stands.
    """
    news = query not in (session.address, session.alias)
    return page.kind is None and news and bool(query) and not returned


def _opened(session: Session, query: Query) -> Session:
    """Return the session with what an address describes, or with a word on why it cannot be."""
    page = session.page
    assert page.kind is not None
    shown, notices, wanted = home(page), _unsaid(session), None
    try:
        view, wrong = decode(query, page.kind)
        if isinstance(view, Complete):
            shown = Shown(session.experiment, view)
        elif all(name.startswith(PREFIX) for name in ours(query)):
            shown = Shown(shown.experiment, view)
        else:
            experiment, changes = link.mended(query, session.tables)
            if page.own and not page.own.suits(experiment):
                notices += (page.own.refusal,)
                experiment = shown.experiment
            if page.follows and page_about(experiment) != page_about(session.shown.experiment):
                session = replace(session, played=NOWHERE)  # nobody played that there
            shown = Shown(experiment, view)
            if changes:
                text = escaped("; ".join(changes))
                notices += (f"Out of range in this link: {text}. The rest is as it says.",)
        notices += tuple(
            f"A part of this link could not be read: {escaped(text)}. It is as usual instead."
            for text in wrong
        )
    except MissingRowsError as error:
        wanted = Wanted(query, error.rows)
    except LinkError as error:
        refuse("link", link=digest(urlencode(query, doseq=True, errors="replace")))
        notices += (
            f"This link could not be read: {escaped(str(error))}. Here is the default instead.",
        )
    session = replace(session, notices=notices, noticed=None)
    more = {"generation": session.generation + 1, "wanted": wanted}
    return _settled(session._showing(shown, **more), query)


def _settled(session: Session, query: Query) -> Session:
    """Return the session with the address that what was opened at `query` is to have."""
    address = _address(session, query)
    opened = session.opened + 1
    return replace(
        session, address=address, alias=query, base=session.shown, fresh=True, opened=opened
    )


def _address(session: Session, before: Query) -> Query:
    """Return what the address says where it was `before`: an empty one stays while it is true.

    So does one that waits for its rows.
    """
    if session.wanted is not None:
        return session.wanted.query
    usual = home(session.page)
    same = session.shown == usual
    if isinstance(usual.view, Complete):
        same = session.shown.view == usual.view
    if session.page.kind is None or (not before and same):
        return {}
    return whole(*session.shown)


# What pages and their controls say


def show(session: Session, experiment: Experiment, view: Knobs | None = None) -> Session:
    """Return the session with another experiment on the screen, and all controls restarted.

    What no address can hold is not shown: it says why, and all stays as it is.
    """
    generation = session.generation + 1
    try:
        link.encode(experiment)
    except LinkError as error:
        refused = replace(session, generation=generation, touched=True)
        return say(refused, escaped(sentence(str(error))))
    shown = Shown(experiment, view or session.shown.view)
    own = session.page.own
    if own and not own.suits(experiment):
        session = say(session, own.refusal)
    return session._showing(shown, generation=generation, touched=True)


def bring(session: Session, table: Table) -> Session:
    """Return the session with what its address waits for, on the rows of `table`.

    It still waits, and says why, where that cannot be on these rows.
    """
    wanted, kind = session.wanted, session.page.kind
    assert wanted is not None
    assert kind is not None
    own = link.encode(default_experiment(table))["data"]
    try:
        experiment = link.mended({**wanted.query, "data": own}, [table]).experiment
    except LinkError as error:
        return say(
            session, f"The link does not go with these rows. {escaped(sentence(str(error)))}"
        )
    if not wanted.rows.are(table):
        text = "These are not the very rows that the link was made with. Its runs are on yours."
        session = say(session, text)
    return show(session, experiment, decode(wanted.query, kind)[0])


def save(
    session: Session, experiment: Experiment, view: Knobs, controls: Mapping[str, Any]
) -> Session:
    """Return the session with what the controls say, and the address that it has now.

    Where the page was only just opened, what it mends of its address makes no history.
    """
    now = session._showing(Shown(experiment, view), controls=controls, fresh=False)
    base = now.shown if session.fresh else session.base
    return replace(now, address=_address(now, session.address), base=base)


def moved(session: Session, controls: Mapping[str, Any]) -> bool:
    """Whether the visitor acted since the page was drawn.

    Parameters
    ----------
    session : Session
    controls : mapping from names to values
        What controls now hold; what is no longer on the page says nothing.
    """
    changed = (controls[name] != was for name, was in session.controls.items() if name in controls)
    return session.touched or any(changed)


def leave(
    session: Session,
    page: str,
    experiment: Experiment | None = None,
    view: Knobs | None = None,
    *,
    trip: bool = False,
) -> Session:
    """Return the session as a page sends its visitor to another one.

    Parameters
    ----------
    session : Session
    page : str
        The name of the other page.
    experiment : Experiment, optional
        What is to be shown there; the visitor's own by default.
    view : Knobs, optional
        How it is shown; as the other page was looked at last by default.
    trip : bool
        Whether this page waits for its visitor to come back: it then tells what was `seen`, and
        has its own experiment again unless the one taken along was changed.
    """
    taken = experiment or session.shown.experiment
    trips = session.trips
    if trip:
        trips = {**trips, session.page.name: Trip(page, taken, session.shown.experiment)}
    return replace(session, goal=Goal(page, taken, view), trips=trips)


def say(session: Session, text: str) -> Session:
    """Return the session with something to be said, until something else is shown."""
    return replace(session, notices=(*_unsaid(session), text), noticed=None)


def _unsaid(session: Session) -> tuple[str, ...]:
    return session.notices if session.noticed is None else ()


def said(session: Session) -> Session:
    """Return the session as its notices are said: none are left that were said of something else.

    So a menu that stood over them can be closed, and they are there to be read.
    """
    here = (session.page.name, session.shown)
    notices = session.notices if session.noticed in (None, here) else ()
    return replace(session, notices=notices, noticed=here if notices else None)


# Views in links


def whole(experiment: Experiment, view: Knobs) -> Query:
    """Return the query parameters that describe all that a page shows."""
    if isinstance(view, Complete):
        return encode(view)
    return link.encode(experiment) | encode(view)


def brief(experiment: Experiment, view: Knobs) -> Query:
    """Return a shorter address that opens alike, now and later."""
    usual = short.knobs_of(type(view))
    own = {name: text for name, text in short.knobs_of(view).items() if text != usual[name]}
    said = {PREFIX + name: [text] for name, text in own.items()}
    return said if isinstance(view, Complete) else link.short(experiment) | said


def encode(view: Knobs) -> Query:
    """Return the query parameters that describe a page's view."""
    return {PREFIX + name: texts for name, texts in link.written(view).items()}


def decode(query: Query, kind: type[V]) -> tuple[V, list[str]]:
    """Return the view that `query` describes, and what is wrong with it.

    What is left out or bad is as on a first visit.
    """
    values: dict[str, Any] = {}
    wrong = []
    for name in filter(lambda name: name.startswith(PREFIX), query):
        try:
            values |= link.chosen({name.removeprefix(PREFIX): query[name]}, kind)
        except LinkError as error:
            wrong.append(str(error))
    try:
        return kind(**values), wrong
    except ValueError as error:  # each is good, but they do not go together
        return kind(), [*wrong, str(error)]


def ours(names: Collection[str]) -> list[str]:
    """Return those names of query parameters that concern us."""
    return [name for name in names if name.startswith(PREFIX) or name in _names()]


@cache
def _names() -> frozenset[str]:
    return frozenset({*link.encode(first()), *knobs(Experiment), "surface", short.NAME})
