"""Rooms, who is in them and what they answered: all that is kept, for twelve hours at most."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from hmac import compare_digest
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from gdplay.journal import refuse
from gdplay.rooms import RoomError, UnansweredError
from gdplay.rooms.codes import (
    Allowance,
    digest,
    fits,
    is_member,
    new_code,
    new_key,
    read_code,
    ticket,
)
from gdplay.rooms.database import ANSWERS, MEMBERS, ROOMS, connected, where, writing
from gdplay.teaching.predictions import MOST_LENGTH, Answer, text_of
from gdplay.words import quantity

OPEN, SHOWN, TOLD, ENDED = PHASES = ("open", "shown", "told", "ended")
"""A question is answered, its answers are shown, then what is true; at last the room has ended."""

LIFE = 12 * 3600.0
"""Seconds after which a room is gone."""

HERE = 75.0
"""Seconds after which somebody who was not seen again has left."""

IDLE = 900.0
"""Seconds after which a room that nobody is in makes room for others, where that is wanted."""

MOST_ROOMS, MOST_MEMBERS, MOST_QUESTION = 500, 350, 8000
"""So many rooms at once, people in one, and characters of a question."""

_SWEEP = 60.0
"""Seconds between two looks for rooms that have had their time."""


class Room(NamedTuple):
    """A room as it stands.

    Attributes
    ----------
    code : str
    question : str
        What is asked, in the words of the page that asks.
    number : int
        How many questions there were, this one counted.
    phase : one of PHASES
    version : int
        Grows with each change of what all see.
    """

    code: str
    question: str
    number: int
    phase: str
    version: int


class Counts(NamedTuple):
    """How many people are in a room, and how many answers its question has."""

    here: int
    answered: int


class Store:
    """The rooms of a database.

    Parameters
    ----------
    url : str
        Of the database: SQLite's or PostgreSQL's.
    clock : callable
        Seconds since 1970.
    """

    def __init__(self, url: str, clock: Callable[[], float] = time.time) -> None:
        self._clock, self._swept = clock, 0.0
        self._guesses = Allowance(120, 2.0)  # of all visitors together
        with _answering():
            self._engine = connected(url)
        self._writer = writing(self._engine)
        self._insert = (
            postgresql.insert if self._engine.dialect.name == "postgresql" else sqlite.insert
        )

    def close(self) -> None:
        """Leave the database."""
        self._engine.dispose()

    @contextmanager
    def _reads(self) -> Iterator[sa.Connection]:
        with _answering(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def _writes(self) -> Iterator[sa.Connection]:
        with _answering(), self._writer.begin() as connection:
            yield connection

    # Rooms

    def open(self, question: str, own: Allowance) -> tuple[Room, str]:
        """Open a room; return it with its teacher's key, which is kept nowhere else.

        `own` is how many rooms this visitor may open.

        Raises
        ------
        RoomError
            If there are too many, or the question is too long.
        """
        now, key = self._clock(), new_key()
        _check_question(question)
        if not own.lasts(now):
            raise RoomError("You have opened several rooms just now: wait ten minutes.")
        self._sweep()
        with self._writes() as connection:
            _make_room(connection, now)
            code = self._insert_room(connection, digest(key), question)
        own.take(now)
        return Room(code, question, 1, OPEN, 1), key

    def _insert_room(self, connection: sa.Connection, kept: str, question: str) -> str:
        while True:
            code = new_code()
            values = {
                "code": code, "key": kept, "question": question, "number": 1, "phase": OPEN,
                "version": 1, "created": self._clock(),
            }  # fmt: skip
            insert = self._insert(ROOMS).values(values).on_conflict_do_nothing()
            if connection.execute(insert).rowcount:
                return code

    def room(self, code: str) -> Room | None:
        """Return a room, None where it is gone; one look by its code."""
        with self._reads() as connection:
            row = connection.execute(self._alive(code)).one_or_none()
        return Room(*row) if row else None

    def _alive(self, code: str) -> sa.Select[Any]:
        columns = (ROOMS.c[name] for name in Room._fields)
        since = self._clock() - LIFE
        return sa.select(*columns).where(ROOMS.c.code == code, ROOMS.c.created > since)

    def ticket(self, code: str) -> str:
        """Return what the phones in a room look by."""
        with self._reads() as connection:
            kept = connection.scalar(sa.select(ROOMS.c.key).where(ROOMS.c.code == code))
        return ticket(code, str(kept))

    def look(self, text: str) -> int | None:
        """Return the version of the room that a ticket is for, None where it is for none."""
        columns = (ROOMS.c.code, ROOMS.c.key, ROOMS.c.version)
        since, code = self._clock() - LIFE, text.partition("-")[0]
        own = sa.select(*columns).where(ROOMS.c.code == code, ROOMS.c.created > since)
        with self._reads() as connection:
            row = connection.execute(own).one_or_none()
        if row is None or not compare_digest(ticket(row.code, row.key).encode(), text.encode()):
            return None
        return int(row.version)

    def enter(self, text: object, own: Allowance) -> Room:
        """Return the room that a typed code leads to.

        `own` is how many wrong codes this visitor may try; there is a bound on those of all
        visitors, too, beyond which no code leads anywhere for a moment.

        Raises
        ------
        RoomError
            If it leads nowhere, or too many did before.
        """
        code, now = read_code(text), self._clock()
        if not (own.lasts(now) and self._guesses.lasts(now)):
            refuse("code")
            raise RoomError("Too many wrong codes were tried: wait half a minute, then try again.")
        room = self.room(code)
        if room is None:
            own.take(now)
            self._guesses.take(now)
            raise RoomError(f"There is no room {code}. A room is gone twelve hours after it opens.")
        return room

    # What its teacher does

    def teaches(self, code: str, key: object) -> bool:
        """Whether a key is that of a room's teacher."""
        with self._reads() as connection:
            kept = connection.scalar(sa.select(ROOMS.c.key).where(ROOMS.c.code == code))
        return kept is not None and fits(key, kept)

    def show(self, code: str, key: str, number: int) -> None:
        """Close a question, and show what was answered."""
        self._move(code, key, number, OPEN, SHOWN)

    def tell(self, code: str, key: str, number: int) -> None:
        """Show what is true."""
        self._move(code, key, number, SHOWN, TOLD)

    def _move(self, code: str, key: str, number: int, before: str, after: str) -> None:
        """Bring a question on; twice is once."""
        with self._writes() as connection:
            room = self._taught(connection, code, key)
            if (room.number, room.phase) == (number, before):
                _change(connection, room, phase=after)

    def ask(self, code: str, key: str, question: str, number: int) -> None:
        """Ask the next question after the one of a number, whose answers are then gone."""
        _check_question(question)
        with self._writes() as connection:
            room = self._taught(connection, code, key)
            if room.number == number:
                connection.execute(sa.delete(ANSWERS).where(ANSWERS.c.code == code))
                _change(connection, room, question=question, number=number + 1, phase=OPEN)

    def end(self, code: str, key: str) -> None:
        """End a room: nothing is left of it but that it has ended."""
        with self._writes() as connection:
            room = self._taught(connection, code, key)
            for table in (ANSWERS, MEMBERS):
                connection.execute(sa.delete(table).where(table.c.code == code))
            _change(connection, room, question="", phase=ENDED)

    def _taught(self, connection: sa.Connection, code: str, key: str) -> Room:
        """Return a room that stays as it is until the transaction ends, for its teacher."""
        row = connection.execute(self._alive(code).with_for_update()).one_or_none()
        kept = connection.scalar(sa.select(ROOMS.c.key).where(ROOMS.c.code == code))
        if row is None or not fits(key, str(kept)):
            raise RoomError("This is not your room, or it is gone.")
        room = Room(*row)
        if room.phase == ENDED:
            raise RoomError("This room has ended.")
        return room

    # What its members do

    def join(self, code: str, member: str) -> None:
        """Note that somebody is in a room, for a while.

        Raises
        ------
        RoomError
            If it is full, or gone.
        """
        now = self._clock()
        self._sweep()
        with self._writes() as connection:
            if self._entered(connection, code, member).phase == ENDED:
                return
            gone = (MEMBERS.c.code == code) & (MEMBERS.c.seen <= now - HERE)
            connection.execute(sa.delete(MEMBERS).where(gone))
            _check_place(connection, MEMBERS, code, member)
            self._put(connection, MEMBERS, {"code": code, "member": member, "seen": now})

    def answer(self, code: str, number: int, member: str, answer: Answer) -> None:
        """Keep an answer to a question, in place of an earlier one of the same member.

        Raises
        ------
        RoomError
            If the question is closed, the room full or gone, or the answer too long.
        """
        text = text_of(answer)
        if len(text) > MOST_LENGTH:
            raise RoomError(f"An answer is a text of at most {MOST_LENGTH} characters.")
        with self._writes() as connection:
            room = self._entered(connection, code, member)
            if (room.number, room.phase) != (number, OPEN):
                raise RoomError("The teacher has gone on: this question is closed.")
            _check_place(connection, ANSWERS, code, member)
            values = {"code": code, "number": number, "member": member, "text": text}
            self._put(connection, ANSWERS, values)

    def _entered(self, connection: sa.Connection, code: str, member: str) -> Room:
        row = connection.execute(self._alive(code).with_for_update()).one_or_none()
        if row is None or not is_member(member):
            raise RoomError("This room is gone.")
        return Room(*row)

    def _put(self, connection: sa.Connection, table: sa.Table, values: dict[str, Any]) -> None:
        keys = list(table.primary_key.columns)
        rest = {name: value for name, value in values.items() if not table.c[name].primary_key}
        insert = self._insert(table).values(values)
        connection.execute(insert.on_conflict_do_update(index_elements=keys, set_=rest))

    # What is read

    def answer_of(self, code: str, number: int, member: str) -> str | None:
        """Return what somebody answered, None before."""
        c = ANSWERS.c
        own = sa.select(c.text).where(c.code == code, c.number == number, c.member == member)
        with self._reads() as connection:
            return connection.scalar(own)

    def answers(self, code: str, number: int) -> list[str]:
        """Return all answers to a question, in no order that tells whose they are."""
        c = ANSWERS.c
        every = sa.select(c.text).where(c.code == code, c.number == number).order_by(c.text)
        with self._reads() as connection:
            return list(connection.scalars(every))

    def counts(self, code: str, number: int) -> Counts:
        """Return how many are in a room, and how many answered."""
        answered = _count(ANSWERS, ANSWERS.c.code == code, ANSWERS.c.number == number)
        here = _count(MEMBERS, MEMBERS.c.code == code, MEMBERS.c.seen > self._clock() - HERE)
        both = sa.select(here.scalar_subquery(), answered.scalar_subquery())
        with self._reads() as connection:
            return Counts(*connection.execute(both).one())

    def _sweep(self) -> None:
        """Now and then forget all rooms that have had their time."""
        now = self._clock()
        if now - self._swept >= _SWEEP:
            self._swept = now
            with self._writes() as connection:
                _forget(connection, ROOMS.c.created <= now - LIFE)


