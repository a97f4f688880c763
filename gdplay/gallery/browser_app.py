"""The whole app as files: stlite runs it in each visitor's browser, without a server.

Pyodide is Python there. What is not given as a folder, browsers fetch from the internet.
"""

import hashlib
import json
import shutil
import tarfile
import zipfile
from collections.abc import Iterable, Iterator
from email.parser import Parser
from html import escape
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import gdplay
from gdplay.figures.brand import ABOUT, ICON, NAME
from gdplay.figures.marks import source_of
from gdplay.gallery.assets import app_script, write_assets
from gdplay.home import HOME

FOLDER = "app"
"""Where it stands, seen from the gallery's first page."""

STLITE = "1.9.2"
"""The version of `@stlite/browser` that the app was tried with."""

STLITE_AWAY = f"https://cdn.jsdelivr.net/npm/@stlite/browser@{STLITE}/build/"
PYODIDE_AWAY = "https://cdn.jsdelivr.net/pyodide/v{}/full/"

ENTRY = "gdplay/ui/router.py"
FIRST = "compare"
"""The page that the app's folder itself is the address of."""

PREBUILT = ("numpy", "scipy", "pandas", "scikit-learn")
"""What Pyodide's own release holds."""

PURE = ("plotly", "segno", "openpyxl")
"""What else the app imports: wheels of Python alone, in the versions that are installed here."""

INTERPRETER = ("pyodide.mjs", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip")

SKIPPED = (".map", ".d.ts")
"""Endings of files of stlite's that no browser asks for."""

NOTICE = f"""{NAME} is under the licence of its own LICENSE. With it come, or are fetched:
stlite (@stlite/browser), with Streamlit: Apache License 2.0
Pyodide, the interpreter: Mozilla Public License 2.0, with CPython: PSF License 2.0
plotly.js: MIT License
Python packages: each under the licence that its wheel holds
"""


class Wheel(NamedTuple):
    """What a wheel says of itself."""

    file: Path
    name: str
    version: str
    needs: tuple[str, ...]
    imports: tuple[str, ...]


def write_app(
    site: Path,
    *,
    stlite: Path | None = None,
    pyodide: Path | None = None,
    wheels: Path | None = None,
) -> list[str]:
    """Write the app into a folder of the gallery's, and say what browsers fetch from elsewhere.

    Parameters
    ----------
    site : Path
        The gallery's folder, made where it is not there: plotly.js is shared with its pages.
    stlite : Path, optional
        The npm package `@stlite/browser`, as a folder or as the .tgz that it comes in.
    pyodide : Path, optional
        Pyodide's release, unpacked, or the npm package, which has the interpreter alone.
    wheels : Path, optional
        Wheels of packages that Pyodide does not hold; only with `pyodide`.

    Returns
    -------
    away : list of str
        A sentence for each kind of file that is not in the folder; empty where all are.

    Raises
    ------
    ValueError
        Where a folder is not what it should be.
    """
    folder = site / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    away: list[str] = []
    options: dict[str, Any] = {
        "plotly": f"../{write_assets(site).plotly}",
        "stlite": STLITE_AWAY,
        "entrypoint": ENTRY,
        "archives": [{"url": _write_archive(folder), "format": "zip"}],
        "prebuiltPackageNames": list(PREBUILT),
        "requirements": [f"{name}=={version(name)}" for name in PURE],
    }
    if stlite is None:
        away.append(f"stlite {STLITE} comes from {STLITE_AWAY} (or a folder: --stlite)")
    else:
        _copy_stlite(stlite, folder / "stlite")
        options["stlite"] = "stlite/"
    if pyodide is None:
        away.append(
            "Pyodide, with NumPy, SciPy, pandas and scikit-learn, comes from cdn.jsdelivr.net, "
            f"{', '.join(PURE)} and what they and Streamlit need from PyPI (or folders: --pyodide, "
            "--wheels)"
        )
    else:
        needed, missing = _copy_pyodide(pyodide, wheels, folder)
        options |= {
            "pyodide": "pyodide/pyodide.mjs",
            "prebuiltPackageNames": needed,
            "requirements": [],
        }
        away += missing
    _write_pages(folder, options)
    (folder / "NOTICE.txt").write_text(NOTICE, encoding="utf-8")
    return away


def _write_pages(folder: Path, options: dict[str, Any]) -> None:
    """Write a page for each address of the app's, so that any file host knows them all."""
    for name in ("", *(file.stem for file in sorted((HOME / "pages").glob("*.py")))):
        page = "" if name == FIRST else name
        file = folder / name / "index.html"
        file.parent.mkdir(exist_ok=True)
        file.write_text(_page({"page": page, **options}), "utf-8")


def _page(options: dict[str, Any]) -> str:
    said = json.dumps(options).replace("<", "\\u003c")
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{NAME}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="description" content="{escape(ABOUT)}">'
        f'<link rel="icon" href="{escape(source_of(ICON))}">'
        "<style>html{color-scheme:light dark}body{margin:0}"
        "#root>p{font:16px/1.5 sans-serif;margin:2rem;max-width:40rem}</style></head>"
        f'<body><div id="root"><p>{NAME} is being fetched: Python itself comes to your browser '
        "first, once. Nothing that you do here leaves it.</p>"
        "<noscript><p>This app needs JavaScript.</p></noscript></div>"
        f'<script type="application/json" id="app">{said}</script>'
        f"<script>{app_script()}</script></body></html>\n"
    )


