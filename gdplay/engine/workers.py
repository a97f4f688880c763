"""Long computations in threads of their own, each done once for all who wait for it.

Whoever waits draws the wait: pages do it in `ui.jobs`.
"""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf
from time import monotonic
from typing import Any, NamedTuple

from gdplay.engine.training import Progress
from gdplay.journal import digest, note
from gdplay.memory import Shelf, memory_of

Compute = Callable[[Progress], Any]
"""What a job runs: it reports its progress now and then, and returns early when told to."""

AT_A_TIME = 2
"""So many jobs run at once in this process; the others wait their turn."""

DEAR = 5.0
"""Work estimated to take this many seconds, or more, leaves one of the threads to shorter work."""

QUICK_AT_A_TIME = 4
"""So much quick work is done at once, each in its visitor's own thread; the rest waits."""

LOOK = 0.05
"""Speed: seconds between two looks of quick work that waits whether its visitor is still there."""

LAPSE = 6.0
"""A visitor not seen for this many seconds has gone, and no longer counts as waiting."""

ALONE = 60.0
"""Where there are no threads, work ends after so many seconds: nobody could stop it meanwhile."""

ROOM = 256_000_000
"""Speed: so many bytes of finished results are kept for all visitors; the least used go first."""

OWN_ROOM = 32_000_000
"""Speed: so many bytes are kept of what is made of somebody's own rows."""

TOLD = 0.1
"""From this share on, the time that the work takes follows from the time it took."""


def shelf_of(value: object) -> Shelf | None:
    """Return the shelf for what is made of somebody's own rows; None for what all may share."""
    memory = memory_of(value)
    if memory is None:
        return None
    shelf: Shelf = memory.setdefault(Shelf, Shelf(OWN_ROOM))
    return shelf


@dataclass(eq=False)
class Job:
    """One computation: how far it is, and what came out.

    Attributes
    ----------
    shelf : Shelf
        Where its result is kept.
    dear : bool
        Whether it is estimated to take long.
    share : float
        How much of it is done, 0 to 1; never falls.
    begun : float or None
        When it began, in seconds of the monotonic clock; None while it waits its turn.
    ended : Event
        Set when `value` or `error` holds what came out.
    stopped : bool
        Whether it was told to stop before it was through; `value` is then what it had by then,
        or None where it had not begun.
    until : float
        When it has to stop, in seconds of the monotonic clock.
    """

    key: str
    compute: Compute
    shelf: Shelf
    share: float = 0.0
    begun: float | None = None
    ended: threading.Event = field(default_factory=threading.Event)
    stopped: bool = False
    value: Any = None
    error: BaseException | None = None
    dear: bool = False
    until: float = inf
    wishes: set["Wish"] = field(default_factory=set)

    @property
    def wanted(self) -> bool:
        """Whether anybody still waits for it."""
        now = monotonic()
        return any(now - wish.seen < LAPSE for wish in tuple(self.wishes))

    def progress(self, done: int, total: int) -> bool:
        """Note how far it is, and return whether to go on."""
        self.share = max(self.share, min(1.0, done / max(total, 1)))
        goes_on = self.wanted and monotonic() < self.until
        self.stopped = self.stopped or (done < total and not goes_on)
        return not self.stopped

    @property
    def ending(self) -> str:
        """What became of it for a visitor who stopped it, in Markdown."""
        if not self.ended.is_set():
            return "Stopped for you; it goes on for others who wait for the same."
        if self.value is None and self.begun is None:
            return "Stopped before it began."
        if self.value is None:
            return f"**Stopped after {100 * self.share:.0f} %**: nothing is to be seen of it yet."
        return f"**Stopped after {100 * self.share:.0f} %**: shown as far as it came."

    def run(self) -> None:
        """Compute."""
        self.begun = monotonic()
        try:
            self.value = self.compute(self.progress)
        except BaseException as error:  # raised again where it is waited for
            self.error = error


@dataclass(eq=False)
class Wish:
    """One visitor's wait for a job.

    Attributes
    ----------
    visitor : str
        Whose it is; nobody's in particular where empty.
    seen : float
        When the visitor was last seen waiting, in seconds of the monotonic clock.
    stopped : bool
        Whether the visitor asked to stop.
    """

    job: Job
    visitor: str = ""
    seen: float = field(default_factory=monotonic)
    stopped: bool = False


class Load(NamedTuple):
    """How many jobs run in threads of their own, and how many wait for one."""

    running: int
    waiting: int


