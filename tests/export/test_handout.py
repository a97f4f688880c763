"""The sheet of paper: what stands on it, and that nothing on it tells the answer."""

from base64 import b64decode, b64encode
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

import gdplay as gd
from gdplay.experiment import start_of
from gdplay.export import handout as sheets
from gdplay.export.handout import HEIGHT, WIDTH, handout, picture
from gdplay.export.qr import qr
from gdplay.theory.landscape import box_of, landscape, plane_of
from gdplay.words import number
from tests import trained
from tests.attacks import TEXTS

HOME = gd.default_experiment()
TRACES = trained(HOME)
PLANE = plane_of(HOME, TRACES, "principal")
LAND = landscape(HOME.problem, PLANE, box_of(HOME, TRACES, PLANE), 20)
ALL = (0, 1, 2)


class Sheet(HTMLParser):
    """What stands in a sheet, by tag."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.sources: list[str] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.sources += [value or "" for name, value in attrs if name == "src"]

    def handle_data(self, data: str) -> None:
        self.words += data


def test_a_sheet_holds_the_question_its_choices_the_runs_a_picture_and_room() -> None:
    sheet = Sheet(handout(HOME, LAND, "T", "Who?", ("a", "b"), places=ALL))
    assert "T" + "Who?" + "☐ A a" + "☐ B b" in sheet.words
    assert "Mini-batch 10 rows · Plain step, rate 0.2" in sheet.words
    assert "Name:" in sheet.words
    assert sheet.tags.count("hr") >= 8
    head, _, source = sheet.sources[0].partition(",")
    assert head == "data:image/svg+xml;base64"
    ElementTree.fromstring(b64decode(source))


def test_a_sheet_leads_to_its_runs_by_a_code_that_paper_can_hold() -> None:
    plain, short, long = (
        Sheet(handout(HOME, LAND, "T", "Who?", places=ALL, address=address)).sources
        for address in ("", "https://gdplay.example/?v=1", "https://gdplay.example/" + "x" * 900)
    )
    assert [len(plain), len(short), len(long)] == [1, 2, 1]
    assert short[0].endswith(b64encode(qr("https://gdplay.example/?v=1").encode()).decode())


def test_whatever_is_written_on_a_sheet_is_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "picture", lambda *drawn: "")
    usual = Sheet(handout(HOME, LAND, "", "", ("a", "b"), places=ALL)).tags
    for text in TEXTS:
        sheet = Sheet(handout(HOME, LAND, text, text, (text, text), places=ALL))
        assert sheet.tags == usual


def test_the_picture_shows_the_ground_and_empty_axes_and_no_run() -> None:
    texts = [picture(HOME, LAND, ALL, "loss", along) for along in ("epochs", "updates")]
    for text in texts:
        drawn = ElementTree.fromstring(text)
        words = [each.text for each in drawn.iter() if each.text]
        assert {
            "start",
            "minimum",
            f"start: {number(float(HOME.problem.loss(start_of(HOME))), 4)}",
            "training loss",
            "0",
        } <= set(words)
        assert "-0" not in words
        points = [
            tuple(map(float, pair.split(",")))
            for line in drawn.iter("{http://www.w3.org/2000/svg}polyline")
            for pair in line.attrib["points"].split()
        ]
        assert len(points) > 100
        assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in points)
    assert "epochs" in texts[0]
    assert "6000" in texts[1]
    assert "start" not in picture(HOME, LAND, ALL, "excess", "epochs").partition("epochs")[2]
