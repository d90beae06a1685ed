"""The newest events of a stream that are to be shown, without reading the whole of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from mlrespond.engine.curate import PINNED, pins
from mlrespond.model.event import Event
from mlrespond.ports.timeline import Filter

RECENT = 200
_FACTOR = 4
_AT_ONCE = 500  # SQLite has 999 variables a question before 3.32, 32,766 since


class Readable(Protocol):
    """What a page is read from."""

    def read(self, stream: str, after: int = 0) -> tuple[Event, ...]:
        """See Timeline.read."""
        ...

    def find(self, wanted: Filter) -> tuple[Event, ...]:
        """See History.find."""
        ...

    def latest(self, stream: str, limit: int, without: Sequence[str] = ()) -> tuple[Event, ...]:
        """See SqliteTimeline.latest."""
        ...

    def by_id(self, event_id: str) -> Event:
        """See History.by_id."""
        ...

    def length(self, stream: str) -> int:
        """See SqliteTimeline.length."""
        ...

    def rows(self, query: str, values: Sequence[str | int] = ()) -> list[tuple[object, ...]]:
        """See SqliteTimeline.rows."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LastPage:
    """What is shown, how long the stream is, its pins, and the end of its chain.

    `corrected` has the number of the correction by the id of what it corrects.
    """

    chosen: list[Event]
    corrected: Mapping[str, int]
    pins: tuple[Event, ...]
    recent: tuple[Event, ...]
    length: int


def last_page(
    timeline: Readable,
    stream: str,
    count: int,
    choose: Callable[[Sequence[Event]], list[Event]],
    without: Sequence[str] = (),
    at_first: int = RECENT,
) -> LastPage:
    """Return the newest events that `choose` shows of a stream, by when they happened.

    `without` are kinds that it shows only where somebody pinned an event of them. More and more
    is read, beginning with `at_first` events, until there are enough; what waits in the spool is
    looked at, too.
    """
    length = timeline.length(stream)
    recent = timeline.read(stream, max(0, length - at_first))
    said = timeline.find(Filter(stream=stream, kinds=(PINNED,)))
    pinned = [timeline.by_id(name) for name, curated in pins(said).items() if curated]
    take, chosen = at_first, list[Event]()
    while True:
        known = timeline.latest(stream, take, without)
        whole = len(known) < take
        edge = None if whole else _place(known[-1])  # nothing after it is unread
        read = {one.id: one for one in (*said, *pinned, *reversed(known), *recent)}
        chosen = [
            one
            for one in choose(list(read.values()))
            if edge is None or _place(one) >= edge or not one.pos
        ]
        if whole or len(chosen) >= count:
            break
        take *= _FACTOR
    return LastPage(
        chosen=chosen[-count:],
        corrected=_corrected(timeline, chosen[-count:]),
        pins=said,
        recent=recent,
        length=max(length, len(recent)),
    )


def _place(event: Event) -> tuple[datetime, int]:
    return event.occurred_at, event.seq


def _corrected(timeline: Readable, chosen: Sequence[Event]) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for at in range(0, len(chosen), _AT_ONCE):
        names = [one.id for one in chosen[at : at + _AT_ONCE]]
        marks = ",".join("?" * len(names))
        query = f"SELECT supersedes, seq FROM event WHERE supersedes IN ({marks})"  # noqa: S608  # marks
        found |= {str(one): int(str(seq)) for one, seq in timeline.rows(query, names)}
    return found
