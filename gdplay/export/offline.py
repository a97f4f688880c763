"""A page that opens by double click: surface, curves, fit and playback, without a server.

The scripts are the app's own player; Plotly comes along in the file.
"""

import json
import re
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

from gdplay.engine.training import Trace, train
from gdplay.experiment import Experiment, labels
from gdplay.export.cells import plain_text
from gdplay.export.pieces import address_of
from gdplay.scripts import bare, bundle
from gdplay.teaching.lead import lead
from gdplay.theory.landscape import PRINCIPAL, Landscape, box_of, landscape, plane_of

PLAYER = Path(__file__).parents[1] / "ui" / "player"

COLORS = {
    "background-color": "#ffffff",
    "secondary-background-color": "#f4f5f7",
    "text-color": "#1f2328",
    "gray-text-color": "#59636e",
    "border-color": "#dde1e6",
    "border-color-light": "#eceef1",
    "primary-color": "#0072b2",
    "link-color": "#0072b2",
    "base-radius": "0.5rem",
    "button-radius": "0.5rem",
    "font": "system-ui, -apple-system, 'Segoe UI', Roboto, Arial, sans-serif",
}
"""What the player reads from Streamlit's variables: the app's light theme."""

_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>TITLE</title>
<style>
STYLE
</style>
</head>
<body>
<main>
<h1>TITLE</h1>
<p>WORDS</p>
<div class="names">NAMES</div>
GRID
<footer>FOOTER</footer>
</main>
<script>PLOTLY</script>
<script type="application/json" id="data">DATA</script>
<script type="module">
SCRIPT
player({
  parentElement: document.querySelector('main'),
  data: JSON.parse(document.getElementById('data').textContent),
  setStateValue: console.warn,
  setTriggerValue: console.warn,
});
</script>
</body>
</html>
"""

_OWN_STYLE = """\
body { background: var(--st-background-color); color: var(--st-text-color); margin: 0;
  font: 16px/1.5 var(--st-font); }
main { margin: auto; max-width: 1500px; padding: 1rem 1.5rem; }
h1 { font-size: 1.3rem; margin: 0; }
p, footer { font-size: 0.95rem; margin: 0.3rem 0 0.8rem; max-width: 62rem; }
footer { font-size: 0.8rem; margin-top: 1rem; overflow-wrap: anywhere; }
.names { display: flex; flex-wrap: wrap; gap: 0.2rem 1.5rem; }
.names span { align-items: center; display: flex; gap: 0.45rem; }
.gd-player { --gd-height: max(460px, calc(100vh - 13rem)); }"""


def as_html(
    experiment: Experiment, traces: Sequence[Trace] | None = None, *, address: str = ""
) -> str:
    """Return one HTML page, of about 5 MB, that needs no network: it plays as Compare does.

    Parameters
    ----------
    experiment : Experiment
    traces : sequence of Trace, optional
        From `train`; trained here by default.
    address : str
        Where the experiment can be opened; by default what is put behind the address of an app.
    """
    traces = traces or train(experiment)
    parts = {
        "TITLE": escape(plain_text(lead(experiment).title)),
        "STYLE": _style(),
        "GRID": (PLAYER / "grid.html").read_text("utf-8"),
        "FOOTER": escape(f"gdplay {address or address_of(experiment)}"),
        "PLOTLY": files("plotly").joinpath("package_data/plotly.min.js").read_text("utf-8"),
        "SCRIPT": f"const STYLE = {_json(bare(PLAYER / 'play.css'))};\n"
        + bundle(PLAYER / "player.js"),
    }
    parts |= _told(experiment, traces)
    parts["NAMES"] = _names(experiment)
    # One pass: what is put in is never looked through again.
    return re.sub(rf"\b({'|'.join(parts)})\b", lambda match: parts[match[1]], _PAGE)


def _names(experiment: Experiment) -> str:
    """Return the runs' lines and markers with their names."""
    from gdplay.figures.marks import line_mark
    from gdplay.figures.theme import LIGHT

    return "".join(
        f"<span>{line_mark(LIGHT, place)}{escape(name)}</span>"
        for place, name in enumerate(labels(experiment))
    )


def _style() -> str:
    colors = "".join(f"--st-{name}: {value}; " for name, value in COLORS.items())
    return f":root {{ {colors}}}\n{_OWN_STYLE}\n{bare(PLAYER / 'player.css')}"


def _told(experiment: Experiment, traces: Sequence[Trace]) -> dict[str, str]:
    """Return what the player is told, and the words above it."""
    from gdplay.figures import compare, packing  # only here: they draw with Plotly
    from gdplay.figures.theme import LIGHT

    land = _ground(experiment, traces)
    made = compare.pictures(
        experiment, traces, land, ground="3d", plane=PRINCIPAL, metrics=("loss",), along="epochs",
        log=True, log_x=False, smooth=0.0, focus=None, shown=range(len(traces)), seconds=None,
        theme=LIGHT,
    )  # fmt: skip
    told = ", ".join(labels(experiment))
    about = {
        "surface": f"The training loss over {' and '.join(land.plane.names)}, with the paths of "
        f"{told}",
        "curves": f"The training loss of {told}",
        "fit": f"The fits of {told} on the data",
    }
    panels = {name: packing.panel(one, name, about[name]) for name, one in made.panels.items()}
    data = {
        "version": "", "script": None, "chunk": None, "clickable": False, "wire": None,
        "inside": False, "hand": None, "panels": panels,
        "play": {**made.play.told, "position": None},
    }  # fmt: skip
    words = compare.words(
        experiment, traces, along="epochs", shown=range(len(traces)), seconds=None
    )
    return {"DATA": _json(data), "WORDS": _bold(words)}


def _ground(experiment: Experiment, traces: Sequence[Trace]) -> Landscape:
    plane = plane_of(experiment, traces, PRINCIPAL)
    return landscape(experiment.problem, plane, box_of(experiment, traces, plane))


def _json(value: Any) -> str:
    """Return JSON that ends no element of a page."""
    return json.dumps(value).replace("<", "\\u003c")


def _bold(words: str) -> str:
    """Return Markdown of plain and bold words as HTML."""
    return re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", escape(words.replace("\\", "")))
