"""What is given on Worked examples: the function, the start, the rule and its numbers."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import streamlit as st
from streamlit.elements.lib.mutable_popover_container import PopoverContainer

from gdplay.knobs import knobs
from gdplay.loss.expressions import FIRST, Expression
from gdplay.loss.sights import lack
from gdplay.loss.surfaces import SURFACES
from gdplay.optimizers import OPTIMIZERS
from gdplay.registry import Entry
from gdplay.teaching.exchange import at_hand
from gdplay.teaching.presets import EXAMPLES
from gdplay.teaching.worked import MAX_STEPS, usual_rate
from gdplay.ui import share, state
from gdplay.ui.own_function import own_function
from gdplay.ui.parts import title
from gdplay.ui.state import key, picked
from gdplay.ui.worked.view import ANY, WorkedView, of_example, of_surface
from gdplay.words import escaped, sentence


def head(view: WorkedView) -> PopoverContainer:
    """Draw the title and what leads away; return the place for the address."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="head"):
        title("Worked examples: every number to check by hand", width="stretch")
        if st.button(
            "Open on Compare", icon=":material/landscape:", key=key("compare"),
            help="The same function, start, rule and rate. Your experiment there is replaced; "
            "Back brings it back.",
        ):  # fmt: skip
            state.go("compare", view.experiment)
        menu = share.menu()
    for text in state.notices():
        st.info(text)
    return menu


def controls(view: WorkedView) -> WorkedView:
    """Draw what is given; return the view that it asks for."""
    st.segmented_control(
        "Example", [*EXAMPLES, ANY], default=view.example, key=key("example"),
        format_func=lambda name: EXAMPLES[name].heading if name in EXAMPLES else "Any function",
        required=True, label_visibility="collapsed", on_change=_choose_example,
    )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="given"):
        if view.example == ANY:
            functions = {Expression.key: FIRST, **SURFACES}
            _menu("Function", "surface", functions, view.surface, _choose_surface, 235)
        rules = {name: OPTIMIZERS[name] for name in at_hand(view.problem)}
        _menu("Rule", "rule", rules, view.rule, _choose_rule, 150)
        numbers = _numbers(view)
        n = st.number_input("Steps", 1, MAX_STEPS, view.n, step=1, key=key("n"), width=125)
        exam = st.toggle(
            "Exam mode", view.exam, key=key("exam"),
            help="Shows what is given, and each row only when you ask for it.",
        )  # fmt: skip
    if isinstance(view.problem, Expression):
        own_function(view.problem, _choose_function)
    try:
        new = replace(view, **numbers, n=n, exam=exam)
    except ValueError as error:
        st.warning(escaped(sentence(str(error))))
        new = replace(view, n=n, exam=exam)
    # Other givens would show rows that were not asked for.
    revealed = view.revealed if view.exam and new.given == view.given else 0
    return replace(new, revealed=min(revealed, n))


def _menu(
    label: str,
    name: str,
    entries: Mapping[str, Entry],
    value: str,
    on_change: Callable[[], None],
    width: int,
) -> None:
    st.selectbox(
        label, list(entries), index=list(entries).index(value), key=key(name), width=width,
        format_func=lambda name: entries[name].title, on_change=on_change,
    )  # fmt: skip


def _numbers(view: WorkedView) -> dict[str, Any]:
    """Draw start, rate and momentum; return them by name."""
    first, second = view.problem.param_names
    labels = {"x": f"Start {first}", "y": f"Start {second}", "lr": "Rate η"}
    if "beta" in knobs(view.optimizer):
        labels["beta"] = "Momentum β"
    about = knobs(view)
    return {
        name: st.number_input(
            label, about[name].low, about[name].high, getattr(view, name), format="%g",
            step={"lr": 0.01, "beta": 0.05}.get(name, 0.5), key=key(name), width=125,
        )
        for name, label in labels.items()
    }  # fmt: skip


def _choose_example() -> None:
    name, view = picked("example"), state.current().view
    chosen = of_surface(view.surface) if name == ANY else of_example(name)
    state.show(state.current().experiment, replace(chosen, exam=view.exam))


def _choose_surface() -> None:
    view = state.current().view
    _show(of_surface(picked("surface"), view.rule, view.n, view.text))


def _choose_function(function: Expression) -> None:
    view = state.current().view
    _show(of_surface(Expression.key, view.rule, view.n, function.text))


def _show(chosen: WorkedView) -> None:
    view = state.current().view
    state.show(state.current().experiment, replace(chosen, beta=view.beta, exam=view.exam))


def _choose_rule() -> None:
    """Take another rule; the rate stays where it means the same to both."""
    view, rule = state.current().view, OPTIMIZERS[picked("rule")]
    if lack(view.problem, rule):
        return  # a function was chosen just before that cannot tell what this rule asks for
    kinds = {(rule.limit(1.0) is None, rule.relative) for rule in (rule, view.optimizer)}
    lr = view.lr if len(kinds) == 1 else usual_rate(rule, view.problem)
    state.show(state.current().experiment, replace(view, rule=rule.key, lr=lr, revealed=0))
