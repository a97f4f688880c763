"""The table of runs says what their curves show."""

from dataclasses import replace

import numpy as np
import pytest

import gdplay as gd
from gdplay.figures.curves import curves
from gdplay.teaching.summary import run_rows


@pytest.mark.parametrize("n_seeds", [1, 3, 4])
def test_the_final_loss_is_the_end_of_the_runs_curve(n_seeds):
    experiment = replace(gd.default_experiment(), n_seeds=n_seeds, epochs=3)
    traces = gd.train(experiment)
    rows, drawn = run_rows(experiment, traces), curves(experiment, traces)
    for row, curve in zip(rows, drawn, strict=True):
        assert f"{np.asarray(curve.y)[-1]:.4g}" in row
