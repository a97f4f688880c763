"""Controls: an experiment in, the experiment the visitor now asks for out."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import streamlit as st

from gdplay.curvature import Curvature, curvature, stability_limit
from gdplay.datasets import DATASETS, DataSet
from gdplay.experiment import Experiment, Run, labels
from gdplay.figures.theme import Theme
from gdplay.fit import MAX_QUADRATIC, Fit
from gdplay.knobs import knobs
from gdplay.link import MAX_RUNS
from gdplay.models import MODELS
from gdplay.optimizers import OPTIMIZERS, SGD, Optimizer
from gdplay.presets import PRESETS, default_experiment, models_for
from gdplay.problem import Problem
from gdplay.sampling import SAMPLINGS
from gdplay.schedules import SCHEDULES
from gdplay.surfaces import SURFACES, Surface
from gdplay.ui import state
from gdplay.ui.marks import fine_print, swatch
from gdplay.ui.state import key
from gdplay.ui.widgets import knob_widget, knob_widgets, number, rate_slider

MAX_SEEDS = 50


def picked(name: str) -> Any:
    """Return what the widget called `name` holds, inside a callback."""
    return st.session_state[key(name)]


# The problem


def problem(experiment: Experiment) -> Experiment:
    """Draw the controls of data, model and epochs; return the experiment they ask for."""
    found = experiment.problem
    options = [*DATASETS, *SURFACES]
    chosen = found.dataset.key if isinstance(found, Fit) else _key(found)
    st.selectbox(
        "Data",
        options,
        index=options.index(chosen),
        format_func=lambda k: DATASETS[k].title if k in DATASETS else f"ƒ  {SURFACES[k].title}",
        key=key("data"),
        on_change=_choose_data,
    )
    if isinstance(found, Fit):
        st.caption(found.dataset.about)
        found = _fit(found)
    else:
        surface = SURFACES[chosen]
        st.caption(f"{surface.about}  \n${surface.formula}$")
    experiment = replace(experiment, problem=found)
    return _schedule_of_work(experiment)


def _key(found: Problem) -> str:
    return str(getattr(found, "key", ""))


def _fit(fit: Fit) -> Fit:
    dataset = _rows_of(fit)
    st.toggle(
        "Standardise columns", fit.standardize, key=key("standardize"),
        on_change=_change_fit, args=("standardize",), help=knobs(Fit)["standardize"].help,
    )  # fmt: skip
    models = [model.key for model in models_for(dataset)]
    st.selectbox(
        "Model", models, index=models.index(fit.model.key), key=key("model"),
        format_func=lambda k: MODELS[k].title, on_change=_change_fit, args=("model",),
        help=fit.model.about,
    )  # fmt: skip
    if dataset.n_features <= MAX_QUADRATIC:
        st.segmented_control(
            "Features", ["linear", "quadratic"], default=fit.features, key=key("features"),
            format_func=str.capitalize, on_change=_change_fit, args=("features",),
            help=knobs(Fit)["features"].help, required=True,
        )  # fmt: skip
    with st.expander("More about data and fit"):
        if "seed" in knobs(dataset):
            dataset = replace(dataset, seed=_seed_of(dataset))
        names = ["test_size", "split_seed"] if fit.test_size else ["test_size"]
        about = knobs(fit)
        values = {name: knob_widget(name, about[name], getattr(fit, name), "fit") for name in names}
        if len(fit.model.objectives) > 1:
            st.selectbox(
                "Loss", fit.model.objectives, index=fit.model.objectives.index(str(fit.objective)),
                key=key("objective"), on_change=_change_fit, args=("objective",),
                format_func={"half_mse": "Half mean squared error", "mse": "Mean squared error"}.get,
                help="Without the half, curvature doubles and the largest stable rate halves.",
            )  # fmt: skip
        st.number_input(
            "L2 penalty", 0.0, 1e3, fit.l2, key=key("l2"), format="%g", step=0.01,
            on_change=_change_fit, args=("l2",), help=about["l2"].help,
        )  # fmt: skip
    return replace(fit, dataset=dataset, **values)


def _rows_of(fit: Fit) -> DataSet:
    """Draw the knobs of the data set; a choice that cannot be made leaves it as it is."""
    values = knob_widgets(fit.dataset, f"data.{fit.dataset.key}", skip=("seed",))
    try:
        return replace(fit.dataset, **values)
    except ValueError as error:
        st.warning(state.plain(str(error)))
        return fit.dataset


def _seed_of(dataset: DataSet) -> int:
    about = knobs(dataset)["seed"]
    value = getattr(dataset, "seed")  # noqa: B009 - only synthetic sets have one
    return int(knob_widget("seed", about, value, "data", label="Seed of the rows"))


def _schedule_of_work(experiment: Experiment) -> Experiment:
    """Draw epochs, seeds, start and tolerance."""
    about = knobs(experiment)
    epochs = knob_widget("epochs", about["epochs"], experiment.epochs, "experiment")
    seeds = st.slider(
        "Seeds", 1, MAX_SEEDS, min(experiment.n_seeds, MAX_SEEDS), key=key("n_seeds"),
        help="How many orders of the rows are run at once: curves show the median and the band "
        "from the 10th to the 90th percentile.",
    )  # fmt: skip
    left, right = st.columns(2)
    left.button("New seed", key=key("new_seed"), on_click=_new_seed, width="stretch",
                help=f"Draw other orders of the rows (now seed {experiment.seed}).")  # fmt: skip
    right.button("Reset", key=key("reset"), on_click=_reset, width="stretch",
                 help="Back to the default experiment on this data.")  # fmt: skip
    experiment = replace(experiment, epochs=epochs, n_seeds=seeds)
    with st.expander("Start and stop"):
        experiment = replace(experiment, start=_start(experiment))
        tol = st.number_input(
            "Stop when the gradient is below", 0.0, 1e6, experiment.tol, format="%g",
            key=key("tol"), step=0.01, help=about["tol"].help + " 0 never stops.",
        )  # fmt: skip
    return replace(experiment, tol=tol)


def _start(experiment: Experiment) -> tuple[float, ...] | None:
    names = experiment.problem.param_names
    if len(names) > 4:
        st.caption(
            f"{len(names)} parameters start at zero."
            if experiment.start is None
            else f"{len(names)} parameters start where you clicked on the map."
        )
        return experiment.start
    st.caption("Where all runs start. Or click on the map.")
    now = experiment.start or (0.0,) * len(names)
    start = tuple(
        st.number_input(name, -1e9, 1e9, value, format="%g", step=0.5, key=key(f"start.{i}"))
        for i, (name, value) in enumerate(zip(names, now, strict=True))
    )
    return start if experiment.start is not None or any(start) else None


# Changes that restart the controls


def _choose_data() -> None:
    """Take another data set: its own default experiment, or the visitor's runs brought over."""
    old, name = state.current().experiment, picked("data")
    if name in SURFACES:
        state.show(_on_surface(old, SURFACES[name]))
        return
    new = default_experiment(DATASETS[name])
    if isinstance(old.problem, Fit) and old.runs != default_experiment(old.problem.dataset).runs:
        new = replace(new, runs=_carried(old, new.problem), seed=old.seed, n_seeds=old.n_seeds)
    state.show(new)


