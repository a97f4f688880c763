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
    above = bool((losses[known] > 0).all())
    heights = np.log(np.where(known & (losses > 0), losses, 1)) if above else losses
    low, high = heights[known].min(), heights[known].max()
    x = _EDGE + (WIDTH - 2 * _EDGE) * epochs / max(epochs[-1], 1)
    y = _EDGE + (HEIGHT - 2 * _EDGE) * (high - heights) / ((high - low) or 1)
    lines = (_line(x[seen], row[seen]) for row, seen in zip(y, known, strict=True))
    first, last = number(float(losses[known].max())), number(float(losses[known].min()))
    told = f"Training loss over the epochs, between {first} and {last}"
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
