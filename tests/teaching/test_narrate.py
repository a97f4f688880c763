"""Every sentence is taken apart and worked out again from the traces."""

import re
from dataclasses import replace
from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest

import gdplay as gd
import tests
from gdplay.engine.training import Status
from gdplay.experiment import labels
from gdplay.teaching import narrate as narrating
from gdplay.teaching.defaults import default_experiment
from gdplay.teaching.narrate import _left, narrate
from gdplay.teaching.presets import PRESETS
from gdplay.theory.endings import Ending
from gdplay.theory.limits import noisy_limit
from gdplay.theory.measures import Reference, may_return, reference
from gdplay.words import duration, number, quantity


def plain(lr, batch_size=None, **more):
    return gd.Run(gd.SGD(lr=lr), batch_size=batch_size, **more)


def line(*runs, **more):
    return replace(default_experiment(), runs=runs, **more)


def valley(*runs, **more):
    return gd.Experiment(gd.SURFACES["valley"], runs, start=(4.0, 2.0), **more)


def own(text, *runs, **more):
    return gd.Experiment(gd.Expression(text), runs, **more)


LINE = default_experiment()
MOONS = default_experiment(gd.DATASETS["moons"])
LIMIT = gd.curvature(LINE.problem).limit
AT_REST = tuple(LINE.problem.minimum().tolist())
WARM = replace(gd.SCHEDULES["cosine"], warmup=3)
OPEN = replace(MOONS, problem=replace(
    default_experiment(gd.DATASETS["wine"]).problem, l2=0.0))  # fmt: skip
CASES = {
    **{f"default {key}": default_experiment(data) for key, data in gd.DATASETS.items()},
    **{
        f"preset {key}": preset.build()
        for key, preset in PRESETS.items()
        if key not in {"variants", "circles", "digits"}  # where data sets open
    },
    **{f"lesson {key}": lesson.build() for key, lesson in gd.LESSONS.items()},
    "one run": line(plain(0.05)),
    "one stochastic run": line(plain(0.05, 1)),
    "one run that does not come near": line(plain(0.001)),
    "none comes near, other budgets": line(plain(0.001), plain(0.002, epochs=4), epochs=9),
    "all diverged": line(plain(2.0), plain(2.0, 32), plain(2.0, 1), epochs=60),
    "one of three diverged": line(plain(0.05), plain(1.2 * LIMIT), plain(0.05, 1), epochs=200),
    "slow divergence": line(plain(1.003 * LIMIT), plain(1.02 * LIMIT), epochs=60),
    "so near the limit that it reads as 1": line(
        plain(1.0003 * LIMIT), epochs=300, start=(-3.0, -2.0)
    ),
    "at the limit": line(plain(LIMIT), epochs=100),
    "small batches below the limit": line(plain(0.9 * LIMIT, 1), plain(0.9 * LIMIT, 2), epochs=20),
    "small batches above the limit": line(plain(1.5 * LIMIT, 8), epochs=100),
    "momentum and Nesterov above their limits": line(
        gd.Run(gd.Momentum(lr=2.0 * LIMIT)), gd.Run(gd.Nesterov(lr=1.2 * LIMIT)), epochs=200
    ),
    "adaptive rules that end higher": line(
        gd.Run(gd.Adam(lr=900.0)), gd.Run(gd.Lion(lr=400.0)), plain(0.05), epochs=2
    ),
    "a falling rate that is too high": line(plain(3 * LIMIT, schedule=WARM), epochs=20),
    "hovering above the start": line(plain(0.3, 1), plain(0.1), start=AT_REST),
    "starting at the minimum": line(plain(0.1), start=AT_REST),
    "starting just beside it": line(plain(0.1, 1), start=(AT_REST[0] + 1e-3, AT_REST[1])),
    "no minimum": replace(MOONS, problem=replace(MOONS.problem, dataset=replace(
        gd.DATASETS["blobs"], noise=0.1, centers=2))),
    "logistic above its limit": replace(
        MOONS, runs=(plain(1.5 * gd.curvature(MOONS.problem).limit),), epochs=200,
        start=tuple((MOONS.problem.minimum() + 0.01).tolist())),
    "above the limit at zero": replace(OPEN, runs=(plain(500.0),), epochs=1),
    "twenty seeds": line(plain(0.1, 1), plain(0.1, 8), plain(0.1), n_seeds=20, epochs=6),
    "some seeds diverge": line(plain(0.46, 1), n_seeds=30, epochs=5, seed=1),
    "some seeds diverge beside a run that hovers": line(
        plain(0.46, 1), plain(0.1, 1), n_seeds=30, epochs=5, seed=1),
    "all seeds diverge": line(plain(2.0, 1), plain(0.05), n_seeds=4, epochs=5),
    "seeds that change nothing": line(plain(0.1), n_seeds=5),
    "stopped by a small gradient": line(plain(0.1), plain(0.05, 1), tol=0.05),
    "thousands of updates": replace(default_experiment(replace(gd.DATASETS["line"],
        n_samples=5000)), epochs=2, runs=(plain(1e-4, 1), plain(1e-4, 2), plain(0.9))),
    "many alike": line(*[plain(0.05, 1)] * 3, *[plain(0.05)] * 3),
    "momentum that swings": line(gd.Run(gd.Momentum(lr=0.05, beta=0.97)), epochs=60),
    "bowl": gd.Experiment(gd.SURFACES["bowl"], (plain(0.1),), start=(3.0, 4.0)),
    "valley": valley(plain(0.1), gd.Run(gd.Momentum(lr=0.05)), plain(0.3), epochs=40),
    "valley all too fast": valley(plain(0.26), plain(0.3), epochs=9),
    "over a pole": own("x**2 + 1/x**2 + y**2", plain(0.05), plain(0.6), start=(3.0, 1.0)),
    "over where there is nothing": own(
        "(sqrt(x**2 - 1) - 2)**2 + y**2", plain(0.05), plain(0.75), start=(10.0, 1.0)
    ),
    "over a pole, without a limit": own("1/x", plain(0.1), start=(-0.3, 1.0)),
    "a quarter of an epoch": line(plain(0.05, 50), plain(0.05, 64, drop_last=True), epochs=20),
}  # fmt: skip
every_case = pytest.mark.parametrize(
    "name", tests.crossed(CASES, *(name for name in CASES if name != "default digits"))
)


