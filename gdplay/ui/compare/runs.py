"""Controls of the runs: a line and a panel for each, and one slider for a number of theirs."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.elements.lib.mutable_popover_container import PopoverContainer

from gdplay.engine.training import Trace
from gdplay.experiment import MOST_EPOCHS, Experiment, Run, labels, short_labels
from gdplay.figures.sliders import EPOCHS, RATE, at_rate, decays, moved, value_of
from gdplay.figures.theme import Theme
from gdplay.formulas import plain
from gdplay.knobs import knobs
from gdplay.link import MAX_RUNS
from gdplay.loss.fit import Fit
from gdplay.loss.problem import Problem
from gdplay.optimizers import OPTIMIZERS, RATES, Optimizer
from gdplay.sampling import SAMPLINGS
from gdplay.schedules import SCHEDULES, Schedule
from gdplay.teaching.exchange import at_hand, exchanged, left_out
from gdplay.teaching.exercises import FREE, HIDDEN, LOCKED
from gdplay.teaching.lead import NUMBERS
from gdplay.teaching.next_run import next_run
from gdplay.teaching.summary import run_in_short, run_words
from gdplay.theory.curvature import curvature
from gdplay.theory.measures import lost_when
from gdplay.ui import rate, state
from gdplay.ui.compare.hand import ALL, Held, held, name_of
from gdplay.ui.compare.view import View
from gdplay.ui.marks import fine_print, run_line
from gdplay.ui.state import key, picked
from gdplay.ui.widgets import drawer, knob_widgets
from gdplay.words import number


def runs(experiment: Experiment) -> tuple[Experiment, list[DeltaGenerator]]:
    """Draw a panel per run; return the experiment they ask for, and the places of their lines.

    Where a teacher has locked the runs there are lines alone, and nothing where they are hidden.
    """
    standing = state.current().view.state("runs")
    if standing != FREE:
        return experiment, _fixed_lines(experiment) if standing == LOCKED else []
    places, asked = [], []
    with st.container(horizontal=True, gap="xsmall", key="runs"):
        for place in range(len(experiment.runs)):
            with st.container(horizontal=True, gap=None, key=f"chip{place}"):
                places.append(st.empty())
                panel = drawer(_sign(place), f"run{place}.more", type="tertiary")
                asked.append(_panel(experiment, place, panel) if panel.open else None)
        _add(experiment)
        _show_hidden(experiment)
    changed = tuple(run or experiment.runs[place] for place, run in enumerate(asked))
    return replace(experiment, runs=changed), places


def _sign(place: int) -> str:
    """Return what the button of a run's panel is called, whatever the run's name becomes.

    To Streamlit a label is part of what a button is: one that changes shuts its panel.
    """
    return f"Run {place + 1}: change, hide, copy"


def _fixed_lines(experiment: Experiment) -> list[DeltaGenerator]:
    places = []
    with st.container(horizontal=True, gap="xsmall", key="runs"):
        for place in range(len(experiment.runs)):
            with st.container(horizontal=True, gap=None, key=f"chip{place}-locked"):
                places.append(st.empty())
    return places


def name_runs(
    places: Sequence[DeltaGenerator],
    experiment: Experiment,
    theme: Theme,
    traces: Sequence[Trace] | None = None,
) -> None:
    """Draw a run's line in each of `places`: what it is and, with `traces`, when it was lost.

    There are none where the runs are hidden.
    """
    problem = experiment.problem
    for place, (where, name) in enumerate(zip(places, labels(experiment), strict=False)):
        about = run_in_short(experiment.runs[place], problem.n_samples, name)
        lost = lost_when(experiment, place, traces[place]) if traces else ""
        where.html(run_line(theme, place, name, about, lost=lost, faded=_hidden(place)))


def _hidden(place: int) -> bool:
    return bool(state.current().view.hides(place))


def _add(experiment: Experiment) -> None:
    """Draw the button of the next run worth adding, or why there can't be another."""
    full = len(experiment.runs) >= MAX_RUNS
    title, icon, about = f"{_SIX} at most", None, _FULL
    if not full:
        title, icon = "Add run", ":material/add:"
        about = f"Next: {run_in_short(next_run(experiment), experiment.problem.n_samples)}."
    st.button(title, icon=icon, key=key("add"), on_click=_append, disabled=full, help=about)


