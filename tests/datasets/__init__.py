"""The data sets of all tests here, and what least squares and logistic regression say of rows."""

from dataclasses import replace

import numpy as np
import pytest

from gdplay.datasets import DATASETS, Data, Linnerud

CHOICES = [replace(DATASETS["linnerud"], target=name) for name in Linnerud.targets[1:]]
CHOICES += [replace(DATASETS["blobs"], centers=n) for n in (2, 4, 5)]
ALL = [*DATASETS.values(), *CHOICES]
SYNTHETIC = [dataset for dataset in ALL if dataset.synthetic]
SHIPPED = [dataset for dataset in ALL if not dataset.synthetic]

each = pytest.mark.parametrize("dataset", ALL, ids=repr)


def same(first: Data, second: Data) -> bool:
    """Whether two sets hold equal rows in the same order."""
    return np.array_equal(first.X, second.X) and np.array_equal(first.y, second.y)


def standardised(X):
    """Return columns of mean 0 and standard deviation 1; constant columns are zero."""
    spread = X.std(axis=0)
    return (X - X.mean(axis=0)) / np.where(spread > 0, spread, 1)


def condition(X):
    """Return the condition number of half the mean squared error, bias included."""
    design = np.column_stack([np.ones(len(X)), X])
    return np.linalg.cond(design.T @ design / len(X))


def right(X, y, C=1e4):
    """Return the share of rows that (softmax) logistic regression gets right."""
    from sklearn.linear_model import LogisticRegression

    X = standardised(X)
    return LogisticRegression(C=C, max_iter=20_000).fit(X, y).score(X, y)
