"""The player's Python side: what it sends, once and with every change, and what it takes back."""

import base64
import json
import shutil
import subprocess
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import gdplay as gd
from gdplay import figures, link
from gdplay.engine.workers import Workers
from gdplay.figures import marks, packing, theme
from gdplay.figures.packing import played
from gdplay.scripts import bare, bundle
from gdplay.theory.landscape import box_of, landscape, plane_of
from gdplay.ui import address as views
from gdplay.ui import jobs
from gdplay.ui import player as module
from gdplay.ui.address import leave
from gdplay.ui.compare.playing import close_ups
from gdplay.ui.compare.view import View
from gdplay.ui.one_update.view import UpdateView
from gdplay.ui.player import Moment, looked_inside, wire
from tests import PATIENCE, ROOT, crossed
from tests.ui.controls import component

FOLDER = ROOT / "gdplay/ui/player"


def opened(experiment: gd.Experiment | None = None, view: View | None = None) -> AppTest:
    at = AppTest.from_file(str(ROOT / "gdplay/ui/router.py"), default_timeout=PATIENCE)
    if experiment or view:
        query = link.encode(experiment or gd.default_experiment())
        for name, texts in (query | views.encode(view or View())).items():
            at.query_params[name] = texts
    at.run()
    assert not at.exception
    return at


def sent(at: AppTest) -> Any:
    return component(at, "gdplay_player")[0]


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
    travels_each_time = bundle(FOLDER / "boot.js") + bare(FOLDER / "player.css") + module.GRID
    assert len(travels_each_time) < 3_800


def test_the_hash_changes_with_what_is_played_and_with_nothing_else() -> None:
    experiment = gd.default_experiment()
    traces = gd.train(experiment)
    play = figures.playback(experiment, traces)
    same = played(figures.playback(experiment, traces)).told
    assert same["hash"] == played(play).told["hash"]
    others = (
        figures.playback(experiment, traces, "updates"),
        figures.playback(experiment, traces, shown=(0, 1)),
        figures.playback(experiment, gd.train(replace(experiment, seed=1))),
    )
    assert len({played(other).told["hash"] for other in (play, *others)}) == 4


IRIS = replace(gd.default_experiment(gd.DATASETS["iris"]), epochs=8)


def faster(experiment: gd.Experiment, place: int, by: float = 1.0002) -> gd.Experiment:
    """The same with one rate so little higher that no label tells it."""
    runs = list(experiment.runs)
    rule = runs[place].optimizer
    runs[place] = replace(runs[place], optimizer=replace(rule, lr=by * rule.lr))
    return replace(experiment, runs=tuple(runs))


APART = faster(IRIS, 2, by=1.01)


@pytest.mark.parametrize(
    ("experiment", "view", "other", "other_view"),
    [
        (IRIS, View(), IRIS, View(metric=("distance",))),
        (IRIS, View(), IRIS, View(plane="0,1")),
        (APART, View(focus=0), faster(APART, 2), View(focus=0)),
        (APART, View(hidden=0b100), faster(APART, 2), View(hidden=0b100)),
    ],
    ids=["another value", "another plane", "a run without a fit", "a hidden run"],
)
def test_what_was_looked_at_closely_is_forgotten_with_what_it_showed(
    experiment: gd.Experiment, view: View, other: gd.Experiment, other_view: View
) -> None:
    first, second = (
        sent(opened(*each))["play"] for each in ((experiment, view), (other, other_view))
    )
    for play in (first, second):
        for track in play["tracks"]:
            del track["loss"]  # at its end: of what stands before, close-ups alone tell
    assert first["tracks"] == second["tracks"]
    assert first["hash"] != second["hash"]


@pytest.mark.parametrize("change", [{"log": False}, {"ground": "map"}, {"together": False}])
def test_what_close_ups_do_not_show_changes_nothing_that_is_played(
    change: dict[str, Any], first: Any
) -> None:
    assert sent(opened(view=View(**change)))["play"] == first["play"]


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


@pytest.mark.parametrize(
    ("most", "kind"), [(0, "u1"), (255, "u1"), (256, "u2"), (65_535, "u2"), (65_536, "u4")]
)
def test_counts_travel_in_as_few_bytes_as_hold_them(most: int, kind: str) -> None:
    told = packing.counts(np.array([0, most]))
    assert told["dtype"] == kind
    np.testing.assert_array_equal(numbers(told), [0, most])