_SIX = NUMBERS[MAX_RUNS].capitalize()
_FULL = f"{_SIX} runs at most, more can't be told apart: remove one first."
_LAST = "There is no other run."


def _show_hidden(experiment: Experiment) -> None:
    """Draw the way back of whoever hid runs, while any is hidden."""
    if any(map(_hidden, range(len(experiment.runs)))):
        st.button("Show all", icon=":material/visibility:", key=key("shown"), on_click=_show_all,
                  help="Draw the hidden runs again.")  # fmt: skip


def _show_all() -> None:
    now, view = state.current()
    state.show(now, replace(view, hidden=0))


def _append() -> None:
    """Add a run where there is room: a second click may come before the page of the sixth."""
    now = state.current().experiment
    if len(now.runs) < MAX_RUNS:
        state.show(replace(now, runs=(*now.runs, next_run(now))))


# The slider


def held_number(experiment: Experiment) -> tuple[Experiment, View]:
    """Draw the one slider, and what it moves; return what they ask for."""
    view = state.current().view
    field, place = held(experiment, view)
    if view.state("slider") != FREE:
        if view.state("slider") == LOCKED:
            _fixed_number(experiment, (field, place))
        return experiment, view
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        _what(experiment, (field, place))
        value = _slider(experiment, view, field, place)
    places = range(len(experiment.runs)) if place == ALL else (place,)
    view = replace(view, moves=field, rated=view.rated if place == ALL else place)
    return moved(experiment, field, places, value), view


def _fixed_number(experiment: Experiment, what: Held) -> None:
    field, place = what
    places = range(len(experiment.runs)) if place == ALL else (place,)
    value = number(value_of(experiment, field, places))
    st.markdown(f":material/lock: {_title(experiment, what)} **{value}**", width="content")


def _slider(experiment: Experiment, view: View, field: str, place: int) -> float:
    """Draw the slider of a field of one run, or of all; return where it stands.

    Of all runs it tells what becomes of those that are shown.
    """
    name, label = name_of(field, place), _title(experiment, (field, place))
    if field == EPOCHS:
        return rate.epochs(name, label, experiment)
    every = range(len(experiment.runs))
    places = (view.shown(len(every)) or every) if place == ALL else (place,)
    runs = tuple(experiment.runs[place] for place in places)
    driven = replace(experiment, runs=runs)
    if field != RATE:
        return rate.decay(name, label, field, driven)
    return rate.rate(name, label, runs[0].optimizer.lr, driven, [run.optimizer for run in runs])


def _what(experiment: Experiment, chosen: Held) -> None:
    """Draw the choice of what the slider moves."""
    several = range(len(experiment.runs)) if len(experiment.runs) > 1 else ()
    options = [
        (RATE, ALL),
        *((RATE, place) for place in several),
        *(
            (field, place)
            for place, run in enumerate(experiment.runs)
            for field in decays(run.optimizer)
        ),
        (EPOCHS, ALL),
    ]
    chosen = chosen if several or chosen[0] != RATE else (RATE, ALL)
    st.selectbox(
        "What the slider moves",
        options,
        index=options.index(chosen),
        # It says what the slider moves: where that changes by itself, this is another box.
        key="{}.{}.{}".format(key("moves"), *chosen),
        format_func=partial(_title, experiment),
        on_change=_choose,
        label_visibility="collapsed",
        width=190,
    )


def _title(experiment: Experiment, what: Held) -> str:
    field, place = what
    if field == EPOCHS:
        return "Epochs"
    if place == ALL:
        return "Learning rate" if len(experiment.runs) == 1 else "Rate of all runs"
    about = knobs(experiment.runs[place].optimizer)[field]
    name = short_labels(experiment)[place]
    return f"{'Rate' if field == RATE else plain(about.symbol)} of {name}"


