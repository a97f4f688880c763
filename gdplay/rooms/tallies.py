"""What a class answered, counted: what its projector shows before it shows what is true."""

from collections import Counter
from collections.abc import Iterable, Sequence

from gdplay.teaching.predictions import Answer, Choice, Drawing, Ranking
from gdplay.teaching.verdicts import Line


def choices(answers: Iterable[Answer], places: Sequence[int]) -> list[int]:
    """Return how often each choice was made."""
    counts = Counter(answer.place for answer in answers if isinstance(answer, Choice))
    return [counts[place] for place in places]


def ranks(answers: Iterable[Answer], places: Sequence[int]) -> list[list[int]]:
    """Return of each run how often it was said to be first, second, ..., and last of all lost."""
    counts: Counter[tuple[int, int]] = Counter()
    for answer in answers:
        if isinstance(answer, Ranking):
            counts.update((place, rank) for rank, place in enumerate(answer.order))
            counts.update((place, len(places)) for place in answer.lost)
    return [[counts[place, rank] for rank in range(len(places) + 1)] for place in places]


def lines(answers: Iterable[Answer]) -> list[Line]:
    """Return all lines that were drawn."""
    return [line for answer in answers if isinstance(answer, Drawing) for line in answer.lines]
