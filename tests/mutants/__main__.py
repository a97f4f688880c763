"""Random mutants of the core: what its tests would notice if a line were wrong.

`python -m tests.mutants --count 100 --floor 0.9 --minutes 8` first runs the core's tests once and
notes which functions each of them reaches. Then it changes one operator, number or condition at a
time, runs the tests that reach it, those of its own module first, and tells which mutants lived.
Nothing is written: each mutant is imported in a process of its own, from its changed syntax tree.
"""

import argparse
import multiprocessing
import os
import pickle
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# Loaded once, for all that fork from here; of gdplay, nothing may be.
import numpy as np  # noqa: F401
import plotly.graph_objects  # noqa: F401
import scipy.optimize  # noqa: F401
import sklearn.datasets
import sklearn.linear_model  # noqa: F401

from tests.mutants.changes import Mutant, mutants
from tests.mutants.reach import Choice, Map, Reach, test_files
from tests.mutants.trial import apart, lives, watched

SURVEY = 600.0
"""Seconds of the processor after which a share of the tests, watched, counts as hung."""

SHARES = 8
"""Speed: so many shares of the files are watched apart; each has the library to load."""


def survey(crew: Any) -> Map:
    """Return which tests reach what; those that fail without any mutant are left out, and told."""
    with tempfile.TemporaryDirectory() as folder:
        files = test_files()
        jobs = [(files[i::SHARES], Path(folder) / f"{i}.notes") for i in range(SHARES)]
        reached: list[Reach] = []
        for (_, notes), _ in zip(jobs, crew.imap(_watched, jobs), strict=True):
            reached += pickle.loads(notes.read_bytes()) if notes.exists() else []
    return Map(reached)


def _watched(job: tuple[Sequence[str], Path]) -> None:
    failed = apart(partial(watched, *job), SURVEY)
    if failed:
        print(
            f"{', '.join(job[0])}: {failed if 0 < failed < 100 else 'all'} fail unchanged",
            flush=True,
        )


def _tried(job: tuple[Mutant, Choice, float]) -> bool | None:
    """Return whether a mutant lives, or None where the time is over."""
    mutant, choice, end = job
    return lives(mutant, choice) if time.monotonic() < end else None


def tally(wanted: Sequence[Mutant], fates: Iterable[bool | None]) -> tuple[int, int]:
    """Return how many mutants were killed, and how many tried; tell which of them lived."""
    killed = total = 0
    for mutant, alive in zip(wanted, fates, strict=True):
        killed += alive is False
        total += alive is not None
        if alive:
            print(f"lived: {mutant}", flush=True)
    return killed, total


def main(arguments: Sequence[str] | None = None) -> int:
    """Try mutants until they are through or time is; return 1 where too many lived."""
    chosen = _parser().parse_args(arguments)
    wanted = mutants(chosen.count, chosen.seed)
    with multiprocessing.get_context("fork").Pool(chosen.at_once) as crew:
        reach = survey(crew)
        end = time.monotonic() + 60 * chosen.minutes
        jobs = ((mutant, reach.choice(mutant), end) for mutant in wanted)
        killed, total = tally(wanted, crew.imap(_tried, jobs))
    share = killed / max(total, 1)
    print(f"{killed} of {total} mutants killed, {share:.0%} (seed {chosen.seed})")
    return 1 if share < chosen.floor or not total else 0


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
