"""Long work: shared, shown, stopped, and refused where it is too much."""

import math
import re
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from streamlit.runtime.scriptrunner import StopException
from streamlit.testing.v1 import AppTest

import gdplay as gd
from gdplay import link
from gdplay.engine import cost, workers
from gdplay.engine.training import Progress
from gdplay.engine.workers import Job, Wish, Workers, size_of
from gdplay.experiment import labels
from gdplay.teaching.summary import run_rows
from gdplay.ui import jobs
from tests import PATIENCE, ROOT


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


@pytest.fixture
def crew() -> Workers:
    return Workers(at_a_time=2)


@pytest.fixture
def tasks() -> Iterator[Callable[..., Task]]:
    """A maker of tasks, all of which are let go at the end."""
    made: list[Task] = []

    def make(wait_at: int = 0) -> Task:
        made.append(Task(wait_at))
        return made[-1]

    yield make
    for task in made:
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


def watched(crew: Workers, key: str) -> Callable[[Progress], str]:
    """Return work during which those who wait for it go unseen four times for too long."""

    def compute(progress: Progress) -> str:
        job = crew._jobs[key]
        for done in range(4):
            unseen(job)
            assert seen_again(job)
            assert progress(done, 4)
        return "whole"

    return compute


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


# On a page


def page(script: Callable[[], None]) -> AppTest:
    return AppTest.from_function(script, default_timeout=PATIENCE)


def counting() -> None:
    """A page that asks for some work, whose size and estimate stand in the session."""
    import streamlit as st

    from gdplay.ui import jobs

    asked = st.session_state
    outcome = jobs.result(
        asked["key"], asked["estimate"], asked["compute"], name="count", what="Counting"
    )
    st.session_state["outcome"] = outcome
    st.text("below")


def asked(key: str, estimate: float, compute: Any) -> AppTest:
    at = page(counting)
    at.session_state["key"] = key
    at.session_state["estimate"] = estimate
    at.session_state["compute"] = compute
    return at


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> Workers:
    """Workers of our own behind the pages."""
    crew = Workers()
    monkeypatch.setattr(jobs, "WORKERS", crew)
    return crew


@pytest.mark.parametrize("estimate", [0.1, 9.0])
def test_a_page_gets_its_value_in_one_run_however_long_it_takes(fresh, estimate):
    at = asked("a", estimate, lambda progress: "value").run()
    assert at.session_state["outcome"] == ("value", 1.0, False)
    assert not at.get("progress")
    assert not at.button


def test_a_visitor_who_waits_is_seen_until_the_end_and_then_the_bar_is_gone(fresh, monkeypatch):
    monkeypatch.setattr(jobs, "TICK", 0.02)
    at = asked("a", 9.0, watched(fresh, "count: a")).run()
    assert at.session_state["outcome"] == ("whole", 1.0, False)
    assert not at.get("progress")
    assert not at.button
    assert "job.count" not in at.session_state


def test_quick_work_is_done_in_the_visitors_own_run(fresh):
    threads = []
    for estimate in (0.1, 9.0):
        compute = lambda progress: threads.append(threading.current_thread().name) or 1  # noqa: E731
        asked(str(estimate), estimate, compute).run()
    assert threads[0] != "gdplay job"
    assert threads[1] == "gdplay job"


def test_a_visitor_gets_what_was_computed_for_another(fresh):
    asked("a", 9.0, lambda progress: "theirs").run()
    at = asked("a", 9.0, lambda progress: "mine").run()
    assert at.session_state["outcome"].value == "theirs"


def test_results_of_different_kinds_share_no_keys(fresh):
    asked("a", 9.0, lambda progress: "theirs").run()
    assert fresh.kept("a") is None
    assert fresh.kept("count: a") == "theirs"