@cache
def store() -> Store:
    """Return the rooms of this server."""
    return Store(where())


@contextmanager
def _answering() -> Iterator[None]:
    """Say in a sentence that a database does not answer."""
    try:
        yield
    except (sa.exc.DBAPIError, sa.exc.TimeoutError, sa.exc.ArgumentError, ImportError) as error:
        raise UnansweredError("The database of rooms does not answer: try again soon.") from error


def _check_question(question: str) -> None:
    if not 0 < len(question) <= MOST_QUESTION:
        raise RoomError(f"A question is a text of at most {quantity(MOST_QUESTION)} characters.")


def _check_place(connection: sa.Connection, table: sa.Table, code: str, member: str) -> None:
    """Refuse one more than a room holds; whoever is there already may stay."""
    own = _count(table, table.c.code == code, table.c.member == member)
    every = _count(table, table.c.code == code)
    n_own, n_all = connection.execute(
        sa.select(own.scalar_subquery(), every.scalar_subquery())
    ).one()
    if not n_own and n_all >= MOST_MEMBERS:
        raise RoomError(f"This room is full: it holds {quantity(MOST_MEMBERS)} people.")


def _count(table: sa.Table, *those: sa.ColumnElement[bool]) -> sa.Select[int]:
    return sa.select(sa.func.count()).select_from(table).where(*those)


