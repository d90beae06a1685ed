"""Moving an event between the layers of the timeline: it decides what people see unasked."""

from __future__ import annotations

from datetime import datetime

from mlrespond.model.event import Actor, Event
from mlrespond.model.incident_kind import EventPinned, PinLayer
from mlrespond.model.kinds import draft
from mlrespond.ports.timeline import Timeline


def pin(
    timeline: Timeline, event: Event, to: PinLayer, *, actor: Actor, at: datetime, reason: str = ""
) -> Event:
    """Record that an event belongs to a layer from now on; the newest word counts."""
    said = EventPinned(event=event.id, to=to, about=event.summary, reason=reason)
    place = draft(event.stream, said, at, source="person", actor=actor, incident=event.incident)
    return timeline.append([place])[0]
