"""Exact sums over rows on a grid of a plane through parameter space.

On a plane each row's residual or log odds is linear in the two coordinates, z0 + a z1 + b z2, so
that what a grid costs does not depend on how many parameters there are.
"""

import numpy as np

from gdplay.arrays import TILE, Array

_POINTS = 1 << 12
"""Speed: how many points of the grid are worked on together."""

_LARGEST = 700.0
"""Tolerance: exp of this, and of its negative, is still a normal double; so it is up to 708."""

_TERMS = 30
"""Speed: the most terms a product is multiplied out to, as more cost more than they save."""

_LOW = 1e-3
"""Tolerance: below this mean, the rounding of 1 + e would show in log(1 + e)."""


def half_squares(z: Array, x: Array, y: Array) -> Array:
    """Return sum_n (z0 + x_i z1 + y_j z2)^2 / 2 over rows `z (n, 3)` as `[j, i]`, (G2, G1).

    The R of a QR factorisation has the same sums, and three rows.
    """
    total = np.zeros((len(y), len(x)))
    for level, slope_x, slope_y in np.linalg.qr(z, mode="r"):
        residual = np.add.outer(slope_y * y, level + slope_x * x)
        residual *= residual
        total += residual
    total *= 0.5
    return total


def log_losses(odds: Array, x: Array, y: Array) -> Array:
    """Return sum_n log(1 + sum_t exp(o0 + x_i o1 + y_j o2)) as `[j, i]`, (G2, G1).

    exp separates over the two axes, so for a few rows the product of what stands in the brackets
    is a short sum of such terms, multiplied out: one matrix product over the whole grid. One
    logarithm then serves as many rows as cannot overflow. Where the sum is so low that rounding
    1 + e would show, 1 is left out and log1p taken: small losses keep all their digits.

    Parameters
    ----------
    odds : ndarray of shape (3, T, n)
        Log odds of each other outcome against the right one: level and both slopes.
    x, y : ndarray of shape (G1,) and (G2,)
    """
    n_blocks = min(len(y), 1 + len(x) * len(y) // _POINTS)
    return np.vstack([_block(odds, x, part) for part in np.array_split(y, n_blocks)])


def _block(odds: Array, x: Array, y: Array) -> Array:
    """Return `log_losses` of so few points that several grids of them stay in the cache."""
    odds, x, y = _centred(odds, x, y)
    bound = _bound(odds, x, y)
    together = _together(odds.shape[1])
    order = np.argsort(bound)
    n_calm = np.count_nonzero(bound * together <= _LARGEST) // together * together
    wild = _directly(odds[:, :, order[n_calm:]], x, y)
    odds, bound = odds[:, :, order[:n_calm]], bound[order[:n_calm]]
    total = wild + _by_products(odds, bound, x, y, together)
    if total.min() < _LOW * len(order):
        total = wild + _by_products(odds, bound, x, y, together, low=True)
    return total


def _together(n_others: int) -> int:
    """Return of how many rows products are multiplied out, with so many other outcomes."""
    return max(1, int(np.log(_TERMS) / np.log(1 + n_others)))


def _centred(odds: Array, x: Array, y: Array) -> tuple[Array, Array, Array]:
    """Return the same with x and y around zero, so that no factor outgrows a corner's product."""
    middle_x, middle_y = (x.min() + x.max()) / 2, (y.min() + y.max()) / 2
    level = odds[0] + middle_x * odds[1] + middle_y * odds[2]
    return np.stack([level, odds[1], odds[2]]), x - middle_x, y - middle_y


def _bound(odds: Array, x: Array, y: Array) -> Array:
    """Return per row what neither its loss nor any of its log odds exceeds, (n,)."""
    level, slope_x, slope_y = np.abs(odds)
    reach = level + slope_x * np.abs(x).max() + slope_y * np.abs(y).max()
    return np.asarray(reach.max(axis=0) + np.log(1 + len(reach)))


def _by_products(
    odds: Array, bound: Array, x: Array, y: Array, together: int, low: bool = False
) -> Array:
    """Return the sum over rows in rising order of `bound`, which no log odds exceed."""
    total = np.zeros((len(y), len(x)))
    n_products = (odds.shape[1] + 1) ** together
    largest = max(total.size, n_products * (len(x) + len(y)))
    buffer = np.empty((-(-TILE // largest), *total.shape))
    step = len(buffer) * together
    for stop in range(len(bound), 0, -step):
        start = max(0, stop - step)
        level, slope_x, slope_y = odds[:, :, start:stop, None]
        left = _products(np.exp(slope_y * y), together, low)
        right = _products(np.exp(level + slope_x * x), together, low)
        tile = buffer[: left.shape[1]]
        np.matmul(left.transpose(1, 2, 0), right.swapaxes(0, 1), out=tile)
        if low:
            total += np.log1p(tile, out=tile).sum(axis=0)
            continue
        safe = int(_LARGEST / (together * bound[stop - 1]))
        for i in range(0, len(tile), safe):
            total += np.log(tile[i : i + safe].prod(axis=0))
    return total


def _products(factors: Array, together: int, low: bool) -> Array:
    """Return every product of at most one factor from each of `together` rows.

    Factors (T, n, G) in, ((1 + T)^together, n / together, G) out: first, unless `low`, the empty
    product 1.
    """
    n_factors, n, size = factors.shape
    factors = factors.reshape(n_factors, together, n // together, size)
    result = np.ones(((n_factors + 1) ** together, n // together, size))
    done = 1
    for k in range(together):
        new = result[done : done * (n_factors + 1)].reshape(n_factors, done, *result.shape[1:])
        np.multiply(result[:done], factors[:, k, None], out=new)
        done *= n_factors + 1
    return result[int(low) :]


def _directly(odds: Array, x: Array, y: Array) -> Array:
    """Return the sum over any rows, each taken at every point."""
    total = np.zeros((len(y), len(x)))
    step = -(-TILE // (total.size * odds.shape[1]))
    for start in range(0, odds.shape[2], step):
        level, slope_x, slope_y = odds[:, :, start : start + step, None, None]
        scores = (level + slope_x * x) + slope_y * y[:, None]
        top = np.maximum(scores.max(axis=0), 0)
        scores -= top
        np.maximum(scores, -_LARGEST, out=scores)  # exp of less takes a hundred times as long
        others = np.exp(scores, out=scores).sum(axis=0)
        # The right outcome's exp(0 - top), less 1: nothing is lost where others are tiny.
        total += (top + np.log1p(others + np.expm1(-top))).sum(axis=0)
    return total
