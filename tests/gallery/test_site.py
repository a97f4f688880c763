"""The gallery: whole without a server, its links lead somewhere, and it gives no answer away."""

import base64
import gzip
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from click.testing import CliRunner

import gdplay as gd
from gdplay import __main__ as command
from gdplay.gallery import assets, write_site
from gdplay.gallery.entries import RATE_HERE, Entry, Look, entries
from gdplay.gallery.frame import prose
from gdplay.gallery.packing import differences, packed
from gdplay.ui.address import Page, Session, arrive
from gdplay.ui.compare.menu import shown
from gdplay.ui.compare.view import View
from gdplay.ui.lessons.view import LessonView
from gdplay.ui.worked.view import WorkedView

SERVER, ADDRESS = "https://app.example.org/gd", "https://pages.example.org/a/b"
STILL, SLIDES, LESSON, EXAMPLE = SOME = (
    "experiments/seeds", "experiments/right_rate", "lessons/saddle", "examples/valley_steps",
)  # fmt: skip
ENTRIES = {entry.key: entry for entry in entries()}


class Named(HTMLParser):
    """Every file that a page names, and every place in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.files: list[str] = []
        self.ids: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        named = ("href", "src", "data-plotly", "data-rates", "data-near", "data-later")
        self.files += [given[name] for name in named if name in given]
        self.ids |= {given["id"]} if "id" in given else set()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("gallery") / "new"
    assert write_site(folder, server=f"{SERVER}/", address=f"{ADDRESS}/", only=SOME) == 5
    return folder


def text_of(site: Path, key: str) -> str:
    return (site / f"{key}.html").read_text("utf-8")


def unpacked(text: str) -> Any:
    return json.loads(gzip.decompress(base64.b64decode(text)))


def data_of(site: Path, key: str) -> Any:
    (text,) = re.findall(r'<script type="text/plain" id="data">(.*?)</script>', text_of(site, key))
    return unpacked(text)


def later(site: Path, key: str, name: str) -> Any:
    """Return what a page fetches where it is asked for."""
    (file,) = re.findall(rf'data-{name}="\.\./([^"]+)"', text_of(site, key))
    (text,) = re.findall(
        rf'^window\.gdplay\.take\("{name}", "(.+)"\);$', (site / file).read_text("utf-8")
    )
    return unpacked(text)


def numbers(told: dict[str, str]) -> Any:
    return np.frombuffer(base64.b64decode(told["bdata"]), told["dtype"])


def test_every_file_that_a_page_names_is_there_under_any_folder(site: Path) -> None:
    for page in site.rglob("*.html"):
        for name in Named(page.read_text("utf-8")).files:
            if name.startswith((SERVER, ADDRESS, "data:")):
                continue
            assert not name.startswith("/")
            assert not urlsplit(name).scheme
            path, _, place = name.partition("#")
            file = (page.parent / path).resolve()
            assert file.is_file()
            assert site in file.parents
            assert not place or place in Named(file.read_text("utf-8")).ids


def test_the_first_page_waits_for_neither_plotly_nor_an_experiment(site: Path) -> None:
    text = text_of(site, "index")
    (script,) = re.findall(r"<script defer src=\"([^\"]+)\"", text)
    named = [site / name for name in re.findall(r'href="(assets/[^"]+)"', text)]
    first = [site / "index.html", site / script, *named]
    assert sum(len(gzip.compress(file.read_bytes())) for file in first) < 30_000
    assert all(entry in text for entry in (f'href="{key}.html"' for key in SOME))


def test_a_page_has_a_slider_where_runs_can_follow_it_and_none_where_not(site: Path) -> None:
    for key, slides in ((SLIDES, True), (STILL, False)):
        assert ("gd-rate-slider" in text_of(site, key)) is slides
        assert (data_of(site, key)["rate"] is not None) is slides
    assert later(site, SLIDES, "rates")["options"] == data_of(site, SLIDES)["rate"]["options"]
    assert "data-rates" not in text_of(site, STILL)


def test_every_state_of_a_run_that_is_played_by_some_is_in_a_file_beside_its_page(
    site: Path,
) -> None:
    found = {each["place"]: each for each in later(site, STILL, "near")}
    assert found
    for track in data_of(site, STILL)["light"]["play"]["tracks"]:
        last = numbers(track["updates"])[-1]
        is_whole = len(numbers(track["updates"])) > last
        assert (track["place"] in found) is not is_whole
        if not is_whole:
            updates = numbers(found[track["place"]]["updates"])
            np.testing.assert_array_equal(updates, np.arange(last + 1))
    # Where all came at once there is nothing more to fetch.
    assert "data-near" not in text_of(site, SLIDES)


def test_names_of_shared_files_tell_what_they_hold(tmp_path: Path) -> None:
    names = {assets.write_named(tmp_path, "a.b.js", text) for text in ("1", "2", "1")}
    assert len(names) == 2
    assert all(re.fullmatch(r"assets/a\.b\.[0-9a-f]{10}\.js", name) for name in names)


def test_a_theme_is_where_it_differs_from_the_other(site: Path) -> None:
    one, other = {"a": [1, {"b": 2}], "c": 3}, {"a": [1, {"b": 4}], "c": [5]}
    assert list(differences(one, other)) == [(["a", 1, "b"], 4), (["c"], [5])]
    data = data_of(site, SLIDES)
    text = json.dumps(data["dark"])
    assert gd.figures.DARK.ring in text
    assert gd.figures.LIGHT.ring not in text
    assert len(text) < 0.2 * len(json.dumps(data["light"]))


def test_data_are_the_same_text_each_time() -> None:
    assert packed({"a": 1}) == packed({"a": 1})
    assert unpacked(packed({"a": [None, 1.5]})) == {"a": [None, 1.5]}


@pytest.mark.parametrize("key", [key for key in ENTRIES if key.startswith("experiments/")])
def test_the_app_opens_what_a_page_shows(key: str) -> None:
    entry = ENTRIES[key]
    query = parse_qs(urlsplit(entry.link()).query, keep_blank_values=True)
    there = arrive(Session(), Page("compare", View), query).shown
    expected = shown(entry.name)
    assert there.experiment == expected.experiment
    assert Look(**{name: getattr(there.view, name) for name in Look._fields}) == entry.look
    assert repr(RATE_HERE) in entry.link((0,))


def test_what_is_drawn_of_an_experiment_is_what_the_app_draws_at_first() -> None:
    assert Look(**{name: getattr(View(), name) for name in Look._fields}) == Look()


@pytest.mark.parametrize(
    ("key", "page", "kind"),
    [(LESSON, "lessons", LessonView), ("examples/valley_momentum", "worked", WorkedView)],
)
def test_the_app_opens_a_lesson_and_a_worked_example(key: str, page: str, kind: Any) -> None:
    entry: Entry = ENTRIES[key]
    name, _, query = entry.link().partition("?")
    there = arrive(Session(), Page(page, kind), parse_qs(query)).shown
    assert name == page
    if entry.example is None:
        assert there.view == LessonView(entry.name)
    else:
        assert there.view.experiment == entry.experiment.__class__(
            entry.example.surface, entry.experiment.runs, start=entry.example.start,
            epochs=entry.example.n_steps,
        )  # fmt: skip


def test_a_lesson_gives_nothing_away_before_its_answer(site: Path) -> None:
    text, told = text_of(site, LESSON), data_of(site, LESSON)["light"]
    names = [trace.get("name") for trace in told["grounds"]["3d"]["spec"]["data"]]
    kept = {names[place] for place in told["covered"]["kept"]["3d"]}
    assert kept <= {"loss", "start", "minimum"} < set(names)
    assert not re.search(r'<path class="[kr]\d?"', text)
    assert '<section class="gd-words gd-why" hidden>' in text
    assert len(re.findall(r'<p data-answer="\d" hidden>', text)) == 3
    (lesson,) = re.findall(r'<a data-lesson="saddle".*?</a>', text_of(site, "index"))
    assert not re.search(r'<path class="[kr]\d?"', lesson)


def test_a_worked_example_shows_its_numbers(site: Path) -> None:
    text = text_of(site, EXAMPLE)
    assert ">4.195328<" in text
    (track,) = data_of(site, EXAMPLE)["light"]["play"]["tracks"]
    assert f"{numbers(track['updates'])[-1]} updates took the loss from 32 to 4.195328." in text


def test_search_engines_are_told_of_every_page_where_the_address_is_known(
    site: Path, tmp_path: Path
) -> None:
    listed = re.findall("<loc>(.*?)</loc>", (site / "sitemap.xml").read_text("utf-8"))
    assert listed == [f"{ADDRESS}/", *(f"{ADDRESS}/{key}.html" for key in SOME)]
    assert f'<link rel="canonical" href="{ADDRESS}/{SLIDES}.html">' in text_of(site, SLIDES)
    assert f'content="{ADDRESS}/preview.png"' in text_of(site, SLIDES)
    write_site(tmp_path, only=[EXAMPLE])
    bare = text_of(tmp_path, EXAMPLE)
    assert not (tmp_path / "sitemap.xml").exists()
    assert "canonical" not in bare
    assert "https://" not in bare


def test_no_line_of_a_sentence_begins_with_a_percent_sign() -> None:
    assert prose("**95 %** of {0}'s rows", ("A",)).startswith("<b>95\u00a0%</b> of ")


def test_a_page_says_in_its_head_what_it_is(site: Path) -> None:
    entry = ENTRIES[SLIDES]
    text = text_of(site, SLIDES)
    assert f"<title>{entry.title} · gdplay</title>" in text
    assert f'<meta name="description" content="{entry.sentence}">' in text


@pytest.mark.parametrize("name", ["--server", "--address"])
def test_an_address_that_is_none_is_refused(name: str, tmp_path: Path) -> None:
    done = CliRunner().invoke(command.main, ["site", str(tmp_path), name, "javascript:x"])
    assert done.exit_code == 2
    assert "must be an address that begins with http:// or https://" in done.stderr
