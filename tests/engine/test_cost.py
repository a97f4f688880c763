"""What training costs: the seconds on an axis, by a false clock so that no test is timed, and the
hard budget."""

import math
import re
import tracemalloc
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

import gdplay as gd
from gdplay.datasets import DATASETS
from gdplay.engine import cost, pace
from gdplay.engine.cost import seconds_per_update
from gdplay.engine.training import train
from gdplay.experiment import Run, labels
from gdplay.loss.fit import Fit
from gdplay.loss.models import MODELS
from gdplay.loss.surfaces import SURFACES
from gdplay.optimizers import OPTIMIZERS, SGD, Momentum
from gdplay.schedules import Cosine
from gdplay.teaching.networks import default_networks
from tests import KINDS, few_surfaces

LINE = Fit(DATASETS["line"], MODELS["linear"])


class Clock:
    """A clock that moves on by one tick each time it is read; the first readings may be slow."""

    def __init__(self, ticks):
        self.now, self.ticks, self.read = 0.0, iter(ticks), 0

    def __call__(self):
        self.read += 1
        self.now += next(self.ticks, 2.0**-10)
        return self.now


@pytest.fixture
def clock(monkeypatch):
    """Return a function that sets a false clock, with nothing measured so far."""
    monkeypatch.setattr(cost, "_measured", {})

    def set_to(*ticks):
        now = Clock(ticks)
        monkeypatch.setattr(cost, "perf_counter", now)
        return now

    return set_to


def test_the_best_of_five_rounds_of_two_milliseconds_counts(clock):
    # What each reading adds: a round's begin, then one after every update until 2 ms are over.
    rounds = [[0.0011] * 2, [0.004], [0.0006] * 4, [0.003], [0.0021]]
    now = clock(*(tick for ticks in rounds for tick in (0.0, *ticks)))
    assert seconds_per_update(LINE, Run(SGD())) == pytest.approx(0.0006)
    assert now.read == sum(1 + len(ticks) for ticks in rounds)


def test_a_pause_before_the_first_update_does_no_harm(clock):
    clock(0.0, 5.0)
    assert seconds_per_update(LINE, Run(SGD())) < 0.01


def test_a_kind_of_update_is_measured_once(clock):
    now = clock()
    first = seconds_per_update(LINE, Run(SGD(lr=0.1)))
    read = now.read
    alike = [
        Run(SGD(lr=0.5)),
        Run(SGD(), sampling="in order", epochs=3, schedule=Cosine()),
        Run(SGD(), batch_size=LINE.n_samples),
    ]
    for run in alike:
        assert seconds_per_update(LINE, run) == first
    other_rows = replace(LINE, dataset=replace(LINE.dataset, seed=5))
    assert seconds_per_update(other_rows, Run(SGD())) == first
    assert now.read == read


OTHERS = {
    "rows in a batch": (LINE, Run(SGD(), batch_size=1)),
    "rule": (LINE, Run(Momentum())),
    "rows": (replace(LINE, dataset=replace(LINE.dataset, n_samples=50)), Run(SGD())),
    "columns": (replace(LINE, features="quadratic"), Run(SGD())),
    "model": (
        Fit(replace(DATASETS["moons"], n_samples=200), MODELS["logistic"]),
        Run(SGD()),
    ),
    "surface": (SURFACES["bowl"], Run(SGD())),
}


@pytest.mark.parametrize("case", OTHERS)
def test_another_kind_of_update_is_measured_anew(clock, case):
    now = clock()
    seconds_per_update(LINE, Run(SGD()))
    read = now.read
    seconds_per_update(*OTHERS[case])
    assert now.read > read


@pytest.mark.parametrize("batch_size", [None, 32, 1])
@pytest.mark.parametrize("key", ["line", "moons", "iris"])
def test_every_rule_on_every_model_takes_some_time(clock, batch_size, key):
    clock()
    model = next(m for m in MODELS.values() if m.suits(DATASETS[key].n_classes))
    fit = Fit(DATASETS[key], model)
    for rule in OPTIMIZERS.values():
        assert seconds_per_update(fit, Run(rule, batch_size=batch_size)) > 0, rule


