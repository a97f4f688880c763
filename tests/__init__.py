"""Tests, in the order of the house: a folder per wing, and one for what needs a browser."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
ORACLES = ROOT / "tests" / "oracles"

PATIENCE = 300.0
"""Seconds after which what is waited for counts as hung: a busy machine is no reason to fail."""


@cache
def trained(experiment: Any) -> Any:
    """Return an experiment's traces; many files ask for those that data sets open with."""
    import gdplay as gd  # only here: what imports this package may change that one first

    return gd.train(experiment)


def crossed(values: Iterable[Any], *kept: Any) -> list[Any]:
    """Return values to cross tests with: those not `kept` only where the exhaustive are wanted."""
    marks = pytest.mark.exhaustive
    return [value if value in kept else pytest.param(value, marks=marks) for value in values]
