"""Colours, dashes and sizes: the one place they are written, and how they reach a figure."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from gdplay.figures.pieces import NO_TEMPLATE, Figure, Piece

DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "x")
SYMBOLS_3D = ("circle", "square", "diamond", "circle-open", "cross", "x")

DASH_PIXELS = {
    "solid": (),
    "dash": (9, 6),
    "dot": (2, 4),
    "dashdot": (9, 5, 2, 5),
    "longdash": (14, 6),
    "longdashdot": (14, 5, 2, 5),
}
"""Pixels of line and gap in turn, where a line is not Plotly's to draw."""

Corners = tuple[tuple[float, float], ...]
OUTLINES: dict[str, tuple[Corners, ...]] = {
    "circle": (),
    "square": (((-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)),),
    "diamond": (((0, -1.2), (1.2, 0), (0, 1.2), (-1.2, 0)),),
    "triangle-up": (((0, -1.1), (1.1, 0.9), (-1.1, 0.9)),),
    "cross": (
        (
            (-0.3, -1), (0.3, -1), (0.3, -0.3), (1, -0.3), (1, 0.3), (0.3, 0.3),
            (0.3, 1), (-0.3, 1), (-0.3, 0.3), (-1, 0.3), (-1, -0.3), (-0.3, -0.3),
        ),
    ),
    "x": (((-0.8, -0.8), (0.8, 0.8)), ((0.8, -0.8), (-0.8, 0.8))),
}  # fmt: skip
"""A marker's lines by their corners, in radii right of and below its middle; a disc has none."""

FONT = "'Source Sans', system-ui, -apple-system, 'Segoe UI', Roboto, Arial, sans-serif"
TEXT_SIZE = 13

Scale = tuple[tuple[float, str], ...]
Light = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Theme:
    """What differs between light and dark.

    Attributes
    ----------
    ink, muted, grid : str
        Text, lesser text, lines of the grid.
    casing : str
        The light (or dark) edge that lifts a path off the surface.
    paper : str
        What lies behind; figures themselves are transparent.
    runs : tuple of str
        The colours of runs, by their places: Okabe and Ito's order (2008), told apart with any
        kind of colour vision. On white three of them are deeper, in the dark five brighter, so that
        every line has 3:1, in the dark on the surface, too.
    ring : str
        Level lines on a surface.
    surface : tuple of (position, colour)
        Perceptually even and muted, so that paths stay readable; low is deep.
    """

    name: str
    ink: str
    muted: str
    grid: str
    casing: str
    paper: str
    runs: tuple[str, ...]
    ring: str
    surface: Scale

    def run_color(self, place: int) -> str:
        """Return the colour of the run at `place` in the experiment."""
        return self.runs[place % len(self.runs)]

    def run_ink(self, place: int) -> str:
        """Return the run's colour for words: as far towards `ink` as it takes to be read."""
        steps = (_between(self.run_color(place), self.ink, share / 10) for share in range(11))
        return next((color for color in steps if contrast(color, self.paper) >= READ), self.ink)


READ = 4.5
"""The contrast that text needs (WCAG 2.2, 1.4.3)."""


def contrast(color: str, other: str) -> float:
    """Return the contrast of two colours, 1 to 21, as WCAG 2.2 defines it."""
    dark, bright = sorted((_luminance(color), _luminance(other)))
    return (bright + 0.05) / (dark + 0.05)


def _luminance(color: str) -> float:
    shares = [part / 255 for part in _channels(color)]
    linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _channels(color: str) -> list[int]:
    return [int(color[i : i + 2], 16) for i in (1, 3, 5)]


def _between(color: str, other: str, share: float) -> str:
    """Return the colour so far on the way from one to another."""
    pairs = zip(_channels(color), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + share * (b - a)):02X}" for a, b in pairs)


