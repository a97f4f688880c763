"""What a change on Compare costs the server: processor time, messages and bytes.

Run `python -m benchmarks.rerun` in the project's folder, with `--beside FOLDER` to pair this
checkout with another one, change by change. The app runs in a process of its own, as for visitors;
a client that speaks Streamlit's protocol moves the slider of the rate through the default
experiment. Nothing is drawn: `benchmarks.picture` measures the browser's share.

A *new* experiment is one that nobody has seen; a *shared* one was seen by another visitor before.
Both are told as multiples of the same page with an empty body: what Streamlit itself costs.
"""

import argparse
import json
import socket
import struct
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from shutil import copy
from statistics import median
from types import TracebackType
from typing import NamedTuple, Self

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.BidiComponent_pb2 import BidiComponent
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

from benchmarks.measure import Row
from tests import ROOT
from tests.browser.harness import serving

CHANGES = 12
"""So many rates below the default one are visited."""

CONTROL = "gdplay_rate"
"""The component of the rate, the first on the page."""

QUIET = 0.05
"""Seconds in which a server at rest uses no more than a hundredth of them."""

LATER = 6.0
"""Seconds after which the app begins what it prepares behind visits, and a little."""


class Rerun(NamedTuple):
    """What one change cost.

    Attributes
    ----------
    seconds : float
        Of the server's processor time.
    wire : int
        Bytes that travelled, compressed where the server does that.
    messages : list of (kind, bytes, whether the run before sent the very same)
    """

    seconds: float
    wire: int
    messages: list[tuple[str, int, bool]]


def processor_seconds(pid: int) -> float:
    """Return the processor time that another process has used (Linux: see clock_getcpuclockid)."""
    return time.clock_gettime(~pid << 3 | 2)


def rest(pid: int, quiet: float = QUIET) -> float:
    """Wait until a process does nothing more; return the processor time it has used."""
    used = processor_seconds(pid)
    while True:
        time.sleep(quiet)
        before, used = used, processor_seconds(pid)
        if used - before < quiet / 100:
            return used


def received_by(own: socket.socket) -> int:
    """Return how many bytes a connection has brought (Linux: tcpi_bytes_received)."""
    return int(struct.unpack_from("Q", own.getsockopt(socket.IPPROTO_TCP, 11, 136), 128)[0])


class Held:
    """What a browser holds of its page: the last messages, the address, the control of the rate."""

    def __init__(self, query: str = "") -> None:
        self.query = query
        self._seen: list[dict[str, ForwardMsg]] = [{}, {}]
        self._control: BidiComponent | None = None

    @property
    def rates(self) -> list[float]:
        """The rates to visit: those below the one the page opens with, the nearest first."""
        assert self._control is not None
        told = json.loads(self._control.json)
        below = [rate for rate in told["options"] if rate < told["value"]]
        return below[::-1][:CHANGES]

    def request(self, rate: float | None) -> bytes:
        """Return what a browser sends: the change, the address, and which messages it holds."""
        request = BackMsg()
        state = request.rerun_script
        state.query_string = self.query
        state.cached_message_hashes.extend(
            message.hash for seen in self._seen for message in seen.values()
            if message.metadata.cacheable
        )  # fmt: skip
        if rate is not None and self._control is not None:
            widget = state.widget_states.widgets.add()
            widget.id = self._control.id
            widget.json_value = json.dumps({"value": rate})
        return request.SerializeToString()

    def take(self, messages: Iterable[ForwardMsg]) -> list[tuple[ForwardMsg, bool]]:
        """Hold the messages of a run as browsers do, for two runs.

        Returns what each stands for, as it may only name one that is held, and whether the run
        before sent the very same.
        """
        before = self._seen[0]
        whole = [self._whole(message) for message in messages]
        self._seen = [{message.hash: message for message in whole}, before]
        for message in whole:
            if message.WhichOneof("type") == "page_info_changed":
                self.query = message.page_info_changed.query_string
            control = message.delta.new_element.bidi_component
            if control.component_name == CONTROL:
                self._control = control
        return [(message, message.hash in before) for message in whole]

    def _whole(self, message: ForwardMsg) -> ForwardMsg:
        if message.WhichOneof("type") != "ref_hash":
            return message
        return next(seen[message.ref_hash] for seen in self._seen if message.ref_hash in seen)