@pytest.mark.parametrize("dataset", ["line", "iris"])
def test_a_close_up_arrives_whole(dataset: str) -> None:
    experiment = replace(gd.default_experiment(gd.DATASETS[dataset]), epochs=2)
    traces = gd.train(experiment)
    plane = plane_of(experiment, traces)
    land = landscape(experiment.problem, plane, box_of(experiment, traces, plane), 3)
    play = figures.playback(experiment, traces)
    windows = {track.place: 0 for track in play.tracks if track.fits is not None}
    for close in figures.close_ups(experiment, traces, land, play, windows):
        told = json.loads(json.dumps(packing.close_up(close)))
        assert (told["place"], told["window"]) == (close.place, 0)
        np.testing.assert_array_equal(numbers(told["updates"]), close.updates)
        for name in ("x", "y", "loss", "value"):
            np.testing.assert_allclose(numbers(told[name]), getattr(close, name), rtol=1e-6)
        assert close.fits is not None
        np.testing.assert_allclose(numbers(told["fits"]), close.fits.ravel(), rtol=1e-6)
    without = packing.close_up(close._replace(value=None, fits=None))
    assert without["value"] is without["fits"] is None


def test_numbers_too_large_for_the_browser_become_infinite_without_a_word() -> None:
    assert list(numbers(packing.packed(np.array([1e300, -1e300, 1.0]), "f4"))) == [
        np.inf, -np.inf, 1.0,
    ]  # fmt: skip


@pytest.mark.parametrize("place", range(len(theme.SYMBOLS)))
def test_a_runs_looks_travel_as_lines_and_pixels(place: int) -> None:
    run = gd.Run(gd.SGD(0.1))
    experiment = replace(gd.default_experiment(), runs=(run,) * (place + 1), epochs=1)
    track = played(figures.playback(experiment, gd.train(experiment))).told["tracks"][place]
    assert track["dash"] == theme.DASH_PIXELS[theme.dash(place)]
    assert track["marker"] == theme.OUTLINES[theme.symbol(place)]


def test_every_dash_and_every_marker_can_be_drawn_by_the_player_and_beside_a_name() -> None:
    assert set(theme.DASHES) == set(theme.DASH_PIXELS) == set(marks._DASHES)
    assert set(theme.SYMBOLS) == set(theme.OUTLINES) == set(marks._SHAPES)


# What the browser makes of it


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node.js to run the player's clock")
@pytest.mark.parametrize("along", ["epochs", "updates", "examples"])
@pytest.mark.parametrize(
    "dataset", crossed(["line", "moons", "iris", "diabetes", "breast_cancer"], "line", "iris")
)
def test_the_browser_has_each_run_where_the_library_has_it(dataset: str, along: str) -> None:
    experiment = replace(gd.default_experiment(gd.DATASETS[dataset]), epochs=2)
    play = figures.playback(experiment, gd.train(experiment), along)
    end = max(float(track.at(np.array(track.last))) for track in play.tracks)
    times = [end * share for share in (0.0, 0.013, 0.25, 1 / 3, 0.5, 0.871, 0.999)]
    standing = in_node("states.mjs", {"play": played(play).told, "times": times})
    assert standing["end"] == pytest.approx(end, rel=1e-12)
    for time, runs in zip(times, standing["states"], strict=True):
        for track, run in zip(play.tracks, runs, strict=True):
            behind = track.at(np.arange(track.last + 1)) <= time + 1e-9 * end
            assert run["made"] == np.flatnonzero(behind)[-1]
            if track.fits is None or track.fitted is None:
                assert run["fit"] == []
            else:
                index = np.searchsorted(track.fitted, run["made"], side="right") - 1
                np.testing.assert_allclose(run["fit"], track.fits[index], rtol=1e-6)


