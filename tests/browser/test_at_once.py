"""What travels at one moment: a change beside a question, and Back beside a change on its way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from urllib.parse import parse_qs, urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

import gdplay as gd
from benchmarks import rerun
from gdplay.link import Query
from gdplay.ui import address
from gdplay.ui.compare.view import View

from .harness import MILLISECONDS_TO_DRAW

WIRE = "gdplay_player_wire"


class Tab:
    """A browser without a screen: what it was told of the page, and what it sends."""

    def __init__(self, socket: ClientConnection, seed: int) -> None:
        self.socket, self.held, self.parts = socket, rerun.Held(), dict[str, str]()
        self.home = whole(seed)
        self.held.query = urlencode(self.home, doseq=True)
        self.send()

    def send(
        self, rate: float | None = None, *, part: str = "", returned: bool = False
    ) -> list[str]:
        """Send what a browser does, let it run, and return the addresses that were told."""
        told = BackMsg.FromString(self.held.request(rate))
        told.rerun_script.fragment_id = part
        told.rerun_script.is_history_navigation = returned
        self.socket.send(told.SerializeToString())
        return self.hear()

    def hear(self) -> list[str]:
        """Take what the server says until a run has ended well; return the addresses of it."""
        messages: list[ForwardMsg] = []
        while not messages or not _ends(messages[-1]):
            raw = self.socket.recv(timeout=MILLISECONDS_TO_DRAW / 1000)
            assert isinstance(raw, bytes)
            messages.append(ForwardMsg.FromString(raw))
            own = messages[-1].delta
            if own.new_element.bidi_component.component_name == WIRE:
                self.parts[own.new_element.bidi_component.id] = own.fragment_id
        self.held.take(messages)
        return [
            message.page_info_changed.query_string
            for message in messages
            if message.WhichOneof("type") == "page_info_changed"
        ]

    @property
    def shown(self) -> float:
        """The rate at which the page's control stands."""
        assert self.held._control is not None
        return float(json.loads(self.held._control.json)["value"])


def _ends(message: ForwardMsg) -> bool:
    """Whether a run has ended, and not for the sake of another."""
    is_last = message.WhichOneof("type") == "script_finished"
    return is_last and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN


def whole(seed: int) -> Query:
    """Return an address with rows in an order of its own."""
    return address.whole(replace(gd.default_experiment(), seed=seed), View(ground="map"))


@contextmanager
def tab(server: str, seed: int) -> Iterator[Tab]:
    with connect(
        rerun.address(server),
        subprotocols=["streamlit"],  # type: ignore[list-item]
        max_size=None,
    ) as socket:
        yield Tab(socket, seed)


def test_a_change_that_travels_with_a_question_is_made(server: str) -> None:
    with tab(server, 4001) as own:
        part = next(filter(None, own.parts.values()))
        assert own.shown == 0.2
        told = own.send(0.13, part=part)  # so that the part alone would run
        told = told or own.hear()
        assert own.shown == 0.13
        assert "lr~0.13~" in told[-1].replace("%7E", "~")


def test_a_question_alone_runs_its_part_alone(server: str) -> None:
    with tab(server, 4002) as own:
        part = next(filter(None, own.parts.values()))
        own.send(0.14)
        own.parts.clear()
        assert own.send(part=part) == []
        assert set(own.parts.values()) == {part}


def test_back_keeps_its_address_where_that_of_a_change_comes_late(server: str) -> None:
    with tab(server, 4003) as own:
        assert "lr~0.15~" in own.send(0.15)[-1].replace("%7E", "~")
        # Its address came after the browser had gone back, and stands there now.
        own.held.query = urlencode(whole(4004), doseq=True)
        assert [parse_qs(told) for told in own.send(returned=True)] == [whole(4004)]
        assert own.shown == 0.2