def address(url: str) -> str:
    """Return where a server takes its visitors' sockets."""
    return f"{url.replace('http', 'ws', 1)}/_stcore/stream"


class Visitor:
    """A browser without a screen: it holds a page's messages and sends changes of its slider."""

    def __init__(self, url: str, pid: int) -> None:
        self._pid = pid
        self._socket: ClientConnection = connect(
            address(url),
            subprotocols=["streamlit"],  # type: ignore[list-item]
            max_size=None,
        )
        self._held = Held()

    def __enter__(self) -> Self:
        self._socket.__enter__()
        self.change()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._socket.__exit__(kind, error, trace)

    @property
    def rates(self) -> list[float]:
        """The rates to visit, see `Held`."""
        return self._held.rates

    def change(self, rate: float | None = None) -> Rerun:
        """Move the slider to a rate and return what that cost; without one only run the page."""
        begin, wire = rest(self._pid), received_by(self._socket.socket)
        self._socket.send(self._held.request(rate))
        received = [self._receive()]
        while received[-1][0].WhichOneof("type") != "script_finished":
            received.append(self._receive())
        messages, sizes = zip(*received, strict=True)
        taken = self._held.take(messages)
        return Rerun(
            rest(self._pid) - begin,
            received_by(self._socket.socket) - wire,
            [(kind(m), size, same) for (m, same), size in zip(taken, sizes, strict=True)],
        )

    def _receive(self) -> tuple[ForwardMsg, int]:
        raw = self._socket.recv(timeout=60)
        assert isinstance(raw, bytes)
        return ForwardMsg.FromString(raw), len(raw)


def kind(message: ForwardMsg) -> str:
    """Return what a message carries, in a word."""
    what = message.WhichOneof("type") or ""
    if what != "delta":
        return what
    delta = message.delta
    if delta.WhichOneof("type") == "add_block":
        return delta.add_block.WhichOneof("type") or "block"
    return delta.new_element.WhichOneof("type") or "element"


# Servers


class Server(NamedTuple):
    """A running app."""

    url: str
    pid: int

    def visitor(self) -> Visitor:
        """Return somebody who opens the page."""
        return Visitor(*self)


@contextmanager
def served(root: Path) -> Iterator[Server]:
    """Run a checkout's app until the block ends; what it prepares behind visits is then done."""
    with serving(root / "app.py") as (url, process):
        with Visitor(url, process.pid):
            time.sleep(LATER)
        rest(process.pid, 20 * QUIET)  # on a busy machine it may have to wait for its turn
        yield Server(url, process.pid)


@contextmanager
def emptied(root: Path = ROOT) -> Iterator[Path]:
    """Make a checkout whose Compare page has an empty body, for as long as the block runs."""
    with tempfile.TemporaryDirectory() as folder:
        copied = Path(folder)
        for name in (".streamlit", "gdplay"):
            (copied / name).symlink_to(root / name)
        copy(root / "app.py", copied)
        (copied / "pages").mkdir()
        for page in (root / "pages").glob("*.py"):
            (copied / "pages" / page.name).symlink_to(page)
        (copied / "pages/compare.py").unlink()
        (copied / "pages/compare.py").write_text('"""An empty page."""\n', "utf-8")
        yield copied


# Measuring


def empty(server: Server) -> list[Rerun]:
    """Run an empty page again and again."""
    with server.visitor() as visitor:
        return [visitor.change() for _ in range(CHANGES)]


def changes(servers: Sequence[Server]) -> tuple[list[list[Rerun]], list[list[Rerun]]]:
    """Return reruns of new and of shared experiments by server; servers take turns."""
    with ExitStack() as stack:
        first, second = (
            [stack.enter_context(server.visitor()) for server in servers] for _ in range(2)
        )
        return _walk(first), _walk(second)


