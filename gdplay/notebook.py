"""What values show of themselves in a notebook: a table, under a picture where something draws."""

from collections.abc import Callable
from typing import Any

Pictures = Callable[[Any], str]

_pictures: list[Pictures] = []


def draw_with(pictures: Pictures) -> None:
    """Let a function draw values, as HTML; it returns "" for what it has no picture of."""
    _pictures[:] = [pictures]


def shown(value: object, table: str, otherwise: str = "") -> str:
    """Return a value's table under its picture; without one under what is shown otherwise."""
    drawn = (draw(value) for draw in _pictures)
    return (next(drawn, "") or otherwise) + table
