"""An update's numbers on the page: its rows, their mean, the rate, the rule, what came out."""

import itertools
from collections.abc import Mapping, Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from gdplay.engine.replay import Step
from gdplay.experiment import Run
from gdplay.figures.tables import numbers_table
from gdplay.loss.fit import Fit
from gdplay.loss.problem import Problem
from gdplay.loss.surfaces import Surface
from gdplay.schedules import WARMS_UP
from gdplay.teaching import arithmetic, propagation
from gdplay.teaching.summary import UNITS
from gdplay.teaching.update_tables import (
    Cell,
    params_rows,
    raw_params_rows,
    rows_table,
    showing_change,
    telling,
    titles,
)
from gdplay.words import escaped, number, quantity

SHOWN_ROWS = 8
SHOWN_PARAMS = 6


def sums(problem: Problem, run: Run, step: Step, n_updates: int) -> None:
    """Draw the update step by step: symbols on the left, this update's numbers beside them.

    `n_updates` are those of the whole run, which schedules look at.
    """
    count = itertools.count(1)
    st.caption(
        f"Numbers have {arithmetic.DIGITS} digits, more where a difference needs them. Each line "
        "was computed from all of them: by hand, its last digit may differ."
    )
    if isinstance(problem, Fit):
        _rows_part(next(count), problem, step)
        if through := propagation.layers(problem, step):
            _layers_part(next(count), problem, through)
        _mean_part(next(count), problem, step)
    elif isinstance(problem, Surface):
        _slope_part(next(count), problem, step)
    _rate_part(next(count), run, step, n_updates)
    _rule_part(next(count), run, step, titles(problem))
    _result_part(next(count), run, step, problem)


def _part(
    title: str, symbols: str, note: str = "", *, wide: bool = False
) -> Sequence[DeltaGenerator]:
    """Draw a heading and the symbols; return the columns for the numbers."""
    st.markdown(f"## {title}")
    left, *others = st.columns([1, 2] if wide else [1, 1, 1], gap="medium")
    with left:
        st.latex(symbols)
        if note:
            st.caption(note)
    return others


def _each(title: str, symbols: str, note: str, lines: Mapping[str, str]) -> None:
    """Draw a heading, the symbols, and each parameter's numbers, by its name.

    They stand beside each other where they find room, else under each other.
    """
    wide = any(arithmetic.width(line) > arithmetic.WIDE + 4 for line in lines.values())
    columns = _part(title, symbols, note, wide=wide)
    places = list(columns) * len(lines) if wide else columns
    for column, (name, line) in zip(places, lines.items(), strict=False):
        with column:
            st.caption(f"for **{escaped(name)}**")
            st.latex(line)


def _rows_part(place: int, fit: Fit, step: Step) -> None:
    count = len(step.rows)
    title = "Each row: its prediction, its loss, its gradient"
    symbols, words = arithmetic.row_symbols(fit, step), arithmetic.row_words(fit, step)
    note = f"row {quantity(step.rows[0])} (counted from 0), the first of the batch, in numbers"
    if r"\text{ is its class}" in symbols:
        note += f"; k is its class, {fit.data.class_names[int(fit.y[step.rows[0]])]}"
    first = arithmetic.row_numbers(fit, step)
    (right,) = _part(f"{place}. {title}", symbols, words, wide=True)
    if first:
        with right:
            st.caption(f"{escaped(note)}:")
            st.latex(first)
    st.html(numbers_table(*rows_table(fit, step, slice(SHOWN_ROWS))))
    if count > SHOWN_ROWS:
        more = st.expander(
            f"… {quantity(count - SHOWN_ROWS)} more: all {quantity(count)} rows",
            key="all_rows", on_change="rerun",
        )  # fmt: skip
        if more.open:
            heads, rows = rows_table(fit, step, slice(None), most=20)
            _frame(more, heads, rows)