@pytest.mark.parametrize("surface", few_surfaces().values(), ids=KINDS)
def test_every_surface_takes_some_time(clock, surface):
    clock()
    assert seconds_per_update(surface, Run(SGD())) > 0


@pytest.mark.parametrize(("batch_size", "rows"), [(None, 200), (1000, 200), (32, 32), (1, 1)])
def test_an_update_is_measured_on_as_many_rows_as_it_takes(clock, monkeypatch, batch_size, rows):
    seen = []

    def watched(self, theta, block=None):
        seen.append((theta.shape, block.shape))
        return np.zeros((1, 1)), np.zeros_like(theta)

    monkeypatch.setattr(Fit, "value_and_grad", watched)
    clock()
    seconds_per_update(LINE, Run(SGD(), batch_size=batch_size))
    # A row holds 1, x and -y: all rows as they stand, not the few that full-batch training uses.
    assert set(seen) == {((1, 2, 1), (1, rows, 3))}


# The hard budget

DEFAULT = gd.default_experiment()
BIG = gd.default_experiment(replace(gd.DATASETS["line"], n_samples=10_000))
TOO_MUCH = {
    "epochs": replace(BIG, epochs=5000, runs=tuple(gd.Run(gd.Adam(), size) for size in (1, 9))),
    "seeds": replace(gd.default_experiment(gd.DATASETS["digits"]), n_seeds=50, epochs=500),
    "memory": replace(DEFAULT, n_seeds=1000, epochs=5000, runs=(gd.Run(gd.SGD(), None),) * 3),
    "everything": gd.Experiment(
        BIG.problem, tuple(gd.Run(gd.Adam(lr=0.1), 1, epochs=5000) for _ in range(6))
    ),
}


@pytest.mark.parametrize("experiment", TOO_MUCH.values(), ids=TOO_MUCH.keys())
def test_too_much_is_refused_with_what_was_asked_and_what_is_given(experiment):
    text = cost.refusal(experiment)
    assert text is not None
    assert re.search(r"That is .*\d.*; this shared server gives one experiment \d+", text)
    assert "or fewer" in text or "at least" in text or "several" in text


def test_what_fits_is_not_refused():
    assert cost.refusal(DEFAULT) is None


@pytest.mark.parametrize("experiment", TOO_MUCH.values(), ids=TOO_MUCH.keys())
def test_each_change_that_is_proposed_would_do(experiment):
    text = cost.refusal(experiment)
    assert text is not None
    for way in cost.ways(experiment):
        assert way.words in text
        assert cost.load(way.experiment).fits
        assert way.experiment != experiment
    for number, thing in re.findall(r"([\d\u202f]+) (epoch|row|seed)s? ?(?:or fewer)?", text):
        assert cost.load(changed(experiment, thing, int(number.replace("\u202f", "")))).fits
    for size in re.findall(r"at least (\d+) rows", text):
        runs = [
            replace(run, batch_size=max(int(size), run.rows(experiment.problem.n_samples)))
            for run in experiment.runs
        ]
        assert cost.load(replace(experiment, runs=tuple(runs))).fits
    for name in re.findall("without the run “(.*)”", text):
        place = labels(experiment).index(name)
        runs = experiment.runs[:place] + experiment.runs[place + 1 :]
        assert cost.load(replace(experiment, runs=runs)).fits


def changed(experiment: gd.Experiment, thing: str, number: int) -> gd.Experiment:
    if thing == "row":
        dataset = replace(experiment.problem.dataset, n_samples=number)
        return replace(experiment, problem=replace(experiment.problem, dataset=dataset))
    return replace(experiment, **{{"epoch": "epochs", "seed": "n_seeds"}[thing]: number})


