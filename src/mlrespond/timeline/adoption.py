"""Bringing a bundle's events into a timeline: as they stand, or at the head where it went on.

A stream that is not here, or of which the bundle has more, is taken over to the letter, with its
ids, times and hashes. One that went on in both places keeps its own, and gets the other's new
events at its head, under their ids; of an incident they count as late. Where an incident is driven
from here, all that others say of it is late, but for notes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from mlrespond.errors import ConflictError, InvalidInputError
from mlrespond.model.event import Draft, Event, header
from mlrespond.model.json import record, text
from mlrespond.timeline.bundle import EVENTS, Bundle
from mlrespond.timeline.bundle_audit import evidence_lines
from mlrespond.timeline.evidence import packed
from mlrespond.timeline.record import Kept, of_line
from mlrespond.timeline.row import COLUMNS, INSERT

Append = Callable[[str, Draft], Event]
_SAID_BY_PEOPLE = frozenset({"note_added"})


@dataclass(frozen=True, slots=True)
class _Stream:
    """How a stream here and in the bundle begin alike, and whether it went on here too."""

    common: int
    diverged: bool


@dataclass(frozen=True, slots=True)
class Adopted:
    """How many events were new, and whether content that was here was erased."""

    new: int
    erased: bool


def adopt(db: sqlite3.Connection, bundle: Bundle, append: Append, *, driven_here: bool) -> Adopted:
    """Bring a bundle in, inside the caller's transaction.

    The bundle must have passed its audit. Raises ConflictError where the incident is another one
    of the same name, or went on in both places and is not driven from here.
    """
    streams = {one: _compared(db, bundle, one) for one in bundle.manifest.streams}
    if driven_here:
        mine = f"incident:{bundle.manifest.incident}"
        streams[mine] = replace(streams[mine], diverged=True)
    _check(db, bundle, streams, driven_here=driven_here)
    pieces = {str(one["digest"]): one for one in evidence_lines(bundle)}
    new = 0
    for line in bundle.lines(EVENTS):
        one = of_line(line)
        stream = streams[one.event.stream]
        if one.event.seq <= stream.common:
            continue
        if stream.diverged and (one.salt is None or _stands(db, one.event.id)):
            continue
        _evidence(db, bundle, pieces, one)
        if stream.diverged:
            pos = append(one.event.id, _at_the_head(one, bundle)).pos
        else:
            pos = _insert(db, one)
        for role, digest in one.event.evidence.items():
            db.execute("INSERT INTO event_evidence VALUES(?,?,?)", (pos, role, digest))
        new += 1
    return Adopted(new=new, erased=_erasures(db, bundle))


def _compared(db: sqlite3.Connection, bundle: Bundle, stream: str) -> _Stream:
    rows = db.execute("SELECT seq,hash FROM event WHERE stream=? ORDER BY seq", (stream,))
    here: Mapping[int, str] = dict(rows.fetchall())
    common = length = 0
    for event in _of_stream(bundle, stream):
        length = event.seq
        if common == event.seq - 1 and here.get(event.seq) == event.hash:
            common = event.seq
    return _Stream(common, diverged=common < min(len(here), length))


def _of_stream(bundle: Bundle, stream: str) -> Iterable[Event]:
    told = (of_line(line).event for line in bundle.lines(EVENTS))
    return (event for event in told if event.stream == stream)


def _another(db: sqlite3.Connection, bundle: Bundle, name: str) -> ConflictError:
    """Return why an incident of a name that is taken does not come in, and what to do.

    It cannot be renamed on the way: its name is in every event's stream, which its hash covers.
    """
    stream = f"incident:{name}"
    here = db.execute(
        "SELECT occurred_at FROM event WHERE stream=? AND seq=1", (stream,)
    ).fetchone()
    other = next(iter(_of_stream(bundle, stream)))
    return ConflictError(
        f"there is another incident {name} here, which began otherwise: this one at "
        f"{str(here[0])[:19]}Z, the bundle's at {other.occurred_at:%Y-%m-%dT%H:%M:%SZ}",
        hint=f"a timeline of its own keeps it as it is: mlir --timeline {name}-other.db import …, "
        f"then mlir --timeline {name}-other.db timeline {name}; here, note where it is: "
        f"mlir note",
    )


def _check(
    db: sqlite3.Connection,
    bundle: Bundle,
    streams: Mapping[str, _Stream],
    *,
    driven_here: bool,
) -> None:
    name = bundle.manifest.incident
    mine = streams[f"incident:{name}"]
    if mine.diverged and not mine.common:
        raise _another(db, bundle, name)
    if mine.diverged and not driven_here:
        raise ConflictError(
            f"{name} went on here after #{mine.common} and elsewhere too, and is not driven here",
            hint="bring what was said here to where it is driven: mlir export here, import there",
        )
    for line in bundle.lines(EVENTS):
        event = of_line(line).event
        if event.once is None or event.seq <= streams[event.stream].common:
            continue
        query = "SELECT COALESCE(incident,stream) FROM event WHERE once=? AND id<>?"
        taken = db.execute(query, (event.once, event.id)).fetchone()
        if taken and not streams[event.stream].diverged:
            raise ConflictError(
                f"`{event.once}` of {name} is recorded here already, in {taken[0]}",
                hint="import into a timeline of its own: mlir --timeline FILE import …",
            )


def _stands(db: sqlite3.Connection, event_id: str) -> bool:
    return db.execute("SELECT 1 FROM event WHERE id=?", (event_id,)).fetchone() is not None


def _insert(db: sqlite3.Connection, one: Kept) -> int:
    columns = {**header(one.event), "hash": one.event.hash}
    pos = db.execute(INSERT, [columns[name] for name in COLUMNS]).lastrowid or 0
    if one.salt is not None:
        values = (pos, one.event.summary, one.text, one.salt)
        db.execute("INSERT INTO body VALUES(?,?,?,?)", values)
    return pos


def _at_the_head(one: Kept, bundle: Bundle) -> Draft:
    """Return an event of elsewhere as it is said here: late, unless a person's word."""
    event = one.event
    of_incident = event.stream == f"incident:{bundle.manifest.incident}"
    return Draft(
        stream=event.stream,
        kind=event.kind,
        summary=event.summary,
        data=event.data,
        occurred_at=event.occurred_at,
        source=event.source,
        actor=event.actor,
        precision=event.precision,
        incident=event.incident,
        run=event.run,
        epoch=event.epoch,
        step=event.step,
        attempt=event.attempt,
        late=event.late or (of_incident and event.kind not in _SAID_BY_PEOPLE),
        once=event.once,
        supersedes=event.supersedes,
    )