def test_an_error_in_the_work_reaches_the_page_and_the_next_visit_tries_again(fresh):
    def fail(progress: Progress) -> str:
        raise ValueError("a broken task")

    at = asked("a", 9.0, fail).run()
    assert len(at.exception) == 1
    assert not at.text
    at.session_state["compute"] = lambda progress: "mended"
    at.run()
    assert at.session_state["outcome"].value == "mended"


def test_a_wait_shows_the_estimate_and_how_far_the_work_is(monkeypatch):
    monkeypatch.setattr(workers, "monotonic", lambda: 100.0)
    job = Job("key", lambda progress: None)
    wish = Wish(job)
    told = jobs.WORKERS.words(wish, "Counting, about", 7.2)
    assert told.startswith("Counting, about 7 s. Waiting its turn")
    job.begun, job.share = 99.0, 0.05
    assert jobs.WORKERS.words(wish, "Counting, about", 7.2) == "Counting, about 7 s. 5 % done"
    job.begun, job.share = 90.0, 0.5
    assert jobs.WORKERS.words(wish, "Counting, about", 7.2) == "Counting, about 20 s. 50 % done"


def stopped_page(fresh: Workers, task: Task, key: str = "a") -> AppTest:
    """Return a page whose visitor pressed Stop while its work was under way."""
    at = asked(key, 9.0, task)
    wish = fresh.ask(f"count: {key}", task)
    assert task.reached.wait(PATIENCE)
    at.session_state["job.count"] = wish
    wish.stopped = True  # what a click on Stop does
    fresh.leave(wish)
    task.go_on.set()
    return at.run()


def test_stopped_work_is_shown_as_far_as_it_came(fresh, tasks):
    at = stopped_page(fresh, tasks(43))
    assert at.session_state["outcome"] == (("partial", 43), 0.43, True)
    assert "Stopped after 43 %" in at.markdown[0].value
    assert at.text[0].value == "below"


def test_stopped_work_stays_stopped_until_it_is_started_again(fresh, tasks):
    task = tasks(43)
    at = stopped_page(fresh, task)
    at.run()
    assert at.session_state["outcome"].stopped
    assert task.calls == 1
    at.button[0].click().run()
    assert at.session_state["outcome"] == (("whole", 100), 1.0, False)
    assert not at.button
    assert not at.markdown


def test_a_click_on_stop_ends_the_wait(fresh, tasks):
    task = tasks(43)
    wish = fresh.ask("count: a", task)
    at = asked("a", 9.0, task)
    at.session_state["job.count"] = wish

    def script() -> None:
        from gdplay.ui import jobs

        jobs._stop("count")

    other = page(script)
    other.session_state["job.count"] = wish
    assert task.reached.wait(PATIENCE)
    other.run()
    assert wish.stopped
    assert not wish.job.wanted


def test_another_wish_ends_the_work_for_the_one_before(fresh, tasks):
    task = tasks(43)
    before = fresh.ask("count: slow", task)
    assert task.reached.wait(PATIENCE)
    at = asked("other", 0.1, lambda progress: "quick")
    at.session_state["job.count"] = before
    at.run()
    assert at.session_state["outcome"].value == "quick"
    task.go_on.set()
    assert ended(before).stopped


def test_a_stop_while_others_wait_leaves_the_work_to_them_and_shows_nothing(fresh, tasks):
    task = tasks(43)
    mine, theirs = fresh.ask("count: a", task), fresh.ask("count: a", task)
    assert task.reached.wait(PATIENCE)
    at = asked("a", 9.0, task)
    at.session_state["job.count"] = mine
    mine.stopped = True
    fresh.leave(mine)
    at.run()
    assert at.session_state["outcome"] is None
    assert "goes on for others" in at.markdown[0].value
    task.go_on.set()
    ended(theirs)
    at.run()
    assert at.session_state["outcome"].value == ("whole", 100)
    assert "job.count" not in at.session_state


