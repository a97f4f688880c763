"""What counts as a fault, which tests are tried on it, and that what they notice is noticed."""

import ast
import signal
import sys
from textwrap import dedent

import pytest

from tests.mutants import trial
from tests.mutants.changes import modules, mutants, places
from tests.mutants.crew import Task, each
from tests.mutants.reach import BUSY, HELD, Choice, Map, Reach
from tests.mutants.warm import swap


def changed(source: str) -> list[str]:
    """Every mutant of a source, as source."""
    count = len(list(places(ast.parse(dedent(source)))))
    texts = []
    for place in range(count):
        tree = ast.parse(dedent(source))
        list(places(tree))[place].change()
        texts.append(ast.unparse(ast.fix_missing_locations(tree)))
    return texts


@pytest.mark.parametrize(
    ("source", "faults"),
    [
        ("a + 1", ["a - 1", "a + 2"]),
        ("a < b", ["a >= b"]),
        ("not a", ["not not a"]),
        ("-a", ["+a"]),
        ("a if b else c", ["c if b else a"]),
        ("a and b", ["a or b"]),
        ("x = True", ["x = False"]),
        ("x += y", ["x -= y"]),
        ("x = 999", ["x = 1000"]),
        ("x = 1e30", ["x = 2e+30"]),
    ],
)
def test_a_fault_changes_one_operator_number_or_condition(source, faults):
    assert changed(source) == faults


@pytest.mark.parametrize(
    "source",
    [
        "def f(x: 'int | None') -> 'int | None': ...",
        "@cache(maxsize=64)\ndef f(): ...",
        "raise ValueError(1 + 1)",
        "assert x > 1",
        "zip(a, b, strict=True)",
        "train(experiment, record_path=False)",
        "def hovers(experiment: Experiment, traces: Traces) -> bool: return 1 < 2",
        "lambda e, t: e.epochs == 100",
        'TILE = 1 << 16\n"""Speed: how much fits."""',
        'WIDE: int = 42\n"""Layout: how wide."""',
        'CLOSE = 1e-13\n"""Tolerance: of the gradient."""',
        'AROUND = 8\nSTEPS = 9\n"""Speed: of a search."""',
    ],
)
def test_what_computes_nothing_and_what_no_result_hangs_on_is_left_alone(source):
    assert changed(source) == []


def test_a_size_left_open_is_not_left_open_otherwise():
    assert changed("x.reshape(-1, n + 2)") == [
        "x.reshape(+1, n + 2)", "x.reshape(-1, n - 2)", "x.reshape(-1, n + 3)"
    ]  # fmt: skip


def test_a_constant_on_which_results_hang_is_not():
    assert changed('NEAR = 0.01\n"""A run has arrived at this share."""') == [
        "NEAR = 1.01\n'A run has arrived at this share.'"
    ]
    assert len(changed('NEAR = 1\n\nTILE = 2\n"""Speed: how much fits."""')) == 1


def test_a_fault_knows_the_function_around_it_from_its_first_decorator_on():
    source = """
        LIMIT = 1

        @cache
        def outer(size=2):
            def inner():
                return 3
            return inner

        table = [
            lambda: 4,
        ]
    """
    functions = {place.about: place.function for place in places(ast.parse(dedent(source)))}
    assert functions == {"1 -> 2": 0, "2 -> 3": 4, "3 -> 4": 6, "4 -> 5": 11}


def test_faults_are_the_same_for_the_same_seed_and_come_from_the_core_alone():
    assert mutants(50, 3) == mutants(50, 3) != mutants(50, 4)
    assert not any(".ui." in name or ".figures." in name for name in modules())


def test_tests_of_the_faults_own_module_that_reach_it_come_first_and_the_quickest_of_them():
    (fault,) = [m for m in mutants(10**6, 0) if m.module == "gdplay.words" and m.function][:1]
    here = (str(modules()["gdplay.words"]), fault.function)
    mirror = "tests/test_words.py::test_"
    slow, quick, other, user, endless = (
        Reach(mirror + "slow", 2.0, frozenset({here})),
        Reach(mirror + "quick", 1.0, frozenset({here})),
        Reach(mirror + "other", 0.1, frozenset()),
        Reach("tests/test_link.py::test_user", 3.0, frozenset({here})),
        Reach(mirror + "endless", 2 * BUSY, frozenset({here})),
    )
    unconcerned = Reach("tests/test_link.py::test_unconcerned", 0.1, frozenset())
    every = [slow, unconcerned, endless, quick, other, user]
    choice = Map(every).choice(fault)
    assert choice.own == (quick.test, slow.test)
    assert choice.others == (user.test, other.test)
    assert choice.seconds == pytest.approx(6.1)


def test_what_no_test_calls_is_tried_on_those_that_look_at_what_it_made_at_import():
    (fault,) = [m for m in mutants(10**6, 0) if m.module == "gdplay.words" and m.function][:1]
    file = str(modules()["gdplay.words"])
    held = Reach(f"tests/test_knobs.py::{HELD[0]}", 0.1, frozenset())
    beside = Reach("tests/test_link.py::test_beside", 0.2, frozenset({(file, fault.function + 1)}))
    elsewhere = Reach("tests/test_link.py::test_elsewhere", 0.1, frozenset())
    choice = Map([beside, elsewhere, held]).choice(fault)
    assert (choice.own, choice.others) == ((held.test,), (beside.test,))


@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_tasks_run_apart_and_of_one_that_fails_its_traceback_is_told():
    here = []

    def work():
        here.append(1)
        return here

    assert dict(each([Task(work, 9), Task(lambda: signal.raise_signal(9), 9)], 2)) == {
        0: [1],
        1: None,
    }
    assert here == []
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        list(each([Task(lambda: 1 / 0, 9)], 1))


@pytest.mark.parametrize(("source", "noticed"), [("1 / 0", True), ("1 / 1", False)])
def test_what_cannot_be_imported_is_noticed_though_no_test_reaches_it(source, noticed, monkeypatch):
    (fault,) = [m for m in mutants(10**6, 0) if m.module == "gdplay.words"][:1]
    monkeypatch.setattr(trial, "mutated", lambda _: compile(source, "words.py", "exec"))

    def work():
        del sys.modules[fault.module]
        return trial._noticed(fault, Choice((), (), 0.0))

    assert list(each([Task(work, 10.0)], 1)) == [(0, noticed)]


def test_a_mutants_functions_take_the_place_of_the_cores_wherever_these_are_held():
    source = """
        from functools import cache

        def outer(size=2):
            def inner():
                return 3
            return inner

        class Thing:
            held = 5

            @property
            def more(self):
                return 6

        @cache
        def kept():
            return 7

        pair = (lambda: 8, lambda: 9)
        made = outer()
    """
    before = compile(dedent(source), "here", "exec")
    held = {}
    exec(before, held)
    thing = held["Thing"]
    functions = [
        held["outer"], held["made"], thing.more.fget, held["kept"].__wrapped__, *held["pair"]
    ]  # fmt: skip

    def swapped(old):
        after = compile(dedent(source).replace(str(old), "1"), "here", "exec")
        return swap(before, after, functions)

    assert [swapped(2), swapped(5)] == [0, 0]  # what stands in no function
    assert [swapped(6), swapped(7), swapped(8), swapped(3)] == [1, 1, 1, 2]
    assert [thing().more, held["kept"](), held["pair"][0](), held["pair"][1]()] == [1, 1, 1, 9]
    assert held["made"]() == held["outer"]()() == 1
