"""Rows in scripts: written out or loaded, then made ready as the model sees them."""

import numpy as np

from gdplay.datasets import DATASETS, Data
from gdplay.export.cells import Cell, plain_text
from gdplay.loss.fit import DEGREES, Fit

MOST_WRITTEN = 5000
"""Numbers of a data set that ships with scikit-learn are written out up to so many."""


def rows_cells(fit: Fit, *, ones: bool = True) -> list[Cell]:
    """Return the cells that leave X, y and, with rows held out, X_test and y_test.

    With `ones` the first column is 1, so that its weight is the bias.
    """
    parts = [_expanded(fit), _split(fit), _standardised(fit), _with_ones() if ones else None,
             _apart(fit)]  # fmt: skip
    there = [part for part in parts if part]
    if not there:
        return [_raw(fit)]
    words = " ".join(words for words, _ in there)
    code = "\n".join(code for _, code in there)
    return [_raw(fit), Cell("The rows as the model sees them", words, code)]


def _raw(fit: Fit) -> Cell:
    dataset, data = fit.dataset, fit.data
    names = ", ".join(plain_text(name) for name in data.feature_names)
    words = f"Columns: {names}; target: {plain_text(data.target_name)}"
    if data.class_names:
        named = (f"{place} is {plain_text(name)}" for place, name in enumerate(data.class_names))
        words += f" ({', '.join(named)})"
    if dataset.code and data.X.size > MOST_WRITTEN and dataset == DATASETS.get(dataset.key):
        code = f"{dataset.code}\ny = y.astype(float)"
        return Cell("The data", f"{words}. scikit-learn has them on this computer.", code)
    return Cell("The data", f"{words}. A row a line, the target last.", _written(data))


def _written(data: Data) -> str:
    table = np.column_stack([data.X, data.y])
    lines = "\n".join(" ".join(map(_number, row)) for row in table.tolist())
    return (
        f'ROWS = """\n{lines}\n"""\n'
        "table = np.loadtxt(ROWS.splitlines(), ndmin=2)\n"
        "X, y = table[:, :-1], table[:, -1]"
    )


def _number(value: float) -> str:
    """Return a number as code that gives the same one again."""
    return repr(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def _expanded(fit: Fit) -> tuple[str, str] | None:
    if fit.features == "linear":
        return None
    degree = DEGREES[fit.features]
    return f"Products of up to {degree} columns, powers among them, are added.", (
        "from itertools import combinations_with_replacement\n\n"
        "columns = range(X.shape[1])\n"
        f"for degree in range(2, {degree + 1}):\n"
        "    for factors in combinations_with_replacement(columns, degree):\n"
        "        X = np.column_stack([X, X[:, factors].prod(axis=1)])"
    )


def _split(fit: Fit) -> tuple[str, str] | None:
    """Return code that holds out the same rows as `gdplay.datasets.split`."""
    if not len(fit.prepared.y_test):
        return None
    seed = f"shuffled = np.random.default_rng({fit.split_seed}).permutation(len(y))"
    if not fit.n_classes:
        count = len(fit.prepared.y_test)
        return "Some rows are held out for testing.", (
            f"{seed}\ntest = np.isin(np.arange(len(y)), shuffled[:{count}])"
        )
    labels, counts = np.unique(fit.prepared.y_test.astype(int), return_counts=True)
    held = dict(zip(labels.tolist(), counts.tolist(), strict=True))
    return "Of every class some rows are held out for testing.", (
        f"HELD_OUT = {held}  # rows of each class\n{seed}\n"
        "test = np.zeros(len(y), dtype=bool)\n"
        "for label, count in HELD_OUT.items():\n"
        "    test[shuffled[y[shuffled] == label][:count]] = True"
    )


def _standardised(fit: Fit) -> tuple[str, str] | None:
    if not fit.standardize:
        return None
    prepared = fit.prepared
    train = "X[~test]" if len(prepared.y_test) else "X"
    ddof = f", ddof={fit.ddof}" if fit.ddof else ""
    code = f"mean, spread = {train}.mean(axis=0), {train}.std(axis=0{ddof})\n"
    if not prepared.scale.all():
        alike = np.flatnonzero(prepared.scale == 0).tolist()
        code += f"constant = {alike}  # these columns say nothing: they become 0\n"
        code += "spread[constant] = np.inf\n"
    code += "X = (X - mean) / spread"
    return "Each column gets mean 0 and standard deviation 1 over the training rows.", code


def _with_ones() -> tuple[str, str]:
    return "The first column is 1: its weight is the bias.", (
        "X = np.column_stack([np.ones(len(X)), X])"
    )


def _apart(fit: Fit) -> tuple[str, str] | None:
    if not len(fit.prepared.y_test):
        return None
    return "", "X, X_test, y, y_test = X[~test], X[test], y[~test], y[test]"
