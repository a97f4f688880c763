"""A page's data as they travel: both themes in one, compressed, as text that a script unpacks."""

import gzip
import json
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

Way = list[str | int]


def packed(value: Any) -> str:
    """Return a value's JSON, compressed, in base64; the same value gives the same text."""
    text = json.dumps(value, separators=(",", ":")).encode()
    return b64encode(gzip.compress(text, 9, mtime=0)).decode()


def differences(value: Any, other: Any, way: Way | None = None) -> Iterator[tuple[Way, Any]]:
    """Yield where another value differs, by the keys that lead there, and what it holds there."""
    way = way or []
    if isinstance(value, dict) and isinstance(other, dict) and value.keys() == other.keys():
        for key in value:
            yield from differences(value[key], other[key], [*way, key])
    elif _alike(value, other):
        for place, (mine, theirs) in enumerate(zip(value, other, strict=True)):
            yield from differences(mine, theirs, [*way, place])
    elif value != other:
        yield way, other


def _alike(value: Any, other: Any) -> bool:
    lists = isinstance(value, list | tuple) and isinstance(other, list | tuple)
    return lists and len(value) == len(other)
