"""A new thing of any kind touches one file, a page two: all else follows from the tables."""

import ast
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import ROOT

RULE = '''
@dataclass(frozen=True)
class Damped(Optimizer):
    """A velocity that is a running mean of gradients.

    v <- beta v + (1 - beta) g;   theta <- theta - lr v
    """

    key = "damped"
    title = "Damped momentum"
    lines = (
        Line("v", r"<\\beta>* <v> + (1 - <\\beta>)*\\, <g>"),
        Line(THETA, r"<\\theta> - <\\eta>*\\, <v>"),
    )
    code = """\\
v = beta * v + (1 - beta) * grad
params = params - lr * v"""
    about = "Momentum whose velocity is a mean."
    memory_names = MappingProxyType({"v": "velocity"})
    linear = True
    limit_formula = "2(1+β)/((1-β)L)"

    beta: float = _decay(0.5, r"\\beta", "How much of the last velocity survives.")

    def init(self, params: Array) -> Array:
        return np.zeros_like(params)

    def update(
        self, grad: Array, velocity: Array, params: Array, lr: float | Array
    ) -> tuple[Array, Array]:
        velocity = _mean(self.beta, velocity, grad)
        return -lr * velocity, velocity

    def limit(self, largest: float) -> float:
        return _limit((1 + self.beta) / (1 - self.beta), largest)


'''
SCHEDULE = '''
@dataclass(frozen=True)
class Straight(Schedule):
    """Lower the learning rate by the same amount at every update.

    eta_t = eta (1 - t / end)
    """

    key = "straight"
    title = "Straight line"
    template = r"<\\eta>*\\, (1 - <t> / <N>)"
    code = "max(1 - t / end, 0)"
    about = "The learning rate falls evenly."

    end: int = knob(1000, 1, 1_000_000, log=True, help="Updates down to zero.", symbol="N")

    def _after_warmup(self, t: Array, n_updates: int) -> Array:
        return np.maximum(1 - t / self.end, 0.0)


'''
MODEL = '''
@dataclass(frozen=True)
class Plane(LinearRegression):
    """Linear regression under another name."""

    key = "plane"
    title = "Plane"
    about = "Predicts a number from a plane."
    linear = True


'''
DATA_SET = '''
@dataclass(frozen=True)
class Wave(Curve):
    """y = sin(3 x) + noise N(0, 1), x uniform on [-1, 1]."""

    key = "wave"
    title = "Wave"
    about = "A line explains little of a wave."
    feature_names = ("x",)

    def _inputs(self, rng: np.random.Generator) -> Array:
        return rng.uniform(-1.0, 1.0, (self.n_samples, 1))

    def _truth(self, X: Array) -> Array:
        return np.sin(3 * X.ravel())


'''
METRIC = """    Metric(
        "size",
        "Length of the parameters",
        "How far they are from zero.",
        lambda problem, origin, params: np.asarray(np.linalg.norm(params, axis=-1)),
    ),
"""
PROMISES = {
    "rule": (
        "menu", "sliders", "link", "legend", "mark", "lines", "formula", "worked examples",
        "limit", "sweep line", "guide", "learning rate page", "script",
    ),
    "schedule": ("menu", "sliders", "link", "lines", "note", "learning rate page", "script"),
    "model": ("menu", "link", "training", "limit", "one update", "script"),
    "data set": ("menu", "sliders", "link", "default experiment", "script"),
    "metric": ("menu", "link", "curve", "axis"),
    "view field": ("link", "bad link"),
    "page": ("opens",),
}  # fmt: skip
FILES = {kind: 2 if kind == "page" else 1 for kind in PROMISES}


