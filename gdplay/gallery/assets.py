"""Files that all pages share: scripts, styles and Plotly, named by what they hold."""

import json
from hashlib import blake2b
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import numpy as np

from gdplay.export.offline import COLORS, PLAYER
from gdplay.figures.paths import mixed
from gdplay.figures.theme import DARK, LIGHT, Theme
from gdplay.gallery.sketches import BANDS
from gdplay.scripts import bare, bundle

_HERE = Path(__file__).parent
RATE = PLAYER.parent / "rate"

DARK_COLORS = COLORS | {
    "background-color": "#14171c",
    "secondary-background-color": "#20252c",
    "text-color": "#e6e9ed",
    "gray-text-color": "#9aa7b5",
    "border-color": "#333a44",
    "border-color-light": "#262c34",
    "primary-color": "#56a8e0",
    "link-color": "#56a8e0",
}
"""What the player reads from Streamlit's variables: the app's dark theme."""


class Assets(NamedTuple):
    """The addresses of what pages share, seen from the first page."""

    style: str
    player: str
    course: str
    plotly: str


def write_assets(folder: Path) -> Assets:
    """Write what pages share and return where; names change where contents do."""
    texts = {
        "style.css": style(),
        "player.js": script(),
        "course.js": _started(_HERE / "course.js"),
        "plotly.js": files("plotly").joinpath("package_data/plotly.min.js").read_text("utf-8"),
    }
    return Assets(*(write_named(folder, name, text) for name, text in texts.items()))


def write_named(folder: Path, name: str, text: str) -> str:
    """Write a file with a hash of what it holds in its name, and return where."""
    stem, _, kind = name.rpartition(".")
    digest = blake2b(text.encode(), digest_size=5).hexdigest()
    path = f"assets/{stem}.{digest}.{kind}"
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_text(text, encoding="utf-8")
    return path


def script() -> str:
    """Return the player, the slider and what joins them on a page, as one classic script.

    Modules in files of their own do not load from a folder that is opened by double click.
    """
    parts = [
        _component("player", PLAYER / "player.js", PLAYER / "play.css"),
        _component("rate", RATE / "rate.js", RATE / "rate.css"),
        _started(_HERE / "page.js"),
    ]
    return "".join(parts)


def app_script() -> str:
    """Return what starts the whole app in a browser."""
    return _started(_HERE / "app.js")


def _component(name: str, entry: Path, css: Path) -> str:
    """Return a component's script, which puts its function into `gdplay`."""
    body = f"const STYLE = {json.dumps(bare(css))};\n{_own(entry)}"
    return f"(window.gdplay ??= {{}}).{name} = (() => {{\n{body}return {name};\n}})();\n"


def _started(entry: Path) -> str:
    """Return a page's script, whose names are its own, and which starts at once."""
    return f"(() => {{\n{_own(entry)}start();\n}})();\n"


def _own(entry: Path) -> str:
    """Return a bundle that keeps its default to itself."""
    return bundle(entry).replace("export default function", "function")


def style() -> str:
    """Return the style of all pages: both themes, and the player's grid."""
    light, dark = _colors(LIGHT, COLORS), _colors(DARK, DARK_COLORS)
    return (
        f":root {{ color-scheme: light; {light} }}\n"
        "@media (prefers-color-scheme: dark) { :root:not([data-theme=light]) "
        f"{{ color-scheme: dark; {dark} }} }}\n"
        f":root[data-theme=dark] {{ color-scheme: dark; {dark} }}\n"
        f"{bare(_HERE / 'site.css')}\n{bare(PLAYER / 'player.css')}"
    )


def _colors(theme: Theme, colors: dict[str, str]) -> str:
    """Return a theme's colours as variables: the player's, the bands of sketches, the runs."""
    names = {f"st-{name}": color for name, color in colors.items()}
    bands = mixed(theme.surface, np.linspace(0, 1, BANDS))
    names |= {f"b{place}": color for place, color in enumerate(bands)}
    names |= {f"r{place}": theme.run_color(place) for place in range(6)}
    names |= {f"i{place}": theme.run_ink(place) for place in range(6)}
    names |= {"casing": theme.casing, "ink": theme.ink}
    return " ".join(f"--{name}: {color};" for name, color in names.items())
