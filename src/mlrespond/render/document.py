"""JSON documents: one record with a `schema` field, stable for scripts; and CloudEvents lines.

CloudEvents 1.0: github.com/cloudevents/spec, spec.md.
"""

from __future__ import annotations

import json

from mlrespond.model.event import Event
from mlrespond.model.instant import iso
from mlrespond.model.json import Json, Record
from mlrespond.render.escape import json_text

TYPE_PREFIX = "io.mlrespond"


def document(name: str, /, **fields: Json) -> str:
    """Return a JSON document of a schema's name, such as `timeline`."""
    told = {"schema": f"mlrespond/{name}/v1", **fields}
    return json_text(json.dumps(told, ensure_ascii=False, indent=1))


def event_record(event: Event) -> Record:
    """Return an event as JSON."""
    return {
        "id": event.id,
        "stream": event.stream,
        "seq": event.seq,
        "kind": event.kind,
        "version": event.version,
        "occurred_at": iso(event.occurred_at),
        "precision": event.precision,
        "recorded_at": iso(event.recorded_at),
        "source": event.source,
        "actor": event.actor.handle,
        "assurance": event.actor.assurance,
        "incident": event.incident,
        "run": event.run,
        "epoch": event.epoch,
        "step": event.step,
        "attempt": event.attempt,
        "late": event.late,
        "supersedes": event.supersedes,
        "summary": event.summary,
        "data": event.data,
        "erased": event.erased,
        "hash": event.hash,
    }


def cloud_event(event: Event) -> str:
    """Return an event as one line of CloudEvents 1.0 in structured JSON."""
    envelope: dict[str, Json] = {
        "specversion": "1.0",
        "id": event.id,
        "source": f"/mlrespond/{event.stream}",
        "type": f"{TYPE_PREFIX}.{event.kind}.v{event.version}",
        "subject": event.incident or event.stream,
        "time": iso(event.occurred_at),
        "datacontenttype": "application/json",
        "recordedat": iso(event.recorded_at),
        "data": event_record(event),
    }
    return json_text(json.dumps(envelope, ensure_ascii=False, separators=(",", ":")))
