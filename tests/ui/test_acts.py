"""A choice counts, whatever the browser tells in the same moment."""

import pytest
from streamlit.runtime.state import SessionState
from streamlit.runtime.state.safe_session_state import SafeSessionState

from gdplay.ui import state  # noqa: F401  as every page does


class GivesWayError(Exception):
    pass


def give_way() -> None:
    raise GivesWayError


def test_a_callback_does_not_give_way_to_the_next_message(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = False
    taken = []
    safe = SafeSessionState(SessionState(), lambda: give_way() if waiting else None)

    def choose(*told: object, **more: object) -> None:
        nonlocal waiting
        waiting = True  # the next message comes while this one is taken
        safe["choice"] = "rank"
        taken.append(safe["choice"])

    monkeypatch.setattr(SessionState, "on_script_will_rerun", choose)
    safe.on_script_will_rerun(None)
    assert taken == ["rank"]
    with pytest.raises(GivesWayError):  # the page does
        safe["choice"]
    with pytest.raises(GivesWayError):
        safe.on_script_will_rerun(None)
