"""Where visitors bring rows of their own: a box to paste into, a file, and what to take of them."""

from collections.abc import Callable
from typing import NamedTuple

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from gdplay.figures.tables import table
from gdplay.link import Absent
from gdplay.own_rows.columns import Chosen, Column, Gaps, Sheet, chosen, has_header, sheet
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

UNUSED = f"{KEPT}.unused"
"""And under which the text that was pasted and not yet used: a panel that closes forgets it."""

MOST_CELLS = 50_000
"""Of more cells only the table that was made of them is kept."""

GAPS: dict[Gaps, str] = {"drop": "Leave the rows out", "mean": "Take the mean"}


class Brought(NamedTuple):
    """What a visitor brought: by what it is known, its cells, and its file's name, if any."""

    mark: int
    grid: Grid
    name: str = ""


def panel(use: Callable[[Table], None], absent: Absent | None = None) -> None:
    """Draw it.

    Parameters
    ----------
    use : function
        Called with the table that the visitor takes.
    absent : Absent, optional
        Which rows are asked for, where they must be some known ones.
    """
    text, reading, file = _box(), st.container(), _file()
    # What is chosen of the rows stands above what they hold, which may be long.
    outcome, contents = st.container(), st.container()
    try:
        brought = _brought(text or file)
        if brought is None:
            reading.button("Read", key=key("read"), help="Or press Ctrl+Enter in the box.")
            return
        with contents:
            columns = _sheet(brought)
        with outcome:
            made = _made(columns, brought.mark, absent.target if absent else "")
            _offer(use, made, brought, absent)
    except ValueError as error:
        outcome.error(f"{escaped(str(error))}.")


def _offer(
    use: Callable[[Table], None], made: Chosen, brought: Brought, absent: Absent | None
) -> None:
    """Offer the table that the choices make, and say what it is."""
    if absent:
        _compare(made.table, absent)
    st.button(
        "Use these rows",
        key=key("use"),
        type="primary",
        on_click=_take,
        args=(use, made.table, brought),
    )
    told = f"{brought.name or 'Pasted'}: {table_in_short(made.table)}"
    st.caption(escaped(" ".join((told, *made.notes))))


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
    """Use a table; what it was made of stays, for other columns, unless it is large.

    A click may be the first to tell of a text: that is read, and offered, before it is used.
    """
    text = st.session_state.get(key("paste"), "")
    if text.strip() and hash(text) != brought.mark:
        return
    if len(brought.grid.rows) * len(brought.grid.rows[0]) > MOST_CELLS:
        for name in (KEPT, SHEET):
            st.session_state.pop(name, None)
    forget()
    use(table)


def _box() -> str | None:
    text = st.text_area(
        "Paste rows",
        st.session_state.get(UNUSED, ""),
        height=90,
        max_chars=MOST_SIGNS,
        key=key("paste"),
        on_change=_pasted,
        placeholder="x\ty\n1\t1\n2\t3\n4\t3",
        help="From a spreadsheet, an article or a CSV: cells parted by tabs, semicolons, commas "
        "or blanks, with or without names in the first row. Tables in Markdown, LaTeX or HTML and "
        "lists such as x = [1, 2, 3] are read, too.",
    )
    return text if text and text.strip() else None


def _pasted() -> None:
    """Keep a text that takes the place of a file."""
    uploads.empty("file")
    st.session_state[UNUSED] = st.session_state[key("paste")]


def waiting() -> bool:
    """Whether rows were pasted that are not used yet."""
    return bool(st.session_state.get(UNUSED, "").strip())


def forget() -> None:
    """Let go of a text that was pasted and not used."""
    st.session_state.pop(UNUSED, None)


def _file() -> UploadedFile | None:
    name = uploads.place("file")
    file = st.file_uploader(
        "or a file: CSV, TSV, Excel",
        ["csv", "tsv", "txt", "xlsx"],
        key=name,
        max_upload_size=MOST_BYTES // 1_000_000,
        on_change=_uploaded,
        args=(name,),
    )
    uploads.told("rows")
    return file


def _uploaded(name: str) -> None:
    """Let a file take the place of what was pasted; once it is read its card goes."""
    file = st.session_state[name]
    if file is None:
        return
    st.session_state[key("paste")] = ""
    forget()
    try:
        _brought(file)
    except ValueError:
        return  # the panel says why
    uploads.empty("file")


def _brought(source: str | UploadedFile | None) -> Brought | None:
    """Return what came in last, read once."""
    kept: Brought | None = st.session_state.get(KEPT)
    if source is None:
        return kept
    cells, name = (source, "") if isinstance(source, str) else (source.getvalue(), source.name)
    if kept is None or (kept.mark, kept.name) != (hash(cells), name):
        kept = st.session_state[KEPT] = Brought(hash(cells), read(cells), name)
    return kept


def _sheet(brought: Brought) -> Sheet:
    """Draw what the columns hold; return them."""
    guess = has_header(brought.grid)
    header = st.toggle("The first row holds names", guess, key=key(f"header.{brought.mark}"))
    columns = _typed(brought, header)
    rows = [_told(column) for column in columns.columns]
    reasons = [f"{column.why_not}." for column in columns.columns if column.why_not]
    for text in (*columns.notes, *reasons):
        st.caption(escaped(text))
    st.html(table(("Column", "Holds", "Missing"), rows))
    return columns


def _typed(brought: Brought, header: bool) -> Sheet:
    """Return the columns, typed once."""
    known = (brought.mark, header)
    if st.session_state.get(SHEET, (None,))[0] != known:
        st.session_state[SHEET] = known, sheet(brought.grid, header)
    return st.session_state[SHEET][1]  # type: ignore[no-any-return]


def _told(column: Column) -> tuple[str, str, str]:
    return column.name, column.kind, quantity(column.missing) if column.missing else "–"


def _made(columns: Sheet, mark: int, usual: str) -> Chosen:
    """Draw the choice of target, first `usual`, and features; return the table they make."""
    names = columns.usable
    telling = [name for name in names if not columns[name].tells_apart] or names
    place = names.index(usual if usual in names else telling[-1])
    left, right = st.columns([2, 3], gap="small")
    target = left.selectbox("Target", names, place, key=key(f"target.{mark}"))
    others = [name for name in names if name != target]
    usual_ones = [name for name in others if name in telling] or others
    features = right.multiselect(
        "Features", others, usual_ones, key=key(f"features.{mark}.{names.index(target)}")
    )
    gaps: Gaps = "drop"
    if any(columns[name].missing for name in (target, *features)):
        gaps = st.segmented_control(
            "Missing values", list(GAPS), default="drop", key=key(f"gaps.{mark}"),
            format_func=GAPS.__getitem__, required=True,
        )  # fmt: skip
    return chosen(columns, target, features, gaps)
