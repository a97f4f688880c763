"""The Worked examples page: each update with all its numbers, to be checked by hand."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from itertools import groupby
from typing import Any

import streamlit as st
from streamlit.elements.lib.mutable_popover_container import PopoverContainer

from gdplay import figures
from gdplay.engine.replay import replay
from gdplay.engine.training import Trace
from gdplay.experiment import Experiment, Run
from gdplay.figures.theme import THEMES, Theme
from gdplay.knobs import Knobs, knob, knobs
from gdplay.loss.surfaces import SURFACES, Surface
from gdplay.optimizers import OPTIMIZERS, SYMBOLS, Optimizer
from gdplay.registry import Entry
from gdplay.teaching.arithmetic import DIGITS, tex, written_out
from gdplay.teaching.worked import (
    EXAMPLES,
    MAX_STEPS,
    WRITTEN,
    Row,
    agrees,
    arithmetic,
    cells,
    csv,
    markdown,
    number,
    steps,
    told,
)
from gdplay.theory.curvature import curvature, stability_limit
from gdplay.ui import parts, results, state
from gdplay.ui.state import key, picked
from gdplay.ui.widgets import drawer
from gdplay.words import escaped, quantity

ANY = "any"
FAR = 1e6
"""No start lies farther out on either axis."""


@dataclass(frozen=True)
class WorkedView(Knobs):
    """What the page works through.

    Attributes
    ----------
    example : a key of EXAMPLES, which sets the function; or "any"
    surface : the function where the example is "any"
    rule, lr, beta : the rule, its rate, its momentum where it has one
    x, y : the start
    n : rows of the table
    step : the update that is written out
    exam : whether rows stay hidden until asked for
    revealed : rows shown in an exam
    """

    example: str = knob("bowl", choices=(*EXAMPLES, ANY))
    surface: str = knob("booth", choices=tuple(SURFACES))
    rule: str = knob("sgd", choices=tuple(OPTIMIZERS))
    x: float = knob(3.0, -FAR, FAR)
    y: float = knob(4.0, -FAR, FAR)
    lr: float = knob(0.1, 1e-8, 1e3)
    beta: float = knob(0.9, 0.0, 0.9999)
    n: int = knob(1, 1, MAX_STEPS)
    step: int = knob(1, 1, MAX_STEPS)
    exam: bool = knob(False)
    revealed: int = knob(0, 0, MAX_STEPS)

    @property
    def problem(self) -> Surface:
        """The function."""
        return SURFACES[self.surface] if self.example == ANY else EXAMPLES[self.example].surface

    @property
    def optimizer(self) -> Optimizer:
        """The rule with its numbers."""
        rule = OPTIMIZERS[self.rule]
        mine = {name: getattr(self, name) for name in ("lr", "beta") if name in knobs(rule)}
        return replace(rule, **mine)

    @property
    def start(self) -> tuple[float, float]:
        """Where the first update begins."""
        return (self.x, self.y)

    @property
    def experiment(self) -> Experiment:
        """The rows as an experiment: one update is one epoch."""
        return Experiment(self.problem, (Run(self.optimizer),), start=self.start, epochs=self.n)

    @property
    def given(self) -> tuple[object, ...]:
        """What the rows follow from."""
        return self.problem, self.start, self.optimizer

    def known(self, rows: Sequence[Row]) -> Sequence[Row]:
        """Return those of the rows that may be seen."""
        return rows[: self.revealed] if self.exam else rows


def page() -> None:
    """Draw the page."""
    shown, theme = state.current(), THEMES.get(st.context.theme.type or "light", figures.LIGHT)
    share = _head(shown.view)
    with st.container(key="worked", gap="small"):
        view = _controls(shown.view)
        rows = steps(view.problem, view.optimizer, view.start, view.n)
        known = view.known(rows)
        view = _body(view, rows, known, theme)
    state.save(shown.experiment, view)
    parts.share(share, "The address of this page is the worked example, an exam included.")


def _head(view: WorkedView) -> PopoverContainer:
    """Draw the title and what leads away; return the place for the address."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown("### Worked examples: every number to check by hand", width="stretch")
        if st.button(
            "Open on Compare", icon=":material/landscape:", key=key("compare"),
            help="The same function, start, rule and rate. Your experiment there is replaced; "
            "Back brings it back.",
        ):  # fmt: skip
            state.go("compare", view.experiment)
        share = drawer("Share", "share", ":material/link:")
    for text in state.notices():
        st.info(text)
    return share


# Controls


def of_example(name: str) -> WorkedView:
    """Return the view of an example as it is given."""
    example = EXAMPLES[name]
    (x, y), rule = example.start, example.rule
    beta = getattr(rule, "beta", WorkedView.beta)
    return WorkedView(
        example=name, rule=rule.key, x=x, y=y, lr=rule.lr, beta=beta, n=example.n_steps
    )


def of_surface(name: str, rule: str = "sgd", n: int = 3) -> WorkedView:
    """Return the view of any function, from its usual start at a round rate that suits it."""
    x, y = SURFACES[name].start
    rate = _usual_rate(OPTIMIZERS[rule], SURFACES[name])
    return WorkedView(example=ANY, surface=name, rule=rule, x=x, y=y, lr=rate, n=n)


