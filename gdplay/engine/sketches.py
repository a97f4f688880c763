"""A trace as a small picture in SVG, for notebooks: its losses, without a plotting library."""

import numpy as np

from gdplay.arrays import Array, Indices
from gdplay.words import number

WIDTH, HEIGHT = 320, 120
_EDGE = 6
"""Layout: pixels."""


def loss_sketch(epochs: Indices, losses: Array) -> str:
    """Return a line of the loss for each seed, on a logarithmic axis where all are above zero.

    Parameters
    ----------
    epochs : ndarray of shape (E,)
    losses : ndarray of shape (S, E)
        What is not finite is left out.
    """
    known = np.isfinite(losses)
    if not known.any():
        return ""
    highest, lowest = losses[known].max(), losses[known].min()
    heights = np.where(known, losses, highest)
    ends = np.array([lowest, highest])
    if lowest > 0:
        heights, ends = np.log(heights), np.log(ends)
    x = np.interp(epochs, [epochs.min(), epochs.max()], [_EDGE, WIDTH - _EDGE])
    y = np.interp(heights, ends, [HEIGHT - _EDGE, _EDGE])
    lines = (_line(x[seen], row[seen]) for row, seen in zip(y, known, strict=True))
    between = f"between {number(float(highest))} and {number(float(lowest))}"
    told = f"Training loss over the epochs, {between}"
    return (
        f'<svg role="img" aria-label="{told}" width="{WIDTH}" height="{HEIGHT}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}"><title>{told}</title>{"".join(lines)}</svg>'
    )


def _line(x: Array, y: Array) -> str:
    points = " ".join(f"{left:.1f},{top:.1f}" for left, top in zip(x, y, strict=True))
    return (
        f'<polyline points="{points}" fill="none" stroke="currentColor" stroke-width="1.5" '
        'opacity="0.7"/>'
    )
