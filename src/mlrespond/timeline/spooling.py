"""The timeline as everybody uses it: SQLite, and the spool when SQLite cannot be written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from mlrespond.errors import (
    AlreadySettledError,
    RefusedAppendError,
    TimelineError,
    UnreadableError,
    UnwritableError,
)
from mlrespond.model.event import GENESIS, Draft, Event, placed
from mlrespond.model.kind import body_class
from mlrespond.timeline.spool import Spool, Spooled
from mlrespond.timeline.sqlite import SqliteTimeline

if TYPE_CHECKING:  # `mlir timeline` starts without them
    from mlrespond.ports.timeline import AuditReport, Filter
    from mlrespond.timeline.bundle import Bundle, Piece
    from mlrespond.timeline.record import Kept

_TRY_AGAIN = timedelta(seconds=15)
_SPOOL_STREAM = "spool"


class SpoolingTimeline:
    """A timeline that loses no fact: what cannot be written now is spooled, and imported later.

    Decisions (an append with `expect`) are never spooled: nobody could check them.
    `spooling` is true while the last write went to the spool.
    """

    def __init__(
        self,
        open_database: Callable[[], SqliteTimeline],
        spool: Spool,
        now: Callable[[], datetime],
    ) -> None:
        self._open = open_database
        self._spool = spool
        self._now = now
        self._database: SqliteTimeline | None = None
        self._not_before: datetime | None = None
        self._away: TimelineError | None = None
        self._imported = False
        self.spooling = False

    def append(
        self, drafts: Sequence[Draft], expect: Mapping[str, int] | None = None
    ) -> tuple[Event, ...]:
        """See Timeline.append; facts are spooled when the database cannot be written."""
        try:
            database = self._writable()
            events = database.append(drafts, expect)
        except (UnwritableError, UnreadableError) as error:
            if expect:
                raise
            self._away = error
            self._forget_read_only()
            self._not_before = self._now() + _TRY_AGAIN
            self.spooling = True
            return tuple(self._as_event(one) for one in self._spool.put(drafts))
        self.spooling = False
        return events

    def read(self, stream: str, after: int = 0) -> tuple[Event, ...]:
        """See Timeline.read; events that wait in the spool come last."""
        try:
            stored = self._readable().read(stream, after)
        except TimelineError:
            if not self._spool.waiting():
                raise
            stored = ()
        waiting = (one for one in self._spool.waiting() if one.draft.stream == stream)
        known = {event.id for event in stored}
        return stored + tuple(
            self._as_event((one.id, one.draft)) for one in waiting if one.id not in known
        )

    def latest(self, stream: str, limit: int, without: Sequence[str] = ()) -> tuple[Event, ...]:
        """See SqliteTimeline.latest; what waits in the spool is not in it."""
        return self._readable().latest(stream, limit, without)

    def length(self, stream: str) -> int:
        """See SqliteTimeline.length."""
        return self._readable().length(stream)

    def follow(self, after: int, limit: int = 500) -> tuple[Event, ...]:
        """See Timeline.follow."""
        return self._readable().follow(after, limit)

    def evidence(self, digest: str) -> bytes:
        """See Timeline.evidence."""
        return self._readable().evidence(digest)

    def find(self, wanted: Filter) -> tuple[Event, ...]:
        """See History.find."""
        return self._readable().find(wanted)

    def outlines(self, streams: Sequence[str], kinds: Sequence[str]) -> tuple[Event, ...]:
        """See Outlines.outlines."""
        return self._readable().outlines(streams, kinds)

    def search(self, words: str, limit: int = 50) -> tuple[Event, ...]:
        """See History.search."""
        return self._readable().search(words, limit)

    def by_id(self, event_id: str) -> Event:
        """See History.by_id."""
        return self._readable().by_id(event_id)

    def active_runs(self) -> tuple[tuple[str, str], ...]:
        """See History.active_runs."""
        return self._readable().active_runs()

    def rows(self, query: str, values: Sequence[str | int] = ()) -> list[tuple[object, ...]]:
        """Return the rows of a read-only query over the views."""
        return self._readable().rows(query, values)

    def audit(self, anchor: str = "") -> AuditReport:
        """See Archive.audit."""
        return self._readable().audit(anchor)

    def erase(self, target: str, why: Draft) -> Event:
        """See Archive.erase."""
        return self._writable().erase(target, why)

    def kept(self, streams: tuple[str, ...]) -> tuple[Kept, ...]:
        """See SqliteTimeline.kept."""
        return self._readable().kept(streams)

    def piece(self, digest: str) -> Piece | None:
        """See SqliteTimeline.piece."""
        return self._readable().piece(digest)

    def adopt(self, bundle: Bundle, notice: Callable[[int], Draft], *, driven_here: bool) -> int:
        """See SqliteTimeline.adopt; a bundle is never spooled."""
        return self._writable().adopt(bundle, notice, driven_here=driven_here)

    def identity(self) -> str:
        """See History.identity."""
        return self._readable().identity()

    def import_spool(self) -> int:
        """Bring in what waits in the spool, once or again; return how many events were new.

        What the database refuses, such as a kind that only a newer program knows, goes on waiting.
        """
        self._spool.sweep(self._now())
        waiting = self._spool.waiting()
        if not waiting:
            return 0
        gaps = sum(not one.intact for one in waiting)
        try:
            events, done = self._bring_in(waiting, gaps), waiting
        except (RefusedAppendError, AlreadySettledError):
            events, done = self._one_by_one(waiting, gaps)
        self._spool.drop(done)
        return len(events)

    def _bring_in(self, waiting: Sequence[Spooled], gaps: int) -> tuple[Event, ...]:
        return self._readable().bring_in(
            [(one.id, one.draft) for one in waiting], lambda new: self._imported_draft(new, gaps)
        )

    def _one_by_one(
        self, waiting: Sequence[Spooled], gaps: int
    ) -> tuple[tuple[Event, ...], tuple[Spooled, ...]]:
        """Return what came in, and what is done with: one that is refused must not stop others."""
        events: list[Event] = []
        done: list[Spooled] = []
        for one in waiting:
            try:
                events += self._bring_in([one], gaps)
            except (RefusedAppendError, AlreadySettledError):
                continue
            done.append(one)
        return tuple(events), tuple(done)

    def close(self) -> None:
        """Close the file."""
        if self._database:
            self._database.close()

    def _forget_read_only(self) -> None:
        """Let the file be opened again: whoever can write it by then should notice."""
        if self._database is not None and self._database.read_only:
            self._database.close()
            self._database = None

    def _readable(self) -> SqliteTimeline:
        if self._database is None:
            self._database = self._open()
        return self._database

    def _writable(self) -> SqliteTimeline:
        if self._not_before and self._now() < self._not_before:
            why = self._away or UnwritableError("the timeline could not be written a moment ago")
            raise UnwritableError(why.message, hint=why.hint)
        database = self._readable()
        if self.spooling or not self._imported:
            self.import_spool()
            self._imported = True
        return database

    def _imported_draft(self, events: tuple[Event, ...], gaps: int) -> Draft:
        from platform import node

        from mlrespond.model.incident_kind import SpoolImported
        from mlrespond.model.kinds import draft as said

        times = [event.occurred_at for event in events]
        what = SpoolImported(
            count=len(events), host=node(), first_at=min(times), last_at=max(times), gaps=gaps
        )
        return said(_SPOOL_STREAM, what, self._now())

    def _as_event(self, spooled: tuple[str, Draft]) -> Event:
        event_id, draft = spooled
        return placed(
            draft,
            pos=0,
            id=event_id,
            seq=0,
            version=_version(draft.kind),
            recorded_at=self._now(),
            body_digest="",
            prev_hash=GENESIS,
            hash="",
            summary=draft.summary,
            data=draft.data,
        )


def _version(kind: str) -> int:
    try:
        return body_class(kind).schema
    except RefusedAppendError:  # a newer program spooled it: it is shown, and cannot be imported
        return 1
