"""What leads into a room: its code, its teacher's key, and how often codes may be guessed."""

import hashlib
import hmac
import re
import secrets
import threading

from gdplay.rooms import RoomError

ALPHABET = "BCDFGHJKMNPQRSTVWXYZ"
"""No vowels, so that no code is a word, and none of the letters that are read as numbers."""

LENGTH = 5

_MEMBER = re.compile(r"[0-9a-f]{32}")
_GAPS = re.compile(r"[\s-]")
_CODE = re.compile(rf"[{ALPHABET}]{{{LENGTH}}}")


def new_code() -> str:
    """Return a code that nobody can foretell: one of 3.2 million."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def read_code(text: object) -> str:
    """Return a code in its one form, however it was typed.

    Raises
    ------
    RoomError
        If no code is of this form.
    """
    code = _GAPS.sub("", text[:40]).upper() if isinstance(text, str) else ""
    if not _CODE.fullmatch(code):
        raise RoomError(f"A room’s code is {LENGTH} letters, from {ALPHABET[0]} to {ALPHABET[-1]}.")
    return code


def new_key() -> str:
    """Return a teacher's key."""
    return secrets.token_urlsafe(18)


def digest(key: str) -> str:
    """Return what is kept of a teacher's key: it opens nothing."""
    return hashlib.sha256(key.encode()).hexdigest()


def fits(key: object, kept: str) -> bool:
    """Whether a key is the one that `kept` was made of; in the same time for all that are not."""
    return isinstance(key, str) and hmac.compare_digest(digest(key[:200]), kept)


def ticket(code: str, kept: str) -> str:
    """Return what a room's phones look by: nobody makes one of a code alone."""
    return f"{code}-{digest(f'look {kept}')[:24]}"


def new_member() -> str:
    """Return what stands for somebody in all rooms: random, and nobody's name."""
    return secrets.token_hex(16)


def is_member(text: object) -> bool:
    """Whether a text could stand for somebody."""
    return isinstance(text, str) and _MEMBER.fullmatch(text) is not None


class Allowance:
    """How often something may be done: some times at once, then as fast as they grow again.

    Parameters
    ----------
    most : float
        So many times at once.
    per_second : float
        So many more each second.
    """

    def __init__(self, most: float, per_second: float) -> None:
        self._most, self._per_second = most, per_second
        self._left, self._at = most, 0.0
        self._lock = threading.Lock()

    def lasts(self, now: float) -> bool:
        """Whether it may be done once more, at a time in seconds."""
        with self._lock:
            grown = max(now - self._at, 0.0) * self._per_second
            self._left, self._at = min(self._most, self._left + grown), now
            return self._left >= 1

    def take(self, now: float) -> None:
        """Note that it was done."""
        if self.lasts(now):
            with self._lock:
                self._left -= 1


def allowed_guesses() -> Allowance:
    """Return how many wrong codes one visitor may try: six, then one in twenty seconds."""
    return Allowance(6, 0.05)


def allowed_rooms() -> Allowance:
    """Return how many rooms one visitor may open: six, then one in ten minutes."""
    return Allowance(6, 1 / 600)
