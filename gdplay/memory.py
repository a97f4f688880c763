"""What functions remember of values they were called with, where it is kept, and how much of it."""

import ctypes
import gc
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import wraps
from math import inf
from time import monotonic
from typing import Any, ParamSpec, TypeVar
from weakref import WeakSet

import numpy as np

P = ParamSpec("P")
R = TypeVar("R")

Memory = dict[Any, Any]
"""What is made of somebody's own rows: it lives and dies with them."""

ROOM = 128_000_000
"""So many bytes are remembered of each function's results, for all visitors together: two of the
widest fits, or they would be prepared anew by turns."""


M_ARENA_MAX = -8
"""The name of the number of places that threads take memory from, in glibc's `malloc.h`."""


def memory_of(value: object) -> Memory | None:
    """Return the memory that a value brings along; None where all may share what is made of it."""
    memory: Memory | None = getattr(value, "memory", None)
    return memory


_SHELVES: "WeakSet[Shelf]" = WeakSet()


@dataclass(slots=True)
class _Kept:
    """A value, how many bytes it takes, and when it was last used, by the monotonic clock."""

    value: Any
    weight: int
    used: float


class Shelf:
    """What was made, by keys, up to so many bytes and things; the least used goes first.

    Attributes
    ----------
    name : str
        What whoever runs the app knows it by; empty where it comes and goes with somebody's rows.
    hits, entries : int
        How often something was there, and how often something was put there.
    weight : int
        How many bytes all that is kept takes.
    """

    def __init__(self, room: int, most: float = inf, name: str = "") -> None:
        self._kept: OrderedDict[Hashable, _Kept] = OrderedDict()
        self._room, self._most = room, most
        self._lock = threading.Lock()
        self.name, self.hits, self.entries, self.weight = name, 0, 0, 0
        if name:
            _SHELVES.add(self)

    def get(self, key: Hashable, otherwise: Any = None) -> Any:
        """Return what is kept of `key`."""
        with self._lock:
            if key not in self._kept:
                return otherwise
            self.hits += 1
            self._kept.move_to_end(key)
            self._kept[key].used = monotonic()
            return self._kept[key].value

    def keep(self, key: Hashable, value: Any) -> None:
        """Keep a value, and make room for it."""
        weight = size_of(value)
        with self._lock:
            self.entries += 1
            if key in self._kept:
                self.weight -= self._kept.pop(key).weight
            self.weight += weight
            self._kept[key] = _Kept(value, weight, monotonic())
            while len(self._kept) > 1 and self._is_over():
                self._let_go_of_first()

    def let_go(self, before: float) -> int:
        """Let go of what was last used before a moment; return how many bytes that took."""
        with self._lock:
            weight = self.weight
            while self._kept and next(iter(self._kept.values())).used < before:
                self._let_go_of_first()
            return weight - self.weight

    def _let_go_of_first(self) -> None:
        self.weight -= self._kept.popitem(last=False)[1].weight

    def _is_over(self) -> bool:
        return self.weight > self._room or len(self._kept) > self._most


def shelves() -> list[Shelf]:
    """Return the shelves that have names, in their order."""
    return sorted(_SHELVES, key=lambda shelf: shelf.name)


def let_go(seconds: float) -> int:
    """Let go of what all share and nobody used for so many seconds; return how many bytes."""
    before = monotonic() - seconds
    return sum(shelf.let_go(before) for shelf in shelves())


def give_back() -> None:
    """Give the memory of what nothing refers to any more back to the machine.

    Python and the C library keep what was freed for the next to come; of the libraries glibc alone
    can be told otherwise.
    """
    gc.collect()
    _tell_library("malloc_trim", 0)


def share_arenas() -> None:
    """Let all threads take memory from one place: what one frees serves the others.

    Else each visitor's thread leaves holes of its own, and at the end of all places but the first
    glibc keeps what was freed. Threads that have begun elsewhere stay there: where a server has
    some before it can be told, `MALLOC_ARENA_MAX=1` tells the library. Python's threads take
    turns anyway.
    """
    _tell_library("mallopt", M_ARENA_MAX, 1)


def _tell_library(name: str, *numbers: int) -> None:
    """Call a function of the C library where there is such a one."""
    function = getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
    if function is not None:
        function(*numbers)


def size_of(value: Any) -> int:
    """Return about how many bytes arrays and texts in `value` take, however they are wrapped."""
    seen: set[int] = set()
    return _size(value, seen)


def _size(value: Any, seen: set[int]) -> int:
    if isinstance(value, np.ndarray):
        return _first(value, seen) * value.nbytes
    if isinstance(value, str):
        return 64 + len(value)
    parts = _parts(value)
    if parts is None or not _first(value, seen):
        return 64
    return sum(_size(part, seen) for part in parts)


def _first(value: Any, seen: set[int]) -> bool:
    """Whether a value is met for the first time."""
    count = len(seen)
    seen.add(id(value))
    return len(seen) > count


def _parts(value: Any) -> Iterator[Any] | None:
    """Return what a value holds; None where it is taken as one piece."""
    if isinstance(value, Mapping):
        return iter(value.values())
    if isinstance(value, tuple | list):
        return iter(value)
    if is_dataclass(value) and not isinstance(value, type):
        return (getattr(value, part.name) for part in fields(value))
    if type(value).__module__.startswith("gdplay."):
        return iter(getattr(value, "__dict__", {}).values())
    return None


class _Key:
    """Arguments that are hashed once: an experiment's hash is that of all it holds."""

    __slots__ = ("arguments", "hash")

    def __init__(self, *arguments: Any) -> None:
        self.arguments, self.hash = arguments, hash(arguments)

    def __hash__(self) -> int:
        return self.hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self.arguments == other.arguments


_MISSING = object()


def remembered(most: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Remember a function's last results: no more than `most`, and no more than `ROOM` bytes.

    Where the first argument has a `memory` of its own, what is made of it is kept there alone.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        shared = Shelf(ROOM, most, f"{function.__module__}.{function.__qualname__}")

        @wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            memory, key = memory_of(args[0]), _Key(args, *sorted(kwargs.items()))
            kept = shared
            if memory is not None:
                kept = memory.get(function) or memory.setdefault(function, Shelf(ROOM, most))
            value = kept.get(key, _MISSING)
            if value is _MISSING:
                value = function(*args, **kwargs)
                kept.keep(key, value)
            return value  # type: ignore[no-any-return]

        return call

    return decorate
