"""Own rows in a real browser: pasted by one, opened by another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

import numpy as np
import pytest

import gdplay as gd
from gdplay.own_rows.reading import MOST_BYTES
from gdplay.ui.address import whole
from gdplay.ui.compare.view import View

from .harness import drawn, settle, wait_drawn
from .visits import Visit, choose

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

ROWS = "x\ty\n1\t1\n2\t3\n4\t3\n3\t2\n5\t5"
TABLE = gd.Table([[1], [2], [4], [3], [5]], [1, 3, 3, 2, 5])
FIT = """() => document.querySelector('[data-panel=fit] .js-plotly-plot')._fullData
  .map(trace => Array.from(trace.y))"""


def fits(page: Page) -> Any:
    """The rows and the fits that are drawn."""
    return page.evaluate(FIT)


@pytest.mark.exhaustive
def test_rows_that_one_pastes_are_run_and_another_opens_the_same_from_the_address(
    visit: Visit, server: str
) -> None:
    home = whole(gd.default_experiment(), View(ground="map"))
    page = visit("map", f"{server}/?{urlencode(home, doseq=True)}")
    count = drawn(page)
    page.get_by_role("button", name="Data, model").click()
    page.get_by_role("combobox", name="Data").click()
    choose(page, page.get_by_role("option", name="Your own: paste"))
    page.get_by_role("textbox", name="Paste rows").fill(ROWS)
    page.get_by_role("button", name="Read", exact=True).click()
    page.get_by_role("button", name="Use these rows").click()
    wait_drawn(page, count)
    settle(page)
    assert gd.link.decode(parse_qs(urlsplit(page.url).query)) == gd.default_experiment(TABLE)
    shown, url = fits(page), page.url
    assert not page.console_errors  # type: ignore[attr-defined]
    assert fits(visit("another", url)) == shown


@pytest.mark.exhaustive
def test_a_link_keeps_its_address_until_its_rows_come_out_of_a_spreadsheet(
    page: Page, server: str, tmp_path: Path
) -> None:
    pd = pytest.importorskip("pandas")
    rows = np.random.default_rng(0).normal(size=(1400, 3)).round(6)
    pd.DataFrame(rows, columns=["a", "b", "c"]).to_excel(tmp_path / "rows.xlsx", index=False)
    (tmp_path / "large.csv").write_bytes(b"1,2\n" * (MOST_BYTES // 4 + 1))
    own = gd.Table(rows[:, :2], rows[:, 2], ["a", "b"], "c")
    url = (
        f"{server}/?{urlencode(whole(gd.default_experiment(own), View(ground='map')), doseq=True)}"
    )
    page.goto(url)
    page.get_by_text("1\u202f400 rows of 2 features").wait_for()
    page.reload()
    file = page.locator("input[type=file]").first
    file.set_input_files(tmp_path / "large.csv")
    refusal = page.get_by_text("File must be 5.0MB or smaller")
    refusal.wait_for()
    assert refusal.bounding_box()["width"] > 100  # type: ignore[index]
    file.set_input_files(tmp_path / "rows.xlsx")
    page.get_by_text("These are the rows of the link.").wait_for()
    assert page.url == url
    page.get_by_role("button", name="Use these rows").click()
    wait_drawn(page)
    settle(page)
    assert parse_qs(urlsplit(page.url).query) == parse_qs(urlsplit(url).query)
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop") == 0
    assert not page.console_errors  # type: ignore[attr-defined]
