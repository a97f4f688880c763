"""Random walks over pages, controls, links, Back, Forward and reloads, in a browser made here."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qs

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData
from streamlit.testing.v1 import AppTest

import gdplay as gd
from gdplay.link import Query
from gdplay.teaching.defaults import default_race
from gdplay.teaching.networks import default_networks
from gdplay.ui import address
from gdplay.ui.address import Session, Shown
from gdplay.ui.batch_size.view import BatchView
from gdplay.ui.compare.view import View
from gdplay.ui.lessons.view import LessonView
from gdplay.ui.network.view import NetworkView
from gdplay.ui.one_update.view import UpdateView
from gdplay.ui.surfaces.view import SurfacesView
from tests import ROOT, older

ROUTER = ROOT / "gdplay/ui/router.py"
PAGES = (
    "compare", "surfaces", "network", "one_update", "learning_rate", "batch_size", "worked",
    "lessons", "room", "guide",
)  # fmt: skip
IRIS = gd.default_experiment(gd.DATASETS["iris"])
LINE = gd.default_experiment()
NETS = replace(default_networks(gd.DATASETS["line"]), epochs=2)
LINKS: dict[str, tuple[str, Query]] = {
    "iris on a map": ("compare", address.whole(IRIS, View(ground="map", log=False))),
    "an update": ("one_update", address.whole(LINE, UpdateView(2, 5))),
    "an update that there is not": ("one_update", address.whole(LINE, UpdateView(5, 9999))),
    "costs": ("batch_size", address.whole(LINE, BatchView(part="cost", size=4))),
    "part of an experiment": ("compare", {"data": ["iris"]}),
    "a race": ("surfaces", address.whole(default_race(gd.SURFACES["booth"]), SurfacesView())),
    "a network": ("network", address.whole(NETS, NetworkView(focus=1))),
    "another model on a page of networks": ("network", address.whole(IRIS, NetworkView())),
    "data on a page of functions": ("surfaces", address.whole(IRIS, SurfacesView())),
    "part of a view": ("learning_rate", {"view.rule": ["momentum"]}),
    "nonsense": ("worked", {"view.n": ["many"], "data": ["nothing"]}),
    "a question": ("lessons", address.encode(LessonView("ravine"))),
    "an answer": ("lessons", address.encode(LessonView("momentum", 1, True, 2.0, done=3))),
    "no page named": ("guide", address.whole(IRIS, View())),
}


@contextmanager
def history_navigation() -> Iterator[None]:
    """Let Streamlit know that Back or Forward is pressed, as a browser does."""
    told = partial(RerunData, is_history_navigation=True)
    with patch("streamlit.testing.v1.local_script_runner.RerunData", told):
        yield


@dataclass
class Entry:
    """A place in the history: what stands in the address bar."""

    page: str
    query: Query


class Browser:
    """What Chromium and Streamlit's script do with history, read from their sources."""

    def __init__(self) -> None:
        self.entries = [Entry("compare", {})]
        self.place = 0
        self.start()

    @property
    def entry(self) -> Entry:
        return self.entries[self.place]

    @property
    def session(self) -> Session:
        return self.app.session_state["session"]  # type: ignore[no-any-return]

    def start(self) -> None:
        """Load what stands in the address bar, in a session of its own."""
        self.app = AppTest.from_file(str(ROUTER), default_timeout=120)
        self.app.run()
        self.run(switch=True)

    def follow(self, page: str, query: Query) -> None:
        """Follow a link inside the app."""
        self.push(Entry(page, query))
        self.run(switch=True)

    def step(self, by: int) -> None:
        """Go back or forward."""
        self.place += by
        with history_navigation():
            self.run(switch=True, returned=True)

    def push(self, entry: Entry) -> None:
        self.entries = [*self.entries[: self.place + 1], entry]
        self.place += 1

    def run(self, switch: bool = False, returned: bool = False) -> None:
        """Rerun the app at the address, and do with the history what it then says."""
        if switch:
            self.app.switch_page(str(ROOT / f"pages/{self.entry.page}.py"))
        self.app.query_params = {**self.entry.query}
        self.app.run()
        assert not self.app.exception, [error.message for error in self.app.exception]
        if self.session.page.name != self.entry.page:  # the app sent its visitor there
            self.push(Entry(self.session.page.name, self.entry.query))
        for told in self.replacements():
            if self.entry.query in [parse_qs(old) for old in told["instead"]]:
                self.entry.query = parse_qs(told["query"], keep_blank_values=True)
        said = {
            name: [texts] if isinstance(texts, str) else list(texts)
            for name, texts in self.app.query_params.items()
        }
        if said != self.entry.query:
            if returned:
                self.entry.query = said
            else:
                self.push(Entry(self.entry.page, said))

    def replacements(self) -> list[dict[str, Any]]:
        """Return what the component is told that puts one address in the place of another."""
        told = [
            json.loads(part.proto.json)
            for part in self.app.get("bidi_component")
            if part.proto.component_name == "gdplay_address"
        ]
        return [data for data in told if "instead" in data]

    def widget(self, kind: str, name: str) -> Any:
        """Return a control, its key's generation aside, or None where there is none."""
        there = [
            one for one in getattr(self.app, kind) if one.key and one.key.split("@")[0] == name
        ]
        return there[0] if there else None


