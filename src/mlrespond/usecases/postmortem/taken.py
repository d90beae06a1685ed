"""What the looks that ended a comparison or a diagnosis read, fetched from the evidence once."""

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
    """Return what was read by the looks that ended a comparison or a diagnosis, oldest first."""
    return tuple(
        Taken(seq=event.seq, digest=digest, content=_content(store, digest))
        for event, digest in _readings(events)
    )


def _readings(events: Sequence[Event]) -> Iterator[tuple[Event, str]]:
    for event in events:
        if event.kind != "look_taken" or event.erased or event.late:
            continue
        yields = record(event.data.get("yields"))
        if event.data.get("done") is True and ("metrics" in yields or "findings" in yields):
            digest = event.evidence.get(_ROLE)
            if isinstance(digest, str):
                yield event, digest


def _content(store: Timeline, digest: str) -> Record | None:
    try:
        return record(parse(store.evidence(digest)))
    except (TimelineError, InvalidInputError):
        return None
