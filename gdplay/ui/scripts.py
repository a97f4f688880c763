"""Scripts and styles for the browser: written apart, sent as one."""

import re
from pathlib import Path


def bare(*files: Path) -> str:
    """Return files as one, without comments and indents: they travel to every visitor."""
    text = "\n".join(file.read_text(encoding="utf-8") for file in files)
    return re.sub(r"^\s*(//.*|/\*[\s\S]*?\*/)?\s*\n|^ +", "", text, flags=re.MULTILINE)


def bundle(*files: Path) -> str:
    """Return modules as one, those that others import before them; the default export stays."""
    return re.sub(r"^(import .*\n|export (?!default))", "", bare(*files), flags=re.MULTILINE)