def test_work_that_ended_for_want_of_visitors_begins_again_when_one_is_back(fresh, tasks):
    task = tasks(43)
    wish = fresh.ask("count: a", task)
    assert task.reached.wait(PATIENCE)
    fresh.leave(wish)
    task.go_on.set()
    ended(wish)
    at = asked("a", 9.0, task)
    at.session_state["job.count"] = wish
    at.run()
    assert at.session_state["outcome"].value == ("whole", 100)


# Compare


def compare(experiment: gd.Experiment) -> AppTest:
    at = AppTest.from_file(str(ROOT / "gdplay/ui/router.py"), default_timeout=PATIENCE)
    for name, texts in link.encode(experiment).items():
        at.query_params[name] = texts
    return at


def test_a_long_experiment_is_trained_behind_the_page_and_drawn_when_done(fresh, monkeypatch):
    monkeypatch.setattr(jobs, "LONG", 0.0)
    wanted = replace(gd.default_experiment(), seed=777)
    at = compare(wanted).run()
    assert not at.exception
    assert at.get("bidi_component")
    assert len(fresh.kept(f"training: {wanted!r}")) == 3


def test_a_stopped_experiment_is_drawn_and_told_as_far_as_it_came(fresh, monkeypatch):
    monkeypatch.setattr(jobs, "LONG", 0.0)
    runs = tuple(replace(run, optimizer=gd.Adam(0.1)) for run in gd.default_experiment().runs)
    wanted = replace(gd.default_experiment(), runs=runs, seed=778)
    wish = stopped_training(fresh, wanted, share=0.5)
    at = compare(wanted)
    at.session_state["job.training"] = wish
    at.run()
    assert not at.exception
    told = " ".join(words.value for words in at.markdown)
    assert "Stopped after" in told
    assert "Training was **stopped**" in told
    assert "stopped early" in " ".join(element.proto.body for element in at.get("html"))
    assert at.get("bidi_component")


