"""How long a class waits in a room: many people join, answer, and are shown what is true.

Run `python -m benchmarks.load --room --people 300`. The app runs in a process of its own, on a
database of its own; each member is a socket that speaks Streamlit's protocol, looks at the room as
often as a browser would, and waits until the page says that its answer is in. At the end the
server is killed by force, and the answers are counted that the database holds.
"""

import asyncio
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import numpy as np
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.rerun import LATER, QUIET, address, processor_seconds, rest
from gdplay.rooms.codes import allowed_rooms, new_member
from gdplay.rooms.database import VARIABLE
from gdplay.rooms.store import Store
from tests import ROOT
from tests.browser.harness import serving

QUESTION = "lesson~variants"

JOINING, ANSWERING = 30.0, 20.0
"""Seconds in which all join, and in which all answer, evenly spread."""

PATIENCE = 60.0
"""Seconds after which what was waited for counts as lost."""

IN, CLOSED = "Your answer is in", "Closed."


class Lesson(NamedTuple):
    """What a class met with.

    Attributes
    ----------
    joins, answers, shows : list of float
        Seconds until each was let in, told that its answer is in, and shown that it is closed.
    lost : int
        What nobody was told in time.
    kept : int
        Answers in the database after the server was killed.
    cores : float
        Of the server, while all answered.
    """

    joins: list[float]
    answers: list[float]
    shows: list[float]
    lost: int
    kept: int
    cores: float


