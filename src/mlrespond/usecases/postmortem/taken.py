"""What looks read, fetched from the evidence once: those that ended a comparison or a diagnosis.

What was read once more when all was over is among them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mlrespond.errors import InvalidInputError, TimelineError
from mlrespond.model.event import Event
from mlrespond.model.json import Record, parse, record
from mlrespond.ports.timeline import Timeline

_ROLE = "readings"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What one look read; `content` is null where the evidence is erased or gone."""

    seq: int
    digest: str
    content: Record | None


def taken(store: Timeline, events: Sequence[Event]) -> tuple[Taken, ...]:
    """Return what was read by those looks, oldest first."""
    return tuple(
        Taken(seq=event.seq, digest=digest, content=_content(store, digest))
        for event, digest in _readings(events)
    )


def _readings(events: Sequence[Event]) -> Iterator[tuple[Event, str]]:
    for event in events:
        if not event.erased and not event.late and _tells(event):
            digest = event.evidence.get(_ROLE)
            if isinstance(digest, str):
                yield event, digest


def _tells(event: Event) -> bool:
    if event.kind == "metrics_read":
        return True
    yields = record(event.data.get("yields"))
    ended = event.kind == "look_taken" and event.data.get("done") is True
    return ended and ("metrics" in yields or "findings" in yields)


def _content(store: Timeline, digest: str) -> Record | None:
    try:
        return record(parse(store.evidence(digest)))
    except (TimelineError, InvalidInputError):
        return None
