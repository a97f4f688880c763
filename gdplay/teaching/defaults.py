"""A good experiment for any data set: model, rate, epochs and start that are worth a look."""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from gdplay.arrays import margin
from gdplay.datasets import DATASETS, DataSet
from gdplay.engine.training import Trace, train
from gdplay.experiment import Experiment, Run
from gdplay.knobs import knobs
from gdplay.loss.fit import Fit
from gdplay.loss.models import MODELS, Model
from gdplay.loss.surfaces import Surface
from gdplay.memory import remembered
from gdplay.optimizers import OPTIMIZERS, SGD, allowed
from gdplay.theory.curvature import curvature, global_bound
from gdplay.theory.sharpness import sharpness


def models_for(dataset: DataSet) -> list[Model]:
    """Return the models that suit a data set, its usual ones and the simplest first."""
    suiting = (
        model
        for n_classes in dataset.readings
        for model in MODELS.values()
        if model.suits(n_classes)
    )
    return list(dict.fromkeys(suiting))


def default_fit(dataset: DataSet, model: Model | None = None) -> Fit:
    """Return the data set met by a model, its simplest by default, as the data set suggests.

    Networks bend by themselves and take standardised columns, nothing added to them.
    """
    usual: dict[str, Any] = {k: v for k, v in dataset.usual.items() if k != "start"}
    model = model or models_for(dataset)[0]
    if not model.convex:
        usual |= {"features": "linear", "standardize": True}
    return Fit(dataset, model, **usual)


@remembered(64)
def default_rate(fit: Fit) -> float:
    """Return a rate, one significant digit, at which batch and one-row descent both do well.

    A quarter of 2/L, so that batch descent bends where the ground does; or 0.6 over the trace of
    the Hessian at the minimum where that is lower: the trace is the mean curvature along single
    rows, so that one row's step stays short of its own limit; or the rate up to which no full step
    raises the loss anywhere, as classes that lie apart bend little at the minimum. Lower still,
    down to a hundredth, where the noise of single rows would otherwise carry the loss back up from
    the minimum; but where batch descent would then stand still, as much as single rows are seen to
    bear. Of a
    network, whose curvature grows on the way, half as much at most, by its curvature at the start.
    """
    if not fit.model.convex:
        return _rate_at_start(_few_rows(fit))
    minimum = fit.minimum()
    trace = float(np.trace(fit.hessian(np.zeros(fit.n_params) if minimum is None else minimum)))
    bound = global_bound(fit)
    anywhere = 2 / bound if bound else np.inf
    most = min(curvature(fit).limit / 4, 0.6 / trace, anywhere)
    rate = min(most, max(_quiet_rate(fit), most / 100))
    return rounded(rate) if rate > STANDSTILL * most else _borne_rate(_few_rows(fit), rate)


FEW_ROWS = 200
"""Speed: what takes long is looked at on so many rows of a data set that can have more: whoever
opens a link that says no rate waits for it."""


def _few_rows(fit: Fit) -> Fit:
    """Return a fit, or the same on fewer rows of its data set."""
    dataset: Any = fit.dataset
    if "n_samples" not in knobs(dataset) or dataset.n_samples <= FEW_ROWS:
        return fit
    return replace(fit, dataset=replace(dataset, n_samples=FEW_ROWS))


PROBES = 64
"""Tolerance: the trace of a large Hessian is the mean of v'Hv over so many v of random signs."""


def _rate_at_start(fit: Fit) -> float:
    """Return an eighth of 2/L, or 0.6 over the trace, at the start of seed 0."""
    start, Q = fit.usual, fit.n_params
    largest = float(sharpness(fit, start))
    probes = np.eye(Q)
    if Q > PROBES:
        probes = np.random.default_rng(0).choice([-1.0, 1.0], (PROBES, Q)) / np.sqrt(PROBES)
    trace = float((fit.products(start, probes) * probes).sum())
    return rounded(min(0.25 / largest, 0.6 / max(trace, largest)))


def rounded(rate: float) -> float:
    """Return a rate with one significant digit."""
    return float(f"{rate:.0e}")


QUIET = 0.05
"""The share of the excess at zero around which single rows may hover at the default rate."""


def _quiet_rate(fit: Fit) -> float:
    """Return the rate at which single rows hover at `QUIET` of the excess that zero has.

    At a small rate eta and with rows drawn anew they hover at eta/4 E|g|^2, g a row's gradient at
    the minimum (Mandt, Hoffman & Blei, 2017, arXiv:1704.04289). Infinite without noise or minimum.
    """
    minimum = fit.minimum()
    if minimum is None:
        return np.inf
    rows = fit.gather(np.arange(fit.n_samples)[:, None])
    theta = np.broadcast_to(minimum[None, :, None], (fit.n_samples, fit.n_params, 1))
    noise = float((fit.value_and_grad(theta, rows)[1] ** 2).sum()) / fit.n_samples
    excess = float(fit.loss(np.zeros(fit.n_params)) - fit.loss(minimum))
    return QUIET * excess * 4 / noise if noise > 0 else np.inf


LASTING = 2.6
"""In so many of its slowest time constants is batch descent nearly there, but not at rest."""


STANDSTILL = 0.05
"""Layout: at less than this share of what curvature allows, batch descent is not seen to move."""

_RATES = 4
"""Layout: so many rates are tried, each twice the one before."""

_LATE = 5
"""Layout: over so many last epochs single rows are looked at."""


