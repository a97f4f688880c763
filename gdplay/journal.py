"""What whoever runs the app is told: a line of JSON for each event, counted, and nobody named.

No line holds an address, nor what a link says: of a link there is a digest, of an error its kind
and its place in our code, but not its words, which may quote what a visitor typed.
"""

import json
import logging
import os
import sys
import threading
from collections import Counter
from datetime import UTC, datetime
from hashlib import blake2s
from pathlib import Path
from time import monotonic
from traceback import extract_tb

LOG = logging.getLogger("gdplay.journal")

FULL = "full"
"""What `GDPLAY_LOG` says where other logs may say all they know, as a developer wants."""

COUNTS: Counter[tuple[str, str]] = Counter()
"""How often each event came, by what it is and its kind."""

PAUSE = 60.0
"""Seconds between two lines on refusals of one kind, however many there are."""

FRAMES = 8
"""So many places in the code are told of an error, the innermost last."""

ERRORS = "streamlit.error_util"
"""Where Streamlit logs an error with all its words."""

_lock = threading.Lock()
_written: dict[str, tuple[float, int]] = {}


def begin() -> None:
    """Write events to the standard error from now on, and silence what names visitors."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))
    LOG.handlers[:] = [handler]
    LOG.setLevel(logging.INFO)
    LOG.propagate = False
    if os.environ.get("GDPLAY_LOG") == FULL:
        return
    for name in ("uvicorn.access", ERRORS):
        logging.getLogger(name).addFilter(lambda _: False)
    logging.getLogger("uvicorn.error").addFilter(_names_nobody)


def _names_nobody(record: logging.LogRecord) -> bool:
    """Whether a line of uvicorn's does without the address of a visitor, as with each socket."""
    return not record.msg.startswith('%s - "')


def note(event: str, kind: str = "", **more: object) -> None:
    """Count an event and write its line."""
    with _lock:
        COUNTS[event, kind] += 1
    _write(event, kind, more)


def refuse(kind: str, **more: object) -> None:
    """Count a refusal; a line tells how many there were since the last, once in a `PAUSE`."""
    with _lock:
        COUNTS["refusal", kind] += 1
        count = COUNTS["refusal", kind]
        last, told = _written.get(kind, (-PAUSE, 0))
        if monotonic() - last < PAUSE:
            return
        _written[kind] = monotonic(), count
    _write("refusal", kind, {"times": count - told, **more})


def _write(event: str, kind: str, more: dict[str, object]) -> None:
    time = datetime.now(UTC).isoformat(timespec="milliseconds")
    line = {"time": time, "event": event, "kind": kind, **more}
    LOG.info(json.dumps({name: value for name, value in line.items() if value != ""}))


def digest(text: str) -> str:
    """Return what tells a link from others without saying what is in it."""
    return blake2s(text.encode(errors="replace"), digest_size=6).hexdigest()


def places(error: BaseException) -> list[str]:
    """Return where in the code an error came up: file, line and function, the innermost last."""
    frames = extract_tb(error.__traceback__)[-FRAMES:]
    return [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames]


def _short(file: str) -> str:
    return "/".join(Path(file).parts[-3:])
