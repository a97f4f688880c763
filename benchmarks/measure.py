"""How two pieces of work are timed against each other, compared, and judged."""

import gc
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from statistics import median
from time import process_time
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

ROUNDS = 5
AT_LEAST = 0.02
"""Seconds that one timing takes; shorter work is repeated within it."""

ATTEMPTS = 3
"""How often a row is measured before it is said to miss its limit."""

MANDATORY = ("numpy", "sklearn", "surface")
"""Rows whose names begin so must be there for a check to pass."""


class DisagreementError(Exception):
    """Two ways of doing the same work came to different results."""


@dataclass(frozen=True)
class Job:
    """Two pieces of work: what is measured is the time of `top`, times `scale`, over `bottom`'s.

    `difference` tells how far their results are apart; None where there is nothing to compare.
    """

    top: Callable[[], Any]
    bottom: Callable[[], Any]
    scale: float = 1.0
    difference: Callable[[Any, Any], float] | None = None


@dataclass(frozen=True)
class Row:
    """One line of a table: a ratio, or another number with limits.

    Attributes
    ----------
    name : str
        What `--only` takes.
    label, work : str
        Against whom, or what grows; and which work is done.
    make : callable
        Returns the job, or the number itself; what it needs is imported only then.
    floor, ceiling, aim : float, optional
        The number is to be at least, at most; and hoped to be.
    needs : str
        The package without which the row is left out.
    tolerance : float
        How far the results may be apart.
    clock : callable
        Seconds: of this process's processor time, or on the wall.
    """

    name: str
    label: str
    work: str
    make: Callable[[], Job | float]
    floor: float | None = None
    ceiling: float | None = None
    aim: float | None = None
    needs: str = "numpy"
    tolerance: float = 1e-9
    clock: Callable[[], float] = process_time

    @property
    def present(self) -> bool:
        """Whether what it needs is installed."""
        return find_spec(self.needs) is not None

    @property
    def limited(self) -> bool:
        """Whether it can fail."""
        return self.floor is not None or self.ceiling is not None

    def holds(self, value: float) -> bool:
        """Whether a number is within the limits."""
        return (self.floor is None or value >= self.floor) and (
            self.ceiling is None or value <= self.ceiling
        )


@dataclass(frozen=True)
class Measured:
    """A row and its number."""

    row: Row
    value: float


def measure(row: Row, rounds: int = ROUNDS) -> Measured:
    """Return a row's ratio: that of the medians of rounds in which both sides take turns.

    BLAS runs on one thread. By default processor time counts, which other processes disturb less
    than the clock on the wall.

    Raises
    ------
    DisagreementError
        If the results are further apart than the row's tolerance, or not numbers.
    """
    job = row.make()
    if isinstance(job, float):
        return Measured(row, job)
    compare(row, job)
    with threadpool_limits(1):  # after `compare`, by when every library is loaded
        repeats = [_repeats(row, side) for side in (job.top, job.bottom)]
        gc.collect()
        times = [
            (_seconds(row, job.top, repeats[0]), _seconds(row, job.bottom, repeats[1]))
            for _ in range(rounds)
        ]
    top, bottom = (median(side) for side in zip(*times, strict=True))
    return Measured(row, job.scale * top / bottom)


def compare(row: Row, job: Job) -> None:
    """Run both sides once, which also warms them up, and compare what they return."""
    top, bottom = job.top(), job.bottom()
    if job.difference is None:
        return
    difference = job.difference(top, bottom)
    if not difference <= row.tolerance:  # NaN fails this too
        raise DisagreementError(
            f"{row.name}: results differ by {difference:.2g}, more than {row.tolerance:.0e}"
        )


def _repeats(row: Row, work: Callable[[], Any]) -> int:
    return max(1, math.ceil(AT_LEAST / max(_seconds(row, work, 1), 1e-6)))


def _seconds(row: Row, work: Callable[[], Any], repeats: int) -> float:
    begin = row.clock()
    for _ in range(repeats):
        work()
    return (row.clock() - begin) / repeats


def measure_until_it_holds(row: Row, attempts: int = ATTEMPTS) -> Measured:
    """Measure a row again while it misses its limits, and return the last measurement."""
    for _ in range(attempts):
        measured = measure(row)
        if row.holds(measured.value):
            break
    return measured


def apart(found: Any, expected: Any) -> float:
    """Return the greatest difference, relative where values exceed 1; NaN where shapes differ."""
    found, expected = np.asarray(found), np.asarray(expected)
    if found.shape != expected.shape:
        return math.nan
    return float(np.max(np.abs(found - expected) / np.maximum(1, np.abs(expected)), initial=0))


def failures(measured: Iterable[Measured]) -> list[str]:
    """Return a sentence per row that misses its limit."""
    return [
        f"{m.row.name}: {m.value:.3g}, to be {limit(m.row)}"
        for m in measured
        if not m.row.holds(m.value)
    ]


def limit(row: Row) -> str:
    """Return "at least 20", "at most 3", or nothing."""
    if row.floor is not None:
        return f"at least {row.floor:g}"
    return "" if row.ceiling is None else f"at most {row.ceiling:g}"


def missing(measured: Iterable[Measured], rows: Iterable[Row]) -> list[str]:
    """Return a sentence per kind of row that a check needs and that was not measured whole."""
    there, rows = {m.row.name for m in measured}, list(rows)
    return [
        f"{kind}: a check needs these rows, and not all of them were measured"
        for kind in MANDATORY
        if not there & _limited(kind, rows) or _limited(kind, rows) - there
    ]


def _limited(kind: str, rows: Iterable[Row]) -> set[str]:
    return {row.name for row in rows if row.limited and row.name.startswith(kind)}


def absent(rows: Iterable[Row]) -> list[str]:
    """Return the packages, sorted, for want of which rows are left out."""
    return sorted({row.needs for row in rows if not row.present})
