"""Every named experiment shows what it claims; every data set opens on a picture that tells."""

import json
import re
from dataclasses import replace
from itertools import zip_longest
from urllib.parse import parse_qs, urlencode

import numpy as np
import pytest

import gdplay as gd
from gdplay.engine.training import Status
from gdplay.knobs import knobs
from gdplay.link import MAX_RUNS, decode, encode
from gdplay.teaching.defaults import (
    LASTING,
    default_experiment,
    default_fit,
    default_rate,
    default_sizes,
    models_for,
    rounded,
)
from gdplay.teaching.guide import QUESTIONS
from gdplay.teaching.mends import mends
from gdplay.teaching.presets import EQUAL_UPDATES, GROUPS, PRESETS
from gdplay.theory.measures import reference
from gdplay.ui.compare.view import View
from tests import ORACLES, crossed, trained
from tests.teaching.test_mends import assert_mended

every_preset = pytest.mark.parametrize("preset", PRESETS.values(), ids=list(PRESETS))
every_dataset = pytest.mark.parametrize("dataset", gd.DATASETS.values(), ids=list(gd.DATASETS))
VARIATIONS = [
    replace(dataset, **{name: value})
    for dataset in gd.DATASETS.values()
    for name, value in (("n_samples", 12), ("n_samples", 400), ("noise", 0.0), ("noise", 1.0))
    if name in knobs(dataset)
]


def shares(experiment):
    """What is left of the start's excess at the end, run by run."""
    traces = trained(experiment)
    origin = reference(experiment, traces)
    return [
        float((trace.loss[0, -1] - origin.loss) / (trace.loss[0, 0] - origin.loss))
        for trace in traces
    ]


# Presets


@every_preset
def test_a_preset_shows_what_it_claims(preset):
    experiment = preset.build()
    assert preset.holds(experiment, trained(experiment))


MENDS = {
    "too_large": ["rate 0.58"],
    "zigzag": ["standardise"],
    "adaptive": ["standardise"],
    "shuffling": ["reshuffle"],
    "last_batch": ["drop the short batch"],
    "stopping": ["drop the short batch"],
}
"""What presets show that one change would mend."""


@every_preset
def test_what_is_offered_to_mend_a_preset_mends_it_and_else_nothing_is_offered(preset):
    experiment = preset.build()
    found = mends(experiment, trained(experiment))
    assert [mend.label for mend in found] == MENDS.get(preset.key, [])
    for mend in found:
        assert_mended(experiment, mend)


@every_preset
def test_the_rates_of_a_preset_have_three_digits_at_most(preset):
    for run in preset.build().runs:
        assert run.optimizer.lr == float(f"{run.optimizer.lr:.3g}"), run


def test_a_question_for_a_class_counts_the_updates_of_the_experiment_that_it_opens():
    (question,) = (question for question, key in QUESTIONS if key == "per_update")
    experiment = PRESETS["per_update"].build()
    counts = {
        run.updates_per_epoch(experiment.problem.n_samples) * experiment.epochs_of(run)
        for run in experiment.runs
    }
    assert list(map(int, re.findall("[0-9]+", question))) == list(counts)


@pytest.mark.parametrize("key", ["per_update", "digits", "seeds", "last_batch", "sparse"])
def test_counts_in_a_claim_are_those_of_its_experiment(key):
    preset = PRESETS[key]
    experiment = preset.build()
    fit = experiment.problem
    known = {fit.n_samples, fit.n_params, fit.n_classes, experiment.n_seeds, EQUAL_UPDATES}
    known |= {run.rows(fit.n_samples) for run in experiment.runs}
    known |= {fit.n_samples % run.rows(fit.n_samples) for run in experiment.runs}
    shares = re.findall(r"[0-9]+(?= %)", preset.claim)
    assert set(map(int, re.findall("[0-9]+", preset.claim))) - set(map(int, shares)) <= known


def test_no_experiment_is_called_what_its_group_is():
    assert not set(GROUPS) & {preset.title for preset in PRESETS.values()}


def test_losses_that_are_compared_are_both_drawn():
    assert PRESETS["printed_loss"].look["metric"] == ("loss", "running")


@every_preset
def test_a_preset_can_be_linked_and_opens_again_the_same(preset):
    experiment = preset.build()
    assert len(experiment.runs) <= MAX_RUNS
    assert repr(decode(encode(experiment))) == repr(experiment)
    assert len(urlencode(encode(experiment), doseq=True)) < 1000


OPENED = json.loads((ORACLES / "presets.json").read_text("utf-8"))
"""The link that each preset led to when its text was written."""


