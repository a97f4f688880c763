"""How long a class waits in a room: many people join, answer, and are shown what is true.

Run `python -m benchmarks.load --room --people 300`, with `--workers 2` against uvicorn's workers.
The app runs in processes of its own, on a database of its own; each member is a socket that speaks
Streamlit's protocol, a connection on which it looks at the room once a second as its browser would,
and waits until the page says that its answer is in. At the end the server is killed by force, and
the answers are counted that the database holds.
"""

import asyncio
import json
import os
import signal
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from time import perf_counter, process_time
from typing import NamedTuple, Protocol
from urllib.parse import urlsplit

import numpy as np
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.rerun import address
from gdplay.rooms.codes import allowed_rooms, new_member
from gdplay.rooms.database import VARIABLE, where
from gdplay.rooms.store import Store

QUESTION = "lesson~variants"

JOINING, RESTING, ANSWERING = 30.0, 10.0, 20.0
"""Seconds in which all join, only look, and answer, evenly spread."""

EVERY = 1.0
"""Seconds between two looks of one phone."""

PATIENCE = 60.0
"""Seconds after which what was waited for counts as lost."""

IN, CLOSED = "Your answer is in", "Closed."


class Crowd(Protocol):
    """The processes of a server."""

    @property
    def pids(self) -> list[int]:
        """All of them."""

    def processor(self) -> float:
        """Return the seconds of processor time that they have used."""


Served = Callable[[], AbstractContextManager[tuple[str, Crowd]]]
"""Starts a server, for as long as a block runs."""


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
    looks : int
        That were answered while nobody did anything else.
    resting, answering, client : float
        Cores of the server while all only looked and while all answered, and of this process then.
    """

    joins: list[float]
    answers: list[float]
    shows: list[float]
    lost: int
    kept: int
    looks: int
    resting: float
    answering: float
    client: float


class Member:
    """Somebody with a phone without a screen."""

    looks = 0
    """How often all members together looked at their room."""

    def __init__(self, url: str, socket: ClientConnection, code: str) -> None:
        self._url, self._socket, self._query = urlsplit(url), socket, f"code={code}"
        self._member, self._page = new_member(), ""
        self._keep, self._told = "", False
        self._choices: dict[str, tuple[str, str]] = {}
        self._stays: dict[str, float] = {}
        self._ticket, self._version, self._body = "", 0, ""
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
        self._start(self._stay())
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

    async def _stay(self) -> None:
        """Ask for each fragment that is to be run again and again, as often as it says."""
        while True:
            await asyncio.sleep(min(self._stays.values(), default=1.0))
            for fragment in [*self._stays]:
                await self._send(fragment, auto=True)

    async def _look(self) -> None:
        """Look once a second whether the room has changed, and run its fragment then."""
        host, port = str(self._url.hostname), self._url.port
        reader, writer = await asyncio.open_connection(host, port)
        request = f"GET /looks/{self._ticket} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode()
        while True:
            await asyncio.sleep(EVERY)
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            _, _, rest = head.partition(b"content-length: ")
            version = int(await reader.readexactly(int(rest.partition(b"\r")[0])))
            Member.looks += 1
            if version != self._version:
                self._version = version
                await self._send(self._body)

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
            self._page, self._stays = message.navigation.page_script_hash, {}
        elif kind == "auto_rerun":
            self._stays[message.auto_rerun.fragment_id] = message.auto_rerun.interval
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
            case "bidi_component" if element.bidi_component.component_name == "gdplay_look":
                told = json.loads(element.bidi_component.json)
                self._ticket, self._version = told["ticket"], told["version"]
                self._body = fragment
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


async def _teach(url: str, crowd: Crowd, store: Store, people: int) -> Lesson:
    """Let people join and answer, then show it."""
    room, key = store.open(QUESTION, allowed_rooms())
    joins: list[float] = []
    answers: list[float] = []
    shows: list[float] = []
    lost = 0
    members = [
        Member(
            url,
            await connect(address(url), subprotocols=["streamlit"], max_size=None),  # type: ignore[list-item]
            room.code,
        )
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
    looks, clock = Member.looks, Use(crowd)
    await asyncio.sleep(RESTING)
    looks, resting = Member.looks - looks, clock.cores()
    clock = Use(crowd)
    for letter in ("A", "C"):  # the first answer is changed by all
        await asyncio.gather(
            *(
                at(p, ANSWERING, lambda m=m, letter=letter: m.answer(letter), answers)
                for p, m in enumerate(members)
            )
        )
    answering = clock.cores()
    for member in members:
        member.expect_end()
    store.show(room.code, key, 1)
    end = perf_counter()
    await asyncio.gather(*(at(0, 0.0, lambda m=m: m.closed(end), shows) for m in members))
    for member in members:
        await member.leave()
    return Lesson(joins, answers, shows, lost, 0, looks, resting[0], *answering)


class Use:
    """How many cores a server and this process use from now on."""

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd
        self._before = (perf_counter(), crowd.processor(), process_time())

    def cores(self) -> tuple[float, float]:
        """Return how many the server and this process have used since."""
        now = (perf_counter(), self._crowd.processor(), process_time())
        span, *used = (after - before for after, before in zip(now, self._before, strict=True))
        return used[0] / span, used[1] / span


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


def teach(people: int, served: Served) -> Lesson:
    """Hold one lesson on a server of its own, which is killed at its end."""
    with _database():
        with served() as (url, crowd):
            store = Store(where())
            lesson = asyncio.run(_teach(url, crowd, store, people))
            for pid in crowd.pids:
                os.kill(pid, signal.SIGKILL)
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
    look = 1e3 * lesson.resting * RESTING / max(lesson.looks, 1)
    lines.append(
        f"cores of the server: {lesson.resting:.2f} while all looked ({lesson.looks} looks, "
        f"{look:.2f} ms each), {lesson.answering:.2f} while all answered (of the class: "
        f"{lesson.client:.2f})"
    )
    lines.append(f"after kill -9: {lesson.kept} of {people} answers are there")
    return "\n".join(lines)
