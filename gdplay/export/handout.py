"""A question about runs on one sheet of paper: its words, the ground, and room for an answer."""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from html import escape

import numpy as np

from gdplay.arrays import Array
from gdplay.experiment import Experiment, labels, start_of
from gdplay.export.contours import level_lines
from gdplay.export.qr import qr
from gdplay.teaching.exercises import LETTERS
from gdplay.teaching.standing import end_of
from gdplay.teaching.summary import run_in_short
from gdplay.theory.landscape import Landscape
from gdplay.theory.measures import AXES, METRICS
from gdplay.words import number

WIDTH, HEIGHT = 700, 270
"""Layout: of the picture, in units of its own."""

_MAP, _AXES = (48, 12, 320, 215), (430, 12, 260, 215)
"""Layout: left, top, width and height of the map, and of the empty axes beside it."""

LONGEST = 900
"""Characters of an address whose code a phone still reads from 3 cm of paper."""

_LEVELS = 12
_LINES = 11
"""Layout: lines to write on."""

Box = tuple[int, int, int, int]


def handout(
    experiment: Experiment,
    land: Landscape,
    title: str,
    question: str,
    choices: Sequence[str] = (),
    *,
    places: Sequence[int],
    metric: str = "loss",
    along: str = "epochs",
    address: str = "",
) -> str:
    """Return the sheet in HTML; whatever text stands on it, it is shown as it is.

    Parameters
    ----------
    experiment : Experiment
    land : Landscape
        What the runs start on.
    title, question : str
    choices : sequence of str
        To be ticked.
    places : sequence of int
        The runs that are asked about.
    metric, along : keys of METRICS and AXES
        What the empty axes show, into which curves can be drawn; seconds are only measured later.
    address : str
        Where the runs can be played, as a code that phones read; "" or one too long for it is left
        out.
    """
    boxes = "".join(
        f"<li>☐ <b>{letter}</b> {escape(text)}</li>"
        for letter, text in zip(LETTERS, choices, strict=False)
    )
    names = labels(experiment)
    runs = "; ".join(
        f"<b>{escape(names[place])}</b> {escape(_run(experiment, place, names[place]))}"
        for place in places
    )
    drawn = _image(picture(experiment, land, places, metric, along))
    return (
        f'<article class="gd-paper">{_code(address)}<p>Name:</p><h1>{escape(title)}</h1>'
        f"<p>{escape(question)}</p><ul>{boxes}</ul><p class='gd-paper-runs'>{runs}</p>{drawn}"
        f"<p>Your answer, and why:</p>{'<hr>' * _LINES}</article>"
    )


def _run(experiment: Experiment, place: int, name: str) -> str:
    """Return what a run looks at and does, and its learning rate."""
    run = experiment.runs[place]
    rate = f"rate {number(run.optimizer.lr)}"
    short = run_in_short(run, experiment.problem.n_samples, name)
    return ", ".join(part for part in (short, rate) if part and part not in name)


def _image(picture: str, more: str = "") -> str:
    source = b64encode(picture.encode()).decode()
    return f'<img alt=""{more} src="data:image/svg+xml;base64,{source}">'


def _code(address: str) -> str:
    if not address or len(address) > LONGEST:
        return ""
    return _image(qr(address), ' class="gd-paper-code"')


def picture(
    experiment: Experiment, land: Landscape, places: Sequence[int], metric: str, along: str
) -> str:
    """Return in SVG the map of the loss with start and minimum, and axes to draw curves into."""
    counts = "epochs" if along == "seconds" else along
    last = max(end_of(experiment, place, counts, None) for place in places)
    parts = [*_ground(experiment, land), *_empty(last, AXES[counts].title, METRICS[metric].name)]
    if metric == "loss":
        parts.append(_begin(float(experiment.problem.loss(start_of(experiment)))))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'font-family="sans-serif" font-size="11" fill="none" stroke="black">{"".join(parts)}</svg>'
    )


def _ground(experiment: Experiment, land: Landscape) -> Iterator[str]:
    low, high = (np.array([values[end] for values in (land.x, land.y)]) for end in (0, -1))
    known = land.loss[np.isfinite(land.loss)]
    roots = np.sqrt(land.loss - known.min())
    for level in np.sqrt(np.ptp(known)) * (np.arange(_LEVELS) + 0.5) / _LEVELS:
        for line in level_lines(land.x, land.y, roots, float(level)):
            yield _line(_inside(line, low, high, _MAP), "#aaa")
    yield from _frame(_MAP, land.plane.names)
    for axis in (0, 1):
        for value in _ticks(low[axis], high[axis]):
            yield _tick(value, (value - low[axis]) / (high[axis] - low[axis]), axis, _MAP)
    start = land.plane.coordinates(start_of(experiment))
    marks = [("start", start, "○")]
    if land.minimum is not None:
        marks.append(("minimum", land.minimum, "★"))
    for name, point, sign in marks:
        x, y = _inside(point[None], low, high, _MAP)[0]
        yield _text(x, y + 4, sign, size=15) + _text(x, y + 18, name)


def _empty(last: float, unit: str, name: str) -> Iterator[str]:
    yield from _frame(_AXES, (unit, name.lower()))
    for value in _ticks(0, last):
        yield _tick(value, value / (1.05 * last), 0, _AXES)


def _begin(loss: float) -> str:
    left, top, _, height = _AXES
    y = top + 0.3 * height
    told = _text(left + 10, y - 6, f"start: {number(loss, 4)}", anchor="start")
    return _text(left, y + 4, "○", size=15) + told


def _inside(points: Array, low: Array, high: Array, box: Box) -> Array:
    """Return where points of a plane stand in a box of the picture."""
    left, top, width, height = box
    share = (points - low) / (high - low)
    return np.column_stack([left + width * share[:, 0], top + height * (1 - share[:, 1])])


def _ticks(low: float, high: float) -> Array:
    """Return four to eight round values between two."""
    rough = (high - low) / 7
    ten = 10.0 ** np.floor(np.log10(rough))
    step = ten * next(factor for factor in (1, 2, 5, 10) if factor * ten >= rough)
    ticks: Array = step * np.arange(np.ceil(low / step), np.floor(high / step) + 1)
    return ticks + 0.0  # no -0


def _frame(box: Box, names: Sequence[str]) -> Iterator[str]:
    left, top, width, height = box
    yield f'<path d="M{left} {top}V{top + height}H{left + width}"/>'
    yield _text(left + width / 2, top + height + 34, names[0])
    yield _text(left - 34, top + height / 2, names[1], turned=True)


def _tick(value: float, share: float, axis: int, box: Box) -> str:
    left, top, width, height = box
    if axis == 0:
        return _text(left + width * share, top + height + 15, number(value))
    return _text(left - 6, top + height * (1 - share) + 4, number(value), anchor="end")


def _line(points: Array, color: str) -> str:
    pairs = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline points="{pairs}" stroke="{color}"/>'


def _text(
    x: float, y: float, text: str, *, size: int = 11, anchor: str = "middle", turned: bool = False
) -> str:
    turn = f' transform="rotate(-90 {x:.1f} {y:.1f})"' * turned
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" fill="black" '
        f'stroke="none"{turn}>{escape(text)}</text>'
    )
