"""What is said before anything is played is true of the runs, and short."""

import re
from dataclasses import replace

import pytest

import gdplay as gd
from gdplay.teaching.defaults import default_race
from gdplay.teaching.lead import lead
from gdplay.teaching.presets import PRESETS

HOME = gd.default_experiment()


def test_the_first_visit_reads_what_sets_the_three_variants_apart():
    title, words = lead(HOME)
    assert title == "Batch, mini-batch, stochastic: one start, one loss surface"
    assert "{0} looks at all 200 rows, {1} at 10 and {2} at a single one" in words
    assert words.endswith("Press **Play**: while {0} makes one step, {2} makes 200.")


@pytest.mark.parametrize("along", ["updates", "seconds"])
def test_steps_are_not_counted_along_an_axis_where_they_come_at_once(along):
    assert "makes" not in lead(HOME, along).words


@pytest.mark.parametrize("key", [key for key in PRESETS if key != "variants"])
def test_a_named_experiment_says_its_own_claim(key):
    assert lead(PRESETS[key].build()) == (PRESETS[key].title, PRESETS[key].claim)


def test_one_run_is_told_in_the_singular():
    title, words = lead(replace(HOME, runs=HOME.runs[:1]))
    assert title == "One way down one loss surface"
    assert words.startswith("{0} sets out downhill on the loss. Before each step it looks at all")


def test_runs_on_the_same_rows_say_in_what_they_differ():
    runs = tuple(gd.Run(rule, 10) for rule in (gd.SGD(lr=0.1), gd.Adam(lr=0.2)))
    words = lead(replace(HOME, runs=runs)).words
    assert "all look at 10 rows; they differ in their rule and learning rate." in words
    assert words.endswith("see who gets down first.")


def test_many_runs_are_counted_not_listed():
    runs = (*HOME.runs, *(gd.Run(gd.Momentum(lr=0.2), run.batch_size) for run in HOME.runs))
    words = lead(replace(HOME, runs=runs)).words
    assert words.startswith("Six runs set out downhill")
    assert "they differ in their rows per step and rule." in words


@pytest.mark.parametrize("key", gd.SURFACES)
def test_a_function_is_never_spoken_of_in_rows(key):
    title, words = lead(default_race(gd.SURFACES[key]))
    assert title == f"{gd.SURFACES[key].title}: three ways down"
    assert not re.search("row|batch|look", words)