def choose(kind: str, name: str, *values: Any) -> Callable[[Browser], bool]:
    """Return an act that gives a control the first of some values that it does not have."""

    def act(browser: Browser) -> bool:
        control = browser.widget(kind, name)
        value = next((v for v in values if control is not None and control.value != v), None)
        if value is None:
            return False
        control.set_value(value)
        return True

    return act


def press(name: str) -> Callable[[Browser], bool]:
    """Return an act that presses a button."""

    def act(browser: Browser) -> bool:
        button = browser.widget("button", name)
        if button is None or button.disabled:
            return False
        button.click()
        return True

    return act


def opening(name: str) -> Callable[[Browser], bool]:
    """Return an act that opens a menu, whose name ends in @ where it closes as controls restart."""

    def act(browser: Browser) -> bool:
        key = f"{name}{browser.session.generation}" if name.endswith("@") else name
        if browser.entry.page not in ("compare", "learning_rate", "batch_size"):
            return False
        browser.app.session_state[key] = True
        return True

    return act


data = choose("selectbox", "data", "iris", "line")
CONTROLS = {
    "compare": {
        "menu": opening("problem"),
        "data": data,
        "log": choose("toggle", "log", False, True),
        "axis": choose("button_group", "along", "updates", "epochs"),
        "panel": opening("run0.more@"),
        "hide": press("run0.eye"),
        "reset": press("reset"),
    },
    "surfaces": {
        "shade": choose("button_group", "shade", "updates", "minimum"),
        "log": choose("toggle", "log", False, True),
        "reset": press("reset"),
    },
    "network": {
        "whose": choose("selectbox", "focus", 0, 1),
        "log": choose("toggle", "log", False, True),
    },
    "one_update": {
        "on": press("update_on"),
        "epoch": press("epoch_on"),
        "near": choose("toggle", "near", True, False),
        "leave": press("back"),
    },
    "learning_rate": {
        "menu": opening("problem"),
        "data": data,
        "rule": choose("button_group", "rule", "momentum", "sgd"),
    },
    "batch_size": {
        "menu": opening("problem"),
        "data": data,
        "part": choose("button_group", "part", "cost", "floor"),
    },
    "worked": {
        "example": choose("button_group", "example", "bowl", "valley"),
        "exam": choose("toggle", "exam", True, False),
        "open": press("compare"),
    },
    "lessons": {
        "go": press("next"),
        "list": press("all"),
        "answer": press("choice1"),
        "try": press("try"),
        "free": choose("button_group", "free", 1, 0),
    },
    "room": {},
    "guide": {},
}
LEADING = {"leave", "open"}


def says(shown: Shown) -> object:
    """Return what an address says of what is shown: of a lesson no experiment."""
    return shown.view if isinstance(shown.view, address.Complete) else shown