def test_the_table_tells_of_a_stopped_run_only_what_is_known():
    runs = (gd.Run(gd.Adam(lr=0.05), 1), gd.Run(gd.Adam(lr=0.1), 1))
    for n_seeds in (1, 5):
        experiment = replace(gd.default_experiment(), runs=runs, n_seeds=n_seeds)
        traces = gd.train(experiment, progress=lambda done, total: done < total / 2)
        for trace, row in zip(traces, run_rows(experiment, traces), strict=True):
            made = int(trace.path_updates[-1])
            assert row[2] == f"{made:,} of 6,000".replace(",", "\u202f")
            last = np.median(trace.loss[:, made // 200])
            assert row[3] == f"{last:.4g}"
            assert row[4:] == ("not known", "stopped early")


def stopped_training(crew: Workers, experiment: gd.Experiment, share: float) -> Wish:
    def train(progress: Progress) -> tuple[gd.Trace, ...]:
        return gd.train(experiment, progress=until)

    def until(done: int, total: int) -> bool:
        if done >= share * total:
            crew.leave(wish)
        return wish.job.progress(done, total)

    ready = threading.Event()
    wish = crew.ask(
        f"training: {experiment!r}", lambda progress: ready.wait(PATIENCE) and train(progress)
    )
    ready.set()
    wish.stopped = True
    ended(wish)
    return wish


# The hard budget

LINE = gd.default_experiment()
BIG = gd.default_experiment(replace(gd.DATASETS["line"], n_samples=10_000))
TOO_MUCH = {
    "epochs": replace(BIG, epochs=5000, runs=tuple(gd.Run(gd.Adam(), size) for size in (1, 9))),
    "seeds": replace(gd.default_experiment(gd.DATASETS["digits"]), n_seeds=50, epochs=500),
    "memory": replace(LINE, n_seeds=1000, epochs=5000, runs=(gd.Run(gd.SGD(), None),) * 3),
    "everything": gd.Experiment(
        BIG.problem, tuple(gd.Run(gd.Adam(lr=0.1), 1, epochs=5000) for _ in range(6))
    ),
}


@pytest.mark.parametrize("experiment", TOO_MUCH.values(), ids=TOO_MUCH.keys())
def test_too_much_is_refused_with_what_was_asked_and_what_is_given(experiment):
    text = cost.refusal(experiment)
    assert text is not None
    assert re.search(r"That is .*\d.*; this shared server gives one experiment \d+", text)
    assert "or fewer" in text or "at least" in text or "several" in text


def test_what_fits_is_not_refused():
    assert cost.refusal(LINE) is None


@pytest.mark.parametrize("experiment", TOO_MUCH.values(), ids=TOO_MUCH.keys())
def test_each_change_that_is_proposed_would_do(experiment):
    text = cost.refusal(experiment)
    assert text is not None
    for number, thing in re.findall(r"([\d\u202f]+) (epoch|row|seed)s? ?(?:or fewer)?", text):
        assert cost.load(changed(experiment, thing, int(number.replace("\u202f", "")))).fits
    for size in re.findall(r"at least (\d+) rows", text):
        runs = [
            replace(run, batch_size=max(int(size), run.rows(experiment.problem.n_samples)))
            for run in experiment.runs
        ]
        assert cost.load(replace(experiment, runs=tuple(runs))).fits
    for name in re.findall("without the run “(.*)”", text):
        place = labels(experiment).index(name)
        runs = experiment.runs[:place] + experiment.runs[place + 1 :]
        assert cost.load(replace(experiment, runs=runs)).fits


def changed(experiment: gd.Experiment, thing: str, number: int) -> gd.Experiment:
    if thing == "row":
        dataset = replace(experiment.problem.dataset, n_samples=number)
        return replace(experiment, problem=replace(experiment.problem, dataset=dataset))
    return replace(experiment, **{{"epoch": "epochs", "seed": "n_seeds"}[thing]: number})


def test_the_budget_counts_updates_of_all_runs_seeds_and_parameters():
    runs = (gd.Run(gd.SGD(lr=0.1), 50), gd.Run(gd.SGD(lr=0.2), 50), gd.Run(gd.SGD(lr=0.1)))
    experiment = replace(LINE, runs=runs, epochs=10, n_seeds=3)
    # Four updates an epoch in two runs and three orders; the full batch needs no orders.
    assert cost.load(experiment).cost == (10 * 4 * 2 * 3 + 10) * 2


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("MAX_COST", "updates × runs × seeds × parameters"),
        ("MAX_SECONDS", "s of training"),
        ("MAX_DOUBLES", "MB of results"),
    ],
)
def test_each_limit_is_named_where_it_is_what_stops_the_experiment(monkeypatch, name, words):
    asked = cost.load(LINE)
    part = {"MAX_COST": asked.cost, "MAX_SECONDS": asked.seconds, "MAX_DOUBLES": asked.doubles}
    monkeypatch.setattr(cost, name, math.floor(part[name] * 1e6) / 2e6)
    text = cost.refusal(LINE)
    assert text is not None
    assert words in text


# Beside the page


class Visit(dict[str, Any]):
    """A session that Streamlit ends, in a thread or for all, when it is next looked at."""

    def __init__(self) -> None:
        super().__init__()
        self.gone: set[int] = set()
        self.looks = 0

    def get(self, name: str, default: object = None) -> Any:
        self.looks += 1
        if threading.get_ident() in self.gone:
            raise StopException
        return super().get(name, default)


@pytest.fixture
def visit(fresh: Workers, monkeypatch: pytest.MonkeyPatch) -> Visit:
    """A visitor's session, with no page to draw on and workers of our own."""
    session = Visit()
    monkeypatch.setattr(jobs, "st", SimpleNamespace(session_state=session))
    monkeypatch.setattr(jobs, "TICK", 0.01)
    monkeypatch.setattr(jobs, "GLANCE", 0.0)
    return session


def beside(task: Any, estimate: float = 9.0, key: str = "a") -> Any:
    return jobs.aside(key, estimate, task, name="closer")


