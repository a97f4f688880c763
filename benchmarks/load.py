"""How long a class waits: many people on one server, each changing something every few seconds.

Run `python -m benchmarks.load` in the project's folder; with `--workers 2` against uvicorn's
workers, with `--hammer 3` beside three who change something again as soon as they have an answer,
with `--dearest` beside one who starts the dearest experiment that is allowed again and again, with
`--soak` for an hour of a class as fast as the server answers, with `--check` to fail where a limit
is missed, with `--room --people 300` for a class in a room.
The app runs in processes of its own; each person is a socket that speaks Streamlit's protocol and
waits for a whole answer. Nothing is drawn: `benchmarks.picture` measures the browser's share.

On *one link* all walk through the same experiments, as a class does that opens a lesson;
*all different* each has rows in an order of its own, so that nobody profits from another.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from itertools import count, cycle
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import NamedTuple
from urllib.parse import urlencode

import numpy as np
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

import gdplay as gd
from benchmarks import room
from benchmarks.measure import Row
from benchmarks.rerun import LATER, QUIET, Held, Visitor, address, processor_seconds, rest
from gdplay.engine import cost
from gdplay.knobs import knobs
from tests import ROOT
from tests.browser.harness import running, serving

EVERY = 5.0
"""Seconds between two changes of one person."""

MOST_WAITING = 60.0
"""Seconds after which an answer counts as lost."""

PEOPLE = (10, 30, 100)

LEFT = 200.0
"""Seconds in which the memory of people who have left comes back: sessions wait two minutes for
their browsers, results one for somebody who asks for them."""

MOST_LEFT = 1.15
"""So many times what one person took may a server still hold when all have left."""

DEAR_PEOPLE = 10
"""So many move their sliders beside whoever starts the dearest experiment."""

MOST_SLOWED = 2.0
"""So many times as long may a change take beside it."""

SOAKING = 30
"""So many people are at a server that is soaked, somebody else as soon as one leaves."""

HOUR = int(3600 / EVERY)
"""So many changes one of them makes in an hour."""

VISIT = 36
"""So many of these in one visit: three minutes."""

SAMPLES = 24
"""So often memory is looked at while a server is soaked."""

MOST_GROWN = 1.1
"""So many times what a server holds in the middle third of a soak may it hold in the last."""

FOREIGN = 1000
"""Seeds from here on belong to one person each."""


class Load(NamedTuple):
    """What people met with, and what it cost.

    Attributes
    ----------
    waits : list of float
        Seconds from a change to its whole answer.
    late : int
        Changes that began late, since the answer before had not come in time.
    errors : int
        Answers that never came, or held an error.
    processor : float
        Seconds of all server processes.
    wire : int
        Bytes of all messages, before compression.
    seconds : float
        That it lasted.
    memory : float
        Megabytes at its end, of all server processes.
    """

    waits: list[float]
    late: int
    errors: int
    processor: float
    wire: int
    seconds: float
    memory: float

    def wait(self, share: float) -> float:
        """Return within how many seconds a share of the answers came."""
        return float(np.quantile(self.waits, share)) if self.waits else float("nan")

    @property
    def cost(self) -> float:
        """Seconds of processor time that a change took."""
        return self.processor / max(len(self.waits), 1)


class Crowd:
    """A server's processes, as the machine tells of them (Linux: /proc)."""

    def __init__(self, pid: int) -> None:
        self._pid = pid

    @property
    def pids(self) -> list[int]:
        """The process and those it started."""
        found = [self._pid]
        for pid in found:  # grows on the way
            for children in Path(f"/proc/{pid}/task").glob("*/children"):
                found.extend(map(int, children.read_text().split()))
        return found

    def processor(self) -> float:
        """Return the seconds of processor time used so far."""
        return sum(map(processor_seconds, self.pids))

    def memory(self) -> float:
        """Return how many megabytes the processes hold, what they share counted once."""
        rolls = (Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in self.pids)
        lines = (line for roll in rolls for line in roll.splitlines() if line.startswith("Pss:"))
        return sum(int(line.split()[1]) * 1024 / 1e6 for line in lines)


