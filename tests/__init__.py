"""Tests, in the order of the house: a folder per wing, and one for what needs a browser."""

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
ORACLES = ROOT / "tests" / "oracles"

PATIENCE = 300.0
"""Seconds after which what is waited for counts as hung: a busy machine is no reason to fail."""


ROOMS = "GDPLAY_DATABASE"


@contextmanager
def own_rooms() -> Iterator[None]:
    """Keep the rooms of this process and of those that it starts in a folder that goes with it.

    Rooms of tests are not those of whoever runs them. Where a process above has seen to that, its
    folder stays.
    """
    if ROOMS in os.environ:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="gdplay") as folder:
        os.environ[ROOMS] = f"{folder}/rooms.sqlite"
        try:
            yield
        finally:
            del os.environ[ROOMS]


@cache
def trained(experiment: Any) -> Any:
    """Return an experiment's traces; many files ask for those that data sets open with."""
    import gdplay as gd  # only here: what imports this package may change that one first

    return gd.train(experiment)


KINDS = ("bowl", "turned", "rosenbrock", "saddle", "cliff", "plain_saddle")
"""Functions of each kind: whose bends are the same or not, with knobs, as text, bottomless."""


def few_surfaces() -> dict[str, Any]:
    """Return functions to cross dear tests with; what all promise stands in `test_surfaces`."""
    import gdplay as gd

    return {key: gd.SURFACES[key] for key in KINDS}


def few_models(dataset: Any) -> list[Any]:
    """Return models to cross dear tests with: a network on a few data sets of each kind alone."""
    from gdplay.teaching.defaults import models_for

    few = dataset.key in ("line", "moons", "iris")
    return [model for model in models_for(dataset) if few or model.convex]


def crossed(values: Iterable[Any], *kept: Any) -> list[Any]:
    """Return values to cross tests with: those not `kept` only where the exhaustive are wanted."""
    marks = pytest.mark.exhaustive
    return [value if value in kept else pytest.param(value, marks=marks) for value in values]
