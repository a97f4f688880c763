"""Named experiments, each with a claim that its test checks, and a good one for any data set."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from gdplay.curvature import curvature
from gdplay.datasets import DATASETS, DataSet
from gdplay.experiment import Experiment, Run
from gdplay.fit import Fit
from gdplay.measures import epochs_to_arrive, final_params, reference
from gdplay.models import MODELS, Model
from gdplay.optimizers import OPTIMIZERS, SGD
from gdplay.registry import table
from gdplay.schedules import SCHEDULES
from gdplay.surfaces import SURFACES
from gdplay.training import Trace


def models_for(dataset: DataSet) -> list[Model]:
    """Return the models that suit a data set, the simplest first."""
    return [model for model in MODELS.values() if model.suits(dataset.n_classes)]


def default_fit(dataset: DataSet) -> Fit:
    """Return the data set met by its simplest model, prepared as the data set suggests."""
    usual: dict[str, Any] = {k: v for k, v in dataset.usual.items() if k != "start"}
    return Fit(dataset, models_for(dataset)[0], **usual)


@lru_cache(maxsize=64)
def default_rate(fit: Fit) -> float:
    """Return a rate, one significant digit, at which batch and one-row descent both do well.

    The lowest of three: a twelfth of 2/L; 0.4 over the trace of the Hessian at zero (the mean
    curvature along single rows, so that one row's step stays well short of its own limit); and
    the rate at which the noise of single rows at the minimum would hold the loss a tenth of the
    way up to where it is at zero.
    """
    trace = float(np.trace(fit.hessian(np.zeros(fit.n_params))))
    return float(f"{min(curvature(fit).limit / 12, 0.4 / trace, _quiet_rate(fit)):.0e}")


def _quiet_rate(fit: Fit) -> float:
    """Return the rate whose noise floor, eta/4 E|g|^2 for single rows, is a tenth of the way.

    The floor is that of a small rate and rows drawn anew (Mandt, Hoffman & Blei, 2017,
    arXiv:1704.04289, eq. 13 and 14); infinite where there is no minimum.
    """
    minimum = fit.minimum()
    if minimum is None:
        return np.inf
    rows = fit.gather(np.arange(fit.n_samples)[:, None])
    theta = np.broadcast_to(minimum[None, :, None], (fit.n_samples, fit.n_params, 1))
    noise = float((fit.value_and_grad(theta, rows)[1] ** 2).sum() / fit.n_samples)
    way = float(fit.loss(np.zeros(fit.n_params)) - fit.loss(minimum))
    return 0.4 * way / noise if noise > 0 else np.inf


def default_epochs(fit: Fit, rate: float) -> int:
    """Return so many epochs, 5 to 30, that one update in each leaves batch descent under way.

    And so few that one row per update stays under 20 000 updates.
    """
    enough = round(1.5 / (rate * curvature(fit).mu))
    return int(max(5, min(enough, 30, 20_000 // fit.n_samples)))


def default_sizes(n_samples: int) -> tuple[int | None, ...]:
    """Return the rows per update of batch, mini-batch and stochastic descent."""
    return (None, 32 if n_samples >= 100 else max(2, n_samples // 5), 1)


def default_experiment(dataset: DataSet = DATASETS["line"]) -> Experiment:
    """Return batch, mini-batch and stochastic descent on a data set, chosen to be worth a look.

    One rate for all, from the data's own curvature, and so few epochs that nothing has diverged
    and batch descent is still under way.
    """
    fit = default_fit(dataset)
    rate = default_rate(fit)
    runs = tuple(Run(SGD(lr=rate), batch_size=size) for size in default_sizes(fit.n_samples))
    start = dataset.usual.get("start")
    return Experiment(fit, runs, start=start, epochs=default_epochs(fit, rate))


# Named experiments


@dataclass(frozen=True)
class Preset:
    """An experiment worth a look: what it shows, and whether a run of it did show it."""

    key: str
    title: str
    claim: str
    build: Callable[[], Experiment]
    holds: Callable[[Experiment, Sequence[Trace]], bool]


def _line(*runs: Run, standardize: bool = True, **more: Any) -> Experiment:
    """Return runs on the line; standardised, its bowl is round with L = 1."""
    base = default_experiment()
    problem = replace(base.problem, standardize=standardize)
    start = (-2.0, -2.0) if standardize else base.start
    return replace(base, problem=problem, runs=runs, start=start, **more)


def _plain(lr: float, batch_size: int | None = None, **more: Any) -> Run:
    return Run(SGD(lr=lr), batch_size=batch_size, **more)


def _last_excess(experiment: Experiment, traces: Sequence[Trace]) -> list[float]:
    """Return each run's excess loss at the end, averaged over its seeds and last five epochs."""
    origin = reference(experiment, traces)
    return [float(np.mean(trace.loss[:, -5:]) - origin.loss) for trace in traces]


def _first_excess(experiment: Experiment, traces: Sequence[Trace]) -> list[float]:
    """Return each run's excess loss after one epoch, averaged over its seeds."""
    origin = reference(experiment, traces)
    return [float(np.mean(trace.loss[:, 1]) - origin.loss) for trace in traces]


def _too_large() -> Experiment:
    limit = curvature(_line(_plain(1.0)).problem).limit
    return _line(*(_plain(factor * limit) for factor in (0.45, 0.97, 1.03)), epochs=40)


def _ravine(standardize: bool, *runs: Run) -> Experiment:
    base = default_experiment(DATASETS["ravine"])
    return replace(base, problem=replace(base.problem, standardize=standardize), runs=runs)


def _raw_ravine() -> Experiment:
    limit = curvature(_ravine(False, _plain(1.0)).problem).limit
    return replace(_ravine(False, _plain(0.9 * limit), _plain(0.9 * limit, 32)), epochs=100)


def _valley(*runs: Run) -> Experiment:
    valley = SURFACES["valley"]
    return Experiment(valley, runs, start=valley.start, epochs=3)


PRESETS = table(
    Preset(
        "variants",
        "The three variants",
        "After one epoch the stochastic run is nearest, the batch run farthest; at the end the "
        "stochastic run is still hovering.",
        default_experiment,
        lambda e, t: (
            _first_excess(e, t)[2] < _first_excess(e, t)[1] < _first_excess(e, t)[0]
            and bool(np.any(np.diff(e.problem.loss(t[2].path[-200:])) > 0))
        ),
    ),
    Preset(
        "per_update",
        "The same number of updates",
        "Given 30 updates each, large batches get no less far: the variants differ in what an "
        "update costs, and the batch run is the smooth one.",
        lambda: _line(_plain(0.1, epochs=30), _plain(0.1, 20, epochs=3), _plain(0.1, 7, epochs=1)),
        lambda e, t: max(_last_by_path(e, t)) < 3 * min(_last_by_path(e, t)),
    ),
    Preset(
        "too_large",
        "Too large a rate",
        "Just under 2/L full-batch descent still converges, swinging from side to side; just "
        "above, every step lands higher than the one before.",
        _too_large,
        lambda e, t: (
            t[0].loss[0, -1] < t[1].loss[0, -1] < t[1].loss[0, 0]
            and bool(np.all(np.diff(t[2].loss[0]) > 0))
        ),
    ),
    Preset(
        "too_small",
        "Too small a rate",
        "A rate ten times smaller needs about ten times the epochs.",
        lambda: _line(_plain(0.2), _plain(0.02), _plain(0.002), epochs=40),
        lambda e, t: _last_excess(e, t)[0] < _last_excess(e, t)[1] < _last_excess(e, t)[2],
    ),
    Preset(
        "zigzag",
        "Unequal steepness",
        "On raw columns the loss is a ravine: at the largest safe rate the run is still far from "
        "the minimum after 100 epochs.",
        _raw_ravine,
        lambda e, t: (
            curvature(e.problem).condition > 1000
            and t[0].loss[0, -1] - reference(e, t).loss
            > 0.01 * (t[0].loss[0, 0] - reference(e, t).loss)
        ),
    ),
    Preset(
        "standardised",
        "Standardised columns",
        "The same rows with standardised columns make a round bowl: the batch run arrives within "
        "the epochs that were far too few on raw columns.",
        lambda: replace(_ravine(True, _plain(0.5), _plain(0.1, 32)), epochs=100),
        lambda e, t: curvature(e.problem).condition < 10 and _arrives(e, t, 0),
    ),
    Preset(
        "adaptive",
        "Why adaptive rules exist",
        "Where one feature is steep and another flat, Adam, with a rate of its own for every "
        "parameter, ends lower than the plain step at 0.9 of its limit.",
        lambda: replace(
            _raw_ravine(),
            runs=(
                _raw_ravine().runs[0],
                Run(replace(OPTIMIZERS["momentum"], lr=_raw_ravine().runs[0].optimizer.lr)),
                Run(replace(OPTIMIZERS["adam"], lr=0.3)),
            ),
        ),
        lambda e, t: _last_excess(e, t)[2] < _last_excess(e, t)[1] < _last_excess(e, t)[0],
    ),
    Preset(
        "noise_ball",
        "Hovering, and what ends it",
        "At a constant rate one-row descent hovers around the minimum; with a falling rate it "
        "settles.",
        lambda: _line(
            _plain(0.1, 1),
            _plain(0.1, 1, schedule=SCHEDULES["inverse"]),
            epochs=20,
            n_seeds=20,
        ),
        lambda e, t: _last_excess(e, t)[1] < 0.1 * _last_excess(e, t)[0],
    ),
    Preset(
        "shuffling",
        "Shuffling is no detail",
        "One-row descent over rows sorted by their target ends every epoch far from where the "
        "shuffled run is.",
        lambda: _line(_plain(0.1, 1), _plain(0.1, 1, sampling="sorted by target")),
        lambda e, t: _last_excess(e, t)[1] > 5 * _last_excess(e, t)[0],
    ),
    Preset(
        "replacement",
        "Drawing with replacement",
        "Reshuffling, which uses each row once an epoch, is much quieter than drawing rows with "
        "replacement.",
        lambda: _line(
            _plain(0.02, 16),
            _plain(0.02, 16, sampling="with replacement"),
            epochs=60,
            n_seeds=20,
        ),
        lambda e, t: _last_excess(e, t)[1] > 3 * _last_excess(e, t)[0],
    ),
    Preset(
        "last_batch",
        "The short last batch",
        "200 rows in batches of 64 leave 8 rows over, which move the parameters as far as 64 do: "
        "leaving them out ends lower.",
        lambda: _line(_plain(0.3, 64), _plain(0.3, 64, drop_last=True), epochs=40, n_seeds=20),
        lambda e, t: _last_excess(e, t)[0] > 1.5 * _last_excess(e, t)[1],
    ),
    Preset(
        "seeds",
        "One run tells little",
        "The same one-row run over fifty orders of the rows: the best ends more than ten times "
        "nearer to the minimum than the worst.",
        lambda: _line(_plain(0.1, 1), epochs=5, n_seeds=50),
        lambda e, t: _spread(e, t) > 10,
    ),
    Preset(
        "separable",
        "No minimum at all",
        "These classes can be separated, so larger weights are always better: the loss has no "
        "finite minimum, and the weights keep growing.",
        lambda: replace(
            default_experiment(DATASETS["wine"]),
            problem=replace(default_fit(DATASETS["wine"]), l2=0.0),
        ),
        lambda e, t: (
            e.problem.minimum() is None
            and bool(np.all(np.diff(np.linalg.norm(t[0].params[0], axis=1)) > 0))
        ),
    ),
    Preset(
        "circles",
        "Features make the model",
        "With squares and products of its columns, logistic regression separates a ring from its "
        "middle.",
        lambda: default_experiment(DATASETS["circles"]),
        lambda e, t: float(e.problem.accuracy(final_params(t[2]))) > 0.9,  # type: ignore[attr-defined]
    ),
    Preset(
        "digits",
        "650 parameters",
        "Ten kinds of handwritten digit, softmax regression, 650 parameters: the stochastic run "
        "classifies more than 95 % of the training rows rightly after its epochs.",
        lambda: default_experiment(DATASETS["digits"]),
        lambda e, t: float(e.problem.accuracy(final_params(t[2]))) > 0.95,  # type: ignore[attr-defined]
    ),
    Preset(
        "bowl_step",
        "One step on a bowl",
        "From (3, 4) on x² + y² one step of rate 0.1 leads to (2.4, 3.2): the loss falls from 25 "
        "to 16.",
        lambda: Experiment(SURFACES["bowl"], (_plain(0.1),), start=(3.0, 4.0), epochs=1),
        lambda e, t: bool(np.allclose(t[0].loss[0], [25, 16], rtol=1e-14)),
    ),
    Preset(
        "valley_steps",
        "Three steps on an elongated bowl",
        "From (4, 2) on w1² + 4 w2² at rate 0.1 the losses are 32, 10.88, 6.5792 and 4.195328.",
        lambda: _valley(_plain(0.1)),
        lambda e, t: bool(np.allclose(t[0].loss[0], [32, 10.88, 6.5792, 4.195328], rtol=1e-14)),
    ),
    Preset(
        "valley_momentum",
        "Three steps with momentum",
        "With momentum 0.9 and rate 0.05 the losses are 32, 18.72, 8.2944 and 8.444736: the third "
        "step overshoots.",
        lambda: _valley(Run(replace(OPTIMIZERS["momentum"], lr=0.05))),
        lambda e, t: bool(np.allclose(t[0].loss[0], [32, 18.72, 8.2944, 8.444736], rtol=1e-14)),
    ),
)


def _last_by_path(experiment: Experiment, traces: Sequence[Trace]) -> list[float]:
    origin = reference(experiment, traces)
    return [float(experiment.problem.loss(trace.path[-1]) - origin.loss) for trace in traces]


def _arrives(experiment: Experiment, traces: Sequence[Trace], place: int) -> bool:
    return epochs_to_arrive(traces[place], reference(experiment, traces))[0] is not None


def _spread(experiment: Experiment, traces: Sequence[Trace]) -> float:
    ends = traces[0].loss[:, -1] - reference(experiment, traces).loss
    return float(ends.max() / ends.min())
