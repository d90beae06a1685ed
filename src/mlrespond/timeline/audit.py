"""Checking the chain: every position, link, hash, seal, body and piece of evidence.

A hash chain is tamper-evident, never tamper-proof: whoever owns the file can rewrite all of it,
or cut off its tail, unless a hash of it is kept elsewhere: an anchor.
"""

from __future__ import annotations

import hashlib
import sqlite3
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from mlrespond.errors import InvalidInputError
from mlrespond.model.event import GENESIS, Event, body_digest, header, header_hash
from mlrespond.model.json import parse, record, text
from mlrespond.ports.timeline import AuditReport, Problem
from mlrespond.timeline.evidence import unpacked
from mlrespond.timeline.row import SELECT, event_of
from mlrespond.timeline.seal import seal_hash


@dataclass
class _Tally:
    evidence: dict[str, bool]  # by digest: whether its content is what was recorded
    erasures: set[str]
    heads: dict[str, tuple[int, str]] = field(default_factory=dict)
    last_pos: int = 0
    events: int = 0
    erased: list[str] = field(default_factory=list)
    named: set[str] = field(default_factory=set)
    seals: dict[int, str] | None = None  # those that are still to come
    sealed: tuple[int, str] = (0, GENESIS)  # the last seal that was passed
    unsealed: list[tuple[int, str]] = field(default_factory=list)
    anchor: str = ""
    anchored: str = ""


def audit(db: sqlite3.Connection, anchor: str = "") -> AuditReport:
    """Return what an audit of the whole file found, in the order of the timeline.

    `anchor` is a hash, or the beginning of one, that was kept elsewhere: of an event or a seal.
    """
    tally = _Tally(
        evidence={digest: _intact(digest, *row) for digest, *row in db.execute(_EVIDENCE)},
        erasures={target for target, told in _erasures(db) if told},
        seals=_seals(db),
        anchor=anchor,
    )
    problems = [
        *_events(db, tally),
        *_cut_off(db, tally),
        *_stray(db),
        *_forged(db),
        *_unnamed(db, tally),
        *_unanchored(tally),
    ]
    return AuditReport(
        head=tally.sealed[1],
        anchored=tally.anchored,
        events=tally.events,
        streams=len(tally.heads),
        evidence=len(tally.evidence),
        erased=tuple(tally.erased)
        + tuple(sorted(target for target in tally.erasures if target.startswith("evidence:"))),
        problems=tuple(problems),
        heads={stream: head for stream, (_, head) in sorted(tally.heads.items())},
    )


_EVIDENCE = "SELECT digest, codec, size, bytes FROM evidence"
_ERASURES = (
    "SELECT r.target,v.kind,b.pos,b.data FROM erasure r"
    " LEFT JOIN event v ON v.id=r.by_event LEFT JOIN body b ON b.pos=v.pos ORDER BY r.target"
)
_OF_THE_ERASED = (
    "SELECT n.digest FROM event_evidence n JOIN event v USING(pos) LEFT JOIN body b USING(pos)"
    " WHERE b.pos IS NULL"
)


def _events(db: sqlite3.Connection, tally: _Tally) -> Iterator[Problem]:
    query = f"{SELECT.replace(' FROM event', ',b.salt,b.data FROM event')} ORDER BY e.pos"
    for row in db.execute(query):
        try:
            event = event_of(row)
            found = [*_place(event, tally), *_content(event, row[25], row[26], tally)]
            tally.heads[event.stream] = (int(event.seq), event.hash)
        except (
            ValueError,
            TypeError,
            AttributeError,
            InvalidInputError,
        ) as cause:
            what = f"the row is not readable: {cause}"
            found = [Problem(where=f"position {row[0]}", what=what)]
        tally.events += 1
        tally.last_pos = row[0]
        yield from found
        yield from _sealed(row[0], str(row[22]), tally)


def _seals(db: sqlite3.Connection) -> dict[int, str] | None:
    """Return the seals by position; None for a file of a time before there were any."""
    if not db.execute("SELECT 1 FROM sqlite_master WHERE name='seal'").fetchone():
        return None
    return dict(db.execute("SELECT pos,hash FROM seal"))


def _where(event: Event) -> str:
    return f"{event.stream} #{event.seq} (position {event.pos}, {event.kind})"


def _place(event: Event, tally: _Tally) -> Iterator[Problem]:
    where = _where(event)
    if event.pos != tally.last_pos + 1:
        yield Problem(where=where, what=f"position {tally.last_pos + 1} is missing before it")
    seq, last_hash = tally.heads.get(event.stream, (0, GENESIS))
    if event.seq != seq + 1:
        yield Problem(where=where, what=f"#{seq + 1} of its stream is missing before it")
    if event.prev_hash != last_hash:
        yield Problem(where=where, what="it does not link to the event before it")
    if header_hash(header(event)) != event.hash:
        yield Problem(where=where, what="its header was changed")


