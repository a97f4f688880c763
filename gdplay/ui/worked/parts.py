"""What follows from the given on Worked examples: formulas, exam, one update, picture, table."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from gdplay import figures
from gdplay.engine.replay import replay
from gdplay.engine.training import until
from gdplay.figures.theme import Theme
from gdplay.knobs import by_symbol
from gdplay.loss.expressions import Expression
from gdplay.teaching import arithmetic, worked
from gdplay.teaching.verdicts import signed
from gdplay.teaching.worked import Row, csv, in_vectors, judged, markdown
from gdplay.ui import results, state
from gdplay.ui.parts import chart
from gdplay.ui.state import key, picked
from gdplay.ui.worked.view import WorkedView
from gdplay.words import escaped, joined, quantity


def formulas(view: WorkedView) -> None:
    """Draw the function with its gradient, the rule, and those of its numbers that stay."""
    names = ", ".join(view.problem.symbols)
    lines = [f"f({names}) &= {view.problem.formula}"]
    if all(view.problem.slopes):
        slopes = r",\; ".join(view.problem.slopes)
        lines.append(rf"g = \nabla f &= \big({slopes}\big)")
    with st.container(key="formulas"):
        st.latex(r"\begin{aligned}" + r" \\ ".join(lines) + r"\end{aligned}")
        st.latex(view.optimizer.formula)
    if isinstance(view.problem, Expression):
        st.caption(escaped(view.problem.how))
    fixed = [
        f"${symbol} = {arithmetic.tex(value)}$"
        for symbol, value in by_symbol(view.optimizer).items()
        if symbol not in (r"\eta", r"\beta")
    ]
    if fixed:
        st.caption(", ".join(fixed))


def ask(view: WorkedView, rows: Sequence[Row]) -> None:
    """Draw, in an exam, the fields for one's own answer; a right one shows its row and asks on."""
    if view.revealed and st.session_state.get(_RIGHT) == (view.given, view.revealed):
        st.markdown(f"{signed(True, 'Right.')} {_answer(rows[view.revealed - 1])}")
    if view.revealed >= len(rows):
        st.caption("All rows are shown.")
        return
    row = rows[view.revealed]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="answer"):
        for name in row.names:
            st.number_input(
                f"Your {name} after update {row.number}", -1e300, 1e300, None, format="%g",
                key=key(f"answer.{row.number}.{name}"), width=190, on_change=_check, args=(row,),
            )  # fmt: skip
        st.button("Show the next row", key=key("next"), on_click=state.as_drawn(_reveal))
    st.markdown(_verdicts(row) or ":gray[Right means: to half a percent.]")


_RIGHT = "worked.right"
"""The session's key for the row that was answered right just now."""


def _answers(row: Row) -> list[float | None]:
    return [picked(f"answer.{row.number}.{name}") for name in row.names]


def _answer(row: Row) -> str:
    values = zip(row.names, row.new_params, strict=True)
    told = joined([f"{name} = {worked.number(value)}" for name, value in values])
    return f"After update {row.number}: {told}."


def _verdicts(row: Row) -> str:
    """Return what is to be said of what was answered so far, in Markdown; may be empty."""
    texts = []
    for place, (name, answer) in enumerate(zip(row.names, _answers(row), strict=True)):
        if answer is not None:
            wrong = judged(row, place, answer)
            texts.append(
                f"{signed(False, name)} is {wrong}." if wrong else f"{signed(True, name)} is right."
            )
    return " ".join(texts)


def _check(row: Row) -> None:
    """Show the row where all of it was answered right."""
    answers = _answers(row)
    if all(a is not None and not judged(row, place, a) for place, a in enumerate(answers)):
        st.session_state[_RIGHT] = (state.current().view.given, row.number)
        _reveal()


def _reveal() -> None:
    experiment, view = state.current()
    state.show(experiment, replace(view, revealed=view.revealed + 1, step=view.revealed + 1))


def written_out(view: WorkedView, known: Sequence[Row]) -> WorkedView:
    """Draw one update with its numbers; return the view that says which."""
    if not known:
        return view
    number = min(view.step, len(known))
    if len(known) > 1:
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key="which"):
            st.caption("Written out: update", width="content")
            number = st.number_input(
                "Update written out", 1, len(known), number, step=1, width=125,
                key=key(f"step.{len(known)}"), label_visibility="collapsed",
            )  # fmt: skip
    with st.container(key="arithmetic"):
        st.latex(worked.arithmetic(view.optimizer, known, number - 1))
        if not in_vectors(view.optimizer):
            _line_by_line(view, number)
    return replace(view, step=number)


def _line_by_line(view: WorkedView, update: int) -> None:
    """Draw the rule's own lines for each parameter, from the state the run then has."""
    experiment = replace(view.experiment, epochs=update)
    if int(results.traces(experiment)[0].path_updates[-1]) < update:
        return
    step, names = replay(experiment, 0, update), view.problem.param_names
    with st.expander(f"Line by line, for {' and '.join(names)}"):
        for place, name in enumerate(names):
            st.caption(
                f"for **{name}**, with {arithmetic.DIGITS} digits, more where its step needs them"
            )
            st.latex(arithmetic.written_out(view.optimizer, step, place))


def picture(view: WorkedView, n_known: int, theme: Theme) -> None:
    """Draw the path as far as it is known, in a box that knows no more."""
    experiment = replace(view.experiment, epochs=max(n_known, 1))
    traces = results.traces(experiment)
    if not n_known:
        traces = tuple(until(trace, 0) for trace in traces)
    land = results.ground(experiment, traces, "0,1")
    figure = figures.contour(experiment, traces, land, theme=theme)
    # One scale for both axes: a round bowl is round, and steps stand square on level lines.
    figure.update_xaxes(constrain="domain")
    figure.update_yaxes(constrain="domain", scaleanchor="x")
    figure.update_layout(margin_t=20)
    alt = f"A map of the function with the path of {quantity(n_known, 'update')} from the start"
    chart(figure, f"map.{n_known}", 350, alt)


def copies(known: Sequence[Row]) -> None:
    """Draw the table as Markdown and as CSV, each with its copy button."""
    texts = {"Markdown": markdown(known), "CSV": csv(known)}
    abouts = ("Numbers as in the table.", "Every number with all digits that a float holds.")
    with st.expander("Copy the table"):
        for (name, text), about in zip(texts.items(), abouts, strict=True):
            st.caption(f"{name}. {about}")
            st.code(text, language=None)
