"""Work that takes a while: announced with an estimate, shown as it goes, stopped on a click.

A page asks `result` for a value by a key. Quick work is done at once, in the visitor's own run.
Longer work is done by `Workers`, while the visitor's run stays where it is and draws how far the
work has come: what the page showed before remains, dimmed by Streamlit, and any control, Stop
included, ends the wait. Whoever asks for the same key waits for the same work or gets what is kept.
"""

from collections.abc import Callable
from time import monotonic
from typing import Any, Generic, NamedTuple, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.scriptrunner import get_script_run_ctx

from gdplay.arrays import Array
from gdplay.engine.training import Progress
from gdplay.engine.workers import Wish, Workers, shelf_of
from gdplay.journal import digest
from gdplay.loss.newton import Search, leave_to
from gdplay.memory import Shelf

LONG = 1.0
"""Work estimated to take this many seconds, or more, is announced and can be stopped."""

TICK = 0.2
"""Seconds between two looks at how far the work has come."""

GLANCE = 0.05
"""Seconds of quick work after which Streamlit may end a run that is no longer wanted."""

WORKERS = Workers(name="results")

T = TypeVar("T")


class Outcome(NamedTuple, Generic[T]):
    """What came out of some work.

    Attributes
    ----------
    value : what `compute` returned
    share : float
        How much of it was done, 0 to 1; 1 unless stopped.
    stopped : bool
        Whether the visitor stopped it, so that `value` is what had been computed by then.
    """

    value: T
    share: float = 1.0
    stopped: bool = False


def result(
    key: str,
    estimate: float,
    compute: Callable[[Progress], T],
    *,
    name: str,
    what: str,
    of: object = None,
) -> Outcome[T] | None:
    """Return what `compute` gives, computed once for all visitors who ask for the same key.

    Work estimated below `LONG` is done at once. For longer work the estimate, a progress bar and
    a Stop button stand here until it is done; the rest of the page below waits, so call this last,
    inside a container made earlier where the result is to stand higher up.

    Parameters
    ----------
    key : str
        Tells everything the value depends on, such as the `repr` of an experiment.
    estimate : float
        About how many seconds it takes.
    compute : callable
        `compute(progress) -> T`, anything but None, read-only as all visitors share it. It calls
        `progress(done, total) -> bool` now and then, with counts of any unit, `done < total` until
        it is through; where that is False it returns what it has. It runs in another thread: no
        Streamlit inside, and nothing from outside that may change.
    name : str
        The kind of result: results of different kinds share no keys. A visitor has one wish per
        name: another key takes the place of the former, whose work ends unless somebody else
        waits for it.
    what : str
        What is being done, as people read it: "Training: 120 000 updates".
    of : object
        What the value is made of, such as the experiment: where that is somebody's own rows, the
        value is kept with them alone.

    Returns
    -------
    outcome : Outcome or None
        None where the visitor stopped it before there was anything to show.

    Raises
    ------
    Exception
        What `compute` raised.

    Notes
    -----
    Not inside a fragment: a click on Stop would wait for the end.
    """
    place, key, shelf = st.empty(), f"{name}: {key}", shelf_of(of)
    wish = _wish(name, key)
    value = WORKERS.kept(key, shelf)
    if value is not None:
        _forget(name)
        return Outcome(value)
    if wish is None and estimate < LONG:
        return Outcome(WORKERS.at_once(key, compute, _glance(), shelf))
    while True:
        wish = wish or _new_wish(name, key, estimate, compute, shelf)
        _wait(place, wish, name, f"{what}, about", estimate)
        if wish.stopped and (wish.job.stopped or not wish.job.ended.is_set()):
            return _stopped(place, wish, name)
        _forget(name)
        if wish.job.error is not None:
            raise wish.job.error
        if not wish.job.stopped:
            place.empty()
            return Outcome(wish.job.value)
        wish = None  # it ended for want of visitors, while this one could not show up


def _slot(name: str) -> str:
    return f"job.{name}"


def _wish(name: str, key: str) -> Wish | None:
    """Return the visitor's wish at this place, if it is still the same."""
    wish: Wish | None = st.session_state.get(_slot(name))
    if wish is not None and wish.job.key != key:
        WORKERS.leave(wish)
        _forget(name)
        return None
    return wish


def _new_wish(
    name: str, key: str, estimate: float, compute: Callable[[Progress], Any], shelf: Shelf | None
) -> Wish:
    wish = WORKERS.ask(key, compute, shelf, estimate=estimate, visitor=_visitor())
    st.session_state[_slot(name)] = wish
    return wish


def _visitor() -> str:
    run = get_script_run_ctx()
    return run.session_id if run else ""


def _forget(name: str) -> None:
    st.session_state.pop(_slot(name), None)


