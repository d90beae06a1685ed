"""Checking the chain: every position, link, hash, body and piece of evidence.

A hash chain is tamper-evident, never tamper-proof: whoever owns the file can rewrite all of it,
or cut off its tail, unless a head hash is kept elsewhere.
"""

from __future__ import annotations

import hashlib
import sqlite3
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from mlrespond.model.event import GENESIS, Event, body_digest, header, header_hash
from mlrespond.model.json import text
from mlrespond.ports.timeline import AuditReport, Problem
from mlrespond.timeline.row import SELECT, event_of


@dataclass
class _Tally:
    heads: dict[str, tuple[int, str]] = field(default_factory=dict)
    last_pos: int = 0
    events: int = 0
    erased: list[str] = field(default_factory=list)
    named: dict[str, str] = field(default_factory=dict)


def audit(db: sqlite3.Connection) -> AuditReport:
    """Return what an audit of the whole file found, in the order of the timeline."""
    erasures = {str(row[0]) for row in db.execute("SELECT target FROM erasure")}
    tally = _Tally()
    problems = list(_events(db, erasures, tally))
    problems += _stray(db)
    stored = {str(row[0]) for row in db.execute("SELECT digest FROM evidence")}
    problems += _evidence(db, tally, stored, erasures)
    return AuditReport(
        events=tally.events,
        streams=len(tally.heads),
        evidence=len(stored),
        erased=tuple(tally.erased)
        + tuple(sorted(target for target in erasures if target.startswith("evidence:"))),
        problems=tuple(problems),
        heads={stream: head for stream, (_, head) in sorted(tally.heads.items())},
    )


def _events(db: sqlite3.Connection, erasures: set[str], tally: _Tally) -> Iterator[Problem]:
    query = f"{SELECT.replace(' FROM event', ',b.salt,b.data FROM event')} ORDER BY e.pos"
    for row in db.execute(query):
        try:
            event = event_of(row)
        except (ValueError, TypeError) as cause:
            yield Problem(where=f"position {row[0]}", what=f"the row is not readable: {cause}")
            continue
        tally.events += 1
        yield from _place(event, tally)
        yield from _content(event, row[25], row[26], erasures, tally)
        tally.heads[event.stream] = (event.seq, event.hash)
        tally.last_pos = event.pos


def _place(event: Event, tally: _Tally) -> Iterator[Problem]:
    where = f"{event.stream} #{event.seq} (position {event.pos}, {event.kind})"
    if event.pos != tally.last_pos + 1:
        yield Problem(where=where, what=f"position {tally.last_pos + 1} is missing before it")
    seq, last_hash = tally.heads.get(event.stream, (0, GENESIS))
    if event.seq != seq + 1:
        yield Problem(where=where, what=f"#{seq + 1} of its stream is missing before it")
    if event.prev_hash != last_hash:
        yield Problem(where=where, what="it does not link to the event before it")
    if header_hash(header(event)) != event.hash:
        yield Problem(where=where, what="its header was changed")


def _content(
    event: Event, salt: str | None, data: str | None, erasures: set[str], tally: _Tally
) -> Iterator[Problem]:
    where = f"{event.stream} #{event.seq} (position {event.pos}, {event.kind})"
    if salt is None or data is None:
        if f"event:{event.id}" in erasures:
            tally.erased.append(f"event:{event.id}")
        else:
            yield Problem(where=where, what="its content is missing and was not erased")
        return
    if body_digest(salt, event.summary, data) != event.body_digest:
        yield Problem(where=where, what="its content was changed")
    for digest in event.evidence.values():
        tally.named[text(digest) or ""] = where


def _stray(db: sqlite3.Connection) -> Iterator[Problem]:
    for row in db.execute("SELECT pos FROM body WHERE pos NOT IN (SELECT pos FROM event)"):
        yield Problem(where=f"position {row[0]}", what="content without an event")


def _evidence(
    db: sqlite3.Connection, tally: _Tally, stored: set[str], erasures: set[str]
) -> Iterator[Problem]:
    for digest, where in tally.named.items():
        if digest not in stored and f"evidence:{digest}" not in erasures:
            yield Problem(where=where, what=f"evidence {digest[:12]} is missing and was not erased")
    for digest, codec, content in db.execute("SELECT digest, codec, bytes FROM evidence"):
        if not _intact(digest, codec, content):
            where = tally.named.get(digest, "no event")
            yield Problem(where=where, what=f"evidence {digest[:12]} was changed")


def _intact(digest: str, codec: str, content: bytes) -> bool:
    try:
        plain = zlib.decompress(content) if codec == "zlib" else content
    except zlib.error:
        return False
    return hashlib.sha256(plain).hexdigest() == digest
