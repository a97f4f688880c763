"""The Guide's numbers are those of the experiment that it is opened with."""

from dataclasses import replace

import numpy as np
import pytest

import gdplay as gd
from gdplay.teaching.guide import (
    RATES,
    WORDS,
    caption,
    condition_words,
    count_rows,
    count_words,
    counted,
    meanings,
    name_of,
    rate_words,
    worked,
)
from gdplay.teaching.presets import EXAMPLES
from gdplay.words import number

HOME = gd.default_experiment()
THIN = "\u202f"


def test_the_variants_are_counted_on_the_experiments_rows_with_its_own_mini_batch():
    fit, runs = counted(HOME)
    assert fit == HOME.problem
    assert [run.batch_size for run in runs] == [None, 10, 1]
    own = replace(HOME, runs=(gd.Run(gd.SGD(), 7), gd.Run(gd.SGD(), 50)))
    assert [run.batch_size for run in counted(own)[1]] == [None, 7, 1]
    few = replace(HOME, runs=HOME.runs[:1])
    assert [run.batch_size for run in counted(few)[1]] == [None, 10, 1]


def test_a_function_has_no_rows_so_those_of_the_default_data_are_counted():
    bowl = gd.Experiment(gd.SURFACES["bowl"], (gd.Run(gd.SGD()),))
    assert counted(bowl) == counted(HOME)


def test_the_table_counts_updates_rows_bytes_and_rows_of_an_epoch():
    # One column of doubles: 8 bytes a row.
    batch, mini, single = count_rows(*counted(HOME))
    assert batch[2:6] == ("1", "200", f"1{THIN}600", "200")
    assert mini[2:6] == ("20", "10", "80", "200")
    assert single[2:6] == ("200", "1", "8", "200")


def test_ten_thousand_rows_make_1_313_and_10_000_updates():
    assert f"are 1, 313 and 10{THIN}000: the last batch is short" in count_words()


def test_what_is_said_of_rates_is_where_the_curvature_was_taken():
    facts = gd.curvature(HOME.problem)
    words = rate_words(HOME)
    assert f"**2/L = {number(2 / facts.L)}**" in words
    assert f"2/(L + μ) = {number(2 / (facts.L + facts.mu))}, at" in words
    assert "200 rows" in words
    assert "measured at the minimum" in rate_words(gd.default_experiment(gd.DATASETS["moons"]))
    wine = gd.default_experiment(gd.DATASETS["wine"])
    open_ = replace(wine, problem=replace(wine.problem, l2=0.0))
    assert "no finite minimum" in rate_words(open_)


def test_the_condition_number_is_the_largest_eigenvalue_over_the_smallest():
    values = np.linalg.eigvalsh(HOME.problem.hessian(np.zeros(2)))
    words = condition_words(HOME)
    assert f"**{number(values[-1] / values[0])} times**" in words
    assert "(the condition number L/μ)" in words
    moons = gd.default_experiment(gd.DATASETS["moons"])
    assert "L/μ, at the minimum)" in condition_words(moons)


def test_a_problem_is_named_by_its_title_and_rows():
    assert name_of(HOME.problem) == f"{HOME.problem.dataset.title}, 200 rows"
    assert name_of(gd.SURFACES["bowl"]) == gd.SURFACES["bowl"].title
    assert name_of(object()) == "this function"


def test_a_worked_example_says_its_function_and_the_numbers_of_its_rule():
    assert caption(EXAMPLES["bowl"]).endswith(", η = 0.1")
    assert caption(EXAMPLES["momentum"]).endswith(", η = 0.05, momentum 0.9")
    assert "x²" in caption(EXAMPLES["bowl"])
    assert "w₁² + 4 w₂²" in caption(EXAMPLES["valley"]).replace("4w", "4 w")


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_worked_examples_rows_are_what_training_does(name):
    example = EXAMPLES[name]
    (trace,) = gd.train(replace(example.build(), epochs=example.n_steps))
    rows = worked(example)
    assert [row[0] for row in rows] == [str(i) for i in range(example.n_steps + 1)]
    for row, params, loss in zip(rows, trace.params[0], trace.loss[0], strict=True):
        pair = [float(text) for text in row[1].strip("()").replace("−", "-").split(", ")]
        assert pair == pytest.approx(params, rel=1e-5)
        assert float(row[2]) == pytest.approx(loss, rel=1e-6)
        slopes = [float(text) for text in row[3].strip("()").replace("−", "-").split(", ")]
        assert slopes == pytest.approx(example.surface.gradient(params), rel=1e-5)


def test_a_velocity_begins_at_zero_and_stands_beside_the_state_that_it_led_to():
    momentum = worked(EXAMPLES["momentum"])
    assert momentum[0][4] == "(0, 0)"
    # The first velocity is the gradient at the start, (8, 16).
    assert momentum[1][4] == momentum[0][3] == "(8, 16)"
    assert len(worked(EXAMPLES["valley"])[0]) == 4


def test_every_word_of_the_glossary_has_its_meaning_by_the_name_that_labels_use():
    told = meanings()
    assert {"epoch", "update", "2/l", "learning rate", "training loss", "test loss"} <= set(told)
    assert told["epoch"].startswith("Epoch: one pass over all N training rows: ")
    assert len(told) == sum(len(word) > 1 for _, words, _ in WORDS for word, _ in words)


def test_of_the_sketched_rates_only_the_last_is_above_its_limit_and_can_still_be_drawn():
    small, right, large = (share for share, *_ in RATES)
    assert small < right < 1 < large < 1.2
