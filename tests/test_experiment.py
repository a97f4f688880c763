"""What an experiment and its runs promise before anything is trained."""

import math
from dataclasses import FrozenInstanceError, replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gdplay.datasets import DATASETS
from gdplay.experiment import (
    MAX_RUNS,
    VARIANT_TITLES,
    Experiment,
    Run,
    labels,
    one_start,
    short_labels,
    start_of,
    starts_differ,
    with_start,
)
from gdplay.loss.expressions import Expression
from gdplay.loss.fit import Fit
from gdplay.loss.models import MODELS
from gdplay.loss.surfaces import SURFACES
from gdplay.optimizers import OPTIMIZERS, SGD, Momentum
from gdplay.sampling import SAMPLINGS
from gdplay.schedules import SCHEDULES, Constant, Cosine

LINE = Fit(DATASETS["line"], MODELS["linear"])
PLAIN = Experiment(LINE, (Run(SGD()),))


def experiment_of(*runs, **changes):
    return Experiment(LINE, runs, **changes)


# Runs


@pytest.mark.parametrize(
    ("batch_size", "updates", "floor"),
    [(None, 1, 1), (1, 10_000, 10_000), (32, 313, 312), (10_000, 1, 1), (9_999, 2, 1)],
)
def test_ten_thousand_rows_take_the_updates_an_epoch_of_the_lecture_note(
    batch_size, updates, floor
):
    run = Run(SGD(), batch_size=batch_size)
    assert run.updates_per_epoch(10_000) == updates
    assert replace(run, drop_last=True).updates_per_epoch(10_000) == floor


@given(st.integers(1, 10_000), st.integers(1, 10_000))
def test_an_epoch_takes_n_over_b_updates_rounded_up_and_down_with_drop_last(n, batch_size):
    run, most = Run(SGD(), batch_size=batch_size), min(batch_size, n)
    assert run.rows(n) == most
    assert run.updates_per_epoch(n) == math.ceil(n / most)
    assert replace(run, drop_last=True).updates_per_epoch(n) == n // most


@pytest.mark.parametrize(
    ("batch_size", "variant"),
    [(None, "batch"), (200, "batch"), (10_000, "batch"), (199, "mini-batch"), (2, "mini-batch"),
     (1, "stochastic")],
)  # fmt: skip
def test_a_variant_is_how_many_rows_make_a_gradient(batch_size, variant):
    assert Run(SGD(), batch_size=batch_size).variant(200) == variant
    assert variant in VARIANT_TITLES


def test_one_row_is_all_there_is_where_there_is_one():
    assert Run(SGD(), batch_size=1).variant(1) == "batch"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"batch_size": 0}, "Run.batch_size must be from 1 to 10000; got 0"),
        ({"batch_size": 10_001}, "Run.batch_size must be from 1 to 10000; got 10001"),
        ({"batch_size": 1.5}, "Run.batch_size must be a whole number; got 1.5"),
        ({"epochs": 0}, "Run.epochs must be from 1 to 100000; got 0"),
        ({"drop_last": "no"}, "Run.drop_last must be true or false; got 'no'"),
        (
            {"sampling": "backwards"},
            f"Run.sampling must be one of {', '.join(SAMPLINGS)}; got 'backwards'",
        ),
    ],
)
def test_a_run_refuses_what_is_out_of_range_by_field_value_and_range(change, said):
    with pytest.raises(ValueError, match="must be") as caught:
        Run(SGD(), **change)
    assert str(caught.value) == said


@pytest.mark.parametrize(
    ("batch_size", "sampling", "depends"),
    [
        (None, "reshuffle", False), (200, "reshuffle", False), (199, "reshuffle", True),
        (1, "with replacement", True), (1, "shuffle once", True), (1, "in order", False),
        (1, "sorted by target", False), (None, "in order", False),
    ],
)  # fmt: skip
def test_a_seed_makes_a_difference_where_rows_are_drawn_for_less_than_all(
    batch_size, sampling, depends
):
    assert Run(SGD(), batch_size, sampling).depends_on_order(200) == depends


# Experiments


def test_runs_may_come_as_a_list_and_are_kept_as_a_tuple():
    experiment = Experiment(LINE, [Run(SGD())])
    assert experiment.runs == (Run(SGD()),)
    assert experiment == PLAIN
    assert hash(experiment) == hash(PLAIN)


def test_nothing_in_an_experiment_can_change():
    for value, name in [(PLAIN, "epochs"), (PLAIN.runs[0], "batch_size")]:
        with pytest.raises(FrozenInstanceError):
            setattr(value, name, 2)


