"""The table of runs says what their curves show."""

from dataclasses import replace

import numpy as np
import pytest

import gdplay as gd
from gdplay.engine.training import Status
from gdplay.figures.curves import curves
from gdplay.teaching.summary import (
    NO_RUN,
    params_rows,
    plane_name,
    run_heads,
    run_rows,
    run_words,
    slice_words,
)
from gdplay.theory.curvature import curvature
from gdplay.theory.landscape import PRINCIPAL, plane_of
from gdplay.theory.measures import AXES
from gdplay.words import duration, quantity

LINE = gd.default_experiment()
"""200 rows, 30 epochs, and batches of 200, 10 and 1 rows."""


@pytest.mark.parametrize("n_seeds", [1, 3, 4])
def test_the_final_loss_is_the_end_of_the_runs_curve(n_seeds):
    experiment = replace(gd.default_experiment(), n_seeds=n_seeds, epochs=3)
    traces = gd.train(experiment)
    rows, drawn = run_rows(experiment, traces), curves(experiment, traces)
    for row, curve in zip(rows, drawn, strict=True):
        assert f"{np.asarray(curve.y)[-1]:.4g}" in row


def test_a_run_is_told_by_its_updates_per_epoch_and_its_share_of_its_own_limit():
    facts = curvature(LINE.problem)
    half, momentum = facts.limit / 2, gd.Momentum(lr=facts.limit)
    assert run_words(gd.Run(gd.SGD(lr=half)), 200, facts) == "1 update per epoch · rate 0.5 × 2/L"
    # 2 (1 + beta) / L, which is 3.8 / L.
    told = run_words(gd.Run(momentum, 32), 200, facts)
    assert told.startswith("7 updates per epoch · rate 0.526 × its limit ")
    assert float(told.split()[-1]) == pytest.approx(3.8 / facts.L, rel=5e-3)
    assert run_words(gd.Run(gd.Adam(lr=0.01), 1), 200, facts) == "200 updates per epoch · rate 0.01"


def table_of(**changes):
    experiment = replace(LINE, **changes)
    return run_rows(experiment, gd.train(experiment))


def test_updates_per_epoch_and_in_all_are_those_of_the_run():
    assert [(row.per_epoch, row.updates) for row in table_of()] == [
        ("1", "30"),
        ("20", "600"),
        ("200", "6\u202f000"),
    ]


def test_when_a_run_arrived_is_counted_along_the_axis_chosen():
    traces, seconds = gd.train(LINE), [2e-3, 1e-3, 1e-3]
    columns = {
        along: [row.arrived for row in run_rows(LINE, traces, along, seconds)] for along in AXES
    }
    epochs = [int(text) for text in columns["epochs"] if text.isdigit()]
    arrived = [place for place, text in enumerate(columns["epochs"]) if text.isdigit()]
    assert arrived
    for place, n in zip(arrived, epochs, strict=True):
        updates = n * (1, 20, 200)[place]
        assert columns["updates"][place] == quantity(updates)
        assert columns["examples"][place] == quantity(200 * n)
        assert columns["seconds"][place] == duration(seconds[place] * updates)
    assert [run_heads(along)[4] for along in AXES] == [
        f"{what} to within 1 %" for what in ("Epochs", "Updates", "Examples", "Time")
    ]


def test_a_run_arrives_at_the_epoch_from_which_its_excess_stays_under_a_hundredth():
    lowest = LINE.problem.loss(LINE.problem.minimum())
    for trace, row in zip(gd.train(LINE), table_of(), strict=True):
        excess = (trace.loss[0] - lowest) / (trace.loss[0, 0] - lowest)
        above = np.flatnonzero(excess > 0.01)[-1] + 1
        assert row.arrived == (str(above) if above <= 30 else "not within the run")


def test_between_two_seeds_the_median_arrival_may_be_half_an_epoch():
    experiment = replace(LINE, runs=(gd.Run(gd.SGD(lr=0.05), 32),), n_seeds=2)
    (trace,) = gd.train(experiment)
    early = np.where(np.arange(31) < 4, 1e3, trace.loss[0, -1])
    late = np.where(np.arange(31) < 5, 1e3, trace.loss[0, -1])
    (row,) = run_rows(experiment, [replace(trace, loss=np.stack([early, late]))])
    assert row.arrived == "4.5"


