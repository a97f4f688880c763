"""Tasks in processes of their own, some at once."""

import contextlib
import os
import pickle
import resource
import signal
import tempfile
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import IO, Any

SLOWER = 10
"""On a busy machine a second of the processor may take so many."""


@dataclass(frozen=True)
class Task:
    """Something to do, and the seconds of the processor after which it counts as hung."""

    work: Callable[[], Any]
    seconds: float


def each(tasks: Iterable[Task], at_once: int) -> Iterator[tuple[int, Any]]:
    """Yield the number of each task and what it returned, as they end; None where it hung.

    Raises
    ------
    RuntimeError
        With the traceback of a task that failed.
    """
    running: dict[int, tuple[int, IO[bytes]]] = {}
    waiting = enumerate(tasks)
    while True:
        for number, task in islice(waiting, at_once - len(running)):
            notes = tempfile.TemporaryFile()  # noqa: SIM115, the child leaves in it what it returns
            running[_begun(task, notes)] = number, notes
        if not running:
            return
        child, _ = os.wait()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)
        number, notes = running.pop(child)
        with notes:
            yield number, _left(notes)


def _begun(task: Task, notes: IO[bytes]) -> int:
    """Return the number of a process that has begun with a task."""
    child = os.fork()
    if child == 0:
        _alone(task, notes)
    return child


def _alone(task: Task, notes: IO[bytes]) -> None:
    """Do a task in silence, leave what it returns, and leave the process."""
    try:
        os.setsid()
        limit = int(task.seconds) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 1))
        signal.setitimer(signal.ITIMER_REAL, SLOWER * limit)
        silence()
        pickle.dump((task.work(), ""), notes)
    except Exception:
        pickle.dump((None, traceback.format_exc()), notes)
    finally:
        notes.flush()
        os._exit(0)


def _left(notes: IO[bytes]) -> Any:
    notes.seek(0)
    left = notes.read()
    value, failure = pickle.loads(left) if left else (None, "")
    if failure:
        raise RuntimeError(failure)
    return value


def silence() -> None:
    """Let this process read nothing and say nothing."""
    quiet = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(quiet, stream)
