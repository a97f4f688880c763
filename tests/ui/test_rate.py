"""The control of a learning rate, and what follows a hand that drags it."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import gdplay as gd
from gdplay import link
from gdplay.figures.rate_scale import slow_rate
from gdplay.figures.slider_packing import packed_slider
from gdplay.figures.slider_tracks import slider_tracks
from gdplay.figures.sliders import slider
from gdplay.optimizers import RATES
from gdplay.theory.curvature import curvature
from gdplay.theory.landscape import box_of, landscape, plane_of
from gdplay.theory.limits import in_short, rate_options, verdict
from gdplay.ui import address as views
from gdplay.ui.compare.view import View
from gdplay.ui.player import wire
from gdplay.words import number
from tests import PATIENCE, ROOT
from tests.ui.controls import component, slide

HOME = gd.default_experiment()
LIMIT = curvature(HOME.problem).limit
APART = tuple(replace(run, optimizer=gd.SGD(lr=lr)) for run, lr in zip(HOME.runs, (0.1, 0.2, 0.3)))  # noqa: B905


def opened(experiment: gd.Experiment = HOME, view: View | None = None) -> AppTest:
    at = AppTest.from_file(str(ROOT / "gdplay/ui/router.py"), default_timeout=PATIENCE)
    for name, texts in (link.encode(experiment) | views.encode(view or View())).items():
        at.query_params[name] = texts
    at.run()
    assert not at.exception
    return at


def moved(at: AppTest, name: str, rate: Any) -> gd.Experiment:
    slide(at, name, rate)
    at.run()
    assert not at.exception
    return at.session_state["session"].shown.experiment  # type: ignore[no-any-return]


def offers(at: AppTest) -> Any:
    return component(at, "gdplay_player")[0]["hand"]


# What the control is told


def test_each_rate_is_told_with_its_words() -> None:
    (data,) = component(opened(), "gdplay_rate")
    assert data["options"] == rate_options(HOME.runs[0].optimizer.lr, LIMIT)
    told = (data[part] for part in ("options", "says", "words", "verdicts"))
    for rate, says, words, sentence in zip(*told, strict=True):
        assert says == f"{number(rate / LIMIT)} of 2/L"
        slow = rate < slow_rate(HOME, gd.SGD())
        assert words == in_short(HOME.problem, gd.SGD(lr=rate), rate, "batch", slow=slow)
        assert sentence.startswith(verdict(HOME.problem, gd.SGD(lr=rate), rate))
    assert data["name"] == "rate"
    assert data["value"] == HOME.runs[0].optimizer.lr


def test_words_are_about_the_runs_that_are_shown() -> None:
    """With all rows hidden they are theory, of nobody in the pictures."""
    who = {
        0b000: "batch comes down",
        0b001: "full batches come down",
        0b110: "comes down",
        0b111: "batch comes down",
    }
    for hidden, told in who.items():
        (data,) = component(opened(view=View(hidden=hidden)), "gdplay_rate")
        assert data["words"][data["options"].index(0.2)] == told, hidden


def test_its_zones_cover_the_slider_and_its_marks_stand_on_the_scale_of_the_rates() -> None:
    (data,) = component(opened(), "gdplay_rate")
    ends = [zone["end"] for zone in data["zones"]]
    assert ends == sorted(ends)
    assert ends[-1] == 1.0
    rates = np.array(data["options"])
    for mark in data["marks"]:
        if 0 <= mark["at"] <= 1:
            index = mark["at"] * (len(rates) - 1)
            low, high = rates[int(index)], rates[min(int(index) + 1, len(rates) - 1)]
            between = low * (high / low) ** (index - int(index))
            assert number(between) == mark["rate"]


@pytest.mark.parametrize("place", range(3))
def test_of_runs_with_rates_of_their_own_one_has_the_control(place: int) -> None:
    view = View(together=False, rated=place)
    (data,) = component(opened(replace(HOME, runs=APART), view), "gdplay_rate")
    assert data["name"] == f"run{place}.lr"
    assert data["value"] == APART[place].optimizer.lr


def test_the_script_travels_once_a_visit_and_again_when_it_was_lost() -> None:
    at = opened()
    assert component(at, "gdplay_rate")[0]["script"]
    at.run()
    assert component(at, "gdplay_rate")[0]["script"] is None
    at.session_state["rate.sent"].clear()
    at.run()
    assert component(at, "gdplay_rate")[0]["script"]


def test_a_browser_that_cannot_run_it_gets_a_plain_slider() -> None:
    at = opened()
    at.session_state["rate.failed"] = True
    at.run()
    assert not at.exception
    assert component(at, "gdplay_rate") == []
    (slider,) = (one for one in at.select_slider if str(one.key).startswith("rate@"))
    assert slider.value == HOME.runs[0].optimizer.lr


# What comes back


def test_letting_go_writes_the_rate_of_all_runs_or_of_one() -> None:
    experiment = moved(opened(), "rate", 0.1)
    assert {run.optimizer.lr for run in experiment.runs} == {0.1}
    at = opened(replace(HOME, runs=APART), View(together=False, rated=1))
    assert [run.optimizer.lr for run in moved(at, "run1.lr", 0.7).runs] == [0.1, 0.7, 0.3]


@pytest.mark.parametrize("rate", [0.0123456789, *RATES, 1000])
def test_a_typed_rate_need_not_be_one_of_the_sliders(rate: float) -> None:
    at = opened()
    assert moved(at, "rate", rate).runs[0].optimizer.lr == rate
    (data,) = component(at, "gdplay_rate")
    assert data["value"] == rate
    assert rate in data["options"]


@pytest.mark.parametrize(
    "rate",
    [
        None,
        "0.1",
        True,
        float("nan"),
        float("inf"),
        0,
        -0.1,
        10 * RATES[1],
        RATES[0] / 10,
        [0.1],
        {"a": 1},
    ],
)
def test_what_is_no_rate_changes_nothing(rate: Any) -> None:
    assert moved(opened(), "rate", rate) == HOME


def test_back_restores_the_rate_before() -> None:
    at = opened()
    before = {name: list(at.query_params[name]) for name in at.query_params}
    moved(at, "rate", 0.1)
    for name, texts in before.items():
        at.query_params[name] = texts
    at.run()
    assert at.session_state["session"].shown.experiment == HOME
    assert component(at, "gdplay_rate")[0]["value"] == HOME.runs[0].optimizer.lr


# Other numbers than rates


def test_the_control_holds_the_epochs_which_then_stand_nowhere_else() -> None:
    at = opened(HOME, View(moves="epochs"))
    (data,) = component(at, "gdplay_rate")
    assert (data["name"], data["value"], data["whole"]) == ("epochs", 30, True)
    assert offers(at)["values"] == {"epochs": 30}
    assert moved(at, "epochs", 50).epochs == 50
    assert any("50 epochs" in part.proto.body for part in at.get("html"))
    for value in (0, 2.5, 10**6, "7", None):
        assert moved(at, "epochs", value).epochs == 50


def test_the_control_holds_what_survives_of_one_runs_memory() -> None:
    runs = (HOME.runs[0], gd.Run(gd.Momentum(0.2)), gd.Run(gd.Adam(0.2)))
    at = opened(replace(HOME, runs=runs), View(moves="beta", rated=1))
    (data,) = component(at, "gdplay_rate")
    assert (data["name"], data["value"], data["title"]) == ("run1.beta", 0.9, "β")
    assert offers(at)["values"] == {"run1.beta": 0.9}
    experiment = moved(at, "run1.beta", 0.97)
    assert experiment.runs == (runs[0], gd.Run(gd.Momentum(0.2, beta=0.97)), runs[2])
    choice = next(box for box in at.selectbox if str(box.key).startswith("moves@"))
    assert choice.options[-4:] == [
        "β of Momentum", "β₁ of Adam", "β₂ of Adam", "Epochs"
    ]  # fmt: skip
    choice.select(choice.options[-2]).run()
    (data,) = component(at, "gdplay_rate")
    assert (data["name"], data["value"]) == ("run2.b2", 0.999)


# What follows a hand


def test_the_picture_offers_to_follow_and_tells_the_rate_that_it_shows() -> None:
    assert offers(opened())["values"] == {"rate": HOME.runs[0].optimizer.lr}
    hands = [
        offers(opened(replace(HOME, runs=APART), View(together=False, rated=place)))
        for place in range(3)
    ]
    assert [hand["values"] for hand in hands] == [
        {"run0.lr": 0.1}, {"run1.lr": 0.2}, {"run2.lr": 0.3}
    ]  # fmt: skip
    assert len({offer for hand in hands for offer in hand["offers"].values()}) == 3


def test_the_offer_stays_while_only_the_rate_changes() -> None:
    at = opened()
    before = offers(at)["offers"]
    moved(at, "rate", 0.3)  # the box, which grows in steps, is that of the rate before
    assert offers(at)["offers"] == before


@pytest.mark.parametrize(
    ("experiment", "view"),
    [
        (replace(HOME, seed=1), View()),
        (replace(HOME, epochs=29), View()),
        (HOME, View(metric=("excess",))),
        (HOME, View(log=False)),
        (HOME, View(ground="map")),
        (HOME, View(hidden=1)),
    ],
)
def test_the_offer_changes_with_all_else_that_is_shown(
    experiment: gd.Experiment, view: View
) -> None:
    assert offers(opened(experiment, view))["offers"] != offers(opened())["offers"]


@pytest.mark.parametrize("experiment", [replace(HOME, n_seeds=20), replace(HOME, epochs=1500)])
def test_what_takes_too_long_is_not_offered_and_the_page_works_as_ever(
    experiment: gd.Experiment,
) -> None:
    at = opened(experiment)
    assert offers(at) is None
    assert moved(at, "rate", 0.1).runs[0].optimizer.lr == 0.1


class Wire:
    """Stands in for the browser's side of the wires: asks, and notes what it is told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.answers: list[Any] = []
        monkeypatch.setattr(wire, "_component", self._take)

    def _take(self, *, key: str, data: Any, on_ask_change: object) -> None:
        if key == "player.hand":
            self.answers.append(json.loads(json.dumps(data["answer"])))

    def ask(self, at: AppTest, question: object) -> Any:
        at.session_state["player.hand"] = {"ask": question}
        at.run()
        assert not at.exception
        return self.answers[-1]


def test_a_hand_gets_the_runs_at_all_rates_of_its_slider_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    browser, at = Wire(monkeypatch), opened()
    assert browser.answers == [None]
    hash_ = offers(at)["offers"]["rate"]
    told = browser.ask(at, {"hash": hash_})
    assert told["hash"] == hash_
    traces = gd.train(HOME)
    plane = plane_of(HOME, traces)
    land = landscape(HOME.problem, plane, box_of(HOME, traces, plane))
    wanted = packed_slider(
        slider_tracks(HOME, traces, land, slider(HOME, "lr", range(3))),
        log=True,
        ceiling=1e4 * float(HOME.problem.loss(np.array(HOME.start))),
    )
    assert told["rates"] == json.loads(json.dumps(wanted))
    for question in (None, {"hash": "0" * 16}, {"hash": None}, {"windows": [[0, 1]]}, hash_, []):
        assert browser.ask(at, question) is None
