"""Answers and codes as strangers send them: each is read, or refused in one sentence."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gdplay.rooms import RoomError, tallies
from gdplay.rooms.answers import CHOOSE, DRAW, RANK, Form
from gdplay.rooms.codes import ALPHABET, LENGTH, Allowance, is_member, new_code, read_code
from gdplay.teaching.predictions import MOST_LENGTH, Choice, Drawing, Ranking, text_of
from gdplay.teaching.verdicts import Line

CHOICES, RANKS, DRAWS = Form(CHOOSE, (0, 1, 2)), Form(RANK, (0, 1, 2)), Form(DRAW, (0, 1))
LINE = "0_0_9_1_5_2_3_3_2_4_1"
DRAWN = f"draw~loss~epochs~{LINE}~1{LINE[1:]}"

ATTACKS = [
    "", "~", "choose", "choose~", "choose~3", "choose~-1", "choose~01", "choose~1 ",
    "choose~\u0661", "choose~1\n", "choose~0~0", "choose~1e0", "<script>alert(1)</script>",
    "choose~<b>0</b>",
    "choose~0' OR '1'='1", "{{7*7}}", "__import__('os')", "\x00", "choose~\x00", "\ud800",
    "rank~loss~epochs~0.1~none", "rank~loss~epochs~0.1.2.3~none", "rank~loss~epochs~0.0.1~2",
    "rank~loss~epochs~0.1.2~2", "rank~loss~updates~0.1.2~none", "rank~error~epochs~0.1.2~none",
    "rank~loss~epochs~0.1.99999999999~none", "rank~<b>~epochs~0.1.2~none", "rank~~~~",
    "draw~loss~epochs~" + LINE, "draw~loss~epochs~0_0_9~1_0_9", DRAWN.replace("_3_", "_nan_"),
    DRAWN.replace("_9_", "_inf_"), DRAWN.replace("_9_", "_1e999_"), DRAWN.replace("_9_", "_1e31_"),
    DRAWN.replace("_9_", "_<i>_"), DRAWN.replace("_9_", "_-1e308_"), DRAWN + "~" + LINE,
    f"draw~loss~epochs~{LINE * 200}", "choose~" + "0" * 10**6, "~" * 2999,
    None, 1, 1.5, b"choose~0", ["choose~0"], {"choose": 0}, True,
]  # fmt: skip


@pytest.mark.parametrize("form", [CHOICES, RANKS, DRAWS], ids=["choose", "rank", "draw"])
def test_an_answer_that_is_none_is_refused_in_one_sentence(form: Form) -> None:
    for text in ATTACKS:
        with pytest.raises(RoomError) as refusal:
            form.read(text)
        said = str(refusal.value)
        assert said.endswith("."), text
        assert "\n" not in said, text
        assert len(said) < 200, text


@pytest.mark.parametrize(
    ("form", "own", "answer"),
    [
        (CHOICES, "2", Choice(2)),
        (RANKS, "2.0~1", Ranking((2, 0), (1,))),
        (RANKS, "none~0.1.2", Ranking((), (0, 1, 2))),
        (DRAWS, DRAWN.partition("epochs~")[2], None),
    ],
)
def test_what_a_page_tells_of_an_answer_is_read_and_written_alike(
    form: Form, own: str, answer: object
) -> None:
    said = form.read(form.whole(own))
    assert text_of(said) == form.whole(own)
    assert answer in (None, said)


finite = st.floats(-1e30, 1e30)
drawn_lines = st.lists(finite.map(abs), min_size=5, max_size=8, unique_by=lambda x: f"{x:.4g}")


@settings(max_examples=30)
@given(st.lists(drawn_lines, min_size=2, max_size=2), finite)
def test_any_line_that_can_be_drawn_is_kept_and_read_as_it_is(
    xs: list[list[float]], y: float
) -> None:
    lines = tuple(Line(place, tuple((v, y) for v in sorted(x))) for place, x in enumerate(xs))
    drawing = Drawing(lines)
    assert DRAWS.read(text_of(drawing)) == drawing


sent = st.one_of(st.text(max_size=20), st.text("chosedrawnkl~_.-e0123456789", max_size=40))


@settings(max_examples=40)
@given(sent)
def test_whatever_is_sent_is_an_answer_or_a_sentence(text: str) -> None:
    for form in (CHOICES, RANKS, DRAWS):
        try:
            answer = form.read(form.whole(text))
        except RoomError:
            continue
        assert form.read(text_of(answer)) == answer
        assert len(text_of(answer)) <= MOST_LENGTH


CODES = [
    "", " ", "BCDF", "BCDFGH", "BCDFA", "ABCDE", "BCDF1", "BCD%5F", "%", "_____", "BCDF\x00",
    "'; --", "<b>BC", "../..", "B" * 10**7, "\ud800", None, 12345, ["BCDFG"], b"BCDFG",
]  # fmt: skip


@pytest.mark.parametrize("text", CODES, ids=range(len(CODES)))
def test_a_code_that_is_none_is_refused_in_one_sentence(text: object) -> None:
    with pytest.raises(RoomError, match="5 letters"):
        read_code(text)


@settings(max_examples=50)
@given(st.text(max_size=12))
def test_whatever_is_typed_is_a_code_or_refused(text: str) -> None:
    try:
        code = read_code(text)
    except RoomError:
        return
    assert len(code) == LENGTH
    assert set(code) <= set(ALPHABET)


def test_a_code_is_read_however_it_is_typed() -> None:
    code = new_code()
    for typed in (code, code.lower(), f" {code} ", f"{code[:3]} {code[3:]}", "-".join(code)):
        assert read_code(typed) == code


def test_codes_are_no_words_and_spread_over_all_there_are() -> None:
    codes = [new_code() for _ in range(400)]
    assert len(set(codes)) > 390
    assert set("".join(codes)) == set(ALPHABET)
    assert not set(ALPHABET) & set("AEIOULVU0158") - {"V"}


def test_what_is_allowed_grows_again_with_time() -> None:
    own = Allowance(2, 0.5)
    for _ in range(2):
        assert own.lasts(100.0)
        own.take(100.0)
    assert not own.lasts(101.9)
    assert own.lasts(102.0)
    assert own.lasts(1e9)
    own.take(1e9)
    own.take(1e9)
    own.take(1e9)
    assert not own.lasts(1e9)
    assert not own.lasts(0.0)  # a clock that was put back gives nothing


@pytest.mark.parametrize("text", ["", "a" * 33, "g" * 32, "\u0660" * 32, None, 7])
def test_few_texts_stand_for_somebody(text: object) -> None:
    assert not is_member(text)


def test_answers_are_counted() -> None:
    said = [Choice(1), Choice(1), Choice(0)]
    assert tallies.choices(said, (0, 1, 2)) == [1, 2, 0]
    ranked = [Ranking((2, 0, 1)), Ranking((2, 1), (0,)), Ranking((), (0, 1, 2))]
    assert tallies.ranks(ranked, (0, 1, 2)) == [[0, 1, 0, 2], [0, 1, 1, 1], [2, 0, 0, 1]]
    drawing = DRAWS.read(DRAWN)
    assert [line.place for line in tallies.lines([drawing, drawing])] == [0, 1, 0, 1]
