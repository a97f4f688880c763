"""Results, computed once for all visitors who look at the same."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeVar

import streamlit as st

from gdplay.engine import cost
from gdplay.engine.training import Progress, Trace, train
from gdplay.experiment import Experiment
from gdplay.journal import digest, refuse
from gdplay.studies.sharpness import Sharpness, estimate, read
from gdplay.studies.sweeps import Sweep, sweep, too_much
from gdplay.teaching.defaults import default_experiment
from gdplay.theory.landscape import Landscape, box_of, landscape, plane_of, planes
from gdplay.theory.measures import METRICS
from gdplay.ui import jobs, state
from gdplay.ui.compare.view import View
from gdplay.ui.jobs import Outcome
from gdplay.words import escaped, quantity

V = TypeVar("V", bound=View)


def computed(
    name: str, plan: Experiment | Sweep, *, what: str = "", paths: bool = True, instead: str = ""
) -> Outcome[Any] | None:
    """Return what came out of an experiment or a sweep: its traces, or a `Swept`.

    Long work is announced, shown and may be stopped here (see `jobs.result`).

    Parameters
    ----------
    name : str
        The kind of result, as in `jobs.result`.
    plan : Experiment or Sweep
    what : str
        What is being done, as people read it; how many runs by default.
    paths : bool
        Whether an experiment's paths are recorded; a sweep keeps none.
    instead : str
        What to do where a sweep is too much for this server.

    Returns
    -------
    outcome : Outcome or None
        None where it is too much for this server, which is then said here, or was stopped before
        there was anything to show.
    """
    if why_not := refusal(plan, instead):
        st.warning(why_not)
        return None
    experiment = plan if isinstance(plan, Experiment) else plan.experiment

    def compute(progress: Progress) -> Any:
        if isinstance(plan, Sweep):
            return sweep(plan, progress=progress)
        return train(plan, progress=progress, record_path=paths)

    return jobs.result(
        repr(plan),
        cost.work(experiment).seconds,
        compute,
        name=name,
        what=what or quantity(len(experiment.runs) * experiment.n_seeds, "run"),
        of=experiment,
    )


def refusal(plan: Experiment | Sweep, instead: str = "") -> str | None:
    """Return why an experiment or a sweep is too much for this server, and tell the log of it.

    None where it is not; `instead` is what to do where a sweep is.
    """
    why_not = cost.refusal(plan) if isinstance(plan, Experiment) else too_much(plan, instead)
    if why_not:
        refuse("work", key=digest(repr(plan)))
    return why_not


def refused(experiment: Experiment) -> bool:
    """Whether an experiment is too much; then say so here, with a button for each way out."""
    why_not = refusal(experiment)
    if why_not:
        with st.container(key="refused"):
            st.warning(why_not)
            with st.container(horizontal=True, gap="small"):
                for place, way in enumerate(cost.ways(experiment)):
                    st.button(
                        escaped(way.label), key=state.key(f"fits{place}"), on_click=state.show,
                        args=(way.experiment,), help="Makes this one change. Back undoes it.",
                    )  # fmt: skip
    return bool(why_not)


def whole(name: str, plan: Experiment | Sweep, **more: Any) -> Any | None:
    """Return what `computed` does where it came to its end; else say why it is not drawn."""
    outcome = computed(name, plan, **more)
    if outcome is not None and outcome.stopped:
        st.caption("These runs are compared by how they ended, so stopped ones are not drawn.")
        return None
    return None if outcome is None else outcome.value


def traces(experiment: Experiment) -> tuple[Trace, ...]:
    """Return the traces of an experiment; the same experiment is trained once for everybody.

    Long training is announced, shown and may be stopped here; its traces then end where it was
    stopped. The page ends here where there is nothing to show.
    """
    what = f"Training: {quantity(cost.work(experiment).updates, 'update')}"
    outcome = computed("training", experiment, what=what)
    if outcome is None:
        st.stop()
    return outcome.value  # type: ignore[no-any-return]


def soon(experiment: Experiment) -> bool:
    """Whether the traces of an experiment come at once, so that words on them need not wait."""
    return cost.work(experiment).seconds < jobs.LONG


def ground(experiment: Experiment, results: tuple[Trace, ...], choice: str) -> Landscape:
    """Return the landscape to draw, computed once for everybody who looks at the same."""
    options = planes(experiment.problem)
    named = choice if choice in options else options[0]
    # Training that was stopped has other paths.
    ends = [int(trace.path_updates[-1]) for trace in results]

    def compute() -> Landscape:
        plane = plane_of(experiment, results, named)
        return landscape(experiment.problem, plane, box_of(experiment, results, plane))

    return jobs.quick(f"ground: {experiment!r} {named} {ends}", compute, experiment)


def bends(experiment: Experiment, traces: Sequence[Trace], view: V) -> tuple[V, Sharpness | None]:
    """Return the sharpness along the paths where the view draws it, computed once for everybody.

    Where that was stopped, the view shows the loss instead.
    """
    if not any(METRICS[metric].costly for metric in view.metrics(experiment)):
        return view, None
    ends = [int(trace.path_updates[-1]) for trace in traces]
    outcome = jobs.result(
        f"{experiment!r} {ends}",
        estimate(experiment, traces),
        lambda progress: read(experiment, traces, progress=progress),
        name="sharpness",
        what="Sharpness along the paths",
        of=experiment,
    )
    if outcome is None or outcome.stopped:
        return replace(view, metric=("loss",)), None
    return view, outcome.value


def seconds(experiment: Experiment) -> list[float]:
    """Return the measured seconds per update of each run."""
    return [cost.seconds_per_update(experiment.problem, run) for run in experiment.runs]


def warm() -> None:
    """Do once, before anybody comes, what a first visit needs."""
    home = default_experiment()
    ground(home, traces(home), View().plane)
