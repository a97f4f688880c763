"""What the link promises: nothing is lost, and nothing hostile gets in."""

from dataclasses import dataclass, fields, replace
from typing import Any
from urllib.parse import parse_qs, urlencode

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import gdplay as gd
from gdplay import link
from gdplay.experiment import MAX_STARTS, Experiment, Run
from gdplay.knobs import Knob, Knobs, knob, knobs
from gdplay.link import MAX_LENGTH, MAX_RUNS, MAX_SEEDS, LinkError, decode, encode, mended
from gdplay.loss.fit import MAX_QUADRATIC, Fit
from gdplay.loss.models import MODELS
from gdplay.loss.problem import Problem
from gdplay.loss.sights import lack
from gdplay.loss.surfaces import Surface
from gdplay.teaching import exercises
from gdplay.teaching.defaults import default_experiment, default_race, models_for
from gdplay.teaching.exercises import Exercise
from gdplay.teaching.predictions import Ranking, text_of
from gdplay.ui import address as views
from gdplay.ui.compare.view import View

for shipped in gd.DATASETS.values():
    shipped.load()  # Hypothesis minds what importing scikit-learn does to `random`.

every_dataset = pytest.mark.parametrize("dataset", gd.DATASETS.values(), ids=list(gd.DATASETS))
calm = settings(max_examples=60, suppress_health_check=list(HealthCheck))


# Any experiment at all


EXERCISES = st.builds(
    Exercise,
    st.text(max_size=80),
    st.text("aé{<*~\n", min_size=1).map("?".__add__),
    st.sampled_from([(), ("a", "b"), ("%~", "<b>", "c")]),
    locked=st.sampled_from([(), ("data", "looks")]),
    hidden=st.sampled_from([(), ("runs",)]),
).map(exercises.text_of)
GUESSES = st.permutations(range(4)).flatmap(
    lambda places: st.integers(0, 4).map(
        lambda n: f"0a1b2c~{text_of(Ranking(tuple(places[:n]), tuple(places[n:])))}"
    )
)
"""What can be said of four runs of some experiment, the only text that a view holds."""


def values(about: Knob, most: float = 1e300) -> st.SearchStrategy[Any]:
    if about.several:
        several = st.lists(st.sampled_from(about.choices), min_size=1, unique=True)
        return several.map(tuple)
    if about.most:
        each = st.integers(int(about.low), int(about.high))
        return st.lists(each, min_size=1, max_size=about.most).map(tuple)
    if about.choices:
        found: st.SearchStrategy[Any] = st.sampled_from(about.choices)
    elif about.kind is bool:
        found = st.booleans()
    elif about.kind is int:
        found = st.integers(int(about.low), int(min(about.high, most)))
    elif about.kind is str:
        found = EXERCISES if about.read is exercises.checked else GUESSES
    else:
        found = st.floats(about.low, about.high)
    return st.none() | found if about.optional else found