@pytest.mark.parametrize("key", OPENED)
def test_a_preset_opens_with_the_numbers_that_its_text_was_written_for(key):
    opened = decode(parse_qs(OPENED[key], strict_parsing=True))  # what it leaves out is as it was
    links = (urlencode(encode(each), doseq=True) for each in (PRESETS[key].build(), opened))
    for now, then in zip_longest(*(re.split("[~&=]", text) for text in links)):
        # A rate that follows from the curvature is known to rounding.
        assert now == then or float(now) == pytest.approx(float(then), rel=1e-9)


@every_preset
def test_a_preset_is_the_same_each_time_it_is_built(preset):
    assert preset.build() == preset.build()


@every_preset
def test_a_preset_is_looked_at_in_a_way_that_its_problem_allows(preset):
    view = View(**preset.look)
    assert view.metrics(preset.build()) == view.metric


@every_preset
def test_a_preset_tells_in_a_sentence_what_it_shows(preset):
    assert re.fullmatch(r"[A-Z0-9].{30,260}\.", preset.claim)
    assert re.fullmatch(r"[A-Z0-9][^.]{5,50}", preset.title)
    assert re.fullmatch(r"[a-z_]+", preset.key)


@every_preset
def test_the_numbers_in_a_claim_are_numbers_of_the_experiment(preset):
    experiment = preset.build()
    fit = experiment.problem
    traces = trained(experiment)
    facts = {
        fit.n_samples, fit.n_params, experiment.epochs, experiment.n_seeds, fit.n_samples % 64,
        *(run.rows(fit.n_samples) for run in experiment.runs),
        *(float(run.optimizer.lr) for run in experiment.runs),
        *(getattr(run.optimizer, "beta", None) for run in experiment.runs),
        *(int(trace.updates[-1]) for trace in traces),
        *(float(value) for value in traces[0].loss[0, :4]),
        *(float(value) for value in traces[0].params[0, :2].ravel()[:4]),
    }  # fmt: skip
    spoken = {2: "2/L", 3: "3 %", 0.9: "of the largest", 90: "90 %", 95: "95 %", 1: "w1", 4: "4 w2"}
    for text in re.findall(r"(?<![\w/])\d+(?:\.\d+)?", preset.claim):
        known = any(fact is not None and abs(fact - float(text)) < 1e-9 for fact in facts)
        assert known or spoken.get(float(text), "-none-") in preset.claim, text


def flipped(preset):
    """The preset's runs in reverse order, which must not show the same."""
    experiment = preset.build()
    return replace(experiment, runs=experiment.runs[::-1])


@pytest.mark.parametrize(
    "preset",
    [p for p in PRESETS.values() if len(p.build().runs) > 1 and p.key not in
     {"per_update", "standardised", "separable", "circles", "digits"}],
    ids=lambda preset: preset.key,
)  # fmt: skip
def test_a_claim_that_compares_runs_fails_when_they_change_places(preset):
    experiment = flipped(preset)
    assert not preset.holds(experiment, trained(experiment))


@every_preset
def test_a_claim_fails_when_hardly_anything_was_trained(preset):
    experiment = preset.build()
    runs = tuple(
        replace(run, optimizer=replace(run.optimizer, lr=1e-8), epochs=None)
        for run in experiment.runs
    )
    frozen = replace(experiment, runs=runs, epochs=1, n_seeds=min(2, experiment.n_seeds))
    assert preset.key == "separable" or not preset.holds(frozen, trained(frozen))


def test_the_worked_examples_are_among_the_presets():
    losses = {
        "bowl_step": [25, 16],
        "valley_steps": [32, 10.88, 6.5792, 4.195328],
        "valley_momentum": [32, 18.72, 8.2944, 8.444736],
    }
    for key, expected in losses.items():
        (trace,) = trained(PRESETS[key].build())
        np.testing.assert_allclose(trace.loss[0], expected, rtol=1e-14)


# The experiment that a data set opens on


@every_dataset
def test_a_data_set_opens_on_batch_mini_batch_and_stochastic_descent_at_one_rate(dataset):
    experiment = default_experiment(dataset)
    n = experiment.problem.n_samples
    assert [run.variant(n) for run in experiment.runs] == ["batch", "mini-batch", "stochastic"]
    assert len({run.optimizer for run in experiment.runs}) == 1
    assert isinstance(experiment.runs[0].optimizer, gd.SGD)
    assert experiment.problem.dataset == dataset


@every_dataset
def test_where_a_data_set_opens_nothing_diverges_and_everything_gets_lower(dataset):
    experiment = default_experiment(dataset)
    assert all(trace.status == (Status.EXHAUSTED,) for trace in trained(experiment))
    assert max(shares(experiment)) < 0.97


@every_dataset
def test_where_a_data_set_opens_batch_descent_is_still_under_way_behind_the_best(dataset):
    batch, *others = shares(default_experiment(dataset))
    assert batch > 2 * min(others)
    assert batch > 0.001


@every_dataset
def test_where_a_data_set_opens_mini_batch_or_stochastic_descent_has_nearly_arrived(dataset):
    assert min(shares(default_experiment(dataset))[1:]) < 0.03


