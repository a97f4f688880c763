"""Tests, in the order of the house: a folder per wing, and one for what needs a browser."""

from pathlib import Path

ROOT = Path(__file__).parents[1]
ORACLES = ROOT / "tests" / "oracles"

PATIENCE = 300.0
"""Seconds after which what is waited for counts as hung: a busy machine is no reason to fail."""
