"""Whatever a visitor sends is refused with one sentence, or does no harm."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gdplay as gd
from gdplay import link
from gdplay.export.records import load
from gdplay.loss import fit
from gdplay.own_rows.columns import Sheet, has_header, sheet
from gdplay.own_rows.reading import read
from gdplay.ui import address
from gdplay.ui.compare.view import View
from tests import attacks


def mended(query: link.Query) -> gd.Experiment:
    return link.mended(query).experiment


def rows(source: str | bytes) -> Sheet:
    grid = read(source)
    return sheet(grid, has_header(grid))


def function(text: str) -> float:
    with np.errstate(all="ignore"):
        return float(gd.Expression(text).loss(np.array([0.5, -0.5])))


CORPUS: dict[str, tuple[Callable[[Any], Any], Callable[[], Iterable[Any]]]] = {
    "links": (mended, attacks.links),
    "expressions": (function, lambda: attacks.TEXTS),
    "pastes": (rows, attacks.pastes),
    "files": (rows, attacks.files),
    "records": (load, attacks.records),
}


def endured(receive: Callable[[Any], Any], thing: Any) -> Any:
    """Return what became of a thing; None where it was refused in one short sentence."""
    try:
        return receive(thing)
    except ValueError as refusal:
        text = str(refusal)
        assert 0 < len(text) < 320, text
        assert "\n" not in text
        return None


@pytest.mark.parametrize("kind", CORPUS)
def test_attacks_are_refused_in_one_sentence_or_do_no_harm(kind, monkeypatch):
    monkeypatch.setattr(link, "default_experiment", lambda *made: gd.default_experiment())
    receive, things = CORPUS[kind]
    ends = [endured(receive, thing) for thing in things()]
    assert len(ends) > 100
    assert sum(end is None for end in ends) > len(ends) / 4
    for end in ends:
        if isinstance(end, gd.Experiment):
            assert end.problem.n_samples * end.problem.n_params < 2_000_000
            assert len(end.runs) <= link.MAX_RUNS


def test_what_is_said_of_a_hostile_link_is_text_and_nothing_else():
    page = address.Page("compare", View)
    for text in attacks.TEXTS:
        session = address.arrive(address.Session(), page, {"model": [text], "view.ground": [text]})
        said = "".join(session.notices)
        for sign in ("<", "[", "`", "$", "://"):
            assert said.count(sign) == said.count("\\" + sign), text


@given(st.sampled_from(attacks.TEXTS), st.sampled_from(attacks.TEXTS), st.text(max_size=9))
@settings(max_examples=25, suppress_health_check=list(HealthCheck), deadline=None)
def test_two_attacks_in_one_are_no_better(one, other, between):
    both = one[:300] + between + other[:300]
    endured(function, both)
    endured(rows, f"x,y\n1,2\n{both}\n")
    endured(mended, {"data": [both], "run": [both], "surface": [both]})


def test_a_link_is_checked_whole_before_rows_are_made(monkeypatch):
    monkeypatch.setattr(fit, "_prepare", lambda fit: pytest.fail("made rows"))
    for wrong in ({"tol": "many"}, {"run": "sgd"}, {"start": "a"}, {"n_seeds": "1e9"}):
        with pytest.raises(link.LinkError):
            link.decode({"data": "moons~n_samples~10000", **wrong})


def test_a_whole_link_is_read_without_looking_for_a_minimum(monkeypatch):
    whole = link.encode(gd.default_experiment(gd.DATASETS["iris"]))
    monkeypatch.setattr(fit, "_minimum", lambda fit: pytest.fail("looked for a minimum"))
    assert link.decode(whole | {"l2": ["0.123"]}).problem.l2 == 0.123
