"""An incident's events as they come: each turn reads only what is newer than the last one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from mlrespond.model.event import Event


class Readable(Protocol):
    """What is followed."""

    def read(self, stream: str, after: int = 0) -> tuple[Event, ...]:
        """See Timeline.read; what waits in the spool has no number, and comes each time."""
        ...


class Followed:
    """The events of a stream, as far as they are known; `turn` rises when there are more."""

    def __init__(self, timeline: Readable, stream: Sequence[Event]) -> None:
        self._timeline = timeline
        self._stream = stream[0].stream
        self._known = {one.id: one for one in stream}
        self._last = max(one.seq for one in stream)
        self.turn = 0

    @property
    def events(self) -> list[Event]:
        """Return all that are known, in the order in which they came."""
        return list(self._known.values())

    def newer(self) -> list[Event]:
        """Return those that nobody had seen; what waited in the spool is no news in the file."""
        found = self._timeline.read(self._stream, self._last)
        self._last = max([self._last, *(one.seq for one in found)])
        news = [one for one in found if one.id not in self._known]
        come_in = [one for one in found if one.seq]
        self._known |= {one.id: one for one in (*come_in, *news)}
        self.turn += bool(news or come_in)
        return news
