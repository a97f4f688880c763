"""Faults and the one change that mends them: what is offered does mend, and else nothing is."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import gdplay as gd
from gdplay.engine.training import Status
from gdplay.experiment import labels
from gdplay.own_rows.table import Table
from gdplay.teaching import mends as module
from gdplay.teaching.mends import Mend, _standing, _stands, mends, safe_limit
from gdplay.theory.curvature import curvature
from gdplay.theory.landscape import got_lower
from gdplay.theory.measures import Reference, reference
from gdplay.words import number
from tests import trained

LINE = gd.default_experiment()
LIMIT = curvature(LINE.problem).limit


def left(experiment: gd.Experiment) -> list[float]:
    """What is left of the start's excess over the last epochs, run by run."""
    traces = trained(experiment)
    origin = reference(experiment, traces).loss
    return [
        float((trace.loss[:, -5:].mean() - origin) / (trace.loss[0, 0] - origin))
        for trace in traces
    ]


def assert_mended(experiment: gd.Experiment, mend: Mend) -> None:
    """Train both, and see: who ran away comes down, who stood still comes down twice as far."""
    before, after = left(experiment), left(mend.experiment)
    pairs = zip(experiment.runs, mend.experiment.runs, strict=True)
    changed = [place for place, (was, now) in enumerate(pairs) if was != now]
    if mend.label == "standardise":
        n = experiment.problem.n_samples
        changed = [p for p in changed if experiment.runs[p].rows(n) == n]
    assert changed
    for place in changed:
        trace = trained(mend.experiment)[place]
        assert got_lower(trace)
        assert Status.DIVERGED not in trace.status
        assert not before[place] <= 2 * after[place], mend  # a lost run's is NaN


def raised(experiment: gd.Experiment, factor: float) -> gd.Experiment:
    runs = (
        replace(run, optimizer=replace(run.optimizer, lr=factor * run.optimizer.lr))
        for run in experiment.runs
    )
    return replace(experiment, runs=tuple(runs))


def ordered(experiment: gd.Experiment, sampling: str) -> gd.Experiment:
    runs = tuple(replace(run, sampling=sampling) for run in experiment.runs)
    return replace(experiment, runs=runs)


def labels_of(experiment: gd.Experiment, **more: Any) -> list[str]:
    return [mend.label for mend in mends(experiment, trained(experiment), **more)]


RAVINE = gd.default_experiment(gd.DATASETS["ravine"])
MOONS = gd.default_experiment(gd.DATASETS["moons"])
FAULTY = {
    "line, 3 times the rate": (raised(LINE, 3), "rate 0.3"),
    "line, 10 times": (raised(LINE, 10), "rate 0.3"),
    "ravine, 100 times": (raised(RAVINE, 100), "rate 0.5"),
    "moons, 100 times": (raised(MOONS, 100), "rate 4.8"),
    "momentum": (
        replace(LINE, runs=(gd.Run(gd.Momentum(lr=4.2 / 2 * LIMIT)),), epochs=60),
        "rate 1.1",
    ),
    "line, sorted": (ordered(LINE, "sorted by target"), "reshuffle"),
    "ravine, sorted": (ordered(RAVINE, "sorted by target"), "reshuffle"),
    "3 of 98 rows": (
        replace(RAVINE, runs=(gd.Run(gd.SGD(lr=0.2), batch_size=98),), epochs=40),
        "drop the short batch",
    ),
}


@pytest.mark.parametrize("name", FAULTY)
def test_a_fault_is_offered_the_change_that_mends_it(name: str) -> None:
    experiment, label = FAULTY[name]
    (mend,) = mends(experiment, trained(experiment))
    assert mend.label == label
    assert mend.slower == label.startswith("rate ")
    assert_mended(experiment, mend)
    assert labels_of(mend.experiment) == []


def test_runs_that_all_ran_away_at_one_rate_keep_one_and_others_what_suits_each() -> None:
    (mend,) = mends(wild := raised(LINE, 10), trained(wild))
    assert {run.optimizer.lr for run in mend.experiment.runs} == {0.3}
    assert mend.words.endswith(
        "are stable at a rate of 0.3, 0.9 times the limit of 1 row per update, 0.332."
    )
    runs = (*wild.runs[:2], replace(wild.runs[2], optimizer=gd.SGD(lr=3.0)))
    (mend,) = mends(apart := replace(wild, runs=runs), trained(apart))
    assert [run.optimizer.lr for run in mend.experiment.runs] == [0.58, 0.53, 0.3]


