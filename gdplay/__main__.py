"""The command: starts the app, trains what a link describes, opens a link in the app."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple
from urllib.error import URLError
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import click

import gdplay as gd
from gdplay.home import HOME
from gdplay.teaching.summary import run_rows

PORT = 8501
PATIENCE = 60
"""So many seconds may a server take to start."""

ASKED = 0.2
"""Speed: after so many seconds it is asked again whether it has."""


class Address(NamedTuple):
    """A link: the page that it names, what stands behind its question mark, and what that means."""

    page: str
    query: str
    experiment: gd.Experiment


def _address(_context: click.Context, _param: click.Parameter, link: str) -> Address:
    """Return what a link means, whole or from its question mark on."""
    parts = urlsplit(link if "?" in link else f"?{link}")
    try:
        query = parse_qs(parts.query, keep_blank_values=True, max_num_fields=1000)
        return Address(parts.path.rsplit("/", 1)[-1], parts.query, gd.link.decode(query))
    except ValueError as error:
        raise click.BadParameter(f"{error}.") from None


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--port", default=PORT, show_default=True, help="Where the app answers.")
@click.version_option(gd.__version__, prog_name="gdplay")
@click.pass_context
def main(context: click.Context, port: int) -> None:
    """See how batch, mini-batch and stochastic gradient descent differ.

    Without a command the app is started.
    """
    if context.invoked_subcommand is None:
        sys.exit(_waited(_server(port)))


@main.command()
@click.argument("link", callback=_address)
@click.option("--csv", type=click.Path(dir_okay=False), help="Write losses and parameters there.")
@click.option(
    "--json", "json_", is_flag=False, flag_value="-", type=click.Path(dir_okay=False),
    help="Write the experiment and what came out there, or print it.",
)  # fmt: skip
@click.option("--script", type=click.Path(dir_okay=False), help="Write it in plain NumPy there.")
def run(link: Address, csv: str | None, json_: str | None, script: str | None) -> None:
    """Train what LINK describes, and say how each run ended.

    "-" writes to the standard output.
    """
    experiment = link.experiment
    traces = _trained(experiment)
    for row in run_rows(experiment, traces):
        click.echo(f"{row.name}: {row.updates} updates, loss {row.loss}, {row.status}", err=True)
    if csv:
        _write(csv, gd.export.csv(experiment, traces))
    if json_:
        _write(json_, gd.export.json(experiment, traces))
    if script:
        _write(script, gd.export.script(experiment))


def _trained(experiment: gd.Experiment) -> tuple[gd.Trace, ...]:
    """Return the traces; meanwhile a bar shows how far it has come, where somebody looks."""
    with click.progressbar(length=1, label="Training", file=sys.stderr) as bar:

        def progress(done: int, total: int) -> bool:
            bar.length = total
            bar.update(done - bar.pos)
            return True

        return gd.train(experiment, progress=progress)


def _write(path: str, text: str) -> None:
    try:
        with click.open_file(path, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise click.FileError(path, error.strerror or "") from None


@main.command("open")
@click.argument("link", callback=_address)
@click.pass_context
def open_(context: click.Context, link: Address) -> None:
    """Open LINK in the app on this machine, which is started where it does not answer yet."""
    assert context.parent is not None
    root = f"http://localhost:{context.parent.params['port']}"
    server = None if _answers(root) else _server(context.parent.params["port"], headless=True)
    if server is not None:
        _await(root, server)
    click.launch(f"{root}/{link.page}?{link.query}")
    if server is not None:
        sys.exit(_waited(server))


@main.command()
@click.argument("out", type=click.Path(file_okay=False, path_type=Path))
@click.option("--server", default="", help="The address of an app that each page leads to.")
@click.option(
    "--address", default="", help="Where the pages will be found: for search engines and previews."
)
@click.option("--app", is_flag=True, help="Write the whole app, too, to be run by browsers.")
@click.option(
    "--stlite",
    type=click.Path(exists=True, path_type=Path),
    help="The npm package @stlite/browser, as a folder or .tgz; else browsers fetch it.",
)
@click.option(
    "--pyodide",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Pyodide's release, unpacked; else browsers fetch it.",
)
@click.option(
    "--wheels",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder of the wheels that Pyodide does not hold.",
)
def site(
    out: Path,
    server: str,
    address: str,
    app: bool,
    stlite: Path | None,
    pyodide: Path | None,
    wheels: Path | None,
) -> None:
    """Write the gallery into OUT: files that any file host serves, and that open without one.

    With --app the whole app stands in OUT/app: a file host serves it, browsers run it.
    """
    from gdplay.gallery import write_app, write_site  # only here: they draw with Plotly

    if not app and (stlite or pyodide or wheels):
        raise click.UsageError("--stlite, --pyodide and --wheels are for --app.")
    if wheels and not pyodide:
        raise click.UsageError("--wheels goes with --pyodide.")
    for name, text in (("--server", server), ("--address", address)):
        if text and urlsplit(text).scheme not in ("http", "https"):
            raise click.BadParameter(
                f"{name} must be an address that begins with http:// or https://; got {text[:80]!r}"
            )
    with click.progressbar(length=1, label="Writing", file=sys.stderr) as bar:

        def told(done: int, count: int) -> None:
            bar.length = count
            bar.update(done - bar.pos)

        count = write_site(out, server=server, address=address, told=told)
    click.echo(f"{count} pages: open {out / 'index.html'}", err=True)
    if app:
        try:
            away = write_app(out, stlite=stlite, pyodide=pyodide, wheels=wheels)
        except ValueError as error:
            raise click.ClickException(f"{error}.") from None
        click.echo(f"The app: serve {out}, and open app/ there", err=True)
        for sentence in away:
            click.echo(f"Not in it: {sentence}.", err=True)


def _server(port: int, *, headless: bool = False) -> "subprocess.Popen[bytes]":
    """Start the app."""
    if find_spec("streamlit") is None:
        raise click.ClickException(
            "the app needs more than the library does: pip install 'gdplay[app]'; the commands run "
            "and --help need no app"
        )
    more: Iterable[str] = ("--server.headless", "true") if headless else ()
    command = (sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port))
    return subprocess.Popen([*command, *more], cwd=HOME)


def _waited(server: "subprocess.Popen[bytes]") -> int:
    """Return how the server ended; who ends this command ends it."""
    before = signal.signal(signal.SIGTERM, lambda *_: server.terminate())
    try:
        return server.wait()
    finally:
        signal.signal(signal.SIGTERM, before)


def _answers(root: str) -> bool:
    """Whether the app answers there."""
    try:
        with urlopen(f"{root}/health", timeout=10) as answer:
            return "version" in json.load(answer)
    except (URLError, ValueError):
        return False


def _await(root: str, server: "subprocess.Popen[bytes]") -> None:
    """Wait until the app answers."""
    until = time.monotonic() + PATIENCE
    while not _answers(root):
        if server.poll() is not None or time.monotonic() > until:
            server.terminate()
            raise click.ClickException("the app did not start")
        time.sleep(ASKED)


if __name__ == "__main__":
    main(prog_name="gdplay")
