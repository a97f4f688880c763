"""Scripts and styles for the browser: written apart, sent as one."""

import re
from collections.abc import Iterator
from pathlib import Path

_COMMENTS = re.compile(r"^\s*(//.*|/\*(?:(?!\*/)[\s\S])*\*/)?\s*\n|^ +", re.MULTILINE)
_IMPORT = re.compile(r"^import \{[^{}]*\} from '(\.\.?/[^']+)';\n", re.MULTILINE)
_EXPORT = re.compile(r"^export (?!default)", re.MULTILINE)
_OTHER = re.compile(r"^(?:import\b|export \{|export \*).*", re.MULTILINE)
_DEFAULT = re.compile(r"^export default\b.*", re.MULTILINE)


def bare(file: Path) -> str:
    """Return a file without comments and indents: it travels to every visitor."""
    return _COMMENTS.sub("", file.read_text(encoding="utf-8"))


def bundle(entry: Path) -> str:
    """Return a module and all that it imports as one script, whose only export is its default.

    All share one scope, so that imports are left out and names must differ between modules.

    Raises
    ------
    ValueError
        If modules import each other in a circle, or in another way than
        `import { name } from './module.js';`.
    """
    return "".join(_EXPORT.sub("", _IMPORT.sub("", bare(file))) for file in modules(entry))


def modules(entry: Path) -> list[Path]:
    """Return a module and all that it imports, each after those that it imports itself.

    Raises
    ------
    ValueError
        As `bundle` does.
    """
    return list(_in_order(entry.resolve(), (), set()))


def _in_order(file: Path, importers: tuple[Path, ...], done: set[Path]) -> Iterator[Path]:
    """Give what a module imports, and then itself, but what has been given before."""
    if file in importers:
        circle = (*importers[importers.index(file) :], file)
        raise ValueError(f"modules import each other: {' -> '.join(each.name for each in circle)}")
    if file in done:
        return
    text = bare(file)
    _check(file, text, bool(importers))
    for name in _IMPORT.findall(text):
        yield from _in_order((file.parent / name).resolve(), (*importers, file), done)
    done.add(file)
    yield file


def _check(file: Path, text: str, imported: bool) -> None:
    other = _OTHER.search(_IMPORT.sub("", text)) or (_DEFAULT.search(text) if imported else None)
    if other:
        raise ValueError(
            f"{file.name} must import as in `import {{ name }} from './module.js';` and export "
            f"functions and constants by their names; got {other[0]!r}"
        )
