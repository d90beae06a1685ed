"""An event of the timeline: what is asked to be written (Draft) and what stands (Event).

TIMELINE.md describes the fields; the hash covers the header and the body's digest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypedDict, Unpack

from mlrespond.model.instant import iso
from mlrespond.model.json import Json, Record, canonical

Source = Literal["engine", "person", "webhook", "poll"]
Assurance = Literal["claimed", "os", "signed", "none"]
Precision = Literal["exact", "approx"]
EvidenceClass = Literal["reading", "profile", "sample", "plan", "document"]

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Actor:
    """Who: a handle, and how we know that it is theirs."""

    handle: str
    assurance: Assurance = "none"


ENGINE = Actor("engine")


@dataclass(frozen=True, slots=True)
class Evidence:
    """Bytes that an event rests on, stored once under their SHA-256."""

    media: str
    klass: EvidenceClass
    content: bytes

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the content, as hex."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An event before the timeline has given it its place."""

    stream: str
    kind: str
    summary: str
    data: Record
    occurred_at: datetime
    source: Source = "engine"
    actor: Actor = ENGINE
    precision: Precision = "exact"
    incident: str | None = None
    run: str | None = None
    epoch: int | None = None
    step: str | None = None
    attempt: int | None = None
    late: bool = False
    once: str | None = None
    supersedes: str | None = None
    evidence: Mapping[str, Evidence] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An event as it stands in a stream; an `erased` one has lost its text, not its place."""

    pos: int
    id: str
    stream: str
    seq: int
    kind: str
    version: int
    occurred_at: datetime
    precision: Precision
    recorded_at: datetime
    source: Source
    actor: Actor
    incident: str | None
    run: str | None
    epoch: int | None
    step: str | None
    attempt: int | None
    late: bool
    once: str | None
    supersedes: str | None
    body_digest: str
    prev_hash: str
    hash: str
    summary: str
    data: Record
    erased: bool = False

    @property
    def evidence(self) -> Mapping[str, Json]:
        """Return the digests of the evidence that this event names, by role."""
        named = self.data.get("evidence")
        return named if isinstance(named, Mapping) else {}


class Place(TypedDict):
    """What a timeline gives a draft that it takes; summary and data are as they are stored."""

    pos: int
    id: str
    seq: int
    version: int
    recorded_at: datetime
    body_digest: str
    prev_hash: str
    hash: str
    summary: str
    data: Record


def placed(draft: Draft, **place: Unpack[Place]) -> Event:
    """Return the draft as the event that stands there."""
    return Event(
        stream=draft.stream,
        kind=draft.kind,
        occurred_at=draft.occurred_at,
        precision=draft.precision,
        source=draft.source,
        actor=draft.actor,
        incident=draft.incident,
        run=draft.run,
        epoch=draft.epoch,
        step=draft.step,
        attempt=draft.attempt,
        late=draft.late,
        once=draft.once,
        supersedes=draft.supersedes,
        **place,
    )


def body_digest(salt: str, summary: str, data: str) -> str:
    """Return the salted digest of a body, over the very text that is stored.

    The salt keeps an erased body from being guessed back out of its digest.
    """
    return hashlib.sha256(b"\x00".join(part.encode() for part in (salt, summary, data))).hexdigest()


def header_hash(header: Mapping[str, Json]) -> str:
    """Return the hash of an event's header, which holds `prev_hash` and `body_digest`."""
    return hashlib.sha256(canonical(header)).hexdigest()


def header(event: Event) -> dict[str, Json]:
    """Return the header of an event: what its hash is taken over."""
    return {
        "actor": event.actor.handle,
        "assurance": event.actor.assurance,
        "attempt": event.attempt,
        "body_digest": event.body_digest,
        "epoch": event.epoch,
        "id": event.id,
        "incident": event.incident,
        "kind": event.kind,
        "late": int(event.late),
        "occurred_at": iso(event.occurred_at),
        "once": event.once,
        "precision": event.precision,
        "prev_hash": event.prev_hash,
        "recorded_at": iso(event.recorded_at),
        "run": event.run,
        "seq": event.seq,
        "source": event.source,
        "step": event.step,
        "stream": event.stream,
        "supersedes": event.supersedes,
        "v": event.version,
    }