def _choose() -> None:
    """Let the slider move something else; one rate for all runs is then the first run's."""
    now, view = state.current()
    field, place = picked("moves")
    if place >= len(now.runs):
        return  # that run was removed just before
    view = replace(view, moves=field)
    if field == RATE:
        view = replace(view, together=place == ALL)
        if place == ALL:
            now = at_rate(now, range(len(now.runs)), now.runs[0].optimizer.lr)
    state.show(now, view if place == ALL else replace(view, rated=place))


# A run's panel


def _panel(experiment: Experiment, place: int, panel: PopoverContainer) -> Run:
    """Draw all that one run is, what can be done with it first; return the run asked for."""
    run, n = experiment.runs[place], experiment.problem.n_samples
    where = f"run{place}"
    with panel:
        _buttons(experiment, place, where)
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            size = _rows(run, n, where) if n > 1 else None
            optimizer = _optimizer(run, experiment.problem, where)
        if missing := left_out(experiment.problem):
            st.caption(missing)
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


def _optimizer(run: Run, problem: Problem, where: str) -> Optimizer:
    options = at_hand(problem)
    name = st.selectbox(
        "Optimizer",
        options,
        index=options.index(run.optimizer.key),
        key=key(f"{where}.rule"),
        format_func=lambda name: OPTIMIZERS[name].title,
    )
    return exchanged(run.optimizer, name, problem)


def _details(experiment: Experiment, run: Run, place: int, where: str) -> Run:
    st.latex(run.optimizer.formula)
    st.caption(run.optimizer.about)
    rule = run.optimizer
    field, whose = held(experiment, state.current().view)
    elsewhere = {RATE, field} if whose == place else {RATE}
    values = knob_widgets(rule, f"{where}.{rule.key}", set(knobs(rule)) - elsewhere)
    _exact_rate(experiment, rule, place, where)
    run = replace(run, optimizer=replace(rule, **values))
    if experiment.problem.n_samples > 1:
        run = _sampling(run, where)
    run = replace(run, schedule=_schedule(run, where))
    if field == EPOCHS and state.current().view.state("slider") != FREE:
        return run
    unit = "epochs" if experiment.problem.n_samples > 1 else "updates"
    own = st.number_input(
        f"Own {unit}", 1, MOST_EPOCHS, run.epochs, step=1, key=key(f"{where}.epochs"),
        placeholder=f"{experiment.epochs}, as the others", help=knobs(run)["epochs"].help,
    )  # fmt: skip
    return replace(run, epochs=own)


def _exact_rate(experiment: Experiment, rule: Optimizer, place: int, where: str) -> None:
    """Draw the rate as a number, which is as locked or hidden as the slider."""
    view = state.current().view
    if view.state("slider") == HIDDEN:
        return
    lr = st.number_input(
        "Exact learning rate", *RATES, rule.lr, format="%g", step=rule.lr / 10,
        key=key(f"{where}.{rule.key}.{rule.lr!r}.exact"), disabled=view.state("slider") != FREE,
    )  # fmt: skip
    if lr != rule.lr:
        state.show(
            at_rate(experiment, range(len(experiment.runs)) if view.together else (place,), lr)
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
    """Draw what can be done with a run as a whole, or say why it cannot."""
    full = len(experiment.runs) >= MAX_RUNS
    last = len(experiment.runs) == 1 and _LAST
    fit = experiment.problem
    actions = [
        ("Duplicate", "copy", duplicate, full and _FULL, "Then change one thing."),
        ("Show" if _hidden(place) else "Hide", "eye", _toggle, last, "In pictures and words."),
        ("Show all" if _alone(experiment, place) else "Solo", "solo", _solo, last, "Or all."),
        ("Remove", "remove", _remove, last, "Back brings it back."),
    ]
    if isinstance(fit, Fit) and fit.n_classes:
        actions.append(("Its fit", "focus", _focus, "", "Show this run's regions or matrix."))
    with st.container(horizontal=True, gap="small"):
        for title, name, action, why_not, about in actions:
            st.button(
                title,
                key=key(f"{where}.{name}"),
                on_click=state.as_drawn(action),
                args=(place,),
                disabled=bool(why_not),
                help=why_not or about,
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
