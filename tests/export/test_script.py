"""A script without gdplay gives what gdplay gives, whatever of the tables it is made from."""

import ast
from dataclasses import dataclass, replace

import numpy as np
import pytest

import gdplay as gd
from gdplay.datasets import Curve
from gdplay.experiment import labels
from gdplay.export.rows import MOST_WRITTEN
from gdplay.knobs import knobs
from gdplay.loss.sights import lack
from gdplay.sampling import SAMPLINGS
from gdplay.teaching.defaults import default_fit, default_race
from gdplay.teaching.networks import default_networks
from tests import KINDS, trained

LINE = default_fit(replace(gd.DATASETS["line"], n_samples=13))
MOONS = default_fit(replace(gd.DATASETS["moons"], n_samples=20))
BLOBS = default_fit(replace(gd.DATASETS["blobs"], n_samples=17))
MINI = gd.Run(gd.SGD(lr=0.05), batch_size=4)


def executed(text):
    """Return the results that a script leaves, and that it needs no gdplay for them."""
    assert "gdplay" not in {
        part.split(".")[0]
        for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Import | ast.ImportFrom)
        for part in [getattr(node, "module", None) or node.names[0].name]
    }  # fmt: skip
    names = {}
    exec(compile(text, "script", "exec"), names)
    return names["results"]


def assert_same(experiment, digits=1e-12):
    """Compare all that a script leaves with what training gives, of seed 0."""
    traces, results = trained(experiment), executed(gd.export.script(experiment))
    assert len(results) == len(traces)
    for trace, result in zip(traces, results, strict=True):
        close = {"rtol": digits, "atol": digits * float(trace.loss[0, 0])}
        np.testing.assert_allclose(result["loss"], trace.loss[0], **close)
        np.testing.assert_allclose(
            result["params"], trace.params[0, -1], rtol=100 * digits, atol=digits
        )
        assert ("test_loss" in result) == (trace.test_loss is not None)
        if trace.test_loss is not None:
            np.testing.assert_allclose(result["test_loss"], trace.test_loss[0], **close)
    return traces


def on(problem, *runs, epochs=5, **more):
    return gd.Experiment(problem, runs or (MINI, replace(MINI, batch_size=None)), epochs=epochs,
                         **more)  # fmt: skip


@pytest.mark.parametrize("key", gd.OPTIMIZERS)
def test_every_rule_is_written_as_it_steps(key):
    rule = gd.OPTIMIZERS[key]
    changed = {
        name: getattr(rule, name) * 0.9
        for name, about in knobs(rule).items() if name != "lr" and about.high > 1e-3
    }  # fmt: skip
    runs = (replace(MINI, optimizer=rule), gd.Run(replace(rule, lr=0.02, **changed)))
    assert_same(on(LINE, *runs, epochs=12))


LOOKING = [rule for rule in gd.OPTIMIZERS.values() if rule.needs]


@pytest.mark.parametrize("key", KINDS)
def test_rules_that_ask_for_more_than_a_gradient_are_written_with_what_they_ask_for(key):
    surface = gd.SURFACES[key]
    runs = [gd.Run(rule) for rule in LOOKING if not lack(surface, rule)]
    assert_same(on(surface, *runs, gd.Run(gd.SGD(lr=1e-3)), start=surface.start))


@pytest.mark.parametrize("problem", [MOONS, BLOBS], ids=["logistic", "softmax"])
def test_what_rules_ask_for_counts_the_penalty_and_the_rows_at_hand(problem):
    fit = replace(problem, l2=0.1)
    assert_same(on(fit, *(gd.Run(rule, size) for rule in LOOKING for size in (None, 6))))


NEWTON = gd.OPTIMIZERS["newton"]


@pytest.mark.parametrize("text", ["abs(x)*x + y**2 + 0.1*x**2", "sqrt(1 + abs(x*y)) + x**2 + y**2"])
def test_newton_on_a_function_with_kinks_is_written_by_its_second_derivatives(text):
    assert_same(on(gd.Expression(text), gd.Run(replace(NEWTON, lr=0.5)), start=(1.5, -1.0)))


@pytest.mark.parametrize(("activation", "digits"), [("tanh", 1e-11), ("relu", 1e-10)])
@pytest.mark.parametrize("problem", [MOONS, BLOBS], ids=["two classes", "three classes"])
def test_newton_on_a_network_is_written_by_steps_along_the_imaginary_axis(
    problem, activation, digits
):
    model = replace(gd.MODELS["mlp"], hidden=(2,), activation=activation)
    network = replace(problem, model=model, l2=0.3)
    rule = replace(NEWTON, lr=0.05)
    assert_same(on(network, gd.Run(rule, 6), gd.Run(rule), epochs=2), digits)