def test_a_start_is_kept_as_floats():
    start = Experiment(LINE, (Run(SGD()),), start=[1, 2]).start
    assert start == (1.0, 2.0)
    assert all(type(value) is float for value in start)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"epochs": 100_001}, "Experiment.epochs must be from 1 to 100000; got 100001"),
        ({"seed": -1}, "Experiment.seed must be from 0 to 2.14748e+09; got -1"),
        ({"n_seeds": 0}, "Experiment.n_seeds must be from 1 to 1000; got 0"),
        ({"tol": -1.0}, "Experiment.tol must be from 0 to 1e+06; got -1.0"),
        ({"start": (1.0,)}, "Experiment.start must hold 2 numbers; got 1"),
        ({"start": (1.0, 2.0, 3.0)}, "Experiment.start must hold 2 numbers; got 3"),
        ({"start": (0, 2e9)}, "Experiment.start must be from -1e+09 to 1e+09; got 2000000000.0"),
        ({"start": (0, math.nan)}, "Experiment.start must be from -1e+09 to 1e+09; got nan"),
        ({"start": ("a", 0.0)}, "Experiment.start must be a number; got 'a'"),
        ({"start": (None, 0.0)}, "Experiment.start must be a number; got None"),
        ({"runs": ()}, f"Experiment.runs must hold 1 to {MAX_RUNS} runs; got 0"),
        (
            {"runs": [Run(SGD())] * (MAX_RUNS + 1)},
            f"Experiment.runs must hold 1 to {MAX_RUNS} runs; got {MAX_RUNS + 1}",
        ),
    ],
)
def test_an_experiment_refuses_what_is_out_of_range_by_field_value_and_range(change, said):
    with pytest.raises(ValueError, match="must") as caught:
        replace(PLAIN, **change)
    assert str(caught.value) == said


def test_one_row_of_data_still_takes_any_batch_size():
    one = Fit(replace(DATASETS["line"], n_samples=2), MODELS["linear"], test_size=0.5)
    assert one.n_samples == 1
    assert Experiment(one, (Run(SGD(), batch_size=32),)).runs[0].rows(1) == 1


def test_rows_that_cannot_be_split_show_when_the_experiment_is_made():
    pair = Fit(replace(DATASETS["moons"], n_samples=2), MODELS["logistic"], test_size=0.5)
    with pytest.raises(ValueError, match="test_size must be 0 where no class has two rows"):
        Experiment(pair, (Run(SGD()),))


def test_a_run_may_have_epochs_of_its_own():
    experiment = experiment_of(Run(SGD()), Run(SGD(), epochs=3), epochs=20)
    assert [experiment.epochs_of(run) for run in experiment.runs] == [20, 3]


# Labels


runs = st.builds(
    Run,
    optimizer=st.builds(
        lambda rule, lr: replace(rule, lr=lr),
        st.sampled_from(list(OPTIMIZERS.values())),
        st.sampled_from([0.1, 0.1001, 0.1 + 1e-9, 0.2]),
    ),
    batch_size=st.sampled_from([None, 1, 2, 32, 200, 300]),
    sampling=st.sampled_from(list(SAMPLINGS)),
    drop_last=st.booleans(),
    schedule=st.builds(
        lambda schedule, warmup: replace(schedule, warmup=warmup),
        st.sampled_from(list(SCHEDULES.values())),
        st.sampled_from([0, 5]),
    ),
    epochs=st.sampled_from([None, 30, 31]),
)


@given(st.lists(runs, min_size=1, max_size=8))
@settings(max_examples=100)
def test_every_run_has_a_label_of_its_own_that_begins_with_its_variant(several):
    experiment = experiment_of(*several)
    names = labels(experiment)
    assert len(names) == len(set(names)) == len(several)
    for name, run in zip(names, several, strict=True):
        assert name.startswith(VARIANT_TITLES[run.variant(LINE.n_samples)])


@given(runs)
def test_runs_alike_in_everything_are_numbered(run):
    first, second, third = labels(experiment_of(run, run, run))
    assert first.endswith("#1")
    assert second.endswith("#2")
    assert third == first.replace("#1", "#3")


def test_a_run_alone_and_the_three_variants_are_called_by_their_variant():
    variants = [Run(SGD(), batch_size=size) for size in (None, 32, 1)]
    assert labels(experiment_of(*variants)) == tuple(VARIANT_TITLES.values())
    for run, title in zip(variants, VARIANT_TITLES.values(), strict=True):
        assert labels(experiment_of(run)) == (title,)


