"""Scripts for the browser: in which order modules become one, and what they may not do."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from gdplay.scripts import bare, bundle, modules
from gdplay.ui import player

UI = Path(player.__file__).parents[1]
ENTRIES = {
    name: (UI / name).resolve()
    for name in (
        "player/player.js", "player/boot.js", "player/wire.js", "steps/steps.js", "tiles/tiles.js",
        "rate/rate.js", "share/share.js", "predict/predict.js", "lessons/top.js",
        "lessons/progress.js", "missing_rows.js", "address.js", "reconnect.js", "uploads.js",
        "room/keep.js", "room/look.js", "glossary/glossary.js", "fingers.js",
        "../gallery/page.js", "../gallery/course.js", "../gallery/app.js",
    )
}  # fmt: skip
DECLARED = re.compile(r"^(?:export )?(?:default )?(?:async )?(?:function|const|let) (\w+)", re.M)


def written(folder: Path, **texts: str) -> Path:
    """Write modules by name and return the one called `entry`."""
    for name, text in texts.items():
        (folder / f"{name}.js").write_text(text, encoding="utf-8")
    return folder / "entry.js"


def imported(*names: str) -> str:
    return "".join(f"import {{ {name} }} from './{name}.js';\n" for name in names)


def names(entry: Path) -> list[str]:
    return [module.stem for module in modules(entry)]


# The order


def test_a_module_stands_behind_all_that_it_imports_and_once(tmp_path: Path) -> None:
    entry = written(
        tmp_path,
        entry=imported("left", "right"),
        left=imported("base"),
        right=imported("left", "base"),
        base="export const base = 1;\n",
    )
    assert names(entry) == ["base", "left", "right", "entry"]


def test_the_order_of_imports_decides_where_nothing_else_does(tmp_path: Path) -> None:
    leaves = {"a": "export const a = 1;\n", "b": "export const b = 2;\n"}
    assert names(written(tmp_path, entry=imported("b", "a"), **leaves)) == ["b", "a", "entry"]
    assert names(written(tmp_path, entry=imported("a", "b"), **leaves)) == ["a", "b", "entry"]


def test_imports_run_over_lines_and_folders(tmp_path: Path) -> None:
    folder = tmp_path / "inner"
    folder.mkdir()
    written(tmp_path, keys="export const keys = [];\n")
    entry = written(folder, entry="import {\n  keys,\n} from '../keys.js';\nkeys.push(1);\n")
    assert bundle(entry) == "const keys = [];\nkeys.push(1);\n"


@pytest.mark.parametrize(
    ("texts", "circle"),
    [
        ({"entry": imported("entry")}, "entry.js -> entry.js"),
        ({"entry": imported("a"), "a": imported("entry")}, "entry.js -> a.js -> entry.js"),
        (
            {"entry": imported("a"), "a": imported("b"), "b": imported("c"), "c": imported("b")},
            "b.js -> c.js -> b.js",
        ),
    ],
)
def test_modules_that_import_each_other_are_refused(
    texts: dict[str, str], circle: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=f"import each other: {circle}$"):
        bundle(written(tmp_path, **texts))


@pytest.mark.parametrize(
    "line",
    [
        "import a from './a.js';",
        "import * as a from './a.js';",
        "import './a.js';",
        'import { a } from "./a.js";',
        "import { a } from 'a';",
        "export { a };",
        "export * from './a.js';",
    ],
)
def test_other_ways_to_import_and_export_are_refused(line: str, tmp_path: Path) -> None:
    entry = written(tmp_path, entry=f"{line}\n", a="export const a = 1;\n")
    with pytest.raises(ValueError, match=r"entry\.js must import as in .*; got "):
        bundle(entry)


def test_only_the_first_module_has_a_default(tmp_path: Path) -> None:
    entry = written(
        tmp_path, entry=imported("a"), a="export default function a() {}\nexport const b = 1;\n"
    )
    with pytest.raises(ValueError, match=r"a\.js must .* got 'export default function a\(\) \{\}'"):
        bundle(entry)


# What travels


def test_comments_and_indents_stay_behind_and_code_beside_them_does_not(tmp_path: Path) -> None:
    file = tmp_path / "a.js"
    file.write_text(
        "/** What it is. */\n\n"
        "  // more\n"
        "/** @type {Line} */ (line).x = 1;\n"
        "/**\n * Long.\n */\n"
        "  const url = 'a//b'; // beside\n",
        encoding="utf-8",
    )
    assert bare(file) == "/** @type {Line} */ (line).x = 1;\nconst url = 'a//b'; // beside\n"


def test_each_script_keeps_its_default_alone() -> None:
    for entry in ENTRIES.values():
        script = bundle(entry)
        assert not re.search(r"^import ", script, re.M)
        (export,) = re.findall(r"^export .*", script, re.M)
        assert export.startswith(("export default function", "export default async function"))


def test_every_module_is_part_of_a_script() -> None:
    used = {module for entry in ENTRIES.values() for module in modules(entry)}
    assert used == {*UI.rglob("*.js"), *(UI.parent / "gallery").glob("*.js")}


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES)
def test_no_two_modules_of_a_script_declare_the_same_name(entry: Path) -> None:
    declared = [name for module in modules(entry) for name in DECLARED.findall(module.read_text())]
    assert declared
    assert sorted(declared) == sorted(set(declared))


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node.js to parse")
@pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES)
def test_the_scripts_parse_without_their_comments(entry: Path, tmp_path: Path) -> None:
    file = tmp_path / "script.mjs"
    file.write_text(bundle(entry), encoding="utf-8")
    done = subprocess.run(["node", "--check", str(file)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_player_sends_its_script_whole() -> None:
    assert player._script().endswith(bundle(ENTRIES["player/player.js"]))
