"""What stands between the network and Streamlit: closed doors, headers, a pace, and the like.

Each is an ASGI middleware that knows nothing of Streamlit.
"""

import asyncio
import hmac
from collections import Counter
from collections.abc import Callable, Mapping
from time import monotonic
from typing import NamedTuple

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gdplay.journal import refuse
from gdplay.metrics import SESSIONS

CLOSED = ("/_stcore/metrics/", "/_stcore/agent/", "/_stcore/script-health-check/")
"""Doors of Streamlit that no visitor needs."""


class ClosedDoors:
    """Answers as if there was nothing."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = f"{scope.get('path', '')}/"
        if scope["type"] == "http" and any(door in path for door in CLOSED):
            refuse("door")
            await PlainTextResponse("Not Found", 404)(scope, receive, send)
            return
        await self.app(scope, receive, send)


class Operator:
    """Lets nobody in but whoever holds the token; as if there was nothing where there is none.

    Parameters
    ----------
    app : ASGIApp
    token : str
        What an `Authorization: Bearer` header must hold; empty where nobody may come in.
    """

    def __init__(self, app: ASGIApp, token: str = "") -> None:
        self.app, self._token = app, token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._knows(Headers(scope=scope)):
            refuse("operator")
            await PlainTextResponse("Not Found", 404)(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _knows(self, headers: Headers) -> bool:
        given = headers.get("authorization", "").encode()
        return bool(self._token) and hmac.compare_digest(given, f"Bearer {self._token}".encode())


# Streamlit styles its page as it goes, Plotly makes functions, components are modules from blobs.
POLICY = {
    "default-src": "'self'",
    "script-src": "'self' 'unsafe-inline' 'unsafe-eval' blob: data:",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "connect-src": "'self' data: blob:",
    "worker-src": "'self' blob:",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
}


def headers(hosts: str) -> Mapping[str, str]:
    """Return the headers of every response; `hosts` are the sites that may frame the app."""
    policy = POLICY | {"frame-ancestors": f"'self' {hosts}".strip()}
    return {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
    }


class SafeHeaders:
    """Adds the security headers to every response."""

    def __init__(self, app: ASGIApp, hosts: str = "") -> None:
        self.app, self._headers = app, headers(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self._headers)
            await send(message)

        await self.app(scope, receive, send_safely)


UPLOADS = "/_stcore/upload_file/"

MOST_FILES = 4
"""So many files may a session hold at once; a page has two places for one each."""

MOST_HELD = 200_000_000
"""So many bytes of files may all sessions hold together."""

Held = Callable[[str], tuple[int, int]]
"""How many files a session holds, and how many bytes all sessions do."""


class FewUploads:
    """Refuses files where a session holds enough, or all do; parts after what was refused."""

    def __init__(self, app: ASGIApp, held: Held) -> None:
        self.app, self._held = app, held
        self._coming: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        _, upload, rest = scope.get("path", "").partition(UPLOADS)
        if not (upload and scope.get("method") == "PUT"):
            await self.app(scope, receive, send)
            return
        session = rest.partition("/")[0]
        files, held = self._held(session)
        if files + self._coming[session] >= MOST_FILES or held >= MOST_HELD:
            refuse("upload")
            await PlainTextResponse("Too many files", 413)(scope, receive, send)
            return

        async def send_and_part(message: Message) -> None:
            # Of several servers on one port the next connection may reach the one that knows
            # the session; on this one each further try would be refused, too.
            if message["type"] == "http.response.start" and message["status"] >= 400:
                MutableHeaders(scope=message)["Connection"] = "close"
            await send(message)

        self._coming[session] += 1
        try:
            await self.app(scope, receive, send_and_part)
        finally:
            self._coming[session] -= 1
            self._coming += Counter()  # forgets sessions with none


PER_SECOND = 5.0
"""So many messages a second are taken from a browser for as long as it likes."""

BURST = 20
"""So many messages may come at once."""


class Pace:
    """Takes messages from a browser's socket no faster than it may send them; none is lost.

    Sockets are counted while they are open.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await self.app(scope, receive, send)
            return
        tokens, seen = float(BURST), monotonic()

        async def receive_in_time() -> Message:
            nonlocal tokens, seen
            message = await receive()
            if message["type"] == "websocket.receive":
                now = monotonic()
                tokens = min(BURST, tokens + PER_SECOND * (now - seen)) - 1
                seen = now
                if tokens < 0:
                    await asyncio.sleep(-tokens / PER_SECOND)
            return message

        with SESSIONS.track_inprogress():
            await self.app(scope, receive_in_time, send)


AFTERWARDS = 1.0
"""For so many seconds a page that was left may still say something of its controls."""


class Said(NamedTuple):
    """What a browser's message says: of which page, and whether that page is chosen by it."""

    page: str
    chosen: bool


class OnePage:
    """Leaves out what a page says of its controls just after its visitor chose another page.

    A browser tells that a menu was shut by the choice of a page once it has told of the choice,
    and in the name of the page before: Streamlit would go back to that.
    """

    def __init__(self, app: ASGIApp, read: Callable[[bytes], Said | None]) -> None:
        self.app, self.read = app, read

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await self.app(scope, receive, send)
            return
        page = ""
        left: tuple[str, float] | None = None  # the page before, and when another was chosen

        async def receive_of_one() -> Message:
            nonlocal page, left
            while True:
                message = await receive()
                said = self.read(message.get("bytes") or b"")
                if said is None:
                    return message
                if (
                    left is not None
                    and left[0] == said.page
                    and not said.chosen
                    and monotonic() - left[1] < AFTERWARDS
                ):
                    continue
                if said.page != page:
                    left = (page, monotonic()) if said.chosen else None
                    page = said.page
                return message

        await self.app(scope, receive_of_one, send)
