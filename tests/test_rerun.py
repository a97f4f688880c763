"""What the client of `benchmarks.rerun` promises: it holds messages as a browser does."""

import json
from typing import Any

import numpy as np
import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.testing.v1 import AppTest

import gdplay as gd
from benchmarks import load, rerun
from benchmarks.rerun import CONTROL, Visitor, emptied, kind
from tests import PATIENCE, ROOT
from tests.ui.controls import component


class Socket:
    """Stands in for the server: each run's messages, and what it was sent."""

    def __init__(self, *runs: list[ForwardMsg]) -> None:
        self.runs, self.requests = list(runs), []
        self.left: list[ForwardMsg] = []
        self.socket = self

    def __enter__(self) -> "Socket":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def send(self, raw: bytes) -> None:
        self.requests.append(BackMsg.FromString(raw).rerun_script)
        self.left = [*self.runs.pop(0), ForwardMsg(script_finished=0)]

    def recv(self, timeout: float) -> bytes:
        return self.left.pop(0).SerializeToString()


def text(body: str, *, cacheable: bool = False) -> ForwardMsg:
    message = ForwardMsg(hash=f"hash of {body}")
    message.delta.new_element.markdown.body = body
    message.metadata.cacheable = cacheable
    return message


def control(*rates: float, at: float) -> ForwardMsg:
    message = ForwardMsg(hash=f"control at {at}")
    own = message.delta.new_element.bidi_component
    own.component_name, own.id = CONTROL, "the control"
    own.json = json.dumps({"options": rates, "value": at})
    return message


@pytest.fixture
def visit(monkeypatch: pytest.MonkeyPatch) -> Any:
    def opened(*runs: list[ForwardMsg]) -> tuple[Visitor, Socket]:
        socket = Socket(*runs)
        monkeypatch.setattr(rerun, "connect", lambda *_, **__: socket)
        monkeypatch.setattr(rerun, "rest", lambda *_: 0.0)
        monkeypatch.setattr(rerun, "received_by", lambda own: 0)
        return Visitor("http://here", 1).__enter__(), socket

    return opened


def test_a_message_that_the_run_before_sent_too_is_told_apart(visit: Any) -> None:
    visitor, _ = visit([text("a"), text("b")], [text("b"), text("c")])
    assert [(what, same) for what, _, same in visitor.change().messages] == [
        ("markdown", True),
        ("markdown", False),
        ("script_finished", True),
    ]


def test_large_messages_are_held_for_two_runs_and_stand_for_what_names_them(visit: Any) -> None:
    short = ForwardMsg(ref_hash="hash of large")
    visitor, socket = visit([text("large", cacheable=True), text("b")], [short], [], [], [])
    assert visitor.change().messages[0] == ("markdown", short.ByteSize(), True)
    for _ in range(3):
        visitor.change()
    held = [set(request.cached_message_hashes) for request in socket.requests]
    assert held == [set(), *[{"hash of large"}] * 3, set()]


def test_the_control_is_moved_by_its_rates_from_the_one_it_opens_with_down(visit: Any) -> None:
    visitor, socket = visit([control(1.0, 2.0, 3.0, 4.0, at=3.0)], [])
    assert visitor.rates == [2.0, 1.0]
    visitor.change(2.0)
    (widget,) = socket.requests[-1].widget_states.widgets
    assert (widget.id, json.loads(widget.json_value)) == ("the control", {"value": 2.0})


def test_the_control_that_pages_send_is_understood() -> None:
    at = AppTest.from_file(str(ROOT / "gdplay/ui/router.py"), default_timeout=PATIENCE).run()
    told, *_ = component(at, CONTROL)
    (home,) = {run.optimizer.lr for run in gd.default_experiment().runs}
    held = rerun.Held()
    held.take([control(*told["options"], at=told["value"])])
    assert told["value"] == home
    assert len(held.rates) == rerun.CHANGES
    assert max(held.rates) < home


def test_the_address_that_a_page_wrote_is_sent_back(visit: Any) -> None:
    written = ForwardMsg()
    written.page_info_changed.query_string = "lr=0.1"
    visitor, socket = visit([written], [])
    visitor.change()
    assert [request.query_string for request in socket.requests] == ["", "lr=0.1"]


def test_the_empty_page_is_the_app_but_for_one_page() -> None:
    with emptied() as root:
        assert (root / "gdplay/ui/router.py").read_text() == (
            ROOT / "gdplay/ui/router.py"
        ).read_text()
        assert {path.name for path in root.glob("pages/*")} == {
            path.name for path in ROOT.glob("pages/*.py")
        }
        assert "import" not in (root / "pages/compare.py").read_text()
    assert (ROOT / "pages/compare.py").exists()


def test_blocks_elements_and_other_messages_are_named() -> None:
    block = ForwardMsg()
    block.delta.add_block.popover.label = "More"
    assert [kind(each) for each in (block, text("a"), ForwardMsg(script_finished=0))] == [
        "popover",
        "markdown",
        "script_finished",
    ]


# Crowds


def crowd(**changes: Any) -> load.Load:
    usual = {"waits": [0.1, 0.2, 0.3], "late": 0, "errors": 0, "processor": 0.3, "wire": 3000}
    return load.Load(**{**usual, "seconds": 30.0, "memory": 200.0, **changes})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"errors": 2}, "2 answers never came or held an error"),
        ({"processor": 0.46}, "a change costs 1.53 times what it costs one person, most is 1.5"),
        ({"memory": 320.0}, "memory is 1.60 times that for one person, most is 1.5"),
    ],
)
def test_a_crowd_is_judged_beside_one_person(changes: dict[str, Any], words: str) -> None:
    assert load.failures(crowd(), crowd()) == []
    assert load.failures(crowd(), crowd(**changes)) == [words]


def test_what_people_waited_and_cost_is_told_in_one_line() -> None:
    told = crowd(waits=list(np.arange(101) / 100), processor=10.1)
    assert (told.wait(0.5), told.wait(0.95), told.cost) == (0.5, 0.95, pytest.approx(0.1))
    assert load.line(30, told).split()[:5] == ["30", "500", "ms", "950", "ms"]


def test_those_who_differ_have_an_experiment_each_and_a_class_shares_one() -> None:
    assert len({load.query(place, different=True) for place in range(9)}) == 9
    assert len({load.query(place, different=False) for place in range(9)}) == 1
