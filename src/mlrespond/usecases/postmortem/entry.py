"""The lines of the timeline, curated and whole: both clocks, corrections and late additions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from mlrespond.engine.curate import curated, pins
from mlrespond.model.event import Event
from mlrespond.model.layer import MILESTONES

ADDED_LATER = timedelta(seconds=60)
"""Recorded so long after it happened, an event shows both of its times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the timeline; a `corrected` one is superseded by the event `corrected_by`.

    `late` was written by a process that no longer drove the run; `evidence` has the digests of
    what it rests on, by role.
    """

    seq: int
    at: datetime
    recorded_at: datetime
    kind: str
    said: str
    actor: str
    source: str
    approx: bool
    late: bool
    corrected: bool
    corrected_by: int | None = None
    corrects: int | None = None
    step: str | None = None
    milestone: bool = False
    pinned: bool = False
    evidence: tuple[tuple[str, str], ...] = ()

    @property
    def added_later(self) -> bool:
        """Return whether it was recorded so late that both clocks must be told."""
        return self.recorded_at - self.at > ADDED_LATER


def all_entries(events: Sequence[Event]) -> tuple[Entry, ...]:
    """Return every event as a line, by when it happened."""
    by_id = {event.id: event.seq for event in events}
    superseded = {event.supersedes: event.seq for event in events if event.supersedes}
    known = pins(events)
    found = [
        replace(_entry(event, by_id, superseded), pinned=known.get(event.id, False))
        for event in events
    ]
    return tuple(sorted(found, key=lambda one: (one.at, one.seq)))


def entries(events: Sequence[Event]) -> tuple[Entry, ...]:
    """Return the lines that people want to see unasked, by when it happened."""
    shown = {event.seq for event in curated(events)}
    return tuple(one for one in all_entries(events) if one.seq in shown)


def _entry(event: Event, by_id: Mapping[str, int], superseded: Mapping[str, int]) -> Entry:
    return Entry(
        seq=event.seq,
        at=event.occurred_at,
        recorded_at=event.recorded_at,
        kind=event.kind,
        said=event.summary,
        actor=event.actor.handle,
        source=event.source,
        approx=event.precision == "approx",
        late=event.late,
        corrected=event.id in superseded,
        corrected_by=superseded.get(event.id),
        corrects=by_id.get(event.supersedes) if event.supersedes else None,
        step=event.step,
        milestone=event.kind in MILESTONES,
        evidence=tuple((role, str(digest)) for role, digest in event.evidence.items()),
    )
