"""Tables as Markdown, LaTeX, HTML and lists of programs write them, to lines parted by tabs."""

import csv
import re
from collections.abc import Iterable
from html import unescape
from io import StringIO

MOST_SIGNS = 500_000
"""Longer texts are for files, which hold plain cells."""


def plain(text: str) -> str:
    """Return the rows of such a table, cells parted by tabs; any other text as it is.

    Raises
    ------
    ValueError
        Where a cell spans several.
    """
    for written in () if len(text) > MOST_SIGNS else (_html, _latex, _lists, _piped):
        rows = written(text)
        if rows:
            return _tabbed(rows)
    return text


def _tabbed(rows: Iterable[list[str]]) -> str:
    lines = StringIO()
    written = csv.writer(lines, delimiter="\t", lineterminator="\n")
    written.writerows([" ".join(cell.split()) for cell in row] for row in rows)
    return lines.getvalue()


_SPANS = "A cell spans several columns or rows: give each column and row a cell of its own"

# HTML

_TAG = re.compile(r"(<[^<>]*>)")
_ROW = re.compile(r"<tr\b", re.I)
_CELL = re.compile(r"<t[dh]\b", re.I)
_TABLE_ENDS = re.compile(r"</table\b", re.I)
_CELL_ENDS = re.compile(r"</(t[dhr]|tbody|thead|table)\b", re.I)
_SPANNING = re.compile(r"\b(col|row)span\s*=\s*['\"]?0*([2-9]|1\d)", re.I)


def _html(text: str) -> list[list[str]]:
    """Return the rows of the first table; none where there is no table."""
    if not _ROW.search(text):
        return []
    rows: list[list[str]] = []
    inside = False
    for part in _TAG.split(_TABLE_ENDS.split(text, 1)[0]):
        if _ROW.match(part):
            rows.append([])
        elif _CELL.match(part) and rows:
            if _SPANNING.search(part):
                raise ValueError(_SPANS)
            rows[-1].append("")
        elif inside and not part.startswith("<"):
            rows[-1][-1] += unescape(part)
        inside = _inside(part, inside)
    return [row for row in rows if row]


def _inside(part: str, before: bool) -> bool:
    """Whether what follows a part of HTML stands in a cell."""
    if _CELL.match(part):
        return True
    return before and not _ROW.match(part) and not _CELL_ENDS.match(part)


# LaTeX

_COMMENT = re.compile(r"(?<!\\)%[^\n]*")
_ENVIRONMENT = re.compile(
    r"\\(begin|end)\s*\{[^{}]*\}(\[[^\]\n]{0,20}\])?(\{([^{}]|\{[^{}]*\}){0,200}\})?"
    r"|\\(caption|label)\s*\{[^{}]*\}|\\centering\b"
)
_RULE = re.compile(
    r"\\(hline|toprule|midrule|bottomrule|addlinespace)\b(\[[^\]\n]{0,20}\])?"
    r"|\\(cline|cmidrule)(\([^)\n]{0,20}\))?\{[^{}]*\}"
)
_LINE_ENDS = re.compile(r"\\\\\*?(?:\[[^\]\n]{0,20}\])?|\\tabularnewline\b")
_NEXT_CELL = re.compile(r"(?<!\\)&")
_DRESS = re.compile(r"\\[a-zA-Z]+\s*\{([^{}]*)\}|(?<!\\)\$|\{([^{}]*)\}|\\[,;!]|\\ ")

_DEEPEST = 4
"""Layout: so many commands in each other are taken off a cell."""


def _latex(text: str) -> list[list[str]]:
    """Return the rows of a tabular, or of lines as they stand in one; none of any other text."""
    if not (_NEXT_CELL.search(text) and _LINE_ENDS.search(text)):
        return []
    if re.search(r"\\multi(column|row)\b", text):
        raise ValueError(_SPANS)
    body = _RULE.sub(" ", _ENVIRONMENT.sub(" ", _COMMENT.sub("", text)))
    lines = (line.strip() for line in _LINE_ENDS.split(body))
    return [[_undressed(cell) for cell in _NEXT_CELL.split(line)] for line in lines if line]


def _undressed(cell: str) -> str:
    """Return a cell without commands, dollars and braces: 1,5 where 1{,}5 stood."""
    for _ in range(_DEEPEST):
        cell = _DRESS.sub(lambda dress: dress[1] or dress[2] or "", cell)
    return re.sub(r"\\([&%$#_{}])", r"\1", cell.replace("~", " "))


# Lists

_LIST = re.compile(r"(?:\b([A-Za-z_]\w*)\s*=\s*(?:[\w.]+\()?\s*)?[\[(]([^\[\]()=]+)[\])]")


def _lists(text: str) -> list[list[str]]:
    """Return lists of values as rows, each with its name if it has one."""
    lists = _LIST.findall(text)
    if not lists or _LIST.sub("", text).strip("[](),; \t\r\n"):
        return []
    return [_values(name, row) for name, cells in lists for row in cells.split(";")]


def _values(name: str, row: str) -> list[str]:
    cells = re.split("," if "," in row else r"\s+", row.strip().strip(","))
    return [name][: bool(name)] + [cell.strip(" '\"") for cell in cells]


# Markdown, and what else draws lines

_PIPES = str.maketrans("│┃║┼╪╂├┤", "||||||||")
_DRAWN = re.compile(r"[\s|+:=\-─━═┌┐└┘╞╡┬┴]*")
_COUNT = re.compile(r"\(\d+ rows?\)")


def _piped(text: str) -> list[list[str]]:
    """Return rows whose cells upright lines part; none where a row has no such line."""
    lines = [line.strip() for line in text.translate(_PIPES).splitlines()]
    drawn = [line for line in lines if line and _DRAWN.fullmatch(line)]
    lines = [line for line in lines
             if line and not _DRAWN.fullmatch(line) and not _COUNT.fullmatch(line)]  # fmt: skip
    outer = [line.startswith("|") for line in lines]
    if not lines or not all("|" in line for line in lines) or not (drawn or all(outer)):
        return []
    return [
        [_plain_cell(cell) for cell in _UNESCAPED.split(_UNFRAMED.sub("", line))] for line in lines
    ]


_UNFRAMED = re.compile(r"^\||(?<!\\)\|$")
_UNESCAPED = re.compile(r"(?<!\\)\|")


def _plain_cell(cell: str) -> str:
    return cell.replace("\\|", "|").strip().strip("*`").replace("<br>", " ")