@every_dataset
def test_where_a_data_set_opens_work_is_small(dataset):
    experiment = default_experiment(dataset)
    n = experiment.problem.n_samples
    assert 5 <= experiment.epochs <= 30
    assert experiment.epochs * n <= 20_000
    rate = experiment.runs[0].optimizer.lr
    assert float(f"{rate:.0e}") == rate


@every_dataset
def test_the_rate_a_data_set_opens_with_is_a_quarter_of_its_limit_at_most(dataset):
    fit = default_fit(dataset)
    there = np.zeros(fit.n_params) if fit.minimum() is None else fit.minimum()
    most = min(gd.curvature(fit).limit / 4, 0.6 / np.trace(fit.hessian(there)))
    assert rounded(most / 100) <= default_rate(fit) <= rounded(most)


def test_where_one_direction_is_by_far_the_steepest_the_rate_is_a_quarter_of_its_limit():
    raw = gd.Fit(gd.DATASETS["ravine"], gd.MODELS["linear"])
    quarter = rounded(gd.curvature(raw).limit / 4)
    assert default_rate(raw) == quarter < rounded(0.6 / np.trace(raw.hessian(raw.minimum())))


@every_dataset
def test_where_a_data_set_opens_epochs_end_before_batch_descent_is_at_rest(dataset):
    experiment = default_experiment(dataset)
    slowest = experiment.runs[0].optimizer.lr * gd.curvature(experiment.problem).mu
    assert experiment.epochs <= max(5, np.ceil(LASTING / slowest))


@every_dataset
def test_where_a_data_set_opens_batch_descent_moves_and_single_rows_end_far_down(dataset):
    batch, _, single = shares(default_experiment(dataset))
    assert batch < 0.9
    assert single < 0.1


@every_dataset
def test_a_data_set_opens_on_its_simplest_model_prepared_as_it_suggests(dataset):
    fit = default_fit(dataset)
    assert fit.model == models_for(dataset)[0]
    assert all(getattr(fit, k) == v for k, v in dataset.usual.items() if k != "start")
    assert default_experiment(dataset).start == dataset.usual.get("start")
    assert all(model.suits(dataset.n_classes) for model in models_for(dataset))
    others = [model for model in gd.MODELS.values() if model not in models_for(dataset)]
    assert not any(model.suits(dataset.n_classes) for model in others)


@pytest.mark.parametrize(
    "dataset", crossed(VARIATIONS, *(v for v in VARIATIONS if v.key in ("line", "xor"))), ids=repr
)
def test_other_rows_of_a_data_set_open_without_diverging_too(dataset):
    experiment = default_experiment(dataset)
    traces = trained(experiment)
    assert all(trace.status == (Status.EXHAUSTED,) for trace in traces)
    assert traces[0].loss[0, -1] < traces[0].loss[0, 0]


def test_where_the_rows_say_little_the_rate_is_low_enough_for_single_rows():
    spirals = default_fit(gd.DATASETS["spirals"])
    assert default_rate(spirals) < 0.01 * gd.curvature(spirals).limit
    single = trained(default_experiment(gd.DATASETS["spirals"]))[2]
    assert single.loss[0, -1] < single.loss[0, 0] - 0.02


def test_where_nothing_can_be_learned_there_is_still_a_rate():
    hopeless = gd.Fit(replace(gd.DATASETS["xor"], n_samples=4, noise=0.0), gd.MODELS["logistic"])
    assert hopeless.loss(hopeless.minimum()) == pytest.approx(np.log(2))
    rate = default_rate(hopeless)
    assert 1e-8 <= rate <= gd.curvature(hopeless).limit / 12


def test_the_first_picture_shows_smooth_arrived_and_hovering():
    experiment = default_experiment()
    batch, mini, single = trained(experiment)
    lowest = float(experiment.problem.loss(experiment.problem.minimum()))
    assert np.all(np.diff(batch.loss[0]) < 0)
    assert mini.loss[0, -1] - lowest < 1e-4 * (mini.loss[0, 0] - lowest)
    late = experiment.problem.loss(single.path[-200:]) - lowest
    assert 0.3 < np.mean(np.diff(late) > 0) < 0.7
    assert late.mean() > 5 * (mini.loss[0, -1] - lowest)


@pytest.mark.parametrize(
    ("n", "mini"), [(10_000, 32), (1000, 32), (999, 10), (200, 10), (50, 10), (20, 4), (3, 2)]
)
def test_a_mini_batch_is_ten_rows_32_of_many_or_a_fifth_of_few(n, mini):
    assert default_sizes(n) == (None, mini, 1)


def test_every_preset_stands_in_a_group_and_every_group_holds_some():
    assert {preset.group for preset in PRESETS.values()} == set(GROUPS)
    assert all(preset.claim.endswith(".") for preset in PRESETS.values())
