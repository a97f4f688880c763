"""What every field with a range promises, and what every table of named things does."""

import json
import math
from dataclasses import FrozenInstanceError, dataclass, fields, replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gdplay.datasets import DATASETS
from gdplay.experiment import Experiment, Run
from gdplay.knobs import MOST, Knobs, knob, knobs
from gdplay.loss.fit import Fit
from gdplay.loss.models import MODELS
from gdplay.loss.surfaces import SURFACES
from gdplay.optimizers import OPTIMIZERS, SGD
from gdplay.registry import table
from gdplay.sampling import SAMPLINGS
from gdplay.schedules import SCHEDULES
from tests import ORACLES

TABLES = {
    "data sets": DATASETS,
    "models": MODELS,
    "optimizers": OPTIMIZERS,
    "samplings": SAMPLINGS,
    "schedules": SCHEDULES,
    "surfaces": SURFACES,
}
FIT = Fit(DATASETS["line"], MODELS["linear"])
OWNERS = [
    FIT,
    Run(SGD()),
    Experiment(FIT, (Run(SGD()),)),
    *(entry for entries in TABLES.values() for entry in entries.values()),
]
KNOBS = [
    (owner, name, about)
    for owner in OWNERS
    if isinstance(owner, Knobs)
    for name, about in knobs(owner).items()
]
NUMBERS = [
    (owner, name, about)
    for owner, name, about in KNOBS
    if not (about.choices or about.most) and about.kind is not bool
]
every_table = pytest.mark.parametrize("entries", TABLES.values(), ids=list(TABLES))


@dataclass(frozen=True)
class Sample(Knobs):
    """One knob of each kind."""

    rate: float = knob(0.1, 1e-8, 1e3, log=True, help="How far.")
    rows: int | None = knob(None, 1, 100, kind=int, help="How many.")
    kept: bool = knob(False, help="Whether.")
    order: str = knob("up", choices=("up", "down"), help="Which way.")
    free: float = knob(0.0)
    signs: tuple[str, ...] = knob(("plus",), choices=("minus", "plus"), help="Which.")
    sizes: tuple[int, ...] = knob((4,), 1, 9, kind=int, most=2, help="How many each.")
    plain: str = "not a knob"


# What every knob of the library promises


def test_the_value_a_knob_comes_with_is_one_it_takes_and_it_says_what_it_is_for():
    for owner, name, about in KNOBS:
        value = getattr(owner, name)
        assert about.coerce(name, value) == value
        assert about.help.endswith("."), (owner, name)


def outside(about):
    """Numbers of a field's kind that its range does not hold."""
    if about.kind is int:
        return math.floor(about.low) - 1, math.ceil(about.high) + 1
    ends = math.nextafter(about.low, -math.inf), math.nextafter(about.high, math.inf)
    return *ends, math.inf, -math.inf, math.nan


def test_a_number_outside_its_range_is_refused_by_field_value_and_range():
    for owner, name, about in NUMBERS:
        for value in outside(about):
            with pytest.raises(ValueError, match="must be from") as caught:
                replace(owner, **{name: value})
            said = str(caught.value)
            assert said.startswith(f"{type(owner).__name__}.{name} must be from {about.low:g} to")
            assert said.endswith(f"to {about.high:g}; got {value!r}")


def test_both_ends_of_a_range_belong_to_it():
    for owner, name, about in NUMBERS:
        for end in (about.low, about.high):
            taken = about.coerce(name, about.kind(end))
            assert taken == end, (owner, name)
            assert type(taken) is about.kind, (owner, name)


@pytest.mark.parametrize("value", ["much", b"1", (), [1.0], {}, 1j])
def test_what_is_no_number_and_no_choice_is_refused_by_name(value):
    for owner, name, _ in KNOBS:
        with pytest.raises(ValueError, match=rf"^{type(owner).__name__}\.{name} must be "):
            replace(owner, **{name: value})


def test_nothing_is_taken_only_where_it_is_the_value_to_begin_with():
    for owner, name, about in KNOBS:
        default = {field.name: field.default for field in fields(owner)}[name]
        assert about.optional == (default is None), (owner, name)
        if about.optional:
            assert about.coerce(name, None) is None
        else:
            with pytest.raises(ValueError, match=rf"\b{name} must be "):
                replace(owner, **{name: None})


# What a knob makes of a value