def _change(connection: sa.Connection, room: Room, **values: Any) -> None:
    new = {**values, "version": room.version + 1}
    connection.execute(sa.update(ROOMS).where(ROOMS.c.code == room.code).values(new))


def _make_room(connection: sa.Connection, now: float) -> None:
    """Refuse one room too many; those that ended, or that nobody is in, make place for others."""
    if connection.scalar(_count(ROOMS)) < MOST_ROOMS:  # type: ignore[operator]
        return
    lately = sa.select(MEMBERS.c.code).where(MEMBERS.c.seen > now - IDLE)
    idle = (ROOMS.c.created <= now - IDLE) & ROOMS.c.code.not_in(lately)
    _forget(connection, (ROOMS.c.phase == ENDED) | idle)
    if connection.scalar(_count(ROOMS)) >= MOST_ROOMS:  # type: ignore[operator]
        raise RoomError("All rooms of this server are in use: try again in a quarter of an hour.")


def _forget(connection: sa.Connection, which: sa.ColumnElement[bool]) -> None:
    codes = sa.select(ROOMS.c.code).where(which)
    for table in (ANSWERS, MEMBERS):
        connection.execute(sa.delete(table).where(table.c.code.in_(codes)))
    connection.execute(sa.delete(ROOMS).where(which))
