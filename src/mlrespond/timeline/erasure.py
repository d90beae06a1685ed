"""Erasing content: the text and its salt go, the event's place, digest and hash stay.

What this cannot reach: copies made before (exports, backups, screens), which `erase` lists.
"""

from __future__ import annotations

import sqlite3

from mlrespond.errors import NotRecordedError


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


def shred(db: sqlite3.Connection) -> None:
    """Leave no trace in the file: rebuild the search index, vacuum, empty the write-ahead log."""
    if db.execute("SELECT 1 FROM sqlite_master WHERE name='body_fts'").fetchone():
        db.execute("INSERT INTO body_fts(body_fts) VALUES('rebuild')")
    db.execute("VACUUM")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