def _usual_rate(rule: Optimizer, surface: Surface) -> float:
    """Return a fifth of 2/L to one digit; rules that ignore it step by about a tenth."""
    if stability_limit(rule, 1.0) is None:
        return max(rule.lr, 0.1)
    return float(f"{curvature(surface).limit / 5:.0e}")


def _choose_example() -> None:
    name, view = picked("example"), state.current().view
    chosen = of_surface(view.surface) if name == ANY else of_example(name)
    state.show(state.current().experiment, replace(chosen, exam=view.exam))


def _choose_surface() -> None:
    view = state.current().view
    chosen = of_surface(picked("surface"), view.rule, view.n)
    state.show(state.current().experiment, replace(chosen, beta=view.beta, exam=view.exam))


def _choose_rule() -> None:
    """Take another rule; the rate stays where it means the same to both."""
    view, rule = state.current().view, OPTIMIZERS[picked("rule")]
    alike = {stability_limit(r, 1.0) is None for r in (rule, view.optimizer)}
    lr = view.lr if len(alike) == 1 else _usual_rate(rule, view.problem)
    state.show(state.current().experiment, replace(view, rule=rule.key, lr=lr, revealed=0))


def _controls(view: WorkedView) -> WorkedView:
    """Draw what is given; return the view that it asks for."""
    st.segmented_control(
        "Example", [*EXAMPLES, ANY], default=view.example, key=key("example"),
        format_func=lambda name: EXAMPLES[name].title if name in EXAMPLES else "Any function",
        required=True, label_visibility="collapsed", on_change=_choose_example,
    )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="given"):
        if view.example == ANY:
            _menu("Function", "surface", SURFACES, view.surface, _choose_surface, 235)
        _menu("Rule", "rule", OPTIMIZERS, view.rule, _choose_rule, 150)
        numbers = _numbers(view)
        n = st.number_input("Steps", 1, MAX_STEPS, view.n, step=1, key=key("n"), width=125)
        exam = st.toggle(
            "Exam mode", view.exam, key=key("exam"),
            help="Shows what is given, and each row only when you ask for it.",
        )  # fmt: skip
    new = replace(view, **numbers, n=n, exam=exam)
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


# What follows from them


def _body(view: WorkedView, rows: Sequence[Row], known: Sequence[Row], theme: Theme) -> WorkedView:
    """Draw formulas, picture, table and copies; return the view with the update written out."""
    left, right = st.columns([1.5, 1], gap="medium")
    with left:
        _formulas(view)
        if view.exam:
            _ask(view, rows)
        view = _written_out(view, known)
    with right:
        _picture(view, len(known), theme)
    st.html(table(view, rows, known))
    _words(view, rows, known)
    if known:
        _copies(known)
    return view


def _formulas(view: WorkedView) -> None:
    names = ", ".join(_symbol(name) for name in view.problem.param_names)
    slopes = r",\; ".join(view.problem.slopes)
    with st.container(key="formulas"):
        st.latex(
            rf"\begin{{aligned}} f({names}) &= {view.problem.formula} \\"
            rf"g = \nabla f &= \big({slopes}\big) \end{{aligned}}"
        )
        st.latex(view.optimizer.formula)
    fixed = [name for name in knobs(view.optimizer) if name not in ("lr", "beta")]
    if fixed:
        values = {SYMBOLS.get(name, name): getattr(view.optimizer, name) for name in fixed}
        st.caption(", ".join(f"${symbol} = {tex(value)}$" for symbol, value in values.items()))


def _symbol(name: str) -> str:
    return f"{name[0]}_{name[1:]}" if name[1:] else name


def _ask(view: WorkedView, rows: Sequence[Row]) -> None:
    """Draw, in an exam, the fields for one's own answer and the way to the next row."""
    if view.revealed >= len(rows):
        st.caption("All rows are shown.")
        return
    row = rows[view.revealed]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="answer"):
        answers = [
            st.number_input(
                f"Your {name} after update {row.number}", -1e300, 1e300, None, format="%g",
                key=key(f"answer.{row.number}.{name}"), width=190,
            )
            for name in row.names
        ]  # fmt: skip
        st.button("Show the next row", type="primary", key=key("next"), on_click=_reveal)
        verdicts = [
            f"{name} {'is right' if agrees(answer, value, step) else 'is not right yet'}"
            for name, answer, value, step in zip(
                row.names, answers, row.new_params, row.step, strict=True
            )
            if answer is not None
        ]
        st.caption(", ".join(verdicts) or "Right means: to half a percent.", width="content")


def _reveal() -> None:
    experiment, view = state.current()
    state.show(experiment, replace(view, revealed=view.revealed + 1, step=view.revealed + 1))


