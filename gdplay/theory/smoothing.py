"""Smoothing that promises something: what a smoothed curve may and may not say."""

import math

import numpy as np

from gdplay.arrays import Array


def smoothed(values: Array, at: Array, span: float) -> Array:
    """Return the exponential mean of all values so far, bias-corrected.

    s_i = sum_j<=i w_ij x_j / sum_j<=i w_ij,   w_ij = exp(-(t_i - t_j) / span)

    At even distances d this is Adam's corrected mean with beta = exp(-d / span) (Kingma & Ba,
    2015, section 3). A constant stays that constant, bit for bit, and what comes later changes
    nothing before it.

    Parameters
    ----------
    values : ndarray of shape (T,)
        Those that are not finite stay, and count for nothing.
    at : ndarray of shape (T,)
        Where they stand, ascending.
    span : float
        How far back counts, in the unit of `at`; with 0 the values stay as they are.

    Returns
    -------
    ndarray of shape (T,)
    """
    if span <= 0:
        return values
    result, mean, weight = np.array(values, dtype=float), 0.0, 0.0
    gaps = np.diff(at, prepend=at[:1]).tolist()
    for i, (value, gap) in enumerate(zip(result.tolist(), gaps, strict=True)):
        weight *= math.exp(-gap / span)
        if math.isfinite(value):
            weight += 1.0
            mean += (value - mean) / weight
            result[i] = mean
    return result