class Person:
    """Somebody at a browser without a screen."""

    def __init__(self, socket: ClientConnection, query: str) -> None:
        self._socket, self._held = socket, Held(query)
        self.waits: list[float] = []
        self.late = self.errors = self.wire = 0

    async def open(self) -> None:
        """Open the page; twice, since the second run is that of a browser that holds it."""
        await self._run(None)
        await self._run(None)
        self._rates = cycle(self._held.rates)

    async def stay(self, until: float, first: float, every: float) -> None:
        """Change something now and again; who is answered late goes on at once."""
        due = first
        while due < until:
            self.late += perf_counter() > due + every
            await asyncio.sleep(max(due - perf_counter(), 0.0))
            if not await self.change():
                return
            due = max(due + every, perf_counter() if every == 0 else 0.0)

    async def change(self) -> bool:
        """Change something and wait for the answer; return whether it came."""
        begin = perf_counter()
        try:
            await self._run(next(self._rates))
        except (TimeoutError, OSError):
            self.errors += 1
            return False
        self.waits.append(perf_counter() - begin)
        return True

    async def _run(self, rate: float | None) -> None:
        await self._socket.send(self._held.request(rate))
        messages: list[ForwardMsg] = []
        async with asyncio.timeout(MOST_WAITING):
            while not messages or messages[-1].WhichOneof("type") != "script_finished":
                raw = await self._socket.recv()
                assert isinstance(raw, bytes)
                self.wire += len(raw)
                messages.append(ForwardMsg.FromString(raw))
        self.errors += any(m.delta.new_element.HasField("exception") for m in messages)
        self._held.take(messages)


def query(place: int, *, different: bool) -> str:
    """Return what a person opens."""
    base = gd.default_experiment()
    own = replace(base, seed=FOREIGN + place) if different else base
    return urlencode(gd.link.short(own), doseq=True)


def dearest(place: int) -> str:
    """Return a link to an experiment that this server just allows; each place has its own seed."""
    base = replace(gd.default_experiment(), seed=FOREIGN + place, n_seeds=gd.link.MAX_SEEDS)
    most = knobs(base)["epochs"].high
    epochs = 1
    while epochs < most and cost.refusal(replace(base, epochs=min(2 * epochs, int(most)))) is None:
        epochs = min(2 * epochs, int(most))
    return urlencode(gd.link.short(replace(base, epochs=epochs)), doseq=True)


async def _start_dearest(url: str, until: float) -> None:
    """Open one dearest experiment after the other, each as soon as the one before is done."""
    place = 0
    while perf_counter() < until:
        place += 1
        socket = connect(address(url), subprotocols=["streamlit"], max_size=None)  # type: ignore[list-item]
        async with socket as stream:
            await stream.send(Held(dearest(place)).request(None))
            with suppress(TimeoutError):
                async with asyncio.timeout(until - perf_counter()):
                    while not _ends(await stream.recv()):
                        pass


def _ends(raw: str | bytes) -> bool:
    """Whether a message is the last of an answer."""
    assert isinstance(raw, bytes)
    return ForwardMsg.FromString(raw).WhichOneof("type") == "script_finished"


async def _visit(
    url: str,
    crowd: Crowd,
    people: int,
    seconds: float,
    *,
    different: bool,
    hammer: int,
    dear: bool,
) -> Load:
    """Let people come one after the other, then all change something for a while."""
    async with asyncio.TaskGroup() as group:  # leaves when all have
        sockets = [
            await connect(address(url), subprotocols=["streamlit"], max_size=None)  # type: ignore[list-item]
            for _ in range(people + hammer)
        ]
        everybody = [
            Person(socket, query(place, different=different))
            for place, socket in enumerate(sockets)
        ]
        for person in everybody:
            await person.open()
        for person in everybody:
            person.wire = 0
        before, begin = crowd.processor(), perf_counter()
        if dear:
            group.create_task(_start_dearest(url, begin + seconds))
        stays = [
            group.create_task(
                person.stay(begin + seconds, begin + EVERY * place / people, EVERY)
                if place < people
                else person.stay(begin + seconds, begin, 0.0)
            )
            for place, person in enumerate(everybody)
        ]
        await asyncio.gather(*stays)
    load = Load(
        [wait for person in everybody[:people] for wait in person.waits],
        sum(person.late for person in everybody[:people]),
        sum(person.errors for person in everybody),
        crowd.processor() - before,
        sum(person.wire for person in everybody[:people]),
        perf_counter() - begin,
        crowd.memory(),
    )
    for socket in sockets:
        await socket.close()
    return load


class Soak(NamedTuple):
    """What a server held while people came and went.

    Attributes
    ----------
    before, opened : float
        Megabytes with nobody there, and when the first class had opened its pages.
    samples : list of (seconds, changes, visits, megabytes)
        As it went on.
    errors : int
        Answers that never came, or held an error.
    """

    before: float
    opened: float
    samples: list[tuple[float, int, int, float]]
    errors: int

    @property
    def session(self) -> float:
        """Megabytes of a session with results of its own."""
        return (self.opened - self.before) / SOAKING

    @property
    def grown(self) -> float:
        """What the server held in the last third over what it held in the middle one."""
        memory = [sample[-1] for sample in self.samples]
        third = len(memory) // 3
        return median(memory[-third:]) / median(memory[third:-third])


SAMPLE = "{:>8.0f} s{:>8} changes{:>6} visits{:>8.0f} MB"


