"""Controls of what is trained: data, model, epochs, seeds and the start."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import streamlit as st

from gdplay.datasets import DATASETS, DataSet
from gdplay.experiment import Experiment
from gdplay.knobs import knobs
from gdplay.link import MAX_SEEDS
from gdplay.loss.expressions import FIRST, Expression
from gdplay.loss.fit import DEGREES, MAX_QUADRATIC, Fit
from gdplay.loss.models import MODELS, OBJECTIVES
from gdplay.loss.surfaces import SURFACES, Surface
from gdplay.own_rows.table import Table
from gdplay.teaching import carry
from gdplay.teaching.defaults import models_for
from gdplay.teaching.exchange import stand_ins, suited
from gdplay.teaching.summary import data_in_short, problem_in_short, table_in_short
from gdplay.theory.landscape import Plane
from gdplay.ui import own_rows, state
from gdplay.ui.functions import function
from gdplay.ui.player import Click
from gdplay.ui.state import key, picked
from gdplay.ui.widgets import chip, knob_widget, knob_widgets
from gdplay.words import escaped, sentence


def problem(experiment: Experiment, *, epochs: bool = True, locked: bool = False) -> Experiment:
    """Draw the menu of data, model and epochs; return the experiment that it asks for.

    Without `epochs` these stand elsewhere on the page. Where it is `locked` it says what they are.
    """
    menu = chip("Data, model and length", "problem", locked=locked)
    if menu.panel.open and not locked:
        with menu.panel.container(width=420):
            experiment = _controls(experiment, epochs)
    menu.says(problem_in_short(experiment))
    return experiment


def _controls(experiment: Experiment, epochs: bool) -> Experiment:
    found = experiment.problem
    options = [Table.key, *DATASETS, Expression.key, *SURFACES]
    chosen = carry.key_of(found)
    wish = st.selectbox(
        "Data",
        options,
        index=options.index(Table.key if own_rows.waiting() else chosen),
        format_func=data_in_short,
        key=key("data"),
        on_change=_choose_data,
    )
    if wish == Table.key and chosen != Table.key:
        own_rows.panel(_use)
        return experiment
    if isinstance(found, Fit):
        rows(found.dataset, _use)
        found = _fit(found)
    else:
        assert isinstance(found, Surface)
        function(found, choose_function)
    start = experiment.start if found.n_params == experiment.problem.n_params else None
    for words in stand_ins(experiment.runs, found):
        state.notice(words)
    runs = suited(experiment.runs, found)
    return schedule_of_work(replace(experiment, problem=found, runs=runs, start=start), epochs)


def rows(dataset: DataSet, use: Callable[[Table], None]) -> None:
    """Say what the rows are; one's own can be changed for others, which `use` takes."""
    if not isinstance(dataset, Table):
        st.caption(escaped(dataset.about))
        return
    st.caption(escaped(table_in_short(dataset)))
    others = st.expander("Other rows or columns", key=key("others"), on_change="rerun")
    if others.open:
        with others:
            own_rows.panel(use)


def _fit(fit: Fit) -> Fit:
    """Draw the controls of a fit; return it with the knobs that need no restart."""
    about, dataset = knobs(fit), with_knobs(fit.dataset, set(knobs(fit.dataset)) - {"seed", *PART})
    fit = _on(fit, dataset)
    st.toggle(
        "Standardise columns",
        fit.standardize,
        key=key("standardize"),
        on_change=_change_fit,
        args=("standardize",),
        help=about["standardize"].help,
    )
    # Here are the words and pictures of losses with one valley; a link may bring a network.
    models = [m.key for m in models_for(dataset) if m.convex or m.key == fit.model.key]
    st.selectbox(
        "Model",
        models,
        index=models.index(fit.model.key),
        key=key("model"),
        format_func=lambda name: MODELS[name].title,
        on_change=_change_fit,
        args=("model",),
        help=fit.model.about,
    )
    if dataset.n_features <= MAX_QUADRATIC:
        st.segmented_control(
            "Degree of the features",
            _degrees(fit),
            default=fit.features,
            key=key("features"),
            format_func=lambda name: str(DEGREES[name]),
            on_change=_change_fit,
            args=("features",),
            help=about["features"].help,
            required=True,
        )
    # Stays open where a choice of columns starts the controls again.
    more = st.expander("More about data and fit", key="more", on_change="rerun")
    if not more.open:
        return fit
    with more:
        part(dataset, _use_part)
        return _more(_on(fit, with_knobs(dataset, {"seed"})))


