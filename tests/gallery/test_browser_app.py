"""The app as files: a page for each address, its whole program, and no word kept back."""

import json
import re
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from gdplay import __main__ as command
from gdplay.gallery import browser_app, write_app
from gdplay.gallery.browser_app import INTERPRETER, PREBUILT, PURE, wheel_of
from tests import ROOT

PAGES = sorted(file.stem for file in (ROOT / "pages").glob("*.py"))


def options_of(page: Path) -> dict[str, Any]:
    (text,) = re.findall(r'id="app">(.*?)</script>', page.read_text("utf-8"))
    said: dict[str, Any] = json.loads(text)
    return said


def wheel(folder: Path, name: str, *needs: str) -> Path:
    """Write a wheel that holds one module."""
    folder.mkdir(exist_ok=True)
    stem = name.replace("-", "_")
    file = folder / f"{stem}-1.0-py3-none-any.whl"
    lines = ["Metadata-Version: 2.1", f"Name: {name}", "Version: 1.0"]
    lines += [f"Requires-Dist: {need}" for need in needs]
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(f"{stem}/__init__.py", "")
        archive.writestr(f"{stem}-1.0.dist-info/METADATA", "\n".join(lines) + "\n")
    return file


@pytest.fixture
def stlite(tmp_path: Path) -> Path:
    """What the npm package looks like."""
    build = tmp_path / "package" / "build"
    (build / "wheels").mkdir(parents=True)
    for name in ("stlite.js", "stlite.css", "stlite.js.map", "stlite.d.ts"):
        (build / name).write_text(name)
    wheel(build / "wheels", "streamlit", "protobuf<8", "toml; extra == 'all'")
    return build.parent


@pytest.fixture
def pyodide(tmp_path: Path) -> Path:
    """What the interpreter's npm package looks like: a list of packages, and none of them."""
    folder = tmp_path / "pyodide"
    folder.mkdir()
    for name in INTERPRETER:
        (folder / name).write_text(name)
    packages = {
        name: {"file_name": f"{name}-2.whl", "depends": [], "package_type": "package"}
        for name in (*PREBUILT, "micropip", "protobuf")
    }
    packages["ssl"] = {"file_name": "ssl-1.whl", "depends": [], "package_type": "cpython_module"}
    packages["protobuf"]["depends"] = ["ssl", "numpy"]
    (folder / "pyodide-lock.json").write_text(json.dumps({"info": {}, "packages": packages}))
    (folder / "package.json").write_text('{"version": "0.29.9"}')
    return folder


def test_there_is_a_page_for_every_address_of_the_app(tmp_path: Path) -> None:
    away = write_app(tmp_path)
    assert len(away) == 2  # stlite, and Pyodide with all that runs on it
    for name in ("", *PAGES):
        said = options_of(tmp_path / "app" / name / "index.html")
        assert said["page"] == ("" if name == "compare" else name)
        assert (tmp_path / "app" / said["plotly"]).resolve().is_file()
        (archive,) = said["archives"]
        assert (tmp_path / "app" / archive["url"]).is_file()
        assert {text.partition("==")[0] for text in said["requirements"]} == set(PURE)


def test_the_program_is_whole_and_named_by_what_it_holds(tmp_path: Path) -> None:
    write_app(tmp_path)
    write_app(tmp_path)
    (file,) = (tmp_path / "app").glob("gdplay.*.zip")
    names = set(zipfile.ZipFile(file).namelist())
    assert {"app.py", ".streamlit/config.toml", browser_app.ENTRY} <= names
    assert {f"pages/{name}.py" for name in PAGES} <= names
    own = [path for path in (ROOT / "gdplay").rglob("*") if path.suffix in (".py", ".js", ".css")]
    assert {path.relative_to(ROOT).as_posix() for path in own} <= names
    assert not [name for name in names if "__pycache__" in name]


@pytest.mark.parametrize("packed", [False, True])
def test_stlite_is_copied_without_what_no_browser_asks_for(
    tmp_path: Path, stlite: Path, packed: bool
) -> None:
    given = stlite
    if packed:
        given = tmp_path / "stlite.tgz"
        with tarfile.open(given, "w:gz") as archive:
            archive.add(stlite, "package")
    write_app(tmp_path / "out", stlite=given)
    copied = {file.name for file in (tmp_path / "out/app/stlite").rglob("*") if file.is_file()}
    assert copied == {"stlite.js", "stlite.css", "streamlit-1.0-py3-none-any.whl"}
    assert options_of(tmp_path / "out/app/index.html")["stlite"] == "stlite/"


