"""The command: it trains what a link describes, opens it in the app, and says what fails."""

import csv
import json
import os
import runpy
import signal
import tomllib
from collections.abc import Callable
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

import click
import pytest
from click.testing import CliRunner, Result

import gdplay as gd
from gdplay import __main__ as command
from gdplay import home as home_of
from gdplay.teaching.defaults import default_race
from tests import ROOT

RACE = default_race(gd.Expression("0.1*x**2 + 2*y**2"))
QUERY = urlencode(gd.link.encode(RACE), doseq=True)

Called = Callable[..., Result]


@pytest.fixture
def called(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Called:
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(command.main, words)


def test_run_trains_and_writes_a_table_a_record_and_a_script(called: Called, tmp_path: Any) -> None:
    address = f"https://example.org/gdplay/worked?{QUERY}&view.x=1"
    done = called("run", address, "--csv", "out.csv", "--json", "--script", "run.py")
    assert done.exit_code == 0
    for name in ("Plain step", "Momentum", "Adam"):
        assert f"{name}: 100 updates, loss " in done.stderr
    record = json.loads(done.stdout)
    assert gd.link.decode(record["experiment"]) == RACE
    with (tmp_path / "out.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    assert len(rows) == 3 * 101
    results = runpy.run_path(str(tmp_path / "run.py"))["results"]
    expected = [trace.loss[0, -1] for trace in gd.train(RACE)]
    assert [result["loss"][-1] for result in results] == pytest.approx(expected, rel=1e-12)


def test_run_prints_where_it_is_asked_to(called: Called) -> None:
    done = called("run", QUERY, "--csv", "-")
    assert "surface=expression" in done.stdout.splitlines()[0]
    assert called("run", f"?{QUERY}", "--json", "x.json").stdout == ""


@pytest.mark.parametrize(
    ("link", "sentence"),
    [
        ("data=nope", "data must be one of line"),
        ("surface=expression~text~x²", "write ^2."),
        ("&".join(["a=1"] * 2000), "Max number of fields"),
    ],
)
def test_a_bad_link_ends_in_a_sentence(called: Called, link: str, sentence: str) -> None:
    for name in ("run", "open"):
        done = called(name, link)
        assert done.exit_code == 2
        assert sentence in done.stderr
        assert "Traceback" not in done.output


def test_a_file_that_cannot_be_written_ends_in_a_sentence(called: Called) -> None:
    done = called("run", QUERY, "--csv", "no/such/folder.csv")
    assert done.exit_code == 1
    assert "Could not open file 'no/such/folder.csv'" in done.stderr


class Server:
    """Stands for the app's process."""

    asked_to_end = False

    def __init__(self) -> None:
        self.polled = self.code = 0

    def poll(self) -> int | None:
        self.polled += 1
        return 1 if self.polled > 3 else None

    def wait(self) -> int:
        if self.asked_to_end:
            os.kill(os.getpid(), signal.SIGTERM)
        return self.code

    def terminate(self) -> None:
        self.code = -signal.SIGTERM


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was started and opened, in order."""
    done: list[Any] = []

    def popen(words: list[str], cwd: Any) -> Server:
        done.append(words)
        return Server()

    monkeypatch.setattr(command.subprocess, "Popen", popen)
    monkeypatch.setattr(click, "launch", done.append)
    monkeypatch.setattr(command.time, "sleep", lambda seconds: None)
    return done


def test_without_a_command_the_app_is_started(called: Called, started: list[Any]) -> None:
    assert called("--port", "9000").exit_code == 0
    assert started[0][1:] == ["-m", "streamlit", "run", "app.py", "--server.port", "9000"]


def test_who_ends_the_command_ends_the_app(
    called: Called, started: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(Server, "asked_to_end", True)
    assert called().exit_code == -signal.SIGTERM
    assert signal.getsignal(signal.SIGTERM) == before


def test_open_uses_the_app_that_answers_and_else_starts_one(
    called: Called, started: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "_answers", lambda root: True)
    assert called("open", f"https://example.org/worked?{QUERY}").exit_code == 0
    assert started == [f"http://localhost:8501/worked?{QUERY}"]
    answers = iter([False, False, True])
    monkeypatch.setattr(command, "_answers", lambda root: next(answers))
    assert called("--port", "9000", "open", QUERY).exit_code == 0
    assert started[1][-2:] == ["--server.headless", "true"]
    assert started[2] == f"http://localhost:9000/?{QUERY}"


def test_an_app_that_does_not_start_is_said_to_have_failed(
    called: Called, started: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "_answers", lambda root: False)
    done = called("open", QUERY)
    assert done.exit_code == 1
    assert "the app did not start" in done.stderr
    assert len(started) == 1


def test_without_the_apps_needs_it_is_said_how_to_have_them(
    called: Called, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "find_spec", lambda name: None)
    assert "pip install 'gdplay[app]'" in called().stderr


def test_a_wheel_holds_all_that_the_app_starts_from(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["data-files"]
    files = {
        f"{folder}/{path.name}": path
        for folder, patterns in held.items()
        for pattern in patterns
        for path in ROOT.glob(pattern)
    }
    for name in ("app.py", ".streamlit/config.toml", "docs/compare.png"):
        assert files[f"share/gdplay/{name}"] == ROOT / name
    pages = {f"share/gdplay/pages/{path.name}" for path in (ROOT / "pages").glob("*.py")}
    assert pages == {name for name in files if "/pages/" in name}
    home = tmp_path / "share" / "gdplay"
    home.mkdir(parents=True)
    (home / "app.py").touch()
    monkeypatch.setattr(home_of, "BESIDE", tmp_path)
    monkeypatch.setattr(home_of.sysconfig, "get_path", lambda name, scheme: str(tmp_path))
    assert home_of._home() == home


def test_a_wheel_holds_each_module_and_each_file_beside_them() -> None:
    library = ROOT / "gdplay"
    packed = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    held = {
        file
        for package, patterns in packed["package-data"].items()
        for pattern in patterns
        for file in (ROOT / package.replace(".", "/")).glob(pattern)
    }
    files = {file for file in library.rglob("*") if file.is_file() and file.suffix != ".pyc"}
    modules = {file for file in files if file.suffix == ".py"}
    assert {file.name for file in files - modules - held} == {"types.d.ts"}  # for the checks alone
    assert all((file.parent / "__init__.py").is_file() for file in modules)


def test_nobody_answers_where_no_server_is() -> None:
    assert not command._answers("http://localhost:9")


def test_what_answers_with_its_version_is_the_app(monkeypatch: pytest.MonkeyPatch) -> None:
    for text, wanted in (
        (b'{"version": "1"}', True),
        (b'{"status": "ok"}', False),
        (b"<p>", False),
    ):
        monkeypatch.setattr(command, "urlopen", lambda *_, said=text, **__: BytesIO(said))
        assert command._answers("http://localhost") is wanted, text


def test_pages_of_the_gallery_lead_to_addresses_of_the_web_or_nowhere(
    called: Called, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[Any] = []
    monkeypatch.setattr("gdplay.gallery.write_site", lambda *told, **_: written.append(told))
    assert "must be an address that begins" in called("site", "out", "--server", "ftp://a").output
    assert "must be an address that begins" in called("site", "out", "--address", "a.org").output
    assert written == []
    called("site", "out", "--server", "https://a.org")
    called("site", "out")
    assert len(written) == 2
