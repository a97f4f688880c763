"""The app without a server: stlite starts in Chromium, finds its page, and keeps the address.

Only where GDPLAY_STLITE, GDPLAY_PYODIDE and GDPLAY_WHEELS name folders, as docs/hosting.md tells.
"""

from __future__ import annotations

import json
import os
import shutil
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gdplay.gallery import browser_app, write_app
from tests import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Page

GIVEN = [Path(os.environ.get(f"GDPLAY_{name}", "-")) for name in ("STLITE", "PYODIDE", "WHEELS")]

ROUTER = """
from pathlib import Path
import streamlit as st
import gdplay
folder = Path(gdplay.__file__).parents[1] / "pages"
pages = [st.Page(folder / (name + ".py"), default=name == "compare") for name in {names}]
chosen = st.navigation(pages, position="top")
with st.container():
    chosen.run()
"""
PAGE = """
import sys
from pathlib import Path
import streamlit as st
st.write(f"{Path(__file__).stem} on {sys.platform} asks {st.query_params.to_dict()}")
st.query_params["n"] = str(st.slider("n", 0, 9, int(st.query_params.get("n", 3))))
"""
ANYTHING = """
def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    return type(name, (), {})
"""
STAND_INS = {
    "numpy": ["numpy"], "scipy": ["scipy"], "scikit-learn": ["sklearn"], "ssl": ["ssl"],
    "pillow": ["PIL", "PIL/Image", "PIL/ImageFile"], "fastparquet": ["fastparquet"],
    "markupsafe": ["markupsafe"], "rpds-py": ["rpds"], "pandas": [],
}  # fmt: skip
"""What only Pyodide's own release has: empty here, as a page of text needs none of it."""


def stand_in(folder: Path, name: str, version: str, modules: list[str]) -> None:
    stem = f"{name.replace('-', '_')}-{version}"
    info = f"{stem}.dist-info"
    about = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    with zipfile.ZipFile(folder / f"{stem}-py3-none-any.whl", "w") as archive:
        for module in modules:
            file = f"{module}.py" if "/" in module else f"{module}/__init__.py"
            archive.writestr(file, ANYTHING)
        archive.writestr(f"{info}/METADATA", about)
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a file host with a small app in the place of ours."""
    stlite, pyodide, given = GIVEN
    wheels, small = tmp_path / "wheels", tmp_path / "small"
    shutil.copytree(given, wheels)
    packages = json.loads((pyodide / "pyodide-lock.json").read_text("utf-8"))["packages"]
    for name, modules in STAND_INS.items():
        stand_in(wheels, name, packages[name]["version"], modules)
    small.mkdir()
    texts = {"router": ROUTER.format(names=("compare", "lessons")), "page": PAGE, "empty": ""}
    for name, text in texts.items():
        (small / name).write_text(text)
    program = {
        "gdplay/__init__.py": small / "empty",
        browser_app.ENTRY: small / "router",
        "pages/compare.py": small / "page",
        "pages/lessons.py": small / "page",
        ".streamlit/config.toml": ROOT / ".streamlit/config.toml",
    }
    monkeypatch.setattr(browser_app, "_program", lambda: iter(program.items()))
    site = tmp_path / "site" / "deep"
    assert write_app(site, stlite=stlite, pyodide=pyodide, wheels=wheels) == []
    handler = partial(SimpleHTTPRequestHandler, directory=str(site.parent))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/deep/app"
    server.shutdown()
    server.server_close()


@pytest.mark.exhaustive
@pytest.mark.skipif(not all(map(Path.exists, GIVEN)), reason="no folders of stlite and Pyodide")
def test_a_link_opens_its_page_without_a_server_and_the_address_follows(
    stranger: Page, host: str
) -> None:
    asked: list[str] = []
    stranger.on("request", lambda request: asked.append(request.url))
    stranger.goto(f"{host}/lessons?n=7")  # the host leads to the folder of that name
    stranger.get_by_text("lessons on emscripten asks {'n': '7'}").wait_for()
    assert stranger.url == f"{host}/lessons?n=7"
    stranger.get_by_role("slider").press("ArrowRight")
    stranger.wait_for_url(f"{host}/lessons?n=8")
    stranger.get_by_role("link", name="compare").click()
    stranger.get_by_text("compare on emscripten").wait_for()
    stranger.wait_for_url(f"{host}/?n=3")
    own = (host.removesuffix("/deep/app"), "blob:", "data:")
    assert [url for url in asked if not url.startswith(own)] == []