class Workers:
    """A few threads, a queue before them, and a bounded memory of what they finished.

    Dear work runs in all threads but one, and a visitor waits for one dear job at a time.
    What is made of somebody's own rows is kept on the shelf that comes with them.
    """

    def __init__(self, at_a_time: int = AT_A_TIME, room: int = ROOM, name: str = "") -> None:
        self._lock = threading.Lock()
        self._jobs: dict[str, Job] = {}
        self._queue: deque[Job] = deque()
        self._at_a_time, self._busy, self._running, self._dear = at_a_time, 0, 0, 0
        self._quick = threading.BoundedSemaphore(QUICK_AT_A_TIME)
        self._shelf = Shelf(room, name=name)

    def kept(self, key: str, shelf: Shelf | None = None) -> Any:
        """Return the finished result of `key`, or None."""
        with self._lock:
            return (shelf or self._shelf).get(key)

    def ask(
        self,
        key: str,
        compute: Compute,
        shelf: Shelf | None = None,
        *,
        estimate: float = 0.0,
        visitor: str = "",
    ) -> Wish:
        """Return a new wait for the job called `key`, which begins as soon as a thread is free.

        `estimate` is about how many seconds it takes. A dear job takes the place of another that
        the same visitor waits for.
        """
        with self._lock:
            self._drop_departed()
            job = self._jobs.get(key)
            if job is None or job.stopped:
                dear = estimate >= DEAR
                job = self._jobs[key] = Job(key, compute, shelf or self._shelf, dear=dear)
                self._queue.append(job)
            wish = Wish(job, visitor)
            job.wishes.add(wish)
            if job.dear and visitor:
                self._give_up_others(wish)
            more = job in self._queue and self._busy < self._at_a_time and self._may_run(job)
            self._busy += more
        if more:
            self._start(wish)
        return wish

    def _give_up_others(self, wish: Wish) -> None:
        """Take back what else that is dear the same visitor waits for; under the lock."""
        for job in self._jobs.values():
            if job.dear and job is not wish.job:
                job.wishes = {other for other in job.wishes if other.visitor != wish.visitor}

    def _drop_departed(self) -> None:
        """Take out of the queue what nobody waits for any more; under the lock."""
        for job in [job for job in self._queue if not job.wanted]:
            self._queue.remove(job)
            job.stopped = True
            self._end(job)

    def _may_run(self, job: Job) -> bool:
        """Whether a free thread may take a job: one is kept for short ones; under the lock."""
        return not job.dear or self._dear < max(1, self._at_a_time - 1)

    def _start(self, wish: Wish) -> None:
        try:
            threading.Thread(target=self._work, name="gdplay job", daemon=True).start()
        except RuntimeError:  # a browser's Python has no threads: nobody else is there to wait
            wish.seen, wish.job.until = inf, monotonic() + ALONE
            self._work()
            wish.stopped = wish.job.stopped  # by the clock: nobody could click meanwhile

    def leave(self, wish: Wish) -> None:
        """Take a wait back; a job that nobody waits for any more ends at its next progress."""
        job = wish.job
        with self._lock:
            job.wishes.discard(wish)
            self._drop_departed()

    def ahead(self, job: Job) -> int:
        """Return how many jobs run or wait before this one gets its turn."""
        with self._lock:
            self._drop_departed()
            before = list(self._queue)[: self._queue.index(job)] if job in self._queue else []
            alike = sum(other.dear == job.dear for other in before)
            return alike + (self._dear if job.dear else self._busy)

    def load(self) -> Load:
        """Return what is going on."""
        with self._lock:
            self._drop_departed()
            return Load(self._running, len(self._queue))

    def words(self, wish: Wish, what: str, estimate: float) -> str:
        """Return how far the job is, `what` is being done and its `estimate` in seconds."""
        job = wish.job
        if wish.stopped:
            return "Stopping …"
        if job.begun is None:
            wait = f"Waiting its turn on this server: {self.ahead(job)} ahead"
            return f"{what} {_time(estimate)}. {wait}"
        waited = monotonic() - job.begun
        seconds = waited / job.share if job.share >= TOLD else max(estimate, waited)
        return f"{what} {_time(seconds)}. {job.share:.0%} done".replace("%", " %")

    def at_once(
        self, key: str, compute: Compute, progress: Progress, shelf: Shelf | None = None
    ) -> Any:
        """Compute in the caller's thread; others who ask meanwhile wait for the same result.

        What fails for one is tried again for the next, as it may have been the visitor who left.
        """
        shelf = shelf or self._shelf
        while True:
            with self._lock:
                value = shelf.get(key)
                if value is not None:
                    return value
                theirs = self._jobs.get(key)
                mine = self._jobs[key] = theirs or Job(key, self._in_turn(compute, progress), shelf)
            if theirs is None:
                break
            theirs.ended.wait()
        mine.run()
        with self._lock:
            self._end(mine)
        if mine.error is not None:
            raise mine.error
        return mine.value

    def _in_turn(self, compute: Compute, progress: Progress) -> Compute:
        """Return what does quick work when there is a place for it, unless its visitor leaves."""

        def wait_and_compute(_: Progress) -> Any:
            while not self._quick.acquire(timeout=LOOK):
                progress(0, 1)
            try:
                return compute(progress)
            finally:
                self._quick.release()

        return wait_and_compute

    def _work(self) -> None:
        """Run jobs until there is none in the queue that may run."""
        while job := self._next():
            job.run()
            with self._lock:
                self._running -= 1
                self._dear -= job.dear
                self._end(job)

    def _next(self) -> Job | None:
        with self._lock:
            self._drop_departed()
            job = next(filter(self._may_run, self._queue), None)
            if job is None:
                self._busy -= 1
                return None
            self._queue.remove(job)
            self._running += 1
            self._dear += job.dear
            return job

    def _end(self, job: Job) -> None:
        """Keep what a job finished, forget the job and tell all who wait; under the lock."""
        if self._jobs.get(job.key) is job:
            del self._jobs[job.key]
        if job.stopped:
            seconds = round(monotonic() - job.begun, 3) if job.begun else 0.0
            kind = job.key.partition(":")[0]
            note("halt", kind, key=digest(job.key), share=round(job.share, 3), seconds=seconds)
        elif job.error is None:
            job.shelf.keep(job.key, job.value)
        job.ended.set()


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"
