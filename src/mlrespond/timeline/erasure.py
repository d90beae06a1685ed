"""Erasing content: the text and its salt go, the event's place, digest and hash stay.

What this cannot reach: copies made before (exports, backups, screens), which `erase` lists.
"""

from __future__ import annotations

import sqlite3

from mlrespond.errors import NotRecordedError, UnwritableError
from mlrespond.timeline.search import rebuild


def remove(db: sqlite3.Connection, target: str, by_event: str) -> None:
    """Delete the content of `event:ID` or `evidence:SHA256`, inside the caller's transaction."""
    what, _, name = target.partition(":")
    db.execute("INSERT INTO erasure VALUES(?,?)", (target, by_event))
    if what == "event":
        gone = db.execute(
            "DELETE FROM body WHERE pos=(SELECT pos FROM event WHERE id=?)", (name,)
        ).rowcount
    else:
        gone = db.execute("DELETE FROM evidence WHERE digest=?", (name,)).rowcount
    if not gone:
        raise NotRecordedError(f"nothing to erase: `{target}` is not recorded, or erased already")


def erased_by(db: sqlite3.Connection, target: str) -> str | None:
    """Return the id of the event that erased a target, if one did."""
    row = db.execute("SELECT by_event FROM erasure WHERE target=?", (target,)).fetchone()
    return str(row[0]) if row else None


def shred(db: sqlite3.Connection) -> None:
    """Leave no trace in the file: rebuild the search index, vacuum, empty the write-ahead log.

    Raises UnwritableError while another process keeps the file from being rewritten.
    """
    try:
        rebuild(db)
        db.execute("VACUUM")
        busy = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    except sqlite3.OperationalError as cause:
        raise _still_there(str(cause)) from cause
    if busy:
        raise _still_there("somebody reads it")


def _still_there(why: str) -> UnwritableError:
    return UnwritableError(
        f"the text is erased, but its bytes may still be in the file's free pages: {why}",
        hint="end the other processes that use the timeline, and erase the same again",
    )
