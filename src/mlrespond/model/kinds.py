"""The whole closed set of kinds, and the one way from an event to its body and back to a draft."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TypedDict, Unpack

from mlrespond.model import (
    action_item_kind,
    blast_kind,
    handover_kind,
    incident_kind,
    lease_kind,
    metrics_kind,
    run_kind,
    service_kind,
)
from mlrespond.model.codec import decode, encode
from mlrespond.model.event import Actor, Draft, Event, Evidence, Precision, Source
from mlrespond.model.json import record
from mlrespond.model.kind import Body, all_kinds, body_class
from mlrespond.model.text import one_line

KINDS = all_kinds()

__all__ = [
    "KINDS",
    "action_item_kind",
    "blast_kind",
    "body",
    "draft",
    "handover_kind",
    "incident_kind",
    "lease_kind",
    "metrics_kind",
    "run_kind",
    "service_kind",
]


class Place(TypedDict, total=False):
    """Where and by whom an event is said; what Draft takes beside the body."""

    source: Source
    actor: Actor
    precision: Precision
    incident: str | None
    run: str | None
    epoch: int | None
    step: str | None
    attempt: int | None
    late: bool
    once: str | None
    supersedes: str | None
    evidence: Mapping[str, Evidence]


def draft(stream: str, what: Body, at: datetime, **place: Unpack[Place]) -> Draft:
    """Return the draft that says `what` in a stream."""
    return Draft(
        stream=stream,
        kind=what.kind,
        summary=one_line(what.line()),
        data=record(encode(what)),
        occurred_at=at,
        **place,
    )


def body(event: Event | Draft) -> Body:
    """Return the typed body of an event.

    An erased event says nothing, nor does one of a kind that a newer version knows: an empty Body.
    """
    if isinstance(event, Event) and (event.erased or event.kind not in KINDS):
        return Body()
    return decode(body_class(event.kind), event.data)
