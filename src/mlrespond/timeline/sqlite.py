"""The timeline on stdlib sqlite3: every append is one committed, fsynced transaction.

The database itself refuses what must not be (schema.TRIGGERS); this module gives events their
place and their hash, and turns refusals into our errors.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from mlrespond.errors import ConflictError, NotRecordedError, UnreadableError, UnwritableError
from mlrespond.model.event import GENESIS, Draft, Event, body_digest, header, header_hash, placed
from mlrespond.model.kind import body_class
from mlrespond.timeline.admission import admissible, stands
from mlrespond.timeline.evidence import EvidenceStore
from mlrespond.timeline.opening import DAMAGED, connected, refusal
from mlrespond.timeline.row import COLUMNS, INSERT, SELECT, clean, conditions, event_of
from mlrespond.timeline.seal import seal

if TYPE_CHECKING:  # `mlir timeline` starts without them
    from mlrespond.ports.timeline import AuditReport, Filter
    from mlrespond.timeline.bundle import Bundle, Piece
    from mlrespond.timeline.record import Kept

PATIENCE_S = 5.0


class SqliteTimeline:
    """A timeline in one SQLite file; one instance a thread.

    `now` and `new_id` give `recorded_at` and ids; `redact` is the sink that every text passes.
    `patience_s` is how long another writer is waited for.
    """

    def __init__(
        self,
        path: Path,
        *,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
        new_salt: Callable[[], str],
        redact: Callable[[str], str] = str,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self.path = path
        self._now = now
        self._new_id = new_id
        self._new_salt = new_salt
        self._redact = redact
        self._db, self._why_read_only = connected(path, patience_s)
        self._evidence = EvidenceStore(self._db, redact)

    @property
    def read_only(self) -> bool:
        """Return whether nothing can be written through this connection."""
        return bool(self._why_read_only)

    def append(
        self, drafts: Sequence[Draft], expect: Mapping[str, int] | None = None
    ) -> tuple[Event, ...]:
        """See Timeline.append."""
        with self._transaction():
            self._check(expect or {})
            return tuple(self._insert(one, self._new_id()) for one in drafts)

    def bring_in(
        self,
        spooled: Sequence[tuple[str, Draft]],
        notice: Callable[[tuple[Event, ...]], Draft],
    ) -> tuple[Event, ...]:
        """Append events that were spooled under their own ids; those that stand are passed over.

        An event of a run that was claimed since is marked late; one whose `once` is taken, or
        that corrects what cannot be corrected (any more), keeps its text and loses its claim.
        The `notice` of what was new is part of the transaction.
        """
        with self._transaction():
            fresh = [(name, one) for name, one in spooled if not stands(self._db, "id", name)]
            events = tuple(self._insert(admissible(self._db, one), name) for name, one in fresh)
            if events:
                self._insert(notice(events), self._new_id())
            return events

    def kept(self, streams: tuple[str, ...]) -> tuple[Kept, ...]:
        """Return the events of some streams with all that is hashed, in commit order."""
        from mlrespond.timeline.record import kept

        try:
            return tuple(kept(self._db, streams))
        except DAMAGED as cause:
            raise UnreadableError(f"{self.path} cannot be read: {cause}") from cause

    def piece(self, digest: str) -> Piece | None:
        """Return a piece of evidence with what it is; None when it is not here (any more)."""
        from mlrespond.timeline.bundle import Piece

        rows = self._rows("SELECT media,class FROM evidence WHERE digest=?", (digest,))
        if not rows:
            return None
        media, klass = rows[0]
        return Piece(digest, str(media), str(klass), self.evidence(digest))

    def adopt(self, bundle: Bundle, notice: Callable[[int], Draft], *, driven_here: bool) -> int:
        """Bring a bundle in that passed its audit, whole or not at all; return what was new.

        The `notice` of it is part of the transaction. ConflictError: see adoption.adopt.
        UnwritableError where all came in, and what it erased could not be shredded.
        """
        from mlrespond.timeline.adoption import adopt
        from mlrespond.timeline.erasure import shred

        def at_the_head(name: str, draft: Draft) -> Event:
            return self._insert(admissible(self._db, draft), name)

        with self._transaction():
            came = adopt(self._db, bundle, at_the_head, driven_here=driven_here)
            if came.new:
                self._insert(notice(came.new), self._new_id())
        self._evidence.forget()
        if came.erased:
            shred(self._db)
        return came.new

    def identity(self) -> str:
        """Return what tells this timeline from others; empty while nothing is in it."""
        rows = self._rows("SELECT hash FROM seal ORDER BY pos LIMIT 1", ())
        return str(rows[0][0])[:16] if rows else ""

    def read(self, stream: str, after: int = 0) -> tuple[Event, ...]:
        """See Timeline.read."""
        return self._select("WHERE stream=? AND seq>? ORDER BY seq", (stream, after))

    def latest(self, stream: str, limit: int, without: Sequence[str] = ()) -> tuple[Event, ...]:
        """Return the events of a stream that happened last, newest first; some kinds left out."""
        marks = ",".join("?" * len(without))
        where = (
            f"WHERE stream=? AND kind NOT IN ({marks}) ORDER BY occurred_at DESC, seq DESC LIMIT ?"
        )
        return self._select(where, (stream, *without, limit))

    def length(self, stream: str) -> int:
        """Return how many events a stream has."""
        ((last,),) = self._rows("SELECT MAX(seq) FROM event WHERE stream=?", (stream,))
        return last if isinstance(last, int) else 0

    def follow(self, after: int, limit: int = 500) -> tuple[Event, ...]:
        """See Timeline.follow."""
        return self._select("WHERE e.pos>? ORDER BY e.pos LIMIT ?", (after, limit))

    def evidence(self, digest: str) -> bytes:
        """See Timeline.evidence."""
        try:
            return self._evidence.content(digest)
        except (*DAMAGED, zlib.error) as cause:
            raise UnreadableError(f"evidence {digest[:12]} cannot be read: {cause}") from cause

    def find(self, wanted: Filter) -> tuple[Event, ...]:
        """See History.find."""
        where, values = conditions(wanted)
        if wanted.last is None:
            return self._select(f"{where} ORDER BY e.pos", values)
        newest = self._select(f"{where} ORDER BY e.pos DESC LIMIT ?", (*values, wanted.last))
        return tuple(reversed(newest))

    def outlines(self, streams: Sequence[str], kinds: Sequence[str]) -> tuple[Event, ...]:
        """See Outlines.outlines."""
        from mlrespond.timeline.outlines import outline_queries

        found: list[Event] = []
        for query, values in outline_queries(sorted(set(streams)), kinds):
            found += (event_of(row) for row in self._rows(query, values))
        return tuple(found)

    def search(self, words: str, limit: int = 50) -> tuple[Event, ...]:
        """See History.search."""
        from mlrespond.timeline.search import matching_positions

        try:
            found = matching_positions(self._db, words, limit, read_only=self.read_only)
        except DAMAGED as cause:
            raise UnreadableError(f"{self.path} cannot be searched: {cause}") from cause
        if not found:
            return ()
        marks = ",".join("?" * len(found))
        return self._select(f"WHERE e.pos IN ({marks}) ORDER BY e.pos", tuple(found))

    def by_id(self, event_id: str) -> Event:
        """See History.by_id."""
        found = self._select("WHERE e.id=?", (event_id,))
        if not found:
            raise NotRecordedError(f"no event `{event_id}` in {self.path.name}")
        return found[0]

    def active_runs(self) -> tuple[tuple[str, str], ...]:
        """See History.active_runs."""
        query = (
            "SELECT incident, run FROM event WHERE kind='run_requested' AND late=0"
            " AND stream='incident:'||incident AND run NOT IN"
            " (SELECT run FROM event WHERE kind='run_ended' AND late=0) ORDER BY pos"
        )
        return tuple((str(incident), str(run)) for incident, run in self._rows(query, ()))

    def audit(self, anchor: str = "") -> AuditReport:
        """See Archive.audit; all of it is read as it stood at one moment, whoever writes on."""
        from mlrespond.timeline.audit import audit

        try:
            self._db.execute("BEGIN")
            return audit(self._db, anchor)
        except DAMAGED as cause:
            raise UnreadableError(f"{self.path} cannot be read: {cause}") from cause
        finally:
            with suppress(sqlite3.Error):
                self._db.execute("ROLLBACK")

    def erase(self, target: str, why: Draft) -> Event:
        """See Archive.erase; NotRecordedError when there is no such content.

        What was erased before is only shredded again: its bytes may have been held fast.
        """
        from mlrespond.timeline.erasure import erased_by, remove, shred

        try:
            before = erased_by(self._db, target)
        except DAMAGED as cause:
            raise UnreadableError(f"{self.path} cannot be read: {cause}") from cause
        if before is not None:
            shred(self._db)
            return self.by_id(before)
        with self._transaction():
            self._check({})
            event = self._insert(why, self._new_id())
            remove(self._db, target, event.id)
        self._evidence.forget()
        shred(self._db)
        return event

    def rows(self, query: str, values: Sequence[str | int] = ()) -> list[tuple[object, ...]]:
        """Return the rows of a read-only query over the views; for reports and audits."""
        return self._rows(query, values)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _check(self, expect: Mapping[str, int]) -> None:
        for stream, seq in expect.items():
            stands, _ = self._head(stream)
            if stands != seq:
                raise ConflictError(f"{stream} is at {stands}, not at {seq}")

    def _head(self, stream: str) -> tuple[int, str]:
        row = self._db.execute(
            "SELECT seq, hash FROM event WHERE stream=? ORDER BY seq DESC LIMIT 1", (stream,)
        ).fetchone()
        return (row[0], row[1]) if row else (0, GENESIS)

    def _insert(self, draft: Draft, event_id: str) -> Event:
        seq, prev_hash = self._head(draft.stream)
        named = self._evidence.store(draft.incident, draft.evidence)
        summary, data = clean(draft, named, self._redact)
        salt = self._new_salt()
        event = placed(
            draft,
            pos=0,
            id=event_id,
            seq=seq + 1,
            version=body_class(draft.kind).schema,
            recorded_at=self._now(),
            body_digest=body_digest(salt, summary, data),
            prev_hash=prev_hash,
            hash="",
            summary=summary,
            data=json.loads(data),
        )
        columns = header(event)
        columns["hash"] = header_hash(columns)
        values = [columns[one] for one in COLUMNS]
        pos = self._db.execute(INSERT, values).lastrowid or 0
        self._db.execute("INSERT INTO body VALUES(?,?,?,?)", (pos, summary, data, salt))
        for role, digest in named.items():
            self._db.execute("INSERT INTO event_evidence VALUES(?,?,?)", (pos, role, digest))
        return replace(event, pos=pos, hash=str(columns["hash"]))

    def _select(self, where: str, values: Sequence[str | int]) -> tuple[Event, ...]:
        return tuple(event_of(row) for row in self._rows(f"{SELECT} {where}", values))

    def _rows(self, query: str, values: Sequence[str | int]) -> list[tuple[object, ...]]:
        try:
            return self._db.execute(query, values).fetchall()
        except DAMAGED as cause:
            raise UnreadableError(f"{self.path} cannot be read: {cause}") from cause

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        if self._why_read_only:
            raise UnwritableError(f"{self.path} is open read-only", hint=self._why_read_only)
        try:
            self._db.execute("BEGIN IMMEDIATE")
            yield
            seal(self._db)
            self._db.execute("COMMIT")
        except BaseException as cause:
            self._evidence.forget()
            with suppress(sqlite3.Error):
                self._db.execute("ROLLBACK")
            if isinstance(cause, sqlite3.Error):
                raise refusal(cause, self.path) from cause
            raise