# The program


def _write_archive(folder: Path) -> str:
    """Write the app's own files as one archive, and return its name, which tells what it holds."""
    content = BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, file in _program():
            # Without the time of the build: what is alike has the same name.
            entry = zipfile.ZipInfo(path)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, file.read_bytes())
    data = content.getvalue()
    name = f"gdplay.{hashlib.blake2b(data, digest_size=5).hexdigest()}.zip"
    (folder / name).write_bytes(data)
    return name


def _program() -> Iterator[tuple[str, Path]]:
    """Yield the files that the app is made of; `app.py`, which does not run, tells its home."""
    library = Path(gdplay.__file__).parent
    own = ["app.py", ".streamlit/config.toml"]
    own += [f"pages/{file.name}" for file in sorted((HOME / "pages").glob("*.py"))]
    yield from ((path, HOME / path) for path in own)
    for file in sorted(library.rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts:
            yield f"gdplay/{file.relative_to(library).as_posix()}", file


# What it runs on


def _copy_stlite(package: Path, folder: Path) -> None:
    """Copy what browsers ask for of the npm package `@stlite/browser`."""
    if package.is_file():
        with tarfile.open(package) as archive:
            for member in archive:
                path = member.name.removeprefix("package/build/")
                if member.isfile() and path != member.name and not path.endswith(SKIPPED):
                    _put(folder, path, archive.extractfile(member))
    else:
        build = package / "build"
        for file in sorted(build.rglob("*")):
            if file.is_file() and not file.name.endswith(SKIPPED):
                with file.open("rb") as source:
                    _put(folder, file.relative_to(build).as_posix(), source)
    if not (folder / "stlite.js").is_file():
        raise ValueError(f"--stlite must be the npm package @stlite/browser; got {package}")


def _put(folder: Path, path: str, source: Any) -> None:
    file = folder / path
    if folder.resolve() not in file.resolve().parents:
        raise ValueError(f"--stlite must hold files of its own alone; got {path!r}")
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as target:
        shutil.copyfileobj(source, target)


def _copy_pyodide(pyodide: Path, wheels: Path | None, folder: Path) -> tuple[list[str], list[str]]:
    """Copy the interpreter and all packages that are needed.

    Returns
    -------
    needed : list of str
        The packages, those that others need among them.
    missing : list of str
        A sentence about those that are in neither folder.
    """
    lock = _lock(pyodide)
    target = folder / "pyodide"
    target.mkdir(exist_ok=True)
    for name in INTERPRETER:
        shutil.copyfile(pyodide / name, target / name)
    packages: dict[str, Any] = lock["packages"]
    given = {wheel.name: wheel for wheel in map(wheel_of, sorted((wheels or folder).glob("*.whl")))}
    packages |= {name: _entry(wheel, _apart(packages, name)) for name, wheel in given.items()}
    if "protobuf" not in given:
        packages.pop("protobuf", None)  # stlite asks for a newer one than Pyodide's own
    needed, unknown = _closure(packages, ["micropip", *PREBUILT, *PURE, *_streamlit(folder)])
    away = PYODIDE_AWAY.format(_version(pyodide))
    absent = []
    for name in needed:
        file = packages[name]["file_name"]
        source = given[name].file if name in given else pyodide / file
        if source.is_file():
            shutil.copyfile(source, target / file)
        else:
            packages[name]["file_name"] = away + file
            absent.append(file)
    lock["packages"] = {name: packages[name] for name in needed}
    (target / "pyodide-lock.json").write_text(json.dumps(lock), encoding="utf-8")
    missing = []
    if absent:
        missing.append(f"{', '.join(absent)} are not in {pyodide} and come from {away}")
    if unknown:
        missing.append(f"{', '.join(unknown)} are in no folder and come from PyPI (--wheels)")
    return needed, missing


def _lock(pyodide: Path) -> dict[str, Any]:
    absent = [name for name in (*INTERPRETER, "pyodide-lock.json") if not (pyodide / name).exists()]
    if absent:
        raise ValueError(f"--pyodide must hold {', '.join(absent)}; {pyodide} does not")
    lock: dict[str, Any] = json.loads((pyodide / "pyodide-lock.json").read_text("utf-8"))
    return lock


def _version(pyodide: Path) -> str:
    """Return the version of Pyodide: its package's, or what its list of packages says."""
    package = pyodide / "package.json"
    if package.is_file():
        return str(json.loads(package.read_text("utf-8"))["version"])
    return str(_lock(pyodide)["info"].get("version", "0.29.4"))


def _streamlit(folder: Path) -> Iterable[str]:
    """Return what the Streamlit that stlite brings needs, where stlite is in the folder."""
    found = sorted((folder / "stlite" / "wheels").glob("*.whl"))
    own = {wheel.name: wheel for wheel in map(wheel_of, found)}
    every = {name for wheel in own.values() for name in wheel.needs}
    return sorted(every - set(own))


def _closure(packages: dict[str, Any], wanted: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return all that is needed for what is wanted, and what of it nobody knows."""
    needed: list[str] = []
    unknown: list[str] = []
    left = list(wanted)
    while left:
        name = left.pop().replace("_", "-")  # Pyodide's list writes both
        if name in needed or name in unknown:
            continue
        if name in packages:
            needed.append(name)
            left += packages[name]["depends"]
        else:
            unknown.append(name)
    return sorted(needed), sorted(unknown)


def _apart(packages: dict[str, Any], name: str) -> list[str]:
    """Return which parts of Python's own library a package needs that Pyodide keeps apart.

    No wheel says so: `ssl` is such a part.
    """
    needs = packages[name]["depends"] if name in packages else []
    apart = [other for other, what in packages.items() if what["package_type"] == "cpython_module"]
    return [need for need in needs if need in apart]


def _entry(wheel: Wheel, more: list[str]) -> dict[str, Any]:
    """Return what Pyodide's list of packages says of a wheel that needs `more`, too."""
    return {
        "name": wheel.name, "version": wheel.version, "file_name": wheel.file.name,
        "install_dir": "site", "sha256": hashlib.sha256(wheel.file.read_bytes()).hexdigest(),
        "package_type": "package", "imports": list(wheel.imports), "depends": [*wheel.needs, *more],
        "unvendored_tests": False,
    }  # fmt: skip


def wheel_of(file: Path) -> Wheel:
    """Return what a wheel says of itself."""
    from packaging.requirements import Requirement  # Streamlit needs it too
    from packaging.utils import canonicalize_name

    def applies(text: str) -> bool:
        marker = Requirement(text).marker
        return marker is None or marker.evaluate(ENVIRONMENT)

    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
        (place,) = [name for name in names if name.endswith(".dist-info/METADATA")]
        about = Parser().parsestr(archive.read(place).decode("utf-8"))
    needs = [text for text in about.get_all("Requires-Dist", []) if applies(text)]
    tops = {name.split("/")[0].removesuffix(".py") for name in names if ".dist-info/" not in name}
    return Wheel(
        file,
        canonicalize_name(about["Name"]),
        about["Version"],
        tuple(dict.fromkeys(canonicalize_name(Requirement(text).name) for text in needs)),
        tuple(sorted(top for top in tops if top.isidentifier())),
    )


ENVIRONMENT = {
    "python_version": "3.13", "python_full_version": "3.13.2", "sys_platform": "emscripten",
    "platform_system": "Emscripten", "platform_machine": "wasm32", "os_name": "posix",
    "implementation_name": "cpython", "platform_python_implementation": "CPython", "extra": "",
}  # fmt: skip
"""The Python of Pyodide 0.29, for what packages need there alone."""