def in_node(script: str, given: object) -> Any:
    """Return what a script of the tests writes when it is given something."""
    command = ["node", str(ROOT / "tests/js" / script)]
    done = subprocess.run(
        command, input=json.dumps(given), capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


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
    session = at.session_state["session"]
    at.session_state["session"] = leave(session, "one_update", view=UpdateView(2, 124), trip=True)
    at.switch_page(str(ROOT / "pages/one_update.py")).run()
    at.switch_page(str(ROOT / "pages/compare.py")).run()
    assert sent(at)["play"]["position"] == [2, 124]
    at.run()
    assert sent(at)["play"]["position"] is None


def test_a_visit_to_another_update_page_alone_moves_nothing() -> None:
    at = opened()
    session = at.session_state["session"]
    at.session_state["session"] = leave(session, "one_update", view=UpdateView(2, 124))
    at.switch_page(str(ROOT / "pages/one_update.py")).run()
    at.switch_page(str(ROOT / "pages/compare.py")).run()
    assert sent(at)["play"]["position"] is None


# What is asked of the wire


@pytest.mark.parametrize(
    ("windows", "taken"),
    [
        ([[0, 3]], {0: 3}),
        ([[2, 0], [0, 1]], {2: 0, 0: 1}),
        ([[0, 1], [0, 2]], {0: 2}),
        ([], {}),
        ([[0, -1], [-1, 0], [1, 2]], {1: 2}),
        ([[0, 1.0], [0.5, 1], ["0", 1], [0, "1"], [0, None], [None, 1]], {}),
        ([[True, 1], [0, False]], {}),
        ([[0, float("nan")], [float("inf"), 1]], {}),
        ([[[0], 1], [0, [1]], [{}, {}], [[], []]], {}),
        ([[0], [0, 1, 2], [], 0, "01", None, {"0": 1}, (0, 1)], {}),
        ([[0, 10**30], [10**400, 1]], {0: 10**30, 10**400: 1}),
        ([[0, 1]] * 100_000, {0: 1}),
        ({"0": 1}, {}),
        ("[[0, 1]]", {}),
        (((0, 1),), {}),
        (None, {}),
    ],
)
def test_only_whole_windows_are_taken_from_a_browser(windows: object, taken: object) -> None:
    assert wire._asked({"hash": "now", "windows": windows}, "now") == taken


@pytest.mark.parametrize(
    "question",
    [
        None, True, 0, 1.5, "now", [], {}, [["hash", "now"]], {"hash": "now"},
        {"windows": [[0, 1]]}, {"hash": "then", "windows": [[0, 1]]},
        {"hash": None, "windows": [[0, 1]]}, {"hash": ["now"], "windows": [[0, 1]]},
        {"hash": "", "windows": [[0, 1]]}, {1: 2},
    ],
)  # fmt: skip
def test_a_question_about_anything_else_asks_for_nothing(question: object) -> None:
    assert wire._asked(question, "now") == {}


class Wire:
    """Stands in for the wire's browser side: asks, and notes what it is told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.answers: list[Any] = []
        monkeypatch.setattr(wire, "_component", self._take)

    def _take(self, *, key: str, data: Any, on_ask_change: object) -> None:
        if key != "player.wire":
            return  # another's: what a hand asks for
        assert data["player"] == "player"
        self.answers.append(json.loads(json.dumps(data["answer"])))

    def ask(self, at: AppTest, question: object) -> Any:
        at.session_state["player.wire"] = {"ask": question}
        at.run()
        assert not at.exception
        return self.answers[-1]


def test_the_wire_answers_what_is_asked_of_the_picture_shown_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    browser, at = Wire(monkeypatch), opened()
    assert browser.answers == [None]
    shown = sent(at)["play"]["hash"]
    told = browser.ask(at, {"hash": shown, "windows": [[2, 10], [0, 0]]})
    assert told["hash"] == shown
    assert [(close["place"], close["window"]) for close in told["closeUps"]] == [(2, 10), (0, 0)]
    close, around = told["closeUps"][0], sent(at)["play"]["around"]
    np.testing.assert_array_equal(numbers(close["updates"]), np.arange(9 * around, 11 * around + 1))
    experiment = gd.default_experiment()
    states = gd.states_after(
        experiment, [np.arange(0), np.arange(0), np.arange(9 * around, 11 * around + 1)]
    )[2]
    np.testing.assert_allclose(numbers(close["loss"]), experiment.problem.loss(states), rtol=1e-6)
    for question in (
        {"hash": "0" * 16, "windows": [[2, 10]]},
        {"hash": shown, "windows": []},
        {"hash": shown, "windows": [[2, -1], "?"]},
        {"hash": shown, "windows": [[2, 10**6]]},
        {"hash": shown, "windows": [[10**30, 10**30]]},
        {"hash": shown, "windows": [[10**5000, 0]]},
        None,
    ):
        assert browser.ask(at, question) is None
    told = browser.ask(at, {"hash": shown, "windows": [[2, 10], [7, 0]]})
    assert [close["place"] for close in told["closeUps"]] == [2]


def test_a_hidden_run_is_not_looked_at_closely(monkeypatch: pytest.MonkeyPatch) -> None:
    browser, at = Wire(monkeypatch), opened(view=View(hidden=0b100))
    shown = sent(at)["play"]["hash"]
    assert [track["place"] for track in sent(at)["play"]["tracks"]] == [0, 1]
    assert browser.ask(at, {"hash": shown, "windows": [[2, 10]]}) is None
    assert browser.ask(at, {"hash": shown, "windows": [[1, 1]]}) is not None


# Close-ups on the page


class Counted:
    """`close_ups`, with its calls counted, over workers of its own."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls = 0
        runs = (gd.Run(gd.SGD(0.1)), gd.Run(gd.SGD(0.1), 32), gd.Run(gd.Adam(0.01), 1))
        self.experiment = replace(gd.default_experiment(), runs=runs, epochs=4)
        self.traces = gd.train(self.experiment)
        plane = plane_of(self.experiment, self.traces)
        box = box_of(self.experiment, self.traces, plane)
        self.land = landscape(self.experiment.problem, plane, box, 3)
        self.play = figures.playback(self.experiment, self.traces)
        self.inner = figures.close_ups
        monkeypatch.setattr(jobs, "WORKERS", Workers())
        monkeypatch.setattr(jobs, "TICK", 0.01)
        monkeypatch.setattr(figures, "close_ups", self._close_ups)

    def _close_ups(self, *args: Any, **more: Any) -> list[figures.CloseUp]:
        self.calls += 1
        return self.inner(*args, **more)

    def ask(self, windows: dict[int, int], view: View = View()) -> list[figures.CloseUp]:  # noqa: B008
        return close_ups(self.experiment, view, self.traces, self.land, self.play, windows)


@pytest.fixture(params=[9.0, 0.0], ids=["quick", "long"])
def counted(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Counted:
    """Close-ups made in the visitor's own run, or by a worker."""
    monkeypatch.setattr(jobs, "LONG", request.param)
    return Counted(monkeypatch)


def test_the_second_who_asks_for_the_same_gets_what_was_found_for_the_first(
    counted: Counted,
) -> None:
    first = counted.ask({2: 3, 0: 0})
    assert [close.place for close in first] == [2, 0]
    assert counted.ask({2: 3, 0: 0}) is first
    assert counted.calls == 1


def test_what_a_close_up_shows_is_part_of_what_it_is_kept_by(counted: Counted) -> None:
    loss = counted.ask({2: 3})
    assert len(counted.ask({2: 4})[0].updates) == len(loss[0].updates)
    distance = counted.ask({2: 3}, View(metric=("distance",)))
    assert counted.calls == 3
    assert loss[0].value is not None
    assert distance[0].value is not None
    assert not np.allclose(loss[0].value, distance[0].value)
    counted.traces = gd.train(counted.experiment, progress=lambda done, total: done < 500)
    counted.play = figures.playback(counted.experiment, counted.traces)
    assert counted.traces[2].path_updates[-1] < 800
    counted.ask({2: 3})
    assert counted.calls == 4


@pytest.mark.parametrize("windows", [{2: 8}, {2: -1}, {3: 0}, {2: 10**30}, {10**5000: 1}])
def test_a_window_that_does_not_exist_shows_nothing_and_nothing_of_it_is_kept(
    counted: Counted, windows: dict[int, int]
) -> None:
    assert counted.ask(windows) == []
    assert jobs.WORKERS._shelf._kept == {}
    assert len(counted.ask({2: 3})) == 1


def test_no_window_shows_nothing(counted: Counted) -> None:
    assert counted.ask({}) == []
