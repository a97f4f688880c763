"""Short queries: what is usual in a named version of gdplay is left out, and read alike for ever.

Version 1 leaves out what fields hold today, which `tests/oracles/short.json` pins: a default that
changes needs a version 2, and its old value here for version 1.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from gdplay.datasets import DATASETS
from gdplay.experiment import Experiment, Run
from gdplay.knobs import knobs
from gdplay.loss.fit import Fit
from gdplay.loss.models import MODELS
from gdplay.loss.surfaces import SURFACES
from gdplay.optimizers import OPTIMIZERS
from gdplay.schedules import SCHEDULES

VERSION = "1"
NAME = "v"
"""The name under which a short query says its version."""

Query = dict[str, list[str]]

_THINGS: dict[str, Mapping[str, Any]] = {"data": DATASETS, "model": MODELS, "surface": SURFACES}


def shortened(query: Query) -> Query:
    """Return a query, as `link.encode` writes it, without what is usual in this version."""
    usual = _usual()
    return {NAME: [VERSION]} | {
        name: [_short(name, text) for text in texts]
        for name, texts in query.items()
        if usual.get(name) != texts
    }


def expanded(query: Query) -> Query:
    """Return a query with what a short one leaves out of its fields; others stay as they are.

    Things from tables fill up their own fields where they are read.

    Raises
    ------
    ValueError
        If it is of a version that is not known here.
    """
    if NAME not in query:
        return query
    if query[NAME] != [VERSION]:
        raise ValueError(
            f"{NAME} must be {VERSION}, the version of links that is known here; this link has "
            f"{', '.join(query[NAME])[:40]!r}"
        )
    return _usual() | {name: texts for name, texts in query.items() if name != NAME}


@cache
def _usual() -> Query:
    """Return what a link says of a fit and of an experiment where nothing was changed."""
    fields = {**knobs_of(Fit), **knobs_of(Experiment)}
    del fields["objective"]  # it follows from the model
    return {name: [text] for name, text in fields.items()} | {"start": ["zero"]}


def knobs_of(owner: Any) -> dict[str, str]:
    """Return what the knobs of a class hold at first, or those of a value, as links write it."""
    return {name: text_of(getattr(owner, name)) for name in knobs(owner)}


def text_of(value: Any) -> str:
    """Return the value of a field as links write it."""
    if value is None:
        return "none"
    if isinstance(value, tuple):
        return (".", "~")[isinstance(value[0], str)].join(map(str, value))
    return str(int(value)) if isinstance(value, bool) else str(value)


def _short(name: str, text: str) -> str:
    if name == "run":
        return _short_run(text)
    return _short_thing(_THINGS[name], text) if name in _THINGS else text


def _short_run(text: str) -> str:
    rule, schedule, own = text.split("~~")
    parts = _changed(own.split("~"), knobs_of(Run))
    return "~~".join(
        [_short_thing(OPTIMIZERS, rule), _short_thing(SCHEDULES, schedule), "~".join(parts)]
    )


def _short_thing(entries: Mapping[str, Any], text: str) -> str:
    """Return a thing from a table without the fields that are as in the table; others whole."""
    key, *rest = text.split("~")
    if key not in entries:
        return text
    return "~".join([key, *_changed(rest, knobs_of(entries[key]))])


def _changed(parts: list[str], usual: Mapping[str, str]) -> list[str]:
    pairs = zip(parts[::2], parts[1::2], strict=True)
    return [part for name, text in pairs if usual.get(name) != text for part in (name, text)]
