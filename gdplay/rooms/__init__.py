"""Rooms in which a class answers one question at a time, kept in a database: what they hold."""


class RoomError(ValueError):
    """What cannot be done with a room: its text is a sentence for people."""


class UnansweredError(RoomError):
    """A database that does not answer: it may a moment later."""