OWN = {
    **{f"preset {key}": preset for key, preset in gd.PRESETS.items() if key != "digits"},  # dear
    **{f"lesson {key}": lesson for key, lesson in gd.LESSONS.items()},
}


@pytest.mark.parametrize("name", OWN)
def test_what_a_preset_or_a_lesson_is_offered_does_mend_it(name: str) -> None:
    experiment = OWN[name].build()
    for mend in mends(experiment, trained(experiment)):
        assert_mended(experiment, mend)
    names = labels(experiment)
    for place, own in enumerate(names):
        words = " ".join(mend.words for mend in mends(experiment, trained(experiment), [place]))
        assert not [other for other in set(names) - {own} if f"**{other}**" in words]


@pytest.mark.parametrize(
    ("excess", "stands"),
    [
        ([9, 9, 5, 5, 3, 3, 3, 3], True),
        ([9, 9, 5, 5, 3, 3, 2.5, 2.5], True),
        ([9, 9, 5, 5, 3, 3, 2.3, 2.3], False),
        ([9, 9, 5, 5, 1, 1, 3, 3, 3], True),  # of nine the last two and the two before them
        ([3, 3, 3, 3, 3, 3, 3], False),  # quarters of one epoch tell nothing
        ([0, 0, 0, 0, 0, 0, 0, 0], False),  # it has arrived
    ],
)
def test_a_run_stands_still_where_its_last_quarter_is_hardly_lower_than_the_one_before(
    excess: list[float], stands: bool
) -> None:
    origin = reference(LINE, trained(LINE))
    assert _stands(np.array(excess, dtype=float), origin) == stands


def test_only_steady_plain_runs_on_some_rows_that_came_down_to_a_minimum_stand_still() -> None:
    experiment, _ = FAULTY["3 of 98 rows"]
    (run,), (trace,) = experiment.runs, trained(experiment)
    origin = reference(experiment, [trace])

    def stand(origin: Reference = origin, trace: gd.Trace = trace, **more: Any) -> list[int]:
        there = replace(experiment, runs=(replace(run, **more),))
        return [place for place, _ in _standing(there, [trace], origin, [0])]

    assert stand() == [0]
    assert stand(schedule=gd.SCHEDULES["cosine"]) == []
    assert stand(optimizer=gd.Momentum(lr=0.2)) == []
    assert stand(batch_size=None) == []
    assert stand(optimizer=gd.SGD(lr=1e-6)) == []  # it is still on its way
    assert stand(origin=origin._replace(exact=False)) == []
    assert stand(trace=replace(trace, status=(Status.DIVERGED,))) == []
    assert stand(trace=replace(trace, loss=trace.loss[:, ::-1])) == []  # it got no lower
    # What is above the minimum falls to a third, though the loss itself hardly does.
    for last, standing in ((0.01, []), (0.03, [0])):
        excess = np.repeat([5.0, 1.0, 0.03, last], [9, 12, 10, 10]) * origin.loss
        assert stand(trace=replace(trace, loss=excess[None] + origin.loss)) == standing


SOUND = {
    "the default": LINE,
    "rows in an order that is as good as chance": ordered(LINE, "in order"),
    "rates that no theory knows": raised(replace(LINE, runs=(gd.Run(gd.Adam(lr=1.0)),)), 100),
    "small batches on a log loss": raised(replace(MOONS, runs=MOONS.runs[2:]), 1000),
    "a long bowl with standardised columns": replace(
        RAVINE, problem=replace(RAVINE.problem, standardize=True)
    ),
    "rows drawn with replacement": replace(
        LINE, runs=(gd.Run(gd.SGD(lr=0.2), batch_size=96, sampling="with replacement"),)
    ),
    "a last batch of half the size": replace(
        LINE, runs=(gd.Run(gd.SGD(lr=0.2), batch_size=80),), epochs=60
    ),
}


@pytest.mark.parametrize("name", SOUND)
def test_nothing_is_offered_where_it_would_not_mend(name: str) -> None:
    assert labels_of(SOUND[name]) == []


