"""What stands between the network and Streamlit."""

import asyncio
from ast import literal_eval
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from starlette.responses import PlainTextResponse

from gdplay import guards
from gdplay.guards import ClosedDoors, FewUploads, OnePage, Operator, Pace, SafeHeaders, Said
from gdplay.journal import COUNTS


async def inside(scope: Any, receive: Any, send: Any) -> None:
    """Answer with 200 to anything."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"in"})


def run(answers: Any) -> None:
    """Wait for something in a thread of its own: Playwright's loop may run in this one."""
    with ThreadPoolExecutor(1) as aside:
        aside.submit(asyncio.run, answers).result()


def asked(app: Any, path: str, method: str = "GET", **headers: str) -> dict[str, Any]:
    """Return what an app's answer begins with."""
    lines = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": method, "path": path, "headers": lines}
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    run(app(scope, None, send))
    return sent[0]


@pytest.mark.parametrize("base", ["", "/base"])
@pytest.mark.parametrize(
    "door", ["metrics", "metrics/", "agent/mcp", "agent/interact", "script-health-check"]
)
def test_doors_that_no_visitor_needs_are_closed(base, door):
    before = COUNTS["refusal", "door"]
    assert asked(ClosedDoors(inside), f"{base}/_stcore/{door}")["status"] == 404
    assert COUNTS["refusal", "door"] == before + 1
    assert asked(ClosedDoors(inside), f"{base}/_stcore/health")["status"] == 200


def test_only_whoever_holds_the_token_comes_in_and_nobody_where_there_is_none():
    given = {"": 404, "Bearer ": 404, "Bearer secre": 404, "secret": 404, "Bearer secret": 200}
    for text, status in given.items():
        before = COUNTS["refusal", "operator"]
        answer = asked(Operator(inside, "secret"), "/metrics", authorization=text)
        assert answer["status"] == status
        assert COUNTS["refusal", "operator"] == before + (status == 404)
    assert asked(Operator(inside), "/metrics", authorization="Bearer ")["status"] == 404


@pytest.mark.parametrize(
    ("hosts", "frames"),
    [("", "'self'"), ("https://a.example https://b.example", "'self' https://a.example https://b.example")],
)  # fmt: skip
def test_only_listed_sites_frame_the_app_and_nothing_is_fetched_elsewhere(hosts, frames):
    answer = asked(SafeHeaders(inside, hosts), "/")
    policy = dict(answer["headers"])[b"content-security-policy"].decode()
    assert policy.endswith(f"; frame-ancestors {frames}")
    assert "http" not in policy.partition("frame-ancestors")[0]
    assert "*" not in policy


def test_a_session_holds_four_files_and_all_together_so_many_bytes():
    assert (guards.MOST_FILES, guards.MOST_HELD) == (4, 200_000_000)  # as docs/hosting.md says
    files, total = {"me": 0}, 0
    app = FewUploads(inside, lambda session: (files.get(session, 0), total))
    put = "/base/_stcore/upload_file/me/1"
    assert asked(app, put, "PUT")["status"] == 200
    files["me"] = guards.MOST_FILES
    assert asked(app, put, "PUT")["status"] == 413
    assert asked(app, put, "DELETE")["status"] == 200
    assert asked(app, put.replace("me", "you"), "PUT")["status"] == 200
    total = guards.MOST_HELD
    assert asked(app, put.replace("me", "you"), "PUT")["status"] == 413


def test_a_refused_file_ends_its_connection_so_that_the_next_may_reach_another_server():
    async def unknown(scope: Any, receive: Any, send: Any) -> None:
        await PlainTextResponse("Invalid session_id", 400)(scope, receive, send)

    put = "/_stcore/upload_file/me/1"
    answer = asked(FewUploads(unknown, lambda session: (0, 0)), put, "PUT")
    assert (b"connection", b"close") in answer["headers"]
    taken = asked(FewUploads(inside, lambda session: (0, 0)), put, "PUT")
    assert not taken["headers"]