def _sealed(pos: int, hashed: str, tally: _Tally) -> Iterator[Problem]:
    """Check the seal of a commit; it holds the commit order of all streams."""
    _look_for_anchor(f"position {pos}", hashed, tally)
    if tally.seals is None:
        return
    tally.unsealed.append((pos, hashed))
    stands = tally.seals.pop(pos, None)
    if stands is None:
        return
    since, before = tally.sealed
    if seal_hash(before, tally.unsealed) != stands:
        what = f"it does not seal what stands from position {since + 1} on, in this order"
        yield Problem(where=f"position {pos} (seal)", what=what)
    _look_for_anchor(f"the seal of position {pos}", stands, tally)
    tally.sealed, tally.unsealed = (pos, stands), []


def _look_for_anchor(where: str, hashed: str, tally: _Tally) -> None:
    if tally.anchor and hashed.startswith(tally.anchor):
        tally.anchored = where


def _unanchored(tally: _Tally) -> Iterator[Problem]:
    for pos in tally.seals or ():
        yield Problem(where=f"position {pos} (seal)", what="the event that it seals is missing")
    if tally.unsealed:
        where = f"position {tally.unsealed[0][0]}"
        yield Problem(where=where, what="it is not sealed, nor is anything after it")
    if tally.anchor and not tally.anchored:
        what = "no event and no seal has this hash: they were cut off, or written anew"
        yield Problem(where=f"anchor {tally.anchor[:12]}", what=what)


def _content(event: Event, salt: str | None, data: str | None, tally: _Tally) -> Iterator[Problem]:
    where = _where(event)
    if salt is None or data is None:
        if f"event:{event.id}" in tally.erasures:
            tally.erased.append(f"event:{event.id}")
        else:
            yield Problem(where=where, what="its content is missing and was not erased")
        return
    if body_digest(salt, event.summary, data) != event.body_digest:
        yield Problem(where=where, what="its content was changed")
        return
    for digest in (text(one) or "" for one in event.evidence.values()):
        yield from _named(where, digest, tally)


def _named(where: str, digest: str, tally: _Tally) -> Iterator[Problem]:
    if digest in tally.named:
        return
    tally.named.add(digest)
    if digest in tally.evidence:
        if not tally.evidence[digest]:
            yield Problem(where=where, what=f"evidence {digest[:12]} was changed")
    elif f"evidence:{digest}" not in tally.erasures:
        yield Problem(where=where, what=f"evidence {digest[:12]} is missing and was not erased")


def _cut_off(db: sqlite3.Connection, tally: _Tally) -> Iterator[Problem]:
    """Look for a tail that is gone: SQLite counts the positions it gave (sqlite.org/autoinc.html).

    Whoever cuts it off can set that count too; a head hash that is kept elsewhere cannot be set.
    """
    row = db.execute("SELECT seq FROM sqlite_sequence WHERE name='event'").fetchone()
    if row and row[0] > tally.last_pos:
        where = f"position {tally.last_pos + 1}"
        yield Problem(where=where, what=f"it is missing, and all up to position {row[0]}")


def _stray(db: sqlite3.Connection) -> Iterator[Problem]:
    for row in db.execute("SELECT pos FROM body WHERE pos NOT IN (SELECT pos FROM event)"):
        yield Problem(where=f"position {row[0]}", what="content without an event")


def _erasures(db: sqlite3.Connection) -> Iterator[tuple[str, bool]]:
    """Yield what is said to be erased, and whether an event says so: a row alone erases nothing."""
    for target, kind, stands, data in db.execute(_ERASURES):
        told = kind == "content_erased" and (stands is None or _target(data) == target)
        yield str(target), told


def _target(data: object) -> str | None:
    try:
        return text(record(parse(data)).get("target")) if isinstance(data, str) else None
    except InvalidInputError:
        return None


def _forged(db: sqlite3.Connection) -> Iterator[Problem]:
    for target, told in _erasures(db):
        if not told:
            yield Problem(where=f"the erasure of {target}", what="no event says that it was erased")


def _unnamed(db: sqlite3.Connection, tally: _Tally) -> Iterator[Problem]:
    """Look for evidence that no event names, and none whose text was erased may have named."""
    erased = {str(row[0]) for row in db.execute(_OF_THE_ERASED)}
    for digest, intact in tally.evidence.items():
        if digest in tally.named:
            continue
        if not intact:
            yield Problem(where="no event", what=f"evidence {digest[:12]} was changed")
        elif digest not in erased:
            yield Problem(where="no event", what=f"evidence {digest[:12]} is named by none")


def _intact(digest: str, codec: str, size: int, content: bytes) -> bool:
    try:
        plain = unpacked(codec, content)
        return len(plain) == size and hashlib.sha256(plain).hexdigest() == digest
    except (zlib.error, TypeError, KeyError):
        return False
