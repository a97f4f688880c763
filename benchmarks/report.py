"""Tables as text, what they were measured with, and the document that holds them."""

import math
import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_info

from benchmarks.measure import Measured, Row, absent

BEGIN = "<!-- measured -->"
END = "<!-- end of measured -->"

PACKAGES = {
    "numpy": "NumPy", "scikit-learn": "scikit-learn", "torch": "torch", "jax": "JAX",
    "numba": "numba",
}  # fmt: skip


@dataclass(frozen=True)
class Table:
    """Rows under one heading; `head` names the label, the work and the number."""

    title: str
    head: tuple[str, str, str]
    rows: tuple[Row, ...]


def document(tables: Iterable[Table], measured: Sequence[Measured]) -> str:
    """Return what was measured as Markdown: the setting, then each table that has rows."""
    return "\n\n".join([setting(), *filter(None, (_section(table, measured) for table in tables))])


def _section(table: Table, measured: Iterable[Measured]) -> str:
    own = [m for m in measured if m.row in table.rows]
    if not own:
        return ""
    limits = {
        title: [_limit(getattr(m.row, field)) for m in own]
        for title, field in (("Floor", "floor"), ("Aim", "aim"), ("At most", "ceiling"))
    }
    columns = {
        table.head[0]: [m.row.label for m in own],
        table.head[1]: [m.row.work for m in own],
        table.head[2]: [three(m.value) for m in own],
    } | {title: cells for title, cells in limits.items() if any(cells)}
    return "\n\n".join(filter(None, (f"### {table.title}", aligned(columns), left_out(table.rows))))


def aligned(columns: dict[str, list[str]]) -> str:
    """Return a Markdown table; all columns but the first two hold numbers, set to the right."""
    padded = []
    for place, (title, cells) in enumerate(columns.items()):
        width = max(map(len, (title, *cells)))
        flush, end = (str.ljust, "-") if place < 2 else (str.rjust, ":")
        rule = "-" * (width - 1) + end
        padded.append([flush(title, width), rule, *(flush(cell, width) for cell in cells)])
    return "\n".join(f"| {' | '.join(line)} |" for line in zip(*padded, strict=True))


def three(value: float) -> str:
    """Return a number with three significant figures, without an exponent."""
    rounded = float(f"{value:.3g}")
    if not rounded or not math.isfinite(rounded):
        return f"{rounded:g}"
    return f"{rounded:.{max(0, 2 - math.floor(math.log10(abs(rounded))))}f}"


def _limit(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def left_out(rows: Iterable[Row]) -> str:
    """Return a sentence naming the packages whose rows are left out; empty where all are there."""
    names = absent(rows)
    return f"Left out, because not installed: {', '.join(names)}." if names else ""


def setting() -> str:
    """Return a sentence: when, on what, with which versions."""
    found = ", ".join(filter(None, map(_package, PACKAGES)))
    return (
        f"Measured on {date.today():%Y-%m-%d}: {_processor()} up to {simd()}, {os.cpu_count()} "
        f"cores; Python {platform.python_version()}, {found}."
    )


def _package(name: str) -> str:
    try:
        text = f"{PACKAGES[name]} {version(name)}"
    except PackageNotFoundError:
        return ""
    return f"{text} with {_blas()}" if name == "numpy" else text


def _blas() -> str:
    found = [info for info in threadpool_info() if info["user_api"] == "blas"]
    # SciPy brings a library of its own; NumPy's own lies in its folder.
    found.sort(key=lambda info: "numpy" not in info["filepath"])
    return f"{found[0]['internal_api']} {found[0]['version']}" if found else "an unknown BLAS"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def simd() -> str:
    """Return the most that NumPy's loops use of this processor: X86_V3 is AVX2, X86_V4 AVX-512."""
    levels = np.show_config("dicts").get("SIMD Extensions", {})
    names = [*levels.get("baseline", ()), *levels.get("found", ())]
    return names[-1] if names else "no SIMD"


def written_into(text: str, measured: str) -> str:
    """Return a document with what stands between its marks replaced.

    Raises
    ------
    ValueError
        If the two marks are not there once each, in order.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end or BEGIN in rest or END in before + after:
        raise ValueError(f"the document must hold {BEGIN} and then {END}, once each")
    return f"{before}{BEGIN}\n\n{measured}\n\n{END}{after}"