def test_a_ravine_of_raw_columns_is_standardised_and_rates_keep_their_multiple_of_the_limit() -> (
    None
):
    experiment = gd.PRESETS["zigzag"].build()
    (mend,) = mends(experiment, trained(experiment))
    before, after = (curvature(each.problem) for each in (experiment, mend.experiment))
    assert f"{number(before.condition)} times" in mend.words
    assert f"{number(after.condition)} times with standardised" in mend.words
    lr = mend.experiment.runs[0].optimizer.lr
    assert lr / after.limit == pytest.approx(0.9, rel=0.03)
    assert "rates kept their multiple" in mend.note


def test_a_bowl_that_is_round_when_standardised_bends_equally_all_ways() -> None:
    hours = Table(np.array([[3.6, 6.2, 1.7, 7.1, 12, 5.4]]).T, [33.6, 46.7, 26.9, 45.9, 65.2, 39.1])
    experiment = gd.default_experiment(hours)
    (mend,) = mends(experiment, trained(experiment))
    times = number(curvature(experiment.problem).condition)
    assert mend.words == (
        f"The loss is a ravine that holds **Batch** up: it bends {times} times as much one way as "
        "another, and equally all ways with standardised columns."
    )


def test_runs_with_limits_of_their_own_are_offered_each_its_own() -> None:
    runs = tuple(
        replace(run, optimizer=gd.SGD(lr=rate))
        for run, rate in zip(LINE.runs, (1.0, 0.9, 0.9), strict=True)
    )
    apart = replace(LINE, runs=runs)
    (mend,) = mends(apart, trained(apart))
    assert mend.label == "rates 0.58, 0.53 and 0.3"
    assert mend.words == (
        "**Batch, rate 1** is stable at a rate of 0.58, 0.9 times 2/L; **Mini-batch** is "
        "stable at a rate of 0.53, 0.9 times the limit of 10 rows per update, 0.592; "
        "**Stochastic** is stable at a rate of 0.3, 0.9 times the limit of 1 row per update, 0.332."
    )


def test_hidden_runs_and_stopped_ones_are_not_spoken_of() -> None:
    experiment = raised(LINE, 3)
    traces = trained(experiment)
    assert mends(experiment, traces, shown=(0, 1)) == []
    stopped = [replace(trace, status=(Status.CANCELLED,)) for trace in traces]
    assert mends(experiment, stopped) == []


def test_a_safe_limit_is_exact_on_all_rows_and_lower_on_fewer() -> None:
    limits = [safe_limit(LINE, run) for run in LINE.runs]
    assert limits[0] == pytest.approx(LIMIT)
    assert limits == sorted(limits, reverse=True)
    assert safe_limit(LINE, gd.Run(gd.Adam())) is None
    assert np.isclose(safe_limit(LINE, gd.Run(gd.Momentum(beta=0.9))) / LIMIT, 1.9)


def test_a_last_batch_is_dropped_up_to_a_quarter_of_the_others(monkeypatch):
    """Of ten rows: 8 leave 2, a quarter; 7 leave 3; 5 leave none; and all are one batch."""
    table = gd.Table(np.arange(10.0)[:, None], np.arange(10.0))
    runs = tuple(gd.Run(gd.SGD(lr=0.01), size) for size in (8, 7, 5, None))
    experiment = gd.Experiment(gd.Fit(table, gd.MODELS["linear"]), runs)
    monkeypatch.setattr(module, "_standing", lambda *_: list(enumerate(experiment.runs)))
    found = module._dropped(experiment, [], None, range(4))
    assert [run.drop_last for run in found.experiment.runs] == [True, False, False, False]
    assert "ends each epoch with 2 rows" in found.words
    assert "the full step of 8" in found.words


def test_runs_on_sorted_rows_are_reshuffled_one_meets_and_two_meet_them(monkeypatch):
    table = gd.Table(np.arange(10.0)[:, None], np.arange(10.0))
    for runs, verb in ((1, "meets"), (2, "meet")):
        some = tuple(gd.Run(gd.SGD(lr=0.01 * (i + 1)), 2, "sorted by target") for i in range(runs))
        experiment = gd.Experiment(gd.Fit(table, gd.MODELS["linear"]), some)
        monkeypatch.setattr(module, "_standing", lambda *_, e=experiment: list(enumerate(e.runs)))
        found = module._reshuffled(experiment, [], None, range(runs))
        assert f"** {verb} the rows" in found.words
        assert {run.sampling for run in found.experiment.runs} == {"reshuffle"}