def _glance() -> Progress:
    """Return a progress that lets Streamlit end this run where the visitor asks for another."""
    last = monotonic()

    def glance(_done: int, _total: int) -> bool:
        nonlocal last
        if monotonic() - last > GLANCE:
            st.session_state.get("session")
            last = monotonic()
        return True

    return glance


def quick(key: str, compute: Callable[[], T], of: object) -> T:
    """Return what `compute` gives, made at once and once for all who ask for the same key.

    `of` is as in `result`.
    """
    value: T = WORKERS.at_once(key, lambda _: compute(), _glance(), shelf_of(of))
    return value


def aside(
    key: str, estimate: float, compute: Callable[[Progress], T], *, name: str, of: object = None
) -> T | None:
    """Return what `result` would, without a word on the page: for what a fragment asks.

    It ends with the visitor's run; None where the work was ended before it was done.
    """
    key, shelf = f"{name}: {key}", shelf_of(of)
    value = WORKERS.kept(key, shelf)
    if value is not None:
        return value  # type: ignore[no-any-return]
    if estimate < LONG:
        return WORKERS.at_once(key, compute, _glance(), shelf)  # type: ignore[no-any-return]
    wish = WORKERS.ask(key, compute, shelf, estimate=estimate, visitor=_visitor())
    while not wish.job.ended.wait(TICK):
        wish.seen = monotonic()
        st.session_state.get("session")  # lets Streamlit end this run where another is asked for
    if wish.job.error is not None:
        raise wish.job.error
    return None if wish.job.stopped else wish.job.value


def search(problem: Any, seconds: float, search: Search) -> Array | None:
    """Return what the search for a minimum finds, wherever a page needs it: see `leave_to`.

    A long one is a job, announced at the end of what the page has drawn; where the visitor stops
    it, the page ends there. Where nothing is drawn yet, inside a callback, it is waited for
    without a word, as what the visitor chose would be lost.
    """
    run = get_script_run_ctx(suppress_warning=True)
    if run is None or seconds < LONG:
        return search(lambda *_: True)

    def compute(progress: Progress) -> tuple[Array | None] | None:
        try:
            return (search(progress),)
        except InterruptedError:
            return None

    key = repr(problem)
    name = f"minimum {digest(key)}"  # a page may need several
    if not run.cursors:
        return _awaited(f"{name}: {key}", seconds, compute, shelf_of(problem))
    with st._main:
        what = "Looking for the minimum"
        outcome = result(key, seconds, compute, name=name, what=what, of=problem)
    if outcome is None or outcome.value is None:
        st.stop()
    return outcome.value[0]


def _awaited(
    key: str,
    seconds: float,
    compute: Callable[[Progress], tuple[Array | None] | None],
    shelf: Shelf | None,
) -> Array | None:
    """Return what a job finds that its visitor cannot stop."""
    wish = WORKERS.ask(key, compute, shelf, estimate=seconds, visitor=_visitor())
    while not wish.job.ended.wait(TICK):
        wish.seen = monotonic()
    if wish.job.error is not None:
        raise wish.job.error
    if wish.job.value is None:  # stopped by the clock, in a browser
        return None
    return wish.job.value[0]  # type: ignore[no-any-return]


leave_to(search)


# What a waiting visitor sees


def _wait(place: DeltaGenerator, wish: Wish, name: str, what: str, estimate: float) -> None:
    """Draw how far the work has come until it ends, or goes on for others alone."""
    job = wish.job
    if job.ended.is_set():
        return
    with place.container(horizontal=True, vertical_alignment="center", key=f"{_slot(name)}.wait"):
        bar = st.progress(job.share, WORKERS.words(wish, what, estimate))
        st.button(
            "Stop",
            icon=":material/stop_circle:",
            key=f"{_slot(name)}.stop",
            on_click=_stop,
            args=(name,),
            disabled=wish.stopped,
        )
    while not job.ended.wait(TICK) and not (wish.stopped and job.wanted):
        wish.seen = monotonic()
        # Each call lets Streamlit end this run where the visitor asks for another.
        bar.progress(job.share, WORKERS.words(wish, what, estimate))


def _stop(name: str) -> None:
    wish: Wish | None = st.session_state.get(_slot(name))
    if wish is not None:
        wish.stopped = True
        WORKERS.leave(wish)


def _stopped(place: DeltaGenerator, wish: Wish, name: str) -> Outcome[Any] | None:
    """Tell what became of stopped work, offer to start again, and return what there is of it."""
    job = wish.job
    with place.container(horizontal=True, vertical_alignment="center", key=f"{_slot(name)}.end"):
        st.markdown(job.ending, width="content")
        st.button(
            "Start again",
            icon=":material/refresh:",
            key=f"{_slot(name)}.again",
            on_click=_forget,
            args=(name,),
        )
    return None if job.value is None else Outcome(job.value, job.share, True)