def test_an_archive_cannot_write_outside_the_folder(tmp_path: Path) -> None:
    evil = tmp_path / "evil.tgz"
    (tmp_path / "x").write_text("x")
    with tarfile.open(evil, "w:gz") as archive:
        archive.add(tmp_path / "x", "package/build/../../../../x")
    with pytest.raises(ValueError, match="files of its own"):
        write_app(tmp_path / "out", stlite=evil)


def test_packages_come_from_the_folders_and_what_is_missing_is_named(
    tmp_path: Path, stlite: Path, pyodide: Path
) -> None:
    wheels = tmp_path / "wheels"
    for name in PURE:
        wheel(wheels, name)
    wheel(wheels, "openpyxl", "et-xmlfile>1")
    wheel(wheels, "protobuf")
    (pyodide / "numpy-2.whl").write_text("numpy")
    away = write_app(tmp_path / "out", stlite=stlite, pyodide=pyodide, wheels=wheels)
    folder = tmp_path / "out/app/pyodide"
    packages = json.loads((folder / "pyodide-lock.json").read_text())["packages"]
    assert packages["numpy"]["file_name"] == "numpy-2.whl"
    assert (folder / "numpy-2.whl").is_file()
    # A newer wheel takes the place of Pyodide's; what of Python's own library it needs stays.
    assert packages["protobuf"]["version"] == "1.0"
    assert packages["protobuf"]["depends"] == ["ssl"]
    assert (folder / "protobuf-1.0-py3-none-any.whl").is_file()
    from_release, from_index = away
    for name in ("scipy-2.whl", "pandas-2.whl", "scikit-learn-2.whl", "ssl-1.whl"):
        assert name in from_release
    assert "v0.29.9/full/" in from_release
    assert packages["scipy"]["file_name"].endswith("v0.29.9/full/scipy-2.whl")
    assert "et-xmlfile are in no folder" in from_index
    # stlite asks for a newer protobuf than Pyodide's own: never for that one.
    assert "protobuf" in write_app(tmp_path / "two", stlite=stlite, pyodide=pyodide)[-1]
    said = options_of(tmp_path / "out/app/index.html")
    assert set(said["prebuiltPackageNames"]) == set(packages)
    assert said["requirements"] == []


def test_a_wheel_tells_what_it_needs_in_a_browser(tmp_path: Path) -> None:
    needs = ("a-b>=1", "C_d; sys_platform == 'emscripten'", "e; sys_platform == 'win32'")
    told = wheel_of(wheel(tmp_path, "Some_Thing", *needs, "f; extra == 'g'"))
    assert told.name == "some-thing"
    assert told.needs == ("a-b", "c-d")
    assert told.imports == ("Some_Thing",)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--pyodide", "."], "for --app"),
        (["--app", "--wheels", "."], "goes with --pyodide"),
    ],
)
def test_options_that_do_nothing_are_refused(given: list[str], said: str, tmp_path: Path) -> None:
    result = CliRunner().invoke(command.main, ["site", str(tmp_path / "out"), *given])
    assert result.exit_code == 2
    assert said in result.output


def test_a_folder_that_is_another_is_refused(tmp_path: Path) -> None:
    (tmp_path / "build").mkdir()
    with pytest.raises(ValueError, match="@stlite/browser"):
        write_app(tmp_path / "out", stlite=tmp_path)
    with pytest.raises(ValueError, match=r"--pyodide must hold pyodide\.mjs"):
        write_app(tmp_path / "out", pyodide=tmp_path)


def test_the_command_says_what_browsers_fetch_from_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gdplay.gallery.write_site", lambda *_, **__: 1)
    result = CliRunner().invoke(command.main, ["site", str(tmp_path), "--app"])
    assert result.exit_code == 0, result.output
    assert result.output.count("Not in it:") == 2
    assert "cdn.jsdelivr.net" in result.output
