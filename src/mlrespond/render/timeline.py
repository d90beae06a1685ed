"""The timeline as lines of text: what people read, with the rest one flag away; light to import."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from mlrespond.model.event import Event
from mlrespond.model.instant import duration
from mlrespond.model.layer import MILESTONES
from mlrespond.render.escape import terminal

_LATE_S = 60.0


def in_order(events: Iterable[Event]) -> list[Event]:
    """Return events by when they happened; late additions stand where they belong."""
    return sorted(events, key=lambda event: (event.occurred_at, event.pos or event.seq))


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How lines are told: the zone of all times, and whether the terminal strikes text out."""

    zone: tzinfo | None = None
    strikes: bool = False
    named: bool = False


PLAIN = Look()


def lines(
    events: Sequence[Event],
    look: Look = PLAIN,
    *,
    corrected: Mapping[str, int] | None = None,
    pinned: Mapping[str, bool] | None = None,
) -> Iterator[str]:
    """Yield one line an event: time, mark, number, kind, what, who.

    `corrected` has the number of the correction by the id of what it corrects.
    """
    for event in events:
        by = (corrected or {}).get(event.id)
        yield line(event, look, corrected_by=by, pinned=(pinned or {}).get(event.id, False))


def line(
    event: Event, look: Look = PLAIN, *, corrected_by: int | None = None, pinned: bool = False
) -> str:
    """Return an event as one line of text; `look.named` says whose it is as well."""
    struck = corrected_by is not None
    mark = "x" if struck else "!" if event.late else "+" if pinned else _mark(event)
    who = "" if event.source == "engine" else f"  [{terminal(event.actor.handle)}]"
    step = f"{terminal(event.step)}: " if event.step else ""
    whose = f"{terminal(event.incident or event.stream)} " if look.named else ""
    said = terminal(event.summary)
    shown = f"\x1b[9m{said}\x1b[29m" if struck and look.strikes else said
    return (
        f"{clock(event.occurred_at, look.zone)} {whose}{mark} {_number(event)} {event.kind:<21} "
        f"{step}{shown}{who}{_remarks(event, look, corrected_by)}"
    )


def clock(at: datetime, zone: tzinfo | None) -> str:
    """Return a time as people read it, with its zone."""
    if zone is None:
        return f"{at:%Y-%m-%dT%H:%M:%SZ}"
    return at.astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S%z")


def _mark(event: Event) -> str:
    return "*" if event.kind in MILESTONES else " "


def _number(event: Event) -> str:
    """Return the event's number in its stream; one that waits in the spool has none yet."""
    return f"{'#' + str(event.seq) if event.seq else '-':<5}"


def _remarks(event: Event, look: Look, corrected_by: int | None) -> str:
    found = []
    if event.precision == "approx":
        found.append("about")
    late_s = (event.recorded_at - event.occurred_at).total_seconds()
    if late_s > _LATE_S:
        found.append(f"added {clock(event.recorded_at, look.zone)}, {duration(late_s)} later")
    if event.late:
        found.append("late: by a process that no longer drives the run")
    if corrected_by is not None:
        found.append(f"corrected by #{corrected_by}")
    return f"  ({'; '.join(found)})" if found else ""
