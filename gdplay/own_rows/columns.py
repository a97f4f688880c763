"""Cells of text to typed columns, and chosen columns to a table."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gdplay.arrays import Array, Flags
from gdplay.own_rows.reading import NUMBER, Grid
from gdplay.own_rows.table import LARGEST, LONGEST_NAME, MOST_CLASSES, Table
from gdplay.words import number, quantity

MOST_ROWS = 10_000
"""Of more rows a sample is drawn."""

MOST_FEATURES = 100
"""More columns than this are no table, once categories have become columns."""

MISSING = frozenset(("", "na", "n/a", "nan", "null", "none", "-", "–", "?", ".", "#n/a"))
"""How people write that a value is missing, in lower case."""

_INFINITE = re.compile(r"[+\-−]?(inf(inity)?|∞)", re.I)
_DRESSED = re.compile(r"[$£¥€]? ?[-+−]?\d[\d.,'’\s]* ?[%$£¥€]?")
"""A number with a sign of money or a share, or with thousands parted."""

_DATE = re.compile(r"\d{4}-\d\d?-\d\d?([ T].*)?|\d{1,2}[./]\d{1,2}[./]\d{2,4}")
_POINT = re.compile(r"[+\-−]?[0-9]*\.[0-9]+([eE].*)?")
_COMMA = re.compile(r"[+\-−]?[0-9]*,[0-9]+([eE].*)?")
_THOUSANDS = re.compile(r"[+\-−]?[1-9][0-9]{0,2}(,[0-9]{3})+")

Gaps = Literal["drop", "mean"]


@dataclass(frozen=True, eq=False)
class Column:
    """One column of what somebody brought.

    Attributes
    ----------
    name : str
    cells : tuple of str
        "" where a value is missing.
    values : ndarray or None
        Where they are numbers: NaN where one is missing.
    why_not : str
        Why it can be neither target nor feature; "" where it can.
    """

    name: str
    cells: tuple[str, ...]
    values: Array | None = None
    why_not: str = ""

    @property
    def missing(self) -> int:
        """How many values are missing."""
        return self.cells.count("")

    @property
    def levels(self) -> list[str]:
        """The different values, sorted."""
        return sorted({cell for cell in self.cells if cell})

    @property
    def tells_apart(self) -> bool:
        """Whether it names or numbers its rows, from which nothing is learned."""
        if self.values is not None:
            return self.name == _unnamed(0) and _counts(self.values)
        return 2 < len(self.levels) == len(self.cells) - self.missing

    @property
    def kind(self) -> str:
        """What it holds, as people read it."""
        if self.why_not:
            return "left out"
        if self.tells_apart:
            return "names of rows" if self.values is None else "numbers of rows"
        return "numbers" if self.values is not None else f"{len(self.levels)} categories"


@dataclass(frozen=True, eq=False)
class Sheet:
    """What somebody brought: columns of equal length, two of them usable, and notes about it."""

    columns: tuple[Column, ...]
    notes: tuple[str, ...] = ()

    @property
    def n_rows(self) -> int:
        """How many rows there are."""
        return len(self.columns[0].cells)

    @property
    def usable(self) -> tuple[str, ...]:
        """The names of the columns that can be target or feature."""
        return tuple(column.name for column in self.columns if not column.why_not)

    def __getitem__(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)


def sheet(grid: Grid, header: bool | None = None) -> Sheet:
    """Return cells as typed columns.

    Parameters
    ----------
    grid : Grid
    header : bool or None
        Whether the first row holds names; None finds out: it does where it holds no number.

    Raises
    ------
    ValueError
        One sentence on why nothing can be learned from it.
    """
    rows = grid.rows
    if header is None:
        header = has_header(grid)
    names = _names(rows[0]) if header else _usual_names(len(rows[0]))
    rows, notes = _sampled(rows[1:] if header else rows)
    comma = _decimal_comma(rows, grid.separator)
    texts = zip(*rows, strict=True)
    columns = tuple(_column(name, cells, comma) for name, cells in zip(names, texts, strict=True))
    made = Sheet(columns, grid.notes + notes)
    if len(made.usable) < 2:
        if not any(NUMBER.fullmatch(cell) for row in rows for cell in row):
            raise ValueError("No number stands in it: a feature and a target are needed, "
                             "in columns of numbers or categories")  # fmt: skip
        why = next((column.why_not for column in columns if column.why_not), "")
        raise ValueError(f"Two usable columns are needed, a feature and a target: {why}")
    return made


def has_header(grid: Grid) -> bool:
    """Whether the first row seems to hold names: it has no number."""
    return not any(NUMBER.fullmatch(cell) for cell in grid.rows[0])


def _usual_names(width: int) -> tuple[str, ...]:
    return ("x", "y") if width == 2 else (*(f"x{i}" for i in range(1, width)), "y")


def _unnamed(place: int) -> str:
    return f"column {place + 1}"


def _counts(values: Array) -> bool:
    """Whether values count rows, of which some may have been left out."""
    return bool((values == np.round(values)).all() and (np.diff(values) > 0).all())


def _names(cells: Sequence[str]) -> tuple[str, ...]:
    names = []
    for place, cell in enumerate(cells):
        plain = " ".join("".join(c if c.isprintable() else " " for c in cell).split())
        name = plain[:LONGEST_NAME].strip() or _unnamed(place)
        if name.startswith("="):
            raise ValueError(f"Column {place + 1} has a formula as its name: {name[:30]!r}")
        if name in names:
            raise ValueError(f"Two columns are called {name!r}: give one another name")
        names.append(name)
    return tuple(names)


def _sampled(rows: list[list[str]]) -> tuple[list[list[str]], tuple[str, ...]]:
    if not rows:
        raise ValueError("There are names and no rows below them")
    if len(rows) <= MOST_ROWS:
        return rows, ()
    places = np.sort(np.random.default_rng(0).choice(len(rows), MOST_ROWS, replace=False))
    drawn = f"Of {quantity(len(rows), 'row')}, {quantity(MOST_ROWS)} are used, drawn at random."
    return [rows[place] for place in places.tolist()], (drawn,)


def _decimal_comma(rows: list[list[str]], separator: str) -> bool:
    """Whether numbers have a comma; ValueError where some have it and others a point."""
    if separator == ",":
        return False
    cells = [cell for row in rows for cell in row]
    comma = next((cell for cell in cells if _COMMA.fullmatch(cell)), None)
    if comma is None:
        return False
    point = next((cell for cell in cells if _POINT.fullmatch(cell)), None)
    if point is not None:
        raise ValueError(f"Numbers have both decimal signs, {comma} and {point}: use one of them")
    if all(_THOUSANDS.fullmatch(cell) for cell in cells if "," in cell):
        raise ValueError(f"{comma} may mean thousands or a fraction: write numbers without commas")
    return True


# Columns


def _column(name: str, texts: Sequence[str], comma: bool) -> Column:
    cells = tuple("" if text.lower() in MISSING else text for text in texts)
    there = [cell for cell in cells if cell]
    why = _why_not(name, cells, there)
    if why or not all(map(NUMBER.fullmatch, there)):
        return Column(name, cells, why_not=why or _why_no_categories(name, cells, there))
    plain = [cell.replace(",", ".") if comma else cell for cell in cells]
    values = np.array([float(text.replace("−", "-")) if text else np.nan for text in plain])
    if (np.abs(values) > LARGEST).any():
        why = f"{name!r} holds numbers beyond {LARGEST:g}"
    return Column(name, cells, values, why)


def _why_not(name: str, cells: Sequence[str], there: list[str]) -> str:
    if not there:
        return f"{name!r} is empty"
    formula = next((cell for cell in there if cell.startswith(("=", "@"))), None)
    if formula:
        return f"{name!r} holds a formula in place of a value, {formula[:30]!r}"
    if any(map(_INFINITE.fullmatch, there)):
        row = next(i for i, cell in enumerate(cells) if _INFINITE.fullmatch(cell))
        return f"{name!r} is infinite in row {row + 1}"
    if len(set(there)) == 1:
        value = there[0] if NUMBER.fullmatch(there[0]) else repr(there[0][:30])
        return f"{name!r} is {value} in every row, so it tells nothing"
    if all(map(_DATE.fullmatch, there)):
        return f"{name!r} holds dates: turn them into numbers, such as days"
    dressed = next((cell for cell in there if not NUMBER.fullmatch(cell)), None)
    if dressed and all(map(_DRESSED.fullmatch, there)):
        return (
            f"{name!r} holds {dressed[:30]!r}, which is no plain number: leave out signs such as % "
            "and what parts thousands"
        )
    return ""


def _why_no_categories(name: str, cells: Sequence[str], there: list[str]) -> str:
    """Return why texts cannot be categories; "" where they can."""
    odd = [cell for cell in there if not NUMBER.fullmatch(cell)]
    if len(odd) * 2 <= len(there):
        row = cells.index(odd[0]) + 1
        return f"{name!r} holds {odd[0][:30]!r} among its numbers, in row {row}"
    if len(set(there)) > MOST_CLASSES:
        return f"{name!r} holds {len(set(there))} different texts; at most {MOST_CLASSES} may be"
    if any(len(cell) > LONGEST_NAME or not cell.isprintable() for cell in there):
        return f"{name!r} holds texts of more than {LONGEST_NAME} characters"
    return ""


# Tables


class Chosen(NamedTuple):
    """A table made of chosen columns, and what became of the rows."""

    table: Table
    notes: tuple[str, ...]


def chosen(sheet: Sheet, target: str, features: Sequence[str], gaps: Gaps = "drop") -> Chosen:
    """Return the table of chosen columns; categories become a column for each value.

    Parameters
    ----------
    sheet : Sheet
    target : str
    features : sequence of str
        In the order of the table's columns.
    gaps : {"drop", "mean"}
        What becomes of rows in which a value is missing: they are left out, or a feature's
        missing numbers take its mean. A row without a target or a category is always left out.

    Raises
    ------
    ValueError
        One sentence on why nothing can be learned from them.
    """
    names = [name for name in features if name != target]
    if not names:
        raise ValueError("Choose at least one feature that is not the target")
    keep = _whole(sheet, [target, *names], () if gaps == "drop" else names)
    if not keep.any():
        raise ValueError("No row has a value in each of these columns")
    columns = [column for name in names for column in _features(sheet[name], keep)]
    goal = sheet[target]
    if goal.values is None and goal.tells_apart:
        raise ValueError(f"{target!r} holds another text in each row, so it names no classes: "
                         "choose another target")  # fmt: skip
    y = np.array(goal.cells)[keep] if goal.values is None else goal.values[keep]
    _check_varied([*columns, (target, y)])
    titles, values = zip(*columns, strict=True)
    table = Table(np.column_stack(values), y, titles, target)
    left_out = _left_out(len(keep) - int(keep.sum()))
    return Chosen(
        table, (*left_out, *filter(None, (_widened(sheet[name], keep) for name in names)))
    )


def _widened(column: Column, keep: Flags) -> str:
    """Return that a column of categories makes several features; "" where one makes one."""
    made = [title for title, _ in _features(column, keep)]
    return f"{column.name!r} makes {len(made)} features: {', '.join(made)}." if made[1:] else ""


def _check_varied(columns: Sequence[tuple[str, NDArray[Any]]]) -> None:
    if len(columns) > MOST_FEATURES + 1:
        count = len(columns) - 1
        raise ValueError(f"Categories make {count} columns; at most {MOST_FEATURES} are fitted")
    for title, values in columns:
        if len(set(values.tolist())) < 2:
            value = values.tolist()[0]
            told = number(value) if isinstance(value, float) else value
            raise ValueError(f"{title!r} is {told} in every row that is left")


def _whole(sheet: Sheet, names: Sequence[str], mended: Sequence[str]) -> Flags:
    """Return which rows have all values, those that can be mended left aside."""
    keep = np.ones(sheet.n_rows, dtype=bool)
    for name in names:
        column = sheet[name]
        if name not in mended or column.values is None:
            keep &= np.array([bool(cell) for cell in column.cells])
    return keep


def _features(column: Column, keep: Flags) -> list[tuple[str, Array]]:
    """Return the table's columns that one column makes, each with its name."""
    if column.values is not None:
        values = column.values[keep]
        gaps = np.isnan(values)
        mean = values[~gaps].mean() if not gaps.all() else 0.0
        return [(column.name, np.where(gaps, mean, values))]
    cells = np.array(column.cells)[keep]
    levels = sorted(Counter(cells.tolist()))
    # Of two values, one column tells both.
    return [
        (f"{column.name} = {level}"[:LONGEST_NAME].strip(), (cells == level).astype(float))
        for level in (levels[1:] if len(levels) == 2 else levels)
    ]


def _left_out(count: int) -> tuple[str, ...]:
    if not count:
        return ()
    are = "is" if count == 1 else "are"
    return (f"{quantity(count, 'row')} with missing values {are} left out.",)
