"""The player's Python side: what it sends, once and with every change, and what it takes back."""

import base64
import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import gdplay as gd
from gdplay import figures
from gdplay.ui import player as module
from gdplay.ui.one_update import UpdateView
from gdplay.ui.player import Moment, looked_inside
from gdplay.ui.player.packing import playing

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "gdplay/ui/player"
PARTS = sorted(path for path in FOLDER.glob("*.js") if path.name not in ("boot.js", "wire.js"))
DECLARED = re.compile(r"^(?:export )?(?:default )?(?:async )?(?:function|const|let) (\w+)", re.M)
IMPORTED = re.compile(r"^import \{ ([\w, ]+) \} from '\./(\w+\.js)';$", re.M)


def opened() -> AppTest:
    at = AppTest.from_file(str(ROOT / "gdplay/ui/router.py"), default_timeout=60).run()
    assert not at.exception
    return at


def sent(at: AppTest) -> Any:
    return json.loads(at.get("bidi_component")[0].proto.json)


def numbers(packed: dict[str, str]) -> Any:
    return np.frombuffer(base64.b64decode(packed["bdata"]), packed["dtype"])


@pytest.fixture(scope="module")
def first() -> Any:
    return sent(opened())


# What travels


def test_the_tracks_arrive_whole(first: Any) -> None:
    experiment = gd.default_experiment()
    play = figures.playback(experiment, gd.train(experiment))
    assert first["play"]["unit"] == "epochs"
    assert first["play"]["kind"] == "line"
    for track, packed in zip(play.tracks, first["play"]["tracks"], strict=True):
        assert packed["label"] == track.label
        np.testing.assert_array_equal(numbers(packed["updates"]), track.updates)
        assert track.fits is not None
        assert track.fitted is not None
        np.testing.assert_array_equal(numbers(packed["fitted"]), track.fitted)
        fits = numbers(packed["fits"]).reshape(-1, *packed["shape"])
        np.testing.assert_allclose(fits, track.fits, rtol=1e-6)
        assert (packed["perEpoch"], packed["epoch"], packed["update"]) == (
            track.per_epoch,
            track.epoch,
            track.update,
        )


def test_each_track_is_a_trace_of_each_figure(first: Any) -> None:
    for panel in first["panels"].values():
        names = {trace.get("name") for trace in panel["spec"]["data"]}
        assert {track["label"] for track in first["play"]["tracks"]} <= names


def test_playing_costs_little_on_the_wire(first: Any) -> None:
    assert len(json.dumps(first["play"])) < 15_000
    travels_each_time = module._bare("boot.js") + module._bare("player.css") + module._html()
    assert len(travels_each_time) < 3_500


def test_the_hash_changes_with_what_is_played_and_with_nothing_else() -> None:
    experiment = gd.default_experiment()
    traces = gd.train(experiment)
    play = figures.playback(experiment, traces)
    same = playing(figures.playback(experiment, traces), Moment(2, 8))
    assert same["hash"] == playing(play, None)["hash"]
    others = (
        figures.playback(experiment, traces, "updates"),
        figures.playback(experiment, traces, shown=(0, 1)),
        figures.playback(experiment, gd.train(replace(experiment, seed=1))),
    )
    assert len({playing(other, None)["hash"] for other in (play, *others)}) == 4


def test_the_script_travels_once_a_visit_and_again_when_it_was_lost() -> None:
    at = opened()
    version = sent(at)["version"]
    assert "export default function player" in sent(at)["script"]
    at.run()
    assert sent(at)["script"] is None
    assert sent(at)["version"] == version
    del at.session_state[module._SENT]
    at.run()
    assert sent(at)["script"]


# The script is one


def test_the_modules_become_one_script_without_imports() -> None:
    script = module._script()
    assert not re.search(r"^import ", script, re.M)
    assert re.findall(r"^export .*", script, re.M) == [
        "export default function player(component) {"
    ]
    assert sorted(module._PARTS) == [path.name for path in PARTS]


def test_no_two_modules_declare_the_same_name() -> None:
    names = [name for path in PARTS for name in DECLARED.findall(path.read_text("utf-8"))]
    assert len(names) > 100
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("path", PARTS, ids=lambda path: path.name)
def test_a_module_imports_what_others_export_and_all_that_it_uses_of_them(path: Path) -> None:
    text = path.read_text("utf-8")
    imported = {name: file for names, file in IMPORTED.findall(text) for name in names.split(", ")}
    for other in PARTS:
        exported = set(re.findall(r"^export (?:async )?function (\w+)", other.read_text(), re.M))
        used = {name for name in exported if re.search(rf"(?<![.\w'-]){name}\(", text)}
        mine = {name for name, file in imported.items() if file == other.name}
        assert mine <= exported
        assert other == path or used <= mine | _own(text)


def _own(text: str) -> set[str]:
    """Return names that a module declares itself, inside functions too."""
    return set(re.findall(r"(?:const|let|function) (\w+)", text))


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node.js to parse")
@pytest.mark.parametrize("script", [module._script(), module._bare("boot.js")])
def test_the_scripts_parse_without_their_comments(script: str, tmp_path: Path) -> None:
    file = tmp_path / "script.mjs"
    file.write_text(script, encoding="utf-8")
    done = subprocess.run(["node", "--check", str(file)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


# What comes back


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ({"run": 2, "update": 124}, Moment(2, 124)),
        ({"run": 0, "update": 1}, Moment(0, 1)),
        ({"run": 0, "update": 0}, None),
        ({"run": -1, "update": 1}, None),
        ({"run": 0.5, "update": 1}, None),
        ({"run": "0", "update": "1"}, None),
        ({"run": 0}, None),
        ("0, 1", None),
        (None, None),
    ],
)
def test_an_update_to_look_inside_is_taken_only_as_one(
    value: object, moment: Moment | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = SimpleNamespace(session_state={"player": {"inside": value}})
    monkeypatch.setattr(module, "st", session)
    assert looked_inside("player") == moment
    assert looked_inside("another") is None


def test_the_page_goes_back_once_to_the_update_that_was_looked_at() -> None:
    at = opened()
    assert sent(at)["play"]["position"] is None
    at.session_state["compare.away"] = True
    at.session_state["views"][UpdateView] = UpdateView(run=2, update=124)
    at.run()
    assert sent(at)["play"]["position"] == [2, 124]
    at.run()
    assert sent(at)["play"]["position"] is None


def test_a_visit_to_another_update_page_alone_moves_nothing() -> None:
    at = opened()
    at.session_state["views"][UpdateView] = UpdateView(run=2, update=124)
    at.run()
    assert sent(at)["play"]["position"] is None
