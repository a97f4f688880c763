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
    for sign, reasons in (("😀", 0), ("语", 4)):
        choices = tuple(sign * 119 + letter for letter in "abcd")
        widest = Exercise(sign * 80, sign * 400, choices, 3, reasons=(sign * 160,) * reasons)
        assert read(text_of(widest)) == widest
        assert len(text_of(widest)) <= MOST_LENGTH
    with pytest.raises(ValueError, match="all texts together must have at most 5200 bytes; got 5"):
        replace(widest, question="😀" * 400, reasons=("😀" * 160,) * 4)


def test_a_link_from_before_reasons_is_read_as_it_was_and_written_so() -> None:
    text = "V29jaGUgMwpXZXIgaXN0IHZvcm4_CjEKc2xpZGVyCmRhdGEKQmF0Y2gKU0dECu-3uiDDqQ"
    assert read(text) == OWN
    assert text_of(OWN) == text_of(replace(OWN, reasons=("", " ", ""))) == text


def test_a_reason_is_said_to_whoever_takes_its_choice_alone() -> None:
    own = replace(OWN, reasons=("It steps *once*.", "", "No [a](b)."))
    assert read(text_of(own)) == own
    told = [exercises.verdict(own, Choice(place)).words for place in range(3)]
    assert r"A, “Batch”. It steps \*once\*\." in told[0]
    assert told[0].endswith("**Right:**] B, “SGD”.")
    assert told[1].endswith("**Right:**] B, “SGD”.")
    assert "steps" not in told[1] + told[2]
    assert r"No \[a\]\(b\)\." in told[2]
    right = replace(own, right=0)
    assert all(exercises.verdict(right, Choice(n)).words.endswith(r"\*once\*\.") for n in (0, 2))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"title": "x" * 81}, "title must have at most 80 characters; got 81"),
        ({"question": " \n\u202e\0"}, "question must have a text; got none"),
        ({"choices": ("one",)}, "choices must be none, or 2 to 4; got 1"),
        ({"choices": tuple("abcde")}, "choices must be none, or 2 to 4; got 5"),
        ({"question": "x" * 401}, "question must have at most 400 characters; got 401"),
        ({"choices": ("a", "b" * 121)}, "each choice must have at most 120 characters; got 121"),
        ({"choices": ("a", " a\n")}, "each choice must have a text of its own"),
        ({"reasons": ("why",)}, "reasons must be 3, or none; got 1"),
        ({"reasons": ("y" * 161,) * 3}, "each reason must have at most 160 characters; got 161"),
        ({"right": 3}, "right must be one of the 3 choices; got 3"),
        ({"hidden": ("<b>",)}, "hidden must be of data, runs, slider, looks; got '<b>'"),
    ],
)
def test_what_is_no_exercise_is_told_in_one_sentence(changes, sentence) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        replace(OWN, **changes)


def exercise_of(text: str) -> Exercise | None:
    """Return an exercise of a text, None where one sentence refuses it."""
    try:
        return Exercise(text, text, (f"1{text}", f"2{text}"))
    except ValueError as error:
        assert len(str(error)) < 100  # noqa: PT017 - a good text raises nothing
        return None


def test_texts_of_anybody_are_one_line_without_markup_or_refused_in_a_sentence() -> None:
    owns = [own for own in map(exercise_of, TEXTS) if own]
    assert len(owns) > len(TEXTS) / 4
    for own in owns:
        assert_one_line_without_markup(own)


def assert_one_line_without_markup(own: Exercise) -> None:
    assert read(text_of(own)) == own
    said = exercises.verdict(own, Choice(1)).words.rpartition("\n\n")[2].split("]", 1)[1]
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


def test_a_choice_suits_an_exercise_that_has_so_many():
    assert [exercises.suits(Choice(place), OWN) for place in range(4)] == [True, True, True, False]