class Copy:
    """A copy of the project to which one thing of each kind is added, and the files it took."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.touched: dict[str, set[Path]] = {kind: set() for kind in PROMISES}
        for name in ("gdplay", "pages"):
            ignore = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, root / name, ignore=ignore)

    def entry(self, kind: str, file: str, table: str, text: str, name: str) -> None:
        """Write a class in front of a table, and its name at the table's end."""
        path = self.root / file
        lines = path.read_text("utf-8").splitlines(keepends=True)
        (found,) = [
            node for node in ast.parse("".join(lines)).body
            if isinstance(node, ast.Assign | ast.AnnAssign)
            and isinstance(node.value, ast.Call)
            and ast.unparse(getattr(node, "target", None) or node.targets[0]) == table
        ]  # fmt: skip
        last = found.value.args[-1]
        end = lines[last.end_lineno - 1]
        lines[last.end_lineno - 1] = (
            f"{end[: last.end_col_offset]}, {name}{end[last.end_col_offset :]}"
        )
        lines.insert(found.lineno - 1, text)
        self.write(kind, path, "".join(lines))

    def write(self, kind: str, path: Path, text: str) -> None:
        path.write_text(text, "utf-8")
        self.touched[kind].add(path.relative_to(self.root))


def entries_of(copy: Copy) -> None:
    """Add a rule, a schedule, a model, a data set and a metric."""
    copy.entry("rule", "gdplay/optimizers/elementwise.py", "ELEMENTWISE", RULE, "Damped()")
    copy.entry("schedule", "gdplay/schedules.py", "SCHEDULES", SCHEDULE, "Straight()")
    copy.entry("model", "gdplay/loss/models.py", "MODELS", MODEL, "Plane()")
    copy.entry("data set", "gdplay/datasets/synthetic.py", "SYNTHETIC", DATA_SET, "Wave()")
    copy.entry("metric", "gdplay/theory/measures.py", "METRICS", "", METRIC.strip().rstrip(","))


def view_field_and_page_of(copy: Copy) -> None:
    """Add a field to what Compare shows, and a page."""
    views = (copy.root / "gdplay/ui").rglob("view.py")
    (path,) = [path for path in views if "\nclass View(Knobs)" in path.read_text("utf-8")]
    field = "    log: bool = knob(True)\n"
    text = path.read_text("utf-8")
    assert field in text
    copy.write("view field", path, text.replace(field, f"{field}    dusk: bool = knob(False)\n"))
    page = '"""A page."""\n\nimport streamlit as st\n\nst.title("Extra")\n'
    copy.write("page", copy.root / "pages/extra.py", page)
    router = copy.root / "gdplay/ui/router.py"
    text = router.read_text("utf-8")
    (line,) = re.findall(r'^.*"guide.*\n', text, re.MULTILINE)
    more = line.replace("guide", "extra").replace("Guide", "Extra")
    copy.write("page", router, text.replace(line, line + more))


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    made = Copy(tmp_path_factory.mktemp("extended"))
    entries_of(made)
    view_field_and_page_of(made)
    return made


@pytest.fixture(scope="module")
def facts(copy: Copy) -> dict[str, dict[str, bool]]:
    """What follows from the additions, seen by a Python of its own."""
    script = shutil.copy(ROOT / "tests/extended.py", copy.root / "extended.py")
    done = subprocess.run(
        [sys.executable, script], cwd=copy.root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])  # type: ignore[no-any-return]


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    ("kind", "promise"), [(kind, promise) for kind in PROMISES for promise in PROMISES[kind]]
)
def test_what_a_new_thing_needs_follows_from_its_entry(
    kind: str, promise: str, facts: dict[str, dict[str, bool]]
) -> None:
    assert facts[kind][promise]


@pytest.mark.exhaustive
def test_every_promise_is_kept_to_account(facts: dict[str, dict[str, bool]]) -> None:
    assert {kind: set(promises) for kind, promises in PROMISES.items()} == {
        kind: set(kept) for kind, kept in facts.items()
    }


@pytest.mark.parametrize("kind", FILES)
def test_a_new_thing_touches_as_many_files_as_contributing_says(kind: str, copy: Copy) -> None:
    assert len(copy.touched[kind]) == FILES[kind]
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    (count,) = re.findall(rf"^\| {kind} \| (\d) \|", text, re.MULTILINE)
    assert int(count) == FILES[kind]
