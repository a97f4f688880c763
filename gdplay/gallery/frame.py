"""What every page of the gallery has: its head, the bar on top, and the foot."""

import re
from dataclasses import dataclass
from html import escape

import gdplay
from gdplay.export.cells import plain_text
from gdplay.figures.brand import ABOUT, ICON, NAME, logo
from gdplay.figures.marks import sign, source_of
from gdplay.gallery.assets import Assets

PREVIEW = "preview.png"
"""The picture beside a link that is sent to somebody."""

_THEME = (
    "try{const t=localStorage.getItem('gdplay.theme');"
    "if(t)document.documentElement.dataset.theme=t}catch{}"
)
"""Puts the theme that was chosen before anything is drawn."""

_HALF = (
    '<svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true"><circle cx="10" cy="10" '
    'r="7" fill="none" stroke="currentColor" stroke-width="1.6"/><path d="M10 3a7 7 0 0 1 0 14z" '
    'fill="currentColor"/></svg>'
)


@dataclass(frozen=True)
class Site:
    """What all pages know.

    Attributes
    ----------
    assets : Assets
    server : str
        The address of an app that shows the same, without a slash at its end; may be empty.
    address : str
        Where the pages will be found, without a slash at its end; empty where that is not known.
    """

    assets: Assets
    server: str = ""
    address: str = ""


@dataclass(frozen=True)
class Head:
    """What a page says of itself.

    Attributes
    ----------
    title, about : str
    path : str
        Where it stands, seen from the first page.
    """

    title: str
    about: str
    path: str

    @property
    def root(self) -> str:
        """The way from it to the first page's folder."""
        return "../" * self.path.count("/")


def framed(site: Site, head: Head, body: str, *, kind: str, scripts: str) -> str:
    """Return a whole page.

    Parameters
    ----------
    site : Site
    head : Head
    body : str
        What stands between the bar and the foot, in HTML.
    kind : str
        The class of the page.
    scripts : str
        What loads the page's scripts, in HTML.
    """
    root = head.root
    title = head.title if NAME in head.title else f"{head.title} · {NAME}"
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n{_tags(site, head)}\n"
        f'<link rel="icon" href="{source_of(ICON)}">\n'
        f"<script>{_THEME}</script>\n"
        f'<link rel="stylesheet" href="{root}{site.assets.style}">\n{scripts}\n</head>\n'
        f'<body class="{kind}">\n{_bar(site, root)}\n<main>\n{body}\n</main>\n{_foot(site)}\n'
        "</body>\n</html>\n"
    )


def _tags(site: Site, head: Head) -> str:
    """Return what search results and previews of links show."""
    about = escape(head.about)
    base = f"{site.address}/" if site.address else head.root
    tags = [
        f'<meta name="description" content="{about}">',
        f'<meta property="og:title" content="{escape(head.title)}">',
        f'<meta property="og:description" content="{about}">',
        '<meta property="og:type" content="website">',
        f'<meta property="og:image" content="{base}{PREVIEW}">',
        '<meta name="twitter:card" content="summary_large_image">',
    ]
    if site.address:
        tags.append(f'<link rel="canonical" href="{address_of(site, head.path)}">')
    return "\n".join(tags)


def address_of(site: Site, path: str) -> str:
    """Return the whole address of a page; the first one's ends with a slash."""
    return escape(f"{site.address}/{'' if path == 'index.html' else path}")


def _bar(site: Site, root: str) -> str:
    app = (
        f'<a class="gd-live" href="{escape(site.server)}/">Open the app</a>' if site.server else ""
    )
    first = f"{root}index.html"
    return (
        f'<header><a class="gd-logo" href="{first}" aria-label="{NAME}, all experiments">'
        f'{logo("currentColor")}</a><nav aria-label="Gallery">'
        f'<a href="{first}#experiments">Experiments</a><a href="{first}#lessons">Lessons</a>'
        f'<a href="{first}#examples">By hand</a></nav>{app}'
        f'<button class="gd-theme" type="button" aria-label="Light or dark" title="Light or dark">'
        f"{_HALF}</button></header>"
    )


def _foot(site: Site) -> str:
    live = (
        f' Change anything: <a href="{escape(site.server)}/">the app</a> trains it for you.'
        if site.server
        else ""
    )
    return (
        f"<footer><p>{ABOUT} Numbers and paths on these pages were computed by {NAME} "
        f"{gdplay.__version__}; your browser only plays them and contacts nobody.{live}</p>"
        "</footer>"
    )


def prose(text: str, names: tuple[str, ...] = ()) -> str:
    """Return Markdown of plain and bold words as HTML, with runs' names in their colours."""
    told = text.replace("\\", "").replace(" %", "\u00a0%")  # no line begins with a sign
    marked = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", escape(told))
    for place, name in enumerate(names):
        marked = marked.replace(f"{{{place}}}", run_name(place, name))
    return marked


def run_name(place: int, name: str) -> str:
    """Return a run's name in its colour, behind its marker."""
    return f'<b class="i{place % 6}">{sign(place)}\N{NO-BREAK SPACE}{escape(plain_text(name))}</b>'
