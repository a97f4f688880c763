"""The head of the Surfaces page: the function's title, its menu, and what is to be seen."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from gdplay.engine.training import Trace
from gdplay.experiment import Experiment
from gdplay.figures.sliders import EPOCHS
from gdplay.figures.theme import Theme
from gdplay.knobs import knobs
from gdplay.loss.expressions import FIRST, Expression
from gdplay.loss.surfaces import SURFACES, Surface
from gdplay.teaching import carry
from gdplay.teaching.defaults import default_race
from gdplay.teaching.exercises import HIDDEN, LOCKED
from gdplay.teaching.starts import noise_words
from gdplay.ui import problem_controls, rate, share, state
from gdplay.ui.compare import exercise
from gdplay.ui.compare.head import Head, title_place, words_place
from gdplay.ui.compare.head import fill as fill_places
from gdplay.ui.compare.predicting import Question
from gdplay.ui.compare.view import View
from gdplay.ui.functions import function
from gdplay.ui.state import key, picked
from gdplay.ui.surfaces.starts import further_starts
from gdplay.ui.surfaces.view import SurfacesView
from gdplay.ui.widgets import drawer, knob_widget
from gdplay.words import escaped

FUNCTIONS = {Expression.key: FIRST, **SURFACES}


def head(experiment: Experiment) -> Head:
    """Draw the menus beside the place of the title, and under them the place of the words."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="head"):
        title = title_place()
        standing = state.current().view.state("data")
        if standing != HIDDEN:
            experiment = _function(experiment, locked=standing == LOCKED)
        exercise.teach()
        takeaway = share.menu()
    return Head(experiment, title, words_place(), takeaway)


def fill(
    head: Head,
    experiment: Experiment,
    view: View,
    theme: Theme,
    traces: Sequence[Trace] | None = None,
    *,
    question: Question | None = None,
    notices: Sequence[str] = (),
) -> None:
    """Write what the function is like and who races on it, as `compare.head.fill` does."""
    surface = experiment.problem
    assert isinstance(surface, Surface)
    about = f"{escaped(surface.about)} {noise_words(experiment)}"
    fill_places(
        head, experiment, view, theme, traces, question=question, first=about, notices=notices
    )


def arrows_switch(view: SurfacesView) -> SurfacesView:
    """Draw the switch of the arrows at held runs."""
    about = (
        "Hold the clock (pause, or drag its slider): each run then shows what draws it. "
        "**Downhill** is minus the gradient there, square to the level lines if both axes have "
        "one scale. **Velocity** is what the rule remembers of "
        "all gradients so far, where it does. The **step** is what the rule really does next."
    )
    return replace(view, arrows=st.toggle("Arrows", view.arrows, key=key("arrows"), help=about))


def _function(experiment: Experiment, *, locked: bool) -> Experiment:
    """Draw the menu of functions, start and length; return the experiment that it asks for.

    Where it is `locked` it says which function it is.
    """
    surface = experiment.problem
    assert isinstance(surface, Surface)
    on_slider = state.current().view.moves == EPOCHS
    if on_slider:
        experiment = replace(experiment, epochs=rate.chosen_epochs(EPOCHS, experiment))
    title = surface.title if locked else "Function and start"
    menu = drawer(title, "function", ":material/function:", lasts=True, locked=locked)
    if locked or not menu.open:
        return experiment
    with menu.container(width=420):
        st.selectbox(
            "Function", list(FUNCTIONS), list(FUNCTIONS).index(carry.key_of(surface)),
            format_func=lambda name: FUNCTIONS[name].title, key=key("surface"),
            on_change=_choose,
        )  # fmt: skip
        function(surface, problem_controls.choose_function)
        experiment = further_starts(problem_controls.started(experiment))
        if not on_slider:
            experiment = replace(experiment, epochs=_updates(experiment))
        experiment = _noise(experiment)
        st.button("Reset", key=key("reset"), on_click=problem_controls.reset, width="stretch",
                  help="Back to the function's own start and race.")  # fmt: skip
    return experiment


def _updates(experiment: Experiment) -> int:
    about = replace(knobs(experiment)["epochs"], help="How many updates each run makes.")
    return int(knob_widget("epochs", about, experiment.epochs, "experiment", label="Updates"))


def _noise(experiment: Experiment) -> Experiment:
    """Draw how strong the gradient noise is, and where there is some, its seed."""
    about = knobs(experiment)
    strength = knob_widget(
        "gradient_noise", about["gradient_noise"], experiment.gradient_noise, "experiment",
        label="Gradient noise (standard deviation)",
    )  # fmt: skip
    if strength:
        seed = replace(
            about["seed"], help="Which noise is drawn: the same for every rule and start."
        )
        chosen = knob_widget("seed", seed, experiment.seed, "experiment", label="Seed of the noise")
        experiment = replace(experiment, seed=int(chosen))
    return replace(experiment, gradient_noise=float(strength))


def _choose() -> None:
    """Take another function: a race of plain step, momentum and Adam from its own start."""
    state.show(default_race(FUNCTIONS[picked("surface")]))
