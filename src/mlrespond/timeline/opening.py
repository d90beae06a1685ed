"""Opening the timeline's file: its settings, its migrations, and what SQLite's refusals mean."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from mlrespond.errors import (
    AlreadySettledError,
    ConflictError,
    FencedError,
    RefusedAppendError,
    TimelineError,
    UnreadableError,
    UnwritableError,
)
from mlrespond.model.event import GENESIS
from mlrespond.timeline import schema
from mlrespond.timeline.place import refuse_network_file_system
from mlrespond.timeline.seal import seal
from mlrespond.timeline.views import VIEWS

DAMAGED = (sqlite3.DatabaseError, UnicodeDecodeError)
"""What sqlite3 raises for a damaged file: its message may quote bytes that are no text."""

_NEWER = "a newer mlrespond wrote it: upgrade"
_NOT_WRITABLE = "make the file and its folder writable; until then what happens goes to the spool"


def connected(path: Path, patience_s: float) -> tuple[sqlite3.Connection, str]:
    """Return a connection to the file, made or migrated; and why it only reads, if it does.

    Raises UnwritableError and UnreadableError.
    """
    refuse_network_file_system(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_file() and not _writable(path):
            return _reading(path), _NOT_WRITABLE
        fresh = not path.exists()
        db = _connect(path, patience_s)
        number = db.execute("PRAGMA user_version").fetchone()[0]
        if number > schema.VERSION:
            db.close()
            return _reading(path), _NEWER
        if number < schema.VERSION:
            _migrate(db)
        if fresh:
            path.chmod(0o600)
    except sqlite3.OperationalError as cause:
        raise refusal(cause, path) from cause
    except DAMAGED as cause:
        raise UnreadableError(f"{path} is no timeline: {cause}") from cause
    except OSError as cause:
        raise UnwritableError(f"{path} cannot be opened: {cause.strerror}") from cause
    return db, ""


def _writable(path: Path) -> bool:
    """Return whether the file and the log beside it can be written; root may, but not everywhere.

    access(2) says EROFS for a file system that is mounted read-only, to root as well.
    """
    return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)


def _connect(path: Path, patience_s: float) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None, timeout=patience_s)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    db.execute("PRAGMA fullfsync=ON")  # macOS: fsync alone does not reach the platter
    db.execute("PRAGMA foreign_keys=ON")
    db.execute("PRAGMA recursive_triggers=ON")
    db.execute("PRAGMA secure_delete=ON")
    return db


def _reading(path: Path) -> sqlite3.Connection:
    """Return a connection that only reads.

    A file in WAL mode needs a log's index beside it (sqlite.org/wal.html#readonly). Where none can
    be made, nobody here writes either, and the file is read as it lies, unless a log waits there.
    """
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)
    try:
        db.execute("SELECT 1 FROM sqlite_master")
    except sqlite3.OperationalError:
        db.close()
        log = path.with_name(f"{path.name}-wal")
        if log.exists() and log.stat().st_size:
            raise
        db = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True, isolation_level=None)
        db.execute("SELECT 1 FROM sqlite_master")
    return db


def _migrate(db: sqlite3.Connection) -> None:
    db.execute("BEGIN IMMEDIATE")
    number = db.execute("PRAGMA user_version").fetchone()[0]  # another process may have been first
    if number < schema.VERSION:
        for step in range(number + 1, schema.VERSION + 1):
            _run(db, schema.TABLES[step])
        make_derived(db)
        seal(db)
        db.execute(f"PRAGMA user_version={schema.VERSION}")
    db.execute("COMMIT")


def make_derived(db: sqlite3.Connection) -> None:
    """Make the triggers and views anew: they hold nothing, and follow the program."""
    query = "SELECT type,name FROM sqlite_master WHERE type IN('trigger','view')"
    for sort, name in db.execute(query).fetchall():
        db.execute(f'DROP {sort} "{name}"')
    _run(db, schema.TRIGGERS.replace("{genesis}", GENESIS) + VIEWS)


def _run(db: sqlite3.Connection, script: str) -> None:
    for statement in _statements(script):
        db.execute(statement)


def _statements(script: str) -> Iterator[str]:
    """Split a script at complete statements, since executescript would commit our transaction."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def fresh_schema() -> list[tuple[str, str, str, str]]:
    """Return (type, name, table, sql) of all that a new file is made with."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        _migrate(db)
        query = "SELECT type,name,tbl_name,sql FROM sqlite_master WHERE sql IS NOT NULL"
        return db.execute(query).fetchall()


_REFUSALS: dict[str, type[TimelineError]] = {
    "already-settled": AlreadySettledError,
    "already-superseded": AlreadySettledError,
    "seq-conflict": ConflictError,
    "fenced": FencedError,
}


def refusal(cause: sqlite3.Error, path: Path) -> TimelineError:
    """Return our error for one of SQLite's."""
    word = str(cause)
    if word in _REFUSALS:
        return _REFUSALS[word](f"the timeline refuses: {word}")
    if isinstance(cause, sqlite3.IntegrityError):
        return RefusedAppendError(f"the timeline refuses: {word}")
    if isinstance(cause, sqlite3.OperationalError):
        return UnwritableError(f"{path} cannot be written: {word}")
    return UnreadableError(f"{path} cannot be used: {word}")
