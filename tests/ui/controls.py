"""Our own controls on a page that is driven without a browser."""

import json
import re
from itertools import pairwise
from typing import Any

from streamlit.testing.v1 import AppTest


def component(at: AppTest, name: str) -> list[Any]:
    """Return what each component called `name` on the page is told."""
    return [
        json.loads(part.proto.json)
        for part in at.get("bidi_component")
        if part.proto.component_name == name
    ]


def slide(at: AppTest, name: str, rate: float) -> None:
    """Let go of the rate's control called `name`, as a browser does; then the page is to run."""
    generation = at.session_state["session"].generation
    at.session_state[f"{name}@{generation}"] = {"value": rate}


def uncolored(text: str) -> str:
    """Return Markdown with the names of runs in bold alone, without their colours and markers."""
    bare = re.sub(r':color\[\*\*\S\s(.+?)\*\*\]\{foreground="[^"]*"\}', r"**\1**", text)
    return re.sub(r"\\([-.,#(){}\[\]!+*_])", r"\1", bare)


def shared_link(at: AppTest) -> str:
    """Return the address that the open menu of sharing holds."""
    return str(component(at, "gdplay_share")[0]["copies"]["Copy link"])


def titles(at: AppTest) -> list[str]:
    """Return what stands on the page as its title, in Markdown: one text."""
    return [part.value for part in at.main.title]


def headings(at: AppTest) -> list[int]:
    """Return the ranks of the page's headings, from above: 1 is a title."""
    ranks = []
    for part in at.main:
        if part.type in ("title", "header", "subheader"):
            ranks.append(int(part.proto.tag.removeprefix("h")))
        elif part.type == "markdown":
            ranks += [len(signs) for signs in re.findall(r"^(#+) ", part.value, re.MULTILINE)]
    return ranks


def assert_headed(at: AppTest) -> None:
    """Assert that a page has one title, and that no heading leaves out a rank."""
    ranks = headings(at)
    assert ranks[:1] == [1], ranks
    assert 1 not in ranks[1:], ranks
    assert all(low - high <= 1 for high, low in pairwise(ranks)), ranks