def _on_surface(old: Experiment, surface: Surface) -> Experiment:
    rules = dict.fromkeys(run.optimizer for run in _carried(old, surface))
    runs = tuple(Run(rule) for rule in rules)
    return Experiment(surface, runs, start=surface.start, epochs=30)


def _change_fit(name: str) -> None:
    """Change how the data meets the model; rates keep their multiple of 2/L."""
    old, value = state.current().experiment, picked(name)
    fit = old.problem
    assert isinstance(fit, Fit)
    changes = {"model": MODELS[value], "objective": None} if name == "model" else {name: value}
    try:
        new = replace(fit, **changes)
    except ValueError as error:
        state.notice(state.plain(str(error)))
        state.show(old)
        return
    start = old.start if new.n_params == fit.n_params else None
    state.show(replace(old, problem=new, runs=_carried(old, new), start=start))


def _carried(old: Experiment, new: Problem) -> tuple[Run, ...]:
    """Return the runs with rates at the same multiple of 2/L on another problem, and say so."""
    ratio = curvature(new).limit / curvature(old.problem).limit
    if abs(ratio - 1) < 0.01:
        return old.runs
    runs = tuple(_scaled(run, ratio) for run in old.runs)
    if runs != old.runs:
        state.notice(
            f"The curvature changed, and 2/L went from {number(curvature(old.problem).limit)} to "
            f"{number(curvature(new).limit)}: rates kept their multiple of it. Back undoes this."
        )
    return runs


