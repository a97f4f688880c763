"""A teacher's own question: nothing is lost on its way, and nothing in it is more than text."""

import re
from dataclasses import replace

import pytest

from gdplay.teaching import exercises
from gdplay.teaching.exercises import FREE, HIDDEN, LOCKED, MOST_LENGTH, Exercise, read, text_of
from gdplay.teaching.predictions import Choice
from gdplay.words import escaped
from tests.attacks import TEXTS

OWN = Exercise("Woche 3", "Wer ist vorn?", ("Batch", "SGD", "ﷺ é"), 1, ("slider",), ("data",))


def test_an_exercise_is_read_back_from_its_text_which_tells_no_answer_at_a_glance() -> None:
    text = text_of(OWN)
    assert read(text) == OWN
    assert text.replace("-", "").replace("_", "").isalnum()
    assert "SGD" not in text
    assert [OWN.state(each) for each in ("slider", "data", "runs")] == [LOCKED, HIDDEN, FREE]


def test_the_longest_exercise_fits_into_a_link() -> None:
    widest = Exercise("😀" * 80, "😀" * 400, tuple("😀" * 119 + letter for letter in "abcd"), 3)
    assert read(text_of(widest)) == widest
    assert len(text_of(widest)) <= MOST_LENGTH


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"title": "x" * 81}, "title must have at most 80 characters; got 81"),
        ({"question": " \n\u202e\0"}, "question must have a text; got none"),
        ({"choices": ("one",)}, "choices must be none, or 2 to 4; got 1"),
        ({"choices": ("a", " a\n")}, "each choice must have a text of its own"),
        ({"right": 3}, "right must be one of the 3 choices; got 3"),
        ({"hidden": ("<b>",)}, "hidden must be of data, runs, slider, looks; got '<b>'"),
    ],
)
def test_what_is_no_exercise_is_told_in_one_sentence(changes, sentence) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        replace(OWN, **changes)


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_texts_of_anybody_are_one_line_without_markup_or_refused_in_a_sentence(text) -> None:
    try:
        own = Exercise(text, text, (f"1{text}", f"2{text}"))
    except ValueError as error:
        own = None
        refusal = str(error)
    if own is None:
        assert len(refusal) < 100
        return
    assert read(text_of(own)) == own
    said = exercises.verdict(own, Choice(1)).words.partition("\n\n")[2].split("]", 1)[1]
    assert "\n" not in own.title + own.question + said
    assert "\u202e" not in own.question
    for sign in ("<", "[", "`", "$", "://"):
        assert said.count(sign) - (sign == "[") <= said.count("\\" + sign)


def test_a_text_of_anybody_is_no_exercise() -> None:
    for text in TEXTS:
        with pytest.raises(ValueError, match=r"^(exercise|question|title|right) "):
            read(text)


def test_a_wrong_choice_is_told_with_the_right_one_and_a_right_one_alone() -> None:
    right, wrong = (exercises.verdict(OWN, Choice(place)) for place in (1, 0))
    assert (right.right, wrong.right) == (True, False)
    assert "**Right:**] B, “SGD”." in right.words
    assert "Not quite" not in right.words
    assert "**Not quite:**] A, “Batch”." in wrong.words
    assert "**Right:**] B, “SGD”." in wrong.words
    assert wrong.words.startswith(escaped(OWN.question))
