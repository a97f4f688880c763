"""A teacher's own question about an experiment, and what its class may change, as one value.

Its texts are written by anybody: they are brought to one line of bounded length here, and shown
with `escaped`, never as markup.
"""

import unicodedata
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass

from gdplay.teaching.predictions import Choice
from gdplay.teaching.verdicts import Verdict, signed
from gdplay.words import escaped

MOST_TITLE, MOST_TEXT, MOST_CHOICE, MOST_REASON = 80, 400, 120, 160
"""The longest title, question, choice and reason, in characters."""

MOST_CHOICES = 4

MOST_BYTES = 5200
"""So many bytes have all texts of an exercise together."""

MOST_LENGTH = 7000
"""The longest text of an exercise in a link, in characters: four for three bytes."""

LETTERS = "ABCD"
"""What choices are called."""

_PLACES = {str(place): place for place in range(MOST_CHOICES)}

_REASONED = "r"
"""Stands behind the right place where each choice is followed by its reason."""

FREE, LOCKED, HIDDEN = STATES = ("free", "locked", "hidden")
"""What a class can do with a control: use it, see what it says, or not even that."""

CONTROLS = {
    "data": "Data, model and start",
    "runs": "Runs",
    "slider": "Slider",
    "looks": "Surface, curves, axes",
}
"""What a teacher may lock or hide, by what links call it."""

_TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Signs that turn the order of what follows, also of what is not the teacher's."""


@dataclass(frozen=True)
class Exercise:
    """What a class is asked.

    Attributes
    ----------
    title, question : str
        In the teacher's words, one line each; the title may be empty.
    choices : tuple of str
        None, or two to four, which are answered before the runs are shown.
    right : int
        The place of the right one.
    reasons : tuple of str
        What is said to whoever takes each choice, "" for nothing; none where all say nothing.
    locked, hidden : tuple of keys of CONTROLS
        What the class sees but cannot change, and what it does not see.
    """

    title: str = ""
    question: str = ""
    choices: tuple[str, ...] = ()
    right: int = 0
    locked: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        values = {
            "title": _line("title", self.title, MOST_TITLE),
            "question": _line("question", self.question, MOST_TEXT),
            "choices": tuple(_line("each choice", text, MOST_CHOICE) for text in self.choices),
            "reasons": tuple(_line("each reason", text, MOST_REASON) for text in self.reasons),
            "hidden": _ordered("hidden", self.hidden),
            "locked": _ordered("locked", set(self.locked) - set(self.hidden)),
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)
        if not any(self.reasons):
            object.__setattr__(self, "reasons", ())
        _check(self)

    def reason(self, place: int) -> str:
        """Return what is said to whoever takes a choice."""
        return self.reasons[place] if self.reasons else ""

    def state(self, control: str) -> str:
        """Return what the class can do with a control, one of STATES."""
        if control in self.hidden:
            return HIDDEN
        return LOCKED if control in self.locked else FREE


def _line(name: str, text: str, most: int) -> str:
    """Return a text in one line, without signs that nobody sees."""
    kept = (sign for sign in " ".join(str(text).split()) if _is_shown(sign))
    line = "".join(kept).strip()
    if len(line) > most:
        raise ValueError(f"{name} must have at most {most} characters; got {len(line)}")
    return line


def _is_shown(sign: str) -> bool:
    return unicodedata.category(sign) not in ("Cc", "Cs", "Cn") and sign not in _TURNS


_CUT = 20
"""Layout: of what is unknown so many letters are told."""


def _ordered(name: str, keys: Sequence[str] | set[str]) -> tuple[str, ...]:
    unknown = sorted(str(key)[:_CUT] for key in keys if key not in CONTROLS)
    if unknown:
        raise ValueError(f"{name} must be of {', '.join(CONTROLS)}; got {unknown[0]!r}")
    return tuple(key for key in CONTROLS if key in keys)


def _check(exercise: Exercise) -> None:
    choices = exercise.choices
    if not exercise.question:
        raise ValueError("question must have a text; got none")
    if choices and not 2 <= len(choices) <= MOST_CHOICES:
        raise ValueError(f"choices must be none, or 2 to {MOST_CHOICES}; got {len(choices)}")
    if not all(choices) or len(set(choices)) < len(choices):
        raise ValueError("each choice must have a text of its own")
    if not 0 <= exercise.right < max(len(choices), 1):
        raise ValueError(f"right must be one of the {len(choices)} choices; got {exercise.right}")
    if exercise.reasons and len(exercise.reasons) != len(choices):
        raise ValueError(f"reasons must be {len(choices)}, or none; got {len(exercise.reasons)}")
    size = len(_plain(exercise).encode())
    if size > MOST_BYTES:
        raise ValueError(f"all texts together must have at most {MOST_BYTES} bytes; got {size}")


# As text


def text_of(exercise: Exercise) -> str:
    """Return an exercise in characters that links leave alone; `read` reads it back.

    It is encoded, so that nobody reads the answer at a glance. It is no secret.
    """
    return urlsafe_b64encode(_plain(exercise).encode()).decode().rstrip("=")


def _plain(exercise: Exercise) -> str:
    """Return all that an exercise holds, a line each."""
    right = f"{exercise.right}{_REASONED if exercise.reasons else ''}"
    controls = [",".join(keys) for keys in (exercise.locked, exercise.hidden)]
    texts = (*exercise.choices, *exercise.reasons)
    return "\n".join([exercise.title, exercise.question, right, *controls, *texts])


def read(text: str) -> Exercise:
    """Return the exercise that a text describes.

    Raises
    ------
    ValueError
        One sentence that names what is wrong with it.
    """
    if not isinstance(text, str) or len(text) > MOST_LENGTH:
        raise ValueError(f"exercise must be a text of at most {MOST_LENGTH} characters")
    try:
        plain = urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
        title, question, right, locked, hidden, *texts = plain.split("\n")
        place = _PLACES[right.removesuffix(_REASONED)]
    except (ValueError, KeyError) as error:
        raise ValueError("exercise is damaged: copy the whole link") from error
    locks, hides = (tuple(filter(None, keys.split(","))) for keys in (locked, hidden))
    n_choices = len(texts) - len(texts) // 2 * right.endswith(_REASONED)
    choices, reasons = tuple(texts[:n_choices]), tuple(texts[n_choices:])
    return Exercise(title, question, choices, place, locks, hides, reasons)


def checked(text: str) -> str:
    """Return the text of an exercise in its one form."""
    return text_of(read(text))


# How it is answered


def verdict(exercise: Exercise, said: Choice) -> Verdict:
    """Return whether a choice was right, and why, under the question, in Markdown."""
    own, right = (_reasoned(exercise, place) for place in (said.place, exercise.right))
    told = [escaped(exercise.question)]
    if said.place != exercise.right:
        told.append(f"{signed(False, 'Not quite:')} {own}")
    told.append(f"{signed(True, 'Right:')} {right}")
    return Verdict(said.place == exercise.right, "\n\n".join(told), {}, {})


def _reasoned(exercise: Exercise, place: int) -> str:
    """Return a choice and its reason."""
    return f"{_named(exercise, place)} {escaped(exercise.reason(place))}".rstrip()


def _named(exercise: Exercise, place: int) -> str:
    return f"{LETTERS[place]}, “{escaped(exercise.choices[place])}”."


def suits(said: Choice, exercise: Exercise) -> bool:
    """Whether a choice is among those of an exercise."""
    return said.place < len(exercise.choices)
