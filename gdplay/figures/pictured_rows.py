"""Rows that are images as small pictures, each with its class and what a model takes it for."""

from collections.abc import Iterator
from html import escape

import numpy as np

from gdplay.figures.marks import source_of
from gdplay.figures.theme import Theme
from gdplay.studies.pictured_rows import Pictured, PicturedRows


def pictured_rows(reading: PicturedRows, theme: Theme) -> str:
    """Return the images in HTML, the wrong ones first and with a ring around them."""
    drawn = [_one(row, theme, " class='gd-wrong'") for row in reading.wrong]
    drawn += [_one(row, theme) for row in reading.right]
    return f'<div class="gd-images">{"".join(drawn)}</div>'


def _one(row: Pictured, theme: Theme, kind: str = "") -> str:
    actual, told = escape(row.actual), escape(row.told)
    high, wide = row.pixels.shape
    drawing = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" '
        f'shape-rendering="crispEdges" fill="{theme.ink}">{"".join(_pixels(row))}</svg>'
    )
    return (
        f'<figure{kind}><img alt="an image of {actual}" src="{source_of(drawing)}">'
        f"<figcaption>is <b>{actual}</b>, told <b>{told}</b></figcaption></figure>"
    )


def _pixels(row: Pictured) -> Iterator[str]:
    """Yield each pixel that is not blank."""
    for (y, x), value in np.ndenumerate(row.pixels.round(2)):
        if value > 0:
            yield f'<rect x="{x}" y="{y}" width="1" height="1" fill-opacity="{value:g}"/>'
