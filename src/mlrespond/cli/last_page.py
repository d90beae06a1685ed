"""The newest events of a stream that are to be shown, without reading the whole of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from mlrespond.engine.curate import PINNED
from mlrespond.model.event import Event
from mlrespond.ports.timeline import Filter

_RECENT = 200
_FACTOR = 4


class Readable(Protocol):
    """What a page is read from."""

    def read(self, stream: str, after: int = 0) -> tuple[Event, ...]:
        """See Timeline.read."""
        ...

    def find(self, wanted: Filter) -> tuple[Event, ...]:
        """See History.find."""
        ...

    def latest(self, stream: str, limit: int) -> tuple[Event, ...]:
        """See SqliteTimeline.latest."""
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
) -> LastPage:
    """Return the newest events that `choose` shows of a stream, by when they happened.

    More and more is read, until there are enough; what waits in the spool is looked at, too.
    """
    length = timeline.length(stream)
    recent = timeline.read(stream, max(0, length - _RECENT))
    pins = timeline.find(Filter(stream=stream, kinds=(PINNED,)))
    take, chosen = _RECENT, list[Event]()
    while True:
        known = timeline.latest(stream, take)
        whole = len(known) < take
        edge = None if whole else known[-1].occurred_at
        read = {one.id: one for one in (*pins, *reversed(known), *recent)}
        chosen = [
            one
            for one in choose(list(read.values()))
            if edge is None or one.occurred_at >= edge or not one.pos
        ]
        if whole or len(chosen) >= count:
            break
        take *= _FACTOR
    return LastPage(
        chosen=chosen[-count:],
        corrected=_corrected(timeline, chosen),
        pins=pins,
        recent=recent,
        length=max(length, len(recent)),
    )


def _corrected(timeline: Readable, chosen: Sequence[Event]) -> Mapping[str, int]:
    marks = ",".join("?" * len(chosen))
    query = f"SELECT supersedes, seq FROM event WHERE supersedes IN ({marks})"  # noqa: S608  # marks
    rows = timeline.rows(query, [one.id for one in chosen])
    return {str(one): int(str(seq)) for one, seq in rows}