class Walk(RuleBasedStateMachine):
    """A visitor who does anything, and what must be true of each step."""

    @initialize()
    def come(self) -> None:
        self.browser = Browser()
        self.looks: list[Shown] = [self.look()]
        self.views: dict[str, Shown] = {}
        self.check(1)

    def look(self) -> Shown:
        return self.browser.session.shown

    def check(self, length: int) -> None:
        """Hold the address against what is shown, and remember what was shown here."""
        browser, page = self.browser, self.browser.session.page
        assert len(browser.entries) == length
        assert browser.entry.page == page.name
        own = address.whole(*self.look()) if page.kind else {}
        assert browser.entry.query in (own, {})
        if page.kind and not browser.entry.query:
            assert says(self.look()) == says(address.home(page))
        assert page.kind is None or isinstance(self.look().view, page.kind)
        self.looks = [*self.looks[: browser.place], self.look(), *self.looks[browser.place + 1 :]]
        self.looks = self.looks[:length]
        if page.kind:
            self.views[page.name] = self.look()

    @rule(page=st.sampled_from(PAGES))
    def navigate(self, page: str) -> None:
        """The menu leads to another page: that page's own last view, and the same experiment.

        Pages of functions and of networks may have another one, of their own; those that follow
        show what was played last. A view is mended where it does not suit another experiment.
        """
        if page == self.browser.entry.page:
            return
        before, was = self.look(), self.browser.entry.page
        played = self.browser.session.played.name
        self.browser.follow(page, {})
        apart = {"surfaces", "network"} & {page, was, played, self.browser.session.played.name}
        assert apart or self.look().experiment == before.experiment
        if page in self.views and self.views[page].experiment == self.look().experiment:
            assert self.look().view == self.views[page].view
        self.check(self.browser.place + 1)

    @rule(data=st.data())
    def control(self, data: st.DataObject) -> None:
        """A control makes one entry at most, and only its own page's view changes."""
        page, place = self.browser.entry.page, self.browser.place
        names = sorted(CONTROLS[page])
        if not names:
            return
        name = data.draw(st.sampled_from(names))
        if not CONTROLS[page][name](self.browser):
            return
        self.browser.run()
        moved = self.browser.place - place
        assert moved == 1 if name in LEADING else moved in (0, 1)
        self.check(place + 2 if moved else len(self.looks))

    @precondition(lambda self: self.browser.place > 0)
    @rule()
    def back(self) -> None:
        self.step(-1)

    @precondition(lambda self: self.browser.place < len(self.browser.entries) - 1)
    @rule()
    def forward(self) -> None:
        self.step(1)

    @precondition(lambda self: len(self.browser.entries) > 2)
    @rule(data=st.data())
    def jump(self, data: st.DataObject) -> None:
        """The menu of the Back button leads several entries away at once."""
        self.step(data.draw(st.integers(0, len(self.looks) - 1)) - self.browser.place)

    def step(self, by: int) -> None:
        there = self.looks[self.browser.place + by]
        self.browser.step(by)
        if self.browser.session.page.kind:
            assert says(self.look()) == says(there)
        self.check(len(self.looks))

    @rule(name=st.sampled_from(sorted(LINKS)))
    def link(self, name: str) -> None:
        """A link inside the app shows all that it describes."""
        page, query = LINKS[name]
        stray = page == "guide"
        self.browser.follow(page, query)
        if stray:  # a page of its own, then the one it was meant for
            self.looks += [self.look()]
        place = self.browser.place
        self.looks = self.looks[: place + 1]
        self.check(place + 1)

    @rule()
    def reload(self) -> None:
        """Another session shows the same at the same address."""
        before = self.look()
        self.browser.start()
        if self.browser.session.page.kind:
            assert says(self.look()) == says(before)
        self.views = {}
        self.check(len(self.looks))


def walks(count: int) -> settings:
    """Return how so many walks of twelve steps are taken, the same ones each time."""
    return settings(
        max_examples=count,
        stateful_step_count=12,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )


@older.newer_tells
class TestWalk(Walk.TestCase):
    settings = walks(4)


@pytest.mark.exhaustive
class TestLongWalk(Walk.TestCase):
    settings = walks(16)