@pytest.mark.parametrize(("estimate", "thread"), [(0.9, "MainThread"), (1.0, "gdplay job")])
def test_beside_the_page_quick_work_is_done_at_once_and_long_work_by_a_worker(
    visit, fresh, estimate, thread
):
    threads = []

    def work(progress: Progress) -> str:
        threads.append(threading.current_thread().name)
        return "value"

    assert beside(work, estimate) == "value"
    assert beside(work, 9.0) == beside(work, 0.1) == "value"
    assert threads == [thread]
    assert fresh.kept("closer: a") == "value"
    assert beside(lambda progress: "other", estimate, "b") == "other"


def test_what_is_found_beside_the_page_shares_no_keys_with_what_stands_on_it(visit, fresh):
    beside(lambda progress: "beside", 0.1)
    assert fresh.kept("a") is None
    assert jobs.aside("a", 0.1, lambda progress: "other", name="another") == "other"


def test_nothing_is_drawn_and_nothing_stays_in_the_session_for_work_beside_the_page(visit):
    for estimate in (0.1, 9.0):  # the session is all of Streamlit that there is here
        beside(lambda progress: "value", estimate, str(estimate))
    assert visit == {}


@pytest.mark.parametrize("estimate", [0.1, 9.0])
def test_an_error_beside_the_page_is_raised_and_the_next_who_asks_gets_the_value(
    visit, fresh, estimate
):
    def fail(progress: Progress) -> str:
        raise KeyError("a broken task")

    with pytest.raises(KeyError, match="a broken task"):
        beside(fail, estimate)
    assert fresh.kept("closer: a") is None
    assert beside(lambda progress: "mended", estimate) == "mended"


def test_whoever_waits_beside_the_page_is_seen_for_as_long_as_it_takes(visit, fresh):
    assert beside(watched(fresh, "closer: a")) == "whole"


def test_the_end_of_a_visitors_run_ends_the_wait_and_not_the_work_of_others(visit, fresh, tasks):
    task = tasks(43)

    def leaving() -> Any:
        visit.gone.add(threading.get_ident())
        return beside(task)

    with ThreadPoolExecutor(2) as pupils:
        other = pupils.submit(beside, task)
        assert task.reached.wait(PATIENCE)
        one = pupils.submit(leaving)
        with pytest.raises(StopException):
            one.result(PATIENCE)
        assert not other.done()
        task.go_on.set()
        assert other.result(PATIENCE) == ("whole", 100)
    assert task.calls == 1
    assert fresh.kept("closer: a") == ("whole", 100)


def test_work_that_nobody_waits_for_any_more_is_ended_and_nothing_of_it_is_kept(
    visit, fresh, tasks
):
    task = tasks(43)
    visit.gone.add(threading.get_ident())
    with pytest.raises(StopException):
        beside(task)
    assert task.reached.wait(PATIENCE)
    wish = fresh.ask("closer: a", task)
    unseen(wish.job)
    task.go_on.set()
    assert ended(wish).stopped
    assert fresh.kept("closer: a") is None
    visit.gone.clear()
    assert beside(task) == ("whole", 100)


def test_work_that_was_ended_under_a_visitor_gives_nothing_and_no_half_value(visit, fresh, tasks):
    task = tasks(43)
    with ThreadPoolExecutor(1) as pupils:
        waiting = pupils.submit(beside, task)
        assert task.reached.wait(PATIENCE)
        (wish,) = fresh._jobs["closer: a"].wishes
        fresh.leave(wish)
        task.go_on.set()
        assert waiting.result(PATIENCE) is None


def test_the_end_of_a_visitors_run_ends_quick_work_too_and_the_next_visitor_does_it(visit, fresh):
    calls = []

    def work(progress: Progress) -> str:
        calls.append(1)
        progress(1, 2)
        return "value"

    visit.gone.add(threading.get_ident())
    with pytest.raises(StopException):
        beside(work, 0.1)
    visit.gone.clear()
    assert beside(work, 0.1) == "value"
    assert len(calls) == 2
    assert visit.looks >= 2
