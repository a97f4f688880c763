"""What the benchmarks' machinery promises; work is pretended and the clock false: no timing."""

import math
import subprocess
import sys
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qs

import numpy as np
import pytest

import gdplay as gd
from benchmarks.__main__ import TABLES, main
from benchmarks.data import fit
from benchmarks.estimates import experiments
from benchmarks.load import Load, Soak, dearest, leaked, slowed
from benchmarks.measure import (
    ATTEMPTS,
    MANDATORY,
    ROUNDS,
    DisagreementError,
    Job,
    Row,
    apart,
    failures,
    measure,
    missing,
)
from benchmarks.memory import peak
from benchmarks.ratios import all_apart, one_by_one, trained_apart
from benchmarks.report import BEGIN, END, Table, aligned, setting, simd, three, written_into
from benchmarks.together import Work
from gdplay.engine import cost
from gdplay.sampling import orders
from tests import ROOT

ROWS = [row for table in TABLES for row in table.rows]


@dataclass
class Clock:
    """A clock that only pretended work moves on."""

    now: float = 0.0
    calls: int = 0

    def __call__(self):
        return self.now

    def work(self, *seconds, result=None):
        """Return work that takes so long, call after call, the last time for ever."""
        left = list(seconds)

        def spend():
            self.now += left.pop(0) if len(left) > 1 else left[0]
            self.calls += 1
            return result

        return spend


def timed(top=1.0, bottom=1.0, scale=1.0, name="numpy-one", **fields):
    """Return a row whose two sides take so many seconds by a false clock."""
    clock = Clock()
    return Row(
        name,
        "rival",
        "work",
        lambda: Job(clock.work(top), clock.work(bottom), scale),
        clock=clock,
        **fields,
    )


@dataclass
class Given:
    """Rows that are numbers, and how often each was asked for."""

    asked: dict = field(default_factory=dict)

    def row(self, name, *values, **fields):
        left = list(values)

        def make():
            self.asked[name] = self.asked.get(name, 0) + 1
            return float(left.pop(0) if len(left) > 1 else left[0])

        return Row(name, f"label {name}", "work", make, **fields)


def whole(*rows):
    """Return tables that hold these rows and one good row of every kind that must be there."""
    own = {kind for kind in MANDATORY for row in rows if row.name.startswith(kind)}
    good = [Given().row(f"{kind}-good", 2, floor=1) for kind in MANDATORY if kind not in own]
    return (Table("Made up", ("Rival", "Work", "Times"), (*rows, *good)),)


# Measuring


def test_the_ratio_is_the_rivals_time_times_the_scale_over_ours():
    assert measure(timed(top=3.0, bottom=2.0, scale=10)).value == pytest.approx(15)


def test_one_disturbed_round_does_not_move_the_ratio():
    clock = Clock()
    # Once to compare, once to see how long it takes, then the rounds.
    top = clock.work(1.0, 1.0, 1.0, 90.0, 1.0)
    row = Row("a", "", "", lambda: Job(top, clock.work(0.5)), clock=clock)
    assert measure(row).value == pytest.approx(2)


def test_short_work_is_repeated_within_one_timing():
    clock = Clock()
    row = Row("a", "", "", lambda: Job(clock.work(2.0**-9), clock.work(1.0)), clock=clock)
    assert measure(row).value == pytest.approx(2.0**-9)
    # Each side once to compare and once to see how long it takes, then 11 / 512 s at least 0.02 s.
    assert clock.calls == (2 + 11 * ROUNDS) + (2 + ROUNDS)


def test_a_number_that_is_no_ratio_is_taken_as_it_is():
    assert measure(Given().row("memory", 16.5)).value == 16.5


@pytest.mark.parametrize(("difference", "agrees"), [(1e-9, True), (1.1e-9, False), (np.nan, False)])
def test_results_that_disagree_are_an_error_naming_the_row(difference, agrees):
    def row():
        clock = Clock()
        work = clock.work(1.0)
        return Row("numpy-odd", "", "", lambda: Job(work, work, 1, lambda a, b: difference),
                   clock=clock)  # fmt: skip

    if agrees:
        assert measure(row()).value == pytest.approx(1)
    else:
        with pytest.raises(DisagreementError, match="numpy-odd: results differ"):
            measure(row())


def test_what_the_two_sides_return_is_what_is_compared():
    clock, seen = Clock(), []
    sides = clock.work(1.0, result="theirs"), clock.work(1.0, result="ours")
    compare = lambda *found: seen.append(found) or 0.0  # noqa: E731
    measure(Row("a", "", "", lambda: Job(*sides, 1, compare), clock=clock))
    assert seen == [("theirs", "ours")]