def _borne_rate(fit: Fit, rate: float) -> float:
    """Return a rate, or the largest of its doublings at which single rows end as quietly.

    Rows that are shuffled are much quieter than rows drawn anew, of which `_quiet_rate` tells.
    They are tried: the mean of their last epochs must lie within `QUIET` of the excess at zero.
    """
    rates = [rounded(rate * 2**i) for i in range(_RATES)]
    runs = tuple(Run(SGD(lr=each), batch_size=1) for each in rates)
    experiment = Experiment(fit, runs, epochs=default_epochs(fit, rates[0]))
    minimum = fit.minimum()
    assert minimum is not None  # else there was no level for rows to hover at
    lowest = float(fit.loss(minimum))
    quiet = [rates[0]]
    for each, trace in zip(rates, train(experiment, record_path=False), strict=True):
        excess = trace.loss[0] - lowest
        if excess[-_LATE:].mean() <= QUIET * excess[0]:
            quiet.append(each)
    return max(quiet)


def default_epochs(fit: Fit, rate: float) -> int:
    """Return so many epochs, 5 to 30, that one update in each leaves batch descent under way.

    And so few that one row per update stays under 20 000 updates.
    """
    mu = curvature(fit).mu if fit.model.convex else 0.0
    enough = round(LASTING / (rate * mu)) if mu > 0 else np.inf
    return int(max(5, min(enough, 30, 20_000 // fit.n_samples)))


def default_sizes(n_samples: int) -> tuple[int | None, ...]:
    """Return the rows per update of batch, mini-batch and stochastic descent."""
    some = 32 if n_samples >= 1000 else min(10, max(2, n_samples // 5))
    return (None, *sorted({size for size in (some, 1) if size < n_samples}, reverse=True))


def default_experiment(
    dataset: DataSet = DATASETS["line"], model: Model | None = None
) -> Experiment:
    """Return batch, mini-batch and stochastic descent on a data set, chosen to be worth a look.

    One rate for all, from the data's own curvature, and so few epochs that nothing has diverged
    and batch descent is still under way. On a network each has a rate of its own (`SPREAD`).

    Parameters
    ----------
    dataset : DataSet
    model : Model, optional
        Its simplest by default. A network starts at a place of its own.
    """
    fit = default_fit(dataset, model)
    rate = default_rate(fit)
    runs = tuple(
        Run(SGD(lr=_rate_of(fit, rate, size)), batch_size=size)
        for size in default_sizes(fit.n_samples)
    )
    start = dataset.usual.get("start") if model is None else None
    return Experiment(fit, runs, start=start, epochs=default_epochs(fit, rate))


SPREAD = (6.0, 2.0, 0.1)
"""Layout: times the default rate that all rows, some and one take on a network. At one rate single
rows go so far that in their picture batch descent stands still."""


def _rate_of(fit: Fit, rate: float, size: int | None) -> float:
    """Return at which rate so many rows are shown."""
    if fit.model.convex:
        return rate
    whole, some, single = SPREAD
    # Of few rows an epoch of single ones goes at least as far as one step on all.
    single = max(single, whole / fit.n_samples)
    return rounded(rate * (whole if size is None else single if size == 1 else some))


ADAPTIVE = 25
"""In so many steps of full length an adaptive rule could reach the minimum."""


FALLS = 1e3
"""Layout: a race whose loss changes by more times 1 + |loss at the start| runs out of its picture.
"""

_TRIES = 10


@lru_cache(maxsize=256)
def default_race(surface: Surface) -> Experiment:
    """Return the plain step, momentum and Adam on a function, each at a rate that gets somewhere.

    The function's own rates where it has any. Else plain and momentum take a quarter of 2/L, or a
    power of four less where that does not lead downhill; Adam, whose steps are about as long as
    its rate, a twenty-fifth of the way to the minimum.
    """
    runs = _runs_at(surface.rates) if surface.rates else _computed(surface)
    return Experiment(surface, runs, start=surface.start, epochs=surface.updates)


def _runs_at(rates: Mapping[str, float]) -> tuple[Run, ...]:
    """Return a run for each rate of a rule."""
    return tuple(Run(replace(OPTIMIZERS[key], lr=lr)) for key, lr in rates.items())


def _computed(surface: Surface) -> tuple[Run, ...]:
    away = float(np.abs(np.array(surface.start) - surface.middle()).max())
    own = rounded(max(away, 1.0) / ADAPTIVE)
    return (*_steady_runs(surface, own), *_runs_at({"adam": own}))


def _steady_runs(surface: Surface, step: float) -> tuple[Run, ...]:
    """Return the plain step and momentum at one rate; `step` is its length where nothing bends."""
    limit = curvature(surface).limit
    steep = float(np.linalg.norm(surface.gradient(np.array(surface.start))))
    first = limit / 4 if np.isfinite(limit) else step / max(steep, 1e-6)
    rates = [allowed(rounded(first / 4**i)) for i in range(_TRIES)]
    pairs = [_runs_at({"sgd": lr, "momentum": lr}) for lr in rates]
    runs = tuple(run for pair in pairs for run in pair)
    traces = train(Experiment(surface, runs, surface.start, surface.updates), record_path=False)
    well = [_gets_down(trace) for trace in traces]
    both = zip(well[::2], well[1::2], strict=True)
    good = [pair for pair, down in zip(pairs, both, strict=True) if all(down)]
    return (good or pairs[-1:])[0]


def _gets_down(trace: Trace) -> bool:
    """Whether a run ends lower than it began, and in sight of it."""
    begin, end = trace.loss[0][[0, -1]]
    return bool(begin - margin(FALLS, begin) <= end < begin)
