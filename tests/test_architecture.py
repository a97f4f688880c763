"""How the house is built: what imports what, how long things are, what everything is called."""

import ast
import functools
import json
import re
import subprocess
import sys
import tomllib

import pytest

import gdplay as gd
from gdplay.sampling import SAMPLINGS
from gdplay.teaching.presets import PRESETS
from gdplay.theory.measures import AXES, METRICS
from tests import ROOT

FILES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted((ROOT / "gdplay").rglob("*.py"))
}
SOURCES = {
    name: ast.parse(path.read_text("utf-8")) for name, path in FILES.items() if name != "gdplay"
}
LAYERS = next(
    contract["layers"]
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"][
        "contracts"
    ]
    if contract["id"] == "layers"
)
HEAVY = ("streamlit", "plotly", "sklearn", "scipy", "pandas", "sqlalchemy", "prometheus_client")
TABLES = {
    "DATASETS": gd.DATASETS, "MODELS": gd.MODELS, "OPTIMIZERS": gd.OPTIMIZERS,
    "SCHEDULES": gd.SCHEDULES, "SURFACES": gd.SURFACES, "PRESETS": PRESETS,
    "LESSONS": gd.LESSONS, "SAMPLINGS": SAMPLINGS, "METRICS": METRICS, "AXES": AXES,
}  # fmt: skip


def loaded_after(code):
    """Which heavy packages a fresh Python holds after running `code`."""
    script = (
        f"{code}\nimport json, sys\nprint(json.dumps([m for m in {HEAVY} if m in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def functions(tree):
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


def code_lines(node):
    """How many lines a function has from its name to its end, its docstring left out."""
    lines = node.end_lineno - node.lineno + 1
    if ast.get_docstring(node):
        lines -= node.body[0].end_lineno - node.body[0].lineno + 1
    return lines


# Imports


def test_importing_the_library_loads_numpy_and_nothing_heavy():
    assert loaded_after("import gdplay") == []


def test_the_default_experiment_is_trained_and_told_without_anything_heavy():
    code = (
        "import gdplay as gd\n"
        "from gdplay.teaching.narrate import narrate\n"
        "experiment = gd.default_experiment()\n"
        "narrate(experiment, gd.train(experiment))\n"
        "gd.link.decode(gd.link.encode(experiment))"
    )
    assert loaded_after(code) == []


def test_figures_load_plotly_and_nothing_else_heavy():
    assert loaded_after("import gdplay.figures") == ["plotly"]


def test_every_module_has_its_layer_and_no_layer_is_for_nothing():
    required = {part.strip() for layer in LAYERS for part in layer.split("|")}
    there = {name.split(".")[1] for name in SOURCES}
    assert there <= {part.strip("()") for part in required}
    assert {part for part in required if not part.startswith("(")} <= there


def test_imports_point_down_the_layers():
    rank = {
        part.strip().strip("()"): level
        for level, layer in enumerate(LAYERS)
        for part in layer.split("|")
    }
    for name, tree in SOURCES.items():
        own = rank[name.split(".")[1]]
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("gdplay."):
                other = node.module.split(".")[1]
                same = other == name.split(".")[1]
                assert same or rank[other] > own, f"{name} imports {node.module}"


OTHER_NAMES = {
    "google": "protobuf", "prometheus_client": "prometheus-client", "sklearn": "scikit-learn",
}  # fmt: skip
"""What some packages are called where they come from."""


def test_every_package_that_the_app_imports_is_pinned():
    pages = [ROOT / "app.py", *(ROOT / "pages").glob("*.py")]
    trees = [*SOURCES.values(), *(ast.parse(path.read_text("utf-8")) for path in pages)]
    names = {
        name.partition(".")[0]
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
        )
    }
    pins = {line.partition("==")[0] for line in (ROOT / "requirements.txt").read_text().split()}
    others = names - sys.stdlib_module_names - {"gdplay"}
    assert {OTHER_NAMES.get(name, name) for name in others} <= pins


def test_only_its_own_table_knows_a_rule_a_schedule_or_a_model_by_class():
    kinds = {
        type(entry).__name__: type(entry).__module__
        for table in (gd.OPTIMIZERS, gd.SCHEDULES, gd.MODELS)
        for entry in table.values()
    } | dict.fromkeys(("Optimizer", "Schedule", "Model"), "")
    asked = [
        (name, ast.unparse(node))
        for name, tree in SOURCES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("isinstance", "issubclass")
        for kind in ast.walk(node.args[1])
        if isinstance(kind, ast.Name) and kinds.get(kind.id, name) != name
    ]
    assert not asked


