"""JSON documents: one record with a `schema` field, stable for scripts; and CloudEvents lines."""

from __future__ import annotations

import json

from mlrespond.model.cloud_event import envelope
from mlrespond.model.event import Event
from mlrespond.model.instant import iso
from mlrespond.model.json import Json, Record
from mlrespond.render.escape import json_text


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
    told = envelope(event, event_record(event))
    return json_text(json.dumps(told, ensure_ascii=False, separators=(",", ":")))
