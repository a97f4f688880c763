"""Tables of named things: what a menu, a link or a test can pick from."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol, TypeVar


class Entry(Protocol):
    """Anything with a `key` (what links hold; never changes) and a `title` (what people read)."""

    @property
    def key(self) -> str: ...
    @property
    def title(self) -> str: ...


E = TypeVar("E", bound=Entry)


def table(*entries: E) -> Mapping[str, E]:
    """Return a read-only mapping from each entry's key to the entry, in the order given.

    Raises
    ------
    ValueError
        If two entries share a key.
    """
    mapping = {entry.key: entry for entry in entries}
    if len(mapping) < len(entries):
        raise ValueError(f"two entries share a key: {[entry.key for entry in entries]}")
    return MappingProxyType(mapping)
