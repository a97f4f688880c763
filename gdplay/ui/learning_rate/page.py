"""The Learning rate page: where rates stop working on these data, and what they do until then."""

from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from gdplay import figures
from gdplay.experiment import Experiment
from gdplay.figures.theme import THEMES
from gdplay.knobs import Knobs, knob
from gdplay.optimizers import OPTIMIZERS, SGD, Optimizer
from gdplay.schedules import SCHEDULES
from gdplay.theory.curvature import Curvature, curvature, stability_limit
from gdplay.ui import parts, problem_controls, ruler, state
from gdplay.ui.learning_rate import rate_sweep, schedules, three_rates
from gdplay.ui.state import key
from gdplay.ui.widgets import rate_options
from gdplay.words import number

RULES = ("sgd", "momentum", "nesterov")


@dataclass(frozen=True)
class RateView(Knobs):
    """What the page shows.

    Attributes
    ----------
    times : the visitor's own rate as a multiple of 2/L, which it keeps on other data; None is a
        round one at three quarters of the rule's limit
    rule : the rule of the runs under the ruler
    lines : what the sweep compares
    epoch : the epoch after which the sweep is looked at; None is the last
    size : rows per update under the schedules; None is the fewest of the runs
    schedules : bit i is set where the schedule at place i is drawn
    """

    times: float | None = knob(None, 1e-9, 1e9, kind=float)
    rule: str = knob("sgd", choices=RULES)
    lines: str = knob("runs", choices=tuple(rate_sweep.LINES))
    epoch: int | None = knob(None, 1, 5000, kind=int)
    size: int | None = knob(None, 1, 10_000, kind=int)
    schedules: int = knob(0b11001, 1, 2 ** len(SCHEDULES) - 1)

    @property
    def schedule_names(self) -> list[str]:
        """The keys of the schedules drawn."""
        return [name for i, name in enumerate(SCHEDULES) if self.schedules >> i & 1]


def page() -> None:
    """Draw the page."""
    experiment, view = state.current()
    theme = THEMES.get(st.context.theme.type or "light", figures.LIGHT)
    share = parts.head("Learning rate: where it stops working on these data")
    with st.sidebar:
        experiment = problem_controls.problem(experiment)
    facts = curvature(experiment.problem)
    if not np.isfinite(facts.limit):
        state.save(experiment, view)
        st.info("Nothing bends upwards here, so that no rate is too large.")
        return
    view = _ruler(experiment, view, facts)
    three = st.container(key="three", gap="small")
    lines, epoch, swept = rate_sweep.controls(experiment, view.lines, view.epoch)
    names, size, decayed = schedules.controls(experiment, view.schedule_names, view.size)
    mask = sum(1 << i for i, name in enumerate(SCHEDULES) if name in names)
    view = replace(view, lines=lines, epoch=epoch, size=size, schedules=mask)
    state.save(experiment, view)
    parts.share(share, "The address of this page is all that it shows.")
    with three:
        rule = OPTIMIZERS[view.rule]
        three_rates.draw(experiment, replace(rule, lr=own_rate(view, rule, facts)), theme)
    with decayed:
        schedules.draw(experiment, names, size, theme)
    with swept:
        clicked = rate_sweep.draw(experiment, lines, epoch, theme)
    if clicked is not None:
        state.go("compare", clicked, trip=True)


# The ruler


def own_rate(view: RateView, rule: Optimizer, facts: Curvature) -> float:
    """Return the visitor's rate: its multiple of 2/L, or a round one at 3/4 of the rule's limit."""
    limit = stability_limit(rule, facts.L) or facts.limit
    rate = float(f"{0.75 * limit:.0e}") if view.times is None else view.times * facts.limit
    return float(np.clip(float(f"{rate:.6g}"), 1e-8, 1e3))


def _ruler(experiment: Experiment, view: RateView, facts: Curvature) -> RateView:
    """Draw the rule, the slider with the ruler under it, and what the rate does."""
    names, slider = st.columns([2.4, 5], vertical_alignment="center")
    with names:
        rule = st.segmented_control(
            "Rule", RULES, default=view.rule, key=key("rule"), required=True,
            format_func=lambda name: OPTIMIZERS[name].title, label_visibility="collapsed",
        )  # fmt: skip
    if rule != view.rule:
        view = replace(view, rule=rule)
    rate = own_rate(view, OPTIMIZERS[rule], facts)
    problem, n = experiment.problem, experiment.problem.n_samples
    sizes = [run.rows(n) for run in experiment.runs]
    lowest = ruler.marks(problem, [OPTIMIZERS[rule]], sizes)[0].rate
    low, high = min(facts.limit / 50, 0.8 * lowest), 6 * facts.limit
    offered = rate_options(rate, facts.limit)
    options = [option for option in offered if low <= option <= high or option == rate]
    with slider, st.container(key="ruler", gap=None):
        chosen = st.select_slider(
            "Learning rate", options, value=rate, key=key(f"rate.{rule}"), format_func=number,
            label_visibility="collapsed",
        )  # fmt: skip
        st.html(ruler.strip(problem, [OPTIMIZERS[rule]], sizes, options))
    with st.container(key="words"):
        st.markdown(verdicts(experiment, replace(OPTIMIZERS[rule], lr=chosen)))
    return view if chosen == rate else replace(view, times=chosen / facts.limit)


def verdicts(experiment: Experiment, rule: Optimizer) -> str:
    """Return what the rate does to full batches, per direction, and to the smallest batches."""
    problem, n = experiment.problem, experiment.problem.n_samples
    facts = curvature(problem)
    said = [f"**Rate {number(rule.lr)}.** {ruler.verdict(problem, rule, rule.lr)}."]
    if facts.where != "at zero":
        near = "" if problem.quadratic else " near the minimum"
        late = "" if isinstance(rule, SGD) else ", in the long run,"
        said.append(
            f"Per update{near}{late} the distance along the steepest direction "
            f"{ruler.shrinks(rule, facts.L)}; along the flattest it "
            f"{ruler.shrinks(rule, facts.mu)}."
        )
    if isinstance(rule, SGD):
        size = min(run.rows(n) for run in experiment.runs)
        noisy = ruler.noisy_verdict(problem, size, rule.lr)
        said += [f"{noisy}."] if noisy else []
    return " ".join(said)
