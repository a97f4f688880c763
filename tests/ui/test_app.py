"""What `app.py` and the files around it promise to whoever hosts the app."""

import asyncio
import gzip
import importlib
import json
import logging
import os
import re
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from email.message import Message
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple
from urllib.error import HTTPError
from urllib.parse import urljoin
from urllib.request import Request, urlopen

import pytest
from streamlit import config
from streamlit.file_util import get_static_dir
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.caching.ttl_cache import TTLCache
from streamlit.runtime.memory_session_storage import MemorySessionStorage
from streamlit.testing.v1 import AppTest
from websockets.sync.client import connect

import gdplay
from gdplay import journal
from gdplay.figures.theme import THEMES
from gdplay.optimizers import elementwise
from gdplay.ui.style import SHEETS
from tests import PATIENCE, ROOT, crossed, older

SETTINGS = tomllib.loads((ROOT / ".streamlit/config.toml").read_text())
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
SCRIPT = max(Path(get_static_dir()).glob("static/js/*.js"), key=lambda file: file.stat().st_size)
TOKEN = "the operator's"
SERVERS = {
    "streamlit": "-m streamlit run app.py --server.headless=true --server.port={port}",
    "uvicorn": "-m uvicorn app:app --port={port}",
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Answer(NamedTuple):
    """What a server said, read to its end."""

    status: int
    headers: Message
    body: bytes


def get(url: str, **headers: str) -> Answer:
    with urlopen(Request(url, headers=headers), timeout=PATIENCE) as response:
        return Answer(response.status, response.headers, response.read())


def refused(url: str, **headers: str) -> int:
    """Return the status of an answer that is none."""
    with pytest.raises(HTTPError) as error:
        get(url, **headers)
    with error.value:
        return error.value.code


def until_it_answers(url: str, server: subprocess.Popen) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and server.poll() is None:
        with suppress(OSError):
            get(f"{url}/health")
            return
        time.sleep(0.1)
    pytest.fail(f"no answer; exit status {server.poll()}")


@pytest.fixture(scope="module", params=crossed(SERVERS, "streamlit"))
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Start a server; yield where it answers."""
    port = free_port()
    line = SERVERS[request.param].format(port=port).split()
    told = os.environ | {"GDPLAY_METRICS_TOKEN": TOKEN}
    with subprocess.Popen([sys.executable, *line], cwd=ROOT, env=told) as server:
        try:
            until_it_answers(f"http://127.0.0.1:{port}", server)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def packed(url: str) -> Answer:
    """Return the largest script, once the server has compressed it behind the first visits."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        answer = get(f"{url}/static/js/{SCRIPT.name}", **{"Accept-Encoding": "gzip"})
        if answer.headers["Content-Encoding"] == "gzip":
            return answer
        time.sleep(0.1)
    return pytest.fail("never compressed")


def test_the_health_route_tells_status_and_version(url):
    assert json.loads(get(f"{url}/health").body) == {"status": "ok", "version": gdplay.__version__}


@pytest.mark.parametrize("path", ["/", "/guide?a=1"])
def test_the_page_and_a_deep_link_are_served(url, path):
    assert b"<title>" in get(url + path).body


@pytest.mark.parametrize(
    ("told", "scheme"), [({}, "http"), ({"X-Forwarded-Proto": "https"}, "https")]
)
def test_the_picture_beside_a_shared_link_is_fetched_as_the_page_was(url, told, scheme):
    place = f"{scheme}://{url.partition('://')[2]}/preview.png"
    assert f'<meta property="og:image" content="{place}">' in get(url, **told).body.decode()


def test_a_look_at_a_room_that_is_not_there_tells_nothing(url):
    answer = get(f"{url}/looks/BCDFG-{'0' * 24}")
    assert (answer.status, answer.body) == (204, b"")


@pytest.mark.parametrize("path", ["/", "/health", "/_stcore/health", f"/static/js/{SCRIPT.name}"])
def test_every_response_carries_the_security_headers(url, path):
    headers = get(url + path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


def test_other_sites_may_not_frame_the_app_unless_they_are_listed(url):
    headers = get(url).headers
    assert "X-Frame-Options" not in headers  # knows no lists
    assert headers["Content-Security-Policy"].endswith("frame-ancestors 'self'")


@pytest.mark.parametrize("path", ["/_stcore/metrics", "/_stcore/agent/openapi.json"])
def test_what_no_visitor_needs_is_closed(url, path):
    assert refused(url + path) == 404


def test_a_session_may_not_pile_up_files(url):
    cookie = get(f"{url}/_stcore/health").headers["Set-Cookie"].partition(";")[0]
    body = b"--a\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\n1\r\n--a--\r\n"
    headers = {
        "Content-Type": "multipart/form-data; boundary=a",
        "Cookie": cookie,
        "X-Xsrftoken": cookie.partition("=")[2],
    }
    with connect(url.replace("http", "ws", 1) + "/_stcore/stream") as stream:
        request = BackMsg()
        request.rerun_script.query_string = ""
        stream.send(request.SerializeToString())
        begun = ForwardMsg.FromString(stream.recv(PATIENCE))
        while begun.WhichOneof("type") != "new_session":
            begun = ForwardMsg.FromString(stream.recv(PATIENCE))
        folder = f"{url}/_stcore/upload_file/{begun.new_session.initialize.session_id}"
        statuses = [
            put(f"{folder}/{place}", body, headers) for place in ("a", "b", "c", "d", "e", "f")
        ]
    assert statuses == [204] * 4 + [413] * 2


def put(url: str, body: bytes, headers: dict[str, str]) -> int:
    try:
        with urlopen(Request(url, body, headers, method="PUT"), timeout=PATIENCE) as response:
            return response.status
    except HTTPError as error:
        with error:
            return error.code


@pytest.mark.parametrize("path", ["/", "/one_update?a=1"])
def test_a_page_names_the_scripts_that_its_pictures_need_so_that_they_come_early(url, path):
    links = re.findall(r"<(\S+)>; rel=modulepreload; crossorigin", get(url + path).headers["Link"])
    names = [link.rpartition("/")[2].partition(".")[0] for link in links]
    assert names == ["BidiComponent", "PlotlyChart"]
    for link in links:
        assert get(urljoin(url + path, link)).body


@pytest.mark.parametrize("path", ["/", "/guide?a=1"])
@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_a_page_comes_dressed_by_rules_that_hold_against_streamlits_own(url, path, encoding):
    answer = get(url + path, **{"Accept-Encoding": encoding})
    packed = answer.headers["Content-Encoding"] == "gzip"
    assert packed == (encoding == "gzip")
    assert answer.headers["Vary"] == "Accept-Encoding"
    body = (gzip.decompress(answer.body) if packed else answer.body).decode()
    # Streamlit adds to the head, and pages of ours to what stands in its root.
    assert body.count(f'<style>{SHEETS}</style><div id="root"') == 1
    assert body.index(SHEETS) > body.index("</head>")


@pytest.mark.parametrize("path", ["/", "/guide"])
def test_a_page_is_sent_anew_for_its_style_may_have_changed_where_streamlits_own_did_not(url, path):
    answer = get(url + path, **{"If-Modified-Since": "Fri, 31 Dec 9999 23:59:59 GMT"})
    assert b'<div id="root"' in answer.body
    assert answer.headers["ETag"] is None
    assert answer.headers["Last-Modified"] is None


@pytest.mark.parametrize("path", ["/health", f"/static/js/{SCRIPT.name}"])
def test_other_answers_name_no_scripts(url, path):
    assert "Link" not in get(url + path).headers


@pytest.mark.parametrize(("early", "named"), [(("PlotlyChart",), True), (("NoSuchScript",), False)])
def test_a_header_is_sent_only_where_there_are_scripts_to_name(early, named, monkeypatch):
    server = importlib.import_module("app")
    monkeypatch.setattr(server, "EARLY", early)
    sent = []

    async def page(scope, receive, send):
        headers = [(b"content-type", b"text/html")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})

    async def note(message):
        sent.append(dict(message["headers"]))

    # In a thread of its own: in this one Playwright's loop runs once a browser test has run.
    with ThreadPoolExecutor(1) as aside:
        aside.submit(asyncio.run, server.EarlyScripts(page)({"type": "http"}, None, note)).result()
    assert [b"link" in {name.lower() for name in headers} for headers in sent] == [named]


def test_scripts_go_out_compressed_and_whole(url):
    answer = packed(url)
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert len(answer.body) < SCRIPT.stat().st_size / 2
    assert gzip.decompress(answer.body) == SCRIPT.read_bytes()


def test_a_client_without_gzip_gets_the_script_as_it_is(url):
    packed(url)
    assert get(f"{url}/static/js/{SCRIPT.name}").body == SCRIPT.read_bytes()


def test_a_range_is_a_range_of_the_script_itself(url):
    packed(url)
    wanted = {"Accept-Encoding": "gzip", "Range": "bytes=100-199"}
    answer = get(f"{url}/static/js/{SCRIPT.name}", **wanted)
    assert answer.status == 206
    assert answer.body == SCRIPT.read_bytes()[100:200]


def test_the_socket_opens_through_the_middleware(url):
    address = url.replace("http", "ws", 1) + "/_stcore/stream"
    with connect(address, subprotocols=["streamlit"]) as stream:
        assert stream.response.status_code == 101


def test_a_failing_page_shows_a_sentence_and_the_name_of_the_line_in_the_log(caplog, monkeypatch):
    def fail() -> None:
        import app

        try:
            int("what visitors must not see")
        except ValueError as error:
            app.apologise(error)

    monkeypatch.setattr(journal.LOG, "propagate", True)
    caplog.set_level(logging.INFO, journal.LOG.name)
    page = AppTest.from_function(fail, default_timeout=PATIENCE)
    page.query_params["data"] = "somebody's own"
    page.run()
    assert not page.exception
    assert len(page.error) == 1
    (text,) = (record.message for record in caplog.records if record.name == journal.LOG.name)
    line = json.loads(text)
    assert (line["event"], line["kind"], len(line["places"])) == ("failure", "ValueError", 1)
    assert f"under {line['id']}." in page.error[0].value
    assert "must not see" not in page.error[0].value + text
    assert "own" not in text


def test_the_operator_reads_all_numbers_and_no_others_do(url):
    numbers = get(f"{url}/metrics", Authorization=f"Bearer {TOKEN}").body.decode()
    for name in (
        "rerun_seconds",
        "part_seconds",
        "sessions",
        "events",
        "memory_hits",
        "memory_entries",
        "memory_bytes",
        "jobs",
    ):
        assert f"# TYPE gdplay_{name} " in numbers.replace("_total ", " ")
    assert 'gdplay_events_total{event="start",kind=""} 1.0' in numbers
    assert 'memory="results"' in numbers
    for text in ("", "Bearer", "Bearer another"):
        assert refused(f"{url}/metrics", Authorization=text) == 404


def test_the_code_in_the_readme_prints_what_stands_behind_it(capsys):
    exec(code("README.md"), {})
    text = (ROOT / "README.md").read_text("utf-8")
    (printed,) = re.findall(r"how each run ended:\n\n```\n(.*?)```", text, re.S)
    assert capsys.readouterr().out == printed


def test_the_study_in_the_readme_can_be_asked():
    names: dict[str, Any] = {}
    exec(code("README.md"), names)
    assert "gd.studies.noise_floor(experiment)" in (ROOT / "README.md").read_text("utf-8")
    assert "noise floor" in gdplay.studies.noise_floor(names["experiment"]).words


def test_the_optimizer_in_contributing_needs_nothing_else_to_run():
    names = dict(vars(elementwise))
    exec(code("CONTRIBUTING.md"), names)
    (new,) = (value for name, value in names.items() if name not in vars(elementwise))
    experiment = gdplay.default_experiment()
    (trace,) = gdplay.train(replace(experiment, runs=(gdplay.Run(new(lr=0.01)),)))
    assert trace.loss[0, -1] < trace.loss[0, 0]
    assert new.formula == r"\theta \leftarrow \theta - \eta\, \operatorname{sign} g"


def code(document: str) -> str:
    """Return the first block of Python in a document."""
    return (ROOT / document).read_text().split("```python\n")[1].split("```")[0]


def test_sessions_that_are_over_end_though_nobody_else_leaves(monkeypatch):
    import app

    now = [0.0]
    storage = MemorySessionStorage()
    storage._cache = TTLCache(maxsize=9, ttl=120, timer=lambda: now[0])
    manager = SimpleNamespace(_session_storage=storage, num_active_sessions=lambda: 3)
    monkeypatch.setattr(app, "exists", lambda: True)
    monkeypatch.setattr(app, "get_instance", lambda: SimpleNamespace(_session_mgr=manager))
    storage.save(SimpleNamespace(session=SimpleNamespace(id="gone")))
    assert app.sessions() == (3, 1)
    now[0] = 121.0
    assert app.sessions() == (3, 0)
    assert not storage._cache._data


@pytest.mark.parametrize(("freed", "ended"), [(0, False), (1, False), (0, True)])
def test_memory_is_given_back_once_results_or_sessions_went(monkeypatch, freed, ended):
    import app

    acts = []
    monkeypatch.setattr(app, "train_default", lambda: acts.append("default"))
    monkeypatch.setattr(app.memory, "let_go", lambda seconds: acts.append(seconds) or freed)
    monkeypatch.setattr(app.memory, "give_back", lambda: acts.append("given back"))
    app.tidy(60.0, ended=ended)
    assert acts == ["default", 60.0, *["given back"] * (freed > 0 or ended)]


@pytest.mark.skipif(older.OLD, reason="the server's settings are those of the newer Streamlit")
def test_streamlit_knows_every_setting():
    def names(table: dict, prefix: str) -> Iterator[str]:
        for key, value in table.items():
            yield from (
                names(value, f"{prefix}{key}.") if isinstance(value, dict) else [prefix + key]
            )

    assert set(names(SETTINGS, "")) <= set(config._config_options_template)


def test_both_themes_set_the_same_things():
    light, dark = SETTINGS["theme"]["light"], SETTINGS["theme"]["dark"]
    assert light.keys() == dark.keys()
    assert light["sidebar"].keys() == dark["sidebar"].keys()


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
def test_pages_and_figures_agree_on_their_colours(theme):
    page = SETTINGS["theme"][theme.name]
    runs = [theme.run_color(place) for place in range(6)]
    assert page["chartCategoricalColors"][:6] == runs
    assert (page["backgroundColor"], page["textColor"]) == (theme.paper, theme.ink)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_palette_has_the_ten_different_colours_streamlit_asks_for(theme):
    assert len(set(SETTINGS["theme"][theme]["chartCategoricalColors"])) == 10


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("ground", ["backgroundColor", "secondaryBackgroundColor"])
@pytest.mark.parametrize(("ink", "least"), [("textColor", 7.0), ("linkColor", 4.5)])
def test_text_stands_out_from_its_ground(theme, ground, ink, least):
    colours = SETTINGS["theme"][theme]
    assert contrast(colours[ink], colours[ground]) >= least


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2, from 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_no_setting_names_another_host():
    assert "://" not in (ROOT / ".streamlit/config.toml").read_text()


def test_the_app_pins_what_the_library_allows():
    pins = dict(line.split("==") for line in lines("requirements.txt") if not line.startswith("#"))
    extras = PROJECT["project"]["optional-dependencies"]
    ranges = dict(r.split(">=") for r in PROJECT["project"]["dependencies"] + extras["app"])
    assert ranges.keys() <= pins.keys()
    assert all(version(pins[name]) >= version(ranges[name]) for name in ranges)


def test_a_session_opens_without_looking_at_files_and_nothing_is_sent_elsewhere():
    assert SETTINGS["server"]["fileWatcherType"] == "none"
    assert SETTINGS["browser"]["gatherUsageStats"] is False
    assert SETTINGS["client"]["showErrorDetails"] == "none"
    sizes = {"maxUploadSize": 5, "maxMessageSize": 20, "maxWidgetStateSize": 1}
    assert {name: SETTINGS["server"][name] for name in sizes} == sizes


def lines(file: str) -> list[str]:
    return (ROOT / file).read_text().splitlines()


def version(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(".")))


def test_pre_commit_runs_the_checks_of_ci():
    own = re.compile(r"check (.+)|aside \.venv/bin/(mypy)|run (npm run check)")
    checks = [match[match.lastindex] for line in lines(".ci/run") if (match := own.fullmatch(line))]
    hooks = [
        line.split("entry: ")[1] for line in lines(".pre-commit-config.yaml") if "entry: " in line
    ]
    assert sorted(checks) == sorted(hooks)
