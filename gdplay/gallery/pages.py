"""A page of an experiment, a lesson or a worked example: what is said around the player."""

from collections.abc import Mapping
from html import escape
from typing import NamedTuple

from gdplay.experiment import labels
from gdplay.export.offline import PLAYER
from gdplay.figures.marks import line_source
from gdplay.figures.tables import worked_table
from gdplay.figures.theme import LIGHT
from gdplay.gallery.assets import RATE
from gdplay.gallery.contents import Contents
from gdplay.gallery.entries import RATE_HERE, Entry, words_of
from gdplay.gallery.frame import Head, Site, framed, prose
from gdplay.gallery.packing import packed
from gdplay.gallery.sketches import sketch
from gdplay.teaching import worked
from gdplay.teaching.lessons.lesson import Lesson


class Place(NamedTuple):
    """Where an entry stands among its like: its number, of how many, and those beside it."""

    number: int
    total: int
    before: Entry | None
    behind: Entry | None


def page(
    site: Site, entry: Entry, content: Contents, place: Place, later: Mapping[str, str]
) -> str:
    """Return an entry's page.

    Parameters
    ----------
    site : Site
    entry : Entry
    content : Contents
    place : Place
    later : mapping from str to str
        What is fetched where it is asked for, and where that is, seen from the first page: the
        runs at all "rates", every state of them "near" a held clock; only what there is.
    """
    head = Head(entry.title, _plain(entry), entry.path)
    body = (
        f'<section class="gd-stage">{_top(site, entry, content, place)}{_question(entry)}'
        f"{_controls(entry, slides='rates' in later)}{_grid(entry, content)}</section>"
        f"{_below(site, entry, content)}{_onward(place, head.root)}"
        f'<script type="text/plain" id="data">{packed(content.data)}</script>'
    )
    more = "".join(f' data-{name}="{head.root}{path}"' for name, path in later.items())
    key = f' data-lesson="{entry.name}"' if entry.lesson else ""
    scripts = (
        f'<link rel="preload" as="script" href="{head.root}{site.assets.plotly}">\n'
        f'<script defer src="{head.root}{site.assets.player}" '
        f'data-plotly="{head.root}{site.assets.plotly}"{more}{key}></script>'
    )
    kind = f"gd-page{' gd-asks' if entry.lesson else ''}"
    return framed(site, head, body, kind=kind, scripts=scripts)


STALE = '<p class="gd-stale" role="status" hidden></p>'
"""Says which rate is shown where sentences are about another."""


def _plain(entry: Entry) -> str:
    """Return what an entry says as plain words."""
    names = entry.lesson.run_names if entry.lesson else labels(entry.experiment)
    return entry.sentence.replace("**", "").format(*names)


def _top(site: Site, entry: Entry, content: Contents, place: Place) -> str:
    """Return the title, what is to be seen, and the way into the app."""
    count = f"<small>Lesson {place.number} of {place.total}</small>" if entry.lesson else ""
    names = entry.lesson.run_names if entry.lesson else tuple(labels(entry.experiment))
    live = "" if entry.lesson else _live(site, entry, content)
    return (
        f'<div class="gd-top"><h1>{escape(entry.title)} {count}</h1>{live}'
        f"<p>{prose(words_of(entry), names)}</p></div>"
    )


def _live(site: Site, entry: Entry, content: Contents) -> str:
    """Return the link to the same in the app; its rate follows the hand where it can."""
    if not site.server:
        return ""
    here = f"{site.server}/{entry.link()}"
    follows = ""
    if content.slider and not entry.lesson and not entry.example:
        with_rate = f"{site.server}/{entry.link(content.slider.places)}"
        follows = f' data-with-rate="{escape(with_rate.replace(str(RATE_HERE), "{rate}"))}"'
    title = "Try it yourself in the app" if entry.lesson else "Change anything in the app"
    return f'<a class="gd-second gd-same" href="{escape(here)}"{follows}>{title}</a>'


