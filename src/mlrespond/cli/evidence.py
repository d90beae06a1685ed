"""The evidence of an event, fetched for showing it."""

from __future__ import annotations

from mlrespond.errors import NotRecordedError
from mlrespond.model.event import Event
from mlrespond.render.evidence import Piece
from mlrespond.timeline.spooling import SpoolingTimeline


def pieces(timeline: SpoolingTimeline, event: Event) -> list[Piece]:
    """Return each piece that an event names; erased ones have no content."""
    found = []
    for role, digest in event.evidence.items():
        try:
            content: bytes | None = timeline.evidence(str(digest))
        except NotRecordedError:
            content = None
        found.append(Piece(role=role, digest=str(digest), content=content))
    return found
