"""The learning rate, measured instead of told: its limits, what it does, sweeps, schedules."""

from dataclasses import replace

import numpy as np
import streamlit as st

from gdplay import figures
from gdplay.figures.theme import THEMES
from gdplay.optimizers import RATES
from gdplay.studies.telling_rates import own_rule
from gdplay.theory.curvature import curvature
from gdplay.ui import parts, share, state
from gdplay.ui.learning_rate import rate, rate_sweep, schedules, three_rates


def page() -> None:
    """Draw the page."""
    experiment, view = state.current()
    theme = THEMES.get(st.context.theme.type or "light", figures.LIGHT)
    title = "Learning rate: where it stops working on these data"
    front = st.container(key="front", gap="small")
    with front:
        experiment, takeaway = parts.head(title, experiment)
    facts = curvature(experiment.problem)
    if facts.limit > RATES[1] / 10:
        state.save(experiment, view)
        why = "bends upwards" if np.isinf(facts.limit) else "bends much"
        st.info(f"Nothing {why} here, so that no rate up to {RATES[1]:g} is too large.")
        return
    with front:
        opening = parts.opening()
        view = rate.controls(experiment, view, facts)
        three = st.container(key="three", gap="small")
    told = st.container(gap="small")
    lines, epoch, swept = rate_sweep.controls(experiment, view.lines, view.epoch)
    keys, size, decayed = schedules.controls(experiment, view.schedules, view.size)
    view = replace(view, lines=lines, epoch=epoch, size=size, schedules=keys)
    state.save(experiment, view)
    share.fill(takeaway, "The address of this page is all that it shows.", experiment)
    with three:
        rule = own_rule(experiment, view.rule)
        mine = replace(rule, lr=view.rate(rule, facts))
        reading = three_rates.draw(experiment, mine, opening, theme)
    with told:
        rate.tell(experiment, mine)
        three_rates.tell(reading, theme)
    with decayed:
        schedules.draw(experiment, view.schedules, view.size, theme)
    with swept:
        clicked = rate_sweep.draw(experiment, lines, epoch, theme)
    if clicked is not None:
        state.go(state.played(), clicked, trip=True)


page()
