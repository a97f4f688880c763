"""Many one-row updates at once where each is an affine map: least squares under a linear rule.

One row leaves a loop little to do per update. But there an update takes (theta, state) to
A (theta, state) + b, and such maps may be composed in any grouping: the updates are cut into
pieces, all pieces are applied in lock-step to a basis, and a small product per piece puts them
together. The arithmetic is the rule's own; only the grouping of its sums differs.
"""

import numpy as np

from gdplay.arrays import Array
from gdplay.loss.problem import LinearRows
from gdplay.optimizers import Optimizer

GROWTH = 1e3
"""Tolerance: a piece that stretches a direction by more would lose digits in the product."""


def width(n_params: int, stateful: bool) -> int:
    """Return P, by how many vectors a map is told: a basis of (theta, state), and the origin."""
    return (1 + stateful) * n_params + 1


def scan(
    rows: LinearRows, rule: Optimizer, rates: Array, theta: Array, state: Array | None
) -> tuple[Array, Array | None] | None:
    """Return the parameters after each of T updates and the rule's last state.

    Parameters
    ----------
    rows : LinearRows
    rule : Optimizer
        A linear one, whose numbers are the same for all C configurations.
    rates : ndarray of shape (T, C)
        Scheduled learning rates.
    theta : ndarray of shape (S, Q, C)
    state : ndarray of shape (S, Q, C) or None

    Returns
    -------
    states : ndarray of shape (T, S, Q, C)
    state : ndarray of shape (S, Q, C) or None

    None in place of both where a piece stretches a direction so far that digits would be lost.
    """
    (S, T, Q), C = rows.x.shape, theta.shape[2]
    length = int(np.ceil(np.sqrt(T)))
    maps, ends = _lock_step(rows, rule, rates, length, state is not None)
    if not np.abs(maps[:, :, :-1]).max() <= GROWTH:
        return None
    starts = np.empty((maps.shape[2], C, ends.shape[3], S))
    at = np.concatenate([theta] if state is None else [theta, state], axis=1)
    for piece in range(ends.shape[3]):
        starts[:-1, :, piece], starts[-1, :, piece] = np.moveaxis(at, 0, 2), 1
        at = np.einsum("dpcs,pcs->sdc", ends[:, :, :, piece], starts[:, :, piece])
    flat = starts.reshape(*starts.shape[:2], -1)
    states = maps[:, :, 0] * flat[0]
    for p in range(1, len(flat)):
        states += maps[:, :, p] * flat[p]
    by_piece = states.reshape(length, Q, C, -1, S).transpose(3, 0, 4, 1, 2)
    return by_piece.reshape(-1, S, Q, C)[:T], None if state is None else at[:, Q:]


def losses_of(rows: LinearRows, before: Array) -> Array:
    """Return the losses (T, S, C) of one-row batches, at the parameters before each update."""
    residual = np.einsum("stq,tsqc->tsc", rows.x, before)
    residual += rows.minus_y.T[:, :, None]
    loss = 0.5 * rows.factor * residual**2
    if rows.decay is not None:
        loss += 0.5 * (rows.decay * before**2).sum(axis=2)
    return np.asarray(loss)


def _lock_step(
    rows: LinearRows, rule: Optimizer, rates: Array, length: int, stateful: bool
) -> tuple[Array, Array]:
    """Apply each of K pieces to a basis.

    Returns the maps from a piece's start to each of its updates, (L, Q, P, C, K S), and to its end
    with the state (D, P, C, K, S); the last piece ends with the last update.
    """
    (S, T, Q), C = rows.x.shape, rates.shape[1]
    P, pieces = width(Q, stateful), -(-T // length)
    x = _cut(rows.x.transpose(1, 2, 0), length)[:, :, None, None]
    minus_y = _cut(rows.minus_y.T, length)
    factor = _cut(np.broadcast_to(rates[:, :, None], (T, C, S)), length)
    theta = np.zeros((Q, P, C, pieces * S))
    theta[range(Q), range(Q)] = 1
    state = np.zeros_like(theta) if stateful else None
    if state is not None:
        state[range(Q), range(Q, 2 * Q)] = 1
    maps = np.empty((length, *theta.shape))
    until = T - (pieces - 1) * length
    for i in range(length):
        residual = (x[i] * theta).sum(axis=0)
        residual[-1] += minus_y[i]
        grad = x[i] * (residual * rows.factor if rows.factor != 1 else residual)
        if rows.decay is not None:
            grad += rows.decay[:, :, None, None] * theta
        step, state = rule.update(grad, state, theta, factor[i])
        theta = np.add(theta, step, out=maps[i])
        if i == until - 1:
            last = [part[..., -S:].copy() for part in (theta, state) if part is not None]
    ends = np.concatenate([part for part in (theta, state) if part is not None])
    ends[..., -S:] = np.concatenate(last)
    return maps, ends.reshape(len(ends), P, C, pieces, S)


def _cut(part: Array, length: int) -> Array:
    """Cut updates (T, ..., S) into K pieces side by side, (L, ..., K S), the last one padded."""
    pieces = -(-len(part) // length)
    whole = np.zeros((pieces * length, *part.shape[1:]))
    whole[: len(part)] = part
    by_piece = np.moveaxis(whole.reshape(pieces, length, *part.shape[1:]), 0, -2)
    return np.ascontiguousarray(by_piece).reshape(length, *part.shape[1:-1], -1)