def test_files_that_are_still_coming_count():
    statuses: list[int] = []

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.sleep(0.01)
        await inside(scope, receive, send)

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    async def all_at_once() -> None:
        app = FewUploads(slow, lambda session: (0, 0))
        scope = {"type": "http", "method": "PUT", "path": "/_stcore/upload_file/me/1"}
        await asyncio.gather(*(app(scope, None, send) for _ in range(9)))
        assert not app._coming

    run(all_at_once())
    assert sorted(statuses) == [200] * guards.MOST_FILES + [413] * (9 - guards.MOST_FILES)


def test_a_socket_that_hammers_is_slowed_and_loses_nothing(monkeypatch):
    clock, slept, taken = [0.0], [], []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock[0] += seconds

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.receive", "bytes": b""}

    async def reader(scope: Any, receive: Any, send: Any) -> None:
        for _ in range(guards.BURST + 10):
            taken.append(await receive())

    monkeypatch.setattr(guards, "monotonic", lambda: clock[0])
    monkeypatch.setattr(guards.asyncio, "sleep", sleep)
    run(Pace(reader)({"type": "websocket"}, receive, None))
    assert len(taken) == guards.BURST + 10
    assert len(slept) == 10
    assert clock[0] == pytest.approx(10 / guards.PER_SECOND)


def test_twenty_messages_are_heard_at_once_and_from_then_on_five_a_second(monkeypatch):
    """As docs/hosting.md says; who is silent meanwhile has five more a second, up to twenty."""
    clock, slept = [0.0], []
    pauses = iter([100.0] + [0.0] * 21 + [2.9] + [0.0] * 17)

    async def sleep(seconds: float) -> None:
        slept.append((round(clock[0], 9), round(seconds, 9)))
        clock[0] += seconds

    async def receive() -> dict[str, Any]:
        clock[0] += next(pauses)
        return {"type": "websocket.receive", "bytes": b""}

    async def reader(scope: Any, receive: Any, send: Any) -> None:
        for _ in range(40):
            await receive()

    monkeypatch.setattr(guards, "monotonic", lambda: clock[0])
    monkeypatch.setattr(guards.asyncio, "sleep", sleep)
    run(Pace(reader)({"type": "websocket"}, receive, None))
    # Two too many, of which one is owed; in the 3.1 s since its own time 15.5 could have come.
    assert slept == [
        (100, 0.2),
        (100.2, 0.2),
        (103.3, 0.1),
        (103.4, 0.2),
        (103.6, 0.2),
        (103.8, 0.2),
    ]


def test_a_page_that_was_left_says_no_more_of_its_controls(monkeypatch):
    said = [
        (0.0, "a", True),
        (1.0, "a", False),
        (2.0, "b", True),
        (2.1, "a", False),  # its menu was shut by the choice of b
        (2.2, "b", False),
        (2.3, "a", True),  # back
        (2.4, "a", False),
        (2.5, "c", False),  # the server sent its visitor on
        (2.6, "a", False),
        (3.0, "b", True),
        (4.5, "a", False),
    ]
    coming, clock, taken = iter(said), [0.0], []

    async def receive() -> dict[str, Any]:
        clock[0], *_ = message = next(coming)
        return {"type": "websocket.receive", "bytes": repr(message[1:]).encode()}

    async def reader(scope: Any, receive: Any, send: Any) -> None:
        while True:
            taken.append((clock[0], (await receive())["bytes"]))

    monkeypatch.setattr(guards, "monotonic", lambda: clock[0])
    app = OnePage(reader, lambda message: Said(*literal_eval(message.decode())))
    with pytest.raises(RuntimeError):  # there is no more
        run(app({"type": "websocket"}, receive, None))
    assert [message for _, message in taken] == [
        repr((page, chosen)).encode() for time, page, chosen in said if time != 2.1
    ]
