"""What a slider offers, and what it moves."""

from dataclasses import replace

import pytest

import gdplay as gd
from gdplay.figures.sliders import FIELDS, decays, options, slider, value_of

HOME = gd.default_experiment()


@pytest.mark.parametrize("value", [1, 2, 7, 29, 30, 31, 999, 100_000])
def test_epochs_on_offer_reach_beyond_what_there_is_and_hold_it(value):
    offered = options(HOME, "epochs", value)
    assert offered == sorted({*offered, value, 1})
    assert min(2 * value, 100_000) <= offered[-1] <= min(8 * value, 100_000)
    assert all(count == int(count) for count in offered)
    assert len(offered) <= 60


def test_a_slider_moves_the_field_of_its_runs_and_no_other():
    runs = (gd.Run(gd.Momentum(0.1)), gd.Run(gd.Adam(0.2)), gd.Run(gd.Nesterov(0.1, beta=0.5)))
    experiment = replace(HOME, runs=runs)
    held = slider(experiment, "beta", (2,))
    assert value_of(experiment, "beta", (2,)) == 0.5
    assert {0.0, 0.5, 0.9, 0.99} <= {*held.options}
    assert held.at(experiment, 0.99).runs == (*runs[:2], gd.Run(gd.Nesterov(0.1, beta=0.99)))
    assert slider(experiment, "epochs", (0, 1, 2)).at(experiment, 5.0).epochs == 5


def test_fields_that_keep_a_share_of_memory_are_found_in_every_rule():
    assert decays(gd.SGD()) == []
    assert decays(gd.Adam()) == ["b1", "b2"]
    assert set(FIELDS) == {"lr", "epochs", "beta", "rho", "b1", "b2"}
