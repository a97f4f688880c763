"""Experiment <-> query parameters. Untrusted input ends here.

Every value is written out, so that an old link keeps its meaning when a default changes; a short
link names the version whose defaults it leaves out (`gdplay.short`). A thing
from a table reads `key~field~value~field~value`; a run is three of them, joined by `~~`:
`sgd~lr~0.1~~constant~warmup~0~~batch_size~32~sampling~reshuffle~...`. Only characters that URLs
leave alone are used, but for an own function, whose text stands as people write it, without blanks:
`expression~text~0.1*x**2+2*y**2`. Rows of somebody's own are written out where they are few,
`table~numbers~~x~y~~1~3~~2~5`; of larger ones a link says which they are, and whoever opens it
brings them along.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple, TypeVar

from gdplay.datasets import DATASETS, DataSet
from gdplay.experiment import START, Experiment, Run
from gdplay.knobs import Knob, Knobs, knobs
from gdplay.loss.expressions import Expression
from gdplay.loss.fit import Fit
from gdplay.loss.models import MODELS
from gdplay.loss.problem import Problem
from gdplay.loss.surfaces import SURFACES, Surface
from gdplay.optimizers import OPTIMIZERS
from gdplay.own_rows.packing import escape, unescape, unpack
from gdplay.own_rows.table import MOST_NUMBERS, Table
from gdplay.schedules import SCHEDULES
from gdplay.short import expanded, knobs_of, shortened, text_of
from gdplay.teaching.defaults import default_experiment, default_fit, default_race
from gdplay.words import number, quantity

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


class Absent(NamedTuple):
    """What a link says of rows that it does not hold: how many they are, and which."""

    n_samples: int
    n_features: int
    target: str
    digest: str

    def are(self, table: Table) -> bool:
        """Whether these are the rows of a table."""
        return table.digest[:_DIGITS] == self.digest

    @property
    def words(self) -> str:
        """Return how many they are, and of what."""
        size = f"{quantity(self.n_samples, 'row')} of {quantity(self.n_features, 'feature')}"
        return f"{size} with the target {_short(self.target)}"


class MissingRowsError(LinkError):
    """A link to rows that it does not hold, and that were not brought along: `rows` says which."""

    def __init__(self, rows: Absent) -> None:
        super().__init__(f"its rows are not in it; bring along {rows.words} (table {rows.digest})")
        self.rows = rows


def encode(experiment: Experiment) -> Query:
    """Return the query parameters that describe `experiment` in full.

    Of a `Table` that is too large for a link they say which one it is; see `decode`.

    Raises
    ------
    LinkError
        If a link cannot hold it: more than 6 runs or 50 seeds, too many characters, or what is
        in no table.
    """
    _check_count("runs", len(experiment.runs), MAX_RUNS)
    _check_count("seeds", experiment.n_seeds, MAX_SEEDS)
    query = _problem_query(experiment.problem) | written(experiment)
    if not experiment.gradient_noise:  # it has none on data, and old links do not name it
        del query["gradient_noise"]
    starts = (experiment.start, *experiment.more_starts)
    query["start"] = [
        "zero" if start is None else "~".join(map(text_of, start)) for start in starts
    ]
    query["run"] = [_write_run(run) for run in experiment.runs]
    _check_size(query)
    return query


def short(experiment: Experiment) -> Query:
    """Return fewer and shorter query parameters that mean the same for ever: see `gdplay.short`.

    Raises
    ------
    LinkError
        As `encode` does.
    """
    return shortened(encode(experiment))


def decode(query: Mapping[str, Sequence[str] | str], tables: Iterable[Table] = ()) -> Experiment:
    """Return the experiment that `query` describes.

    What is left out is as in the data set's default experiment, or as usual in the version `v`
    that a short link names; names that don't concern the
    experiment (`view.*`, trackers) are passed over.

    Parameters
    ----------
    query : mapping from str to str or sequence of str
    tables : iterable of Table
        What is brought along, for links to rows that are too many to be in them.

    Raises
    ------
    MissingRowsError
        A `LinkError` that names the table which is not among them.
    LinkError
        One sentence naming what else is wrong.
    """
    return _decoded(query, _Reader(tables, clamps=False))


class Mended(NamedTuple):
    """What a link describes, and a sentence for each of its values that was out of range."""

    experiment: Experiment
    changes: tuple[str, ...]


def mended(query: Mapping[str, Sequence[str] | str], tables: Iterable[Table] = ()) -> Mended:
    """Return what `decode` does, with numbers that are out of range brought to its nearest end.

    Raises
    ------
    LinkError
        One sentence naming what else is wrong.
    """
    reader = _Reader(tables, clamps=True)
    return Mended(_decoded(query, reader), tuple(reader.changes))


def _decoded(query: Mapping[str, Sequence[str] | str], reader: "_Reader") -> Experiment:
    lists = _lists(query)
    _check_size(lists)
    try:
        return reader.experiment(expanded(lists))
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


def _problem_query(problem: Problem) -> Query:
    if type(problem) is Expression:
        return {"surface": [f"{Expression.key}~text~{problem.text.replace(' ', '')}"]}
    if isinstance(problem, Surface):
        return {"surface": [_write_entry(SURFACES, problem, "test functions")]}
    if not isinstance(problem, Fit):
        raise LinkError("only fits and surfaces can be linked")
    data = _write_data(problem.dataset)
    return {"data": [data], "model": [_write_entry(MODELS, problem.model, "models")]} | written(
        problem
    )


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
    return {name: [text] for name, text in knobs_of(owner).items()}


def chosen(query: Query, owner: type[Knobs]) -> dict[str, Any]:
    """Return the values that `query` gives for the knobs of `owner`; LinkError where one is bad."""
    return _Reader((), clamps=False).values(query, knobs(owner))


def _number(kind: type, name: str, text: str) -> float:
    if kind is float and _NUMBER.fullmatch(text):
        return float(text)
    if kind is not float and _WHOLE.fullmatch(text):
        return int(text)
    what = {float: "a number", int: "a whole number", bool: "0 or 1"}[kind]
    raise LinkError(f"{name} must be {what}; this link has {_short(text)}")


_BRIEF, _SHORT = 300, 40
"""Layout: errors, and what they say of a link, of more letters are not told, or cut."""


def _brief(error: ValueError, otherwise: str) -> str:
    return str(error) if len(str(error)) < _BRIEF else otherwise


def _short(text: str) -> str:
    return repr(text if len(text) <= _SHORT else text[: _SHORT - 1] + "…")


# Things from tables


def _write_entry(entries: Mapping[str, K], entry: K, what: str) -> str:
    values, key = written(entry), getattr(entry, "key", "")
    usual = entries.get(key)
    # Another thing under the same key would open as the table's.
    if usual is None or replace(usual, **{name: getattr(entry, name) for name in values}) != entry:
        raise LinkError(f"only {what} from gdplay's own table can be linked")
    parts = [key]
    for name, (value,) in values.items():
        several = knobs(entry)[name].several
        parts += [name, _places(entry, name) if several else value]
    return "~".join(parts)


_ALL = "all"


def _places(entry: Knobs, name: str) -> str:
    """Return the places of several choices, which may hold what parts the values of a thing."""
    choices, picked = knobs(entry)[name].choices, getattr(entry, name)
    return _ALL if picked == choices else ".".join(str(choices.index(one)) for one in picked)


def _placed(about: Knob, name: str, text: str) -> list[str]:
    if text == _ALL:
        return list(about.choices)
    places = [int(part) if _WHOLE.fullmatch(part) else -1 for part in text.split(".")]
    if any(not 0 <= place < len(about.choices) for place in places):
        raise LinkError(f"{name} must be {_ALL}, or places from 0 to {len(about.choices) - 1} "
                        f"with points between; this link has {_short(text)}")  # fmt: skip
    return [about.choices[place] for place in places]


def _write_data(dataset: DataSet) -> str:
    if not isinstance(dataset, Table):
        return _write_entry(DATASETS, dataset, "data sets")
    if dataset.packed is not None:
        return f"{Table.key}~{dataset.packed}"
    n, d = dataset.X.shape
    return f"{Table.key}~{_BRING}{n}~{d}~{dataset.digest[:_DIGITS]}~{escape(dataset.target_name)}"


_BRING = "bring~"
_DIGITS = 12
"""So much of a table's digest tells it from all others that one may meet."""