def trained(name):
    return tests.trained(CASES[name])


@cache
def told(name):
    return narrate(CASES[name], trained(name))


class Facts:
    """What can be worked out of traces without any help from the library's measures."""

    def __init__(self, experiment, traces):
        self.experiment, self.traces = experiment, traces
        self.problem = experiment.problem
        self.places = {name: place for place, name in enumerate(labels(experiment))}
        minimum = self.problem.minimum()
        ends = np.concatenate([trace.loss.ravel() for trace in traces])
        self.lowest = np.nanmin(ends) if minimum is None else float(self.problem.loss(minimum))
        self.exact = minimum is not None

    @cache  # noqa: B019 - one is made for each test
    def path(self, name):
        """Updates of seed 0, and the excess after each."""
        trace = self.traces[self.places[name]]
        return trace.path_updates, self.problem.loss(trace.path) - self.lowest

    @cache  # noqa: B019 - one is made for each test
    def record(self, name):
        """Updates and losses of the closest record: full batches have every epoch's end."""
        trace = self.traces[self.places[name]]
        updates, excess = self.path(name)
        ends = trace.updates[np.isfinite(trace.loss[0])]
        if np.diff(ends).max() <= np.diff(updates).max() and ends[-1] == updates[-1]:
            return ends, trace.loss[0][: len(ends)]
        return updates, excess + self.lowest

    def last(self, name):
        """Losses of the last quarter of the updates, of at least eight states."""
        updates, loss = self.record(name)
        most = min(500, max(60, int(4e6 // self.problem.cost)))
        return loss[-min(max(np.sum(updates >= 0.75 * updates[-1]), 8), most) :]

    def half(self, name):
        """Excess over the last half."""
        updates, loss = self.record(name)
        return (
            loss[min(np.argmax(updates >= updates[-1] / 2), max(len(loss) - 8, 0)) :] - self.lowest
        )

    def rises(self, name):
        loss = self.last(name)
        return np.mean(np.diff(loss) > 1e-9 * np.abs(loss[:-1]))

    def apart(self, name):
        return int(np.diff(self.record(name)[0]).max())

    def limit(self, name):
        """The largest rate at which this run's rule is stable on all rows, from its polynomial."""
        rule = self.run(name).optimizer
        minimum = self.problem.minimum()
        at = np.zeros(self.problem.n_params) if minimum is None else minimum
        top = np.linalg.eigvalsh(self.problem.hessian(at))[-1]
        beta = getattr(rule, "beta", 0.0)
        return {
            "sgd": 2 / top,
            "momentum": (2 + 2 * beta) / top,
            "nesterov": (2 + 2 * beta) / (top + 2 * beta * top),
        }[rule.key]

    def run(self, name):
        return self.experiment.runs[self.places[name]]

    def per_epoch(self, name):
        run, n = self.run(name), self.problem.n_samples
        size = run.batch_size or n
        return n // min(size, n) if run.drop_last else -(-n // min(size, n))

    def budget(self, name):
        return self.run(name).epochs or self.experiment.epochs


def value(text):
    """Read a number as people write it."""
    mantissa, _, power = re.sub(r"\s", "", text).partition("×10")
    digits = power.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789"))
    return float(mantissa) * 10.0 ** int(digits or 0)


def close(text, expected, figures=3):
    return value(text) == pytest.approx(float(expected), rel=6 * 10.0**-figures, abs=1e-300)


N = r"(\d[\d\u202f]*(?:\.\d+)?(?: × 10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?)"
NAME = r"\*\*([^*]+)\*\*"
NAMES = rf"{NAME}(?:(?:, | and ){NAME})*"


def check_arrivals(facts, what, listed, first_by_updates, left, *_):
    assert what == ("excess loss" if facts.exact else "gap to the best loss seen")
    arrived, seen_epochs = {}, []
    near = re.findall(rf"{NAME} after (about )?{N} epochs?(?: \({N} updates?\))?", listed)
    late = re.findall(rf"{NAME} not within {N} epochs?", listed)
    stopped = re.findall(rf"{NAME} not before it was stopped", listed)
    for name, about, epochs, counted in near:
        updates = counted or epochs  # on a function an epoch is an update
        path, excess = facts.path(name)
        there = path[np.flatnonzero(excess <= 0.1 * excess[0])[0]]
        arrived[name] = told_update = int(value(updates))
        assert close(epochs, told_update / facts.per_epoch(name))
        assert excess[list(path).index(told_update)] <= 0.1 * excess[0]
        if about:
            assert np.diff(path).max() > 1 or facts.problem.cost > 2000
            assert there <= told_update <= there * 1.15 + 25
        else:
            assert told_update == there
        seen_epochs.append(told_update / facts.per_epoch(name))
    assert seen_epochs == sorted(seen_epochs)
    gone = [name for name in arrived if has_left(facts, name)]
    assert sorted(re.findall(NAME, left or "")) == sorted(gone)
    for name, epochs in late:
        _, excess = facts.path(name)
        assert int(value(epochs)) == facts.budget(name)
        assert excess.min() > 0.1 * excess[0]
    told_names = [name for name, *_ in near] + [name for name, _ in late] + stopped
    assert sorted(told_names) == sorted(lower(facts))
    if first_by_updates:
        others = [updates for name, updates in arrived.items() if name != first_by_updates]
        assert arrived[first_by_updates] < min(others)
        assert near[0][0] != first_by_updates
    elif near:
        fewest = min(arrived.values())
        first = near[0]
        clear = all(v >= 1.2 * fewest + 25 for v in arrived.values() if v != fewest)
        assert arrived[first[0]] == fewest or not clear


def has_left(facts, name):
    above = facts.last(name) - facts.lowest > 0.1 * facts.path(name)[1][0]
    while len(above) and above[0] and not above.all():  # it came only then
        above = above[1:]
    return above.mean() >= 1 / 3


def lower(facts):
    """Names of the runs that did not diverge and ended no higher than they began."""
    return [
        name for name, place in facts.places.items()
        if facts.traces[place].status[0] is not Status.DIVERGED
        and facts.traces[place].loss[0, -1] <= facts.traces[place].loss[0, 0] * (1 + 1e-9)
    ]  # fmt: skip


def check_nobody(facts, who, what, within):
    assert what == ("excess loss" if facts.exact else "gap to the best loss seen")
    for name in lower(facts):
        _, excess = facts.path(name)
        assert excess.min() > 0.1 * excess[0]
    if who == "No run brought":
        assert len(facts.places) > 1
    else:
        assert re.fullmatch(NAME, who.removesuffix(" did not bring"))[1] in facts.places
        assert len(facts.places) == 1
    budgets = {facts.budget(name) for name in facts.places}
    if within == "within its epochs":
        assert len(budgets) > 1
    else:
        assert {int(value(re.match(r"within (.+) epochs?$", within)[1]))} == budgets


def check_at_rest(facts, title):
    assert title == ("the minimum" if facts.exact else "the best seen")
    start = np.array(facts.experiment.start)
    assert float(facts.problem.loss(start)) - facts.lowest <= 1e-12 * facts.lowest


WIDTH = rf", mostly at an excess of {N} to {N}: "
STEPS_UP = (
    r"(?:(?:its loss|their losses), looked at every (\d+) updates, rose )?(?:(\d+) to )?(\d+) % "
    r"of (?:(?:its|their) steps raised the loss|the time)"
)
WAYS = {
    rf"({NAMES}) (fell at every step|kept falling|never rose)": "check_smooth",
    rf"({NAMES}) (?:was|were) at the minimum but for rounding": "check_there",
    rf"({NAMES}) fell on the whole, though {STEPS_UP}": "check_fell",
    rf"{NAME} bounced between a loss of {N} and one of {N}": "check_bounced",
    rf"{NAME} (?:stood still|stayed) at a loss of {N}": "check_still",
    rf"{NAME} (hovered|swung){WIDTH}{STEPS_UP}": "check_wild",
    rf"{NAME} (hovered|swung) at {N} to {N}": "check_wild_too",
}


def check_end(facts, listed):
    """Every run that is well is told of once, the widest of those that shuffle first."""
    spoken = []
    for part in listed.split("; "):
        fitting = [(found, check) for pattern, check in WAYS.items()
                   if (found := re.fullmatch(pattern, part))]  # fmt: skip
        assert len(fitting) == 1, part
        found, check = fitting[0]
        globals()[check](facts, *found.groups())
        spoken += re.findall(NAME, part)
    moved = [name for name in lower(facts) if len(facts.path(name)[0]) > 1]
    assert sorted(spoken) == sorted(moved)
    wild = re.findall(rf"{NAME} (?:hovered|swung)", listed)
    spans = [np.std(facts.last(name)) for name in wild]
    assert spans == sorted(spans, reverse=True)


def check_smooth(facts, names, *groups):
    way = groups[-1]
    for name in re.findall(NAME, names):
        loss = facts.last(name)
        steps = np.diff(loss)
        assert np.all(steps <= 1e-9 * np.abs(loss[:-1]))
        assert np.all(steps < 0) == (way != "never rose")
        assert way == "never rose" or (way == "fell at every step") == (facts.apart(name) == 1)


def check_there(facts, names, *_):
    for name in re.findall(NAME, names):
        loss = facts.last(name)
        first = facts.path(name)[1][0]
        assert loss.max() - facts.lowest <= max(1e-12 * abs(facts.lowest), 1e-25 * first)


def check_still(facts, name, loss):
    low, high = np.percentile(facts.last(name) - facts.lowest, [10, 90])
    assert number(low, 2) == number(high, 2)
    assert close(loss, facts.last(name)[-1])


def check_fell(facts, names, *groups):
    stride, least, most = groups[-3:]
    names = re.findall(NAME, names)
    rises = [round(100 * facts.rises(name)) for name in names]
    assert max(rises) == int(most)
    assert min(rises) == int(least or most)
    assert int(stride or 1) == max(facts.apart(name) for name in names)
    for name in names:
        of = np.median if facts.per_epoch(name) > 1 else np.max
        half = facts.half(name)
        first, middle, last = (of(third) for third in np.array_split(half, 3))
        assert last <= 0.92 * first
        assert last < middle or len(half) <= 8


def check_bounced(facts, name, low, high):
    loss = facts.last(name)
    assert facts.apart(name) == 1
    ends = sorted((np.median(loss[::2]), np.median(loss[1::2])))
    assert close(low, ends[0])
    assert close(high, ends[1])
    assert np.abs(loss[2:] - loss[:-2]).max() <= 0.05 * np.ptp(loss)


def check_wild(facts, name, way, low, high, stride, least, percent):
    assert least is None
    assert int(percent) == round(100 * facts.rises(name))
    assert int(stride or 1) == facts.apart(name)
    check_wild_too(facts, name, way, low, high)


def check_wild_too(facts, name, way, low, high):
    loss, half = facts.last(name), facts.half(name)
    above = loss.max() > facts.traces[facts.places[name]].loss[0, 0]
    assert (way == "hovered") == (facts.per_epoch(name) > 1 and not above)
    width = np.percentile(loss - facts.lowest, [10, 90])
    assert close(low, max(width[0], 0), 2)
    assert close(high, width[1], 2)
    thirds = [np.median(third) for third in np.array_split(half, min(9, len(half)))]
    assert len(half) < 18 or not np.all(np.diff(thirds) < 0) or thirds[-1] > 0.75 * thirds[0]


def check_stopped(facts, name, epochs, tolerance):
    trace = facts.traces[facts.places[name]]
    epoch = int(value(epochs))
    norms = [np.linalg.norm(facts.problem.gradient(params)) for params in trace.params[0]]
    assert trace.status[0] is Status.CONVERGED
    assert close(tolerance, facts.experiment.tol)
    assert norms[epoch] < facts.experiment.tol <= min(norms[:epoch], default=np.inf)


BEYOND = rf"(?:, its loss over {N.replace('(', '(?:', 1)}, and was followed no further)?"


def check_trouble(facts, name, how, update, rest):
    trace = facts.traces[facts.places[name]]
    if how == "ended higher than it began":
        assert trace.status[0] is not Status.DIVERGED
        assert trace.loss[0, -1] > trace.loss[0, 0]
    else:
        assert trace.status[0] is Status.DIVERGED
        over = facts.problem.loss(trace.path) > 1e6 * max(1.0, trace.loss[0, 0])
        left = trace.path_updates[np.argmax(over)] if over.any() else trace.diverged_at[0]
        assert int(value(update)) == left
        run = facts.run(name)
        assert ("out of bounds" in how) == may_return(facts.problem, run, trace)
    rule, run, n = facts.run(name).optimizer, facts.run(name), facts.problem.n_samples
    if rule.key not in {"sgd", "momentum", "nesterov"}:
        assert rest == ""
        return
    if not rest:  # the ground bends up nowhere that the limit could be measured
        assert np.linalg.eigvalsh(facts.problem.hessian(np.array(facts.problem.start)))[-1] <= 0
        return
    found = re.fullmatch(
        rf": its (highest )?rate {N} is {N} times the (full-batch )?limit {N} that the curvature"
        rf"( at the minimum| at zero)?(?: \([^)]*\))? sets(?: \(ηL = {N} > 2\))?"
        rf"(?:, but (small batches can diverge below it|gradients of {N} rows? are noisy|"
        rf"{N} times the limit {N} of batches of {N} rows?))?",
        rest,
    )
    highest, rate, ratio, full_batch, limit, where, eta_L, noise, rows, *noisy = found.groups()
    assert (eta_L is not None) == (rule.key == "sgd" and rule.lr > facts.limit(name))
    assert eta_L is None or close(eta_L, 2 * rule.lr / facts.limit(name))
    assert bool(highest) == (run.schedule != gd.SCHEDULES["constant"])
    assert close(rate, rule.lr)
    assert close(limit, facts.limit(name))
    assert close(ratio, rule.lr / facts.limit(name))
    assert (ratio == "1") == (rule.lr == facts.limit(name))
    size = min(run.batch_size or n, n)
    assert bool(full_batch) == (size < n)
    assert bool(noise) == (size < n and rule.lr <= facts.limit(name))
    if noise:
        wild = trace.status[0] is Status.DIVERGED
        assert noise.startswith("gradients") <= (not wild)
        assert noise.startswith("small") <= wild
        assert rows is None or int(value(rows)) == size
        check_noisy_limit(facts, rule.lr, size, noisy)
    bends = " at the minimum" if facts.exact else " at zero"
    assert where == (None if facts.problem.quadratic else bends)


def check_noisy_limit(facts, lr, size, noisy):
    """The limit of small batches is one at which a mean square neither shrinks nor grows."""
    limit = noisy_limit(facts.problem, size)
    if noisy[0] is None:
        assert limit is None or lr <= limit
        return
    assert close(noisy[0], lr / limit)
    assert close(noisy[1], limit)
    assert int(value(noisy[2])) == size


def check_no_minimum(facts, why):
    assert facts.problem.minimum() is None
    assert bool(why) == isinstance(facts.problem, gd.Fit)
    assert not why or facts.problem.l2 == 0


def check_orders(facts, who, count, again, more):
    n = facts.experiment.problem.n_samples
    runs = {name: facts.experiment.runs[place] for name, place in facts.places.items()}
    shuffled = {name for name, run in runs.items() if run.depends_on_order(n)}
    assert set(re.findall(NAME, who)) == (shuffled if len(shuffled) < len(runs) else set())
    assert int(count) == facts.experiment.n_seeds > 1
    if not more:
        return
    assert again == count
    for number_of, name in re.findall(rf"(\d+) made {NAME} diverge", more):
        statuses = facts.traces[facts.places[name]].status
        assert int(number_of) == sum(status is Status.DIVERGED for status in statuses)
        assert 0 < int(number_of) < int(count)
    spread = rf"the largest final excess loss of {NAME} is {N} times its smallest"
    for name, ratio in re.findall(spread, more):
        ends = facts.traces[facts.places[name]].loss[:, -1] - facts.lowest
        assert np.all(np.isfinite(ends))
        assert close(ratio, ends.max() / ends.min())
    beaten = rf"{NAME} ended lower than {NAME} in (\d+)"
    for lower_one, higher_one, wins in re.findall(beaten, more):
        ends = [facts.traces[facts.places[name]].loss[:, -1] for name in (lower_one, higher_one)]
        one, other = (np.where(np.isfinite(end), end, np.inf) for end in ends)
        assert int(wins) == sum(a < b for a, b in zip(one, other, strict=True))
        assert np.median(one) <= np.median(other)
    assert len(re.findall(beaten, more)) == (len(facts.places) > 1)
    clean = re.sub(rf"(\d+) made {NAME} diverge|{spread}|{beaten}", "", more)
    assert clean.replace(" and ", "").replace(", ", "") == ""


def check_crossed(facts, name, what, update, x, y):
    trace = facts.traces[facts.places[name]]
    row = int(np.flatnonzero(trace.path_updates == int(update))[0])
    before, after = trace.path[row - 1 : row + 1]
    along = np.linspace(before, after, 2_000_001)
    there = facts.problem.loss(along)
    unknown = np.isnan(there).any()
    assert unknown == (what == "a place where the function has no value")
    assert unknown or np.abs(there).max() > 1e6 * np.abs(there[[0, -1]]).max()
    at = np.array([value(each.strip("−")) * (-1) ** each.startswith("−") for each in (x, y)])
    size = np.where(np.isnan(there), np.inf, np.abs(there))
    spots = along[size == size.max()]
    assert np.abs(spots - at).sum(axis=1).min() <= 0.01 * np.abs(after - before).sum()


def signed(pattern):
    return rf"(−?{pattern[1:-1]})"


GRAMMAR = {
    rf"{NAME} jumped over (a pole|a place where the function has no value) at update "
    rf"(\d+), near x = {signed(N)} and y = {signed(N)}: a step follows the slope where it begins "
    r"and does not see what lies on its way\.": check_crossed,
    rf"The (.+?) fell to a tenth of its start: (.+?)\.(?: Counted in updates, {NAME} was first\.)?"
    rf"(?: ({NAMES}) left it again\.)?": check_arrivals,
    r"(No run brought|.+ did not bring) the (.+) down to a tenth of its start (.+)\.":
        check_nobody,
    r"The start is (.+): there is nothing to descend\.": check_at_rest,
    r"Near the end (.+)\.": check_end,
    rf"{NAME} stopped after {N} epochs?: its full gradient had become shorter than {N}\.":
        check_stopped,
    rf"{NAME} ((?:had diverged|went out of bounds) by update {N}{BEYOND}"
    r"|ended higher than it began)(.*)\.": check_trouble,
    r"(?:\*\*There is no finite minimum\*\*|This loss has \*\*no finite minimum\*\*( \(larger "
    r"weights always lower it, and nothing penalises them\))?), so excess is measured from the "
    r"best loss seen\.": check_no_minimum,
    r"So (.+) went in the first of (\d+) orders of the rows(?:; of all (\d+), (.+))?\.":
        check_orders,
}  # fmt: skip


@every_case
def test_every_sentence_is_true_of_the_traces(name):
    facts = Facts(CASES[name], trained(name))
    for sentence in told(name):
        fitting = [(found, check) for pattern, check in GRAMMAR.items()
                   if (found := re.fullmatch(pattern, sentence))]  # fmt: skip
        assert len(fitting) == 1, sentence
        found, check = fitting[0]
        check(facts, *found.groups())


@every_case
def test_no_sentence_holds_a_number_that_is_none_or_a_word_of_the_machine(name):
    text = " ".join(told(name))
    assert not re.search(r"\b(nan|inf|none|true|false|array|np)\b", text, re.IGNORECASE)
    assert not re.search(r"\d[eE][+-]?\d", text)
    long = r"\b(?:0\.0*[1-9]\d{3,}|[1-9]\d*\.\d{3,})\b(?! times the| > 2)"
    assert not re.search(long, text)
    assert "  " not in text
    assert text.count("**") % 2 == 0


@every_case
def test_one_to_a_few_sentences_each_with_a_full_stop(name):
    sentences = told(name)
    assert 1 <= len(sentences) <= 4 + len(CASES[name].runs)
    assert all(re.fullmatch(r"[A-Z*].+\.", sentence) for sentence in sentences)


@every_case
def test_every_run_in_trouble_is_named_and_no_other(name):
    facts = Facts(CASES[name], trained(name))
    trouble = r"(?:had diverged by|went out of bounds by|ended higher than)"
    blamed = re.findall(rf"{NAME} {trouble}", " ".join(told(name)))
    assert sorted(blamed) == sorted(set(facts.places) - set(lower(facts)))


@every_case
def test_a_loss_without_a_minimum_is_always_called_so(name):
    text = " ".join(told(name))
    assert ("no finite minimum" in text) == (CASES[name].problem.minimum() is None)


# Particular stories


def test_the_first_picture_is_told_in_the_words_of_the_lecture():
    first, second = told("default line")
    stochastic, mini, batch = (
        first.index(name) for name in ("**Stochastic**", "**Mini-batch**", "**Batch** after 8")
    )
    assert stochastic < mini < batch
    assert "**Batch** fell at every step" in second
    assert "**Stochastic** hovered" in second


def test_where_a_step_leads_over_a_pole_it_is_said_of_the_run_that_made_it():
    text = " ".join(told("over a pole"))
    assert "**Plain step, rate 0.6** jumped over a pole at update 1, near x = 0" in text
    assert "that the curvature at the minimum (1, 0) sets" in text  # of two
    assert "**Plain step, rate 0.05** jumped" not in text
    assert "jumped over a place where the function has no value at update 1" in " ".join(
        told("over where there is nothing")
    )


def test_where_the_ground_does_not_bend_no_limit_is_named():
    text = " ".join(told("over a pole, without a limit"))
    assert "**Plain step** ended higher than it began." in text
    assert "limit" not in text


def test_counting_updates_can_turn_the_order_round():
    assert "Counted in updates, **Batch, rate 0.5** was first." in told("preset standardised")[0]


def test_a_rate_a_little_above_the_limit_does_not_read_as_one_times_the_limit():
    (sentence,) = told("so near the limit that it reads as 1")
    assert "is 1.0003 times the limit" in sentence


def test_a_start_at_the_minimum_is_told_instead_of_an_arrival():
    assert told("starting at the minimum")[0] == (
        "The start is the minimum: there is nothing to descend."
    )


def test_a_run_at_its_limit_is_in_no_trouble():
    assert not re.search("diverged|higher", " ".join(told("at the limit")))


def test_a_run_that_was_stopped_is_said_to_have_been_stopped():
    experiment = line(plain(0.001), epochs=3000)
    traces = gd.train(experiment, progress=lambda done, total: done < 100)
    assert traces[0].status == (Status.CANCELLED,)
    made = int(traces[0].path_updates[-1])
    first, second, *_ = narrate(experiment, traces)
    assert first == (
        f"Training was **stopped**: **Batch** after {made} of 3\u202f000 epochs ({made} updates)."
    )
    assert second.endswith("down to a tenth of its start before it was stopped.")
    both = line(plain(0.001), plain(0.3, 16), plain(0.3, 1), epochs=3000)
    traces = gd.train(both, progress=lambda done, total: done < 100)
    names = [f"**{name}**" for name in labels(both)]
    began = [len(trace.path) > 1 for trace in traces]
    assert sorted(began) == [False, False, True]
    told = narrate(both, traces)
    before, after = told[0].split(" had begun: ")
    for name, did in zip(names, began, strict=True):
        assert (name in after) == did
        assert (name in before) == (not did)
        assert did or name not in " ".join(told[1:])
    assert "Near the end" not in " ".join(told)


def test_a_run_stopped_within_an_epoch_is_told_by_its_share_of_it():
    """50 updates of 20 in an epoch."""
    experiment = line(plain(0.001, 10), epochs=30)
    (trace,) = gd.train(experiment)
    path, updates = trace.path[:51], trace.path_updates[:51]
    stopped = replace(trace, path=path, path_updates=updates, status=(Status.CANCELLED,))
    assert narrate(experiment, [stopped])[0] == (
        "Training was **stopped**: **Mini-batch** after 2.5 of 30 epochs (50 updates)."
    )


def test_runs_stopped_before_they_began_are_told_nothing_else():
    traces = gd.train(LINE, progress=lambda done, total: False)
    assert narrate(LINE, traces) == [
        "Training was **stopped** before **Batch**, **Mini-batch** and **Stochastic** had begun."
    ]


def test_a_stopped_run_that_stood_higher_is_told_so():
    experiment = line(plain(1.003 * LIMIT), epochs=3000)
    traces = gd.train(experiment, progress=lambda done, total: done < 40)
    assert traces[0].status == (Status.CANCELLED,)
    told = " ".join(narrate(experiment, traces))
    assert "**Batch** stood higher than it began when it was stopped" in told
    assert "ended" not in told


def test_without_recorded_paths_the_epochs_ends_are_told():
    traces = gd.train(LINE, record_path=False)
    first = narrate(LINE, traces)[0]
    assert "**Batch** after 8 epochs (8 updates)" in first
    assert "**Stochastic** after about 1 epoch (200 updates)" in first


def test_seeds_that_change_nothing_are_not_told():
    assert "orders of the rows" not in " ".join(told("seeds that change nothing"))


def test_seeds_that_change_little_are_told_without_a_spread():
    experiment = replace(line(plain(0.001, 32), epochs=2), n_seeds=5)
    assert narrate(experiment, gd.train(experiment))[-1] == (
        "So it went in the first of 5 orders of the rows."
    )


@pytest.mark.parametrize("count", [0, 1, 4, 5])
def test_of_five_orders_one_to_four_that_diverged_are_counted(count):
    experiment = line(plain(0.05, 32), n_seeds=5, epochs=3)
    (trace,) = gd.train(experiment)
    status = (Status.EXHAUSTED,) * (5 - count) + (Status.DIVERGED,) * count
    last = narrate(experiment, [replace(trace, status=status)])[-1]
    assert (f"{count} made **Mini-batch** diverge" in last) == (0 < count < 5)


def test_seeds_that_diverge_behind_the_first_are_told():
    traces = trained("some seeds diverge")
    assert traces[0].status[0] is not Status.DIVERGED
    assert "made **Stochastic** diverge" in told("some seeds diverge")[-1]
    beside = told("some seeds diverge beside a run that hovers")[-1]
    assert "made **Stochastic, rate 0.46** diverge, **Stochastic, rate 0.1** ended lower" in beside
    assert "of **Stochastic, rate 0.1** is" in beside


@pytest.mark.parametrize(
    ("given", "written"),
    [
        (0, "0"), (1, "1"), (0.05, "0.05"), (2 / 3, "0.667"), (1234.5, "1230"), (99.96, "100"),
        (123456, "123000"), (0.000123456, "0.000123"), (1e-5, "1 × 10⁻⁵"), (2.5e7, "2.5 × 10⁷"),
        (4.567e-12, "4.57 × 10⁻¹²"), (-0.5, "−0.5"), (3.0, "3"), (1e-4, "0.0001"),
    ],
)  # fmt: skip
def test_numbers_have_three_significant_figures_and_no_e(given, written):
    assert number(given) == written


def test_hidden_runs_are_not_spoken_of_and_the_others_keep_their_names():
    traces = gd.train(LINE)
    for shown in ((1,), (0, 2), (2,)):
        text = " ".join(narrate(LINE, traces, shown))
        for place, name in enumerate(labels(LINE)):
            assert (f"**{name}**" in text) == (place in shown)
    assert narrate(LINE, traces, ()) == ["All runs are hidden. Show one to see what it does."]


SEVERAL = [
    name for name, case in CASES.items() if len(case.runs) > 1 and not name.startswith("default")
]


@pytest.mark.parametrize("name", SEVERAL)
def test_whichever_run_is_shown_alone_no_other_is_spoken_of(name):
    names = labels(CASES[name])
    for place, own in enumerate(names):
        words = " ".join(narrate(CASES[name], trained(name), [place]))
        bold = set(re.findall(NAME, words)) - {"no finite minimum", "many valleys"}
        assert bold == {own} or (not bold and "The start is" in words)


def test_every_run_that_hovers_is_told_with_how_wide_the_widest_first():
    (sentence,) = [text for text in told("default line") if text.startswith("Near the end")]
    assert re.search(
        r"\*\*Stochastic\*\* hovered, mostly .+; \*\*Mini-batch\*\* hovered at ", sentence
    )


def test_what_only_rounding_moves_does_not_hover():
    text = " ".join(told("lesson no_noise"))
    assert "**Stochastic** was at the minimum but for rounding" in text
    assert "hovered" not in text


def test_that_no_run_came_near_is_said_of_those_shown():
    experiment = line(plain(0.1, 1), plain(1e-6), plain(1e-6, 32))
    first = narrate(experiment, gd.train(experiment), (1, 2))[0]
    assert first.startswith("None of these runs brought the excess loss down")


def test_orders_of_the_rows_are_not_told_of_runs_that_have_none():
    sorted_rows = gd.Run(gd.SGD(lr=0.1), 32, sampling="sorted by target")
    experiment = replace(line(plain(0.1), plain(0.1, 32), sorted_rows), n_seeds=11)
    traces = gd.train(experiment)
    told_of = "So **Mini-batch, reshuffle** went in the first of 11 orders of the rows"
    assert told_of in " ".join(narrate(experiment, traces))
    assert "So it went in the first of 11" in " ".join(narrate(experiment, traces, (1,)))
    assert "orders of the rows" not in " ".join(narrate(experiment, traces, (0, 2)))


@pytest.mark.parametrize("along", ["updates", "examples", "seconds"])
def test_when_runs_came_near_is_told_along_the_axis_chosen(along):
    traces, seconds = gd.train(LINE), [4e-3, 1e-3, 1e-3]
    whole = narrate(LINE, traces)[0]
    updates = dict(re.findall(rf"{NAME} after [^(]*\({N} updates?\)", whole))
    first = narrate(LINE, traces, None, along, seconds)[0]
    parts = re.findall(rf"{NAME} after (?:about )?([^(]+) \(([^)]+)\)", first)
    amounts = []
    for name, told_amount, beside in parts:
        place, made = labels(LINE).index(name), int(value(updates[name]))
        rows = (200, 10, 1)[place]
        each = {"updates": 1, "examples": rows, "seconds": seconds[place]}[along]
        amounts.append(each * made)
        written = duration if along == "seconds" else lambda n: quantity(n, along[:-1])
        assert told_amount == written(amounts[-1])
        assert beside.endswith("s") or beside.startswith("1 ")
        assert ("epoch" if along == "updates" else "update") in beside
    assert amounts == sorted(amounts)
    assert {name for name, *_ in parts} == set(updates)


def test_who_was_first_otherwise_is_told_in_epochs_where_updates_are_counted():
    first = narrate(LINE, gd.train(LINE), None, "updates")[0]
    by_epochs = narrate(LINE, gd.train(LINE))[0]
    (winner,) = re.findall(rf"start: {NAME}", by_epochs)
    assert first.endswith(f"Counted in epochs, **{winner}** was first.")


def test_a_budget_is_told_along_the_axis_chosen():
    experiment = line(plain(1e-6), plain(1e-6, 32))
    first = narrate(experiment, gd.train(experiment), (0,), "updates")[0]
    assert first.endswith("of its start within 30 updates.")


def test_a_line_search_is_told_with_the_losses_that_it_tried():
    run = gd.Run(gd.OPTIMIZERS["armijo"])
    experiment = gd.Experiment(gd.SURFACES["himmelblau"], (run,), (1.0, 1.0), 7)
    (trace,) = gd.train(experiment)
    tried = gd.replay(experiment, 0, 7).new_state.t
    assert tried > gd.replay(experiment, 0, 6).new_state.t > 7
    told = f"took 7 updates, {int(tried)} evaluations of the loss."
    assert told in " ".join(narrate(experiment, [trace]))


def test_why_few_rows_are_in_trouble_at_a_rate_that_all_rows_stand():
    """On the standardised line the limits are 2, and 0.798 for single rows."""
    fit = replace(LINE.problem, standardize=True)
    experiment = replace(LINE, problem=fit, start=None)

    def why(rule, diverged=True):
        return narrating._noise_words(experiment, gd.Run(rule, 1), diverged)

    assert why(gd.SGD(lr=1.0)) == "1.25 times the limit 0.798 of batches of 1 row"
    assert why(gd.SGD(lr=0.5)) == "small batches can diverge below it"
    assert why(gd.SGD(lr=0.5), False) == "gradients of 1 row are noisy"
    assert why(gd.Momentum(lr=1.0), False) == "gradients of 1 row are noisy"


@pytest.mark.parametrize(("widest", "told"), [(2.5, True), (2.0, True), (1.9, False)])
def test_orders_that_end_twice_as_high_as_others_are_told_with_how_many_times(widest, told):
    experiment = replace(line(plain(0.1, 32), epochs=1), n_seeds=3)
    (trace,) = gd.train(experiment)
    loss = trace.loss.copy()
    loss[:, -1] = reference(experiment, [trace]).loss + np.array([4.0, 5.0, 4 * widest])
    last = narrate(experiment, [replace(trace, loss=loss)])[-1]
    words = f"the largest final excess loss of **Mini-batch** is {widest:g} times its smallest"
    assert (words in last) == told
    assert "times" in last or not told


@pytest.mark.parametrize(("above", "left"), [(3, False), (4, True), (12, True), (0, False)])
def test_a_run_left_a_level_that_a_third_of_its_last_losses_lie_above(above, left):
    trace = SimpleNamespace(loss=np.array([[10.0, 1.0]]))
    losses = np.where(np.arange(12) % 12 < above, 2.0, 0.5)[::-1]
    last = Ending(losses, losses, 1)
    assert _left(last, trace, Reference(np.zeros(2), 0.0, True)) == left
