"""Data of any size to measure on: bell-shaped columns, a linear truth."""

from dataclasses import dataclass, replace

import numpy as np

import gdplay as gd
from gdplay.datasets import DataSet


@dataclass(frozen=True)
class Rows(DataSet):
    """`n_samples` rows of `n_columns` independent N(0, 1) columns.

    Regression: y = X w + 0.5 N(0, 1). Two classes: drawn with probability sigmoid(X w), so that
    they overlap and the log loss has a finite minimum. Three: at even steps of the number that
    regression has.
    """

    key = "rows"
    title = "Rows"
    source = "synthetic"
    synthetic = True
    target_name = "y"

    n_samples: int = 1000
    n_columns: int = 10
    n_classes: int = 0

    @property
    def feature_names(self):
        return tuple(f"x{i}" for i in range(self.n_columns))

    @property
    def class_names(self):
        return ("no", "yes", "maybe")[: self.n_classes]

    def _make(self):
        rng = np.random.default_rng(7)
        X = rng.standard_normal((self.n_samples, self.n_columns))
        truth = X @ np.linspace(-1, 1, self.n_columns)
        if self.n_classes == 2:
            return X, (rng.random(self.n_samples) < 1 / (1 + np.exp(-truth))).astype(int)
        y = truth + 0.5 * rng.standard_normal(self.n_samples)
        return X, np.digitize(y, (-1, 1)) if self.n_classes else y


CLASSES = {"linear": 0, "logistic": 2, "softmax": 3}
"""How many classes the rows of each model have."""


def fit(kind: str, n_samples: int = 1000, n_columns: int = 10) -> gd.Fit:
    """Return the "linear", "logistic" or "softmax" model on such rows."""
    return gd.Fit(Rows(n_samples, n_columns, CLASSES[kind]), gd.MODELS[kind])


def experiment(
    problem: gd.Fit,
    batch_size: int | None,
    *,
    runs: int = 100,
    epochs: int,
    sampling: str = "in order",
    rule: str = "sgd",
) -> gd.Experiment:
    """Return descent at `runs` rates from 0.0003 to 0.01, low enough for all of this data."""
    kind = gd.OPTIMIZERS[rule]
    rates = np.geomspace(3e-4, 1e-2, runs)
    return gd.Experiment(
        problem,
        tuple(gd.Run(replace(kind, lr=lr), batch_size, sampling=sampling) for lr in rates),
        epochs=epochs,
    )


def told(
    kind: str,
    batch_size: int | None,
    *,
    n_samples: int,
    n_columns: int = 10,
    epochs: int,
    runs: int,
    rule: str = "sgd",
) -> str:
    """Return such an experiment in a few words; 10 columns and the plain step go without saying."""
    columns = "" if n_columns == 10 else f"d = {n_columns}, "
    times = "1 epoch" if epochs == 1 else f"{epochs} epochs"
    kind = kind if rule == "sgd" else f"{gd.OPTIMIZERS[rule].title}, {kind}"
    return f"{kind}, B = {batch_size or 'N'}, N = {n_samples}, {columns}{times}, {runs} runs"
