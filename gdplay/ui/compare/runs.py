"""Controls of the runs: one rate for all, and a card per run."""

from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.elements.lib.mutable_popover_container import PopoverContainer

from gdplay.experiment import Experiment, Run, labels
from gdplay.figures.rate_tracks import together as can_go_together
from gdplay.figures.theme import Theme
from gdplay.knobs import knobs
from gdplay.link import MAX_RUNS
from gdplay.loss.fit import Fit
from gdplay.optimizers import OPTIMIZERS, Optimizer
from gdplay.sampling import SAMPLINGS
from gdplay.schedules import SCHEDULES, Schedule
from gdplay.teaching.summary import run_words
from gdplay.theory.curvature import Curvature, curvature
from gdplay.ui import state
from gdplay.ui.compare.hand import TOGETHER, slider
from gdplay.ui.marks import fine_print, swatch
from gdplay.ui.rate import picked as picked_rate
from gdplay.ui.rate import rate as draw_rate
from gdplay.ui.state import key, picked
from gdplay.ui.widgets import drawer, knob_widgets


def runs(experiment: Experiment, theme: Theme) -> Experiment:
    """Draw the rate for all and a card per run; return the experiment they ask for."""
    view = state.current().view
    facts = curvature(experiment.problem)
    together = view.together and can_go_together(experiment)
    bar = _rate_bar(together, len(experiment.runs) > 1)
    rate = picked_rate(TOGETHER, experiment.runs[0].optimizer.lr) if together else None
    cards, headings = [], []
    for first in range(0, len(experiment.runs), 3):
        row = experiment.runs[first : first + 3]
        for place, column in enumerate(st.columns(max(len(row), 2)), start=first):
            if place < len(experiment.runs):
                with column, st.container(border=True, gap="xxsmall", key=f"card{place}"):
                    with _row():
                        headings.append(st.container(gap=None))
                        _eye(place, f"run{place}")
                        more = drawer("More", f"run{place}.more", type="tertiary")
                    cards.append(_card(experiment, place, rate, facts, more))
    asked = replace(experiment, runs=tuple(cards))
    # Last, because they speak of the rates, rules and rows that were chosen just now.
    for place, (heading, name) in enumerate(zip(headings, labels(asked), strict=True)):
        with heading:
            swatch(theme, place, name, faded=view.hides(place))
    if together:
        rules = [run.optimizer for run in asked.runs]
        with bar:
            draw_rate(TOGETHER, "Learning rate for all runs", rules[0].lr, asked, rules)
    return asked


def _rate_bar(together: bool, several: bool) -> DeltaGenerator:
    """Draw the switch; return the place of the control that drives all runs."""
    place, switch = st.columns([8.5, 1.5], vertical_alignment="center")
    switch.toggle(
        "One for all",
        together,
        key=key("together"),
        on_change=set_together,
        disabled=not several,
        help="One learning rate drives all runs, or each run has its own.",
    )
    return place


def set_together() -> None:
    """Take the switch "one rate for all": the first run's rate becomes everybody's."""
    shown, together = state.current(), picked("together")
    experiment = shown.experiment
    if together:
        lr = experiment.runs[0].optimizer.lr
        experiment = replace(
            experiment,
            runs=tuple(
                replace(run, optimizer=replace(run.optimizer, lr=lr)) for run in experiment.runs
            ),
        )
    state.show(experiment, replace(shown.view, together=together))


def _card(
    experiment: Experiment,
    place: int,
    rate: float | None,
    facts: Curvature,
    more: PopoverContainer,
) -> Run:
    """Draw the controls of a run under its heading; return the run they ask for."""
    run, n = experiment.runs[place], experiment.problem.n_samples
    where = f"run{place}"
    with _row():
        size = _rows(run, n, where) if n > 1 else None
        optimizer = _optimizer(run, rate, where)
    if rate is None:
        label = f"Learning rate of {labels(experiment)[place]}"
        lr = draw_rate(slider(place), label, run.optimizer.lr, experiment, [optimizer])
        optimizer = replace(optimizer, lr=lr)
    run = replace(run, batch_size=size, optimizer=optimizer)
    fine_print(run_words(run, n, facts))
    if not more.open:
        return run
    with more:
        return _details(experiment, run, place, where)


def _row() -> DeltaGenerator:
    return st.container(horizontal=True, vertical_alignment="center", gap="small")


def _eye(place: int, where: str) -> None:
    hidden = state.current().view.hides(place)
    st.button(
        "Show" if hidden else "Hide",
        key=key(f"{where}.eye"),
        on_click=_toggle,
        args=(place,),
        type="tertiary",
    )


def _rows(run: Run, n: int, where: str) -> int | None:
    size = st.number_input(
        "Rows per update",
        1,
        n,
        run.rows(n),
        step=1,
        key=key(f"{where}.rows.{n}"),
        icon=":material/table_rows:",
        label_visibility="collapsed",
        width=125,
    )
    return None if size == n else int(size)


