"""The head of the Network page: its title, the menus of data and layers, and what is to be seen."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from gdplay.datasets import DATASETS, DataSet
from gdplay.engine.training import Trace
from gdplay.experiment import Experiment
from gdplay.figures.sliders import EPOCHS
from gdplay.figures.theme import Theme
from gdplay.knobs import knobs
from gdplay.loss.fit import DEGREES as FIT_DEGREES
from gdplay.loss.fit import Fit
from gdplay.loss.models import OBJECTIVES, as_network
from gdplay.own_rows.table import Table
from gdplay.teaching import networks
from gdplay.teaching.exchange import stand_ins
from gdplay.teaching.exercises import HIDDEN, LOCKED
from gdplay.teaching.lead import hidden
from gdplay.teaching.summary import data_in_short, problem_in_short
from gdplay.ui import own_rows, problem_controls, rate, share, state
from gdplay.ui.compare import exercise
from gdplay.ui.compare.head import Head, asked, pose, title_place, words_place, write
from gdplay.ui.compare.predicting import Question, prediction
from gdplay.ui.network.view import LOSS, NetworkView
from gdplay.ui.state import key, picked
from gdplay.ui.widgets import chip, knob_widgets
from gdplay.words import escaped, quantity, sentence


def head(experiment: Experiment) -> Head:
    """Draw the menus beside the place of the title, and under them the place of the words."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="head"):
        title = title_place()
        standing = state.current().view.state("data")
        if standing != HIDDEN:
            locked = standing == LOCKED
            experiment = _layers(_data(experiment, locked=locked), locked=locked)
        exercise.teach()
        takeaway = share.menu()
    return Head(experiment, title, words_place(), takeaway)


def fill(
    head: Head,
    experiment: Experiment,
    view: NetworkView,
    theme: Theme,
    traces: Sequence[Trace] | None,
    notices: Sequence[str],
    question: Question | None = None,
) -> None:
    """Write what is trained on what and how the picture is read; what to mend with `traces`.

    A question, and how an answer compares, take the place of that as on Compare.
    """
    if view.posed is not None:
        pose(head, experiment, view, question, notices)
        return
    places = view.shown(len(experiment.runs))
    about = hidden(experiment)
    if places:
        seen = replace(experiment, runs=tuple(experiment.runs[place] for place in places))
        about = networks.lead(seen, on_surface=view.large == LOSS)
    if question is not None:
        about = about._replace(words=asked(experiment, question))
    elif prediction(experiment, view) is not None:
        about = about._replace(words="")
    write(head, about, experiment, places, theme, traces, notices)


def _changed(experiment: Experiment, make: Callable[[], Fit]) -> Experiment:
    """Return the runs on a changed fit, or as they were, with a word on why it cannot be."""
    try:
        fit = make()
        start = experiment.start if fit.n_params == experiment.problem.n_params else None
        return replace(experiment, problem=fit, start=start)
    except ValueError as error:
        st.warning(escaped(str(error)))
        return experiment


# Data


def _data(experiment: Experiment, *, locked: bool) -> Experiment:
    """Draw the menu of data, loss and epochs; return the experiment that it asks for.

    Where it is `locked` it says what they are.
    """
    on_slider = state.current().view.moves == EPOCHS
    if on_slider:
        experiment = replace(experiment, epochs=rate.chosen_epochs(EPOCHS, experiment))
    menu = chip("Data, loss and length", "problem", locked=locked)
    if menu.panel.open and not locked:
        with menu.panel.container(width=420):
            experiment = _data_controls(experiment, epochs=not on_slider)
    menu.says(problem_in_short(experiment, layers=False))
    return experiment


def _data_controls(experiment: Experiment, *, epochs: bool) -> Experiment:
    fit = experiment.problem
    assert isinstance(fit, Fit)
    options = [Table.key, *DATASETS]
    wish = st.selectbox(
        "Data", options, options.index(fit.dataset.key), key=key("data"),
        format_func=data_in_short, on_change=_choose,
    )  # fmt: skip
    if wish == Table.key and fit.dataset.key != Table.key:
        own_rows.panel(_use)
        return experiment
    problem_controls.rows(fit.dataset, _use)
    experiment = _changed(experiment, lambda: _fit(fit))
    return problem_controls.schedule_of_work(experiment, epochs=epochs, afresh=_reset)


def _choose() -> None:
    """Take other data: some of the table, or the rows that the visitor brought last."""
    own = state.own_table() if picked("data") == Table.key else None
    dataset = DATASETS.get(picked("data"), own)
    if dataset is not None:
        _use(dataset)


