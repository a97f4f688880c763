"""The table of runs says what their curves show."""

from dataclasses import replace

import numpy as np
import pytest

import gdplay as gd
from gdplay.engine.training import Status
from gdplay.figures.curves import curves
from gdplay.teaching.networks import default_networks
from gdplay.teaching.summary import (
    NO_RUN,
    UNITS,
    data_in_short,
    params_caption,
    params_rows,
    plane_name,
    problem_in_short,
    raw_rows,
    run_heads,
    run_in_short,
    run_rows,
    run_words,
    slice_words,
    table_in_short,
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
        f"{what} until 1 % of the excess is left, for good"
        for what in ("Epochs", "Updates", "Examples", "Time")
    ]


def test_of_several_seeds_the_heads_say_median_and_parameters_whose_they_are():
    heads = run_heads("epochs", 30)
    assert [head for head in heads if "median of 30 seeds" in head] == [heads[3], heads[4]]
    assert not any("median" in head for head in run_heads("epochs", 1))
    many = replace(LINE, n_seeds=30)
    assert params_caption(many) == "Of the first of 30 seeds"
    assert params_caption(many, UNITS[0]) == f"{UNITS[0]}. Of the first of 30 seeds"
    assert params_caption(LINE, UNITS[1]) == UNITS[1]
    assert params_caption(LINE) == ""
    assert params_caption(replace(LINE, runs=LINE.runs[:1], n_seeds=30)) == ""  # seeds are alike
    nets = default_networks()
    nets = replace(nets, runs=nets.runs[:1], n_seeds=30)
    assert params_caption(nets) == "Of the first of 30 seeds"  # which start elsewhere


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
    assert row.updates == "1 of 30"
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


def test_updates_are_those_made_and_of_how_many_where_a_seed_is_lost():
    assert ended(DIVERGED).updates == "7 of 30"
    assert ended(DIVERGED, EXHAUSTED).updates == "up to 30"
    assert ended(EXHAUSTED, EXHAUSTED).updates == "30"


def test_a_lost_run_has_no_last_parameters():
    lost = replace(LINE, runs=(gd.Run(gd.SGD(lr=1e3)), LINE.runs[1]))
    (_, _, gone), (_, _, well), _ = params_rows(lost, gd.train(lost))
    assert np.isnan(gone).all()
    assert np.isfinite(well).all()


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


def race(key, *starts, lr=1e-3, epochs=2):
    """Runs of plain steps from one start each, stood side by side."""
    surface, runs = (
        gd.SURFACES[key],
        tuple(gd.Run(gd.SGD(lr=lr / (i + 1))) for i in range(len(starts))),
    )
    parts = [
        gd.Experiment(surface, (run,), start, epochs)
        for run, start in zip(runs, starts, strict=True)
    ]
    return gd.Experiment(surface, runs, starts[0], epochs), [gd.train(part)[0] for part in parts]


def test_ends_are_compared_with_the_minimum_they_are_nearest_to():
    experiment, traces = race("himmelblau", (3.5, -1.5))
    name, place = params_rows(experiment, traces)[-1][1:]
    assert name == "Nearest of 4 minima"
    np.testing.assert_allclose(place, (3.584428, -1.848127), atol=1e-6)
    experiment, traces = race("himmelblau", (3.5, -1.5), (3.1, 2.1))
    rows = params_rows(experiment, traces)[2:]
    names = [f"Minimum nearest to {name}" for name in gd.experiment.labels(experiment)]
    assert [name for _, name, _ in rows] == names
    np.testing.assert_allclose(rows[1][2], (3, 2), atol=1e-9)


def test_a_single_minimum_is_called_so_and_of_several_the_first_stands_where_all_is_lost():
    assert params_rows(*race("bowl", (3.0, 4.0)))[-1][1] == "Minimum"
    name, place = params_rows(*race("himmelblau", (0.0, -3.0), lr=1e3))[-1][1:]
    assert name == "Minimum, 1 of 4"
    np.testing.assert_allclose(place, (3, 2), atol=1e-9)


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


