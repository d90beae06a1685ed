"""Full-text search over the bodies, caught up when somebody searches, never while appending."""

from __future__ import annotations

import sqlite3

from mlrespond.timeline import schema

MARK = "body_fts"


def matching_positions(
    db: sqlite3.Connection, words: str, limit: int, *, read_only: bool
) -> list[int]:
    """Return the newest positions whose summary or data hold all the words, oldest first.

    Where the index cannot be brought up to date, the texts themselves are looked through.
    """
    sought = words.replace('"', " ").split()
    if not sought:
        return []
    if read_only or not caught_up(db):
        return _looked_through(db, sought, limit)
    rows = db.execute(
        "SELECT rowid FROM body_fts WHERE body_fts MATCH ? ORDER BY rowid DESC LIMIT ?",
        (" ".join(f'"{word}"' for word in sought), limit),
    ).fetchall()
    return sorted(int(row[0]) for row in rows)


def _looked_through(db: sqlite3.Connection, sought: list[str], limit: int) -> list[int]:
    terms = " AND ".join("instr(lower(summary||' '||data),?)" for _ in sought)
    query = f"SELECT pos FROM body WHERE {terms} ORDER BY pos DESC LIMIT ?"  # noqa: S608  # marks
    rows = db.execute(query, (*(word.lower() for word in sought), limit)).fetchall()
    return sorted(int(row[0]) for row in rows)


def caught_up(db: sqlite3.Connection) -> bool:
    """Bring the index up to the newest event, in one transaction; False if that cannot be now."""
    if db.execute(_AT_THE_HEAD).fetchone():
        return True
    try:
        db.execute("BEGIN IMMEDIATE")
        db.execute(schema.SEARCH)
        row = db.execute("SELECT pos FROM projection WHERE name=?", (MARK,)).fetchone()
        db.execute(
            "INSERT INTO body_fts(rowid,summary,data)"
            " SELECT pos,summary,data FROM body WHERE pos>?",
            (row[0] if row else 0,),
        )
        db.execute(_MARK)
        db.execute("COMMIT")
    except sqlite3.OperationalError:
        if db.in_transaction:
            db.execute("ROLLBACK")
        return False
    return True


_MARK = f"INSERT OR REPLACE INTO projection SELECT '{MARK}', COALESCE(MAX(pos),0) FROM event"  # noqa: S608  # a constant


_AT_THE_HEAD = """
SELECT 1 FROM sqlite_master m JOIN projection p USING(name)
 WHERE name='body_fts' AND pos=(SELECT MAX(pos) FROM event)
"""


def rebuild(db: sqlite3.Connection) -> None:
    """Make the index anew, if there is one, out of the texts that still stand."""
    if not db.execute("SELECT 1 FROM sqlite_master WHERE name=?", (MARK,)).fetchone():
        return
    db.execute("BEGIN IMMEDIATE")
    try:
        db.execute("INSERT INTO body_fts(body_fts) VALUES('rebuild')")
        db.execute(_MARK)  # all of them are in it now: catching up must not enter them twice
        db.execute("COMMIT")
    except sqlite3.OperationalError:
        db.execute("ROLLBACK")
        raise