def _write_run(run: Run) -> str:
    own = "~".join(f"{name}~{value}" for name, (value,) in written(run).items())
    rule = _write_entry(OPTIMIZERS, run.optimizer, "rules")
    return "~~".join([rule, _write_entry(SCHEDULES, run.schedule, "schedules"), own])


# Reading


class _Reader:
    """What reads a link; with `clamps` a number out of range becomes the end that it lies beyond.

    `changes` tells of each of them.
    """

    def __init__(self, tables: Iterable[Table], *, clamps: bool) -> None:
        self.tables, self.clamps = tables, clamps
        self.changes: list[str] = []

    def experiment(self, query: Query) -> Experiment:
        """Return the experiment described; what fills gaps is made only where there are any."""
        given = {"gradient_noise": 0.0} | self.values(query, _LINKED)  # what is not named is none
        runs = self._runs(query["run"]) if "run" in query else None
        start, *more = [self._start(text) for text in query.get("start") or ["zero"]]
        problem, usual = self._problem(query)
        # Only now that all of it could be read: these make rows, and look for minima.
        base = cache(usual)
        if "start" not in query and problem == base().problem:
            start = base().start
        values = {name: given[name] if name in given else getattr(base(), name) for name in _LINKED}
        more_starts = tuple(each or (0.0,) * problem.n_params for each in more)
        return Experiment(problem, runs or base().runs, start, **values, more_starts=more_starts)

    def _problem(self, query: Query) -> tuple[Problem, Callable[[], Experiment]]:
        """Return the problem described, and what makes the experiment that fills gaps."""
        if "surface" in query:
            surface = self._surface(_single(query, "surface"))
            return surface, lambda: default_race(surface)
        dataset = self._dataset(_single(query, "data")) if "data" in query else DATASETS["line"]
        fit, own = default_fit(dataset), None
        changes = self.values(query, knobs(Fit))
        if "model" in query:
            model = self._entry(MODELS, _single(query, "model"), "model")
            if not model.convex:
                fit, own = default_fit(dataset, model), model
            elif model != fit.model:
                changes = {"model": model, "objective": None} | changes
        return replace(fit, **changes), lambda: default_experiment(dataset, own)

    def _dataset(self, text: str) -> DataSet:
        key, _, rest = text.partition("~")
        if key != Table.key:
            return self._entry(DATASETS, text, "data")
        if rest.startswith(_BRING):
            return self._brought(rest.removeprefix(_BRING).split("~"))
        return _table(unpack(rest))

    def _brought(self, parts: list[str]) -> Table:
        if len(parts) != 4 or not all(_WHOLE.fullmatch(part) for part in parts[:2]):
            raise LinkError("data must say how many rows and columns are to be brought along")
        n, d, digest, target = parts
        rows = Absent(int(n), int(d), unescape(target), digest[:_DIGITS])
        for table in self.tables:
            if rows.are(table):
                return table
        raise MissingRowsError(rows)

    def _surface(self, text: str) -> Surface:
        key, *rest = text.split("~")
        if key != Expression.key:
            return self._entry(SURFACES, text, "surface")
        if len(rest) != 2 or rest[0] != "text":
            raise LinkError(f"surface {key} takes text, with one value")
        return Expression(rest[1])

    def _runs(self, texts: Sequence[str]) -> tuple[Run, ...]:
        if self.clamps and len(texts) > MAX_RUNS:
            what = f"a link holds 1 to {MAX_RUNS} runs; this one has {len(texts)}"
            self.changes.append(f"{what}, of which the first {MAX_RUNS} are here")
            texts = texts[:MAX_RUNS]
        _check_count("runs", len(texts), MAX_RUNS)
        return tuple(self._run(text, f" of run {i}") for i, text in enumerate(texts, 1))

    def _run(self, text: str, where: str) -> Run:
        parts = text.split("~~")
        if len(parts) != 3:
            raise LinkError("a run must hold an optimizer, a schedule and its rows")
        optimizer = self._entry(OPTIMIZERS, parts[0], "optimizer", where)
        schedule = self._entry(SCHEDULES, parts[1], "schedule", where)
        run = Run(optimizer, schedule=schedule)
        own = parts[2].split("~") if parts[2] else []
        return replace(run, **self._pairs(run, own, "run", where))

    def _entry(self, entries: Mapping[str, K], text: str, what: str, where: str = "") -> K:
        key, *rest = text.split("~")
        if key not in entries:
            known = ", ".join(entries)
            raise LinkError(f"{what} must be one of {known}; this link has {_short(key)}")
        return replace(entries[key], **self._pairs(entries[key], rest, f"{what} {key}", where))

    def _pairs(self, owner: Knobs, parts: list[str], what: str, where: str) -> dict[str, Any]:
        known, names = knobs(owner), parts[::2]
        if len(parts) % 2 or len(set(names)) < len(names) or not set(names) <= set(known):
            raise LinkError(f"{what} takes {', '.join(known) or 'no values'}, each with one value")
        pairs = zip(names, parts[1::2], strict=True)
        return {name: self._of_thing(known[name], name, text, where) for name, text in pairs}

    def _of_thing(self, about: Knob, name: str, text: str, where: str) -> Any:
        if about.several:
            return about.coerce(name, _placed(about, name, text))
        return self._value(about, name, text, where)

    def _start(self, text: str) -> tuple[float, ...] | None:
        if text == "zero":
            return None
        return tuple(self._value(START, "each part of start", part) for part in text.split("~"))

    def values(self, query: Query, known: Mapping[str, Knob]) -> dict[str, Any]:
        """Return the values that `query` gives for knobs."""
        return {
            name: self._value(about, name, _single(query, name))
            for name, about in known.items()
            if name in query
        }

    def _value(self, about: Knob, name: str, text: str, where: str = "") -> Any:
        """Return the value that `text` holds; the knob checks it."""
        value: Any = about.old.get(text, text)
        if text == "none" and about.optional:
            value = None
        elif about.several:
            value = value.split("~")
        elif about.most:
            value = [self._within(about, name + where, _number(about.kind, name, part))
                     for part in text.split(".")]  # fmt: skip
        elif not about.choices and about.read is None:
            value = self._within(about, name + where, _number(about.kind, name, text))
        try:
            return about.coerce(name, value)
        except ValueError as error:
            raise LinkError(_brief(error, f"{name} is not valid")) from None

    def _within(self, about: Knob, name: str, value: float) -> float:
        """Return a number in the knob's range, where the reader clamps."""
        if not self.clamps or about.kind is bool or about.low <= value <= about.high:
            return value
        end = about.kind(min(max(value, about.low), about.high))
        self.changes.append(
            f"{name} must be from {number(about.low, 6)} to {number(about.high, 6)}; this link has "
            f"{number(value, 6)}, and {number(end, 6)} is taken"
        )
        return end  # type: ignore[no-any-return]


def _table(rows: list[list[str]]) -> Table:
    """Return the table whose rows of texts a link holds."""
    if len(rows) < 3 or rows[0][0] not in ("numbers", "classes"):
        raise LinkError("data must hold a kind of target, names and rows")
    (kind, *classes), (*names, target), *body = rows
    if any(len(row) != len(rows[1]) for row in body):
        raise LinkError("data must hold a value for each column in every row")
    if len(body) * len(rows[1]) > MOST_NUMBERS:
        raise LinkError(f"data must hold at most {MOST_NUMBERS} numbers in a link")
    X = [[_number(float, "a column of data", cell) for cell in row[:-1]] for row in body]
    y: list[Any] = [row[-1] for row in body]
    if kind == "numbers":
        y = [_number(float, "the target", cell) for cell in y]
    return Table(X, y, names, target, classes)  # type: ignore[arg-type]


_LINKED = knobs(Experiment) | {"n_seeds": replace(knobs(Experiment)["n_seeds"], high=MAX_SEEDS)}
"""What a link says of an experiment as a whole."""