def _scaled(run: Run, ratio: float) -> Run:
    """Scale the rate of a rule whose steps are proportional to the gradient."""
    if stability_limit(run.optimizer, 1.0) is None:
        return run
    rate = float(f"{min(max(run.optimizer.lr * ratio, 1e-8), 1e3):.2g}")
    return replace(run, optimizer=replace(run.optimizer, lr=rate))


def _new_seed() -> None:
    now = state.current().experiment
    state.show(replace(now, seed=(now.seed + 1) % 2**31))


def _reset() -> None:
    now = state.current().experiment.problem
    if isinstance(now, Fit):
        state.show(default_experiment(DATASETS[now.dataset.key]), type(state.current().view)())
    else:
        state.show(_on_surface(default_experiment(), SURFACES[_key(now)]))


def start_here(name: str, to_params: Callable[[float, float], tuple[float, ...]]) -> None:
    """Start all runs where the visitor clicked on the map."""
    from gdplay.ui.player import clicked

    spot = clicked(name)
    if spot is not None:
        now = state.current().experiment
        try:
            state.show(replace(now, start=to_params(spot.x, spot.y)))
        except ValueError as error:
            state.notice(state.plain(str(error)))


# Runs


def runs(experiment: Experiment, theme: Theme) -> Experiment:
    """Draw the rate for all and a card per run; return the experiment they ask for."""
    view = state.current().view
    facts = curvature(experiment.problem)
    together = view.together and len(experiment.runs) > 1
    rate = _rate_bar(experiment, together, facts)
    names, cards = labels(experiment), []
    for first in range(0, len(experiment.runs), 3):
        row = experiment.runs[first : first + 3]
        for place, column in enumerate(st.columns(max(len(row), 2)), start=first):
            if place < len(experiment.runs):
                with column, st.container(border=True, gap="xxsmall", key=f"card{place}"):
                    cards.append(_card(experiment, place, names[place], rate, facts, theme))
    return replace(experiment, runs=tuple(cards))


def _rate_bar(experiment: Experiment, together: bool, facts: Curvature) -> float | None:
    """Draw the slider that drives all runs, where it does, and the switch."""
    rate, several = None, len(experiment.runs) > 1
    label, slider, switch = st.columns([2.1, 6, 1.5], vertical_alignment="center")
    with label:
        exact = "" if facts.where == "everywhere" else f" {facts.where}"
        fine_print(f"2/L = {number(facts.limit)}{exact}", "Learning rate")
    if together:
        with slider:
            rate = rate_slider(
                "Learning rate for all runs",
                experiment.runs[0].optimizer.lr,
                "rate",
                facts.limit,
                label_visibility="collapsed",
            )
    switch.toggle(
        "One for all",
        together,
        key=key("together"),
        on_change=set_together,
        disabled=not several,
        help="One learning rate drives all runs, or each run has its own.",
    )
    return rate


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


def ruler(run: Run, facts: Curvature) -> str:
    """Return a rate as a multiple of its rule's own stability limit, in words."""
    limit = stability_limit(run.optimizer, facts.L)
    if limit is None:
        return f"rate {number(run.optimizer.lr)}"
    name = "2/L" if isinstance(run.optimizer, SGD) else f"its limit {number(limit)}"
    return f"rate {number(run.optimizer.lr / limit)} × {name}"


def _card(
    experiment: Experiment,
    place: int,
    name: str,
    rate: float | None,
    facts: Curvature,
    theme: Theme,
) -> Run:
    run, n = experiment.runs[place], experiment.problem.n_samples
    where = f"run{place}"
    with _row():
        swatch(theme, place, name, faded=state.current().view.hides(place))
        _eye(place, where)
        more = st.popover("", icon=":material/tune:", type="tertiary", help="More about this run")
    with _row():
        size = _rows(run, n, where) if n > 1 else None
        optimizer = _optimizer(run, rate, where)
    if rate is None:
        lr = rate_slider(
            "Learning rate",
            run.optimizer.lr,
            f"{where}.lr",
            facts.limit,
            label_visibility="collapsed",
        )
        optimizer = replace(optimizer, lr=lr)
    run = replace(run, batch_size=size, optimizer=optimizer)
    fine_print(f"{_counts(run, n)} · {ruler(run, facts)}")
    with more:
        return _details(experiment, run, place, where)


