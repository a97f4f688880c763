"""What a link holds of one's own rows: all of few, the name of many, and nothing that explodes."""

import zlib
from base64 import urlsafe_b64encode
from typing import Any
from urllib.parse import parse_qs, quote_plus, urlencode

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gdplay as gd
from gdplay.link import LinkError, MissingRowsError, decode, encode
from gdplay.own_rows.packing import EXPANDED, MOST, unpack
from gdplay.teaching.defaults import default_experiment

numbers = st.integers(-1000, 1000).map(float) | st.floats(-1e15, 1e15)
names = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=12)


@st.composite
def tables(draw: st.DrawFn) -> gd.Table:
    n, d = draw(st.integers(2, 30)), draw(st.integers(1, 4))
    X = draw(st.lists(st.lists(numbers, min_size=d, max_size=d), min_size=n, max_size=n))
    *features, target = draw(st.lists(names, min_size=d + 1, max_size=d + 1, unique=True))
    classes = draw(st.lists(names, min_size=2, max_size=4, unique=True))
    if draw(st.booleans()):
        return gd.Table(X, draw(st.lists(numbers, min_size=n, max_size=n)), features, target)
    y = draw(st.permutations([classes[i % len(classes)] for i in range(n)]))
    if len(set(y)) < 2:
        y = [classes[i % 2] for i in range(n)]
    return gd.Table(X, y, features, target, draw(st.none() | st.just(classes)))


@given(tables())
@settings(max_examples=30)
def test_every_table_that_travels_comes_back_exactly(table):
    fit = gd.Fit(table, gd.MODELS["softmax" if table.named else "linear"])
    experiment = gd.Experiment(fit, (gd.Run(gd.SGD(lr=0.1)),))
    address = urlencode(encode(experiment), doseq=True)
    assert table.packed is not None
    assert decode(parse_qs(address, keep_blank_values=True, strict_parsing=True)) == experiment


def test_a_teachers_five_rows_can_be_read_in_the_address():
    table = gd.Table([[1], [2], [4], [3], [5]], [1, 3, 3, 2.5, 5])
    query = encode(default_experiment(table))
    assert query["data"] == ["table~numbers~~x~y~~1~1~~2~3~~4~3~~3~2.5~~5~5"]
    assert quote_plus(query["data"][0]) == query["data"][0]


def test_more_rows_are_compressed_and_still_more_are_to_be_brought_along():
    rng = np.random.default_rng(0)
    some = gd.Table(rng.normal(size=(60, 3)), rng.normal(size=60))
    experiment = default_experiment(some)
    (text,) = encode(experiment)["data"]
    assert text.startswith("table~zip~")
    assert decode(encode(experiment)) == experiment
    assert len(text) <= MOST
    many = gd.Table(rng.normal(size=(400, 9)), rng.normal(size=400), target_name="price")
    experiment = default_experiment(many)
    query = encode(experiment)
    with pytest.raises(MissingRowsError, match="400 rows of 9 features with the target 'price'"):
        decode(query)
    with pytest.raises(MissingRowsError):
        decode(query, [some])
    assert decode(query, [some, many]) == experiment


def _zipped(plain: bytes) -> str:
    return "zip~" + urlsafe_b64encode(zlib.compress(plain, 9)).decode().rstrip("=")


BOMB = _zipped(b"1~" * 2_000_000)
HOSTILE: dict[str, Any] = {
    "nothing": "",
    "a kind alone": "numbers",
    "no rows": "numbers~~x~y",
    "another kind": "pickles~~x~y~~1~2",
    "a row too short": "numbers~~x~y~~1~2~~3",
    "a row too long": "numbers~~x~y~~1~2~~3~4~5",
    "no number": "numbers~~x~y~~1~nan",
    "a formula": "numbers~~x~y~~=1+1~2",
    "text as a feature": "classes~~x~y~~a~b",
    "one class": "classes~~x~y~~1~a",
    "names that repeat": "numbers~~x~x~~1~2",
    "an empty name": "numbers~~~y~~1~2",
    "a far too large number": "numbers~~x~y~~1e31~2",
    "an empty package": "zip~",
    "a broken package": _zipped(b"numbers~~x~y~~1~2")[:-6],
    "another alphabet": "zip~\u0660",
    "no text in it": _zipped(b"\xff\xfe"),
    "a package in a package": _zipped(_zipped(b"numbers~~x~y~~1~2").encode()),
    "too many rows": _zipped(b"numbers~~x~y" + b"~~1~1" * 5000),
    "a bomb": BOMB,
    "a bomb that counts": _zipped(b"numbers~~x~y" + b"~~1~1" * 400_000),
    "rows without a size": "bring~x~2~abc~y",
    "rows without a name": "bring~1~2",
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_text_of_rows_is_refused_in_one_sentence(case):
    with pytest.raises(LinkError) as caught:
        decode({"data": f"table~{HOSTILE[case]}"})
    text = str(caught.value)
    assert 10 < len(text) < 300
    assert text.isprintable()
    assert not text.endswith(".")


def test_a_bomb_is_refused_before_it_expands(monkeypatch):
    sizes = []
    expand = zlib.decompressobj

    class Watched:
        def __init__(self) -> None:
            self.inner = expand()

        def decompress(self, data: bytes, most: int) -> bytes:
            plain = self.inner.decompress(data, most)
            sizes.append(len(plain))
            return plain

    monkeypatch.setattr(zlib, "decompressobj", Watched)
    with pytest.raises(ValueError, match="expand to at most"):
        unpack(BOMB)
    assert sizes == [EXPANDED + 1]
