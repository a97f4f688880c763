"""How far a room is, for all who ask: one read a second, and nothing for whoever guesses."""

from collections.abc import Callable

from gdplay.rooms.codes import digest, ticket
from gdplay.rooms.looks import FRESH, Looks
from gdplay.rooms.store import LIFE, MOST_ROOMS, Room, Store

from .conftest import Clock

Open = Callable[[], tuple[Room, str]]


def test_all_who_look_within_a_second_are_told_by_one_read() -> None:
    clock, reads = Clock(), []

    def read(text: str) -> int:
        reads.append(text)
        return len(reads)

    looks = Looks(read, clock)
    assert looks.known("a") is None
    assert looks.read("a") == 1
    assert [looks.known("a") for _ in range(300)] == [1] * 300
    clock.now += FRESH
    assert looks.known("a") is None  # one reads
    assert looks.known("a") == 1  # meanwhile all others are told what was
    assert looks.read("a") == looks.known("a") == 2
    assert reads == ["a", "a"]


def test_a_ticket_is_for_its_room_alone_and_for_as_long_as_that_is_there(
    rooms: Store, opened: Open, clock: Clock
) -> None:
    (room, key), (other, _) = opened(), opened()
    own = rooms.ticket(room.code)
    assert rooms.look(own) == 1
    rooms.show(room.code, key, 1)
    assert rooms.look(own) == 2
    for wrong in (
        "", room.code, f"{room.code}-", own + "0", own.replace(room.code, other.code), "-",
        f"{room.code}-é", f"{room.code}-{digest(key)[:24]}", ticket(room.code, key),
    ):  # fmt: skip
        assert rooms.look(wrong) is None
    clock.now += LIFE
    assert rooms.look(own) is None


def test_whoever_guesses_is_told_nothing_and_soon_not_even_looked_up() -> None:
    clock, reads = Clock(), []

    def read(text: str) -> int | None:
        reads.append(text)
        return 1 if text.startswith("right") else None

    looks = Looks(read, clock)
    assert looks.read("right") == 1
    assert [looks.read(f"wrong{place}") for place in range(200)] == [None] * 200
    assert len(reads) == 121
    assert looks.read("right two") is None
    assert looks.read("right") == 1  # whoever is in goes on
    clock.now += 60
    assert looks.read("right two") == 1


def test_what_is_known_is_bounded_and_what_is_gone_is_forgotten() -> None:
    clock, rooms = Clock(), {str(place): 1 for place in range(MOST_ROOMS + 1)}
    looks = Looks(rooms.get, clock)
    for text in rooms:
        assert looks.read(text) == 1
        assert len(looks._known) <= MOST_ROOMS
    last = str(MOST_ROOMS)
    del rooms[last]
    clock.now += FRESH
    assert looks.known(last) is looks.read(last) is looks.known(last) is None
