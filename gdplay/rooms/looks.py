"""What phones ask again and again: how far a room is, read once a second for all that ask."""

from collections.abc import Callable
from functools import cache
from time import monotonic
from typing import NamedTuple

from gdplay.rooms.codes import Allowance
from gdplay.rooms.store import MOST_ROOMS, store

FRESH = 1.0
"""Seconds for which all are told what one read of the database gave."""


class Look(NamedTuple):
    """How far a room was, and when that was asked for last."""

    version: int
    at: float


class Looks:
    """The latest looks at rooms, by their tickets.

    A ticket that leads to no room is refused, and what is tried in vain is bounded: so nobody
    learns here which codes there are. Tickets that led somewhere are known, and go on.

    Parameters
    ----------
    read : callable
        Returns the version of a ticket's room, None where there is none.
    clock : callable
        Seconds.
    """

    def __init__(
        self, read: Callable[[str], int | None], clock: Callable[[], float] = monotonic
    ) -> None:
        self._read, self._clock = read, clock
        self._known: dict[str, Look] = {}
        self._tries = Allowance(120, 2.0)

    def known(self, ticket: str) -> int | None:
        """Return the version that is fresh, None where it is not.

        Whoever is told None reads it; meanwhile all others are told the one before.
        """
        look, now = self._known.get(ticket), self._clock()
        if look is None:
            return None
        if now - look.at < FRESH:
            return look.version
        self._known[ticket] = look._replace(at=now)
        return None

    def read(self, ticket: str) -> int | None:
        """Return the version of a ticket's room as the database has it, None without a room."""
        now = self._clock()
        if ticket not in self._known and not self._tries.lasts(now):
            return None
        version = self._read(ticket)
        if version is None:
            self._known.pop(ticket, None)
            self._tries.take(now)
            return None
        if len(self._known) >= MOST_ROOMS:
            self._known.clear()
        self._known[ticket] = Look(version, now)
        return version


@cache
def looks() -> Looks:
    """Return the looks of this process at the rooms of its server."""
    return Looks(store().look)
