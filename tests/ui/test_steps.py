"""What is taken from a browser that steps through updates."""

from types import SimpleNamespace

import pytest

from gdplay.studies.one_update import Position
from gdplay.ui import steps as module
from gdplay.ui.one_update import moves
from gdplay.ui.one_update.moves import STEPS
from gdplay.ui.steps import Going, going


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"run": 1, "update": 7}, Going(1, 7)),
        ({"run": 0, "update": 0}, None),
        ({"run": -1, "update": 7}, None),
        ({"run": 1, "update": 7.0}, None),
        ({"run": "1", "update": "7"}, None),
        ({"update": 7}, None),
        ([1, 7], None),
        (None, None),
    ],
)
def test_only_an_update_of_a_run_is_a_place_to_go_to(
    value: object, found: Going | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = SimpleNamespace(session_state={"steps": {"go": value}})
    monkeypatch.setattr(module, "st", session)
    assert going("steps") == found
    assert going("others") is None


@pytest.mark.parametrize(
    ("asked", "gone"),
    [((1, 7), [(1, 7)]), ((1, 10**9), [(1, 210)]), ((2, 7), []), ((1, 0), [])],
)
def test_the_page_goes_there_as_far_as_the_run_it_shows_goes(
    asked: tuple[int, int], gone: list[tuple[int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    went: list[tuple[int, int]] = []
    run, update = asked
    session = {STEPS: {"go": {"run": run, "update": update}}}
    monkeypatch.setattr(module, "st", SimpleNamespace(session_state=session))
    monkeypatch.setattr(moves, "go_to", lambda *place: went.append(place))
    moves._go(Position(run=1, update=6, last=210))
    assert went == gone
