"""Where a process dies: the one counter of the moments at which it can be killed."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from mlrespond.model.event import Draft, Event
from mlrespond.testing.clock import CountingIds
from mlrespond.timeline.sqlite import SqliteTimeline


@dataclass
class Death:
    """Counts moments, and sends this process a signal at the `at`th, or the first called `on`.

    What it then comes to is written to `told`. With neither, the process may live.
    """

    at: int = 0
    told: Path | None = None
    on: str = ""
    by: signal.Signals = signal.SIGKILL
    moments: list[str] = field(default_factory=list)

    def near(self, moment: str) -> None:
        """Come to a moment, perhaps the last."""
        first = moment == self.on and moment not in self.moments
        self.moments.append(moment)
        if first or len(self.moments) == self.at:
            if self.told:
                self.told.write_text(moment)
            # to this thread: a signal to the process may let this thread run a little further
            signal.pthread_kill(threading.get_ident(), self.by)


class MortalTimeline(SqliteTimeline):
    """A timeline whose process can die inside each transaction, and after each commit.

    Inside means: the transaction is open and holds the events before the one that is named.
    """

    def __init__(self, path: Path, now: Callable[[], datetime], death: Death) -> None:
        self._death = death
        self._coming: list[str] = []
        self.last_pos = _last_pos(path)
        self._ids = CountingIds(self.last_pos)
        self._mine = f"{os.getpid():08x}"  # several processes write to one file
        super().__init__(path, now=now, new_id=self._next_id, new_salt=self._ids.salt)

    def append(
        self, drafts: Sequence[Draft], expect: Mapping[str, int] | None = None
    ) -> tuple[Event, ...]:
        self._coming = [_name(one) for one in drafts]
        events = super().append(drafts, expect)
        self.last_pos = events[-1].pos
        self._death.near(f"after {_name(drafts[-1])}")
        return events

    def _next_id(self) -> str:
        self._death.near(f"inside {self._coming.pop(0)}")
        return self._mine + self._ids.event_id().removeprefix("0" * 8)


def _name(one: Draft) -> str:
    return f"{one.kind} {one.step}" if one.step else one.kind


def _last_pos(path: Path) -> int:
    import sqlite3

    if not path.exists():
        return 0
    db = sqlite3.connect(path)
    try:
        found = db.execute("SELECT MAX(pos) FROM event").fetchone()[0]
    finally:
        db.close()
    return int(found or 0)
