"""Rows of texts as one short text of characters that links leave alone, and back.

A few stand there as they are, `~` between cells and `~~` between rows; more are compressed.
"""

import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from urllib.parse import quote_plus

FEW = 60
"""So many numbers are written out."""

MOST = 6000
"""No text of rows is longer, in characters of a link."""

EXPANDED = 50_000
"""No compressed text holds more bytes than this."""

_LEGIBLE = 1500
"""Layout: longer texts are compressed, however few their numbers are."""

_ZIP = "zip~"

Cells = Sequence[Sequence[str]]


def pack(rows: Cells, numbers: int) -> str | None:
    """Return rows of texts as one text; None where that would be too long for a link.

    Parameters
    ----------
    rows : sequence of sequences of str
        Each row has a cell, and no cell is empty.
    numbers : int
        How many numbers they hold.
    """
    text = "~~".join("~".join(map(escape, row)) for row in rows)
    if numbers <= FEW and len(quote_plus(text)) <= _LEGIBLE:
        return text
    plain = text.encode()
    if len(plain) > EXPANDED:
        return None
    packed = _ZIP + urlsafe_b64encode(zlib.compress(plain, 9)).decode().rstrip("=")
    return packed if len(packed) <= MOST else None


def unpack(text: str) -> list[list[str]]:
    """Return the rows that `pack` has made a text of.

    Raises
    ------
    ValueError
        Where it has made no such text, or one that is too long.
    """
    if len(text) > MOST:
        raise ValueError(f"rows in a link take at most {MOST} characters; these take {len(text)}")
    if text.startswith(_ZIP):
        text = _expanded(text.removeprefix(_ZIP))
    return [[unescape(cell) for cell in row.split("~")] for row in text.split("~~")]


def _expanded(packed: str) -> str:
    """Return what was compressed, without expanding more than may be there."""
    expander = zlib.decompressobj()
    try:
        data = urlsafe_b64decode(packed + "=" * (-len(packed) % 4))
        plain = expander.decompress(data, EXPANDED + 1)
        if len(plain) <= EXPANDED and expander.eof:
            return plain.decode()
    except (zlib.error, ValueError) as error:
        raise ValueError("the rows in this link are damaged") from error
    if len(plain) > EXPANDED:
        raise ValueError(f"rows in a link expand to at most {EXPANDED} bytes; these are more")
    raise ValueError("the rows in this link are damaged: their end is missing")


def escape(cell: str) -> str:
    """Return a cell's text without what parts cells."""
    return cell.replace("%", "%25").replace("~", "%7E")


def unescape(cell: str) -> str:
    """Return the cell's text that `escape` was given."""
    return cell.replace("%7E", "~").replace("%25", "%")
