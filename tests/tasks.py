"""Work that waits until it is told to go on, and what becomes of those who wait for it."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from gdplay.engine import workers
from gdplay.engine.training import Progress
from gdplay.engine.workers import Job, Wish
from tests import PATIENCE


@dataclass
class Task:
    """A computation in 100 pieces that waits after so many of them, and counts its calls."""

    wait_at: int = 0
    go_on: threading.Event = field(default_factory=threading.Event)
    reached: threading.Event = field(default_factory=threading.Event)
    calls: int = 0

    def __call__(self, progress: Progress) -> tuple[str, int]:
        self.calls += 1
        for done in range(100):
            if done == self.wait_at:
                self.reached.set()
                assert self.go_on.wait(PATIENCE)
            if not progress(done, 100):
                return "partial", done
        return "whole", 100


def made() -> Iterator[Callable[..., Task]]:
    """Yield a maker of tasks, all of which are let go at the end."""
    every: list[Task] = []

    def make(wait_at: int = 0) -> Task:
        every.append(Task(wait_at))
        return every[-1]

    yield make
    for task in every:
        task.go_on.set()


def ended(wish: Wish) -> Job:
    assert wish.job.ended.wait(PATIENCE)
    return wish.job


def unseen(job: Job) -> None:
    """Let as much time pass as it takes for all who wait to count as gone."""
    for wish in tuple(job.wishes):
        wish.seen -= workers.LAPSE


def seen_again(job: Job) -> bool:
    """Whether somebody who waits is seen again before patience ends."""
    give_up = time.monotonic() + PATIENCE
    while not job.wanted and time.monotonic() < give_up:
        time.sleep(0.001)
    return job.wanted
