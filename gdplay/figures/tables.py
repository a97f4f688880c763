"""Tables in HTML, as all pages show them. Text in them is always escaped."""

from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby

from gdplay.teaching.update_tables import Cell, Fine
from gdplay.teaching.worked import Row, cells
from gdplay.teaching.worked import number as exact
from gdplay.words import number


def table(
    heads: Iterable[str],
    rows: Iterable[Sequence[str]],
    marks: Sequence[str] = (),
    *,
    prose: bool = False,
    caption: str = "",
) -> str:
    """Return a table of texts, the first of a row its name, behind the row's mark if it has one.

    With `prose` the last column is text that wraps.
    """
    body = ""
    for place, (name, *texts) in enumerate(rows):
        mark = marks[place] if place < len(marks) else ""
        line = "".join(f"<td>{escape(text)}</td>" for text in texts)
        body += f"<tr><th scope='row'>{mark}{escape(name)}</th>{line}</tr>"
    return _framed(_headed(heads), body, " gd-prose" * prose, caption)


def numbers_table(heads: Iterable[str], rows: Iterable[Sequence[Cell]]) -> str:
    """Return a table in which a number tells all its digits where the pointer rests on it."""
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    return _framed(_headed(heads), body, " gd-sums")


def _cell(value: Cell) -> str:
    value, digits = value if isinstance(value, Fine) else (value, 3)
    if isinstance(value, float):
        text = number(value + 0.0, digits)
        return f'<td title="{value!r}">{text}</td>'
    return f"<td>{escape(str(value))}</td>"


def worked_table(rows: Sequence[Row], known: Sequence[Row], n_rows: int) -> str:
    """Return worked rows in `n_rows` lines: known ones whole, of the next what it starts from."""
    columns = cells(rows[0])
    groups = [(heading, len(list(group))) for heading, group in groupby(columns, lambda c: c[0])]
    first = {sum(size for _, size in groups[:place]) for place in range(len(groups))}
    edges = [' class="gd-edge"' * (place in first) for place in range(len(columns))]
    top = "".join(
        f'<th class="gd-edge" colspan="{size}">{_HEADS.get(heading, heading)}</th>'
        for heading, size in groups
    )
    below = "".join(
        f"<th{edge}>{escape(cell.name)}</th>" for edge, cell in zip(edges, columns, strict=True)
    )
    body = ""
    for place in range(n_rows):
        texts = _texts(rows, known, place, len(columns))
        line = "".join(
            f"<td{edge}>{text.replace('-', '−')}</td>"
            for edge, text in zip(edges, texts, strict=True)
        )
        body += f"<tr><th>{place + 1}</th>{line}</tr>"
    return _framed(f"<tr><th></th>{top}</tr><tr><th>update</th>{below}</tr>", body, " gd-worked")


def _texts(rows: Sequence[Row], known: Sequence[Row], place: int, width: int) -> list[str]:
    """Return the texts of one line, empty where they may not be seen."""
    if place < len(known):
        return [exact(cell.value) for cell in cells(known[place])]
    texts = [""] * width
    if place == len(known) and place < len(rows):
        texts[:2] = [exact(value) for value in rows[place].params]
    return texts


_HEADS = {"gradient": "gradient g", "velocity": "velocity v"}


def _headed(heads: Iterable[str]) -> str:
    texts = "".join(f"<th scope='col'>{escape(text)}</th>" for text in heads)
    return f"<tr>{texts}</tr>"


def _framed(head: str, body: str, kind: str = "", caption: str = "") -> str:
    above = f"<caption>{escape(caption)}</caption>" if caption else ""
    return (
        f'<div class="gd-table{kind}"><table>{above}<thead>{head}</thead>'
        f"<tbody>{body}</tbody></table></div>"
    )