@pytest.mark.parametrize("warmup", [0, 5, 200])
@pytest.mark.parametrize("key", gd.SCHEDULES)
def test_every_schedule_is_written_as_it_turns_the_rate(key, warmup):
    schedule = replace(gd.SCHEDULES[key].within(24), warmup=warmup)
    assert_same(on(LINE, replace(MINI, schedule=schedule), MINI, epochs=6))


def test_a_schedule_of_a_set_length_stays_at_its_floor():
    schedule = replace(gd.SCHEDULES["cosine"], t_max=7, floor=0.2)
    assert_same(on(gd.SURFACES["bowl"], gd.Run(gd.SGD(lr=0.1), schedule=schedule), epochs=12))


@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize("key", SAMPLINGS)
def test_every_order_of_the_rows_is_gdplays(key, drop_last):
    run = replace(MINI, sampling=key, drop_last=drop_last)
    assert_same(on(BLOBS, run, replace(run, batch_size=1), replace(run, batch_size=99), seed=7))


@pytest.mark.parametrize("key", gd.DATASETS)
def test_every_data_set_reaches_its_script_whole(key):
    experiment = gd.default_experiment(gd.DATASETS[key])
    runs = tuple(replace(run, batch_size=run.batch_size and 32) for run in experiment.runs[:2])
    assert_same(replace(experiment, runs=runs, epochs=2))


@pytest.mark.parametrize("key", [key for key, entry in gd.DATASETS.items() if entry.code])
def test_rows_that_are_loaded_are_the_same_rows(key):
    data, names = gd.DATASETS[key].load(), {}
    exec(gd.DATASETS[key].code, names)
    np.testing.assert_array_equal(names["X"], data.X)
    np.testing.assert_array_equal(names["y"], data.y)
    assert data.X.size > MOST_WRITTEN  # else nothing needs to be loaded


FITS = [
    replace(problem, model=model, objective=objective, l2=l2)
    for problem in (LINE, MOONS, BLOBS)
    for model in gd.MODELS.values() if model.suits(problem.n_classes)
    for objective in model.objectives_for(problem.n_classes)
    for l2 in (0.0, 0.3)
]  # fmt: skip


@pytest.mark.parametrize("fit", FITS, ids=[f"{f.model.key} {f.objective} {f.l2}" for f in FITS])
def test_every_model_is_written_with_each_of_its_losses(fit):
    assert_same(on(fit))


@pytest.mark.parametrize("problem", [LINE, BLOBS], ids=["numbers", "classes"])
@pytest.mark.parametrize("features", knobs(gd.Fit)["features"].choices)
@pytest.mark.parametrize("standardize", [False, True])
def test_rows_are_made_ready_as_gdplay_does(problem, features, standardize):
    fit = replace(problem, features=features, standardize=standardize, test_size=0.3, split_seed=3)
    assert_same(on(fit))


def test_own_rows_and_parts_of_shipped_ones_are_written_out():
    table = gd.Table([[1], [2], [4], [3], [5]], [1, 3, 3, 2, 5])
    iris = gd.DATASETS["iris"]
    for dataset in (table, replace(iris, columns=iris.columns[2:], against="setosa")):
        assert_same(gd.default_experiment(dataset))


def test_a_column_that_never_changes_becomes_zero():
    fit = replace(default_fit(gd.DATASETS["digits"]), standardize=True, test_size=0.9)
    assert (fit.prepared.scale == 0).any()
    assert_same(on(fit, gd.Run(gd.SGD(lr=0.05)), epochs=3))


@pytest.mark.parametrize("key", gd.SURFACES)
def test_every_function_writes_its_own_slope(key):
    surface = gd.SURFACES[key]
    runs = (gd.Run(gd.SGD(lr=1e-3)), gd.Run(gd.Adam(lr=0.05)))
    assert_same(on(surface, *runs, start=surface.start, epochs=60))


def test_what_diverges_is_nan_from_there_on():
    wild = replace(MINI, optimizer=gd.SGD(lr=30.0), batch_size=1)
    late = gd.Run(gd.SGD(lr=2.2), epochs=80)
    traces = assert_same(on(LINE, wild, late, gd.Run(gd.SGD(lr=0.1))))
    assert [np.isnan(trace.loss[0, -1]) for trace in traces] == [True, True, False]