def test_the_budget_counts_updates_of_all_runs_seeds_and_parameters():
    runs = (gd.Run(gd.SGD(lr=0.1), 50), gd.Run(gd.SGD(lr=0.2), 50), gd.Run(gd.SGD(lr=0.1)))
    experiment = replace(DEFAULT, runs=runs, epochs=10, n_seeds=3)
    # Four updates an epoch in two runs and three orders; the full batch needs no orders.
    assert cost.load(experiment).cost == (10 * 4 * 2 * 3 + 10) * 2


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("MAX_COST", "updates × runs × seeds × parameters"),
        ("MAX_SECONDS", "s of training"),
        ("MAX_DOUBLES", "MB of memory"),
    ],
)
def test_each_limit_is_named_where_it_is_what_stops_the_experiment(monkeypatch, name, words):
    asked = cost.load(DEFAULT)
    part = {"MAX_COST": asked.cost, "MAX_SECONDS": asked.seconds, "MAX_DOUBLES": asked.doubles}
    monkeypatch.setattr(cost, name, math.floor(part[name] * 1e6) / 2e6)
    text = cost.refusal(DEFAULT)
    assert text is not None
    assert words in text


# Estimates


def one(problem, rule, batch_size=None, **more):
    return gd.Experiment(problem, (Run(rule, batch_size),), **more)


DIGITS = Fit(DATASETS["digits"], MODELS["softmax"])
DIABETES = Fit(DATASETS["diabetes"], MODELS["linear"], standardize=True)
PLAIN, MOMENTUM, ADAM = SGD(lr=1e-4), Momentum(lr=1e-4), gd.Adam(lr=1e-4)
JUDGED = Fit(replace(DATASETS["moons"], n_samples=10_000), MODELS["softmax"], test_size=0.9)
MEASURED = {
    "one row at a time, composed": (one(LINE, PLAIN, 1, epochs=300), 0.021),
    "momentum, composed": (one(LINE, MOMENTUM, 1, epochs=300), 0.026),
    "composed, 20 seeds": (one(LINE, PLAIN, 1, epochs=100, n_seeds=20), 0.089),
    "one row at a time by Adam": (one(LINE, ADAM, 1, epochs=100), 0.58),
    "all rows, 3 000 times": (one(LINE, PLAIN, epochs=3000), 0.023),
    "all digits": (one(DIGITS, PLAIN, epochs=30), 0.035),
    "digits by Adam": (one(DIGITS, ADAM, 32, epochs=10), 0.067),
    "digits one by one": (one(DIGITS, PLAIN, 1, epochs=5), 0.39),
    "digits by Adam, 5 seeds": (one(DIGITS, ADAM, 1, epochs=2, n_seeds=5), 0.404),
    "50 seeds": (
        one(Fit(DATASETS["moons"], MODELS["logistic"]), PLAIN, 32, epochs=30, n_seeds=50),
        0.045,
    ),
    "a function": (one(SURFACES["rosenbrock"], SGD(lr=1e-5), epochs=5000), 0.143),
    "diabetes by Adam, 20 seeds": (one(DIABETES, ADAM, 1, epochs=20, n_seeds=20), 0.337),
    "test rows, a tolerance, two classes": (
        gd.Experiment(JUDGED, (Run(PLAIN, 100),), epochs=30, n_seeds=50, tol=1e-9),
        0.8,
    ),
    "full batches with a tolerance": (
        gd.Experiment(JUDGED, (Run(PLAIN),), epochs=300, n_seeds=50, tol=1e-9),
        0.14,
    ),
    "hardly anything": (one(LINE, PLAIN, epochs=1), 0.001),
}
"""Experiments, and the seconds that training each took on one core of a small server."""


@pytest.mark.parametrize("name", MEASURED)
def test_an_estimate_is_within_a_factor_of_two_of_what_training_took(name):
    experiment, seconds = MEASURED[name]
    assert seconds / 2 < cost.load(experiment).seconds < 2 * seconds


@pytest.mark.parametrize(
    ("changes", "more"),
    [({"epochs": 300}, 3), ({"n_seeds": 50, "epochs": 100}, 1), ({"epochs": 200}, 2)],
)
def test_full_batches_cost_by_epoch_and_not_by_seed(changes, more):
    base = one(LINE, PLAIN, epochs=100)
    ratio = cost.load(replace(base, **changes)).cost / cost.load(base).cost
    assert ratio == more


