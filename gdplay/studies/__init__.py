"""One question each: what to run, what was read, and the words for it."""

from gdplay.studies.one_update import one_update

__all__ = ["one_update"]
