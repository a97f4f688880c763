"""Data of any size to measure on: bell-shaped columns, a linear truth."""

from dataclasses import dataclass

import numpy as np

import gdplay as gd
from gdplay.datasets import DataSet


@dataclass(frozen=True)
class Rows(DataSet):
    """`n_samples` rows of `n_columns` independent N(0, 1) columns.

    Regression: y = X w + 0.5 N(0, 1). Two classes: drawn with probability sigmoid(X w), so that
    they overlap and the log loss has a finite minimum.
    """

    key = "rows"
    title = "Rows"
    source = "synthetic"
    synthetic = True
    target_name = "y"

    n_samples: int = 1000
    n_columns: int = 10
    two_classes: bool = False

    @property
    def feature_names(self):
        return tuple(f"x{i}" for i in range(self.n_columns))

    @property
    def class_names(self):
        return ("no", "yes") if self.two_classes else ()

    def _make(self):
        rng = np.random.default_rng(7)
        X = rng.standard_normal((self.n_samples, self.n_columns))
        truth = X @ np.linspace(-1, 1, self.n_columns)
        if self.two_classes:
            return X, (rng.random(self.n_samples) < 1 / (1 + np.exp(-truth))).astype(int)
        return X, truth + 0.5 * rng.standard_normal(self.n_samples)


def fit(kind: str, n_samples: int = 1000, n_columns: int = 10) -> gd.Fit:
    """Return the "linear" or "logistic" model on such rows."""
    return gd.Fit(Rows(n_samples, n_columns, kind == "logistic"), gd.MODELS[kind])


def experiment(
    problem: gd.Fit,
    batch_size: int | None,
    *,
    runs: int = 100,
    epochs: int,
    sampling: str = "in order",
) -> gd.Experiment:
    """Return plain descent at `runs` rates from 0.0003 to 0.01, low enough for all of this data."""
    rates = np.geomspace(3e-4, 1e-2, runs)
    return gd.Experiment(
        problem,
        tuple(gd.Run(gd.SGD(lr=lr), batch_size=batch_size, sampling=sampling) for lr in rates),
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
) -> str:
    """Return such an experiment in a few words; 10 columns go without saying."""
    columns = "" if n_columns == 10 else f"d = {n_columns}, "
    times = "1 epoch" if epochs == 1 else f"{epochs} epochs"
    return f"{kind}, B = {batch_size or 'N'}, N = {n_samples}, {columns}{times}, {runs} runs"