@pytest.mark.parametrize("problem", [LINE, gd.SURFACES["valley"], replace(BLOBS, test_size=0.2)])
def test_what_has_arrived_stays(problem):
    run = gd.Run(gd.SGD(lr=0.2), epochs=200)
    start = (1.0,) * problem.n_params
    (trace, other) = assert_same(on(problem, run, gd.Run(gd.Lion()), tol=0.05, start=start))
    assert trace.status[0] is gd.Status.CONVERGED
    assert other.status[0] is not gd.Status.CONVERGED


def test_a_start_at_the_goal_makes_no_step():
    start = tuple(LINE.minimum())
    assert_same(on(LINE, gd.Run(gd.SGD(lr=0.2)), tol=0.1, start=start))


def test_a_script_holds_what_its_experiment_needs_and_no_more():
    plain = gd.export.script(on(LINE, *[MINI] * 7))  # too many for a link, which names all fields
    for part in ("adam", "schedule", "TOL", "L2", "rows_per_epoch", "test", "spread", "sklearn"):
        assert part not in plain
    assert "def momentum" in gd.export.script(on(LINE, replace(MINI, optimizer=gd.Momentum())))


def test_every_run_has_its_name_and_the_experiment_its_link():
    experiment = gd.default_experiment()
    text = gd.export.script(experiment)
    assert all(f'"{label}"' in text for label in labels(experiment))
    assert "?v=1&data=line&" in text


def test_more_runs_than_a_link_holds_have_a_script_without_one():
    text = gd.export.script(on(LINE, *[replace(MINI, optimizer=gd.SGD(lr=1e-3))] * 7))
    assert "data=line" not in text
    assert len(executed(text)) == 7


@dataclass(frozen=True)
class Hostile(Curve):
    key = "hostile"
    title = 'x"""\nimport os  # \\'
    feature_names = ("a\nimport sys\r\u2028raise SystemExit",)
    target_name = '"""\n\n1/0'

    def _inputs(self, rng):
        return rng.uniform(size=(self.n_samples, 1))

    def _truth(self, X):
        return X.ravel()


def test_names_of_columns_are_words_and_never_code():
    text = gd.export.script(on(replace(LINE, dataset=Hostile(n_samples=9))))
    assert {node.names[0].name for node in ast.walk(ast.parse(text)) if hasattr(node, "names")} == {
        "numpy"
    }
    assert len(executed(text)) == 2


@pytest.mark.parametrize(
    ("owner", "field"),
    [("optimizer", "Optimizer.code"), ("schedule", "Schedule.code")],
)
def test_what_does_not_say_how_it_is_written_is_named(owner, field, monkeypatch):
    run = replace(MINI, schedule=gd.SCHEDULES["inverse"])
    monkeypatch.setattr(type(getattr(run, owner)), "code", "")
    with pytest.raises(ValueError, match=f"{field} must say how scripts write"):
        gd.export.script(on(LINE, run))


def test_columns_of_higher_degree_and_the_deviation_of_a_sample_are_written():
    fit = replace(default_fit(gd.DATASETS["moons"]), features="cubic", standardize=True, ddof=1)
    assert_same(gd.Experiment(fit, (gd.Run(gd.SGD(lr=0.1), 10),), epochs=3))


def test_every_field_of_a_fit_and_a_run_has_its_place_in_scripts():
    """A new field must be written by the export, and then be named here."""
    assert set(knobs(gd.Fit)) == {
        "features", "standardize", "ddof", "test_size", "split_seed", "objective", "l2"
    }  # fmt: skip
    assert set(knobs(gd.Run)) == {"batch_size", "sampling", "drop_last", "epochs"}
    assert set(knobs(gd.Experiment)) == {"epochs", "seed", "n_seeds", "tol", "gradient_noise"}


@pytest.mark.parametrize(
    "text", ["0.1*x**2 + 2*y**2", "sin(x)*exp(-y**2/9) + abs(x)/3 - log(pi + y)", "x/(2 + y)**3"]
)
def test_an_own_function_is_written_with_its_slope(text):
    race = default_race(gd.Expression(text))
    assert_same(replace(race, epochs=20))


def test_a_network_on_many_columns_is_written_with_its_standardized_rows():
    wine = default_networks(gd.DATASETS["wine"])
    assert_same(replace(wine, epochs=3), 1e-11)