def _evidence(
    db: sqlite3.Connection, bundle: Bundle, pieces: Mapping[str, Mapping[str, object]], one: Kept
) -> None:
    """Store the pieces that an event names, unless they are here, or were erased here or there."""
    for digest in (text(named) or "" for named in one.event.evidence.values()):
        taken = "SELECT 1 FROM evidence WHERE digest=? UNION SELECT 1 FROM erasure WHERE target=?"
        if digest not in pieces or db.execute(taken, (digest, f"evidence:{digest}")).fetchone():
            continue
        content = bundle.content(f"evidence/{digest}")
        codec, packed_content = packed(content)
        what = pieces[digest]
        try:
            db.execute(
                "INSERT INTO evidence VALUES(?,?,?,?,?,?)",
                (digest, what["media"], codec, len(content), what["class"], packed_content),
            )
        except (sqlite3.IntegrityError, KeyError) as cause:
            raise InvalidInputError(f"evidence {digest[:12]} is of no known sort") from cause


def _erasures(db: sqlite3.Connection, bundle: Bundle) -> bool:
    """Repeat the bundle's erasures of what is its own here; return whether content went.

    An erasure of another incident stands for nothing until that incident's bundle comes in.
    """
    told = [of_line(line) for line in bundle.lines(EVENTS)]
    own = {one.event.id: one.event.stream for one in told}
    said = [one for one in told if one.event.kind == "content_erased" and one.salt is not None]
    return sum(_erased(db, one, own) for one in said) > 0


def _erased(db: sqlite3.Connection, one: Kept, own: Mapping[str, str]) -> bool:
    target = text(record(one.event.data).get("target")) or ""
    if db.execute("SELECT 1 FROM erasure WHERE target=?", (target,)).fetchone():
        return False
    sort, _, name = target.partition(":")
    if sort == "event":
        named = "SELECT id,stream FROM event WHERE id=?"
        delete = "DELETE FROM body WHERE pos=(SELECT pos FROM event WHERE id=?)"
    else:
        named = "SELECT id,stream FROM event_evidence JOIN event USING(pos) WHERE digest=?"
        delete = "DELETE FROM evidence WHERE digest=?"
    concerned = db.execute(named, (name,)).fetchall()
    if not concerned or any(own.get(event_id) != stream for event_id, stream in concerned):
        return False
    db.execute("INSERT INTO erasure VALUES(?,?)", (target, one.event.id))
    return db.execute(delete, (name,)).rowcount > 0
