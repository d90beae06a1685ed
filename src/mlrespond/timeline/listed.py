"""Events in a list, in commit order, asked as a timeline is."""

from __future__ import annotations

from collections.abc import Sequence

from mlrespond.errors import NotRecordedError
from mlrespond.model.event import Event
from mlrespond.ports.timeline import Filter


class ListedEvents:
    """The questions of Timeline and History that a list answers; whoever owns it may add to it."""

    def __init__(self, events: Sequence[Event]) -> None:
        self._listed = events

    def follow(self, after: int, limit: int = 500) -> tuple[Event, ...]:
        """See Timeline.follow; a position is a place in the list."""
        return tuple(self._listed[after : after + limit])

    def find(self, wanted: Filter) -> tuple[Event, ...]:
        """See History.find."""
        found = [one for one in self._listed if wanted.takes(one)]
        return tuple(found[-wanted.last :] if wanted.last else found)

    def search(self, words: str, limit: int = 50) -> tuple[Event, ...]:
        """See History.search: every word, anywhere in summary or data."""
        sought = words.lower().split()
        texts = ((one, f"{one.summary} {one.data}".lower()) for one in self._listed)
        found = [one for one, text in texts if sought and all(word in text for word in sought)]
        return tuple(found[-limit:])

    def by_id(self, event_id: str) -> Event:
        """See History.by_id."""
        for one in self._listed:
            if one.id == event_id:
                return one
        raise NotRecordedError(f"no event `{event_id}`")
