"""Seals: one a commit, over the positions and hashes of its events and the seal before it.

A stream's chain knows only its own events. The seals tie all streams together in commit order, so
that no stream can be taken out whole, and no two events of different streams can change places,
without breaking every seal from there on.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable

from mlrespond.model.event import GENESIS


def seal(db: sqlite3.Connection) -> None:
    """Seal the events that came since the last seal, inside the caller's transaction."""
    row = db.execute("SELECT pos,hash FROM seal ORDER BY pos DESC LIMIT 1").fetchone()
    since, before = row or (0, GENESIS)
    last = db.execute("SELECT MAX(pos) FROM event").fetchone()[0]
    if last is not None and last > since:
        fresh = db.execute("SELECT pos,hash FROM event WHERE pos>? ORDER BY pos", (since,))
        made = seal_hash(before, fresh)
        db.execute("INSERT INTO seal VALUES(?,?)", (last, made))


def seal_hash(before: str, events: Iterable[tuple[int, str]]) -> str:
    """Return the hash of a seal: the one before it, then position and hash of each event."""
    digest = hashlib.sha256(before.encode())
    for pos, hashed in events:
        digest.update(f"\n{pos} {hashed}".encode())
    return digest.hexdigest()
