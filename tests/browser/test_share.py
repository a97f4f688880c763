"""What is taken away from a page: charts and files as downloads, and a page without a server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import gdplay as gd
from gdplay.ui.compare.view import View
from tests import trained

from .harness import settle, wait_drawn, watch
from .test_compare_page import address, opened

if TYPE_CHECKING:
    from playwright.sync_api import Page

HOME = gd.default_experiment()


def test_a_visitor_takes_a_script_and_a_chart_and_brings_an_experiment_back(
    page: Page, server: str, tmp_path: Path
) -> None:
    opened(page, address(server, HOME, View(ground="map")))
    page.get_by_role("button", name="Share").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Python script").click()
    assert download.value.suggested_filename == "gdplay-line.py"
    assert Path(download.value.path()).read_text("utf-8") == gd.export.script(HOME)
    with page.expect_download() as download:
        page.get_by_role("button", name="Surface SVG").click()
    assert download.value.suggested_filename == "gdplay-surface.svg"
    assert Path(download.value.path()).read_text("utf-8").startswith("<svg")
    saved = gd.default_experiment(gd.DATASETS["blobs"])
    (tmp_path / "mine.json").write_text(gd.export.json(saved), "utf-8")
    page.locator("input[type=file]").set_input_files(tmp_path / "mine.json")
    page.wait_for_url("**data=blobs**")
    settle(page)
    assert page.console_errors == []  # type: ignore[attr-defined]


def test_an_offline_page_plays_by_double_click(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "gdplay.html"
    file.write_text(gd.export.html(HOME, trained(HOME)), "utf-8")
    watch(page)
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(file.as_uri())
    wait_drawn(page)
    assert page.locator(".gd-bar").inner_text().startswith("epoch 30 of 30")
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("!document.querySelector('.gd-bar').innerText.includes('30 of 30')")
    assert [url for url in requests if not url.startswith(("file:", "blob:", "data:"))] == []
    assert page.console_errors == []  # type: ignore[attr-defined]
