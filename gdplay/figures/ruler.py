"""The stability ruler in HTML: rates that the curvature sets apart, marked along a slider."""

from base64 import b64encode
from collections.abc import Sequence
from html import escape

import numpy as np

from gdplay.theory.limits import Mark, Zone
from gdplay.words import number

ROOMS = (880, 480, 290)
"""Widths in pixels for which labels are placed; the style sheet shows one of the three."""

_LETTER, _GAP = 6.1, 9.0  # pixels: a letter's width, and the air between two labels


def strip(marks: Sequence[Mark], zones: Sequence[Zone], options: Sequence[float]) -> str:
    """Return the ruler, as wide as the track of a slider with these options.

    Empty where no mark lies on the slider.

    Parameters
    ----------
    marks : sequence of Mark
        Rates worth knowing, ascending.
    zones : sequence of Zone
        What full batches do, drawn as a band; may be empty.
    options : sequence of float
        The rates that the slider offers, ascending.
    """
    marks = [mark for mark in marks if 0 <= place(mark.rate, options) <= 1]
    if not marks:
        return ""
    texts = " ".join(f"{mark.label} = {number(mark.rate)}." for mark in marks)
    layers = "".join(
        f'<div class="gd-marks gd-room{i}">{_layer(fitting(marks, room), options, room)}</div>'
        for i, room in enumerate(ROOMS)
    )
    return (
        f'<div class="gd-ruler" role="img" aria-label="{escape(f"Marks on the slider: {texts}")}">'
        f"{_band(zones, options)}{layers}</div>"
    )


def _band(zones: Sequence[Zone], options: Sequence[float]) -> str:
    ends = [float(np.clip(place(zone.end, options), 0, 1)) for zone in zones]
    return "".join(
        f'<i class="gd-{zone.key}" style="left:{at:.3%};width:{end - at:.3%}" '
        f'title="Full batches: {zone.about}"></i>'
        for zone, at, end in zip(zones, [0.0, *ends], ends, strict=False)
    )


def _layer(marks: Sequence[Mark], options: Sequence[float], room: float) -> str:
    """Return ticks at their places, labels side by side, and what leads from one to the other."""
    at = [place(mark.rate, options) for mark in marks]
    labels = spread([room * x for x in at], [_width(mark) for mark in marks], room)
    ways = "".join(
        f"M{100 * x:.2f} 0V4L{100 * label / room:.2f} 10"
        for x, label in zip(at, labels, strict=True)
    )
    words = "".join(
        f'<span style="left:{label / room:.3%}" title="{_hover(mark)}">{escape(mark.label)}</span>'
        for mark, label in zip(marks, labels, strict=True)
    )
    drawing = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 10" preserveAspectRatio="none">'
        f'<path d="{ways}" fill="none" stroke="#808B98" vector-effect="non-scaling-stroke"/></svg>'
    )
    source = f"data:image/svg+xml;base64,{b64encode(drawing.encode()).decode()}"
    return f'<img alt="" src="{source}">{words}'


def _hover(mark: Mark) -> str:
    return escape(f"{number(mark.rate)}. {mark.about}")


# Where things stand


def place(rate: float, options: Sequence[float]) -> float:
    """Return where a rate stands on a slider with these options, 0 to 1, or outside.

    The options are evenly spaced on the screen whatever they hold; between two of them the scale
    is logarithmic.
    """
    if len(options) < 2:
        return 0.0
    logs = np.log(np.array(options))
    steps = np.arange(len(options))
    at = float(np.interp(np.log(rate), logs, steps) / steps[-1])
    if options[0] <= rate <= options[-1]:
        return at
    return -1.0 if rate < options[0] else 2.0


def spread(centres: Sequence[float], widths: Sequence[float], room: float) -> list[float]:
    """Return label centres, as near to the wanted ones as they can be without touching.

    Least squares: labels that would touch stand side by side around their mean. `centres` ascend;
    the labels must fit into `room`.
    """
    whole = np.array(widths) + _GAP
    before = np.concatenate([[0.0], np.cumsum(whole)[:-1]])
    wanted = np.array(centres) - whole / 2 - before
    blocks: list[list[float]] = []
    for value in wanted:
        blocks.append([value])
        while len(blocks) > 1 and np.mean(blocks[-2]) > np.mean(blocks[-1]):
            last = blocks.pop()
            blocks[-1] += last
    left = np.concatenate([np.full(len(block), np.mean(block)) for block in blocks])
    left = np.clip(left, -_GAP / 2, room + _GAP / 2 - whole.sum())
    return [float(at) for at in left + before + whole / 2]


def fitting(marks: Sequence[Mark], room: float) -> list[Mark]:
    """Return the marks whose labels fit into `room` pixels, the lightest left out first."""
    rest = list(marks)
    while rest and sum(_width(mark) + _GAP for mark in rest) > room:
        rest.remove(min(rest, key=lambda mark: mark.weight))
    return rest


def _width(mark: Mark) -> float:
    return _LETTER * len(mark.label)
