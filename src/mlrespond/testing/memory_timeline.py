"""A timeline in memory, under the same laws as the one in SQLite; for tests and simulations."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from mlrespond.errors import (
    AlreadySettledError,
    ConflictError,
    FencedError,
    NotRecordedError,
    RefusedAppendError,
)
from mlrespond.model.event import GENESIS, Draft, Event, body_digest, header, header_hash, placed
from mlrespond.model.json import dump
from mlrespond.model.kind import body_class
from mlrespond.model.outline import outline
from mlrespond.ports.clock import Ids
from mlrespond.testing.clock import CountingIds
from mlrespond.timeline.listed import ListedEvents


class MemoryTimeline(ListedEvents):
    """Timeline and History in a list."""

    def __init__(self, now: Callable[[], datetime], ids: Ids | None = None) -> None:
        self._now = now
        self._ids = ids or CountingIds()
        self._events: list[Event] = []
        super().__init__(self._events)
        self._streams: dict[str, list[Event]] = {}
        self._once: set[str] = set()
        self._superseded: set[str] = set()
        self._epochs: dict[str, int] = {}
        self._evidence: dict[str, bytes] = {}

    def append(
        self, drafts: Sequence[Draft], expect: Mapping[str, int] | None = None
    ) -> tuple[Event, ...]:
        """See Timeline.append."""
        for stream, seq in (expect or {}).items():
            if len(self._streams.get(stream, ())) != seq:
                raise ConflictError(f"{stream} is not at {seq}")
        self._admit(drafts)
        return tuple(self._insert(one) for one in drafts)

    def read(self, stream: str, after: int = 0) -> tuple[Event, ...]:
        """See Timeline.read."""
        return tuple(self._streams.get(stream, ())[after:])

    def evidence(self, digest: str) -> bytes:
        """See Timeline.evidence."""
        if digest not in self._evidence:
            raise NotRecordedError(f"evidence {digest[:12]} is not in the timeline")
        return self._evidence[digest]

    def outlines(self, streams: Sequence[str], kinds: Sequence[str]) -> tuple[Event, ...]:
        """See Outlines.outlines."""
        return tuple(
            replace(event, data=outline(event.kind, event.data))
            for stream in sorted(set(streams))
            for event in self._streams.get(stream, ())
            if event.kind in kinds
        )

    def active_runs(self) -> tuple[tuple[str, str], ...]:
        """See History.active_runs."""
        in_time = [event for event in self._events if not event.late]
        ended = {event.run for event in in_time if event.kind == "run_ended"}
        return tuple(
            (str(event.incident), str(event.run))
            for event in in_time
            if event.kind == "run_requested"
            and event.stream == f"incident:{event.incident}"
            and event.run not in ended
        )

    def identity(self) -> str:
        """See History.identity."""
        return self._events[0].hash[:16] if self._events else ""

    def _admit(self, drafts: Sequence[Draft]) -> None:
        """Refuse the whole transaction before any of it is written."""
        once, epochs, superseded = set(self._once), dict(self._epochs), set(self._superseded)
        for draft in drafts:
            if draft.once in once or draft.supersedes in superseded:
                raise AlreadySettledError(f"{draft.once or draft.supersedes} is settled")
            once |= {draft.once} if draft.once else set()
            if draft.supersedes:
                self._check_superseding(draft)
                superseded.add(draft.supersedes)
            if draft.run and not draft.late:
                expected = epochs.get(draft.run, 0) + (draft.kind == "run_claimed")
                if draft.epoch != expected:
                    raise FencedError(f"run {draft.run} is at epoch {expected}")
                epochs[draft.run] = expected
            if (draft.run is None) != (draft.epoch is None):
                raise RefusedAppendError("a run's event needs an epoch")
        self._once, self._epochs, self._superseded = once, epochs, superseded

    def _check_superseding(self, draft: Draft) -> None:
        corrected = [event for event in self._events if event.id == draft.supersedes]
        if not corrected or corrected[0].stream != draft.stream or corrected[0].source != "person":
            raise RefusedAppendError("only a person's event of the same stream is corrected")

    def _insert(self, draft: Draft) -> Event:
        stream = self._streams.setdefault(draft.stream, [])
        data = dict(draft.data)
        if draft.evidence:
            data["evidence"] = {
                role: self._keep(one.content) for role, one in draft.evidence.items()
            }
        salt = self._ids.salt()
        event = placed(
            draft,
            pos=len(self._events) + 1,
            id=self._ids.event_id(),
            seq=len(stream) + 1,
            version=body_class(draft.kind).schema,
            recorded_at=self._now(),
            body_digest=body_digest(salt, draft.summary, dump(data)),
            prev_hash=stream[-1].hash if stream else GENESIS,
            hash="",
            summary=draft.summary,
            data=json.loads(dump(data)),
        )
        event = replace(event, hash=header_hash(header(event)))
        stream.append(event)
        self._events.append(event)
        return event

    def _keep(self, content: bytes) -> str:
        digest = hashlib.sha256(content).hexdigest()
        self._evidence[digest] = content
        return digest
