"""What functions remember of values they were called with, and where that is kept."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

Memory = dict[Any, Any]
"""What is made of somebody's own rows: it lives and dies with them."""


def memory_of(value: object) -> Memory | None:
    """Return the memory that a value brings along; None where all may share what is made of it."""
    memory: Memory | None = getattr(value, "memory", None)
    return memory


def remembered(maxsize: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Remember a function's last results, as `functools.lru_cache` does.

    Where the first argument has a `memory` of its own, what is made of it is kept there alone.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        shared: Callable[..., R] = lru_cache(maxsize)(function)

        @wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            memory, kept = memory_of(args[0]), shared
            if memory is not None:
                kept = memory.get(function) or memory.setdefault(
                    function, lru_cache(maxsize)(function)
                )
            return kept(*args, **kwargs)

        return call

    return decorate