DIFFERENCES = {
    "rows": ({"batch_size": 32}, {"batch_size": 64}, ("32 rows", "64 rows")),
    "rule": ({"optimizer": SGD()}, {"optimizer": Momentum()}, ("Plain step", "Momentum")),
    "rate": ({"optimizer": SGD(lr=0.1)}, {"optimizer": SGD(lr=0.5)}, ("rate 0.1", "rate 0.5")),
    "order": (
        {"sampling": "in order"},
        {"sampling": "reshuffle"},
        ("in order", "reshuffle"),
    ),
    "schedule": ({"schedule": Constant()}, {"schedule": Cosine()}, ("constant", "cosine")),
    "last batch": (
        {"batch_size": 64, "drop_last": True},
        {"batch_size": 64},
        ("last batch dropped", "last batch kept"),
    ),
    "the rule's number": (
        {"optimizer": Momentum(beta=0.9)},
        {"optimizer": Momentum(beta=0.5)},
        ("β 0.9", "β 0.5"),
    ),
    "the schedule's numbers": (
        {"schedule": Cosine(floor=0.1)},
        {"schedule": Cosine(floor=0.2, warmup=3)},
        ("warmup 0, floor 0.1", "warmup 3, floor 0.2"),
    ),
    "near rates": (
        {"optimizer": SGD(lr=0.1)},
        {"optimizer": SGD(lr=0.1001)},
        ("rate 0.1", "rate 0.1001"),
    ),
}


@pytest.mark.parametrize("case", DIFFERENCES)
def test_runs_of_one_variant_are_told_apart_by_what_differs_and_nothing_else(case):
    one, other, words = DIFFERENCES[case]
    base = Run(SGD(lr=0.1), batch_size=20)
    several = experiment_of(replace(base, **one), replace(base, **other))
    assert labels(several) == tuple(f"Mini-batch, {word}" for word in words)


@pytest.mark.parametrize(
    ("sizes", "changes", "words"),
    [
        ((None, 32, 1), ({}, {"optimizer": Momentum(lr=0.1)}, {}), ("", ", Momentum", "")),
        ((None, 32, 1), ({}, {}, {"optimizer": SGD(lr=0.5)}), ("", "", ", rate 0.5")),
        ((None, 1), ({}, {"optimizer": Momentum()}), (", Plain step", ", Momentum")),
        ((None, 1), ({"epochs": 3}, {}), (", 3 epochs", "")),
        ((None, 32), ({"sampling": "in order"}, {}), ("", "")),  # all rows have no order
    ],
)
def test_what_sets_a_variant_apart_from_the_others_is_named(sizes, changes, words):
    several = [
        replace(Run(SGD(lr=0.1), size), **change)
        for size, change in zip(sizes, changes, strict=True)
    ]
    titles = [VARIANT_TITLES[run.variant(LINE.n_samples)] for run in several]
    expected = tuple(title + word for title, word in zip(titles, words, strict=True))
    assert labels(experiment_of(*several)) == expected


@pytest.mark.parametrize(
    ("rates", "words"),
    [
        ((0.1234, 0.123), ("0.1234", "0.123")),
        ((0.12341, 0.12349), ("0.1234", "0.1235")),
        ((0.12341, 0.12344), ("0.12341", "0.12344")),
        ((0.1, math.nextafter(0.1, 1)), ("0.1", "0.10000000000000002")),
        ((0.5, 0.25, 0.1234), ("0.5", "0.25", "0.123")),
    ],
)
def test_rates_are_told_apart_with_as_few_digits_as_that_takes(rates, words):
    several = [Run(SGD(lr=float(rate)), batch_size=20) for rate in rates]
    assert labels(experiment_of(*several)) == tuple(f"Mini-batch, rate {word}" for word in words)


def test_epochs_of_its_own_tell_a_run_from_one_that_has_the_experiments():
    assert labels(experiment_of(Run(SGD()), Run(SGD(), epochs=3))) == ("Batch", "Batch, 3 epochs")


def test_labels_serve_every_rule_on_a_surface():
    several = tuple(
        Run(rule, schedule=schedule)
        for rule, schedule in product(OPTIMIZERS.values(), SCHEDULES.values())
    )
    names = labels(Experiment(SURFACES["bowl"], several))
    assert len(set(names)) == len(several)


