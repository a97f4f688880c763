"""Random mutants of the core: what its tests would notice if a line were wrong.

`python -m tests.mutants --count 100 --floor 0.9 --minutes 8` first runs the core's tests once and
notes which functions each of them reaches. Then it changes one operator, number or condition at a
time, runs the tests that reach it, those of its own module first and the quickest of them, until
one fails, and tells which mutants lived. Nothing is written. Each mutant has a process of its own,
forked from one that has imported and collected everything; where what is computed at import may
differ, it is imported anew, from its changed syntax tree.
"""

import argparse
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from multiprocessing.connection import Connection
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# Loaded once, for all that fork from here; of gdplay, nothing may be.
import numpy as np  # noqa: F401
import plotly.graph_objects  # noqa: F401
import scipy.optimize  # noqa: F401
import sklearn.datasets
import sklearn.linear_model  # noqa: F401

from tests.mutants.changes import Mutant, mutants
from tests.mutants.crew import each
from tests.mutants.trial import fresh
from tests.mutants.warm import serve

AT_A_TIME = 20
"""Speed: so many mutants are asked for, then it is looked whether there is time for more."""


def answer(line: Connection) -> list[Any]:
    """Return what the warm process answers; its traceback is an error here."""
    told = line.recv()
    if isinstance(told, str):
        raise RuntimeError(told)
    return list(told)


def tried(
    wanted: Sequence[Mutant], line: Connection, at_once: int
) -> Iterator[tuple[Mutant, bool]]:
    """Yield mutants and whether they live, in their order."""
    line.send(wanted)
    verdicts = answer(line)
    open_ones = [number for number, (lives, _) in enumerate(verdicts) if lives is None]
    tasks = [fresh(wanted[number], verdicts[number][1]) for number in open_ones]
    noticed = {open_ones[place]: found for place, found in each(tasks, at_once)}
    for number, (mutant, (lives, _)) in enumerate(zip(wanted, verdicts, strict=True)):
        yield mutant, noticed[number] is False if lives is None else lives


def tally(fates: Iterable[tuple[Mutant, bool]]) -> tuple[int, int]:
    """Return how many mutants were killed, and how many tried; tell which of them lived."""
    killed = total = 0
    for mutant, lives in fates:
        killed += not lives
        total += 1
        if lives:
            print(f"lived: {mutant}", flush=True)
    return killed, total


def until(end: float, wanted: Sequence[Mutant]) -> Iterator[Sequence[Mutant]]:
    """Yield mutants, some at a time, while there is time."""
    for start in range(0, len(wanted), AT_A_TIME):
        if time.monotonic() > end:
            return
        yield wanted[start : start + AT_A_TIME]


def main(arguments: Sequence[str] | None = None) -> int:
    """Try mutants until they are through or time is; return 1 where too many lived.

    What tests leave in the folder of temporary files goes at the end: forks clear up nothing.
    """
    chosen = _parser().parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="gdplay", ignore_cleanup_errors=True) as folder:
        tempfile.tempdir = os.environ["TMPDIR"] = folder
        killed, total = _counted(chosen)
    share = killed / max(total, 1)
    print(f"{killed} of {total} mutants killed, {share:.0%} (seed {chosen.seed})")
    return 1 if share < chosen.floor or not total else 0


def _counted(chosen: argparse.Namespace) -> tuple[int, int]:
    """Return how many mutants were killed, and how many tried; tell which of them lived."""
    line, far = multiprocessing.Pipe()
    warm = multiprocessing.get_context("fork").Process(target=serve, args=(far, chosen.at_once))
    warm.start()
    far.close()
    for test in answer(line):
        print(f"fails unchanged: {test}", flush=True)
    end = time.monotonic() + 60 * chosen.minutes
    parts = until(end, mutants(chosen.count, chosen.seed))
    counts = tally(fate for part in parts for fate in tried(part, line, chosen.at_once))
    line.send(None)
    warm.join()
    return counts


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m tests.mutants", description=__doc__)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--floor", type=float, default=0.0, help="share to be killed, 0 to 1")
    parser.add_argument("--minutes", type=float, default=60.0, help="of trying, after the watch")
    parser.add_argument("--at-once", type=int, default=os.cpu_count() or 1)
    return parser


if __name__ == "__main__":
    sys.exit(main())
