"""The map of the loss with the paths on it, as TikZ for slides and papers."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from gdplay.arrays import Array
from gdplay.engine.training import Trace, train
from gdplay.experiment import Experiment, start_of
from gdplay.export.cells import plain_text
from gdplay.export.contours import level_lines
from gdplay.export.pieces import address_of
from gdplay.theory.landscape import PRINCIPAL, Landscape, box_of, landscape, plane_of

if TYPE_CHECKING:
    from gdplay.figures.ways import Path

LEVELS = 14
"""Level lines, at even steps of the root of the height."""

SIZE = 90
"""Points of the grid on each side that level lines are drawn from."""

STATES = 300
"""States of a path, about; TeX holds only so many."""

N_MARKS = 12
"""Markers along a path, about."""

_DASHES = {
    "solid": "solid",
    "dash": "dashed",
    "dot": "densely dotted",
    "dashdot": "dash dot",
    "longdash": "loosely dashed",
    "longdashdot": "loosely dash dot",
}
_MARKS = ("*", "square*", "diamond*", "triangle*", "+", "x")

_AXIS = r"""
\begin{{tikzpicture}}
{colors}
\begin{{axis}}[
  width=11cm, height=8cm, xlabel={{{x}}}, ylabel={{{y}}},
  xmin={low[0]}, xmax={high[0]}, ymin={low[1]}, ymax={high[1]},
  unbounded coords=jump, legend pos=outer north east, legend cell align=left,
]
{plots}
\end{{axis}}
\end{{tikzpicture}}
"""


def as_tikz(
    experiment: Experiment,
    traces: Sequence[Trace] | None = None,
    *,
    plane: str = PRINCIPAL,
    address: str = "",
) -> str:
    """Return a picture for LaTeX: level lines, each run's path, the start and the minimum.

    It needs the package pgfplots; colours and dashes are those of the app.

    Parameters
    ----------
    experiment : Experiment
    traces : sequence of Trace, optional
        From `train`; trained here by default.
    plane : str
        Which plane is drawn, as for `plane_of`; two parameters are drawn as they are.
    address : str
        Where the experiment can be opened; by default what is put behind the address of an app.
    """
    from gdplay.figures.ways import paths  # only here: it draws with Plotly

    traces = traces or train(experiment)
    flat = plane_of(experiment, traces, plane)
    land = landscape(experiment.problem, flat, box_of(experiment, traces, flat), SIZE)
    drawn = paths(experiment, traces, land, most=STATES)
    plots = [
        *_ground(land),
        *(line for path in drawn for line in _way(path)),
        *_places(experiment, land),
    ]
    colors = [_color(path.place) for path in drawn]
    return _whole(land, colors, plots, address or address_of(experiment))


def _color(place: int) -> str:
    from gdplay.figures.theme import LIGHT

    return rf"\definecolor{{gdplay{place}}}{{HTML}}{{{LIGHT.run_color(place)[1:]}}}"


def _way(path: Path) -> tuple[str, str]:
    """Return a path and its entry in the legend."""
    from gdplay.figures.theme import dash

    look = (
        f"gdplay{path.place}, {_DASHES[dash(path.place)]}, thick, "
        f"mark={_MARKS[path.place % len(_MARKS)]}, mark size=1.4pt, "
        f"mark repeat={max(1, len(path.x) // N_MARKS)}, mark options={{solid}}"
    )
    points = np.column_stack([path.x, path.y])
    return _plot(look, points), rf"\addlegendentry{{{tex(path.label)}}}"


def _whole(land: Landscape, colors: list[str], plots: list[str], address: str) -> str:
    x, y = (tex(name) for name in land.plane.names)
    low, high = ([_number(values[end]) for values in (land.x, land.y)] for end in (0, -1))
    head = "% In the preamble: \\usepackage{pgfplots} \\pgfplotsset{compat=1.18}\n"
    if address:
        head = f"% gdplay: {plain_text(address)}\n{head}"
    return head + _AXIS.lstrip().format(
        colors="\n".join(colors), x=x, y=y, low=low, high=high, plots="\n".join(plots)
    )


def _ground(land: Landscape) -> Iterable[str]:
    known = land.loss[np.isfinite(land.loss)]
    roots = np.sqrt(land.loss - known.min())
    highest = np.sqrt(np.ptp(known))
    for level in highest * (np.arange(LEVELS) + 0.5) / LEVELS:
        for line in level_lines(land.x, land.y, roots, float(level)):
            yield _plot("black!25, very thin, forget plot", line)


def _places(experiment: Experiment, land: Landscape) -> list[str]:
    start = land.plane.coordinates(start_of(experiment))
    places = [_plot("only marks, mark=o, black, thick, mark size=3pt, forget plot", start[None])]
    if land.minimum is not None:
        look = "only marks, mark=diamond, black, thick, mark size=3.5pt, forget plot"
        places.append(_plot(look, land.minimum[None]))
    return places


def _plot(look: str, points: Array) -> str:
    pairs = " ".join(f"({_number(x)},{_number(y)})" for x, y in points)
    return rf"\addplot[{look}] coordinates {{{pairs}}};"


def _number(value: float) -> str:
    return f"{value:.5g}"


_SPECIAL = {
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "²": "$^2$", "·": r"$\cdot$", "×": r"$\times$", "−": "$-$",
} | {sign: f"\\{sign}" for sign in "&%$#_{}"}  # fmt: skip


def tex(text: str) -> str:
    """Return text as LaTeX shows it, whatever is in it."""
    return "".join(_letter(sign) for sign in plain_text(text))


def _letter(sign: str) -> str:
    name = unicodedata.name(sign, "")
    if name.startswith("GREEK SMALL LETTER ") and len(name.split()) == 4:
        return f"$\\{name.split()[-1].lower().replace('lamda', 'lambda')}$"
    if name.startswith("SUBSCRIPT "):
        return f"$_{unicodedata.digit(sign, sign)}$"
    return _SPECIAL.get(sign, sign)