@pytest.mark.parametrize(
    ("size", "n_samples", "parts"),
    [
        (None, 1, ["Plain step"]),
        (None, 2, ["all 2 rows", "Plain step"]),
        (1, 2, ["1 row", "Plain step"]),
        (3, 9, ["3 rows", "Plain step"]),
    ],
)
def test_a_run_in_short_is_its_rows_where_there_are_some_and_its_rule(size, n_samples, parts):
    run = gd.Run(gd.SGD(), size)
    parts = [part.replace("Plain step", gd.SGD().title) for part in parts]
    assert run_in_short(run, n_samples) == " · ".join(parts)
    assert run_in_short(run, n_samples, parts[-1]) == " · ".join(parts[:-1])


def test_of_two_rows_an_epoch_is_told_and_of_a_function_the_rate_alone():
    facts = curvature(LINE.problem)
    run = gd.Run(gd.SGD(lr=facts.limit), 1)
    assert run_words(run, 2, facts) == "2 updates per epoch · rate 1 × 2/L"
    assert run_words(run, 1, facts) == "Rate 1 × 2/L"
    assert run_words(gd.Run(gd.Adam(lr=0.01)), 1, facts) == "Rate 0.01"


def test_own_rows_say_whether_a_link_carries_them():
    rows = gd.Table(np.arange(6.0).reshape(3, 2), [1.0, 2.0, 4.0])
    assert table_in_short(rows).startswith("3 rows of 2 features; the target is ")
    assert table_in_short(rows).endswith(". They travel in the link.")
    many = gd.Table(np.random.default_rng(0).normal(size=(5000, 3)), np.arange(5000.0))
    assert many.packed is None
    assert table_in_short(many).endswith(
        ". They stay in this session: the link says which rows to bring along."
    )


def test_data_are_told_in_short_by_what_their_targets_are_and_how_many_they_are():
    told = {key: data_in_short(key) for key in ("line", "iris", "himmelblau", gd.Table.key)}
    assert told == {
        "line": "Line: numbers, 200 rows of 1 column",
        "iris": "Iris: 3 classes, 150 rows of 4 columns",
        "himmelblau": f"ƒ  {gd.SURFACES['himmelblau'].title}: a function of two parameters",
        gd.Table.key: f"{gd.Table.title}: paste rows, or take a file",
    }
    assert problem_in_short(replace(LINE, epochs=1)) == "Line · 200 rows · 1 epoch"
    race = gd.Experiment(gd.SURFACES["himmelblau"], LINE.runs[:1], (0.0, 0.0), 7)
    assert problem_in_short(race) == f"ƒ  {gd.SURFACES['himmelblau'].title} · 7 steps"
    classes = gd.Table(np.arange(6.0).reshape(3, 2), ["a", "b", "a"])
    assert ", 2 classes. They travel" in table_in_short(classes)


def test_of_two_seeds_the_heads_and_the_caption_say_so():
    assert run_heads("epochs", 2)[3] == "Final loss (median of 2 seeds)"
    assert run_heads("epochs", 1)[3] == "Final loss"
    assert params_caption(replace(LINE, n_seeds=2)) == "Of the first of 2 seeds"


def test_of_two_minima_the_nearest_is_named_or_the_first_where_all_is_lost():
    name, place = params_rows(*race("saddle", (0.1, 0.8), epochs=400))[-1][1:]
    assert name == "Nearest of 2 minima"
    np.testing.assert_allclose(place, (0, 1), atol=1e-9)
    assert params_rows(*race("saddle", (3.0, 5.0), lr=1e3))[-1][1] == "Minimum, 1 of 2"


def test_parameters_are_told_per_raw_unit_where_columns_are_standardised():
    rows = [(0, "Batch", [1.0, 2.0])]
    assert raw_rows(LINE.problem, rows) == []
    standard = replace(LINE.problem, standardize=True)
    x = standard.data.X[:, 0]
    ((place, name, params),) = raw_rows(standard, rows)
    assert (place, name) == (0, "Batch")
    assert params == pytest.approx([1 - 2 * x.mean() / x.std(), 2 / x.std()])
    assert raw_rows(gd.SURFACES["bowl"], rows) == []


def test_on_a_function_all_updates_are_made():
    bowl = gd.Experiment(gd.SURFACES["bowl"], (gd.Run(gd.SGD(lr=0.01)),), (3.0, 4.0), 5)
    traces = gd.train(bowl)
    assert run_rows(bowl, traces)[0].status == "all updates made"
    early = replace(traces[0], status=(Status.CONVERGED,))
    assert run_rows(bowl, [early])[0].status == "stopped: gradient small"
