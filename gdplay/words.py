"""Numbers, counts and lists as people read them: one way each, for all sentences and tables."""

import math
import re
from collections.abc import Iterable, Sequence
from html import escape

_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(value: float, digits: int = 3) -> str:
    """Return `value` with so many significant figures, as people write it: −0.0123, 2.7 × 10⁻⁵."""
    if value < 0:
        return f"−{number(-value, digits)}"
    if not math.isfinite(value):
        return str(float(value)).replace("inf", "infinity")
    if value == 0 or 1e-4 <= abs(value) < 1e6:
        return f"{float(f'{value:.{digits}g}'):.{max(digits, 10)}g}"
    factor, exponent = f"{value:.{digits - 1}e}".split("e")
    return f"{float(factor):.{digits}g} × 10{str(int(exponent)).translate(_RAISED)}"


def ratio(value: float, by: float, digits: int = 3) -> str:
    """Return `value / by` as it follows from both as they are written, with as many figures."""
    written, unit = (float(f"{each:.{digits - 1}e}") for each in (value, by))
    return number(written / unit, digits)


def percent(share: float) -> str:
    """Return a share as "22 %"; what is not none or not all is never told as 0 or 100."""
    if 0 < share < 0.01:
        return "under 1 %"
    return "over 99 %" if 0.99 < share < 1 else f"{100 * share:.0f} %"


def quantity(value: int, thing: str = "") -> str:
    """Return "1 320", or with `thing` "1 320 updates"; its narrow gaps never break."""
    text = f"{value:,}".replace(",", "\u202f")
    return f"{text} {thing}{'' if value == 1 else 's'}" if thing else text


def duration(seconds: float, longest: float | None = None) -> str:
    """Return "1.34 ms" or "2.5 s"; in the unit of the longest, where several stand together."""
    short = (seconds if longest is None else longest) < 1
    return f"{number(1e3 * seconds)} ms" if short else f"{number(seconds)} s"


def joined(parts: Sequence[str], last: str = "and") -> str:
    """Return "a", "a and b", "a, b and c"."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {last} {parts[-1]}"


def sentence(text: str) -> str:
    """Return what an error says as a sentence: a capital first, a full stop last."""
    return f"{text[:1].upper()}{text[1:]}."


_ALIVE = re.compile(r"https?(?=://)|www(?=\.)|@|:(?=[\w+-])", re.IGNORECASE)
"""After what an address or an emoji begins, which Markdown looks for behind all escapes, too."""

_JOINER = "\u2060"
"""Shows nothing and has no width."""


def escaped(text: str) -> str:
    """Return `text` so that Markdown shows it as it is, without links and emoji."""
    text = _ALIVE.sub(rf"\g<0>{_JOINER}", text)
    return re.sub(r"([\\`*_{}\[\]()<>#+\-.!|~$:&])", r"\\\1", text)


def html_table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a small table in HTML; whatever text stands in it, it is shown as it is."""
    lines = [_html_row("th", heads), *(_html_row("td", row) for row in rows)]
    return f"<table><caption>{escape(caption)}</caption>{''.join(lines)}</table>"


def _html_row(kind: str, texts: Sequence[str]) -> str:
    return f"<tr>{''.join(f'<{kind}>{escape(text)}</{kind}>' for text in texts)}</tr>"
