"""Other people's time over ours, how ours grows, how much memory, and what a rerun costs.

Run `python -m benchmarks` in the project's folder for the tables, with `--check` to fail where a
limit is missed, with `--write docs/performance.md` to put the tables into the document.
"""

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.estimates import ESTIMATES
from benchmarks.growth import GROWTH
from benchmarks.load import LOADS
from benchmarks.measure import (
    DisagreementError,
    Measured,
    Row,
    failures,
    measure,
    measure_until_it_holds,
    missing,
)
from benchmarks.memory import MEMORY
from benchmarks.ratios import COMPILING, INTERACTIVE, ROWS
from benchmarks.report import BEGIN, END, Table, document, three, written_into
from benchmarks.rerun import RERUNS

TABLES = (
    Table("Others' time over ours", ("Rival", "Work", "Times faster"), ROWS),
    Table("What compiling takes, in our trainings", ("Who", "Work", "Trainings"), COMPILING),
    Table("The app's own work, in plain loops", ("What", "Work", "Loops"), INTERACTIVE),
    Table("How our time grows", ("What grows", "Work", "Time grows"), GROWTH),
    Table("How much memory grows", ("What", "Work", "Megabytes"), MEMORY),
    Table("How well training's time is foretold", ("Estimates", "Of", "Percent"), ESTIMATES),
    Table("What a change costs the server", ("Against", "Work", "Times as much"), RERUNS),
    Table("How long others make one wait", ("Beside", "Work", "Times as long"), LOADS),
)


def main(arguments: Sequence[str] | None = None, tables: Sequence[Table] = TABLES) -> int:
    """Measure, print, and return 1 where results disagree or a check fails."""
    chosen = parsed(arguments)
    rows = [row for table in tables for row in table.rows]
    wanted = [row for row in rows if row.name.startswith(tuple(chosen.only or [""]))]
    if not wanted:
        raise SystemExit(f"no row's name begins with {' or '.join(chosen.only)}")
    if chosen.check:
        wanted = [row for row in wanted if row.limited]
    if chosen.write:
        written_into(chosen.write.read_text("utf-8"), "")  # so that missing marks show at once
    measured, wrong = measured_rows(wanted, patient=chosen.check)
    text = document(tables, measured)
    print(text)
    if chosen.check:
        wrong += failures(measured) + ([] if chosen.only else missing(measured, rows))
    for sentence in wrong:
        print(f"FAILED {sentence}", file=sys.stderr)
    if chosen.write and not wrong:
        chosen.write.write_text(written_into(chosen.write.read_text("utf-8"), text), "utf-8")
    return 1 if wrong else 0


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m benchmarks")
    parser.add_argument("--check", action="store_true", help="fail where a limit is missed")
    parser.add_argument(
        "--only", action="append", metavar="NAME", help="rows whose names begin so; may be repeated"
    )
    parser.add_argument(
        "--write", type=Path, metavar="FILE", help=f"replace what stands from {BEGIN} to {END}"
    )
    chosen = parser.parse_args(arguments)
    if chosen.write and (chosen.only or chosen.check):
        parser.error("--write takes all rows: leave out --only and --check")
    return chosen


def measured_rows(rows: Iterable[Row], *, patient: bool) -> tuple[list[Measured], list[str]]:
    """Return what was measured, and a sentence per row whose results disagree."""
    measured, wrong = [], []
    for row in rows:
        if not row.present:
            continue
        try:
            measured.append(measure_until_it_holds(row) if patient else measure(row))
        except DisagreementError as error:
            wrong.append(str(error))
        else:
            print(f"{row.name} {three(measured[-1].value)}", file=sys.stderr, flush=True)
    return measured, wrong


if __name__ == "__main__":
    sys.exit(main())