def _written_out(view: WorkedView, known: Sequence[Row]) -> WorkedView:
    """Draw one update with its numbers; return the view that says which."""
    if not known:
        return view
    chosen = min(view.step, len(known))
    if len(known) > 1:
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key="which"):
            st.caption("Written out: update", width="content")
            chosen = st.number_input(
                "Update written out", 1, len(known), chosen, step=1, width=125,
                key=key(f"step.{len(known)}"), label_visibility="collapsed",
            )  # fmt: skip
    with st.container(key="arithmetic"):
        st.latex(arithmetic(view.optimizer, known, chosen - 1))
        if not isinstance(view.optimizer, WRITTEN):
            _line_by_line(view, chosen)
    return replace(view, step=chosen)


def _line_by_line(view: WorkedView, update: int) -> None:
    """Draw the rule's own lines for each parameter, from the state the run then has."""
    experiment = replace(view.experiment, epochs=update)
    if int(results.traces(experiment)[0].path_updates[-1]) < update:
        return
    step, names = replay(experiment, 0, update), view.problem.param_names
    with st.expander(f"Line by line, for {' and '.join(names)}"):
        for place, name in enumerate(names):
            st.caption(f"for **{name}**, with {DIGITS} digits, more where its step needs them")
            st.latex(written_out(view.optimizer, step, place))


def _picture(view: WorkedView, n_known: int, theme: Theme) -> None:
    """Draw the path as far as it is known, in a box that knows no more."""
    experiment = replace(view.experiment, epochs=max(n_known, 1))
    traces = results.traces(experiment)
    if not n_known:
        traces = tuple(_at_start(trace) for trace in traces)
    land = results.ground(experiment, traces, "0,1")
    figure = figures.contour(experiment, traces, land, theme=theme)
    # One scale for both axes: a round bowl is round, and steps stand square on level lines.
    figure.update_xaxes(constrain="domain")
    figure.update_yaxes(constrain="domain", scaleanchor="x")
    figure.update_traces(cliponaxis=False, selector={"name": "start"})
    figure.update_layout(margin_t=20)
    alt = f"A map of the function with the path of {quantity(n_known, 'update')} from the start"
    parts.chart(figure, f"map.{n_known}", 280, alt)


def _at_start(trace: Trace) -> Trace:
    """Return a trace cut off before its first update."""
    cut = {name: getattr(trace, name)[:, :1] for name in ("params", "loss", "running_loss")}
    once = ("updates", "path", "path_updates", "batch_loss")
    return replace(trace, **cut, **{name: getattr(trace, name)[:1] for name in once})


def _words(view: WorkedView, rows: Sequence[Row], known: Sequence[Row]) -> None:
    """Say what the rows that are seen show, and what is odd about them."""
    said = [told(known)]
    if len(known) == len(rows):
        example = EXAMPLES.get(view.example)
        if example and (example.surface, example.start, example.rule) == view.given:
            said += [example.about] if view.n == example.n_steps else []
        if len(rows) < view.n:
            said.append(f"Update {len(rows) + 1} goes beyond 1e300: the run diverges.")
    if any(number(cell.value).startswith("≈") for row in known for cell in cells(row)):
        said.append("≈ marks a number with more than 8 digits, rounded to 6.")
    st.markdown(escaped(" ".join(filter(None, said))))


def table(view: WorkedView, rows: Sequence[Row], known: Sequence[Row]) -> str:
    """Return the table in HTML: known rows whole, of the next one what it starts from."""
    columns = cells(rows[0])
    groups = [(heading, len(list(group))) for heading, group in groupby(columns, lambda c: c[0])]
    first = {sum(size for _, size in groups[:place]) for place in range(len(groups))}
    edges = [' class="gd-edge"' * (place in first) for place in range(len(columns))]
    top = "".join(
        f'<th class="gd-edge" colspan="{size}">{_HEADS.get(heading, heading)}</th>'
        for heading, size in groups
    )
    below = "".join(
        f"<th{edge}>{escape(cell.name)}</th>" for edge, cell in zip(edges, columns, strict=True)
    )
    body = ""
    for place in range(view.n if view.exam else len(rows)):
        texts = [""] * len(columns)
        if place < len(known):
            texts = [number(cell.value) for cell in cells(known[place])]
        elif place == len(known):
            texts[:2] = [number(value) for value in rows[place].params] if place < len(rows) else []
        line = "".join(
            f"<td{edge}>{text.replace('-', '−')}</td>"
            for edge, text in zip(edges, texts, strict=True)
        )
        body += f"<tr><th>{place + 1}</th>{line}</tr>"
    return (
        '<div class="gd-table gd-worked"><table><thead>'
        f"<tr><th></th>{top}</tr><tr><th>update</th>{below}</tr></thead>"
        f"<tbody>{body}</tbody></table></div>"
    )


_HEADS = {"gradient": "gradient g", "velocity": "velocity v"}


def _copies(known: Sequence[Row]) -> None:
    """Draw the table as Markdown and as CSV, each with its copy button."""
    texts = {"Markdown": markdown(known), "CSV": csv(known)}
    abouts = ("Numbers as in the table.", "Every number with all digits that a float holds.")
    with st.expander("Copy the table"):
        for (name, text), about in zip(texts.items(), abouts, strict=True):
            st.caption(f"{name}. {about}")
            st.code(text, language=None)
