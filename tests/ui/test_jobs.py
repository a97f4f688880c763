"""Long work: shared, shown, stopped, and refused where it is too much."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from streamlit.runtime.scriptrunner import StopException
from streamlit.testing.v1 import AppTest

import gdplay as gd
from gdplay import link
from gdplay.engine.training import Progress
from gdplay.engine.workers import Wish, Workers
from gdplay.journal import digest
from gdplay.teaching.summary import run_rows
from gdplay.ui import jobs
from tests import PATIENCE, ROOT
from tests.tasks import Task, ended, made, seen_again, unseen


@pytest.fixture
def tasks() -> Iterator[Callable[..., Task]]:
    yield from made()


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


# The search for a minimum


MINIMUM = {problem: f"minimum {digest(repr(problem))}" for problem in "ab"}
"""What the search for the minimum of a problem is called."""


def searching() -> None:
    """A page that needs a minimum, below a line and before another."""
    import streamlit as st

    from gdplay.ui import jobs

    def choose() -> None:
        asked["chosen"] = jobs.search(asked["key"], asked["seconds"], asked["search"])

    asked = st.session_state
    st.text("above")
    st.button("Choose", key="choose", on_click=choose)
    if "chosen" not in asked:
        with st.container():
            asked["best"] = jobs.search(asked["key"], asked["seconds"], asked["search"])
    st.text("below")


def needing(search: Any, seconds: float = 3.0) -> AppTest:
    at = page(searching)
    at.session_state["key"], at.session_state["seconds"] = "a", seconds
    at.session_state["search"] = search
    return at


@pytest.mark.parametrize(("seconds", "thread"), [(0.9, "ScriptRunner"), (3.0, "gdplay job")])
def test_a_long_search_is_a_job_and_a_page_goes_on_with_what_it_finds(fresh, seconds, thread):
    threads: list[str] = []

    def search(progress: Progress) -> None:
        threads.append(threading.current_thread().name)

    at = needing(search, seconds).run()
    assert ("gdplay job" in threads[0]) == (thread == "gdplay job")
    assert at.session_state["best"] is None  # as where there is no minimum
    assert [text.value for text in at.text] == ["above", "below"]
    needing(search, seconds).run()
    assert len(threads) == (1 if seconds > jobs.LONG else 2)


def test_a_search_that_is_stopped_ends_the_page_until_it_is_started_again(fresh, tasks):
    task = tasks(43)

    def search(progress: Progress) -> str:
        if task(progress)[0] == "partial":
            raise InterruptedError
        return "found"

    wish = fresh.ask(f"{MINIMUM['a']}: 'a'", lambda progress: search_or_none(search, progress))
    assert task.reached.wait(PATIENCE)
    wish.stopped = True
    fresh.leave(wish)
    task.go_on.set()
    at = needing(search)
    at.session_state[f"job.{MINIMUM['a']}"] = wish
    at.run()
    assert [text.value for text in at.text] == ["above"]
    assert "**Stopped after 43 %**" in at.markdown[0].value
    at.button(key=f"job.{MINIMUM['a']}.again").click().run()
    assert at.session_state["best"] == "found"
    assert [text.value for text in at.text] == ["above", "below"]


def search_or_none(search: Callable[[Progress], str], progress: Progress) -> str | None:
    with suppress(InterruptedError):
        return search(progress)
    return None


def test_what_a_visitor_chose_is_not_lost_while_its_minimum_is_looked_for(fresh, monkeypatch):
    monkeypatch.setattr(jobs, "TICK", 0.02)
    at = needing(lambda progress: "first").run()
    at.session_state["key"] = "b"
    at.session_state["search"] = watched(fresh, f"{MINIMUM['b']}: 'b'")
    at.button(key="choose").click().run()
    assert at.session_state["chosen"] == "whole"
    assert not at.exception


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
