"""Pieces of code with words before them: what scripts and notebooks are put together from."""

import textwrap
from collections.abc import Iterable
from typing import NamedTuple

WIDTH = 96
"""Words are wrapped at so many characters."""


class Cell(NamedTuple):
    """A piece of code under a heading, and what is to be known before it is read."""

    title: str
    words: str
    code: str


def as_script(cells: Iterable[Cell]) -> str:
    """Return cells as one Python file; editors that know `# %%` run them one by one."""
    return "\n\n\n".join(_as_comment(cell) + cell.code.strip() for cell in cells) + "\n"


def _as_comment(cell: Cell) -> str:
    lines = textwrap.wrap(cell.words, WIDTH, break_on_hyphens=False)
    return "".join(f"# {line}\n" for line in (f"%% {cell.title}", *lines)) + "\n"


def plain_text(text: str) -> str:
    """Return text in one line that no reader of code takes for anything else.

    Names of columns are a visitor's: a line's end would end a comment.
    """
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def docstring(text: str) -> str:
    """Return text as a docstring."""
    return f'"""{plain_text(text)}"""'
