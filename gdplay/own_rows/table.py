"""A table of somebody's own rows, as a data set like any other."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gdplay.arrays import Array
from gdplay.datasets import Data, DataSet, Labels
from gdplay.memory import Memory
from gdplay.own_rows.packing import pack

LARGEST = 1e15
"""Larger numbers are refused: their squares and products must stay finite."""

MOST_CLASSES = 20
"""No target with more distinct values is read as classes."""

LONGEST_NAME = 60
"""Names of columns and classes have at most so many characters."""

MOST_NUMBERS = 4000
"""No table of more numbers, targets included, travels in a link."""

ROUND = 1e3
"""Rows whose bowl is longer than this, by its condition number, are usually standardised."""


@dataclass(frozen=True, eq=False, repr=False)
class Table(DataSet):
    """Rows of one's own: equal and hashed by content.

    Parameters
    ----------
    X : array_like of shape (n_samples, n_features)
        Finite numbers up to 1e15; kept as a read-only copy in float64.
    y : array_like of shape (n_samples,)
        Numbers, or texts that name classes. Whole numbers with few distinct values are read as
        numbers by models of numbers and as classes by models of classes.
    feature_names : sequence of n_features str, optional
        All different; by default x, or x1, x2 and so on.
    target_name : str
    class_names : sequence of str, optional
        Where `y` is text, the order of its classes, sorted by default. Where `y` holds whole
        numbers, a name for each: for 0, 1 and so on, or else for each distinct value, ascending.

    Raises
    ------
    ValueError
        For what cannot be learned from, naming the place: shapes that differ, no rows, values
        that are no finite numbers, names that do not match or repeat.
    """

    X: Array
    y: Array | NDArray[np.str_]
    feature_names: tuple[str, ...] = None  # type: ignore[assignment]
    target_name: str = "y"
    class_names: tuple[str, ...] = None  # type: ignore[assignment]

    key = "table"
    title = "Your own"
    about = "Rows of your own, which travel in the link where they are few."
    source = "your own rows"

    def __post_init__(self) -> None:
        """Check everything, and keep copies that nobody can write to."""
        X = _numbers("Table.X", self.X)
        if X.ndim != 2 or not X.size:
            raise ValueError(
                f"Table.X must have rows and columns, (n, d) with one or more of each; "
                f"got shape {X.shape}"
            )
        names = self.feature_names
        if names is None or not len(names):
            names = ("x",) if X.shape[1] == 1 else tuple(f"x{i + 1}" for i in range(X.shape[1]))
        names = _names("Table.feature_names", names, X.shape[1], "columns")
        if _names("Table.target_name", (self.target_name,), 1, "targets")[0] in names:
            raise ValueError(f"Table.target_name must be no feature's; got {self.target_name!r}")
        y = _targets(self.y, len(X))
        classes = _class_names(y, self.class_names)
        kept = {"X": X, "y": y, "feature_names": names, "class_names": classes}
        for name, value in kept.items():
            if isinstance(value, np.ndarray):
                value.setflags(write=False)
            object.__setattr__(self, name, value)

    # Content

    @cached_property
    def digest(self) -> str:
        """A text that no other content has, 64 hexadecimal digits."""
        names = repr((self.feature_names, self.target_name, self.class_names, self.y.dtype.kind))
        y = repr(self.y.tolist()).encode() if self.named else self.y.tobytes()
        parts = (names.encode(), repr(self.X.shape).encode(), self.X.tobytes(), y)
        return sha256(b"".join(sha256(part).digest() for part in parts)).hexdigest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Table) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def __repr__(self) -> str:
        return f"Table({len(self.X)} x {self.n_features}, {self.digest})"

    def __reduce__(self) -> tuple[Any, ...]:
        names = self.feature_names, self.target_name, self.class_names
        return Table, (np.array(self.X), np.array(self.y), *names)

    # The target

    @property
    def named(self) -> bool:
        """Whether the target is text."""
        return self.y.dtype.kind == "U"

    @cached_property
    def labels(self) -> Labels:
        """The class of each row, (n,), where the target can be read as classes."""
        if self.named:
            places = {name: place for place, name in enumerate(self.class_names)}
            return np.array([places[name] for name in self.y.tolist()])
        return _whole_classes(np.asarray(self.y, dtype=float), len(self.class_names))

    @cached_property
    def readings(self) -> tuple[int, ...]:
        if self.named:
            return (self.n_classes,)
        if not self.n_classes:
            return (0,)
        return (self.n_classes, 0) if self._like_classes else (0, self.n_classes)

    @property
    def _like_classes(self) -> bool:
        """Whether whole numbers are more likely to name classes than to count something."""
        if self.class_names != _default_names(self.y):
            return True
        values, counts = np.unique(self.y, return_counts=True)
        return bool(counts.min() > 1) and values.tolist() == list(range(len(values)))

    @property
    def classifies(self) -> bool:
        """Whether its usual model is one of classes."""
        return self.readings[0] > 0

    def read_as(self, n_classes: int) -> Data:
        classes = self.class_names if n_classes else ()
        y = self.labels if n_classes else np.asarray(self.y, dtype=float)
        return Data(self.X, y, self.feature_names, self.target_name, classes)

    def load(self) -> Data:
        return self._usual_data

    @cached_property
    def _usual_data(self) -> Data:
        return self.read_as(self.readings[0])

    def _make(self) -> tuple[Array, Array | Labels]:
        return self.X, self.load().y

    # How it is shown and kept

    @cached_property
    def usual(self) -> dict[str, Any]:  # type: ignore[override]
        """Columns standardised where the bowl would be long, and classes with a small penalty."""
        columns = np.column_stack([np.ones(len(self.X)), self.X])
        sizes = np.linalg.svd(columns, compute_uv=False)
        long = len(sizes) > 1 and sizes[0] ** 2 > ROUND * sizes[-1] ** 2
        return {"standardize": bool(long)} | ({"l2": 0.01} if self.classifies else {})

    @cached_property
    def packed(self) -> str | None:
        """The whole table as a text for a link; None where it is too large for one."""
        numbers = self.X.size + len(self.y)
        return pack(self._cells(), numbers) if numbers <= MOST_NUMBERS else None

    def _cells(self) -> list[list[str]]:
        kind, usual = ("classes", "numbers")[not self.named], _default_names(self.y)
        classes = [] if self.class_names == usual else list(self.class_names)
        texts = (lambda value: value) if self.named else _text
        rows = zip(self.X.tolist(), self.y.tolist(), strict=True)
        body = [[*map(_text, row), texts(target)] for row, target in rows]
        return [[kind, *classes], [*self.feature_names, self.target_name], *body]

    @cached_property
    def memory(self) -> Memory | None:
        """Where what is made of these rows is kept: with them, unless a link carries them."""
        return {} if self.packed is None else None


def _text(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


# Checks


def _numbers(name: str, values: ArrayLike) -> Array:
    """Return a copy as finite numbers; ValueError names the first place that holds none."""
    try:
        array = np.array(values, dtype=np.float64, order="C") + 0.0  # no minus zero
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must hold numbers; {_culprit(values, error)}") from None
    bad = ~(np.abs(array) <= LARGEST)  # NaN too
    if bad.any():
        place = np.argwhere(bad)[0]
        raise ValueError(
            f"{name} must hold finite numbers up to {LARGEST:g}; "
            f"{_place(place)} holds {array[tuple(place)]}"
        )
    return array


def _place(place: Sequence[int] | NDArray[np.intp]) -> str:
    return ", ".join(f"{what} {i + 1}" for what, i in zip(("row", "column"), place, strict=False))


def _culprit(values: Any, error: Exception) -> str:
    """Return the place of the first value that is no number."""
    cells = np.array(values, dtype=object)
    if any(isinstance(cell, list | tuple) for cell in cells.flat):
        return "its rows differ in length"
    for place in np.ndindex(cells.shape):
        try:
            float(cells[place])
        except (TypeError, ValueError):
            return f"{_place(place)} holds {str(cells[place])[:40]!r}"
    return str(error)


def _targets(values: Any, n: int) -> Array | NDArray[np.str_]:
    cells = np.array(values, dtype=object)
    if cells.shape != (n,):
        raise ValueError(f"Table.y must hold one value for each of the {n} rows of X; "
                         f"got shape {cells.shape}")  # fmt: skip
    if not all(isinstance(cell, str) for cell in cells):
        return _numbers("Table.y", values)
    for row, cell in enumerate(cells):
        if not _nameable(cell):
            raise ValueError(f"Table.y must hold texts {_NAMEABLE}; row {row + 1} holds {cell!r}")
    return np.array(cells, dtype=np.str_)


_NAMEABLE = f"of 1 to {LONGEST_NAME} printable characters"


def _nameable(name: object) -> bool:
    return (
        isinstance(name, str)
        and 0 < len(name) <= LONGEST_NAME
        and name.isprintable()
        and name == name.strip()
    )


def _names(field: str, names: Sequence[str], count: int, what: str) -> tuple[str, ...]:
    if isinstance(names, str) or len(names) != count:
        raise ValueError(f"{field} must be {count}, one for each of the {what}; got {names!r}")
    for place, name in enumerate(names):
        if not _nameable(name):
            raise ValueError(f"{field} must be texts {_NAMEABLE}; number {place + 1} is {name!r}")
        if name in names[:place]:
            raise ValueError(f"{field} must differ; number {place + 1}, {name!r}, repeats")
    return tuple(str(name) for name in names)


def _default_names(y: NDArray[Any]) -> tuple[str, ...]:
    """Return the names of classes that follow from the values; none where they are no classes."""
    values = np.unique(y)
    if y.dtype.kind == "U":
        return tuple(values.tolist())
    few = 1 < len(values) <= MOST_CLASSES and bool((values == np.round(values)).all())
    return tuple(map(_text, values.tolist())) if few and values[-1] < 1e15 else ()


def _class_names(y: NDArray[Any], names: Sequence[str] | None) -> tuple[str, ...]:
    """Return the names of the classes, by class; none where the target can only be a number."""
    usual = _default_names(y)
    if y.dtype.kind == "U" and not 2 <= len(usual) <= MOST_CLASSES:
        raise ValueError(f"Table.y must name 2 to {MOST_CLASSES} classes; got {len(usual)}")
    if names is None or not len(names):
        return usual
    names = _names("Table.class_names", names, len(names), "classes")
    if y.dtype.kind == "U":
        unknown = [name for name in usual if name not in names]
        if unknown:
            raise ValueError(f"Table.class_names must hold every class; {unknown[0]!r} is missing")
    elif not usual or not (_counted(y, len(names)) or len(usual) == len(names)):
        raise ValueError(
            f"Table.class_names must name the classes 0 to {len(names) - 1} or each whole number "
            f"in y; got {len(names)} names for {len(np.unique(y))} values"
        )
    return names


def _counted(y: NDArray[Any], n_classes: int) -> bool:
    return bool(((y >= 0) & (y < n_classes) & (y == np.round(y))).all())


def _whole_classes(y: Array, n_classes: int) -> Labels:
    """Return whole numbers as class indices: themselves where they count from 0, or their ranks."""
    if _counted(y, n_classes):
        return y.astype(np.int64)
    ranks: Labels = np.unique(y, return_inverse=True)[1].astype(np.int64)
    return ranks