class Member:
    """Somebody with a phone without a screen."""

    def __init__(self, socket: ClientConnection, code: str) -> None:
        self._socket, self._query = socket, f"code={code}"
        self._member, self._page = new_member(), ""
        self._keep, self._told = "", False
        self._choices: dict[str, tuple[str, str]] = {}
        self._looks: dict[str, float] = {}
        self._waits: dict[str, asyncio.Event] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def join(self) -> float:
        """Come to the room as a browser does that keeps nothing yet; return how long it took."""
        begin = perf_counter()
        self._start(self._listen())
        asked = self._await("A")
        await self._send()
        async with asyncio.timeout(PATIENCE):
            await asked.wait()
        self._start(self._look())
        return perf_counter() - begin

    async def answer(self, letter: str) -> float:
        """Press the button of a choice; return how long it took until it was said to be in."""
        begin, told = perf_counter(), self._await(IN)
        widget, fragment = self._choices[letter]
        await self._send(fragment, widget)
        async with asyncio.timeout(PATIENCE):
            await told.wait()
        return perf_counter() - begin

    async def closed(self, begin: float) -> float:
        """Wait until the page says that the question is closed; return how long it took."""
        told = self._waits[CLOSED]
        async with asyncio.timeout(PATIENCE):
            await told.wait()
        return perf_counter() - begin

    def expect_end(self) -> None:
        """Begin to wait for the question's end."""
        self._await(CLOSED)

    async def leave(self) -> None:
        """Close the browser."""
        for task in self._tasks:
            task.cancel()
        await self._socket.close()

    def _start(self, work: object) -> None:
        self._tasks.add(asyncio.ensure_future(work))  # type: ignore[arg-type]

    def _await(self, text: str) -> asyncio.Event:
        self._waits[text] = asyncio.Event()
        return self._waits[text]

    async def _look(self) -> None:
        """Ask for each fragment that is to be run again and again, as often as it says."""
        while True:
            await asyncio.sleep(min(self._looks.values(), default=1.0))
            for fragment in [*self._looks]:
                await self._send(fragment, auto=True)

    async def _send(self, fragment: str = "", pressed: str = "", *, auto: bool = False) -> None:
        request = BackMsg()
        state = request.rerun_script
        state.query_string, state.fragment_id, state.is_auto_rerun = self._query, fragment, auto
        state.page_name, state.page_script_hash = ("" if self._page else "room"), self._page
        if self._keep:
            widget = state.widget_states.widgets.add()
            widget.id = self._keep
            widget.json_value = json.dumps({"kept": {"member": self._member, "key": None}})
        if pressed:
            widget = state.widget_states.widgets.add()
            widget.id, widget.trigger_value = pressed, True
        await self._socket.send(request.SerializeToString())

    async def _listen(self) -> None:
        async for raw in self._socket:
            assert isinstance(raw, bytes)
            await self._take(ForwardMsg.FromString(raw))

    async def _take(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "navigation":  # of a whole run, which has fragments of its own
            self._page, self._looks = message.navigation.page_script_hash, {}
        elif kind == "auto_rerun":
            self._looks[message.auto_rerun.fragment_id] = message.auto_rerun.interval
        elif kind == "delta":
            self._element(message)
        elif kind == "script_finished" and self._keep and not self._told:
            self._told = True  # as browsers do, once the page has come
            await self._send()

    def _element(self, message: ForwardMsg) -> None:
        element, fragment = message.delta.new_element, message.delta.fragment_id
        match element.WhichOneof("type"):
            case "bidi_component" if element.bidi_component.component_name == "gdplay_keep":
                self._keep = element.bidi_component.id
            case "button" if element.button.label.startswith("**"):
                letter = element.button.label[2]
                self._choices[letter] = (element.button.id, fragment)
                self._tell(letter)
            case "alert":
                for text in (IN, CLOSED):
                    if element.alert.body.startswith(text):
                        self._tell(text)

    def _tell(self, text: str) -> None:
        if text in self._waits:
            self._waits[text].set()


async def _teach(url: str, pid: int, store: Store, people: int) -> Lesson:
    """Let people join and answer, then show it."""
    room, key = store.open(QUESTION, allowed_rooms())
    joins: list[float] = []
    answers: list[float] = []
    shows: list[float] = []
    lost = 0
    members = [
        Member(await connect(address(url), subprotocols=["streamlit"], max_size=None), room.code)  # type: ignore[list-item]
        for _ in range(people)
    ]

    async def at(place: int, span: float, act: object, into: list[float]) -> None:
        nonlocal lost
        await asyncio.sleep(span * place / people)
        try:
            into.append(await act())  # type: ignore[operator]
        except (TimeoutError, OSError, KeyError):
            lost += 1

    await asyncio.gather(*(at(p, JOINING, m.join, joins) for p, m in enumerate(members)))
    used, begin = processor_seconds(pid), perf_counter()
    for letter in ("A", "C"):  # the first answer is changed by all
        await asyncio.gather(
            *(
                at(p, ANSWERING, lambda m=m, letter=letter: m.answer(letter), answers)
                for p, m in enumerate(members)
            )
        )
    cores = (processor_seconds(pid) - used) / (perf_counter() - begin)
    for member in members:
        member.expect_end()
    store.show(room.code, key, 1)
    end = perf_counter()
    await asyncio.gather(*(at(0, 0.0, lambda m=m: m.closed(end), shows) for m in members))
    for member in members:
        await member.leave()
    return Lesson(joins, answers, shows, lost, store.answers(room.code, 1).count("choose~2"), cores)


@contextmanager
def _database() -> Iterator[str]:
    """Let a server that is started here keep rooms in a file of its own."""
    before = os.environ.get(VARIABLE)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rooms.sqlite"
        os.environ[VARIABLE] = before if before and "://" in before else str(file)
        yield os.environ[VARIABLE]
        os.environ.pop(VARIABLE)
        if before is not None:
            os.environ[VARIABLE] = before


def teach(people: int) -> Lesson:
    """Hold one lesson on a server of its own, which is killed at its end."""
    from gdplay.rooms.database import where

    with _database():
        with serving(ROOT / "app.py") as (url, process):
            asyncio.run(asyncio.sleep(LATER))
            rest(process.pid, 20 * QUIET)
            store = Store(where())
            lesson = asyncio.run(_teach(url, process.pid, store, people))
            process.kill()
            process.wait()
        again = Store(where())
        (code,) = _codes(again)
        kept = again.answers(code, 1).count("choose~2")
        for each in (store, again):
            each.close()
    return lesson._replace(kept=kept)


def _codes(store: Store) -> Sequence[str]:
    with store._reads() as connection:
        rows = connection.exec_driver_sql("SELECT code FROM rooms ORDER BY created DESC LIMIT 1")
        return [row[0] for row in rows]


def told(people: int, lesson: Lesson) -> str:
    """Return what happened as lines of a table."""
    lines = [f"{people} people in a room; {lesson.lost} were not told in time"]
    for name in ("joins", "answers", "shows"):
        waits = getattr(lesson, name)
        times = [1e3 * float(np.quantile(waits, share)) for share in (0.5, 0.95, 1.0)]
        lines.append(f"{name:>8}{len(waits):>6}" + "".join(f"{time:>9.0f} ms" for time in times))
    lines.append(f"cores of the server while all answered: {lesson.cores:.2f}")
    lines.append(f"after kill -9: {lesson.kept} of {people} answers are there")
    return "\n".join(lines)
