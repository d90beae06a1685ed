"""An event as CloudEvents 1.0 in structured JSON (github.com/cloudevents/spec, spec.md)."""

from __future__ import annotations

from mlrespond.model.event import Event
from mlrespond.model.instant import iso
from mlrespond.model.json import Json

TYPE_PREFIX = "io.mlrespond"


def envelope(event: Event, data: Json) -> dict[str, Json]:
    """Return the attributes of an event, and its data beside them."""
    return {
        "specversion": "1.0",
        "id": event.id,
        "source": f"/mlrespond/{event.stream}",
        "type": f"{TYPE_PREFIX}.{event.kind}.v{event.version}",
        "subject": event.incident or event.stream,
        "time": iso(event.occurred_at),
        "datacontenttype": "application/json",
        "recordedat": iso(event.recorded_at),
        "data": data,
    }
