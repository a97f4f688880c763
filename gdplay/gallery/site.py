"""The gallery on disk: its pages, what they share, and the list of them for search engines."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from gdplay.gallery.assets import write_assets, write_named
from gdplay.gallery.contents import Contents, contents
from gdplay.gallery.entries import Entry, entries
from gdplay.gallery.frame import PREVIEW, Site, address_of
from gdplay.gallery.index import index
from gdplay.gallery.packing import packed
from gdplay.gallery.pages import Place, page
from gdplay.gallery.sketches import sketch
from gdplay.home import HOME

Told = Callable[[int, int], None]


def write_site(
    folder: Path,
    *,
    server: str = "",
    address: str = "",
    only: Sequence[str] = (),
    told: Told = lambda done, count: None,
) -> int:
    """Write the gallery and return how many pages it has.

    Parameters
    ----------
    folder : Path
        Made where it is not there; files of an older gallery stay.
    server : str
        The address of an app that shows the same, to which each page leads.
    address : str
        Where the gallery will be found; only with it can there be a list for search engines.
    only : sequence of str
        Keys of the entries to write, such as "lessons/variants"; all by default.
    told : callable
        Is told how many pages stand, of how many.
    """
    wanted = [entry for entry in entries() if not only or entry.key in only]
    folder.mkdir(parents=True, exist_ok=True)
    site = Site(write_assets(folder), server.rstrip("/"), address.rstrip("/"))
    sketches = {}
    for done, entry in enumerate(wanted):
        told(done, len(wanted))
        made = contents(entry)
        _write_page(folder, site, entry, made, _place(entry, wanted))
        sketches[entry.key] = _small(entry, made)
    told(len(wanted), len(wanted))
    _write(folder / "index.html", index(site, wanted, sketches))
    shutil.copyfile(HOME / "docs" / "compare.png", folder / PREVIEW)
    if site.address:
        _write(folder / "sitemap.xml", _sitemap(site, wanted))
    return len(wanted) + 1


def _small(entry: Entry, made: Contents) -> str:
    """Return the picture that stands for an entry; a lesson's does not give its answer away."""
    covered = entry.lesson is not None
    return sketch(entry.experiment, made.traces, made.land, name="gd-small", covered=covered)


def _write_page(folder: Path, site: Site, entry: Entry, made: Contents, place: Place) -> None:
    later = {}
    for name, value in (("rates", made.rates), ("near", made.near)):
        if value:
            file = f"{entry.key.replace('/', '-')}-{name}.js"
            text = f'window.gdplay.take("{name}", "{packed(value)}");\n'
            later[name] = write_named(folder, file, text)
    _write(folder / entry.path, page(site, entry, made, place, later))


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def _place(entry: Entry, every: Sequence[Entry]) -> Place:
    alike = [other for other in every if other.folder == entry.folder]
    at = alike.index(entry)
    return Place(
        at + 1,
        len(alike),
        alike[at - 1] if at else None,
        alike[at + 1] if at + 1 < len(alike) else None,
    )


def _sitemap(site: Site, every: Sequence[Entry]) -> str:
    """Return the list of all pages for search engines (sitemaps.org, protocol 0.9)."""

    def places() -> Iterator[str]:
        for path in ("index.html", *(entry.path for entry in every)):
            yield f"<url><loc>{address_of(site, path)}</loc></url>\n"

    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
        f"{''.join(places())}</urlset>\n"
    )
