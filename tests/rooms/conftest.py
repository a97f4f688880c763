"""Databases to keep rooms in: a file, and a PostgreSQL where the environment names one."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from gdplay.rooms.codes import allowed_rooms
from gdplay.rooms.database import METADATA
from gdplay.rooms.store import Room, Store

POSTGRES = os.environ.get("GDPLAY_TEST_POSTGRESQL", "")
"""The URL of a database that tests may empty."""

MISSING = pytest.mark.skipif(not POSTGRES, reason="GDPLAY_TEST_POSTGRESQL names no database")


class Clock:
    """A clock that tests move on."""

    def __init__(self) -> None:
        self.now = 1e9

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=MISSING)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'rooms.sqlite'}"
        return
    address = f"postgresql+psycopg://{POSTGRES.partition('://')[2]}"
    engine = sa.create_engine(address)
    METADATA.drop_all(engine)
    engine.dispose()
    yield address


@pytest.fixture
def rooms(url: str, clock: Clock) -> Iterator[Store]:
    """Rooms in an empty database."""
    store = Store(url, clock)
    yield store
    store.close()


Opened = tuple[Room, str]


@pytest.fixture
def opened(rooms: Store) -> Callable[[], Opened]:
    """Open a room, as many as wanted."""
    return lambda: rooms.open("lesson~momentum", allowed_rooms())
