"""The first page: every experiment with its picture, the course, and the worked examples."""

from collections.abc import Mapping, Sequence
from html import escape
from itertools import groupby

from gdplay.experiment import labels
from gdplay.figures.brand import ABOUT, NAME
from gdplay.gallery.entries import Entry
from gdplay.gallery.frame import Head, Site, framed, prose, run_name

TITLE = f"{NAME}: gradient descent, side by side"
LEAD = (
    "Batch, mini-batch and stochastic gradient descent start at one place and walk down one loss "
    "surface: on real rows, with exact numbers. Play them, hold them, drag the learning rate."
)


def index(site: Site, entries: Sequence[Entry], sketches: Mapping[str, str]) -> str:
    """Return the first page.

    Parameters
    ----------
    site : Site
    entries : sequence of Entry
        All pages, in their order.
    sketches : mapping from the key of an entry to its picture in SVG
    """
    of = {
        folder: [entry for entry in entries if entry.folder == folder]
        for folder in ("experiments", "lessons", "examples")
    }
    body = "\n".join(
        [
            _hero(entries[0], of["lessons"], sketches),
            _section("experiments", "Experiments", "", _groups(of["experiments"], sketches)),
            _section(
                "lessons", "Lessons",
                "Each asks one question. Say what you think first, then watch what happens and "
                "read why.",
                _course(of["lessons"], sketches),
            ),
            _section(
                "examples", "Small enough to check by hand",
                "A few steps with all their numbers, beside the picture.",
                _cards(of["examples"], sketches),
            ),
        ]
    )  # fmt: skip
    scripts = (
        f'<script defer src="{site.assets.course}" data-later="{site.assets.plotly}"></script>'
    )
    return framed(site, Head(TITLE, ABOUT, "index.html"), body, kind="gd-first", scripts=scripts)


def _hero(entry: Entry, lessons: Sequence[Entry], sketches: Mapping[str, str]) -> str:
    names = " ".join(
        f"<li>{run_name(place, name)}</li>" for place, name in enumerate(labels(entry.experiment))
    )
    lesson = (
        f'<a class="gd-second" data-go href="{lessons[0].path}">Start lesson 1</a>'
        if lessons
        else ""
    )
    return (
        '<section class="gd-hero"><div><h1>Who gets down first?</h1>'
        f"<p>{LEAD}</p><p class=gd-acts>"
        f'<a class="gd-act" href="{entry.path}">Play the three variants</a>{lesson}</p></div>'
        f'<a class="gd-view" href="{entry.path}" aria-label="{escape(entry.title)}">'
        f"{sketches[entry.key]}<ul>{names}</ul></a></section>"
    )


def _section(name: str, title: str, about: str, content: str) -> str:
    told = f"<p>{about}</p>" if about else ""
    return f'<section id="{name}"><h2>{title}</h2>{told}{content}</section>' if content else ""


def _groups(entries: Sequence[Entry], sketches: Mapping[str, str]) -> str:
    return "".join(
        f"<h3>{escape(group)}</h3>{_cards(list(own), sketches)}"
        for group, own in groupby(entries, lambda entry: entry.group)
    )


def _cards(entries: Sequence[Entry], sketches: Mapping[str, str]) -> str:
    cards = "".join(
        f'<a class="gd-card" href="{entry.path}">{sketches[entry.key]}'
        f"<h4>{escape(entry.title)}</h4><p>{prose(entry.sentence)}</p></a>"
        for entry in entries
    )
    return f'<div class="gd-cards">{cards}</div>' if cards else ""


def _course(lessons: Sequence[Entry], sketches: Mapping[str, str]) -> str:
    """Return the lessons in their order, part by part."""
    if not lessons:
        return ""
    numbers = {entry.key: number for number, entry in enumerate(lessons, start=1)}
    parts = "".join(
        f'<div><h3 class="gd-part">{escape(group)}</h3><ol>'
        f"{''.join(_lesson(entry, numbers[entry.key], sketches) for entry in own)}</ol></div>"
        for group, own in groupby(lessons, lambda entry: entry.group)
    )
    return f'<p class="gd-done" hidden></p><div class="gd-course">{parts}</div>'


def _lesson(entry: Entry, number: int, sketches: Mapping[str, str]) -> str:
    assert entry.lesson is not None
    question = prose(entry.sentence, entry.lesson.run_names)
    return (
        f'<li><a data-lesson="{entry.name}" href="{entry.path}"><i>{number}</i>'
        f"{sketches[entry.key]}<span><strong>{escape(entry.title)}</strong>{question}</span></a>"
        "</li>"
    )
