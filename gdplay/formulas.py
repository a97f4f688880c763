r"""Formulas with places for numbers: from one template follow the symbols and the numbers.

A template is LaTeX in which each symbol that stands for a number has a place, `<\beta>`. An
asterisk is a product's dot, which numbers need and symbols don't: `<\beta>* <v> + <g>` is written
`\beta v + g` in symbols, and `{0.9}\cdot {2} + {1}` in numbers.
"""

import re
from collections.abc import Callable, Mapping
from unicodedata import lookup

_PLACE = re.compile(r"<([^>]+)>")

Held = Callable[[str, str, str], str]
"""How a number stands between what is before it and what is behind it."""


def symbolic(template: str) -> str:
    """Return a template with its symbols."""
    return _PLACE.sub(r"\1", template).replace("*", "")


_GREEK = re.compile(r"\\([a-z]+)")
_LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def plain(symbol: str) -> str:
    r"""Return a symbol as it stands in plain text: "β₁" for `\beta_1`."""
    text = _GREEK.sub(lambda match: _letter(match[1]), symbol)
    return re.sub(r"_(\d)", lambda match: match[1].translate(_LOWERED), text)


def _letter(name: str) -> str:
    """Return a Greek letter by its name in LaTeX; Unicode writes one name without its b."""
    return lookup(f"GREEK SMALL LETTER {'lamda' if name == 'lambda' else name}")


def braced(text: str, before: str, after: str) -> str:
    """Return a number in braces, and in brackets where a sign or a power of ten needs them."""
    negative = text.startswith("-") and not before.endswith(("{", "(")) and before != ""
    compound = text.startswith("-") or "10^" in text
    if negative or (compound and (after.startswith("^") or before.endswith("/"))):
        text = f"({text})"
    return f"{{{text}}}"


def numeric(template: str, texts: Mapping[str, str], held: Held = braced) -> str:
    """Return a template with numbers, themselves LaTeX, in place of the symbols that have one.

    Parameters
    ----------
    template : str
    texts : mapping
        Numbers as text, by symbol; a symbol without one stays.
    held : function
        Puts a number between its neighbours.
    """
    # Literal, symbol, literal, symbol, ..., literal; spaces between factors give way to dots.
    parts = _PLACE.split(template.replace(r"\,", "").replace("*", r" \cdot "))
    out = [parts[0]]
    for symbol, after in zip(parts[1::2], parts[2::2], strict=True):
        before = "".join(out).rstrip()
        out += [held(texts[symbol], before, after.lstrip()) if symbol in texts else symbol, after]
    return " ".join("".join(out).split())