def _frame(place: DeltaGenerator, heads: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
    """Draw a long table that scrolls in itself."""
    columns = [i for i, head in enumerate(heads) if head != "…"]
    # Named by number: two columns may share a name.
    data = {str(i): [row[i] for row in rows] for i in columns}
    config = {
        str(i): st.column_config.NumberColumn(heads[i], format="%.6g")
        if isinstance(rows[0][i], float)
        else st.column_config.Column(heads[i])
        for i in columns
    }
    place.dataframe(data, column_config=config, hide_index=True, height=320)


def _layers_part(place: int, fit: Fit, through: Sequence[propagation.Layer]) -> None:
    """Draw the first row's way through a network and back, and all units' numbers."""
    _each(
        f"{place}. Through the layers and back: the batch’s first row",
        propagation.in_symbols(fit),
        "δ: how the row’s loss changes with a unit’s sum. In numbers, the unit of each layer where "
        "that is most.",
        propagation.in_numbers(fit, through),
    )
    rows = propagation.units_table(through)
    more = st.expander(f"All {quantity(len(rows))} units", key="all_units", on_change="rerun")
    if more.open:
        _frame(more, propagation.HEADS, rows)


def _mean_part(place: int, fit: Fit, step: Step) -> None:
    symbols = r"g = \frac{1}{B} \sum_{i=1}^{B} g_i"
    note = f"B = {len(step.rows)} row{'s' * (len(step.rows) > 1)}"
    if fit.l2:
        symbols, note = symbols + r" + \lambda\, w", f"{note}; λ penalises weights, not the bias"
    names = titles(fit)
    lines = {names[i]: arithmetic.mean_line(step, i, fit.l2) for i in telling(step)}
    _each(f"{place}. The mean: the batch’s gradient", symbols, note, lines)


def _slope_part(place: int, surface: Surface, step: Step) -> None:
    symbols = rf"f({', '.join(surface.symbols)}) = {surface.formula}"
    lines = {
        name: arithmetic.slope_lines(surface, step.params, i)
        for i, name in enumerate(surface.param_names)
    }
    noise = step.gradient - step.full_gradient
    note = ""
    if noise.any():
        parts = " and ".join(number(value) for value in noise.tolist())
        note = f"Gradient noise is added before the rule sees it: {parts}."
    _each(f"{place}. The gradient where the run stands", symbols, note, lines)


def _rate_part(place: int, run: Run, step: Step, n_updates: int) -> None:
    note = arithmetic.rate_note(run.schedule, step.update, n_updates)
    warms_up = step.update <= run.schedule.warmup
    title = f"{place}. The learning rate: {run.schedule.title.lower()}{', warming up' * warms_up}"
    symbols = WARMS_UP if warms_up else run.schedule.formula
    (right,) = _part(title, symbols, note, wide=True)
    right.latex(arithmetic.rate_line(run, step, n_updates))


def _rule_part(place: int, run: Run, step: Step, names: Sequence[str]) -> None:
    rule = run.optimizer
    lines = {names[i]: arithmetic.written_out(rule, step, i) for i in telling(step)}
    about = " ".join(filter(None, (rule.about, rule.aside, rule.told(step.new_state))))
    _each(f"{place}. The rule: {escaped(rule.title)}", rule.formula, about, lines)


def _result_part(place: int, run: Run, step: Step, problem: Problem) -> None:
    st.markdown(f"## {place}. What came out")
    heads, rows = params_rows(run, step, problem.param_titles, problem.n_samples)
    raw_heads, raw = raw_params_rows(problem, step)
    if raw:
        st.caption(f"{UNITS[0]}.")
    lines = [showing_change(heads, row) for row in rows[:SHOWN_PARAMS]]
    st.html(numbers_table(heads, lines))
    if len(rows) > SHOWN_PARAMS:
        rest = len(rows) - SHOWN_PARAMS
        more = st.expander(
            f"… {quantity(rest)} more: all {quantity(len(rows))} parameters",
            key="all_params", on_change="rerun",
        )  # fmt: skip
        if more.open:
            _frame(more, heads, rows)
    if raw:
        few = [showing_change(raw_heads, row) for row in raw[:SHOWN_PARAMS]]
        st.html(numbers_table(raw_heads, few))
