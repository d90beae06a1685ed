"""The timeline: append-only streams of events, and what people ask of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from mlrespond.model.event import Draft, Event


class Timeline(Protocol):
    """Append-only streams. Nothing recorded is changed; all state is a fold over what is read."""

    def append(
        self, drafts: Sequence[Draft], expect: Mapping[str, int] | None = None
    ) -> tuple[Event, ...]:
        """Write all drafts in one committed transaction, or none, and return them in place.

        `expect` makes it a decision: each named stream must still end at that seq (0: empty).

        Raises ConflictError (a stream moved), FencedError (a newer epoch drives the run),
        AlreadySettledError (`once` or `supersedes` is taken), UnwritableError.
        """
        ...

    def read(self, stream: str, after: int = 0) -> tuple[Event, ...]:
        """Return the events of a stream with a seq above `after`, in order."""
        ...

    def follow(self, after: int, limit: int = 500) -> tuple[Event, ...]:
        """Return events of all streams committed after position `after`, in commit order."""
        ...

    def evidence(self, digest: str) -> bytes:
        """Return the content of a piece of evidence; NotRecordedError if absent or erased."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which events to find; every field that is given must hold."""

    kinds: tuple[str, ...] = ()
    stream: str | None = None
    incident: str | None = None
    run: str | None = None
    once: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    last: int | None = None

    def takes(self, event: Event) -> bool:
        """Return whether all holds for an event; `last` is about many of them."""
        return (
            (not self.kinds or event.kind in self.kinds)
            and self.stream in {None, event.stream}
            and self.incident in {None, event.incident}
            and self.run in {None, event.run}
            and self.once in {None, event.once}
            and (self.since is None or event.occurred_at >= self.since)
            and (self.until is None or event.occurred_at <= self.until)
        )


class History(Protocol):
    """Questions over many streams."""

    def find(self, wanted: Filter) -> tuple[Event, ...]:
        """Return the matching events in commit order; with `last`, only the newest so many."""
        ...

    def search(self, words: str, limit: int = 50) -> tuple[Event, ...]:
        """Return the newest events whose text holds the words."""
        ...

    def by_id(self, event_id: str) -> Event:
        """Return one event; NotRecordedError if there is none."""
        ...

    def active_runs(self) -> tuple[tuple[str, str], ...]:
        """Return (incident, run) of every run that was requested and has not ended."""
        ...

    def identity(self) -> str:
        """Return what tells this timeline from others, such as a copy on another machine."""
        ...


class Outlines(Protocol):
    """Many streams at once, without the large parts of their events' bodies."""

    def outlines(self, streams: Sequence[str], kinds: Sequence[str]) -> tuple[Event, ...]:
        """Return the events of these kinds in these streams, by stream and seq.

        Of the kinds in `model/outline` the data holds only the parts that are named there.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """The place and nature of something that is not as it was recorded."""

    where: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReport:
    """What an audit of the whole chain found. `heads` are the last hash of each stream.

    `head` is the last hash over all streams; `anchored` says where the anchor was found.
    """

    events: int
    streams: int
    evidence: int
    erased: tuple[str, ...]
    problems: tuple[Problem, ...]
    heads: Mapping[str, str]
    head: str
    anchored: str = ""


class Archive(Protocol):
    """Care for what is recorded: check it, erase content from it."""

    def audit(self, anchor: str = "") -> AuditReport:
        """Check every hash, link, seal and piece of evidence; first bad place first.

        `anchor`: a hash kept elsewhere, which some event or seal must have.
        """
        ...

    def erase(self, target: str, why: Draft) -> Event:
        """Erase the content of `event:ID` or `evidence:SHA256`; its place and digest stay."""
        ...
