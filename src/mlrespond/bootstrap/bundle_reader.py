"""A timeline of what is in one bundle: read, never written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mlrespond.errors import NotRecordedError, RefusedAppendError
from mlrespond.model.event import Draft, Event
from mlrespond.ports.timeline import Filter
from mlrespond.timeline.bundle import Piece
from mlrespond.timeline.record import Kept


class BundleReader:
    """Timeline and History of a bundle's events and evidence."""

    def __init__(self, kept: Sequence[Kept], pieces: Sequence[Piece]) -> None:
        self._events = tuple(one.event for one in kept)
        self._pieces = {one.digest: one.content for one in pieces}

    def append(
        self, drafts: Sequence[Draft], expect: Mapping[str, int] | None = None
    ) -> tuple[Event, ...]:
        """Refuse: a bundle is not written."""
        raise RefusedAppendError("a bundle is not written")

    def read(self, stream: str, after: int = 0) -> tuple[Event, ...]:
        """See Timeline.read."""
        return tuple(one for one in self._events if one.stream == stream and one.seq > after)

    def follow(self, after: int, limit: int = 500) -> tuple[Event, ...]:
        """See Timeline.follow; a position is a place in the bundle."""
        return self._events[after : after + limit]

    def evidence(self, digest: str) -> bytes:
        """See Timeline.evidence."""
        if digest not in self._pieces:
            raise NotRecordedError(f"evidence {digest[:12]} is not in the bundle")
        return self._pieces[digest]

    def find(self, wanted: Filter) -> tuple[Event, ...]:
        """See History.find."""
        found = [one for one in self._events if _fits(one, wanted)]
        return tuple(found[-wanted.last :] if wanted.last else found)

    def search(self, words: str, limit: int = 50) -> tuple[Event, ...]:
        """See History.search: every word, anywhere in summary or data."""
        sought = words.lower().split()
        texts = ((one, f"{one.summary} {one.data}".lower()) for one in self._events)
        found = [one for one, text in texts if sought and all(word in text for word in sought)]
        return tuple(found[-limit:])

    def by_id(self, event_id: str) -> Event:
        """See History.by_id."""
        for one in self._events:
            if one.id == event_id:
                return one
        raise NotRecordedError(f"no event `{event_id}` in the bundle")

    def active_runs(self) -> tuple[tuple[str, str], ...]:
        """See History.active_runs: nothing is driven from a bundle."""
        return ()

    def identity(self) -> str:
        """See History.identity: a bundle is no timeline that anything is driven from."""
        return ""


def _fits(event: Event, wanted: Filter) -> bool:
    return (
        (not wanted.kinds or event.kind in wanted.kinds)
        and wanted.stream in {None, event.stream}
        and wanted.incident in {None, event.incident}
        and wanted.run in {None, event.run}
        and wanted.once in {None, event.once}
        and (wanted.since is None or event.occurred_at >= wanted.since)
        and (wanted.until is None or event.occurred_at <= wanted.until)
    )
