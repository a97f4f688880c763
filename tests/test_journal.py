"""What whoever runs the app reads in the log: each event a line of JSON, nobody named."""

import json
import logging

import pytest

from gdplay import journal
from gdplay.link import encode
from gdplay.teaching.defaults import default_experiment
from gdplay.ui import address
from gdplay.ui.address import Page, Session
from gdplay.ui.compare.view import View


@pytest.fixture
def lines(caplog, monkeypatch):
    """Return a function that reads the lines so far."""
    monkeypatch.setattr(journal, "_written", {})
    monkeypatch.setattr(journal, "COUNTS", type(journal.COUNTS)())
    monkeypatch.setattr(journal.LOG, "propagate", True)
    caplog.set_level(logging.INFO, journal.LOG.name)
    return lambda: [json.loads(record.message) for record in caplog.records]


def test_an_event_is_one_line_and_counts_once(lines):
    journal.note("halt", "training", share=0.5)
    journal.note("start")
    (halt, start) = lines()
    assert halt.pop("time") <= start.pop("time")
    assert [halt, start] == [
        {"event": "halt", "kind": "training", "share": 0.5},
        {"event": "start"},
    ]
    assert journal.COUNTS == {("halt", "training"): 1, ("start", ""): 1}


def test_refusals_that_come_by_the_hundred_are_all_counted_and_told_once_a_minute(
    lines, monkeypatch
):
    now = 1000.0
    monkeypatch.setattr(journal, "monotonic", lambda: now)
    for _ in range(100):
        journal.refuse("door")
    journal.refuse("upload")
    assert [(line["kind"], line["times"]) for line in lines()] == [("door", 1), ("upload", 1)]
    now += journal.PAUSE
    journal.refuse("door")
    assert lines()[-1]["times"] == 100
    assert journal.COUNTS == {("refusal", "door"): 101, ("refusal", "upload"): 1}


def test_a_link_that_is_refused_leaves_a_digest_and_nothing_of_what_it_says(lines):
    query = encode(default_experiment()) | {"data": ["somebody@example.org"]}
    address.arrive(Session(), Page("compare", View), query)
    (line,) = lines()
    assert line.keys() == {"time", "event", "kind", "times", "link"}
    assert (line["event"], line["kind"]) == ("refusal", "link")
    assert len(line["link"]) == 12
    assert journal.digest("one") == journal.digest("one") != journal.digest("another")
    assert len(journal.digest("\ud83d")) == 12  # half a sign, as a program may send


def test_an_error_is_told_by_its_places_without_its_words():
    with pytest.raises(ZeroDivisionError) as error:
        _ = 1 / 0
    (place,) = journal.places(error.value)
    assert place.startswith("tests/test_journal.py:") or "/tests/test_journal.py:" in place
    assert place.endswith(" test_an_error_is_told_by_its_places_without_its_words")


def test_of_a_file_its_last_two_folders_are_told_and_of_an_error_the_innermost_eight_places():
    assert journal._short("/home/somebody/site/gdplay/loss/fit.py") == "gdplay/loss/fit.py"
    assert journal._short("app.py") == "app.py"

    def deeper(left):
        if not left:
            raise ValueError
        deeper(left - 1)

    with pytest.raises(ValueError, match=r"^$") as error:
        deeper(20)
    told = journal.places(error.value)
    assert len(told) == 8
    lines = [int(place.split(":")[1].split()[0]) for place in told]
    assert lines[-1] == min(lines)  # where it came up stands above where it calls itself
    assert all(place.endswith(" deeper") for place in told)


@pytest.fixture
def others():
    """Yield the loggers of others with as many filters as before."""
    named = [logging.getLogger(n) for n in ("uvicorn.access", journal.ERRORS, "uvicorn.error")]
    before = [list(logger.filters) for logger in named]
    own = (list(journal.LOG.handlers), journal.LOG.level, journal.LOG.propagate)
    yield named
    for logger, filters in zip(named, before, strict=True):
        logger.filters[:] = filters
    journal.LOG.handlers[:], journal.LOG.propagate = own[0], own[2]
    journal.LOG.setLevel(own[1])


@pytest.mark.parametrize("says", ["", journal.FULL])
def test_other_logs_name_no_visitor_unless_a_developer_asks(says, others, monkeypatch, capsys):
    monkeypatch.setenv("GDPLAY_LOG", says)
    journal.begin()
    said = ['%s - "GET %s', "Uncaught app execution", '%s - "WebSocket %s" [accepted]', "Started"]
    records = [logging.LogRecord("", 20, "", 0, text, None, None) for text in said]
    access, errors, server = others
    passes = [
        bool(logger.filter(record))
        for logger, record in zip([access, errors, server, server], records, strict=True)
    ]
    assert passes == ([True] * 4 if says else [False, False, False, True])
    journal.note("start")
    assert json.loads(capsys.readouterr().err)["event"] == "start"
