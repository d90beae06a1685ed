"""Which events people want to see unasked: by kind, and by what somebody pinned or hid."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mlrespond.model.event import Event
from mlrespond.model.layer import ROUTINE

PINNED = "event_pinned"


def pins(events: Iterable[Event]) -> Mapping[str, bool]:
    """Return, by the id of an event, whether it was last pinned (true) or hidden (false)."""
    found: dict[str, bool] = {}
    for event in events:
        if event.kind != PINNED or event.erased:
            continue
        target = str(event.data.get("event"))
        if event.data.get("to") == "by_kind":
            found.pop(target, None)
        else:
            found[target] = event.data.get("to") == "curated"
    return found


def curated(events: Iterable[Event], pinned: Mapping[str, bool] | None = None) -> list[Event]:
    """Return the events of the curated layer, in the order given.

    `pinned` is what `pins` says of the whole stream, where `events` are only a part of it.
    """
    known = list(events)
    said = pins(known) if pinned is None else pinned
    return [event for event in known if said.get(event.id, _by_kind(event))]


def _by_kind(event: Event) -> bool:
    return event.kind not in ROUTINE and not skipped(event)


def skipped(event: Event) -> bool:
    """Return whether an event tells of a step that did not run."""
    return event.kind == "step_finished" and event.data.get("outcome") == "skipped"