LIGHT = Theme(
    name="light",
    ink="#1F2328",
    muted="#5F6B7A",
    grid="#E3E8EE",
    casing="#FFFFFF",
    paper="#FFFFFF",
    runs=("#0072B2", "#C58500", "#009E73", "#CC4400", "#B03795", "#000000"),
    ring="#97A6B8",
    surface=(
        (0.0, "#8399B4"),
        (0.25, "#A3B5C9"),
        (0.5, "#C2CEDB"),
        (0.75, "#DEE5EC"),
        (1.0, "#F7F9FB"),
    ),
)
DARK = Theme(
    name="dark",
    ink="#E6E9ED",
    muted="#9AA7B5",
    grid="#2B3442",
    casing="#14171C",
    paper="#14171C",
    runs=("#56BDFF", "#FFA400", "#00B380", "#F57D43", "#C38DBF", "#FFFFFF"),
    ring="#50698F",
    surface=(
        (0.0, "#0E1628"),
        (0.25, "#18233B"),
        (0.5, "#202F4C"),
        (0.75, "#293C5E"),
        (1.0, "#314A72"),
    ),
)
THEMES = {theme.name: theme for theme in (LIGHT, DARK)}


DENSE = 80
"""A line through more points than this is drawn solid: dashes would drown in its jags."""


def dash(place: int, n_points: int = 0) -> str:
    """Return the dash of the run at `place` for a line through so many points."""
    return DASHES[place % len(DASHES)] if n_points <= DENSE else "solid"


def symbol(place: int) -> str:
    """Return the marker of the run at `place` in two dimensions."""
    return SYMBOLS[place % len(SYMBOLS)]


def faint(color: str, opacity: float) -> str:
    """Return `#rrggbb` with an opacity, 0 to 1."""
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:g})"


def light(values: npt.ArrayLike) -> Light:
    """Return numbers in single precision, half the bytes; what is too large is cut at 1e38."""
    cut: npt.NDArray[np.float64] = np.clip(np.asarray(values, dtype=float), -1e38, 1e38)
    return cut.astype(np.float32)


def plain(text: str) -> str:
    """Return `text` so that Plotly shows it as it is: no markup, no template."""
    return escape(text, quote=False).replace("%{", "%&#123;")


def axis(theme: Theme, title: str, **more: object) -> dict[str, object]:
    """Return the looks of one flat axis."""
    return {
        "title": {"text": plain(title), "font": {"color": theme.muted, "size": TEXT_SIZE - 1}},
        "gridcolor": theme.grid,
        "linecolor": theme.grid,
        "tickfont": {"color": theme.muted, "size": TEXT_SIZE - 2},
        "zeroline": False,
        "automargin": True,
        **more,
    }


def assembled(
    theme: Theme, traces: Sequence[Piece], title: str = "", **layout: object
) -> go.Figure:
    """Return a figure of `traces` with the fonts, margins and transparency that all share."""
    shared: dict[str, object] = {
        "template": NO_TEMPLATE,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": TEXT_SIZE, "color": theme.ink},
        "title": {
            "text": plain(title),
            "font": {"size": TEXT_SIZE + 1, "color": theme.ink},
            "x": 0.01,
            "xanchor": "left",
            "y": 0.985,
            "yanchor": "top",
        },
        "margin": {"l": 8, "r": 12, "t": 34 if title else 8, "b": 8},
        "showlegend": False,
        # Plotly would take the colour of what is pointed at: a heat map has none of its own.
        "hoverlabel": {
            "bgcolor": theme.paper,
            "bordercolor": theme.muted,
            "font": {"family": FONT, "size": TEXT_SIZE - 1, "color": theme.ink},
        },
    }
    return Figure(list(traces), shared | layout)


def plate(text: str, theme: Theme) -> dict[str, object]:
    """Return an annotation, still without a place, that can be read where lines run below it."""
    return {
        "text": plain(text), "showarrow": False, "borderpad": 1,
        "bgcolor": faint(theme.paper, 0.82), "font": {"size": TEXT_SIZE - 1, "color": theme.ink},
    }  # fmt: skip


def empty(theme: Theme, title: str, why: str) -> go.Figure:
    """Return a titled figure with one sentence in place of a picture."""
    hidden = {"visible": False}
    note = {
        "text": plain(why),
        "showarrow": False,
        "font": {"color": theme.muted},
        "x": 0.5,
        "y": 0.5,
        "xref": "paper",
        "yref": "paper",
    }
    return assembled(theme, [], title, xaxis=hidden, yaxis=hidden, annotations=[note])
