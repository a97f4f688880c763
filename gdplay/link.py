"""Experiment <-> query parameters. Untrusted input ends here.

Every value is written out, so that an old link keeps its meaning when a default changes. A thing
from a table reads `key~field~value~field~value`; a run is three of them, joined by `~~`:
`sgd~lr~0.1~~constant~warmup~0~~batch_size~32~sampling~reshuffle~...`. Only characters that URLs
leave alone are used.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from gdplay.datasets import DATASETS
from gdplay.experiment import Experiment, Run
from gdplay.knobs import Knob, Knobs, knobs
from gdplay.loss.fit import Fit
from gdplay.loss.models import MODELS
from gdplay.loss.problem import Problem
from gdplay.loss.surfaces import SURFACES, Surface
from gdplay.optimizers import OPTIMIZERS
from gdplay.schedules import SCHEDULES
from gdplay.teaching.defaults import default_experiment

MAX_RUNS = 6
MAX_SEEDS = 50
"""What pages show side by side; the library itself allows more of both."""

MAX_LENGTH = 8000
"""Longest link accepted and written, in characters: what browsers and proxies still carry."""

_WHOLE = re.compile(r"[+-]?[0-9]{1,20}")
_NUMBER = re.compile(r"[+-]?([0-9]{1,400}\.?[0-9]{0,400}|\.[0-9]{1,400})(e[+-]?[0-9]{1,4})?", re.I)
"""What Python itself would read is more: other scripts' digits, `1_000`, `nan`, blanks around."""

Query = dict[str, list[str]]
K = TypeVar("K", bound=Knobs)


class LinkError(ValueError):
    """A link that doesn't describe an experiment, with one sentence for people."""


def encode(experiment: Experiment) -> Query:
    """Return the query parameters that describe `experiment` in full.

    Raises
    ------
    LinkError
        If a link cannot hold it: more than 6 runs or 50 seeds, or too many characters.
    """
    _check_count("runs", len(experiment.runs), MAX_RUNS)
    _check_count("seeds", experiment.n_seeds, MAX_SEEDS)
    query = _problem_query(experiment.problem)
    query |= written(experiment)
    start = experiment.start
    query["start"] = ["zero" if start is None else "~".join(map(_write, start))]
    query["run"] = [_write_run(run) for run in experiment.runs]
    _check_size(query)
    return query


def decode(query: Mapping[str, Sequence[str] | str]) -> Experiment:
    """Return the experiment that `query` describes.

    What is left out is as in the data set's default experiment; names that don't concern the
    experiment (`view.*`, trackers) are passed over.

    Raises
    ------
    LinkError
        One sentence naming what is wrong.
    """
    lists = _lists(query)
    _check_size(lists)
    try:
        return _experiment(lists)
    except LinkError:
        raise
    except ValueError as error:
        raise LinkError(_brief(error, "its values do not go together")) from error


def _lists(query: Mapping[str, Sequence[str] | str]) -> Query:
    """Return the texts under each name that is not the view's."""
    lists = {
        name: [texts] if isinstance(texts, str) or not isinstance(texts, Sequence) else list(texts)
        for name, texts in query.items()
        if not name.startswith("view.")
    }
    if not all(isinstance(text, str) for texts in lists.values() for text in texts):
        raise LinkError("a link holds nothing but text")
    return lists


def _experiment(query: Query) -> Experiment:
    problem, base = _problem(query)
    runs = base.runs
    if "run" in query:
        _check_count("runs", len(query["run"]), MAX_RUNS)
        runs = tuple(_read_run(text) for text in query["run"])
    start = base.start if problem == base.problem else None
    if "start" in query:
        start = _read_start(_single(query, "start"))
    values = chosen(query, Experiment)
    _check_count("seeds", values.get("n_seeds", base.n_seeds), MAX_SEEDS)
    return replace(base, problem=problem, runs=runs, start=start, **values)


def _problem_query(problem: Problem) -> Query:
    if isinstance(problem, Surface):
        return {"surface": [_write_entry(problem)]}
    if not isinstance(problem, Fit):
        raise LinkError("only fits and surfaces can be linked")
    query = {"data": [_write_entry(problem.dataset)], "model": [_write_entry(problem.model)]}
    return query | written(problem)


