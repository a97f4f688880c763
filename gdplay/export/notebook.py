"""Cells as a Jupyter notebook, in the format that Jupyter itself describes (nbformat 4.5)."""

import json
from collections.abc import Iterable
from typing import Any

from gdplay.export.cells import Cell
from gdplay.words import escaped

_PYTHON = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def as_notebook(cells: Iterable[Cell]) -> str:
    """Return cells as a notebook: words as Markdown, each followed by its code."""
    parts: list[dict[str, Any]] = []
    for place, cell in enumerate(cells):
        text = f"## {escaped(cell.title)}\n\n{escaped(cell.words)}"
        parts.append({"cell_type": "markdown", **_content(f"words-{place}", text)})
        code = _content(f"code-{place}", cell.code.strip())
        parts.append({"cell_type": "code", "execution_count": None, "outputs": [], **code})
    book = {"cells": parts, "metadata": _PYTHON, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(book, indent=1, ensure_ascii=False) + "\n"


def _content(name: str, text: str) -> dict[str, Any]:
    return {"id": name, "metadata": {}, "source": text.splitlines(keepends=True)}