def test_traces_hold_for_each_seed_and_epoch_the_parameters_and_losses_and_one_path():
    # Parameters, loss and running loss: 5 numbers in 31 rows of 4 seeds; a path of 210 states.
    experiment = one(LINE, PLAIN, 32, epochs=30, n_seeds=4)
    assert cost.work(experiment).doubles == 31 * 4 * 4 + 210 * 4
    assert cost.work(replace(experiment, epochs=3000)).doubles == 3001 * 4 * 4 + 2000 * 4
    assert cost.work(experiment).updates == 210


HELD = {
    "orders of many rows": one(replace(JUDGED, test_size=0.0), PLAIN, 100, epochs=1, n_seeds=50),
    "large batches": one(DIGITS, PLAIN, 1000, epochs=1, n_seeds=20),
    "composed maps": one(LINE, PLAIN, 1, epochs=40, n_seeds=20),
    "ends of epochs": gd.Experiment(
        LINE, tuple(Run(SGD(lr=1e-4 * i)) for i in range(1, 121)), epochs=3000
    ),
}


@pytest.mark.parametrize("name", HELD)
def test_what_training_holds_at_once_is_known_before_within_a_factor_of_two(name):
    experiment = HELD[name]
    asked = 8 * cost.load(experiment, record_path=False).doubles  # reads the rows, too
    tracemalloc.start()
    train(experiment, record_path=False)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak / 2 < asked < 2 * peak + 8 * cost._ALWAYS


def test_a_server_gives_40_seconds_a_thousand_million_numbers_and_80_megabytes():
    given = cost.Load(10**9, 40.0, 10**7)
    assert given.fits
    asked = {"cost": 1_200_000_001, "seconds": 41.0, "doubles": 11_000_000}
    words = {
        "cost": "about 1\u202f200 million updates × runs × seeds × parameters",
        "seconds": "about 41 s of training; this shared server gives one experiment 40 s",
        "doubles": "88 MB of memory; this shared server gives one experiment 80 MB",
    }
    for name, value in asked.items():
        more = given._replace(**{name: value})
        assert not more.fits
        assert words[name].removeprefix("about ") in str(more)