def test_distance_is_relative_for_large_values_and_absolute_for_small_ones():
    assert apart([1e6 + 1, 0.0], [1e6, 1e-3]) == pytest.approx(1e-3)
    assert apart([1e6 + 1], [1e6]) == pytest.approx(1e-6)
    assert math.isnan(apart([1.0, np.nan], [1.0, 1.0]))
    assert math.isnan(apart([1.0, 1.0], [1.0]))


# Comparing runs


@dataclass
class Traced:
    params: np.ndarray
    loss: np.ndarray
    running_loss: np.ndarray | None = None


TRACE = Traced(np.array([[[0.0, 0.0], [1.0, 2.0]]]), np.array([[9.0, 4.0]]))


@pytest.mark.parametrize(
    ("params", "losses", "distance"),
    [
        ([1.0, 2.0], [4.0], 0),
        ([1.0, 2.5], [4.0], 0.2),
        ([1.0, 2.0], [5.0], 0.2),
        ([1.0, 2.0], [], 0),
    ],
)
def test_last_parameters_and_each_epochs_loss_are_compared(params, losses, distance):
    found = np.array(params), np.array(losses)
    assert trained_apart(found, TRACE) == pytest.approx(distance)


def test_the_mean_losses_of_batches_are_compared_where_a_rival_returns_them():
    trace = replace(TRACE, running_loss=np.array([[np.nan, 5.0]]))
    found = np.array([1.0, 2.0]), np.array([4.0])
    assert all_apart((*found, np.array([5.0])), trace) == 0
    assert all_apart((*found, np.array([6.25])), trace) == pytest.approx(0.2)
    assert all_apart((found[0], np.array([5.0]), np.array([5.0])), trace) == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("kind", "batch_size", "n_rows"),
    [("linear", 8, 48), ("linear", None, 12), ("logistic", None, 48), ("softmax", 8, 48)],
)
def test_rivals_are_handed_rows_with_our_loss_in_the_orders_that_we_draw(kind, batch_size, n_rows):
    problem = fit(kind, 48)
    rows, targets = (work := Work(kind, problem, np.ones(1), batch_size, 2)).rows
    assert len(rows) == n_rows == work.orders().shape[1]
    if kind == "linear":
        params = np.linspace(-1, 1, problem.n_params)
        loss = 0.5 * np.mean((rows @ params - targets) ** 2) / work.share
        assert loss == pytest.approx(problem.loss(params), rel=1e-13)
    if batch_size:
        drawn = orders("reshuffle", problem.y, 0, 1)
        assert (work.orders() == np.concatenate([next(drawn), next(drawn)])).all()
        assert work.together == batch_size


def test_a_few_of_a_rivals_runs_stand_for_all_and_meet_their_own_of_ours():
    @dataclass
    class Rule:
        lr: float

    @dataclass
    class Run:
        optimizer: Rule

    @dataclass
    class Runs:
        runs: list

    rates = [0.1, 0.2, 0.3, 0.4, 0.5]
    job = one_by_one(
        Runs([Run(Rule(lr)) for lr in rates]), lambda lr: (np.array([lr]), np.array([])), 3
    )
    assert job.scale == pytest.approx(5 / 3)
    found = job.top()
    assert [float(params[0]) for params, _ in found] == [0.1, 0.3, 0.5]
    traces = [Traced(np.array([[[lr]]]), np.zeros((1, 1))) for lr in rates]
    assert job.difference(found, traces) == 0
    assert job.difference(found, traces[::-1]) == pytest.approx(0.4)


# Checking


@pytest.mark.parametrize(
    ("value", "limits", "passes"),
    [
        (20, {"floor": 20}, True),
        (19.9, {"floor": 20}, False),
        (3, {"ceiling": 3}, True),
        (3.01, {"ceiling": 3}, False),
        (np.nan, {"floor": 20}, False),
        (np.nan, {"ceiling": 3}, False),
        (0.001, {"aim": 5, "ceiling": 1}, True),
    ],
)
def test_a_check_fails_where_a_limit_is_missed(capsys, value, limits, passes):
    row = replace(timed(name="torch-one"), make=lambda: float(value), **limits)
    assert main(["--check"], whole(row)) == (0 if passes else 1)
    assert ("FAILED torch-one" in capsys.readouterr().err) is not passes


def test_without_a_check_a_missed_limit_is_only_printed(capsys):
    assert main([], whole(Given().row("torch-one", 1, floor=20))) == 0
    assert "|    20 |" in capsys.readouterr().out


def test_a_row_that_misses_is_measured_again_before_it_fails():
    given = Given()
    rows = [
        given.row("a-good", 5, floor=2),
        given.row("a-late", *[1] * (ATTEMPTS - 1), 3, floor=2),
        given.row("a-never", 1, floor=2),
    ]
    assert main(["--check"], whole(*rows[:2])) == 0
    assert main(["--check"], whole(rows[2])) == 1
    assert given.asked == {"a-good": 1, "a-late": ATTEMPTS, "a-never": ATTEMPTS}