def _problem(query: Query) -> tuple[Problem, Experiment]:
    """Return the problem described, and the experiment that fills in what is left out."""
    if "surface" in query:
        surface = _read_entry(SURFACES, _single(query, "surface"), "surface")
        run = Run(replace(OPTIMIZERS["sgd"], lr=0.1))
        return surface, Experiment(surface, (run,), surface.start)
    dataset = DATASETS["line"]
    if "data" in query:
        dataset = _read_entry(DATASETS, _single(query, "data"), "data")
    base = default_experiment(dataset)
    fit = base.problem
    assert isinstance(fit, Fit)
    changes = chosen(query, Fit)
    if "model" in query:
        model = _read_entry(MODELS, _single(query, "model"), "model")
        if model != fit.model:
            changes = {"model": model, "objective": None} | changes
    return replace(fit, **changes), base


def _check_count(what: str, count: int, most: int) -> None:
    if not 1 <= count <= most:
        raise LinkError(f"a link holds 1 to {most} {what}; this one has {count}")


def _check_size(query: Query) -> None:
    length = sum(len(k) + len(text) + 2 for k, texts in query.items() for text in texts)
    if length > MAX_LENGTH:
        raise LinkError(f"the link is too long: {length} characters, {MAX_LENGTH} at most")


def _single(query: Query, name: str) -> str:
    if len(query[name]) != 1:
        raise LinkError(f"{name} must be given once; this link gives it {len(query[name])} times")
    return query[name][0]


# Values


def written(owner: Knobs) -> Query:
    """Return the query parameters for the knobs of `owner`, by name."""
    return {name: [_write(getattr(owner, name))] for name in knobs(owner)}


def chosen(query: Query, owner: type[Knobs]) -> dict[str, Any]:
    """Return the values that `query` gives for the knobs of `owner`; LinkError where one is bad."""
    return {
        name: _read(about, name, _single(query, name))
        for name, about in knobs(owner).items()
        if name in query
    }


def _write(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, tuple):
        return "~".join(value)
    return str(int(value)) if isinstance(value, bool) else str(value)


def _read(about: Knob, name: str, text: str) -> Any:
    """Return the value that `text` holds; the knob checks it."""
    value: Any = about.old.get(text, text)
    if text == "none" and about.optional:
        value = None
    elif about.several:
        value = value.split("~")
    elif not about.choices:
        value = _number(about.kind, name, text)
    try:
        return about.coerce(name, value)
    except ValueError as error:
        raise LinkError(_brief(error, f"{name} is not valid")) from None


def _number(kind: type, name: str, text: str) -> float:
    if kind is float and _NUMBER.fullmatch(text):
        return float(text)
    if kind is not float and _WHOLE.fullmatch(text):
        return int(text)
    what = {float: "a number", int: "a whole number", bool: "0 or 1"}[kind]
    raise LinkError(f"{name} must be {what}; this link has {_short(text)}")


def _brief(error: ValueError, otherwise: str) -> str:
    return str(error) if len(str(error)) < 300 else otherwise


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:39] + "…")


# Things from tables


def _write_entry(entry: Any) -> str:
    parts = [entry.key]
    for name, (value,) in written(entry).items():
        parts += [name, value]
    return "~".join(parts)


def _read_entry(entries: Mapping[str, K], text: str, what: str) -> K:
    key, *rest = text.split("~")
    if key not in entries:
        raise LinkError(f"{what} must be one of {', '.join(entries)}; this link has {_short(key)}")
    entry = entries[key]
    return replace(entry, **_pairs(entry, rest, f"{what} {key}"))


def _pairs(owner: Knobs, parts: list[str], what: str) -> dict[str, Any]:
    known, names = knobs(owner), parts[::2]
    if len(parts) % 2 or len(set(names)) < len(names) or not set(names) <= set(known):
        raise LinkError(f"{what} takes {', '.join(known) or 'no values'}, each with one value")
    return {n: _read(known[n], n, text) for n, text in zip(names, parts[1::2], strict=True)}


def _write_run(run: Run) -> str:
    own = "~".join(f"{name}~{value}" for name, (value,) in written(run).items())
    return "~~".join([_write_entry(run.optimizer), _write_entry(run.schedule), own])


def _read_run(text: str) -> Run:
    parts = text.split("~~")
    if len(parts) != 3:
        raise LinkError("a run must hold an optimizer, a schedule and its rows")
    optimizer = _read_entry(OPTIMIZERS, parts[0], "optimizer")
    run = Run(optimizer, schedule=_read_entry(SCHEDULES, parts[1], "schedule"))
    return replace(run, **_pairs(run, parts[2].split("~") if parts[2] else [], "run"))


def _read_start(text: str) -> tuple[float, ...] | None:
    if text == "zero":
        return None
    return tuple(_number(float, "each part of start", part) for part in text.split("~"))
