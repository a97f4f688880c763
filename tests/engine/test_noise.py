"""Gradient noise on a function: seeded, the same for all rules and starts, and none on data."""

from dataclasses import replace

import numpy as np
import pytest

import gdplay as gd
from gdplay import link
from gdplay.engine import noise
from gdplay.engine.training import by_start
from gdplay.figures.arrows import arrows_of
from gdplay.teaching.defaults import default_experiment, default_race
from gdplay.teaching.starts import noise_words
from tests import trained

RACE = replace(default_race(gd.SURFACES["himmelblau"]), epochs=15, gradient_noise=5.0, seed=3)


def test_a_plain_step_is_that_of_the_gradient_and_seeded_normal_numbers_of_that_size() -> None:
    drawn = 5.0 * np.random.default_rng((3, 0, 110)).standard_normal((15, 2))
    params = np.array(RACE.start)
    for made, state in enumerate(trained(RACE)[0].path[1:]):
        params = params - 0.01 * (RACE.problem.gradient(params) + drawn[made])
        np.testing.assert_allclose(state, params, rtol=1e-12)


def test_all_starts_meet_the_same_noise_and_all_seeds_another(monkeypatch) -> None:
    both = replace(RACE, more_starts=((2.0, 4.0),))
    for alone, traces in by_start(both, trained(both)):
        for trace, own in zip(traces, trained(alone), strict=True):
            assert np.array_equal(trace.path, own.path)
    ends = trained(replace(RACE, n_seeds=3))[0].loss[:, -1]
    assert len(set(ends)) == 3
    assert ends[0] == trained(RACE)[0].loss[0, -1]
    monkeypatch.setattr(noise, "_DRAWN", 4)
    assert np.array_equal(gd.train(RACE)[2].loss, trained(RACE)[2].loss)


def test_a_replay_and_the_velocity_arrow_hold_the_noisy_gradient() -> None:
    step = gd.replay(RACE, 1, 7)
    assert np.array_equal(step.new_params, trained(RACE)[1].path[7])
    drawn = 5.0 * np.random.default_rng((3, 0, 110)).standard_normal((15, 2))
    np.testing.assert_allclose(step.gradient - step.full_gradient, drawn[6], rtol=1e-12)
    told = arrows_of(RACE, 1, trained(RACE)[1])
    np.testing.assert_allclose(told.velocity[6], -step.new_state, rtol=1e-12)
    np.testing.assert_allclose(told.downhill[6], -step.full_gradient, rtol=1e-12)


def test_noise_travels_in_links_and_in_the_numpy_program_and_is_named() -> None:
    assert link.decode(link.encode(RACE)) == link.decode(link.short(RACE)) == RACE
    assert "gradient_noise" not in link.encode(replace(RACE, gradient_noise=0.0))
    space: dict[str, list[dict[str, object]]] = {}
    exec(gd.export.script(RACE), space)
    for result, trace in zip(space["results"], trained(RACE), strict=True):
        np.testing.assert_allclose(result["loss"], trace.loss[0], rtol=1e-9)
    with pytest.raises(ValueError, match="written in NumPy alone"):
        gd.export.torch(RACE)
    assert "Gradient noise of standard deviation 5" in noise_words(RACE)
    assert noise_words(replace(RACE, gradient_noise=0.0)) == ""


def test_on_data_noise_is_that_of_the_rows_and_none_is_added() -> None:
    with pytest.raises(ValueError, match="gradient_noise must be 0 on data; got 1"):
        replace(default_experiment(), gradient_noise=1.0)
