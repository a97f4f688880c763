"""What the tests of figures share."""

from collections.abc import Iterable
from typing import Any

import plotly.graph_objects as go
import pytest

from gdplay.figures.theme import DARK, LIGHT, THEMES, Theme

every_theme = pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))


def by_name(figure: go.Figure, name: str, at: int = 0) -> Any:
    return [trace for trace in figure.data if trace.name == name][at]


def names(figure: go.Figure) -> list[str]:
    return [trace.name for trace in figure.data]


def assert_inked(figures: Iterable[go.Figure], theme: Theme) -> None:
    """Fail where a figure has not the theme's colours, or one of the other theme's."""
    other = DARK if theme is LIGHT else LIGHT
    for figure in figures:
        assert figure.layout.font.color == theme.ink
        for stranger in (other.ink, other.grid, other.muted):
            assert stranger not in figure.to_json()
