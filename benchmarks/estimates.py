"""How well training's time is foretold: a hundred various experiments beside their estimates."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from time import process_time

import numpy as np
from threadpoolctl import threadpool_limits

import gdplay as gd
from benchmarks.measure import Row
from gdplay.engine.cost import work

COUNT = 100
SECONDS = 0.03
"""So long each experiment is estimated to take, about."""

DATA = {
    "line": ("linear",), "ravine": ("linear",), "diabetes": ("linear",),
    "moons": ("logistic", "softmax"), "breast_cancer": ("logistic",),
    "iris": ("softmax",), "blobs": ("softmax",), "wine": ("softmax",), "digits": ("softmax",),
}  # fmt: skip


def experiments(count: int = COUNT, seed: int = 0) -> Iterator[gd.Experiment]:
    """Yield experiments of all kinds as pages make them, long enough to be timed."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        yield _of_some_length(_experiment(rng))


def _experiment(rng: np.random.Generator) -> gd.Experiment:
    rule = gd.OPTIMIZERS[rng.choice(["sgd", "sgd", "momentum", "rmsprop", "adam", "nadam"])]
    rates = rule.lr * np.geomspace(1e-3, 1e-2, int(rng.choice([1, 2, 3, 6, 40])))
    if rng.random() < 0.1:
        surface = gd.SURFACES[rng.choice(list(gd.SURFACES))]
        return gd.Experiment(surface, tuple(gd.Run(replace(rule, lr=float(r))) for r in rates))
    key = str(rng.choice(list(DATA)))
    fit = gd.Fit(gd.DATASETS[key], gd.MODELS[rng.choice(DATA[key])], standardize=True)
    if gd.DATASETS[key].synthetic and rng.random() < 0.5:
        fit = replace(fit, dataset=replace(fit.dataset, n_samples=1000))
    size = [1, 8, 32, 128, None][rng.integers(5)]
    runs = tuple(gd.Run(replace(rule, lr=float(rate)), size) for rate in rates)
    return gd.Experiment(fit, runs, n_seeds=int(rng.choice([1, 1, 5, 20])))


def _of_some_length(experiment: gd.Experiment) -> gd.Experiment:
    """Return it with as many epochs as are estimated to take some time."""
    short, long = (work(replace(experiment, epochs=epochs)).seconds for epochs in (600, 1200))
    each = (long - short) / 600
    return replace(experiment, epochs=int(np.clip(SECONDS / each, 1, 5000)))


def ratios() -> np.ndarray:
    """Return each experiment's time over its estimate, the best of two rounds."""
    found = []
    with threadpool_limits(1):
        for experiment in experiments():
            gd.train(replace(experiment, epochs=1))
            rounds = []
            for _ in range(2):
                begin = process_time()
                gd.train(experiment)
                rounds.append(process_time() - begin)
            found.append(min(rounds) / work(experiment).seconds)
    return np.array(found)


def within() -> float:
    """Return the percentage within a factor of 2, given this machine's pace, the median."""
    found = ratios()
    pace = np.median(found)
    print(f"estimates: this machine takes {pace:.2f} of them", file=sys.stderr)
    return float(100 * np.mean(np.abs(np.log2(found / pace)) <= 1))


ESTIMATES = (
    Row(
        "estimates", "within a factor of 2",
        f"training's time, {COUNT} various experiments, this machine's pace allowed for",
        within, floor=90, aim=95,
    ),
)  # fmt: skip
"""Percent."""
