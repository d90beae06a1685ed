"""Full-text search over the bodies, caught up when somebody searches, never while appending."""

from __future__ import annotations

import sqlite3

from mlrespond.timeline import schema

MARK = "body_fts"


def matching_positions(
    db: sqlite3.Connection, words: str, limit: int, *, read_only: bool
) -> list[int]:
    """Return the newest positions whose summary or data hold all the words, oldest first."""
    query = " ".join(f'"{word}"' for word in words.replace('"', " ").split())
    if not query:
        return []
    if not read_only:
        catch_up(db)
    rows = db.execute(
        "SELECT rowid FROM body_fts WHERE body_fts MATCH ? ORDER BY rowid DESC LIMIT ?",
        (query, limit),
    ).fetchall()
    return sorted(int(row[0]) for row in rows)


def catch_up(db: sqlite3.Connection) -> None:
    """Bring the index up to the newest event, in one transaction."""
    db.execute("BEGIN IMMEDIATE")
    db.execute(schema.SEARCH)
    row = db.execute("SELECT pos FROM projection WHERE name=?", (MARK,)).fetchone()
    done = row[0] if row else 0
    db.execute(
        "INSERT INTO body_fts(rowid,summary,data) SELECT pos,summary,data FROM body WHERE pos>?",
        (done,),
    )
    db.execute(
        "INSERT OR REPLACE INTO projection SELECT ?, COALESCE(MAX(pos),0) FROM event", (MARK,)
    )
    db.execute("COMMIT")
