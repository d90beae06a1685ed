"""What an event from outside may claim here: one of the spool, or of another timeline."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

from mlrespond.model.event import Draft


def stands(db: sqlite3.Connection, column: str, value: str) -> bool:
    """Return whether some event has a value in a column of the table."""
    query = f"SELECT 1 FROM event WHERE {column}=?"  # noqa: S608  # columns that callers name
    return db.execute(query, (value,)).fetchone() is not None


def admissible(db: sqlite3.Connection, draft: Draft) -> Draft:
    """Return a draft as it may stand here: late if its run was claimed since.

    What it claims to settle or correct is left out where that is settled or corrected already.
    """
    if draft.once and stands(db, "once", draft.once):
        draft = replace(draft, once=None)
    if draft.supersedes and not _correctable(db, draft):
        draft = replace(draft, supersedes=None)
    if draft.run is None:
        return draft
    query = "SELECT MAX(epoch) FROM event WHERE run=? AND late=0 AND stream NOT GLOB 'service:*'"
    epoch = db.execute(query, (draft.run,)).fetchone()[0]
    if epoch is None and draft.stream.startswith("service:"):
        return draft  # of a run whose incident is not here
    return replace(draft, late=draft.late or draft.epoch != (epoch or 0))


def _correctable(db: sqlite3.Connection, draft: Draft) -> bool:
    query = (
        "SELECT 1 FROM event WHERE id=? AND stream=? AND source='person'"
        " AND NOT EXISTS(SELECT 1 FROM event WHERE supersedes=?)"
    )
    values = (draft.supersedes, draft.stream, draft.supersedes)
    return db.execute(query, values).fetchone() is not None
