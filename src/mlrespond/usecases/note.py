"""Writing something down: no role, no network, no server, and nothing heavy to import."""

from __future__ import annotations

from datetime import datetime

from mlrespond.errors import UsageError
from mlrespond.model.event import Actor, Draft, Event, Precision
from mlrespond.model.text import one_line
from mlrespond.ports.timeline import Timeline


def note(
    timeline: Timeline,
    incident: str,
    text: str,
    *,
    actor: Actor,
    at: datetime,
    precision: Precision = "exact",
    supersedes: str | None = None,
) -> Event:
    """Record a note of an incident, at the time it speaks of; it may correct an earlier one."""
    if not text.strip():
        raise UsageError("the note is empty", hint='mlir note "what you saw"')
    said = Draft(
        stream=f"incident:{incident}",
        kind="note_added",
        summary=one_line(text),
        data={"text": text},
        occurred_at=at,
        precision=precision,
        source="person",
        actor=actor,
        incident=incident,
        supersedes=supersedes,
    )
    return timeline.append([said])[0]
