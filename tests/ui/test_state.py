"""What is clicked again before the page has come that the first click asked for."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

import gdplay as gd
from gdplay.link import MAX_RUNS
from gdplay.teaching.defaults import default_race
from gdplay.teaching.lessons import LESSONS
from gdplay.ui import address, functions, problem_controls, state
from gdplay.ui.address import Shown
from gdplay.ui.compare import runs
from gdplay.ui.compare.view import View
from gdplay.ui.lessons import parts as lessons
from gdplay.ui.lessons.view import COURSE, LessonView
from gdplay.ui.surfaces.view import SurfacesView
from gdplay.ui.worked import controls as worked
from gdplay.ui.worked.view import WorkedView, of_surface
from tests import PATIENCE, ROOT

RACE = default_race(gd.SURFACES["himmelblau"])


@pytest.fixture(autouse=True)
def earlier(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], None]]:
    """Let a click follow on others whose page has not come: on itself where there are none."""
    button, others = st.button, list[Callable[[], None]]()

    def pressed(*about: Any, on_click: Callable[..., None] | None = None, **more: Any) -> bool:
        def twice(*args: Any) -> None:
            assert on_click is not None
            for act in others or [partial(on_click, *args)]:
                act()
            on_click(*args)

        return button(*about, on_click=on_click and twice, **more)

    monkeypatch.setattr(st, "button", pressed)
    return others


def opened(page: str, shown: Shown, *menus: str) -> AppTest:
    at = AppTest.from_file(str(ROOT / "gdplay/ui/router.py"), default_timeout=PATIENCE)
    if page != state.FIRST:
        at.run()
        at.switch_page(str(ROOT / f"pages/{page}.py"))
    for name, texts in address.whole(*shown).items():
        at.query_params[name] = texts
    run(at)
    for name in menus:
        at.session_state[state_key(at, name)] = True
        run(at)
    return at


def state_key(at: AppTest, name: str) -> str:
    return f"{name}@{at.session_state['session'].generation}"


def run(at: AppTest) -> AppTest:
    at.run()
    assert not at.exception, [error.message for error in at.exception]
    return at


def press(at: AppTest, name: str) -> Shown:
    """Press a button; return what is shown then."""
    at.button(key=state_key(at, name)).click()
    return run(at).session_state["session"].shown  # type: ignore[no-any-return]


def with_runs(experiment: gd.Experiment, count: int) -> gd.Experiment:
    """Return the experiment with so many runs, each unlike the others."""
    rates = (0.01 * (place + 1) for place in range(count))
    return replace(experiment, runs=tuple(gd.Run(gd.SGD(lr=lr)) for lr in rates))


def test_a_seventh_run_is_never_added() -> None:
    at = opened(
        "compare", Shown(with_runs(gd.default_experiment(), MAX_RUNS - 1), View(ground="map"))
    )
    assert len(press(at, "add").experiment.runs) == MAX_RUNS


def test_on_a_function_a_seventh_run_is_never_added_either() -> None:
    race = with_runs(RACE, MAX_RUNS - 1)
    at = opened("surfaces", Shown(race, SurfacesView(ground="map")))
    assert len(press(at, "add").experiment.runs) == MAX_RUNS


@pytest.mark.parametrize("place", [1, 4])
def test_what_was_done_with_a_run_is_done_once(place: int) -> None:
    before = with_runs(gd.default_experiment(), MAX_RUNS - 1)
    at = opened("compare", Shown(before, View(ground="map")), f"run{place}.more")
    after = press(at, f"run{place}.remove").experiment.runs
    assert after == (*before.runs[:place], *before.runs[place + 1 :])


def test_a_run_is_copied_and_hidden_once() -> None:
    before = with_runs(gd.default_experiment(), MAX_RUNS - 1)
    at = opened("compare", Shown(before, View(ground="map")), "run4.more")
    assert len(press(at, "run4.copy").experiment.runs) == MAX_RUNS
    at.session_state[state_key(at, "run5.more")] = True
    run(at)
    assert press(at, "run5.eye").view.hidden == 0b100000


def test_a_lesson_that_was_left_is_not_answered(earlier: list[Callable[[], None]]) -> None:
    at = opened("lessons", Shown(gd.default_experiment(), LessonView(next(iter(LESSONS)))))
    earlier.append(partial(lessons._open, COURSE))
    assert press(at, "choice1").view == LessonView()


def test_one_row_of_an_exam_is_shown_at_a_time() -> None:
    view = WorkedView(exam=True, n=3)
    at = opened("worked", Shown(gd.default_experiment(), view))
    assert press(at, "next").view.revealed == 1


# Choices that came after another, which has taken what they were of


def test_a_choice_about_what_has_gone_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    now: Shown = Shown(RACE, View())
    monkeypatch.setattr(state, "current", lambda: now)
    monkeypatch.setattr(state, "show", lambda *shown: pytest.fail(f"shown: {shown}"))
    chosen = {"model": "linear", "moves": ("lr", len(RACE.runs)), "rule": "polyak"}
    for module in (problem_controls, functions, runs, worked):
        monkeypatch.setattr(module, "picked", chosen.__getitem__)
    problem_controls._choose_part("iris", "classes", pytest.fail)
    problem_controls._change_fit("model")
    functions._choose("beale", "scale", pytest.fail)
    runs._choose()
    now = Shown(RACE, of_surface("expression", text="x^2 - y^2"))
    worked._choose_rule()


def test_what_no_link_can_hold_is_refused_with_a_sentence() -> None:
    before = address.arrive(address.Session(), address.Page("compare", View), {})
    after = address.show(before, with_runs(gd.default_experiment(), MAX_RUNS + 1))
    assert after.shown == before.shown
    assert after.notices == (r"A link holds 1 to 6 runs; this one has 7\.",)