def test_what_cannot_fail_is_not_measured_for_a_check():
    given = Given()
    tables = whole(given.row("numpy-free", 1, aim=2), given.row("numpy-held", 1, floor=1))
    assert main(["--check"], tables) == 0
    assert given.asked == {"numpy-held": 1}


@pytest.mark.parametrize("kind", MANDATORY)
def test_a_check_fails_where_rows_that_must_be_there_are_not_installed(capsys, kind):
    rows = (
        Given().row(f"{kind}-there", 2, floor=1),
        Given().row(f"{kind}-gone", 2, floor=1, needs="no_such_package"),
    )
    assert main(["--check"], whole(*rows)) == 1
    assert f"FAILED {kind}: a check needs these rows" in capsys.readouterr().err
    assert main(["--check"], whole(rows[0])) == 0


@pytest.mark.parametrize("kind", MANDATORY)
def test_a_check_fails_where_a_table_lost_its_rows_or_their_floors(kind):
    (table,) = whole()
    others = tuple(row for row in table.rows if not row.name.startswith(kind))
    for rows in (others, (*others, Given().row(f"{kind}-free", 2))):
        assert main(["--check"], [replace(table, rows=rows)]) == 1


def test_absent_rivals_are_named_under_their_table_and_others_fail_nothing(capsys):
    row = Given().row("torch-one", 2, floor=1, needs="no_such_package")
    assert main(["--check"], whole(row)) == 0
    out = capsys.readouterr().out
    assert "Left out, because not installed: no_such_package." in out
    assert "label torch-one" not in out
    main([], whole())
    assert "Left out" not in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [[], ["--check"], ["--only", "torch"]])
def test_results_that_disagree_fail_loudly_whatever_was_asked(capsys, arguments):
    clock = Clock()
    work = clock.work(1.0)
    odd = Row("torch-odd", "", "", lambda: Job(work, work, 1, lambda a, b: 0.5), floor=0,
              clock=clock)  # fmt: skip
    assert main(arguments, whole(odd)) == 1
    assert "FAILED torch-odd: results differ by 0.5" in capsys.readouterr().err


def test_only_takes_rows_whose_names_begin_so_and_needs_no_others(capsys):
    given = Given()
    rows = [given.row(name, 2, floor=1) for name in ("a-one", "a-two", "b-one", "c-one")]
    assert main(["--check", "--only", "a", "--only", "b-one"], whole(*rows)) == 0
    assert set(given.asked) == {"a-one", "a-two", "b-one"}
    with pytest.raises(SystemExit, match="no row's name begins with d"):
        main(["--only", "d"], whole(*rows))


# Writing


def test_writing_replaces_what_stands_between_the_marks_and_nothing_else(tmp_path):
    file = tmp_path / "performance.md"
    file.write_text(f"before\n\n{BEGIN}\nold\n{END}\n\nafter\n", "utf-8")
    tables = whole(Given().row("torch-one", 1.234, floor=1))
    for _ in range(2):
        assert main(["--write", str(file)], tables) == 0
        text = file.read_text("utf-8")
        assert text.startswith(f"before\n\n{BEGIN}\n\nMeasured on 2")
        assert text.endswith(f"|\n\n{END}\n\nafter\n")
        assert text.count("1.23 |") == 1
        assert "old" not in text


@pytest.mark.parametrize(
    "text",
    ["", BEGIN, END, f"{END} {BEGIN}", f"{BEGIN}{BEGIN}{END}", f"{BEGIN}{END}{END}",
     f"{END}{BEGIN}{END}"],
)  # fmt: skip
def test_a_document_without_its_two_marks_is_refused(text):
    with pytest.raises(ValueError, match="must hold"):
        written_into(text, "tables")


def test_nothing_is_written_where_results_disagree(tmp_path):
    file = tmp_path / "performance.md"
    file.write_text(f"{BEGIN}old{END}", "utf-8")
    clock = Clock()
    work = clock.work(1.0)
    odd = Row("a", "", "", lambda: Job(work, work, 1, lambda a, b: 1.0), clock=clock)
    assert main(["--write", str(file)], whole(odd)) == 1
    assert file.read_text("utf-8") == f"{BEGIN}old{END}"


def test_a_document_is_looked_at_before_anything_is_measured(tmp_path):
    given = Given()
    file = tmp_path / "performance.md"
    file.write_text("no marks", "utf-8")
    with pytest.raises(ValueError, match="must hold"):
        main(["--write", str(file)], whole(given.row("a", 1)))
    assert not given.asked