def _use(dataset: DataSet) -> None:
    """Train the same network in the same ways on other data, or say why it cannot be."""
    old = state.current().experiment
    try:
        new = networks.on_dataset(old, dataset)
    except ValueError as error:
        state.notice(escaped(sentence(str(error))))
        return
    for words in stand_ins(old.runs, new.problem):
        state.notice(words)
    state.show(new)


def _reset() -> None:
    """Take the default network and runs on the same data."""
    fit = state.current().experiment.problem
    assert isinstance(fit, Fit)
    usual = DATASETS.get(fit.dataset.key, fit.dataset)
    state.afresh(networks.default_networks(usual))


DEGREES = ("linear", "quadratic", "cubic")
"""How far inputs may be squared and multiplied here: what bends is the network's to find."""

UNCHOSEN = {"seed", *problem_controls.PART}
"""What is not chosen here of a data set."""


def _fit(fit: Fit) -> Fit:
    """Draw the controls of rows, inputs and loss; return the fit that they ask for."""
    dataset = problem_controls.with_knobs(fit.dataset, set(knobs(fit.dataset)) - UNCHOSEN)
    missing = networks.no_degrees(fit, DEGREES)
    degrees = [name for name in dict.fromkeys((*DEGREES, fit.features)) if name not in missing]
    features = st.segmented_control(
        "Degree of the inputs", degrees, default=fit.features,
        key=key("features"), required=True, help=knobs(fit)["features"].help,
        format_func=lambda name: str(FIT_DEGREES[name]),
    )  # fmt: skip
    if missing:
        st.caption(networks.degree_words(fit, missing))
    values = knob_widgets(fit, "fit", {"test_size"})
    # Stays open where a choice of columns starts the controls again.
    more = st.expander("More about data and loss", key="more", on_change="rerun")
    if more.open:
        with more:
            problem_controls.part(dataset, _use)
            values |= _loss(fit) | knob_widgets(fit, "fit", {"standardize"})
    return replace(fit, dataset=dataset, features=features or fit.features, **values)


def _loss(fit: Fit) -> dict[str, Any]:
    """Draw the loss, which losses it cannot be, and the penalty; return loss and penalty."""
    model = as_network(fit.model)
    assert model is not None
    known = model.objectives_for(fit.n_classes)
    objective = st.selectbox(
        "Loss", known, known.index(fit.objective or ""), key=key("objective"),
        format_func=lambda name: OBJECTIVES[name],
    )  # fmt: skip
    if missing := model.no_objectives(fit.n_classes):
        st.caption(missing)
    l2 = st.number_input(
        "L2 penalty", 0.0, 1e3, fit.l2, key=key("l2"), format="%g", step=0.001,
        help=knobs(fit)["l2"].help,
    )  # fmt: skip
    return {"objective": objective, "l2": l2}


# Layers


MOST_LAYERS = 3
FULLEST = 16


def _layers(experiment: Experiment, *, locked: bool) -> Experiment:
    """Draw the menu of layers, activation and start; return the experiment that it asks for."""
    menu = chip("Layers, activation and start", "layers", locked=locked)
    if menu.panel.open and not locked:
        with menu.panel.container(width=380):
            experiment = _layer_controls(experiment)
    assert isinstance(experiment.problem, Fit)
    menu.says(networks.in_short(experiment.problem))
    return experiment


def _layer_controls(experiment: Experiment) -> Experiment:
    fit = experiment.problem
    assert isinstance(fit, Fit)
    model = as_network(fit.model)
    assert model is not None
    count = st.segmented_control(
        "Hidden layers", range(1, MOST_LAYERS + 1), default=len(model.hidden),
        key=key("layers.count"), required=True,
    )  # fmt: skip
    hidden = (model.hidden + model.hidden[-1:] * MOST_LAYERS)[:count]
    hidden = tuple(
        st.slider(f"Units in layer {i}", 1, FULLEST, units, key=key(f"units.{i}"))
        for i, units in enumerate(hidden, 1)
    )
    about = knobs(model)
    chosen = {
        name: st.segmented_control(
            label, about[name].choices, default=getattr(model, name), key=key(name),
            required=True, help=about[name].help, format_func=_named,
        )
        for name, label in (("activation", "Activation"), ("init", "Start"))
    }  # fmt: skip
    st.caption(
        f"{quantity(fit.n_params, 'parameter')}. Xavier suits tanh and sigmoid, He suits ReLU."
    )
    made = replace(model, hidden=hidden, **chosen)
    if why_not := networks.too_large(fit, made):
        st.warning(why_not)
        return experiment
    return _changed(experiment, lambda: replace(fit, model=made))


def _named(name: str) -> str:
    return {**networks.TITLES, "tanh": "tanh"}.get(name, name.capitalize())