async def _soak(url: str, crowd: Crowd, changes: int) -> Soak:
    """Let people come and go until they have changed so much; every other one is on one link."""
    begin, before, left, places = perf_counter(), crowd.memory(), changes, count()
    samples: list[tuple[float, int, int, float]] = []
    everybody: list[Person] = []
    seated = asyncio.Barrier(SOAKING + 1)

    async def come(socket: ClientConnection) -> Person:
        place = next(places)
        person = Person(socket, query(place, different=place < SOAKING or bool(place % 2)))
        everybody.append(person)
        await person.open()
        return person

    async def sit() -> None:
        nonlocal left
        first = True
        while left > 0:
            socket = connect(address(url), subprotocols=["streamlit"], max_size=None)  # type: ignore[list-item]
            async with socket as stream:
                person = await come(stream)
                if first:
                    await seated.wait()
                    await seated.wait()
                first = False
                for _ in range(VISIT):
                    left -= 1
                    if left < 0 or not await person.change():
                        break

    async def look() -> float:
        await seated.wait()
        opened = crowd.memory()
        await seated.wait()
        while left > 0:
            done = changes - left
            if done >= changes * (len(samples) + 1) // (SAMPLES + 1):
                seconds = perf_counter() - begin
                samples.append((seconds, done, len(everybody), crowd.memory()))
                print(SAMPLE.format(*samples[-1]), flush=True)
            await asyncio.sleep(0.5)
        return opened

    async with asyncio.TaskGroup() as group:
        looking = group.create_task(look())
        for _ in range(SOAKING):
            group.create_task(sit())
    return Soak(before, looking.result(), samples, sum(person.errors for person in everybody))


def soaked(url: str, crowd: Crowd, hours: float) -> Soak:
    """Let people come to a server and go again, as fast as it answers, for so many hours' worth."""
    return asyncio.run(_soak(url, crowd, int(hours * SOAKING * HOUR)))


# Servers


@contextmanager
def served(workers: int) -> Iterator[tuple[str, Crowd]]:
    """Run the app, with Streamlit's own server or uvicorn's workers, until the block ends."""
    if workers == 1:
        server = serving(ROOT / "app.py")
    else:
        command = [sys.executable, "-m", "uvicorn", "app:app", f"--workers={workers}"]
        server = running([*command, "--log-level=warning"], ROOT, "--port={}")
    with server as (url, process):
        for _ in range(workers):
            with Visitor(url, process.pid):
                pass
        asyncio.run(asyncio.sleep(LATER))
        rest(process.pid, 20 * QUIET)
        yield url, Crowd(process.pid)


def meet(
    url: str,
    crowd: Crowd,
    people: int,
    seconds: float,
    *,
    different: bool,
    hammer: int = 0,
    dear: bool = False,
) -> Load:
    """Let people meet at a server and leave; return what they met with."""
    visit = _visit(url, crowd, people, seconds, different=different, hammer=hammer, dear=dear)
    return asyncio.run(visit)


def emptied(crowd: Crowd, below: float) -> float:
    """Wait until a server's memory is below so many megabytes again, or `LEFT`; return it."""
    until = perf_counter() + LEFT
    while (memory := crowd.memory()) > below and perf_counter() < until:
        time.sleep(5.0)
    return memory


# Printing


def line(people: int, load: Load) -> str:
    """Return one line of the table."""
    return (
        f"{people:>7}{1e3 * load.wait(0.5):>8.0f} ms{1e3 * load.wait(0.95):>8.0f} ms"
        f"{1e3 * load.wait(1.0):>8.0f} ms{load.late:>6}{load.errors:>8}"
        f"{1e3 * load.cost:>9.0f} ms{load.wire / max(len(load.waits), 1) / 1e3:>7.0f} kB"
        f"{load.processor / load.seconds:>8.2f}{load.memory:>8.0f} MB"
    )


def told(soak: Soak) -> str:
    """Return what a server held before, for a session, and whether it held more and more."""
    return (
        f"{soak.before:.0f} MB before, {soak.session:.2f} MB a session; {soak.errors} errors\n"
        f"the last third over the middle one: {soak.grown:.3f}"
    )


def tell_left(crowd: Crowd, before: float) -> None:
    """Wait until memory has come back, and print how far."""
    begun = perf_counter()
    left = emptied(crowd, MOST_LEFT * before)
    print(f"all have left: {left:.0f} MB, {left / before:.2f} times the {before:.0f} MB before,")
    print(f"after {perf_counter() - begun:.0f} s")


HEAD = (
    f"{'people':>7}{'median':>11}{'95 %':>11}{'worst':>11}{'late':>6}{'errors':>8}"
    f"{'a change':>12}{'bytes':>10}{'cores':>8}{'memory':>11}"
)