@pytest.mark.parametrize(
    ("name", "given_in", "kept"),
    [
        ("rate", np.float32(0.5), 0.5),
        ("rate", np.float64(0.5), 0.5),
        ("rate", np.int64(3), 3.0),
        ("rate", 3, 3.0),
        ("rate", Fraction(1, 4), 0.25),
        ("rows", np.int8(7), 7),
        ("rows", 7, 7),
        ("kept", 1, True),
        ("kept", np.int64(0), False),
        ("order", "down", "down"),
        ("signs", ["plus", "minus", "plus"], ("minus", "plus")),
        ("sizes", [9, np.int64(1)], (9, 1)),
    ],
)
def test_a_value_is_brought_to_its_kind(name, given_in, kept):
    value = getattr(Sample(**{name: given_in}), name)
    assert value == kept
    assert type(value) is type(kept)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("rate", True, "Sample.rate must be a number; got True"),
        ("rows", True, "Sample.rows must be a whole number; got True"),
        ("rows", 2.0, "Sample.rows must be a whole number; got 2.0"),
        ("kept", 2, "Sample.kept must be true or false; got 2"),
        ("kept", 1.0, "Sample.kept must be true or false; got 1.0"),
        ("order", "left", "Sample.order must be one of up, down; got 'left'"),
        ("signs", (), "Sample.signs must be one or more of minus, plus; got ()"),
        ("signs", "plus", "Sample.signs must be one or more of minus, plus; got 'plus'"),
        ("signs", ["up", []], "Sample.signs must be one or more of minus, plus; got ['up', []]"),
        ("sizes", (), "Sample.sizes must be 1 to 2 numbers from 1 to 9; got ()"),
        ("sizes", (1, 2, 3), "Sample.sizes must be 1 to 2 numbers from 1 to 9; got (1, 2, 3)"),
        ("sizes", 4, "Sample.sizes must be 1 to 2 numbers from 1 to 9; got 4"),
        ("sizes", (4, 10), "Sample.sizes must be from 1 to 9; got 10"),
        ("sizes", (4.0,), "Sample.sizes must be a whole number; got 4.0"),
        ("rate", 2000, "Sample.rate must be from 1e-08 to 1000; got 2000"),
        ("rate", 10**400, f"Sample.rate must be from 1e-08 to 1000; got {10**400}"),
        ("rate", math.nan, "Sample.rate must be from 1e-08 to 1000; got nan"),
        ("free", math.inf, "Sample.free must be from -1e+300 to 1e+300; got inf"),
    ],
)
def test_the_message_says_field_value_and_range(name, value, said):
    with pytest.raises(ValueError, match="must be") as caught:
        Sample(**{name: value})
    assert str(caught.value) == said


@given(st.floats(allow_nan=False))
def test_a_number_is_kept_to_the_last_digit_or_refused(number):
    if -MOST <= number <= MOST:
        assert Sample(free=number).free == number
    else:
        with pytest.raises(ValueError, match=r"Sample\.free"):
            Sample(free=number)


def test_knobs_are_listed_in_order_for_a_class_and_for_its_values():
    assert list(knobs(Sample)) == ["rate", "rows", "kept", "order", "free", "signs", "sizes"]
    assert knobs(Sample) == knobs(Sample(rate=1.0))
    assert knobs(Sample)["rate"].log
    assert knobs(Sample)["rows"].kind is int


def test_values_with_equal_knobs_are_equal_and_cannot_change():
    assert Sample(rate=1) == Sample(rate=1.0)
    assert hash(Sample(rate=1)) == hash(Sample(rate=1.0))
    with pytest.raises(FrozenInstanceError):
        Sample().rate = 1.0


# Tables


@every_table
def test_every_entry_stands_under_its_key_and_has_a_title_of_its_own(entries):
    assert [entry.key for entry in entries.values()] == list(entries)
    titles = [entry.title for entry in entries.values()]
    assert all(titles)
    assert len(set(titles)) == len(titles)


@every_table
def test_entries_can_be_looked_up_but_not_replaced(entries):
    first = next(iter(entries))
    with pytest.raises(TypeError):
        entries[first] = None


def test_two_entries_cannot_share_a_key():
    with pytest.raises(ValueError, match="two entries share a key"):
        table(SGD(), SGD(lr=1.0))


def held():
    """What each number's field opens with and may hold, by its class and name, as JSON keeps it."""
    numbers = {
        f"{type(owner).__name__}.{name}": [getattr(owner, name), about.low, about.high, about.log]
        for owner, name, about in KNOBS
        if not about.choices
    }
    return json.loads(json.dumps(numbers))


def test_a_number_that_links_hold_today_is_never_refused_nor_another_default():
    """Whoever changes a range or a default on purpose changes `knobs.json` with it."""
    stored, now = json.loads((ORACLES / "knobs.json").read_text("utf-8")), held()
    assert {name: now.get(name) for name in stored} == stored


def test_a_text_is_brought_to_one_form_or_refused_by_what_reads_it():
    def read(text):
        if not text:
            raise ValueError("no text")
        return text.strip()

    about = next(iter(knobs(Sample).values()))
    about = replace(about, read=read)
    assert about.coerce("Sample.text", "  x ") == "x"
    with pytest.raises(ValueError, match="no text"):
        about.coerce("Sample.text", "")


def test_a_knob_has_a_hash_which_what_old_texts_mean_is_no_part_of():
    def about(old):
        return knob("b", choices=("b",), old=old).metadata["knob"]

    assert hash(about({"a": "b"})) == hash(about({}))
    assert about({"a": "b"}) != about({})