def test_what_is_proposed_is_the_least_change_that_would_do(monkeypatch):
    experiment = replace(DEFAULT, n_seeds=20)
    # An epoch takes 1 + 20 (7 + 200) updates of two parameters. Half of that would be given:
    # 15 of 30 epochs; 50 rows, as 100 take 1 + 20 (4 + 100); 9 of 20 seeds, as 10 take 1 too many;
    # 4 rows, as 2 take 1 + 20 (7 + 100).
    monkeypatch.setattr(cost, "MAX_COST", cost.load(experiment).cost // 2)
    assert cost.refusal(experiment).endswith(
        "It would fit with 15 epochs or fewer, with 50 rows or fewer, with 9 seeds or fewer, "
        "with at least 4 rows per update in every run or without the run “Stochastic”."
    )


def test_two_rows_per_update_are_the_first_that_is_tried(monkeypatch):
    single = one(LINE, PLAIN, 1, epochs=10)
    pairs = replace(single, runs=(Run(PLAIN, 2),))
    monkeypatch.setattr(cost, "MAX_COST", cost.load(pairs).cost)
    assert "with at least 2 rows per update" in cost.refusal(single)


def test_where_no_single_change_is_enough_several_are_proposed(monkeypatch):
    monkeypatch.setattr(cost, "MAX_COST", 1)
    text = cost.refusal(replace(DEFAULT, n_seeds=2))
    assert text.endswith("No single change is enough: lower several, such as epochs and rows.")


_NETWORK = default_networks().problem
SMALL = replace(_NETWORK, model=replace(_NETWORK.model, hidden=(4,)))


@pytest.mark.parametrize(
    ("problem", "size", "key", "microseconds"),
    [
        (LINE, None, "full_adagrad", 324),
        (LINE, None, "newton", 442),
        (LINE, None, "armijo", 164),
        (LINE, 8, "armijo", 264),
        (LINE, 8, "polyak", 160),
        (LINE, 8, "heavy_ball", 61),
        (LINE, 8, "newton", 530),
        (SMALL, None, "full_adagrad", 552),
        (SMALL, None, "newton", 1889),
        (SMALL, None, "armijo", 577),
        (SMALL, 8, "newton", 1452),
    ],
)
def test_a_rule_that_looks_around_is_estimated_at_what_it_took_beside_the_plain_step(
    problem, size, key, microseconds
):
    def estimate(rule):
        return cost.work(gd.Experiment(problem, (Run(rule, size),), epochs=10, n_seeds=3))

    looking, plain = estimate(OPTIMIZERS[key]), estimate(SGD())
    beside = (looking.seconds - plain.seconds) / looking.updates
    assert beside == pytest.approx(1e-6 * microseconds, rel=0.02)


def test_the_rows_per_update_proposed_are_the_least_power_of_two_that_fits(monkeypatch):
    single = one(LINE, PLAIN, 1, epochs=10)
    for size in (2, 4, 32, 64, 128):
        monkeypatch.setattr(
            cost, "MAX_COST", cost.load(replace(single, runs=(Run(PLAIN, size),))).cost
        )
        assert f"with at least {size} rows per update" in cost.refusal(single)


SECONDS = (
    "_GROUP", "_COMPOSED", "_RULE", "_ARRAY", "_ORDER", "_PARAM", "_LOOK", "_LEFT_OUT", "_LOSS",
    "_GATHERED", "_OF_ALL", "_ROOT", "_ROOTS", "_ROOT_ENTRY", "_INVERSE", "_INVERSES",
    "_INVERSE_ENTRY", "_BENDS", "_BEND",
)  # fmt: skip


@pytest.fixture
def times(monkeypatch):
    """Return a function that counts how often a constant, or a part of `seconds`, is in a cost."""

    def counted(what, problem, rule, size=None, runs=1, epochs=1):
        monkeypatch.setattr(cost, "seconds_per_end", lambda *_: 0.0)
        monkeypatch.setattr(cost, "PACE", 1.0)
        for name in SECONDS:
            monkeypatch.setattr(cost, name, 1.0 if name in what else 0.0)
        call, row = (float(name in what) for name in ("call", "row"))
        monkeypatch.setattr(pace, "_PER_PARAM", float("param of a row" in what))
        monkeypatch.setattr(type(problem), "seconds", (call, row))
        each = tuple(Run(replace(rule, lr=lr), size) for lr in (0.1, 0.2)[:runs])
        work = cost.work.__wrapped__(gd.Experiment(problem, each, epochs=epochs, n_seeds=3))
        return work.seconds / (1 if "_GROUP" in what else work.updates)

    return counted


ROWS = LINE.n_samples
"""Two parameters; full batches of least squares go over fewer rows, a rule that looks over all."""


@pytest.mark.parametrize(
    ("count", "what", "rule", "more"),
    [
        (1, "_GROUP", PLAIN, {}),
        (1, "call", PLAIN, {"size": 8}),
        (0, "_RULE", PLAIN, {"size": 8}),
        (1, "_RULE", MOMENTUM, {"size": 8}),
        (0, "_ARRAY", PLAIN, {"size": 8}),
        (1, "_ARRAY", MOMENTUM, {"size": 8}),
        (3, "_ARRAY", ADAM, {"size": 8}),
        # A row in its order is drawn for each seed, its outputs are each run's.
        (3 * 8, "_ORDER", PLAIN, {"size": 8, "runs": 2}),
        (0, "_ORDER", PLAIN, {}),
        (3 * 2 * 2, "_PARAM", PLAIN, {"size": 8, "runs": 2}),
        (3 * 2 * 8, "row", PLAIN, {"size": 8, "runs": 2}),
        (3 * 2 * 8 * 2, "param of a row", PLAIN, {"size": 8, "runs": 2}),
        (min(ROWS, LINE.cost), "row", PLAIN, {}),
        # Rules that look around: the rule's own update, and then ...
        (0, "_LOOK", PLAIN, {"size": 8}),
        (1, "_LOOK", OPTIMIZERS["polyak"], {"size": 8}),
        (0, "_LEFT_OUT", OPTIMIZERS["polyak"], {"size": 8}),
        (2 * ROWS * 2, "_LEFT_OUT", OPTIMIZERS["polyak"], {"runs": 2}),
        (1, "_LOSS", OPTIMIZERS["polyak"], {}),
        (1, "_GATHERED", OPTIMIZERS["polyak"], {"size": 8}),
        (cost._LOSSES, "_GATHERED", OPTIMIZERS["armijo"], {"size": 8}),
        (0, "_GATHERED", OPTIMIZERS["polyak"], {}),
        (1 + 1, "call", OPTIMIZERS["polyak"], {}),
        (1 + cost._LOSSES, "call", OPTIMIZERS["armijo"], {}),
        (3 * 8 * (1 + 1), "row", OPTIMIZERS["polyak"], {"size": 8}),
        (min(ROWS, LINE.cost) + ROWS, ("row", "_OF_ALL"), OPTIMIZERS["polyak"], {}),
        (0, "_ROOT", OPTIMIZERS["newton"], {}),
        (1, "_ROOT", OPTIMIZERS["full_adagrad"], {}),
        (3 * 2, "_ROOTS", OPTIMIZERS["full_adagrad"], {"size": 8, "runs": 2}),
        (3 * 2**2, "_ROOT_ENTRY", OPTIMIZERS["full_adagrad"], {"size": 8}),
        (0, "_INVERSE", OPTIMIZERS["polyak"], {}),
        (1, "_INVERSE", OPTIMIZERS["newton"], {}),
        (3 * 2, "_INVERSES", OPTIMIZERS["newton"], {"size": 8, "runs": 2}),
        (3 * 2**2, "_INVERSE_ENTRY", OPTIMIZERS["newton"], {"size": 8}),
        # ... where the Hessian is the same everywhere, it is taken once for all columns.
        (1 + 3 * 2, ("call", "_BENDS"), OPTIMIZERS["newton"], {"size": 8, "runs": 2}),
        (1 + 1, ("call", "_BENDS"), OPTIMIZERS["newton"], {"runs": 2}),
        (3 * 8 * (1 + 2), ("row", "_BEND"), OPTIMIZERS["newton"], {"size": 8}),
    ],
)
def test_an_update_costs_each_of_its_parts_so_many_times(count, what, rule, more, times):
    assert times((what,) if isinstance(what, str) else what, LINE, rule, **more) == count


def test_composed_updates_cost_by_their_numbers_alone(times):
    assert (
        times(SECONDS[1:], LINE, PLAIN, 1, epochs=5) == 3 * 2 * 3
    )  # each seed, parameter and vector
    assert times(("call", "row"), LINE, PLAIN, 1, epochs=5) == 0


def test_a_hessian_that_changes_is_taken_at_every_column(times):
    moons = Fit(replace(DATASETS["moons"], n_samples=20), MODELS["logistic"])
    counted = times(("call", "_BENDS"), moons, OPTIMIZERS["newton"], None, 2)
    assert counted == 1 + 2


def test_judging_the_ends_of_epochs_is_paid_for_at_each_and_at_the_start(monkeypatch):
    # A group of no updates' cost: the ends alone.
    monkeypatch.setattr(cost, "_seconds_per_update", lambda *_: 0.0)
    monkeypatch.setattr(cost, "_GROUP", 0.0)
    monkeypatch.setattr(cost, "seconds_per_end", lambda *_: 1.0)
    experiment = one(LINE, PLAIN, 8, epochs=30)
    assert cost.work.__wrapped__(experiment).seconds == pytest.approx(cost.PACE * 31)


@pytest.mark.parametrize(
    ("more", "ends", "rows"),
    [
        ({}, 2, 0),
        ({"tol": 0.1}, 4, 0),
        ({"batch_size": 8}, 2, 2 * (ROWS + 8 * 3)),
        ({"batch_size": 8, "n_seeds": 5}, 2 * 5, 2 * 5 * (ROWS + 8 * 3)),
        # Composed, twice 6000 updates of two parameters and three vectors.
        ({"batch_size": 1}, 2, 2 * (ROWS + 3) + 2 * 6000 * 2 * 3),
    ],
)
def test_beside_traces_the_ends_of_a_leg_are_held_and_the_orders_of_the_rows(more, ends, rows):
    """31 ends of two parameters, twice, with their slopes four times; a row is three numbers."""
    assert cost.work(one(LINE, PLAIN, **more, epochs=30)).beside == (
        cost._ALWAYS + ends * 31 * 2 + rows
    )


def test_of_several_groups_the_one_that_holds_most_counts_beside_and_traces_add_up():
    small, large = Run(PLAIN), Run(PLAIN, 8)
    alone = [cost.work(gd.Experiment(LINE, (run,), epochs=30)) for run in (small, large)]
    for runs in ((small, large), (large, small)):
        both = cost.work(gd.Experiment(LINE, runs, epochs=30))
        assert both.beside == max(work.beside for work in alone)
        assert both.doubles == sum(work.doubles for work in alone)
        assert both.updates == sum(work.updates for work in alone)


def test_rows_are_proposed_that_the_slider_offers_the_most_that_fit(monkeypatch):
    many = replace(LINE, dataset=replace(LINE.dataset, n_samples=10_000))
    single = one(many, PLAIN, 1, epochs=10)
    for rows in (5000, 2000, 1000, 500, 200, 100, 50, 20, 10):
        monkeypatch.setattr(cost, "MAX_COST", 10 * rows * 2)
        assert cost._most_rows(single) == rows
        monkeypatch.setattr(cost, "MAX_COST", 10 * rows * 2 - 1)
        assert cost._most_rows(single) < rows
    assert cost._most_rows(single) == 0
    monkeypatch.setattr(cost, "MAX_COST", 10**9)
    # Never as many as there are.
    assert (
        cost._most_rows(one(replace(LINE, dataset=replace(many.dataset, n_samples=50)), PLAIN))
        == 20
    )


def test_a_proposal_keeps_two_digits_and_one_is_the_least():
    most = []

    def fits(limit):
        class Size:
            def __init__(self, value):
                self.fits = value <= limit

        return Size

    for limit in (12_345, 999, 99, 7, 1, 0):
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(cost, "load", fits(limit))
            most.append(cost._most(100_000, lambda value: value))
    assert most == [12_000, 990, 99, 7, 1, 0]
    told = [cost._at_most(value, "row").replace("\u202f", " ") for value in (12_000, 2, 1)]
    assert told == ["12 000 rows or fewer", "2 rows or fewer", "1 row"]


def test_a_run_is_left_out_of_two_to_six(monkeypatch):
    plain, dear = Run(PLAIN, 20), Run(PLAIN, 1)
    for count, named in ((1, False), (2, True), (6, True), (7, False)):
        runs = (*[plain] * (count - 1), dear)
        experiment = gd.Experiment(LINE, runs, epochs=10)
        monkeypatch.setattr(cost, "MAX_COST", 10 * ROWS * 2)
        # The dear one alone is just what there is: with any other it is too much.
        assert cost.load(experiment).fits == (count == 1)
        assert bool(cost._odd_run(experiment)) == named, count
        if named:
            name = labels(experiment)[0 if count == 2 else -1]
            assert cost._odd_run(experiment) == name


def test_without_paths_the_ends_of_epochs_are_what_a_trace_holds():
    experiment = gd.Experiment(
        LINE, (Run(SGD(lr=0.01)), Run(SGD(lr=0.01), 50)), epochs=7, n_seeds=3
    )
    arrays = [
        (trace.params, trace.loss, trace.running_loss)
        for trace in train(experiment, record_path=False)
    ]
    held = sum(each.size for of_trace in arrays for each in of_trace)
    assert cost.work(experiment, record_path=False).doubles == held


@pytest.mark.parametrize(
    ("n", "fits", "least"), [(200, 5, 8), (200, 1, 2), (20, 9, 16), (20, 17, 0)]
)
def test_the_fewest_rows_that_fit_are_a_power_of_two_below_all(monkeypatch, n, fits, least):
    def loaded(experiment):
        return SimpleNamespace(fits=min(run.rows(n) for run in experiment.runs) >= fits)

    monkeypatch.setattr(cost, "load", loaded)
    line = replace(LINE, dataset=replace(LINE.dataset, n_samples=n))
    experiment = gd.Experiment(line, (Run(SGD(), 1), Run(SGD())))
    assert cost._least_size(experiment) == least
