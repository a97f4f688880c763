"""Tests, in the order of the house: a folder per wing, and one for what needs a browser."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
ORACLES = ROOT / "tests" / "oracles"

PATIENCE = 300.0
"""Seconds after which what is waited for counts as hung: a busy machine is no reason to fail."""


def crossed(values: Iterable[Any], *kept: Any) -> list[Any]:
    """Return values to cross tests with: those not `kept` only where the exhaustive are wanted."""
    marks = pytest.mark.exhaustive
    return [value if value in kept else pytest.param(value, marks=marks) for value in values]