def things(entries: Any, **own: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Any entry of a table, any values in its knobs."""
    return st.sampled_from(list(entries.values())).flatmap(
        lambda entry: st.fixed_dictionaries(
            {name: own.get(name, values(about)) for name, about in knobs(entry).items()}
        ).map(lambda chosen: made(entry, chosen))
    )


def made(entry: Any, chosen: dict[str, Any]) -> Any:
    """An entry with these values, or as it is where they do not go together."""
    try:
        return replace(entry, **chosen)
    except ValueError:
        return entry


datasets = things(gd.DATASETS, n_samples=st.integers(10, 60))
runs = st.builds(
    Run,
    optimizer=things(gd.OPTIMIZERS),
    schedule=things(gd.SCHEDULES),
    **{name: values(about) for name, about in knobs(Run).items()},
)


@st.composite
def fits(draw: st.DrawFn) -> Fit:
    dataset = draw(datasets)
    chosen = {name: draw(values(about)) for name, about in knobs(Fit).items()}
    model = draw(st.sampled_from(models_for(dataset)))
    known = next(model.objectives_for(n) for n in dataset.readings if model.suits(n))
    chosen["objective"] = draw(st.sampled_from([None, *known]))
    if dataset.n_features > 5:
        chosen["features"] = "linear"
    return Fit(dataset, model, **chosen)


expressions = st.sampled_from([
    "0.1*x**2 + 2*y**2", "x*y", "(x - 1)**2*sin(y)/3", "-x*y/7 + tanh(-y)**2", "1e-05*x",
]).map(gd.Expression)  # fmt: skip


@st.composite
def experiments(draw: st.DrawFn) -> Experiment:
    problem = draw(fits() | things(gd.SURFACES) | expressions)
    chosen = {name: draw(values(about)) for name, about in knobs(Experiment).items()}
    chosen["n_seeds"] = draw(st.integers(1, MAX_SEEDS))
    several = draw(st.lists(runs, min_size=1, max_size=MAX_RUNS))
    several = [
        replace(run, optimizer=gd.SGD()) if lack(problem, run.optimizer) else run for run in several
    ]
    if isinstance(problem, Surface):
        several = [replace(run, batch_size=None) for run in several]
    else:
        chosen["gradient_noise"] = 0.0
    start, more = None, []
    if problem.n_params <= 12 and draw(st.booleans()):
        numbers = st.floats(-1e9, 1e9)
        start = draw(st.tuples(*[numbers] * problem.n_params))
        if isinstance(problem, Surface) and chosen["n_seeds"] == 1:
            more = draw(st.lists(st.tuples(numbers, numbers), max_size=MAX_STARTS - 1))
    return Experiment(problem, tuple(several), start=start, more_starts=tuple(more), **chosen)


@given(experiments())
@calm
def test_every_experiment_comes_back_exactly(experiment):
    back = decode(encode(experiment))
    assert back == experiment
    assert repr(back) == repr(experiment)  # 0.0 == -0.0, but not here


@given(experiments())
@calm
def test_an_address_brings_every_experiment_back_exactly(experiment):
    address = urlencode(encode(experiment), doseq=True)
    back = decode(parse_qs(address, keep_blank_values=True, strict_parsing=True))
    assert repr(back) == repr(experiment)


@every_dataset
def test_the_default_experiment_comes_back_from_a_short_address(dataset):
    experiment = default_experiment(dataset)
    address = urlencode(encode(experiment), doseq=True)
    assert decode(parse_qs(address)) == experiment
    assert len(address) < 700


def test_an_own_function_travels_as_it_is_written():
    f = gd.Expression("0.1*x**2 + 2*y**2")
    query = encode(Experiment(f, (Run(gd.SGD()),)))
    assert query["surface"] == ["expression~text~0.1*x**2+2*y**2"]
    alone = decode({"surface": "expression~text~0.1*x**2+2*y**2"})
    assert alone == default_race(f)
    assert decode(parse_qs("surface=expression~text~x**2%2By**2")).problem.text == "x**2 + y**2"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("expression~text~x 2", "a sign is missing before '2'"),
        ("expression~text~" + "x+" * 3000 + "x", "1 to 200 characters; this one has 6001"),
        ("expression~text~9**9**9**9*x", "at most 1e+12"),
        ("expression~text~__import__('os')*x", "'_' at place 1 is not allowed"),
        ("expression~text~log(-1-x**2)", "finite value and slope somewhere"),
        ("expression", "takes text, with one value"),
        ("expression~text~x~text~y", "takes text, with one value"),
        ("expression~code~x", "takes text, with one value"),
    ],
)
def test_a_bad_own_function_in_a_link_is_refused_with_its_sentence(text, sentence):
    for read in (decode, mended):
        with pytest.raises(LinkError) as refusal:
            read({"surface": text})
        assert sentence in str(refusal.value)


@pytest.mark.parametrize("noise", [0.0, -0.0])
def test_values_that_are_equal_but_not_alike_are_kept_apart(noise):
    experiment = default_experiment(replace(gd.DATASETS["moons"], noise=noise))
    assert repr(decode(encode(experiment))) == repr(experiment)


def test_every_value_is_written_out():
    experiment = default_experiment()
    query = encode(experiment)
    fit = experiment.problem
    named = {*knobs(Fit), *knobs(Experiment)} - {"gradient_noise"}  # data have none
    assert set(query) == {"data", "model", "start", "run", *named}
    assert set(query["data"][0].split("~")[1::2]) == set(knobs(fit.dataset))
    for run, text in zip(experiment.runs, query["run"], strict=True):
        optimizer, schedule, own = text.split("~~")
        assert set(optimizer.split("~")[1::2]) == set(knobs(run.optimizer))
        assert set(schedule.split("~")[1::2]) == set(knobs(run.schedule))
        assert set(own.split("~")[::2]) == set(knobs(run))


@pytest.mark.parametrize("owner", [Experiment, Run, Fit])
def test_no_field_is_forgotten(owner):
    written_apart = {
        "problem",
        "runs",
        "start",
        "more_starts",
        "optimizer",
        "schedule",
        "dataset",
        "model",
    }
    assert {f.name for f in fields(owner)} - set(knobs(owner)) <= written_apart


def test_an_old_link_keeps_its_meaning_when_a_default_changes(monkeypatch):
    experiment = default_experiment()
    query = encode(experiment)
    monkeypatch.setattr(link, "default_experiment", lambda dataset: replace(
        default_experiment(dataset), epochs=7, seed=3, tol=0.5, n_seeds=4, start=None,
        problem=replace(experiment.problem, l2=3.0, standardize=True),
    ))  # fmt: skip
    assert decode(query) == experiment


# What is left out


def test_no_query_is_the_default_experiment():
    assert decode({}) == default_experiment()


@every_dataset
def test_a_data_set_alone_is_its_default_experiment(dataset):
    assert decode({"data": dataset.key}) == default_experiment(dataset)


@pytest.mark.parametrize("name", encode(default_experiment()))
def test_what_is_left_out_is_as_in_the_default_experiment(name):
    query = encode(default_experiment())
    del query[name]
    assert decode(query) == default_experiment()


def test_one_choice_changes_nothing_else():
    assert decode({"epochs": "7"}) == replace(default_experiment(), epochs=7)


def test_a_surface_alone_is_an_experiment_from_its_own_start():
    for surface in gd.SURFACES.values():
        experiment = decode({"surface": surface.key})
        assert experiment.problem == surface
        assert experiment.start == surface.start
        assert decode({"surface": surface.key, "data": "iris", "l2": "1"}) == experiment


def test_another_model_takes_its_own_objective_and_starts_at_zero():
    experiment = decode({"data": "moons", "model": "softmax"})
    assert experiment.problem.model == MODELS["softmax"]
    assert experiment.problem.objective == "log_loss"
    assert decode({"data": "line", "standardize": "1"}).start is None


@pytest.mark.parametrize(
    "extra",
    [
        {"view.metric": "accuracy"},
        {"view.": "x" * 100_000},
        {"utm_source": "newsletter", "fbclid": "1"},
        {"Epochs": "3", "EPOCHS": "4", "epochs ": "5", "": ""},
        {"__class__": "x", "problem": "x", "runs": "x", "../../etc/passwd": "x"},
    ],
)
def test_names_that_are_none_of_its_business_are_passed_over(extra):
    experiment = default_experiment(gd.DATASETS["moons"])
    assert decode({**encode(experiment), **extra}) == experiment


def test_a_single_text_counts_as_a_list_of_one():
    query = encode(default_experiment())
    assert decode({k: v[0] if len(v) == 1 else tuple(v) for k, v in query.items()}) == decode(query)


@given(
    st.fixed_dictionaries({name: values(about) for name, about in knobs(View).items()}).map(
        lambda chosen: View(**chosen)
    ),
    experiments(),
)
@settings(calm, max_examples=15)
def test_a_view_travels_beside_the_experiment_and_neither_disturbs_the_other(view, experiment):
    query = encode(experiment) | views.encode(view)
    assert decode(query) == experiment
    assert views.decode(query, View) == (view, [])


# What cannot be linked


def test_more_runs_than_a_link_holds_are_not_written():
    experiment = default_experiment()
    with pytest.raises(LinkError, match="1 to 6 runs; this one has 7"):
        encode(replace(experiment, runs=experiment.runs[:1] * (MAX_RUNS + 1)))


def test_a_link_holds_no_more_seeds_than_pages_show():
    experiment = default_experiment()
    most = replace(experiment, n_seeds=MAX_SEEDS)
    assert decode(encode(most)) == most
    with pytest.raises(LinkError, match="seeds"):
        encode(replace(experiment, n_seeds=MAX_SEEDS + 1))
    with pytest.raises(LinkError, match="seeds"):
        decode(encode(experiment) | {"n_seeds": [str(MAX_SEEDS + 1)]})


def test_of_rows_too_many_for_a_link_twelve_signs_of_their_digest_tell_which_they_are():
    rows = np.random.default_rng(0).normal(size=(3000, 2))
    table = gd.Table(rows[:, :1], rows[:, 1], ["a"], "b")
    (told,) = encode(Experiment(Fit(table, MODELS["linear"]), (Run(gd.SGD()),)))["data"]
    assert told == f"table~bring~3000~1~{table.digest[:12]}~b"
    assert len(told.split("~")[4]) == 12


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ("people~~x~y~~1~3~~2~5", "a kind of target, names and rows"),
        ("numbers~~x~y", "a kind of target, names and rows"),
        ("numbers~~x~y~~1~3~~2", "a value for each column in every row"),
        ("numbers~~x~y~~1~b~~2~5", "the target must be a number"),
        ("numbers~~x~y~~a~3~~2~5", "a column of data must be a number"),
    ],
)
def test_rows_in_a_link_are_a_kind_names_and_as_many_values_in_every_row(rows, why):
    with pytest.raises(LinkError, match=why):
        decode({"data": [f"table~{rows}"]})
    table = decode({"data": ["table~numbers~~x~y~~1~3~~2~5"]}).problem.dataset
    assert (table.X.tolist(), table.y.tolist()) == ([[1], [2]], [3, 5])
    named = decode({"data": ["table~classes~a~b~~x~y~~1~b~~2~a~~3~a"]}).problem.dataset
    assert (named.class_names, list(named.y)) == (("a", "b"), ["b", "a", "a"])


def test_a_text_is_quoted_up_to_forty_signs():
    for count, said in ((40, "x" * 40), (41, "x" * 39 + "…")):
        with pytest.raises(LinkError) as refused:
            decode({"data": ["x" * count]})
        assert str(refused.value).endswith(f"this link has {said!r}")


def test_a_view_s_number_out_of_range_is_refused_and_not_brought_into_it():
    owner = type(View())
    assert link.chosen({}, owner) == {}
    about = next((name, k) for name, k in knobs(owner).items() if k.kind is int and k.high < 1e6)
    name, held = about
    high = int(held.high)
    assert link.chosen({name: [str(high)]}, owner) == {name: high}
    with pytest.raises(LinkError, match=f"{name} must be from"):
        link.chosen({name: [str(high + 1)]}, owner)


def test_a_start_too_long_for_a_link_is_not_written():
    digits = default_experiment(gd.DATASETS["digits"])
    with pytest.raises(LinkError, match="too long"):
        encode(replace(digits, start=(0.123456789,) * digits.problem.n_params))


def test_a_problem_from_no_table_is_not_written():
    class Odd(Problem):
        n_samples, param_names, quadratic, targets = 1, ("a",), True, ()
        value = value_and_grad = gather = hessian = minimum = lambda self, *more: None

    with pytest.raises(LinkError, match="only fits and surfaces"):
        encode(Experiment(Odd(), (Run(gd.SGD(lr=0.1)),)))


# Hostile links

GOOD_RUN = encode(default_experiment())["run"][0]
NUMBERS = (
    "", " ", "x", "nan", "NaN", "inf", "-inf", "Infinity", "1e999", "-1e999", "1_000", " 5", "5 ",
    "0x10", "0b1", "1e", "e5", "--1", "+-1", "1,5", "٣", "\uff11\uff12", "²", "Ⅷ", "1\x00", "\x00",
    "1\n", "None", "True", "[1]", "1+1", "__import__('os')", "9" * 5000, "0." + "9" * 5000,
    "1e99999", "{{7*7}}", "<script>alert(1)</script>", "${jndi:ldap://x}", "../../etc/passwd", "💥",
)  # fmt: skip
TEXTS = (
    "", " ", "~", "~~", "~~~", "line~", "~line", "line~~", "LINE", "line ", "line\x00", "l\u0456ne",
    "<b>line</b>", "**line**", "[x](javascript:alert(1))", "line~n_samples", "line~n_samples~",
    "line~n_samples~200~n_samples~200", "line~n_samples~1e9", "line~n_samples~-5",
    "line~nonsense~1", "line~__class__~x", "line~noise~nan", "line~seed~-1", "line~seed~1.5",
    "line~noise~1~~", "blobs~n_samples~3~centers~5", "blobs~centers~6", "linnerud~target~x",
    "../../../etc/passwd", "C:\\windows", "x" * 7000, "~" * 7000, "line~noise~" + "1" * 6000,
)  # fmt: skip
RUNS = (
    "", "~", "~~", "~~~~", "~~~~~~", "sgd", "sgd~lr~0.1", "sgd~lr~0.1~~constant",
    "sgd~lr~0.1~~constant~warmup~0~~batch_size~32~~", "sgd~lr~0~~constant~~", "evil~~constant~~",
    "sgd~lr~1e4~~constant~~", "sgd~lr~nan~~constant~~", "sgd~lr~none~~constant~~",
    "sgd~beta~0.9~~constant~~", "sgd~~evil~~", "sgd~~constant~warmup~-1~~",
    "sgd~~constant~warmup~1e3~~", "sgd~~constant~~batch_size~0", "sgd~~constant~~batch_size~1e1",
    "sgd~~constant~~batch_size~99999999999999999999999", "sgd~~constant~~sampling~<b>",
    "sgd~~constant~~drop_last~2", "sgd~~constant~~drop_last~True", "sgd~~constant~~epochs~0",
    "sgd~~constant~~optimizer~adam", "sgd~~constant~~batch_size", "momentum~beta~1~~constant~~",
    GOOD_RUN + "~", GOOD_RUN + "\x00", "~" + GOOD_RUN, GOOD_RUN.replace("~", "%7E"),
)  # fmt: skip
STARTS = (
    "", "~", "1", "1~2~3", "1~", "nan~1", "inf~1", "1e10~0", "a~b", "ZERO", "none", "٣~1",
    "1~" * 3000, "(1,2)", "1~2\x00",
)  # fmt: skip
TOGETHER = {
    "a regression model on classes": {"data": "iris", "model": "linear"},
    "a classifier on numbers": {"data": "line", "model": "logistic"},
    "two classes' model on three": {"data": "wine", "model": "logistic"},
    "an objective of another model": {"data": "line", "objective": "log_loss"},
    "quadratic digits": {"data": "digits", "features": "quadratic"},
    "a surface with batches": {"surface": "bowl", "run": GOOD_RUN.replace("size~none", "size~1")},
    "a surface and a long start": {"surface": "bowl", "start": "1~2~3"},
    "an unknown surface": {"surface": "ridge"},
    "a surface with values": {"surface": "bowl~a~1"},
    "an unknown model": {"model": "forest"},
    "a model with values": {"model": "linear~depth~3"},
    "nothing to test on": {"data": "blobs~n_samples~2~centers~2", "test_size": "0.5"},
    "no runs": {"run": []},
    "seven runs": {"run": [GOOD_RUN] * 7},
    "a thousand runs": {"run": [GOOD_RUN] * 1000},
    "data twice": {"data": ["line", "line"]},
    "epochs twice": {"epochs": ["3", "4"]},
    "an empty list": {"epochs": []},
    "100 000 characters": {"data": "x" * 100_000},
    "100 000 names": {f"x{i}": "1" for i in range(100_000)},
    "a number": {"epochs": 3},
    "bytes": {"epochs": b"3"},
    "nothing at all": {"epochs": None},
    "a list of lists": {"epochs": [["3"]]},
}
NUMERIC = [
    name for owner in (Experiment, Fit) for name, about in knobs(owner).items() if not about.choices
]


def refusal(query: Any) -> str:
    with pytest.raises(LinkError) as caught:
        decode(query)
    return str(caught.value)


def is_one_sentence(text: str) -> bool:
    return 10 < len(text) < 400 and text.isprintable() and not text.endswith(".")


@pytest.mark.parametrize("name", NUMERIC)
def test_a_number_that_is_none_is_refused_in_one_sentence(name):
    for text in NUMBERS:
        message = refusal({name: text})
        assert is_one_sentence(message), text
        assert message.startswith(name)


@pytest.mark.parametrize(
    "name", [n for owner in (Experiment, Fit) for n, about in knobs(owner).items() if about.choices]
)
def test_a_choice_that_is_none_is_refused_in_one_sentence(name):
    for text in (*NUMBERS, *TEXTS):
        assert is_one_sentence(refusal({name: text})), text


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: ascii(text)[:40])
def test_a_data_set_that_is_none_is_refused_in_one_sentence(text):
    assert is_one_sentence(refusal({"data": text}))


@pytest.mark.parametrize("name", ["model", "surface"])
def test_a_name_from_no_table_is_refused_with_the_choices(name):
    choices = {"model": gd.MODELS, "surface": gd.SURFACES}[name]
    for text in TEXTS:
        message = refusal({name: text})
        assert is_one_sentence(message), text
        assert all(key in message for key in choices)


@pytest.mark.parametrize("text", RUNS, ids=lambda text: ascii(text)[:40])
def test_a_run_that_is_none_is_refused_in_one_sentence(text):
    assert is_one_sentence(refusal({"run": [GOOD_RUN, text]}))


@pytest.mark.parametrize("text", STARTS, ids=lambda text: ascii(text)[:40])
def test_a_start_that_is_none_is_refused_in_one_sentence(text):
    assert is_one_sentence(refusal({"start": text}))


@pytest.mark.parametrize("query", TOGETHER.values(), ids=TOGETHER)
def test_values_that_do_not_go_together_are_refused_in_one_sentence(query):
    assert is_one_sentence(refusal(query))


@pytest.mark.parametrize(
    "name", ["data", "model", "run", "start", "epochs", "sampling", "features"]
)
def test_a_refusal_does_not_repeat_a_long_text(name):
    query = {name: "z" * 7000}
    if name == "sampling":
        query = {"run": "sgd~~constant~~sampling~" + "z" * 7000}
    assert "z" * 60 not in refusal(query)


@pytest.mark.parametrize("name", encode(default_experiment()))
def test_what_may_stand_once_may_not_stand_twice(name):
    query = encode(default_experiment())
    if name != "run":
        assert is_one_sentence(refusal({**query, name: query[name] * 2}))


def test_a_link_is_read_up_to_its_longest_and_no_further():
    def padded(length: int) -> dict[str, str]:
        return {"x": "x" * (length - 3)}

    assert decode(padded(MAX_LENGTH)) == default_experiment()
    assert "too long" in refusal(padded(MAX_LENGTH + 1))


@every_dataset
def test_the_most_a_link_can_ask_of_a_data_set_fits_in_memory(dataset):
    big = {"n_samples"} & knobs(dataset).keys()
    features = "quadratic" if dataset.n_features <= MAX_QUADRATIC else "linear"
    text = "~".join([dataset.key, *(f"{name}~10000" for name in big)])
    problem = decode({"data": text, "features": features}).problem
    assert problem.n_samples * problem.n_params * 8 < 10e6


names = st.sampled_from([*encode(default_experiment()), "surface", "view.log", "other"])
KEYS = [*gd.DATASETS, *gd.OPTIMIZERS, *gd.SCHEDULES, *gd.SURFACES, *gd.MODELS, *knobs(Fit), "zero"]
fragments = st.text(max_size=20) | st.sampled_from([*KEYS, *NUMBERS, "~", "~~", "1", "0.5", "none"])
texts = st.lists(fragments, max_size=6).map("~".join)


@given(st.dictionaries(names | st.text(max_size=10), texts | st.lists(texts, max_size=3)))
@example({"data": "iris", "model": "logistic"})
@settings(calm)
def test_random_text_is_an_experiment_or_a_refusal_and_nothing_else(query):
    outcome(query)


def outcome(query: Any) -> Experiment | None:
    try:
        return decode(query)
    except LinkError as error:
        assert is_one_sentence(str(error))  # noqa: PT017 - a good link raises nothing
        return None


@given(st.data())
@settings(calm)
def test_a_good_link_with_a_mistake_is_an_experiment_or_a_refusal_and_nothing_else(data):
    query = encode(default_experiment(data.draw(st.sampled_from([*gd.DATASETS.values()][:8]))))
    name = data.draw(st.sampled_from(list(query)))
    place = data.draw(st.integers(0, len(query[name]) - 1))
    text = query[name][place]
    at, length = data.draw(st.integers(0, len(text))), data.draw(st.integers(0, 4))
    query[name][place] = text[:at] + data.draw(fragments) + text[at + length :]
    back = outcome(query)
    assert back is None or decode(encode(back)) == back


# Views of pages


@dataclass(frozen=True)
class Several(Knobs):
    """A view of several things from a table, which an old link gave by number."""

    names: tuple[str, ...] = knob(("b",), choices=("a", "b", "c"), old={"5": "a~c"})


@pytest.mark.parametrize("names", [("a",), ("a", "c"), ("a", "b", "c")])
def test_several_choices_travel_by_their_keys(names):
    query = link.written(Several(names))
    assert query == {"names": ["~".join(names)]}
    assert link.chosen(query, Several) == {"names": names}


def test_a_text_of_an_old_link_means_what_it_meant():
    assert link.chosen({"names": ["5"]}, Several) == {"names": ("a", "c")}


@pytest.mark.parametrize("text", ["", "~", "a~", "a~d", "4", "none"])
def test_what_is_not_among_several_choices_is_refused_with_all_of_them(text):
    with pytest.raises(LinkError, match="names must be one or more of a, b, c; got"):
        link.chosen({"names": [text]}, Several)


# Numbers out of range

FULL = encode(default_experiment())
RATE = f"lr~{default_experiment().runs[0].optimizer.lr}"


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (
            {"epochs": ["999999"]},
            "epochs must be from 1 to 100000; this link has 999999, and 100000",
        ),
        (
            {"epochs": ["99999999"]},
            "epochs must be from 1 to 100000; this link has 1 × 10⁸, and 100000 is taken",
        ),
        ({"epochs": ["0"]}, "epochs must be from 1 to 100000; this link has 0, and 1 is taken"),
        ({"n_seeds": ["51"]}, "n_seeds must be from 1 to 50; this link has 51, and 50 is taken"),
        ({"start": ["1e12~0"]}, "each part of start must be from"),
        ({"test_size": ["7"]}, "test_size must be from"),
        ({"data": ["line~n_samples~1000000~noise~0.5~seed~0"]}, "n_samples must be from"),
        ({"run": [FULL["run"][0].replace(RATE, "lr~1e9"), *FULL["run"][1:]]}, "lr of run 1"),
        ({"run": FULL["run"] * 3}, "1 to 6 runs; this one has 9, of which the first 6 are here"),
    ],
)
def test_one_value_out_of_range_is_named_and_clamped_and_the_rest_kept(change, name):
    query = FULL | change
    experiment, changes = mended(query)
    assert len(changes) == 1
    assert name in changes[0]
    assert is_one_sentence(changes[0])
    kept = {key for key in FULL if encode(experiment).get(key) != FULL[key]}
    assert kept == set(change)
    with pytest.raises(LinkError):
        decode(query)


def test_what_is_in_range_is_not_touched_by_mending():
    for name in gd.DATASETS:
        experiment = default_experiment(gd.DATASETS[name])
        assert mended(encode(experiment)) == (experiment, ())


@pytest.mark.parametrize("query", [{"epochs": "many"}, {"data": "lines"}, {"run": "sgd"}])
def test_what_is_no_number_out_of_range_is_still_refused(query):
    with pytest.raises(LinkError):
        mended(query)


def test_a_whole_link_is_read_without_a_default_experiment(monkeypatch):
    monkeypatch.setattr(link, "default_experiment", lambda dataset: pytest.fail("not needed"))
    assert decode(FULL).epochs == 30


@dataclass(frozen=True)
class Mine(type(gd.DATASETS["line"])):
    """A data set of one's own, under the key of the table's."""


class Dent(type(gd.SURFACES["bowl"])):
    """A function of one's own."""


class Twice(gd.Expression):
    """A kind of own function of one's own."""


@pytest.mark.parametrize(
    "experiment",
    [
        replace(default_experiment(), problem=gd.Fit(Mine(), gd.MODELS["linear"])),
        Experiment(Dent(), (Run(gd.SGD(lr=0.1)),)),
        Experiment(Twice("x**2"), (Run(gd.SGD(lr=0.1)),)),
    ],
)
def test_what_is_in_no_table_is_not_linked_as_if_it_were(experiment):
    with pytest.raises(LinkError, match="own table"):
        encode(experiment)


def test_a_part_of_a_shipped_set_is_written_by_places_and_all_of_it_in_short():
    part = replace(gd.DATASETS["iris"], columns=gd.DATASETS["iris"].columns[2:], against="setosa")
    query = encode(default_experiment(part))
    assert query["data"] == ["iris~columns~2.3~classes~all~against~setosa"]
    assert decode(query).problem.dataset == part
    for text in ("9", "", "0.9", "-1", "sepal", "0~1", "0.", "all.1"):
        with pytest.raises(LinkError, match="columns"):
            decode({"data": f"iris~columns~{text}"})


def test_a_further_start_may_be_zero():
    query = encode(gd.Experiment(gd.SURFACES["valley"], (Run(gd.SGD()),)))
    found = decode({**query, "start": ["1~2", "zero", "3~4"]})
    assert found.start == (1.0, 2.0)
    assert found.more_starts == ((0.0, 0.0), (3.0, 4.0))
