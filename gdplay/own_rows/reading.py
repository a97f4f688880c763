"""Rows as people keep them, pasted or in a file, to cells of text. pandas reads them.

Only what parts the cells is looked for here, since pandas knows neither blanks nor decimal commas
of its own accord.
"""

import csv
import re
import zipfile
from collections import Counter
from collections.abc import Sequence
from io import BytesIO, StringIO
from typing import NamedTuple

from gdplay.own_rows.markup import plain
from gdplay.words import quantity

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
    if isinstance(source, bytes):
        _check_kind(source)
        if source.startswith(b"PK\x03\x04"):
            return _checked(_spreadsheet(source))
    text, notes = (source, ()) if isinstance(source, str) else _decoded(source)
    return _checked(_texts(text, notes))


_KINDS = {
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"\xd0\xcf\x11\xe0": "an Excel or Word file of the old kind",
    b"\x1f\x8b": "a packed file",
    b"PAR1": "a Parquet file",
}
"""What people take for a table, by its first bytes, whatever its name."""


def _check_kind(data: bytes) -> None:
    for first, kind in _KINDS.items():
        if data.startswith(first):
            raise ValueError(f"This is {kind}, and no table: save the table as CSV or XLSX")


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
    lines = [line for line in plain(text).splitlines() if line.strip()]
    if not lines:
        raise ValueError("There are no rows: paste a table with at least two columns")
    separator = _separator(lines[:_LOOK])
    columns = _lying(lines, separator)
    if columns:
        return Grid(columns, separator, (*notes, _LYING))
    lines = lines[:MOST_LINES]
    if separator in _BY_BLANKS:
        rows, aligned = _parted_by_blanks(lines, separator)
        return Grid(rows, separator, (*notes, *aligned))
    widths = [len(_split(line, separator)) for line in lines[:_LOOK]]
    first = _first_row(widths)
    _check_width(widths[first])
    rows = _parsed("\n".join(lines[first:]), separator, widths[first])
    return Grid(rows, separator, (*notes, *_title(lines[0], first)))


def _first_row(cells: Sequence[int]) -> int:
    """Return how many rows of one cell stand above those of more, as a title does."""
    return next((place for place, count in enumerate(cells) if count > 1), 0)


def _title(text: str, first: int) -> tuple[str, ...]:
    return (f"What stands above the table is left out: {text.strip()[:60]}",) if first else ()


def _separator(lines: Sequence[str]) -> str:
    """Return what parts the cells: that which makes rows most alike, and most cells numbers."""
    return max(_SEPARATORS, key=lambda separator: _fitness(lines, separator))


_BY_BLANKS = ("  ", " ")
_SEPARATORS = ("\t", ";", ",", "|", "&", *_BY_BLANKS)
"""What may part cells, the likelier first; two blanks stand for two or more."""


def _fitness(lines: Sequence[str], separator: str) -> tuple[bool, float, float]:
    rows = [_split(line, separator) for line in lines]
    above = _first_row(list(map(len, rows)))
    if 2 * above < len(rows):
        rows = rows[above:]
    width, like = Counter(map(len, rows)).most_common(1)[0]
    cells = [cell for row in rows for cell in row]
    numbers = sum(bool(NUMBER.fullmatch(cell.strip())) for cell in cells)
    return width > 1, like / len(rows), numbers / len(cells)


NUMBER = re.compile(r"[+\-−]?([0-9]+[.,]?[0-9]*|[.,][0-9]+)([eE][+\-]?[0-9]+)?")
"""A number with a decimal point or comma."""

_BLANKS = re.compile(r"\s+")
_WIDE = re.compile(r"\s{2,}")


def _split(line: str, separator: str) -> list[str]:
    if separator == "  ":
        return _WIDE.split(line.strip())
    if separator == " ":
        line = _BLANKS.sub(" ", line.strip())
    try:
        return next(csv.reader([line], delimiter=separator, skipinitialspace=True))
    except csv.Error:
        raise ValueError(f"A cell may hold {csv.field_size_limit()} characters at most") from None


# Lines that are columns

_LYING = "Each line holds a name and its numbers, so lines are read as columns."