def _optimizer(run: Run, rate: float | None, where: str) -> Optimizer:
    options = list(OPTIMIZERS)
    name = st.selectbox(
        "Optimizer",
        options,
        index=options.index(run.optimizer.key),
        key=key(f"{where}.rule"),
        format_func=lambda name: OPTIMIZERS[name].title,
        label_visibility="collapsed",
    )
    rule = run.optimizer if name == run.optimizer.key else OPTIMIZERS[name]
    return replace(rule, lr=rate or run.optimizer.lr)


def _details(experiment: Experiment, run: Run, place: int, where: str) -> Run:
    st.latex(run.optimizer.formula)
    st.caption(run.optimizer.about)
    rule = run.optimizer
    values = knob_widgets(rule, f"{where}.{rule.key}", set(knobs(rule)) - {"lr"})
    lr = st.number_input(
        "Exact learning rate", 1e-8, 1e3, rule.lr, format="%g", step=rule.lr / 10,
        key=key(f"{where}.{rule.key}.{rule.lr!r}.exact"),
    )  # fmt: skip
    if lr != rule.lr:
        _set_rate(experiment, place, lr)
    run = replace(run, optimizer=replace(rule, **values))
    if experiment.problem.n_samples > 1:
        run = _sampling(run, where)
    run = replace(run, schedule=_schedule(run, where))
    own = st.number_input(
        "Own epochs", 1, 5000, run.epochs, step=1, key=key(f"{where}.epochs"),
        placeholder=f"{experiment.epochs}, as the others", help=knobs(run)["epochs"].help,
    )  # fmt: skip
    run = replace(run, epochs=own)
    _buttons(experiment, place, where)
    return run


def _set_rate(experiment: Experiment, place: int, lr: float) -> None:
    together = state.current().view.together
    state.show(
        replace(
            experiment,
            runs=tuple(
                replace(run, optimizer=replace(run.optimizer, lr=lr))
                if together or i == place
                else run
                for i, run in enumerate(experiment.runs)
            ),
        )
    )
    st.rerun()


def _sampling(run: Run, where: str) -> Run:
    options = list(SAMPLINGS)
    sampling = st.selectbox(
        "Order of the rows", options, index=options.index(run.sampling),
        key=key(f"{where}.sampling"), format_func=lambda k: SAMPLINGS[k].title,
        help=SAMPLINGS[run.sampling].about,
    )  # fmt: skip
    drop = st.toggle(
        "Drop the short last batch", run.drop_last, key=key(f"{where}.drop_last"),
        help=knobs(run)["drop_last"].help,
    )  # fmt: skip
    return replace(run, sampling=sampling, drop_last=drop)


def _schedule(run: Run, where: str) -> Schedule:
    options = list(SCHEDULES)
    name = st.selectbox(
        "Schedule of the rate", options, index=options.index(run.schedule.key),
        key=key(f"{where}.schedule"), format_func=lambda k: SCHEDULES[k].title,
    )  # fmt: skip
    schedule = run.schedule if name == run.schedule.key else SCHEDULES[name]
    return replace(schedule, **knob_widgets(schedule, f"{where}.{schedule.key}"))


def _buttons(experiment: Experiment, place: int, where: str) -> None:
    """Draw what can be done with a run as a whole."""
    full, last = len(experiment.runs) >= MAX_RUNS, len(experiment.runs) == 1
    fit = experiment.problem
    actions = [
        ("Duplicate", "copy", duplicate, full, "Then change one thing."),
        ("Solo", "solo", _solo, last, "Hide all other runs, or show them again."),
        ("Remove", "remove", _remove, last, "Back brings it back."),
    ]
    if isinstance(fit, Fit) and fit.n_classes:
        actions.append(("Its fit", "focus", _focus, False, "Show this run's regions or matrix."))
    with st.container(horizontal=True, gap="small"):
        for title, name, action, off, about in actions:
            st.button(
                title,
                key=key(f"{where}.{name}"),
                on_click=action,
                args=(place,),
                disabled=off,
                help=about,
            )


def _focus(place: int) -> None:
    now, view = state.current()
    state.show(now, replace(view, focus=place))


def duplicate(place: int) -> None:
    """Put a copy of a run right behind it."""
    now, view = state.current()
    runs = (*now.runs[: place + 1], now.runs[place], *now.runs[place + 1 :])
    state.show(replace(now, runs=runs), view.copied(place))


def _remove(place: int) -> None:
    now, view = state.current()
    runs = (*now.runs[:place], *now.runs[place + 1 :])
    state.show(replace(now, runs=runs), view.without(place))


def _toggle(place: int) -> None:
    now, view = state.current()
    state.show(now, view.turned(place))


def _solo(place: int) -> None:
    now, view = state.current()
    state.show(now, view.alone(place, len(now.runs)))
