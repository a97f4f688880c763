"""A page of the gallery from a folder: it plays, follows the hand and asks its question."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gdplay.gallery import write_site

from .harness import wait_drawn
from .visits import EXACT

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page


@pytest.mark.exhaustive
def test_a_folder_plays_by_double_click_and_its_pictures_follow_the_hand(
    stranger: Page, tmp_path: Path
) -> None:
    write_site(tmp_path, only=["experiments/variants", "lessons/saddle"])
    requests: list[str] = []
    stranger.on("request", lambda request: requests.append(request.url))
    stranger.goto((tmp_path / "index.html").as_uri())
    stranger.get_by_role("link", name="Play the three variants").click()
    wait_drawn(stranger)
    assert stranger.locator(".gd-bar").inner_text().startswith("epoch 30 of 30")
    before = stranger.locator(".gd-count").first.is_visible()
    stranger.locator(".gd-rate-slider").press("End")
    stranger.get_by_text("lost at").first.wait_for()
    assert not before
    assert "what is said here is of" in stranger.locator(".gd-stale").first.inner_text()
    stranger.get_by_role("button", name="Back to").first.click()
    stranger.get_by_text("lost at").first.wait_for(state="hidden")
    stranger.get_by_role("button", name="Play").click()
    stranger.wait_for_function("!document.querySelector('.gd-bar').innerText.includes('30 of 30')")
    for button in ("start", "ahead", "ahead", "ahead"):
        stranger.locator(f"[data-act={button}]").click()
    stranger.wait_for_function(EXACT)
    assert any("-near." in url for url in requests)
    stranger.get_by_role("button", name="Light or dark").click()
    stranger.wait_for_function("document.querySelector('.gd-player').dataset.drawn > 1")
    stranger.goto((tmp_path / "lessons/saddle.html").as_uri())
    stranger.get_by_text("Covered until you have answered").wait_for()
    stranger.locator("[data-choice='1']").click()
    stranger.get_by_role("heading", name="What happened, and why").wait_for()
    stranger.get_by_role("button", name="Play").click()
    stranger.wait_for_function(
        "!document.querySelector('.gd-bar').innerText.startsWith('epoch 0.000')"
    )
    stranger.goto((tmp_path / "index.html").as_uri())
    assert stranger.locator(".gd-done").inner_text().startswith("1 of 1 done")
    assert [url for url in requests if not url.startswith(("file:", "blob:", "data:"))] == []
    assert stranger.console_errors == []  # type: ignore[attr-defined]