def _controls(entry: Entry, *, slides: bool) -> str:
    """Return the slider of the rate, the runs with their lines, and the choice of the ground."""
    control = (RATE / "rate.html").read_text("utf-8").strip()
    rate = f'<div class="gd-rate-place">{control}</div>' if slides else ""
    runs = "".join(
        f'<li><img alt="" width="44" height="16" src="{line_source(LIGHT, place)}">'
        f"{escape(name)}</li>"
        for place, name in enumerate(labels(entry.experiment))
    )
    return (
        f'<div class="gd-controls">{rate}<div class="gd-runs"><ul>{runs}</ul>{STALE}</div>'
        '<div class="gd-ground" role="group" aria-label="Ground" hidden>'
        '<button type="button" data-ground="3d">3-D</button>'
        '<button type="button" data-ground="map">Map</button></div></div>'
    )


def _grid(entry: Entry, content: Contents) -> str:
    """Return the player's empty grid with the sketch in the place of its ground."""
    drawn = sketch(entry.experiment, content.traces, content.land, covered=entry.lesson is not None)
    grid = (PLAYER / "grid.html").read_text("utf-8").strip()
    return grid.replace('<div class="gd-plot"></div>', f'<div class="gd-plot"></div>{drawn}', 1)


def _question(entry: Entry) -> str:
    """Return a lesson's question with its choices, and what is uncovered by an answer."""
    lesson = entry.lesson
    if lesson is None:
        return ""
    names = lesson.run_names
    choices = "".join(
        f'<button type="button" data-choice="{place}"><i>{"ABCD"[place]}</i>'
        f"<span>{prose(choice.text, names)}</span></button>"
        for place, choice in enumerate(lesson.choices)
    )
    return (
        f'<div class="gd-question"><h2>{prose(lesson.question, names)}</h2>'
        f'<div class="gd-choices">{choices}</div>{_answers(lesson)}'
        f'<p class="gd-watch" hidden>{prose(lesson.watch, names)}</p></div>'
    )


def _answers(lesson: Lesson) -> str:
    """Return what is said of each choice, hidden until it is made."""
    names, right = lesson.run_names, lesson.choices[lesson.right].text
    wrong = "<b class=gd-bad>Not quite.</b>"
    told = f"<b class=gd-good>Right:</b> {prose(right, names)}."
    return "".join(
        f'<p data-answer="{place}" hidden>'
        f"{'' if choice.is_right else f'{wrong} {prose(choice.reason, names)} '}{told}</p>"
        for place, choice in enumerate(lesson.choices)
    )  # fmt: skip


def _below(site: Site, entry: Entry, content: Contents) -> str:
    """Return what happened, in words, and a worked example's numbers."""
    lesson, example = entry.lesson, entry.example
    if lesson is not None:
        why = prose(lesson.why(entry.experiment, content.traces), lesson.run_names)
        return (
            '<section class="gd-words gd-why" hidden><h2>What happened, and why</h2>'
            f"{STALE}<p>{why}</p>{_live(site, entry, content)}</section>"
        )
    table = ""
    if example is not None:
        n_steps = int(content.traces[0].path_updates[-1])  # as many as the picture shows
        rows = worked.steps(example.surface, example.rule, example.start, n_steps)
        table = (
            f"{worked_table(rows, rows, len(rows))}"
            f"<p>{prose(worked.words(rows, len(rows), n_steps))}</p>"
        )
    return (
        f'<section class="gd-words">{STALE}<p>{prose(content.words)}</p>{table}'
        f"{_live(site, entry, content)}</section>"
    )


def _onward(place: Place, root: str) -> str:
    """Return the links to the pages beside."""
    before = _beside(place.before, root, "prev", "←", "")
    return f'<nav class="gd-onward">{before}{_beside(place.behind, root, "next", "", "→")}</nav>'


def _beside(entry: Entry | None, root: str, kind: str, left: str, right: str) -> str:
    if entry is None:
        return "<span></span>"
    title = f"{left} {escape(entry.title)} {right}".strip()
    return f'<a rel="{kind}" href="{root}{entry.path}">{title}</a>'
