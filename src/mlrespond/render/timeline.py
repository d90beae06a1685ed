"""The timeline as lines of text: what people read, with the rest one flag away; light to import."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, tzinfo

from mlrespond.model.event import Event
from mlrespond.model.layer import MILESTONES
from mlrespond.render.escape import terminal

_LATE_S = 60.0


def in_order(events: Iterable[Event]) -> list[Event]:
    """Return events by when they happened; late additions stand where they belong."""
    return sorted(events, key=lambda event: (event.occurred_at, event.pos or event.seq))


def lines(
    events: Sequence[Event], *, zone: tzinfo | None = None, corrected: frozenset[str] = frozenset()
) -> Iterator[str]:
    """Yield one line an event: time, mark, kind, what, who."""
    for event in events:
        yield line(event, zone=zone, corrected=event.id in corrected)


def line(
    event: Event, *, zone: tzinfo | None = None, corrected: bool = False, named: bool = False
) -> str:
    """Return an event as one line of plain text; `named` says whose it is as well."""
    mark = "*" if event.kind in MILESTONES else "x" if corrected else "!" if event.late else " "
    who = "" if event.source == "engine" else f"  [{terminal(event.actor.handle)}]"
    step = f"{terminal(event.step)}: " if event.step else ""
    whose = f"{terminal(event.incident or event.stream)} " if named else ""
    return (
        f"{clock(event.occurred_at, zone)} {whose}{mark} {event.kind:<21} "
        f"{step}{terminal(event.summary)}{who}{_remarks(event, corrected=corrected)}"
    )


def clock(at: datetime, zone: tzinfo | None) -> str:
    """Return a time as people read it, with its zone."""
    if zone is None:
        return f"{at:%Y-%m-%dT%H:%M:%SZ}"
    return at.astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S%z")


def _remarks(event: Event, *, corrected: bool) -> str:
    found = []
    if event.precision == "approx":
        found.append("about")
    late_s = (event.recorded_at - event.occurred_at).total_seconds()
    if late_s > _LATE_S:
        found.append(f"added {event.recorded_at:%H:%M:%SZ}")
    if event.late:
        found.append("late: by a process that no longer drives the run")
    if corrected:
        found.append("corrected later")
    return f"  ({'; '.join(found)})" if found else ""