def test_a_run_that_ran_away_says_at_which_update_and_has_no_loss():
    (row,) = table_of(runs=(gd.Run(gd.SGD(lr=1e3)),))
    assert row.status == "diverged at update 1"
    assert row.loss == "none"
    assert row.arrived == "not within the run"


def ended(*status, losses=None):
    """What is told of a run whose seeds ended like that."""
    experiment = replace(LINE, runs=(gd.Run(gd.SGD(lr=0.05)),), n_seeds=len(status))
    (trace,) = gd.train(experiment)
    at = tuple(7 if one is Status.DIVERGED else -1 for one in status)
    loss = np.repeat(trace.loss[:1], len(status), axis=0)
    if losses is not None:
        loss[:, -1] = losses
    return run_rows(experiment, [replace(trace, status=status, diverged_at=at, loss=loss)])[0]


CONVERGED, EXHAUSTED, DIVERGED, CANCELLED = (
    Status.CONVERGED,
    Status.EXHAUSTED,
    Status.DIVERGED,
    Status.CANCELLED,
)


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ((CONVERGED,), "stopped: gradient small"),
        ((EXHAUSTED,), "all epochs ran"),
        ((CANCELLED,), "stopped early"),
        ((DIVERGED,), "diverged at update 7"),
        ((DIVERGED, EXHAUSTED, CONVERGED), "1 of 3 seeds diverged"),
        ((CANCELLED, CANCELLED), "stopped early"),
        ((CONVERGED, CONVERGED, EXHAUSTED), "2 of 3 stopped: gradient small"),
        ((EXHAUSTED, EXHAUSTED), "all epochs ran"),
    ],
)
def test_how_seeds_ended_is_told_together(status, told):
    assert ended(*status).status == told


def test_a_lost_seed_stands_behind_all_others_in_the_median():
    seeds = (DIVERGED, EXHAUSTED, EXHAUSTED)
    assert ended(*seeds, losses=[np.nan, 3.0, 2.0]).loss == "3"
    assert ended(DIVERGED, DIVERGED, EXHAUSTED, losses=[np.nan, np.nan, 2.0]).loss == "none"


def test_the_last_parameters_of_each_run_stand_above_those_of_the_minimum():
    traces = gd.train(LINE)
    *runs, last = params_rows(LINE, traces)
    assert [place for place, *_ in runs] == [0, 1, 2]
    for (_, _, params), trace in zip(runs, traces, strict=True):
        np.testing.assert_array_equal(params, trace.params[0, -1])
    assert last[:2] == (NO_RUN, "Closed form")
    np.testing.assert_allclose(last[2], LINE.problem.minimum())
    moons = replace(gd.default_experiment(gd.DATASETS["moons"]), epochs=1)
    assert params_rows(moons, gd.train(moons))[-1][1] == "Minimum (Newton)"


@pytest.mark.parametrize(("key", "name"), [("bowl", "Minimum"), ("himmelblau", "Minimum, 1 of 4")])
def test_of_several_minima_the_one_shown_says_so(key, name):
    surface = gd.SURFACES[key]
    race = gd.Experiment(surface, (gd.Run(gd.SGD(lr=1e-3)),), start=surface.start, epochs=2)
    assert params_rows(race, gd.train(race))[-1][1] == name


def test_without_a_minimum_there_are_the_runs_alone():
    wine = gd.default_experiment(gd.DATASETS["wine"])
    wine = replace(wine, problem=replace(wine.problem, l2=0.0), epochs=1)
    assert [place for place, *_ in params_rows(wine, gd.train(wine))] == [0, 1, 2]


def test_a_plane_is_named_by_its_parameters_and_says_how_much_it_holds():
    assert plane_name(LINE, "0,1") == " × ".join(LINE.problem.param_titles)
    assert plane_name(LINE, "1,0") == " × ".join(LINE.problem.param_titles[::-1])
    assert plane_name(LINE, PRINCIPAL) == "Principal directions"
    assert slice_words(LINE, plane_of(LINE, gd.train(LINE))) == ""
    ravine = replace(gd.default_experiment(gd.DATASETS["ravine"]), epochs=3)
    plane = plane_of(ravine, gd.train(ravine))
    words = slice_words(ravine, plane)
    assert words.startswith("The surface is a slice of a space of 3 parameters. It holds ")
    assert f"holds {plane.share:.1%} of the paths' variation" in words