def _row() -> st.delta_generator.DeltaGenerator:
    return st.container(horizontal=True, vertical_alignment="center", gap="small")


def _eye(place: int, where: str) -> None:
    hidden = state.current().view.hides(place)
    st.button(
        "",
        icon=":material/visibility_off:" if hidden else ":material/visibility:",
        key=key(f"{where}.eye"),
        on_click=_toggle,
        args=(place,),
        type="tertiary",
        help="Show this run" if hidden else "Hide this run",
    )


def _counts(run: Run, n: int) -> str:
    per = run.updates_per_epoch(n)
    return f"{per:,} update{'s' * (per > 1)} per epoch".replace(",", " ")


def _rows(run: Run, n: int, where: str) -> int | None:
    size = st.number_input(
        "Rows per update",
        1,
        n,
        run.rows(n),
        step=1,
        key=key(f"{where}.rows"),
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
    values = knob_widgets(rule, f"{where}.{rule.key}", skip=("lr",))
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


def _schedule(run: Run, where: str) -> Any:
    options = list(SCHEDULES)
    name = st.selectbox(
        "Schedule of the rate", options, index=options.index(run.schedule.key),
        key=key(f"{where}.schedule"), format_func=lambda k: SCHEDULES[k].title,
    )  # fmt: skip
    schedule = run.schedule if name == run.schedule.key else SCHEDULES[name]
    return replace(schedule, **knob_widgets(schedule, f"{where}.{schedule.key}"))


def _buttons(experiment: Experiment, place: int, where: str) -> None:
    full, last = len(experiment.runs) >= MAX_RUNS, len(experiment.runs) == 1
    a, b, c = st.columns(3)
    a.button("Duplicate", key=key(f"{where}.copy"), on_click=duplicate, args=(place,),
             disabled=full, help="Then change one thing.", width="stretch")  # fmt: skip
    b.button("Solo", key=key(f"{where}.solo"), on_click=_solo, args=(place,), disabled=last,
             help="Hide all other runs.", width="stretch")  # fmt: skip
    c.button("Remove", key=key(f"{where}.remove"), on_click=_remove, args=(place,),
             disabled=last, width="stretch")  # fmt: skip


def duplicate(place: int) -> None:
    """Put a copy of a run right behind it."""
    now, view = state.current()
    runs = (*now.runs[: place + 1], now.runs[place], *now.runs[place + 1 :])
    low = (1 << place + 1) - 1
    hidden = (view.hidden & low) | ((view.hidden & ~low) << 1)
    state.show(replace(now, runs=runs), replace(view, hidden=hidden & (2**MAX_RUNS - 1)))


def _remove(place: int) -> None:
    now, view = state.current()
    low = (1 << place) - 1
    hidden = (view.hidden & low) | ((view.hidden >> 1) & ~low)
    runs = (*now.runs[:place], *now.runs[place + 1 :])
    state.show(replace(now, runs=runs), replace(view, hidden=hidden, focus=0))


def _toggle(place: int) -> None:
    now, view = state.current()
    state.show(now, replace(view, hidden=view.hidden ^ (1 << place)))


def _solo(place: int) -> None:
    now, view = state.current()
    others = ((1 << len(now.runs)) - 1) & ~(1 << place)
    state.show(now, replace(view, hidden=0 if view.hidden == others else others, focus=place))


# Presets


def presets() -> None:
    """Draw the menu of named experiments."""
    with st.popover("Experiments", icon=":material/experiment:"):
        st.caption("Each opens an experiment that shows one thing. Back undoes.")
        for preset in PRESETS.values():
            st.button(
                preset.title, key=key(f"preset.{preset.key}"), on_click=open_preset,
                args=(preset.key,), help=preset.claim, type="tertiary",
            )  # fmt: skip


def open_preset(name: str) -> None:
    """Put a named experiment on the screen and say what it shows."""
    preset = PRESETS[name]
    experiment = preset.build()
    rates = {run.optimizer.lr for run in experiment.runs}
    view = type(state.current().view)(together=len(rates) == 1)
    state.show(experiment, view)
    state.notice(f"**{preset.title}.** {state.plain(preset.claim)}")