def _degrees(fit: Fit) -> list[str]:
    """Return the kinds of features to choose from; of many columns high degrees say little."""
    most = 6 if fit.dataset.n_features <= 2 else max(2, DEGREES[fit.features])
    return [name for name, degree in DEGREES.items() if degree <= most]


PART = ("columns", "classes", "against")
"""What is chosen of a data set that has more."""


def part(dataset: DataSet, use: Callable[[DataSet], None]) -> None:
    """Draw what is chosen of a data set that has more; `use` takes another choice."""
    for name in filter(knobs(dataset).__contains__, PART):
        where, value = f"data.{dataset.key}", getattr(dataset, name)
        knob_widget(
            name, knobs(dataset)[name], value, where,
            on_change=_choose_part, args=(dataset.key, name, use),
        )  # fmt: skip


def _on(fit: Fit, dataset: DataSet) -> Fit:
    """Return a fit on other data, with the usual model where its own does not suit them."""
    suiting = models_for(dataset)
    if fit.model.key in [model.key for model in suiting]:  # with layers of its own, too
        return replace(fit, dataset=dataset)
    return replace(fit, dataset=dataset, model=suiting[0], objective=None)


def with_knobs(dataset: DataSet, names: set[str]) -> DataSet:
    """Draw some knobs of the data set; a choice that cannot be made leaves it as it is."""
    values = knob_widgets(dataset, f"data.{dataset.key}", names)
    try:
        return replace(dataset, **values) if values else dataset
    except ValueError as error:
        st.warning(escaped(str(error)))
        return dataset


DEVIATIONS = {0: "the population", 1: "a sample"}
"""What the standard deviation is of, by what is taken off n."""


def _more(fit: Fit) -> Fit:
    """Draw the test rows, the loss and the penalty."""
    names = {"test_size", "split_seed"} if fit.test_size else {"test_size"}
    values = knob_widgets(fit, "fit", names)
    if fit.standardize:
        st.segmented_control(
            "Standard deviation of",
            list(DEVIATIONS),
            default=fit.ddof,
            key=key("ddof"),
            format_func=DEVIATIONS.__getitem__,
            on_change=_change_fit,
            args=("ddof",),
            help=knobs(fit)["ddof"].help,
            required=True,
        )
    objectives = fit.model.objectives_for(fit.n_classes)
    if len(objectives) > 1:
        st.selectbox(
            "Loss",
            list(objectives),
            index=objectives.index(fit.objective or ""),
            key=key("objective"),
            on_change=_change_fit,
            args=("objective",),
            format_func=lambda name: OBJECTIVES[name],
            help="Without the half, curvature doubles and the largest stable rate halves.",
        )
    st.number_input(
        "L2 penalty",
        0.0,
        1e3,
        fit.l2,
        key=key("l2"),
        format="%g",
        step=0.01,
        on_change=_change_fit,
        args=("l2",),
        help=knobs(fit)["l2"].help,
    )
    return replace(fit, **values)


def schedule_of_work(
    experiment: Experiment, epochs: bool, afresh: Callable[[], None] | None = None
) -> Experiment:
    """Draw epochs, unless they stand elsewhere, seeds, start and tolerance."""
    about = knobs(experiment)
    if epochs:
        count = knob_widget("epochs", about["epochs"], experiment.epochs, "experiment")
        experiment = replace(experiment, epochs=count)
    seeds = st.slider(
        "Seeds", 1, MAX_SEEDS, experiment.n_seeds, key=key("n_seeds"),
        help="How many orders of the rows are run at once: curves show the median and the band "
        "from the 10th to the 90th percentile.",
    )  # fmt: skip
    left, right = st.columns(2)
    left.button("New seed", key=key("new_seed"), on_click=_new_seed, width="stretch",
                help=f"Draw other orders of the rows (now seed {experiment.seed}).")  # fmt: skip
    right.button("Reset", key=key("reset"), on_click=afresh or reset, width="stretch",
                 help="Back to the default experiment on this data.")  # fmt: skip
    experiment = replace(experiment, n_seeds=seeds)
    more = st.expander("Start and stop", key=key("ends"), on_change="rerun")
    if not more.open:
        return experiment
    with more:
        experiment = started(experiment)
        tol = st.number_input(
            "Stop when the gradient is below", 0.0, 1e6, experiment.tol, format="%g",
            key=key("tol"), step=0.01, help=about["tol"].help + " 0 never stops.",
        )  # fmt: skip
    return replace(experiment, tol=tol)


