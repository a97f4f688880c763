"""Parts of a page that run alone, and are counted for the operator where they do."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from gdplay.ui import state
from gdplay.ui.seconds import timed

P = ParamSpec("P")


def fragment(
    part: str, run_every: float | None = None
) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """Make a function one of Streamlit's fragments; `part` is what the operator reads of it.

    `run_every` is in seconds. Where the part runs with its page, it is counted there; where it runs
    alone and the visitor has acted on the page meanwhile, that runs next.
    """

    def decorate(draw: Callable[P, None]) -> Callable[P, None]:
        @wraps(draw)
        def counted(*args: P.args, **kwargs: P.kwargs) -> None:
            if not runs_alone():
                draw(*args, **kwargs)
                return
            with timed("part", part):
                draw(*args, **kwargs)
            if state.overtaken():
                st.rerun()

        return st.fragment(counted, run_every=run_every)

    return decorate


def runs_alone() -> bool:
    """Whether what runs now are fragments, without their page."""
    run = get_script_run_ctx()
    return run is not None and bool(run.fragment_ids_this_run)