def test_on_a_surface_a_rule_is_named_once():
    pair = (Run(SGD(lr=0.01)), Run(OPTIMIZERS["adam"]), Run(SGD(lr=0.5)))
    names = labels(Experiment(SURFACES["bowl"], pair))
    assert names == ("Plain step, rate 0.01", "Adam", "Plain step, rate 0.5")


def test_in_a_notebook_an_experiment_is_a_table_of_its_runs():
    html = experiment_of(Run(SGD(lr=0.1)), Run(SGD(lr=0.1), batch_size=1))._repr_html_()
    assert "<td>Batch</td>" in html
    assert "<td>Stochastic</td><td>Plain step</td><td>0.1</td><td>1</td>" in html
    own = Experiment(Expression("x**2/(1 + y**2)"), (Run(SGD()),), start=(1.0, 1.0))
    assert "<caption>x**2/(1 + y**2), 1 row, 1 seed from 0</caption>" in own._repr_html_()


def test_ten_thousand_runs_are_the_most():
    assert len(experiment_of(*10_000 * (Run(SGD()),)).runs) == 10_000
    with pytest.raises(ValueError, match="1 to 10000 runs; got 10001"):
        experiment_of(*10_001 * (Run(SGD()),))


def test_runs_that_differ_in_their_last_batch_alone_are_told_by_it():
    kept = Run(SGD(), 32)
    first, second = labels(experiment_of(kept, replace(kept, drop_last=True)))
    assert first.endswith("last batch kept")
    assert second.endswith("last batch dropped")


def test_a_last_batch_that_is_not_short_tells_nothing():
    even = Run(SGD(), 50)
    names = labels(experiment_of(even, replace(even, drop_last=True)))
    assert names == ("Mini-batch #1", "Mini-batch #2")


def test_a_short_label_is_the_first_part_that_no_other_run_has():
    problem = Fit(DATASETS["line"], MODELS["linear"])

    def short(*runs):
        return short_labels(Experiment(problem, runs))

    assert short(Run(SGD()), Run(SGD(), 8), Run(SGD(), 1)) == ("Batch", "Mini-batch", "Stochastic")
    assert short(Run(SGD()), Run(Momentum())) == ("Plain step", "Momentum")
    assert short(Run(SGD()), Run(SGD())) == ("Batch #1", "Batch #2")


def test_the_first_start_is_followed_by_those_that_were_added_in_their_order():
    starts = [(1.0, 2.0), (3.0, 4.0), (5.0, 6.0), (7.0, 8.0)]
    first, *more = starts
    several = Experiment(SURFACES["bowl"], (Run(SGD()),), first, 5, more_starts=tuple(more))
    assert [tuple(start_of(several, place)) for place in range(4)] == starts
    assert tuple(start_of(several)) == starts[0]
    alone = [with_start(several, place) for place in range(4)]
    assert [(e.start, e.more_starts) for e in alone] == [(start, ()) for start in starts]
    assert with_start(several) == alone[0]
    assert with_start(alone[1], 3) is alone[1]


def test_a_function_has_six_starts_at_most_and_each_is_where_it_is_finite():
    bowl = Experiment(SURFACES["bowl"], (Run(SGD()),))
    assert len(replace(bowl, more_starts=((1.0, 1.0),) * 5).more_starts) == 5
    with pytest.raises(ValueError, match="must hold 0 to 5 starts; got 6"):
        replace(bowl, more_starts=((1.0, 1.0),) * 6)
    with pytest.raises(ValueError, match="must be empty but on a function with one seed"):
        replace(bowl, more_starts=((1.0, 1.0),), n_seeds=2)
    pole = Expression("1/(x**2 + y**2)")
    with pytest.raises(ValueError, match=r"at \(0, 0\) it is not"):
        Experiment(pole, (Run(SGD()),))
    for start in ((1.0, 0.0), (0.0, 1.0)):
        assert Experiment(pole, (Run(SGD()),), start).start == start


def test_seeds_start_apart_where_a_network_draws_its_start_alone():
    network = Fit(DATASETS["moons"], MODELS["mlp"])
    drawn = Experiment(network, (Run(SGD()),), n_seeds=2)
    assert starts_differ(drawn)
    assert tuple(start_of(drawn, 0)) != tuple(start_of(drawn, 1))
    assert one_start(drawn) == tuple(start_of(drawn, 0))
    said = replace(drawn, start=(0.5,) * network.n_params)
    for fixed in (said, PLAIN):
        assert not starts_differ(fixed)
        assert one_start(fixed) == fixed.start
        assert tuple(start_of(fixed, 0)) == tuple(start_of(fixed, 1))
    assert start_of(PLAIN).tolist() == [0, 0]
