"""Our own controls on a page that is driven without a browser."""

import json
import re
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
