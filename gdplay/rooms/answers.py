"""What members of a class answer, as values; what they send is untrusted, and ends here."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gdplay.rooms import RoomError
from gdplay.teaching import predictions
from gdplay.teaching.predictions import (
    CHOOSE,
    MOST_LENGTH,
    Answer,
    Choice,
    Drawing,
    Prediction,
    Ranking,
)
from gdplay.words import sentence

RANK, DRAW = "rank", "draw"
KINDS = (CHOOSE, RANK, DRAW)
"""How a question is answered: one of its choices, an order of runs, or a line for each."""

MOST_VALUE = 1e30
"""No point of a drawn line lies further out."""


@dataclass(frozen=True)
class Form:
    """What may be answered to a question.

    Attributes
    ----------
    kind : one of KINDS
    places : tuple of int
        The choices, or the runs that something is to be said of.
    metric : key of METRICS
    along : key of AXES
        What of the runs is to be said, where it is of runs.
    """

    kind: str
    places: tuple[int, ...]
    metric: str = "loss"
    along: str = "epochs"

    def whole(self, text: str) -> str:
        """Return the whole text of an answer of which a page tells only what is its own."""
        if self.kind == CHOOSE:
            return f"{CHOOSE}~{text}"
        return f"{self.kind}~{self.metric}~{self.along}~{text}"

    def read(self, text: object) -> Answer:
        """Return the answer that a text describes.

        Raises
        ------
        RoomError
            One sentence on what is wrong with it.
        """
        if not isinstance(text, str) or len(text) > MOST_LENGTH:
            raise RoomError(f"An answer is a text of at most {MOST_LENGTH} characters.")
        try:
            said = predictions.read(text)
        except ValueError as error:
            raise RoomError(sentence(str(error))) from None
        answer = self._choice(said) if self.kind == CHOOSE else self._prediction(said)
        if isinstance(answer, Drawing):
            _check_values(answer)
        return answer

    def _choice(self, said: Answer) -> Choice:
        if not isinstance(said, Choice) or said.place not in self.places:
            raise RoomError(f"A choice is one of the {len(self.places)} that are offered.")
        return said

    def _prediction(self, said: Answer) -> Prediction:
        if (
            not isinstance(said, Ranking if self.kind == RANK else Drawing)
            or (said.metric, said.along) != (self.metric, self.along)
            or set(said.places) != set(self.places)
        ):
            raise RoomError("An answer must speak of each run that is asked about, and only those.")
        return said

    def readable(self, texts: Iterable[str]) -> Iterator[Answer]:
        """Give the answers that can be read: what is kept may be of an older version."""
        for text in texts:
            try:
                yield self.read(text)
            except RoomError:
                continue


def _check_values(drawing: Drawing) -> None:
    values = (abs(value) for line in drawing.lines for point in line.points for value in point)
    if max(values) > MOST_VALUE:
        raise RoomError(f"Points of a drawn line lie within {MOST_VALUE:g}.")
