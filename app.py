"""The server: a warm start, a sentence where a page fails, a health route, and headers.

Started with ``streamlit run app.py`` or, for several workers, ``uvicorn app:app --workers 2``;
both from this folder, where ``.streamlit/config.toml`` stands.
"""

from __future__ import annotations

import asyncio
import gc
import gzip
import importlib
import logging
import os
import pkgutil
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import escape
from pathlib import Path, PurePosixPath
from secrets import token_hex

import streamlit as st
from google.protobuf.message import DecodeError
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.file_util import get_static_dir
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.runtime import exists, get_instance
from streamlit.runtime.scriptrunner import get_script_run_ctx
from threadpoolctl import threadpool_limits

import gdplay
from gdplay import journal, memory
from gdplay.figures.brand import ABOUT, NAME
from gdplay.guards import ClosedDoors, FewUploads, OnePage, Operator, Pace, SafeHeaders, Said
from gdplay.home import FRAMES
from gdplay.metrics import REGISTRY, House, text
from gdplay.ui.style import SHEETS

memory.share_arenas()  # before the server's threads begin: each keeps the place it began with

TOKEN = os.environ.get("GDPLAY_METRICS_TOKEN", "")
"""With it, the operator alone reads /metrics; without it, nobody does."""

EARLY = ("PlotlyChart", "BidiComponent")
"""Streamlit's scripts that every page with pictures needs, without the hash in their names."""

APP = b'<div id="root"'
"""Where Streamlit's page stands in its HTML."""

CONDITIONS = (b"accept-encoding", b"range", b"if-none-match", b"if-modified-since")
"""Headers of requests by which the answer may be a compressed page, a part of it, or none."""

VALIDATORS = ("etag", "last-modified")
"""Headers that tell Streamlit's page from its next, but not ours."""

UNKEPT = {"Cache-Control": "no-store"}

MEDIA_TYPES = {".js": "text/javascript", ".css": "text/css"}

# Warns at every touch of the session outside a visit, such as the warm start's.
NO_VISITOR_YET = logging.getLogger("streamlit.runtime.scriptrunner_utils.script_run_context")

YOUNG = (20_000, 10, 10)
"""Garbage is looked for after so many new objects, such looks and longer ones. A rerun makes
some eight thousand, which end with it without being looked for."""

FIRST_VISIT = 5.0
"""Seconds left to whoever opens the app as it starts, before other work takes a core."""

HOUSEWORK = 20.0
"""Seconds between two looks for what nobody needs any more."""

UNUSED = 600.0
"""Results are let go of after so many seconds without anybody who asks for them."""

UNUSED_ALONE = 60.0
"""The same while no browser is connected: the next to come may be those who just lost theirs."""

