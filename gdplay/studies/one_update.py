"""What one update did, in a sentence: only what its numbers support."""

import numpy as np

from gdplay.engine.replay import Step
from gdplay.words import number


def verdict(step: Step, n_samples: int) -> str:
    """Return what an update did to the loss, in Markdown, from its numbers."""
    if not np.isfinite(step.new_params).all():
        return (
            "With this update the parameters **overflowed**: some are no longer finite. The loss "
            f"over all rows was {number(step.full_loss)} before it."
        )
    way = _change(step.full_loss, step.new_full_loss)
    whose = "the loss over all rows" if n_samples > 1 else "the loss"
    text = f"This update {_moved(way, whose, step.full_loss, step.new_full_loss)}"
    if n_samples == 1:
        return f"{text}."
    if is_whole(step, n_samples):
        return f"{text}. The batch is all rows, so its gradient is the full one."
    own = _change(step.loss, step.new_loss)
    join = "although" if own * way < 0 else "and"
    verb = {-1: "fell", 0: "stayed", 1: "rose"}[own]
    how = _from_to(step.loss, step.new_loss) if own else f"at {number(step.loss)}"
    return f"{text}, {join} the batch’s own loss {verb} {how}. {_angle(step)}".strip()


def is_whole(step: Step, n_samples: int) -> bool:
    """Whether the batch is every row once, so that nothing sets it apart from the full one."""
    return len(set(step.rows.tolist())) == n_samples


def _moved(way: int, whose: str, before: float, after: float) -> str:
    if not way:
        return f"left {whose} at {number(after)}, to rounding"
    verb = "raised" if way > 0 else "lowered"
    return f"**{verb}** {whose} {_from_to(before, after)}"


def _change(before: float, after: float) -> int:
    """Return 1 where a loss rose, -1 where it fell, 0 where rounding hides it."""
    if abs(after - before) <= 1e-13 * abs(before):
        return 0
    return 1 if not after < before else -1


def _from_to(before: float, after: float) -> str:
    """Return both numbers with as many digits, three or more, as tell them apart."""
    one, other = number(before), number(after)
    digits = 3
    while one == other and digits < 17:
        digits += 1
        one, other = (f"{value:.{digits}g}" for value in (before, after))
    return f"from {one} to {other}"


def _angle(step: Step) -> str:
    both = step.gradient, step.full_gradient
    sizes = [float(np.abs(g).max()) for g in both]
    if not all(0 < size < np.inf for size in sizes):
        return ""
    # In units of their largest number, whose squares cannot overflow.
    own, full = (g / size for g, size in zip(both, sizes, strict=True))
    lengths = [float(np.linalg.norm(g)) for g in (own, full)]
    cosine = float(own @ full) / (lengths[0] * lengths[1])
    degrees = float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))
    ratio = lengths[0] / lengths[1] * (sizes[0] / sizes[1])
    more = " Beyond 90° a plain step by it starts uphill." if degrees > 90 else ""
    return (
        f"The batch’s gradient points {_degrees(degrees)} away from the full one and is "
        f"{number(ratio)} times as long.{more}"
    )


def _degrees(value: float) -> str:
    return f"{value:.0f}°" if value >= 0.5 else "less than half a degree"
