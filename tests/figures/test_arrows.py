"""Arrows at each state of a run on a function: those of the update that follows."""

from dataclasses import replace

import numpy as np
import pytest

import gdplay as gd
from gdplay.figures.arrows import arrows_of
from gdplay.teaching.defaults import default_experiment, default_race
from tests import trained

RACE = replace(default_race(gd.SURFACES["himmelblau"]), epochs=12)


@pytest.mark.parametrize("place", range(3))
def test_arrows_are_the_gradient_the_memory_and_the_step_of_each_update(place):
    drawn = arrows_of(RACE, place, trained(RACE)[place])
    assert len(drawn.step) == 12
    for made in (0, 5, 11):
        step = gd.replay(RACE, place, made + 1)
        np.testing.assert_allclose(drawn.downhill[made], -step.gradient, rtol=1e-9)
        np.testing.assert_allclose(drawn.step[made], step.new_params - step.params, atol=1e-12)
        if place == 0:  # the plain step remembers nothing
            assert drawn.velocity is None
        else:
            memory = RACE.runs[place].optimizer.memory(step.new_state)
            (name,) = {"v", "m"} & set(memory) if place == 1 else {"m"}
            np.testing.assert_allclose(drawn.velocity[made], -memory[name], rtol=1e-9)


def test_a_fit_has_none_and_no_run_whose_states_are_not_all_known():
    fit = default_experiment()
    assert arrows_of(fit, 0, trained(fit)[0]) is None
    thinned = replace(trained(RACE)[0], path_updates=2 * trained(RACE)[0].path_updates)
    assert arrows_of(RACE, 0, thinned) is None
