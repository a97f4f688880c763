"""The tables in which rooms are kept, and the database that holds them."""

import os
import tempfile
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import ConnectionPoolEntry

VARIABLE = "GDPLAY_DATABASE"
"""The environment's word on where rooms are kept: a file, or the URL of a database."""

BUSY = 10_000
"""Milliseconds that a writer waits for others."""

FILE = "rooms.sqlite"

METADATA = sa.MetaData()

ROOMS = sa.Table(
    "rooms",
    METADATA,
    sa.Column("code", sa.String(5), primary_key=True),
    sa.Column("key", sa.String(64), nullable=False),  # its digest
    sa.Column("question", sa.Text, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("phase", sa.String(8), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("created", sa.Float, nullable=False, index=True),
)

MEMBERS = sa.Table(
    "members",
    METADATA,
    sa.Column("code", sa.String(5), primary_key=True),
    sa.Column("member", sa.String(32), primary_key=True),
    sa.Column("seen", sa.Float, nullable=False),
)

ANSWERS = sa.Table(
    "answers",
    METADATA,
    sa.Column("code", sa.String(5), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("member", sa.String(32), primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
)

_WRITES = "gdplay_writes"


def where() -> str:
    """Return the URL of the database: as the environment says, or of a file of this user's."""
    said = os.environ.get(VARIABLE, "").strip()
    if "://" in said:
        _, _, rest = said.partition("://")
        is_postgres = said.startswith(("postgres:", "postgresql:"))
        return f"postgresql+psycopg://{rest}" if is_postgres else said
    return f"sqlite:///{Path(said) if said else _folder() / FILE}"


def _folder() -> Path:
    """Return where this user's programs keep what they can do without; else where all do."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gdplay"
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except OSError:
        return Path(tempfile.gettempdir())
    return cache if os.access(cache, os.W_OK) else Path(tempfile.gettempdir())


def connected(url: str) -> sa.Engine:
    """Return a database whose tables are there."""
    is_file = sa.make_url(url).get_backend_name() == "sqlite"
    engine = sa.create_engine(url, pool_size=8, max_overflow=24, pool_pre_ping=not is_file)
    if is_file:
        sa.event.listen(engine, "connect", _settle)
        sa.event.listen(engine, "begin", _begin)
    try:
        METADATA.create_all(engine)
    except sa.exc.DBAPIError:  # another process made them at the same moment
        METADATA.create_all(engine)
    return engine


def writing(engine: sa.Engine) -> sa.Engine:
    """Return the same database for transactions that write: they queue up, and never deadlock."""
    return engine.execution_options(**{_WRITES: True})


def _settle(connection: Any, _entry: ConnectionPoolEntry) -> None:
    """Let readers go on while somebody writes; what is written outlives the process."""
    connection.isolation_level = None  # `_begin` says when a transaction begins
    for setting in ("journal_mode=WAL", f"busy_timeout={BUSY}", "synchronous=NORMAL"):
        connection.execute(f"PRAGMA {setting}")


def _begin(connection: sa.Connection) -> None:
    # A reader that came to write later would fail where another had written meanwhile.
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