@pytest.mark.parametrize("other", [["--check"], ["--only", "a"]])
def test_the_document_takes_all_rows_or_none(other, capsys):
    with pytest.raises(SystemExit):
        main(["--write", "performance.md", *other], whole())
    assert "--write takes all rows" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.0496, "0.0496"),
        (0.3, "0.300"),
        (1.005, "1.00"),
        (9.996, "10.0"),
        (99.96, "100"),
        (1234.5, "1230"),
    ],
)
def test_numbers_have_three_significant_figures(value, text):
    assert three(value) == text


def test_a_table_is_aligned_for_people_and_for_markdown():
    columns = {"Rival": ["a", "b"], "Work": ["long work", "w"], "Times": ["1.00", "20.0"]}
    assert aligned(columns).splitlines() == [
        "| Rival | Work      | Times |",
        "| ----- | --------- | ----: |",
        "| a     | long work |  1.00 |",
        "| b     | w         |  20.0 |",
    ]


@pytest.mark.parametrize(
    ("levels", "name"),
    [
        ({"baseline": ["X86_V2"], "found": ["X86_V3", "X86_V4"], "not found": ["AVX"]}, "X86_V4"),
        ({"baseline": ["X86_V2"], "not found": ["X86_V3"]}, "X86_V2"),
        ({}, "no SIMD"),
    ],
)
def test_the_setting_names_the_most_that_this_processor_can(monkeypatch, levels, name):
    monkeypatch.setattr(np, "show_config", lambda mode: {"SIMD Extensions": levels})
    assert simd() == name
    assert f" up to {name}, " in setting()


# The tables themselves


def test_every_row_has_a_name_of_its_own_that_begins_no_other():
    names = [row.name for row in ROWS]
    assert not [(a, b) for i, a in enumerate(names) for b in names[:i] + names[i + 1 :]
                if b.startswith(a)]  # fmt: skip


def test_the_tables_pass_a_check_only_with_all_kinds_that_must_be_there():
    assert [sentence.split(":")[0] for sentence in missing([], ROWS)] == list(MANDATORY)
    assert {row.name.split("-")[0] for row in TABLES[0].rows} == {
        *MANDATORY,
        "basins",
        "torch",
        "jax",
        "numba",
    }
    assert failures([]) == []


def test_an_aim_lies_beyond_its_floor_and_every_mandatory_row_with_an_aim_has_a_floor():
    aimed = [row for row in ROWS if row.aim is not None]
    assert aimed
    assert all(row.floor is not None and row.floor < row.aim for row in aimed)


def test_the_document_has_its_marks():
    text = (ROOT / "docs" / "performance.md").read_text("utf-8")
    assert written_into(text, "tables") != text


def test_a_fresh_process_does_not_inherit_the_peak_of_the_one_that_started_it():
    held = np.ones(20_000_000)
    code = "from benchmarks.memory import peak; print(peak())"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert held.nbytes / 1e6 < peak()
    assert float(done.stdout) < 0.9 * held.nbytes / 1e6


def test_the_experiments_whose_time_is_foretold_differ_and_are_the_same_every_time():
    some = list(experiments(12))
    assert len(set(some)) == 12
    assert some == list(experiments(12))
    assert len({run.batch_size for experiment in some for run in experiment.runs}) > 2


def test_waits_beside_the_dearest_experiment_fail_beyond_twice_as_long():
    def load(*waits: float) -> Load:
        return Load(list(waits), 0, 0, 1.0, 0, 1.0, 1.0)

    assert not slowed(load(1.0, 1.0), load(1.9, 1.9))
    assert len(slowed(load(1.0, 1.0), load(2.1, 2.1))) == 1
    assert not slowed(load(*[1.0] * 9), load(*[1.0] * 8, 9.0)), "one late answer is the machine's"


def test_a_soak_fails_where_memory_still_grows_in_its_last_third_or_an_answer_is_lost():
    def soak(*memory, errors=0):
        return Soak(100.0, 160.0, [(0.0, 0, 0, float(each)) for each in memory], errors)

    rising = soak(100, 200, 300, 300, 300, 320)
    assert rising.grown == pytest.approx(310 / 300)
    assert rising.session == 2.0
    assert not leaked(rising), "what rises at first, or little, may"
    assert ["memory" in text for text in leaked(soak(100, 200, 300, 300, 340, 340))] == [True]
    assert leaked(soak(300, 300, 300, errors=1)) == ["1 answers never came or held an error"]


def test_the_dearest_experiment_is_allowed_and_twice_its_epochs_are_not():
    found = gd.link.decode(parse_qs(dearest(1)))
    assert cost.refusal(found) is None
    assert cost.refusal(replace(found, epochs=2 * found.epochs)) is not None
