"""The batch size: what the rows of a batch change, each number measured on the data shown."""

from dataclasses import replace

import streamlit as st

from gdplay.figures.theme import LIGHT, THEMES
from gdplay.loss.fit import Fit
from gdplay.ui import parts, results, share, state
from gdplay.ui.batch_size import (
    fair_race,
    gradient_cloud,
    noise_floor,
    rate_by_batch,
    rate_scaling,
    row_orders,
    update_costs,
)
from gdplay.ui.batch_size.view import PARTS, no_rows

# Each part's controls, if it has any, and its picture.
DRAWN = {
    "map": (rate_by_batch.controls, rate_by_batch.draw),
    "floor": (None, noise_floor.draw),
    "cost": (None, update_costs.draw),
    "order": (row_orders.controls, row_orders.draw),
    "scaling": (rate_scaling.controls, rate_scaling.draw),
    "race": (fair_race.controls, fair_race.draw),
}

experiment, view = state.current()
theme = THEMES.get(st.context.theme.type or "light", LIGHT)
title = "Batch size: a mini-batch gradient is right on average"
front = st.container(key="front", gap="small")
with front:
    experiment, takeaway = parts.head(title, experiment)
if not isinstance(experiment.problem, Fit):
    state.save(experiment, view)
    no_rows()
    st.stop()
with front:
    opening = parts.opening()
    view = gradient_cloud.controls(experiment, view)
    cloud = st.container(gap="small")
view = replace(view, part=parts.part_choice(PARTS, view.part))
controls, draw = DRAWN[view.part]
st.markdown(f"## {PARTS[view.part].question}")
if controls is not None:
    view = controls(experiment, view)
below = st.container(gap="small", key="part")
state.save(experiment, view)
share.fill(takeaway, "The address of this page is what it shows.", experiment)
with cloud:
    if results.refused(experiment):
        st.stop()
    gradient_cloud.draw(experiment, view, results.traces(experiment), opening, theme)
with below:
    draw(experiment, view, theme)
