"""Default races: on functions of the table as ever, on own functions such as get somewhere."""

import numpy as np
import pytest

import gdplay as gd
from gdplay.engine.training import Status
from gdplay.teaching.defaults import FALLS, default_race
from tests.loss.test_expressions import TEXTS

RATES = {
    "bowl": (0.2, 0.2, 0.2),
    "valley": (0.06, 0.06, 0.2),
    "booth": (0.03, 0.03, 0.2),
    "rosenbrock": (0.0005, 0.0005, 0.09),
    "himmelblau": (0.006, 0.006, 0.1),
    "saddle": (0.06, 0.06, 0.06),
}


@pytest.mark.parametrize("key", RATES)
def test_rates_on_a_function_of_the_table_are_a_quarter_of_the_limit(key):
    race = default_race(gd.SURFACES[key])
    assert tuple(run.optimizer.lr for run in race.runs) == RATES[key]


@pytest.mark.parametrize("text", TEXTS)
def test_on_an_own_function_every_run_gets_lower_and_stays_in_sight(text):
    race = default_race(gd.Expression(text))
    assert race.start == race.problem.start
    for trace in gd.train(race, record_path=False)[:2]:
        first, last = trace.loss[0, [0, -1]]
        assert trace.status == (Status.EXHAUSTED,)
        assert first - FALLS * (1 + np.abs(first)) <= last < first