def packages(tree):
    """The packages that a module imports."""
    return {
        part.split(".")[0]
        for node in ast.walk(tree)
        for part in (
            [alias.name for alias in node.names] if isinstance(node, ast.Import)
            else [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        )
    }  # fmt: skip


def test_only_the_rim_knows_plotly_and_streamlit():
    for name, tree in SOURCES.items():
        used = packages(tree)
        assert "streamlit" not in used or name.startswith("gdplay.ui"), name
        assert "plotly" not in used or name.startswith(("gdplay.ui", "gdplay.figures")), name
        assert "pandas" not in used or name == "gdplay.own_rows.reading", name
        assert not used & {"torch", "matplotlib"}, name


# The rim


MOST_FREE = 0.1
"""The share of the lines of `ui`'s functions that may be free of Streamlit."""

SESSION = "gdplay.ui.address.Session"
"""What a visitor's session is; how it changes is no question to ask in a notebook."""


def imported(tree):
    """What each name that a module imports stands for."""
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {a.asname or a.name.split(".")[0]: a.asname and a.name for a in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
    return {name: full or name for name, full in names.items()}


def mentions(node, names):
    """The full names of what a part of a module mentions; `names` says what stands for what."""
    for part in ast.walk(node):
        text = ast.unparse(part) if isinstance(part, ast.Name | ast.Attribute) else ""
        first, *rest = text.split(".")
        if first in names:
            yield ".".join([names[first], *rest])


def parts_of(tree, module):
    """The functions, methods and values at the top of a module, by full name."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield f"{module}.{node.name}", node
        elif isinstance(node, ast.ClassDef):
            methods = [one for one in node.body if isinstance(one, ast.FunctionDef)]
            yield from ((f"{module}.{node.name}.{one.name}", one) for one in methods)
            yield f"{module}.{node.name}", node
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from ((f"{module}.{ast.unparse(target)}", node) for target in targets)


@functools.cache
def free_of_streamlit():
    """The functions of `ui` with their lines, and those that nothing ties to a visitor."""
    parts, uses = {}, {}
    for module in (name for name in SOURCES if name.startswith("gdplay.ui")):
        own = dict(parts_of(SOURCES[module], module))
        names = imported(SOURCES[module]) | {name.split(".")[-1]: name for name in own}
        parts |= own
        uses |= {name: set(mentions(node, names)) for name, node in own.items()}
    tied = {name for name, used in uses.items() if any(u.startswith("streamlit") for u in used)}
    tied |= {name for name, used in uses.items() if SESSION in used}
    while more := {name for name in uses if name not in tied and uses[name] & tied}:
        tied |= more
    lines = {n: code_lines(part) for n, part in parts.items() if isinstance(part, ast.FunctionDef)}
    return lines, {name: count for name, count in lines.items() if name not in tied}


def test_what_needs_no_streamlit_is_the_librarys():
    lines, free = free_of_streamlit()
    share = sum(free.values()) / sum(lines.values())
    most = sorted(free.items(), key=lambda item: -item[1])[:20]
    print(f"{share:.1%} of {sum(lines.values())} lines:", *most, sep="\n")
    assert share <= MOST_FREE


def test_a_function_is_tied_to_streamlit_by_what_it_calls():
    lines, free = free_of_streamlit()
    assert {"gdplay.ui.state.save", "gdplay.ui.compare.runs.duplicate"} <= lines.keys() - free
    assert {"gdplay.ui.compare.view.View.shown", "gdplay.ui.share.embed_code"} <= free.keys()


# Size


def test_the_framework_stays_small():
    files = (FILES["gdplay.registry"], FILES["gdplay.knobs"])
    assert sum(len(path.read_text("utf-8").splitlines()) for path in files) < 150


def test_no_function_is_long():
    long = [
        (name, f.name, code_lines(f))
        for name, tree in SOURCES.items()
        for f in functions(tree)
        if code_lines(f) > 45
    ]
    assert not long


def test_most_functions_are_short():
    lengths = sorted(
        code_lines(f)
        for name, tree in SOURCES.items()
        if not name.startswith("gdplay.ui")
        for f in functions(tree)
    )
    assert lengths[len(lengths) // 2] <= 8
    assert lengths[int(0.95 * len(lengths))] <= 30


# Words


def test_everything_public_says_what_it_is():
    assert not [name for name, tree in SOURCES.items() if tree.body and not ast.get_docstring(tree)]
    silent = [
        (name, node.name)
        for name, tree in SOURCES.items()
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
        if not ast.get_docstring(node)
    ]
    assert not silent


def test_a_docstring_opens_with_one_line_that_ends():
    openings = [
        (name, text.splitlines()[0])
        for name, tree in SOURCES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef)
        if (text := ast.get_docstring(node))
    ]
    assert not [pair for pair in openings if not re.search(r"[.:?)]$", pair[1])]


@pytest.mark.parametrize("table", TABLES.values(), ids=list(TABLES))
def test_entries_of_a_table_stand_under_their_own_key_with_a_title_of_their_own(table):
    assert all(entry.key == key for key, entry in table.items())
    assert len({entry.title for entry in table.values()}) == len(table)
    assert all(re.fullmatch(r"[a-z][a-z_ ]*", key) for key in table)
    with pytest.raises(TypeError):
        table["new"] = None


def test_what_the_library_offers_is_there_and_sorted_out():
    assert all(hasattr(gd, name) for name in gd.__all__)
    assert len(set(gd.__all__)) == len(gd.__all__)
    assert {"Experiment", "Run", "Fit", "train", "link", "PRESETS"} <= set(gd.__all__)


def test_no_text_names_the_machine_it_was_written_on():
    files = [
        path
        for folder in ("gdplay", "tests", "docs", "deploy", "pages")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".py", ".md", ".js", ".css", ".toml", ".json"}
    ]
    files += [*ROOT.glob("*.md"), *ROOT.glob("*.py"), *ROOT.glob("*.toml")]
    words = ["/" + "work/", ".." + "/shared", "/" + "root/"]
    found = [path for path in files if any(word in path.read_text("utf-8") for word in words)]
    assert not found
