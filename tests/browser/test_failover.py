"""Two replicas behind nginx, as deploy/nginx has it: one dies, and its visitor goes on."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

import gdplay as gd
from gdplay.ui import address
from gdplay.ui.compare.view import View
from tests import ROOT

from .harness import VIEWPORT, _free_port, serving, settle, wait_drawn
from .visits import EXACT

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, Page

NGINX = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
CONF = (ROOT / "deploy" / "nginx" / "gdplay.conf").read_text("utf-8")
AT_ONCE = 2.0
"""So many seconds may pass until the visitor's socket is open again."""

MAIN = """\
daemon off; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
  log_format who '$upstream_addr'; access_log {folder}/access.log who;
  {temporary}
  upstream gdplay {{
    hash $visitor consistent;
    {servers}
  }}
  include {folder}/gdplay.conf;
}}
"""

# Notes when each socket opens and closes, and which replica said so.
NOTES = """
const Own = WebSocket;
window.sockets = [];
window.WebSocket = class extends Own {
  constructor(...given) {
    super(...given);
    this.addEventListener('open', () => window.sockets.push(['open', performance.now()]));
    this.addEventListener('close', () => window.sockets.push(['close', performance.now()]));
  }
};
"""


POLICY = "fetch('/health').then(({ headers }) => headers.get('content-security-policy'))"


@contextmanager
def balanced(folder: Path, ports: list[str]) -> Iterator[str]:
    """Run nginx before some replicas until the block ends, and give its address."""
    assert NGINX is not None
    port = _free_port()
    (folder / "gdplay.conf").write_text(
        CONF.replace("listen 8080;", f"listen 127.0.0.1:{port};"), "utf-8"
    )
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    text = MAIN.format(
        folder=folder,
        temporary=" ".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds),
        servers=" ".join(f"server {at} max_fails=1 fail_timeout=5s;" for at in ports),
    )
    (folder / "nginx.conf").write_text(text, "utf-8")
    command = [NGINX, "-p", str(folder), "-c", str(folder / "nginx.conf")]
    subprocess.run([*command, "-t"], check=True, capture_output=True)
    proxy = subprocess.Popen(command)
    try:
        # Only a name shows whether the replicas are told whom the visitor asked.
        yield f"http://gdplay.localhost:{port}"
    finally:
        proxy.terminate()
        proxy.wait()


def what_is_seen(page: Page) -> list[str]:
    """Return the address, the clock and what the figures say of what they show."""
    return [
        page.url,
        page.locator(".gd-time").inner_text(),
        page.locator(".gd-now").inner_text(),
        str(page.evaluate("document.querySelector('[data-panel=surface]').ariaLabel")),
    ]


def visitor(browser: Browser) -> BrowserContext:
    context = browser.new_context(viewport=VIEWPORT)
    context.add_init_script(NOTES)
    return context


@pytest.mark.exhaustive
@pytest.mark.skipif(
    NGINX is None and not os.environ.get("CI"), reason="nginx is not installed on this machine"
)
def test_a_visitor_whose_replica_is_killed_goes_on_where_they_were(
    browser: Browser, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        started = [stack.enter_context(serving(ROOT / "app.py")) for _ in range(2)]
        replicas = {url.rpartition("/")[2]: process for url, process in started}
        home = stack.enter_context(balanced(tmp_path, list(replicas)))
        context = stack.enter_context(visitor(browser))
        page = context.new_page()
        query = address.whole(gd.default_experiment(), View(ground="map"))
        page.goto(f"{home}/?{urlencode(query, doseq=True)}")
        wait_drawn(page)
        settle(page)
        for button in ("start", "ahead", "ahead", "ahead"):
            page.locator(f"[data-act={button}]").click()
        page.wait_for_function(EXACT)
        before = what_is_seen(page)
        # What came last of the page came from where its socket leads.
        killed = replicas[(tmp_path / "access.log").read_text().split()[-1]]
        killed.kill()
        killed.wait()
        page.wait_for_function("window.sockets.at(-1)[0] === 'open' && window.sockets.length > 2")
        lost, again = (at for _, at in page.evaluate("window.sockets.slice(-2)"))
        assert again - lost < 1000 * AT_ONCE
        settle(page)
        assert what_is_seen(page) == before
        page.locator(".gd-rate-text").fill("0.005")
        page.keyboard.press("Enter")
        page.wait_for_url("**run=sgd~lr~0.005**")
        settle(page)
        assert page.evaluate("fetch('/_stcore/metrics').then(({ status }) => status)") == 404
        policy = page.evaluate(POLICY)
        assert policy.startswith("default-src 'self';")
        assert policy.count("frame-ancestors") == 1