def _walk(visitors: Sequence[Visitor]) -> list[list[Rerun]]:
    """Let visitors of servers visit the same rates, in turns; the first change is a warm-up."""
    for visitor in visitors:
        visitor.change()
    rates = zip(*(visitor.rates for visitor in visitors), strict=True)
    reruns = [
        [visitor.change(rate) for visitor, rate in zip(visitors, row, strict=True)] for row in rates
    ]
    return [list(own) for own in zip(*reruns, strict=True)]


def seconds(reruns: Iterable[Rerun]) -> float:
    """Return the median processor time."""
    return median(rerun.seconds for rerun in reruns)


_measured: dict[bool, float] = {}
"""Numbers measured beside another row's, by whether experiments were shared, until asked for."""


def times_empty(shared: bool) -> float:
    """Return what a change costs, as a multiple of an empty page's rerun.

    Shared and new ones are measured together: who asks for the other next has it.
    """
    if shared not in _measured:
        with emptied() as root, served(root) as bare, served(ROOT) as server:
            new, known = changes([server])
            unit = seconds(empty(bare))
        _measured.update({False: seconds(new[0]) / unit, True: seconds(known[0]) / unit})
    return _measured.pop(shared)


def _rows() -> tuple[Row, ...]:
    if not sys.platform.startswith("linux"):  # elsewhere nobody tells another process's time
        return ()
    return tuple(
        Row(
            f"rerun-{name}", "an empty page", f"Compare, a change to {what}",
            lambda shared=shared: times_empty(shared), ceiling=ceiling,
        )
        for name, what, shared, ceiling in (
            ("shared", "what another visitor saw", True, 9.0),
            ("new", "what nobody saw", False, 14.0),
        )
    )  # fmt: skip


RERUNS = _rows()


# Printing


def table(name: str, reruns: Sequence[Rerun], unit: float) -> str:
    """Return one line: milliseconds, multiples of an empty page, messages, kilobytes."""
    times = [1e3 * rerun.seconds for rerun in reruns]
    counts = [len(rerun.messages) for rerun in reruns]
    again = [sum(same for *_, same in rerun.messages) for rerun in reruns]
    sizes = [sum(size for _, size, _ in rerun.messages) / 1e3 for rerun in reruns]
    wire = [rerun.wire / 1e3 for rerun in reruns]
    middle = median(times)
    return (
        f"{name:<28}{middle:>7.1f} ms{max(times):>7.1f} ms{middle / 1e3 / unit:>7.1f} x"
        f"{median(counts):>6.0f} messages ({median(again):.0f} as before){median(sizes):>8.1f} kB"
        f"{median(wire):>7.1f} sent"
    )


def heaviest(rerun: Rerun, most: int = 8) -> str:
    """Return the kinds of messages that weigh most."""
    bytes_, counts = Counter[str](), Counter[str]()
    for what, size, _ in rerun.messages:
        bytes_[what] += size
        counts[what] += 1
    return ", ".join(
        f"{counts[what]} {what} {size / 1e3:.1f} kB" for what, size in bytes_.most_common(most)
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser("python -m benchmarks.rerun")
    parser.add_argument("--beside", type=Path, metavar="FOLDER", help="another checkout to pair")
    roots = [ROOT, *filter(None, [parser.parse_args().beside])]
    with ExitStack() as stack:
        servers = [stack.enter_context(served(root)) for root in roots]
        bare = stack.enter_context(served(stack.enter_context(emptied())))
        both = changes(servers)
        nothing = empty(bare)
    unit = seconds(nothing)
    print(f"{'':<28}{'median':>10}{'worst':>10}{'empty':>9}")
    print(table("an empty page", nothing, unit))
    for name, by_root in zip(("new", "shared"), both, strict=True):
        for root, reruns in zip(roots, by_root, strict=True):
            print(table(f"{name}, {root.name}", reruns, unit))
        if len(roots) > 1:
            here, there = map(seconds, by_root)
            print(f"{name}: here over beside {here / there:.2f}")
    for root, reruns in zip(roots, both[1], strict=True):
        print(f"{root.name}, a shared one: {heaviest(reruns[-1])}")


if __name__ == "__main__":
    main()
