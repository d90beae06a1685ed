"""A timeline of what is in one bundle: read, never written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mlrespond.errors import NotRecordedError, RefusedAppendError
from mlrespond.model.event import Draft, Event
from mlrespond.timeline.bundle import Piece
from mlrespond.timeline.listed import ListedEvents
from mlrespond.timeline.record import Kept


class BundleReader(ListedEvents):
    """Timeline and History of a bundle's events and evidence."""

    def __init__(self, kept: Sequence[Kept], pieces: Sequence[Piece]) -> None:
        super().__init__(tuple(one.event for one in kept))
        self._pieces = {one.digest: one.content for one in pieces}

    def append(
        self, drafts: Sequence[Draft], expect: Mapping[str, int] | None = None
    ) -> tuple[Event, ...]:
        """Refuse: a bundle is not written."""
        raise RefusedAppendError("a bundle is not written")

    def read(self, stream: str, after: int = 0) -> tuple[Event, ...]:
        """See Timeline.read."""
        return tuple(one for one in self._listed if one.stream == stream and one.seq > after)

    def evidence(self, digest: str) -> bytes:
        """See Timeline.evidence."""
        if digest not in self._pieces:
            raise NotRecordedError(f"evidence {digest[:12]} is not in the bundle")
        return self._pieces[digest]

    def active_runs(self) -> tuple[tuple[str, str], ...]:
        """See History.active_runs: nothing is driven from a bundle."""
        return ()

    def identity(self) -> str:
        """See History.identity: a bundle is no timeline that anything is driven from."""
        return ""
