"""Where visitors bring rows of their own: a box to paste into, a file, and what to take of them."""

from collections.abc import Callable
from typing import NamedTuple

import streamlit as st

from gdplay.figures.tables import table
from gdplay.link import Absent
from gdplay.own_rows.columns import Column, Gaps, Sheet, chosen, has_header, sheet
from gdplay.own_rows.markup import MOST_SIGNS
from gdplay.own_rows.reading import MOST_BYTES, Grid, read
from gdplay.own_rows.table import Table
from gdplay.teaching.summary import table_in_short
from gdplay.ui import uploads
from gdplay.ui.state import key
from gdplay.words import escaped, quantity

KEPT = "own_rows"
"""Under which Streamlit keeps what this visitor brought."""

SHEET = f"{KEPT}.sheet"
"""And under which its columns, once they are typed."""

MOST_CELLS = 50_000
"""Of more cells only the table that was made of them is kept."""

GAPS: dict[Gaps, str] = {"drop": "Leave the rows out", "mean": "Take the mean"}


class Brought(NamedTuple):
    """What a visitor brought: by what it is known, and its cells."""

    mark: int
    grid: Grid


def panel(use: Callable[[Table], None], absent: Absent | None = None) -> None:
    """Draw it.

    Parameters
    ----------
    use : function
        Called with the table that the visitor takes.
    absent : Absent, optional
        Which rows are asked for, where they must be some known ones.
    """
    # What comes of the rows stands below the box, in sight: what they hold may be long.
    text, outcome, file = _box(), st.container(), _file()
    try:
        brought = _brought(text or file)
        if brought is None:
            outcome.button("Read", key=key("read"), help="Or press Ctrl+Enter in the box.")
            return
        table = _table(_sheet(brought), brought.mark, absent.target if absent else "")
    except ValueError as error:
        outcome.error(f"{escaped(str(error))}.")
        return
    with outcome:
        st.caption(escaped(table_in_short(table)))
        if absent:
            _compare(table, absent)
        st.button(
            "Use these rows",
            key=key("use"),
            type="primary",
            on_click=_take,
            args=(use, table, brought),
        )


def _compare(table: Table, absent: Absent) -> None:
    """Say whether these are the rows asked for."""
    if absent.are(table):
        st.success("These are the rows of the link.")
        return
    size = len(table.X), table.n_features, table.target_name
    why = "others are chosen" if size != absent[:3] else "a value or a name in them differs"
    st.warning(escaped(f"The link was made with {absent.words}: {why}. Its runs can be had on "
                       "these rows too, with other numbers."))  # fmt: skip


def _take(use: Callable[[Table], None], table: Table, brought: Brought) -> None:
    """Use a table; what it was made of stays, for other columns, unless it is large."""
    if len(brought.grid.rows) * len(brought.grid.rows[0]) > MOST_CELLS:
        for name in (KEPT, SHEET):
            st.session_state.pop(name, None)
    use(table)


def _box() -> str | None:
    text = st.text_area(
        "Paste rows",
        height=120,
        max_chars=MOST_SIGNS,
        key=key("paste"),
        placeholder="x\ty\n1\t1\n2\t3\n4\t3",
        help="From a spreadsheet, an article or a CSV: cells parted by tabs, semicolons, commas "
        "or blanks, with or without names in the first row. Tables in Markdown, LaTeX or HTML and "
        "lists such as x = [1, 2, 3] are read, too.",
    )
    return text if text and text.strip() else None


def _file() -> bytes | None:
    file = st.file_uploader(
        "or a file: CSV, TSV, Excel",
        ["csv", "tsv", "txt", "xlsx"],
        key=key("file"),
        max_upload_size=MOST_BYTES // 1_000_000,
    )
    uploads.told("rows")
    return file.getvalue() if file else None


def _brought(source: str | bytes | None) -> Brought | None:
    """Return what came in last, read once."""
    kept: Brought | None = st.session_state.get(KEPT)
    if source is None or (kept is not None and kept.mark == hash(source)):
        return kept
    st.session_state[KEPT] = Brought(hash(source), read(source))
    return st.session_state[KEPT]  # type: ignore[no-any-return]


def _sheet(brought: Brought) -> Sheet:
    """Draw what the columns hold; return them."""
    guess = has_header(brought.grid)
    header = st.toggle("The first row holds names", guess, key=key(f"header.{brought.mark}"))
    columns = _typed(brought, header)
    rows = [_told(column) for column in columns.columns]
    reasons = [f"{column.why_not}." for column in columns.columns if column.why_not]
    with st.container(height=220 if len(rows) > 5 else "content", key="own_columns"):
        st.html(table(("Column", "Holds", "Missing"), rows))
        for text in (*columns.notes, *reasons):
            st.caption(escaped(text))
    return columns


def _typed(brought: Brought, header: bool) -> Sheet:
    """Return the columns, typed once."""
    known = (brought.mark, header)
    if st.session_state.get(SHEET, (None,))[0] != known:
        st.session_state[SHEET] = known, sheet(brought.grid, header)
    return st.session_state[SHEET][1]  # type: ignore[no-any-return]


def _told(column: Column) -> tuple[str, str, str]:
    return column.name, column.kind, quantity(column.missing) if column.missing else "–"


def _table(columns: Sheet, mark: int, usual: str) -> Table:
    """Draw the choice of target, first `usual`, and features; return the table they make."""
    names = columns.usable
    place = names.index(usual) if usual in names else len(names) - 1
    target = st.selectbox("Target", names, place, key=key(f"target.{mark}"))
    others = [name for name in names if name != target]
    usual_ones = [name for name in others if not columns[name].tells_apart] or others
    features = st.multiselect(
        "Features", others, usual_ones, key=key(f"features.{mark}.{names.index(target)}")
    )
    gaps: Gaps = "drop"
    if any(columns[name].missing for name in (target, *features)):
        gaps = st.segmented_control(
            "Missing values", list(GAPS), default="drop", key=key(f"gaps.{mark}"),
            format_func=GAPS.__getitem__, required=True,
        )  # fmt: skip
    made = chosen(columns, target, features, gaps)
    for text in made.notes:
        st.caption(escaped(text))
    return made.table