SORRY = (
    "This page could not be drawn, and the fault is ours: the server's log says what happened, "
    "under {}. Press Back for what was here before, reload to try again, or [start afresh](./) "
    "with the default experiment."
)


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Make the first visit as quick as the second; tell the log of the start and the end."""
    journal.begin()
    warm_up()
    house = House(importlib.import_module("gdplay.ui.jobs").WORKERS)
    REGISTRY.register(house)
    journal.note("start", version=gdplay.__version__, process=os.getpid())
    later = threading.Timer(FIRST_VISIT, warm_up_behind)
    later.daemon = True
    later.start()
    housework = asyncio.create_task(keep_house())
    yield
    housework.cancel()
    later.cancel()
    REGISTRY.unregister(house)
    journal.note("stop", process=os.getpid())


def warm_up() -> None:
    """Import what every page needs, and train the default experiment."""
    for name in ("pandas", "plotly.graph_objects", *_ui_modules()):
        importlib.import_module(name)
    share_cores()
    train_default()
    gc.set_threshold(*YOUNG)
    settle()


def share_cores() -> None:
    """Let the threads of many visitors get along."""
    # Our matrices are small: more threads make them slower, and many visitors' far slower.
    threadpool_limits(1)


def train_default() -> None:
    """Have the results of the default experiment at hand."""
    NO_VISITOR_YET.disabled = True
    importlib.import_module("gdplay.ui.results").warm()
    NO_VISITOR_YET.disabled = False


def _ui_modules() -> list[str]:
    folders = importlib.import_module("gdplay.ui").__path__
    names = (module.name for module in pkgutil.walk_packages(folders, "gdplay.ui."))
    later = ("gdplay.ui.router", "gdplay.ui.room")  # a script, run per visitor; see below
    return [name for name in names if not name.startswith(later)]


def warm_up_behind() -> None:
    """Load what only some visitors need, while the others are already being served."""
    PackedFiles.pack(Path(get_static_dir()))
    importlib.import_module("gdplay.ui.room.teacher")  # with all that databases need
    importlib.import_module("gdplay.ui.guide.links").warm()
    settle()


def settle() -> None:
    """Freeze what stays: the garbage collector never walks that again."""
    gc.collect()
    gc.freeze()


async def keep_house() -> None:
    """Let go, now and then, of sessions that are over and of results that nobody asks for."""
    known = 0
    while True:
        await asyncio.sleep(HOUSEWORK)
        here, away = sessions()
        await run_in_threadpool(tidy, UNUSED if here else UNUSED_ALONE, ended=here + away < known)
        known = here + away


def sessions() -> tuple[int, int]:
    """Return how many sessions have their browser here, and how many wait for theirs.

    Those that waited too long end at that: Streamlit itself forgets them at the next to leave.
    """
    if not exists():
        return 0, 0
    manager = get_instance()._session_mgr
    away = len(manager._session_storage._cache)  # type: ignore[attr-defined]
    return manager.num_active_sessions(), away


def tidy(seconds: float, *, ended: bool) -> None:
    """Let go of what was not used for so many seconds, but the default experiment."""
    train_default()
    if memory.let_go(seconds) or ended:
        memory.give_back()


def apologise(error: Exception) -> bool:
    """Show a sentence in place of an error, and log the error under the name that stands in it."""
    name, run = token_hex(4), get_script_run_ctx()
    link = journal.digest(run.query_string) if run and run.query_string else ""
    kind, places = type(error).__name__, journal.places(error)
    journal.note("failure", kind, id=name, link=link, places=places)
    st.error(SORRY.format(name))
    return True


def health(_request: Request) -> Response:
    """Answer that this process serves, and which version it is."""
    return JSONResponse({"status": "ok", "version": gdplay.__version__})


async def look(request: Request) -> Response:
    """Answer how far a room is; with nothing where the ticket is for none, or nobody can tell."""
    looks = importlib.import_module("gdplay.rooms.looks").looks()
    ticket = request.path_params["ticket"][:64]
    version = looks.known(ticket)
    if version is None:
        try:
            version = await run_in_threadpool(looks.read, ticket)
        except ValueError:  # the database does not answer: it may at the next look
            version = None
    if version is None:
        return Response(status_code=204, headers=UNKEPT)
    return Response(str(version), headers=UNKEPT, media_type="text/plain")


def numbers(_request: Request) -> Response:
    """Answer with what is counted, for the operator."""
    return Response(text(), media_type=CONTENT_TYPE_LATEST)


def held(session: str) -> tuple[int, int]:
    """Return how many files a session has uploaded, and how many bytes all sessions have."""
    if not exists():
        return 0, 0
    store = get_instance()._uploaded_file_mgr.file_storage  # type: ignore[attr-defined]
    every = [file for files in list(store.values()) for file in list(files.values())]
    return len(store.get(session, ())), sum(len(file.data) for file in every)


def said(message: bytes) -> Said | None:
    """Return what a browser's message says of its page; None where it asks for no run of one."""
    try:
        run = BackMsg.FromString(message).rerun_script
    except DecodeError:  # Streamlit refuses it
        return None
    if not run.page_script_hash:
        return None
    chosen = run.is_history_navigation or not run.widget_states.widgets
    return Said(run.page_script_hash, chosen)


