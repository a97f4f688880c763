"""Programs for other libraries do what gdplay does, and say what those cannot express."""

from dataclasses import replace

import numpy as np
import pytest

import gdplay as gd
from gdplay.experiment import labels
from gdplay.export import pytorch, scikit
from gdplay.export.formats import FORMATS
from gdplay.optimizers.elementwise import ELEMENTWISE
from gdplay.teaching.defaults import default_fit
from tests import trained
from tests.export.test_script import BLOBS, FITS, LINE, MINI, MOONS, executed, on

ONE = replace(MINI, batch_size=1)


def assert_same(experiment, text, rtol):
    """Compare results by name with what training gives, of seed 0."""
    traces, results = trained(experiment), executed(text)
    assert len(results) == len(traces)
    for trace, result in zip(traces, results, strict=True):
        close = {"rtol": rtol, "atol": rtol * float(trace.loss[0, 0])}
        np.testing.assert_allclose(result["loss"], trace.loss[0], **close)
        np.testing.assert_allclose(result["params"], trace.params[0, -1], rtol=1e-7, atol=1e-9)
        if trace.test_loss is not None:
            np.testing.assert_allclose(result["test_loss"], trace.test_loss[0], **close)


# scikit-learn


@pytest.mark.parametrize(
    "fit",
    [fit for fit in FITS if fit.model.key in scikit.KINDS],
    ids=lambda fit: f"{fit.model.key} {fit.objective} {fit.l2}",
)
def test_scikit_learn_descends_as_gdplay_does(fit):
    fit = replace(fit, test_size=0.2, standardize=True)
    runs = [replace(ONE, sampling=key) for key in ("reshuffle", "sorted by target")]
    experiment = on(fit, *runs, start=tuple(np.linspace(1, 2, fit.n_params)))
    assert_same(experiment, gd.export.sklearn(experiment), 1e-9)


def test_what_diverges_in_scikit_learn_is_nan():
    experiment = on(LINE, replace(ONE, optimizer=gd.SGD(lr=3.0)), epochs=9)
    (result,) = executed(gd.export.sklearn(experiment))
    assert np.isnan(result["loss"][-1])
    assert np.isnan(result["params"]).all()


def test_runs_that_scikit_learn_cannot_express_are_named_with_the_reason():
    experiment = gd.default_experiment()
    text = gd.export.sklearn(experiment)
    for name, rows in zip(labels(experiment)[:2], (200, 10), strict=True):
        reason = f"Left out: {name}, because scikit-learn takes one row an update, and this run"
        assert f"{reason} takes {rows}." in " ".join(text.replace("\n# ", " ").split())
    assert len(executed(text)) == 1


@pytest.mark.parametrize(
    ("problem", "run", "more", "reason"),
    [
        (LINE, MINI, {}, "takes one row an update, and this run takes 4"),
        (LINE, replace(ONE, optimizer=gd.Adam()), {}, "not by Adam"),
        (LINE, replace(ONE, schedule=gd.SCHEDULES["cosine"]), {}, "no schedule like 'Cosine'"),
        (LINE, ONE, {"tol": 0.1}, "does not stop by"),
        (BLOBS, ONE, {}, "does not descend on softmax regression"),
        (replace(MOONS, model=gd.MODELS["mlp"]), ONE, {}, "networks draw their own start"),
        (gd.SURFACES["bowl"], gd.Run(gd.SGD()), {}, "a function has none"),
    ],
)
def test_what_scikit_learn_cannot_express_is_refused_with_the_reason(problem, run, more, reason):
    experiment = on(problem, run, **more)
    with pytest.raises(ValueError, match=reason):
        gd.export.sklearn(experiment)
    assert reason in FORMATS["sklearn"].refusal(experiment)


# PyTorch


def test_every_model_and_nearly_every_rule_has_a_name_in_pytorch():
    """A new rule or model says here whether PyTorch has it."""
    pairs = {(m.key, objective) for m in gd.MODELS.values() for objective in m.objectives}
    assert pairs == set(pytorch.LOSSES)
    assert set(ELEMENTWISE) - set(pytorch.RULES) == {"lion"}


@pytest.mark.parametrize("key", pytorch.RULES)
def test_pytorch_steps_by_the_same_rules(key):
    pytest.importorskip("torch")
    rule = replace(gd.OPTIMIZERS[key], lr=0.02)
    experiment = on(LINE, replace(MINI, optimizer=rule), epochs=12)
    assert_same(experiment, gd.export.torch(experiment), 1e-9)


@pytest.mark.parametrize("fit", FITS, ids=lambda fit: f"{fit.model.key} {fit.objective} {fit.l2}")
def test_pytorch_has_the_same_losses(fit):
    pytest.importorskip("torch")
    fit = replace(fit, test_size=0.2, features="quadratic")
    schedule = replace(gd.SCHEDULES["inverse"], half_life=3, warmup=2)
    runs = (replace(MINI, drop_last=True), replace(ONE, schedule=schedule, epochs=2))
    experiment = on(fit, *runs, start=tuple(np.linspace(-1, 1, fit.n_params)))
    assert_same(experiment, gd.export.torch(experiment), 1e-9)


@pytest.mark.parametrize("key", gd.SURFACES)
def test_pytorch_descends_on_the_same_functions(key):
    pytest.importorskip("torch")
    surface = gd.SURFACES[key]
    runs = (gd.Run(gd.SGD(lr=1e-3)), gd.Run(gd.Adam(lr=0.05), schedule=gd.SCHEDULES["cosine"]))
    experiment = on(surface, *runs, start=surface.start, epochs=40, tol=0.5)
    assert_same(experiment, gd.export.torch(experiment), 1e-9)


def test_what_pytorch_lacks_is_named_with_the_reason():
    lion, still = gd.Run(gd.Lion()), gd.Run(gd.Nesterov(beta=0.0))
    with pytest.raises(ValueError, match=r"torch\.optim has no Lion"):
        gd.export.torch(on(LINE, lion))
    with pytest.raises(ValueError, match="takes no momentum of 0"):
        gd.export.torch(on(LINE, still))
    assert "because torch.optim has no Lion." in gd.export.torch(on(LINE, MINI, lion))


@pytest.mark.parametrize("problem", [LINE, MOONS, default_fit(gd.DATASETS["iris"])])
def test_a_program_for_pytorch_is_python(problem):
    compile(gd.export.torch(on(problem)), "torch", "exec")
