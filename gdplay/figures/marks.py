"""A run's line and marker as a small picture for pages, as figures draw them."""

from base64 import b64encode
from collections.abc import Sequence

from gdplay.figures.theme import Theme, dash, symbol
from gdplay.words import escaped

_SHAPES = {
    "circle": '<circle cx="22" cy="8" r="4.5"/>',
    "square": '<rect x="18" y="4" width="8" height="8"/>',
    "diamond": '<path d="M22 2.5 27.5 8 22 13.5 16.5 8Z"/>',
    "triangle-up": '<path d="M22 3 27.5 12.5 16.5 12.5Z"/>',
    "cross": '<path d="M20.3 3h3.4v3.3H27v3.4h-3.3V13h-3.4V9.7H17V6.3h3.3Z"/>',
    "x": '<path d="m18 4 8 8m0-8-8 8" stroke-width="3" stroke="currentColor"/>',
}
_DASHES = {
    "solid": "",
    "dash": "8 4",
    "dot": "2 3",
    "dashdot": "8 3 2 3",
    "longdash": "12 4",
    "longdashdot": "12 3 2 3",
}


_SIGNS = {
    "circle": "●", "square": "■", "diamond": "◆", "triangle-up": "▲", "cross": "✚", "x": "✖",
}  # fmt: skip


def sign(place: int) -> str:
    """Return a run's marker as a letter, for words."""
    return _SIGNS[symbol(place)]


def colored(text: str, names: Sequence[str], theme: Theme) -> str:
    """Return Markdown in which bold names of runs have their markers and colours.

    `names` are those of all runs, by their places.
    """
    for place, name in enumerate(names):
        text = text.replace(f"**{name}**", named(place, name, theme))
    return text


def named(place: int, name: str, theme: Theme) -> str:
    """Return a run's name in Markdown, in its colour and behind its marker."""
    ink = theme.run_ink(place)
    return f':color[**{sign(place)}\N{NO-BREAK SPACE}{escaped(name)}**]{{foreground="{ink}"}}'


def line_mark(theme: Theme, place: int) -> str:
    """Return a picture of a run's line and marker in HTML, as in the figures."""
    return f'<img class="gd-mark" alt="" width="44" height="16" src="{line_source(theme, place)}">'


def line_source(theme: Theme, place: int) -> str:
    """Return the address of the picture, which holds the picture itself."""
    color = theme.run_color(place)
    drawing = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="44" height="16">'
        f'<line x1="1" y1="8" x2="43" y2="8" stroke="{color}" stroke-width="2.5" '
        f'stroke-dasharray="{_DASHES[dash(place)]}"/>'
        f'<g fill="{color}" color="{color}">{_SHAPES[symbol(place)]}</g></svg>'
    )
    return source_of(drawing)


def source_of(drawing: str) -> str:
    """Return the address of a drawing in SVG, which holds the drawing itself."""
    return f"data:image/svg+xml;base64,{b64encode(drawing.encode()).decode()}"
