"""Controls of the runs: a line and a panel for each, and one slider for their rates."""

from dataclasses import replace

import streamlit as st
from streamlit.elements.lib.mutable_popover_container import PopoverContainer

from gdplay.experiment import MOST_EPOCHS, Experiment, Run, labels
from gdplay.figures.rate_tracks import at_rate
from gdplay.figures.theme import Theme
from gdplay.knobs import knobs
from gdplay.link import MAX_RUNS
from gdplay.loss.fit import Fit
from gdplay.optimizers import OPTIMIZERS, RATES, Optimizer
from gdplay.sampling import SAMPLINGS
from gdplay.schedules import SCHEDULES, Schedule
from gdplay.teaching.next_run import next_run
from gdplay.teaching.summary import run_in_short, run_words
from gdplay.theory.curvature import curvature
from gdplay.ui import state
from gdplay.ui.compare.hand import ALL, slider, whose
from gdplay.ui.compare.view import View
from gdplay.ui.marks import fine_print, run_line
from gdplay.ui.rate import rate as draw_rate
from gdplay.ui.state import key, picked
from gdplay.ui.widgets import drawer, knob_widgets


def runs(experiment: Experiment, theme: Theme) -> Experiment:
    """Draw a line per run, each with a panel of its own; return the experiment they ask for."""
    names, places, asked = labels(experiment), [], []
    with st.container(horizontal=True, gap="xsmall", key="runs"):
        for place, name in enumerate(names):
            with st.container(horizontal=True, gap=None, key=f"chip{place}"):
                places.append(st.container(gap=None))
                panel = drawer(f"{name}: change, hide, copy", f"run{place}.more", type="tertiary")
                asked.append(_panel(experiment, place, panel) if panel.open else None)
        _add(experiment)
    changed = tuple(run or experiment.runs[place] for place, run in enumerate(asked))
    experiment = replace(experiment, runs=changed)
    # Last, because they speak of the rules and rows that were chosen just now.
    n = experiment.problem.n_samples
    for place, (where, name) in enumerate(zip(places, labels(experiment), strict=True)):
        with where:
            about = run_in_short(experiment.runs[place], n, name)
            run_line(theme, place, name, about, faded=_hidden(place))
    return experiment


def _hidden(place: int) -> bool:
    return bool(state.current().view.hides(place))


def _add(experiment: Experiment) -> None:
    """Draw the button of the next run worth adding, or why there can't be another."""
    full = len(experiment.runs) >= MAX_RUNS
    title, icon, about = "Six at most", None, "More can't be told apart: remove one first."
    if not full:
        title, icon = "Add run", ":material/add:"
        about = f"Next: {run_in_short(next_run(experiment), experiment.problem.n_samples)}."
    st.button(title, icon=icon, key=key("add"), on_click=_append, disabled=full, help=about)


def _append() -> None:
    now = state.current().experiment
    state.show(replace(now, runs=(*now.runs, next_run(now))))


# The learning rate


def rates(experiment: Experiment) -> tuple[Experiment, View]:
    """Draw the one slider of rates, and whose it is; return what they ask for."""
    view = state.current().view
    chosen = whose(experiment, view)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        _whose(experiment, chosen)
        places = range(len(experiment.runs)) if chosen == ALL else (chosen,)
        rules = [experiment.runs[place].optimizer for place in places]
        lr = draw_rate(slider(chosen), "Learning rate", rules[0].lr, experiment, rules)
    return at_rate(experiment, places, lr), view if chosen == ALL else replace(view, rated=chosen)


def _whose(experiment: Experiment, chosen: int) -> None:
    """Draw the choice of the run whose rate the slider moves, where there are several."""
    names = labels(experiment)
    if len(names) == 1:
        return
    options = [ALL, *range(len(names))]
    st.selectbox(
        "Learning rate of",
        options,
        index=options.index(chosen),
        key=key("whose"),
        format_func=lambda place: "Rate of all runs" if place == ALL else f"Rate of {names[place]}",
        on_change=_choose_whose,
        label_visibility="collapsed",
        width=170,
    )


def _choose_whose() -> None:
    """Let the slider move all rates, which then become the first run's, or one run's own."""
    now, view = state.current()
    place = picked("whose")
    if place == ALL:
        now = at_rate(now, range(len(now.runs)), now.runs[0].optimizer.lr)
    state.show(now, replace(view, together=place == ALL, rated=max(place, 0)))


# A run's panel


def _panel(experiment: Experiment, place: int, panel: PopoverContainer) -> Run:
    """Draw all that one run is, what can be done with it first; return the run asked for."""
    run, n = experiment.runs[place], experiment.problem.n_samples
    where = f"run{place}"
    with panel:
        _buttons(experiment, place, where)
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            size = _rows(run, n, where) if n > 1 else None
            optimizer = _optimizer(run, where)
        run = replace(run, batch_size=size, optimizer=optimizer)
        fine_print(run_words(run, n, curvature(experiment.problem)))
        return _details(experiment, run, place, where)


def _rows(run: Run, n: int, where: str) -> int | None:
    size = st.number_input(
        "Rows per update",
        1,
        n,
        run.rows(n),
        step=1,
        key=key(f"{where}.rows.{n}"),
        width=125,
    )
    return None if size == n else int(size)


def _optimizer(run: Run, where: str) -> Optimizer:
    options = list(OPTIMIZERS)
    name = st.selectbox(
        "Optimizer",
        options,
        index=options.index(run.optimizer.key),
        key=key(f"{where}.rule"),
        format_func=lambda name: OPTIMIZERS[name].title,
    )
    rule = run.optimizer if name == run.optimizer.key else OPTIMIZERS[name]
    return replace(rule, lr=run.optimizer.lr)


def _details(experiment: Experiment, run: Run, place: int, where: str) -> Run:
    st.latex(run.optimizer.formula)
    st.caption(run.optimizer.about)
    rule = run.optimizer
    values = knob_widgets(rule, f"{where}.{rule.key}", set(knobs(rule)) - {"lr"})
    lr = st.number_input(
        "Exact learning rate", *RATES, rule.lr, format="%g", step=rule.lr / 10,
        key=key(f"{where}.{rule.key}.{rule.lr!r}.exact"),
    )  # fmt: skip
    if lr != rule.lr:
        places = range(len(experiment.runs)) if state.current().view.together else (place,)
        state.show(at_rate(experiment, places, lr))
        st.rerun()
    run = replace(run, optimizer=replace(rule, **values))
    if experiment.problem.n_samples > 1:
        run = _sampling(run, where)
    run = replace(run, schedule=_schedule(run, where))
    unit = "epochs" if experiment.problem.n_samples > 1 else "updates"
    own = st.number_input(
        f"Own {unit}", 1, MOST_EPOCHS, run.epochs, step=1, key=key(f"{where}.epochs"),
        placeholder=f"{experiment.epochs}, as the others", help=knobs(run)["epochs"].help,
    )  # fmt: skip
    return replace(run, epochs=own)


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
        ("Show" if _hidden(place) else "Hide", "eye", _toggle, last, "In pictures and words."),
        ("Show all" if _alone(experiment, place) else "Solo", "solo", _solo, last, "Or all."),
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


def _alone(experiment: Experiment, place: int) -> bool:
    return bool(state.current().view.shown(len(experiment.runs)) == (place,))


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
