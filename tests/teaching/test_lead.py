"""What is said before anything is played is true of the runs, and short."""

import re
from dataclasses import replace

import pytest

import gdplay as gd
from gdplay.schedules import Constant
from gdplay.teaching.defaults import default_race
from gdplay.teaching.lead import aim, has_room, is_first, is_named, lead
from gdplay.teaching.mends import mends
from gdplay.teaching.presets import PRESETS
from gdplay.theory.landscape import got_lower
from gdplay.words import number
from tests import trained

HOME = gd.default_experiment()


def test_the_first_visit_reads_what_sets_the_three_variants_apart():
    title, words = lead(HOME)
    assert title == "Batch, mini-batch, stochastic: one start, one loss surface"
    assert "{0} looks at all 200 rows, {1} at 10 and {2} at a single one" in words
    assert words.endswith("Press **Play**: for one step of {0}, {2} makes 200.")


def test_steps_are_counted_where_one_run_makes_twice_as_many():
    two = replace(HOME, runs=(gd.Run(gd.SGD(lr=0.1)), gd.Run(gd.SGD(lr=0.1), 100)))
    assert lead(two).words.endswith("Press **Play**: for one step of {0}, {1} makes 2.")
    runs = (gd.Run(gd.SGD(lr=0.1), 100), gd.Run(gd.SGD(lr=0.1), 67))
    assert "makes" not in lead(replace(HOME, runs=runs)).words


@pytest.mark.parametrize("along", ["updates", "seconds"])
def test_steps_are_not_counted_along_an_axis_where_they_come_at_once(along):
    assert "makes" not in lead(HOME, along).words


@pytest.mark.parametrize("key", [key for key in PRESETS if key != "variants"])
def test_a_named_experiment_says_its_own_claim(key):
    assert lead(PRESETS[key].build()) == (PRESETS[key].title, PRESETS[key].claim)


def test_one_run_is_told_in_the_singular():
    title, words = lead(replace(HOME, runs=HOME.runs[:1]))
    assert title == "One way down one loss surface"
    assert words.startswith("{0} seeks the lowest loss. Before each step it looks at all")


def test_a_single_row_is_said_to_mislead_and_no_batch():
    sizes = {(None, 10, 1): True, (1, 10): False, (1, 1): True, (None, 2): False}
    for several, misled in sizes.items():
        runs = tuple(gd.Run(gd.SGD(lr=0.1), size) for size in several)
        words = lead(replace(HOME, runs=runs)).words
        assert ("at a single one, which may mislead." in words) == misled
        assert ("mislead" in words) == misled


def test_runs_on_the_same_rows_say_in_what_they_differ():
    runs = tuple(gd.Run(rule, 10) for rule in (gd.SGD(lr=0.1), gd.Adam(lr=0.2)))
    words = lead(replace(HOME, runs=runs)).words
    assert "all look at 10 rows; they differ in their rule and learning rate." in words
    assert words.endswith("see who gets down first.")


@pytest.mark.parametrize(
    ("change", "told"),
    [({"epochs": 5}, "number of epochs"), ({"epochs": 30}, ""),
     ({"optimizer": gd.Momentum(lr=0.1, beta=0.5)}, "β"),
     ({"optimizer": gd.Momentum(lr=0.2, beta=0.5)}, "learning rate and β"),
     ({"sampling": "in order"}, "order of rows"), ({"drop_last": True}, "last batch"),
     ({"schedule": Constant(warmup=5)}, "schedule")],
)  # fmt: skip
def test_a_copy_with_one_change_is_said_to_differ_in_it(change, told):
    """Epochs that are those of all are no difference, nor are orders of a full batch."""
    run = gd.Run(gd.Momentum(lr=0.1), 64)
    two = replace(HOME, runs=(run, replace(run, **change)))
    words = lead(two).words
    assert f"look at 64 rows{f'; they differ in their {told}' * bool(told)}." in words
    whole = tuple(replace(each, batch_size=None) for each in two.runs)
    parts = re.search("differ in their (.+?)\\.", lead(replace(HOME, runs=whole)).words)
    unseen = told in ("", "order of rows", "last batch")
    assert (parts[1] if parts else "") == ("" if unseen else told)


def test_many_runs_are_counted_and_then_named():
    runs = (*HOME.runs, *(gd.Run(gd.Momentum(lr=0.2), run.batch_size) for run in HOME.runs))
    words = lead(replace(HOME, runs=runs)).words
    assert words.startswith("Six runs seek the lowest loss")
    assert "from one start: {0}, {1}, {2}, {3}, {4} and {5}; they differ" in words
    assert "they differ in their rows per step and rule." in words


def test_two_sizes_of_a_step_are_a_difference():
    sizes = (1, 10, 10, 10)
    words = lead(replace(HOME, runs=tuple(gd.Run(gd.SGD(lr=0.1), size) for size in sizes))).words
    assert "; they differ in their rows per step." in words


def test_runs_on_a_function_say_their_rates_where_these_differ():
    race = default_race(gd.SURFACES["rosenbrock"])
    rates = [run.optimizer.lr for run in race.runs]
    told = f", at rates of {number(rates[0])}, {number(rates[1])} and {number(rates[2])}."
    assert told in lead(race).words
    alike = tuple(replace(run, optimizer=replace(run.optimizer, lr=0.001)) for run in race.runs)
    assert "at rates" not in lead(replace(race, runs=alike)).words
    assert "at rates" not in lead(HOME).words


