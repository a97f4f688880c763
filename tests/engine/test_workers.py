"""Long computations: shared by all who wait, stopped when nobody does, kept while there is room."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import gdplay as gd
from gdplay.engine import workers
from gdplay.engine.training import Progress
from gdplay.engine.workers import Job, Wish, Workers, shelf_of
from gdplay.memory import Shelf, size_of
from tests import PATIENCE
from tests.tasks import Task, ended, made, unseen

SHELF = Shelf(1000)


@pytest.fixture
def crew() -> Workers:
    return Workers(at_a_time=2)


@pytest.fixture
def tasks() -> Iterator[Callable[..., Task]]:
    yield from made()


# One computation for all


def test_all_who_ask_for_the_same_wait_for_one_computation(crew, tasks):
    task = tasks(50)
    with ThreadPoolExecutor(8) as pupils:
        wishes = list(pupils.map(lambda _: crew.ask("key", task), range(8)))
    assert len({wish.job for wish in wishes}) == 1
    task.go_on.set()
    assert all(ended(wish).value == ("whole", 100) for wish in wishes)
    assert task.calls == 1
    assert crew.kept("key") == ("whole", 100)


def test_quick_work_is_done_once_for_all_who_ask_at_once(crew, tasks):
    task = tasks(50)
    with ThreadPoolExecutor(8) as pupils:
        results = [
            pupils.submit(crew.at_once, "key", task, lambda done, total: True) for _ in range(8)
        ]
        assert task.reached.wait(PATIENCE)
        task.go_on.set()
        assert {result.result(PATIENCE) for result in results} == {("whole", 100)}
    assert task.calls == 1


def test_quick_work_that_one_visitor_gave_up_is_done_for_the_next(crew):
    begun, leave = threading.Event(), threading.Event()

    def given_up(progress: Progress) -> str:
        begun.set()
        assert leave.wait(PATIENCE)
        raise InterruptedError

    with ThreadPoolExecutor(2) as pupils:
        first = pupils.submit(crew.at_once, "key", given_up, print)
        assert begun.wait(PATIENCE)
        second = pupils.submit(crew.at_once, "key", lambda progress: "done", print)
        leave.set()
        with pytest.raises(InterruptedError):
            first.result(PATIENCE)
        assert second.result(PATIENCE) == "done"


def test_progress_never_falls(crew, tasks):
    task, seen = tasks(99), []

    def back_and_forth(progress: Progress) -> str:
        for done in (10, 50, 30, 60, 0, 100):
            progress(done, 100)
            seen.append(wish.job.share)
        return "done"

    wish = crew.ask("a", task)
    wish = crew.ask("b", lambda progress: task.go_on.wait(PATIENCE) and back_and_forth(progress))
    task.go_on.set()
    ended(wish)
    assert seen == [0.1, 0.5, 0.5, 0.6, 0.6, 1.0]


def test_an_error_is_handed_to_all_who_wait_and_nothing_is_kept(crew):
    fault = ValueError("no")

    def fail(progress: Progress) -> str:
        raise fault

    wish = crew.ask("key", fail)
    assert ended(wish).error is fault
    assert crew.kept("key") is None
    assert ended(crew.ask("key", lambda progress: "better")).value == "better"


# Stopping


def test_the_last_who_leaves_stops_the_work_and_gets_what_was_done_by_then(crew, tasks):
    task = tasks(43)
    wish = crew.ask("key", task)
    assert task.reached.wait(PATIENCE)
    crew.leave(wish)
    task.go_on.set()
    job = ended(wish)
    assert job.stopped
    assert job.value == ("partial", 43)
    assert job.share == 0.43


def test_work_goes_on_while_another_waits_for_it(crew, tasks):
    task = tasks(43)
    one, other = crew.ask("key", task), crew.ask("key", task)
    assert task.reached.wait(PATIENCE)
    crew.leave(one)
    task.go_on.set()
    assert ended(other).value == ("whole", 100)
    assert not other.job.stopped


def test_nothing_is_kept_of_stopped_work_and_whoever_asks_next_gets_the_whole(crew, tasks):
    task = tasks(43)
    wish = crew.ask("key", task)
    assert task.reached.wait(PATIENCE)
    crew.leave(wish)
    task.go_on.set()
    ended(wish)
    assert crew.kept("key") is None
    assert ended(crew.ask("key", task)).value == ("whole", 100)
    assert crew.kept("key") == ("whole", 100)


def test_whoever_asks_while_work_is_being_stopped_gets_the_whole_too(crew, tasks):
    stopped, go_on = threading.Event(), threading.Event()

    def slow_to_stop(progress: Progress) -> str:
        while progress(1, 2):
            time.sleep(0.001)
        stopped.set()
        assert go_on.wait(PATIENCE)
        return "partial"

    first = crew.ask("key", slow_to_stop)
    crew.leave(first)
    assert first.job.begun is None or stopped.wait(PATIENCE)
    second = crew.ask("key", lambda progress: "whole")
    assert ended(second).value == "whole"
    go_on.set()
    ended(first)
    assert crew.kept("key") == "whole"


def test_a_stop_that_comes_after_the_last_piece_stops_nothing(crew):
    def through(progress: Progress) -> str:
        crew.leave(wish)
        progress(100, 100)
        return "whole"

    begin = threading.Event()
    wish = crew.ask("key", lambda progress: begin.wait(PATIENCE) and through(progress))
    begin.set()
    assert not ended(wish).stopped
    assert crew.kept("key") == "whole"


def test_a_visitor_who_has_gone_no_longer_counts(crew, tasks):
    task = tasks(43)
    wish = crew.ask("key", task)
    assert task.reached.wait(PATIENCE)
    unseen(wish.job)
    task.go_on.set()
    assert ended(wish).stopped


def test_a_visitor_seen_again_counts(crew, tasks):
    task = tasks(43)
    wish = crew.ask("key", task)
    assert task.reached.wait(PATIENCE)
    unseen(wish.job)
    wish.seen = time.monotonic()
    task.go_on.set()
    assert not ended(wish).stopped


# The queue


def test_two_run_at_a_time_and_the_others_wait_their_turn(crew, tasks):
    made = [tasks() for _ in range(4)]
    wishes = [crew.ask(str(place), task) for place, task in enumerate(made)]
    assert all(task.reached.wait(PATIENCE) for task in made[:2])
    assert [wish.job.begun is None for wish in wishes] == [False, False, True, True]
    assert [crew.ahead(wish.job) for wish in wishes[2:]] == [2, 3]
    made[0].go_on.set()
    assert made[2].reached.wait(PATIENCE)
    assert not made[3].reached.is_set()
    for task in made:
        task.go_on.set()
    assert all(ended(wish).value == ("whole", 100) for wish in wishes)


def test_work_that_is_still_waiting_its_turn_ends_at_once_when_nobody_wants_it(crew, tasks):
    made = [tasks() for _ in range(3)]
    wishes = [crew.ask(str(place), task) for place, task in enumerate(made)]
    assert made[1].reached.wait(PATIENCE)
    crew.leave(wishes[2])
    job = wishes[2].job
    assert job.ended.is_set()
    assert job.stopped
    assert job.value is None
    assert made[2].calls == 0


def test_work_whose_visitor_left_while_it_waited_is_never_begun(crew, tasks):
    made = [tasks() for _ in range(3)]
    wishes = [crew.ask(str(place), task) for place, task in enumerate(made)]
    unseen(wishes[2].job)
    for task in made:
        task.go_on.set()
    assert ended(wishes[2]).value is None
    assert made[2].calls == 0


def dear(crew: Workers, key: str, task: Task, visitor: str) -> Wish:
    return crew.ask(key, task, estimate=5.0, visitor=visitor)


def test_dear_work_leaves_a_thread_to_short_work_that_comes_later(crew, tasks):
    made = [tasks() for _ in range(4)]
    wishes = [dear(crew, str(place), task, f"v{place}") for place, task in enumerate(made[:3])]
    assert made[0].reached.wait(PATIENCE)
    short = crew.ask("short", made[3], estimate=4.99)
    assert made[3].reached.wait(PATIENCE)
    assert [crew.ahead(wish.job) for wish in wishes[1:]] == [1, 2]
    assert crew.ahead(crew.ask("another", tasks()).job) == 2
    assert not made[1].reached.is_set()
    for task in made:
        task.go_on.set()
    assert all(ended(wish).value == ("whole", 100) for wish in (*wishes, short))


def test_a_visitor_waits_for_one_dear_job_and_short_ones_beside_it(crew, tasks):
    first, second, third = tasks(43), tasks(), tasks(50)
    before, short = dear(crew, "first", first, "me"), crew.ask("third", third, visitor="me")
    assert first.reached.wait(PATIENCE)
    now = dear(crew, "second", second, "me")
    for task in (first, second, third):
        task.go_on.set()
    assert ended(before).stopped
    assert ended(now).value == ended(short).value == ("whole", 100)


def test_dear_work_that_others_wait_for_goes_on_when_one_of_them_wants_another(crew, tasks):
    task = tasks(43)
    dear(crew, "same", task, "me")
    other = dear(crew, "same", task, "you")
    assert task.reached.wait(PATIENCE)
    dear(crew, "another", tasks(), "me")
    task.go_on.set()
    assert ended(other).value == ("whole", 100)


def test_the_departed_are_not_counted_ahead_of_who_waits(crew, tasks):
    made = [tasks() for _ in range(4)]
    wishes = [crew.ask(str(place), task) for place, task in enumerate(made)]
    assert crew.ahead(wishes[3].job) == 3
    unseen(wishes[2].job)
    assert crew.ahead(wishes[3].job) == 2
    assert wishes[2].job.ended.is_set()


def test_four_do_quick_work_at_once_and_who_waits_may_leave(crew):
    go_on, begun = threading.Event(), threading.Semaphore(0)

    def slow(progress: Progress) -> str:
        begun.release()
        assert go_on.wait(PATIENCE)
        return "done"

    def gone(done: int, total: int) -> bool:
        raise InterruptedError

    with ThreadPoolExecutor(4) as pupils:
        four = [pupils.submit(crew.at_once, key, slow, gone) for key in "abcd"]
        assert all(begun.acquire(timeout=PATIENCE) for _ in four)
        with pytest.raises(InterruptedError):
            crew.at_once("e", slow, gone)
        go_on.set()
        assert [one.result(PATIENCE) for one in four] == ["done"] * 4
    assert crew.at_once("e", lambda progress: "later", gone) == "later"


def test_a_thread_is_free_again_after_it_ran_dry(crew):
    for place in range(5):
        assert ended(crew.ask(str(place), lambda progress: "done")).value == "done"


def test_where_there_are_no_threads_the_work_is_done_all_the_same(crew, monkeypatch):
    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(workers, "LAPSE", 0.0)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        wish = crew.ask("key", lambda progress: progress(1, 2) and "done")
    assert wish.job.value == "done"


def test_where_there_are_no_threads_the_clock_stops_long_work(crew, monkeypatch):
    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    def compute(progress: Progress) -> str:
        return "whole" if progress(1, 2) else "half"

    monkeypatch.setattr(threading.Thread, "start", refuse)
    assert crew.ask("quick", compute).job.value == "whole"
    monkeypatch.setattr(workers, "ALONE", 0.0)
    wish = crew.ask("long", compute)
    assert wish.stopped
    assert wish.job.ending == "**Stopped after 50 %**: shown as far as it came."
    assert wish.job.value == "half"
    assert crew.kept("long") is None


# What is kept


def test_the_least_used_results_go_when_room_is_short():
    crew = Workers(room=250)
    for key in "abc":
        value = np.zeros(100 // 8)
        ended(crew.ask(key, lambda progress, value=value: value))
        crew.kept("a")
    assert crew.kept("a") is not None
    assert crew.kept("b") is None
    assert crew.kept("c") is not None


def test_traces_weigh_what_their_arrays_weigh():
    traces = gd.train(gd.default_experiment())
    arrays = [v for t in traces for v in vars(t).values() if isinstance(v, np.ndarray)]
    weight = sum(array.nbytes for array in arrays)
    assert weight <= size_of(traces) < weight + 5000
    assert size_of({"a": [np.zeros(4), Wish]}) == 32 + 64


# What is told of a wait


def test_a_wait_shows_the_estimate_and_how_far_the_work_is(monkeypatch):
    monkeypatch.setattr(workers, "monotonic", lambda: 100.0)
    job = Job("key", lambda progress: None, SHELF)
    wish = Wish(job)
    told = Workers().words(wish, "Counting, about", 7.2)
    assert told.startswith("Counting, about 7 s. Waiting its turn")
    job.begun, job.share = 99.0, 0.05
    assert Workers().words(wish, "Counting, about", 7.2) == "Counting, about 7 s. 5 % done"
    job.begun, job.share = 90.0, 0.5
    assert Workers().words(wish, "Counting, about", 7.2) == "Counting, about 20 s. 50 % done"


@pytest.mark.parametrize(
    ("share", "spent", "estimate", "told"),
    [
        (0.0, 1.0, 7.0, "7 s. 0 %"),
        # What was estimated has long been over: it takes at least what it took.
        (0.05, 30.0, 7.0, "30 s. 5 %"),
        (0.1, 9.0, 7.0, "90 s. 10 %"),
        (0.5, 49.6, 7.0, "99 s. 50 %"),
        (0.5, 50.0, 7.0, "2 min. 50 %"),
        (0.25, 150.0, 7.0, "10 min. 25 %"),
    ],
)
def test_the_time_that_work_takes_follows_from_a_tenth_of_it_on_from_the_time_it_took(
    monkeypatch, share, spent, estimate, told
):
    monkeypatch.setattr(workers, "monotonic", lambda: 1000.0)
    wish = Wish(Job("key", lambda progress: None, SHELF, share, 1000.0 - spent))
    assert Workers().words(wish, "Counting, about", estimate) == f"Counting, about {told} done"


def test_a_stop_is_told_until_it_has_its_effect_and_then_what_became_of_the_work():
    job = Job("key", lambda progress: None, SHELF, 0.256)
    assert Workers().words(Wish(job, stopped=True), "Counting", 7.0) == "Stopping …"
    assert job.ending == "Stopped for you; it goes on for others who wait for the same."
    job.ended.set()
    assert job.ending == "Stopped before it began."
    job.value = "partial"
    assert job.ending == "**Stopped after 26 %**: shown as far as it came."


def test_a_share_is_never_more_than_the_whole_and_no_work_is_done_work():
    job = Job("key", lambda progress: None, SHELF)
    job.wishes.add(Wish(job))
    assert job.progress(0, 0)
    assert job.share == 0
    assert job.progress(1, 4)
    assert job.share == 0.25
    assert job.progress(9, 4)
    assert job.share == 1


def test_what_is_kept_is_weighed_by_its_arrays_and_texts_however_they_are_wrapped():
    assert size_of("four") == 68
    assert size_of(np.zeros((3, 2))) == 48
    assert size_of((np.zeros(1), [np.zeros(2), "a"], {"key": np.zeros(3)})) == 48 + 65
    assert size_of(gd.Run) == size_of(None) == size_of(7) == 64
    assert size_of(gd.SGD(lr=0.1)) == 64, "one number"
    assert size_of(gd.Momentum(lr=0.1)) == 128, "two numbers"


def test_the_last_result_is_kept_even_where_it_is_larger_than_all_room():
    crew = Workers(room=100)
    for key in "ab":
        ended(crew.ask(key, lambda progress: np.zeros(1000)))
    assert crew.kept("a") is None
    assert crew.kept("b") is not None


def test_by_itself_a_server_runs_two_jobs_at_a_time_and_keeps_256_megabytes(tasks):
    crew = Workers()
    made = [tasks() for _ in range(3)]
    wishes = [crew.ask(str(place), task) for place, task in enumerate(made)]
    assert all(task.reached.wait(PATIENCE) for task in made[:2])
    assert wishes[2].job.begun is None
    assert workers.ROOM == 256_000_000


def test_a_visitor_counts_for_six_seconds_and_work_without_threads_has_a_minute(monkeypatch):
    now = 1000.0
    monkeypatch.setattr(workers, "monotonic", lambda: now)
    job = Job("key", lambda progress: None, SHELF)
    job.wishes.add(Wish(job, seen=now - 5.9))
    assert job.wanted
    job.wishes = {Wish(job, seen=now - 6.1)}
    assert not job.wanted

    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    spent = []

    def long(progress: Progress) -> None:
        nonlocal now
        while progress(len(spent), 100):
            spent.append(now)
            now += 1

    Workers().ask("long", long)
    assert len(spent) == 60


def test_a_halt_is_told_with_how_far_it_was_and_for_how_many_seconds_it_ran(monkeypatch):
    told = []
    monkeypatch.setattr(workers, "note", lambda *words, **more: told.append((words, more)))
    monkeypatch.setattr(workers, "monotonic", lambda: 107.6543)
    for begun, seconds in ((100.0, 7.654), (None, 0.0)):
        job = Job("sweep:abc", lambda progress: None, SHELF, 0.12345, begun, stopped=True)
        Workers()._end(job)
        (words, more) = told.pop()
        assert words == ("halt", "sweep")
        assert (more["share"], more["seconds"]) == (0.123, seconds)
        assert len(more["key"]) == 12


# Somebody's own rows


def test_what_is_made_of_ones_own_rows_is_kept_with_them_alone(crew):
    rows = np.random.default_rng(0).normal(size=(500, 5))
    table, few = gd.Table(rows[:, :4], rows[:, 4]), gd.Table(rows[:5, :1], rows[:5, 4])
    shelf = shelf_of(table)
    assert shelf is shelf_of(gd.Fit(table, gd.MODELS["linear"])) is not None
    assert shelf_of(few) is shelf_of(gd.default_experiment()) is None
    wish = crew.ask("long", lambda progress: "value", shelf)
    assert wish.job.ended.wait(PATIENCE)
    crew.at_once("quick", lambda progress: "value", lambda *_: True, shelf)
    assert (crew.kept("long"), crew.kept("quick")) == (None, None)
    assert crew.kept("long", shelf) == crew.kept("quick", shelf) == "value"


def test_the_load_counts_what_runs_and_what_waits(crew, tasks):
    assert crew.load() == (0, 0)
    for turn in range(2):  # threads that ran dry are as many as began
        three = [tasks(50) for _ in range(3)]
        wishes = [crew.ask(f"{turn}.{place}", task) for place, task in enumerate(three)]
        assert all(task.reached.wait(PATIENCE) for task in three[:2])
        assert crew.load() == (2, 1)
        for task in three:
            task.go_on.set()
        assert all(ended(wish).value for wish in wishes)
        assert crew.load() == (0, 0)
        until = time.monotonic() + PATIENCE
        while crew._busy and time.monotonic() < until:
            time.sleep(0.001)
        assert crew._busy == 0
