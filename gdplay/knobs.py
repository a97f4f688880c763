"""Dataclass fields that know their range, so that menus, links and checks follow from them."""

import numbers
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

MOST = 1e300
"""No knob holds a number beyond this, nor an infinity."""


@dataclass(frozen=True)
class Knob:
    """What a field may hold: its kind, range (both ends included) or choices, scale and help.

    `symbol` is how formulas write it; empty where they use the field's own name.
    With `several` it holds a tuple of one or more choices, in their own order. `old` says what
    texts of old links mean today; `read` brings text to one form; `most`: 1 to so many numbers.
    """

    kind: type
    low: float
    high: float
    log: bool
    choices: tuple[str, ...]
    optional: bool
    help: str
    symbol: str = ""
    several: bool = False
    most: int = 0
    old: Mapping[str, str] = field(default_factory=dict, hash=False)
    read: Callable[[str], str] | None = None

    def coerce(self, name: str, value: Any) -> Any:
        """Return `value` as this knob's kind; ValueError names the field, the value, the range."""
        if value is None and self.optional:
            return None
        if self.read is not None:
            return self.read(value)
        if self.several:
            return self._several(name, value)
        if self.most:
            return self._numbers(name, value)
        if self.choices:
            if value not in self.choices:
                raise ValueError(f"{name} must be one of {', '.join(self.choices)}; got {value!r}")
            return str(value)
        if self.kind is bool:
            if isinstance(value, numbers.Integral | bool) and value in (0, 1):
                return bool(value)
            raise ValueError(f"{name} must be true or false; got {value!r}")
        whole = isinstance(value, numbers.Integral) or self.kind is not int
        if not isinstance(value, numbers.Real) or isinstance(value, bool) or not whole:
            article = "a whole number" if self.kind is int else "a number"
            raise ValueError(f"{name} must be {article}; got {value!r}")
        given: Any = value
        if not self.low <= given <= self.high:  # NaN fails this too
            raise ValueError(f"{name} must be from {self.low:g} to {self.high:g}; got {value!r}")
        return self.kind(given)

    def _several(self, name: str, value: Any) -> tuple[str, ...]:
        picked = value if isinstance(value, list | tuple) else ()
        if not picked or any(one not in self.choices for one in picked):
            raise ValueError(
                f"{name} must be one or more of {', '.join(self.choices)}; got {value!r}"
            )
        return tuple(choice for choice in self.choices if choice in picked)

    def _numbers(self, name: str, value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple) or not 1 <= len(value) <= self.most:
            each = f"{self.most} numbers from {self.low:g} to {self.high:g}"
            raise ValueError(f"{name} must be 1 to {each}; got {value!r}")
        return tuple(replace(self, most=0).coerce(name, one) for one in value)


def knob(
    default: Any,
    low: float = -MOST,
    high: float = MOST,
    *,
    kind: type | None = None,
    log: bool = False,
    choices: tuple[str, ...] = (),
    help: str = "",
    symbol: str = "",
    most: int = 0,
    old: Mapping[str, str] | None = None,
    read: Callable[[str], str] | None = None,
) -> Any:
    """Return a dataclass field with a range.

    A default of None makes it optional (give `kind`), a tuple of choices lets it hold several.
    """
    about = Knob(
        kind or type(default), low, high, log, choices, default is None, help, symbol,
        isinstance(default, tuple) and not most, most, old or {}, read,
    )  # fmt: skip
    return field(default=default, metadata={"knob": about})


def knobs(owner: Any) -> dict[str, Knob]:
    """Return the knobs of a dataclass or one of its values, by field name, in order."""
    return {f.name: f.metadata["knob"] for f in fields(owner) if "knob" in f.metadata}


def by_symbol(owner: Any) -> dict[str, Any]:
    """Return what the knobs of a value hold, by the symbol that formulas give them."""
    return {about.symbol or name: getattr(owner, name) for name, about in knobs(owner).items()}


@dataclass(frozen=True)
class Knobs:
    """A frozen value whose knobs are checked, and brought to their kind, when it is made."""

    def __post_init__(self) -> None:
        for name, about in knobs(self).items():
            value = about.coerce(f"{type(self).__name__}.{name}", getattr(self, name))
            object.__setattr__(self, name, value)
