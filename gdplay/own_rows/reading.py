"""Rows as people keep them, pasted or in a file, to cells of text. pandas reads them.

Only what parts the cells is looked for here, since pandas knows neither blanks nor decimal commas
of its own accord.
"""

import csv
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Sequence
from io import BytesIO, StringIO
from typing import NamedTuple

MOST_BYTES = 5_000_000
"""Larger files are refused."""

UNZIPPED = 20_000_000
"""So many bytes may a spreadsheet hold once it is unpacked."""

MOST_COLUMNS = 50
"""More columns are refused."""

MOST_LINES = 100_000
"""No more rows of a file are looked at."""

_LOOK = 100
"""So many lines tell what parts the cells."""

Cells = list[list[str]]


class Grid(NamedTuple):
    """Cells of text, row after row, all rows equally long; "" where there is nothing.

    Attributes
    ----------
    rows : list of lists of str
    separator : str
        What parted the cells; "" in a spreadsheet, which parts them itself.
    notes : tuple of str
        What had to be guessed, a sentence each.
    """

    rows: Cells
    separator: str
    notes: tuple[str, ...] = ()


def read(source: str | bytes) -> Grid:
    """Return the cells of a text or of a file's bytes: CSV, TSV, Excel, or parted by blanks.

    Raises
    ------
    ValueError
        One sentence on why there is no table in it.
    """
    if len(source) > MOST_BYTES:
        raise ValueError(f"These are {len(source) / 1e6:.0f} MB; at most "
                         f"{MOST_BYTES / 1e6:.0f} MB are read")  # fmt: skip
    if isinstance(source, bytes) and source.startswith(b"PK\x03\x04"):
        return _checked(_spreadsheet(source))
    text, notes = (source, ()) if isinstance(source, str) else _decoded(source)
    return _checked(_texts(text, notes))


def _decoded(data: bytes) -> tuple[str, tuple[str, ...]]:
    """Return the text of a file, and a note where its encoding is a guess."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace"), ()
    try:
        return data.decode("utf-8-sig"), ()
    except UnicodeDecodeError as error:
        odd = data[error.start]
    # What Windows' programs write; other bytes are in no text of theirs.
    text = "" if b"\0" in data else data.decode("cp1252", "ignore")
    if len(text) < len(data) or any(ord(sign) < 9 or 13 < ord(sign) < 32 for sign in text):
        raise ValueError(f"This is no text in UTF-8 (byte {odd:#04x}): save it as CSV UTF-8")
    return text, ("The file is not in UTF-8; it was read as Windows-1252.",)


# Text


def _texts(text: str, notes: tuple[str, ...]) -> Grid:
    if "\0" in text or text.count("\ufffd") > len(text) // 10:
        raise ValueError("This is no table: it holds bytes that are no text")
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        raise ValueError("There are no rows: paste a table with at least two columns")
    separator = _separator(lines[:_LOOK])
    width = len(_split(lines[0], separator))
    _check_width(width)
    return Grid(_parsed("\n".join(lines[:MOST_LINES]), separator, width), separator, notes)


def _separator(lines: Sequence[str]) -> str:
    """Return what parts the cells: that which makes rows most alike, and most cells numbers."""
    return max("\t;, ", key=lambda separator: _fitness(lines, separator))


def _fitness(lines: Sequence[str], separator: str) -> tuple[bool, float, float]:
    rows = [_split(line, separator) for line in lines]
    width, like = Counter(map(len, rows)).most_common(1)[0]
    cells = [cell for row in rows for cell in row]
    numbers = sum(bool(NUMBER.fullmatch(cell.strip())) for cell in cells)
    return width > 1, like / len(rows), numbers / len(cells)


NUMBER = re.compile(r"[+\-−]?([0-9]+[.,]?[0-9]*|[.,][0-9]+)([eE][+\-]?[0-9]+)?")
"""A number with a decimal point or comma."""


def _split(line: str, separator: str) -> list[str]:
    if separator == " ":
        return line.split()
    try:
        return next(csv.reader([line], delimiter=separator, skipinitialspace=True))
    except csv.Error:
        raise ValueError(f"A cell may hold {csv.field_size_limit()} characters at most") from None


def _parsed(text: str, separator: str, width: int) -> Cells:
    import pandas as pd

    try:
        frame = pd.read_csv(
            StringIO(text), sep=r"\s+" if separator == " " else separator, header=None, dtype=str,
            keep_default_na=False, na_filter=False, skipinitialspace=True, names=range(width),
            index_col=False, on_bad_lines="error",
        )  # fmt: skip
    except ValueError as error:  # pandas' own errors are such
        raise ValueError(_ragged(str(error))) from None
    return [[cell.strip() if isinstance(cell, str) else "" for cell in row]
            for row in frame.to_numpy(dtype=object).tolist()]  # fmt: skip


def _ragged(error: str) -> str:
    place = re.search(r"Expected (\d+) fields in line (\d+), saw (\d+)", error)
    if place:
        return f"Line {place[2]} has {place[3]} cells, and the first line has {place[1]}"
    return "The rows cannot be told apart: a quotation mark is not closed"


# Spreadsheets


# XML that is none, or that blows itself up, is a SyntaxError.
_DAMAGE = (
    zipfile.BadZipFile, LookupError, OSError, AttributeError, TypeError, SyntaxError, EOFError,
    NotImplementedError, zlib.error,
)  # fmt: skip


def _spreadsheet(data: bytes) -> Grid:
    import pandas as pd

    try:
        size = sum(part.file_size for part in zipfile.ZipFile(BytesIO(data)).infolist())
        if size > UNZIPPED:
            raise ValueError(f"This spreadsheet unpacks to {size / 1e6:.0f} MB; at most "
                             f"{UNZIPPED / 1e6:.0f} MB are read")  # fmt: skip
        with pd.ExcelFile(BytesIO(data), engine="openpyxl") as book:
            frame = pd.read_excel(book, 0, header=None, dtype=object, nrows=MOST_LINES)
    except ImportError:
        raise ValueError("Excel files cannot be read on this server: save it as CSV") from None
    except _DAMAGE:
        raise ValueError("This is no Excel file, or a damaged one: save it as CSV") from None
    rows = [[_cell(value) for value in row] for row in frame.to_numpy(dtype=object).tolist()]
    several = f"Of {len(book.sheet_names)} sheets, the first is read."
    return Grid([row for row in rows if any(row)], "", (several,) * (len(book.sheet_names) > 1))


def _cell(value: object) -> str:
    if value is None or value != value:  # NaN, NaT
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return value.isoformat() if hasattr(value, "isoformat") else str(value).strip()


# Both


def _checked(grid: Grid) -> Grid:
    if not grid.rows:
        raise ValueError("There are no rows in it")
    _check_width(len(grid.rows[0]))
    return grid


def _check_width(width: int) -> None:
    if width < 2:
        raise ValueError("There is only one column: a feature and a target are needed, parted by "
                         "a comma, semicolon, tab or blank")  # fmt: skip
    if width > MOST_COLUMNS:
        raise ValueError(f"There are {width} columns; at most {MOST_COLUMNS} are read")
