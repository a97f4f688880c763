"""The menu that takes away what a page shows: its address, files of every kind, and back."""

import json
import re
from base64 import b64decode
from dataclasses import replace
from html import unescape
from urllib.parse import parse_qs

import pytest
from streamlit.testing.v1 import AppTest

import gdplay as gd
from gdplay import link
from gdplay.export import FORMATS
from gdplay.ui import address as views
from gdplay.ui import share
from gdplay.ui.compare.view import View
from gdplay.ui.one_update.view import UpdateView
from tests import older, trained
from tests.ui.controls import component, shared_link
from tests.ui.test_compare import address, experiment, fine, opened, widget
from tests.ui.test_compare import view as shown_view
from tests.ui.test_one_update import opened as at_update

HOME = gd.default_experiment()


@pytest.fixture(scope="module")
def shared() -> AppTest:
    return opened(None, "share")


def test_every_kind_of_file_is_offered_with_what_it_holds(shared: AppTest) -> None:
    assert files(shared) == {kind.key: (kind.title, kind.about) for kind in FORMATS.values()}


def files(at: AppTest) -> dict[str, tuple[str, str]]:
    groups = component(at, "gdplay_share")
    return {of["key"]: (of["title"], of["about"]) for group in groups for of in group["files"]}


def test_a_file_comes_with_the_page_and_once(shared: AppTest) -> None:
    shared.session_state["share.Code"] = {"take": {"key": "script", "number": 7}}
    fine(shared.run())
    (made,) = [group["made"] for group in component(shared, "gdplay_share") if group.get("made")]
    script = FORMATS["script"]
    assert made == {
        "number": 7,
        "name": "gdplay-line.py",
        "mime": script.mime,
        "text": gd.export.script(HOME),
    }
    shared.session_state["share.Code"] = {"take": {"key": "evil", "number": 8}}
    fine(shared.run())
    assert not any(group.get("made") for group in component(shared, "gdplay_share"))


@pytest.mark.parametrize("kind", FORMATS.values(), ids=list(FORMATS))
def test_every_kind_of_file_is_written(kind: gd.export.Format) -> None:
    text = kind.write(HOME, trained(HOME), "https://x.org/?a=1")
    assert text == kind.write(HOME, None, "https://x.org/?a=1")
    assert kind.file_name(HOME) == f"gdplay-line{kind.ending}"
    assert kind.mime.count("/") == 1


def test_texts_to_copy_are_the_address_and_where_frames_are_allowed_the_code_that_embeds_it(
    shared: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    (shown,) = [part.proto.body for part in shared.get("html") if "gd-link" in part.proto.body]
    assert component(shared, "gdplay_share")[0]["copies"] == {"Copy link": shared_link(shared)}
    assert shared_link(shared) == unescape(re.sub("<.*?>", "", shown))
    monkeypatch.setattr(share, "FRAMES", "https://school.example")
    texts, *others = component(fine(shared.run()), "gdplay_share")
    copies = texts["copies"]
    assert copies["Copy link"] == shared_link(shared)
    (source,) = re.findall(r'src="([^"]*)"', copies["Copy code to embed"])
    query = parse_qs(unescape(source).partition("?")[2])
    assert query["embed"] == ["true"]
    assert link.decode({name: of for name, of in query.items() if name != "embed"}) == HOME
    assert [group["charts"] for group in (texts, *others)] == [False, False, False, True]


def test_an_address_is_no_markup_in_the_code_that_embeds_it() -> None:
    assert '"><script>' not in share.embed_code('http://x/?a="><script>')


def test_tables_of_too_many_numbers_are_refused_with_the_way_to_have_them() -> None:
    long = replace(gd.default_experiment(gd.DATASETS["digits"]), epochs=5000)
    why = FORMATS["epochs"].refusal(long)
    assert "in Python, gd.export.csv writes them all" in why
    assert FORMATS["epochs"].refusal(HOME) == FORMATS["path"].refusal(HOME) == ""
    assert "gd.export.path_csv" in FORMATS["path"].refusal(long)
    assert "gd.export.json" in FORMATS["results"].refusal(long)
    assert FORMATS["results"].refusal(HOME) == FORMATS["json"].refusal(long) == ""
    assert "a link holds 1 to 6 runs" in FORMATS["json"].refusal(replace(HOME, runs=HOME.runs * 3))


def test_what_cannot_be_written_says_why_in_the_menu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gdplay.export.formats.MOST_NUMBERS", 100)
    at = opened(None, "share")
    assert "epochs" not in files(at)
    assert any(text.value.startswith("Curves (CSV): These are") for text in at.caption)


def test_a_file_that_was_saved_opens_here() -> None:
    saved = replace(HOME, seed=7, runs=HOME.runs[:2])
    at = opened(None, "share")
    file = ("mine.json", gd.export.json(saved).encode(), "application/json")
    widget(at, "file_uploader", "opened").set_value(file)
    fine(at.run())
    assert experiment(at) == saved
    assert link.decode({name: at.query_params[name] for name in link.encode(saved)}) == saved


def test_a_file_that_is_none_of_ours_is_named_and_changes_nothing() -> None:
    at = opened(None, "share")
    file = ("*evil*.json", json.dumps({"a": 1}).encode(), "application/json")
    widget(at, "file_uploader", "opened").set_value(file)
    fine(at.run())
    assert experiment(at) == HOME
    assert any("holds no experiment of gdplay" in text.value for text in at.markdown)
    assert not any("*evil*" in text.value for text in at.markdown)


def test_a_short_address_opens_the_same_and_is_then_written_out() -> None:
    mine, view = replace(HOME, seed=3), View(log=False)
    at = opened(views.brief(mine, view))
    assert (experiment(at), shown_view(at)) == (mine, view)
    assert address(at) == views.whole(mine, view)


@older.newer_tells
def test_the_code_for_phones_takes_the_menus_place() -> None:
    segno = pytest.importorskip("segno")
    at = opened(None, "share")
    link_shown = shared_link(at)
    widget(at, "button", "qr").click()
    fine(at.run())
    assert not files(at)
    (picture,) = [html.value for html in at.get("html") if '<img class="gd-qr"' in str(html.value)]
    svg = b64decode(re.findall(r"base64,([^\"]*)", picture)[0]).decode()
    size = segno.make_qr(link_shown, error="l", boost_error=False).symbol_size(border=4)[0]
    assert f'viewBox="0 0 {size} {size}"' in svg


def test_an_address_too_long_for_a_code_says_so() -> None:
    pytest.importorskip("segno")
    with pytest.raises(ValueError, match="2\u202f953 characters; this address has 3\u202f000"):
        gd.export.qr("x" * 3000)


def test_an_update_can_be_taken_away_too() -> None:
    at = at_update(HOME, UpdateView(run=2, update=7))
    at.session_state[f"share@{at.session_state['session'].generation}"] = True
    fine(at.run())
    assert len(files(at)) == len(FORMATS)
    assert "view.update=7" in shared_link(at)