def failures(alone: Load, crowd: Load) -> list[str]:
    """Return a sentence for each limit missed: ratios, since machines differ."""
    sentences = []
    if crowd.errors:
        sentences.append(f"{crowd.errors} answers never came or held an error")
    if crowd.cost > 1.5 * alone.cost:
        ratio = crowd.cost / alone.cost
        sentences.append(f"a change costs {ratio:.2f} times what it costs one person, most is 1.5")
    if crowd.memory > 1.5 * alone.memory:
        ratio = crowd.memory / alone.memory
        sentences.append(f"memory is {ratio:.2f} times that for one person, most is 1.5")
    return sentences


def slowed(alone: Load, beside: Load) -> list[str]:
    """Return a sentence where the dearest experiment of another makes waits too long."""
    ratio = _times_as_long(alone, beside)
    if ratio <= MOST_SLOWED:
        return []
    return [
        f"waits are {ratio:.2f} times as long beside the dearest experiment, most is {MOST_SLOWED}"
    ]


def _times_as_long(alone: Load, beside: Load) -> float:
    """Return the ratio of the median waits: those of few, at 95 %, are the machine's as well."""
    return beside.wait(0.5) / alone.wait(0.5)


def leaked(soak: Soak) -> list[str]:
    """Return a sentence for each limit that a soak missed."""
    sentences = []
    if soak.errors:
        sentences.append(f"{soak.errors} answers never came or held an error")
    if soak.grown > MOST_GROWN:
        sentences.append(
            f"memory in the last third is {soak.grown:.2f} times that in the middle one, "
            f"most is {MOST_GROWN}"
        )
    return sentences


def both(url: str, crowd: Crowd, seconds: float) -> tuple[Load, Load]:
    """Let people move their sliders, first alone, then beside the dearest experiment."""
    alone, beside = (
        meet(url, crowd, DEAR_PEOPLE, seconds, different=True, dear=dear) for dear in (False, True)
    )
    return alone, beside


def _beside_the_dearest() -> float:
    with served(1) as (url, crowd):
        return _times_as_long(*both(url, crowd, 30.0))


LOADS = (
    Row(
        "load-dearest", "the dearest experiment of another", f"{DEAR_PEOPLE} sliders, median wait",
        _beside_the_dearest, ceiling=MOST_SLOWED,
    ),
) if sys.platform.startswith("linux") else ()  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and return 1 where a limit is missed."""
    parser = argparse.ArgumentParser("python -m benchmarks.load")
    parser.add_argument("--people", type=int, nargs="+", default=PEOPLE)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--hammer", type=int, default=0, metavar="N")
    parser.add_argument("--room", action="store_true", help="a class in a room instead")
    parser.add_argument("--dearest", action="store_true", help="beside the dearest experiment")
    parser.add_argument(
        "--soak",
        type=float,
        nargs="?",
        const=1.0,
        metavar="HOURS",
        help="of a class, without pauses",
    )
    parser.add_argument("--check", action="store_true", help="fail where a limit is missed")
    chosen = parser.parse_args(arguments)
    if chosen.room:
        for people in chosen.people:
            lesson = room.teach(people, partial(served, chosen.workers))
            print(room.told(people, lesson), flush=True)
        return 0
    missed = []
    with served(chosen.workers) as (url, crowd):
        if chosen.dearest:
            alone, beside = both(url, crowd, chosen.seconds)
            print(HEAD, line(DEAR_PEOPLE, alone), line(DEAR_PEOPLE, beside), sep="\n")
            missed = slowed(alone, beside)
        elif chosen.soak:
            soak = soaked(url, crowd, chosen.soak)
            print(told(soak), flush=True)
            missed = leaked(soak)
            tell_left(crowd, soak.before)
        elif chosen.check:
            alone = meet(url, crowd, 1, chosen.seconds, different=True)
            full = meet(url, crowd, DEAR_PEOPLE, chosen.seconds, different=True)
            beside = meet(url, crowd, DEAR_PEOPLE, chosen.seconds, different=True, dear=True)
            print(
                HEAD, line(1, alone), line(DEAR_PEOPLE, full), line(DEAR_PEOPLE, beside), sep="\n"
            )
            missed = failures(alone, full) + slowed(full, beside)
        else:
            first = meet(url, crowd, 1, EVERY * chosen.workers, different=True)
            print(HEAD, line(1, first), sep="\n")
            for different in (False, True):
                print("all different" if different else "one link", HEAD, sep="\n")
                for people in chosen.people:
                    load = meet(
                        url, crowd, people, chosen.seconds,
                        different=different, hammer=chosen.hammer,
                    )  # fmt: skip
                    print(line(people, load), flush=True)
            tell_left(crowd, first.memory)
    for sentence in missed:
        print(f"FAILED {sentence}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