class EarlyScripts:
    """Lets the browser fetch and compile what pictures need while Streamlit itself starts.

    Streamlit would ask for Plotly, more than half of all scripts, only when the page has come.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        files = (Path(get_static_dir()) / "static" / "js").glob("*.js")
        names = sorted(file.name for file in files if file.name.partition(".")[0] in EARLY)
        # Relative, like Streamlit's own, so that it holds under any base path.
        self.links = ", ".join(
            f"<./static/js/{name}>; rel=modulepreload; crossorigin" for name in names
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_links(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if self.links and headers.get("content-type", "").startswith("text/html"):
                    headers.append("Link", self.links)
            await send(message)

        await self.app(scope, receive, send_with_links)


class Front:
    """Names the app in its HTML, with a picture, for those who are sent a link to it.

    And dresses it: Streamlit brings our style only some time after what it is for, which would
    stand elsewhere until then.
    """

    picture = "preview.png"

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or PurePosixPath(scope["path"]).suffix:  # a file is no page
            await self.app(scope, receive, send)
            return
        starts: list[Message] = []  # held back until the length of the whole body is known
        parts: list[bytes] = []

        async def send_named(message: Message) -> None:
            if message["type"] == "http.response.start" and _is_html(message):
                starts.append(message)
            elif starts and message["type"] == "http.response.body":
                parts.append(message.get("body", b""))
                if not message.get("more_body"):
                    await self._send_whole(scope, starts.pop(), b"".join(parts), send)
            else:
                await send(message)

        await self.app(_for_plain_body(scope), receive, send_named)

    async def _send_whole(self, scope: Scope, start: Message, page: bytes, send: Send) -> None:
        body = page.replace(b"</head>", self._tags(scope), 1)
        # Among equals the last rule holds: Streamlit adds to the head, our pages to its root.
        body = body.replace(APP, f"<style>{SHEETS}</style>".encode() + APP, 1)
        headers = MutableHeaders(scope=start)
        for name in VALIDATORS:
            del headers[name]
        headers["vary"] = "Accept-Encoding"
        if _takes_whole_gzip(scope):
            headers["content-encoding"] = "gzip"
            body = gzip.compress(body, 6)
        if page:  # a question for the header alone has none
            headers["content-length"] = str(len(body))
        await send(start)
        await send({"type": "http.response.body", "body": body})

    def _tags(self, scope: Scope) -> bytes:
        headers = Headers(scope=scope)
        # A proxy in front speaks HTTPS for the server.
        is_safe = "https" in (headers.get("x-forwarded-proto"), scope.get("scheme"))
        host = headers.get("host", "")
        root = f"http{'s' * is_safe}://{host}{scope.get('root_path', '')}"
        tags = {
            "og:title": f"{NAME}: gradient descent, side by side",
            "og:description": ABOUT,
            "og:image": f"{root}/{self.picture}",
            "og:type": "website",
        }
        lines = [f'<meta property="{name}" content="{escape(tags[name])}">' for name in tags]
        lines.append(f'<meta name="description" content="{escape(ABOUT)}">')
        return "".join(lines).encode() + b"</head>"


def _for_plain_body(scope: Scope) -> Scope:
    """Return a request for the body as Streamlit has it: not compressed, and not "as before"."""
    kept = [(name, value) for name, value in scope["headers"] if name not in CONDITIONS]
    return {**scope, "headers": kept}


def _is_html(start: Message) -> bool:
    return str(MutableHeaders(scope=start).get("content-type", "")).startswith("text/html")


def picture(_request: Request) -> Response:
    """Answer with the picture that stands beside a shared link."""
    return FileResponse(Path(__file__).parent / "docs" / "compare.png")


class PackedFiles:
    """Sends Streamlit's scripts and styles compressed, a third of their size.

    Streamlit sends them as they are, because compressing every response costs more than it
    saves. Here each file is compressed once per process. Until that is done, and for clients
    that take no gzip or ask for a range, files go out as Streamlit sends them.
    """

    bodies: dict[str, bytes] = {}  # noqa: RUF012 - one per process, filled by `pack`

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    @classmethod
    def pack(cls, folder: Path) -> None:
        """Compress the scripts and styles in a folder that is served under ``/static``."""
        for file in (folder / "static").rglob("*"):
            if file.suffix in MEDIA_TYPES:
                name = file.relative_to(folder / "static").as_posix()
                cls.bodies[name] = gzip.compress(file.read_bytes(), 6)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        _, _, name = scope.get("path", "").partition("/static/")
        packed = name in self.bodies and _takes_whole_gzip(scope)
        await (self._response(name) if packed else self.app)(scope, receive, send)

    def _response(self, name: str) -> Response:
        headers = {
            "Content-Encoding": "gzip",
            "Vary": "Accept-Encoding",
            # The names hold a hash of the content.
            "Cache-Control": "public, immutable, max-age=31536000",
        }
        return Response(self.bodies[name], 200, headers, MEDIA_TYPES[Path(name).suffix])


def _takes_whole_gzip(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    whole = scope["type"] == "http" and scope["method"] == "GET" and "range" not in headers
    return whole and "gzip" in headers.get("accept-encoding", "")


app = st.App(
    str(Path(gdplay.__file__).parent / "ui" / "router.py"),
    lifespan=lifespan,
    on_script_error=apologise,
    routes=[
        Route("/health", health),
        Route("/metrics", numbers, middleware=[Middleware(Operator, token=TOKEN)]),
        Route(f"/{Front.picture}", picture),
        Route("/looks/{ticket}", look),
    ],
    middleware=[
        Middleware(SafeHeaders, hosts=FRAMES),
        Middleware(ClosedDoors),
        Middleware(FewUploads, held=held),
        Middleware(Pace),
        Middleware(OnePage, read=said),
        Middleware(EarlyScripts),
        Middleware(Front),
        Middleware(PackedFiles),
    ],
)
