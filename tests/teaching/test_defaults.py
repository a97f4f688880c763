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
    "saddle": (0.06, 0.06, 0.06),
}


@pytest.mark.parametrize("key", RATES)
def test_rates_on_a_function_that_has_none_of_its_own_are_a_quarter_of_the_limit(key):
    race = default_race(gd.SURFACES[key])
    assert tuple(run.optimizer.lr for run in race.runs) == RATES[key]


@pytest.mark.parametrize("surface", gd.SURFACES.values(), ids=list(gd.SURFACES))
def test_in_a_race_on_a_function_of_the_table_nobody_is_lost_and_the_ends_differ(surface):
    race = default_race(surface)
    assert [run.optimizer.key for run in race.runs] == ["sgd", "momentum", "adam"]
    traces = gd.train(race, record_path=False)
    losses = [float(trace.loss[0, -1]) for trace in traces]
    start = float(traces[0].loss[0, 0])
    assert all(trace.status == (Status.EXHAUSTED,) for trace in traces)
    assert all(start - FALLS * (1 + abs(start)) < loss < start for loss in losses)
    ends = np.array([trace.params[0, -1] for trace in traces])
    minima = [minimum.place for minimum in surface.minima]
    if surface.key == "factors":  # a curve of minima, of which long plain steps find a flat one
        bends = [np.linalg.eigvalsh(surface.hessian(end))[-1] for end in ends]
        assert bends[0] < 2.5 < 8 < min(bends[1:])
    elif minima:
        away = np.linalg.norm(ends[:, None] - np.array(minima), axis=2)
        halfway = [float(t.loss[0, len(t.updates) // 2]) - surface.minima[0].value for t in traces]
        assert len(set(away.argmin(axis=1))) > 1 or max(halfway) > 3 * min(halfway)
        assert away.min() < 0.2


@pytest.mark.parametrize("text", TEXTS)
def test_on_an_own_function_every_run_gets_lower_and_stays_in_sight(text):
    race = default_race(gd.Expression(text))
    assert race.start == race.problem.start
    for trace in gd.train(race, record_path=False)[:2]:
        first, last = trace.loss[0, [0, -1]]
        assert trace.status == (Status.EXHAUSTED,)
        assert first - FALLS * (1 + np.abs(first)) <= last < first