def test_starts_are_counted():
    race = replace(default_race(gd.SURFACES["himmelblau"]), more_starts=((1.0, 1.0), (2.0, 0.0)))
    assert "seek the lowest loss from the same three starts," in lead(race).words
    assert (
        "{0} seeks the lowest loss from three starts."
        in lead(replace(race, runs=race.runs[:1])).words
    )


@pytest.mark.parametrize("key", gd.SURFACES)
def test_a_function_is_never_spoken_of_in_rows(key):
    title, words = lead(default_race(gd.SURFACES[key]))
    assert title == f"{gd.SURFACES[key].title}: three ways down"
    assert not re.search("row|batch|look", words)


def rated(*rates, **more):
    runs = tuple(
        replace(run, optimizer=gd.SGD(lr=rate)) for run, rate in zip(HOME.runs, rates, strict=False)
    )
    return replace(HOME, runs=runs, **more)


def test_where_all_runs_are_lost_nobody_is_invited_to_see_them_arrive():
    words = lead(rated(5.0, 5.0, 5.0), traces=trained(rated(5.0, 5.0, 5.0))).words
    assert words.endswith(
        "all fly off: lost at update 3, at update 3 and at update 2. **Play** shows how."
    )
    assert "first" not in words
    assert "makes" not in words
    one = rated(5.0)
    assert "{0} seeks the lowest loss, and flies off: lost at update 3." in (
        lead(one, traces=trained(one)).words
    )


def test_a_lost_run_is_said_and_the_others_are_compared_without_it():
    one = rated(0.2, 0.9, 0.2)
    words = lead(one, traces=trained(one)).words
    assert "{1} flies off: lost at update 15. Press **Play**: for one step of {0}, {2}" in words
    two = rated(0.2, 5.0, 5.0)
    words = lead(two, traces=trained(two)).words
    assert "{1} and {2} fly off: lost at update 3 and at update 2." in words
    assert words.endswith("Press **Play** to see {0} get down.")


def test_a_run_that_ends_higher_is_not_said_to_get_down():
    limit = gd.curvature(HOME.problem).limit
    high = replace(rated(1.003 * limit), epochs=60)
    words = lead(high, traces=trained(high)).words
    assert words.endswith("{0} ends higher than it began. **Play** shows how.")


def test_of_a_run_that_some_orders_lose_it_is_said_in_how_many():
    experiment = rated(0.2, 0.2, 0.46, n_seeds=30, epochs=5, seed=1)
    traces = trained(experiment)
    gone = sum(update >= 0 for update in traces[2].diverged_at)
    assert 0 < gone < 30
    assert f"{{2}} flies off: lost in {gone} of 30 orders of the rows." in (
        lead(experiment, traces=traces).words
    )


@pytest.mark.parametrize("key", ["variants", "too_large", "zigzag", "shuffling"])
def test_a_claim_tells_of_runs_that_do_not_get_down(key):
    experiment = PRESETS[key].build()
    traces = trained(experiment)
    assert lead(experiment, traces=traces).title == lead(experiment).title
    high = [trace for trace in traces if not got_lower(trace)]
    assert bool(high) <= bool(re.search("diverge|higher|off", lead(experiment).words))
    assert any(mend.slower for mend in mends(experiment, traces)) <= bool(high)


AIMS = {
    "line": "A line is fitted to points; the loss says how badly it misses. ",
    "polynomial": "A curve is fitted to points; the loss says how badly it misses. ",
    "ravine": "A number is told from the columns of a table; the loss says how badly that misses. ",
    "moons": "A straight border is drawn between two classes; the loss says how badly it parts "
    "them. ",
    "circles": "A border is drawn between two classes; the loss says how badly it parts them. ",
    "blobs": "Straight borders are drawn between three classes; the loss says how badly they part "
    "them. ",
    "wine": "Borders are drawn between three classes; the loss says how badly they part them. ",
    "breast_cancer": "A border is drawn between two classes; the loss says how badly it parts "
    "them. ",
    "digits": "Borders are drawn between many classes; the loss says how badly they part them. ",
}


@pytest.mark.parametrize("name", AIMS)
def test_what_is_done_with_the_rows_is_said(name):
    assert aim(gd.default_experiment(gd.DATASETS[name]).problem) == AIMS[name]


def test_of_functions_and_networks_nothing_is_said_of_rows():
    network = gd.Fit(gd.DATASETS["moons"], gd.MODELS["mlp"])
    assert aim(gd.SURFACES["bowl"]) == aim(network) == ""


def test_many_runs_need_the_room_of_words():
    runs = [replace(HOME, runs=HOME.runs[:1] * n) for n in range(1, 7)]
    assert [has_room(each) for each in runs] == [True] * 4 + [False] * 2


def test_a_first_visit_has_the_first_data_and_one_run_more_at_most():
    more = gd.Run(gd.Momentum())
    assert [is_first(replace(HOME, runs=(*HOME.runs, *[more] * n))) for n in range(3)] == [
        True, True, False,
    ]  # fmt: skip
    assert is_first(replace(HOME, runs=HOME.runs[:1]))
    assert not is_first(replace(HOME, problem=replace(HOME.problem, standardize=True)))
    assert not is_named(HOME)
    assert is_named(PRESETS["too_large"].build())