def started(experiment: Experiment) -> Experiment:
    """Draw where the runs start; return the experiment from there, where a run can start there."""
    try:
        return replace(experiment, start=_start(experiment))
    except ValueError as error:
        st.warning(escaped(sentence(str(error))))
        return experiment


def _start(experiment: Experiment) -> tuple[float, ...] | None:
    names = experiment.problem.param_titles
    if len(names) > 4:
        where = "at zero" if experiment.problem.drawn_start(0, 0) is None else "where a seed draws"
        st.caption(
            f"{len(names)} parameters start {where}."
            if experiment.start is None
            else f"{len(names)} parameters start where you clicked on the map."
        )
        return experiment.start
    st.caption("Where all runs start. Or click on the map.")
    now = experiment.start or (0.0,) * len(names)
    start = tuple(
        st.number_input(
            escaped(name), -1e9, 1e9, value, format="%g", step=0.5, key=key(f"start.{i}")
        )
        for i, (name, value) in enumerate(zip(names, now, strict=True))
    )
    return start if experiment.start is not None or any(start) else None


# Changes that restart the controls


def _choose_data() -> None:
    """Take another data set: its own default experiment, or the visitor's runs brought over."""
    old, name = state.current().experiment, picked("data")
    own_rows.forget()
    if name == Table.key:
        own = state.own_table()
        if own is not None:
            _carry(carry.on_dataset(old, own))
    elif name == Expression.key:
        _carry(carry.on_surface(old, FIRST))
    elif name in SURFACES:
        _carry(carry.on_surface(old, SURFACES[name]))
    else:
        _carry(carry.on_dataset(old, DATASETS[name]))


def _choose_part(of: str, name: str, use: Callable[[DataSet], None]) -> None:
    """Take other columns or classes, or say why there are none; `of` is the key of their data."""
    now = state.current().experiment
    if not isinstance(now.problem, Fit) or now.problem.dataset.key != of:
        return  # other data were chosen just before
    dataset = now.problem.dataset
    try:
        chosen = replace(dataset, **{name: picked(f"data.{dataset.key}.{name}")})
    except ValueError as error:
        state.notice(escaped(sentence(str(error))))
        state.show(now)
        return
    use(chosen)


def _use_part(dataset: DataSet) -> None:
    """Take other columns or classes; rates keep their multiple of 2/L."""
    fit = state.current().experiment.problem
    assert isinstance(fit, Fit)
    _refit(lambda: _on(fit, dataset))


def _use(table: Table) -> None:
    """Take rows that the visitor brought, with the runs that were there or their own default."""
    _carry(carry.on_dataset(state.current().experiment, table))


def choose_function(surface: Surface) -> None:
    """Take another function, or the same with other numbers of its own."""
    _carry(carry.on_surface(state.current().experiment, surface))


def _change_fit(name: str) -> None:
    """Change how the data meets the model; rates keep their multiple of 2/L."""
    old, value = state.current().experiment, picked(name)
    if not isinstance(old.problem, Fit):
        return  # a function was chosen just before
    changes = {"model": MODELS[value], "objective": None} if name == "model" else {name: value}
    fit = old.problem
    _refit(lambda: replace(fit, **changes))


def _refit(make: Callable[[], Fit]) -> None:
    """Show the runs on another fit of the same rows, or why there is none."""
    old = state.current().experiment
    try:
        fit = make()
    except ValueError as error:
        state.notice(escaped(str(error)))
        state.show(old)
        return
    _carry(carry.on_fit(old, fit))


def _carry(carried: carry.Carried, show: Callable[[Experiment], None] = state.show) -> None:
    """Show an experiment on another problem, and say what became of its rates."""
    if carried.words:
        state.notice(carried.words)
    show(carried.experiment)


def _new_seed() -> None:
    now = state.current().experiment
    state.show(replace(now, seed=(now.seed + 1) % 2**31))


def reset() -> None:
    """Take the default experiment on what is shown."""
    _carry(carry.afresh(state.current().experiment.problem), state.afresh)


def start_here(spot: Click | None, plane: Plane) -> None:
    """Start all runs where the visitor clicked on the map, or start them there, too."""
    if spot is None:
        return
    point = tuple(plane.params(np.array([spot.x, spot.y])).tolist())
    now = state.current().experiment
    try:
        if spot.adds and isinstance(now.problem, Surface):
            moved = replace(now, more_starts=(*now.more_starts, point))
        else:
            moved = replace(now, start=point)
    except ValueError as error:
        state.notice(escaped(str(error)))
        return
    state.show(moved)
