"""The offline page holds all that it needs; that it plays is seen in a browser."""

import json
import re
from dataclasses import replace

import pytest

import gdplay as gd
from gdplay.export import offline
from tests import trained

HOME = gd.default_experiment()


@pytest.fixture(scope="module")
def written() -> str:
    return gd.export.html(HOME, trained(HOME), address="https://x.org/?a=1&b=</script>")


def test_a_page_asks_for_nothing_from_anywhere(written: str) -> None:
    asked = re.findall(r'<(?:script|link|img|iframe)[^>]*\b(?:src|href)\s*=\s*"([^"]*)', written)
    assert all(address.startswith("data:") for address in asked)
    assert len(re.findall(r"<script", written)) - written.count("<script>") == 2


def test_the_player_is_told_what_it_draws_and_plays(written: str) -> None:
    (text,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', written)
    data = json.loads(text)
    assert set(data["panels"]) == {"surface", "curves", "fit"}
    assert len(data["play"]["tracks"]) == len(HOME.runs)
    assert (data["wire"], data["hand"], data["clickable"]) == (None, None, False)


def test_the_player_is_the_apps_own(written: str) -> None:
    script = written[written.index("const STYLE") :]
    assert offline.bundle(offline.PLAYER / "player.js") in script
    assert (offline.PLAYER / "grid.html").read_text("utf-8") in written


def test_the_address_is_a_text_and_no_markup(written: str) -> None:
    assert "gdplay https://x.org/?a=1&amp;b=&lt;/script&gt;" in written


def test_a_name_of_a_part_in_what_is_put_in_stays_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    titled = replace(gd.default_experiment(gd.DATASETS["line"]), epochs=2)
    monkeypatch.setattr(offline, "labels", lambda _: ("PLOTLY", "DATA", "<b>"))
    text = gd.export.html(titled)
    assert text.count("plotly.js v") == 1
    assert "PLOTLY, DATA, \\u003cb>" in text


@pytest.mark.parametrize("problem", [gd.SURFACES["saddle"], gd.default_experiment().problem])
def test_a_function_has_a_page_without_a_fit(problem: gd.Surface) -> None:
    text = gd.export.html(gd.Experiment(problem, (gd.Run(gd.SGD(lr=0.1)),), epochs=3))
    assert ('"fit": {' in text) == isinstance(problem, gd.Fit)


def test_words_in_bold_are_bold_and_no_other_markup_is() -> None:
    assert offline._bold(r"**A\_b** < 3 & *c*") == "<b>A_b</b> &lt; 3 &amp; *c*"
