"""The menu in which a teacher writes a question of one's own, and locks or hides controls."""

from dataclasses import replace

import streamlit as st

from gdplay.teaching import exercises
from gdplay.teaching.exercises import (
    CONTROLS,
    LETTERS,
    MOST_CHOICE,
    MOST_REASON,
    MOST_TEXT,
    MOST_TITLE,
    Exercise,
)
from gdplay.ui import state
from gdplay.ui.compare.view import View
from gdplay.ui.state import key, picked
from gdplay.ui.widgets import drawer
from gdplay.words import escaped, sentence

_DRAFT, _WRONG = "exercise.draft", "exercise.wrong"
"""What the teacher wrote last in this session, and what is wrong with it."""

_ABOUT = (
    "Ask your own question about these runs. Its page shows your words, asks before anything can "
    "be played, and then says what was right. **Its address is the link for your class**; Share "
    "has it as a QR code, and prints it as a handout."
)
_NO_SECRET = (
    "The right answer is encoded in the link, so that nobody reads it at a glance. It is no "
    "secret: whoever takes the link apart finds it."
)


def teach() -> None:
    """Draw the menu, for whoever opened no other's question here."""
    posed = state.current().view.exercise
    if posed is not None and posed != st.session_state.get(_DRAFT):
        return
    menu = drawer("Teach", "teach", ":material/school:")
    if not menu.open:
        return
    with menu.container(width=560, key="teach"):
        st.caption(_ABOUT)
        with st.form(key("exercise"), border=False):
            _form(_draft())
        if posed is not None:
            st.button("Take the question away", key=key("exercise.away"), on_click=_away)


def _draft() -> Exercise:
    text = st.session_state.get(_DRAFT)
    return exercises.read(text) if text else Exercise(question="?")


def _form(draft: Exercise) -> None:
    """Draw what an exercise is made of."""
    fresh = _DRAFT not in st.session_state
    st.text_input("Title", draft.title, MOST_TITLE, key=key("exercise.title"))
    st.text_area(
        "Question", "" if fresh else draft.question, max_chars=MOST_TEXT, height=84,
        key=key("exercise.question"),
    )  # fmt: skip
    reasons = draft.reasons or ("",) * len(draft.choices)
    written = dict(zip(LETTERS, zip(draft.choices, reasons, strict=True), strict=False))
    for row in (LETTERS[:2], LETTERS[2:]):
        for letter, column in zip(row, st.columns(2), strict=True):
            text, reason = written.get(letter, ("", ""))
            column.text_input(f"Choice {letter}", text, MOST_CHOICE, key=key(f"exercise.{letter}"))
            column.text_input(
                f"Why, to whoever takes {letter}", reason, MOST_REASON,
                key=key(f"exercise.why.{letter}"), placeholder="Nothing, if left empty",
            )  # fmt: skip
    st.segmented_control(
        "Right is", list(LETTERS), default=LETTERS[draft.right], required=True,
        key=key("exercise.right"), help=_NO_SECRET,
    )  # fmt: skip
    for name, title in (
        ("locked", "The class sees, but cannot change"),
        ("hidden", "The class does not see"),
    ):
        st.pills(
            title, list(CONTROLS), selection_mode="multi", default=getattr(draft, name),
            key=key(f"exercise.{name}"), format_func=CONTROLS.__getitem__,
        )  # fmt: skip
    st.caption(f"{_NO_SECRET} Without choices the question is only shown, or asked by Predict.")
    st.form_submit_button("Open as the class sees it", type="primary", on_click=_open)
    if wrong := st.session_state.pop(_WRONG, ""):
        st.warning(wrong)  # under the button, where one looks


def _open() -> None:
    """Show the page of the class; where the exercise is none, say why and keep the menu open."""
    texts = {letter: str(picked(f"exercise.{letter}")).strip() for letter in LETTERS}
    letters = [letter for letter in LETTERS if texts[letter]]
    right = picked("exercise.right")
    try:
        if letters and right not in letters:
            raise ValueError(f"right must be one of the choices; {right} is empty")
        _check_reasons(letters)
        text = exercises.text_of(
            Exercise(
                picked("exercise.title"), picked("exercise.question"),
                tuple(texts[letter] for letter in letters),
                letters.index(right) if letters else 0,
                tuple(picked("exercise.locked")), tuple(picked("exercise.hidden")),
                tuple(str(picked(f"exercise.why.{letter}")) for letter in letters),
            )
        )  # fmt: skip
    except ValueError as error:
        st.session_state[_WRONG] = escaped(sentence(str(error)))
        return
    st.session_state[_DRAFT] = text
    _show(text)


def _check_reasons(letters: list[str]) -> None:
    """Refuse a reason for a choice that is not there: it would be lost."""
    for letter in LETTERS:
        if letter not in letters and str(picked(f"exercise.why.{letter}")).strip():
            raise ValueError(f"the reason of {letter} must have a choice {letter}; that is empty")


def _away() -> None:
    _show(None)


def _show(text: str | None) -> None:
    now, view = state.current()
    assert isinstance(view, View)
    state.show(now, replace(view, exercise=text, guess=None))