def _lying(lines: Sequence[str], separator: str) -> Cells:
    """Return lines such as `x: 1 2 4` upright, names first; nothing where they are others."""
    if not 2 <= len(lines) <= MOST_COLUMNS:
        return []
    rows = [[cell.strip() for cell in _split(line, separator)] for line in lines]
    names = [row[0].rstrip(" :=") for row in rows]
    alike = len(set(names)) == len(rows) < min(map(len, rows)) == max(map(len, rows))
    if not alike or any(NUMBER.fullmatch(name) or not name for name in names):
        return []
    if not all(NUMBER.fullmatch(cell) for row in rows for cell in row[1:]):
        return []
    return [names, *map(list, zip(*(row[1:] for row in rows), strict=True))]


# Cells that blanks part

_ALIGNED = "Cells are told apart by where they stand in their lines."

_MOST_ALIGNED = 10_000
"""Speed: of so many lines it is looked for."""


def _parted_by_blanks(lines: Sequence[str], separator: str) -> tuple[Cells, tuple[str, ...]]:
    """Return the cells, and a note where lines differ in how many they hold.

    The first line may leave out the name of a first column, as programs do that number rows.
    """
    rows = [_split(line, separator) for line in lines]
    if all(len(row) == len(rows[0]) + 1 for row in rows[1:]):
        rows[0].insert(0, "")
    odd = next((i for i, row in enumerate(rows) if len(row) != len(rows[0])), None)
    if odd is None:
        return rows, ()
    aligned = _in_place(lines) if len(lines) <= _MOST_ALIGNED else []
    if not aligned:
        raise ValueError(_uneven(odd + 1, len(rows[odd]), len(rows[0])))
    return aligned, (_ALIGNED,)


def _in_place(lines: Sequence[str]) -> Cells:
    """Return the cells of columns with a gap between them all the way down; none without one."""
    import pandas as pd

    frame = pd.read_fwf(
        StringIO("\n".join(lines)), infer_nrows=len(lines), header=None, dtype=str,
        keep_default_na=False, na_filter=False,
    )  # fmt: skip
    rows = [[cell.strip() for cell in row] for row in frame.to_numpy(dtype=object).tolist()]
    whole = not any(_BLANKS.search(cell) for row in rows[1:] for cell in row)
    return rows if whole and all(rows[0][1:]) and len(rows[0]) > 1 else []


# Cells that signs part


def _parsed(text: str, separator: str, width: int) -> Cells:
    import pandas as pd

    try:
        frame = pd.read_csv(
            StringIO(text), sep=separator, header=None, dtype=str,
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
        return _uneven(*map(int, (place[2], place[3], place[1])))
    return "The rows cannot be told apart: a quotation mark is not closed"


def _uneven(line: int, cells: int, first: int) -> str:
    return f"Line {line} has {quantity(cells, 'cell')}, and the first line has {first}"


# Spreadsheets


DAMAGED = "This is no Excel file, or a damaged one: save it as CSV"


def _spreadsheet(data: bytes) -> Grid:
    import pandas as pd

    size = _unpacked(data)
    if size > UNZIPPED:
        raise ValueError(f"This spreadsheet unpacks to {size / 1e6:.0f} MB; at most "
                         f"{UNZIPPED / 1e6:.0f} MB are read")  # fmt: skip
    try:
        with pd.ExcelFile(BytesIO(data), engine="openpyxl") as book:
            frame = pd.read_excel(book, 0, header=None, dtype=object, nrows=MOST_LINES)
    except ImportError:
        raise ValueError("Excel files cannot be read on this server: save it as CSV") from None
    except Exception:  # four packages read it, each with errors of its own
        raise ValueError(DAMAGED) from None
    rows = [[_cell(value) for value in row] for row in frame.to_numpy(dtype=object).tolist()]
    rows = [row for row in rows if any(row)]
    first = _first_row([sum(map(bool, row)) for row in rows])
    several = f"Of {len(book.sheet_names)} sheets, the first is read."
    notes = (several,) * (len(book.sheet_names) > 1)
    return Grid(rows[first:], "", notes + _title("".join(rows[0]) if rows else "", first))


def _unpacked(data: bytes) -> int:
    """Return how many bytes a zip file says that it unpacks to."""
    try:
        return sum(part.file_size for part in zipfile.ZipFile(BytesIO(data)).infolist())
    except Exception:  # there are many kinds of damage
        raise ValueError(DAMAGED) from None


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
